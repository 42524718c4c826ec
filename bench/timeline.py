"""Pan and zoom of the timeline, beside painting each visible run with one fillRect.

Run with ``make bench`` or ``python bench/timeline.py``.  The recording is as long as
the whole HRM study (131,758 frames, 33 actions); its runs are drawn at random from
a fixed seed, with the study's base rates.  Every figure is the time from the call to
the painted widget, offscreen.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FRAMES = 131_758
WIDTHS = (1280, 3840)
HEIGHT = 230
TALL = 520
ROUNDS = 60
AIM_MS = 16.0
SPANS = (131_758, 30_000, 6_000, 1_500, 300, 60)
LONG_RUN = 25.0
CANVASES: dict[object, object] = {}


def main() -> None:
    """Print medians, 95th percentiles and ratios."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from hrm_annotator.look.theme import apply_theme
    from hrm_annotator.timeline.timeline import Timeline
    from hrm_core.facs import ACTIONS
    from hrm_core.records.curve import Curve

    app = QApplication([])
    apply_theme(app, "light")
    codes = draw_codes(len(ACTIONS))
    codings = as_codings(codes)
    rng = np.random.default_rng(1)
    curves = [Curve(name, "°", np.cumsum(rng.normal(0, 0.2, FRAMES))) for name in ("pitch", "yaw", "roll")]
    curves.append(Curve("motion", "px", np.abs(rng.normal(0, 1, FRAMES))))
    print(
        f"{FRAMES} frames, {len(ACTIONS)} actions, {count_runs(codes)} runs; "
        "ms, median / 95th percentile (that of processor time)"
    )
    worst: list[tuple[float, ...]] = []
    for width in WIDTHS:
        for height, shown in ((HEIGHT, ()), (TALL, curves)):
            timeline = Timeline()
            timeline.resize(width, height)
            timeline.show()
            begin = time.perf_counter()
            timeline.show_recording(FRAMES, ACTIONS, (), codings)
            opened = (time.perf_counter() - begin) * 1e3
            timeline.show_curves(shown)
            timeline.show_only_rows_in_use(False)
            print(f"\n{width}×{height}, {len(shown)} curves; taken up in {opened:.0f} ms")
            worst += [measure(timeline, codes, span) for span in SPANS]
            report_updates(timeline)
            timeline.close()
    clock, processor = (max(times) for times in zip(*worst, strict=True))
    print(
        f"\nworst 95th percentile {clock:.1f} ms by the clock, {processor:.1f} ms of processor time "
        f"(aim {AIM_MS:.0f})"
    )


