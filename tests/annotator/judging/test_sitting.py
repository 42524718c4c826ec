"""A judge rates by keys in the real window; what is pressed is what the store holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from hrm_annotator.judging.answer_keys import key_of, score_of
from hrm_core.errors import StoreWriteError
from hrm_core.records.rating_plan import Presentation, ScalePoint, TrialKind
from hrm_core.records.sitting import SittingAct
from hrm_core.workflows.measure_ratings import ResultOptions, measure_ratings
from hrm_core.workflows.project import open_project
from tests.support.exact_agreement import exact_fleiss, exact_icc3
from tests.support.judging import (
    JUDGES,
    SESSION,
    JudgeSeat,
    Planned,
    events_of,
    instant_film,
    judge_seat,
    plan,
    quick_film,
    ratings_of,
    session_of,
)
from tests.support.window import painted

__all__ = ["instant_film", "judge_seat", "quick_film"]

NewJudge = Callable[..., JudgeSeat]
_ANSWERED, _SHOWN = SittingAct.ANSWERED, SittingAct.SHOWN


def acts(study: Path) -> list[tuple[int, SittingAct]]:
    return [(event.position, event.act) for event in events_of(study)]


def test_five_judges_rate_sixty_clips(judge_seat: NewJudge, tmp_path: Path, instant_film: Path) -> None:
    study = tmp_path / "study"
    wanted = Planned(clips=60, practice=2, repeats=3, checks=2, break_every=20, judges=JUDGES)
    plan(study, instant_film, wanted)
    session, trials = session_of(study)
    pressed: dict[str, dict[int, int]] = {}
    for number, judge in enumerate(JUDGES):
        pressed[judge] = {
            trial.position: trial.expected or 1 + (trial.position * 7 + number) % 5 for trial in trials[judge]
        }
        seat = judge_seat(study, judge)
        asked = seat.rate_all(pressed[judge].__getitem__)
        assert asked == [trial.position for trial in trials[judge]]
        assert "Thank you" in seat.words
        seat.leave()
    assert len({tuple(trial.clip_id for trial in order) for order in trials.values()}) == len(JUDGES)
    with open_project(study) as project:
        stored = project.ratings()
        assert not project.store.verify().findings
        for seat_of in session.seats:
            order, events = trials[seat_of.name], events_of(study, seat_of.name)
            assert {event.position: event.score for event in events if event.act is _ANSWERED} == pressed[
                seat_of.name
            ]
            shown = [event.position for event in events if event.act is _SHOWN]
            assert shown == [trial.position for trial in order if trial.kind is not TrialKind.ATTENTION]
            answers = [event for event in events if event.act is _ANSWERED]
            assert all(event.response_s is not None and event.response_s >= 0 for event in answers)
            kinds = {trial.position: trial.kind for trial in order}
            for event in answers:
                check = kinds[event.position] is TrialKind.ATTENTION
                assert event.watched_s == (None if check else pytest.approx(0.002))
            # Only what counts reaches the ratings, each clip as often as it was asked.
            own = stored[stored["judge"] == seat_of.name]
            counted = [t for t in order if t.kind in (TrialKind.RATING, TrialKind.REPEAT)]
            assert sorted(own["position"]) == [trial.position for trial in counted]
            scores = dict(zip(own["position"], own["score"], strict=True))
            assert scores == {t.position: pressed[seat_of.name][t.position] for t in counted}
        results = measure_ratings(project, SESSION, ResultOptions(replicates=0))
    assert session.plan is not None
    table = [
        [
            pressed[judge][trial.position]
            for judge in JUDGES
            for trial in trials[judge]
            if trial.clip_id == clip and trial.kind is TrialKind.RATING
        ]
        for clip in session.plan.clips
    ]
    assert {len(row) for row in table} == {5}
    (everybody,) = results.agreements
    found = everybody.icc_single.value, everybody.icc_average.value, everybody.kappa.value
    assert found == pytest.approx(
        [float(exact) for exact in (*exact_icc3(table), exact_fleiss(table))], abs=1e-12
    )


def test_a_clip_is_seen_once_and_only_then_answered(
    judge_seat: NewJudge, tmp_path: Path, numbered_video: Path
) -> None:
    study = tmp_path / "study"
    plan(study, numbered_video, Planned(clips=3, practice=1, checks=1, break_every=2, frames=12))
    seat = judge_seat(study)
    window, view = seat.window, seat.window.clip.view
    assert "You will see 3 clips, one at a time." in seat.words
    assert "Before them comes 1 clip for practice, which counts nowhere." in seat.words
    assert window.windowTitle() == "HRM Annotator — rating"
    seat.press(Qt.Key.Key_Return)
    seat.wait(lambda: view.playing and view.frames_shown > 0)
    assert window.isFullScreen()
    assert painted(view).std() > 20, "a picture is there"
    seat.press("3")
    assert window.clip.hint.text() == "Answer when the clip has ended."
    seat.settled()
    assert seat.asked
    assert ratings_of(study) == {}
    assert "Practice" in seat.words
    assert not window.question.view.isVisible()
    assert painted(window.question).mean() < 60, "the picture goes with the clip"
    seat.press("6")  # not on the scale
    seat.press(Qt.Key.Key_R)
    assert window.question.message.text() == "This clip is not played again."
    seat.answer(2)
    assert seat.title == "The practice is over"
    seat.press("4")
    seat.press(Qt.Key.Key_Return)
    seat.settled()
    assert "0 of 3 clips done" in seat.words
    seat.answer(4)
    # What comes next is a check of attention, a break or a clip, as the plan says.
    met = []
    while seat.title != "Thank you":
        if seat.asked:
            met.append("check" if "Between two clips" in seat.words else "clip")
            seat.answer(2 if met[-1] == "check" else 5)
        else:
            met.append(seat.title)
            seat.press(" ")
            seat.settled()
    assert met == ["check", "Time for a break", "clip", "clip"]
    seat.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    seat.settled()
    assert seat.asked
    seat.answer(1)
    assert seat.title == "Thank you"
    assert list(ratings_of(study).values()) == [2, 4, 2, 5, 1]
    last = events_of(study)[-1]
    assert (last.score, last.response_s) == (1, None), "answered once more, nothing was timed"
    assert last.watched_s == pytest.approx(12 / 25)
    assert not window.isFullScreen()


def test_only_the_last_answer_is_taken_back_and_only_once(
    judge_seat: NewJudge, tmp_path: Path, quick_film: Path
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=4, frames=30, presentation=Presentation(max_replays=2)))
    seat = judge_seat(study)
    seat.begin()
    seat.press(Qt.Key.Key_Backspace)
    assert seat.window.question.message.text() == "There is no answer to take back yet."
    seat.answer(1)
    seat.answer(2)
    seat.press("3")
    seat.wait(lambda: seat.window.clip.view.playing)
    # While the next clip runs, which starts over afterwards.
    seat.press(Qt.Key.Key_Backspace)
    seat.settled()
    assert seat.asked
    assert acts(study).count((2, _SHOWN)) == 1, "asked without the clip"
    seat.press(Qt.Key.Key_Backspace)
    seat.settled()
    assert seat.window.question.message.text() == "Only the last answer can be taken back."
    assert ratings_of(study) == {0: 1, 1: 2}
    seat.answer(5)
    assert ratings_of(study) == {0: 1, 1: 2, 2: 5}
    assert acts(study).count((3, _SHOWN)) == 2
    # Seen to its end: leaving its question for the answer before does not show it once more.
    seat.press(Qt.Key.Key_Backspace)
    seat.settled()
    seat.answer(2)
    assert seat.asked
    assert ratings_of(study) == {0: 1, 1: 2, 2: 2}
    assert acts(study).count((3, _SHOWN)) == 2
    seat.press(Qt.Key.Key_R)
    seat.settled()
    assert seat.button("Play again (R): 1 left")
    QTest.mouseClick(seat.button("Play again"), Qt.MouseButton.LeftButton)
    seat.settled()
    seat.press(Qt.Key.Key_R)
    assert seat.window.question.message.text() == "This clip is not played again."
    seat.answer(2)
    last = [event for event in events_of(study) if event.act is _ANSWERED][-1]
    assert (last.replays, last.position, last.response_s) == (2, 3, pytest.approx(0, abs=9))
    assert seat.title == "Thank you"


def test_pause_hides_everything_and_an_interrupted_clip_starts_over(
    judge_seat: NewJudge, tmp_path: Path, quick_film: Path
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=2, frames=60, presentation=Presentation()))
    seat = judge_seat(study)
    view = seat.window.clip.view
    seat.press(Qt.Key.Key_Return)
    seat.wait(lambda: view.playing and view.frames_shown > 2)
    seat.press(" ")
    seat.settled()
    assert seat.title == "Paused"
    seat.press("3")
    seat.press(Qt.Key.Key_P)
    seat.settled()
    assert acts(study) == [
        (0, _SHOWN),
        (0, SittingAct.PAUSED),
        (0, SittingAct.WENT_ON),
        (0, _SHOWN),
    ]
    seat.press(Qt.Key.Key_Escape)
    seat.settled()
    assert seat.title == "Paused"
    assert not seat.window.isFullScreen()
    seat.press(Qt.Key.Key_Return)
    seat.settled()
    assert seat.asked
    assert seat.window.isFullScreen()
    seat.answer(3)
    assert [event.response_s for event in events_of(study) if event.act is _ANSWERED] == [None]
    seat.press(Qt.Key.Key_F11)
    assert not seat.window.isFullScreen()
    seat.press(Qt.Key.Key_F)
    assert seat.window.isFullScreen()
    seat.press(Qt.Key.Key_F)
    left: list[bool] = []
    seat.sitting.left.connect(lambda: left.append(True))
    seat.press(Qt.Key.Key_Escape)
    seat.settled()
    QTest.mouseClick(seat.button("Stop for now"), Qt.MouseButton.LeftButton)
    assert left == [True]
    seat.leave()
    again = judge_seat(study)
    assert any(text.startswith("1 of 2 clips done. You go on exactly where") for text in again.words)
    again.begin()
    again.answer(4)
    assert ratings_of(study) == {0: 3, 1: 4}


def test_answers_before_the_end_count_where_the_plan_says_so(
    judge_seat: NewJudge, tmp_path: Path, numbered_video: Path
) -> None:
    study = tmp_path / "study"
    scale = tuple(ScalePoint(str(score)) for score in range(1, 12))
    presentation = Presentation(scale=scale, least_watch_s=0.2, scrubbing=True, max_replays=None)
    plan(study, numbered_video, Planned(clips=2, frames=30, presentation=presentation))
    seat = judge_seat(study)
    seat.press(Qt.Key.Key_Return)
    seat.wait(lambda: seat.window.clip.view.playing)
    seat.press("-")
    assert seat.window.clip.hint.text() == "Watch a little longer, then answer."
    seat.wait(lambda: seat.button_or_none("11") is not None)
    seat.answer(11)
    first = [event for event in events_of(study) if event.act is _ANSWERED][-1]
    assert first.score == 11
    assert first.response_s is not None
    assert -1.0 <= first.response_s < 0
    assert first.watched_s is not None
    assert 0.2 <= first.watched_s < 1.2
    # After the end the plan lets this judge move through the clip.
    seat.settled()
    assert seat.asked
    view = seat.window.question.view
    seat.wait(lambda: painted(view).std() > 20)
    seat.window.question.slider.setFocus()
    before = painted(view)
    seat.press(Qt.Key.Key_Home)
    seat.wait(lambda: bool((painted(view) != before).any()))
    seat.press("0")
    seat.settled()
    assert ratings_of(study) == {0: 11, 1: 10}


def test_an_answer_that_the_disk_refuses_is_kept_and_written_later(
    judge_seat: NewJudge, tmp_path: Path, quick_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=2))
    seat = judge_seat(study)
    seat.begin()
    view = seat.sitting.sitting._view  # type: ignore[union-attr]

    def refuse(_: object) -> None:
        raise StoreWriteError(f"Nothing could be written to {study}/labels.sqlite (disk full).")

    with monkeypatch.context() as full:
        full.setattr(view, "write", refuse)
        seat.press("4")
        seat.wait(seat.window.question.trouble.isVisible)
        told = seat.window.question.trouble.text()
        assert "disk full" in told
        assert str(study) not in told
        assert "nothing goes on before it is on disk" in told
        seat.press("2")
        seat.sitting._try_again()
        seat.wait(seat.sitting._again.isActive)
        assert not seat.window.close(), "asked once"
        assert "Close the window once more" in seat.window.question.trouble.text()
        seat.sitting._try_again()
        seat.wait(seat.sitting._again.isActive)
        assert "disk full" in seat.window.question.trouble.text()
        assert "Close the window once more" in seat.window.question.trouble.text(), "not forgotten"
        assert ratings_of(study) == {}
    seat.sitting._try_again()
    seat.settled()
    assert ratings_of(study) == {0: 4}
    assert not seat.window.question.trouble.isVisible()
    seat.answer(5)
    assert seat.title == "Thank you"


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (Path.unlink, "is missing"),
        (lambda file: file.write_bytes(file.read_bytes() + b"x"), "was changed after it was prepared"),
    ],
    ids=["missing", "changed"],
)
def test_a_clip_that_cannot_be_shown_stops_the_sitting(
    judge_seat: NewJudge,
    tmp_path: Path,
    quick_film: Path,
    damage: Callable[[Path], object],
    words: str,
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=3))
    seat = judge_seat(study)
    trial = seat.sitting.sitting.trials[1]  # type: ignore[union-attr]
    (file,) = study.glob(f"Rating Clips/*/{trial.file}")
    whole = file.read_bytes()
    damage(file)
    seat.begin()
    seat.answer(3)
    assert seat.title == "The rating cannot go on"
    (told,) = [text for text in seat.words if "The clip of trial" in text]
    assert f"The clip of trial 2 (code {trial.token[:6]}) {words}" in told
    assert str(study) not in told
    assert file.name not in told
    seat.press(Qt.Key.Key_Return)
    seat.settled()
    assert seat.title == "The rating cannot go on", "not skipped"
    assert (1, _SHOWN) not in acts(study)
    file.write_bytes(whole)
    seat.press(Qt.Key.Key_Return)
    seat.settled()
    assert seat.asked
    seat.answer(2)
    seat.answer(1)
    assert ratings_of(study) == {0: 3, 1: 2, 2: 1}


def test_a_session_that_is_closed_meanwhile_takes_no_answer(
    judge_seat: NewJudge, tmp_path: Path, quick_film: Path
) -> None:
    study = tmp_path / "study"
    session = plan(study, quick_film, Planned(clips=2))
    seat = judge_seat(study)
    seat.begin()
    with open_project(study) as project:
        project.store.rating_sessions.set_closed(session.id, closed=True)
    seat.answer(3)
    assert seat.title == "The rating cannot go on"
    assert "The session was closed: nothing can be rated in it any more." in " ".join(seat.words)
    assert ratings_of(study) == {}


def test_a_judge_finds_their_seat(judge_seat: NewJudge, tmp_path: Path, quick_film: Path) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=1, judges=JUDGES[:3]))
    first = judge_seat(study)
    first.rate_all(lambda _: 3)
    first.leave()
    seat = judge_seat(study, "")
    assert seat.title == "Who are you?"
    said = seat.items()
    assert said == [
        "Judge 1\nFirst wave · finished, thank you",
        "Judge 2\nFirst wave · not begun",
        "Judge 3\nFirst wave · not begun",
    ]
    seat.press(Qt.Key.Key_Down)
    seat.press(Qt.Key.Key_Return)
    seat.settled()
    assert seat.title == "Welcome"
    seat.rate_all(lambda _: 5)
    assert ratings_of(study, "Judge 2") == {0: 5}
    assert ratings_of(study, "Judge 3") == {}


@pytest.mark.parametrize("keypad", [False, True])
def test_keys_of_answers(qapp: QApplication, keypad: bool) -> None:
    modifier = Qt.KeyboardModifier.KeypadModifier if keypad else Qt.KeyboardModifier.NoModifier
    keys = [*(getattr(Qt.Key, f"Key_{digit}") for digit in "1234567890"), Qt.Key.Key_Minus]
    for score, key in enumerate(keys, 1):
        event = QKeyEvent(QEvent.Type.KeyPress, key, modifier)
        assert score_of(event, 11) == score
        assert score_of(event, score - 1) is None
        held = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.ControlModifier)
        assert score_of(held, 11) is None
    assert [key_of(score) for score in (1, 9, 10, 11)] == ["1", "9", "0", "−"]


def test_keys_of_answers_on_a_french_keyboard(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QGuiApplication, "platformName", staticmethod(lambda: "xcb"))
    plain, shift = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier

    def score(key: Qt.Key, code: int, modifier: Qt.KeyboardModifier = plain) -> int | None:
        return score_of(QKeyEvent(QEvent.Type.KeyPress, key, modifier, code, 0, 0), 11)

    row = [Qt.Key.Key_Ampersand, Qt.Key.Key_Eacute, Qt.Key.Key_QuoteDbl, Qt.Key.Key_Apostrophe]
    row += [Qt.Key.Key_ParenLeft, Qt.Key.Key_Minus, Qt.Key.Key_Egrave, Qt.Key.Key_Underscore]
    assert [score(key, 10 + place) for place, key in enumerate(row)] == list(range(1, 9))
    assert [score(Qt.Key(Qt.Key.Key_1 + place), 10 + place, shift) for place in range(9)] == list(
        range(1, 10)
    )
    assert score(Qt.Key.Key_Minus, 20) == 11
    # What is printed on a key counts more than where it lies.
    assert score(Qt.Key.Key_7, 10, shift) == 7
    assert score(Qt.Key.Key_A, 24) is None


def test_every_frame_has_its_turn_and_the_last_its_whole_time(
    judge_seat: NewJudge, tmp_path: Path, numbered_video: Path
) -> None:
    study = tmp_path / "study"
    plan(study, numbered_video, Planned(clips=1, frames=25, presentation=Presentation()))
    seat = judge_seat(study)
    view = seat.window.clip.view
    shown: list[tuple[int, float]] = []
    keep = view._show
    view._show = lambda number, image, now: (shown.append((number, now)), keep(number, image, now))  # type: ignore[method-assign]
    seat.begin()
    over = seat.sitting._memory[0].ended_at
    numbers = [number for number, _ in shown]
    assert numbers == sorted(set(numbers))
    assert (numbers[0], numbers[-1]) == (0, 24)
    began, ends = shown[0][1], shown[-1][1]
    # Never before its time, by the clock of the clip itself.
    assert all(now - began >= number / 25 - 1e-9 for number, now in shown)
    assert over is not None
    assert over >= max(began + 25 / 25, ends + 1 / 25) - 1e-6
    assert np.isclose(view.watched_s, 0.0), "nothing is kept of a clip that is over"


def test_an_error_that_names_the_folder_is_told_without_it(
    judge_seat: NewJudge, tmp_path: Path, quick_film: Path
) -> None:
    seat = judge_seat(tmp_path / "no study here", "")
    assert seat.title == "The rating cannot go on"
    assert str(tmp_path) not in " ".join(seat.words)
