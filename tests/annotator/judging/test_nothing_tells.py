"""Nothing that a blind judge can meet tells a group, a child, a recording or where the study lies."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from hrm_annotator.crash.hook import report
from hrm_core.records.rating_plan import Presentation
from tests.support.judging import GROUPS, JUDGES, JudgeSeat, Planned, judge_seat, plan, quick_film
from tests.support.window_words import words

__all__ = ["judge_seat", "quick_film"]


def telling(study: Path, texts: list[str]) -> list[str]:
    """Texts that say what no judge may know."""
    secrets = [*GROUPS, "kid-", "play-", "Children who", str(study), study.name, "quick.mp4", ".mp4", "AU12"]
    return [text for text in texts if any(secret.lower() in text.lower() for secret in secrets)]


def states(seat: JudgeSeat, study: Path) -> Iterator[list[str]]:
    """All texts of the window, in every state of a sitting."""
    yield list(words(seat.window))
    seat.press(Qt.Key.Key_Return)
    seat.wait(lambda: seat.window.clip.view.playing)
    seat.press("3")
    yield list(words(seat.window))
    seat.settled()
    trials = seat.sitting.sitting.trials[2:]  # type: ignore[union-attr]
    (file,) = study.glob(f"Rating Clips/*/{next(trial.file for trial in trials if trial.file)}")
    kept = file.read_bytes()
    file.unlink()
    for _ in range(60):
        yield list(words(seat.window))
        if seat.title == "Thank you":
            return
        if seat.title == "The rating cannot go on":
            file.write_bytes(kept)
        if seat.asked:
            seat.press(" ")
            seat.settled()
            yield list(words(seat.window))
            seat.press(Qt.Key.Key_Return)
            seat.settled()
            seat.answer(2)
        else:
            seat.press(Qt.Key.Key_Return)
            seat.settled()
    raise AssertionError("the session never ends")


def test_nothing_tells_whose_face_it_is(
    judge_seat: Callable[..., JudgeSeat],
    tmp_path: Path,
    quick_film: Path,
    own_user_dirs: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    study = tmp_path / "the-study"
    presentation = Presentation(max_replays=1, scrubbing=True, speed=2.0)
    wanted = Planned(
        clips=4, practice=1, checks=1, break_every=2, judges=JUDGES[:2], presentation=presentation
    )
    plan(study, quick_film, wanted)
    scratch = tmp_path_factory.mktemp("temp")
    monkeypatch.setenv("TMPDIR", str(scratch))
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    error = io.StringIO()
    monkeypatch.setattr(sys, "stderr", error)
    seats = judge_seat(study, "")
    assert len(seats.items()) == 2
    assert telling(study, [*seats.items(), *seats.words, seats.window.windowTitle()]) == []
    seats.leave()
    seat = judge_seat(study)
    seen = 0
    for texts in states(seat, study):
        assert len(texts) > 10
        assert telling(study, texts) == []
        seen += 1
    assert seen > 15
    assert [widget.windowTitle() for widget in QApplication.topLevelWidgets() if widget.isVisible()] == [
        "HRM Annotator — rating"
    ]
    seat.leave()
    try:
        raise RuntimeError(str(study))
    except RuntimeError as mistake:
        written = report(type(mistake), mistake.__traceback__)
    said = seat.program.crash_words(f"{study}/crash.txt")
    assert telling(study, [written, said, error.getvalue(), *caplog.messages]) == []
    left = [path for folder in (own_user_dirs, scratch) for path in folder.rglob("*") if path.is_file()]
    assert telling(study, [path.name for path in left]) == []
    assert [
        path for path in left if any(name.encode() in path.read_bytes() for name in ("kid-", "ASD"))
    ] == []
    # The search finds what is planted.
    seat.window.question.message.setText("participant kid-1")
    assert telling(study, list(words(seat.window))) == ["participant kid-1"] * 2
