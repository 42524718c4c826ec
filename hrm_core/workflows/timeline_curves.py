"""What is known of a child's head and face as curves over the frames of a recording."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.faces.motion_energy import motion_energy, roll_of_eyes
from hrm_core.faces.region import BEYOND_EYES_OF_68, STABLE_OF_68
from hrm_core.faces.stillness import turned_away
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.curve import Curve
from hrm_core.records.face import Face
from hrm_core.records.people import Rater
from hrm_core.records.recording import Recording
from hrm_core.workflows.project import Project
from hrm_core.workflows.propose_extent import may_see_eyes, who_is_filmed
from hrm_core.workflows.see_faces import FaceSight, see_faces

__all__ = ["timeline_curves"]

_DEGREES = "degrees"
_ENERGY = "eye distances per frame"
# Faces that are registered at once: all of a long recording would be as large as the recording.
_AT_ONCE = 4096
# With five points nothing but nose and mouth can move against the eyes.
_EYES_AND_NOSE = (0, 1, 2)
# Landmarks of the 106-point scheme are not named here, so that all of them count.
_SCHEMES = {"points_3d": (68, 3), "points_2d": (106, 2), "five": (5, 2)}


def timeline_curves(
    project: Project,
    rater: Rater,
    recording: Recording,
    *,
    sight: FaceSight | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> list[Curve]:
    """Pose and motion energy of the child's face, frame by frame.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater
        Who looks; curves tell nothing of brows and lids to whom these are covered.
    recording : Recording
        The recording.
    sight : FaceSight, optional
        What is known of the faces, if the caller holds it; read if left out.
    progress : Progress, optional
        Told of each frame.
    cancel : CancelToken, optional
        Asked between groups of frames.

    Returns
    -------
    list of Curve
        Pitch, yaw and roll where the features tell them, else roll by the line through the eyes and
        how far the face is turned away; then motion energy. Empty without face features.

    Raises
    ------
    StoreError
        If marks cannot be read.
    Cancelled
        On request.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    sight = see_faces(project, who_is_filmed(project, recording), recording) if sight is None else sight
    found = [(entry.frame, entry.child) for entry in sight.frames.values() if entry.child is not None]
    found.sort(key=lambda pair: pair[0])
    if recording.frame_count is not None:
        # Features of a film that had more frames.
        found = [(frame, child) for frame, child in found if frame < recording.frame_count]
    if not found:
        return []
    frames = np.array([frame for frame, _ in found], dtype=np.int64)
    children = [child for _, child in found]
    count = max(recording.frame_count or 0, int(frames[-1]) + 1)
    curves = _pose(children)
    progress.start("Measuring motion", len(frames))
    try:
        energy = _energy(frames, children, may_see_eyes(project, rater), progress, cancel)
    finally:
        progress.finish()
    return [Curve(name, unit, _by_frame(frames, values, count)) for name, unit, values in (*curves, *energy)]


_Named = tuple[str, str, NDArray[np.float64]]


def _by_frame(frames: NDArray[np.int64], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    spread = np.full(count, np.nan)
    spread[frames] = values
    spread.setflags(write=False)
    return spread


def _stacked(children: Sequence[Face], kind: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    table = np.full((len(children), *shape), np.nan)
    for place, child in enumerate(children):
        points = getattr(child, kind)
        if points is not None:
            table[place] = points
    return table


def _pose(children: Sequence[Face]) -> list[_Named]:
    pose = _stacked(children, "pose", (3,))
    if np.isfinite(pose).any():
        return [(name, _DEGREES, pose[:, place]) for place, name in enumerate(("pitch", "yaw", "roll"))]
    five = _stacked(children, "five", (5, 2))
    if not np.isfinite(five).any():
        return []
    return [
        ("roll (line through the eyes)", _DEGREES, roll_of_eyes(five)),
        ("turned away (by five points)", _DEGREES, turned_away(five)),
    ]


def _energy(
    frames: NDArray[np.int64],
    children: Sequence[Face],
    sees_eyes: bool,
    progress: Progress,
    cancel: CancelToken,
) -> list[_Named]:
    kind = _densest(children, sees_eyes)
    if kind is None:
        return []
    shape = _SCHEMES[kind]
    counted = range(shape[0])
    stable: Sequence[int] = range(shape[0])
    if kind == "points_3d":
        stable = STABLE_OF_68
        counted = counted if sees_eyes else BEYOND_EYES_OF_68  # type: ignore[assignment]
    elif kind == "five":
        stable, counted = _EYES_AND_NOSE, range(2, 5)
    parts = []
    for begin in range(0, len(children), _AT_ONCE):
        cancel.raise_if_cancelled()
        # Together with the face before, to which the first one is compared.
        since = max(0, begin - 1)
        part = children[since : begin + _AT_ONCE]
        five = _stacked(part, "five", (5, 2))
        eyes = np.linalg.norm(five[:, 1] - five[:, 0], axis=1)
        points = _stacked(part, kind, shape)
        values = motion_energy(frames[since : begin + _AT_ONCE], points, eyes, stable=stable, counted=counted)
        parts.append(values[begin - since :])
        progress.advance(len(values) - (begin - since))
    return [(_energy_name(kind, sees_eyes), _ENERGY, np.concatenate(parts))]


def _densest(children: Sequence[Face], sees_eyes: bool) -> str | None:
    """The most landmarks that at least half of the faces have."""
    for kind in _SCHEMES:
        # Which of the 106 are brows and lids nobody has named here, so that they cannot be left out.
        if kind == "points_2d" and not sees_eyes:
            continue
        known = sum(getattr(child, kind) is not None for child in children)
        if known and 2 * known >= len(children):
            return kind
    return None


def _energy_name(kind: str, sees_eyes: bool) -> str:
    if kind == "five":
        return "motion energy (nose and mouth corners of five points only)"
    return "motion energy" if sees_eyes else "motion energy (without brows and lids)"
