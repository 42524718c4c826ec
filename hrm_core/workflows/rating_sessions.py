"""Follow rating sessions, close them, and lift the blinding where that must be: the coordinator's acts."""

from __future__ import annotations

from dataclasses import dataclass, field

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.records.people import Rater, Role
from hrm_core.records.rating_plan import RatingLogEntry, RatingSession, Seat, TrialKind
from hrm_core.workflows.project import Project
from hrm_core.workflows.rated_clips import clips_of_session

__all__ = [
    "KeyEntry",
    "SeatProgress",
    "SessionProgress",
    "close_session",
    "log_unblinding",
    "planned_session",
    "reopen_session",
    "require_coordinator",
    "seat_of",
    "session_log",
    "session_progress",
    "sessions",
    "unblind_answers",
    "unblind_judge",
]


@dataclass(frozen=True, slots=True)
class SeatProgress:
    """How far a judge is; never what the judge has answered.

    Attributes
    ----------
    seat : Seat
        The judge, and whether blind.
    done, total : int
        Trials that are answered, and all.
    """

    seat: Seat
    done: int
    total: int

    @property
    def finished(self) -> bool:
        """Whether everything is answered."""
        return self.done == self.total

    @property
    def blind(self) -> bool:
        """Whether the judge is blind now."""
        return self.seat.blind


@dataclass(frozen=True, slots=True)
class SessionProgress:
    """How far a session is.

    Attributes
    ----------
    session : RatingSession
        The session; without plan if its ratings were imported.
    seats : tuple of SeatProgress
        Its judges in the order of the plan; empty if its ratings were imported.
    """

    session: RatingSession
    seats: tuple[SeatProgress, ...] = ()

    @property
    def finished(self) -> bool:
        """Whether every judge has answered everything."""
        return all(entry.finished for entry in self.seats)


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """What one trial of one judge showed: the key to a session.

    Attributes
    ----------
    judge : str
        Who was asked.
    position : int
        0-based place in the judge's order.
    token : str
        What the judge's side of the program calls the trial.
    kind : TrialKind
        What it was for.
    participant, video : str
        Code of the child and name of the recording.
    group : str or None
        The child's group; None if unknown.
    clip : int
        Number of the clip in the recording.
    first_frame, last_frame : int
        What of the recording was shown, both included.
    file : str
        Name of the prepared clip.
    """

    judge: str
    position: int
    token: str
    kind: TrialKind
    participant: str
    video: str
    group: str | None = field(repr=False)
    clip: int
    first_frame: int
    last_frame: int
    file: str


def sessions(project: Project) -> list[SessionProgress]:
    """All rating sessions with how far their judges are, in the order they were made.

    Raises
    ------
    StoreError
        If the store cannot be read.
    """
    return [_progress(project, session) for session in project.store.rating_sessions.all()]


def session_progress(project: Project, name: str) -> SessionProgress:
    """One session with how far its judges are.

    Raises
    ------
    NotFoundError
        If there is none of this name.
    """
    return _progress(project, project.store.rating_sessions.get(name))


def session_log(project: Project, name: str) -> list[RatingLogEntry]:
    """What was done about a session, the oldest first.

    Raises
    ------
    NotFoundError
        If there is none of this name.
    """
    return project.store.rating_sessions.log(project.store.rating_sessions.get(name).id)


def planned_session(project: Project, name: str) -> RatingSession:
    """The session of this name, which was planned here.

    Raises
    ------
    NotFoundError
        If there is none of this name.
    ProjectError
        If its ratings were imported, so that it has no judges' orders.
    """
    session = project.store.rating_sessions.get(name)
    if session.plan is None:
        raise ProjectError(
            f"The ratings of {name!r} were imported: nobody sits in that session, so this cannot be done."
        )
    return session


def close_session(project: Project, name: str, *, by: str | None = None) -> None:
    """Close a session: nobody rates in it any more; all answers stay.

    Parameters
    ----------
    project : Project
        The open study.
    name : str
        Of the session.
    by : str, optional
        Name of the rater who closes it, for the log.

    Raises
    ------
    NotFoundError
        If the session or the rater is unknown.
    ProjectError
        If it is closed already, or its ratings were imported.
    StoreWriteError
        If it could not be written.
    """
    _set_closed(project, name, by, closed=True)


def reopen_session(project: Project, name: str, *, by: str | None = None) -> None:
    """Let judges rate again in a session that was closed; as :func:`close_session`."""
    _set_closed(project, name, by, closed=False)


def require_coordinator(project: Project, by: str) -> Rater:
    """The coordinator of this name, who may lift the blinding.

    Raises
    ------
    NotFoundError
        If there is no such rater.
    ProjectError
        If the rater has another role.
    """
    rater = next((rater for rater in project.raters() if rater.name == by), None)
    if rater is not None and rater.role is Role.COORDINATOR:
        return rater
    names = ", ".join(entry.name for entry in project.raters() if entry.role is Role.COORDINATOR)
    there = f"coordinators here are: {names}" if names else "this project has none yet"
    advice = "hrm add rater NAME --role coordinator adds one, and hrm set rater makes one of somebody known"
    if rater is None:
        raise NotFoundError(
            f"No rater named {by!r}; only a coordinator lifts the blinding ({there}): {advice}."
        )
    raise ProjectError(
        f"{by} has the role {rater.role}, and only a coordinator lifts the blinding ({there}): {advice}."
    )


