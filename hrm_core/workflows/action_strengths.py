"""How strong actions are in coded frames: as the coder says, or as OpenFace measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hrm_core.exchange.tool_faces import action_columns, child_rows
from hrm_core.facs import ALL_ACTIONS, INTENSITIES
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.coded_frames import NOT_CODABLE, CodedFrames
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.workflows.project import Project
from hrm_core.workflows.tool_files import TOOL_NAMES, imported_features

__all__ = ["with_strengths"]

_TOOL = "openface"
_LARGEST = 5.0
_INTENSITY = "_r"

Strengths = NDArray[np.float32]


def with_strengths(
    project: Project,
    frames: CodedFrames,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> CodedFrames:
    """Add how strong actions are, from 0 to 1.

    If the coder gave any intensity, A to E are 0.2 to 1, absent is 0, and what is present without an
    intensity stays unknown.  Else the intensities 0-5 that were imported from OpenFace are divided by 5; of
    actions that it does not measure, and frames in which it found no face, nothing is known.  The two are
    never mixed: they are different scales.

    Parameters
    ----------
    project : Project
        The open study.
    frames : CodedFrames
        From :func:`hrm_core.workflows.coded_frames.coded_frames`.
    progress : Progress, optional
        Told of recordings.
    cancel : CancelToken, optional
        Asked between recordings.

    Returns
    -------
    CodedFrames
        With `strength` and `strength_source`; unchanged where nobody says anything.

    Raises
    ------
    InvalidFileError
        If features of OpenFace belong to another file of a recording, or were changed since their import.
    Cancelled
        On request.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    strength = np.full(frames.codes.shape, np.nan, dtype=np.float32)
    there = {(who.code, recording.name): (who, recording) for who, recording in project.recordings()}
    sources = [there[frames.children[child].code, name] for child, name in frames.videos]
    bounds = np.searchsorted(frames.video, np.arange(len(sources) + 1))
    progress.start("Reading strengths", 2 * len(sources))
    coded = measured = 0
    for place, (_, recording) in enumerate(sources):
        cancel.raise_if_cancelled()
        progress.advance()
        rows = slice(bounds[place], bounds[place + 1])
        coded += _as_coded(project, frames, rows, recording, strength[rows])
    if not coded:
        strength[:] = np.nan
        for place, (who, recording) in enumerate(sources):
            cancel.raise_if_cancelled()
            progress.advance()
            rows = slice(bounds[place], bounds[place + 1])
            measured += _as_measured(project, frames, rows, (who, recording), strength[rows])
    progress.finish()
    strength[frames.codes == NOT_CODABLE] = np.nan
    if coded:
        return replace(
            frames, strength=strength, strength_source=f"intensities A-E that {frames.coder} coded"
        )
    if measured:
        source = f"intensities of {TOOL_NAMES[_TOOL]}, in {measured} of {len(sources)} recordings"
        return replace(frames, strength=strength, strength_source=source)
    return frames


def _as_coded(
    project: Project, frames: CodedFrames, rows: slice, recording: Recording, into: Strengths
) -> bool:
    """Put the coder's intensities into rows of one recording; whether there are any."""
    table = project.store.codings.table(project.coder(frames.coder).id, recording.id, intensities=True)
    columns = [place for place, entry in enumerate(ALL_ACTIONS) if entry.key in set(frames.actions)]
    at = np.searchsorted(table.frames, frames.frame[rows])
    at[at == len(table)] = 0
    # What was taken back since the codes were read has no strength any more.
    there = table.frames[at] == frames.frame[rows] if len(table) else np.zeros(len(at), dtype=bool)
    if table.intensities is None or not there.any():
        return False
    found = table.intensities[np.ix_(at[there], columns)]
    codes = frames.codes[rows][there]
    into[there] = np.where(found > 0, found / len(INTENSITIES), np.where(codes == 0, 0.0, np.nan))
    return bool(found.any())


def _as_measured(
    project: Project,
    frames: CodedFrames,
    rows: slice,
    source: tuple[Participant, Recording],
    into: Strengths,
) -> bool:
    """Put the intensities of OpenFace into rows of one recording; whether there are any."""
    imported = imported_features(project, _TOOL, *source)
    if imported is None:
        return False
    note, features = imported
    of_action = {
        entry.action: entry.column
        for entry in action_columns(features.table.columns)
        if entry.action in frames.actions and entry.column.endswith(_INTENSITY)
    }
    child = np.flatnonzero(child_rows(features, note.face))
    where, found = np.flatnonzero(np.isin(frames.frame[rows], features.frames[child])), False
    if not of_action or not len(where):
        return False
    at = child[np.searchsorted(features.frames[child], frames.frame[rows][where])]
    for place, key in enumerate(frames.actions):
        if key in of_action:
            values = features.table[of_action[key]].to_numpy(dtype=np.float64)[at]
            into[where, place] = np.clip(values / _LARGEST, 0.0, 1.0)
            found = True
    return found
