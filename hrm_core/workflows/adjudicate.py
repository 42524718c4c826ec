"""Decide what two raters disagree about; a third coding, their consensus, follows from the decisions.

The two codings are never touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hrm_core.errors import ProjectError
from hrm_core.facs import Code, action
from hrm_core.records.adjudication import TAKEN_OVER, Decision, Dispute, Disputes, Sight, Standing
from hrm_core.records.agreement import Disagreement
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.records.people import Rater
from hrm_core.records.recording import Recording
from hrm_core.records.revision import Changes
from hrm_core.records.segments import frames_in_words, segments
from hrm_core.workflows.project import Project
from hrm_core.workflows.see_disputes import (
    Resolved,
    consensus_rater,
    decisions,
    may_see,
    open_disagreements,
    require_eyes,
    require_shown,
    standing,
)
from hrm_core.workflows.write_consensus import Adjudicating, begin, refresh, resolve_now, write

__all__ = [
    "AGREED",
    "Dispute",
    "Disputes",
    "Sight",
    "Standing",
    "consensus_rater",
    "decide",
    "decide_frames",
    "decisions",
    "give_back_agreed",
    "may_see",
    "open_disagreements",
    "refresh",
    "standing",
    "take_agreed",
    "take_agreed_in",
    "take_back",
    "take_back_frames",
]

AGREED = "both agree"
"""Reason in the log of frames that are taken over."""
_TAKEN_BACK = "taken back"


def decide(
    project: Project,
    actor: Rater,
    first: Rater,
    second: Rater,
    disagreement: Disagreement,
    code: int,
    reason: str,
    *,
    frame: int | None = None,
) -> Changes:
    """Say what holds where two raters disagree about an action.

    Frames of the run whose every disagreement is decided then get their consensus coding in
    the same unit of work.

    Parameters
    ----------
    project : Project
        The open study.
    actor : Rater
        Who decides.
    first, second : Rater
        Whose codings; in the order of the codes of `disagreement`.
    disagreement : Disagreement
        The run, as it was shown.
    code : int
        What holds, 0-5; it may be neither of the two.
    reason : str
        Why, in words of whoever decides.
    frame : int, optional
        Decide only this frame of the run.

    Returns
    -------
    Changes
        Frames of the consensus that changed; ``revision_id`` is None if none did yet.

    Raises
    ------
    ProjectError
        If no reason is given, the action does not take the code, the codes are not those of
        `disagreement` any more, or `actor` may not see them.
    StoreWriteError
        If it could not be written; the store is as it was.
    """
    spans = [_span(disagreement, frame)]
    return _decide(project, actor, (first, second), [disagreement], spans, code, reason)


def decide_frames(
    project: Project,
    actor: Rater,
    first: Rater,
    second: Rater,
    recording: Recording,
    key: str,
    frames: tuple[int, int],
    code: int,
    reason: str,
) -> tuple[int, Changes]:
    """Decide every disagreement about an action that lies in a stretch of frames.

    Parameters
    ----------
    project, actor, first, second
        As for :func:`decide`.
    recording : Recording
        Of which video.
    key : str
        The action.
    frames : (int, int)
        First and last frame, both included.
    code, reason
        As for :func:`decide`.

    Returns
    -------
    decided : int
        On how many frames.
    changes : Changes
        As :func:`decide` returns.

    Raises
    ------
    ProjectError
        As :func:`decide`; also if they do not disagree there, or not where `actor` may look.
    """
    runs, spans = _runs_in(project, actor, (first, second), recording, key, frames, decided=False)
    changes = _decide(project, actor, (first, second), runs, spans, code, reason)
    return sum(last - start + 1 for start, last in spans), changes


def take_back(
    project: Project,
    actor: Rater,
    first: Rater,
    second: Rater,
    disagreement: Disagreement,
    *,
    frame: int | None = None,
    reason: str = "",
) -> Changes:
    """Take back what was decided about a disagreement; its frames have no consensus then.

    Parameters
    ----------
    project, actor, first, second, disagreement, frame
        As for :func:`decide`.
    reason : str
        Why, if somebody says it.

    Returns
    -------
    Changes
        As :func:`decide` returns.

    Raises
    ------
    ProjectError
        If nothing is decided there, or `actor` may not see it.
    StoreWriteError
        If it could not be written; the store is as it was.
    """
    return _take_back(
        project, actor, (first, second), [disagreement], [_span(disagreement, frame)], _one_line(reason)
    )


def take_back_frames(
    project: Project,
    actor: Rater,
    first: Rater,
    second: Rater,
    recording: Recording,
    key: str,
    frames: tuple[int, int],
    reason: str = "",
) -> tuple[int, Changes]:
    """Take back every decision about an action that holds in a stretch of frames.

    Parameters, results and errors are those of :func:`decide_frames` and :func:`take_back`.
    """
    runs, spans = _runs_in(project, actor, (first, second), recording, key, frames, decided=True)
    changes = _take_back(project, actor, (first, second), runs, spans, _one_line(reason))
    return sum(last - start + 1 for start, last in spans), changes


def take_agreed(project: Project, actor: Rater, first: Rater, second: Rater, recording: Recording) -> Changes:
    """Take over into the consensus all frames of a recording on which both agree about everything.

    Frames that both call not codable are not codable in the consensus.  What they agree on
    stays taken over: it follows when both change it in the same way.

    Parameters
    ----------
    project, actor, first, second
        As for :func:`decide`.
    recording : Recording
        Which video.

    Returns
    -------
    Changes
        Frames of the consensus that changed.

    Raises
    ------
    ProjectError
        If they agree on no frame that `actor` may see.
    StoreWriteError
        If it could not be written; the store is as it was.
    """
    return _take_over(project, actor, first, second, recording, taken_back=False)


def give_back_agreed(
    project: Project, actor: Rater, first: Rater, second: Rater, recording: Recording
) -> Changes:
    """The reverse of :func:`take_agreed`: frames without a disagreement leave the consensus."""
    return _take_over(project, actor, first, second, recording, taken_back=True)


def take_agreed_in(
    project: Project,
    actor: Rater,
    first: Rater,
    second: Rater,
    *,
    participant: str | None = None,
    video: str | None = None,
    give_back: bool = False,
) -> list[Changes]:
    """:func:`take_agreed`, or its reverse, in all recordings, or none of them if that fails.

    Parameters
    ----------
    project, actor, first, second
        As for :func:`decide`.
    participant, video : str, optional
        Only of this child (code) or recording (name).
    give_back : bool
        Whether the frames leave the consensus.

    Returns
    -------
    list of Changes
        One for each recording in which they agree on any frame.

    Raises
    ------
    NotFoundError
        If `participant` or `video` is unknown.
    ProjectError, StoreWriteError
        As :func:`take_agreed`.
    """
    with project.store.all_or_nothing():
        found = [
            _taken_over(begin(project, actor, first, second, recording), recording, taken_back=give_back)
            for _, recording in project.recordings(participant, video)
        ]
        changes = [entry for entry in found if entry is not None]
        if not changes:
            raise _nothing_agreed(actor, first, second)
    return changes


def _decide(
    project: Project,
    actor: Rater,
    raters: tuple[Rater, Rater],
    runs: Sequence[Disagreement],
    spans: Sequence[tuple[int, int]],
    code: int,
    reason: str,
) -> Changes:
    reason = _one_line(reason)
    if not reason:
        raise ProjectError("Say why it is decided so: the reason is kept with the decision.")
    for run in runs:
        _require_code(run, code)
        require_eyes(actor, run.action)
    video_id = runs[0].video_id
    recording = project.store.recordings.get(video_id)
    with project.store.all_or_nothing():
        act = begin(project, actor, *raters, recording)
        runs = [_in_order(act, raters, run) for run in runs]
        one = resolve_now(act, recording)
        for run, span in zip(runs, spans, strict=True):
            _require_current(act, one, run, span)
        project.store.adjudications.add(
            [_entry(act, run, span, code, reason) for run, span in zip(runs, spans, strict=True)]
        )
        words = f"{_words(runs[0].action, code)}: {reason}"
        return write(act, one, _frames(spans), words)


def _take_back(
    project: Project,
    actor: Rater,
    raters: tuple[Rater, Rater],
    runs: Sequence[Disagreement],
    spans: Sequence[tuple[int, int]],
    reason: str,
) -> Changes:
    recording = project.store.recordings.get(runs[0].video_id)
    with project.store.all_or_nothing():
        act = begin(project, actor, *raters, recording)
        one = resolve_now(act, recording)
        entries = []
        for run, (first, last) in zip(runs, spans, strict=True):
            run = _in_order(act, raters, run)
            _require_current(act, one, run, (first, last))
            part = replace(run, first_frame=first, last_frame=last)
            for dispute in one.resolution.disputes([part], one.log):
                if (held := dispute.decision) is not None:
                    span = (dispute.disagreement.first_frame, dispute.disagreement.last_frame)
                    entry = _entry(act, dispute.disagreement, span, held.code, reason or _TAKEN_BACK)
                    entries.append(replace(entry, taken_back=True))
        if not entries:
            raise ProjectError(
                f"Nothing is decided about {_name(runs[0].action)} in {frames_in_words(_frames(spans))}, so "
                "there is nothing to take back."
            )
        project.store.adjudications.add(entries)
        words = f"decision on {_name(runs[0].action)} taken back{f': {reason}' if reason else ''}"
        return write(act, one, _frames(spans), words)


def _take_over(
    project: Project, actor: Rater, first: Rater, second: Rater, recording: Recording, *, taken_back: bool
) -> Changes:
    with project.store.all_or_nothing():
        act = begin(project, actor, first, second, recording)
        changes = _taken_over(act, recording, taken_back=taken_back)
        if changes is None:
            raise _nothing_agreed(actor, first, second)
    return changes


def _taken_over(act: Adjudicating, recording: Recording, *, taken_back: bool) -> Changes | None:
    """What changed; None if there is no frame they agree on."""
    one = resolve_now(act, recording)
    found = one.resolution
    sight = may_see(act.project, act.actor, act.first, act.second, recording)
    agreed = found.frames[~found.differ.any(axis=1)]
    frames = np.intersect1d(np.union1d(agreed, one.both.not_codable), sight.frames)
    if not len(frames):
        return None
    there = np.union1d(found.frames[found.taken], found.not_codable)
    moved = np.intersect1d(frames, there) if taken_back else np.setdiff1d(frames, there)
    nothing = Disagreement(TAKEN_OVER, one.participant.code, recording.name, recording.id, 0, 0, 0, 0)
    act.project.store.adjudications.add(
        [replace(_entry(act, nothing, span, 0, AGREED), taken_back=taken_back) for span in segments(moved)]
    )
    words = "not taken over any more" if taken_back else AGREED
    return write(act, one, moved.tolist(), words)


def _nothing_agreed(actor: Rater, first: Rater, second: Rater) -> ProjectError:
    return ProjectError(
        f"There is no frame that {first.name} and {second.name} code alike and {actor.name} may see: "
        "nothing was done."
    )


def _runs_in(
    project: Project,
    actor: Rater,
    raters: tuple[Rater, Rater],
    recording: Recording,
    key: str,
    frames: tuple[int, int],
    *,
    decided: bool,
) -> tuple[list[Disagreement], list[tuple[int, int]]]:
    """Runs about an action that `actor` may see in a stretch of frames, and the part inside it."""
    people = {who.id: who.code for who in project.participants(actor)}
    code = people[recording.participant_id]
    found = open_disagreements(project, actor, *raters, participant=code, video=recording.name, action=key)
    runs = [
        entry.disagreement
        for entry in found.disputes
        if entry.disagreement.first_frame <= frames[1] and frames[0] <= entry.disagreement.last_frame
        if not (decided and entry.is_open)
    ]
    if not runs:
        wanted = range(frames[0], frames[1] + 1)
        require_shown(project, actor, *raters, recording, frames)
        raise ProjectError(
            f"{raters[0].name} and {raters[1].name} "
            f"{'have no decision on' if decided else 'do not disagree about'} {_name(key)} in "
            f"{frames_in_words(wanted)} of video {recording.name!r}: hrm adjudicate list shows where they do."
        )
    return runs, [(max(run.first_frame, frames[0]), min(run.last_frame, frames[1])) for run in runs]


def _require_code(run: Disagreement, code: int) -> None:
    entry = action(run.action)
    if not 0 <= code <= max(Code):
        raise ProjectError(f"A code is a number from 0 to {int(max(Code))}, not {code}.")
    # What a file brought in may break the rule, and may be what holds.
    if not entry.allows(code) and code not in (run.first_code, run.second_code):
        allowed = ", ".join(f"{int(known)} {entry.word(known)}" for known in sorted({Code(0), *entry.sides}))
        raise ProjectError(
            f"{_name(run.action)} has no code {code} ({Code(code).word}); it takes: {allowed}."
        )


def _require_current(act: Adjudicating, one: Resolved, run: Disagreement, span: tuple[int, int]) -> None:
    """Refuse a run that is not as it was shown, or that must not be shown."""
    wanted = np.arange(span[0], span[1] + 1)
    where = f"{_name(run.action)} in {frames_in_words(wanted)} of video {one.recording.name!r}"
    rows = np.searchsorted(one.both.frames, wanted)
    column = COLUMN_OF[run.action]
    there = bool(len(one.both.frames)) and bool(
        (one.both.frames[np.minimum(rows, len(one.both.frames) - 1)] == wanted).all()
    )
    if not (
        there
        and one.both.judged[column]
        and (one.both.first[rows, column] == run.first_code).all()
        and (one.both.second[rows, column] == run.second_code).all()
    ):
        raise ProjectError(
            f"{where}: {act.first.name} and {act.second.name} do not have these codes any more, so "
            "nothing was written: look at the disagreements again."
        )
    sight = may_see(act.project, act.actor, act.first, act.second, one.recording)
    if not np.isin(wanted, sight.frames).all():
        raise ProjectError(
            f"{where} is not to be seen by {act.actor.name} before their own coding of it is submitted: let "
            "somebody decide who does not code it."
        )


def _in_order(act: Adjudicating, raters: tuple[Rater, Rater], run: Disagreement) -> Disagreement:
    if raters[0].id == act.first.id:
        return run
    return replace(run, first_code=run.second_code, second_code=run.first_code)


def _entry(act: Adjudicating, run: Disagreement, span: tuple[int, int], code: int, reason: str) -> Decision:
    return Decision(
        run.video_id,
        *span,
        run.action,
        act.first.id,
        act.second.id,
        run.first_code,
        run.second_code,
        code,
        reason,
        act.consensus.id,
        act.actor.id,
    )


def _span(run: Disagreement, frame: int | None) -> tuple[int, int]:
    if frame is None:
        return run.first_frame, run.last_frame
    if not run.first_frame <= frame <= run.last_frame:
        raise ProjectError(f"Frame {frame} is not in this run ({run.first_frame}–{run.last_frame}).")
    return frame, frame


def _frames(spans: Sequence[tuple[int, int]]) -> list[int]:
    return [frame for first, last in spans for frame in range(first, last + 1)]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _name(key: str) -> str:
    return f"{action(key).kind}{action(key).label}"


def _words(key: str, code: int) -> str:
    return f"{_name(key)} {action(key).word(code)}"
