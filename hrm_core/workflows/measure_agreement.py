"""Measure how well two codings of a study agree."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import combinations

import hrm_core
from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.agreement import (
    AgreementOptions,
    Disagreement,
    Estimate,
    PairAgreement,
    ReliabilityReport,
    Source,
)
from hrm_core.reliability.disagreements import disagreements
from hrm_core.reliability.summary import summarise
from hrm_core.workflows.pair_sources import pair_sources, require_two
from hrm_core.workflows.project import Project
from hrm_core.workflows.source_codes import tells_sides

__all__ = ["list_disagreements", "make_report", "measure_pair", "pairs_of_report"]

_LIBRARIES = ("numpy", "krippendorff")


def measure_pair(
    project: Project,
    first: Source,
    second: Source,
    options: AgreementOptions | None = None,
    *,
    participant: str | None = None,
    video: str | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> PairAgreement:
    """Agreement of two sources on the frames that both coded.

    Parameters
    ----------
    project : Project
        The open study; nothing in it is changed.
    first, second : Source
        What is compared; the first is the reference of precision, recall and F1.
    options : AgreementOptions, optional
        How; ``replicates=0`` leaves the bootstrap out and is fast enough while somebody codes.
    participant, video : str, optional
        Only this participant (code) or video (name).
    progress : Progress, optional
        Told of recordings, then of resamples.
    cancel : CancelToken, optional
        Asked between them.

    Returns
    -------
    PairAgreement
        About the actions that the study codes.

    Raises
    ------
    NotFoundError
        If `participant` or `video` is unknown, or nothing was imported of a tool.
    ProjectError
        If both sources are the same, one coded nothing, or they have no frame in common.
    InvalidFileError
        If an imported file does not fit its recording, or holds no usable numbers.
    StoreError
        If the log cannot say what a rater said then.
    """
    paired, notes = pair_sources(
        project, first, second, participant=participant, video=video, progress=progress, cancel=cancel
    )
    found = summarise(
        paired,
        first,
        second,
        [entry.key for entry in project.actions()],
        options or AgreementOptions(),
        progress or NoProgress(),
        cancel or CancelToken(),
    )
    if not (tells_sides(first) and tells_sides(second)):
        found = _without_what_programs_do_not_say(found)
    return replace(found, warnings=(*notes, *found.warnings))


def list_disagreements(
    project: Project,
    first: Source,
    second: Source,
    *,
    participant: str | None = None,
    video: str | None = None,
    action: str | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> tuple[Disagreement, ...]:
    """Runs of frames to which two sources give different codes.

    Parameters
    ----------
    project, first, second, participant, video
        As for :func:`measure_pair`.  Where a tool or a model is one of them, sides do not count.
    action : str, optional
        Key of the action; all of the study if left out.
    progress, cancel
        As for :func:`measure_pair`.

    Returns
    -------
    tuple of Disagreement
        By child, video, frame and action.

    Raises
    ------
    NotFoundError, ProjectError, InvalidFileError, StoreError
        As :func:`measure_pair`; NotFoundError also if the study does not code the action.
    """
    coded = [entry.key for entry in project.actions()]
    if action is not None and action not in coded:
        raise NotFoundError(
            f"This study does not code {action!r}: write the action as a column of the label file, as AU12."
        )
    paired, _ = pair_sources(
        project, first, second, participant=participant, video=video, progress=progress, cancel=cancel
    )
    return disagreements(paired, coded if action is None else [action])


def pairs_of_report(chosen: Sequence[Source]) -> list[tuple[Source, Source]]:
    """Which sources a report compares: every two raters, then every rater with every program.

    Parameters
    ----------
    chosen : sequence of Source
        At least two; the first rater is the reference of the others.

    Returns
    -------
    list of (Source, Source)
        The first two raters first.  Where there is no rater, the first source with every other.

    Raises
    ------
    ProjectError
        If a source stands there twice, or alone.
    """
    for place, source in enumerate(chosen):
        for other in chosen[:place]:
            require_two(other, source)
    if len(chosen) < 2:
        raise ProjectError("A report compares two sources or more: name another one.")
    raters = [source for source in chosen if tells_sides(source)]
    programs = [source for source in chosen if not tells_sides(source)]
    if not raters:
        return [(programs[0], other) for other in programs[1:]]
    return [*combinations(raters, 2), *((rater, program) for program in programs for rater in raters)]


def make_report(
    project: Project,
    pairs: Sequence[tuple[Source, Source]],
    options: AgreementOptions | None = None,
    *,
    participant: str | None = None,
    video: str | None = None,
    made_on: datetime | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ReliabilityReport:
    """Measure all pairs of a report that can be compared.

    Parameters
    ----------
    project : Project
        The open study; nothing in it is changed.
    pairs : sequence of (Source, Source)
        From :func:`pairs_of_report`.
    options, participant, video
        As for :func:`measure_pair`.
    made_on : datetime, optional
        The date of the report; now if left out.
    progress, cancel
        As for :func:`measure_pair`.

    Returns
    -------
    ReliabilityReport
        A pair that has nothing in common stops no other: ``left_out`` says why it is not there.

    Raises
    ------
    NotFoundError, ProjectError
        As :func:`measure_pair`, of the first pair, if none can be compared.
    InvalidFileError, StoreError
        As :func:`measure_pair`.
    """
    options = options or AgreementOptions()
    measured: list[PairAgreement] = []
    failed: list[tuple[str, ProjectError | NotFoundError]] = []
    for first, second in pairs:
        try:
            found = measure_pair(
                project,
                first,
                second,
                options,
                participant=participant,
                video=video,
                progress=progress,
                cancel=cancel,
            )
        except (ProjectError, NotFoundError) as error:
            failed.append((f"{first.label} and {second.label}", error))
        else:
            measured.append(found)
    if failed and not measured:
        raise failed[0][1]
    versions = {"HRM Annotator": hrm_core.__version__, "Python": platform.python_version()}
    versions |= {name: version(name) for name in _LIBRARIES}
    return ReliabilityReport(
        project.settings.name,
        project.settings.synthetic,
        tuple(measured),
        options,
        versions,
        made_on or datetime.now(UTC),
        tuple(f"{names} could not be compared: {error}" for names, error in failed),
    )


def _without_what_programs_do_not_say(found: PairAgreement) -> PairAgreement:
    """Without sides and the call "not codable": silence must look neither like agreement nor like none."""
    name = next(source.label for source in (found.second, found.first) if not tells_sides(source))
    nothing = Estimate(None, why=f"{name} tells no sides")
    rows = tuple(replace(row, sides=(), side_agreement=nothing) for row in found.actions)
    return replace(found, actions=rows, visibility=Estimate(None, why=f"{name} makes no such call"))
