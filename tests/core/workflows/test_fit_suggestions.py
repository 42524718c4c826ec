"""Fit a made-up model to two made-up children's codes, and propose codes of the others."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from hrm_core.errors import Cancelled, InvalidFileError, NotFoundError, ProjectError
from hrm_core.facs import ALL_ACTIONS
from hrm_core.progress import CancelToken
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.recording import ExclusionReason, Recording
from hrm_core.records.suggestion import Condition, SuggestionDecision, Verdict
from hrm_core.store.schema import run_fit
from hrm_core.suggestions.boundaries import boundary_counts, sequences
from hrm_core.suggestions.fitted import read_detail
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.choose_clips import clips_of_recording, exclude_clip
from hrm_core.workflows.fit_suggestions import fit_suggestions
from hrm_core.workflows.project import Project, open_project
from hrm_core.workflows.propose_codes import proposals
from tests.support.said_study import KEYS, SAID, add_run, in_clips, planned, said_of, said_study

RUN = 1
SAID_COLUMNS = [COLUMN_OF[key] for key in SAID]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four children, two of them coded, and one run; nobody may change it."""
    folder = tmp_path_factory.mktemp("said") / "study"
    with said_study(folder) as project:
        assert add_run(project, said_of(planned())) == RUN
    return folder


@pytest.fixture
def project(written: Path, tmp_path: Path) -> Iterator[Project]:
    with open_project(shutil.copytree(written, tmp_path / "study")) as project:
        yield project


def recordings(project: Project) -> list[Recording]:
    return [recording for _, recording in project.recordings()]


def wrong(project: Project, child: int) -> int:
    """Boundaries of what is proposed for a child that are not where they should be."""
    who = planned()[child]
    found = proposals(project, recordings(project)[child])
    assert found is not None
    assert found.actions == SAID
    frames = in_clips(who)
    there = found.codes[frames] > 0
    truth = who.truth[frames][:, SAID_COLUMNS] > 0
    true, exact, extra = boundary_counts(there, truth, sequences(frames)).sum(axis=0)
    return int(true - exact + extra)


def test_what_is_fitted_to_two_children_lowers_the_corrections_of_the_others(project: Project) -> None:
    before = sum(wrong(project, child) for child in (2, 3))
    fit = fit_suggestions(project, RUN)
    assert sum(wrong(project, child) for child in (2, 3)) < 0.6 * before
    coded = sum(len(in_clips(who)) for who in planned()[:2])
    assert fit.fitted_on == f"Ada's codes of {coded} frames of 2 children"
    assert (fit.detail["rater"], fit.detail["frames"], fit.detail["children"]) == ("Ada", coded, 2)
    assert fit.detail["quality"]["children"] == 2
    assert fit.at
    assert project.store.suggestions.fit(RUN) == fit
    assert len(str(fit.detail)) < 20_000
    found = proposals(project, recordings(project)[2])
    assert found is not None
    assert found.calibrated


def test_the_newest_run_that_says_anything_is_meant(project: Project) -> None:
    second = add_run(project, said_of(planned(), seed=2), key="b")
    project.store.suggestions.forget_blocks(second, recordings(project)[3].id, [0])
    runs = [proposals(project, recording) for recording in recordings(project)]
    assert [found.run.id for found in runs if found] == [second] * 3 + [RUN]
    assert fit_suggestions(project).run_id == second
    named = proposals(project, recordings(project)[0], RUN)
    assert named is not None
    assert (named.run.id, named.calibrated) == (RUN, False)
    assert proposals(project, recordings(project)[3], second) is None
    with pytest.raises(NotFoundError, match="No model run 99"):
        proposals(project, recordings(project)[0], 99)


def test_frames_without_a_face_and_edges_of_clips_part_runs(project: Project) -> None:
    child, clips = recordings(project)[3], planned()[3].clips
    said = [np.full((who.n_frames, len(KEYS)), 0.9) for who in planned()]
    run = add_run(project, said, key="b", actions=["AU12"])
    # Looked at again: there is no face in frame 100.
    none = np.empty(0, dtype=np.int64)
    project.store.suggestions.add_block(run, child.id, [100], none, ["AU12"], np.empty((0, 1), np.float32))
    found = proposals(project, child)
    assert found is not None
    assert found.row(100) is None
    starts = {0, 101, *(first for first, _ in clips), *(last + 1 for _, last in clips)}
    assert {each.first for each in found.runs} == starts - {planned()[3].n_frames}
    assert {each.action for each in found.runs} == {"AU12"}


def test_thresholds_of_the_card_hold_until_something_is_fitted(project: Project) -> None:
    said = [np.full((who.n_frames, len(KEYS)), 0.6) for who in planned()]
    add_run(project, said, key="b", actions=["AU4", "AU12"], thresholds={"AU12": 0.7})
    found = proposals(project, recordings(project)[0])
    assert found is not None
    assert found.codes[0].tolist() == [1, 0]
    assert not found.calibrated


