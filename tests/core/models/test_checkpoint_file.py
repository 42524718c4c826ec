"""Opening files of weights: what is found in them, and that nothing in them runs."""

from __future__ import annotations

import argparse
import io
import os
import pickle
import struct
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from hrm_core.errors import Cancelled, InvalidFileError, NotFoundError
from hrm_core.models.checkpoint_file import open_checkpoint
from hrm_core.progress import CancelToken
from tests.support.checkpoint_files import saved

WEIGHTS = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.ones(2)}


class Trap:
    """Makes a file where it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return os.mkdir, (str(self.target),)


def found(path: Path) -> str:
    file = open_checkpoint(path)
    assert file.weights.keys() == WEIGHTS.keys()
    assert all(torch.equal(file.weights[key], value) for key, value in WEIGHTS.items())
    return file.wrapping


def prefixed(prefix: str) -> dict[str, torch.Tensor]:
    return {prefix + key: value for key, value in WEIGHTS.items()}


@pytest.mark.parametrize(
    ("held", "wrapping"),
    [
        (WEIGHTS, "bare"),
        ({"model": WEIGHTS, "epoch": 3}, "model"),
        ({"state_dict": WEIGHTS, "optimizer": {"state": {}, "param_groups": [{"lr": 1e-3}]}}, "state_dict"),
        ({"model_state_dict": WEIGHTS, "scaler": {"scale": 65536.0}}, "model_state_dict"),
        (prefixed("module."), "bare, with prefix module."),
        ({"state_dict": prefixed("module.")}, "state_dict, with prefix module."),
        (
            {"model": {"state_dict": prefixed("module.module.")}},
            "model > state_dict, with prefix module.module.",
        ),
        # What a script calls its model beside the weights of it.
        ({"model": {"name": "resnet50", "depth": 50}, "state_dict": WEIGHTS}, "state_dict"),
        ({"model": prefixed("module._orig_mod.")}, "model, with prefix module._orig_mod."),
        ({key: torch.nn.Parameter(value) for key, value in WEIGHTS.items()}, "bare"),
        ({"model": WEIGHTS, "args": argparse.Namespace(lr=0.1, device=torch.device("cpu"))}, "model"),
        ({"model": WEIGHTS, "best_f1": np.float64(0.5), "n": np.int64(3), "ok": np.bool_(True)}, "model"),
    ],
)
@pytest.mark.parametrize("zipped", [True, False])
def test_weights_are_found_in_each_wrapping(tmp_path: Path, held: Any, wrapping: str, zipped: bool) -> None:
    path = tmp_path / "a.pth"
    torch.save(held, path, _use_new_zipfile_serialization=zipped)
    assert found(path) == wrapping


def test_a_number_by_the_first_numpy_is_nothing_to_fear(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", {"model": WEIGHTS, "best": np.float64(0.5)})
    older = tmp_path / "older.pth"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(older, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith("data.pkl"):
                assert b"numpy._core.multiarray" in content
                content = content.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
            new.writestr(entry.filename, content)
    assert found(older) == "model"


def test_only_a_leading_prefix_is_taken_off(tmp_path: Path) -> None:
    held = {"module.a.module.b": torch.ones(1), "module.c": torch.ones(1)}
    assert open_checkpoint(saved(tmp_path / "a.pth", held)).weights.keys() == {"a.module.b", "c"}


def test_weights_of_another_device_come_to_this_one(tmp_path: Path) -> None:
    """A file that says ``cuda:0`` of its numbers, as one from a GPU does."""
    path, other = saved(tmp_path / "a.pth", WEIGHTS), tmp_path / "b.pth"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith("data.pkl"):
                cpu = b"X" + struct.pack("<I", 3) + b"cpu"
                assert cpu in content
                content = content.replace(cpu, b"X" + struct.pack("<I", 6) + b"cuda:0")
            new.writestr(entry.filename, content)
    assert found(other) == "bare"


def test_an_encrypted_archive_is_told(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", WEIGHTS)
    content = bytearray(path.read_bytes())
    content[content.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(InvalidFileError, match="damaged or cut off"):
        open_checkpoint(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_what_may_never_end_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidFileError, match="no ordinary file"):
        open_checkpoint(tmp_path / "pipe")


def traps(target: Path) -> dict[str, Any]:
    return {
        "bare": Trap(target),
        "beside": {"model": WEIGHTS, "hook": Trap(target)},
        "in args": {"model": WEIGHTS, "args": argparse.Namespace(callback=Trap(target))},
        "among": {**WEIGHTS, "b": Trap(target)},
    }


@pytest.mark.parametrize("kind", ["bare", "beside", "in args", "among"])
@pytest.mark.parametrize("way", ["zip", "old", "pickle"])
def test_a_program_in_a_file_is_refused_and_does_not_run(tmp_path: Path, kind: str, way: str) -> None:
    target, path = tmp_path / "sprung", tmp_path / "a.pth"
    if way == "pickle":
        held = traps(target)[kind]
        if isinstance(held, dict):
            held = {key: value for key, value in held.items() if key not in {"model", *WEIGHTS}}
        path.write_bytes(pickle.dumps(held, protocol=4))
    else:
        torch.save(traps(target)[kind], path, _use_new_zipfile_serialization=way == "zip")
    with pytest.raises(InvalidFileError, match=r"a\.pth") as caught:
        open_checkpoint(path)
    assert not target.exists()
    assert "\n" not in str(caught.value)
    if way != "pickle":
        assert "mkdir" in str(caught.value)
        assert "could run a program" in str(caught.value)
        # The trap is a true one: it springs for whoever trusts the file.
        torch.load(path, weights_only=False)
        assert target.is_dir()


def test_a_file_cannot_make_numpy_build_anything(tmp_path: Path) -> None:
    """A dtype and a scalar are named in files; what is made of them must not be NumPy's."""
    path = saved(tmp_path / "a.pth", {"model": WEIGHTS, "x": np.float64(1), "y": np.dtype([("a", "O")])})
    assert found(path) == "model"
    held = {"model": WEIGHTS, "x": np.array([1.0])}
    with pytest.raises(InvalidFileError, match=r"_reconstruct\), which could run"):
        open_checkpoint(saved(tmp_path / "b.pth", held))


