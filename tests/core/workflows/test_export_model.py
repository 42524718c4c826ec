"""``hrm models export``: from kept weights to an ONNX file that can be passed on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from hrm_core import __version__
from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.models import onnx_export
from hrm_core.models.open_runner import open_runner
from hrm_core.models.parity import Parity, ParityError
from hrm_core.models.registered import registered_weights
from hrm_core.models.runners import OnnxRunner
from hrm_core.models.weights import WeightsError, sha256_of
from hrm_core.workflows.export_model import export_model
from hrm_core.workflows.look_at_models import model_card, weight_store
from tests.core.cli.conftest import Hrm, hrm  # noqa: F401 - a fixture
from tests.support.onnx_networks import frames, gru, gru_onnx, one_thread, remembered_trace  # noqa: F401 - a fixture
from tests.support.registered_networks import register


@pytest.fixture(autouse=True)
def _traced(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("slow") is None:
        monkeypatch.setattr(onnx_export, "_traced", remembered_trace)


def kept() -> list[str]:
    """Names of all that lies in the folder of weights."""
    root = weight_store().root
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_the_file_is_kept_beside_the_weights_and_copied_where_asked(tmp_path: Path) -> None:
    weights = register("gru", gru())
    exported = export_model("gru", to=tmp_path / "new" / "mine.onnx")
    assert kept() == ["gru/gru.onnx", "gru/gru.pth", "gru/record.json"]
    assert exported.copy is not None
    assert exported.copy.read_bytes() == exported.path.read_bytes()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["mine.onnx"]
    assert exported.sha256 == sha256_of(exported.path)
    assert exported.weights_sha256 == weights.checkpoint_sha256
    found = registered_weights(weight_store(), model_card("gru"))
    assert (found.onnx, found.onnx_sha256) == (exported.path, exported.sha256)
    runner = open_runner(found)
    assert isinstance(runner, OnnxRunner)
    assert np.abs(runner.run(frames(2)) - open_runner(found, "torch").run(frames(2))).max() < 1e-5


def test_the_file_says_what_it_is_of_and_on_which_terms(tmp_path: Path) -> None:
    sha256 = register("gru", gru()).checkpoint_sha256
    card = model_card("gru")
    assert card.network is not None
    session = onnxruntime.InferenceSession(
        export_model("gru").path.read_bytes(), providers=["CPUExecutionProvider"]
    )
    assert session.get_modelmeta().custom_metadata_map == {
        "hrm_card": "gru",
        "hrm_architecture": "gru",
        "hrm_actions": ",".join(card.network.actions),
        "hrm_weights_sha256": sha256,
        "hrm_input_size": "15",
        "hrm_activation": "none",
        "hrm_licence": "CC BY-NC-SA 4.0, https://creativecommons.org/licenses/by-nc-sa/4.0/",
        "hrm_population": card.network.population,
        "hrm_limits": " ".join(card.network.limits),
        "hrm_precision": "float32",
        "hrm_program": f"HRM Annotator {__version__}",
    }


def test_half_precision_is_kept_under_a_name_of_its_own() -> None:
    register("gru", gru())
    whole, half = export_model("gru"), export_model("gru", half=True)
    assert kept() == ["gru/gru-fp16.onnx", "gru/gru.onnx", "gru/gru.pth", "gru/record.json"]
    assert half.half
    assert half.size_bytes < 0.53 * whole.size_bytes
    found = registered_weights(weight_store(), model_card("gru"))
    assert open_runner(found, "half").ran_on.endswith("half precision")


def test_a_file_in_the_way_is_replaced_only_by_force(tmp_path: Path) -> None:
    register("gru", gru())
    target = tmp_path / "mine.onnx"
    target.write_text("something else")
    with pytest.raises(ProjectError, match=r"mine\.onnx already: .*--force"):
        export_model("gru", to=target)
    with pytest.raises(ProjectError, match="is a folder: name the file in it"):
        export_model("gru", to=tmp_path, force=True)
    store = tmp_path / "labels.sqlite"
    store.write_bytes(b"SQLite format 3")
    with pytest.raises(ProjectError, match=r"labels\.sqlite must end in \.onnx"):
        export_model("gru", to=store, force=True)
    assert store.read_bytes() == b"SQLite format 3"
    assert kept() == ["gru/gru.pth", "gru/record.json"]
    assert target.read_text() == "something else"
    exported = export_model("gru", to=target, force=True)
    assert sha256_of(target) == exported.sha256


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    register("gru", gru())
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(WeightsError, match="cannot be written"):
        export_model("gru", to=tmp_path / "file" / "mine.onnx")
    assert kept() == ["gru/gru.pth", "gru/record.json"]


def test_a_full_disk_leaves_all_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register("gru", gru())
    true_copy = shutil.copyfile

    def full(source: Path, target: Path) -> None:
        true_copy(source, target)
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(WeightsError, match="make room on that disk"):
        export_model("gru", to=tmp_path / "mine.onnx")
    assert kept() == ["gru/gru.pth", "gru/record.json"]
    assert list(tmp_path.glob("*.onnx")) + list(tmp_path.glob(".*.part")) == []


def test_other_numbers_than_those_of_pytorch_are_not_kept() -> None:
    register("gru", gru(gain=1.5))
    with pytest.raises(ParityError, match="gives other numbers than PyTorch"):
        export_model("gru")
    assert kept() == ["gru/gru.pth", "gru/record.json"]


def test_what_an_earlier_stop_left_is_cleared_away() -> None:
    register("gru", gru())
    left, running = (weight_store().root / ".exporting" / name for name in ("gru-old", "gru-running"))
    for folder in (left, running):
        folder.mkdir(parents=True)
        (folder / "gru.onnx").write_bytes(b"half of it")
    os.utime(left, (0, 0))
    export_model("gru")
    # What another run is about to write is its own.
    assert kept() == [".exporting/gru-running/gru.onnx", "gru/gru.onnx", "gru/gru.pth", "gru/record.json"]


def test_two_runs_at_once_keep_both_files(monkeypatch: pytest.MonkeyPatch) -> None:
    register("gru", gru())
    # Made first, because making it compares as well.
    gru_onnx()
    compare = onnx_export.check_parity

    def meanwhile(*args: Any, **options: Any) -> Parity:
        monkeypatch.setattr(onnx_export, "check_parity", compare)
        export_model("gru", half=True)
        return compare(*args, **options)

    monkeypatch.setattr(onnx_export, "check_parity", meanwhile)
    export_model("gru")
    assert kept() == ["gru/gru-fp16.onnx", "gru/gru.onnx", "gru/gru.pth", "gru/record.json"]


def test_a_place_that_refuses_is_told_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register("gru", gru())
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(onnx_export, "_traced", None)
    with pytest.raises(WeightsError, match=r"mine\.onnx cannot be written: allow writing"):
        export_model("gru", to=tmp_path / "mine.onnx")


def test_what_cannot_be_exported_is_told_in_one_sentence() -> None:
    with pytest.raises(NotFoundError, match=r"no checkpoint of bilstm .*hrm models add bilstm"):
        export_model("bilstm")
    with pytest.raises(ProjectError, match="yunet finds faces"):
        export_model("yunet")
    with pytest.raises(ProjectError, match="what training begins from"):
        export_model("mae_face_pretrained")
    with pytest.raises(NotFoundError, match="'nothing'"):
        export_model("nothing")
    weights = register("gru", gru())
    assert weights.checkpoint is not None
    content = bytearray(weights.checkpoint.read_bytes())
    content[len(content) // 2] ^= 1
    weights.checkpoint.write_bytes(content)
    with pytest.raises(InvalidFileError, match="has changed"):
        export_model("gru")


def test_the_command_says_what_was_made_and_on_which_terms(
    hrm: Hrm,  # noqa: F811
    tmp_path: Path,
) -> None:
    register("gru", gru())
    said = hrm("models", "export", "gru", "--fp16", "--to", str(tmp_path / "mine.onnx"))
    assert said.code == 0
    for words in ("opset 20", "batches of any size", "in half precision", "1, 3, 8 at once", "SHA-256"):
        assert words in said.out
    assert "CC BY-NC-SA 4.0" in said.err
    assert "commercial use is not allowed" in said.err
    assert "aged 2 to 12" in said.err
    told = hrm("models", "export", "gru", "--json").json
    assert (told["opset"], told["half"], told["copy"]) == (20, False, None)
    assert told["parity"]["output_apart"] <= 1e-4
    assert Path(told["path"]).stat().st_size == told["size_bytes"]


def test_the_command_fails_in_one_line(hrm: Hrm) -> None:  # noqa: F811
    said = hrm("models", "export", "bilstm")
    assert (said.code, said.out) == (1, "")
    assert len(said.err.splitlines()) == 1


@pytest.mark.slow
def test_nothing_but_our_own_words_is_said_by_the_true_exporter(
    hrm: Hrm,  # noqa: F811
    capfd: pytest.CaptureFixture[str],
) -> None:
    register("gru", gru())
    said = hrm("models", "export", "gru")
    assert said.code == 0
    assert len(said.out.splitlines()) == 4
    assert all(line.startswith("Note: ") for line in said.err.splitlines())
    assert capfd.readouterr() == ("", "")