def test_codes_in_which_a_model_had_a_hand_are_not_fitted_to(project: Project) -> None:
    ada = project.store.people.rater("Ada")
    child = recordings(project)[1]
    frames = in_clips(planned()[1])
    before = fit_suggestions(project, RUN)
    first, last = int(frames[0]), int(frames[9])
    accepted = SuggestionDecision(
        ada.id, child.id, first, last, RUN, None, Verdict.ACCEPTED, Condition.ASSISTED
    )
    project.store.suggestion_log.add_decisions([accepted])
    typed = project.store.codings.get(ada.id, child.id, int(frames[20]))
    assert typed is not None
    machine = ActionCode("AU12", 1, origin=Origin.ACCEPTED, model_run_id=RUN)
    changed = FrameCoding(ada.id, child.id, typed.frame, (machine,), revision=typed.revision)
    project.store.codings.save(changed)
    after = fit_suggestions(project, RUN)
    assert (before.detail["touched"], after.detail["touched"]) == (0, 11)
    assert after.detail["frames"] == before.detail["frames"] - 11


def test_only_confirmed_frames_of_clips_that_are_to_be_coded_count(project: Project) -> None:
    ada = project.store.people.rater("Ada")
    child = recordings(project)[0]
    before = fit_suggestions(project, RUN).detail["frames"]
    frame = int(in_clips(planned()[0])[-1])
    there = project.store.codings.get(ada.id, child.id, frame)
    assert there is not None
    carried = FrameCoding(ada.id, child.id, frame, there.codes, CodingState.CARRIED, revision=there.revision)
    project.store.codings.save(carried)
    clip = clips_of_recording(project, child)[0]
    exclude_clip(project, ada, clip, ExclusionReason.OTHER_FACE)
    length = clip.last_frame - clip.first_frame + 1
    assert fit_suggestions(project, RUN).detail["frames"] == before - 1 - length


def test_who_does_not_see_the_eyes_says_nothing_of_them(tmp_path: Path) -> None:
    with said_study(tmp_path / "study", rater="Bo") as project:
        add_rater(project, "Blind", sees_eyes=False)
        blind, bo = project.store.people.rater("Blind"), project.store.people.rater("Bo")
        upper = [place for place, entry in enumerate(ALL_ACTIONS) if entry.group == "upper"]
        for recording in recordings(project)[:2]:
            table = project.store.codings.table(bo.id, recording.id)
            codes = table.codes.copy()
            codes[:, upper] = 0
            project.store.codings.import_tables(
                [type(table)(blind.id, recording.id, table.frames, codes)], actor_id=blind.id, reason="x"
            )
        run = add_run(project, said_of(planned()))
        fitted = read_detail(fit_suggestions(project, run, "Blind").detail, run)
        hidden = [place for place, key in enumerate(SAID) if ALL_ACTIONS[COLUMN_OF[key]].group == "upper"]
        assert len({tuple(line) for line in fitted.lines[hidden].tolist()}) == 1
        with pytest.raises(NotFoundError, match="with --rater"):
            fit_suggestions(project, run)


def test_too_little_is_refused_and_nothing_is_stored(tmp_path: Path) -> None:
    with said_study(tmp_path / "study", coded=0) as project:
        assert proposals(project, recordings(project)[0]) is None
        with pytest.raises(NotFoundError, match="No model has suggested anything in this project"):
            fit_suggestions(project)
        run = add_run(project, said_of(planned()), actions=["AU12"])
        with pytest.raises(ProjectError, match="Ada has coded 0 frames of which it says something"):
            fit_suggestions(project, run, "Ada")
        assert project.store.suggestions.fit(run) is None


def test_a_fit_that_is_called_off_leaves_nothing(project: Project) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        fit_suggestions(project, RUN, cancel=cancel)
    assert project.store.suggestions.fit(RUN) is None


def test_a_damaged_fit_is_one_sentence(project: Project) -> None:
    fit = fit_suggestions(project, RUN)
    engine = sa.create_engine(f"sqlite:///{project.folder / 'labels.sqlite'}")
    for detail in ("{", "[]", '{"version": 1}', '{"version": 9}'):
        with engine.begin() as connection:
            connection.execute(sa.update(run_fit).values(detail=detail))
        with pytest.raises(InvalidFileError, match=r"What was fitted to run:1 is .*hrm prelabel fit\.$"):
            proposals(project, recordings(project)[2])
    engine.dispose()
    project.store.suggestions.add_fit(fit)
    assert proposals(project, recordings(project)[2]) is not None


def test_fits_of_other_actions_are_not_taken(project: Project) -> None:
    other = add_run(project, said_of(planned()), key="b", actions=SAID[:5])
    fit = fit_suggestions(project, other)
    project.store.suggestions.add_fit(type(fit)(RUN, fit.fitted_on, fit.detail))
    with pytest.raises(InvalidFileError, match="is damaged"):
        proposals(project, recordings(project)[2], RUN)
