"""A damaged Parquet file is refused before the reader that trusts its sizes sees it."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.parquet import check_parquet_footer, open_parquet


def _written_by_another_program() -> bytes:
    table = pa.table(
        {
            "frame": list(range(40)),
            "name": [f"c{n}" for n in range(40)],
            "flag": [n % 3 == 0 for n in range(40)],
        }
    ).replace_schema_metadata({"note": "x" * 300})
    out = io.BytesIO()
    pq.write_table(table, out, row_group_size=2)
    return out.getvalue()


WHOLE = _written_by_another_program()


def test_a_whole_file_of_another_program_is_opened() -> None:
    check_parquet_footer(WHOLE)
    file = open_parquet(WHOLE)
    assert file.key_value_metadata["note"] == "x" * 300
    assert file.to_pandas()["name"].tolist() == [f"c{n}" for n in range(40)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "does not begin"),
        (b"PAR1PAR1", "does not begin"),
        (WHOLE[:-1], "does not begin"),
        (b"PAR1 nothing PAR1", "longer than the file"),
        (b"PAR1" + b"\x15" + b"\x01\x00\x00\x00PAR1", "cut off"),
        (b"PAR1" + b"\x00\x00" + b"\x02\x00\x00\x00PAR1", "too early"),
        (b"PAR1" + b"\x15" + b"\xff" * 20 + b"\x15\x00\x00\x00PAR1", "no end"),
        (b"PAR1" + b"\x1c" * 40 + b"\x28\x00\x00\x00PAR1", "too deeply"),
        (b"PAR1" + b"\x1d" + b"\x01\x00\x00\x00PAR1", "unknown kind 13"),
        (b"PAR1" + b"\x18\x7f" + b"\x02\x00\x00\x00PAR1", "cut off"),
        (b"PAR1" + b"\x19\xf5\xff\xff\xff\x0f\x00" + b"\x07\x00\x00\x00PAR1", "cut off"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        open_parquet(data)


@given(st.data())
def test_no_footer_makes_the_walk_fail_otherwise(data: st.DataObject) -> None:
    length = int.from_bytes(WHOLE[-8:-4], "little")
    footer = bytearray(WHOLE[-8 - length : -8])
    for _ in range(data.draw(st.integers(1, 4))):
        footer[data.draw(st.integers(0, length - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, length))
    kept = bytes(footer[:cut])
    try:
        check_parquet_footer(b"PAR1" + kept + len(kept).to_bytes(4, "little") + b"PAR1")
    except ValueError:
        return
    # What the walk lets through ends where it says.
    assert cut == len(kept)
    assert kept[-1] == 0
