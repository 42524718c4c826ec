"""Weights are there whole or not at all, and what is wrong with them is named."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hrm_core.errors import Cancelled, InvalidFileError
from hrm_core.models.card import WeightFile
from hrm_core.models.weights import (
    RECORD_FILE,
    WeightRecord,
    WeightsError,
    WeightStore,
    sha256_of,
    write_record,
)
from hrm_core.progress import CancelToken
from tests.support.small_models import MEMBERS, SINGLE, sha256


def record_of(name: str, files: dict[str, bytes]) -> WeightRecord:
    listed = tuple(WeightFile(file, len(content), sha256(content)) for file, content in files.items())
    return WeightRecord(
        name, "detector", "一个", "Test-1.0", "", "2026-01-02T03:04:05+00:00", "a", True, True, listed
    )


def keep(store: WeightStore, name: str, files: dict[str, bytes]) -> WeightRecord:
    record = record_of(name, files)
    with store.incoming(name) as folder:
        for file, content in files.items():
            (folder / file).write_bytes(content)
        write_record(folder, record)
    return record


def test_what_was_kept_is_found_again(tmp_path: Path) -> None:
    store = WeightStore(tmp_path / "weights")
    assert (store.names(), store.record("pack")) == ([], None)
    record = keep(store, "pack", MEMBERS)
    assert store.record("pack") == record
    assert store.names() == ["pack"]
    assert store.flaw(record, hashes=True) == ""
    assert store.path_of(record) == tmp_path / "weights" / "pack"


def test_a_failure_leaves_what_was_there_before(tmp_path: Path) -> None:
    store = WeightStore(tmp_path)
    record = keep(store, "pack", MEMBERS)

    def fail() -> None:
        with store.incoming("pack") as folder:
            (folder / "det.onnx").write_bytes(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(WeightsError, match=r"No space left on device.*make room"):
        fail()
    assert store.record("pack") == record
    assert store.flaw(record, hashes=True) == ""
    assert list((tmp_path / ".incoming").iterdir()) == []


def test_what_cannot_take_its_place_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = WeightStore(tmp_path)
    record = keep(store, "pack", MEMBERS)
    replace = Path.replace

    def busy(path: Path, target: Path) -> Path:
        if path == tmp_path / ".incoming" / "pack":
            raise PermissionError(13, "The file is in use")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", busy)
    with pytest.raises(WeightsError, match="in use"):
        keep(store, "pack", {"single.onnx": SINGLE})
    assert store.record("pack") == record
    assert store.flaw(record, hashes=True) == ""


def test_new_weights_replace_old_ones_whole(tmp_path: Path) -> None:
    store = WeightStore(tmp_path)
    keep(store, "pack", MEMBERS)
    record = keep(store, "pack", {"single.onnx": SINGLE})
    assert {path.name for path in (tmp_path / "pack").iterdir()} == {"single.onnx", RECORD_FILE}
    assert store.flaw(record, hashes=True) == ""


def test_what_a_killed_program_left_is_in_nobodys_way(tmp_path: Path) -> None:
    store = WeightStore(tmp_path)
    for left in ("pack", "pack.old"):
        (tmp_path / ".incoming" / left).mkdir(parents=True)
        (tmp_path / ".incoming" / left / "strange.onnx").write_bytes(b"x")
    assert store.names() == []
    record = keep(store, "pack", MEMBERS)
    assert store.flaw(record, hashes=True) == ""


def test_what_was_moved_away_when_a_program_was_killed_comes_back(tmp_path: Path) -> None:
    store = WeightStore(tmp_path)
    record = keep(store, "pack", MEMBERS)
    (tmp_path / "pack").rename(tmp_path / ".incoming" / "pack.old")

    def fail() -> None:
        with store.incoming("pack"):
            raise OSError(28, "No space left on device")

    with pytest.raises(WeightsError, match="make room"):
        fail()
    assert store.record("pack") == record
    assert store.flaw(record, hashes=True) == ""


# Adds a model and waits in the middle of it.
ADDING = """
import sys, time
from pathlib import Path
from hrm_core.models.weights import WeightStore

