"""``hrm rating list | show | log | close | reopen | unblind``: what the coordinator does with sessions."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated, Any

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_folded, print_json, print_table
from hrm_core.cli.rating import rating
from hrm_core.cli.rating_facts import as_json, plan_facts, print_facts, state_words
from hrm_core.cli.reliability_tables import safe_cell
from hrm_core.errors import InvalidFileError
from hrm_core.paths import write_whole
from hrm_core.records.rating_plan import RatingLogEntry
from hrm_core.workflows import rating_sessions as sessions
from hrm_core.workflows.rating_sessions import KeyEntry

__all__ = ["close", "list_sessions", "log", "reopen", "show", "unblind"]

_KEY_COLUMNS = (
    "judge",
    "position",
    "token",
    "kind",
    "participant",
    "video",
    "group",
    "clip",
    "first_frame",
    "last_frame",
    "file",
)

_SIGNATURE_SHOWN = 12

Session = Annotated[str, typer.Argument(metavar="SESSION", help="Name of the session.")]
By = Annotated[str | None, typer.Option(metavar="NAME", help="The rater who does it, for the log.")]


@rating.command("list")
def list_sessions(project: ProjectOption = None, json: JsonOption = False) -> None:
    """List the rating sessions and how far they are."""
    with opened(project) as study:
        found = sessions.sessions(study)
    if json:
        print_json([as_json(entry) for entry in found])
        return
    if not found:
        done("There are no rating sessions: hrm rating plan makes one.")
        return
    print_folded(
        ("session", "made (UTC)", "judges", "finished", "state"),
        [
            (
                entry.session.name,
                f"{entry.session.created_at:%Y-%m-%d %H:%M}",
                # Nobody has a seat in ratings that were imported.
                len(entry.seats) or "–",
                sum(seat.finished for seat in entry.seats) if entry.seats else "–",
                state_words(entry),
            )
            for entry in found
        ],
    )


@rating.command("show")
def show(name: Session, project: ProjectOption = None, json: JsonOption = False) -> None:
    """Print what a session is and how far each judge is; never what anybody has answered."""
    with opened(project) as study:
        found = sessions.session_progress(study, name)
    if json:
        print_json(as_json(found))
        return
    about = [("session", name), ("state", state_words(found)), ("question", found.session.question)]
    print_facts([*about, *(plan_facts(found.session.plan) if found.session.plan else ())])
    if found.seats:
        print_folded(
            ("judge", "done", "of", "finished", "blind"),
            [
                (
                    entry.seat.name,
                    entry.done,
                    entry.total,
                    "yes" if entry.finished else "no",
                    "yes" if entry.blind else f"no: {entry.seat.why_not_blind}",
                )
                for entry in found.seats
            ],
        )


@rating.command("log")
def log(name: Session, project: ProjectOption = None, json: JsonOption = False) -> None:
    """Print what was done about a session: planned, given out, taken in, unblinded, closed."""
    with opened(project) as study:
        entries = sessions.session_log(study, name)
    if json:
        print_json([_entry_as_json(entry) for entry in entries])
        return
    if not entries:
        done("Nothing was done about this session but to import it.")
        return
    print_folded(
        ("when (UTC)", "who", "what", "about it"),
        [
            (
                "" if entry.at is None else f"{entry.at:%Y-%m-%d %H:%M}",
                entry.actor or "(not said)",
                entry.what,
                "; ".join(f"{key}: {_shown(key, value)}" for key, value in entry.detail.items()),
            )
            for entry in entries
        ],
    )


@rating.command("close")
def close(name: Session, by: By = None, project: ProjectOption = None, json: JsonOption = False) -> None:
    """Close a session: nobody rates in it any more, and all answers stay."""
    with opened(project) as study:
        sessions.close_session(study, name, by=by)
        found = sessions.session_progress(study, name)
    if json:
        print_json(as_json(found))
        return
    done(f"{name!r} is closed; hrm rating reopen opens it again.")


@rating.command("reopen")
def reopen(name: Session, by: By = None, project: ProjectOption = None, json: JsonOption = False) -> None:
    """Open a closed session again."""
    with opened(project) as study:
        sessions.reopen_session(study, name, by=by)
        found = sessions.session_progress(study, name)
    if json:
        print_json(as_json(found))
        return
    done(f"{name!r} is open again.")


@rating.command("unblind")
def unblind(
    name: Session,
    by: Annotated[str, typer.Option(metavar="NAME", help="The coordinator who lifts the blinding.")],
    why: Annotated[str, typer.Option(metavar="REASON", help="Why; logged, and printed by reports.")],
    judge: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Make this judge not blind; with --answers, only this judge's key."
        ),
    ] = None,
    answers: Annotated[
        bool, typer.Option("--answers", help="Print the key: which trial of which judge showed which child.")
    ] = False,
    csv_: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write the key as CSV.", show_default=False)
    ] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Lift the blinding of a judge, or of the answers: a coordinator's act, logged with its reason."""
    if not answers:
        if judge is None or csv_ is not None:
            raise typer.BadParameter("Lift the blinding of a --judge, or print the key with --answers.")
        with opened(project) as study:
            sessions.unblind_judge(study, name, judge, by=by, why=why)
        done(f"{judge} is not blind in {name!r} any more, and reports say so.")
        return
    with opened(project) as study:
        key = sessions.unblind_answers(study, name, by=by, why=why, judge=judge)
    if csv_ is not None:
        _write_key(csv_, key)
        note(f"Wrote the key of {counted(len(key), 'trial')} to {csv_}: no judge may see it.")
    elif json:
        print_json(key)
    else:
        print_table(_KEY_COLUMNS, [tuple(_key_as_json(entry).values()) for entry in key])


def _key_as_json(entry: KeyEntry) -> dict[str, Any]:
    return {column: getattr(entry, column) for column in _KEY_COLUMNS}


def _write_key(path: Path, key: tuple[KeyEntry, ...]) -> None:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_KEY_COLUMNS)
    table.writerows(map(safe_cell, _key_as_json(entry).values()) for entry in key)
    try:
        write_whole(path, text.getvalue().encode())
    except OSError as error:
        raise InvalidFileError(
            f"{path} cannot be written ({error.strerror or error}): choose another place with --csv."
        ) from error


def _entry_as_json(entry: RatingLogEntry) -> dict[str, Any]:
    at = None if entry.at is None else entry.at.isoformat()
    return {"at": at, "actor": entry.actor, "what": entry.what, "detail": dict(entry.detail)}


def _shown(key: str, value: Any) -> str:
    # Enough to tell files apart; --json has the whole of it.
    return str(value)[:_SIGNATURE_SHOWN] if key == "signature" else _in_words(value)


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} ({_in_words(part)})" for key, part in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(_in_words, value)) or "none"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
