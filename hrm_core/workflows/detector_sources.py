"""What is evaluated against a rater's codes: training runs, predictions, published CSVs, other programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.exchange.held_out import read_held_out
from hrm_core.exchange.hrm_csv import BEFORE_VIDEO
from hrm_core.exchange.predictions import read_prediction_csv, read_predictions
from hrm_core.facs import ALL_ACTIONS
from hrm_core.models.train.run_folder import FOLDER, RunFolder, list_runs, open_run
from hrm_core.models.train.splits import same_person
from hrm_core.progress import CancelToken
from hrm_core.records.agreement import Source, SourceKind
from hrm_core.records.detections import Detections
from hrm_core.records.participant_codes import bare_code
from hrm_core.records.words import counted
from hrm_core.workflows.agreement_sources import source_named, sources
from hrm_core.workflows.agreement_sources import source_text as written
from hrm_core.workflows.predict_actions import predictions_path
from hrm_core.workflows.project import Project
from hrm_core.workflows.source_codes import source_says

__all__ = ["DetectorSource", "Place", "Said", "read_detector_source"]

HELD_OUT = "held-out.parquet"

Place = tuple[str, str]
"""Code of a child and name of a recording."""


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a source says of one recording.

    Attributes
    ----------
    frames : ndarray of int64, shape (n_frames,)
        Ascending, each once.
    values : ndarray of float32, shape (n_frames, n_actions)
        Probabilities, or 0 and 1; NaN where nothing is said.
    folds : ndarray of int64, shape (n_frames,), or None
        In which fold of its run a frame was held out.
    truth : ndarray of uint8, shape (n_frames, n_actions), or None
        The codes as they were when the run was made.
    left_out : mapping of str to ndarray of int64
        Frames of which it says nothing, by reason.
    """

    frames: NDArray[np.int64]
    values: NDArray[np.float32]
    folds: NDArray[np.int64] | None = None
    truth: NDArray[np.uint8] | None = None
    left_out: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class DetectorSource:
    """A source, read.

    Attributes
    ----------
    label : str
        As tables and figures call it; names no child.
    kind : {"probabilities", "decisions"}
        Which of them it says.
    actions : tuple of str
        In the order of the columns of what it says.
    said : mapping of Place to Said
        By recording; only those of which it says something.
    thresholds : ndarray of float64, shape (n_actions,)
        Its own.
    facts : mapping of str to str
        What a reader must know of it.
    rater : str
        Whose codes it was trained on; empty if that is not known, or it was not trained here.
    why_not : mapping of str to str
        Why it says nothing of an action.
    notes : tuple of str
        Sentences that a reader must see; they name no child.
    """

    label: str
    kind: Literal["probabilities", "decisions"]
    actions: tuple[str, ...]
    said: Mapping[Place, Said]
    thresholds: NDArray[np.float64]
    facts: Mapping[str, str] = field(default_factory=dict)
    rater: str = ""
    why_not: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_detector_source(project: Project, text: str, cancel: CancelToken | None = None) -> DetectorSource:
    """Read what a text names.

    Parameters
    ----------
    project : Project
        The open study.
    text : str
        Name of a run of ``hrm train au``; a coding as :func:`source_named` reads it (``"openface"``,
        ``"pyfeat:0.4"``, ``"run:3"``, a rater); name of a model whose predictions ``hrm predict`` wrote
        into the study; or a CSV of predictions, or a folder of such, named by participant.
    cancel : CancelToken, optional
        Asked between recordings.

    Raises
    ------
    NotFoundError
        If nothing has this name; the message lists what there is.
    ProjectError
        If the run is not finished, of another kind or of another study, or a file cannot be matched.
    InvalidFileError
        If a file is damaged.
    """
    cancel = cancel or CancelToken()
    runs, path = project.folder / FOLDER, Path(text)
    if path.name == text and (runs / text / "run.json").is_file():
        return _training_run(project, text)
    if (path / "run.json").is_file():
        if path.resolve().parent != runs.resolve():
            raise ProjectError(f"{path} is a run of another study: open that study with --project.")
        return _training_run(project, path.resolve().name)
    if path.is_dir() or path.suffix.lower() == ".csv":
        return _published(project, path, cancel)
    try:
        source = source_named(project, text)
    except NotFoundError:
        if text.lower().startswith("run:"):
            raise
        return _predictions(project, text, cancel)
    return _coding(project, source, cancel)


# ---- a run of hrm train au ---------------------------------------------------------------


