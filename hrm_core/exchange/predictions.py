"""What networks say of frames, in files: Parquet with probabilities, and the published CSV of 0 and 1.

The CSV is that of the HRM release: ``frame`` and the bare numbers of the actions, where AU2X is
called 27, AU43 43, AD19 19 and AD32 32.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.csv_text import csv_rows, read_file, require_width
from hrm_core.facs import ALL_ACTIONS
from hrm_core.parquet import open_parquet
from hrm_core.paths import whole_file, write_whole
from hrm_core.records.prediction import Prediction
from hrm_core.records.recording import MOST_FRAMES

__all__ = [
    "FORMAT",
    "prediction_csv",
    "read_prediction_csv",
    "read_predictions",
    "write_prediction_csv",
    "write_predictions",
]

FORMAT = "hrm-predictions 1"
"""Raised when an older program could not read the file rightly."""

_NOTE_KEY = "hrm_prediction"
_FRAME = "frame"
# AU26 and AU27 are not told apart in HRM, and its files call both 27.
_NUMBER_OF = {entry.key: "27" if entry.key == "AU2X" else entry.number for entry in ALL_ACTIONS}
_KEY_OF = {number: key for key, number in _NUMBER_OF.items()} | {"26": "AU2X"}
_ABSENT, _PRESENT = frozenset({"0", "0.0", "false"}), frozenset({"1", "1.0", "true"})
_MOST_DIGITS = 12


def write_predictions(path: Path, prediction: Prediction, csv_path: Path | None = None) -> None:
    """Write probabilities as Parquet, whole or not at all.

    The column ``frame`` (int64), and a column (float32) for each action under the name it has in
    the label file; the rest of the record as JSON in the key ``hrm_prediction``.

    Parameters
    ----------
    path : pathlib.Path
        The file; its folder is made if missing.
    prediction : Prediction
        What to write.
    csv_path : pathlib.Path, optional
        The published CSV as well: both files are written, or none.

    Raises
    ------
    InvalidFileError
        If it could not be written.
    """
    import fastparquet
    import pandas as pd

    columns: dict[str, NDArray[Any]] = {_FRAME: prediction.frames.astype(np.int64)}
    for place, key in enumerate(prediction.actions):
        columns[key] = np.ascontiguousarray(prediction.probabilities[:, place], dtype=np.float32)
    try:
        with whole_file(path) as scratch:
            fastparquet.write(
                str(scratch),
                pd.DataFrame(columns),
                compression="ZSTD",
                write_index=False,
                custom_metadata={_NOTE_KEY: _note(prediction)},
            )
            if csv_path is not None:
                write_prediction_csv(csv_path, prediction)
    except OSError as error:
        raise _not_written(path, error) from error


_TEXTS = (
    "model", "weights_sha256", "checkpoint_sha256", "licence", "program", "ran_on", "population", "pictures",
)  # fmt: skip


def _note(prediction: Prediction) -> str:
    return json.dumps(
        {
            "format": FORMAT,
            "model": prediction.model,
            "weights_sha256": prediction.weights_sha256,
            "checkpoint_sha256": prediction.checkpoint_sha256,
            "licence": prediction.licence,
            "program": prediction.program,
            "actions": prediction.actions,
            "thresholds": [float(value) for value in prediction.thresholds],
            "ran_on": prediction.ran_on,
            "population": prediction.population,
            "limits": prediction.limits,
            "pictures": prediction.pictures,
        },
        ensure_ascii=False,
        allow_nan=False,
    )


def read_predictions(path: Path) -> Prediction:
    """Read what :func:`write_predictions` wrote.

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
        raise InvalidFileError(
            f"{path} cannot be read as Parquet ({error}): make it again with hrm predict."
        ) from error
    if text is None or table is None:
        raise InvalidFileError(
            f"{path} is a Parquet file of another program: make predictions with hrm predict."
        )
    return _to_prediction(path, text, {str(name): table[name].to_numpy() for name in table.columns})


def _to_prediction(path: Path, text: str, columns: Mapping[str, NDArray[Any]]) -> Prediction:
    try:
        note = json.loads(text)
        if note["format"] != FORMAT:
            raise InvalidFileError(
                f"{path} has the format {note['format']!r}, which this version does not know: update the "
                "program, or make the file again with hrm predict."
            )
        actions = tuple(note["actions"])
        if list(columns) != [_FRAME, *actions]:
            raise ValueError("its columns are not those it was written with")
        texts = {name: note[name] for name in _TEXTS}
        limits = tuple(note["limits"])
        if not all(isinstance(value, str) for value in (*texts.values(), *limits)):
            raise ValueError("a text is missing")
        values = [np.asarray(columns[key], dtype=np.float32) for key in actions]
        frames = np.asarray(columns[_FRAME])
        table = np.stack(values, axis=1) if values else np.empty((len(frames), 0), dtype=np.float32)
        thresholds = np.array(note["thresholds"], dtype=np.float32).reshape(-1)
        _require_sound(frames, table, thresholds)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InvalidFileError):
            raise
        raise InvalidFileError(
            f"{path} is damaged or was changed by another program ({error}): make it again with hrm predict."
        ) from error
    return Prediction(frames, actions, table, thresholds, limits=limits, **texts)


