"""Rating sessions on a small study, and a judge in front of the real window."""

from __future__ import annotations

import hashlib
import random
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QListWidget, QWidget
from pytestqt.qtbot import QtBot

from hrm_annotator.app import JudgeProgram
from hrm_annotator.judging.answer_keys import key_of
from hrm_annotator.judging.notice_page import NoticePage
from hrm_core.media import open_video
from hrm_core.media.clip_writer import write_clip
from hrm_core.progress import CancelToken
from hrm_core.records.people import Role
from hrm_core.records.rating_plan import (
    PlannedJudge,
    PreparedClip,
    Presentation,
    RatingSession,
    Seat,
    SessionPlan,
    Trial,
    TrialKind,
)
from hrm_core.records.sitting import SittingAct, SittingEvent
from hrm_core.workflows.add_participant import add_participant, add_rater
from hrm_core.workflows.add_video import add_clips, add_video
from hrm_core.workflows.project import create_project, open_project
from hrm_core.workflows.rating_clips import clips_folder
from tests.core.media.clips import Kind, make_clip

__all__ = [
    "GROUPS",
    "JUDGES",
    "SESSION",
    "JudgeSeat",
    "Planned",
    "events_of",
    "instant_film",
    "judge_seat",
    "plan",
    "press_table",
    "quick_film",
    "ratings_of",
    "session_of",
    "table_of",
]

SESSION = "First wave"
JUDGES = ("Judge 1", "Judge 2", "Judge 3", "Judge 4", "Judge 5")
GROUPS = ("ASD", "TD")
_PER_CHILD = 100
_PATIENCE_MS = 10_000
# A hundred frames a second: judges of these tests need not watch long.
_FILM = Kind("quick.mp4", options={"preset": "veryfast", "bf": "0"}, time_base=Fraction(1, 100))
_INSTANT = replace(_FILM, name="instant.mp4", time_base=Fraction(1, 1000))
# Clips that differ; further ones are copies of these.
_PLACES = 12


_QUICK = Presentation(speed=2.0)


@dataclass(frozen=True)
class Planned:
    """What a test wants of a session.

    Attributes
    ----------
    clips : int
        Clips that count.
    practice, repeats, checks, break_every
        As of a plan; checks ask for the answers 2, 3, 2, …
    frames : int
        Of each prepared clip.
    presentation : Presentation
        How clips are shown and asked about.
    judges : tuple of str
        Who rates.
    """

    clips: int = 4
    practice: int = 0
    repeats: int = 0
    checks: int = 0
    break_every: int = 0
    frames: int = 2
    presentation: Presentation = _QUICK
    judges: tuple[str, ...] = JUDGES[:1]


