"""A picture as it may be seen: its eyes covered, its face registered, and where its points lie then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.faces.align import Alignment, align_by_five_points
from hrm_core.faces.eye_cover import EyeCover, cover_eyes, locate_eyes
from hrm_core.records.comparison import Comparison
from hrm_core.records.face import Face, FrameFaces
from hrm_core.records.face_mark import FaceMarkKind
from hrm_core.records.recording import Recording
from hrm_core.workflows.see_faces import FaceSight, mark_in_pixels, without_score

__all__ = ["REGISTERED_PX", "FaceLook", "UneasyRun", "eyes_to_review", "show_face", "show_neutral"]

_BEYOND = (38, 40, 43)
"""The grey that pictures are shown on."""

REGISTERED_PX = 640
"""Width and height of a registered picture."""

# The part of a registered picture that the face itself takes: the rest shows forehead, chin and
# some background, without which nobody sees what the head does.
_FACE_PART = 0.5

_NO_NEUTRAL = "not registered: the face in the neutral picture is not known"
_NO_POINTS = "not registered: the five points of the face are not known here"


@dataclass(frozen=True, slots=True, eq=False)
class FaceLook:
    """One picture to be seen.

    Attributes
    ----------
    rgb : ndarray of uint8, shape (height, width, 3), or None
        The picture; None if it is withheld.
    withheld : str
        Why it is withheld; empty if it is not.
    covered : bool
        Whether its eyes are covered.
    registered : bool
        Whether its face is aligned by its five points.
    unregistered : str
        Why it is not, although that was asked for; empty otherwise.
    matrix : ndarray of float64, shape (2, 3)
        From pixels of the frame to pixels of the picture.
    faces : FrameFaces or None
        Faces of the frame, in pixels of the frame.
    drawn : ndarray of float64, shape (4,), or None
        Box of the child's face that a person drew: left, top, right, bottom in pixels of the frame.
    bands : tuple of ndarray of float64, shape (4, 2)
        What is covered, corners in pixels of the picture.
    comparison : Comparison or None
        The face beside the neutral one, where that is asked for.
    """

    rgb: NDArray[np.uint8] | None
    withheld: str
    covered: bool
    registered: bool
    unregistered: str
    matrix: NDArray[np.float64]
    faces: FrameFaces | None = None
    drawn: NDArray[np.float64] | None = None
    bands: tuple[NDArray[np.float64], ...] = ()
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class _Wish:
    covered: bool
    registered: bool
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class UneasyRun:
    """Frames in a row whose eyes are not located, for one reason.

    Attributes
    ----------
    first_frame, last_frame : int
        Both included.
    problem : str
        Why.
    """

    first_frame: int
    last_frame: int
    problem: str


def show_face(
    sight: FaceSight | None,
    recording: Recording,
    frame: int,
    rgb: NDArray[np.uint8],
    *,
    covered: bool,
    registered: bool,
    neutral: FrameFaces | None = None,
) -> FaceLook:
    """What is to be seen of a frame.

    Parameters
    ----------
    sight : FaceSight or None
        What is known of the faces of the recording; None if nobody has read that yet.
    recording : Recording
        The recording.
    frame : int
        Frame number.
    rgb : ndarray of uint8, shape (height, width, 3)
        The frame, or a copy of it in another size.
    covered : bool
        Whether its eyes must be covered; where they are not located it is withheld then.
    registered : bool
        Whether its face shall be aligned.
    neutral : FrameFaces, optional
        The faces of the neutral picture: without it a registered face has nothing to lie on.
    """
    cover = EyeCover((), "its faces have not been read yet") if sight is None else sight.cover(frame)
    faces = None if sight is None else sight.frames.get(frame)
    drawn = None if sight is None else _drawn(sight, recording, frame)
    why_not = "" if _points(neutral) is not None else _NO_NEUTRAL
    wish = _Wish(covered, registered, why_not)
    return _look(rgb, _scale(recording, rgb), faces, cover, wish, drawn)


def show_neutral(
    faces: FrameFaces | None, rgb: NDArray[np.uint8], *, covered: bool, registered: bool
) -> FaceLook:
    """What is to be seen of a neutral picture.

    Parameters
    ----------
    faces : FrameFaces or None
        From ``workflows.neutral_face``.
    rgb : ndarray of uint8, shape (height, width, 3)
        The picture.
    covered, registered : bool
        As for :func:`show_face`.
    """
    cover = EyeCover((), "nobody has looked for the face in the neutral picture")
    if faces is not None:
        cover = locate_eyes([faces])[faces.frame]
    return _look(rgb, np.ones(2), faces, cover, _Wish(covered, registered), None)


def _look(
    rgb: NDArray[np.uint8],
    scale: NDArray[np.float64],
    faces: FrameFaces | None,
    cover: EyeCover,
    wish: _Wish,
    drawn: NDArray[np.float64] | None,
) -> FaceLook:
    matrix = np.hstack([np.diag(scale), np.zeros((2, 1))])
    if wish.covered and not cover.located:
        return FaceLook(None, cover.problem, True, False, "", matrix, faces, drawn)
    bands: tuple[NDArray[np.float64], ...] = ()
    if wish.covered:
        bands = tuple(band * scale for band in cover.bands)
        rgb = cover_eyes(rgb, EyeCover(bands))
    alignment, reason = (None, "") if not wish.registered else _alignment(faces, scale, wish.why_not)
    if alignment is not None:
        rgb = alignment.picture(rgb, _BEYOND)
        matrix = np.hstack([alignment.matrix[:, :2] * scale, alignment.matrix[:, 2:]])
        bands = tuple(alignment.to_aligned(band) for band in bands)
    return FaceLook(rgb, "", wish.covered, alignment is not None, reason, matrix, faces, drawn, bands)


def _alignment(
    faces: FrameFaces | None, scale: NDArray[np.float64], why_not: str
) -> tuple[Alignment | None, str]:
    five = _points(faces)
    if five is None or why_not:
        return None, why_not or _NO_POINTS
    try:
        tight = align_by_five_points(five * scale, round(REGISTERED_PX * _FACE_PART))
    except InvalidFileError:
        return None, _NO_POINTS
    middle = np.full((2, 1), REGISTERED_PX * (1 - _FACE_PART) / 2)
    return Alignment(tight.matrix + np.hstack([np.zeros((2, 2)), middle]), REGISTERED_PX), ""


def _points(faces: FrameFaces | None) -> NDArray[np.float64] | None:
    child: Face | None = None if faces is None else faces.child
    five = None if child is None else child.five
    return five if five is not None and np.isfinite(five).all() else None


def _scale(recording: Recording, rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    height, width = rgb.shape[:2]
    if recording.width is None or recording.height is None:
        return np.ones(2)
    return np.array([width / recording.width, height / recording.height])


def _drawn(sight: FaceSight, recording: Recording, frame: int) -> NDArray[np.float64] | None:
    for mark in sight.marks:
        if mark.frame == frame and mark.kind is FaceMarkKind.FACE:
            return mark_in_pixels(mark, recording).reshape(4)
    return None


def eyes_to_review(sight: FaceSight, frame_count: int) -> list[UneasyRun]:
    """Frames whose eyes are not located, in runs.

    Parameters
    ----------
    sight : FaceSight
        What is known of the faces.
    frame_count : int
        Frames of the recording.
    """
    runs: list[UneasyRun] = []
    for frame in range(frame_count):
        problem = without_score(sight.cover(frame).problem)
        if not problem:
            continue
        last = runs[-1] if runs else None
        if last is not None and last.last_frame == frame - 1 and last.problem == problem:
            runs[-1] = UneasyRun(last.first_frame, frame, problem)
        else:
            runs.append(UneasyRun(frame, frame, problem))
    return runs
