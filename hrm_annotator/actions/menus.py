"""Where commands stand in the menus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hrm_annotator.actions.ids import ActionId, toggle
from hrm_annotator.actions.table import CODE_OF, INTENSITY_OF
from hrm_core.facs import ALL_ACTIONS

__all__ = ["MENUS", "SubMenu", "commands_of", "place_of"]


@dataclass(frozen=True, slots=True)
class SubMenu:
    """Entries that would make a menu too long."""

    title: str
    names: tuple[str, ...]


_ACTIONS_BY_GROUP = tuple(
    SubMenu(title, tuple(toggle(entry.key) for entry in ALL_ACTIONS if entry.group == group))
    for group, title in (("upper", "Upper &face"), ("lower", "&Lower face"), ("other", "Neck and &jaw"))
)

MENUS: Mapping[str, tuple[str | SubMenu | None, ...]] = {
    "&Study": (
        ActionId.OPEN_PROJECT,
        ActionId.NEW_PROJECT,
        ActionId.OPEN_DEMO,
        None,
        ActionId.CHANGE_CODER,
        ActionId.BACK_UP,
        None,
        ActionId.IMPORT_CODES,
        ActionId.EXPORT_CODES,
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
        ActionId.DOUBTFUL_CODE,
        ActionId.DOUBTFUL,
        ActionId.NEXT_DOUBT,
        ActionId.PREVIOUS_DOUBT,
        None,
        ActionId.NEXT_BOX,
        ActionId.PREVIOUS_BOX,
        None,
        *_ACTIONS_BY_GROUP,
        SubMenu("&Side", (*CODE_OF, ActionId.CYCLE_CODE, ActionId.LOWER_OR_B)),
        SubMenu("&Intensity", (*INTENSITY_OF, ActionId.NO_INTENSITY)),
        None,
        ActionId.TYPE_SCORE,
        ActionId.WRITE_CODE_NOTE,
        ActionId.WRITE_NOTE,
    ),
    "&Runs": (
        ActionId.COPY_PREVIOUS,
        ActionId.CARRY_ON,
        ActionId.SAME_UNTIL_HERE,
        None,
        ActionId.RANGE_START,
        ActionId.RANGE_END,
        ActionId.MARK_APEX,
        ActionId.PROPOSE_EXTENT,
        ActionId.RANGE_OF_RUN,
        ActionId.FORGET_RANGE,
        None,
        ActionId.FILL_RANGE,
        ActionId.FILL_ACTION,
        ActionId.CLEAR_ACTION,
        ActionId.CLEAR_RANGE,
        ActionId.RANGE_NOT_CODABLE,
        ActionId.COPY_RANGE,
        ActionId.PASTE_RANGE,
        None,
        ActionId.RUN_EARLIER,
        ActionId.RUN_LATER,
        ActionId.RUN_STARTS_HERE,
        ActionId.RUN_ENDS_HERE,
        ActionId.SPLIT_RUN,
    ),
    "&Frame": (
        ActionId.NEXT_FRAME,
        ActionId.PREVIOUS_FRAME,
        ActionId.NEXT_TEN,
        ActionId.PREVIOUS_TEN,
        ActionId.FIRST_FRAME,
        ActionId.LAST_FRAME,
        ActionId.GO_TO_FRAME,
        ActionId.NEXT_CHANGE,
        ActionId.PREVIOUS_CHANGE,
        ActionId.NEXT_TO_DO,
        ActionId.PREVIOUS_TO_DO,
        None,
        ActionId.NEXT_CLIP,
        ActionId.PREVIOUS_CLIP,
        ActionId.NEXT_RECORDING,
        ActionId.PREVIOUS_RECORDING,
        None,
        ActionId.PLAY,
        ActionId.PLAY_BACK,
        ActionId.LOOP,
        ActionId.SHUTTLE_BACK,
        ActionId.SHUTTLE_ON,
        ActionId.FASTER,
        ActionId.SLOWER,
    ),
    "C&lip": (
        ActionId.NEW_CLIP,
        ActionId.CLIP_STARTS_HERE,
        ActionId.CLIP_ENDS_HERE,
        ActionId.SPLIT_CLIP,
        None,
        ActionId.EXCLUDE_CLIP,
        ActionId.REOPEN_CLIP,
        ActionId.REMOVE_CLIP,
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
    "Com&pare": (
        ActionId.FLICKER,
        ActionId.FLICKER_ON,
        ActionId.FLICKER_FASTER,
        ActionId.FLICKER_SLOWER,
        None,
        ActionId.SIDE_BY_SIDE,
        ActionId.DIFFERENCE,
        ActionId.DIFFERENCE_SIGNED,
        ActionId.DIFFERENCE_STRONGER,
        ActionId.DIFFERENCE_WEAKER,
        ActionId.LEFT_HALF,
        ActionId.RIGHT_HALF,
        None,
        ActionId.FOLLOW_ACTION,
    ),
    "Chec&k": (
        ActionId.CHECK_CLIP,
        ActionId.SUBMIT_CLIP,
        ActionId.TAKE_BACK_SUBMISSION,
        None,
        ActionId.NEXT_TO_LOOK_AT,
        ActionId.PREVIOUS_TO_LOOK_AT,
        ActionId.KEEP_ANYWAY,
        ActionId.KEEP_NO_MORE,
        None,
        ActionId.TO_LOOK_AT,
        ActionId.SHOW_KEPT,
        None,
        ActionId.TRAINING,
    ),
    "&View": (
        ActionId.WHOLE_PICTURE,
        ActionId.FRAME_WINDOW,
        None,
        ActionId.SHOW_TIMELINE,
        ActionId.TIMELINE_IN,
        ActionId.TIMELINE_OUT,
        ActionId.TIMELINE_FIT,
        ActionId.ROWS_IN_USE,
        None,
        ActionId.THEME_SYSTEM,
        ActionId.THEME_LIGHT,
        ActionId.THEME_DARK,
    ),
    "&Help": (
        ActionId.FIND_COMMAND,
        None,
        ActionId.KEYS,
        ActionId.KEY_CARD,
        ActionId.CHANGE_KEYS,
        ActionId.FACE_MAP_KEYS,
        ActionId.NUMBER_KEYS,
        None,
        ActionId.ABOUT,
    ),
}
"""Menus in order; None is a line between entries."""


def commands_of(entries: tuple[str | SubMenu | None, ...]) -> Iterator[str]:
    """Names of all commands of a menu, those of its submenus too."""
    for entry in entries:
        if isinstance(entry, SubMenu):
            yield from entry.names
        elif entry is not None:
            yield entry


def place_of(name: str) -> str:
    """Where a command stands, as people read it: ``"Code ▸ Side"``."""
    for title, entries in MENUS.items():
        for entry in entries:
            if isinstance(entry, SubMenu) and name in entry.names:
                return f"{title} ▸ {entry.title}".replace("&", "")
            if entry == name:
                return title.replace("&", "")
    raise KeyError(name)
