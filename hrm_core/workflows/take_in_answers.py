"""Take answers in that were given in a browser: signed, of this study, and only what is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hrm_core.errors import InvalidFileError, ProjectError
from hrm_core.rating.answer_file import (
    AnswerFile,
    events_of,
    new_events,
    read_answer_file,
    require_signed,
    seat_key,
)
from hrm_core.records.rating_plan import RatingSession, Seat
from hrm_core.records.sitting import SittingAct, SittingEvent
from hrm_core.workflows.project import Project

__all__ = ["TakenIn", "take_in"]


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What came out of one file.

    Attributes
    ----------
    file : pathlib.Path
        The file.
    session, judge : str
        Whose answers it holds.
    events : int
        Entries that are new; 0 if all were there already.
    answers : int
        New answers among them, those that were taken back included.
    done, total : int
        Trials that are answered now, and all of the judge.
    """

    file: Path
    session: str
    judge: str
    events: int
    answers: int
    done: int
    total: int


@dataclass(slots=True)
class _Intake:
    """A file that was found good, and what it adds."""

    file: AnswerFile
    session: RatingSession
    seat: Seat
    events: list[SittingEvent]
    total: int


def take_in(project: Project, files: Sequence[Path], *, by: str | None = None) -> tuple[TakenIn, ...]:
    """Take in what is new in files of answers, and log it.

    All files are looked at before anything is written, and all are written or none.

    Parameters
    ----------
    project : Project
        The open study.
    files : sequence of pathlib.Path
        Saved by the page of :func:`~hrm_core.workflows.give_out_session.give_out`.
    by : str or None
        Name of who takes them in.

    Raises
    ------
    NotFoundError
        If a file or the person does not exist.
    InvalidFileError
        If a file is damaged, was changed, or is not of this study.
    ProjectError
        If the session is closed, or the judge has answered the same elsewhere.
    StoreWriteError
        If it could not be written; nothing of any file was taken in.
    """
    actor = None if by is None else project.store.people.rater(by).id
    by_token = {entry.token: entry for entry in project.store.rating_sessions.all() if entry.token}
    logs: dict[tuple[int, int], list[SittingEvent]] = {}
    intakes = [_look(project, path, by_token, logs) for path in files]
    with project.store.all_or_nothing():
        return tuple(_write(project, intake, actor) for intake in intakes)


def _look(
    project: Project,
    path: Path,
    by_token: dict[str, RatingSession],
    logs: dict[tuple[int, int], list[SittingEvent]],
) -> _Intake:
    """Look at one file; `logs` holds by seat what is in the store and in the files before."""
    file = read_answer_file(path)
    session = by_token.get(file.session)
    if session is None or session.plan is None:
        raise InvalidFileError(f"{path} belongs to a session that was not planned in this project.")
    seat = next((entry for entry in session.seats if entry.token == file.seat), None)
    if seat is None:
        raise InvalidFileError(f"{path} belongs to a judge who does not rate in {session.name!r}.")
    require_signed(file, seat_key(session.sign_key, seat.token))
    if session.closed_at is not None:
        raise ProjectError(
            f"{path} belongs to {session.name!r}, which is closed: open it again with hrm rating reopen."
        )
    store = project.store.rating_sessions
    trials = store.trials(session.id, seat.judge_id)
    events = events_of(file, trials, session.plan.presentation)
    key = (session.id, seat.judge_id)
    log = logs.setdefault(key, store.events(*key))
    added = new_events(file, events, log)
    log.extend(added)
    return _Intake(file, session, seat, added, len(trials))


def _write(project: Project, intake: _Intake, actor: int | None) -> TakenIn:
    store = project.store.rating_sessions
    session, seat, events = intake.session, intake.seat, intake.events
    answers = sum(event.act is SittingAct.ANSWERED for event in events)
    if events:
        store.add_events(session, seat.judge_id, events)
        detail = {
            "judge": seat.name,
            "events": len(events),
            "answers": answers,
            "signature": intake.file.signature,
        }
        store.write_log(session.id, "taken in", actor, detail)
    done = len(store.state(session.id, seat.judge_id).answered)
    return TakenIn(intake.file.path, session.name, seat.name, len(events), answers, done, intake.total)
