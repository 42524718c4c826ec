"""``hrm analyze report``: a table in the terminal, JSON for scripts, a report, or why it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.core.cli.conftest import Hrm
from tests.support.group_study import group_study


@pytest.fixture(scope="module")
def groups(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthetic") / "儿童 study 1"
    group_study(folder).close()
    return folder


def test_the_terminal_shows_both_p_and_which_to_rely_on(hrm: Hrm, groups: Path) -> None:
    said = hrm("analyze", "report", "--project", groups, "--replicates", "0")
    assert said.code == 0
    assert said.out.startswith("Ada: 160 frames of 4 in ASD and 120 frames of 3 in TD.\n")
    (heads,) = (line for line in said.out.splitlines() if line.startswith("action"))
    assert heads.split("  ")[-1].strip() == "p frames"
    assert "p children" in heads
    (smile,) = (line for line in said.out.splitlines() if line.startswith("AU12"))
    # No other action varies: a family of one.
    assert smile.split() == ["AU12", "25.0", "83.3", "-58.3", "0.057", "0.057", "<0.001"]
    assert "Rely on p children" in said.out
    assert "AU1 " not in said.out
    assert "Note: There are only 3 children with codes in TD" in said.err


def test_json_and_the_files_hold_the_same(hrm: Hrm, groups: Path, tmp_path: Path) -> None:
    words = ("analyze", "report", "-p", groups, "--replicates", "0", "--no-date", "--groups", "TD,ASD")
    said = hrm(*words, "--json", "--out", tmp_path / "one", "--format", "csv", "--format", "latex")
    assert said.code == 0
    kept = json.loads((tmp_path / "one" / "analysis.json").read_bytes())
    assert kept["options"]["groups"] == ["TD", "ASD"]
    assert said.json["participant_tests"] == kept["participant_tests"]
    assert {Path(path).name for path in said.json["files"]} >= {"analysis.tex", "differences.csv"}
    assert hrm(*words, "--out", tmp_path / "two", "--format", "csv", "--format", "latex").code == 0
    for path in sorted((tmp_path / "one").rglob("*.*")):
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--groups", "ASD"), 1, "Two different groups are compared"),
        (("--expressions", "joy"), 1, "There is no expression 'joy'"),
        (("--rater", "Nobody"), 1, "Nobody"),
        (("--format", "csv"), 2, "say where the report is written"),
        (("--covariates", "age"), 2, "add --mixed"),
        (("--replicates", "1"), 2, "no interval"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    hrm: Hrm, groups: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    said = hrm("analyze", "report", "-p", groups, *words)
    assert (said.code, sentence in " ".join(said.err.split())) == (code, True)
    assert "Traceback" not in said.err
