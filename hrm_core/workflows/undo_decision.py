"""Undo a decision on a disagreement: what held before it holds again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hrm_core.facs import action
from hrm_core.records.adjudication import Decision
from hrm_core.records.agreement import Disagreement
from hrm_core.records.people import Rater
from hrm_core.records.revision import Changes
from hrm_core.workflows.adjudicate import take_back
from hrm_core.workflows.project import Project
from hrm_core.workflows.see_disputes import resolved
from hrm_core.workflows.write_consensus import begin, resolve_now, write

__all__ = ["decided_so_far", "undo_decision"]


def decided_so_far(
    project: Project, first: Rater, second: Rater, disagreement: Disagreement, *, frame: int | None = None
) -> tuple[Decision, ...]:
    """Which decisions hold in a run, or on one frame of it; each is cut to the frames asked for.

    Parameters
    ----------
    project : Project
        The open study.
    first, second : Rater
        Whose codings.
    disagreement : Disagreement
        The run.
    frame : int, optional
        Only this frame of it.
    """
    recording = project.store.recordings.get(disagreement.video_id)
    people = {who.id: who for who in project.participants()}
    one = resolved(project, first, second, people[recording.participant_id], recording)
    start, last = _span(disagreement, frame)
    part = replace(disagreement, first_frame=start, last_frame=last)
    # The two may have changed a code since: where they agree by now nothing is disputed.
    inside = one.both.frames[(one.both.frames >= start) & (one.both.frames <= last)]
    if len(inside) != len(part):
        return ()
    return tuple(
        replace(
            held.decision,
            first_frame=held.disagreement.first_frame,
            last_frame=held.disagreement.last_frame,
        )
        for held in one.resolution.disputes([part], one.log)
        if held.decision is not None
    )


def undo_decision(
    project: Project,
    actor: Rater,
    first: Rater,
    second: Rater,
    disagreement: Disagreement,
    before: Sequence[Decision],
    *,
    frame: int | None = None,
) -> Changes:
    """Take back a decision and let those hold again that held before it.

    They are entered again with their reasons, their times and who decided; the log keeps
    everything.

    Parameters
    ----------
    project, actor, first, second, disagreement
        As the decision was made with.
    before : sequence of Decision
        What :func:`decided_so_far` told just before that decision; empty: nothing held.
    frame : int, optional
        The only frame of the run that was decided.

    Returns
    -------
    Changes
        Frames of the consensus that changed.

    Raises
    ------
    ProjectError
        As :func:`~hrm_core.workflows.adjudicate.take_back`.
    StoreWriteError
        If it could not be written; the store is as it was.
    """
    with project.store.all_or_nothing():
        changes = take_back(project, actor, first, second, disagreement, frame=frame)
        if not before:
            return changes
        recording = project.store.recordings.get(disagreement.video_id)
        act = begin(project, actor, first, second, recording)
        project.store.adjudications.add(before)
        start, last = _span(disagreement, frame)
        entry = action(disagreement.action)
        words = f"earlier decision on {entry.kind}{entry.label} holds again"
        again = write(act, resolve_now(act, recording), range(start, last + 1), words)
        return replace(again, codings={**changes.codings, **again.codings})


def _span(run: Disagreement, frame: int | None) -> tuple[int, int]:
    return (run.first_frame, run.last_frame) if frame is None else (frame, frame)