def measure(timeline: object, codes: NDArray[np.uint8], span: int) -> tuple[float, ...]:
    """Print pan, zoom and the naive way while `span` frames are in view; the worse percentile."""
    tracks, scale = timeline._tracks, timeline._view.scale  # type: ignore[attr-defined]
    timeline.zoom_to(FRAMES // 2 - span // 2, FRAMES // 2 + span // 2)  # type: ignore[attr-defined]
    rng = np.random.default_rng(2)

    def pan() -> None:
        scale.pan(float(rng.normal(0, 300)) if span < FRAMES else 0.0)
        painted(tracks)

    def zoom() -> None:
        scale.zoom(1.25 if rng.random() < 0.5 else 0.8)
        painted(tracks)

    naive = Naive(timeline, codes)
    panned, baseline = timed(pan), timed(naive.paint)
    zoomed = timed(zoom)
    ratio = statistics.median(panned.clock) / statistics.median(baseline.clock)
    print(
        f"{span:>7} frames in view: pan {panned}, zoom {zoomed}; "
        f"baseline fillRect per run, cells only: {baseline}; pan / baseline {ratio:.2f}"
    )
    return tuple(
        max(percentile(getattr(panned, which)), percentile(getattr(zoomed, which)))
        for which in ("clock", "processor")
    )


def report_updates(timeline: object) -> None:
    """Print what an edit and a step of the playhead cost."""
    tracks = timeline._tracks  # type: ignore[attr-defined]
    timeline.fit()  # type: ignore[attr-defined]
    painted(tracks)
    rng = np.random.default_rng(3)

    def edit(frames: int) -> Callable[[], None]:
        return lambda: timeline.update_frames(
            range(begin := int(rng.integers(0, FRAMES - frames)), begin + frames)
        )  # type: ignore[attr-defined]

    def step() -> None:
        timeline.show_frame(int(rng.integers(0, FRAMES)))  # type: ignore[attr-defined]
        painted(tracks, anew=False)

    print(
        f"    update of 1 frame {timed(edit(1))}, of 5000 {timed(edit(5000))}; "
        f"playhead moved and all painted {timed(step)}"
    )


class Naive:
    """The plain way: one QPainter.fillRect for each run in view, nothing else painted."""

    def __init__(self, timeline: object, codes: NDArray[np.uint8]) -> None:
        from PySide6.QtGui import QColor, QImage

        from hrm_core.palette import CODE_COLOURS

        self._view = timeline._view  # type: ignore[attr-defined]
        width, height = round(self._view.scale.width), self._view.layout.area
        self._image = QImage(width, max(height, 1), QImage.Format.Format_RGB32)
        self._colours = {code: QColor(colour) for code, colour in CODE_COLOURS.items()}
        self._runs = [runs_of(row) for row in codes]

    def paint(self) -> None:
        """Paint what is in view now."""
        from PySide6.QtCore import QRectF
        from PySide6.QtGui import QPainter

        scale = self._view.scale
        self._image.fill(0xFFFFFFFF)
        painter = QPainter(self._image)
        for row in self._view.layout.in_view():
            starts, ends, found = self._runs[row.row]
            begin = int(np.searchsorted(ends, scale.first))
            end = int(np.searchsorted(starts, scale.first + scale.span))
            for at in range(begin, end):
                left = scale.x_of(float(starts[at]))
                width = max(scale.x_of(float(ends[at])) - left, 1.0)
                painter.fillRect(QRectF(left, row.top, width, row.height - 1), self._colours[int(found[at])])
        painter.end()


def painted(tracks: object, *, anew: bool = True) -> None:
    """Paint the whole surface, anew as after a pan, into memory that is there as a window's is."""
    from PySide6.QtGui import QImage

    if anew:
        tracks.repaint_all()  # type: ignore[attr-defined]
    size = tracks.size()  # type: ignore[attr-defined]
    if size not in CANVASES:
        CANVASES[size] = QImage(size, QImage.Format.Format_RGB32)
    tracks.render(CANVASES[size])  # type: ignore[attr-defined]


@dataclass
class Times:
    """Milliseconds of each round, on the clock and of this thread's processor time."""

    clock: list[float]
    processor: list[float]

    def __str__(self) -> str:
        middle, slow = statistics.median(self.clock), percentile(self.clock)
        return f"{middle:.1f} / {slow:.1f} ({percentile(self.processor):.1f})"


def timed(act: Callable[[], None]) -> Times:
    """Time each round, after two that warm up."""
    times = Times([], [])
    for _ in range(ROUNDS + 2):
        begin, busy = time.perf_counter(), time.thread_time()
        act()
        times.processor.append((time.thread_time() - busy) * 1e3)
        times.clock.append((time.perf_counter() - begin) * 1e3)
    return Times(times.clock[2:], times.processor[2:])


def percentile(times: list[float]) -> float:
    """The 95th percentile."""
    return float(np.percentile(times, 95))


def draw_codes(rows: int) -> NDArray[np.uint8]:
    """Runs of codes at random, uint8 [rows, frames]; shares of presence like those of the study."""
    rng = np.random.default_rng(0)
    codes = np.zeros((rows, FRAMES), np.uint8)
    shares = np.sort(rng.beta(0.5, 4.0, rows))[::-1]
    for row, share in enumerate(shares):
        frame = 0
        while frame < FRAMES:
            frame += int(rng.exponential(LONG_RUN * (1 - share) / max(share, 0.002))) + 1
            length = int(rng.exponential(LONG_RUN)) + 1
            codes[row, frame : frame + length] = rng.choice([1, 1, 1, 1, 2, 3, 4, 5])
            frame += length
    return codes


def runs_of(row: NDArray[np.uint8]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.uint8]]:
    """First frames, frames behind the last, and codes of the runs of a row."""
    borders = np.flatnonzero(np.diff(row)) + 1
    starts, ends = np.concatenate([[0], borders]), np.concatenate([borders, [len(row)]])
    present = row[starts] > 0
    return starts[present], ends[present], row[starts[present]]


def count_runs(codes: NDArray[np.uint8]) -> int:
    """Runs of all rows."""
    return sum(len(runs_of(row)[0]) for row in codes)


def as_codings(codes: NDArray[np.uint8]) -> dict[int, object]:
    """The codes as codings; every tenth stretch of 500 frames is carried, some have an intensity."""
    from hrm_core.facs import ACTIONS
    from hrm_core.records.coding import ActionCode, CodingState, FrameCoding

    known = {
        (key.key, code, letter): ActionCode(key.key, code, letter)
        for key in ACTIONS
        for code in range(1, 6)
        for letter in (None, "B", "C")
    }
    codings: dict[int, object] = {}
    for frame in range(FRAMES):
        present = np.flatnonzero(codes[:, frame])
        letter = (None, None, "B", "C")[frame // 40 % 4]
        state = CodingState.CARRIED if frame // 500 % 10 == 0 else CodingState.CODED
        found = tuple(known[ACTIONS[row].key, int(codes[row, frame]), letter] for row in present)
        codings[frame] = FrameCoding(1, 1, frame, found, state)
    return codings


if __name__ == "__main__":
    main()
