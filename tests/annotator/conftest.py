"""Window tests: nothing is left running, and QSettings are a new user's."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from tests.support.dangling import no_dangling_qt
from tests.support.window import new_seat, numbered_video, seat, short_demo, study, study_template

__all__ = [
    "new_seat",
    "no_dangling_qt",
    "numbered_video",
    "own_qsettings",
    "seat",
    "short_demo",
    "study",
    "study_template",
]


@pytest.fixture(autouse=True)
def own_qsettings(own_user_dirs: Path) -> None:
    """Point QSettings, which remembers its folder, at this test's user."""
    for kind in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(kind, QSettings.Scope.UserScope, str(own_user_dirs / "config"))
