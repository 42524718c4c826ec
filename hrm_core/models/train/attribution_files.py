"""Attributions of clips in the folder of their run: one file for each recording and network.

::

    Training Runs/atypicality-gru-small-1/attributions/gru-12.npz

A file holds ``note``, JSON as bytes, and ``values``, float32 [frames of all clips, actions].  Nothing in it
can be run, and reading it needs no PyTorch.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.paths import write_whole
from hrm_core.records.attributions import ClipAttribution

__all__ = ["FOLDER", "KeptAttributions", "attribution_file", "read_attributions", "write_attributions"]

FOLDER = "attributions"
"""Of a run."""

_FORMAT = "hrm-attributions 1"
_OF_CLIP = ("clip", "first_frame", "last_frame", "rating", "baseline", "judged")


@dataclass(frozen=True, slots=True)
class KeptAttributions:
    """What a file holds.

    Attributes
    ----------
    coder : str
        Whose codes the network was shown.
    clips : tuple of ClipAttribution
        All of one recording and one network.
    codes : tuple of str
        For each clip, a fingerprint of the codes it was made from.
    """

    coder: str
    clips: tuple[ClipAttribution, ...]
    codes: tuple[str, ...]


def attribution_file(run: Path, network: str, recording: int) -> Path:
    """Where the attributions of a recording lie, by its number in the store."""
    return run / FOLDER / f"{network}-{recording}.npz"


def write_attributions(
    path: Path, coder: str, clips: Sequence[ClipAttribution], codes: Sequence[str]
) -> None:
    """Write the clips of one recording and one network, whole or not at all; the same bytes each time.

    Parameters
    ----------
    path : pathlib.Path
        Of :func:`attribution_file`.
    coder : str
        Whose codes the network was shown.
    clips : sequence of ClipAttribution
        At least one.
    codes : sequence of str
        For each clip, a fingerprint of its codes.

    Raises
    ------
    InvalidFileError
        If the disk refuses; a file of this name is as it was.
    """
    first = clips[0]
    note = {
        "format": _FORMAT,
        "network": first.network,
        "participant": first.participant,
        "video": first.video,
        "coder": coder,
        "actions": first.actions,
        "clips": [
            {name: getattr(clip, name) for name in _OF_CLIP} | {"codes": fingerprint}
            for clip, fingerprint in zip(clips, codes, strict=True)
        ],
    }
    told = np.frombuffer(json.dumps(note, ensure_ascii=False).encode(), dtype=np.uint8)
    file = io.BytesIO()
    np.savez_compressed(file, note=told, values=np.concatenate([clip.values for clip in clips]))
    try:
        write_whole(path, file.getvalue())
    except OSError as error:
        raise InvalidFileError(
            f"{path} could not be written ({error.strerror or error}): free some space, and run this again."
        ) from error


def read_attributions(path: Path) -> KeptAttributions:
    """What :func:`write_attributions` wrote.

    Raises
    ------
    InvalidFileError
        If it cannot be read, is damaged, or was written by a newer program.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            note = json.loads(file["note"].tobytes())
            values = np.asarray(file["values"], dtype=np.float32)
        if note["format"] != _FORMAT:
            raise ValueError(f"it says it is {note['format']!r}")
        return _kept(note, values, path.parent.parent.name)
    except Exception as error:  # zipfile, zlib and numpy raise whatever the damaged bytes lead to
        raise InvalidFileError(
            f"{path} cannot be read ({error}): write it again with hrm analyze attributions --run "
            f"{path.parent.parent.name}."
        ) from error


def _kept(note: dict[str, Any], values: NDArray[np.float32], run: str) -> KeptAttributions:
    clips, row = [], 0
    for each in note["clips"]:
        stop = row + int(each["last_frame"]) - int(each["first_frame"]) + 1
        of_clip: dict[str, Any] = {name: each[name] for name in _OF_CLIP}
        clips.append(
            ClipAttribution(
                participant=str(note["participant"]),
                video=str(note["video"]),
                network=str(note["network"]),
                actions=tuple(map(str, note["actions"])),
                values=values[row:stop],
                run=run,
                **of_clip,
            )
        )
        row = stop
    if row != len(values):
        raise ValueError("it holds other frames than its clips have")
    return KeptAttributions(
        str(note["coder"]), tuple(clips), tuple(str(each["codes"]) for each in note["clips"])
    )
