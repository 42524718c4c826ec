"""One action of a group that is checked: what was coded, what was answered, and the answers on offer."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from hrm_annotator.language.catalogue import said, tr
from hrm_annotator.widgets.spoken import Spoken
from hrm_core.facs import Action, Code, action
from hrm_core.records.check import Answer, CodeRun
from hrm_core.records.check_standing import ActionStanding

__all__ = ["CheckRow", "runs_words"]

_CHOSEN_STYLE = "CheckRow { border: 2px solid palette(accent); border-radius: 6px; }"
_PLAIN_STYLE = "CheckRow { border: 2px solid transparent; border-radius: 6px; }"
_MOST_RUNS = 4


def runs_words(entry: Action, runs: tuple[CodeRun, ...]) -> str:
    """Where an action is coded: ``"34–45 left, 60 both"``."""
    words = []
    for run in runs[:_MOST_RUNS]:
        span = f"{run.first}" if run.first == run.last else f"{run.first}–{run.last}"
        side = "" if entry.sides == {Code.BOTH} and run.code == Code.BOTH else said(Code(run.code).word)
        words.append(" ".join(part for part in (span, side, run.intensity) if part))
    more = len(runs) - _MOST_RUNS
    found = ", ".join(words)
    return tr("{runs} and {count} more", runs=found, count=more) if more > 0 else found


@dataclass(frozen=True, slots=True)
class _Offer:
    """A button: its key, its words, and what it asks for."""

    key: str
    words: str
    wish: str


class CheckRow(QFrame, Spoken):
    """Shows one action and offers what can be said of it now."""

    chosen = Signal(str)
    """The mouse is on the row of this action."""
    wanted = Signal(str, str)
    """Action, and what is wanted: "present", "absent", "change" or "remove"."""

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.action = action(key)
        self._offers: tuple[_Offer, ...] = ()
        self._mark, self._name, self._coded, self._answer = QLabel(), QLabel(), QLabel(), QLabel()
        self._buttons = [QPushButton() for _ in range(3)]
        font = self._name.font()
        font.setBold(True)
        self._name.setFont(font)
        for label in (self._coded, self._answer):
            label.setWordWrap(True)
        head = QHBoxLayout()
        head.addWidget(self._mark)
        head.addWidget(self._name, 1)
        answers = QHBoxLayout()
        answers.setSpacing(4)
        for place, button in enumerate(self._buttons):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, place=place: self._on_clicked(place))
            answers.addWidget(button)
        answers.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 3, 6, 3)
        column.setSpacing(1)
        column.addLayout(head)
        column.addWidget(self._coded)
        column.addWidget(self._answer)
        column.addLayout(answers)
        self.show_chosen(False)

    @property
    def words(self) -> str:
        """All that the row says, to be heard."""
        return f"{self._name.text()}. {self._coded.text()} {self._answer.text()}"

    @property
    def wishes(self) -> tuple[str, ...]:
        """What can be wanted of this row now."""
        return tuple(offer.wish for offer in self._offers)

    def show_chosen(self, chosen: bool) -> None:
        """Show whether the keyboard is on it."""
        self._mark.setText("▸" if chosen else " ")
        self.setStyleSheet(_CHOSEN_STYLE if chosen else _PLAIN_STYLE)

    def show_standing(self, entry: ActionStanding, *, revealed: bool, seen: bool) -> None:
        """Show how this action stands.

        Parameters
        ----------
        entry : ActionStanding
            Its codes and answers.
        revealed : bool
            Whether its codes may be shown.
        seen : bool
            Whether the clip was displayed, so that answers are taken.
        """
        name = f"{self.action.kind}{self.action.label}"
        self._name.setText(f"{name} {said(self.action.name)}")
        open_to_see = revealed or entry.is_settled
        self._coded.setText(_coded_words(entry) if open_to_see else tr("Codes hidden until all are judged."))
        self._answer.setText(_answer_words(entry, revealed=revealed))
        self._offers = _offers(entry, revealed=revealed)
        for place, button in enumerate(self._buttons):
            offer = self._offers[place] if place < len(self._offers) else None
            button.setVisible(offer is not None)
            if offer is not None:
                button.setText(f"{offer.words} ({offer.key})")
                button.setAccessibleName(f"{name}: {offer.words}")
                button.setEnabled(seen or offer.wish == "change")
        self.setAccessibleName(self.words)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self.chosen.emit(self.action.key)

    def _on_clicked(self, place: int) -> None:
        self.chosen.emit(self.action.key)
        self.wanted.emit(self.action.key, self._offers[place].wish)


def _coded_words(entry: ActionStanding) -> str:
    now = runs_words(action(entry.key), entry.runs)
    if not entry.is_changed:
        return tr("Coded: {runs}.", runs=now) if entry.runs else tr("Not coded.")
    before = runs_words(action(entry.key), entry.before) or tr("nothing")
    return tr("First pass: {before}; now: {now}.", before=before, now=now or tr("nothing"))


def _answer_words(entry: ActionStanding, *, revealed: bool) -> str:
    if entry.answer is not None:
        if entry.answer.is_omission:
            return tr("✓ An omission, coded now.")
        return {
            Answer.AS_CODED: tr("✓ As coded."),
            Answer.ABSENT: tr("✓ Absent."),
        }.get(entry.answer.answer, tr("✓ Changed."))
    if entry.verdict is None:
        return tr("○ Not answered yet.")
    if not revealed:
        return tr("● You said: present.") if entry.verdict is Answer.SEEN else tr("● You said: absent.")
    if entry.verdict is Answer.SEEN:
        return tr("≠ You saw it and it is not coded: code it, or say that it is absent on second look.")
    return tr("≠ You did not see it and it is coded: keep it, remove it or change it.")


def _offers(entry: ActionStanding, *, revealed: bool) -> tuple[_Offer, ...]:
    if not revealed and not entry.is_settled:
        return (_Offer("1", tr("Present"), "present"), _Offer("0", tr("Absent"), "absent"))
    if not entry.runs:
        absent = tr("Absent on second look") if entry.differs else tr("Absent")
        return (_Offer("0", absent, "absent"), _Offer("C", tr("Code it"), "change"))
    keep = tr("Keep it") if entry.differs else tr("As coded now") if entry.is_changed else tr("As coded")
    return (
        _Offer("1", keep, "present"),
        _Offer("C", tr("Change"), "change"),
        _Offer("X", tr("Remove"), "remove"),
    )
