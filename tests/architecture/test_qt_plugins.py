"""OpenCV's wheel carries another Qt; whichever comes first, the window uses PySide6's.

`cv2` points Qt at its own plugins and fonts through the environment when it is
imported.  `hrm_annotator.early.guard_qt_plugins` takes that back before Qt starts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT

_QT_STARTS = "from PySide6.QtWidgets import QApplication; app = QApplication([])"
_GUARD = "import hrm_annotator.early as early; early.guard_qt_plugins()"
_ENVIRONMENT = (
    "seen = sorted(k for k in os.environ if k in ('QT_QPA_PLATFORM_PLUGIN_PATH', 'QT_QPA_FONTDIR'))"
)
_REPORT = "print(json.dumps({'seen': seen, 'maps': maps}))"
_PLUGINS = "maps = [line.split()[-1] for line in open('/proc/self/maps') if '/platforms/' in line]"
ORDERS = {
    "OpenCV before Qt": ("import cv2", _GUARD, _ENVIRONMENT, _QT_STARTS),
    "Qt before OpenCV": (_GUARD, _ENVIRONMENT, _QT_STARTS, "import cv2"),
    "OpenCV twice guarded": (_GUARD, "import cv2", _GUARD, _ENVIRONMENT, _QT_STARTS),
}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only OpenCV's Linux wheel carries Qt")


def run_in_order(
    *lines: str, launcher: tuple[str, ...] = (), platform: str = "offscreen"
) -> dict[str, list[str]]:
    """Run `lines` in a fresh interpreter; which variables Qt saw and which plugins it loaded."""
    program = "\n".join(
        ["import json, os", *lines, _PLUGINS, "print(json.dumps({'seen': seen, 'maps': maps}))"]
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QT_")}
    result = subprocess.run(
        [*launcher, sys.executable, "-c", program],
        cwd=ROOT,
        env={**environment, "QT_QPA_PLATFORM": platform},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    report: dict[str, list[str]] = json.loads(result.stdout.splitlines()[-1])
    return report


def assert_pysides_own(report: dict[str, list[str]], plugin: str) -> None:
    """The one platform plugin loaded is PySide6's, and nothing pointed Qt elsewhere."""
    import PySide6

    home = Path(PySide6.__file__).resolve().parent
    assert report["seen"] == []
    loaded = {Path(name).resolve() for name in report["maps"]}
    assert {path.name for path in loaded} == {plugin}
    assert all(path.is_relative_to(home) for path in loaded)


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
def test_the_platform_plugin_is_pysides(order: tuple[str, ...]) -> None:
    assert_pysides_own(run_in_order(*order), "libqoffscreen.so")


@pytest.mark.xvfb
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
def test_on_a_real_display_the_plugin_is_pysides(order: tuple[str, ...]) -> None:
    report = run_in_order(*order, launcher=("xvfb-run", "-a"), platform="xcb")
    assert_pysides_own(report, "libqxcb.so")


def test_without_the_guard_opencv_points_qt_elsewhere() -> None:
    # When this fails, OpenCV has mended it: the guard and this file can go.
    report = run_in_order("import cv2", _ENVIRONMENT, _QT_STARTS)
    assert "QT_QPA_PLATFORM_PLUGIN_PATH" in report["seen"]
