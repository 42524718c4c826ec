"""``hrm adjudicate``: decide what two raters disagree about; their consensus follows."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from hrm_core.cli.frame_spans import frame_spans
from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_folded, print_json
from hrm_core.cli.reliability_tables import safe_cell
from hrm_core.errors import InvalidFileError
from hrm_core.facs import ALL_ACTIONS, action
from hrm_core.paths import write_whole
from hrm_core.records.adjudication import TAKEN_OVER, Decision, Dispute, Disputes, Standing
from hrm_core.records.people import Rater
from hrm_core.workflows import adjudicate as adjudicating
from hrm_core.workflows.add_video import recording_of
from hrm_core.workflows.project import Project

__all__ = ["adjudicate"]

adjudicate = typer.Typer(
    no_args_is_help=True,
    help="Decide what two raters disagree about; their consensus is a third coding, theirs stay as they are.",
)

_First = Annotated[str, typer.Argument(metavar="FIRST", help="A rater.")]
_Second = Annotated[str, typer.Argument(metavar="SECOND", help="Another rater.")]
_By = Annotated[str, typer.Option("--rater", metavar="NAME", help="Who decides.")]
_Participant = Annotated[str, typer.Option(metavar="CODE", help="Which child.")]
_OnlyParticipant = Annotated[
    str | None, typer.Option("--participant", metavar="CODE", help="Only this child.")
]
_Video = Annotated[str | None, typer.Option(metavar="NAME", help="Which video, if the child has several.")]
_OnlyVideo = Annotated[str | None, typer.Option("--video", metavar="NAME", help="Only videos of this name.")]
_Frames = Annotated[str, typer.Option(metavar="FRAMES", help="Frames, both ends included: 120-140, or 7.")]
_Action = Annotated[str, typer.Option("--action", metavar="ACTION", help="Which action: AU12.")]
_Csv = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="Write it as CSV.", show_default=False)
]

_KEYS = {entry.key.casefold(): entry.key for entry in ALL_ACTIONS} | {
    f"{entry.kind}{entry.label}".casefold(): entry.key for entry in ALL_ACTIONS
}


@adjudicate.command("list")
def list_disputes(
    first: _First,
    second: _Second,
    participant: _OnlyParticipant = None,
    video: _OnlyVideo = None,
    action_: Annotated[
        str | None, typer.Option("--action", metavar="ACTION", help="Only this action: AU12.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Only what is not decided.")] = False,
    rater: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only what this rater may see.", show_default=False)
    ] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
    csv_: _Csv = None,
) -> None:
    """List the runs of frames in which two raters give an action different codes, and what was decided.

    A coder sees the codes of others only in clips they have submitted, or outside clips once all is coded.
    """
    with opened(project) as study:
        one, other = _raters(study, first, second)
        person = None if rater is None else study.store.people.rater(rater)
        found = adjudicating.open_disagreements(
            study, person, one, other, participant=participant, video=video, action=_key(action_)
        )
        names = {entry.id: entry.name for entry in study.raters()}
    shown = found.open if open_ else found.disputes
    if json:
        print_json(
            {
                "disagreements": [_as_json(entry, names) for entry in shown],
                "hidden_frames": found.hidden,
                "why_hidden": {entry.why: entry.frames for entry in found.why_hidden},
                "one_not_codable_frames": found.one_not_codable,
            }
        )
        return
    if csv_ is not None:
        _write_csv(csv_, [_as_json(entry, names) for entry in shown], _DISPUTE_COLUMNS)
        return
    _print_disputes(found, shown, names, (first, second))


@adjudicate.command()
def decide(
    first: _First,
    second: _Second,
    participant: _Participant,
    frames: _Frames,
    action_: _Action,
    code: Annotated[
        int,
        typer.Option(
            metavar="CODE",
            help="What holds: 0 absent, 1 present or both sides, 2 left, 3 right, 4 upper, 5 lower.",
        ),
    ],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is kept with the decision.")],
    rater: _By,
    video: _Video = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Say what holds wherever the two disagree about an action in these frames.

    A frame of which every disagreement is decided gets its consensus coding at once; before that it has none.
    """
    key = _required_key(action_)
    with opened(project) as study:
        one, other = _raters(study, first, second)
        recording, person = recording_of(study, participant, video), study.store.people.rater(rater)
        decided, changes = adjudicating.decide_frames(
            study, person, one, other, recording, key, _span(frames), code, reason
        )
    if json:
        print_json({"decided_frames": decided, "consensus_frames_changed": len(changes.codings)})
        return
    done(
        f"Decided {counted(decided, 'frame')}: {action(key)} {action(key).word(code)}. "
        f"{counted(len(changes.codings), 'frame')} of the consensus changed."
    )


