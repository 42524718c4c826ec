"""Let the consensus of two raters follow from their codes and the decisions about them.

The consensus is never edited: it is what the two codings and the log of decisions make of
each frame, written anew by every act.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.facs import ALL_ACTIONS, INTENSITIES
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.people import Rater, Role
from hrm_core.records.recording import Recording
from hrm_core.records.revision import Changes
from hrm_core.reliability.consensus import Resolution, differing, resolve
from hrm_core.workflows.project import Project
from hrm_core.workflows.see_disputes import (
    Resolved,
    consensus_rater,
    require_two,
    resolved,
    stored_consensus,
)

__all__ = ["Adjudicating", "begin", "refresh", "resolve_now", "write"]

_CAUGHT_UP = "follows the codes as they are now"


@dataclass(frozen=True, slots=True)
class Adjudicating:
    """Somebody's act on the consensus of two raters.

    Attributes
    ----------
    project : Project
        The open study.
    actor : Rater
        Whose act.
    first, second : Rater
        Whose codings, in the order they joined.
    consensus : Rater
        Whose codes are their consensus.
    """

    project: Project
    actor: Rater
    first: Rater
    second: Rater
    consensus: Rater


def begin(project: Project, actor: Rater, first: Rater, second: Rater, recording: Recording) -> Adjudicating:
    """Make sure that there is a consensus, and that no code changes until the end of the act.

    To be called inside a unit of work.

    Raises
    ------
    ProjectError
        If the two are the same rater, or `actor` is a judge or no person.
    """
    first, second = require_two(project, first, second)
    if actor.role is Role.JUDGE:
        raise ProjectError(
            f"{actor.name} is a judge and sees no codes: let a coder or an adjudicator decide."
        )
    one, other = sorted((first, second), key=lambda rater: rater.id)
    consensus = _made(project, one, other)
    if actor.id in {consensus.id, *project.store.adjudications.consensus_raters()}:
        raise ProjectError(f"{actor.name} is no person: say who decides.")
    project.store.adjudications.lock((one.id, other.id, consensus.id), recording.id)
    return Adjudicating(project, actor, one, other, consensus)


def _made(project: Project, first: Rater, second: Rater) -> Rater:
    """The consensus of two raters, as blind as the blinder of both, with the sight that both have."""
    store = project.store
    consensus = consensus_rater(project, first, second)
    if consensus is None:
        store.adjudications.lock((0,), 0)
        consensus = consensus_rater(project, first, second)
    eyes = first.sees_eyes and second.sees_eyes
    if consensus is None:
        taken = {rater.name for rater in project.raters()}
        name = whole = f"Consensus of {first.name} and {second.name}"
        number = 2
        while name in taken:
            name = f"{whole} ({number})"
            number += 1
        consensus = store.people.ensure_rater(name, Role.ADJUDICATOR, blind=first.blind or second.blind)
        if eyes:
            store.face_marks.log_unmasking(consensus.id, None, "may see eyes (as both raters may)")
    if consensus.sees_eyes is not eyes:
        # Zeros of an upper face that one of the two could not see must not read as absent.
        if eyes:
            store.face_marks.log_unmasking(consensus.id, None, "may see eyes (as both raters may)")
        consensus = replace(consensus, sees_eyes=eyes)
        store.people.update_rater(consensus)
    return consensus


def resolve_now(act: Adjudicating, recording: Recording) -> Resolved:
    """A recording as both code it now, inside an act."""
    people = {who.id: who for who in act.project.participants(act.actor)}
    return resolved(act.project, act.first, act.second, people[recording.participant_id], recording)


def write(act: Adjudicating, one: Resolved, frames: Collection[int], reason: str) -> Changes:
    """Let the consensus of a recording follow the codes, and the decisions as they are now.

    Parameters
    ----------
    act : Adjudicating
        The act, under way.
    one : Resolved
        The recording as :func:`resolve_now` read it within this act.
    frames : collection of int
        Frames that the act is about.
    reason : str
        Why these change, for the log; others that lagged behind get a reason of their own.

    Returns
    -------
    Changes
        All frames of the consensus that changed.
    """
    store, recording = act.project.store, one.recording
    # The codes are locked and need not be read again; the log has grown by this act.
    log = store.adjudications.log(act.first.id, act.second.id, recording.id)
    found = resolve(one.both, log)
    kept = stored_consensus(act.project, act.consensus, recording)
    codings = _codings(act, recording, found, differing(found.consensus, kept).tolist())
    about = set(frames)
    now = {frame: coding for frame, coding in codings.items() if frame in about}
    late = {frame: coding for frame, coding in codings.items() if frame not in now}
    changes = Changes(None, act.consensus.id, recording.id, {}, reason)
    for part, words in ((late, _CAUGHT_UP), (now, reason)):
        if part:
            written = store.adjudications.write_consensus(
                act.consensus.id, recording.id, part, actor_id=act.actor.id, reason=words
            )
            changes = replace(written, codings={**changes.codings, **written.codings}, reason=reason)
    return changes


def _codings(
    act: Adjudicating, recording: Recording, found: Resolution, frames: Sequence[int]
) -> Mapping[int, FrameCoding | None]:
    unseen = set(found.not_codable.tolist())
    rows = {int(found.frames[row]): int(row) for row in np.flatnonzero(found.settled)}
    codings: dict[int, FrameCoding | None] = dict.fromkeys(frames)
    for frame in frames:
        if frame in unseen:
            state = CodingState.NOT_CODABLE
            codings[frame] = FrameCoding(act.consensus.id, recording.id, frame, state=state)
        elif frame in rows:
            codes = _codes(found.codes[rows[frame]], found.intensities[rows[frame]])
            codings[frame] = FrameCoding(act.consensus.id, recording.id, frame, codes)
    return codings


def _codes(codes: NDArray[np.uint8], grades: NDArray[np.uint8]) -> tuple[ActionCode, ...]:
    return tuple(
        ActionCode(
            ALL_ACTIONS[at].key,
            int(codes[at]),
            INTENSITIES[grades[at] - 1] if grades[at] else None,
            Origin.ADJUDICATED,
        )
        for at in np.flatnonzero(codes).tolist()
    )


def refresh(
    project: Project,
    actor: Rater,
    first: Rater,
    second: Rater,
    *,
    participant: str | None = None,
    video: str | None = None,
) -> int:
    """Write the consensus anew where it lags behind the codes; returns on how many frames it did.

    A code that is changed withdraws the consensus of its frame at once, and every act writes
    the whole recording anew.  What is left for this: a code that was changed and changed back,
    a frame that both now code alike, and raters who were given or denied sight of the eyes.

    Parameters
    ----------
    project, actor, first, second
        As for :func:`decide`.
    participant, video : str, optional
        Only of this child (code) or recording (name).

    Raises
    ------
    NotFoundError
        If `participant` or `video` is unknown, or nothing was ever decided.
    StoreWriteError
        If it could not be written; the store is as it was.
    """
    if consensus_rater(project, first, second) is None:
        raise NotFoundError(
            f"{first.name} and {second.name} have no consensus yet: it begins with the first decision."
        )
    written = 0
    for _, recording in project.recordings(participant, video):
        with project.store.all_or_nothing():
            act = begin(project, actor, first, second, recording)
            written += len(write(act, resolve_now(act, recording), (), "").codings)
    return written
