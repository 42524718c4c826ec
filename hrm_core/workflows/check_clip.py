"""Check a clip for omissions after it was coded, and submit it.

Coding is the first pass over a clip, checking the second, and both are the same coder's.
Nobody reads here what another coder answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hrm_core.errors import ProjectError
from hrm_core.facs import action
from hrm_core.records.check import (
    Answer,
    CheckAct,
    CheckAnswer,
    CheckEvent,
    CheckGroup,
    CheckLog,
    checked_frames,
    clip_digest,
    codes_of,
    digest_of,
    groups_of,
    names_of,
    uncheckable,
)
from hrm_core.records.check_standing import CheckStanding, settled_by_verdict, standing, to_answer
from hrm_core.records.coding import FrameCoding
from hrm_core.records.people import Rater
from hrm_core.records.recording import Clip, Recording
from hrm_core.records.segments import frames_in_words
from hrm_core.workflows.project import Project

__all__ = [
    "SubmissionMark",
    "answer",
    "check_groups",
    "check_log",
    "check_status",
    "start_check",
    "submission_marks",
    "submit",
    "take_back",
    "why_not_checkable",
    "write_answers",
]


@dataclass(frozen=True, slots=True)
class SubmissionMark:
    """That a rater has submitted a clip.

    Attributes
    ----------
    at : datetime
        When, UTC.
    first_frame, last_frame : int
        Frames of the clip as it was submitted, both included.
    digest : str
        Of the codes that were submitted.
    changed_since : bool
        Whether its codes are others now.
    """

    at: datetime
    first_frame: int
    last_frame: int
    digest: str
    changed_since: bool

    def with_change(self, changed: bool) -> SubmissionMark:
        """The same mark, the codes changed since or not."""
        return replace(self, changed_since=changed)


def check_groups(project: Project, rater: Rater) -> tuple[CheckGroup, ...]:
    """What a rater is asked about in a check: all actions of the study that the rater can see."""
    closed = () if rater.sees_eyes else [entry.key for entry in project.actions() if entry.group == "upper"]
    return groups_of(project.actions(), closed)


def check_log(project: Project, rater: Rater, recording: Recording) -> CheckLog:
    """All that a rater answered and submitted of a recording, the oldest first.

    What was said before its frames got other numbers is left out: it was about other pictures.
    """
    return project.store.checks.holding(rater.id, recording.id).get(recording.id, CheckLog())


def check_status(project: Project, rater: Rater, recording: Recording, clip: Clip) -> CheckStanding:
    """How far a rater is with the check of a clip."""
    return _stand(project, rater, recording, clip)[0]


def why_not_checkable(codings: Mapping[int, FrameCoding], clip: Clip) -> str | None:
    """Why a clip cannot be checked, in one sentence; None if it can."""
    name, frames = _named(clip), range(clip.first_frame, clip.last_frame + 1)
    if clip.is_excluded:
        return f"{name} is excluded ({clip.why}): only clips that are to be coded are checked."
    left = uncheckable(codings, frames)
    if "uncoded" in left:
        where = frames_in_words(left["uncoded"])
        return f"{name} cannot be checked yet: {where} of it not coded; code the whole clip first."
    if "carried" in left:
        where = frames_in_words(left["carried"])
        return f"{name} cannot be checked yet: {where} of it carried, not confirmed; confirm them first."
    return None


def start_check(project: Project, rater: Rater, recording: Recording, clip: Clip) -> CheckStanding:
    """Begin the second pass over a clip, or go on with one that was begun.

    What the first pass said is written down with the time: the audit trail tells by it what
    the check has changed.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater
        Whose codes are checked, by whom.
    recording : Recording
        The recording.
    clip : Clip
        One of its clips.

    Raises
    ------
    ProjectError
        If the clip is excluded, or a frame of it is uncoded or carried.
    StoreWriteError
        If it could not be written.
    """
    with project.store.all_or_nothing():
        codings = project.store.codings.of_video(rater.id, recording.id)
        if (why := why_not_checkable(codings, clip)) is not None:
            raise ProjectError(why)
        log = check_log(project, rater, recording).of_frames(clip.first_frame, clip.last_frame)
        if log.start is None:
            frames = _frames(clip)
            detail = {"codes": codes_of(codings, frames)}
            project.store.checks.add_event(_event(rater, clip, CheckAct.START, codings, detail))
    return check_status(project, rater, recording, clip)


def answer(
    project: Project, rater: Rater, recording: Recording, clip: Clip, key: str, *, present: bool
) -> CheckStanding:
    """Say of one action whether it is in the clip, as it is coded now; says how far the check is then.

    Where the study hides the first pass, the first answers of a group are verdicts on the
    film alone; those that agree with the codes settle their actions as soon as all are given.

    Parameters
    ----------
    project, rater, recording, clip
        As for :func:`start_check`.
    key : str
        The action.
    present : bool
        Whether it is there.

    Raises
    ------
    ProjectError
        If no check is under way, the coder is not asked about this action, or the codes say
        otherwise.
    StoreWriteError
        If it could not be written.
    """
    with project.store.all_or_nothing():
        found, log = _stand(project, rater, recording, clip)
        if log.start is None:
            raise ProjectError(f"{_named(clip)} is not being checked: start its check first.")
        group = next((entry for entry in found.groups if key in entry.group.actions), None)
        if group is None:
            raise ProjectError(f"{action(key)} is not among the actions that {rater.name} checks here.")
        kind, detail = to_answer(group, key, present=present)
        hides = project.settings.check.hide_first_pass
        entry = found.of(key)
        said = CheckAnswer(
            rater.id, clip.video_id, clip.first_frame, clip.last_frame, key, kind, entry.digest, hides, detail
        )
        project.store.checks.add_answers([said])
        found, _ = _stand(project, rater, recording, clip)
        group = next(entry for entry in found.groups if key in entry.group.actions)
        project.store.checks.add_answers(_settled(rater, clip, found, settled_by_verdict(group)))
    return check_status(project, rater, recording, clip)


def write_answers(project: Project, answers: Sequence[CheckAnswer]) -> None:
    """Write answers that a window took, if they were given about the codes that are in the store.

    Raises
    ------
    ProjectError
        If codes were changed meanwhile by another window or program; then none is written.
    StoreWriteError
        If they could not be written.
    """
    with project.store.all_or_nothing():
        whose = {(entry.rater_id, entry.video_id) for entry in answers}
        found = {owner: project.store.codings.of_video(*owner) for owner in whose}
        for entry in answers:
            codings = found[entry.rater_id, entry.video_id]
            frames = range(entry.first_frame, entry.last_frame + 1)
            if digest_of(codings, frames, entry.action) != entry.digest:
                raise ProjectError(
                    f"The codes of {names_of([entry.action])} were changed by another window or program: "
                    "open the recording again and answer anew."
                )
        project.store.checks.add_answers(answers)


def submit(project: Project, rater: Rater, recording: Recording, clip: Clip) -> CheckStanding:
    """Say that a clip is coded and checked for good.

    Its coded frames become *checked*, as one step that can be undone, if they are not yet.

    Raises
    ------
    ProjectError
        If the clip cannot be checked, an action has no answer that holds, or it was
        submitted as it is.
    StoreWriteError
        If it could not be written.
    """
    with project.store.all_or_nothing():
        codings = project.store.codings.of_video(rater.id, recording.id)
        if (why := why_not_checkable(codings, clip)) is not None:
            raise ProjectError(why)
        found, _ = _stand(project, rater, recording, clip)
        if found.missing:
            raise ProjectError(
                f"{_named(clip)} cannot be submitted yet: the check has no answer for "
                f"{names_of(found.missing)}."
            )
        if found.submission is not None and not found.changed_since:
            raise ProjectError(f"{_named(clip)} is submitted already, and has not changed since.")
        edit = checked_frames(codings, _frames(clip))
        if edit:
            based_on = {frame: codings[frame].revision for frame in edit}
            project.store.codings.save_frames(
                rater.id, recording.id, edit, based_on=based_on, reason="checked"
            )
        project.store.checks.add_event(_event(rater, clip, CheckAct.SUBMIT, codings, {}))
    return check_status(project, rater, recording, clip)


def take_back(project: Project, rater: Rater, recording: Recording, clip: Clip, reason: str) -> CheckStanding:
    """Take a submission back; codes and answers stay as they are.

    Raises
    ------
    ProjectError
        If the clip is not submitted, or no reason is given.
    StoreWriteError
        If it could not be written.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise ProjectError("Say why the submission is taken back: the log keeps the reason.")
    with project.store.all_or_nothing():
        log = check_log(project, rater, recording).of_frames(clip.first_frame, clip.last_frame)
        if log.submission is None:
            raise ProjectError(f"{_named(clip)} is not submitted, so there is nothing to take back.")
        codings = project.store.codings.of_video(rater.id, recording.id)
        detail = {"reason": reason}
        project.store.checks.add_event(_event(rater, clip, CheckAct.TAKE_BACK, codings, detail))
    return check_status(project, rater, recording, clip)


