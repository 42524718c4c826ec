"""BORIS' project file: JSON, also compressed (``.boris.gz``), one observation per recording.

What an event means stands in :mod:`hrm_core.exchange.boris_events`.  Times are
seconds of the film plus the observation's time offset, rounded to milliseconds.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.boris_events import (
    CATEGORIES,
    FRAMES,
    MODIFIER_SETS,
    POINT,
    BorisEvent,
    about_coding,
    chosen_subject,
    events_of,
    note_foreign,
    read_events,
)
from hrm_core.exchange.code_runs import ALL_BUT_RUNS, losses_beyond
from hrm_core.exchange.code_words import DOUBTFUL, STATE_WORDS, offered_actions
from hrm_core.exchange.csv_text import read_file
from hrm_core.exchange.frame_times import FrameTimes, finite, rate, whole
from hrm_core.exchange.sheet_runs import (
    SheetBuilder,
    names,
    require_times,
    shown,
)
from hrm_core.exchange.sheet_table import write_file
from hrm_core.facs import INTENSITIES, Action
from hrm_core.records.coding import Origin
from hrm_core.records.coding_sheet import CodingSheet, Loss, ReadSheet

__all__ = ["HOLDS", "losses_boris", "observation_name", "read_boris", "write_boris"]

_VERSION = "7.0"
_PLAYERS = tuple(str(number) for number in range(1, 9))
_MOST_BYTES = 256 * 1024 * 1024
_VARIABLES = ("rater", "video")

_Json = Mapping[str, Any]


HOLDS = ALL_BUT_RUNS
"""What the file can say: everything."""

# ---- writing --------------------------------------------------------------------------------


def losses_boris(sheet: CodingSheet) -> tuple[Loss, ...]:
    """What a sheet says and BORIS' project file cannot hold."""
    return losses_beyond(sheet, HOLDS)


def write_boris(path: Path, sheet: CodingSheet) -> tuple[Loss, ...]:
    """Write a project with one observation; compressed if the name ends with ``.gz``.

    Parameters
    ----------
    path : pathlib.Path
        ``*.boris`` or ``*.boris.gz``; an old file is replaced.
    sheet : CodingSheet
        With the times of all frames.

    Returns
    -------
    tuple of Loss
        As :func:`losses_boris`.

    Raises
    ------
    InvalidFileError
        If times are unknown, or the file cannot be written; an old one is as it was.
    """
    require_times(path, sheet)
    text = json.dumps(_project(sheet), ensure_ascii=True, indent=1).encode()
    data = gzip.compress(text, mtime=0) if path.suffix.lower() == ".gz" else text
    write_file(path, data)
    return losses_boris(sheet)


def observation_name(sheet: CodingSheet) -> str:
    """What the observation is called: BORIS allows no blanks around it."""
    parts = [part.strip() for part in (sheet.participant, sheet.video, sheet.rater)]
    return " ".join(part for part in parts if part) or "coding"


def _project(sheet: CodingSheet) -> dict[str, Any]:
    actions = offered_actions(sheet)
    behaviours = [_frames_behaviour(), *(_behaviour(sheet, entry) for entry in actions)]
    categories = list(CATEGORIES.values())
    subject = {"key": "", "name": sheet.participant, "description": ""}
    return {
        "time_format": "hh:mm:ss",
        "project_date": "",
        "project_name": observation_name(sheet),
        "project_description": "Action units, exported by HRM Annotator",
        "project_format_version": _VERSION,
        "subjects_conf": {"0": subject} if sheet.participant else {},
        "behaviors_conf": {str(place): entry for place, entry in enumerate(behaviours)},
        "observations": {observation_name(sheet): _observation(sheet)},
        "behavioral_categories": categories,
        "behavioral_categories_config": {
            str(place): {"name": name, "color": ""} for place, name in enumerate(categories)
        },
        "independent_variables": {
            str(place): {
                "label": name,
                "description": "",
                "type": "text",
                "default value": "",
                "possible values": "",
            }
            for place, name in enumerate(_VARIABLES)
        },
        "coding_map": {},
        "behaviors_coding_map": [],
        "converters": {},
    }


def _behaviour(sheet: CodingSheet, entry: Action) -> dict[str, Any]:
    used = {c.code for coding in sheet.codings.values() for c in coding.codes if c.action == entry.key}
    codes = sorted({int(code) for code in entry.sides} | used)
    values = {
        # The digit in parentheses is the key that chooses it: the digits of the label file.
        "side": [f"{entry.word(code)} ({code})" for code in codes],
        "intensity": [f"{letter} ({letter.lower()})" for letter in INTENSITIES],
        "origin": [origin.value for origin in Origin if origin is not Origin.HUMAN],
        "doubt": [DOUBTFUL],
    }
    return _state_event(
        entry.key, entry.name, CATEGORIES[entry.group], [(name, values[name]) for name in MODIFIER_SETS]
    )


