"""Comparing groups, and what moved a network's ratings; every function here runs in a worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_annotator.language import tr
from hrm_annotator.operations.rating_overview import overview
from hrm_core.errors import ProjectError, StoreWriteError
from hrm_core.records.analysis_results import AnalysisOptions, AnalysisReport, ExplainedRatings
from hrm_core.records.people import Rater, Role
from hrm_core.records.recording import Recording

if TYPE_CHECKING:
    from hrm_core.progress import CancelToken, Progress
    from hrm_core.records.attributions import ClipAttribution
    from hrm_core.workflows.project import Project

__all__ = [
    "Analysable",
    "AnalysisWish",
    "analysable",
    "analyse",
    "attributions",
    "refuse_blind",
    "refuse_to_tell_ratings",
    "write_report",
]

_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Analysable:
    """What can be analysed in a study.

    Attributes
    ----------
    coders : tuple of str
        Names of those who have coded, the consensus among them.
    groups : tuple of str
        Groups of the study.
    recordings : mapping of (str, str) to Recording
        By code of the child and name of the recording.
    """

    coders: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    recordings: Mapping[tuple[str, str], Recording] | None = None


@dataclass(frozen=True, slots=True)
class AnalysisWish:
    """Whose codes are analysed, and how.

    Attributes
    ----------
    coder : str
        Name.
    options : AnalysisOptions
        Groups, expressions and the rest.
    """

    coder: str
    options: AnalysisOptions


def refuse_blind(person: Rater) -> None:
    """Refuse somebody from whom groups are kept, or who is here to rate.

    Raises
    ------
    ProjectError
        If that is so; the sentence tells nothing of groups.
    """
    if person.role is Role.JUDGE:
        raise ProjectError(
            tr(
                "{name} takes part in this study as a judge, and judges do not compare groups: ask whoever "
                "coordinates the study.",
                name=person.name,
            )
        )
    if person.blind:
        raise ProjectError(
            tr(
                "{name} is blind to the groups of this study, which comparing them would tell: ask whoever "
                "coordinates the study.",
                name=person.name,
            )
        )


def refuse_to_tell_ratings(project: Project, person: Rater) -> None:
    """Refuse somebody who must not know of ratings.

    Raises
    ------
    ProjectError
        For judges, for blind people unless they coordinate the study, and for everybody who has not
        answered everything in a session of their own.
    """
    if person.role is Role.JUDGE or (person.blind and person.role is not Role.COORDINATOR):
        raise ProjectError(
            tr(
                "What moved a network's rating is kept from {name}, who judges or is blind: ask whoever "
                "coordinates the study.",
                name=person.name,
            )
        )
    for line in overview(project, person):
        if any(seat.judge == person.name and not seat.finished for seat in line.seats):
            raise ProjectError(
                tr(
                    "You have not answered everything in “{name}”, so what moved a network's rating is not "
                    "for you yet.",
                    name=line.name,
                )
            )


def analysable(project: Project, person: Rater) -> Analysable:
    """What there is to be analysed; a ProjectError refuses who may not know of groups."""
    refuse_blind(person)
    return Analysable(
        tuple(rater.name for rater in project.raters() if project.store.codings.count(rater.id)),
        tuple(project.settings.groups),
        {(who.code, recording.name): recording for who, recording in project.recordings()},
    )


def analyse(
    project: Project,
    person: Rater,
    wish: AnalysisWish,
    written: Callable[[float], bool],
    progress: Progress,
    cancel: CancelToken,
) -> AnalysisReport:
    """Compare two groups; a UserError says what is missing.

    Ratings are left out while somebody still gives them: what explains them tells of them.
    """
    from hrm_core.workflows.analyze_groups import analyze_groups

    refuse_blind(person)
    if not written(_PATIENCE_S):
        raise StoreWriteError("The codes are not on disk yet, so nothing can be said of them: try again.")
    report = analyze_groups(project, rater=wish.coder, options=wish.options, progress=progress, cancel=cancel)
    rated_still = {
        line.name
        for line in overview(project, person)
        if not line.may_be_reported
        or any(seat.judge == person.name and not seat.finished for seat in line.seats)
    }
    if report.ratings.session in rated_still:
        why = "it is told only once all judges have finished, or the session was closed"
        report = replace(report, ratings=ExplainedRatings(session=report.ratings.session, why=why))
    # Without a date the core makes the same report every time; people want to know when.
    return replace(report, made_on=datetime.now(UTC))


def write_report(
    person: Rater,
    report: AnalysisReport,
    folder: Path,
    formats: Sequence[str],
    progress: Progress,
    cancel: CancelToken,
    *,
    again: bool,
) -> tuple[Path, ...]:
    """Write what was found; a UserError says why it cannot be."""
    from hrm_core.workflows.write_analysis_report import write_analysis_report

    refuse_blind(person)
    return write_analysis_report(report, folder, formats, replace=again, progress=progress, cancel=cancel)


def attributions(project: Project, person: Rater, recording: Recording) -> tuple[ClipAttribution, ...]:
    """What moved a network's rating of the clips of a recording; a ProjectError says who may not know."""
    from hrm_core.workflows.clip_attributions import clip_attributions

    refuse_to_tell_ratings(project, person)
    return clip_attributions(project, recording)
