"""What omission checks did in a study: both passes with their times, and what each one found."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from hrm_core.facs import action
from hrm_core.records.check import CheckAct, CheckAnswer, CheckEvent, CheckLog, CodeRun
from hrm_core.records.check_standing import standing as standing_of
from hrm_core.records.people import Rater
from hrm_core.records.recording import Clip, Recording
from hrm_core.workflows.check_clip import check_groups, check_log, why_not_checkable
from hrm_core.workflows.project import Project

__all__ = ["CheckChange", "ClipCheck", "LogEntry", "check_trail", "checks_of_study"]


@dataclass(frozen=True, slots=True)
class CheckChange:
    """One action that a check changed.

    Attributes
    ----------
    action : str
        Its key.
    omission : bool
        Whether the first pass had said nothing of it.
    before, after : str
        Where it was coded, and where it is: ``"34–45 left"``; empty is nowhere.
    at : str
        When it was answered, UTC.
    """

    action: str
    omission: bool
    before: str
    after: str
    at: str


@dataclass(frozen=True, slots=True)
class ClipCheck:
    """Both passes of one coder over one clip.

    Attributes
    ----------
    participant, video : str
        Whose clip it is.
    clip, first_frame, last_frame : int
        Number and frames of the clip, both included.
    rater : str
        Who coded and checked it.
    state : str
        ``"not coded"``, ``"coded"``, ``"being checked"``, ``"checked"``, ``"submitted"`` or
        ``"changed since submission"``.
    answered, asked : int
        Actions with an answer that holds, of how many.
    missing : tuple of str
        Keys of the others.
    first_pass, second_pass : tuple of (str or None, str or None)
        When each began and ended, UTC; of the second, its start and last answer.
    submitted_at : str or None
        When, UTC.
    hidden : bool
        Whether the first pass was hidden in an answer of the check.
    changes : tuple of CheckChange
        What the check changed, omissions among it.
    """

    participant: str
    video: str
    clip: int
    first_frame: int
    last_frame: int
    rater: str
    state: str
    answered: int
    asked: int
    missing: tuple[str, ...]
    first_pass: tuple[str | None, str | None]
    second_pass: tuple[str | None, str | None]
    submitted_at: str | None
    hidden: bool
    changes: tuple[CheckChange, ...]

    @property
    def omissions(self) -> tuple[CheckChange, ...]:
        """What the first pass had left out."""
        return tuple(change for change in self.changes if change.omission)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the audit trail of a clip.

    Attributes
    ----------
    at : str
        When, UTC.
    who : str
        Who did it.
    phase : str
        ``"first pass"``, ``"second pass"`` or ``"submission"``.
    what : str
        In words.
    """

    at: str
    who: str
    phase: str
    what: str


def checks_of_study(
    project: Project, participant: str | None = None, video: str | None = None, rater: str | None = None
) -> Iterator[ClipCheck]:
    """Both passes over every clip that is to be coded, for each coder who coded something of it.

    Parameters
    ----------
    project : Project
        The open study.
    participant, video, rater : str, optional
        Only this child (code), recording (name) and coder (name).

    Raises
    ------
    NotFoundError
        If a name is unknown.
    """
    raters = project.raters() if rater is None else [project.store.people.rater(rater)]
    for who, recording in project.recordings(participant, video):
        clips = [clip for clip in project.store.recordings.clips(recording.id) if not clip.is_excluded]
        # All labels of a recording are read once for all of its clips.
        said = {coder.id: _Said(project, coder, recording) for coder in raters} if clips else {}
        for clip in clips:
            for coder in raters:
                if (found := _look_at(project, who.code, recording, clip, said[coder.id])) is not None:
                    yield found


class _Said:
    """What a coder says of a recording, and said when checking it."""

    def __init__(self, project: Project, rater: Rater, recording: Recording) -> None:
        self.rater = rater
        self.codings = project.store.codings.of_video(rater.id, recording.id)
        self.log = check_log(project, rater, recording)
        self.groups = check_groups(project, rater)