def _frames_behaviour() -> dict[str, Any]:
    return _state_event(
        FRAMES,
        "Frames that were coded; all others are uncoded",
        "",
        [("state", list(STATE_WORDS.values())), ("doubt", [DOUBTFUL])],
    )


def _state_event(
    code: str, description: str, category: str, sets: Sequence[tuple[str, list[str]]]
) -> dict[str, Any]:
    return {
        "type": "State event",
        "key": "",
        "code": code,
        "description": description,
        "color": "",
        "category": category,
        "modifiers": {
            str(place): {"name": name, "description": "", "type": 0, "ask at stop": False, "values": values}
            for place, (name, values) in enumerate(sets)
        },
        "excluded": "",
        "coding map": "",
    }


def _observation(sheet: CodingSheet) -> dict[str, Any]:
    media = sheet.media or sheet.video or "film"
    times = FrameTimes(sheet.times)
    # A little more than the last STOP, which BORIS would cut off for the rounding of a binary number.
    length = round(times.start_of(times.count or 0) + 0.001, 3)
    return {
        "file": {player: [media] if player == "1" else [] for player in _PLAYERS},
        "type": "MEDIA",
        "date": "",
        "description": "",
        "time offset": 0.0,
        "events": [
            [
                round(event.seconds or 0.0, 3),
                event.subject,
                event.behaviour,
                "|".join(value for _, value in event.modifiers),
                event.comment,
                event.frame,
            ]
            for event in events_of(sheet)
        ],
        "observation time interval": [0, 0],
        "independent_variables": {"rater": sheet.rater, "video": sheet.video},
        "visualize_spectrogram": False,
        "visualize_waveform": False,
        "media_creation_date_as_offset": False,
        "media_scan_sampling_duration": 0,
        "image_display_duration": 1,
        "close_behaviors_between_videos": False,
        "media_info": {
            "length": {media: length},
            "fps": {media: sheet.fps or (times.count or 0) / max(length, 0.001)},
            "hasVideo": {media: True},
            "hasAudio": {media: False},
            "offset": {"1": 0.0},
        },
    }


# ---- reading --------------------------------------------------------------------------------


def read_boris(
    path: Path,
    times: NDArray[np.float64] | None,
    *,
    observation: str | None = None,
    subject: str | None = None,
) -> ReadSheet:
    """Read one observation of a project.

    Parameters
    ----------
    path : pathlib.Path
        ``*.boris`` or ``*.boris.gz``.
    times : ndarray of float64, shape (n_frames,), or None
        Seconds of the frames of the recording; without, events must name their frames.
    observation : str, optional
        Which one, where actions are coded in several.
    subject : str, optional
        Who of it, where actions of several are coded.

    Returns
    -------
    ReadSheet
        With an error among its notes if it cannot be imported as it is.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is no project of BORIS.
    """
    project = _parsed(path)
    builder = SheetBuilder(path)
    behaviours = _behaviours(path, project)
    observations = {
        name: _require(path, entry) for name, entry in _require(path, project["observations"]).items()
    }
    events = {
        name: _events(path, entry, behaviours, builder)
        for name, entry in observations.items()
        if observation in (None, name)
    }
    coded = [name for name, found in events.items() if any(about_coding(e.behaviour) for e in found)]
    if len(coded) > 1:
        builder.error(
            "file",
            f"Actions are coded in several observations ({names(coded)}): export the events of one alone, "
            "as a table, with BORIS.",
        )
    for name, found in events.items():
        for event in found:
            if not about_coding(event.behaviour):
                builder.pass_over(event.behaviour)
            elif name not in coded[:1]:
                builder.pass_over(f"observation {name}")
    if not coded:
        builder.note("file", "No behaviour of it is an action: name behaviours AU1, AU2 and so on.")
    sheet = CodingSheet("", "", "", {}, times)
    if len(coded or events) == 1:
        name = next(iter(coded or events))
        sheet = _sheet(name, observations[name], events[name], subject, times, builder)
    return ReadSheet(sheet, tuple(builder.notes), builder.exact, dict(builder.passed_over))


def _sheet(
    name: str,
    observation: _Json,
    events: Sequence[BorisEvent],
    subject: str | None,
    times: NDArray[np.float64] | None,
    builder: SheetBuilder,
) -> CodingSheet:
    """What the one observation says."""
    mine = chosen_subject(events, subject, builder)
    if mine:
        _require_one_film(observation, builder)
    read_events(mine, FrameTimes(times), builder)
    variables = observation.get("independent_variables")
    variables = variables if isinstance(variables, dict) else {}
    whose = mine[0].subject if mine else ""
    ours = "video" in variables
    if mine and not ours:
        note_foreign(name, whose, builder)
    return CodingSheet(
        builder.name(whose) if ours else "",
        builder.name(str(variables.get("video", ""))),
        builder.name(str(variables.get("rater", ""))),
        builder.finish(),
        times,
        _rate(observation),
        builder.name(next(iter(_films(observation).get("1", [])), "")),
    )


