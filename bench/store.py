"""How long the label store takes, beside named baselines in the same run.

Run with ``make bench`` or ``python bench/store.py``.  The label files are
synthetic: 98 participants, 131,758 frames, actions as frequent as in the study.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from hrm_core.exchange.hrm_csv import HrmLabels, read_hrm_csv, write_hrm_csvs
from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.coding import FrameCoding
from hrm_core.records.columns import CODE_COLUMNS
from hrm_core.workflows.back_up import back_up, verify
from hrm_core.workflows.exchange_hrm_csv import import_hrm_csv
from hrm_core.workflows.project import create_project

FRAMES, PARTICIPANTS, ROUNDS = 131_758, 98, 3
# Frames of 131,758 that show each action (DESIGN.md §3).
OCCURRENCE = {
    **{"AU1": 17839, "AU2": 14118, "AU4": 13988, "AU5": 524, "AU6": 12545, "AU7": 19733, "AU8": 599},
    **{"AU9": 1924, "AU10": 6924, "AU12": 31623, "AU13": 184, "AU14": 18937, "AU15": 684, "AU16": 7586},
    **{"AU17": 6386, "AU18": 3440, "AD19": 2772, "AU20": 3870, "AU22": 1760, "AU23": 6090, "AU24": 5968},
    **{"AU25": 80683, "AU2X": 51182, "AU28": 3840, "AD29": 816, "AD30": 1796, "AD32": 2038, "AD33": 31},
    **{"AD34": 696, "AD35": 277, "AD36": 63, "AD37": 783, "AU43": 3303},
}


def main() -> None:
    """Print a line per measurement."""
    with tempfile.TemporaryDirectory() as folder:
        labels = Path(folder) / "Label"
        write_labels(labels)
        files = sorted(labels.rglob("*.csv"))
        baseline = median(lambda: [pd.read_csv(file) for file in files])
        say("baseline: pandas.read_csv of 98 label files", baseline, baseline)
        say("read and check them (read_hrm_csv)", median(lambda: [read_hrm_csv(f) for f in files]), baseline)
        times = []
        for number in range(ROUNDS):
            with create_project(Path(folder) / f"study-{number}") as project:
                begin = time.perf_counter()
                report = import_hrm_csv(project, [labels], rater="A", create=True)
                times.append(time.perf_counter() - begin)
                assert report.added == FRAMES
        say("import them into the store, one call (aim 3)", statistics.median(times), baseline)
        with create_project(Path(folder) / "study") as project:
            import_hrm_csv(project, [labels], rater="A", create=True)
            saves(project)
            begin = time.perf_counter()
            table = project.codes()
            say(f"Project.codes(), {len(table)} frames", time.perf_counter() - begin, baseline)
            begin = time.perf_counter()
            assert verify(project).sound
            say("hrm store verify", time.perf_counter() - begin, baseline)
            begin = time.perf_counter()
            back_up(project)
            say("hrm store backup", time.perf_counter() - begin, baseline)


def write_labels(folder: Path) -> None:
    """98 synthetic label files."""
    rng = np.random.default_rng(0)
    chance = np.array([OCCURRENCE.get(entry.key, 0) / FRAMES for entry in ALL_ACTIONS])
    sizes = np.full(PARTICIPANTS, FRAMES // PARTICIPANTS)
    sizes[: FRAMES % PARTICIPANTS] += 1
    files = {}
    for number, size in enumerate(sizes, start=1):
        codes = (rng.random((size, len(CODE_COLUMNS))) < chance).astype(np.uint8)
        group = "ASD" if number <= 66 else "TD"
        frames = np.arange(size, dtype=np.int64)
        files[folder / group / f"S{number}.csv"] = HrmLabels(frames, codes, int(group == "ASD"))
    write_hrm_csvs(files)


def saves(project: object) -> None:
    """Single saves, each a transaction that reached the disk, beside bare fsyncs of a file."""
    from hrm_core.workflows.project import Project

    assert isinstance(project, Project)
    rater = project.store.people.rater("A")
    recording = project.store.recordings.of_participant()[0]
    times, syncs = [], []
    with tempfile.TemporaryFile() as file:
        import os

        for number in range(200):
            coding = FrameCoding(rater.id, recording.id, 500_000 + number).with_code("AU12", 1)
            begin = time.perf_counter()
            project.store.codings.save(coding)
            times.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            syncs.append(time.perf_counter() - begin)
    base = statistics.median(syncs)
    p95 = sorted(times)[int(0.95 * len(times))]
    print(
        f"one save: median {1e3 * statistics.median(times):.2f} ms, p95 {1e3 * p95:.2f} ms; "
        f"bare write and fsync of 4 kB: median {1e3 * base:.2f} ms"
    )


def median(work: Callable[[], object]) -> float:
    """Median seconds of several rounds, after one that is not counted."""
    times = []
    for _ in range(ROUNDS + 1):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return statistics.median(times[1:])


def say(what: str, seconds: float, baseline: float) -> None:
    """One line: seconds, and how many times the baseline."""
    print(f"{what}: {seconds:.2f} s, ratio {seconds / baseline:.2f}")


if __name__ == "__main__":
    main()
