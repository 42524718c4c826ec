"""The code panel: all boxes of the frame on the screen, and what holds for the whole frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.coding.action_box import ActionBox
from hrm_annotator.coding.code_note import CodeNote
from hrm_annotator.coding.description import Description
from hrm_annotator.coding.score_field import ScoreField
from hrm_annotator.language import mark, tr
from hrm_annotator.language.words import action_words, listed, side_words
from hrm_annotator.operations.remarks import remark_target, set_code_doubtful
from hrm_annotator.session import Session
from hrm_annotator.widgets.keep_keys import KeepReturn, KeepSpace
from hrm_annotator.widgets.spoken import Spoken, SpokenGroup, announce
from hrm_core.facs import ACTIONS, Action, Code, action
from hrm_core.records.coding import CodingState, FrameCoding

__all__ = ["CodingPane", "frame_words"]

_COLUMNS = 3
# A toggle that is on must be seen from the corner of the eye.
_BUTTON_STYLE = """
QPushButton { padding: 5px 10px; border: 1px solid palette(mid); border-radius: 5px;
              background: palette(button); color: palette(button-text); }
QPushButton:hover, QPushButton:focus { border-color: palette(accent); }
QPushButton:checked { background: palette(highlight); color: palette(highlighted-text); }
"""
_WAITING_STYLE = """
QLabel { padding: 0px 8px; border-radius: 5px;
         background: palette(highlight); color: palette(highlighted-text); }
