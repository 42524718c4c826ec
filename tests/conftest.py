"""Every test: no display unless asked for, and never the user's own settings or caches."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

# Before anything imports Qt, which reads these once.
os.environ["QT_QPA_PLATFORM"] = os.environ.get("HRM_TEST_PLATFORM", "offscreen")
_HOME = tempfile.mkdtemp(prefix="hrm-tests-")
os.environ["XDG_CONFIG_HOME"] = f"{_HOME}/config"
os.environ["XDG_CACHE_HOME"] = f"{_HOME}/cache"
# Some tests load ONNX Runtime before hrm_core could ask it to send nothing.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def pytest_unconfigure() -> None:
    """Remove what was written while no test was running."""
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(autouse=True)
def own_user_dirs(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new user's empty settings and caches for each test."""
    home = tmp_path_factory.mktemp("user")
    for variable, folder in (
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_STATE_HOME", "state"),
    ):
        (home / folder).mkdir()
        monkeypatch.setenv(variable, str(home / folder))
    return home


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, saying what is missing."""
    missing = {}
    if not os.environ.get("TEST_POSTGRES_URL"):
        missing["postgres"] = "no PostgreSQL server: TEST_POSTGRES_URL is not set"
    if shutil.which("xvfb-run") is None:
        missing["xvfb"] = "no X server: xvfb-run is not installed"
    for item in items:
        for marker, reason in missing.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))
