"""Evaluating detectors of a study: what counts as truth, which frames are compared, what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.exchange.held_out import write_held_out
from hrm_core.exchange.predictions import write_prediction_csv, write_predictions
from hrm_core.models.train.run_folder import FOLDER, RunKind, new_run
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.records.detection_results import DetectionOptions
from hrm_core.records.detections import Detections
from hrm_core.records.people import Participant
from hrm_core.records.prediction import Prediction
from hrm_core.records.recording import Recording
from hrm_core.workflows.evaluate_actions import evaluate_actions
from hrm_core.workflows.predict_actions import predictions_path
from hrm_core.workflows.project import Project, create_project
from hrm_core.workflows.write_detection_report import write_detection_report
from tests.support.builders import table

# Codes that stand in no other word, so that a report can be searched for them.
CHILDREN = ("S71", "S72", "S73", "S74")
FRAMES = 30
ACTIONS = ("AU1", "AU4", "AU12")
QUICK = DetectionOptions(replicates=50, least_positives=5)


def codes_of(seed: int) -> np.ndarray:  # type: ignore[type-arg]
    codes = np.zeros((FRAMES, 35), dtype=np.uint8)
    for key, rate in zip(ACTIONS, (0.3, 0.5, 0.6), strict=True):
        codes[:, COLUMN_OF[key]] = 2 * (np.random.default_rng([seed, len(key)]).random(FRAMES) < rate)
    return codes


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Project]:
    """Four synthetic children, each with a recording of 30 frames that Ada coded."""
    with create_project(tmp_path / "研究 1") as project:
        for number, code in enumerate(CHILDREN):
            group, sex = ("ASD", "TD")[number % 2], "FM"[number // 2]
            child = Participant(0, code, group, sex, None if code == "S74" else 4.0 + number)
            who = project.store.people.add_participant(child)
            film = project.store.recordings.add(Recording(0, who.id, f"play{number}", frame_count=FRAMES))
            _save(project, "Ada", film, codes_of(number), range(FRAMES))
        yield project


def _save(project: Project, name: str, film: Recording, codes: object, frames: range) -> None:
    rater = project.store.people.ensure_rater(name)
    values = np.asarray(codes)[: len(frames)]
    project.store.codings.import_tables(
        [table(rater.id, film.id, frames, values)], actor_id=rater.id, reason="test"
    )


def detections(noise: float = 0.0, *, children: tuple[str, ...] = CHILDREN) -> Detections:
    """What a synthetic network says of the frames: the codes, but for noise."""
    columns = [COLUMN_OF[key] for key in ACTIONS]
    truth = np.concatenate([codes_of(number)[:, columns] > 0 for number in range(len(children))])
    draw = np.random.default_rng(7)
    said = np.clip(truth * 0.8 + 0.1 + noise * draw.standard_normal(truth.shape), 0, 1)
    child = np.repeat(np.arange(len(children)), FRAMES)
    return Detections(
        "synthetic", ACTIONS, children, child, tuple(f"play{number}" for number in range(len(children))),
        child, np.tile(np.arange(FRAMES), len(children)), child % 2 + 1, truth.astype(np.uint8),
        said.astype(np.float32), "probabilities", facts={"data": "synthetic"},
    )  # fmt: skip


def add_run(
    project: Project, name: str, held: Detections | None, *, kind: RunKind = "au", rater: str = "Ada"
) -> Path:
    with new_run(project.folder / FOLDER, kind, "resnet50", "smoke", name=name, synthetic=True) as run:
        run.write_json("data", {"rater": rater})
        if held is not None:
            write_held_out(run.path / "held-out.parquet", held)
        run.set_state(state="stopped" if held is None else "finished")
    return run.path


def test_a_run_is_measured_fold_by_fold(study: Project) -> None:
    add_run(study, "perfect", detections())
    (one,) = evaluate_actions(study, ["perfect"], options=QUICK).sources
    assert one.folds == ("1", "2")
    assert (one.participants, one.recordings, one.frames) == (4, 4, 120)
    assert [entry.action for entry in one.actions] == list(ACTIONS)
    assert all(fold.f1.value == 1.0 for entry in one.actions for fold in entry.folds)
    assert one.not_compared["AU2"] == "perfect does not have it"
    assert [gap.attribute for gap in one.gaps] == ["group", "sex", "age"]
    assert one.gaps[2].unknown == 1
    assert [group.name for group in one.gaps[2].groups] == ["5 years or less", "over 5 years"]


def test_the_codes_of_today_are_the_truth(study: Project) -> None:
    add_run(study, "run", detections())
    film = study.store.recordings.of_participant()[0]
    rater = study.store.people.rater("Ada")
    coding = study.store.codings.get(rater.id, film.id, 3)
    assert coding is not None
    changed = 0 if any(entry.action == "AU12" for entry in coding.codes) else 1
    study.store.codings.save(coding.with_code("AU12", changed))
    (one,) = evaluate_actions(study, ["run"], options=QUICK).sources
    assert any(text.startswith("1 code changed since it was trained") for text in one.warnings)
    assert one.actions[2].f1.value is not None
    assert one.actions[2].f1.value < 1.0


def test_thresholds_are_tuned_on_the_other_children(study: Project) -> None:
    # All probabilities are a third of what they should be: from 0.5 on nothing is found.
    low = detections()
    add_run(study, "low", replace(low, said=low.said / 3))
    fixed = evaluate_actions(study, ["low"], options=QUICK).sources[0]
    tuned = evaluate_actions(study, ["low"], options=replace(QUICK, thresholds="tuned")).sources[0]
    assert fixed.means[0].f1.value == 0.0
    assert tuned.means[0].f1.value == 1.0
    assert tuned.actions[0].thresholds == pytest.approx((0.5 / 3, 0.5 / 3))
    assert "the folds it was trained in" in tuned.how_thresholds


def predict(project: Project, held: Detections, model: str = "net") -> None:
    for who, film in project.recordings():
        rows = held.of_participant == held.participants.index(who.code)
        told = Prediction(
            held.frames[rows], held.actions, held.said[rows], np.full(3, 0.4, np.float32), model,
            "a" * 64, "tests", "synthetic children", ("synthetic",),
        )  # fmt: skip
        write_predictions(predictions_path(project, who, film), told)


def test_predictions_have_no_folds_and_the_thresholds_of_their_card(study: Project) -> None:
    predict(study, detections(0.2))
    fixed = evaluate_actions(study, ["net"], options=QUICK).sources[0]
    assert fixed.folds == ("all",)
    assert fixed.actions[0].thresholds == pytest.approx((0.4,))
    tuned = evaluate_actions(study, ["net"], options=replace(QUICK, thresholds="tuned")).sources[0]
    assert "3 folds by person, made for this alone" in tuned.how_thresholds
    assert len(tuned.actions[0].thresholds) == 3


def csv_folder(folder: Path, held: Detections, names: tuple[str, ...]) -> Path:
    for number, name in enumerate(names):
        rows = held.of_participant == number
        told = Prediction(
            held.frames[rows], held.actions, held.said[rows], np.full(3, 0.5, np.float32), "m", "", "", "", ()
        )
        write_prediction_csv(folder / name, told)
    return folder


def test_published_csvs_are_found_by_the_names_of_children(study: Project, tmp_path: Path) -> None:
    names = ("71.csv", "s72TD.csv", "Participant-73__play2.csv", "play3.csv", "S99.csv")
    folder = csv_folder(tmp_path / "published", detections(children=(*CHILDREN, "S99")), names)
    report = evaluate_actions(study, [str(folder), str(folder / "71.csv")], options=QUICK)
    one, single = report.sources
    assert (one.label, one.participants, one.kind) == ("published", 4, "decisions")
    assert one.means[0].f1.value == 1.0
    assert any("1 CSV in that folder" in text for text in one.warnings)
    # One child: no interval, and the reason; its code is not the label.
    assert (single.label, single.participants) == ("CSV of predictions", 1)
    assert single.means[0].f1.low is None
    assert any(text.startswith("There is 1 child only") for text in single.warnings)


def test_frames_and_actions_that_one_lacks_are_counted(study: Project, tmp_path: Path) -> None:
    path = tmp_path / "S71.csv"
    path.write_text("frame,1,2\n25,1,0\n26,0,0\n99,1,1\n", encoding="utf-8")
    (one,) = evaluate_actions(study, [str(path)], options=QUICK).sources
    assert one.frames == 2
    dropped = {entry.why: entry.frames for entry in one.dropped}
    assert dropped == {"nothing said by CSV of predictions": 118, "not coded by Ada": 1}
    assert [entry.action for entry in one.actions] == ["AU1", "AU2"]
    assert any("Not coded in any frame, so n/a and in no mean: " in text for text in one.warnings)


def test_a_folder_that_is_named_by_a_child_names_no_source(study: Project, tmp_path: Path) -> None:
    for name in ("S71", "s71 (TD)", "S71__play0"):
        folder = csv_folder(tmp_path / name, detections(), ("S71.csv",))
        (one,) = evaluate_actions(study, [str(folder)], options=QUICK).sources
        assert one.label == "CSV of predictions"


def test_a_file_belongs_to_the_child_with_exactly_its_code(study: Project, tmp_path: Path) -> None:
    who = study.store.people.add_participant(Participant(0, "S71TD", "TD"))
    film = study.store.recordings.add(Recording(0, who.id, "play9", frame_count=FRAMES))
    _save(study, "Ada", film, codes_of(0), range(FRAMES))
    folder = csv_folder(tmp_path / "all", detections(), ("S71.csv",))
    csv_folder(folder, replace(detections(), said=1 - detections().said), ("S71TD.csv",))
    (one,) = evaluate_actions(study, [str(folder)], options=QUICK).sources
    assert one.participants == 2
    (alone,) = evaluate_actions(study, [str(folder / "S71.csv")], options=QUICK).sources
    assert (alone.participants, alone.means[0].f1.value) == (1, 1.0)


@pytest.mark.parametrize("codes", [CHILDREN, ("S71", "S72", "s71 TD", "S74")])
def test_a_run_with_one_child_in_two_folds_is_refused(study: Project, codes: tuple[str, ...]) -> None:
    held = detections()
    folds = held.folds.copy()
    if codes == CHILDREN:
        folds[0] = 2
    else:
        third = study.store.people.add_participant(Participant(0, "s71 TD", "TD"))
        study.store.recordings.add(Recording(0, third.id, "play2", frame_count=FRAMES))
        folds[held.of_participant == 2] = 2
    add_run(study, "leaky", replace(held, folds=folds, participants=codes))
    with pytest.raises(ProjectError, match="Run leaky has frames of one child in two folds"):
        evaluate_actions(study, ["leaky"], options=QUICK)


def test_what_a_source_leaves_open_is_counted(study: Project) -> None:
    held = detections()
    said = held.said.copy()
    said[:7, 0] = np.nan
    said[:, 2] = np.nan
    add_run(study, "gaps", replace(held, said=said))
    (one,) = evaluate_actions(study, ["gaps"], options=replace(QUICK, thresholds="tuned")).sources
    assert any(text.startswith("It says nothing of 127 decisions") for text in one.warnings)
    assert [entry.frames for entry in one.actions] == [113, 120, 0]
    assert one.actions[2].f1.value is None
    assert one.means[0].actions == ("AU1", "AU4")


def test_sources_are_compared_with_the_same_children(study: Project, tmp_path: Path) -> None:
    add_run(study, "good", detections())
    add_run(study, "poor", detections(0.7))
    report = evaluate_actions(study, ["good", "poor", "good"], options=QUICK)
    (pair,) = report.comparisons
    assert (pair.first, pair.second, pair.frames) == ("good", "poor", 120)
    assert pair.mean is not None
    assert pair.mean.first == 1.0
    assert pair.mean.p is not None
    files = write_detection_report(report, tmp_path / "report", ("html", "latex", "csv"))
    everything = b"".join(path.read_bytes() for path in files).decode()
    assert not [code for code in CHILDREN if code in everything]
    assert "For methodologists" in everything
    methods = ("precision = TP / (TP + FP)", "ages are parted at their median", "2^(1 − n) with n children")
    assert all(words in everything for words in methods)
    assert r"\begin{longtable}{lrrrr}" in everything
    again = replace(report, made_on=None)
    once = write_detection_report(again, tmp_path / "a", ("html", "latex", "csv"))
    twice = write_detection_report(again, tmp_path / "b", ("html", "latex", "csv"))
    assert [path.read_bytes() for path in once] == [path.read_bytes() for path in twice]


def test_names_of_sources_and_folds_stand_as_they_are(study: Project, tmp_path: Path) -> None:
    # A drawing library takes names that begin with "_" for hidden; the second fold is not done yet.
    held = detections(0.2)
    add_run(study, "_网络-1", replace(held, folds=np.where(held.folds == 2, 3, 1)))
    report = evaluate_actions(study, ["_网络-1"], options=replace(QUICK, thresholds="tuned"))
    files = write_detection_report(report, tmp_path / "report", ("html", "csv", "latex"))
    texts = {path.name: path.read_text(encoding="utf-8") for path in files}
    assert re.search(r"<text [^>]*>_网络-1</text>", texts["detection.html"])
    assert texts["thresholds.csv"].lstrip("\ufeff").startswith("source,action,threshold_1,threshold_3\n")
    assert r"\_网络-1" in texts["detection.tex"]


def test_a_second_rater_makes_the_truth_a_choice(study: Project) -> None:
    film = study.store.recordings.of_participant()[0]
    _save(study, "Ben", film, codes_of(0), range(10))
    predict(study, detections())
    with pytest.raises(ProjectError, match=r"--rater whose codes are the truth; .* by Ada, Ben\."):
        evaluate_actions(study, ["net"], options=QUICK)
    report = evaluate_actions(study, ["net", "Ada"], rater="Ben", options=QUICK)
    assert [one.frames for one in report.sources] == [10, 10]
    assert report.sources[1].means[0].f1.value == 1.0
    # A run says on whose codes it was trained.
    add_run(study, "run", detections())
    assert evaluate_actions(study, ["run"], options=QUICK).rater == "Ada"
    _save(study, "Cem", film, 2 - codes_of(0), range(10))
    told = evaluate_actions(study, ["run"], rater="Cem", options=QUICK).sources[0].warnings
    assert "It was trained on the codes of Ada." in told
    # What another rater coded otherwise has not changed.
    assert not [text for text in told if "changed" in text]


def test_what_cannot_be_evaluated_is_told_in_one_sentence(study: Project, tmp_path: Path) -> None:
    def refused(error: type[Exception], match: str, *names: object, rater: str | None = None) -> None:
        with pytest.raises(error, match=match):
            evaluate_actions(study, [str(name) for name in names], rater=rater, options=QUICK)

    add_run(study, "begun", None)
    refused(ProjectError, "begun has not said anything .*stopped.* hrm train au --resume begun", "begun")
    add_run(study, "ratings", None, kind="atypicality")
    refused(ProjectError, "ratings learned ratings, not actions", "ratings")
    add_run(study, "foreign", detections(children=("S1", "S2")))
    refused(ProjectError, "recordings that this study does not have", "foreign")
    path = add_run(study, "damaged", detections())
    (path / "held-out.parquet").write_bytes(b"PAR1")
    refused(InvalidFileError, "cannot be read as Parquet", "damaged")
    predict(study, detections())
    refused(NotFoundError, "called 'nothing'; there are: .*net, Ada", "nothing")
    refused(NotFoundError, "OpenFace says nothing of any recording", "openface")
    refused(ProjectError, "is a program: name a rater", "net", rater="openface")
    later = tmp_path / "S71.csv"
    later.write_text("frame,1\n500,1\n", encoding="utf-8")
    refused(ProjectError, "have no frame in common", later)
    other = tmp_path / "other" / "nobody.csv"
    other.parent.mkdir()
    other.write_text("frame,1\n1,1\n", encoding="utf-8")
    refused(ProjectError, "No file of .* is named by a participant", other)
    refused(NotFoundError, "There is no file", tmp_path / "lacking.csv")
    (tmp_path / "empty").mkdir()
    refused(NotFoundError, "holds no CSV", tmp_path / "empty")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text("{}")
    refused(ProjectError, "is a run of another study", tmp_path / "run")
    refused(InvalidFileError, "cannot be read as Parquet", path)


def test_a_run_that_was_killed_is_told(study: Project) -> None:
    path = add_run(study, "run", detections())
    text = json.loads((path / "run.json").read_text())
    (path / "run.json").write_text(json.dumps({**text, "state": "running"}))
    (one,) = evaluate_actions(study, ["run"], options=QUICK).sources
    assert any("The run is stopped" in sentence for sentence in one.warnings)
