"""How a camera was held: the turn and mirroring between stored and shown pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

__all__ = ["UPRIGHT", "Orientation", "orientation_of"]


@dataclass(frozen=True, slots=True)
class Orientation:
    """Steps from the stored to the shown picture, in this order.

    Attributes
    ----------
    transpose : bool
        Swap rows and columns.
    flip_x : bool
        Then mirror left and right.
    flip_y : bool
        Then mirror top and bottom.
    """

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @property
    def rotation_deg(self) -> int:
        """Clockwise turn of the stored picture before it is shown: 0, 90, 180 or 270 degrees.

        Where the picture is mirrored too, the mirroring (left and right) comes first.
        """
        if self.transpose:
            return 90 if self.flip_x else 270
        return 180 if self.flip_y else 0

    @property
    def mirrored(self) -> bool:
        """Whether the file asks for a mirrored picture."""
        return (self.flip_x ^ self.flip_y) ^ self.transpose

    def shown_size(self, width: int, height: int) -> tuple[int, int]:
        """Size after the turn.

        Parameters
        ----------
        width, height : int
            Of the stored picture in pixels.

        Returns
        -------
        tuple of int and int
            Width and height of the shown picture in pixels.
        """
        return (height, width) if self.transpose else (width, height)

    def apply(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Turn a stored picture upright.

        Parameters
        ----------
        rgb : ndarray of uint8, shape (height, width, 3)
            As decoded.

        Returns
        -------
        ndarray of uint8, shape (shown height, shown width, 3)
            Contiguous; `rgb` itself where there is nothing to do.
        """
        shown = rgb.transpose(1, 0, 2) if self.transpose else rgb
        if self.flip_x:
            shown = shown[:, ::-1]
        if self.flip_y:
            shown = shown[::-1]
        return np.ascontiguousarray(shown)


UPRIGHT = Orientation()


def orientation_of(frame: VideoFrame) -> Orientation:
    """Read the display matrix that a decoded frame carries.

    Parameters
    ----------
    frame : av.VideoFrame
        Any frame of the video.

    Returns
    -------
    Orientation
        The nearest right angle; upright where the file says nothing.
    """
    # Indexed by name at run time, whatever PyAV's stubs say.
    # Whoever looks at side data keeps the frame, and with it all buffers of its
    # decoder, until Python next looks for cycles; hence a copy that is small.
    small = frame.reformat(width=16, height=16)
    side_data = cast(Mapping[str, bytes], small.side_data)
    if "DISPLAYMATRIX" not in side_data:
        return UPRIGHT
    matrix = side_data["DISPLAYMATRIX"]
    # Nine numbers a b u, c d v, x y w; shown x = a x + c y, shown y = b x + d y.
    a, b, _, c, d = np.frombuffer(bytes(matrix), dtype=np.int32)[:5].tolist()
    if abs(a) >= abs(c):
        return Orientation(transpose=False, flip_x=a < 0, flip_y=d < 0)
    return Orientation(transpose=True, flip_x=c < 0, flip_y=b < 0)
