"""What is taken out of an ONNX graph, and weights in half precision."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from hrm_core.models.onnx_graph import halve_weights, strip_traces, write_metadata
from tests.support.onnx_networks import frames, gru, gru_onnx, product_onnx

TRACE = 'File "/home/somebody/secret/net.py", line 3, in forward'


def run(model: onnx.ModelProto, batch: NDArray[np.float32]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found: NDArray[np.float32] = session.run(None, {session.get_inputs()[0].name: batch})[0]
    return found


def test_traces_are_taken_out_everywhere_and_the_graph_still_runs() -> None:
    model = product_onnx()
    branch = product_onnx().graph
    del branch.input[:]
    chosen = helper.make_node("If", ["yes"], ["c"], then_branch=branch)
    marked = [model, model.graph, *model.graph.node, *model.graph.input, *model.graph.output]
    marked += [*model.graph.initializer, chosen, chosen.attribute[0].g, *chosen.attribute[0].g.node]
    for part in marked:
        part.doc_string = TRACE
        part.metadata_props.add(key="trace", value=TRACE)
    chosen.attribute[0].doc_string = TRACE
    model.graph.value_info.append(helper.make_tensor_value_info("inner", TensorProto.FLOAT, ["u0"]))
    with_branch = onnx.ModelProto()
    with_branch.CopyFrom(model)
    with_branch.graph.node.append(chosen)
    assert with_branch.SerializeToString().count(b"secret") == 2 * len(marked) + 1

    strip_traces(with_branch)
    strip_traces(model)

    assert b"secret" not in with_branch.SerializeToString()
    assert not model.graph.value_info
    assert np.array_equal(run(model, np.ones((1, 2), np.float32)), [[3, 5, 7]])


def test_metadata_is_written_in_one_order_in_place_of_what_was_there() -> None:
    model = product_onnx()
    write_metadata(model, {"old": "x"})
    write_metadata(model, {"b": "2", "a": "小"})
    assert [(each.key, each.value) for each in model.metadata_props] == [("a", "小"), ("b", "2")]


@given(
    arrays.arrays(np.float32, (2, 3), elements=st.floats(-60_000, 60_000, width=32)),
    arrays.arrays(np.float32, (4, 2), elements=st.floats(-2, 2, width=32)),
)
def test_a_halved_matrix_is_the_rounded_one_computed_in_single_precision(
    weights: NDArray[np.float32], batch: NDArray[np.float32]
) -> None:
    model = product_onnx(weights)
    assert halve_weights(model) == 6
    onnx.checker.check_model(model)
    assert [each.data_type for each in model.graph.initializer] == [TensorProto.FLOAT16]
    wanted = batch @ weights.astype(np.float16).astype(np.float32)
    assert np.allclose(run(model, batch), wanted, rtol=1e-6, atol=1e-2)


def test_what_half_precision_cannot_hold_stays() -> None:
    weights = np.array([[1, 70_000, 3]], dtype=np.float32)
    model = product_onnx(weights)
    assert halve_weights(model) == 0
    assert np.array_equal(run(model, np.ones((1, 1), np.float32)), weights)


def test_vectors_and_whole_numbers_stay() -> None:
    model = product_onnx()
    model.graph.initializer.extend(
        [
            numpy_helper.from_array(np.ones(5, np.float32), "bias"),
            numpy_helper.from_array(np.ones((2, 2), np.int64), "shape"),
        ]
    )
    halve_weights(model)
    kinds = {each.name: each.data_type for each in model.graph.initializer}
    assert kinds == {"w.half": TensorProto.FLOAT16, "bias": TensorProto.FLOAT, "shape": TensorProto.INT64}


def test_a_halved_network_is_half_as_large_and_nearly_the_same() -> None:
    model = onnx.ModelProto.FromString(gru_onnx())
    parameters = sum(each.numel() for each in gru().parameters())
    assert 0.99 * parameters < halve_weights(model) < 1.01 * parameters
    assert len(model.SerializeToString()) < 0.52 * len(gru_onnx())
    batch = frames(5)
    apart = np.abs(run(model, batch) - run(onnx.ModelProto.FromString(gru_onnx()), batch))
    assert 0 < apart.max() < 5e-3
