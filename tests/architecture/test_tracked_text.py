"""No file names a machine it was written on, or the place its libraries came from."""

from __future__ import annotations

import re

from tests.architecture.source_tree import relative, text_files

_FOLDERS = ("work", "root")
_HOSTS = (
    ("pypi", "org"), ("files.pythonhosted", "org"), ("test.pypi", "org"), ("download.pytorch", "org"),
    ("deb.debian", "org"), ("security.debian", "org"), ("archive.ubuntu", "com"), ("conda.anaconda", "org"),
    ("registry.npmjs", "org"), ("proxy.golang", "org"), ("index.crates", "io"),
)  # fmt: skip
# Written in pieces, so that this file does not contain what it looks for.
_MACHINE_PATH = re.compile(rf"(?<![\w.<>{{}}-])/(?:{'|'.join(_FOLDERS)})/")
_HOST = re.compile("|".join(re.escape(f"{name}.{top}") for name, top in _HOSTS))


def findings(text: str) -> list[str]:
    """Machine paths and registry hosts in a text."""
    return [match.group() for pattern in (_MACHINE_PATH, _HOST) for match in pattern.finditer(text)]


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = {
        relative(path): findings(path.read_text(encoding="utf-8", errors="replace")) for path in text_files()
    }
    assert not {name: hits for name, hits in found.items() if hits}


def test_the_scan_bites() -> None:
    for name in _FOLDERS:
        assert findings(f'open("/{name}/data.csv")')
        assert findings(f"/{name}/x")
        assert not findings(f"see frame{name}/x and home/{name}/x")
    for name, top in _HOSTS:
        assert findings(f"https://{name}.{top}/simple")


def test_the_scan_reads_this_project() -> None:
    names = {relative(path) for path in text_files()}
    assert {"pyproject.toml", "hrm_core/errors.py"} <= names
