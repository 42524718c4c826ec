"""What networks said of frames they were not trained on, beside the codes: ``held-out.parquet`` of a run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.csv_text import read_file
from hrm_core.facs import ALL_ACTIONS
from hrm_core.parquet import open_parquet
from hrm_core.paths import whole_file
from hrm_core.records.detections import NOT_KNOWN, Detections

__all__ = ["FORMAT", "read_held_out", "write_held_out"]

FORMAT = "hrm-held-out 1"
"""Raised when an older program could not read the file rightly."""

_NOTE_KEY = "hrm_held_out"
_PLACES = ("participant", "video", "frame", "fold")
_TRUTH, _SAID = "coded ", "said "
_KINDS = ("probabilities", "decisions")
_AGAIN = "finish the run with hrm train au --resume, or train again"


def write_held_out(path: Path, detections: Detections) -> None:
    """Write detections as Parquet, whole or not at all.

    Columns (int64) are the place of the participant and of the video in the lists of the note, the
    frame and the fold; then for each action ``coded AU1`` (uint8: 1, 0, 255 for what nobody could
    code) and ``said AU1`` (float32). The rest of the record is JSON in the key ``hrm_held_out``.

    Parameters
    ----------
    path : pathlib.Path
        The file; its folder is made if missing.
    detections : Detections
        What to write.

    Raises
    ------
    InvalidFileError
        If it could not be written.
    """
    import fastparquet
    import pandas as pd

    rows = (detections.of_participant, detections.of_video, detections.frames, detections.folds)
    columns: dict[str, NDArray[Any]] = {
        name: values.astype(np.int64) for name, values in zip(_PLACES, rows, strict=True)
    }
    for place, key in enumerate(detections.actions):
        columns[_TRUTH + key] = np.ascontiguousarray(detections.truth[:, place], dtype=np.uint8)
        columns[_SAID + key] = np.ascontiguousarray(detections.said[:, place], dtype=np.float32)
    try:
        with whole_file(path) as scratch:
            fastparquet.write(
                str(scratch),
                pd.DataFrame(columns),
                compression="ZSTD",
                write_index=False,
                custom_metadata={_NOTE_KEY: _note(detections)},
            )
    except OSError as error:
        raise InvalidFileError(
            f"{path} cannot be written ({error.strerror or error}): free some space or allow writing there."
        ) from error


def _note(detections: Detections) -> str:
    return json.dumps(
        {
            "format": FORMAT,
            "name": detections.name,
            "actions": detections.actions,
            "participants": detections.participants,
            "videos": detections.videos,
            "kind": detections.kind,
            "threshold": detections.threshold,
            "facts": dict(detections.facts),
        },
        ensure_ascii=False,
        allow_nan=False,
    )


def read_held_out(path: Path) -> Detections:
    """Read what :func:`write_held_out` wrote.

    Parameters
    ----------
    path : pathlib.Path
        The Parquet file.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is damaged, of another program or of a newer version.
    """
    data = read_file(path)
    try:
        file = open_parquet(data)
        text = file.key_value_metadata.get(_NOTE_KEY)
        table = None if text is None else file.to_pandas()
    except Exception as error:  # fastparquet raises whatever the damaged bytes lead to
        raise InvalidFileError(f"{path} cannot be read as Parquet ({error}): {_AGAIN}.") from error
    if text is None or table is None:
        raise InvalidFileError(f"{path} is a Parquet file of another program: name a run of hrm train au.")
    return _to_detections(path, text, {str(name): table[name].to_numpy() for name in table.columns})


def _to_detections(path: Path, text: str, columns: Mapping[str, NDArray[Any]]) -> Detections:
    try:
        note = json.loads(text)
        if note["format"] != FORMAT:
            raise InvalidFileError(
                f"{path} has the format {note['format']!r}, which this version does not know: update the "
                "program."
            )
        actions = tuple(note["actions"])
        wanted = [*_PLACES, *(head + key for key in actions for head in (_TRUTH, _SAID))]
        if list(columns) != wanted:
            raise ValueError("its columns are not those it was written with")
        child, video, frames, folds = (columns[name] for name in _PLACES)
        found = Detections(
            note["name"],
            actions,
            tuple(note["participants"]),
            child,
            tuple(note["videos"]),
            video,
            frames,
            folds,
            _table([columns[_TRUTH + key] for key in actions], len(frames), np.uint8),
            _table([columns[_SAID + key] for key in actions], len(frames), np.float32),
            note["kind"],
            float(note["threshold"]),
            dict(note["facts"]),
        )
        _require_sound(found)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InvalidFileError):
            raise
        raise InvalidFileError(
            f"{path} is damaged or was changed by another program ({error}): {_AGAIN}."
        ) from error
    return found


def _table(columns: list[NDArray[Any]], rows: int, dtype: Any) -> NDArray[Any]:
    if any(column.dtype != dtype for column in columns):
        raise ValueError("a column has another kind of numbers")
    return np.stack(columns, axis=1) if columns else np.empty((rows, 0), dtype=dtype)


def _require_sound(found: Detections) -> None:
    places = (
        (found.of_participant, len(found.participants)),
        (found.of_video, len(found.videos)),
        (found.frames, None),
        (found.folds, None),
    )
    for values, end in places:
        if values.dtype != np.int64 or (values < 0).any() or (end is not None and (values >= end).any()):
            raise ValueError("a row has a number that means nothing")
    for names in (found.participants, found.videos):
        if len(set(names)) != len(names):
            raise ValueError("a name stands there twice")
    if (found.folds == 0).any() and (found.folds != 0).any():
        raise ValueError("some of its frames have no fold")
    rows = np.column_stack([found.of_participant, found.of_video, found.frames])
    if len(np.unique(rows, axis=0)) != len(rows):
        raise ValueError("a frame stands there twice")
    keys = {entry.key for entry in ALL_ACTIONS}
    if not keys.issuperset(found.actions) or len(set(found.actions)) != len(found.actions):
        raise ValueError("its actions are not those of the catalogue")
    if found.kind not in _KINDS or not 0 <= found.threshold <= 1:
        raise ValueError("its kind or its threshold means nothing")
    if not np.isin(found.truth, (0, 1, NOT_KNOWN)).all():
        raise ValueError("a code is neither 0 nor 1")
    # NaN says nothing, and is no fault.
    if ((found.said < 0) | (found.said > 1)).any():
        raise ValueError("a probability does not lie between 0 and 1")
    texts = (found.name, *found.participants, *found.videos, *found.facts, *found.facts.values())
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("a text is missing")
