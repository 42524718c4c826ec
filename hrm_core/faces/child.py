"""From the faces of a frame to the child's, and to where its pictures are cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.faces.align import ALIGNED_SIZE, Alignment, align_by_five_points
from hrm_core.faces.crop import SteadyCrop
from hrm_core.faces.follow import Follower, FollowEvent
from hrm_core.records.face import Face, FrameFaces

__all__ = ["ChildFinder", "aligned_picture", "as_kept", "one_picture", "same_cuts"]


class ChildFinder:
    """Says frame by frame which face is the child's and where its pictures are cut.

    Parameters
    ----------
    size : (int, int)
        Width and height of the frames in pixels.
    picks : mapping of int to ndarray of float64, shape (4,), optional
        As for :func:`hrm_core.faces.follow.follow`.
    aligned_size : int
        Width and height of aligned pictures in pixels.
    """

    def __init__(
        self,
        size: tuple[int, int],
        picks: Mapping[int, NDArray[np.float64]] | None = None,
        aligned_size: int = ALIGNED_SIZE,
    ) -> None:
        self._follower = Follower(size, picks)
        self._crop = SteadyCrop()
        self._aligned_size = aligned_size

    @property
    def events(self) -> list[FollowEvent]:
        """What happened so far, in order of frames."""
        return self._follower.events

    def step(self, frame: int, time_s: float, faces: Sequence[Face]) -> FrameFaces:
        """The next frame, with the child, the alignment and the crop.

        Parameters
        ----------
        frame : int
            Its number, higher than the one before.
        time_s : float
            Its time in seconds.
        faces : sequence of Face
            From :func:`as_kept`, so that a file of them leads to the same pictures.
        """
        target = self._follower.step(frame, time_s, np.array([face.box for face in faces]))
        found = FrameFaces(frame, time_s, tuple(faces), target)
        child = found.child
        if child is None:
            return found
        return replace(
            found, alignment=_alignment(child, self._aligned_size), crop=self._crop.step(child.box)
        )


def _alignment(face: Face, size: int) -> NDArray[np.float64] | None:
    if face.five is None:
        return None
    try:
        return align_by_five_points(face.five, size).matrix
    except InvalidFileError:
        # Points that coincide: the face is there, but it cannot be said how it is turned.
        return None


def as_kept(face: Face) -> Face:
    """A face with its numbers as feature files keep them, in 32 bits.

    What is followed, aligned and cut is then the same before and after a face was in a file.
    """
    return Face(
        _in_32_bits(face.box),
        float(np.float32(face.score)),
        *(
            None if points is None or not np.isfinite(points).all() else _in_32_bits(points)
            for points in (face.five, face.points_2d, face.points_3d, face.pose, face.eyes)
        ),
    )


def _in_32_bits(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def same_cuts(one: FrameFaces, other: FrameFaces) -> tuple[bool, bool]:
    """Whether the aligned pictures of two descriptions of a frame are the same, and the crops."""
    if one.alignment is None or other.alignment is None:
        aligned = one.alignment is other.alignment
    else:
        aligned = bool(np.array_equal(one.alignment, other.alignment))
    return aligned, one.crop == other.crop


def one_picture(faces: Sequence[Face], size: tuple[int, int]) -> FrameFaces:
    """The faces of a single picture; the child's is the largest near the middle.

    Parameters
    ----------
    faces : sequence of Face
        In pixels of the picture.
    size : (int, int)
        Its width and height in pixels.
    """
    return ChildFinder(size).step(0, 0.0, [as_kept(face) for face in faces])


def aligned_picture(rgb: NDArray[np.uint8], entry: FrameFaces, size: int) -> NDArray[np.uint8] | None:
    """The aligned face of the child, RGB of shape (size, size, 3); None if there is none."""
    return None if entry.alignment is None else Alignment(entry.alignment, size).picture(rgb)
