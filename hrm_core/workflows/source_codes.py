"""What one source says of one recording: a rater today or then, a tool's file, a model run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import StoreError
from hrm_core.facs import ALL_ACTIONS, INTENSITIES
from hrm_core.progress import CancelToken
from hrm_core.records.agreement import Source, SourceKind
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Recording
from hrm_core.reliability.pairing import SourceCodes
from hrm_core.workflows.machine_touched import machine_touched
from hrm_core.workflows.project import Project
from hrm_core.workflows.tool_codes import tool_codes

__all__ = ["SourceSays", "source_says", "tells_sides"]

_NO_FRAMES: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
_GRADE = {letter: place for place, letter in enumerate(INTENSITIES, start=1)}


@dataclass(frozen=True, slots=True, eq=False)
class SourceSays:
    """What a source says of a recording.

    Attributes
    ----------
    codes : SourceCodes
        For :func:`hrm_core.reliability.pairing.pair`.
    coded_at : mapping of int to datetime64[us]
        When frames were coded; frames of which nobody knows are missing.  None where it means
        nothing: programs do not drift.
    notes : tuple of str
        Sentences that a reader of the agreement must see.
    machine_touched : frozenset of int
        Frames that a model's suggestions had a part in; empty for programs.
    """

    codes: SourceCodes
    coded_at: tuple[NDArray[np.int64], NDArray[np.datetime64]] | None = None
    notes: tuple[str, ...] = field(default=())
    machine_touched: frozenset[int] = frozenset()


def tells_sides(source: Source) -> bool:
    """Whether a source says on which side an action is; programs only say that it is there."""
    return source.kind in (SourceKind.RATER, SourceKind.THEN)


def source_says(
    project: Project,
    source: Source,
    who: Participant,
    recording: Recording,
    *,
    cancel: CancelToken | None = None,
) -> SourceSays:
    """Read what a source says of a recording; nothing is changed.

    Parameters
    ----------
    project : Project
        The open study.
    source : Source
        From :func:`hrm_core.workflows.agreement_sources.source_named`.
    who : Participant
        The child.
    recording : Recording
        The recording.
    cancel : CancelToken, optional
        Asked while a file is read.

    Returns
    -------
    SourceSays
        Without frames where the source says nothing of the recording.

    Raises
    ------
    NotFoundError
        If the rater or the run is gone.
    InvalidFileError
        If an imported file does not fit the recording any more, or holds no usable numbers.
    StoreError
        If the log cannot say what a rater said then.
    """
    if source.kind is SourceKind.TOOL:
        codes, notes = tool_codes(project, source, who, recording, cancel=cancel)
        return SourceSays(codes, notes=notes)
    if source.kind is SourceKind.MODEL:
        return SourceSays(_of_run(project, source, recording))
    rater = project.store.people.rater(source.name)
    if source.kind is SourceKind.THEN:
        return _then(project, source, rater, who, recording)
    return _now(project, source, rater, recording)


def _now(project: Project, source: Source, rater: Rater, recording: Recording) -> SourceSays:
    store = project.store
    table = store.codings.table(rater.id, recording.id, intensities=True)
    states = store.codings.frames_by_state(rater.id, recording.id)
    codes = _of_rater(
        source,
        rater,
        recording,
        table.frames,
        table.codes,
        table.intensities,
        carried=states.get(CodingState.CARRIED, _NO_FRAMES),
        not_codable=states.get(CodingState.NOT_CODABLE, _NO_FRAMES),
    )
    touched = frozenset(machine_touched(project, rater, recording))
    return SourceSays(codes, store.past.coded_at(rater.id, recording.id), machine_touched=touched)


def _then(
    project: Project, source: Source, rater: Rater, who: Participant, recording: Recording
) -> SourceSays:
    if source.at is None:
        raise ValueError("a coding of the past needs its moment")
    try:
        said = project.store.past.codings(rater.id, recording.id, source.at)
    except StoreError as error:
        raise StoreError(
            f"Codes of {source.label} for video {recording.name!r} of participant {who.code}: {error}"
        ) from error
    by_state: dict[CodingState, list[FrameCoding]] = {state: [] for state in CodingState}
    for coding in said.values():
        by_state[coding.state].append(coding)
    looked = sorted(
        by_state[CodingState.CODED] + by_state[CodingState.CHECKED], key=lambda entry: entry.frame
    )
    codes = np.zeros((len(looked), len(ALL_ACTIONS)), dtype=np.uint8)
    intensities = np.zeros_like(codes)
    for row, coding in enumerate(looked):
        for entry in coding.codes:
            codes[row, COLUMN_OF[entry.action]] = entry.code
            intensities[row, COLUMN_OF[entry.action]] = _GRADE.get(entry.intensity or "", 0)
    dated = [(coding.frame, coding.changed_at) for coding in looked if coding.changed_at is not None]
    touched = project.store.suggestion_log.touched(rater.id, recording.id, source.at)
    touched |= {coding.frame for coding in looked if any(code.is_machine_touched for code in coding.codes)}
    at = np.array([moment.replace(tzinfo=None) for _, moment in dated], dtype="datetime64[us]")
    return SourceSays(
        _of_rater(
            source,
            rater,
            recording,
            _numbers(looked),
            codes,
            intensities,
            carried=_numbers(by_state[CodingState.CARRIED]),
            not_codable=_numbers(by_state[CodingState.NOT_CODABLE]),
        ),
        (np.array([frame for frame, _ in dated], dtype=np.int64), at),
        machine_touched=frozenset(touched),
    )


def _numbers(codings: list[FrameCoding]) -> NDArray[np.int64]:
    return np.array(sorted(coding.frame for coding in codings), dtype=np.int64)


def _of_rater(
    source: Source,
    rater: Rater,
    recording: Recording,
    frames: NDArray[np.int64],
    codes: NDArray[np.uint8],
    intensities: NDArray[np.uint8] | None,
    *,
    carried: NDArray[np.int64],
    not_codable: NDArray[np.int64],
) -> SourceCodes:
    """The codes that count: what is beyond the recording, or not to be judged, is told apart."""
    end = recording.frame_count
    inside = np.ones(len(frames), dtype=bool) if end is None else frames < end
    told = intensities is not None and bool(intensities.any())
    hidden = {} if rater.sees_eyes else _hidden(rater)
    return SourceCodes(
        frames[inside],
        codes[inside],
        np.array([entry.key not in hidden for entry in ALL_ACTIONS], dtype=bool),
        hidden,
        intensities[inside] if told and intensities is not None else None,
        _only_some(
            {
                f"carried by {source.label} and never confirmed": carried,
                f"coded by {source.label} behind the end of the recording": frames[~inside],
            }
        ),
        not_codable if end is None else not_codable[not_codable < end],
    )


def _hidden(rater: Rater) -> dict[str, str]:
    why = f"{rater.name} does not see the eyes"
    return {entry.key: why for entry in ALL_ACTIONS if entry.group == "upper"}


def _only_some(left_out: Mapping[str, NDArray[np.int64]]) -> dict[str, NDArray[np.int64]]:
    return {why: frames for why, frames in left_out.items() if len(frames)}


def _of_run(project: Project, source: Source, recording: Recording) -> SourceCodes:
    run = project.store.model_runs.get(int(source.name))
    said = project.store.model_runs.probabilities(run.id, recording.id)
    judged = np.array([entry.key in run.actions for entry in ALL_ACTIONS], dtype=bool)
    # A run that says nothing of an action in a frame has not said that it is absent.
    whole = ~np.isnan(said.probabilities[:, judged]).any(axis=1)
    return SourceCodes(
        said.frames[whole],
        _present(said.probabilities[whole], source.threshold),
        judged,
        {
            entry.key: f"{source.label} does not have it"
            for entry in ALL_ACTIONS
            if entry.key not in run.actions
        },
        left_out=_only_some({f"not every action judged by {source.label}": said.frames[~whole]}),
    )


def _present(probabilities: NDArray[np.float64], threshold: float | None) -> NDArray[np.uint8]:
    with np.errstate(invalid="ignore"):
        return np.asarray(probabilities >= (0.5 if threshold is None else threshold), dtype=np.uint8)
