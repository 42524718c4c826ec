"""How near proposed onsets and offsets are to the truth of the (synthetic) demo study.

Run with ``PYTHONPATH=. python bench/extent.py [CHILDREN [SEED]]``.  The apex of each drawn event is handed
to the same functions that ``propose_extent`` calls; an event is what the truth codes without a break, and
the truth begins at the strength from which the drawing shows the action.  Methods: landmarks as drawn,
landmarks with noise of 1 % of the distance between the eyes, and the registered picture.  The baseline
that both must beat is ten frames to either side of the apex.  Nothing here says how well it does on real
faces: there landmarks are noisier in other ways, heads turn, and nobody knows the truth to the frame.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.demo import FPS, DemoParticipant, plan_study, render_frame, render_neutral, true_face
from hrm_core.faces.change import register, toward
from hrm_core.faces.picture_change import region_picture
from hrm_core.faces.region import STABLE_OF_68, Region, region_of
from hrm_core.facs import ALL_ACTIONS
from hrm_core.suggestions.extent import find_extent

AROUND = 3 * FPS
FIXED = 10
NEAR = 3
Change = Callable[[Region], NDArray[np.float64]]


@dataclass(frozen=True)
class Event:
    """One run of an action in the truth."""

    action: str
    apex: int
    onset: int
    offset: int
    clip: tuple[int, int]


def main() -> None:
    """Print a line per method."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    errors: dict[str, list[tuple[str, int, int] | None]] = {}
    for child in plan_study(seed)[:count]:
        events = list(events_of(child))
        changes: dict[str, Change] = {
            "landmarks as drawn": by_landmarks(child, 0.0),
            "landmarks with 1 % noise": by_landmarks(child, 0.01),
            "registered picture": by_picture(child),
        }
        for event in events:
            fixed = (event.action, event.apex - FIXED - event.onset, event.apex + FIXED - event.offset)
            errors.setdefault(f"baseline: apex ± {FIXED} frames", []).append(fixed)
            for name, change in changes.items():
                errors.setdefault(name, []).append(error_of(event, change(region_of(event.action))))
    for name, found in errors.items():
        report(name, found)
    by_region("landmarks with 1 % noise", errors["landmarks with 1 % noise"])
    by_region("registered picture", errors["registered picture"])


def events_of(child: DemoParticipant) -> Iterator[Event]:
    """Runs of every action; the apex is the middle of where it is strongest."""
    strength = child.intensities.max(axis=2)
    for place, entry in enumerate(ALL_ACTIONS):
        there = np.concatenate([[0], child.truth[:, place] > 0, [0]]).astype(np.int8)
        edges = np.flatnonzero(np.diff(there))
        for onset, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            run = strength[onset:end, place]
            top = np.flatnonzero(run >= 0.97 * run.max())
            apex = onset + int(top[np.argmin(np.abs(top - top.mean()))])
            whole = (0, child.n_frames - 1)
            clip = next((clip for clip in child.clips if clip[0] <= apex <= clip[1]), whole)
            yield Event(entry.key, apex, onset, end - 1, clip)


def by_landmarks(child: DemoParticipant, noise: float) -> Change:
    """Displacement of a region's landmarks against the neutral frame, by frame."""
    faces = [true_face(child, frame) for frame in range(child.n_frames)]
    points = np.stack([face.points_3d for face in faces if face.points_3d is not None])
    neutral, five = points[child.neutral_frame].copy(), faces[child.neutral_frame].five
    assert five is not None
    eyes = float(np.linalg.norm(five[1] - five[0]))
    jitter = np.random.default_rng(5).normal(0.0, noise * eyes, (*points.shape[:2], 2))
    points[:, :, :2] += jitter
    laid = register(points, neutral, STABLE_OF_68)
    return lambda region: (laid - neutral)[:, list(region.points)] / eyes


def by_picture(child: DemoParticipant) -> Change:
    """Difference of a region's pixels against the neutral picture, by frame."""
    regions = {region_of(event.action).name: region_of(event.action) for event in events_of(child)}
    rest = render_neutral(child)
    rest_five = true_face(child, child.neutral_frame).five
    table: dict[str, list[NDArray[np.float64]]] = {name: [] for name in regions}
    assert rest_five is not None
    neutral = {name: region_picture(rest, rest_five, region) for name, region in regions.items()}
    for frame in range(child.n_frames):
        rgb, five = render_frame(child, frame), true_face(child, frame).five
        assert five is not None
        for name, region in regions.items():
            picture, still = region_picture(rgb, five, region), neutral[name]
            assert picture is not None
            assert still is not None
            table[name].append(picture - still)
    stacked = {name: np.stack(rows) for name, rows in table.items()}
    return lambda region: stacked[region.name]


def error_of(event: Event, change: NDArray[np.float64]) -> tuple[str, int, int] | None:
    """Frames by which onset and offset are off; None where nothing is proposed."""
    begin, end = max(0, event.apex - AROUND), min(len(change) - 1, event.apex + AROUND)
    values = toward(change[begin : end + 1], event.apex - begin)
    first, last = max(event.clip[0], begin) - begin, min(event.clip[1], end) - begin
    found = find_extent(values, event.apex - begin, first=first, last=last, rest=0.0)
    if found is None:
        return None
    return event.action, found.onset + begin - event.onset, found.offset + begin - event.offset


def report(name: str, found: list[tuple[str, int, int] | None]) -> None:
    """One line: how far off, and how often both ends are near."""
    errors = np.array([entry[1:] for entry in found if entry is not None])
    off = np.abs(errors)
    onset, offset = np.median(off, axis=0)
    mean = off.mean(axis=0)
    near = int((off <= NEAR).all(axis=1).sum())
    print(
        f"{name}: {len(found)} events, {len(found) - len(errors)} without proposal; median absolute error "
        f"onset {onset:g}, offset {offset:g} frames (mean {mean[0]:.1f}, {mean[1]:.1f}); both within {NEAR} "
        f"frames: {near} ({near / len(found):.0%})"
    )


def by_region(name: str, found: list[tuple[str, int, int] | None]) -> None:
    """How often both ends are near, by region of the face."""
    print(f"{name}, both within {NEAR} frames, by region:")
    regions: dict[str, list[bool]] = {}
    for entry in found:
        if entry is not None:
            near = max(abs(entry[1]), abs(entry[2])) <= NEAR
            regions.setdefault(region_of(entry[0]).name, []).append(near)
    for region, hits in regions.items():
        print(f"  {region}: {sum(hits)} of {len(hits)}")


if __name__ == "__main__":
    main()