def _parsed(path: Path) -> dict[str, Any]:
    data = read_file(path)
    strange = f"{path} is no project of BORIS: save it again there as a .boris file."
    try:
        if data[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
                data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise InvalidFileError(f"{path} is too large for a project of BORIS: export fewer observations.")
        project = json.loads(data.decode("utf-8-sig"))
    # Deep nesting and endless digits are no more JSON of BORIS than cut-off text is.
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        if isinstance(error, InvalidFileError):
            raise
        raise InvalidFileError(strange) from error
    if not isinstance(project, dict) or not {"observations", "behaviors_conf"} <= project.keys():
        raise InvalidFileError(strange)
    return project


def _require(path: Path, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidFileError(
            f"{path} is damaged where its observations are listed: save it again with BORIS."
        )
    return value


def _behaviours(path: Path, project: _Json) -> dict[str, tuple[str, list[str]]]:
    """Type and names of the modifier sets of each behaviour by its code."""
    found = {}
    for entry in _require(path, project["behaviors_conf"]).values():
        if not isinstance(entry, dict) or not isinstance(entry.get("code"), str):
            raise InvalidFileError(
                f"{path} is damaged where its behaviours are listed: save it again with BORIS."
            )
        sets = entry.get("modifiers")
        # Before version 4 modifiers were one text without names.
        listed = sets.values() if isinstance(sets, dict) else ()
        found[entry["code"].strip()] = (
            str(entry.get("type", "")),
            [str(each.get("name", "")) if isinstance(each, dict) else "" for each in listed],
        )
    return found


def _events(
    path: Path,
    observation: _Json,
    behaviours: Mapping[str, tuple[str, list[str]]],
    builder: SheetBuilder,
) -> list[BorisEvent]:
    listed = observation.get("events")
    if not isinstance(listed, list):
        raise InvalidFileError(f"{path} is damaged where its events are listed: save it again with BORIS.")
    offset = finite(observation.get("time offset") or 0.0)
    events = []
    for number, entry in enumerate(listed, 1):
        where = f"event {number}"
        if not isinstance(entry, list) or len(entry) < 5 or not all(isinstance(x, str) for x in entry[1:5]):
            builder.left_out(where, "It is no event of BORIS: it has too few parts, or numbers for texts.")
            continue
        seconds = finite(entry[0])
        index = entry[5] if len(entry) > 5 else None
        frame = whole(index)
        code = entry[2].strip()
        if about_coding(code) and (seconds is None or offset is None):
            builder.left_out(where, f"{shown(str(entry[0])[:50])} is no time in seconds.")
            continue
        kind, sets = behaviours.get(code, ("", []))
        values = entry[3].split("|") if entry[3] else []
        named = [*sets, *[""] * len(values)]
        events.append(
            BorisEvent(
                where,
                None if seconds is None else seconds - (offset or 0.0),
                frame,
                entry[1],
                code,
                tuple(
                    (name, value)
                    for name, single in zip(named, values, strict=False)
                    for value in single.split(",")
                ),
                entry[4],
                POINT if kind.lower().startswith("point") else "",
            )
        )
    return events


def _films(observation: _Json) -> dict[str, list[str]]:
    files = observation.get("file")
    if not isinstance(files, dict):
        return {}
    return {
        str(player): [str(name) for name in found]
        for player, found in files.items()
        if isinstance(found, list)
    }


def _rate(observation: _Json) -> float | None:
    info = observation.get("media_info")
    rates = info.get("fps") if isinstance(info, dict) else None
    values = [rate(value) for value in rates.values()] if isinstance(rates, dict) else []
    return values[0] if len(values) == 1 else None


def _require_one_film(observation: _Json, builder: SheetBuilder) -> None:
    """Note what keeps times of an observation from being times of one film."""
    if observation.get("type", "MEDIA") != "MEDIA":
        builder.error(
            "file", "It was observed live or in pictures: only observations of a film have its frames."
        )
    films = _films(observation)
    if len(films.get("1", [])) > 1:
        builder.error("file", "Several films are shown one after another: make one observation of each.")
    others = [player for player, found in films.items() if player != "1" and found]
    if others:
        builder.note("file", "Other films are shown beside: times are those of the first player.")
    info = observation.get("media_info")
    offsets = info.get("offset") if isinstance(info, dict) else None
    shift = finite(offsets.get("1", 0.0)) if isinstance(offsets, dict) else 0.0
    if shift is None or shift != 0.0 or observation.get("media_creation_date_as_offset") is True:
        builder.error("file", "The film of the first player is shifted: set its offset to 0 in BORIS.")
