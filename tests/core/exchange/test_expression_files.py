"""Numbers of expressions get under the right names, or the file is refused by row and reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.analysis.pseudo_labels import softmax
from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.exchange.expression_classes import PRESETS, class_named, classes_from, to_expressions
from hrm_core.exchange.expression_files import read_expressions, read_hand_labels
from hrm_core.exchange.kept_expressions import read_kept, write_kept
from hrm_core.records.coded_frames import EXPRESSIONS
from hrm_core.records.expressions import ExpressionSource, FrameProbabilities, KeptExpressions

NAMES = "participant,video,frame,Neutral,Happy,Sad,Surprise,Fear,Disgust,Anger"
HAPPY = "0.1,0.7,0.05,0.05,0.05,0.03,0.02"
NUMBERED = "frame," + ",".join(f"c{place}" for place in range(7))


def wrote(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_raf_db_order_is_permuted_as_the_papers_votes_need_it() -> None:
    """The index list 6, 3, 4, 0, 1, 2, 5 brings RAF-DB's order into that of DDAMFN++."""
    raf = np.array([[10.0, 11, 12, 13, 14, 15, 16]])
    assert to_expressions(raf, PRESETS["raf-db"]).tolist() == [raf[0, [6, 3, 4, 0, 1, 2, 5]].tolist()]
    assert to_expressions(raf, PRESETS["ddamfn"]).tolist() == raf.tolist()


@given(st.permutations([*EXPRESSIONS, "contempt"]))
def test_any_order_comes_back_under_its_names(order: list[str]) -> None:
    values = np.array([[len(name) + ord(name[0]) for name in order]], dtype=np.float64)
    found = to_expressions(values, classes_from(", ".join(order)))
    assert found.tolist() == [[len(name) + ord(name[0]) for name in EXPRESSIONS]]


def test_names_of_columns_are_understood() -> None:
    assert [class_named(word) for word in ("prob_Happy", " SAD", "logit_anger", "emotion: joy")] == [
        "happiness",
        "sadness",
        "anger",
        "happiness",
    ]
    assert class_named("frame") is class_named("c3") is None


@pytest.mark.parametrize("order", ["raf", "neutral,happy,sad", "neutral,happy,happy", "neutral,boredom"])
def test_orders_that_cannot_be(order: str) -> None:
    with pytest.raises(InvalidFileError):
        classes_from(order)


def test_a_csv_of_several_children(tmp_path: Path) -> None:
    file = wrote(
        tmp_path / "a.csv", NAMES, f"S2,play,3,{HAPPY}", f"S1,play,1,{HAPPY}", f"S2,play,0,{HAPPY}",
        "S1,play,2,,,,,,,",
    )  # fmt: skip
    table = read_expressions(file)
    assert table.without == 1
    assert {key: rows.frames.tolist() for key, rows in table.recordings.items()} == {
        ("S2", "play"): [0, 3],
        ("S1", "play"): [1],
    }
    assert table.recordings["S1", "play"].values[0, EXPRESSIONS.index("happiness")] == np.float32(0.7)


def test_separators_of_other_countries(tmp_path: Path) -> None:
    file = wrote(
        tmp_path / "a.csv", NAMES.replace(",", ";"), "S,1;play;7;" + HAPPY.replace(",", ";").replace(".", ",")
    )
    ((key, rows),) = read_expressions(file).recordings.items()
    assert (key, rows.frames.tolist()) == (("S,1", "play"), [7])
    assert rows.values[0].tolist() == pytest.approx([0.1, 0.7, 0.05, 0.05, 0.05, 0.03, 0.02])


def test_logits_in_raf_db_order(tmp_path: Path) -> None:
    file = wrote(tmp_path / "a.csv", NUMBERED, "0,3,0,0,0,0,0,0")
    rows = read_expressions(file, softmax, "raf-db").recordings["", ""]
    e3 = np.exp(3.0)
    assert rows.values[0, EXPRESSIONS.index("surprise")] == pytest.approx(e3 / (e3 + 6))
    with pytest.raises(InvalidFileError, match="--logits"):
        read_expressions(file, None, "raf-db")
    with pytest.raises(InvalidFileError, match="--classes"):
        read_expressions(file, softmax)


def test_probabilities_are_not_taken_for_logits(tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match="leave --logits out"):
        read_expressions(wrote(tmp_path / "a.csv", NAMES, f"S1,play,0,{HAPPY}"), softmax)


