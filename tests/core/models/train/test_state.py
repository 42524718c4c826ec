"""A checkpoint is there whole or as it was before, and what it holds comes back bit by bit."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from hrm_core.errors import InvalidFileError
from hrm_core.models.train import state
from hrm_core.models.train.state import read_state, write_state


def values(seed: int) -> dict[str, object]:
    draw = torch.Generator().manual_seed(seed)
    return {"model": {"w": torch.randn(300, 40, generator=draw)}, "epoch": seed, "history": [{"loss": 0.1}]}


def path_in(tmp_path: Path) -> Path:
    return tmp_path / "my run" / "fold-1" / "last.ckpt"


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = path_in(tmp_path)
    assert read_state(path) is None
    write_state(path, values(1))
    found = read_state(path)
    assert found is not None
    assert torch.equal(found["model"]["w"], values(1)["model"]["w"])  # type: ignore[index]
    assert (found["epoch"], found["history"]) == (1, [{"loss": 0.1}])
    assert [each.name for each in path.parent.iterdir()] == ["last.ckpt"]


@pytest.mark.parametrize("room", [0, 20_000])
def test_a_full_disk_leaves_the_checkpoint_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    path = path_in(tmp_path)
    write_state(path, values(1))
    before = path.read_bytes()

    class Full(state._Remembering):
        def __init__(self, file: io.BufferedWriter) -> None:
            super().__init__(file)
            self.left = room

        def write(self, data: memoryview, /) -> int:
            self.left -= len(data)
            if self.left < 0:
                self.problem = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                raise self.problem
            return super().write(data)

    monkeypatch.setattr(state, "_Remembering", Full)
    with pytest.raises(InvalidFileError, match=r"No space left on device.*--resume my run\.$") as caught:
        write_state(path, values(2))
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["last.ckpt"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of the size of files")
def test_a_disk_that_really_refuses_is_one_sentence(tmp_path: Path) -> None:
    path = path_in(tmp_path)
    script = """
import resource, signal, sys
from pathlib import Path
import torch
from hrm_core.errors import InvalidFileError
from hrm_core.models.train.state import write_state
path = Path(sys.argv[1])
write_state(path, {"w": torch.zeros(10)})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    write_state(path, {"w": torch.zeros(100_000)})
except InvalidFileError as error:
    print(error)
"""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(path)], capture_output=True, text=True, timeout=120
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "could not be written (File too large)" in ran.stdout
    found = read_state(path)
    assert found is not None
    assert torch.equal(found["w"], torch.zeros(10))


def test_a_damaged_checkpoint_is_told(tmp_path: Path) -> None:
    path = path_in(tmp_path)
    write_state(path, values(1))
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InvalidFileError, match="cannot be read: remove it, and the fold begins anew"):
        read_state(path)


def test_code_in_a_checkpoint_does_not_run(tmp_path: Path) -> None:
    path = path_in(tmp_path)
    path.parent.mkdir(parents=True)
    touched = tmp_path / "touched"

    class Harmful:
        def __reduce__(self) -> tuple[object, tuple[object, ...]]:
            return (Path.touch, (touched,))

    torch.save({"model": Harmful()}, path)
    with pytest.raises(InvalidFileError):
        read_state(path)
    assert not touched.exists()
