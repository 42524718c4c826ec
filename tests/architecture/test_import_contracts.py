"""The fences of pyproject.toml hold, and each of them bites when it is breached.

Every breach is planted in a copy of the two packages in which every room exists,
so that a room that nobody has written yet is fenced already.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.source_tree import PACKAGES, ROOT

PLANTED = "planted_breach"
_CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
# Alembic loads its own scripts from here; they are not part of a room's code.
_NOT_PACKAGES = ("hrm_core/store/migrations",)


@dataclass(frozen=True)
class Breach:
    """One import that must not pass: where it is written, the line, the contract it breaks."""

    room: str
    line: str
    contract: str


BREACHES = {
    "Qt in the core": Breach("hrm_core.media", "from PySide6.QtGui import QImage", "no-qt-in-core"),
    "Qt shim in the core": Breach("hrm_core.stats", "import qtpy", "no-qt-in-core"),
    "core imports the app": Breach("hrm_core.workflows", "import hrm_annotator.session", "no-qt-in-core"),
    "sqlalchemy in workflows": Breach("hrm_core.workflows", "import sqlalchemy", "sql-in-store"),
    "sqlite3 in the app": Breach("hrm_annotator.player", "import sqlite3", "sql-in-store"),
    "sqlite3 in exchange": Breach("hrm_core.exchange", "import sqlite3", "sql-in-store"),
    "psycopg in paths": Breach("hrm_core.paths", "import psycopg", "sql-in-store"),
    "app imports the store": Breach(
        "hrm_annotator.operations", "from hrm_core.store import PLANTED", "app-through-workflows"
    ),
    "app imports statistics inside a function": Breach(
        "hrm_annotator.reports", "def f():\n    import hrm_core.stats", "app-through-workflows"
    ),
    "app imports the demo": Breach("hrm_annotator.start", "import hrm_core.demo", "app-through-workflows"),
    "command line imports the store": Breach(
        "hrm_core.cli", "import hrm_core.store", "cli-through-workflows"
    ),
    "command line imports media": Breach("hrm_core.cli", "import hrm_core.media", "cli-through-workflows"),
    "a room imports its neighbour": Breach("hrm_core.exchange", "import hrm_core.store", "core-rooms"),
    "a room imports its neighbour's type": Breach(
        "hrm_core.rating",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import hrm_core.models",
        "core-rooms",
    ),
    "facs imports records": Breach("hrm_core.facs", "import hrm_core.records", "core-rooms"),
    "records import statistics": Breach("hrm_core.records", "import hrm_core.stats", "core-rooms"),
    "errors import facs": Breach("hrm_core.errors", "import hrm_core.facs", "core-rooms"),
    "workflows import the command line": Breach("hrm_core.workflows", "import hrm_core.cli", "core-rooms"),
    "torch in the app": Breach("hrm_annotator.coding", "import torch", "networks-in-models"),
    "torch in analysis": Breach("hrm_core.analysis", "import torch.nn", "networks-in-models"),
    "insightface in media": Breach("hrm_core.media", "import insightface", "networks-in-models"),
    "panes import each other": Breach("hrm_annotator.coding", "import hrm_annotator.player", "app-rooms"),
    "a widget knows the session's user": Breach(
        "hrm_annotator.widgets", "import hrm_annotator.coding", "app-rooms"
    ),
    "the session runs operations": Breach(
        "hrm_annotator.session", "import hrm_annotator.operations", "app-rooms"
    ),
    "settings know the window": Breach(
        "hrm_annotator.settings", "import hrm_annotator.main_window", "app-rooms"
    ),
}


def _rooms() -> list[str]:
    """Dotted names of all rooms the two layers contracts give a place."""
    return [
        f"{contract['containers'][0]}.{room}"
        for contract in (_CONTRACTS["core-rooms"], _CONTRACTS["app-rooms"])
        for layer in contract["layers"]
        for room in re.findall(r"\w+", layer)
    ]


def _lint(root: Path) -> subprocess.CompletedProcess[str]:
    """Run lint-imports on the packages below `root`."""
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
        + ["--no-cache", "--no-logo", "--config", str(root / "pyproject.toml")],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "400", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of both packages in which every room has at least one file."""
    root = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", root)
    for package in PACKAGES:
        if (ROOT / package).is_dir():
            shutil.copytree(
                ROOT / package,
                root / package,
                ignore=lambda _, names: {n for n in names if not _is_source(n)},
            )
        (root / package).mkdir(exist_ok=True)
        (root / package / "__init__.py").touch()
    for room in _rooms():
        place = root.joinpath(*room.split("."))
        if not place.with_suffix(".py").exists():
            place.mkdir(exist_ok=True)
            (place / "__init__.py").touch()
    return root


def _is_source(name: str) -> bool:
    return name.endswith(".py") or ("." not in name and name not in {"__pycache__", "_resources"})


def test_the_contracts_are_kept() -> None:
    result = _lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("breach", BREACHES.values(), ids=BREACHES.keys())
def test_a_planted_breach_is_caught(house: Path, breach: Breach) -> None:
    place = house.joinpath(*breach.room.split("."))
    file = place / f"{PLANTED}.py" if place.is_dir() else place.with_suffix(".py")
    before = file.read_text() if file.exists() else None
    file.write_text((before or "") + "\n" + breach.line + "\n")
    try:
        result = _lint(house)
    finally:
        file.unlink() if before is None else file.write_text(before)
    importer = f"{breach.room}.{PLANTED}" if before is None else breach.room
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{_CONTRACTS[breach.contract]['name']} BROKEN" in result.stdout
    assert f"{importer} -> " in result.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_a_room_without_a_place_is_caught(house: Path, package: str) -> None:
    shed = house / package / "shed"
    shed.mkdir()
    (shed / "__init__.py").touch()
    try:
        result = _lint(house)
    finally:
        shutil.rmtree(shed)
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{package}.shed" in result.stdout


def test_every_folder_with_code_is_a_package() -> None:
    # The import linter does not look into folders without __init__.py.
    folders = {path.parent for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    blind = [
        name
        for folder in folders
        if not (folder / "__init__.py").exists()
        and not (name := folder.relative_to(ROOT).as_posix()).startswith(_NOT_PACKAGES)
    ]
    assert not blind, f"add an __init__.py to {sorted(blind)}"


def test_every_contract_has_a_planted_breach() -> None:
    assert {breach.contract for breach in BREACHES.values()} == set(_CONTRACTS)