"""
_GROUP_TITLES = {"upper": mark("Upper face"), "lower": mark("Lower face"), "other": mark("Neck and jaw")}
_STATE_WORDS = {
    CodingState.CODED: mark("coded"),
    CodingState.CHECKED: mark("coded and checked"),
    CodingState.CARRIED: mark("carried, not confirmed yet"),
    CodingState.NOT_CODABLE: mark("not codable"),
}


def frame_words(coding: FrameCoding | None) -> str:
    """The coding of a frame, to be heard: ``"coded, 12 left C, 25"``."""
    if coding is None:
        return tr("not coded yet")
    words = [tr(_STATE_WORDS[coding.state])]
    for code in coding.codes:
        side = "" if code.code == Code.BOTH else side_words(code.code)
        words.append(" ".join(part for part in (action(code.action).number, side, code.intensity) if part))
        if code.doubtful:
            words[-1] += f" {tr('doubtful')}"
    if not coding.codes and coding.state is not CodingState.NOT_CODABLE:
        words.append(tr("no action"))
    return listed([*words, tr("doubtful")] if coding.doubtful else words)


class CodingPane(QWidget, Spoken):
    """Shows the codes of the frame on the screen and hands changes to the session."""

    note_edited = Signal()
    """Somebody types a note."""
    chosen_changed = Signal(str)
    """The keyboard is on the box of this action."""
    carry_wanted = Signal(bool)
    """Whether steps shall take the codes along."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._boxes: dict[str, ActionBox] = {}
        self._order: list[str] = []
        self._current: str | None = None
        self._told = (-1, "")
        self._heading = QLabel()
        self._waiting = QLabel()
        self._state = QLabel()
        self._score = ScoreField(session)
        self._description = Description()
        self._grid = QVBoxLayout()
        self._neutral = QPushButton(tr("No action (AU0)"))
        self._neutral.clicked.connect(session.clear_codes)
        self._not_codable = QPushButton(tr("Not codable"))
        self._not_codable.setCheckable(True)
        self._not_codable.clicked.connect(session.set_not_codable)
        self._doubt = QPushButton(tr("Doubtful"))
        self._doubt.setCheckable(True)
        self._doubt.clicked.connect(session.set_doubtful)
        self._doubt.setToolTip(tr("The frame as a whole is to be looked at again"))
        self._carry = QPushButton(tr("Carry on"))
        self._carry.setCheckable(True)
        self._carry.setToolTip(tr("Each step onto an uncoded frame takes the codes along"))
        self._carry.clicked.connect(self.carry_wanted)
        self._drafts: dict[int, str] = {}
        self._note = QLineEdit()
        self._note.setPlaceholderText(tr("Note on this frame"))
        self._note.setAccessibleName(tr("Note on this frame"))
        self._note.editingFinished.connect(self.commit_note)
        KeepReturn(self._note, self)
        self._note.textEdited.connect(self.note_edited)
        self._code_note = CodeNote(session)
        KeepReturn(self._code_note, self)
        self._code_note.begun.connect(self.note_edited)
        self._lay_out()
        self.show_actions(ACTIONS)
        session.recording_changed.connect(self._on_recording_changed)
        session.frame_leaving.connect(self.commit_note)
        session.frame_changed.connect(self._on_frame_changed)
        session.coding_changed.connect(self._on_coding_changed)
        # A button that was pressed in vain must not look pressed.
        session.refused.connect(self._refresh)
        self._refresh()

    @property
    def score(self) -> ScoreField:
        """The line with the frame's score."""
        return self._score

    @property
    def current(self) -> str | None:
        """Key of the action that the keyboard is on."""
        return self._current

    def box(self, key: str) -> ActionBox:
        """The box of an action."""
        return self._boxes[key]

    def show_actions(self, actions: Sequence[Action]) -> None:
        """Show boxes for these actions, upper face first, as FACS orders them."""
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        self._boxes.clear()
        self._order.clear()
        for group, title in _GROUP_TITLES.items():
            members = [entry for entry in actions if entry.group == group]
            if members:
                rows = -(-len(members) // _COLUMNS)
                self._grid.addWidget(self._make_group(tr(title), members), rows)
        self._current = None
        self._code_note.show_chosen(None)
        self._description.show_chosen(None)
        self._score.show_actions(self._order)
        self._refresh()

    def write_note(self) -> None:
        """Put the keyboard into the note of the frame."""
        self._note.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def write_code_note(self) -> None:
        """Put the keyboard into the note of the chosen action's code, or of the frame if it has none."""
        if self._code_note.target is None:
            self.write_note()
        else:
            self._code_note.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def toggle_doubt(self) -> None:
        """Flag the chosen action's code, or the frame if it is absent there, or take the flag off."""
        key, coding = remark_target(self._session, self._current), self._session.coding()
        entry = coding.entry_of(key) if coding is not None and key is not None else None
        if entry is None:
            self._session.set_doubtful(coding is None or not coding.doubtful)
        else:
            set_code_doubtful(self._session, entry.action, not entry.doubtful)

    def move_current(self, steps: int) -> None:
        """Put the keyboard on another box, in the order of the panel."""
        if not self._order:
            return
        open_ones = [key for key in self._order if key not in self._session.closed_actions]
        if not open_ones:
            return
        chosen = self._current if self._current in open_ones else None
        place = open_ones.index(chosen) + steps if chosen else (0 if steps > 0 else -1)
        self.choose(open_ones[place % len(open_ones)])

    def code_current(self, code: int) -> None:
        """Give the chosen action a code by keyboard."""
        if self._current is None:
            self._session.refused.emit(tr("Choose an action first: ↑ and ↓ move between the boxes."))
            return
        self._session.set_code(self._current, code)

    def grade_current(self, intensity: str | None) -> None:
        """Give the chosen action an intensity by keyboard; None takes it off."""
        if self._current is None:
            self._session.refused.emit(tr("Choose an action first: an intensity says how strong one is."))
            return
        self._session.set_intensity(self._current, intensity)

    def lower_or_b(self) -> None:
        """What the letter B after a number means: the lower part, or the second intensity."""
        coding = self._session.coding()
        code = coding.code_of(self._current) if coding and self._current else Code.ABSENT
        if self._current and code in (Code.ABSENT, Code.BOTH) and action(self._current).allows(Code.LOWER):
            self._session.set_code(self._current, Code.LOWER)
        else:
            self.grade_current("B")

    def toggle(self, key: str) -> None:
        """Switch an action on or off by its own key, and put the keyboard on it."""
        if key not in self._boxes:
            self.choose_nothing()
            name = action_words(action(key))
            self._session.refused.emit(tr("{action} is not among the actions of this study.", action=name))
            return
        if key in self._session.closed_actions:
            self.choose_nothing()
        self.choose(key)
        coding = self._session.coding()
        present = coding is not None and bool(coding.code_of(key))
        self._session.set_code(key, Code.ABSENT if present else Code.BOTH)

    def cycle_current(self) -> None:
        """Give the chosen action its next code."""
        if self._current is not None:
            self._session.set_code(self._current, self._boxes[self._current].next_code())

    def show_suggested(self, offers: Mapping[str, tuple[int, float]]) -> None:
        """Show what is suggested for the frame on the screen: code and probability by action."""
        for key, box in self._boxes.items():
            box.show_suggested(*offers.get(key, (None, 0.0)))

    def show_carrying(self, carrying: bool) -> None:
        """Show whether steps take the codes along."""
        self._carry.setChecked(carrying)

    def notes_waiting(self) -> list[int]:
        """Frames with a note that is kept only once they are coded."""
        return sorted(frame for frame, text in self._drafts.items() if text.strip())

    def drop_notes(self) -> None:
        """Forget notes that wait for a code."""
        self._drafts.clear()

    def commit_note(self) -> None:
        """Hand over notes that are still being typed."""
        self._code_note.commit()
        if not self._note.isModified() or self._session.frame is None:
            return
        if self._session.coding() is None:
            # It waits until the frame is coded; saved alone it would look like "no action".
            self._drafts[self._session.frame] = self._note.text()
            self._note.setModified(False)
            self._state.setText(self._state_words(None))
        elif self._session.set_comment(self._note.text()):
            self._note.setModified(False)

    def show_waiting(self, text: str) -> None:
        """Show what is typed and not settled yet, beside the frame number; empty hides it."""
        self._waiting.setText(text)
        self._waiting.setAccessibleName(tr("Typed so far: {keys}", keys=text))
        self._waiting.setVisible(bool(text))

    def choose(self, key: str) -> None:
        """Put the keyboard on the box of an action."""
        if key not in self._boxes or key in self._session.closed_actions:
            return
        if self._current is not None:
            self._boxes[self._current].show_current(False)
        self._current = key
        self._boxes[key].show_current(True)
        self._code_note.show_chosen(key)
        self.chosen_changed.emit(key)
        self._description.show_chosen(self._boxes[key].action)
        self._tell_chosen(chosen_now=True)

    def choose_nothing(self) -> None:
        """Take the keyboard off the boxes: the side typed behind a refused action is not for another one."""
        if self._current is not None:
            self._boxes[self._current].show_current(False)
            self._current = None
            self._code_note.show_chosen(None)

    def _on_recording_changed(self) -> None:
        self._drafts.clear()
        self._note.setModified(False)
        self._code_note.setModified(False)
        self._refresh()

    def _on_frame_changed(self, frame: int) -> None:
        # Whatever was typed belongs to the frame that was left.
        self._note.setModified(False)
        self._refresh()

    def _on_coding_changed(self, frame: int) -> None:
        if frame == self._session.frame:
            self._refresh()

    def _refresh(self, _: object = None) -> None:
        frame, coding = self._session.frame, self._session.coding()
        said_of = {code.action: code for code in coding.codes} if coding else {}
        for key, box in self._boxes.items():
            said = said_of.get(key)
            box.show_code(said.code if said else 0, said.intensity if said else None)
            box.show_remark(said.note if said else "", doubtful=said is not None and said.doubtful)
        codable = coding is None or coding.state is not CodingState.NOT_CODABLE
        self._not_codable.setChecked(not codable)
        self._doubt.setChecked(coding is not None and coding.doubtful)
        # A flag needs a coding to stand on: alone it would look like "no action".
        self._doubt.setEnabled(coding is not None)
        if coding is not None and frame in self._drafts and self._session.set_comment(self._drafts[frame]):
            # Setting it comes back here; that call may have taken the draft already.
            self._drafts.pop(frame, None)
            coding = self._session.coding()
        if not self._note.isModified():
            draft = self._drafts.get(-1 if frame is None else frame, "")
            self._note.setText(coding.comment if coding else draft)
        self._code_note.refresh()
        self._description.refresh()
        self._heading.setText("" if frame is None else tr("Frame {frame}", frame=frame))
        self._state.setText("" if frame is None else self._state_words(coding))
        self._score.show_coding(frame, coding)
        self.setEnabled(frame is not None)
        self._tell_chosen()

    def _tell_chosen(self, *, chosen_now: bool = False) -> None:
        """Have the chosen box read out: it has the keyboard for its codes, but not Qt's focus."""
        if self._current is None:
            return
        frame, words = self._session.frame, self._boxes[self._current].accessibleName()
        # Another frame is told by its picture.
        same_frame = frame is not None and frame == self._told[0]
        if chosen_now or (same_frame and words != self._told[1]):
            announce(self._boxes[self._current], words)
        self._told = (-1 if frame is None else frame, words)

    def _state_words(self, coding: FrameCoding | None) -> str:
        if coding is None:
            waits = self._drafts.get(-1 if self._session.frame is None else self._session.frame)
            return tr("not coded yet; its note waits for a code") if waits else tr("not coded yet")
        if coding.state is CodingState.CODED and not coding.codes:
            return tr("coded, without action")
        return tr(_STATE_WORDS[coding.state])

    def _make_group(self, title: str, members: Sequence[Action]) -> QWidget:
        closed = self._session.closed_actions
        if any(entry.key in closed for entry in members):
            title = tr("{part} – not coded by you", part=title)
        group = SpokenGroup(title)
        heading = QLabel(title)
        font = heading.font()
        font.setBold(True)
        heading.setFont(font)
        grid = QGridLayout(group)
        grid.setContentsMargins(0, 4, 0, 0)
        grid.setSpacing(3)
        grid.addWidget(heading, 0, 0, 1, _COLUMNS)
        for place, entry in enumerate(members):
            box = ActionBox(entry)
            if entry.key in closed:
                box.close_to(tr("You cannot code what you cannot see: the eyes are covered for you."))
            box.code_wanted.connect(self._session.set_code)
            box.chosen.connect(self.choose)
            box.doubt_wanted.connect(self.toggle_doubt)
            box.note_wanted.connect(self.write_code_note)
            self._description.watch(box)
            grid.addWidget(box, 1 + place // _COLUMNS, place % _COLUMNS)
            grid.setRowStretch(1 + place // _COLUMNS, 1)
            self._boxes[entry.key] = box
            self._order.append(entry.key)
        return group

    def _lay_out(self) -> None:
        large = QFont(self.font())
        large.setPointSizeF(large.pointSizeF() * 1.35)
        large.setBold(True)
        self._heading.setFont(large)
        self._score.set_line_font(large)
        self._waiting.setFont(large)
        self._waiting.setStyleSheet(_WAITING_STYLE)
        self.setAccessibleName(tr("Codes"))
        self._waiting.hide()
        head = QHBoxLayout()
        head.addWidget(self._heading)
        head.addWidget(self._waiting)
        head.addWidget(self._state, 1, Qt.AlignmentFlag.AlignRight)
        whole = QHBoxLayout()
        for widget in (self._neutral, self._not_codable, self._doubt, self._carry):
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            widget.setStyleSheet(_BUTTON_STYLE)
            KeepSpace(widget)
            whole.addWidget(widget)
        whole.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._score)
        column.addLayout(self._grid, 1)
        column.addWidget(self._description)
        column.addLayout(whole)
        notes = QHBoxLayout()
        notes.setSpacing(4)
        notes.addWidget(self._code_note.caption)
        notes.addWidget(self._code_note, 1)
        notes.addWidget(self._code_note.frame_caption)
        notes.addWidget(self._note, 1)
        column.addLayout(notes)
        # Codes are keys, not text: an input method must never swallow one.
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
