"""Fit what a run of a model says to what one coder has coded, so that proposals need few corrections."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.facs import ALL_ACTIONS
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.records.model_run import ModelRun
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Recording
from hrm_core.records.suggestion import RunFit
from hrm_core.records.words import counted
from hrm_core.suggestions.boundaries import sequences
from hrm_core.suggestions.fit import LEAST_BOUNDARIES, LEAST_FRAMES, Coded, fit, is_enough
from hrm_core.suggestions.fitted import as_detail
from hrm_core.suggestions.quality import measure
from hrm_core.workflows.choose_clips import excluded_frames
from hrm_core.workflows.machine_touched import machine_touched
from hrm_core.workflows.project import Project
from hrm_core.workflows.propose_codes import parts_of
from hrm_core.workflows.unseen_suggestions import UnseenSuggestions, unseen_suggestions

__all__ = ["fit_suggestions"]

# Longer stretches are held out in parts, or a single one would be all there is.
_MOST_FRAMES = 150


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Coded frames of one recording of which the run says something."""

    child: int
    frames: NDArray[np.int64]
    of_part: NDArray[np.int64]
    codes: NDArray[np.uint8]
    said: NDArray[np.float64]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    touched: int
    unseen: int


def fit_suggestions(
    project: Project,
    run_id: int | None = None,
    rater: str | None = None,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> RunFit:
    """Fit calibration, thresholds and smoothing of a run to one coder's codes, and store what was fitted.

    What leaves more boundaries wrong on children who were left out than the card alone is not stored.

    Coded and checked frames count that the run says something of and no model had a hand in; frames that are
    only in excluded clips do not.  Of children whom the network learned from, what networks said that had not
    seen them takes the place of what it says itself.  How good the proposals are is measured on children that
    are left out in turn.

    Parameters
    ----------
    project : Project
        The open study.
    run_id : int, optional
        Which run; the newest with suggestions if left out.
    rater : str, optional
        Whose codes; may be left out if only one person has coded.
    progress : Progress, optional
        Told of each recording that is read.
    cancel : CancelToken, optional
        Asked between recordings, and before anything is written.

    Returns
    -------
    RunFit
        Without a time in `at` if it is not stored.  Its detail has, beside what
        :mod:`hrm_core.suggestions.fitted` describes, ``rater``, ``frames``, ``children``, ``touched``
        (frames left out because a model had a hand in their codes), ``unseen`` (frames of which networks
        were heard that had not seen the child) and ``quality`` (see
        :class:`hrm_core.suggestions.quality.Quality`; null where one child was coded).

    Raises
    ------
    NotFoundError
        If there is no such run or rater, or several have coded and none is named.
    ProjectError
        If too little was coded.
    StoreWriteError
        If it could not be written.
    Cancelled
        On request; nothing is written.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    run = _run(project, run_id)
    coder = project.coder(rater)
    unseen = unseen_suggestions(project, run)
    found = list[_Rows]()
    places = list(project.recordings())
    progress.start("Reading codes and suggestions", len(places))
    try:
        for who, recording in places:
            cancel.raise_if_cancelled()
            found.append(_rows(project, run, coder, who, recording, unseen))
            progress.advance()
    finally:
        progress.finish()
    touched = sum(rows.touched for rows in found)
    coded = _coded(project, run, coder, found)
    if not is_enough(coded):
        raise ProjectError(_too_little(run, coder, coded))
    cancel.raise_if_cancelled()
    thresholds = run.settings.get("thresholds") or {}
    fitted, quality = fit(coded), measure(coded, thresholds)
    cancel.raise_if_cancelled()
    children = len(coded.children())
    count = len(coded.codes)
    detail = {
        **as_detail(fitted),
        "rater": coder.name,
        "frames": count,
        "children": children,
        "touched": touched,
        "unseen": sum(rows.unseen for rows in found),
        "quality": None if quality is None else quality.as_detail(),
    }
    of_children = "1 child" if children == 1 else f"{children} children"
    on = f"{coder.name}'s codes of {counted(count, 'frame')} of {of_children}"
    if quality is not None and quality.is_worse:
        return RunFit(run.id, on, detail)
    project.store.suggestions.add_fit(RunFit(run.id, on, detail))
    stored = project.store.suggestions.fit(run.id)
    assert stored is not None
    return stored


def _run(project: Project, run_id: int | None) -> ModelRun:
    if run_id is not None:
        return project.store.model_runs.get(run_id)
    runs = project.store.model_runs.all()
    if not runs:
        raise NotFoundError("No model has suggested anything in this project: run hrm prelabel first.")
    return runs[-1]


def _rows(
    project: Project,
    run: ModelRun,
    coder: Rater,
    who: Participant,
    recording: Recording,
    unseen: UnseenSuggestions,
) -> _Rows:
    table = project.store.codings.table(coder.id, recording.id)
    columns = [COLUMN_OF[key] for key in run.actions]
    out = np.array(sorted(machine_touched(project, coder, recording)), dtype=np.int64)
    own = ~np.isin(table.frames, np.concatenate([out, excluded_frames(project, recording)]))
    touched = int(np.isin(table.frames, out).sum())
    # Most recordings of a study are not coded yet, and what is said of them takes long to read.
    said = project.store.model_runs.probabilities(run.id, recording.id if own.any() else -1)
    whole = said.probabilities[:, columns]
    if who.code in unseen.children:
        whole = unseen.said(who.code, recording.name, said.frames, run.actions)
    heard = np.isfinite(whole).all(axis=1)
    frames, there, where = np.intersect1d(table.frames[own], said.frames[heard], return_indices=True)
    nothing = np.full((len(frames), len(columns)), np.nan)
    left, right = (
        nothing if half is None else half[heard][where][:, columns] for half in (said.left, said.right)
    )
    return _Rows(
        who.id,
        frames,
        parts_of(project, recording, frames),
        table.codes[own][there][:, columns],
        whole[heard][where],
        left,
        right,
        touched,
        len(frames) if who.code in unseen.children else 0,
    )


def _coded(project: Project, run: ModelRun, coder: Rater, found: list[_Rows]) -> Coded:
    spans, begun = list[slice](), 0
    for rows in found:
        within = sequences(rows.frames, rows.of_part, most=_MOST_FRAMES)
        spans.extend(slice(span.start + begun, span.stop + begun) for span in within)
        begun += len(rows.frames)
    studied = {action.key for action in project.actions()}
    hidden = set() if coder.sees_eyes else {entry.key for entry in ALL_ACTIONS if entry.group == "upper"}
    none = np.empty((0, len(run.actions)))
    left, right = (
        np.concatenate([none, *(getattr(rows, half) for rows in found)]) for half in ("left", "right")
    )
    looked = bool(np.isfinite(left).any() and np.isfinite(right).any())
    return Coded(
        run.actions,
        np.concatenate([none, *(rows.said for rows in found)]),
        np.concatenate([none.astype(np.uint8), *(rows.codes for rows in found)]),
        tuple(spans),
        np.concatenate([np.empty(0, np.int64), *(np.full(len(rows.frames), rows.child) for rows in found)]),
        np.array([key in studied and key not in hidden for key in run.actions]),
        left if looked else None,
        right if looked else None,
    )


def _too_little(run: ModelRun, coder: Rater, coded: Coded) -> str:
    return (
        f"Too little is coded to fit run:{run.id} to: {coder.name} has coded "
        f"{counted(len(coded.codes), 'frame')} of which it says something and in which no model had a hand; "
        f"code at least {LEAST_FRAMES} frames in two clips, in which actions begin or end "
        f"{LEAST_BOUNDARIES} times."
    )
