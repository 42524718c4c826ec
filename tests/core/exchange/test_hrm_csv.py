"""The label file of the release: exact bytes, both readers, and every fault named by row and column."""

from __future__ import annotations

import contextlib
import csv
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.exchange import hrm_csv
from hrm_core.exchange.hrm_csv import HEADER, HrmLabels, read_hrm_csv, write_hrm_csvs
from hrm_core.records.recording import MOST_FRAMES
from tests.core.facs.test_catalogue import PUBLISHED_HEADER
from tests.support.builders import KEYS, code_grids
from tests.support.programs import python

Row = dict[str, object]


def _row(number: int, **codes: object) -> Row:
    row: Row = dict.fromkeys(PUBLISHED_HEADER.split(","), 0) | {"frame": number, "ASD": 1}
    row["AU0"] = 0 if any(codes.values()) else 1
    return row | codes


def _text(*rows: Row, header: list[str] | None = None, end: str = "\n") -> str:
    """A label file as the standard library writes it, not as ours does."""
    out = io.StringIO()
    table = csv.DictWriter(out, header or PUBLISHED_HEADER.split(","), lineterminator=end)
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """A label file with this content."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "Participant-7.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def _same(first: HrmLabels, second: HrmLabels) -> bool:
    return (
        np.array_equal(first.frames, second.frames)
        and np.array_equal(first.codes, second.codes)
        and (first.asd, first.unmarked, first.impossible, first.out_of_order)
        == (second.asd, second.unmarked, second.impossible, second.out_of_order)
    )


# ---- what is written ---------------------------------------------------------------------


def test_the_header_is_the_published_one() -> None:
    assert ",".join(HEADER) == PUBLISHED_HEADER


def test_exact_bytes(tmp_path: Path) -> None:
    codes = np.zeros((3, 35), np.uint8)
    codes[1, KEYS.index("AU12")] = 2
    codes[1, KEYS.index("AD37")] = 5
    path = tmp_path / "Participant-7.csv"
    write_hrm_csvs({path: HrmLabels(np.array([0, 7, 12345]), codes, 1)})
    neutral = "," + "0," * 35 + "1,1\n"
    smile = "7" + ",0" * 10 + ",2" + ",0" * 23 + ",5" + ",0,1\n"
    assert path.read_bytes() == (f"{PUBLISHED_HEADER}\n0{neutral}{smile}12345{neutral}").encode()


def test_the_marks_follow_from_codes_and_group(tmp_path: Path) -> None:
    for asd in (0, 1):
        path = tmp_path / f"{asd}.csv"
        codes = np.eye(2, 35, dtype=np.uint8)
        codes[1] = 0
        write_hrm_csvs({path: HrmLabels(np.array([3, 4]), codes, asd)})
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        assert [(row["AU0"], row["ASD"]) for row in rows] == [("0", str(asd)), ("1", str(asd))]


def test_no_group_mark_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="group mark"):
        write_hrm_csvs({tmp_path / "x.csv": HrmLabels(np.array([1]), np.zeros((1, 35), np.uint8), None)})


@given(code_grids(), st.sampled_from([0, 1]))
def test_what_is_written_is_read_back(grid: tuple[list[int], np.ndarray], asd: int) -> None:
    frames, codes = grid
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new folder" / "Participant-7.csv"
        write_hrm_csvs({path: HrmLabels(np.array(frames, np.int64), codes, asd)})
        labels = read_hrm_csv(path)
        assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert labels.frames.tolist() == frames
    assert np.array_equal(labels.codes, codes)
    assert labels.asd == (asd if frames else None)
    assert (labels.unmarked, labels.out_of_order) == (0, 0)


# ---- the two readers -----------------------------------------------------------------------


@given(code_grids(), st.randoms(), st.booleans())
def test_the_fast_and_the_slow_reader_agree(
    grid: tuple[list[int], np.ndarray], random: object, crlf: bool
) -> None:
    rows = [
        _row(frame, **dict(zip(KEYS, codes.tolist(), strict=True)))
        for frame, codes in zip(*grid, strict=True)
    ]
    random.shuffle(rows)
    text = _text(*rows, end="\r\n" if crlf else "\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "1.csv"
        path.write_bytes(text.encode())
        fast = read_hrm_csv(path)
        assert hrm_csv._read_by_position(text.encode()) is not None
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(hrm_csv, "_read_by_position", lambda _: None)
            slow = read_hrm_csv(path)
    assert _same(fast, slow)
    assert fast.frames.tolist() == grid[0]
    assert np.array_equal(fast.codes, grid[1])


_PLAIN = [_row(3, AU12=2), _row(4), _row(9, AU1=1, AU25=1)]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("BOM", lambda text: "\ufeff" + text),
        ("CRLF", lambda text: text.replace("\n", "\r\n")),
        ("CR", lambda text: text.replace("\n", "\r")),
        ("no last line end", lambda text: text.rstrip("\n")),
        ("blank lines", lambda text: text.replace("\n", "\n\n") + "\n ,\n \n".replace(",", "")),
        ("rows of commas", lambda text: text + "," * 37 + "\n"),
        ("Excel's 1.0", lambda text: text.replace(",1", ",1.0").replace("\n3,", "\n3.0,")),
        ("quotes", lambda text: text.replace("\n4,", '\n"4",').replace("frame", '"frame"')),
        ("blanks", lambda text: text.replace(",2,", ", 2 ,").replace("AU12,", " AU12 ,")),
        ("leading zeros", lambda text: text.replace("\n3,", "\n0003,")),
    ],
)
def test_files_that_passed_through_other_programs(
    file: Callable[[str], Path], name: str, change: Callable[[str], str]
) -> None:
    plain = read_hrm_csv(file(_text(*_PLAIN)))
    changed = change(_text(*_PLAIN))
    assert changed != _text(*_PLAIN)
    assert _same(read_hrm_csv(file(changed)), plain)


def test_columns_may_stand_in_any_order(file: Callable[[str], Path]) -> None:
    plain = read_hrm_csv(file(_text(*_PLAIN)))
    turned = _text(*_PLAIN, header=list(reversed(PUBLISHED_HEADER.split(","))))
    assert _same(read_hrm_csv(file(turned)), plain)


def test_rows_out_of_order_are_sorted_and_counted(file: Callable[[str], Path]) -> None:
    """The earlier tool appended a late frame at the end."""
    labels = read_hrm_csv(file(_text(_row(5, AU1=1), _row(6, AU2=1), _row(2, AU4=1), _row(3))))
    assert labels.frames.tolist() == [2, 3, 5, 6]
    assert labels.codes.argmax(axis=1).tolist() == [KEYS.index("AU4"), 0, 0, KEYS.index("AU2")]
    assert labels.out_of_order == 1


def test_a_file_without_rows_says_nothing_of_the_group(file: Callable[[str], Path]) -> None:
    for text in (PUBLISHED_HEADER, PUBLISHED_HEADER + "\n", PUBLISHED_HEADER + "\n\n \n"):
        labels = read_hrm_csv(file(text))
        assert (len(labels.frames), labels.codes.shape, labels.asd) == (0, (0, 35), None)


def test_impossible_sides_are_kept_and_named(file: Callable[[str], Path]) -> None:
    labels = read_hrm_csv(file(_text(_row(17, AU25=2), _row(18, AU12=2), _row(19, AD19=3, AU2X=5))))
    assert labels.impossible == ("AU25=2 in frame 17", "AU2X=5 in frame 19")
    assert labels.codes[0, KEYS.index("AU25")] == 2


def test_frames_with_neither_action_nor_mark_are_counted(file: Callable[[str], Path]) -> None:
    labels = read_hrm_csv(file(_text(_row(1, AU0=0), _row(2), _row(3, AU1=1))))
    assert labels.unmarked == 1


# ---- what is refused ---------------------------------------------------------------------------

_BAD: dict[str, tuple[str | bytes, str]] = {
    "code 7": (_text(_row(1), _row(2, AU12=7)), "row 3, column AU12: 7 is not a code; use 0 absent, 1 both"),
    "code -1": (_text(_row(1, AU12=-1)), "row 2, column AU12: '-1' is not a whole number"),
    "half a code": (_text(_row(1, AU12=0.5)), "row 2, column AU12: '0.5' is not a whole number"),
    "a letter": (_text(_row(1, AU12="L")), "row 2, column AU12: 'L' is not a whole number"),
    "a full-width digit": (_text(_row(1, AU12="２")), "row 2, column AU12: '２' is not a whole number"),
    "AU0 = 2": (_text(_row(1, AU0=2)), "row 2, column AU0: 2 is neither 0 nor 1"),
    "ASD = 2": (_text(_row(1, ASD=2)), "row 2, column ASD: 2 is neither 0 nor 1"),
    "ASD = 7": (_text(_row(1, ASD=7)), "row 2, column ASD: 7 is neither 0 nor 1"),
    "empty cell": (_text(_row(1), _row(2), _row(3, AU4="")), "row 4, column AU4: an empty cell"),
    "frame -1": (_text(_row(-1)), "row 2, column frame: '-1' is not a whole number"),
    "frame 1.5": (_text(_row(1, frame=1.5)), "row 2, column frame: '1.5' is not a whole number"),
    "no frame": (_text(_row(1, frame="")), "row 2, column frame: an empty cell"),
    "an endless frame": (_text(_row(10**30)), "row 2, column frame: .* is not a whole number"),
    "unknown column": (_text(_row(1)).replace("AU12", "AU11"), "row 1: 'AU11' is not a column"),
    "intensity column": (_text(_row(1)).replace("ASD", "ASD,note"), "row 1: 'note' is not a column"),
    "missing column": (
        _text(*[{k: v for k, v in _row(1).items() if k != "AU9"}], header=[k for k in HEADER if k != "AU9"]),
        "row 1: the column 'AU9' is missing",
    ),
    "column twice": (_text(_row(1)).replace("AU2,", "AU1,", 1), "row 1: the column"),
    "short row": (_text(_row(1)) + "2,0,0\n", "row 3: 3 cells instead of 38"),
    "long row": (_text(_row(1)).rstrip("\n") + ",0\n", "row 2: 39 cells instead of 38"),
    "duplicate frame": (
        _text(_row(4), _row(5), _row(4, AU1=1)),
        "row 4: frame 4 stands in row 2 already .*delete the wrong one",
    ),
    "mixed groups": (_text(_row(1), _row(2, ASD=0)), "row 3: ASD is 0 but 1 in other rows"),
    "AU0 beside an action": (
        _text(_row(1), _row(8, AU12=1, AU0=1)),
        r"row 3 \(frame 8\): AU0 says that nothing moves, but actions are coded.*--ignore-au0",
    ),
    "a date for a frame": (
        _text(_row(1), _row(999_999_999_998)),
        "row 3, column frame: there is no frame 999999999998 in any recording: correct the number",
    ),
    "a date in a file edited by hand": (
        _text(_row(1), _row(10_000_000)).replace(",0,", ", 0,"),
        "row 3, column frame: there is no frame 10000000 in any",
    ),
    "semicolons": (_text(_row(1)).replace(",", ";"), "row 1: 'frame;AU1"),
    "no header": ("\n".join(_text(_row(1)).splitlines()[1:]), "row 1: '1' is not a column"),
    "empty": (b"", "row 1: the column 'frame' is missing"),
    "a letter to the editor": (
        b"Dear editor,\nplease find enclosed\n",
        "row 1: 'Dear editor' is not a column",
    ),
    "a long line": (b"x" * 300_000, "row 1: this is no table"),
    "a long line below": (f"{PUBLISHED_HEADER}\n{'1' * 300_000}\n", "row 2: this is no table"),
    "UTF-16": (_text(_row(1)).encode("utf-16"), "is not a text file: export it again as CSV"),
    "a picture": (b"\xff\xd8\xff\xe0\x00\x10JFIF", "is not a text file"),
    "zeros": (b"\0" * 5000, "row 1: "),
    "half a file": (_text(_row(1), _row(2))[:-9], "row 3: 3[0-9] cells instead of 38"),
}


@pytest.mark.parametrize("name", _BAD)
def test_a_bad_file_is_refused_with_row_column_and_remedy(
    file: Callable[[str | bytes], Path], name: str
) -> None:
    content, message = _BAD[name]
    path = file(content)
    with pytest.raises(InvalidFileError, match=message) as caught:
        read_hrm_csv(path)
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value).splitlines()) == 1


def test_the_highest_frame_that_a_recording_may_have(file: Callable[[str], Path]) -> None:
    path = file(_text(_row(MOST_FRAMES - 1)))
    assert hrm_csv._read_by_position(path.read_bytes()) is not None
    assert read_hrm_csv(path).frames.tolist() == [9_999_999]


def test_rows_are_counted_as_an_editor_shows_them(file: Callable[[str], Path]) -> None:
    text = "\ufeff" + _text(_row(1), _row(2, AU12=9)).replace("\n2,", "\n\n\n2,")
    with pytest.raises(InvalidFileError, match="row 5, column AU12"):
        read_hrm_csv(file(text))


def test_a_contradiction_may_be_ignored_and_the_codes_count(file: Callable[[str], Path]) -> None:
    labels = read_hrm_csv(file(_text(_row(8, AU12=1, AU0=1))), ignore_au0=True)
    assert labels.codes[0, KEYS.index("AU12")] == 1


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"There is no file .*gone.csv: check its name"):
        read_hrm_csv(tmp_path / "gone.csv")
    with pytest.raises(InvalidFileError, match="cannot be read"):
        read_hrm_csv(tmp_path)


@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(lambda tail: (PUBLISHED_HEADER + "\n" + tail).encode("utf-8", "replace"))
)
def test_any_bytes_are_read_or_refused_never_more(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(data)
        with contextlib.suppress(InvalidFileError):
            read_hrm_csv(path)


# ---- all or nothing --------------------------------------------------------------------------

_LABELS = HrmLabels(np.array([1]), np.zeros((1, 35), np.uint8), 0)


def test_when_one_file_cannot_be_written_none_is_changed(tmp_path: Path) -> None:
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    first.write_text("old", encoding="utf-8")
    second.mkdir()
    with pytest.raises(InvalidFileError, match=r"2\.csv cannot be written"):
        write_hrm_csvs({first: _LABELS, second: _LABELS})
    assert first.read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.csv", "2.csv"]


def test_a_file_in_the_place_of_the_folder_is_explained(tmp_path: Path) -> None:
    (tmp_path / "Label").write_text("", encoding="utf-8")
    with pytest.raises(InvalidFileError, match=r"cannot be written .*choose another folder with --out"):
        write_hrm_csvs({tmp_path / "Label" / "1.csv": _LABELS})


_FULL_DISK = """
import resource, sys
from pathlib import Path
import numpy as np
from hrm_core.errors import InvalidFileError
from hrm_core.exchange.hrm_csv import HrmLabels, write_hrm_csvs
def labels(n):
    return HrmLabels(np.arange(n), np.zeros((n, 35), np.uint8), 0)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
folder = Path(sys.argv[1])
try:
    write_hrm_csvs({folder / f"{at}.csv": labels(rows) for at, rows in ((1, 10), (2, 1000), (3, 10))})
except InvalidFileError as error:
    print(error)
"""


def test_a_disk_that_fills_up_leaves_every_file_as_it_was(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}.csv").write_text("old", encoding="utf-8")
    said = python(_FULL_DISK, tmp_path).stdout
    assert "2.csv cannot be written (File too large): free some space" in said
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {
        "1.csv": "old",
        "2.csv": "old",
    }
