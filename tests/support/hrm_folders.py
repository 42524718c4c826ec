"""A synthetic folder in the manner of the HRM release; every picture in it is a plain colour."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hrm_core.exchange.hrm_csv import HEADER
from hrm_core.media import write_still

__all__ = ["JUDGES", "Part", "fingerprints", "make_release", "shade", "write_frames", "write_labels"]

JUDGES = ("J1", "J2", "J3", "J4", "J5")

Part = tuple[int, int, Sequence[int | None]]
"""A segment: first frame, last frame, and one answer 0-4 per judge (None: empty)."""

_CODE_COLUMNS = HEADER[1:-2]


@dataclass(frozen=True)
class Release:
    """The folder, and the label file of each participant."""

    folder: Path
    labels: Mapping[str, Path]


def shade(number: int) -> int:
    """Grey of the picture of a frame, far enough from its neighbours' for JPEG."""
    return 20 + number * 37 % 200


def write_frames(folder: Path, numbers: Iterable[int], name: str = "{}_0.jpg") -> None:
    """Pictures whose grey says which frame they are."""
    for number in numbers:
        grey = np.full((12, 16, 3), shade(number), np.uint8)
        write_still(grey, folder / name.format(number))


def write_labels(
    path: Path,
    parts: Sequence[Part],
    *,
    asd: int,
    seed: int = 0,
    judges: Sequence[str] = JUDGES,
    average: bool = True,
    shuffled: bool = True,
) -> Path:
    """A label file with rating columns as the standard library writes it, rows out of order."""
    rng = np.random.default_rng(seed)
    header = [*HEADER, *(f"Abnormal-{judge}" for judge in judges), *(["Abnormal-avg"] if average else [])]
    rows = []
    for first, last, scores in parts:
        given = [score for score in scores[: len(judges)] if score is not None]
        mean = f"{np.mean(given):.2f}" if given else ""
        for frame in range(first, last + 1):
            codes = rng.integers(1, 6, len(_CODE_COLUMNS)) * (rng.random(len(_CODE_COLUMNS)) < 0.1)
            answers = ["" if score is None else score for score in scores[: len(judges)]]
            marks = [int(not codes.any()), asd]
            rows.append([frame, *codes.tolist(), *marks, *answers, *([mean] if average else [])])
    if shuffled:
        rng.shuffle(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(header)
        table.writerows(rows)
    return path


def make_release(folder: Path) -> Release:
    """Two autistic children and one typically developing, each child in another layout."""
    parts: dict[str, list[Part]] = {
        "S3": [(5, 9, (0, 1, 2, 3, 4)), (20, 22, (1, 1, 1, 0, 2))],
        "S7": [(100, 103, (4, 4, 3, 4, 4)), (110, 110, (0, 0, 0, 0, 0)), (400, 412, (2, 1, 2, 1, 2))],
        "S12": [(0, 3, (0, 0, 1, 0, 0))],
    }
    labels = {
        "S3": write_labels(folder / "Label/ASD/S3.csv", parts["S3"], asd=1, seed=3),
        "S7": write_labels(folder / "Label/ASD/Participant-7.csv", parts["S7"], asd=1, seed=7),
        "S12": write_labels(folder / "Label/TD/S12TD.csv", parts["S12"], asd=0, seed=12),
    }
    write_frames(folder / "frames/S3", [*range(5, 10), *range(20, 23)])
    write_frames(
        folder / "Convert Frames/ASD/Participant-7/play time",
        [*range(100, 104), 110, *range(400, 413)],
        "{:06d}.jpg",
    )
    write_frames(folder / "frames/S12TD", range(4), "{}.jpg")
    for name in ("S3", "S7", "S12TD"):
        write_frames(folder / "natural", [1], name + ".jpg")
    (folder / "README.txt").write_text("Synthetic: no child was filmed.\n", encoding="utf-8")
    return Release(folder, labels)


def fingerprints(folder: Path) -> dict[str, tuple[str, int]]:
    """Contents and time of change of every file, by path."""
    return {
        path.relative_to(folder).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
