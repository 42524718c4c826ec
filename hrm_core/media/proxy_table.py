"""What lies where in a coding proxy, and for which video it stands."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrm_core.paths import write_whole

__all__ = ["ProxyTable", "read_table", "table_path", "write_table"]

# Raised whenever proxies are made or kept in another way: older ones are made again.
_VERSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class ProxyTable:
    """One entry per frame, and what the file as a whole must be.

    Attributes
    ----------
    source : str
        Fingerprint of the video.
    size : tuple of int and int
        Width and height of its pictures as shown, in pixels.
    file_bytes : int
        Size of the proxy.
    header : bytes
        What the decoder must know before the first frame.
    position, length : ndarray of int64, shape (n_frames,)
        Where the bytes of a frame begin in the proxy, and how many they are.
    check : ndarray of uint32, shape (n_frames,)
        CRC-32 of these bytes: proof that they are this frame.
    damaged : ndarray of bool, shape (n_frames,)
        Damaged in the video; the proxy repeats the frame before.
    """

    source: str
    size: tuple[int, int]
    file_bytes: int
    header: bytes
    position: NDArray[np.int64]
    length: NDArray[np.int64]
    check: NDArray[np.uint32]
    damaged: NDArray[np.bool_]

    def __len__(self) -> int:
        """Frames of the proxy."""
        return len(self.position)


def table_path(proxy: Path) -> Path:
    """File beside a proxy that holds its table."""
    return proxy.with_name(f"{proxy.name}.npz")


def write_table(table: ProxyTable, proxy: Path) -> None:
    """Write the table of a proxy, whole or not at all.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    data = io.BytesIO()
    np.savez(
        data,
        version=np.array(_VERSION),
        source=np.array(table.source),
        numbers=np.array([*table.size, table.file_bytes], dtype=np.int64),
        header=np.frombuffer(table.header, dtype=np.uint8),
        position=table.position,
        length=table.length,
        check=table.check,
        damaged=table.damaged,
    )
    write_whole(table_path(proxy), data.getvalue())


def read_table(proxy: Path) -> ProxyTable | None:
    """The table of a proxy; None if it is missing, damaged or of another version."""
    try:
        with table_path(proxy).open("rb") as stream, np.load(stream, allow_pickle=False) as facts:
            if int(facts["version"]) != _VERSION:
                return None
            width, height, file_bytes = facts["numbers"].tolist()
            table = ProxyTable(
                source=str(facts["source"]),
                size=(width, height),
                file_bytes=file_bytes,
                header=facts["header"].tobytes(),
                position=facts["position"],
                length=facts["length"],
                check=facts["check"],
                damaged=facts["damaged"],
            )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
    return table if _is_sound(table) else None


def _is_sound(table: ProxyTable) -> bool:
    columns: tuple[NDArray[Any], ...] = (table.position, table.length, table.check, table.damaged)
    kinds = (np.int64, np.int64, np.uint32, np.bool_)
    return (
        all(column.dtype == kind for column, kind in zip(columns, kinds, strict=True))
        and all(column.shape == (len(table.position),) for column in columns)
        and len(table) > 0
        and bool(np.all(table.position >= 0) and np.all(table.length > 0))
        and int((table.position + table.length).max()) <= table.file_bytes
    )
