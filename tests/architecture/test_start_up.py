"""What starting costs: the modules that are loaded before anything was asked for."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import pytest

from tests.architecture.source_tree import ROOT

_PROBE = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""

CORE_STAYS_FREE_OF = {
    "PySide6", "alembic", "av", "cv2", "fastparquet", "insightface", "matplotlib", "numpy", "onnxruntime",
    "pandas", "scipy", "sqlalchemy", "torch",
}  # fmt: skip
APP_STAYS_FREE_OF = {
    "alembic", "cv2", "fastparquet", "insightface", "matplotlib", "onnxruntime", "pandas", "pyqtgraph",
    "scipy", "torch",
}  # fmt: skip
START_UP = [("hrm_core", CORE_STAYS_FREE_OF), ("hrm_core.facs", CORE_STAYS_FREE_OF)]
if (ROOT / "hrm_core/cli/main.py").exists():
    START_UP.append(("hrm_core.cli.main", APP_STAYS_FREE_OF | {"PySide6", "av"}))
if (ROOT / "hrm_annotator/app.py").exists():
    START_UP.append(("hrm_annotator.app", APP_STAYS_FREE_OF))


def loaded_by(module: str) -> set[str]:
    """Top-level names in ``sys.modules`` of a fresh interpreter that imported `module`."""
    result = subprocess.run(
        [sys.executable, "-c", _PROBE, module], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout.splitlines()[-1]))


@pytest.mark.parametrize(("module", "banned"), START_UP, ids=[module for module, _ in START_UP])
def test_starting_loads_nothing_heavy(module: str, banned: set[str]) -> None:
    assert not loaded_by(module) & banned


@pytest.mark.parametrize("library", ["cv2", "pandas"])
def test_the_probe_sees_a_heavy_library(library: str) -> None:
    assert importlib.util.find_spec(library) is not None
    assert library in loaded_by(library)
