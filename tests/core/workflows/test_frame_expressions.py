"""What models say gets to the right frames, is voted on, and people have the last word."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hrm_core.config import Expressions
from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.models.lock import alone
from hrm_core.records.code_table import CodeTable
from hrm_core.records.coded_frames import EXPRESSIONS
from hrm_core.records.columns import CODE_COLUMNS
from hrm_core.records.expressions import BY_HAND, ExpressionFacts
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.coded_frames import coded_frames
from hrm_core.workflows.frame_expressions import required_actions, with_expressions
from hrm_core.workflows.import_expressions import import_expressions
from hrm_core.workflows.project import Project
from hrm_core.workflows.study_expressions import kept_models
from tests.support.builders import tiny_video

HEAD = "participant,frame," + ",".join(EXPRESSIONS)
CODES = {0: "AU12", 1: "AU12", 2: "AU25", 3: "", 4: "AU12", 5: "AU4", 6: "AU1"}


@pytest.fixture
def study(project: Project, film: Path) -> Project:
    """Both children with twelve frames, seven of them coded alike."""
    rater = project.store.people.ensure_rater("Ada")
    for code in ("S1", "S2"):
        recording = add_video(project, code, film)
        codes = np.zeros((len(CODES), len(CODE_COLUMNS)), np.uint8)
        for frame, key in CODES.items():
            if key:
                codes[frame, CODE_COLUMNS.index(key)] = 1
        table = CodeTable(rater.id, recording.id, np.array([*CODES], np.int64), codes)
        project.store.codings.import_tables([table], actor_id=rater.id, reason="test")
    return project


def said(*rows: tuple[str, int, str, float]) -> list[str]:
    """Lines of a file: the named expression has this probability, neutral the rest."""
    lines = []
    for code, frame, name, sure in rows:
        values = [0.0] * 7
        values[0] = 1 - sure
        values[EXPRESSIONS.index(name)] += sure
        lines.append(",".join([code, str(frame), *map(repr, values)]))
    return lines


def wrote(path: Path, lines: Sequence[str], head: str = HEAD) -> Path:
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


def result(study: Project) -> tuple[dict[tuple[str, int], str], ExpressionFacts]:
    frames, facts = with_expressions(study, coded_frames(study))
    found = {
        (frames.children[child].code, frame): EXPRESSIONS[place]
        for child, frame, place in zip(
            frames.child.tolist(), frames.frame.tolist(), frames.expression.tolist(), strict=True
        )
        if place >= 0
    }
    assert facts.kept == len(found)
    return found, facts


def test_a_vote_of_two_models_and_a_person(study: Project, tmp_path: Path) -> None:
    one = said(
        ("S1", 0, "happiness", 0.9), ("S1", 1, "happiness", 0.7), ("S1", 2, "happiness", 0.9),
        ("S1", 3, "surprise", 1.0), ("S1", 4, "happiness", 1.0), ("S1", 9, "happiness", 1.0),
        ("S2", 6, "surprise", 0.8),
    )  # fmt: skip
    other = said(
        ("S1", 0, "happiness", 0.5), ("S1", 1, "happiness", 0.4), ("S1", 2, "happiness", 0.9),
        ("S1", 3, "surprise", 0.8), ("S2", 5, "sadness", 0.7),
    )  # fmt: skip
    import_expressions(study, wrote(tmp_path / "1.csv", one), "one")
    import_expressions(study, wrote(tmp_path / "2.csv", other), "other")
    found, facts = result(study)
    assert found == {
        ("S1", 0): "happiness",  # (0.9 + 0.5) / 2 = 0.7
        # 1: (0.7 + 0.4) / 2 = 0.55 is below 0.6
        # 2: no AU12; 3: none of the actions of surprise
        ("S1", 4): "happiness",  # one model alone
        ("S2", 5): "sadness",
        ("S2", 6): "surprise",
    }
    assert (facts.refused, facts.below_threshold, facts.by_hand, facts.frames) == (2, 1, 0, 14)
    assert dict(facts.voters) == {0: 7, 1: 3, 2: 4}
    assert [(model.model, model.frames, model.recordings) for model in facts.models] == [
        ("one", 6, 2),
        ("other", 5, 2),
    ]
    (happy,) = [each for each in facts.counts if (each.group, each.expression) == ("ASD", "happiness")]
    assert (happy.voted, happy.refused, happy.kept) == (3, 1, 2)
    hand = wrote(
        tmp_path / "h.csv", ["S1,0,none", "S1,3,surprise", "S2,0,fear"], "participant,frame,expression"
    )
    import_expressions(study, hand, BY_HAND)
    after, facts = result(study)
    assert after == {
        **{key: name for key, name in found.items() if key != ("S1", 0)},
        ("S1", 3): "surprise",
        ("S2", 0): "fear",
    }, "a person's word needs no action"
    assert facts.by_hand == 3
    assert [model.model for model in facts.models] == ["one", "other", BY_HAND]


def test_the_project_file_decides(study: Project, tmp_path: Path) -> None:
    import_expressions(study, wrote(tmp_path / "1.csv", said(("S1", 2, "happiness", 0.9))), "one")
    assert result(study)[0] == {}
    study.settings = replace(study.settings, expressions=Expressions(0.9, ("happiness: AU12, AU25",)))
    assert result(study)[0] == {("S1", 2): "happiness"}
    study.settings = replace(study.settings, expressions=Expressions(0.91, ()))
    assert result(study)[0] == {}


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("happiness AU12",), "a colon"),
        (("happiness:",), "a colon"),
        (("joyful: AU12",), "no expression"),
        (("happiness: 12",), "does not code"),
        (("happiness: AU21",), "does not code"),
        (("happiness: AU12", "Happiness: AU6"), "twice"),
    ],
)
def test_requirements_that_cannot_be_read(study: Project, lines: tuple[str, ...], why: str) -> None:
    study.settings = replace(study.settings, expressions=Expressions(0.6, lines))
    with pytest.raises(ProjectError, match=why):
        required_actions(study)


def test_the_papers_requirements_are_the_default(project: Project) -> None:
    assert required_actions(project) == {
        "surprise": ("AU1", "AU2", "AU5", "AU25", "AU2X"),
        "happiness": ("AU12",),
        "sadness": ("AU1", "AU4", "AU6", "AU15", "AU17"),
    }


def test_nothing_imported(study: Project) -> None:
    found, facts = result(study)
    assert (found, facts.models, facts.in_words()) == (
        {},
        (),
        {"Expressions": "None imported; all frames are analysed together."},
    )


def test_recordings_are_added_and_replaced_only_when_asked(study: Project, tmp_path: Path) -> None:
    head = HEAD.removeprefix("participant,")
    first = wrote(tmp_path / "a.csv", [said(("", 0, "happiness", 0.9))[0][1:]], head)
    second = wrote(tmp_path / "b.csv", [said(("", 1, "happiness", 0.9))[0][1:]], head)
    with pytest.raises(NotFoundError, match="--participant"):
        import_expressions(study, first, "one")
    import_expressions(study, first, "one", participant="S1")
    import_expressions(study, first, "one", participant="S2")
    assert set(result(study)[0]) == {("S1", 0), ("S2", 0)}
    import_expressions(study, first, "one", participant="S1")
    with pytest.raises(ProjectError, match="--again"):
        import_expressions(study, second, "one", participant="S1")
    dry = import_expressions(study, second, "one", participant="S1", again=True, dry_run=True)
    assert (dry.frames, set(result(study)[0])) == (1, {("S1", 0), ("S2", 0)})
    import_expressions(study, second, "one", participant="S1", again=True)
    assert set(result(study)[0]) == {("S1", 1), ("S2", 0)}


def test_files_of_other_videos_are_refused(study: Project, tmp_path: Path) -> None:
    beyond = wrote(tmp_path / "a.csv", said(("S1", 1, "fear", 1.0), ("S1", 12, "fear", 1.0)))
    with pytest.raises(InvalidFileError, match="count from 1"):
        import_expressions(study, beyond, "one")
    with pytest.raises(NotFoundError, match="S9"):
        import_expressions(study, wrote(tmp_path / "b.csv", said(("S9", 1, "fear", 1.0))), "one")
    with pytest.raises(InvalidFileError, match="--participant"):
        import_expressions(
            study, wrote(tmp_path / "c.csv", said(("S1", 1, "fear", 1.0))), "one", participant="S2"
        )
    for name in ("../one", BY_HAND.upper(), "", "a b", ".one"):
        with pytest.raises(ProjectError, match="cannot be called"):
            import_expressions(study, beyond, name)
    assert kept_models(study) == ()


def test_expressions_of_another_file_take_no_part(study: Project, tmp_path: Path) -> None:
    rows = said(("S1", 0, "happiness", 1.0), ("S2", 0, "happiness", 1.0))
    import_expressions(study, wrote(tmp_path / "a.csv", rows), "one")
    longer = tiny_video(tmp_path / "longer.mp4", 14)
    add_video(study, "S1", longer, name="play time", replace_file=True)
    found, facts = result(study)
    assert set(found) == {("S2", 0)}
    assert any("another file" in sentence and "S1" in sentence for sentence in facts.notes)


def test_two_programs_do_not_lose_each_others_work(study: Project, tmp_path: Path) -> None:
    file = wrote(tmp_path / "a.csv", said(("S1", 0, "happiness", 1.0)))
    import_expressions(study, file, "one")
    with alone(study.folder / "Expressions" / ".keep.lock") as free:
        assert free
        with pytest.raises(ProjectError, match="Another program"):
            import_expressions(study, file, "two")
    assert [kept.model for kept in kept_models(study)] == ["one"]


def test_a_copy_under_another_name_does_not_vote_twice(study: Project, tmp_path: Path) -> None:
    import_expressions(study, wrote(tmp_path / "one.csv", said(("S1", 0, "happiness", 1.0))), "one")
    folder = study.folder / "Expressions"
    shutil.copy(folder / "one.parquet", folder / "one (copy).parquet")
    with pytest.raises(InvalidFileError, match=r"holds the expressions of one: name it one\.parquet"):
        kept_models(study)