def log_unblinding(project: Project, session: RatingSession, coordinator: Rater, why: str, what: str) -> None:
    """Write that answers of a session were joined to children, before they are.

    Parameters
    ----------
    project : Project
        The open study.
    session : RatingSession
        Which.
    coordinator : Rater
        Who, from :func:`require_coordinator`.
    why : str
        The reason.
    what : str
        What is done, in words: ``"key of the answers"``.

    Raises
    ------
    ProjectError
        If no reason is given.
    StoreWriteError
        If it could not be written: then nothing is to be shown.
    """
    detail = {"what": what, "why": _reason(why)}
    project.store.rating_sessions.write_log(session.id, "unblinded", coordinator.id, detail)


def unblind_judge(project: Project, session: str, judge: str, *, by: str, why: str) -> None:
    """Make a judge not blind from now on; reports count and name the judge among those who are not.

    Parameters
    ----------
    project : Project
        The open study.
    session, judge : str
        Names.
    by : str
        Name of the coordinator who does it.
    why : str
        The reason, as reports print it.

    Raises
    ------
    NotFoundError
        If a name is unknown, or the judge has no seat in the session.
    ProjectError
        If `by` is no coordinator, no reason is given, the judge is not blind already, or the
        session's ratings were imported.
    StoreWriteError
        If it could not be written.
    """
    coordinator = require_coordinator(project, by)
    found = planned_session(project, session)
    seat = seat_of(found, judge)
    if not seat.blind:
        raise ProjectError(f"{judge} is not blind in {session!r} already: {seat.why_not_blind}.")
    reason = _reason(why)
    with project.store.all_or_nothing():
        project.store.rating_sessions.unblind(found.id, seat.judge_id, reason)
        detail = {"judge": judge, "why": reason}
        project.store.rating_sessions.write_log(found.id, "unblinded", coordinator.id, detail)


def unblind_answers(
    project: Project, session: str, *, by: str, why: str, judge: str | None = None
) -> tuple[KeyEntry, ...]:
    """The key to a session: which trial of which judge showed whom; that it was given out is logged first.

    Parameters
    ----------
    project : Project
        The open study.
    session : str
        Name.
    by : str
        Name of the coordinator who asks for it.
    why : str
        The reason.
    judge : str, optional
        Only of this judge.

    Returns
    -------
    tuple of KeyEntry
        By judge and position, without checks of attention.

    Raises
    ------
    NotFoundError, ProjectError, StoreWriteError
        As :func:`unblind_judge`.
    """
    coordinator = require_coordinator(project, by)
    found = planned_session(project, session)
    seats = found.seats if judge is None else (seat_of(found, judge),)
    what = "key of the answers" if judge is None else f"key of the answers of {judge}"
    log_unblinding(project, found, coordinator, why, what)
    prepared = {entry.clip_id: entry for entry in project.store.rating_sessions.clips(found.id)}
    clips = clips_of_session(project, tuple(prepared))
    return tuple(
        KeyEntry(
            judge=seat.name,
            position=trial.position,
            token=trial.token,
            kind=trial.kind,
            participant=clips[trial.clip_id].who.code,
            video=clips[trial.clip_id].recording.name,
            group=clips[trial.clip_id].who.group,
            clip=clips[trial.clip_id].clip.number,
            first_frame=prepared[trial.clip_id].first_frame,
            last_frame=prepared[trial.clip_id].last_frame,
            file=prepared[trial.clip_id].file,
        )
        for seat in seats
        for trial in project.store.rating_sessions.trials(found.id, seat.judge_id)
        if trial.clip_id is not None
    )


def _progress(project: Project, session: RatingSession) -> SessionProgress:
    store = project.store.rating_sessions
    return SessionProgress(
        session,
        tuple(
            SeatProgress(
                seat,
                done=len(store.state(session.id, seat.judge_id).answered),
                total=len(store.trials(session.id, seat.judge_id)),
            )
            for seat in session.seats
        ),
    )


def _set_closed(project: Project, name: str, by: str | None, *, closed: bool) -> None:
    session = planned_session(project, name)
    if closed is (session.closed_at is not None):
        raise ProjectError(f"The session {name!r} is {'closed' if closed else 'open'} already.")
    actor_id = None if by is None else project.store.people.rater(by).id
    with project.store.all_or_nothing():
        project.store.rating_sessions.set_closed(session.id, closed=closed)
        project.store.rating_sessions.write_log(session.id, "closed" if closed else "reopened", actor_id)


def seat_of(session: RatingSession, judge: str) -> Seat:
    """The seat of a judge in a session.

    Raises
    ------
    NotFoundError
        If the judge has none; the message lists who has.
    """
    for seat in session.seats:
        if seat.name == judge:
            return seat
    names = ", ".join(seat.name for seat in session.seats)
    raise NotFoundError(f"{judge!r} does not rate in {session.name!r}; its judges are: {names}.")


def _reason(why: str) -> str:
    reason = " ".join(why.split())
    if not reason:
        raise ProjectError("The blinding is lifted only for a reason: say it with --why.")
    return reason
