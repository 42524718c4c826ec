"""Measuring suggestions in a study: which frames count, whose, and what is refused or warned of."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from hrm_core.config import Assistance
from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.records.assistance_results import AssistanceOptions, AssistanceReport
from hrm_core.records.coding import ActionCode, FrameCoding, Origin
from hrm_core.records.recording import ExclusionReason
from hrm_core.records.suggestion import (
    Condition,
    FrameVisit,
    RunFit,
    SuggestionDecision,
    Verdict,
)
from hrm_core.records.training import GoldClip
from hrm_core.workflows import assistance_evidence
from hrm_core.workflows import measure_assistance as measure_assistance_
from hrm_core.workflows.measure_assistance import measure_assistance
from hrm_core.workflows.project import Project, create_project, open_project
from hrm_core.workflows.propose_codes import proposals
from tests.support.assisted_coding import ACTIONS, assisted_study
from tests.support.builders import furnish

QUICK = AssistanceOptions(replicates=50)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that nobody may change, as it takes long to make."""
    folder = tmp_path_factory.mktemp("synthetic") / "study"
    assisted_study(folder, children=3, frames=90, anchored=0.4).close()
    return folder


@pytest.fixture
def study(made: Path, tmp_path: Path) -> Iterator[Project]:
    """Three synthetic children of 90 frames, coded by Ada; the last one before there was a model."""
    with open_project(shutil.copytree(made, tmp_path / "研究 1")) as project:
        yield project


def measured(project: Project, **asked: object) -> AssistanceReport:
    return measure_assistance(project, options=QUICK, **asked)  # type: ignore[arg-type]


def test_the_newest_run_is_measured_on_the_frames_coded_beside_it(study: Project) -> None:
    found = measured(study)
    assert found.run == "synthetic-net-v2, run 2"
    (one,) = found.raters
    assert one.rater == "Ada"
    costs = {each.condition: each for each in one.effort.conditions}
    assert costs[Condition.CONTROL].frames + costs[Condition.ASSISTED].frames == 180
    assert one.anchoring is not None
    assert one.anchoring.participants == 2
    assert one.anchoring.control_frames == costs[Condition.CONTROL].frames
    assert [each.action for each in one.anchoring.actions] == list(ACTIONS)
    # Two visits in 50 are of later stays.
    assert sum(each.review_acts for each in costs.values()) == 4
    assert found.stretch_frames == 30
    assert found.facts["learned from"] == "drawn faces"


def test_agreement_is_that_of_codes_and_proposals(study: Project) -> None:
    found = measured(study).raters[0].anchoring
    assert found is not None
    same = dict.fromkeys((Condition.CONTROL, Condition.ASSISTED), 0)
    frames = dict(same)
    ada = study.store.people.rater("Ada")
    for _, recording in study.recordings():
        said = proposals(study, recording, 2)
        assert said is not None
        codes = study.store.codings.of_video(ada.id, recording.id)
        for visit in study.store.suggestion_log.visits(ada.id, recording.id):
            if visit.condition not in same or not visit.committed:
                continue
            frames[visit.condition] += 1
            for key, code in (said.codes_of(visit.frame) or {}).items():
                same[visit.condition] += bool(codes[visit.frame].code_of(key)) == bool(code)
    for condition, value in (
        (Condition.CONTROL, found.overall.control),
        (Condition.ASSISTED, found.overall.assisted),
    ):
        assert value == pytest.approx(same[condition] / frames[condition] / len(ACTIONS))


def test_only_frames_coded_without_suggestions_tell_how_good_the_model_is(study: Project) -> None:
    (one,) = measured(study).raters
    assert one.model is not None
    control = next(each for each in one.effort.conditions if each.condition is Condition.CONTROL)
    # The control frames, and all of the child that was coded before there was a model.
    assert one.model.quality.frames == control.frames + 90
    (dropped,) = one.model.quality.dropped
    assert (dropped.why, dropped.frames) == ("coded with suggestions in sight", 180 - control.frames)
    assert [rate.action for rate in one.model.rates] == list(ACTIONS)
    assert [entry.action for entry in one.model.quality.actions] == list(ACTIONS)
    assert sum(each.decisions for each in one.model.quality.calibration) == 5 * (control.frames + 90)