def test_what_is_allowed_is_allowed_for_one_file_only(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", {"model": WEIGHTS, "args": argparse.Namespace(a=1)})
    before = set(torch.serialization.get_safe_globals())
    threads = [threading.Thread(target=found, args=(path,)) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert set(torch.serialization.get_safe_globals()) == before
    with pytest.raises(pickle.UnpicklingError):
        torch.load(path, weights_only=True)


def test_a_whole_network_is_no_file_of_weights(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", torch.nn.Linear(2, 2))
    with pytest.raises(InvalidFileError, match="more than weights"):
        open_checkpoint(path)


def written(tmp_path: Path, kind: str) -> Path:
    """A file, synthetic, that is none of weights."""
    path = tmp_path / "a.pth"
    whole = io.BytesIO()
    torch.save({"model": {**WEIGHTS, "b": torch.ones(5000)}}, whole)
    content = whole.getvalue()
    old = io.BytesIO()
    torch.save(WEIGHTS, old, _use_new_zipfile_serialization=False)
    middle = content.index(struct.pack("<4f", 1, 1, 1, 1)) + 64
    contents = {
        "empty": b"",
        "cut": content[: len(content) // 2],
        "cut old": old.getvalue()[:-20],
        "cut in the pickle": old.getvalue()[:60],
        "damaged": content[:middle] + b"\0\0\0\0" + content[middle + 4 :],
        "text": b"<!DOCTYPE html><html>404</html>",
        "short": b"\x80",
        "list": pickle.dumps([1, 2]),
    }
    if kind in contents:
        path.write_bytes(contents[kind])
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.txt", "nothing")
    elif kind == "packed":
        with (
            zipfile.ZipFile(io.BytesIO(content)) as old_zip,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for entry in old_zip.infolist():
                archive.writestr(entry.filename, old_zip.read(entry))
    else:
        path.mkdir()
    return path


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("empty", "is empty"),
        ("cut", "damaged or cut off"),
        ("cut old", "damaged or cut off"),
        ("cut in the pickle", "damaged or cut off"),
        ("damaged", "damaged or cut off"),
        ("text", "no file that PyTorch saved"),
        ("short", "damaged or cut off"),
        ("list", "damaged or cut off"),
        ("zip", "a zip archive but holds no weights"),
        ("packed", "packed anew by another program"),
        ("folder", "is a folder"),
    ],
)
def test_what_is_no_file_of_weights_is_told_in_a_sentence(tmp_path: Path, kind: str, said: str) -> None:
    with pytest.raises(InvalidFileError, match=said) as caught:
        open_checkpoint(written(tmp_path, kind))
    assert str(tmp_path / "a.pth") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"There is no file .*none\.pth"):
        open_checkpoint(tmp_path / "none.pth")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="the owner may always read")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", WEIGHTS)
    path.chmod(0)
    with pytest.raises(InvalidFileError, match="allow reading it"):
        open_checkpoint(path)


def looped() -> dict[str, Any]:
    held: dict[str, Any] = {}
    held["model"] = held
    return held


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({"epoch": 3, "optimizer": {}}, "holds no weights but entries called epoch, optimizer"),
        ({}, "holds no weights but an empty list"),
        ({"model": {}}, "holds no weights but an empty list"),
        (torch.ones(3), "holds no weights but a value of type Tensor"),
        ({**WEIGHTS, "epoch": 3}, "'epoch' lies among the weights and is none, but a value of type int"),
        ({**WEIGHTS, 7: torch.ones(1)}, "7 lies among the weights"),
        ({"model": WEIGHTS, "state_dict": WEIGHTS}, "twice, under model and state_dict"),
        ({**WEIGHTS, **prefixed("module.")}, "twice, with and without the prefix"),
        (looped(), "holds no weights"),
    ],
)
def test_a_file_without_plain_weights_is_refused(tmp_path: Path, held: Any, said: str) -> None:
    with pytest.raises(InvalidFileError, match=said) as caught:
        open_checkpoint(saved(tmp_path / "a.pth", held))
    assert "\n" not in str(caught.value)


def test_a_file_saved_without_checksums_is_read(tmp_path: Path) -> None:
    before = torch.serialization.get_crc32_options()
    torch.serialization.set_crc32_options(False)
    try:
        path = saved(tmp_path / "a.pth", WEIGHTS)
    finally:
        torch.serialization.set_crc32_options(before)
    assert found(path) == "bare"


def test_checking_a_file_can_be_stopped(tmp_path: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        open_checkpoint(saved(tmp_path / "a.pth", WEIGHTS), cancel=cancel)
