"""Which library each room may use; a deny-list would forget the next one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT, python_files, relative, third_party

ALLOWED: dict[str, set[str]] = {
    # The ground floor: the standard library only.
    "hrm_core/__init__": set(),
    "hrm_core/errors": set(),
    "hrm_core/timebase": set(),
    "hrm_core/progress": set(),
    "hrm_core/paths": {"platformdirs"},
    "hrm_core/config": set(),
    "hrm_core/log": set(),
    "hrm_core/palette": set(),
    "hrm_core/parquet": {"fastparquet"},
    "hrm_core/facs": set(),
    "hrm_core/records": {"numpy", "pandas"},
    "hrm_core/stats": {"krippendorff", "numpy"},
    # Rooms that do not know one another.
    "hrm_core/media": {"av", "cv2", "numpy"},
    "hrm_core/faces": {"cv2", "fastparquet", "insightface", "numpy", "onnxruntime", "pandas"},
    "hrm_core/store": {"alembic", "numpy", "psycopg", "sqlalchemy"},
    "hrm_core/exchange": {"fastparquet", "numpy", "pandas"},
    "hrm_core/reliability": {"numpy", "pandas"},
    "hrm_core/rating": {"numpy", "pandas"},
    "hrm_core/analysis": {"numpy", "pandas", "statsmodels"},
    "hrm_core/models": {
        "kornia",
        "lightning",
        "numpy",
        "onnx",
        "onnxruntime",
        "PIL",
        "pydantic",
        "torch",
        "torchmetrics",
    },
    "hrm_core/suggestions": {"numpy"},
    "hrm_core/reporting": {"jinja2", "matplotlib", "numpy", "typst", "xlsxwriter"},
    "hrm_core/demo": {"av", "cv2", "numpy"},
    # The rooms that join them.
    "hrm_core/workflows": {"numpy", "pandas"},
    "hrm_core/cli": {"click", "rich", "typer"},
    "hrm_annotator": {"PySide6", "numpy", "polib", "pyqtgraph", "shiboken6"},
}

PLANTED = {
    "facs use numpy": ("hrm_core/facs/notation.py", "import numpy as np"),
    "the ground floor uses pandas": ("hrm_core/errors.py", "import pandas"),
    "records use sqlalchemy inside a function": (
        "hrm_core/records/video.py",
        "def f():\n    from sqlalchemy import select",
    ),
    "media use matplotlib": ("hrm_core/media/reader.py", "import matplotlib.pyplot as plt"),
    "the store uses pandas": ("hrm_core/store/labels.py", "import pandas as pd"),
    "workflows use OpenCV": ("hrm_core/workflows/play_video.py", "import cv2"),
    "the command line uses pandas": ("hrm_core/cli/video.py", "import pandas"),
    "the app uses OpenCV": ("hrm_annotator/player/frame_view.py", "import cv2"),
    "the app uses PyAV by importlib": (
        "hrm_annotator/player/frame_loader.py",
        "import importlib\nav = importlib.import_module('av.container')",
    ),
    "a library nobody agreed on": ("hrm_core/analysis/dynamics.py", "import polars"),
}


def room_of(name: str) -> str:
    """Key of :data:`ALLOWED` for a file such as ``hrm_core/facs/codes.py``."""
    parts = Path(name).with_suffix("").parts
    return parts[0] if parts[0] == "hrm_annotator" else "/".join(parts[:2])


def strangers(name: str, source: str) -> set[str]:
    """Libraries a file imports although its room may not."""
    return third_party(source) - ALLOWED[room_of(name)]


@pytest.mark.parametrize("path", python_files("hrm_core", "hrm_annotator"), ids=relative)
def test_a_file_uses_only_its_rooms_libraries(path: Path) -> None:
    name = relative(path)
    assert room_of(name) in ALLOWED, f"give {room_of(name)} its libraries in this table"
    assert not strangers(name, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "source"), PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_library_is_caught(name: str, source: str) -> None:
    assert strangers(name, source)


def test_what_is_allowed_is_not_caught() -> None:
    assert not strangers("hrm_core/media/reader.py", "import av\nimport numpy as np\nimport hrm_core.errors")
    assert not strangers("hrm_core/facs/codes.py", "import enum\nfrom pathlib import Path")


def test_every_room_of_the_tree_is_in_the_table() -> None:
    rooms = {room_of(relative(path, ROOT)) for path in python_files("hrm_core", "hrm_annotator")}
    assert rooms <= ALLOWED.keys()
