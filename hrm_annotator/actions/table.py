"""Every command of the window as data: id, words, keys; menus are made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from hrm_annotator.look.icons import icon
from hrm_core.facs import Code

__all__ = ["CODE_OF", "COMMANDS", "MENUS", "ActionId", "Command", "make_actions", "tool_tip"]


class ActionId(StrEnum):
    """Names of all commands; the words people read are in the table."""

    OPEN_PROJECT = auto()
    NEW_PROJECT = auto()
    OPEN_DEMO = auto()
    CLOSE_PROJECT = auto()
    CHANGE_CODER = auto()
    BACK_UP = auto()
    QUIT = auto()
    UNDO = auto()
    REDO = auto()
    CONFIRM_AND_NEXT = auto()
    NO_ACTION_AND_NEXT = auto()
    NOT_CODABLE = auto()
    DOUBTFUL = auto()
    CODE_ABSENT = auto()
    CODE_BOTH = auto()
    CODE_LEFT = auto()
    CODE_RIGHT = auto()
    CODE_UPPER = auto()
    CODE_LOWER = auto()
    NEXT_BOX = auto()
    PREVIOUS_BOX = auto()
    CYCLE_CODE = auto()
    NEXT_FRAME = auto()
    PREVIOUS_FRAME = auto()
    NEXT_TEN = auto()
    PREVIOUS_TEN = auto()
    FIRST_FRAME = auto()
    LAST_FRAME = auto()
    GO_TO_FRAME = auto()
    NEXT_CLIP = auto()
    PREVIOUS_CLIP = auto()
    NEXT_RECORDING = auto()
    PREVIOUS_RECORDING = auto()
    PLAY = auto()
    PLAY_BACK = auto()
    FASTER = auto()
    SLOWER = auto()
    FACE_BOX = auto()
    LANDMARKS = auto()
    COVER_EYES = auto()
    REGISTER = auto()
    PICK_CHILD = auto()
    DRAW_FACE = auto()
    MARK_EYES = auto()
    NO_EYES = auto()
    TAKE_BACK_MARK = auto()
    EYES_TO_REVIEW = auto()
    NEXT_TO_REVIEW = auto()
    PREVIOUS_TO_REVIEW = auto()
    USE_AS_NEUTRAL = auto()
    PROPOSE_NEUTRAL = auto()
    SAVE_PICTURE = auto()
    WHOLE_PICTURE = auto()
    THEME_SYSTEM = auto()
    THEME_LIGHT = auto()
    THEME_DARK = auto()
    KEYS = auto()
    ABOUT = auto()


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the table.

    Attributes
    ----------
    text, tip : str
        Words of the menu entry, and the longer ones of the tool tip.
    keys : tuple of str
        Default keys, as Qt writes them.
    icon : str or None
        Name of its icon.
    needs : {"", "project", "recording", "faces"}
        What must be open for it; for "faces" the wiring decides, and says in the tool tip why not.
    repeats : bool
        Whether holding the key down repeats it.
    checkable : bool
        Whether it is on or off.
    """

    text: str
    tip: str = ""
    keys: tuple[str, ...] = ()
    icon: str | None = None
    needs: str = ""
    repeats: bool = False
    checkable: bool = False


