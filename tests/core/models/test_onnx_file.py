"""What an ONNX file says of itself, and what is said of a file that is none."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.models import libraries
from hrm_core.models.libraries import MissingLibraryError
from hrm_core.models.onnx_file import onnx_facts, require_whole
from tests.architecture.source_tree import ROOT
from tests.support.onnx_networks import METADATA, WEIGHTS, gru_onnx, product_onnx


def saved(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_file_says_what_was_noted_and_what_goes_in_and_out(tmp_path: Path) -> None:
    facts = onnx_facts(saved(tmp_path / "小 gru.onnx", gru_onnx()))
    assert facts.metadata == METADATA
    assert (facts.input_name, facts.input_shape) == ("sequences", (None, 15, 22))
    assert (facts.output_name, facts.output_shape) == ("score", (None, 1))


def test_neither_pytorch_nor_onnx_is_loaded(tmp_path: Path) -> None:
    path = saved(tmp_path / "gru.onnx", gru_onnx())
    program = (
        "import sys; from pathlib import Path; from hrm_core.models.onnx_file import onnx_facts\n"
        "onnx_facts(Path(sys.argv[1])); assert not {'torch', 'onnx'} & sys.modules.keys(), sys.modules.keys()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize(
    "content",
    [b"", b"\0", b"hello, this is a text\n" * 50, b"PK\3\4" + bytes(200), bytes(range(256)) * 20],
    ids=["empty", "a zero", "a text", "like a zip", "all bytes"],
)
def test_what_is_no_onnx_file_is_told_in_one_sentence(
    tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    path = saved(tmp_path / "net.onnx", content)
    with pytest.raises(InvalidFileError, match=r"net\.onnx .*(another copy|another file)") as caught:
        onnx_facts(path)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_real_archive_and_a_folder_are_no_onnx_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "net.onnx", "w") as archive:
        archive.writestr("a", "b" * 1000)
    for path in (tmp_path / "net.onnx", tmp_path):
        with pytest.raises(InvalidFileError):
            onnx_facts(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="check its path"):
        onnx_facts(tmp_path / "nothing.onnx")


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_cut_off_anywhere_is_refused(share: float, tmp_path_factory: pytest.TempPathFactory) -> None:
    content = gru_onnx()
    path = saved(tmp_path_factory.mktemp("cut") / "net.onnx", content[: int(share * len(content))])
    with pytest.raises(InvalidFileError, match=r"net\.onnx"):
        onnx_facts(path)


def test_operators_that_nobody_knows_are_refused_without_a_word_on_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = product_onnx()
    model.graph.node[0].op_type = "Nope"
    path = saved(tmp_path / "net.onnx", model.SerializeToString())
    with pytest.raises(InvalidFileError, match=r"cannot be read by ONNX Runtime .* \(invalid graph\)"):
        onnx_facts(path)
    assert capfd.readouterr() == ("", "")


def test_inputs_of_another_type_or_number_are_refused(tmp_path: Path) -> None:
    whole = product_onnx(takes=TensorProto.DOUBLE)
    whole.graph.initializer[0].CopyFrom(
        helper.make_tensor("w", TensorProto.DOUBLE, WEIGHTS.shape, WEIGHTS.ravel().tolist())
    )
    two = product_onnx()
    two.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, ["batch", 2]))
    for model, said in ((whole, r"tensor\(double\)"), (two, r"tensor\(float\), tensor\(float\)")):
        path = saved(tmp_path / "net.onnx", model.SerializeToString())
        with pytest.raises(InvalidFileError, match=f"of another kind.*{said}"):
            onnx_facts(path)


@pytest.mark.parametrize("place", ["w.bin", "sub/w.bin", "../w.bin", "missing.bin"])
def test_numbers_in_another_file_are_refused_wherever_it_lies(tmp_path: Path, place: str) -> None:
    path = saved(tmp_path / "net" / "net.onnx", product_onnx(kept_in=place).SerializeToString())
    if place != "missing.bin":
        saved(path.parent / place, WEIGHTS.tobytes())
    with pytest.raises(InvalidFileError, match="keeps its numbers in another file"):
        onnx_facts(path)


def test_onnx_runtime_itself_would_read_the_other_file(tmp_path: Path) -> None:
    """Why our own check is needed: the SHA-256 of the file says nothing of these numbers."""
    path = saved(tmp_path / "net.onnx", product_onnx(kept_in="w.bin").SerializeToString())
    saved(tmp_path / "w.bin", WEIGHTS.tobytes())
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(None, {"pictures": np.ones((1, 2), np.float32)})[0]
    assert np.array_equal(found, [[3, 5, 7]])


def test_numbers_of_a_constant_and_of_a_branch_are_looked_for_too(tmp_path: Path) -> None:
    constant = helper.make_node("Constant", [], ["c"], value=product_onnx(kept_in="w").graph.initializer[0])
    branch = helper.make_graph([constant], "then", [], [])
    chosen = helper.make_node("If", ["yes"], ["c"], then_branch=branch, else_branch=branch)
    for node in (constant, chosen):
        model = product_onnx()
        model.graph.node.append(node)
        with pytest.raises(InvalidFileError, match="in another file"):
            require_whole(saved(tmp_path / "net.onnx", model.SerializeToString()))


def test_numbers_of_what_a_function_takes_by_default_are_looked_for_too(tmp_path: Path) -> None:
    default = helper.make_attribute("value", product_onnx(kept_in="w").graph.initializer[0])
    model = product_onnx()
    model.functions.append(
        helper.make_function("own", "Nothing", [], [], [], [helper.make_opsetid("", 20)], [], [default])
    )
    with pytest.raises(InvalidFileError, match="in another file"):
        require_whole(saved(tmp_path / "net.onnx", model.SerializeToString()))


def test_graphs_within_graphs_without_end_are_refused(tmp_path: Path) -> None:
    def message(number: int, content: bytes) -> bytes:
        length, digits = len(content), []
        while length > 127:
            digits.append(length & 127 | 128)
            length >>= 7
        return bytes([number << 3 | 2, *digits, length]) + content

    inner = b""
    for _ in range(1000):
        # A graph (6) of an attribute (5) of a node (1) of a graph.
        inner = message(1, message(5, message(6, inner)))
    with pytest.raises(InvalidFileError, match="is not a whole ONNX file"):
        require_whole(saved(tmp_path / "net.onnx", message(7, inner)))


def test_without_onnx_runtime_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "find_spec", lambda _: None)
    with pytest.raises(MissingLibraryError, match=r"hrm-annotator\[predict\]"):
        onnx_facts(tmp_path / "net.onnx")
