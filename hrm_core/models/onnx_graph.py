"""What is changed in an ONNX graph before it is passed on: traces are taken out, weights may be halved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto

__all__ = ["halve_weights", "strip_traces", "write_metadata"]

_LARGEST_HALF = float(np.finfo(np.float16).max)


def strip_traces(model: ModelProto) -> None:
    """Take out what the exporter noted of how the graph came about.

    That are lines of source code with the paths of this computer, and names of
    intermediate shapes that differ from run to run.

    Parameters
    ----------
    model : onnx.ModelProto
        Changed in place.
    """
    model.doc_string = ""
    del model.metadata_props[:]
    _strip_graph(model.graph)


def _strip_graph(graph: GraphProto) -> None:
    graph.doc_string = ""
    # Shapes of what lies between are inferred by whatever runs it.
    del graph.metadata_props[:], graph.value_info[:]
    for part in (*graph.input, *graph.output, *graph.initializer, *graph.node):
        part.doc_string = ""
        del part.metadata_props[:]
    for node in graph.node:
        for attribute in node.attribute:
            attribute.doc_string = ""
            # Naming a field of Protocol Buffers in order to change it would make it.
            inner = [attribute.g] if attribute.HasField("g") else []
            for each in (*inner, *attribute.graphs):
                _strip_graph(each)


def write_metadata(model: ModelProto, metadata: Mapping[str, str]) -> None:
    """Note something in a file, in the order of the keys, in place of what was noted."""
    del model.metadata_props[:]
    for key in sorted(metadata):
        entry = model.metadata_props.add()
        entry.key, entry.value = key, metadata[key]


def halve_weights(model: ModelProto) -> int:
    """Keep weights in half precision; what is computed with them stays in single precision.

    Matrices and kernels are rounded to float16 and turned back by a Cast that ONNX
    Runtime carries out once, when it opens the file.  Vectors (biases, and what belongs
    to normalisation) stay as they are, and so does what float16 cannot hold.

    Parameters
    ----------
    model : onnx.ModelProto
        Changed in place.

    Returns
    -------
    int
        How many numbers are halved.
    """
    from onnx import TensorProto, helper, numpy_helper

    graph, casts, halved = model.graph, [], 0
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or len(tensor.dims) < 2:
            continue
        values = numpy_helper.to_array(tensor)
        if not values.size or np.abs(values).max() > _LARGEST_HALF:
            continue
        name, halved = tensor.name, halved + values.size
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(
            helper.make_node("Cast", [f"{name}.half"], [name], f"{name}.single", to=TensorProto.FLOAT)
        )
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return halved
