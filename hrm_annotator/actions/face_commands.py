"""Commands about faces and eyes."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId

__all__ = ["FACE_COMMANDS"]

FACE_COMMANDS: Mapping[str, Command] = {
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
        "&Draw the face …",
        "A rectangle around the child's face, by mouse or arrow keys",
        ("Ctrl+Shift+F",),
        needs="faces",
    ),
    ActionId.MARK_EYES: Command(
        "&Mark the eyes …",
        "A rectangle that covers both eyes, by mouse or arrow keys",
        ("F9",),
        needs="faces",
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
}