def submission_marks(project: Project, rater: Rater) -> dict[int, SubmissionMark]:
    """Clips that a rater has submitted, by their numbers in the store; of nobody else."""
    store, marks = project.store, {}
    touched = store.checks.touched_since(rater.id)
    logs = store.checks.holding(rater.id)
    for video_id, log in logs.items():
        codings: dict[int, FrameCoding] | None = None
        for clip in store.recordings.clips(video_id):
            event = log.of_frames(clip.first_frame, clip.last_frame).submission
            if event is None or event.at is None:
                continue
            changed = False
            if event.id in touched:
                # Few are: reading all labels of a study would take long.
                codings = codings if codings is not None else store.codings.of_video(rater.id, video_id)
                changed = clip_digest(codings, _frames(clip)) != event.digest
            marks[clip.id] = SubmissionMark(
                event.at, event.first_frame, event.last_frame, event.digest, changed
            )
    return marks


def _stand(
    project: Project, rater: Rater, recording: Recording, clip: Clip
) -> tuple[CheckStanding, CheckLog]:
    codings = project.store.codings.of_video(rater.id, recording.id)
    log = check_log(project, rater, recording).of_frames(clip.first_frame, clip.last_frame)
    hides = project.settings.check.hide_first_pass
    return standing(codings, _frames(clip), log, check_groups(project, rater), hides=hides), log


def _settled(
    rater: Rater, clip: Clip, found: CheckStanding, entries: Sequence[tuple[str, Answer, dict[str, Any]]]
) -> list[CheckAnswer]:
    return [
        CheckAnswer(
            rater.id,
            clip.video_id,
            clip.first_frame,
            clip.last_frame,
            key,
            kind,
            found.of(key).digest,
            True,
            detail,
        )
        for key, kind, detail in entries
    ]


def _event(
    rater: Rater, clip: Clip, what: CheckAct, codings: Mapping[int, FrameCoding], detail: Mapping[str, object]
) -> CheckEvent:
    digest = clip_digest(codings, _frames(clip))
    return CheckEvent(rater.id, clip.video_id, clip.first_frame, clip.last_frame, what, digest, detail)


def _frames(clip: Clip) -> range:
    return range(clip.first_frame, clip.last_frame + 1)


def _named(clip: Clip) -> str:
    return f"Clip {clip.number}"
