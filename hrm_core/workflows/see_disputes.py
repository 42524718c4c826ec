"""What two raters disagree about, as far as somebody may see it before the codes are decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import ProjectError
from hrm_core.facs import ALL_ACTIONS, action
from hrm_core.records.adjudication import TAKEN_OVER, Decision, Dispute, Disputes, Sight, Standing
from hrm_core.records.agreement import Dropped, RecordingPart
from hrm_core.records.coding import CodingState
from hrm_core.records.people import Participant, Rater, Role
from hrm_core.records.recording import Clip, Recording
from hrm_core.records.segments import frames_in_words
from hrm_core.reliability.consensus import BothCodings, OneCoding, Resolution, differing, resolve
from hrm_core.reliability.disagreements import disagreements_in
from hrm_core.workflows.check_clip import check_log
from hrm_core.workflows.choose_clips import excluded_frames
from hrm_core.workflows.project import Project

__all__ = [
    "Resolved",
    "consensus_rater",
    "decisions",
    "judged_actions",
    "may_see",
    "open_disagreements",
    "require_eyes",
    "require_shown",
    "require_two",
    "resolved",
    "standing",
    "stored_consensus",
]

_Frames = NDArray[np.int64]
_SETTLED = (CodingState.CODED, CodingState.CHECKED, CodingState.NOT_CODABLE)
_NONE: _Frames = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Resolved:
    """A recording as two raters coded it, with the decisions about it.

    Attributes
    ----------
    participant : Participant
        The child.
    recording : Recording
        The recording.
    both : BothCodings
        The two codings.
    log : list of Decision
        Every entry about them, the oldest first.
    resolution : Resolution
        What follows.
    """

    participant: Participant
    recording: Recording
    both: BothCodings
    log: list[Decision]
    resolution: Resolution


def require_two(project: Project, first: Rater, second: Rater) -> tuple[Rater, Rater]:
    """Both raters as the store knows them now: rights may have changed since they were read.

    Raises
    ------
    ProjectError
        If they are the same.
    """
    if first.id == second.id:
        raise ProjectError(f"{first.name} cannot disagree with {first.name}: name two raters.")
    known = {rater.id: rater for rater in project.raters()}
    return known[first.id], known[second.id]


def consensus_rater(project: Project, first: Rater, second: Rater) -> Rater | None:
    """The rater whose codes are the consensus of two raters; None before the first decision.

    Raises
    ------
    ProjectError
        If they are the same rater.
    """
    require_two(project, first, second)
    number = project.store.adjudications.consensus_of(first.id, second.id)
    return next((rater for rater in project.raters() if rater.id == number), None)


def decisions(project: Project, first: Rater, second: Rater, *, taken_over: bool = False) -> list[Decision]:
    """Every decision on what two raters disagree about, also those taken back, the oldest first.

    Parameters
    ----------
    project : Project
        The open study.
    first, second : Rater
        Whose codings; the codes of the entries are in this order.
    taken_over : bool
        Whether entries that take frames over where both agree are among them, too: they are no
        decisions, but the consensus follows from both.  Their action is
        :data:`~hrm_core.records.adjudication.TAKEN_OVER`.

    Raises
    ------
    ProjectError
        If they are the same rater.
    """
    require_two(project, first, second)
    log = project.store.adjudications.log(first.id, second.id)
    return [entry for entry in log if taken_over or entry.action != TAKEN_OVER]


def judged_actions(first: Rater, second: Rater) -> NDArray[np.bool_]:
    """Which of the 35 actions both raters can judge: those of the upper face only if both see eyes.

    What only one of two can see is no disagreement and no consensus.
    """
    eyes = first.sees_eyes and second.sees_eyes
    return np.array([eyes or entry.group != "upper" for entry in ALL_ACTIONS], dtype=np.bool_)


def may_see(
    project: Project, person: Rater | None, first: Rater, second: Rater, recording: Recording
) -> Sight:
    """Which frames' codings by two raters somebody may see.

    Nobody sees another's codes of frames that they are to code themselves.  This concerns the
    two raters, and every other coder who has coded anything in the study: inside a clip they
    see what they have submitted; outside clips they see nothing of a recording until they have
    coded every such frame that the others have.  Somebody who codes nothing (a methodologist,
    an adjudicator) sees everything, but no gold standard as long as they are a coder, who may
    be trained by it.  Judges see no codes: they judge the impression alone.

    Parameters
    ----------
    project : Project
        The open study.
    person : Rater or None
        Who looks; None is whoever keeps the study and has all of its files anyway.
    first, second : Rater
        Whose codes.
    recording : Recording
        Of which recording.

    Returns
    -------
    Sight
        The frames of which either says anything, shown or hidden with a reason.
    """
    said = _union([_said(project, rater, recording) for rater in (first, second)])
    if person is None or not len(said):
        return Sight(said)
    if person.role is Role.JUDGE:
        return Sight(_NONE, {"judges see no codes": said})
    if person.id not in (first.id, second.id):
        if person.role is not Role.CODER:
            return Sight(said)
        if not project.coded_frames(person):
            gold = np.isin(said, _gold(project, first, second, recording))
            return _sight(said, gold, "a gold standard that coders are trained by")
    return _own_sight(project, person, (first, second), recording, said)


def require_eyes(actor: Rater, key: str) -> None:
    """See to it that somebody whose view of the eyes is covered decides nothing about them.

    Raises
    ------
    ProjectError
        If the action is one of the upper face, which `actor` does not see.
    """
    entry = action(key)
    if entry.group == "upper" and not actor.sees_eyes:
        raise ProjectError(
            f"{actor.name} does not see the eyes and cannot decide about {entry}: let somebody decide "
            "who does."
        )


def require_shown(
    project: Project,
    person: Rater,
    first: Rater,
    second: Rater,
    recording: Recording,
    frames: tuple[int, int],
) -> None:
    """Refuse a stretch of frames of which some are hidden, before anything is said of their codes.

    Parameters
    ----------
    project, person, first, second, recording
        As for :func:`may_see`.
    frames : (int, int)
        First and last frame, both included.

    Raises
    ------
    ProjectError
        If `person` may not see the codes of one of them.
    """
    for why, hidden in may_see(project, person, first, second, recording).hidden.items():
        inside = hidden[(frames[0] <= hidden) & (hidden <= frames[1])]
        if len(inside):
            raise ProjectError(
                f"Video {recording.name!r}, {frames_in_words(inside)}: not shown to {person.name} ({why}), "
                "so somebody else must decide."
            )


def open_disagreements(
    project: Project,
    person: Rater | None,
    first: Rater,
    second: Rater,
    *,
    participant: str | None = None,
    video: str | None = None,
    action: str | None = None,
) -> Disputes:
    """What two raters disagree about now, with the decisions that hold.

    Parameters
    ----------
    project : Project
        The open study.
    person : Rater or None
        Who looks, see :func:`may_see`.
    first, second : Rater
        Whose codings; the codes of all that is returned are in this order.
    participant, video : str, optional
        Only of this child (code) or recording (name).
    action : str, optional
        Only about this action (key).

    Returns
    -------
    Disputes
        By child, video, first frame and action.

    Raises
    ------
    NotFoundError
        If `participant` or `video` is unknown.
    ProjectError
        If the two are the same rater.
    """
    first, second = require_two(project, first, second)
    judged = judged_actions(first, second)
    actions = [
        entry.key
        for entry, seen in zip(ALL_ACTIONS, judged, strict=True)
        if seen and action in (None, entry.key)
    ]
    found: list[Dispute] = []
    hidden: dict[str, int] = {}
    unlike = 0
    for who, recording in project.recordings(participant, video):
        one = resolved(project, first, second, who, recording)
        sight = may_see(project, person, first, second, recording)
        shown = np.isin(one.both.frames, sight.frames)
        for why, frames in sight.hidden.items():
            number = int(np.isin(one.both.frames, frames).sum())
            hidden[why] = hidden.get(why, 0) + number
        unlike += len(one.both.one_not_codable)
        part = RecordingPart(who.code, recording.name, recording.id, int(shown.sum()), 0)
        runs = disagreements_in(
            part, one.both.frames[shown], one.both.first[shown], one.both.second[shown], actions
        )
        found += one.resolution.disputes(runs, one.log)
    why_hidden = tuple(Dropped(why, number) for why, number in hidden.items() if number)
    return Disputes(tuple(found), sum(entry.frames for entry in why_hidden), why_hidden, unlike)


def standing(
    project: Project,
    first: Rater,
    second: Rater,
    *,
    participant: str | None = None,
    video: str | None = None,
) -> Standing:
    """How far the adjudication of two raters is, computed from their codes as they are now.

    Parameters
    ----------
    project, first, second, participant, video
        As for :func:`open_disagreements`.

    Raises
    ------
    NotFoundError, ProjectError
        As :func:`open_disagreements`.
    """
    first, second = require_two(project, first, second)
    consensus = consensus_rater(project, first, second)
    total = Standing()
    for who, recording in project.recordings(participant, video):
        one = resolved(project, first, second, who, recording)
        found = one.resolution
        disputed = found.differ.any(axis=1)
        kept = stored_consensus(project, consensus, recording)
        total += Standing(
            compared=len(one.both.frames),
            agreed=int((~disputed).sum()),
            disputed=int(disputed.sum()),
            decided=int((disputed & found.settled).sum()),
            open=int((disputed & ~found.settled).sum()),
            changed=int(found.outdated.any(axis=1).sum()),
            one_not_codable=len(one.both.one_not_codable),
            consensus=len(kept),
            behind=len(differing(found.consensus, kept)),
        )
    return total


def resolved(
    project: Project, first: Rater, second: Rater, participant: Participant, recording: Recording
) -> Resolved:
    """A recording as two raters coded it, with the decisions about it, all as they are now."""
    both = _both(project, first, second, recording)
    log = project.store.adjudications.log(first.id, second.id, recording.id)
    return Resolved(participant, recording, both, log, resolve(both, log))


def stored_consensus(project: Project, consensus: Rater | None, recording: Recording) -> OneCoding:
    """The consensus of a recording as it is in the store; empty if there is none yet."""
    # Nothing of it is ever carried; whatever somebody wrote there by hand is seen and mended.
    return _one(project, consensus, recording, carried=True)


def _both(project: Project, first: Rater, second: Rater, recording: Recording) -> BothCodings:
    left_out = excluded_frames(project, recording)
    judged = judged_actions(first, second)
    one, other = (_one(project, rater, recording) for rater in (first, second))
    shared, here, there = np.intersect1d(one.frames, other.frames, assume_unique=True, return_indices=True)
    inside = ~np.isin(shared, left_out)
    here, there = here[inside], there[inside]
    unlike = np.union1d(
        np.intersect1d(one.frames, other.not_codable, assume_unique=True),
        np.intersect1d(one.not_codable, other.frames, assume_unique=True),
    )
    neither = np.intersect1d(one.not_codable, other.not_codable, assume_unique=True)
    return BothCodings(
        shared[inside],
        one.codes[here] * judged,
        other.codes[there] * judged,
        one.intensities[here] * judged,
        other.intensities[there] * judged,
        judged,
        np.setdiff1d(neither, left_out, assume_unique=True),
        np.setdiff1d(unlike, left_out, assume_unique=True),
    )


def _one(project: Project, rater: Rater | None, recording: Recording, *, carried: bool = False) -> OneCoding:
    number = 0 if rater is None else rater.id
    table = project.store.codings.table(number, recording.id, carried=carried, intensities=True)
    unseen = project.store.codings.frames_by_state(number, recording.id).get(CodingState.NOT_CODABLE, _NONE)
    assert table.intensities is not None
    return OneCoding(table.frames, table.codes, table.intensities, unseen)


def _own_sight(
    project: Project, person: Rater, raters: Sequence[Rater], recording: Recording, said: _Frames
) -> Sight:
    """What somebody who codes sees of others' codes: where their own coding is done."""
    clips = [clip for clip in project.store.recordings.clips(recording.id) if not clip.is_excluded]
    log = check_log(project, person, recording)
    done = [clip for clip in clips if log.of_frames(clip.first_frame, clip.last_frame).submission is not None]
    submitted = np.isin(said, _union([_frames(clip) for clip in done]))
    in_clip = np.isin(said, _union([_frames(clip) for clip in clips]))
    sight = _sight(said, ~submitted & in_clip, f"in clips that {person.name} has not submitted")
    outside = said[~in_clip]
    others = _union([_said(project, rater, recording) for rater in raters if rater.id != person.id])
    missing = np.setdiff1d(np.intersect1d(outside, others), _said(project, person, recording, _SETTLED))
    if not len(missing):
        return sight
    why = f"outside clips, where {person.name} has not coded everything yet that is compared"
    return Sight(np.setdiff1d(sight.frames, outside), {**sight.hidden, why: outside})


def _sight(said: _Frames, hidden: NDArray[np.bool_], why: str) -> Sight:
    return Sight(said[~hidden], {why: said[hidden]} if hidden.any() else {})


def _gold(project: Project, first: Rater, second: Rater, recording: Recording) -> _Frames:
    """Frames in which either rater's codes are a gold standard."""
    clips = project.store.gold.clips(recording.id)
    return _union(
        [
            np.arange(clip.first_frame, clip.last_frame + 1)
            for clip in clips
            if clip.rater_id in (first.id, second.id)
        ]
    )


def _said(
    project: Project, rater: Rater, recording: Recording, states: Sequence[CodingState] = tuple(CodingState)
) -> _Frames:
    found = project.store.codings.frames_by_state(rater.id, recording.id)
    return _union([found[state] for state in states if state in found])


def _frames(clip: Clip) -> _Frames:
    return np.arange(clip.first_frame, clip.last_frame + 1, dtype=np.int64)


def _union(parts: Sequence[_Frames]) -> _Frames:
    found: _Frames = np.unique(np.concatenate([_NONE, *parts]))
    return found
