"""How far rating sessions are, and what a coordinator does about them; every function runs in a worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_annotator.language import tr
from hrm_annotator.operations.rating_plans import refuse_judge
from hrm_core.errors import ProjectError
from hrm_core.records.people import Rater, Role

if TYPE_CHECKING:
    from hrm_core.progress import CancelToken, Progress
    from hrm_core.records.rating_plan import Seat
    from hrm_core.workflows.give_out_session import GivenOut
    from hrm_core.workflows.project import Project
    from hrm_core.workflows.take_in_answers import TakenIn

__all__ = [
    "FolderWish",
    "SeatLine",
    "SessionLine",
    "coordinators",
    "give_out",
    "overview",
    "set_closed",
    "take_in",
    "unblind",
    "write_report",
]


@dataclass(frozen=True, slots=True)
class SeatLine:
    """How far a judge is; never what the judge answered.

    Attributes
    ----------
    judge : str
        Name.
    done, total : int
        Trials that are answered, and all.
    blind : bool
        Whether the judge is blind.
    why_not_blind : str
        Why not.
    """

    judge: str
    done: int
    total: int
    blind: bool = True
    why_not_blind: str = ""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to be answered."""
        return self.total > 0 and self.done >= self.total


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session as the overview shows it.

    Attributes
    ----------
    name : str
        Of the session.
    planned : bool
        Whether it was planned here; ratings that were imported have no seats.
    closed : bool
        Whether nobody rates in it any more.
    seats : tuple of SeatLine
        The judges.
    sound : bool
        Whether it is rated with sound, which only browsers play.
    """

    name: str
    planned: bool
    closed: bool
    seats: tuple[SeatLine, ...] = ()
    sound: bool = False

    @property
    def may_be_reported(self) -> bool:
        """Whether its scores may be told: nobody rates in it any more."""
        return not self.planned or self.closed or all(seat.finished for seat in self.seats)


@dataclass(frozen=True, slots=True)
class FolderWish:
    """A folder in which a judge rates in a browser.

    Attributes
    ----------
    session, judge : str
        Names.
    folder : pathlib.Path
        Where it goes; new or empty.
    video : str
        ``"mp4"`` or ``"webm"``.
    language : str
        Code of the language in which the page begins.
    """

    session: str
    judge: str
    folder: Path
    video: str = "mp4"
    language: str = "en"


def overview(project: Project, person: Rater) -> tuple[SessionLine, ...]:
    """All sessions, the newest first.

    Raises
    ------
    ProjectError
        If this person is here to rate.
    """
    from hrm_core.workflows.privacy import hide_groups
    from hrm_core.workflows.rating_sessions import sessions

    refuse_judge(person)

    def why(seat: Seat) -> str:
        # Whoever planned may have named a group here, and a blind coder reads it, too.
        return hide_groups(seat.why_not_blind, project.settings) if person.blind else seat.why_not_blind

    lines = [
        SessionLine(
            found.session.name,
            found.session.plan is not None,
            found.session.closed_at is not None,
            tuple(
                SeatLine(entry.seat.name, entry.done, entry.total, entry.blind, why(entry.seat))
                for entry in found.seats
            ),
            found.session.plan is not None and found.session.plan.presentation.sound,
        )
        for found in sessions(project)
    ]
    return tuple(reversed(lines))


def coordinators(project: Project) -> tuple[str, ...]:
    """Names of those who may lift the blinding."""
    return tuple(rater.name for rater in project.raters() if rater.role is Role.COORDINATOR)


def set_closed(project: Project, person: Rater, session: str, *, closed: bool) -> None:
    """Close a session, or open it again; a UserError says why it cannot be."""
    from hrm_core.workflows.rating_sessions import close_session, reopen_session

    refuse_judge(person)
    (close_session if closed else reopen_session)(project, session, by=person.name)


def unblind(project: Project, session: str, judge: str, by: str, why: str) -> None:
    """Make a judge not blind; a UserError says why it cannot be."""
    from hrm_core.workflows.rating_sessions import unblind_judge

    unblind_judge(project, session, judge, by=by, why=why)


def give_out(
    project: Project,
    person: Rater,
    wish: FolderWish,
    progress: Progress,
    cancel: CancelToken,
) -> GivenOut:
    """Write the folder in which a judge rates in a browser; a UserError says why it cannot be."""
    from hrm_core.workflows.give_out_session import give_out as write_folder

    refuse_judge(person)
    return write_folder(
        project,
        wish.session,
        wish.judge,
        wish.folder,
        format=wish.video,
        language=wish.language,
        by=person.name,
        progress=progress,
        cancel=cancel,
    )


def take_in(project: Project, person: Rater, files: Sequence[Path]) -> tuple[TakenIn, ...]:
    """Take files with answers in, all or none; a UserError says why they cannot be."""
    from hrm_core.workflows.take_in_answers import take_in as read_answers

    refuse_judge(person)
    return read_answers(project, files, by=person.name)


def write_report(
    project: Project,
    person: Rater,
    session: str,
    folder: Path,
    formats: Sequence[str],
    progress: Progress,
    cancel: CancelToken,
    *,
    again: bool,
) -> tuple[Path, ...]:
    """Measure a session in which nobody rates any more, and write the report.

    Raises
    ------
    ProjectError
        If somebody still rates, or this person has not finished.
    UserError
        If it cannot be measured or written.
    """
    from hrm_core.workflows.measure_ratings import measure_ratings
    from hrm_core.workflows.write_rating_report import require_room, write_rating_report

    line = next((line for line in overview(project, person) if line.name == session), None)
    # Numbers may have changed since the window showed them.
    if line is not None and not line.may_be_reported:
        raise ProjectError(tr("Told only once all judges have finished, or the session was closed."))
    if line is not None and any(seat.judge == person.name and not seat.finished for seat in line.seats):
        raise ProjectError(
            tr(
                "You have not answered everything in “{name}”, so its report is not for you yet.",
                name=session,
            )
        )
    require_room(folder, formats, replace=again)
    results = measure_ratings(project, session, progress=progress, cancel=cancel)
    return write_rating_report(results, folder, formats, replace=again, progress=progress, cancel=cancel)
