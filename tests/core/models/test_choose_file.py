"""The file that is run is the first there is that can be run here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hrm_core.errors import NotFoundError
from hrm_core.models import open_runner
from hrm_core.models.libraries import MissingLibraryError
from hrm_core.models.open_runner import choose_file
from hrm_core.models.registered import RegisteredWeights
from tests.support.tiny_network import tiny_card

ALL = RegisteredWeights(tiny_card(), Path("t.pth"), "c", Path("t.onnx"), "o", Path("t-fp16.onnx"), "h")
NONE = RegisteredWeights(tiny_card(), None, None, None, None, None, None)
ONLY_TORCH = replace(NONE, checkpoint=Path("t.pth"), checkpoint_sha256="c")
ONLY_ONNX = replace(NONE, onnx=Path("t.onnx"), onnx_sha256="o")


def installed(monkeypatch: pytest.MonkeyPatch, *, onnxruntime: bool, torch: bool) -> None:
    monkeypatch.setattr(open_runner, "has_onnxruntime", lambda: onnxruntime)
    monkeypatch.setattr(open_runner, "has_torch", lambda: torch)


def test_the_onnx_file_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, onnxruntime=True, torch=True)
    assert (choose_file(ALL).by, choose_file(ALL).sha256) == ("onnx", "o")
    assert choose_file(ALL).same_weights == {"o", "c"}
    assert choose_file(ALL, "torch").path == Path("t.pth")
    assert choose_file(ALL, "half").same_weights == {"h"}
    assert choose_file(ONLY_TORCH).by == "torch"
    # Half precision gives other numbers, so it comes after both.
    assert choose_file(replace(ALL, onnx=None, onnx_sha256=None)).by == "torch"


def test_without_onnx_runtime_the_checkpoint_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, onnxruntime=False, torch=True)
    assert choose_file(ALL).by == "torch"
    with pytest.raises(MissingLibraryError, match=r"ONNX Runtime, which is not installed: .*\[predict\]"):
        choose_file(ONLY_ONNX)


def test_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, onnxruntime=True, torch=False)
    assert choose_file(ALL).by == "onnx"
    with pytest.raises(MissingLibraryError, match=r"PyTorch, which is not installed: .*\[train\]"):
        choose_file(ONLY_TORCH)
    with pytest.raises(NotFoundError, match="are not on this computer: add them with hrm models add tiny"):
        choose_file(NONE)
    with pytest.raises(NotFoundError, match="hrm models export tiny"):
        choose_file(ONLY_TORCH, "onnx")
    with pytest.raises(NotFoundError, match="no checkpoint of tiny"):
        choose_file(ONLY_ONNX, "torch")
    installed(monkeypatch, onnxruntime=False, torch=False)
    with pytest.raises(MissingLibraryError, match=r"\[predict\]"):
        choose_file(ALL)


def test_another_landmark_network_is_other_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, onnxruntime=True, torch=True)
    one, other = (replace(ONLY_TORCH, landmarks=Path("fan.pth"), landmarks_sha256=sha) for sha in ("f", "g"))
    assert choose_file(one).sha256 == "c+f"
    assert not choose_file(one).same_weights & choose_file(other).same_weights
