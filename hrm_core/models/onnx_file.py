"""What an ONNX file says of itself, read without PyTorch and without the ONNX package.

A file must hold all its numbers: those that lie in another file are covered by no
SHA-256, so a file that refers to one is refused, wherever that one lies.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.models.libraries import require_onnxruntime

if TYPE_CHECKING:
    import onnxruntime

__all__ = ["OnnxFacts", "facts_of_session", "onnx_facts", "quiet_options", "read_failure", "require_whole"]


@dataclass(frozen=True, slots=True)
class OnnxFacts:
    """What goes into the network of an ONNX file, what comes out, and what is noted in it.

    Attributes
    ----------
    metadata : mapping of str to str
        What is noted, as written: :func:`hrm_core.models.onnx_export.export_onnx` says what.
    input_name, output_name : str
        Of the only input, and of the first output.
    input_shape, output_shape : tuple of int or None
        None for what may have any length, such as the batch.
    """

    metadata: Mapping[str, str]
    input_name: str
    input_shape: tuple[int | None, ...]
    output_name: str
    output_shape: tuple[int | None, ...]


def onnx_facts(path: Path) -> OnnxFacts:
    """What an ONNX file says of itself; only the processor is used.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is not an ONNX file, is cut off, keeps numbers in another file, or takes
        anything but one input of float32.
    MissingLibraryError
        If ONNX Runtime is not installed.
    """
    require_onnxruntime()
    require_whole(path)
    import onnxruntime

    options = quiet_options()
    # It is not run, so the time to make it fast is saved.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    # What ONNX Runtime raises are direct children of Exception.
    except Exception as error:
        raise read_failure(path, error) from error
    return facts_of_session(path, session)


def quiet_options() -> onnxruntime.SessionOptions:
    """Options of a session that writes nothing on the terminal: what fails is raised."""
    import onnxruntime

    fatal_only = 4
    onnxruntime.set_default_logger_severity(fatal_only)
    # What it tells Windows is not covered by what importing hrm_core sets.
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = fatal_only
    return options


def facts_of_session(path: Path, session: onnxruntime.InferenceSession) -> OnnxFacts:
    """The same of a file that is open already.

    Raises
    ------
    InvalidFileError
        If it takes anything but one input of float32.
    """
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or not outputs or {inputs[0].type, outputs[0].type} != {"tensor(float)"}:
        raise InvalidFileError(
            f"{path} is an ONNX file of another kind: a network of this program takes one input of float32 "
            f"and gives float32, this one takes {', '.join(each.type for each in inputs) or 'nothing'}; "
            "make the file anew with hrm models export."
        )
    return OnnxFacts(
        metadata=dict(session.get_modelmeta().custom_metadata_map),
        input_name=inputs[0].name,
        input_shape=_shape(inputs[0].shape),
        output_name=outputs[0].name,
        output_shape=_shape(outputs[0].shape),
    )


def _shape(lengths: list[int | str | None]) -> tuple[int | None, ...]:
    return tuple(length if isinstance(length, int) else None for length in lengths)


def read_failure(path: Path, error: Exception) -> InvalidFileError:
    """What is said of a file that ONNX Runtime cannot read."""
    import onnxruntime

    # "[ONNXRuntimeError] : 7 : INVALID_PROTOBUF : Load model from … failed:Protobuf parsing failed."
    parts = str(error).split(" : ", 3)
    reason = parts[2].replace("_", " ").lower() if len(parts) > 2 else type(error).__name__
    return InvalidFileError(
        f"{path} cannot be read by ONNX Runtime {onnxruntime.__version__} ({reason}): take another copy of "
        "it, or make it anew with hrm models export."
    )


# Where messages of ONNX hold others that can hold numbers, by number of the field; see
# https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. None marks the tensors themselves.
_HOLDS: dict[str, dict[int, str]] = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def require_whole(path: Path) -> None:
    """See to it that a file is there, has no end missing and keeps its numbers in itself.

    Parameters
    ----------
    path : pathlib.Path
        The file; its numbers are not read.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is none of ONNX, is cut off, or refers to another file.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            fields = {number for number, *_ in _fields(content, 0, len(content))}
            elsewhere = _keeps_elsewhere(content, 0, len(content), "model")
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no file {path}: check its path.") from error
    except (OSError, ValueError, IndexError, RecursionError) as error:
        # An empty file cannot be mapped, which is a ValueError, too; graphs within graphs have no end.
        reason = error.strerror if isinstance(error, OSError) else "it is damaged or cut off"
        raise InvalidFileError(f"{path} is not a whole ONNX file ({reason}): take another copy of it.") from (
            error
        )
    if 7 not in fields:
        raise InvalidFileError(f"{path} is not an ONNX file: there is no network in it; choose another file.")
    if elsewhere:
        raise InvalidFileError(
            f"{path} keeps its numbers in another file, which nothing here could check: save it again as one "
            "file that holds everything."
        )


def _keeps_elsewhere(content: mmap.mmap, start: int, stop: int, message: str) -> bool:
    inner = _HOLDS[message]
    for number, kind, begin, end in _fields(content, start, stop):
        if message == "tensor" and number in {_EXTERNAL_DATA, _DATA_LOCATION}:
            # A location of 0 says that the numbers are here.
            if kind == _BYTES or content[begin:end] != b"\0":
                return True
        elif kind == _BYTES and number in inner and _keeps_elsewhere(content, begin, end, inner[number]):
            return True
    return False


def _fields(content: mmap.mmap, start: int, stop: int) -> Iterator[tuple[int, int, int, int]]:
    """Fields of a message of Protocol Buffers: number, kind, and where the value begins and ends."""
    at = start
    while at < stop:
        tag, at = _varint(content, at, stop)
        number, kind = tag >> 3, tag & 7
        begin = at
        if kind == _VARINT:
            _, end = _varint(content, at, stop)
        elif kind == _BYTES:
            length, begin = _varint(content, at, stop)
            end = begin + length
        elif kind in {_FIXED32, _FIXED64}:
            end = at + (4 if kind == _FIXED32 else 8)
        else:
            raise ValueError(f"there is no kind of field {kind}")
        if end > stop or not number:
            raise ValueError("a field goes on past its message")
        yield number, kind, begin, end
        at = end


def _varint(content: mmap.mmap, at: int, stop: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where what follows begins."""
    value = shift = 0
    while at < stop and shift < 70:
        byte = content[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise ValueError("a number does not end")