def test_a_code_taken_from_a_model_later_takes_the_frame_out_of_f1(study: Project) -> None:
    before = measured(study).raters[0]
    ada = study.store.people.rater("Ada")
    last = study.store.recordings.of_participant()[-1]
    old = study.store.codings.get(ada.id, last.id, 5)
    assert old is not None
    taken = ActionCode("AU12", 1, origin=Origin.ACCEPTED, model_run_id=2)
    study.store.codings.save(replace(old, codes=(taken,)))
    control = next(
        visit
        for visit in study.store.suggestion_log.visits(ada.id)
        if visit.condition is Condition.CONTROL and visit.committed
    )
    study.store.suggestion_log.add_decisions(
        [
            SuggestionDecision(
                ada.id, control.video_id, control.frame, control.frame, 2, "AU1", Verdict.ACCEPTED,
                Condition.AFTER, 0.7,
            )
        ]
    )  # fmt: skip
    after = measured(study).raters[0]
    assert before.model is not None
    assert after.model is not None
    assert after.model.quality.frames == before.model.quality.frames - 2
    assert ("coded with the help of a model's suggestion", 2) in [
        (each.why, each.frames) for each in after.model.quality.dropped
    ]
    # As drawn: a control frame stays one.
    assert before.anchoring is not None
    assert after.anchoring is not None
    assert after.anchoring.control_frames == before.anchoring.control_frames
    assert any(text.startswith("1 control frame took in a suggestion later") for text in after.warnings)


def test_frames_nobody_is_to_code_and_frames_of_another_run_are_left_out(study: Project) -> None:
    ada = study.store.people.rater("Ada")
    first = study.store.recordings.of_participant()[0]
    clip = study.store.clips.add(first.id, 0, 29, ada.id)
    study.store.clips.exclude(clip.id, next(iter(ExclusionReason)), "test", ada.id)
    last = study.store.recordings.of_participant()[-1]
    seen = [FrameVisit(ada.id, last.id, frame, Condition.ASSISTED, 1, 1, 1.0, True) for frame in range(4)]
    study.store.suggestion_log.add_visits(seen)
    (one,) = measured(study).raters
    assert sum(each.frames for each in one.effort.conditions) == 150
    assert any(text.startswith("4 frames were coded beside another run") for text in one.warnings)
    # Seen with suggestions of whichever run, they are not the expert's own any more.
    assert one.model is not None
    assert 4 + 150 - _control(one) == next(
        each.frames for each in one.model.quality.dropped if "in sight" in each.why
    )
    (other,) = measured(study, run_id=1).raters
    assert [(each.condition, each.frames) for each in other.effort.conditions] == [(Condition.ASSISTED, 4)]
    assert other.anchoring is None
    assert any("no control frames" in text for text in other.warnings)


