"""Where commands stand in the menus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hrm_annotator.actions.command import without_letter
from hrm_annotator.actions.ids import ActionId, toggle
from hrm_annotator.actions.language_commands import LANGUAGE_OF
from hrm_annotator.actions.table import CODE_OF, INTENSITY_OF
from hrm_annotator.language import mark, tr
from hrm_core.facs import ALL_ACTIONS

__all__ = ["MENUS", "SubMenu", "commands_of", "place_of"]


@dataclass(frozen=True, slots=True)
class SubMenu:
    """Entries that would make a menu too long; the title in English."""

    title: str
    names: tuple[str, ...]


_ACTIONS_BY_GROUP = tuple(
    SubMenu(title, tuple(toggle(entry.key) for entry in ALL_ACTIONS if entry.group == group))
    for group, title in (
        ("upper", mark("Upper &face")),
        ("lower", mark("&Lower face")),
        ("other", mark("Neck and &jaw")),
    )
)

MENUS: Mapping[str, tuple[str | SubMenu | None, ...]] = {
    mark("&Study"): (
        ActionId.OPEN_PROJECT,
        ActionId.NEW_PROJECT,
        ActionId.OPEN_DEMO,
        None,
        ActionId.CHANGE_CODER,
        ActionId.BACK_UP,
        None,
        ActionId.PLAN_RATING,
        ActionId.RATING_SESSIONS,
        ActionId.ANALYSE_CODES,
        None,
        ActionId.IMPORT_CODES,
        ActionId.EXPORT_CODES,
        None,
        ActionId.RATE_CLIPS,
        None,
        ActionId.CLOSE_PROJECT,
        ActionId.QUIT,
    ),
    mark("&Code"): (
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
        SubMenu(mark("&Side"), (*CODE_OF, ActionId.CYCLE_CODE, ActionId.LOWER_OR_B)),
        SubMenu(mark("&Intensity"), (*INTENSITY_OF, ActionId.NO_INTENSITY)),
        None,
        ActionId.TYPE_SCORE,
        ActionId.WRITE_CODE_NOTE,
        ActionId.WRITE_NOTE,
    ),
    mark("&Runs"): (
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
    mark("&Frame"): (
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
    mark("C&lip"): (
        ActionId.NEW_CLIP,
        ActionId.CLIP_STARTS_HERE,
        ActionId.CLIP_ENDS_HERE,
        ActionId.SPLIT_CLIP,
        None,
        ActionId.EXCLUDE_CLIP,
        ActionId.REOPEN_CLIP,
        ActionId.REMOVE_CLIP,
    ),
    mark("F&ace"): (
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
    mark("Com&pare"): (
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
    mark("Chec&k"): (
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
        ActionId.AGREEMENT,
        ActionId.DISPUTES,
        ActionId.NEXT_DISPUTE,
        ActionId.PREVIOUS_DISPUTE,
        None,
        ActionId.TRAINING,
    ),
    mark("S&uggest"): (
        ActionId.SUGGEST_AFTER,
        ActionId.SUGGEST_AT_ONCE,
        ActionId.SUGGEST_NEVER,
        ActionId.FOLLOW_MODEL,
        None,
        ActionId.ACCEPT_FRAME,
        ActionId.ACCEPT_RUN,
        ActionId.ACCEPT_CLIP,
        None,
        ActionId.REJECT_FRAME,
        ActionId.REJECT_RUN,
        ActionId.REJECT_CLIP,
        None,
        ActionId.CORRECT_RUN,
        None,
        ActionId.NEXT_DIFFERENCE,
        ActionId.PREVIOUS_DIFFERENCE,
        None,
        ActionId.LET_SUGGEST,
        None,
        ActionId.CODE_NEXT,
        ActionId.NEXT_IN_QUEUE,
        ActionId.PREVIOUS_IN_QUEUE,
    ),
    mark("&View"): (
        ActionId.WHOLE_PICTURE,
        ActionId.FRAME_WINDOW,
        None,
        ActionId.SHOW_TIMELINE,
        ActionId.TIMELINE_IN,
        ActionId.TIMELINE_OUT,
        ActionId.TIMELINE_FIT,
        ActionId.ROWS_IN_USE,
        ActionId.SHOW_ATTRIBUTIONS,
        None,
        ActionId.THEME_SYSTEM,
        ActionId.THEME_LIGHT,
        ActionId.THEME_DARK,
        None,
        SubMenu(mark("Lan&guage · 语言"), tuple(LANGUAGE_OF)),
    ),
    mark("&Help"): (
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
"""Menus in order, by their titles in English; None is a line between entries."""


def commands_of(entries: tuple[str | SubMenu | None, ...]) -> Iterator[str]:
    """Names of all commands of a menu, those of its submenus too."""
    for entry in entries:
        if isinstance(entry, SubMenu):
            yield from entry.names
        elif entry is not None:
            yield entry


def place_of(name: str, *, english: bool = False) -> str:
    """Where a command stands, as people read it: ``"Code ▸ Side"``.

    Parameters
    ----------
    name : str
        The command.
    english : bool
        In English, whichever language is in use.
    """
    for title, entries in MENUS.items():
        for entry in entries:
            if isinstance(entry, SubMenu) and name in entry.names:
                titles = [title, entry.title]
            elif entry == name:
                titles = [title]
            else:
                continue
            return " ▸ ".join(without_letter(each if english else tr(each)) for each in titles)
    raise KeyError(name)