def _training_run(project: Project, name: str) -> DetectorSource:
    run, folder = open_run(project.folder / FOLDER, name)
    if run.kind != "au":
        raise ProjectError(f"Run {name} learned ratings, not actions: name a run of hrm train au.")
    path = folder.path / HELD_OUT
    if not path.is_file():
        raise ProjectError(
            f"Run {name} has not said anything of held-out children yet (it is {run.state}): go on with "
            f"hrm train au --resume {name}."
        )
    held = read_held_out(path)
    here = {(who.code, recording.name) for who, recording in project.recordings()}
    said: dict[Place, Said] = {}
    pairs = np.column_stack([held.of_participant, held.of_video])
    for child, video in np.unique(pairs, axis=0).tolist():
        place = (held.participants[child], held.videos[video])
        if place not in here:
            raise ProjectError(
                f"Run {name} is about recordings that this study does not have: open the study that it was "
                "trained on, or train again if recordings were renamed."
            )
        rows = np.flatnonzero((pairs == (child, video)).all(axis=1))
        rows = rows[np.argsort(held.frames[rows], kind="stable")]
        said[place] = Said(held.frames[rows], held.said[rows], held.folds[rows], held.truth[rows])
    _require_one_fold_each(name, held)
    facts = {"network": run.network, "preset": run.preset, **held.facts}
    notes = () if run.state == "finished" else (f"The run is {run.state}; not all of its folds may be here.",)
    return DetectorSource(
        name,
        held.kind,
        held.actions,
        said,
        np.full(len(held.actions), held.threshold),
        {key: value for key, value in facts.items() if value},
        _rater_of(folder),
        notes=notes,
    )


def _require_one_fold_each(name: str, held: Detections) -> None:
    """A child in two folds was in the training set of both."""
    fold_of: dict[str, int] = {}
    for child, fold in np.unique(np.column_stack([held.of_participant, held.folds]), axis=0).tolist():
        if fold_of.setdefault(same_person(held.participants[child]), fold) != fold:
            raise ProjectError(
                f"Run {name} has frames of one child in two folds, so it was tested on a child that it was "
                "trained with: train again."
            )


def _rater_of(folder: RunFolder) -> str:
    """On whose codes a run was trained; empty if it does not say."""
    return str(folder.read_json("data").get("rater", "")) if (folder.path / "data.json").is_file() else ""


# ---- raters, other programs, runs of the store -------------------------------------------


def _coding(project: Project, source: Source, cancel: CancelToken) -> DetectorSource:
    said: dict[Place, Said] = {}
    every = np.array([entry.key for entry in ALL_ACTIONS])
    judged = np.zeros(len(every), dtype=bool)
    why_not: dict[str, str] = {}
    noted = 0
    for who, recording in project.recordings():
        cancel.raise_if_cancelled()
        says = source_says(project, source, who, recording, cancel=cancel)
        codes = says.codes
        noted += bool(says.notes)
        why_not |= codes.why_not
        if not len(codes):
            continue
        judged |= codes.judged
        values = (codes.codes > 0).astype(np.float32)
        if source.kind is SourceKind.MODEL:
            run = project.store.model_runs.probabilities(int(source.name), recording.id)
            rows = np.searchsorted(run.frames, codes.frames)
            values = run.probabilities[rows].astype(np.float32)
        values[:, ~codes.judged] = np.nan
        said[who.code, recording.name] = Said(codes.frames, values, left_out=codes.left_out)
    if not said:
        raise NotFoundError(
            f"{source.label} says nothing of any recording of this study: import its output with "
            f"hrm import {source.name}, or name another source."
            if source.kind is SourceKind.TOOL
            else f"{source.label} says nothing of any recording of this study: name another source."
        )
    notes = (
        f"The files imported for {counted(noted, 'recording')} need a look: hrm reliability show names them.",
    )
    return DetectorSource(
        source.label,
        "probabilities" if source.kind is SourceKind.MODEL else "decisions",
        tuple(every[judged].tolist()),
        {
            place: Said(one.frames, one.values[:, judged], left_out=one.left_out)
            for place, one in said.items()
        },
        np.full(int(judged.sum()), 0.5 if source.threshold is None else source.threshold),
        {"source": source.kind.value},
        why_not=why_not,
        notes=notes if noted else (),
    )


# ---- predictions of hrm predict ------------------------------------------------------------


