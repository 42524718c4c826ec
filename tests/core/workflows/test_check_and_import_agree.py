"""What the check calls free of errors is imported; what the import refuses has an error finding."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_core.errors import UserError
from hrm_core.media.frame_folder import FrameFolder, write_manifest
from hrm_core.records.findings import Severity
from hrm_core.workflows.check_dataset import check_dataset
from hrm_core.workflows.import_hrm_folder import import_hrm_folder
from tests.support.hrm_folders import write_frames, write_labels

_FRAMES = (3, 4, 5, 9)
_PARTS = [(3, 5, (0, 1, 2, 3, 4)), (9, 9, (1, 1, 1, 0, 2))]
# Where the labels, the frames and the neutral face of a child lie.
_LAYOUTS = (
    ("Label/S{}.csv", "S{}", "natural/S{}.jpg"),
    ("Label/{group}/Participant-{}.csv", "Convert Frames/{group}/Participant-{}/play", "neutral/S{}.png"),
    ("{}__play.csv", "frames/{}/play", "Neutral Frames/{group}/Participant-{}.jpg"),
    ("S{}{group}.csv", "Aligned Face/S{}", "Neutral Faces/{}.jpg"),
)


def _child(root: Path, number: int, layout: int, group: str) -> tuple[Path, Path, Path]:
    labels, frames, neutral = (root / name.format(number, group=group) for name in _LAYOUTS[layout])
    write_labels(labels, _PARTS, asd=int(group == "ASD"), seed=number)
    write_frames(frames, _FRAMES)
    write_frames(neutral.parent, [1], neutral.name)
    return labels, frames, neutral


_Fault = Callable[[Path, Path, Path, Path], None]


def _in_labels(change: Callable[[list[list[str]]], object]) -> _Fault:
    def plant(root: Path, labels: Path, frames: Path, neutral: Path) -> None:
        table = [line.split(",") for line in labels.read_text(encoding="utf-8").splitlines()]
        change(table)
        labels.write_text("\n".join(",".join(row) for row in table), encoding="utf-8")

    return plant


def _cell(row: int, column: int, text: str) -> _Fault:
    return _in_labels(lambda table: table[row].__setitem__(column, text))


def _semicolons(root: Path, labels: Path, frames: Path, neutral: Path) -> None:
    labels.write_text(labels.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")


def _bmp(root: Path, labels: Path, frames: Path, neutral: Path) -> None:
    import cv2

    for picture in (frames / "3_0.jpg", neutral):
        picture.unlink()
        cv2.imencode(".bmp", np.full((12, 16, 3), 90, np.uint8))[1].tofile(picture.with_suffix(".bmp"))


def _torn_bmp(root: Path, labels: Path, frames: Path, neutral: Path) -> None:
    (frames / "3_0.jpg").unlink()
    (frames / "3_0.bmp").write_bytes(b"BM torn")


def _linked_folder(root: Path, labels: Path, frames: Path, neutral: Path) -> None:
    if sys.platform != "win32":
        place = root.parent / "elsewhere"
        frames.rename(place)
        frames.symlink_to(place)


def _link_to_nothing(root: Path, labels: Path, frames: Path, neutral: Path) -> None:
    if sys.platform != "win32":
        (frames / "8_0.jpg").symlink_to(root / "gone.jpg")


def _bare(labels: Path) -> str:
    return "".join(filter(str.isdigit, labels.stem))


# Some of them are none to the import: the two must agree on which.
_FAULTS: dict[str, _Fault] = {
    "none": lambda root, labels, frames, neutral: None,
    "no labels": lambda root, labels, frames, neutral: labels.unlink(),
    "no frames": lambda root, labels, frames, neutral: shutil.rmtree(frames),
    "no neutral face": lambda root, labels, frames, neutral: neutral.unlink(),
    "semicolons": _semicolons,
    "code 9": _cell(1, 5, "9"),
    "a date for a frame": _cell(1, 0, "999999999998"),
    "a rating of 7": _cell(1, -2, "7"),
    "a judge who changes": _cell(1, 38, "3"),
    "a judge twice": _cell(0, 39, "Abnormal-J1"),
    "a judge without a name": _cell(0, 39, "Abnormal-"),
    "a mean in words": _cell(1, -1, "high"),
    "a wrong mean": _cell(1, -1, "0.5"),
    "a misspelt column": _cell(0, 3, "AU-4"),
    "a row twice": _in_labels(lambda table: table.append(table[1])),
    "a row cut off": _in_labels(lambda table: table[-1].pop()),
    "two groups in the marks": _in_labels(
        lambda table: table[1].__setitem__(37, "1" if table[1][37] == "0" else "0")
    ),
    "the other group": _in_labels(
        lambda table: [row.__setitem__(37, "1" if row[37] == "0" else "0") for row in table[1:]]
    ),
    # Named otherwise than any file of the made-up folders, so that none is its own copy.
    "labels of the other group": lambda root, labels, frames, neutral: shutil.copy(
        labels, root / f"Participant-S{_bare(labels)}TD.csv"
    ),
    "frames of the other group": lambda root, labels, frames, neutral: write_frames(
        root / "more" / f"S{_bare(labels)}TD", [20, 21]
    ),
    "labels twice": lambda root, labels, frames, neutral: shutil.copy(
        labels, root / f"Participant-0{_bare(labels)}.csv"
    ),
    "labels of nobody": lambda root, labels, frames, neutral: labels.rename(root / "all children.csv"),
    "a code that tells the group": lambda root, labels, frames, neutral: labels.rename(
        root / "Participant-TD-3.csv"
    ),
    "a second video": lambda root, labels, frames, neutral: write_frames(
        root / f"S{_bare(labels)}" / "meal", [1, 2]
    ),
    "a frame twice": lambda root, labels, frames, neutral: write_frames(frames, [4], "{:06d}.jpg"),
    "a date for a picture": lambda root, labels, frames, neutral: write_frames(frames, [202401311230]),
    "aligned faces too": lambda root, labels, frames, neutral: write_frames(
        root / "Aligned Faces" / f"S{_bare(labels)}", _FRAMES
    ),
    "bitmaps": _bmp,
    "a torn bitmap": _torn_bmp,
    "a torn picture": lambda root, labels, frames, neutral: (frames / "3_0.jpg").write_bytes(b"\xff\xd8"),
    "a torn neutral face": lambda root, labels, frames, neutral: neutral.write_bytes(b""),
    "a folder neutral/": lambda root, labels, frames, neutral: write_frames(
        root / "neutral", [1], f"Participant-{_bare(labels)}.jpg"
    ),
    "a torn note": lambda root, labels, frames, neutral: (frames / "frames.json").write_text("{"),
    "a note of too many frames": lambda root, labels, frames, neutral: write_manifest(
        frames, FrameFolder(10**12, 30.0)
    ),
    "a note of a newer version": lambda root, labels, frames, neutral: (frames / "frames.json").write_text(
        json.dumps({"format": 99})
    ),
    "a linked folder": _linked_folder,
    "a link to nothing": _link_to_nothing,
}


def _errors(root: Path) -> list[str]:
    try:
        findings = check_dataset(root).findings
    except UserError as error:
        return [str(error)]
    assert all(entry.message.endswith(".") and "\n" not in entry.message for entry in findings)
    return [entry.message for entry in findings if entry.severity is Severity.ERROR]


def _refusal(root: Path, target: Path) -> str | None:
    try:
        import_hrm_folder(root, target, rater="Ada")
    except UserError as error:
        return str(error)
    return None


def _agree(home: Path, children: list[tuple[int, int, str]], fault: str) -> None:
    root = home / "release"
    made = [_child(root, *child) for child in children]
    _FAULTS[fault](root, *made[-1])
    errors, refusal = _errors(root), _refusal(root.resolve(), home / "new")
    if not errors:
        assert refusal is None
    if refusal is not None:
        assert errors, refusal


@pytest.mark.parametrize("layout", range(len(_LAYOUTS)))
@pytest.mark.parametrize("fault", _FAULTS)
def test_every_fault_in_every_layout(tmp_path: Path, fault: str, layout: int) -> None:
    _agree(tmp_path, [(7, layout, "ASD")], fault)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 20), st.integers(0, len(_LAYOUTS) - 1), st.sampled_from(["ASD", "TD"])),
        min_size=2,
        max_size=3,
        unique_by=lambda child: child[0],
    ),
    st.sampled_from(sorted(_FAULTS)),
)
def test_one_fault_among_many_children(children: list[tuple[int, int, str]], fault: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        _agree(Path(os.path.realpath(home)), children, fault)


def test_the_refused_faults_are_refused_and_the_others_not(tmp_path: Path) -> None:
    """Else the agreement above might be that of two that take everything."""
    refused = set()
    for number, fault in enumerate(_FAULTS):
        root = tmp_path / str(number) / "release"
        _FAULTS[fault](root, *_child(root, 7, 1, "ASD"))
        if _refusal(root, root.parent / "new") is not None:
            refused.add(fault)
    assert set(_FAULTS) - refused == {
        "none", "no labels", "no frames", "no neutral face", "a wrong mean", "aligned faces too",
        "bitmaps", "a linked folder",
    }  # fmt: skip
