"""Where the eyes to be covered are in every frame of a recording, and where that is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.faces.eye_mask import EYES_OF_68, MaskStyle, apply_mask, eye_band, eye_band_of_box
from hrm_core.records.face import Face, FrameFaces

__all__ = ["LEAST_SCORE", "EyeCover", "cover_eyes", "locate_eyes"]

LEAST_SCORE = 0.7
"""A face less sure than this is not trusted to show where the eyes are."""

# In widths of the band: farther than this from both neighbours, which agree, nobody moves in a frame.
_JUMP = 0.5
# In units of the face as in ``eye_mask``: two networks that both see an eye differ by less.
_DISAGREE = 0.4
# A box drawn as if the face were upright is too narrow for one on its side.
_BEYOND_BOX = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class EyeCover:
    """What is to be covered in one frame.

    Attributes
    ----------
    bands : tuple of ndarray of float64, shape (4, 2)
        One per face, the child's first; corners in pixels of the frame.
    problem : str
        Why the child's eyes are not known to be covered; empty if they are, or if a
        person has said that none are seen.
    """

    bands: tuple[NDArray[np.float64], ...] = ()
    problem: str = ""

    @property
    def located(self) -> bool:
        """Whether the picture may be shown with its bands covered."""
        return not self.problem


def locate_eyes(
    frames: Sequence[FrameFaces], marked: Mapping[int, NDArray[np.float64] | None] | None = None
) -> dict[int, EyeCover]:
    """Where the eyes are in each frame.

    Parameters
    ----------
    frames : sequence of FrameFaces
        In order.
    marked : mapping of int to ndarray of float64, shape (4, 2), or None
        What a person has said of a frame: the band over the child's eyes, or None if no
        eye is seen. It counts more than any detector, also in frames that are not in `frames`.

    Returns
    -------
    dict of int to EyeCover
        By frame; what is in neither argument is not located.
    """
    marked = marked or {}
    own = {entry.frame: _own_band(entry) for entry in frames}
    covers: dict[int, EyeCover] = {}
    for entry in frames:
        others = tuple(_other_band(face) for place, face in enumerate(entry.faces) if place != entry.target)
        if entry.frame in marked:
            covers[entry.frame] = _as_marked(marked[entry.frame], entry, others)
            continue
        band = own[entry.frame]
        if not all(np.isfinite(other).all() for other in others):
            covers[entry.frame] = EyeCover(problem="another face was found, but not where it is")
        elif isinstance(band, str):
            covers[entry.frame] = EyeCover(others, band)
        elif _jumps(band, own.get(entry.frame - 1), own.get(entry.frame + 1)):
            why = "the eyes seem to be elsewhere than in the frames before and after"
            covers[entry.frame] = EyeCover((band, *others), why)
        else:
            covers[entry.frame] = EyeCover((band, *others))
    for frame in marked.keys() - covers.keys():
        alone = marked[frame]
        covers[frame] = EyeCover(() if alone is None else (alone,))
    return covers


def _as_marked(
    band: NDArray[np.float64] | None, entry: FrameFaces, others: tuple[NDArray[np.float64], ...]
) -> EyeCover:
    child = entry.child
    # Whom the detector took for the child may be somebody else: a band elsewhere does not cover them.
    if child is not None and (band is None or not _is_in(child.box, band.mean(axis=0))):
        others = (_other_band(child), *others)
    known = tuple(other for other in others if np.isfinite(other).all())
    return EyeCover(known if band is None else (band, *known))


def _is_in(box: NDArray[np.float64], point: NDArray[np.float64]) -> bool:
    return bool((box[:2] <= point).all() and (point <= box[2:]).all())


def _own_band(entry: FrameFaces) -> NDArray[np.float64] | str:
    """The band over the child's eyes, or why there is none."""
    child = entry.child
    if not entry.faces:
        return "no face was found"
    if child is None:
        return "no face that was found is known to be the child's"
    # Also where the eyes were tracked: a track grows doubtful as it goes on.  Asked this way
    # round, because a score that is no number is no trust either.
    if not child.score >= LEAST_SCORE:
        return f"it is not sure where the face is (score {child.score:.2f})"
    if _disagrees(child):
        return "its five points and its landmarks disagree about where the eyes are"
    try:
        return eye_band(child)
    except InvalidFileError:
        return "the face has no points that show where its eyes are"


def _disagrees(face: Face) -> bool:
    """Whether two networks see the eyes in different places: of a turned head, one may be wrong."""
    if face.eyes is not None or face.five is None or face.points_3d is None:
        return False
    eyes = face.points_3d[list(EYES_OF_68), :2].reshape(2, 6, 2).mean(axis=1)
    unit = float(np.linalg.norm(face.five[3:].mean(axis=0) - face.five[:2].mean(axis=0)))
    between = float(np.linalg.norm(face.five[1] - face.five[0]))
    apart = np.linalg.norm(eyes - face.five[:2], axis=1)
    # Asked this way round, because a point that is no number agrees with nothing.
    return not bool((apart <= _DISAGREE * max(unit, between)).all())


def _other_band(face: Face) -> NDArray[np.float64]:
    """Somebody else's eyes: better covered roughly than not."""
    if not face.score >= LEAST_SCORE or _disagrees(face):
        # Nobody knows which way up it is, so its eyes may be anywhere in it.
        return _whole_face(face)
    try:
        return eye_band(face)
    except InvalidFileError:
        return eye_band_of_box(face.box)


def _whole_face(face: Face) -> NDArray[np.float64]:
    left, top, right, bottom = face.box
    beyond = _BEYOND_BOX * max(right - left, bottom - top)
    low, high = face.box[:2] - beyond, face.box[2:] + beyond
    return np.array([low, [high[0], low[1]], high, [low[0], high[1]]])


def _jumps(
    band: NDArray[np.float64],
    before: NDArray[np.float64] | str | None,
    after: NDArray[np.float64] | str | None,
) -> bool:
    if before is None or after is None or isinstance(before, str) or isinstance(after, str):
        return False
    here, last, following = (entry.mean(axis=0) for entry in (band, before, after))
    width = float(np.linalg.norm(before[1] - before[0]))
    agree = float(np.linalg.norm(last - following)) < _JUMP * width
    return agree and min(float(np.linalg.norm(here - at)) for at in (last, following)) > _JUMP * width


def cover_eyes(
    rgb: NDArray[np.uint8], cover: EyeCover, style: MaskStyle = MaskStyle.GREY_GREEN
) -> NDArray[np.uint8]:
    """A copy of a picture with every band covered.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        The picture; it is not changed.
    cover : EyeCover
        From :func:`locate_eyes`.
    style : MaskStyle
        What is put over the eyes.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        RGB.

    Raises
    ------
    ValueError
        If the eyes are not located: such a picture must not be given out.
    """
    if not cover.located:
        raise ValueError(f"the eyes are not located: {cover.problem}")
    masked = rgb.copy()
    for band in cover.bands:
        # Only the part around the band: a mask over a whole 1080p frame takes longer than its decoding.
        left, top = np.maximum(np.floor(band.min(axis=0)).astype(int) - 1, 0)
        right, bottom = np.maximum(np.ceil(band.max(axis=0)).astype(int) + 2, 0)
        part = masked[top:bottom, left:right]
        if part.size:
            part[:] = apply_mask(part, band - (left, top), style)
    return masked
