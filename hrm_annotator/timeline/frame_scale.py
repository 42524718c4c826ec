"""Which frames are in view, and where they lie."""

from __future__ import annotations

import math

__all__ = ["FrameScale"]

_WIDEST_PX = 48.0
_TICKS_APART_PX = 64.0
_PAGE_MARGIN = 0.08


class FrameScale:
    """Maps frames to pixels and back; frame n reaches from n to n + 1.

    Attributes
    ----------
    count : int
        Frames of the recording.
    width : float
        Pixels there are to show frames in.
    first : float
        Frame at the left edge; its fraction is the part that is out of view.
    step : float
        Pixels per frame.
    """

    def __init__(self) -> None:
        self.count = 0
        self.width = 1.0
        self.first = 0.0
        self.step = 1.0

    @property
    def span(self) -> float:
        """Frames that have room in the view."""
        return self.width / self.step

    @property
    def fitted(self) -> bool:
        """Whether the whole recording is in view."""
        return self.step <= self._narrowest * (1 + 1e-9)

    def show_count(self, count: int) -> None:
        """Show another recording from end to end."""
        self.count = count
        self.fit()

    def show_width(self, width: float) -> None:
        """Take up another width; what was seen whole is seen whole again."""
        whole = self.fitted
        self.width = max(width, 1.0)
        if whole:
            self.fit()
        else:
            self._settle(self.first, self.step)

    def fit(self) -> None:
        """Bring the whole recording into view."""
        self._settle(0.0, self._narrowest)

    def zoom(self, factor: float, x: float | None = None) -> None:
        """Show frames `factor` times as wide; what lies at `x` (the middle if None) stays there."""
        x = self.width / 2 if x is None else x
        place = self.first + x / self.step
        step = self._held(self.step * factor)
        self._settle(place - x / step, step)

    def zoom_to(self, first: int, last: int) -> None:
        """Bring the frames from `first` to `last`, both included, into view, with a little room."""
        first, last = min(first, last), max(first, last)
        length = (last - first + 1) * 1.1
        step = self._held(self.width / length)
        self._settle((first + last + 1) / 2 - self.width / step / 2, step)

    def pan(self, pixels: float) -> None:
        """Move on by so many pixels; to later frames if positive."""
        self._settle(self.first + pixels / self.step, self.step)

    def go_to(self, first: float) -> None:
        """Put this frame at the left edge."""
        self._settle(first, self.step)

    def page_to(self, frame: int) -> bool:
        """Turn pages until `frame` is in view; whether the view has moved."""
        if self.first <= frame and frame + 1 <= self.first + self.span + 1e-9:
            return False
        before = self.first
        margin = self.span * _PAGE_MARGIN
        forwards = frame > self.first
        self._settle(frame - margin if forwards else frame + 1 + margin - self.span, self.step)
        return self.first != before

    def x_of(self, frame: float) -> float:
        """Pixel at which a frame begins; may be out of view."""
        return (frame - self.first) * self.step

    def frame_at(self, x: float) -> int:
        """The frame at a pixel, or the nearest one of the recording."""
        return min(max(math.floor(self.first + x / self.step), 0), max(self.count - 1, 0))

    def frame_in_view(self, x: float) -> int:
        """Like :meth:`frame_at`, but of those in view."""
        return self.frame_at(min(max(x, 0.0), self.width - 1e-6))

    def ticks(self) -> tuple[list[int], list[int]]:
        """Frames to be named under the axis, and those to be marked between them."""
        if not self.count:
            return [], []
        apart = max(_TICKS_APART_PX / self.step, 1.0)
        power = 10 ** math.floor(math.log10(apart))
        major = next(unit * power for unit in (1, 2, 5, 10) if unit * power >= apart - 1e-9)
        minor = max(major // (4 if str(major)[0] == "2" else 5), 1)
        return self._multiples(major), self._multiples(minor)

    def _multiples(self, unit: int) -> list[int]:
        begin = math.floor(self.first / unit) * unit
        end = min(math.ceil(self.first + self.span), self.count)
        return list(range(max(begin, 0), end, unit))

    @property
    def _narrowest(self) -> float:
        return self.width / max(self.count, 1)

    def _held(self, step: float) -> float:
        narrowest = self._narrowest
        return min(max(step, narrowest), max(_WIDEST_PX, narrowest))

    def _settle(self, first: float, step: float) -> None:
        self.step = self._held(step)
        self.first = min(max(first, 0.0), max(self.count - self.span, 0.0))