def _look_at(project: Project, code: str, recording: Recording, clip: Clip, said: _Said) -> ClipCheck | None:
    rater, frames = said.rater, range(clip.first_frame, clip.last_frame + 1)
    edits = project.store.checks.edits(rater.id, recording.id, clip.first_frame, clip.last_frame)
    log = said.log.of_frames(clip.first_frame, clip.last_frame)
    if not edits and not log.events:
        return None
    hides = project.settings.check.hide_first_pass
    standing = standing_of(said.codings, frames, log, said.groups, hides=hides)
    asked = sum(len(group.actions) for group in standing.groups)
    begun = next((entry.at for entry in log.events if entry.what is CheckAct.START), None)
    first = [at for at, _ in edits if begun is None or at < begun]
    submission = standing.submission
    if submission is not None:
        state = "changed since submission" if standing.changed_since else "submitted"
    elif why_not_checkable(said.codings, clip) is not None:
        state = "not coded"
    elif begun is None:
        state = "coded"
    else:
        state = "checked" if standing.is_complete else "being checked"
    return ClipCheck(
        code,
        recording.name,
        clip.number,
        clip.first_frame,
        clip.last_frame,
        rater.name,
        state,
        asked - len(standing.missing) if begun else 0,
        asked,
        standing.missing,
        (_text(first[0]) if first else None, _text(first[-1]) if first else None),
        (_text(begun), _text(log.answers[-1].at) if log.answers else None),
        _text(submission.at) if submission else None,
        any(entry.hidden for entry in log.answers),
        _changes(log),
    )


def _changes(log: CheckLog) -> tuple[CheckChange, ...]:
    """What checks changed: of an action that was answered again, the newest answer.

    Within one check an answer takes the place of the one before, also of one that spoke of a
    change that was taken off again; what an earlier check changed stays changed.
    """
    starts = [entry.at for entry in log.events if entry.what is CheckAct.START and entry.at is not None]
    lasting: dict[tuple[int, str], CheckAnswer] = {}
    for entry in log.answers:
        if entry.answer.is_final and entry.at is not None:
            lasting[bisect_right(starts, entry.at), entry.action] = entry
    newest = {
        (entry.action, entry.is_omission): entry for entry in lasting.values() if "after" in entry.detail
    }
    return tuple(
        CheckChange(
            entry.action,
            entry.is_omission,
            _runs(entry, "before"),
            _runs(entry, "after"),
            _text(entry.at) or "",
        )
        for entry in newest.values()
    )


def check_trail(project: Project, rater: Rater, recording: Recording, clip: Clip) -> list[LogEntry]:
    """The audit trail of one coder's clip, the oldest first."""
    log = check_log(project, rater, recording).of_frames(clip.first_frame, clip.last_frame)
    begun = next((entry.at for entry in log.events if entry.what is CheckAct.START), None)
    names = {entry.id: entry.name for entry in project.raters()}
    lines = []
    for revision in project.store.history.log(rater.id, recording.id):
        frames = [frame for frame in revision.after if clip.first_frame <= frame <= clip.last_frame]
        if not frames:
            continue
        phase = "first pass" if begun is None or revision.at < begun else "second pass"
        span = f"frame {frames[0]}" if len(frames) == 1 else f"frames {min(frames)}–{max(frames)}"
        what = f"{revision.kind}: {revision.reason}".removesuffix(": ")
        lines.append(LogEntry(revision.at.isoformat(), names[revision.actor_id], phase, f"{what}, {span}"))
    lines += [LogEntry(_text(entry.at) or "", rater.name, *_event_words(entry)) for entry in log.events]
    lines += [
        LogEntry(_text(entry.at) or "", rater.name, "second pass", _words(entry)) for entry in log.answers
    ]
    return sorted(lines, key=lambda entry: entry.at)


def _event_words(event: CheckEvent) -> tuple[str, str]:
    if event.what is CheckAct.START:
        return "second pass", "check started"
    if event.what is CheckAct.SUBMIT:
        return "submission", "submitted"
    return "submission", f"taken back: {event.detail.get('reason', '')}"


def _words(entry: CheckAnswer) -> str:
    name = f"{action(entry.action).kind}{action(entry.action).label}"
    said = {
        "seen": "seen, codes hidden",
        "not_seen": "not seen, codes hidden",
        "as_coded": "as coded",
        "absent": "absent",
    }.get(str(entry.answer))
    if said is None:
        what = "omission" if entry.is_omission else "changed"
        said = f"{what}: {_runs(entry, 'before') or 'nothing'} → {_runs(entry, 'after') or 'nothing'}"
    return f"{name} {said}"


def _runs(entry: CheckAnswer, side: str) -> str:
    runs = (CodeRun(*run) for run in entry.detail.get(side, ()))
    return ", ".join(run.words(action(entry.action)) for run in runs)


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