COMMANDS: Mapping[ActionId, Command] = {
    ActionId.OPEN_PROJECT: Command("&Open project …", "Choose the folder of a study", ("Ctrl+O",)),
    ActionId.NEW_PROJECT: Command("&New project …", "Make a folder for a new study", ("Ctrl+N",)),
    ActionId.OPEN_DEMO: Command("Open the &demo study", "Six drawn children; nothing in it is real"),
    ActionId.CLOSE_PROJECT: Command(
        "&Close project", "Go back to the start page", ("Ctrl+W",), needs="project"
    ),
    ActionId.CHANGE_CODER: Command("Change code&r …", "Code under another name", needs="project"),
    ActionId.BACK_UP: Command(
        "&Back up the labels", "Copy the labels into the backup folder", needs="project"
    ),
    ActionId.QUIT: Command("&Quit", keys=("Ctrl+Q",)),
    ActionId.UNDO: Command("&Undo", keys=("Ctrl+Z",), needs="recording"),
    ActionId.REDO: Command("&Redo", keys=("Ctrl+Shift+Z", "Ctrl+Y"), needs="recording"),
    ActionId.CONFIRM_AND_NEXT: Command(
        "&Confirm frame, go on", "The frame is coded as it stands", ("Return", "Enter"), needs="recording"
    ),
    ActionId.NO_ACTION_AND_NEXT: Command(
        "No &action (AU0), go on", "A face without action", ("Shift+Return", "Shift+Enter"), needs="recording"
    ),
    ActionId.NOT_CODABLE: Command(
        "&Not codable", "Face out of view or covered; never counted as 0", ("Ctrl+D",), needs="recording"
    ),
    ActionId.DOUBTFUL: Command(
        "Doub&tful", "Flag the frame to be looked at again", ("/",), needs="recording"
    ),
    ActionId.NEXT_BOX: Command(
        "Next box", "Keyboard on the next action", ("Down",), needs="recording", repeats=True
    ),
    ActionId.PREVIOUS_BOX: Command(
        "Previous box", "Keyboard on the action before", ("Up",), needs="recording", repeats=True
    ),
    ActionId.CODE_ABSENT: Command("Absent", "The chosen action is absent", ("0",), needs="recording"),
    ActionId.CODE_BOTH: Command("Both sides", "The chosen action, both sides", ("1",), needs="recording"),
    ActionId.CODE_LEFT: Command("Left", "The chosen action, child's left", ("2",), needs="recording"),
    ActionId.CODE_RIGHT: Command("Right", "The chosen action, child's right", ("3",), needs="recording"),
    ActionId.CODE_UPPER: Command("Upper", "The chosen action, upper part", ("4",), needs="recording"),
    ActionId.CODE_LOWER: Command("Lower", "The chosen action, lower part", ("5",), needs="recording"),
    ActionId.CYCLE_CODE: Command("Next code", "Next code of the chosen action", (".",), needs="recording"),
    ActionId.NEXT_FRAME: Command("&Next frame", "", ("Right",), "forward", "recording", repeats=True),
    ActionId.PREVIOUS_FRAME: Command("&Previous frame", "", ("Left",), "back", "recording", repeats=True),
    ActionId.NEXT_TEN: Command("10 frames on", "", ("Shift+Right",), needs="recording", repeats=True),
    ActionId.PREVIOUS_TEN: Command("10 frames back", "", ("Shift+Left",), needs="recording", repeats=True),
    ActionId.FIRST_FRAME: Command("&First frame", "", ("Home",), "first", "recording"),
    ActionId.LAST_FRAME: Command("&Last frame", "", ("End",), "last", "recording"),
    ActionId.GO_TO_FRAME: Command("&Go to frame …", "", ("Ctrl+G",), needs="recording"),
    ActionId.NEXT_CLIP: Command("Next clip", "", ("PgDown",), needs="recording"),
    ActionId.PREVIOUS_CLIP: Command("Previous clip", "", ("PgUp",), needs="recording"),
    ActionId.NEXT_RECORDING: Command("Next recording", "", ("Ctrl+PgDown",), needs="recording"),
    ActionId.PREVIOUS_RECORDING: Command("Previous recording", "", ("Ctrl+PgUp",), needs="recording"),
    ActionId.PLAY: Command("Pla&y or pause", "From the frame on the screen", ("Space",), "play", "recording"),
    ActionId.PLAY_BACK: Command(
        "Play &backwards", "From the frame on the screen", ("Shift+Space",), "play-back", "recording"
    ),
    ActionId.FASTER: Command("F&aster", "", ("=",), needs="recording"),
    ActionId.SLOWER: Command("Sl&ower", "", ("-",), needs="recording"),
    ActionId.FACE_BOX: Command(
        "Face &boxes",
        "Boxes around the faces that were found",
        ("Ctrl+Shift+B",),
        needs="faces",
        checkable=True,
    ),
    ActionId.LANDMARKS: Command(
        "&Landmarks", "The points that were found in faces", ("Ctrl+Shift+L",), needs="faces", checkable=True
    ),
    ActionId.COVER_EYES: Command(
        "&Cover the eyes", "A mask over all eyes", ("Ctrl+Shift+E",), needs="faces", checkable=True
    ),
    ActionId.REGISTER: Command(
        "&Register faces by five points",
        "Current and neutral face turned and scaled alike, so that the head seems to rest",
        ("Ctrl+Shift+R",),
        needs="faces",
        checkable=True,
    ),
    ActionId.PICK_CHILD: Command(
        "&This is the child …", "Say which of several faces is the child's", ("F8",), needs="faces"
    ),
    ActionId.DRAW_FACE: Command(
        "&Draw the face …", "Drag a rectangle around the child's face", ("Ctrl+Shift+F",), needs="faces"
    ),
    ActionId.MARK_EYES: Command(
        "&Mark the eyes …", "Drag a rectangle that covers both eyes", ("F9",), needs="faces"
    ),
    ActionId.NO_EYES: Command(
        "N&o eyes are seen here", "No eye of the child is in this frame", ("Ctrl+Shift+N",), needs="faces"
    ),
    ActionId.TAKE_BACK_MARK: Command(
        "Ta&ke the mark back", "What was found counts again", ("Ctrl+Shift+T",), needs="faces"
    ),
    ActionId.EYES_TO_REVIEW: Command(
        "&Eyes to review …", "Frames whose eyes are not located", ("F7",), needs="faces"
    ),
    ActionId.NEXT_TO_REVIEW: Command(
        "Ne&xt frame to review", "The next frame whose eyes are not located", ("F6",), needs="faces"
    ),
    ActionId.PREVIOUS_TO_REVIEW: Command(
        "Pre&vious frame to review",
        "The frame before whose eyes are not located",
        ("Shift+F6",),
        needs="faces",
    ),
    ActionId.USE_AS_NEUTRAL: Command(
        "&Use this frame as neutral", "The child's face at rest", ("Ctrl+Shift+K",), needs="recording"
    ),
    ActionId.PROPOSE_NEUTRAL: Command(
        "&Propose a neutral frame …",
        "Frames with the face from the front and at rest",
        ("Ctrl+Shift+P",),
        needs="faces",
    ),
    ActionId.SAVE_PICTURE: Command(
        "Picture to a &file …",
        "Write the frame on the screen as PNG or JPEG",
        ("Ctrl+Shift+S",),
        needs="recording",
    ),
    ActionId.WHOLE_PICTURE: Command("&Whole picture", "Undo zoom and pan", ("Ctrl+0",), needs="recording"),
    ActionId.THEME_SYSTEM: Command("Colours of the &system"),
    ActionId.THEME_LIGHT: Command("&Light colours"),
    ActionId.THEME_DARK: Command("&Dark colours"),
    ActionId.KEYS: Command("&Keys", "Every command with its keys", ("F1",)),
    ActionId.ABOUT: Command("&About HRM Annotator"),
}