def test_children_that_the_model_learned_from_do_not_tell_how_good_it_is(
    study: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (before,) = measured(study).raters
    known = {"synthetic-net-v2": frozenset({"S71"}), "synthetic-net-v1": frozenset({"S72", "S73"})}
    monkeypatch.setattr(measure_assistance_, "learned_from", lambda _, name: known[name])
    found = measured(study)
    (one,) = found.raters
    assert before.model is not None
    assert one.model is not None
    ada, first = study.store.people.rater("Ada"), study.store.recordings.of_participant()[0]
    own = sum(
        visit.committed and visit.condition is Condition.CONTROL
        for visit in study.store.suggestion_log.visits(ada.id, first.id)
    )
    assert own
    assert one.model.quality.frames == before.model.quality.frames - own
    assert ("of children that the model learned from", own) in [
        (each.why, each.frames) for each in one.model.quality.dropped
    ]
    # What suggestions did to the coder is another question, and there the child stays.
    assert one.anchoring == before.anchoring
    # Nobody is left whom neither run knows.
    ((_, pair),) = found.drift[0].comparisons
    assert pair.mean is None
    assert "of children that neither learned from" in pair.why
    assert not any("There is no card" in text for text in found.warnings)
    known["synthetic-net-v2"] = frozenset({"S71", "S72", "S73"})
    (nobody,) = measured(study).raters
    assert nobody.model is None
    assert any("are of children that the model learned from: no F1." in text for text in nobody.warnings)


def _control(one: object) -> int:
    conditions = one.effort.conditions  # type: ignore[attr-defined]
    return next((each.frames for each in conditions if each.condition is Condition.CONTROL), 0)


def test_an_older_run_of_the_family_shows_drift(study: Project) -> None:
    found = measured(study)
    (drift,) = found.drift
    assert (drift.older, drift.newer) == ("synthetic-net-v1, run 1", "synthetic-net-v2, run 2")
    assert (drift.frames, drift.recordings) == (270, 3)
    change, changed = [], 0
    for _, recording in study.recordings():
        one, other = (proposals(study, recording, number) for number in (1, 2))
        assert one is not None
        assert other is not None
        change += np.abs(one.probabilities - other.probabilities).ravel().tolist()
        changed += int(((one.codes > 0) != (other.codes > 0)).sum())
    assert drift.overall.mean_change == pytest.approx(np.mean(change), rel=1e-6)
    assert (drift.overall.changed, drift.overall.decisions) == (changed, 270 * 5)
    ((rater, pair),) = drift.comparisons
    assert (rater, pair.first, pair.second) == ("Ada", drift.newer, drift.older)
    assert pair.mean is not None
    assert found.raters[0].model is not None
    assert pair.mean.first == pytest.approx(found.raters[0].model.quality.means[0].f1.value)
    assert any(text.startswith("There is no card of synthetic-net-v2 and") for text in found.warnings)
    assert measured(study, run_id=1).drift == ()


def test_two_coders_who_saw_the_same_model_are_warned_of(tmp_path: Path) -> None:
    with assisted_study(tmp_path / "s", children=2, frames=150, raters=("Ada", "Ben")) as project:
        found = measured(project)
        assert [one.rater for one in found.raters] == ["Ada", "Ben"]
        assert any(
            text.startswith("Ada and Ben saw suggestions of the same model") for text in found.warnings
        )
        assert any(text.startswith("Control frames lie in") for text in found.raters[0].warnings)
        (only,) = measured(project, rater="Ben").raters
        assert only == found.raters[1]


def test_a_fit_made_after_the_coding_is_warned_of(study: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not any("fitted" in text for text in measured(study).warnings)
    before = {recording.id: proposals(study, recording, 2) for _, recording in study.recordings()}
    # What a fit would propose is no matter here.
    monkeypatch.setattr(assistance_evidence, "proposals", lambda _, recording, __: before[recording.id])
    study.store.suggestions.add_fit(RunFit(2, "tests", {}))
    found = measured(study, run_id=2)
    assert any(text.startswith("The run was fitted to codes after") for text in found.warnings)
    assert found.facts["fitted on"] == "tests"
    assert any("were fitted to tests: on these" in text for text in found.warnings)


def test_frames_of_gold_standard_clips_are_not_control_frames(study: Project) -> None:
    before = measured(study).raters[0]
    ada = study.store.people.rater("Ada")
    control = [
        visit
        for visit in study.store.suggestion_log.visits(ada.id)
        if visit.condition is Condition.CONTROL and visit.committed
    ]
    first = control[0]
    study.store.gold.add(GoldClip(first.video_id, first.frame, first.frame + 9, ada.id))
    (after,) = measured(study).raters
    assert _control(after) == _control(before) - 10
    assert any(text.startswith("10 frames of gold-standard clips are left out") for text in after.warnings)
    # They were coded without suggestions all the same.
    assert before.model is not None
    assert after.model is not None
    assert after.model.quality.frames == before.model.quality.frames


def test_a_study_that_withholds_all_suggestions_has_no_lot(study: Project) -> None:
    study.settings = replace(study.settings, assistance=Assistance(mode="control", mode_fixed=True))
    assert any("not drawn by lot" in text for text in measured(study).warnings)


def test_neither_children_nor_groups_nor_paths_are_in_it(study: Project) -> None:
    told = str(asdict(measured(study)))
    assert not any(word in told for word in ("S71", "S72", "S73", "ASD", "TD", "play0", str(study.folder)))


def test_what_cannot_be_measured_is_refused_in_one_sentence(tmp_path: Path, study: Project) -> None:
    with create_project(tmp_path / "empty") as empty:
        with pytest.raises(ProjectError, match=r"No model has suggested .* hrm prelabel --model\."):
            measured(empty)
        _, recording = furnish(empty.store)
        run = empty.store.suggestions.run_of("net", "key", {})
        one = np.array([[0.5]], dtype=np.float32)
        empty.store.suggestions.add_block(run, recording.id, [0], np.array([0]), ("AU1",), one)
        with pytest.raises(ProjectError, match="Nobody has coded"):
            measured(empty)
        ada = empty.store.people.rater("Ada")
        empty.store.codings.save(FrameCoding(ada.id, recording.id, 3))
        (told,) = measured(empty).raters
        assert (told.effort.conditions, told.anchoring, told.model) == ((), None, None)
        assert told.warnings[0].startswith("Nothing is known of acts and time")
    with pytest.raises(NotFoundError, match="No model run 9"):
        measured(study, run_id=9)
    with pytest.raises(NotFoundError, match="Nina"):
        measured(study, rater="Nina")
    study.store.people.ensure_rater("Ben")
    with pytest.raises(ProjectError, match="Ben has coded nothing"):
        measured(study, rater="Ben")