def _require_sound(
    frames: NDArray[Any], probabilities: NDArray[np.float32], thresholds: NDArray[np.float32]
) -> None:
    if frames.dtype != np.int64 or (frames < 0).any() or (np.diff(frames) <= 0).any():
        raise ValueError("its frames are not whole numbers that ascend")
    if not np.isfinite(probabilities).all():
        raise ValueError("a probability is missing")
    if len(thresholds) != probabilities.shape[1] or not np.isfinite(thresholds).all():
        raise ValueError("it does not have one threshold for each action")


def write_prediction_csv(path: Path, prediction: Prediction) -> None:
    """Write which actions are said to be there as the published CSV, whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        The file; its folder is made if missing.
    prediction : Prediction
        Its probabilities become 1 from their thresholds on, else 0.

    Raises
    ------
    InvalidFileError
        If it could not be written.
    """
    try:
        write_whole(path, prediction_csv(prediction))
    except OSError as error:
        raise _not_written(path, error) from error


def prediction_csv(prediction: Prediction) -> bytes:
    """What :func:`write_prediction_csv` writes."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([_FRAME, *(_NUMBER_OF[key] for key in prediction.actions)])
    present = prediction.present.astype(np.int64)
    table.writerows(np.column_stack([prediction.frames, present]).tolist())
    return text.getvalue().encode()


def read_prediction_csv(
    path: Path,
) -> tuple[NDArray[np.int64], tuple[str, ...], NDArray[np.bool_]]:
    """Read a published CSV of predictions.

    Parameters
    ----------
    path : pathlib.Path
        The file; the published script writes True and False for ME-Graph, 0 and 1 for others.

    Returns
    -------
    frames : ndarray of int64, shape (n_frames,)
        Ascending.
    actions : tuple of str
        Keys of the catalogue in the order of the columns.
    present : ndarray of bool, shape (n_frames, n_actions)
        Which are said to be there.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        Naming row and column of the first fault.
    """
    rows = csv_rows(path, read_file(path))
    header = [name.strip() for name in next(rows, (1, []))[1]]
    frame_at, actions = _columns(path, header)
    frames: list[int] = []
    present: list[list[bool]] = []
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        require_width(path, line, row, len(header))
        frames.append(_frame(path, line, row[frame_at]))
        cells = row[:frame_at] + row[frame_at + 1 :]
        present.append([_is_present(path, line, *each) for each in zip(actions, cells, strict=True)])
    numbers = np.array(frames, dtype=np.int64)
    order = np.argsort(numbers, kind="stable")
    numbers = numbers[order]
    twice = numbers[1:][np.diff(numbers) == 0]
    if len(twice):
        raise InvalidFileError(f"{path}: frame {twice[0]} stands there twice: remove one of its rows.")
    table = np.array(present, dtype=np.bool_).reshape(len(present), len(actions))
    return numbers, actions, table[order]


def _columns(path: Path, header: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """Where the frame stands, and the actions in the order of the other columns."""
    if header.count(_FRAME) != 1:
        raise InvalidFileError(
            f"{path}, row 1: there must be one column 'frame', as predictions have it: choose another file."
        )
    frame_at = header.index(_FRAME)
    names = [*header[:frame_at], *header[frame_at + 1 :]]
    unknown = [name for name in names if name not in _KEY_OF]
    if unknown:
        raise InvalidFileError(
            f"{path}, row 1: {unknown[0]!r} is not the number of an action (1, 2, … 27 for AU2X, 43): "
            "correct it, or choose another file."
        )
    actions = tuple(_KEY_OF[name] for name in names)
    twice = [key for key in actions if actions.count(key) > 1]
    if twice:
        raise InvalidFileError(f"{path}, row 1: the action {twice[0]} stands there twice: remove one.")
    return frame_at, actions


def _frame(path: Path, line: int, cell: str) -> int:
    text = cell.strip()
    digits = text[:-2] if text.endswith(".0") else text
    whole = digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS
    if not whole or int(digits) >= MOST_FRAMES:
        raise InvalidFileError(
            f"{path}, row {line}, column frame: {text!r} is not a frame number: correct it."
        )
    return int(digits)


def _is_present(path: Path, line: int, key: str, cell: str) -> bool:
    text = cell.strip()
    if text.lower() not in _PRESENT | _ABSENT:
        raise InvalidFileError(
            f"{path}, row {line}, column {_NUMBER_OF[key]}: {text!r} is neither 0 nor 1 (nor True or False): "
            "correct it."
        )
    return text.lower() in _PRESENT


def _not_written(path: Path, error: OSError) -> InvalidFileError:
    return InvalidFileError(
        f"{path} cannot be written ({error.strerror or error}): free some space or allow writing there."
    )
