"""Every command of the window as data: id, words, keys; menus, palette and key card are made from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from hrm_annotator.actions.action_commands import ACTION_COMMANDS
from hrm_annotator.actions.analysis_commands import ANALYSIS_COMMANDS
from hrm_annotator.actions.assist_commands import ASSIST_COMMANDS
from hrm_annotator.actions.check_commands import CHECK_COMMANDS
from hrm_annotator.actions.clip_commands import CLIP_COMMANDS
from hrm_annotator.actions.code_commands import CODE_COMMANDS
from hrm_annotator.actions.command import Command
from hrm_annotator.actions.compare_commands import COMPARE_COMMANDS
from hrm_annotator.actions.doubt_commands import DOUBT_COMMANDS
from hrm_annotator.actions.exchange_commands import EXCHANGE_COMMANDS
from hrm_annotator.actions.face_commands import FACE_COMMANDS
from hrm_annotator.actions.frame_commands import FRAME_COMMANDS
from hrm_annotator.actions.ids import ActionId
from hrm_annotator.actions.judging_commands import JUDGING_COMMANDS
from hrm_annotator.actions.language_commands import LANGUAGE_COMMANDS
from hrm_annotator.actions.queue_commands import QUEUE_COMMANDS
from hrm_annotator.actions.rating_commands import RATING_COMMANDS
from hrm_annotator.actions.reliability_commands import RELIABILITY_COMMANDS
from hrm_annotator.actions.review_commands import REVIEW_COMMANDS
from hrm_annotator.actions.run_commands import RUN_COMMANDS
from hrm_annotator.actions.strokes import is_typed, shown, split_strokes
from hrm_annotator.actions.study_commands import STUDY_COMMANDS
from hrm_annotator.actions.training_commands import TRAINING_COMMANDS
from hrm_annotator.actions.view_commands import VIEW_COMMANDS
from hrm_annotator.language import mark, tr
from hrm_annotator.look.icons import icon
from hrm_core.facs import Code

__all__ = [
    "CODE_OF",
    "COMMANDS",
    "INTENSITY_OF",
    "ActionId",
    "Command",
    "keys_on",
    "make_actions",
    "one_of",
    "show_keys",
    "tool_tip",
    "why_off",
]

_KEYS = "hrm_keys"
_WHY_OFF = {"recording": mark("Open a recording first."), "project": mark("Open a project first.")}

COMMANDS: Mapping[str, Command] = {
    **STUDY_COMMANDS,
    **EXCHANGE_COMMANDS,
    **RATING_COMMANDS,
    **ANALYSIS_COMMANDS,
    **CODE_COMMANDS,
    **DOUBT_COMMANDS,
    **ACTION_COMMANDS,
    **RUN_COMMANDS,
    **FRAME_COMMANDS,
    **CLIP_COMMANDS,
    **CHECK_COMMANDS,
    **ASSIST_COMMANDS,
    **QUEUE_COMMANDS,
    **RELIABILITY_COMMANDS,
    **FACE_COMMANDS,
    **TRAINING_COMMANDS,
    **JUDGING_COMMANDS,
    **REVIEW_COMMANDS,
    **COMPARE_COMMANDS,
    **VIEW_COMMANDS,
    **LANGUAGE_COMMANDS,
}
"""All commands by name, see :class:`ActionId` and :func:`hrm_annotator.actions.ids.toggle`."""

CODE_OF: Mapping[str, Code] = {
    ActionId.CODE_ABSENT: Code.ABSENT,
    ActionId.CODE_BOTH: Code.BOTH,
    ActionId.CODE_LEFT: Code.LEFT,
    ActionId.CODE_RIGHT: Code.RIGHT,
    ActionId.CODE_UPPER: Code.UPPER,
    ActionId.CODE_LOWER: Code.LOWER,
}
"""The code that each command gives the chosen action."""

INTENSITY_OF: Mapping[str, str] = {
    ActionId.INTENSITY_A: "A",
    ActionId.INTENSITY_B: "B",
    ActionId.INTENSITY_C: "C",
    ActionId.INTENSITY_D: "D",
    ActionId.INTENSITY_E: "E",
}
"""The intensity that each command gives the chosen action."""


def make_actions(parent: QObject) -> dict[str, QAction]:
    """A QAction per command, with the keys of the profile *Face map* and a tool tip that names them."""
    return {name: _make(name, command, parent) for name, command in COMMANDS.items()}


def _make(name: str, command: Command, parent: QObject) -> QAction:
    action = QAction(command.entry, parent)
    # What a button is called: without the letter in brackets that Chinese entries have.
    action.setIconText(command.words)
    action.setObjectName(name)
    action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
    action.setAutoRepeat(command.repeats)
    action.setCheckable(command.checkable)
    if command.icon:
        action.setIcon(icon(command.icon))
    show_keys(action, name, command.keys)
    return action


def show_keys(action: QAction, name: str, keys: Sequence[str]) -> None:
    """Give an action its keys, in menus and tool tip too.

    Typed keys (see :func:`hrm_annotator.actions.strokes.is_typed`) are no shortcuts of Qt,
    which knows them by their symbol only and lets a field for text have them or not as it
    likes: the key reader triggers the action.  Menus show them all the same.
    """
    action.setProperty(_KEYS, list(keys))
    action.setShortcuts([QKeySequence(key) for key in keys if not _all_typed(key)])
    text = action.text().partition("\t")[0]
    action.setText(f"{text}\t{shown(keys[0])}" if keys and _all_typed(keys[0]) else text)
    action.setToolTip(tool_tip(name, action.toolTip().partition("\n")[2], keys))


def _all_typed(key: str) -> bool:
    return all(map(is_typed, split_strokes(key)))


def keys_on(action: QAction) -> tuple[str, ...]:
    """The keys that :func:`show_keys` gave an action."""
    return tuple(action.property(_KEYS) or ())


def one_of(keys: Sequence[str]) -> str:
    """Keys of which each does the same, as people read them."""
    # In some languages the two Enter keys have one name.
    return tr(" or ").join(dict.fromkeys(map(shown, keys)))


def tool_tip(name: str, why_not: str = "", keys: Sequence[str] | None = None) -> str:
    """Words of a command's tool tip, with its keys and, where it is off, why.

    Parameters
    ----------
    name : str
        The command.
    why_not : str
        Why it cannot be given now; empty if it can.
    keys : sequence of str, optional
        Its keys; those of the profile *Face map* if left out.
    """
    command = COMMANDS[name]
    readable = one_of(command.keys if keys is None else keys)
    words = command.explanation or command.words
    words = tr("{words} ({keys})", words=words, keys=readable) if readable else words
    return f"{words}\n{why_not}" if why_not else words


def why_off(name: str, action: QAction) -> str:
    """Why a command cannot be given now, as a sentence; empty if it can."""
    if action.isEnabled():
        return ""
    told = action.toolTip().partition("\n")[2]
    return told or tr(_WHY_OFF.get(COMMANDS[name].needs, mark("This cannot be done now.")))
