"""A network as an ONNX file, which is kept only if it gives the same numbers."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_core.models.libraries import MissingLibraryError, require_onnxruntime, require_torch
from hrm_core.models.onnx_graph import halve_weights, strip_traces, write_metadata
from hrm_core.models.parity import HALF_TOLERANCE, TOLERANCE, Parity, check_parity
from hrm_core.models.runners import OnnxRunner, input_shape
from hrm_core.models.weights import disk_errors, sha256_of
from hrm_core.models.zoo import network_of
from hrm_core.paths import whole_file
from hrm_core.progress import CancelToken, NoProgress, Progress

if TYPE_CHECKING:
    from onnx import ModelProto
    from torch import nn

__all__ = ["OPSET", "Exported", "export_onnx", "require_exporter"]

OPSET = 20
"""Version of ONNX's operators in the files: the first with GELU, read by ONNX Runtime since 1.17."""


@dataclass(frozen=True, slots=True)
class Exported:
    """An ONNX file that was made and checked.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    opset : int
        Version of ONNX's operators in it.
    size_bytes : int
        Its size.
    sha256 : str
        Its SHA-256, 64 hexadecimal digits.
    half : bool
        Whether it keeps its weights in half precision.
    parity : Parity
        How well it agrees with the network.
    """

    path: Path
    opset: int
    size_bytes: int
    sha256: str
    half: bool
    parity: Parity


def export_onnx(
    model: nn.Module,
    target: Path,
    *,
    metadata: Mapping[str, str],
    half: bool = False,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Exported:
    """Write a network as one ONNX file for batches of any size, and compare it with PyTorch.

    The file has the first output only, and nothing of this computer.  It is opened by
    ONNX Runtime and gives the numbers of PyTorch on several inputs and batch sizes
    (:mod:`hrm_core.models.parity`), or it is not kept.

    Parameters
    ----------
    model : torch.nn.Module
        As :func:`hrm_core.models.create_model` makes it, with its weights, on the
        processor; it is put into evaluation mode.
    target : pathlib.Path
        The file; what was there before is replaced.
    metadata : mapping of str to str
        What is noted in the file, keys ``hrm_…``; ``hrm_activation`` (``"sigmoid"`` or
        ``"none"``) also says how outputs become probabilities when they are compared.
    half : bool
        Keep matrices and kernels in half precision.  Inputs, outputs and what is computed
        stay in single precision: the file has half the size and runs as fast.
    progress : Progress, optional
        Told of steps.
    cancel : CancelToken, optional
        Asked between steps.

    Returns
    -------
    Exported
        What was written.

    Raises
    ------
    MissingLibraryError
        If PyTorch, ONNX or ONNX Runtime is not installed.
    ParityError
        If the file gives other numbers.
    RunnerError
        If the network gives something that is no number.
    WeightsError
        If the disk refuses.
    Cancelled
        If stopped; in this and all other cases what was there before stays.
    """
    require_exporter()
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    progress.start(f"Writing {network_of(model).name} as ONNX", 2)
    try:
        proto = _traced(model.eval())
        cancel.raise_if_cancelled()
        progress.advance()
        strip_traces(proto)
        if half:
            halve_weights(proto)
        write_metadata(proto, metadata)
        content = proto.SerializeToString(deterministic=True)
        del proto
        progress.advance()
    finally:
        progress.finish()
    with disk_errors(target.parent), whole_file(target) as scratch:
        scratch.write_bytes(content)
        size_bytes = len(content)
        # Over a gigabyte for the largest networks, which are about to be held twice more.
        del content
        with OnnxRunner(scratch, ["CPUExecutionProvider"], name=target.name) as runner:
            parity = check_parity(
                model,
                runner,
                activation=metadata.get("hrm_activation", "none"),
                tolerance=HALF_TOLERANCE if half else TOLERANCE,
                progress=progress,
                cancel=cancel,
            )
        sha256 = sha256_of(scratch, cancel=cancel)
    return Exported(target, OPSET, size_bytes, sha256, half, parity)


def require_exporter() -> None:
    """Refuse before hours of work what would be refused behind them.

    Raises
    ------
    MissingLibraryError
        If what writes ONNX files, or compares them with PyTorch, is not installed.
    """
    require_torch()
    require_onnxruntime()
    for library in ("onnx", "onnxscript"):
        if find_spec(library) is None:
            raise MissingLibraryError(
                f"ONNX files are written with {library}, which is not installed: "
                "pip install 'hrm-annotator[train]'."
            )


def _traced(model: nn.Module) -> ModelProto:
    """The graph of a network's first output, with all numbers in it."""
    import torch

    entry = network_of(model)

    class FirstOutput(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = model

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            outputs = self.network(x)
            first: torch.Tensor = outputs[0] if isinstance(outputs, tuple) else outputs
            return first

    # Of one picture the exporter would conclude that it is always one.
    example = torch.zeros((2, *input_shape(model)))
    with _quiet(), torch.no_grad():
        program = torch.onnx.export(
            FirstOutput().eval(),
            (example,),
            dynamo=True,
            input_names=[entry.takes],
            output_names=[entry.outputs[0]],
            dynamic_shapes={"x": {0: torch.export.Dim("batch")}},
            opset_version=OPSET,
            verbose=False,
        )
    assert program is not None
    proto: ModelProto = program.model_proto
    found = {each.domain: each.version for each in proto.opset_import}
    if found.get("") != OPSET:
        raise ValueError(f"the exporter wrote opset {found}, not {OPSET}")
    return proto


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep to ourselves what the exporter says to whoever works on it."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(level)
