"""Cells of a Parquet file of anybody, read in a process of its own.

A damaged file can end the process that reads it (the reader trusts the sizes that stand in the file),
and a coder's window must not go down with it.  The process reads, writes JSON and is gone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.csv_text import read_file
from hrm_core.parquet import open_parquet

__all__ = ["parquet_texts", "read_parquet_texts"]

_PATIENCE_S = 300
_PACKAGES = Path(__file__).resolve().parents[2]


def read_parquet_texts(path: Path, wanted: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Columns of a Parquet file as text, whatever its bytes are.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    wanted : sequence of str
        Names of columns, in small letters.

    Returns
    -------
    columns : dict of str to list of str
        Those that are there, empty texts where there is no value.
    others : list of str
        Names of all other columns.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it cannot be read as Parquet.
    """
    if not read_file(path).startswith(b"PAR1"):
        raise InvalidFileError(f"{path} is not a Parquet file: check that it is the right file.")
    stat = path.stat()
    return _read_elsewhere(path.resolve(), tuple(wanted), stat.st_mtime_ns, stat.st_size)


# An import reads a file twice: to learn which recording it is about, and with the times of that.
@lru_cache(maxsize=1)
def _read_elsewhere(
    path: Path, wanted: tuple[str, ...], _changed: int, _size: int
) -> tuple[dict[str, list[str]], list[str]]:
    places = [str(_PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "hrm_core.exchange.parquet_cells", str(path), *wanted],
            capture_output=True,
            timeout=_PATIENCE_S,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places), "PYTHONIOENCODING": "utf-8"},
            check=False,
        )
        # Whatever the reader complains about stands before.
        line = done.stdout.decode().rstrip("\n").rpartition("\n")[2]
        columns, others = json.loads(line) if done.returncode == 0 else ({}, None)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise _unreadable(path) from error
    if others is None:
        raise _unreadable(path)
    return columns, others


def _unreadable(path: Path) -> InvalidFileError:
    return InvalidFileError(f"{path} is damaged and cannot be read as Parquet: export it again.")


def parquet_texts(path: Path, wanted: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
    """As :func:`read_parquet_texts`, in this process: only for files that are known to be whole."""
    file = open_parquet(path.read_bytes())
    names = {str(name): str(name).strip().casefold() for name in file.columns}
    chosen = [name for name, plain in names.items() if plain in wanted]
    table: Any = file.to_pandas(columns=chosen) if chosen else {}
    columns = {names[name]: [_text(value) for value in table[name].tolist()] for name in chosen}
    return columns, [plain for plain in names.values() if plain not in wanted]


def _text(value: Any) -> str:
    # Not a number is the only value that is not itself.
    if value is None or value != value:
        return ""
    return value.decode() if isinstance(value, bytes) else str(value)


if __name__ == "__main__":
    print("\n" + json.dumps(parquet_texts(Path(sys.argv[1]), sys.argv[2:])))
