"""Feature files hold what was found, are read by other programs, and are documented column by column."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.errors import InvalidFileError
from hrm_core.faces.child import as_kept
from hrm_core.faces.feature_file import FORMAT, FeatureNote, read_features, write_features
from hrm_core.records.face import Face, FrameFaces
from tests.support.programs import ROOT

NOTE = FeatureNote("yunet", "abc", 9, 640, 360, {"a.onnx": "0" * 64}, {"least score": "0.6"}, True)


def _face(rng: np.random.Generator, *, full: bool = True) -> Face:
    box = rng.uniform(0, 300, 4)
    if not full:
        return as_kept(Face(box, 0.7))
    shapes = ((5, 2), (106, 2), (68, 3), (3,), (4, 2))
    return as_kept(Face(box, float(rng.random()), *(rng.normal(200, 90, shape) for shape in shapes)))


def _frames(rng: np.random.Generator, numbers: list[int]) -> list[FrameFaces]:
    frames = []
    for place, number in enumerate(numbers):
        faces = tuple(_face(rng, full=bool(rng.integers(2))) for _ in range(place % 4))
        target = int(rng.integers(len(faces))) if faces and place % 3 else None
        cuts = (
            (rng.normal(size=(2, 3)), (float(place - 4), 5.0, 80.0)) if target is not None else (None, None)
        )
        frames.append(FrameFaces(number, number / 25, faces, target, *cuts))
    return frames


def _assert_same(one: FrameFaces, other: FrameFaces) -> None:
    assert (one.frame, one.time_s, one.target, one.crop) == (
        other.frame,
        other.time_s,
        other.target,
        other.crop,
    )
    assert len(one.faces) == len(other.faces)
    pairs = [(one.alignment, other.alignment)]
    for face, again in zip(one.faces, other.faces, strict=True):
        assert face.score == again.score
        pairs += [(getattr(face, name), getattr(again, name)) for name in ("box", "five", "points_2d")]
        pairs += [(getattr(face, name), getattr(again, name)) for name in ("points_3d", "pose", "eyes")]
    for wanted, got in pairs:
        assert (wanted is None) == (got is None)
        assert wanted is None or np.array_equal(wanted, got)


@pytest.mark.slow
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 9000), unique=True, max_size=12).map(sorted))
def test_what_is_written_comes_back(
    tmp_path_factory: pytest.TempPathFactory, seed: int, numbers: list[int]
) -> None:
    path = tmp_path_factory.mktemp("features") / "脸 1.parquet"
    frames = _frames(np.random.default_rng(seed), numbers)
    write_features(path, NOTE, frames)
    note, again = read_features(path)
    assert note == NOTE
    assert len(again) == len(frames)
    for one, other in zip(frames, again, strict=True):
        _assert_same(one, other)


def _documented() -> dict[str, str]:
    """Columns of the table in the documentation, the dots filled in, with their types."""
    text = (ROOT / "docs" / "face-features.md").read_text(encoding="utf-8")
    table = text.split("## Columns")[1].split("\n\n")[1]
    found: dict[str, str] = {}
    for line in table.splitlines()[2:]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        names = re.findall(r"`([a-z0-9_]+)`", cells[0])
        if "…" in cells[0]:
            # One name an axis before the dots, the last number behind them.
            begin = re.findall(r"`([a-z0-9_]+)`", cells[0].split("…")[0])
            group, last, _ = names[-1].split("_")
            axes = [name.rpartition("_")[2] for name in begin]
            names = [f"{group}_{place}_{axis}" for place in range(int(last) + 1) for axis in axes]
        found.update(dict.fromkeys(names, cells[1]))
    return found


def test_the_documentation_names_exactly_the_columns_that_are_written(tmp_path: Path) -> None:
    """Read by pyarrow, which does not know our code."""
    frames = _frames(np.random.default_rng(1), [0, 1, 2, 5])
    full = FrameFaces(7, 0.3, (_face(np.random.default_rng(2)),), 0)
    write_features(tmp_path / "x.parquet", NOTE, [*frames, full])
    schema = pq.read_schema(tmp_path / "x.parquet")
    names = {"float": "float32", "double": "float64"}
    written = {entry.name: names.get(str(entry.type), str(entry.type)) for entry in schema}
    assert written == _documented()


def test_the_documentation_names_every_key_of_the_note(tmp_path: Path) -> None:
    write_features(tmp_path / "x.parquet", NOTE, [])
    note = json.loads(pq.read_schema(tmp_path / "x.parquet").metadata[b"hrm_faces"])
    text = (ROOT / "docs" / "face-features.md").read_text(encoding="utf-8")
    table = text.split("## The note")[1].split("\n\n")[2]
    documented = {
        name for line in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert documented == note.keys()
    assert note["format"] == FORMAT
    assert f'"{FORMAT}"' in table


def test_another_program_reads_the_same_numbers(tmp_path: Path) -> None:
    frames = _frames(np.random.default_rng(3), list(range(9)))
    write_features(tmp_path / "x.parquet", NOTE, frames)
    rows = pq.read_table(tmp_path / "x.parquet").to_pylist()
    assert len(rows) == sum(max(1, len(entry.faces)) for entry in frames)
    mine = [row for row in rows if row["child"]]
    theirs = [entry for entry in frames if entry.child is not None]
    for row, entry in zip(mine, theirs, strict=True):
        assert entry.child is not None
        assert entry.alignment is not None
        assert row["frame"] == entry.frame
        assert [row[name] for name in ("left", "top", "right", "bottom")] == entry.child.box.tolist()
        assert [row[f"align_{r}{c}"] for r in range(2) for c in range(3)] == entry.alignment.ravel().tolist()


def test_groups_that_no_face_has_are_left_out(tmp_path: Path) -> None:
    write_features(tmp_path / "x.parquet", NOTE, [FrameFaces(0, 0.0, (Face(np.arange(4.0), 0.5),), 0)])
    names = pq.read_schema(tmp_path / "x.parquet").names
    assert not [name for name in names if name.startswith(("five_", "p68_", "p106_", "eyes_", "pitch"))]


def test_files_that_are_not_ours_are_refused(tmp_path: Path) -> None:
    import pyarrow as pa

    path = tmp_path / "x.parquet"
    with pytest.raises(InvalidFileError, match="make it with hrm extract faces"):
        read_features(path)
    path.write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(InvalidFileError, match="cannot be read"):
        read_features(path)
    pq.write_table(pa.table({"frame": [1, 2]}), path)
    with pytest.raises(InvalidFileError, match="another program"):
        read_features(path)
    metadata = {b"hrm_faces": json.dumps({"format": "hrm-faces 9"}).encode()}
    pq.write_table(pa.table({"frame": [1]}).replace_schema_metadata(metadata), path)
    with pytest.raises(InvalidFileError, match=r"'hrm-faces 9'.* update the program"):
        read_features(path)
    write_features(path, NOTE, _frames(np.random.default_rng(0), [0, 1, 2]))
    whole = path.read_bytes()
    for cut in (0, 7, len(whole) // 2, len(whole) - 3):
        path.write_bytes(whole[:cut])
        with pytest.raises(InvalidFileError):
            read_features(path)
