"""Folders of numbered frames: how files are named, and the note that says what they are."""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Any

from hrm_core.errors import InvalidFileError
from hrm_core.media.stills import StillError
from hrm_core.paths import write_whole

__all__ = [
    "MANIFEST",
    "FrameFolder",
    "frame_name",
    "is_frame_name",
    "number_in_name",
    "read_manifest",
    "write_manifest",
]

MANIFEST = "frames.json"
"""Name of the note in a folder whose files are named by frame number."""

_FORMAT = 1
_OUR_NAME = re.compile(r"[0-9]{6,12}\.jpg")
# "000412.jpg" as written here, "412_0.jpg" as in the HRM release (frame 412, face 0).
_NUMBERED = re.compile(r"(\d{1,12})(?:_0)?")


@dataclass(frozen=True, slots=True)
class FrameFolder:
    """What the note says about the frames beside it.

    Attributes
    ----------
    frame_count : int
        Frames of the recording, numbered from 0; not every one need be there.
    fps : float
        Mean frames per second of the recording; for display only.
    source : str or None
        Fingerprint of the video they were taken from; None if unknown.
    every : int
        Every how manyth frame was to be taken.
    quality : int or None
        JPEG quality; None if another program wrote the pictures.
    spans : tuple of (int, int), or None
        First and last frame of the runs that were to be taken; None for all.
    """

    frame_count: int
    fps: float
    source: str | None = None
    every: int = 1
    quality: int | None = None
    spans: tuple[tuple[int, int], ...] | None = None

    def wanted(self) -> list[int]:
        """Frame numbers that were to be taken, ascending."""
        spans = [(0, self.frame_count - 1)] if self.spans is None else self.spans
        inside = {n for first, last in spans for n in range(first, min(last + 1, self.frame_count))}
        return sorted(n for n in inside if n % self.every == 0)


def frame_name(number: int) -> str:
    """File name of a frame: ``"000412.jpg"`` is frame 412, counted from 0."""
    return f"{number:06d}.jpg"


def is_frame_name(name: str) -> bool:
    """Whether :func:`frame_name` writes such a name: ``000412.jpg``, not ``412_0.jpg`` or ``0000412.jpg``."""
    return _OUR_NAME.fullmatch(name) is not None and frame_name(int(Path(name).stem)) == name


def number_in_name(name: str) -> int | None:
    """Frame number that a file name says; None if it says none.

    Parameters
    ----------
    name : str
        As ``000412.jpg`` or ``412_0.jpg``.
    """
    found = _NUMBERED.fullmatch(Path(name).stem)
    return int(found[1]) if found else None


def read_manifest(folder: Path) -> FrameFolder | None:
    """The note in a folder.

    Returns
    -------
    FrameFolder or None
        None if there is no note: the frames are numbered by their order.

    Raises
    ------
    InvalidFileError
        If the note cannot be read or a newer version of the program wrote it.
    """
    path = folder / MANIFEST
    try:
        note = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InvalidFileError(
            f"{path} cannot be read ({error.strerror}): check its access rights."
        ) from error
    except ValueError:
        note = None
    if isinstance(note, dict) and isinstance(note.get("format"), int) and note["format"] > _FORMAT:
        raise InvalidFileError(f"A newer version of this program wrote {path}: update the program.")
    facts = _checked(note)
    if facts is None:
        raise InvalidFileError(
            f"{path} is damaged, so it is not known which frames lie beside it: move the folder away and "
            "extract the frames again."
        )
    return facts


def _checked(note: Any) -> FrameFolder | None:
    """The note as a value; None if it is not one."""
    try:
        facts = FrameFolder(**{key: value for key, value in note.items() if key != "format"})
        if facts.spans is not None:
            facts = replace(facts, spans=tuple((int(first), int(last)) for first, last in facts.spans))
        kinds: tuple[tuple[Any, type | UnionType], ...] = (
            (facts.frame_count, int),
            (facts.fps, int | float),
            (facts.source, str | None),
            (facts.every, int),
            (facts.quality, int | None),
        )
        if not all(isinstance(value, kind) and not isinstance(value, bool) for value, kind in kinds):
            return None
        # JSON as Python reads it knows NaN and Infinity.
        sound = facts.frame_count > 0 and math.isfinite(facts.fps) and facts.fps >= 0 and facts.every > 0
        return facts if sound else None
    except (TypeError, ValueError, AttributeError, OverflowError):
        return None


def write_manifest(folder: Path, facts: FrameFolder) -> None:
    """Write the note; the folder is made if missing.

    Raises
    ------
    StillError
        If the disk refuses.
    """
    data = json.dumps({"format": _FORMAT, **asdict(facts)}) + "\n"
    try:
        write_whole(folder / MANIFEST, data.encode())
    except OSError as error:
        raise StillError(
            f"{folder / MANIFEST} could not be written ({error.strerror}): "
            "check that the disk has room and that you may write there."
        ) from error
