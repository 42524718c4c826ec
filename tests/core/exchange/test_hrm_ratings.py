"""Rating columns of label files: split off, checked by segment, and passed over on request."""

from __future__ import annotations

import contextlib
import csv
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.exchange.hrm_csv import HEADER, HrmLabels, read_hrm_csv
from hrm_core.exchange.hrm_ratings import RatedLabels, read_hrm_ratings, write_hrm_ratings
from hrm_core.records.segments import segments
from tests.core.facs.test_catalogue import PUBLISHED_HEADER
from tests.support.builders import KEYS
from tests.support.hrm_folders import JUDGES, Part, write_labels

_PARTS: list[Part] = [(5, 7, (0, 1, 2, 3, 4)), (9, 10, (1, 1, 1, 0, 2))]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Rows 2-4 are frames 5-7, rows 5-6 are frames 9-10; five judges and their mean."""
    return write_labels(tmp_path / "S7.csv", _PARTS, asd=1, shuffled=False)


def _edit(path: Path, row: int, column: str, cell: str) -> Path:
    with path.open(encoding="utf-8", newline="") as source:
        rows = list(csv.reader(source))
    rows[row - 1][rows[0].index(column)] = cell
    with path.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows(rows)
    return path


def test_scores_are_one_to_five_per_segment_and_judge(file: Path) -> None:
    rated = read_hrm_ratings(file)
    assert rated.segments == ((5, 7), (9, 10))
    assert rated.judges == JUDGES
    assert rated.scores.tolist() == [[1, 2, 3, 4, 5], [2, 2, 2, 1, 3]]
    assert (rated.wrong_averages, rated.labels.passed_over) == ((), ())


def test_labels_are_those_that_pandas_reads(tmp_path: Path) -> None:
    path = write_labels(tmp_path / "S7.csv", _PARTS, asd=0, seed=4)
    table = pd.read_csv(path).sort_values("frame")
    labels = read_hrm_ratings(path).labels
    assert labels.frames.tolist() == table["frame"].tolist()
    assert np.array_equal(labels.codes, table[list(KEYS)].to_numpy())
    assert labels.asd == 0


@pytest.mark.parametrize("rewrite", ["blank lines", "byte order mark", "columns in front", "1.0", "capitals"])
def test_files_edited_by_hand_say_the_same(file: Path, rewrite: str) -> None:
    before = read_hrm_ratings(file)
    text = file.read_text(encoding="utf-8")
    if rewrite == "blank lines":
        text = text.replace("\n", "\n\n")
    elif rewrite == "byte order mark":
        text = "\ufeff" + text
    elif rewrite == "columns in front":
        lines = [line.split(",") for line in text.splitlines()]
        text = "\n".join(",".join(line[38:] + line[:38]) for line in lines)
    elif rewrite == "1.0":
        lines = text.splitlines()
        text = "\n".join([lines[0], *map(_with_decimals, lines[1:])])
    else:
        text = text.replace("Abnormal-", "abnormal-")
    file.write_text(text, encoding="utf-8")
    after = read_hrm_ratings(file)
    assert np.array_equal(after.scores, before.scores)
    assert np.array_equal(after.labels.codes, before.labels.codes)
    assert (after.judges, after.segments) == (before.judges, before.segments)


def _with_decimals(line: str) -> str:
    """The answers of five judges as a spreadsheet may write them."""
    return ",".join(cell + ".0" * (38 <= at < 43) for at, cell in enumerate(line.split(",")))


def test_a_plain_label_file_has_no_judges(tmp_path: Path) -> None:
    path = write_labels(tmp_path / "S7.csv", _PARTS, asd=1, judges=(), average=False)
    rated = read_hrm_ratings(path)
    assert (rated.judges, rated.scores.shape, rated.segments) == ((), (2, 0), ((5, 7), (9, 10)))


def test_a_file_without_rows(tmp_path: Path) -> None:
    path = write_labels(tmp_path / "S7.csv", [], asd=1)
    rated = read_hrm_ratings(path)
    assert (rated.segments, rated.judges, rated.scores.shape) == ((), JUDGES, (0, 5))
    path.write_text(PUBLISHED_HEADER, encoding="utf-8")
    assert read_hrm_ratings(path).scores.shape == (0, 0)


def test_a_segment_that_a_judge_left_empty_has_no_rating(tmp_path: Path) -> None:
    parts: list[Part] = [(5, 7, (0, None, 2)), (9, 10, (None, None, None))]
    rated = read_hrm_ratings(write_labels(tmp_path / "S7.csv", parts, asd=1, judges=("a", "b", "c")))
    assert rated.scores.tolist() == [[1, 0, 3], [0, 0, 0]]
    assert rated.wrong_averages == ()


def test_an_average_alone_is_no_judge(tmp_path: Path) -> None:
    text = PUBLISHED_HEADER + ",Abnormal-avg\n" + "1" + ",0" * 35 + ",1,1,2.4\n"
    path = tmp_path / "S7.csv"
    path.write_text(text, encoding="utf-8")
    rated = read_hrm_ratings(path)
    assert (rated.judges, rated.labels.passed_over) == ((), ("Abnormal-avg",))


def test_an_average_that_is_not_the_mean_is_named(file: Path) -> None:
    assert read_hrm_ratings(_edit(file, 3, "Abnormal-avg", "2.01")).wrong_averages == ()
    rated = read_hrm_ratings(_edit(file, 3, "Abnormal-avg", "2.02"))
    assert rated.wrong_averages == ("row 3 says 2.02 instead of 2",)
    assert rated.scores.tolist()[0] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("row", "column", "cell", "message"),
    [
        (
            3,
            "Abnormal-J2",
            "5",
            "row 3, column Abnormal-J2: '5' is not a rating: write a whole number from 0",
        ),
        (2, "Abnormal-J1", "-1", "row 2, column Abnormal-J1: '-1' is not a rating"),
        (2, "Abnormal-J1", "1.5", "row 2, column Abnormal-J1: '1.5' is not a rating"),
        (2, "Abnormal-J1", "x", "row 2, column Abnormal-J1: 'x' is not a rating"),
        (2, "Abnormal-J1", "２", "row 2, column Abnormal-J1: '２' is not a rating"),
        (
            4,
            "Abnormal-J3",
            "1",
            r"row 4, column Abnormal-J3: 1 for frame 7, but 2 for frame 5 of the same segment \(1 such",
        ),
        (
            4,
            "Abnormal-J3",
            "",
            "row 4, column Abnormal-J3: no rating for frame 7, but 2 for frame 5 of the same",
        ),
        (2, "Abnormal-J3", "", "row 2, column Abnormal-J3: no rating for frame 5, but 2 for frame 6"),
        (5, "Abnormal-avg", "4.5", "row 5, column Abnormal-avg: '4.5' is not a mean of ratings"),
        (5, "Abnormal-avg", "nan", "row 5, column Abnormal-avg: 'nan' is not a mean of ratings"),
        (1, "Abnormal-J2", "Abnormal-J1", "row 1: the column 'Abnormal-J1' stands there twice"),
        (1, "Abnormal-J2", "Abnormal- ", "row 1: the column 'Abnormal-' does not name a judge"),
        (1, "Abnormal-J2", "Abnormal", "row 1: 'Abnormal' is not a column of the label file"),
        (3, "AU12", "7", "row 3, column AU12: 7 is not a code"),
        (3, "frame", "5", "row 3: frame 5 stands in row 2 already"),
    ],
)
def test_a_fault_is_named_with_file_row_and_column(
    file: Path, row: int, column: str, cell: str, message: str
) -> None:
    with pytest.raises(InvalidFileError, match=message) as caught:
        read_hrm_ratings(_edit(file, row, column, cell))
    assert str(caught.value).startswith(str(file))
    assert len(str(caught.value).splitlines()) == 1


def test_rows_are_named_as_an_editor_shows_them(file: Path) -> None:
    text = _edit(file, 5, "AU12", "7").read_text(encoding="utf-8").replace("\n7,", "\n\n\n7,")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFileError, match="row 7, column AU12: 7 is not a code"):
        read_hrm_ratings(file)


def test_a_short_row_and_a_missing_file(file: Path) -> None:
    text = file.read_text(encoding="utf-8").rstrip().rpartition(",")[0]
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFileError, match="row 6: 43 cells instead of 44: mend that row"):
        read_hrm_ratings(file)
    with pytest.raises(NotFoundError, match="check its name"):
        read_hrm_ratings(file.with_name("gone.csv"))


def test_the_plain_reader_passes_ratings_over_whatever_they_say(file: Path) -> None:
    before = read_hrm_ratings(file).labels
    labels = read_hrm_csv(_edit(file, 3, "Abnormal-J2", "quite"))
    assert labels.passed_over == (*(f"Abnormal-{judge}" for judge in JUDGES), "Abnormal-avg")
    assert np.array_equal(labels.codes, before.codes)
    assert np.array_equal(labels.frames, before.frames)


@st.composite
def _rated_parts(draw: st.DrawFn) -> tuple[list[str], list[Part]]:
    judges = draw(st.lists(st.from_regex(r"[A-Z][a-z]{1,5}", fullmatch=True), unique=True, max_size=5))
    parts: list[Part] = []
    frame = 0
    for _ in range(draw(st.integers(0, 4))):
        first = frame + draw(st.integers(0, 50))
        last = first + draw(st.integers(0, 4))
        answers = st.none() | st.integers(0, 4)
        parts.append((first, last, draw(st.lists(answers, min_size=len(judges), max_size=len(judges)))))
        frame = last + 2
    return [judge for judge in judges if judge.casefold() != "avg"], parts


@given(_rated_parts(), st.integers(0, 9))
def test_what_was_answered_is_read(rated_parts: tuple[list[str], list[Part]], seed: int) -> None:
    judges, parts = rated_parts
    with tempfile.TemporaryDirectory() as folder:
        path = write_labels(Path(folder) / "S7.csv", parts, asd=1, seed=seed, judges=judges)
        rated = read_hrm_ratings(path)
        assert np.array_equal(rated.labels.codes, read_hrm_csv(path).codes)
    assert rated.judges == tuple(judges)
    assert rated.segments == tuple((first, last) for first, last, _ in parts)
    expected = [[0 if s is None else s + 1 for s in scores[: len(judges)]] for _, _, scores in parts]
    assert rated.scores.tolist() == expected


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_behind_a_header_are_read_or_refused_never_more(tail: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(",".join(HEADER).encode() + b",Abnormal-J1,Abnormal-avg\n" + tail)
        with contextlib.suppress(InvalidFileError):
            read_hrm_ratings(path)


@settings(max_examples=60)
@given(
    names=st.lists(
        st.one_of(
            st.text(max_size=6), st.sampled_from(["Ann, MD", 'Bo "B"', "avg", "李", "a  b", "x\ny", "-", "7"])
        ),
        max_size=4,
    ),
    gaps=st.lists(st.integers(2, 5), min_size=1, max_size=5),
    code_seed=st.integers(0, 99),
    data=st.data(),
)
def test_what_is_written_reads_back_or_is_refused(
    names: list[str], gaps: list[int], code_seed: int, data: st.DataObject
) -> None:
    frames, at = [], 0
    for gap in gaps:
        frames += [at, at + 1]
        at += 1 + gap
    codes = np.random.default_rng(code_seed).integers(0, 6, (len(frames), len(KEYS))).astype(np.uint8)
    labels = HrmLabels(np.array(frames, np.int64), codes, asd=1)
    of_segment = st.lists(st.integers(0, 5), min_size=len(names), max_size=len(names))
    scores = [data.draw(of_segment) for _ in gaps]
    rated = RatedLabels(
        labels,
        tuple(segments(frames)),
        tuple(names),
        np.array(scores, np.int8).reshape(len(gaps), len(names)),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "Participant-S7.csv"
        try:
            write_hrm_ratings({path: rated})
        except ProjectError:
            distinct = len(set(names)) == len(names)
            plain = all(name and name == " ".join(name.split()) and name.isprintable() for name in names)
            assert not (distinct and plain and "avg" not in map(str.casefold, names))
            assert not path.exists()
            return
        read = read_hrm_ratings(path)
    assert read.judges == tuple(names)
    assert read.scores.tolist() == scores
    assert read.segments == rated.segments
    assert np.array_equal(read.labels.codes, codes)
    assert read.wrong_averages == ()