def test_names_that_contradict_the_order_are_refused(tmp_path: Path) -> None:
    file = wrote(tmp_path / "a.csv", NAMES, f"S1,play,0,{HAPPY}")
    with pytest.raises(InvalidFileError, match="another order"):
        read_expressions(file, None, "raf-db")
    assert read_expressions(file, None, "ddamfn").classes == EXPRESSIONS


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((NAMES,), "no rows"),
        (("",), "empty"),
        ((NAMES.replace("frame", "time"), f"S1,play,0,{HAPPY}"), "no column frame"),
        ((NAMES, f"S1,play,0,{HAPPY}", f"S1,play,0,{HAPPY}"), "row 3: frame 0 stands in row 2"),
        ((NAMES, f"S1,play,1.5,{HAPPY}"), "row 2: '1.5'"),
        ((NAMES, f"S1,play,-1,{HAPPY}"), "row 2"),
        ((NAMES, "S1,play,0,0.1,much,0,0,0,0,0"), "'much' in column happy"),
        ((NAMES, "S1,play,0,0.1,inf,0,0,0,0,0"), "not finite"),
        ((NAMES, "S1,play,0,0.1,,0,0,0,0,0"), "row 2: some classes"),
        ((NAMES, "S1,play,0,0.1"), "cells"),
        ((NAMES.replace("Anger", "Happy"), f"S1,play,0,{HAPPY}"), "twice"),
        ((NAMES.replace(",Anger", ""), "S1,play,0,0.1,0.7,0.05,0.05,0.05,0.05"), "lacks anger"),
        ((NAMES, "S1,play,0,,,,,,,"), "no number in any row"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(InvalidFileError, match=said):
        read_expressions(wrote(tmp_path / "a.csv", *lines))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_expressions(tmp_path / "none.csv")


def test_parquet_of_another_library(tmp_path: Path) -> None:
    values = [float(value) for value in HAPPY.split(",")]
    table = pd.DataFrame(
        {
            "Participant": ["S1", "S1"],
            "frame": [4, 2],
            **{n: [v, v] for n, v in zip(EXPRESSIONS, values, strict=True)},
        }
    )
    path = tmp_path / "a.parquet"
    table.to_parquet(path, engine="pyarrow")
    ((key, rows),) = read_expressions(path).recordings.items()
    assert (key, rows.frames.tolist()) == (("S1", ""), [2, 4])
    assert rows.values[0].tolist() == pytest.approx(values)
    path.write_bytes(path.read_bytes()[:-40] + b"PAR1")
    with pytest.raises(InvalidFileError):
        read_expressions(path)


def test_a_persons_words(tmp_path: Path) -> None:
    file = wrote(tmp_path / "a.csv", "frame,expression", "0,Happy", "1,none", "2,", "3,sadness")
    table = read_hand_labels(file)
    rows = table.recordings["", ""]
    assert (rows.frames.tolist(), table.without) == ([0, 1, 3], 1)
    assert rows.values.argmax(axis=1).tolist() == [1, 0, 2]
    assert rows.values.sum(axis=1).tolist() == [1, 0, 1]
    for wrong in ("bored", "contempt"):
        with pytest.raises(InvalidFileError, match="row 2"):
            read_hand_labels(wrote(tmp_path / "b.csv", "frame,expression", f"0,{wrong}"))
    with pytest.raises(InvalidFileError, match="no column expression"):
        read_hand_labels(wrote(tmp_path / "c.csv", "frame,mood", "0,happy"))


def kept(*counts: int) -> KeptExpressions:
    rng = np.random.default_rng(len(counts))
    return KeptExpressions(
        "poster++",
        tuple(
            (
                ExpressionSource(
                    f"S{place}", "游戏", None if place else "ab", n, EXPRESSIONS, True, "c" * 64
                ),
                FrameProbabilities(np.arange(n) * 2, rng.dirichlet(np.ones(7), n).astype(np.float32)),
            )
            for place, n in enumerate(counts)
        ),
    )


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    before, path = kept(3, 5), tmp_path / "Expressions" / "poster++.parquet"
    write_kept(path, before)
    after = read_kept(path)
    assert after.model == before.model
    for (source, rows), (source2, rows2) in zip(before.recordings, after.recordings, strict=True):
        assert source == source2
        assert rows.frames.tolist() == rows2.frames.tolist()
        assert rows.values.tolist() == rows2.values.tolist()
    table = pd.read_parquet(path, engine="pyarrow")
    assert table["participant"].tolist() == ["S0"] * 3 + ["S1"] * 5, "other programs can read it"


def test_damaged_files_are_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_kept(path, kept(4))
    whole = path.read_bytes()
    for place in range(0, len(whole), 97):
        path.write_bytes(whole[:place])
        with pytest.raises(InvalidFileError):
            read_kept(path)
    pd.DataFrame({"frame": [1]}).to_parquet(path)
    with pytest.raises(InvalidFileError, match="another program"):
        read_kept(path)
