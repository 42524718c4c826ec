"""The index of a video, kept between sessions under the file's fingerprint."""

from __future__ import annotations

import contextlib
import io
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from hrm_core.media.fingerprint import fingerprint
from hrm_core.media.frame_index import FrameIndex, KeyFrames
from hrm_core.media.index_build import build_index
from hrm_core.media.orientation import Orientation
from hrm_core.paths import write_whole
from hrm_core.progress import CancelToken, NoProgress, Progress

__all__ = ["indexed"]

# Raised whenever the meaning of the stored arrays changes: older caches are passed over.
_VERSION = 1
_PER_FRAME = ("ticks", "stamps", "key_of", "damaged")
_PER_KEY = ("pts", "dts", "position", "first")


def indexed(
    path: Path,
    *,
    cache_dir: Path | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> FrameIndex:
    """Index of a video: from the cache if it is there and sound, else made anew.

    Parameters
    ----------
    path : pathlib.Path
        A video file.
    cache_dir : pathlib.Path, optional
        Folder of the cache; made if missing.  None keeps nothing.
    progress : Progress, optional
        Told while the index is made.
    cancel : CancelToken, optional
        Asked while the index is made.

    Returns
    -------
    FrameIndex
        The index.

    Raises
    ------
    NotFoundError, InvalidFileError, Cancelled
        See :func:`hrm_core.media.index_build.build_index`.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    if cache_dir is None:
        return build_index(path, progress, cancel)
    scheme, digest = fingerprint(path).split(":")
    file = cache_dir / f"{scheme}-{digest}.v{_VERSION}.npz"
    index = _load(file)
    if index is None:
        index = build_index(path, progress, cancel)
        _save(index, file)
    return index


def _save(index: FrameIndex, file: Path) -> None:
    facts: dict[str, Any] = {
        "codec": index.codec,
        "numbers": np.array([index.width, index.height, index.end_tick], dtype=np.int64),
        "time_base": np.array(index.time_base.as_integer_ratio(), dtype=np.int64),
        "turn": np.array([index.orientation.transpose, index.orientation.flip_x, index.orientation.flip_y]),
    }
    facts |= {name: getattr(index, name) for name in _PER_FRAME}
    facts |= {f"key_{name}": getattr(index.keys, name) for name in _PER_KEY}
    data = io.BytesIO()
    np.savez(data, **facts)
    # It is only a cache: a full or read-only disk must not keep anybody from coding.
    with contextlib.suppress(OSError):
        write_whole(file, data.getvalue())


def _load(file: Path) -> FrameIndex | None:
    """The index in `file`, or None if it is missing or damaged."""
    try:
        # Opened here, because np.load leaves a file open that it cannot make sense of.
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as facts:
            index = _from_arrays({name: facts[name] for name in facts.files})
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
    return index if _is_sound(index) else None


def _from_arrays(facts: dict[str, Any]) -> FrameIndex:
    width, height, end_tick = facts["numbers"].tolist()
    numerator, denominator = facts["time_base"].tolist()
    return FrameIndex(
        codec=str(facts["codec"]),
        width=width,
        height=height,
        orientation=Orientation(*facts["turn"].tolist()),
        time_base=Fraction(numerator, denominator),
        keys=KeyFrames(**{name: facts[f"key_{name}"] for name in _PER_KEY}),
        end_tick=end_tick,
        **{name: facts[name] for name in _PER_FRAME},
    )


def _is_sound(index: FrameIndex) -> bool:
    per_frame = [getattr(index, name) for name in _PER_FRAME]
    per_key = [getattr(index.keys, name) for name in _PER_KEY]
    n_frames, n_keys = len(index.ticks), len(index.keys.pts)
    return (
        n_frames > 0
        and all(column.shape == (n_frames,) for column in per_frame)
        and all(column.shape == (n_keys,) for column in per_key)
        and all(column.dtype == np.int64 for column in (*per_frame[:-1], *per_key))
        and index.damaged.dtype == np.bool_
        and bool(np.all(np.diff(index.ticks) > 0))
        and bool(np.all((index.key_of >= -1) & (index.key_of < n_keys)))
    )