with WeightStore(Path(sys.argv[1])).incoming("pack") as folder:
    (folder / "half.onnx").write_bytes(bytes(1000))
    print("adding", flush=True)
    time.sleep(600)
"""


def test_two_programs_do_not_mix_their_files_and_a_killed_one_is_in_nobodys_way(tmp_path: Path) -> None:
    store = WeightStore(tmp_path)
    record = keep(store, "pack", MEMBERS)
    other = subprocess.Popen([sys.executable, "-c", ADDING, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "adding\n"
        with pytest.raises(WeightsError, match="Another program is adding or removing pack right now"):
            keep(store, "pack", {"single.onnx": SINGLE})
        with pytest.raises(WeightsError, match="Another program"):
            store.remove("pack")
        assert (tmp_path / ".incoming" / "pack" / "half.onnx").exists()
        keep(store, "another", {"single.onnx": SINGLE})
    finally:
        other.kill()
        other.communicate()
    assert store.flaw(record, hashes=True) == ""
    # What it left is freed with the model.
    assert store.remove("pack") > sum(map(len, MEMBERS.values())) + 1000
    assert list((tmp_path / ".incoming").iterdir()) == []
    keep(store, "pack", MEMBERS)


def test_each_kind_of_damage_is_named(tmp_path: Path) -> None:
    store = WeightStore(tmp_path)
    record = keep(store, "pack", MEMBERS)
    path = tmp_path / "pack" / "det.onnx"
    path.write_bytes(bytes(len(MEMBERS["det.onnx"])))
    assert store.flaw(record) == ""
    assert store.flaw(record, hashes=True) == "the content of det.onnx has changed"
    path.write_bytes(MEMBERS["det.onnx"][:-1])
    assert store.flaw(record) == "det.onnx has 69999 bytes instead of 70000"
    path.unlink()
    assert store.flaw(record) == "det.onnx is missing"
    path.write_bytes(MEMBERS["det.onnx"])
    (tmp_path / "pack" / "w600k_r50.onnx").write_bytes(b"x")
    assert store.flaw(record) == "w600k_r50.onnx does not belong there"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", 2),
        ("name", "other"),
        ("licence", None),
        ("pack", "yes"),
        ("files", []),
        ("files", [{"name": "../x.onnx", "size_bytes": 1, "sha256": "0" * 64}]),
        ("files", [{"name": 7, "size_bytes": 1, "sha256": "0" * 64}]),
        ("files", [{"name": "x.onnx", "size_bytes": "1", "sha256": "0" * 64}]),
        ("files", [{"name": "x.onnx", "size_bytes": 1, "sha256": 5}]),
        ("files", [{"name": "x.onnx"}]),
        ("files", 3),
    ],
)
def test_a_damaged_record_is_told(tmp_path: Path, key: str, value: object) -> None:
    store = WeightStore(tmp_path)
    keep(store, "pack", MEMBERS)
    path = tmp_path / "pack" / RECORD_FILE
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {key: value}))
    with pytest.raises(InvalidFileError, match=RECORD_FILE):
        store.record("pack")


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff\xfe", b"null"])
def test_a_record_that_is_none_is_told(tmp_path: Path, text: bytes) -> None:
    store = WeightStore(tmp_path)
    keep(store, "pack", MEMBERS)
    (tmp_path / "pack" / RECORD_FILE).write_bytes(text)
    with pytest.raises(InvalidFileError, match="cannot be read"):
        store.record("pack")


def test_removing_says_what_is_free_again(tmp_path: Path) -> None:
    store = WeightStore(tmp_path)
    keep(store, "pack", MEMBERS)
    assert store.remove("pack") > sum(map(len, MEMBERS.values()))
    assert store.names() == []
    assert not (tmp_path / "pack").exists()
    assert store.remove("pack") == 0


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WeightsError, match=r"cannot be written \(Not a directory\): allow writing"):
        keep(WeightStore(tmp_path / "file"), "pack", MEMBERS)


def test_checking_can_be_stopped(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(SINGLE)
    assert sha256_of(tmp_path / "x") == sha256(SINGLE)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        sha256_of(tmp_path / "x", cancel=cancel)
