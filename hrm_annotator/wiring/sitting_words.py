"""What is said to a judge, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from hrm_annotator.judging.answer_keys import key_of
from hrm_annotator.judging.judge_window import JudgeWindow
from hrm_annotator.judging.notice_page import Choice
from hrm_annotator.judging.seat_list import SeatList
from hrm_annotator.language import in_use, tr, trn
from hrm_annotator.operations.sitting import count
from hrm_core.records.rating_plan import Presentation, TrialKind
from hrm_core.records.sitting import SeatTrial

if TYPE_CHECKING:
    from hrm_core.workflows.sit_for_rating import Sitting

__all__ = ["SittingWords"]

_Act = Callable[[], None]


class SittingWords:
    """Fills the pages of a judge's window.

    Parameters
    ----------
    window : JudgeWindow
        Where it is said.
    """

    def __init__(self, window: JudgeWindow) -> None:
        self._window = window

    def opening(self) -> None:
        """A moment until the store is open."""
        self._say(tr("One moment …"), [])

    def nothing_to_rate(self, leave: _Act) -> None:
        """There is no seat."""
        self._say(
            tr("There is nothing to rate here"),
            [tr("No rating session of this study has a place for you: ask whoever planned it.")],
            Choice(tr("Leave"), leave),
        )

    def choose_seat(self, seats: SeatList, leave: _Act) -> None:
        """Ask whose seat it is."""
        self._say(
            tr("Who are you?"),
            [tr("Choose your name in the session that you were asked to rate.")],
            Choice(tr("Continue"), seats.choose_current),
            Choice(tr("Leave"), leave),
            extra=seats,
        )

    def welcome(self, sitting: Sitting, begin: _Act, leave: _Act) -> None:
        """What will be asked, and how."""
        presentation, state = sitting.presentation, sitting.state
        resumed = bool(state.answered or state.showings)
        clips = [trial for trial in sitting.trials if trial.kind is TrialKind.RATING]
        practice = sum(trial.kind is TrialKind.PRACTICE for trial in sitting.trials)
        title = tr("Welcome back") if resumed else tr("Welcome")
        first = (
            tr(
                "{progress}. You go on exactly where you stopped; a clip that was interrupted starts over.",
                progress=self._progress(sitting),
            )
            if resumed
            else trn("You will see {count} clip.", "You will see {count} clips, one at a time.", len(clips))
        )
        more = ""
        if practice and not resumed:
            more = trn(
                "Before them comes {count} clip for practice, which counts nowhere.",
                "Before them come {count} clips for practice, which count nowhere.",
                practice,
            )
        self._say(
            title,
            [
                first,
                *filter(None, [more]),
                tr("After each clip you are asked:"),
                "“" + presentation.asked(in_use()) + "”",
                _scale_words(presentation),
                _rules(presentation),
                tr(
                    "Nothing is timed against you: answer by your first impression, pause whenever you "
                    "like with Space, and stop with Esc. Everything you have answered is kept."
                ),
            ],
            Choice(tr("Go on (Enter)") if resumed else tr("Begin (Enter)"), begin),
            Choice(tr("Leave"), leave),
        )

    def practice_over(self, sitting: Sitting, go_on: _Act, take_back: _Act, leave: _Act) -> None:
        """From here on it counts."""
        total = count(sitting).total
        self._say(
            tr("The practice is over"),
            [
                trn(
                    "From now on your answers count: {count} clip.",
                    "From now on your answers count: {count} clips.",
                    total,
                )
            ],
            Choice(tr("Go on (Enter)"), go_on),
            *self._back(sitting, take_back),
            Choice(tr("Stop for now"), leave),
        )

    def rest(self, sitting: Sitting, go_on: _Act, take_back: _Act, leave: _Act) -> None:
        """A break is offered."""
        self._say(
            tr("Time for a break"),
            [self._progress(sitting), tr("Rest as long as you like. Nothing is timed.")],
            Choice(tr("Go on (Enter)"), go_on),
            *self._back(sitting, take_back),
            Choice(tr("Stop for now"), leave),
        )

    def paused(self, sitting: Sitting, go_on: _Act, leave: _Act) -> None:
        """The judge pauses, or thinks of stopping."""
        self._say(
            tr("Paused"),
            [
                self._progress(sitting),
                tr(
                    "A clip that was interrupted starts over. If you stop for now, everything you have "
                    "answered is kept, and next time you go on here."
                ),
            ],
            Choice(tr("Go on (Enter)"), go_on),
            Choice(tr("Stop for now"), leave),
        )

    def done(self, leave: _Act, take_back: _Act | None) -> None:
        """The end."""
        back = [] if take_back is None else [Choice(tr("Take the last answer back (Backspace)"), take_back)]
        self._say(
            tr("Thank you"),
            [tr("You have rated every clip, and all your answers are on disk. You may leave now.")],
            Choice(tr("Leave (Enter)"), leave),
            *back,
        )

    def stuck(self, words: str, again: _Act, leave: _Act) -> None:
        """Something keeps the judge from going on."""
        self._say(
            tr("The rating cannot go on"),
            [words],
            Choice(tr("Try again (Enter)"), again),
            Choice(tr("Leave"), leave),
        )

    def ask(self, sitting: Sitting, replays_left: int | None) -> None:
        """The question of the current trial."""
        trial, question = sitting.current, self._window.question
        assert trial is not None
        if trial.kind is TrialKind.ATTENTION:
            assert trial.expected is not None
            kind = tr("Between two clips")
            text = tr("To show that you are still with us, please press {key}.", key=key_of(trial.expected))
        else:
            kind = tr("Practice") if trial.kind is TrialKind.PRACTICE else ""
            text = sitting.presentation.asked(in_use())
        question.ask(kind, text, replays_left=replays_left, may_take_back=sitting.last_answered is not None)
        known = count(sitting)
        question.show_progress(self._progress(sitting), known.done / max(1, known.total))

    def too_early(self, sitting: Sitting) -> None:
        """A key was pressed before answers count."""
        if sitting.presentation.least_watch_s is None:
            self._window.clip.say(tr("Answer when the clip has ended."))
        else:
            self._window.clip.say(tr("Watch a little longer, then answer."))

    def nothing_to_take_back(self, sitting: Sitting) -> None:
        """No answer was given yet, or another than the last is meant."""
        window = self._window
        if sitting.state.answered:
            text = tr("Only the last answer can be taken back.")
        else:
            text = tr("There is no answer to take back yet.")
        if window.page is window.question:
            window.question.say(text)
        elif window.page is window.clip:
            window.clip.say(text)

    def not_on_disk(self, words: str, loss: str) -> None:
        """Something was refused by the disk and is tried again; `loss` is what closing would lose."""
        again = tr("It is tried again by itself; nothing goes on before it is on disk.")
        self.tell(" ".join(filter(None, [words, again, loss])))

    def tell(self, text: str) -> None:
        """Say something that must not be overlooked, on whichever page is shown."""
        window = self._window
        if window.page is window.question:
            window.question.show_trouble(text)
        elif window.page is window.clip:
            window.clip.say(text)
        else:
            self._say(tr("One moment …"), [text])

    def cannot_be_read(self, trial: SeatTrial) -> str:
        """A clip whose frames cannot be decoded, in the core's own words."""
        return tr(
            "The clip of trial {trial} (code {code}) cannot be read: tell whoever planned the session; all "
            "answers are kept.",
            trial=trial.position + 1,
            code=trial.token[:6],
        )

    def _progress(self, sitting: Sitting) -> str:
        known = count(sitting)
        values = {"done": known.done, "total": known.total}
        if known.practice:
            return tr("Practice: {done} of {total} done", **values)
        return tr("{done} of {total} clips done", **values)

    def _back(self, sitting: Sitting, take_back: _Act) -> list[Choice]:
        if sitting.last_answered is None:
            return []
        return [Choice(tr("Take the last answer back (Backspace)"), take_back)]

    def _say(self, title: str, paragraphs: list[str], *choices: Choice, extra: QWidget | None = None) -> None:
        self._window.notice.show_words(title, paragraphs, choices, extra)
        self._window.show_page(self._window.notice)


def _scale_words(presentation: Presentation) -> str:
    """The answers with their keys, one a line."""
    return "\n".join(
        tr("{key}: {label}", key=key_of(score), label=point.words(in_use()))
        for score, point in enumerate(presentation.scale, 1)
    )


def _rules(presentation: Presentation) -> str:
    """What the plan allows."""
    if presentation.max_replays is None:
        replay = tr("You can play a clip again with R, as often as you like.")
    elif presentation.max_replays:
        replay = trn(
            "You can play each clip again with R, once.",
            "You can play each clip again with R, up to {count} times.",
            presentation.max_replays,
        )
    else:
        replay = tr("Each clip plays once.")
    return (
        replay
        + "\n"
        + tr(
            "Backspace takes your last answer back, only that one and only once; F fills the screen or "
            "leaves it."
        )
    )
