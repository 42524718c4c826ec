"""A judge's sitting: what the judge wants, what is written, and what is shown next.

One thing is written at a time, in a worker; nothing goes on before it is on disk.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from hrm_annotator.judging.film import Film
from hrm_annotator.judging.judge_window import JudgeWindow
from hrm_annotator.judging.seat_list import SeatList
from hrm_annotator.language import in_use, mark, tr
from hrm_annotator.operations import sitting as sittings
from hrm_annotator.operations.runner import Runner
from hrm_annotator.operations.sitting import Memory, OpenClip, Step
from hrm_annotator.wiring.sitting_words import SittingWords
from hrm_core.errors import StoreWriteError, UserError
from hrm_core.records.rating_plan import TrialKind
from hrm_core.records.sitting import Seated, SeatTrial

if TYPE_CHECKING:
    from hrm_core.workflows.sit_for_rating import Sitting

__all__ = ["SittingWiring"]

# A disk that is full or away may be back soon; who waits shall not have to press anything.
_AGAIN_MS = 2000
# Nobody has read a check of attention so soon: that key was meant for the clip before it.
_UNREAD_S = 0.25
# What is lost if the window closes before something is on disk; the beginning of a clip or a pause is none.
_LOST_ANSWER = mark("Your last answer is not on disk yet. Close the window once more to leave without it.")
_LOST_TAKING_BACK = mark(
    "That you took your last answer back is not on disk yet. Close the window once more to leave all the "
    "same: the answer then stands."
)


class SittingWiring(QObject):
    """Leads a judge from the choice of a seat to the last answer.

    Parameters
    ----------
    window : JudgeWindow
        Its pages and keys.
    runner : Runner
        Does what touches disk.
    folder : pathlib.Path
        Of the study, of which nothing else is known here.
    session, judge : str
        Names; empty where the judge is asked.

    Attributes
    ----------
    sitting : Sitting or None
        The seat that was taken.
    """

    left = Signal()
    """The judge wants away."""

    def __init__(
        self, window: JudgeWindow, runner: Runner, folder: Path, session: str = "", judge: str = ""
    ) -> None:
        super().__init__(window)
        self._window, self._runner, self._folder = window, runner, folder
        self._session, self._judge = session, judge
        self.sitting: Sitting | None = None
        self._words = SittingWords(window)
        self._memory: dict[int, Memory] = {}
        self._film: Film | None = None
        self._before: SeatTrial | None = None
        self._rested_at: int | None = None
        # Positions of trials whose clip was seen to its end: they are asked without it.
        self._seen: set[int] = set()
        self._paused: Callable[[], None] | None = None
        self._full_screen = False
        self._busy = self._stopped = False
        self._waiting: tuple[Callable[[], object], Callable[[Any], None]] | None = None
        # What would be lost now; whether that was said; whether the window closes once it is on disk.
        self._loss, self._warned, self._leaving = "", False, False
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._try_again)
        # While a clip can be answered before its end: when that begins.
        self._from_now = QTimer(self)
        self._from_now.setInterval(50)
        self._from_now.timeout.connect(self._offer_scale)
        self._connect()

    def start(self) -> None:
        """Take the seat that was named, or let the judge choose one."""
        self._words.opening()
        if self._session and self._judge:
            self._open(self._session, self._judge)
            return
        self._do(lambda: sittings.seats(self._folder), self._show_seats)

    def stop(self) -> None:
        """End what runs and give the store back; call it when nothing is under way any more."""
        self._again.stop()
        self._stopped = True
        self._drop_film()
        if self.sitting is not None:
            self.sitting.close()
            self.sitting = None

    def _connect(self) -> None:
        window = self._window
        window.answered.connect(self._answer)
        window.replay_wanted.connect(self._replay)
        window.take_back_wanted.connect(self._take_back)
        window.pause_wanted.connect(self._pause)
        window.escape_wanted.connect(self._escape)
        window.unwatched.connect(self._on_unwatched)
        window.clip.view.ended.connect(self._on_ended)
        window.may_close = self._may_close

    # -- the seat ---------------------------------------------------------------------------

    def _show_seats(self, seats: list[Seated]) -> None:
        fitting = [
            seat
            for seat in seats
            if seat.session == (self._session or seat.session) and seat.judge == (self._judge or seat.judge)
        ]
        if not fitting:
            self._words.nothing_to_rate(self.left.emit)
            return
        choice = SeatList(fitting)
        choice.chosen.connect(self._open)
        self._words.choose_seat(choice, self.left.emit)
        choice.setFocus()

    def _open(self, session: str, judge: str) -> None:
        self._do(lambda: sittings.open_sitting(self._folder, session, judge), self._on_open)

    def _on_open(self, sitting: Sitting) -> None:
        self.sitting = sitting
        window, presentation = self._window, sitting.presentation
        if (trial := sitting.current) is not None:
            # Who ends the program gets no replays anew.
            self._memory_of(trial).replays = sitting.state.replays.get(trial.position, 0)
        labels = [point.words(in_use()) for point in presentation.scale]
        window.points = len(labels)
        window.question.set_scale(labels)
        window.clip.ask_meanwhile(labels if presentation.least_watch_s is not None else ())
        if sitting.current is None:
            self._go_on()
        else:
            self._words.welcome(sitting, self._begin, self.left.emit)

    def _begin(self) -> None:
        self._window.set_full_screen(True)
        self._go_on()

    # -- from one trial to the next -----------------------------------------------------------

    def _go_on(self) -> None:
        """Show what comes next."""
        sitting, window = self._here, self._window
        self._drop_film()
        step = sittings.next_step(sitting, self._before, self._rested_at)
        trial = sitting.current
        if step in (Step.PRACTICE_OVER, Step.BREAK):
            assert trial is not None
            self._rested_at = trial.position
            say = self._words.practice_over if step is Step.PRACTICE_OVER else self._words.rest
            say(sitting, self._go_on, self._take_back_if_possible, self.left.emit)
        elif step is Step.DONE:
            window.set_full_screen(False)
            self._words.done(self.left.emit, self._take_back_if_possible if sitting.last_answered else None)
        elif step is Step.ATTENTION:
            assert trial is not None
            self._memory_of(trial).ended_at = time.perf_counter()
            self._ask()
        elif trial is not None and trial.position in self._seen:
            self._ask()
        else:
            assert trial is not None
            self._play(trial)

    def _play(self, trial: SeatTrial, *, again: bool = False) -> None:
        sitting = self._here
        replays = self._memory_of(trial).replays + again

        def play(opened: OpenClip) -> None:
            if sitting.current != trial:
                # Answered in another window of this judge: that answer stands.
                opened.video.close()
                self._go_on()
                return
            memory = self._memory_of(trial)
            memory.replays = replays
            memory.ended_at = None
            self._seen.discard(trial.position)
            # A full disk may have put the question there meanwhile.
            self._window.show_page(self._window.clip)
            self._film = Film(opened.video, opened.times, opened.length_s, self)
            self._film.failed.connect(self._on_film_failed)
            self._window.clip.view.play(self._film, sitting.presentation.speed)
            if sitting.presentation.least_watch_s is not None:
                self._from_now.start()
            self._window.look_whether_watched()

        # The calm ground at once, so that nothing of the last question is left while the clip is opened.
        self._window.clip.be_quiet()
        self._window.clip.show_scale(False)
        self._window.show_page(self._window.clip)
        self._do(lambda: sittings.begin_clip(sitting, trial, replays), play)

    def _on_film_failed(self) -> None:
        trial = self._here.current
        # News of a clip that was left meanwhile is of no interest.
        if trial is not None and self._film is not None and self._film.broken:
            self._drop_film()
            self._stuck(self._words.cannot_be_read(trial))

    def _on_ended(self) -> None:
        sitting, view = self._here, self._window.clip.view
        trial = sitting.current
        if trial is None or self._busy:
            # An answer given before the end is being written; it was timed when it was given.
            return
        memory = self._memory_of(trial)
        memory.watched_s, memory.ended_at = view.watched_s, view.ended_at
        self._seen.add(trial.position)
        film = self._film
        if sitting.presentation.scrubbing and film is not None:
            view.clear()
            self._from_now.stop()
            self._ask(film)
        else:
            # The first impression counts: the picture goes with the clip.
            self._drop_film()
            self._ask()

    def _ask(self, film: Film | None = None) -> None:
        sitting = self._here
        assert sitting.current is not None
        question = self._window.question
        question.browse(film)
        self._window.show_page(question)
        self._words.ask(sitting, self._replays_left(sitting.current))

    def _offer_scale(self) -> None:
        if self._may_answer():
            self._from_now.stop()
            self._window.clip.show_scale(True)

    def _may_answer(self) -> bool:
        view = self._window.clip.view
        ended = not view.playing
        return sittings.may_answer(self._here.presentation, view.watched_s, ended=ended)

    # -- what the judge wants --------------------------------------------------------------------

    def _answer(self, score: int) -> None:
        now, sitting = time.perf_counter(), self.sitting
        trial = None if sitting is None else sitting.current
        if self._busy or sitting is None or trial is None:
            return
        window, memory = self._window, self._memory_of(trial)
        if window.page is window.clip:
            view = window.clip.view
            if not self._may_answer():
                self._words.too_early(sitting)
                return
            memory.watched_s, memory.ended_at = max(memory.watched_s, view.watched_s), view.ends_at
        elif window.page is not window.question or self._is_unread(trial, now):
            return
        response_s = None if memory.ended_at is None else now - memory.ended_at
        clip = trial.kind is not TrialKind.ATTENTION
        watched_s = memory.watched_s if clip else None
        self._drop_film()

        def on_disk(_: object) -> None:
            self._before = trial
            self._seen.add(trial.position)
            self._go_on()

        self._do(
            lambda: sitting.answer(
                trial, score, response_s=response_s, replays=memory.replays, watched_s=watched_s
            ),
            on_disk,
            _LOST_ANSWER,
        )

    def _is_unread(self, trial: SeatTrial, now: float) -> bool:
        """Whether this is a second press of the key that answered the clip before."""
        asked_at = self._memory_of(trial).ended_at
        return trial.kind is TrialKind.ATTENTION and asked_at is not None and now - asked_at < _UNREAD_S

    def _take_back_if_possible(self) -> None:
        self._take_back()

    def _take_back(self) -> None:
        sitting = self.sitting
        if self._busy or sitting is None or self._paused is not None:
            return
        if sitting.last_answered is None:
            self._words.nothing_to_take_back(sitting)
            return
        self._drop_film()
        if (left := sitting.current) is not None:
            # If its clip was seen, it is asked without it afterwards; no time is measured then.
            self._memory_of(left).ended_at = None

        def ask_again(trial: SeatTrial) -> None:
            # The time that it takes to answer once more says nothing of the first impression.
            self._memory_of(trial).ended_at = None
            self._seen.add(trial.position)
            self._before = None
            self._ask()

        self._do(sitting.take_back, ask_again, _LOST_TAKING_BACK)

    def _replay(self) -> None:
        sitting, window = self.sitting, self._window
        trial = None if sitting is None else sitting.current
        if self._busy or trial is None or window.page is not window.question:
            return
        if trial.kind is TrialKind.ATTENTION or self._replays_left(trial) == 0:
            window.question.say(tr("This clip is not played again."))
            return
        self._drop_film()
        self._play(trial, again=True)

    def _pause(self) -> None:
        sitting, window = self.sitting, self._window
        trial = None if sitting is None else sitting.current
        if self._busy or sitting is None or trial is None or window.page is window.notice:
            return
        playing = window.page is window.clip
        if playing:
            # What was interrupted is no first impression: it starts over.
            self._drop_film()
        else:
            self._memory_of(trial).ended_at = None
        film = self._film

        def go_on() -> None:
            if self._busy:
                return
            self._paused = None
            if self._full_screen:
                window.set_full_screen(True)
            self._do(lambda: sitting.go_on(trial), ask_or_play)

        def ask_or_play(_: object) -> None:
            # Elsewhere means another window of this judge, whose answer stands.
            elsewhere = sitting.current != trial
            if playing or elsewhere:
                self._go_on()
            else:
                self._ask(film)

        def tell() -> None:
            self._words.paused(sitting, go_on, self.left.emit)

        self._paused = go_on
        self._full_screen = window.isFullScreen()
        window.question.browse(None)
        tell()
        # Told once more: a full disk may have put other words there.
        self._do(lambda: sitting.pause(trial), lambda _: None if window.notice.first else tell())

    def _on_unwatched(self) -> None:
        """Another program has the keyboard: a clip shall not play to nobody, and no time is measured."""
        window, sitting = self._window, self.sitting
        if window.page is window.clip:
            self._pause()
        elif window.page is window.question and sitting is not None and sitting.current is not None:
            self._memory_of(sitting.current).ended_at = None

    def _escape(self) -> None:
        window = self._window
        if window.page is not window.notice and not self._busy:
            self._pause()
        if window.isFullScreen():
            window.set_full_screen(False)

    def _may_close(self) -> bool:
        """Whether the window may go: what would be lost by that is said once."""
        if not self._loss or self._warned:
            return True
        self._warned = True
        # Most often it is written in a moment, and the window may go then.
        self._leaving = self._waiting is None
        self._words.tell(tr(self._loss))
        return False

    # -- one thing at a time -----------------------------------------------------------------------

    def _do(self, work: Callable[[], Any], then: Callable[[Any], None], loss: str = "") -> None:
        """Do something in a worker; keys wait until `then` has shown what follows."""
        self._busy, self._loss = True, loss

        def done(result: Any) -> None:
            if self._stopped:
                _let_go(result)
                return
            self._busy, self._waiting, self._loss, self._warned = False, None, "", False
            self._window.question.show_trouble("")
            if self._leaving:
                self._window.close()
            else:
                then(result)

        def failed(error: UserError) -> None:
            if self._stopped:
                return
            self._leaving = False
            if self.sitting is not None and isinstance(error, StoreWriteError):
                self._wait_for_disk(work, then, error)
            else:
                self._busy, self._waiting, self._loss, self._warned = False, None, "", False
                self._stuck(sittings.words_for(error, self._folder))

        self._runner.run(work, done, failed)

    def _wait_for_disk(
        self, work: Callable[[], Any], then: Callable[[Any], None], error: StoreWriteError
    ) -> None:
        self._waiting = work, then
        window = self._window
        words = sittings.words_for(error, self._folder)
        if window.page is not window.notice:
            window.show_page(window.question)
        self._words.not_on_disk(words, tr(self._loss) if self._warned else "")
        QApplication.beep()
        self._again.start()

    def _try_again(self) -> None:
        if self._waiting is not None:
            self._do(*self._waiting, self._loss)

    def _stuck(self, words: str) -> None:
        """Say what is wrong; nothing is skipped, and nothing that was answered is lost."""
        self._window.set_full_screen(False)
        sitting = self.sitting

        def again() -> None:
            if sitting is None:
                self.start()
            else:
                # What keeps it from going on may be an answer that was given in another window.
                self._do(sitting.read_again, lambda _: self._go_on())

        self._words.stuck(words, again, self.left.emit)

    # -- small things --------------------------------------------------------------------------------

    @property
    def _here(self) -> Sitting:
        assert self.sitting is not None
        return self.sitting

    def _memory_of(self, trial: SeatTrial) -> Memory:
        return self._memory.setdefault(trial.position, Memory())

    def _replays_left(self, trial: SeatTrial) -> int | None:
        most = self._here.presentation.max_replays
        if trial.kind is TrialKind.ATTENTION:
            return 0
        return None if most is None else max(0, most - self._memory_of(trial).replays)

    def _drop_film(self) -> None:
        """Show no picture any more and end its thread."""
        self._from_now.stop()
        self._window.clip.view.clear()
        self._window.question.browse(None)
        if self._film is not None:
            self._film.close()
            self._film.deleteLater()
            self._film = None


def _let_go(result: object) -> None:
    """Close what was opened for somebody who has left meanwhile."""
    if isinstance(result, OpenClip):
        result.video.close()
    elif hasattr(result, "close"):
        result.close()
