"""A mistake of the program is kept in a report that tells nothing of the study."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hrm_annotator.crash.hook import CrashHook, report
from hrm_core.paths import user_cache_dir

SECRET = "/data/Origin Videos/ASD/Participant-7/Anna Meier.mp4"


@pytest.fixture
def hook() -> Iterator[CrashHook]:
    """In the place of Python's hooks, for the test only."""
    before = sys.excepthook, threading.excepthook
    made = CrashHook()
    made.install()
    yield made
    sys.excepthook, threading.excepthook = before


def fail() -> None:
    anna_meier = SECRET
    raise ValueError(f"cannot read {anna_meier}")


def test_a_report_says_where_and_never_what() -> None:
    try:
        fail()
    except ValueError as error:
        text = report(type(error), error.__traceback__)
    assert "test_hook.py" in text
    assert "in fail" in text
    assert text.endswith("ValueError\n")
    for part in ("Anna", "Meier", "ASD", "Participant", "cannot read", "/data", str(Path(__file__).parent)):
        assert part not in text


def test_a_report_of_a_chain_of_errors_says_no_more() -> None:
    try:
        try:
            fail()
        except ValueError as error:
            raise KeyError(SECRET) from error
    except KeyError as error:
        text = report(type(error), error.__traceback__)
    assert "Anna" not in text
    assert text.endswith("KeyError\n")


@pytest.mark.parametrize("where", ["main", "thread"])
def test_errors_of_every_thread_are_kept_and_announced(
    hook: CrashHook, qtbot: QtBot, capsys: pytest.CaptureFixture[str], where: str
) -> None:
    with qtbot.waitSignal(hook.crashed) as announced:
        if where == "thread":
            thread = threading.Thread(target=fail)
            thread.start()
            thread.join()
        else:
            try:
                fail()
            except ValueError as error:
                sys.excepthook(type(error), error, error.__traceback__)
    path = Path(announced.args[0])
    assert path.parent == user_cache_dir() / "crashes"
    kept = path.read_text(encoding="utf-8")
    assert "in fail" in kept
    assert "Anna" not in kept + capsys.readouterr().err


def test_without_a_place_for_reports_it_still_announces(
    hook: CrashHook, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with qtbot.waitSignal(hook.crashed) as announced:
        sys.excepthook(ValueError, ValueError(SECRET), None)
    assert announced.args[0] == ""
