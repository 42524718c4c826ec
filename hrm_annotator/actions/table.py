"""Every command of the window as data: id, words, keys; menus, palette and key card are made from it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from hrm_annotator.actions.action_commands import ACTION_COMMANDS
from hrm_annotator.actions.clip_commands import CLIP_COMMANDS
from hrm_annotator.actions.code_commands import CODE_COMMANDS
from hrm_annotator.actions.command import Command
from hrm_annotator.actions.face_commands import FACE_COMMANDS
from hrm_annotator.actions.frame_commands import FRAME_COMMANDS
from hrm_annotator.actions.ids import ActionId
from hrm_annotator.actions.run_commands import RUN_COMMANDS
from hrm_annotator.actions.study_commands import STUDY_COMMANDS
from hrm_annotator.actions.view_commands import VIEW_COMMANDS
from hrm_annotator.look.icons import icon
from hrm_core.facs import Code

__all__ = ["CODE_OF", "COMMANDS", "INTENSITY_OF", "ActionId", "Command", "make_actions", "tool_tip"]

COMMANDS: Mapping[str, Command] = {
    **STUDY_COMMANDS,
    **CODE_COMMANDS,
    **ACTION_COMMANDS,
    **RUN_COMMANDS,
    **FRAME_COMMANDS,
    **CLIP_COMMANDS,
    **FACE_COMMANDS,
    **VIEW_COMMANDS,
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
    """A QAction per command, with its default keys and a tool tip that names them."""
    return {name: _make(name, command, parent) for name, command in COMMANDS.items()}


def _make(name: str, command: Command, parent: QObject) -> QAction:
    action = QAction(command.text, parent)
    action.setObjectName(name)
    action.setShortcuts([QKeySequence(key) for key in command.keys])
    action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
    action.setAutoRepeat(command.repeats)
    action.setCheckable(command.checkable)
    if command.icon:
        action.setIcon(icon(command.icon))
    action.setToolTip(tool_tip(name))
    return action


def tool_tip(name: str, why_not: str = "") -> str:
    """Words of a command's tool tip, with its keys and, where it is off, why."""
    command = COMMANDS[name]
    keys = " or ".join(
        QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in command.keys
    )
    words = command.tip or command.words
    words = f"{words} ({keys})" if keys else words
    return f"{words}\n{why_not}" if why_not else words