def _predictions(project: Project, model: str, cancel: CancelToken) -> DetectorSource:
    """Predictions in the study that a model made."""
    said: dict[Place, Said] = {}
    others: set[str] = set()
    weights: set[str] = set()
    first = None
    for who, recording in project.recordings():
        cancel.raise_if_cancelled()
        path = predictions_path(project, who, recording)
        if not path.is_file():
            continue
        found = read_predictions(path)
        if found.model != model:
            others.add(found.model)
            continue
        first = first or found
        if found.actions != first.actions or found.thresholds.tolist() != first.thresholds.tolist():
            raise ProjectError(
                f"{path} was made with other actions or thresholds than the predictions of {model} on other "
                "recordings: make them all again with hrm predict --force."
            )
        weights.add(found.weights_sha256)
        said[who.code, recording.name] = Said(found.frames, found.probabilities)
    if first is None:
        raise NotFoundError(_nothing_named(project, model, others))
    facts = {"model": model, "learned from": first.population, "licence": first.licence}
    notes = [f"Limit: {limit}" for limit in first.limits]
    if len(weights) > 1:
        notes.append(f"Predictions of {len(weights)} different files of weights are mixed here.")
    return DetectorSource(
        model,
        "probabilities",
        first.actions,
        said,
        first.thresholds.astype(np.float64),
        {key: value for key, value in facts.items() if value},
        notes=tuple(notes),
    )


def _nothing_named(project: Project, text: str, models: set[str]) -> str:
    runs = [run.name for run in list_runs(project.folder / FOLDER) if run.kind == "au"]
    codings = [written(source) for source in sources(project)]
    there = ", ".join([*runs, *sorted(models), *codings]) or "nothing yet"
    return (
        f"Nothing here is called {text!r}; there are: {there}. A CSV of predictions or a folder of them is "
        "named by its path."
    )


# ---- published CSVs ------------------------------------------------------------------------


def _published(project: Project, path: Path, cancel: CancelToken) -> DetectorSource:
    """CSVs of 0 and 1, each named by a participant (and a video) as label files are."""
    if not path.exists():
        raise NotFoundError(f"There is no file {path}: check its name.")
    files = sorted(path.rglob("*.csv")) if path.is_dir() else [path]
    if not files:
        raise NotFoundError(f"{path} holds no CSV: name the folder of predictions.")
    said: dict[Place, Said] = {}
    actions: tuple[str, ...] = ()
    of_nobody = 0
    for file in files:
        cancel.raise_if_cancelled()
        place = _whose(project, file)
        if place is None:
            of_nobody += 1
            continue
        if place in said:
            raise ProjectError(f"{file} is the second file of one recording: leave one of them out.")
        frames, keys, present = read_prediction_csv(file)
        if actions and set(keys) != set(actions):
            raise ProjectError(
                f"{file} has other actions than the files before it ({len(keys)} and {len(actions)}): "
                "evaluate predictions of one network at a time."
            )
        actions = actions or keys
        order = [keys.index(key) for key in actions]
        said[place] = Said(frames, present[:, order].astype(np.float32))
    if not said:
        raise ProjectError(
            f"No file of {path} is named by a participant of this study: name them as label files are, "
            "S7.csv, or S7__video.csv where a child has several recordings."
        )
    notes = (f"{counted(of_nobody, 'CSV')} in that folder are of nobody in this study and were passed over.",)
    return DetectorSource(
        _published_label(project, path),
        "decisions",
        actions,
        said,
        np.full(len(actions), 0.5),
        {"source": "CSV of predictions"},
        notes=notes if of_nobody else (),
    )


def _published_label(project: Project, path: Path) -> str:
    """Name of the folder; but no report shows what is named by a child, as single files are."""
    name = path.resolve().name
    children = {same_person(who.code) for who in project.participants()}
    by_child = same_person(name.partition(BEFORE_VIDEO)[0]) in children
    return name if path.is_dir() and name and not by_child else "CSV of predictions"


def _whose(project: Project, file: Path) -> Place | None:
    """The recording that a file is named by: its child, its child and video, or its video alone."""
    groups = project.settings.groups
    code, _, video = file.stem.partition(BEFORE_VIDEO)
    every = [(who.code, recording.name) for who, recording in project.recordings()]
    same = [place for place in every if place[0] == code] or [
        place for place in every if bare_code(place[0], groups) == bare_code(code, groups)
    ]
    named = [place for place in same if place[1] == video] if video else same
    if not same:
        named = [place for place in every if place[1] == file.stem]
    if len(named) > 1:
        raise ProjectError(
            f"{file} may be of {len(named)} recordings: name it by child and video, as "
            f"{code}{BEFORE_VIDEO}{named[0][1]}.csv."
        )
    return named[0] if named else None
