"""What a model had a part in is known wherever the codes go: copies, exports, imports, comparisons."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.model_run import ModelRun
from hrm_core.records.people import Rater
from hrm_core.records.recording import Recording
from hrm_core.records.runs import Pen
from hrm_core.records.suggestion import Condition, SuggestionDecision, Verdict
from hrm_core.workflows.add_participant import add_participant, add_rater
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.agreement_sources import source_named
from hrm_core.workflows.code_formats import FORMATS
from hrm_core.workflows.evaluate_actions import evaluate_actions
from hrm_core.workflows.exchange_hrm_csv import import_hrm_csv
from hrm_core.workflows.export_hrm_csv import export_hrm_csv
from hrm_core.workflows.export_sheets import export_sheets
from hrm_core.workflows.import_sheet import import_sheets, plan_import
from hrm_core.workflows.machine_touched import machine_touched
from hrm_core.workflows.measure_agreement import measure_pair
from hrm_core.workflows.project import Project, create_project

ACCEPTED = {3, 4}
"""Frames with a code that was accepted, and one that it was carried to."""
ABSENT = 5
"""Where it was accepted that nothing is there: no code tells it, only the log."""
TOUCHED = ACCEPTED | {ABSENT}


class Study:
    """A study with one film, a run of a model, and what Ada says of frames 2-7 with its help."""

    def __init__(self, folder: Path, film: Path, *, other_runs: int = 0) -> None:
        self.project: Project = create_project(folder)
        add_participant(self.project, "7", group="ASD")
        self.recording: Recording = add_video(self.project, "7", film, name="play")
        self.ada: Rater = add_rater(self.project, "Ada")
        for number in range(other_runs):
            self.run_of(f"other-{number}")

    def run_of(self, model: str) -> ModelRun:
        """A run that says AU12 is there from frame 2 to 4."""
        frames = np.arange(8)
        run_id = self.project.store.suggestions.run_of(model, f"key of {model}", {"actions": ["AU12"]})
        said = np.where((frames >= 2) & (frames <= 4), 0.9, 0.1).astype(np.float32)[:, None]
        self.project.store.suggestions.add_block(
            run_id, self.recording.id, frames.tolist(), frames, ["AU12"], said
        )
        return self.project.store.model_runs.get(run_id)

    def save(self, rater: Rater, codes: dict[int, tuple[ActionCode, ...]]) -> None:
        said = {f: FrameCoding(rater.id, self.recording.id, f, own) for f, own in codes.items()}
        self.project.store.codings.save_frames(
            rater.id, self.recording.id, said, based_on=dict.fromkeys(said)
        )

    def codes(self) -> dict[int, tuple[ActionCode, ...]]:
        found = self.project.store.codings.of_video(add_rater(self.project, "Ada").id, self.recording.id)
        return {frame: coding.codes for frame, coding in found.items()}

    def decide(self, frame: int, verdict: Verdict, run: ModelRun, *, taken_back: bool = False) -> None:
        self.project.store.suggestion_log.add_decisions([
            SuggestionDecision(
                *(self.ada.id, self.recording.id, frame, frame, run.id, None, verdict),
                *(Condition.ASSISTED, None, taken_back),
            )
        ])  # fmt: skip


def with_help(study: Study) -> ModelRun:
    """Ada codes: 2 by hand, 3 accepted, 4 carried from 3, 5 accepted as empty, 6 rejected, 7 taken back."""
    run = study.run_of("starter-v1")
    accepted = ActionCode("AU12", 1, origin=Origin.ACCEPTED, model_run_id=run.id)
    carried = ActionCode("AU12", 1, origin=Origin.CARRIED, model_run_id=run.id)
    own = ActionCode("AU12", 2)
    study.save(study.ada, {2: (own,), 3: (accepted,), 4: (carried,), 5: (), 6: (), 7: ()})
    study.decide(ABSENT, Verdict.ACCEPTED, run)
    study.decide(6, Verdict.REJECTED, run)
    study.decide(7, Verdict.ACCEPTED, run)
    study.decide(7, Verdict.ACCEPTED, run, taken_back=True)
    return run


@pytest.fixture
def study(tmp_path: Path, film: Path) -> Iterator[Study]:
    made = Study(tmp_path / "study", film)
    yield made
    made.project.close()


def test_a_copied_code_names_the_run_that_it_came_from() -> None:
    accepted = ActionCode("AU12", 2, "B", Origin.ACCEPTED, 7)
    own = ActionCode("AU4", 1)
    codings = {3: FrameCoding(1, 1, 3, (accepted, own))}
    pen = Pen(codings, partial(FrameCoding, 1, 1))
    once = pen.fill([4], codings[3])[4]
    assert once is not None
    assert once.codes == (
        ActionCode("AU4", 1, origin=Origin.CARRIED),
        ActionCode("AU12", 2, "B", Origin.CARRIED, 7),
    )
    confirmed = Pen({4: once}, partial(FrameCoding, 1, 1)).confirm([4])[4]
    assert confirmed is not None
    twice = Pen({4: confirmed}, partial(FrameCoding, 1, 1), here=5).fill([5], confirmed)[5]
    assert twice is not None
    assert twice.entry_of("AU12") == ActionCode("AU12", 2, "B", Origin.HUMAN, 7)
    assert twice.state is CodingState.CODED
    # A run of frames that is made longer is the model's on its new frames, too.
    longer = pen.move_run("AU12", (3, 3), (3, 5))
    assert {frame: c and c.entry_of("AU12").model_run_id for frame, c in longer.items()} == {4: 7, 5: 7}  # type: ignore[union-attr]
    assert confirmed.with_code("AU12", 3).entry_of("AU12") == ActionCode("AU12", 3, "B")


def test_frames_that_a_model_had_a_part_in(study: Study) -> None:
    run = with_help(study)
    assert machine_touched(study.project, study.ada, study.recording) == TOUCHED
    assert machine_touched(study.project, add_rater(study.project, "Ben"), study.recording) == set()
    study.decide(7, Verdict.CORRECTED, run)
    assert machine_touched(study.project, study.ada, study.recording) == {*TOUCHED, 7}


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_can_leave_them_out(study: Study, tmp_path: Path, form: str) -> None:
    with_help(study)
    (sheet,) = export_sheets(study.project, form, tmp_path / "all", human_only=False).sheets
    assert (sheet.frames, any("left out" in loss.what for loss in sheet.losses)) == (6, False)
    (told,) = export_sheets(study.project, form, tmp_path / "human", human_only=True, dry_run=True).sheets
    (sheet,) = export_sheets(study.project, form, tmp_path / "human", human_only=True).sheets
    assert told == sheet
    assert (sheet.frames, sheet.losses[0].count, sheet.losses[0].frames) == (3, 3, (3, 4, 5))
    assert sheet.file is not None
    read = FORMATS[form].read(sheet.file, np.arange(60) / 25)
    assert set(read.sheet.codings) == {2, 6, 7}, "left out is uncoded, not empty"
    lost = {loss.what for loss in sheet.losses}
    assert "number of the model run" not in lost


def test_a_table_that_holds_everything_cannot_say_that_an_absence_was_accepted(
    study: Study, tmp_path: Path
) -> None:
    with_help(study)
    (sheet,) = export_sheets(study.project, "csv", tmp_path / "all").sheets
    # Frame 5 has no code of the model.
    assert [(loss.what, loss.count, loss.frames) for loss in sheet.losses] == [
        ("that a suggested absence was accepted", 1, (5,))
    ]


def test_a_recording_of_which_nothing_is_left_makes_no_file(study: Study, tmp_path: Path) -> None:
    run = study.run_of("starter-v1")
    study.save(study.ada, {3: (ActionCode("AU12", 1, origin=Origin.ACCEPTED, model_run_id=run.id),)})
    (sheet,) = export_sheets(study.project, "csv", tmp_path / "out", human_only=True).sheets
    assert (sheet.file, sheet.frames, sheet.problem, sheet.losses[0].count) == (None, 0, "", 1)
    assert not (tmp_path / "out").exists()
    # What lies there from before would be taken for it.
    (all_of_it,) = export_sheets(study.project, "csv", tmp_path / "out").sheets
    assert all_of_it.file is not None
    (sheet,) = export_sheets(study.project, "csv", tmp_path / "out", human_only=True, again=True).sheets
    assert (sheet.file, sheet.losses) == (None, ())
    assert sheet.problem.endswith(f"{all_of_it.file} is of an earlier export: delete it.")
    with pytest.raises(NotFoundError, match="had a part in every frame that Ada coded"):
        export_hrm_csv(study.project, tmp_path / "labels", human_only=True)


def test_labels_of_before_that_nothing_is_left_of_stop_an_export(
    study: Study, tmp_path: Path, film: Path
) -> None:
    run = with_help(study)
    add_participant(study.project, "8", group="ASD")
    other = add_video(study.project, "8", film, name="play")
    accepted = ActionCode("AU12", 1, origin=Origin.ACCEPTED, model_run_id=run.id)
    study.project.store.codings.save(FrameCoding(study.ada.id, other.id, 0, (accepted,)))
    written = export_hrm_csv(study.project, tmp_path / "out").files
    for path in (tmp_path / "out").rglob("*.models.csv"):
        path.unlink()
    with pytest.raises(ProjectError, match=r"Participant-8\.csv is of an earlier export.*delete it"):
        export_hrm_csv(study.project, tmp_path / "out", human_only=True)
    written[1].unlink()
    assert export_hrm_csv(study.project, tmp_path / "out", human_only=True).files == written[:1]


def test_label_files_name_the_codes_of_a_model_or_leave_their_frames_out(
    study: Study, tmp_path: Path
) -> None:
    run = with_help(study)
    report = export_hrm_csv(study.project, tmp_path / "all")
    assert (report.frames, report.machine_touched) == (6, 3)
    (beside,) = report.beside
    assert beside.name == "Participant-7.models.csv"
    with beside.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["frame", "action", "origin", "model", "model_run"],
        ["3", "AU12", "accepted", "starter-v1", str(run.id)],
        ["4", "AU12", "carried", "starter-v1", str(run.id)],
    ]
    with pytest.raises(ProjectError, match=r"Participant-7\.models\.csv is of an earlier export.*delete it"):
        export_hrm_csv(study.project, tmp_path / "all", human_only=True)
    told = import_hrm_csv(study.project, [tmp_path / "all"], rater="Ben").notes
    assert any(note.startswith("Participant-7.models.csv: codes that it calls a model's") for note in told)
    report = export_hrm_csv(study.project, tmp_path / "human", rater="Ada", human_only=True)
    assert (report.frames, report.machine_touched, report.beside) == (3, 3, ())
    import_hrm_csv(study.project, [tmp_path / "human"], rater="Cleo")
    cleo = add_rater(study.project, "Cleo")
    assert set(study.project.store.codings.of_video(cleo.id, study.recording.id)) == {2, 6, 7}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tidy_tables_keep_the_run_in_the_study_and_its_part_elsewhere(
    study: Study, tmp_path: Path, film: Path, form: str
) -> None:
    run = with_help(study)
    before = study.codes()
    (sheet,) = export_sheets(study.project, form, tmp_path / form).sheets
    assert sheet.file is not None
    if form == "csv":
        with sheet.file.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [(row["model"], row["model_run"]) for row in rows if row["frame"] in "234"] == [
            ("", ""),
            ("starter-v1", str(run.id)),
            ("starter-v1", str(run.id)),
        ]
    # Somebody new in the same study: the runs are there.
    (plan,) = plan_import(study.project, [sheet.file], rater="Ben")
    import_sheets(study.project, [plan])
    ben = study.project.store.codings.of_video(add_rater(study.project, "Ben").id, study.recording.id)
    assert {frame: coding.codes for frame, coding in ben.items()} == before
    # In another study the number belongs to another model, or to none.
    for others in (0, 1):
        there = Study(tmp_path / f"elsewhere-{others}", film, other_runs=others)
        (plan,) = plan_import(there.project, [sheet.file])
        assert [note.message for note in plan.notes] == [
            f"Run {run.id} of the model 'starter-v1' is not in this study: 2 codes from it taken as accepted "
            "from a model, without the run."
        ]
        import_sheets(there.project, [plan])
        codes = there.codes()
        assert codes[2] == before[2]
        assert codes[3] == codes[4] == (ActionCode("AU12", 1, origin=Origin.ACCEPTED),)
        ada = add_rater(there.project, "Ada")
        assert machine_touched(there.project, ada, there.recording) == ACCEPTED
        there.project.close()


def test_comparisons_count_the_frames_that_a_model_had_a_part_in(study: Study) -> None:
    with_help(study)
    own = (ActionCode("AU12", 1),)
    study.save(add_rater(study.project, "Ben"), {2: own, 3: own, 5: (), 6: (), 9: ()})
    first, second = (source_named(study.project, name) for name in ("Ada", "Ben"))
    warnings = measure_pair(study.project, first, second).warnings
    about = [warning for warning in warnings if "suggestions" in warning]
    # Frames 2, 3, 5 and 6 are compared; of these 3 and 5.
    assert about == [
        "A model's suggestions were accepted or corrected on 2 of the 4 compared frames of Ada: agreement "
        "there is not that of an independent coding."
    ]
    report = evaluate_actions(study.project, ["run:1"], rater="Ada")
    assert any("on 3 of the 6 frames that Ada coded" in words for words in report.sources[0].warnings)
    report = evaluate_actions(study.project, ["run:1"], rater="Ben")
    assert not any("suggestions" in words for words in report.sources[0].warnings)


def test_what_was_said_before_the_model_came_is_not_touched(study: Study) -> None:
    with_help(study)
    log = study.project.store.suggestion_log
    before = datetime.now(UTC) - timedelta(days=1)
    assert log.touched(study.ada.id, study.recording.id, before) == set()
    assert log.touched(study.ada.id, study.recording.id, before + timedelta(days=2)) == {ABSENT}