CODE_OF: Mapping[ActionId, Code] = {
    ActionId.CODE_ABSENT: Code.ABSENT,
    ActionId.CODE_BOTH: Code.BOTH,
    ActionId.CODE_LEFT: Code.LEFT,
    ActionId.CODE_RIGHT: Code.RIGHT,
    ActionId.CODE_UPPER: Code.UPPER,
    ActionId.CODE_LOWER: Code.LOWER,
}
"""The code that each command gives the chosen action."""

MENUS: Mapping[str, tuple[ActionId | None, ...]] = {
    "&Study": (
        ActionId.OPEN_PROJECT,
        ActionId.NEW_PROJECT,
        ActionId.OPEN_DEMO,
        None,
        ActionId.CHANGE_CODER,
        ActionId.BACK_UP,
        None,
        ActionId.CLOSE_PROJECT,
        ActionId.QUIT,
    ),
    "&Code": (
        ActionId.UNDO,
        ActionId.REDO,
        None,
        ActionId.CONFIRM_AND_NEXT,
        ActionId.NO_ACTION_AND_NEXT,
        ActionId.NOT_CODABLE,
        ActionId.DOUBTFUL,
        None,
        ActionId.NEXT_BOX,
        ActionId.PREVIOUS_BOX,
        None,
        *CODE_OF,
        ActionId.CYCLE_CODE,
    ),
    "&Frame": (
        ActionId.NEXT_FRAME,
        ActionId.PREVIOUS_FRAME,
        ActionId.NEXT_TEN,
        ActionId.PREVIOUS_TEN,
        ActionId.FIRST_FRAME,
        ActionId.LAST_FRAME,
        ActionId.GO_TO_FRAME,
        None,
        ActionId.NEXT_CLIP,
        ActionId.PREVIOUS_CLIP,
        ActionId.NEXT_RECORDING,
        ActionId.PREVIOUS_RECORDING,
        None,
        ActionId.PLAY,
        ActionId.PLAY_BACK,
        ActionId.FASTER,
        ActionId.SLOWER,
    ),
    "F&ace": (
        ActionId.FACE_BOX,
        ActionId.LANDMARKS,
        ActionId.COVER_EYES,
        ActionId.REGISTER,
        None,
        ActionId.PICK_CHILD,
        ActionId.DRAW_FACE,
        ActionId.MARK_EYES,
        ActionId.NO_EYES,
        ActionId.TAKE_BACK_MARK,
        None,
        ActionId.EYES_TO_REVIEW,
        ActionId.NEXT_TO_REVIEW,
        ActionId.PREVIOUS_TO_REVIEW,
        None,
        ActionId.USE_AS_NEUTRAL,
        ActionId.PROPOSE_NEUTRAL,
        ActionId.SAVE_PICTURE,
    ),
    "&View": (
        ActionId.WHOLE_PICTURE,
        None,
        ActionId.THEME_SYSTEM,
        ActionId.THEME_LIGHT,
        ActionId.THEME_DARK,
    ),
    "&Help": (ActionId.KEYS, ActionId.ABOUT),
}
"""Menus in order; None is a line between entries."""


def make_actions(parent: QObject) -> dict[ActionId, QAction]:
    """A QAction per command, with its default keys and a tool tip that names them."""
    return {name: _make(name, command, parent) for name, command in COMMANDS.items()}


def _make(name: ActionId, command: Command, parent: QObject) -> QAction:
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


def tool_tip(name: ActionId, why_not: str = "") -> str:
    """Words of a command's tool tip, with its keys and, where it is off, why."""
    command = COMMANDS[name]
    keys = " or ".join(
        QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in command.keys
    )
    words = command.tip or command.text.replace("&", "").removesuffix(" …")
    words = f"{words} ({keys})" if keys else words
    return f"{words}\n{why_not}" if why_not else words
