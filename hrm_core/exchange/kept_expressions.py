"""Expressions that are kept in a study: ``Expressions/<model>.parquet``, one file for each model.

``docs/expressions.md`` is its schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from hrm_core.errors import InvalidFileError
from hrm_core.parquet import open_parquet
from hrm_core.paths import whole_file
from hrm_core.records.coded_frames import EXPRESSIONS
from hrm_core.records.expressions import ExpressionSource, FrameProbabilities, KeptExpressions

__all__ = ["FORMAT", "read_kept", "write_kept"]

FORMAT = "hrm-expressions 1"
"""Raised when an older program could not read the file rightly."""

_NOTE_KEY = "hrm_expressions"
_AGAIN = "delete it and take it in anew with hrm import expressions"


def write_kept(path: Path, kept: KeptExpressions) -> None:
    """Write all that is kept of a model, whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        The Parquet file.
    kept : KeptExpressions
        With at least one recording.

    Raises
    ------
    InvalidFileError
        If it could not be written.
    """
    import fastparquet
    import pandas as pd

    sources = [source for source, _ in kept.recordings]
    counts = [source.frames for source in sources]
    values = np.concatenate([rows.values for _, rows in kept.recordings])
    table = pd.DataFrame(
        {
            "participant": np.repeat(np.array([source.participant for source in sources], object), counts),
            "video": np.repeat(np.array([source.video for source in sources], object), counts),
            "frame": np.concatenate([rows.frames for _, rows in kept.recordings]),
            **{name: np.ascontiguousarray(values[:, place]) for place, name in enumerate(EXPRESSIONS)},
        }
    )
    note = {"format": FORMAT, "model": kept.model, "recordings": [asdict(source) for source in sources]}
    try:
        with whole_file(path) as scratch:
            fastparquet.write(
                str(scratch),
                table,
                compression="ZSTD",
                write_index=False,
                object_encoding={"participant": "utf8", "video": "utf8"},
                custom_metadata={_NOTE_KEY: json.dumps(note, ensure_ascii=False)},
            )
    except OSError as error:
        raise InvalidFileError(
            f"{path} cannot be written ({error.strerror or error}): free some space or allow writing there."
        ) from error


def read_kept(path: Path) -> KeptExpressions:
    """Read what :func:`write_kept` wrote.

    Parameters
    ----------
    path : pathlib.Path
        The Parquet file.

    Raises
    ------
    InvalidFileError
        If the file is missing, damaged, of another kind or made by a newer version.
    """
    try:
        file = open_parquet(path.read_bytes())
        note = _note(path, file.key_value_metadata)
        # Rows stand in the order of the note, so that no name need be read.
        table = file.to_pandas(columns=["frame", *EXPRESSIONS])
        sources = [
            ExpressionSource(**{**entry, "classes": tuple(entry["classes"])}) for entry in note["recordings"]
        ]
        frames = table["frame"].to_numpy(dtype=np.int64)
        values = table[list(EXPRESSIONS)].to_numpy(dtype=np.float32)
        ends = list(accumulate(int(source.frames) for source in sources))
    except InvalidFileError:
        raise
    except OSError as error:
        raise InvalidFileError(f"{path} cannot be read ({error.strerror or error}): {_AGAIN}.") from error
    except Exception as error:  # fastparquet raises whatever the damaged bytes lead to
        raise InvalidFileError(f"{path} is damaged ({error}): {_AGAIN}.") from error
    if len(frames) != (ends[-1] if ends else 0):
        raise InvalidFileError(f"{path} has rows that its note knows nothing of: {_AGAIN}.")
    parts = [FrameProbabilities(frames[begin:end], values[begin:end]) for begin, end in pairwise([0, *ends])]
    return KeptExpressions(str(note["model"]), tuple(zip(sources, parts, strict=True)))


def _note(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    text = metadata.get(_NOTE_KEY)
    if text is None:
        raise InvalidFileError(
            f"{path} is a Parquet file of another program: take it in with hrm import expressions."
        )
    note: dict[str, Any] = json.loads(text)
    if note.get("format") != FORMAT:
        raise InvalidFileError(
            f"{path} has the format {note.get('format')!r}, which this version does not know: update the "
            f"program, or {_AGAIN}."
        )
    return note
