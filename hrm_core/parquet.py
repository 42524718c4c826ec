"""Opening a Parquet file without trusting the sizes that stand in it.

fastparquet walks through a footer by the lengths that it finds there, without looking whether they lie
within it; damaged bytes then end the whole process, a coder's window with it.  So a footer is first
walked here, where leaving it is an error like any other.
"""

from __future__ import annotations

import io
import struct
from typing import Any

__all__ = ["check_parquet_footer", "open_parquet"]

_MAGIC = b"PAR1"
_TAIL = 8  # the length of the footer, four bytes, and the magic
_DEEPEST = 16  # a Parquet footer has seven levels

# Apache Thrift, compact protocol: https://github.com/apache/thrift/blob/master/doc/specs
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 11, 12
_INTEGERS = frozenset({4, 5, 6})


def open_parquet(data: bytes) -> Any:
    """A Parquet file from its bytes, as ``fastparquet.ParquetFile``.

    Parameters
    ----------
    data : bytes
        The whole file; from a file that it opened itself, fastparquet would leave it open.

    Raises
    ------
    ValueError
        If the footer is not one of a Parquet file.
    """
    check_parquet_footer(data)
    # Only now: it loads pandas, which nobody shall wait for where there is no file.
    import fastparquet

    return fastparquet.ParquetFile(io.BytesIO(data))


def check_parquet_footer(data: bytes) -> None:
    """Walk through a footer once.

    Parameters
    ----------
    data : bytes
        The whole file.

    Raises
    ------
    ValueError
        If the magic is missing, or the footer or anything in it is longer than the file says.
    """
    if len(data) < len(_MAGIC) + _TAIL or not data.startswith(_MAGIC) or not data.endswith(_MAGIC):
        raise ValueError("it does not begin and end as a Parquet file does")
    (length,) = struct.unpack("<I", data[-_TAIL:-4])
    if length > len(data) - len(_MAGIC) - _TAIL:
        raise ValueError("its footer is longer than the file")
    footer = data[-_TAIL - length : -_TAIL]
    try:
        end = _after_struct(footer, 0, 0)
    except IndexError as error:
        raise ValueError("its footer is cut off") from error
    if end != len(footer):
        raise ValueError("its footer ends too early")


def _after_varint(footer: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = footer[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("its footer holds a number that has no end")


def _after_struct(footer: bytes, at: int, depth: int) -> int:
    if depth > _DEEPEST:
        raise ValueError("its footer is nested too deeply")
    while True:
        head = footer[at]
        at += 1
        kind = head & 0x0F
        if kind == _STOP:
            return at
        if not head >> 4:
            _, at = _after_varint(footer, at)
        # The value of a field that is true or false is its kind.
        if kind not in (_TRUE, _FALSE):
            at = _after_value(footer, at, kind, depth)


def _after_value(footer: bytes, at: int, kind: int, depth: int) -> int:
    if kind in (_TRUE, _FALSE, _BYTE):
        at += 1
    elif kind in _INTEGERS:
        _, at = _after_varint(footer, at)
    elif kind == _DOUBLE:
        at += 8
    elif kind == _BINARY:
        length, at = _after_varint(footer, at)
        at += length
    elif kind in (_LIST, _SET):
        count, of = footer[at] >> 4, footer[at] & 0x0F
        at += 1
        if count == 15:
            count, at = _after_varint(footer, at)
        at = _after_values(footer, at, [of], count, depth)
    elif kind == _MAP:
        count, at = _after_varint(footer, at)
        if count:
            of = footer[at]
            at = _after_values(footer, at + 1, [of >> 4, of & 0x0F], count, depth)
    elif kind == _STRUCT:
        at = _after_struct(footer, at, depth + 1)
    else:
        raise ValueError(f"its footer holds a value of the unknown kind {kind}")
    if at > len(footer):
        raise ValueError("its footer is cut off")
    return at


def _after_values(footer: bytes, at: int, kinds: list[int], count: int, depth: int) -> int:
    # Every value takes a byte at least: a damaged count must not keep anyone waiting.
    if count > len(footer) - at:
        raise ValueError("its footer is cut off")
    if depth > _DEEPEST:
        raise ValueError("its footer is nested too deeply")
    for _ in range(count):
        for kind in kinds:
            at = _after_value(footer, at, kind, depth + 1)
    return at