@adjudicate.command("take-back")
def take_back(
    first: _First,
    second: _Second,
    participant: _Participant,
    frames: _Frames,
    action_: _Action,
    rater: _By,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, if you want to say it.")] = "",
    video: _Video = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Take decisions on an action in these frames back; the log keeps them, the consensus frames go."""
    key = _required_key(action_)
    with opened(project) as study:
        one, other = _raters(study, first, second)
        recording, person = recording_of(study, participant, video), study.store.people.rater(rater)
        number, changes = adjudicating.take_back_frames(
            study, person, one, other, recording, key, _span(frames), reason
        )
    if json:
        print_json({"taken_back_frames": number, "consensus_frames_changed": len(changes.codings)})
        return
    done(f"Taken back on {counted(number, 'frame')}; {len(changes.codings)} of the consensus changed.")


@adjudicate.command("take-agreed")
def take_agreed(
    first: _First,
    second: _Second,
    rater: _By,
    participant: _OnlyParticipant = None,
    video: _OnlyVideo = None,
    back: Annotated[
        bool, typer.Option("--take-back", help="Let frames without a disagreement leave the consensus again.")
    ] = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Take all frames over into the consensus in which both agree about every action."""
    with opened(project) as study:
        one, other = _raters(study, first, second)
        person = study.store.people.rater(rater)
        found = adjudicating.take_agreed_in(
            study, person, one, other, participant=participant, video=video, give_back=back
        )
    changed = sum(len(changes.codings) for changes in found)
    if json:
        print_json({"recordings": len(found), "consensus_frames_changed": changed})
        return
    done(f"{counted(changed, 'frame')} of the consensus changed, in {counted(len(found), 'video')}.")


@adjudicate.command()
def status(
    first: _First,
    second: _Second,
    participant: _OnlyParticipant = None,
    video: _OnlyVideo = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Say how far it is: what is disputed, decided, open, and what was changed since it was decided."""
    with opened(project) as study:
        one, other = _raters(study, first, second)
        found = adjudicating.standing(study, one, other, participant=participant, video=video)
        consensus = adjudicating.consensus_rater(study, one, other)
    name = None if consensus is None else consensus.name
    if json:
        print_json({"consensus_rater": name, **asdict(found)})
        return
    _print_standing(found, name)


@adjudicate.command()
def refresh(
    first: _First,
    second: _Second,
    rater: _By,
    participant: _OnlyParticipant = None,
    video: _OnlyVideo = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Write the consensus anew where it lags behind codes that were changed after the decisions."""
    with opened(project) as study:
        one, other = _raters(study, first, second)
        person = study.store.people.rater(rater)
        written = adjudicating.refresh(study, person, one, other, participant=participant, video=video)
    if json:
        print_json({"consensus_frames_changed": written})
        return
    done(f"{counted(written, 'frame')} of the consensus changed.")


@adjudicate.command()
def log(
    first: _First,
    second: _Second,
    project: ProjectOption = None,
    json: JsonOption = False,
    csv_: _Csv = None,
) -> None:
    """Show every decision with who, when and why, the oldest first, also those taken back.

    Frames taken over where both agree are rows of their own: the log explains the whole consensus.
    """
    with opened(project) as study:
        one, other = _raters(study, first, second)
        entries = adjudicating.decisions(study, one, other, taken_over=True)
        names = {entry.id: entry.name for entry in study.raters()}
        where = {recording.id: (who.code, recording.name) for who, recording in study.recordings()}
    rows = [_logged(entry, names, where) for entry in entries]
    if json:
        print_json(rows)
        return
    if csv_ is not None:
        _write_csv(csv_, rows, _LOG_COLUMNS)
        return
    if not rows:
        done(f"Nothing was decided yet of what {first} and {second} disagree about.")
        return
    print_folded(
        ("time (UTC)", "who", "child", "video", "frames", "action", first, second, "decided", "reason"),
        [
            (
                row["at"][:19].replace("T", " "),
                row["actor"],
                row["participant"],
                row["video"],
                _frames_words(row["first_frame"], row["last_frame"]),
                *_logged_words(row),
                row["reason"],
            )
            for row in rows
        ],
    )


_DISPUTE_COLUMNS = (
    *("participant", "video", "first_frame", "last_frame", "action", "first_code", "second_code"),
    *("decided", "code", "reason", "actor", "at", "changed_since"),
)
_LOG_COLUMNS = (
    *("at", "actor", "participant", "video", "first_frame", "last_frame", "what", "action"),
    *("first_code", "second_code", "code", "reason", "taken_back"),
)


def _print_disputes(
    found: Disputes, shown: tuple[Dispute, ...], names: dict[int, str], heads: tuple[str, str]
) -> None:
    if shown:
        print_folded(
            ("child", "video", "frames", "action", *heads, "decided", "who", "reason"),
            [_row(entry, names) for entry in shown],
        )
        done("")
    number = sum(len(entry.disagreement) for entry in found.disputes)
    runs = counted(len(found.disputes), "run")
    done(
        f"{runs} of disagreement on {counted(number, 'code')}, {len(found.open)} open."
        if found.disputes
        else f"{heads[0]} and {heads[1]} disagree about nothing that may be shown here."
    )
    if found.one_not_codable:
        frames = counted(found.one_not_codable, "frame")
        done(f"{frames} that one of them calls not codable and the other coded: not decided here.")
    for entry in found.why_hidden:
        note(f"{counted(entry.frames, 'frame')} not shown: {entry.why}.")


def _print_standing(found: Standing, consensus: str | None) -> None:
    print_folded(
        ("what", "frames"),
        [
            ("coded by both", found.compared),
            ("agreed on", found.agreed),
            ("disputed", found.disputed),
            ("  decided", found.decided),
            ("  open", found.open),
            ("codes changed since a decision", found.changed),
            ("not codable by one alone (not decided here)", found.one_not_codable),
            ("in the consensus", found.consensus),
            ("to be written by hrm adjudicate refresh", found.behind),
        ],
    )
    done("")
    done("There is no consensus yet." if consensus is None else f"The consensus is coded by {consensus!r}.")


def _row(entry: Dispute, names: dict[int, str]) -> tuple[str, ...]:
    run, held = entry.disagreement, entry.decision
    if held is not None:
        decided = _word(run.action, held.code)
    else:
        decided = "open" if entry.earlier is None else "open (codes changed since)"
    return (
        run.participant,
        run.video,
        _frames_words(run.first_frame, run.last_frame),
        run.action,
        _word(run.action, run.first_code),
        _word(run.action, run.second_code),
        decided,
        "" if held is None else names[held.actor_id],
        "" if held is None else held.reason,
    )


def _as_json(entry: Dispute, names: dict[int, str]) -> dict[str, Any]:
    run, held = entry.disagreement, entry.decision
    return {
        "participant": run.participant,
        "video": run.video,
        "first_frame": run.first_frame,
        "last_frame": run.last_frame,
        "action": run.action,
        "first_code": run.first_code,
        "second_code": run.second_code,
        "decided": held is not None,
        "code": None if held is None else held.code,
        "reason": None if held is None else held.reason,
        "actor": None if held is None else names[held.actor_id],
        "at": None if held is None or held.at is None else held.at.isoformat(),
        "changed_since": entry.earlier is not None,
    }


def _logged(entry: Decision, names: dict[int, str], where: dict[int, tuple[str, str]]) -> dict[str, Any]:
    participant, video = where[entry.video_id]
    agreed = entry.action == TAKEN_OVER
    return {
        "at": "" if entry.at is None else entry.at.isoformat(),
        "actor": names[entry.actor_id],
        "participant": participant,
        "video": video,
        "first_frame": entry.first_frame,
        "last_frame": entry.last_frame,
        "what": adjudicating.AGREED if agreed else "decision",
        "action": None if agreed else entry.action,
        "first_code": None if agreed else entry.first_code,
        "second_code": None if agreed else entry.second_code,
        "code": None if agreed else entry.code,
        "reason": entry.reason,
        "taken_back": entry.taken_back,
    }


def _logged_words(row: dict[str, Any]) -> tuple[str, str, str, str]:
    """Action, both codes and what holds, of a row of the log."""
    key = row["action"]
    if key is None:
        return row["what"], "", "", "taken back" if row["taken_back"] else "taken over"
    held = "taken back" if row["taken_back"] else _word(key, row["code"])
    return key, _word(key, row["first_code"]), _word(key, row["second_code"]), held


def _write_csv(path: Path, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(columns)
    for row in rows:
        table.writerow([_cell(row[name]) for name in columns])
    try:
        write_whole(path, out.getvalue().encode())
    except OSError as error:
        raise InvalidFileError(
            f"{path} cannot be written ({error.strerror}): choose another place with --csv."
        ) from error
    done(f"{counted(len(rows), 'row')} are in {path}.")


def _cell(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else safe_cell(value)


def _raters(study: Project, first: str, second: str) -> tuple[Rater, Rater]:
    return study.store.people.rater(first), study.store.people.rater(second)


def _key(text: str | None) -> str | None:
    return None if text is None else _required_key(text)


def _required_key(text: str) -> str:
    key = _KEYS.get(text.strip().casefold())
    if key is None:
        raise typer.BadParameter(f"--action {text!r}: name an action of the catalogue, for example AU12.")
    return key


def _span(text: str) -> tuple[int, int]:
    spans = frame_spans(text)
    if len(spans) != 1:
        raise typer.BadParameter(f"--frames {text!r}: name one run of frames, for example 120-140.")
    return spans[0]


def _frames_words(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first}–{last}"


def _word(key: str, code: int) -> str:
    return action(key).word(code)