def plan(folder: Path, film: Path, wanted: Planned) -> RatingSession:
    """A study with a session as wanted, made below the workflow that people use for it.

    Parameters
    ----------
    folder : Path
        A new project folder.
    film : Path
        The video of all children, whose clips hold one frame each in the store; what judges see is
        cut from its beginning, every prepared clip from another place.
    wanted : Planned
        What the session is like.
    """
    whole = wanted.clips + wanted.practice
    with create_project(folder, name="Children who play", groups=GROUPS) as project:
        clip_ids: list[int] = []
        for child in range(-(-whole // _PER_CHILD)):
            code = f"kid-{child}"
            add_participant(project, code, group=GROUPS[child % 2])
            recording = add_video(project, code, film, name=f"play-{child}")
            here = min(_PER_CHILD, whole - child * _PER_CHILD)
            add_clips(project, recording, [(frame, frame) for frame in range(here)])
            clip_ids += [clip.id for clip in project.store.recordings.clips(recording.id)]
        token = secrets.token_hex(8)
        prepared = _prepared(film, clip_ids, clips_folder(folder, token), wanted.frames)
        raters = [add_rater(project, name, role=Role.JUDGE) for name in wanted.judges]
        seats = [Seat(rater.id, rater.name, secrets.token_hex(8)) for rater in raters]
        counted, practice = clip_ids[: wanted.clips], clip_ids[wanted.clips :]
        session = SessionPlan(
            name=SESSION,
            presentation=replace(wanted.presentation, break_every=wanted.break_every),
            judges=tuple(PlannedJudge(name) for name in wanted.judges),
            clips=tuple(counted),
            practice=tuple(practice),
            repeats=wanted.repeats,
            attention_checks=wanted.checks,
            seed=4,
        )
        trials = {rater.id: _trials(session, rater.name) for rater in raters}
        return project.store.rating_sessions.add(
            session, seats, trials, prepared, token=token, sign_key=secrets.token_hex(16)
        )


def _prepared(film: Path, clip_ids: Sequence[int], folder: Path, frames: int) -> list[PreparedClip]:
    found = []
    with open_video(film) as video:
        # Cut once for every place in the film: many clips of a large session share their picture.
        places = max(1, min(len(clip_ids), (len(video) - 1) // frames, _PLACES))
        cut: dict[int, bytes] = {}
        for number, clip_id in enumerate(clip_ids):
            start = number % places * frames
            path = folder / f"{secrets.token_hex(8)}.mp4"
            if start in cut:
                path.write_bytes(cut[start])
            else:
                run = range(start, start + frames)
                write_clip(video, run, path, video.__getitem__, advance=lambda: None, cancel=CancelToken())
                cut[start] = path.read_bytes()
            digest = hashlib.sha256(cut[start]).hexdigest()
            found.append(
                PreparedClip(clip_id, path.name, digest, frames, frames / video.fps, 0, number, number)
            )
    return found


def _trials(session: SessionPlan, judge: str) -> list[Trial]:
    """An order of its own for every judge: practice, then clips, repetitions and checks mixed."""
    order = random.Random(f"{session.seed} {judge}")
    mixed: list[tuple[TrialKind, int | None, int | None]] = [
        (TrialKind.RATING, clip, None) for clip in session.clips
    ]
    order.shuffle(mixed)
    mixed += [(TrialKind.REPEAT, clip, None) for clip in session.clips[: session.repeats]]
    for check in range(session.attention_checks):
        mixed.insert((check + 1) * len(mixed) // (session.attention_checks + 1), _check(check))
    whole = [(TrialKind.PRACTICE, clip, None) for clip in session.practice] + mixed
    every, rated = session.presentation.break_every, 0
    trials = []
    for position, (kind, clip, expected) in enumerate(whole):
        rest = bool(every) and kind is not TrialKind.PRACTICE and rated > 0 and rated % every == 0
        trials.append(Trial(position, secrets.token_hex(8), kind, clip, expected, rest))
        rated += kind is not TrialKind.PRACTICE
    return trials


def _check(number: int) -> tuple[TrialKind, int | None, int | None]:
    return TrialKind.ATTENTION, None, 2 + number % 2


def session_of(folder: Path) -> tuple[RatingSession, Mapping[str, list[Trial]]]:
    """The session as the coordinator reads it, and each judge's trials."""
    with open_project(folder) as project:
        session = project.store.rating_sessions.get(SESSION)
        return session, {
            seat.name: project.store.rating_sessions.trials(session.id, seat.judge_id)
            for seat in session.seats
        }


def events_of(folder: Path, judge: str = JUDGES[0]) -> list[SittingEvent]:
    """The whole log of a judge, read from outside the window."""
    with open_project(folder) as project:
        session = project.store.rating_sessions.get(SESSION)
        seat = next(seat for seat in session.seats if seat.name == judge)
        return project.store.rating_sessions.events(session.id, seat.judge_id)


def ratings_of(folder: Path, judge: str = JUDGES[0]) -> dict[int, int]:
    """Scores that stand, by position, as the log says; what the table of ratings holds is its own test."""
    standing: dict[int, int] = {}
    for event in events_of(folder, judge):
        if event.act is SittingAct.ANSWERED:
            assert event.score is not None
            standing[event.position] = event.score
        elif event.act is SittingAct.TAKEN_BACK:
            del standing[event.position]
    return standing


def table_of(folder: Path) -> NDArray[np.int64]:
    """What the ratings of a study are, clips by judges, in the order of the plan."""
    with open_project(folder) as project:
        session = project.store.rating_sessions.get(SESSION)
        assert session.plan is not None
        found = np.zeros((len(session.plan.clips), len(session.seats)), dtype=np.int64)
        rows = {clip: row for row, clip in enumerate(session.plan.clips)}
        for column, seat in enumerate(session.seats):
            trials = project.store.rating_sessions.trials(session.id, seat.judge_id)
            clip_at = {trial.position: trial.clip_id for trial in trials if trial.kind is TrialKind.RATING}
            stored = project.ratings()
            own = stored[stored["judge"] == seat.name]
            for position, score in zip(own["position"], own["score"], strict=True):
                if (clip := clip_at.get(int(position))) is not None:
                    found[rows[clip], column] = score
    return found


def press_table(
    sit: Callable[..., JudgeSeat], folder: Path, film: Path, table: NDArray[np.integer]
) -> RatingSession:
    """Make a study in `folder` whose judges press a table of scores, clips by judges, in their windows.

    Parameters
    ----------
    sit : callable
        The fixture :func:`judge_seat`.
    folder, film : Path
        As of :func:`plan`.
    table : ndarray of int, shape (n_clips, n_judges)
        Scores from 1.
    """
    judges = tuple(f"Judge {number + 1}" for number in range(table.shape[1]))
    session = plan(folder, film, Planned(clips=len(table), judges=judges, frames=1))
    assert session.plan is not None
    rows = {clip: row for row, clip in enumerate(session.plan.clips)}
    _, trials = session_of(folder)
    for column, judge in enumerate(judges):
        scores = {
            trial.position: int(table[rows[trial.clip_id], column])
            for trial in trials[judge]
            if trial.clip_id is not None
        }
        seat = sit(folder, judge)
        seat.rate_all(scores.__getitem__)
        seat.leave()
    return session


class JudgeSeat:
    """The running program of a judge, and a judge's hands and eyes.

    Parameters
    ----------
    qtbot : QtBot
        Of the test.
    folder : Path
        The study.
    judge : str
        Who sits there; empty to be asked.
    """

    def __init__(self, qtbot: QtBot, folder: Path, judge: str = JUDGES[0]) -> None:
        self.qtbot, self.folder, self.judge = qtbot, folder, judge
        self.program = JudgeProgram(folder, SESSION if judge else "", judge)
        self.window = self.program.window
        self.sitting = self.program.sitting
        self._left = False
        self._alarm = QTimer()
        with qtbot.waitActive(self.window):
            self.window.show()
            self.window.activateWindow()
        self.program.start()
        self.settled()

    def leave(self) -> None:
        """Close the program."""
        if not self._left:
            self._left = True
            self.program.close()

    # -- eyes -----------------------------------------------------------------------

    def wait(self, condition: Callable[[], bool], patience_ms: int = _PATIENCE_MS) -> None:
        """Let the program run until the condition holds."""
        give_up = time.monotonic() + patience_ms / 1000
        # Sleeps until something happens: who looks all the time takes the time of the threads that work.
        self._alarm.start(200)
        try:
            while not condition():
                assert time.monotonic() < give_up, f"waited in vain on {self.title!r}"
                QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        finally:
            self._alarm.stop()

    def settled(self) -> None:
        """Wait until nothing is written and no clip plays."""
        self.wait(lambda: not self.sitting._busy and not self.window.clip.view.playing)

    @property
    def asked(self) -> bool:
        """Whether an answer is asked for."""
        return self.window.page is self.window.question

    @property
    def title(self) -> str:
        """Heading of the page of words, or the question."""
        if self.window.page is self.window.notice:
            return self.words[0] if self.words else ""
        return self.window.question.question.text() if self.asked else ""

    @property
    def words(self) -> list[str]:
        """What the page that is shown says."""
        return [text for text in texts(self.window.page) if text]

    def button(self, text: str) -> QAbstractButton:
        """The visible button that begins so."""
        for button in self.window.page.findChildren(QAbstractButton):
            if button.isVisible() and button.text().startswith(text):
                return button
        raise AssertionError(f"no button {text!r} among {self.words}")

    def button_or_none(self, text: str) -> QAbstractButton | None:
        """As :meth:`button`; None if there is none."""
        try:
            return self.button(text)
        except AssertionError:
            return None

    def items(self) -> list[str]:
        """What the list on the page says, row by row."""
        found = self.window.page.findChild(QListWidget)
        return [found.item(row).text() for row in range(found.count())]

    # -- hands ----------------------------------------------------------------------

    def press(
        self, key: Qt.Key | str, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        """Press and release a key wherever the keyboard is."""
        focused = QApplication.focusWidget()
        inside = isinstance(focused, QWidget) and focused.window() is self.window
        QTest.keyClick(focused if inside and focused is not None else self.window, key, modifier)

    def begin(self) -> None:
        """Leave the first page, and watch what follows to its end."""
        self.begin_unsettled()
        self.settled()

    def begin_unsettled(self) -> None:
        """Leave the first page."""
        assert isinstance(self.window.page, NoticePage)
        self.press(Qt.Key.Key_Return)

    def answer(self, score: int) -> None:
        """Press the key of an answer and wait until it is on disk and the next thing is asked."""
        self.read()
        self.press(key_of(score).replace("−", "-"))
        self.settled()

    def read(self) -> None:
        """Take the time that it takes to read a check of attention, before which no key answers it."""
        trial = None if self.sitting.sitting is None else self.sitting.sitting.current
        if trial is not None and self.asked:
            self.wait(lambda: not self.sitting._is_unread(trial, time.perf_counter()))

    def rate_all(self, score_of: Callable[[int], int]) -> list[int]:
        """Rate to the end, through pages of words; positions in the order in which they were asked."""
        asked = []
        while self.title != "Thank you":
            if self.asked:
                trial = self.sitting.sitting.current  # type: ignore[union-attr]
                assert trial is not None
                asked.append(trial.position)
                self.answer(score_of(trial.position) if trial.expected is None else trial.expected)
            else:
                self.press(Qt.Key.Key_Return)
                self.settled()
        return asked


def texts(root: QWidget) -> Iterator[str]:
    """Texts of visible labels and buttons below a widget."""
    for widget in root.findChildren(QWidget):
        text = getattr(widget, "text", None)
        if widget.isVisible() and callable(text):
            yield str(text())


@pytest.fixture(scope="session")
def quick_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 frames of 10 ms, each of which shows its number."""
    return make_clip(tmp_path_factory.mktemp("quick") / _FILM.name, _FILM, 120)


@pytest.fixture(scope="session")
def instant_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As :func:`quick_film`, with frames of 1 ms: for hundreds of clips that are seen one after the other."""
    return make_clip(tmp_path_factory.mktemp("instant") / _INSTANT.name, _INSTANT, 120)


@pytest.fixture
def judge_seat(qtbot: QtBot) -> Iterator[Callable[..., JudgeSeat]]:
    """Opens judges' windows; all are closed at the end."""
    seats: list[JudgeSeat] = []

    def sit(folder: Path, judge: str = JUDGES[0]) -> JudgeSeat:
        seats.append(JudgeSeat(qtbot, folder, judge))
        return seats[-1]

    yield sit
    for seat in seats:
        seat.leave()
