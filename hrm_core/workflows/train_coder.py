"""Train coders on gold-standard clips: choose the clips, measure a coder by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.coding import CodingState
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Clip, Recording
from hrm_core.records.segments import frames_in_words
from hrm_core.records.training import GoldClip, TrainingResult, TrainingScore
from hrm_core.records.words import counted
from hrm_core.reliability.gold import compare_with_gold
from hrm_core.stats.facs_agreement import PASS_MARK
from hrm_core.workflows.project import Project

__all__ = [
    "Attempt",
    "TrainingClip",
    "add_gold",
    "gold_numbered",
    "remove_gold",
    "score_clip",
    "training_clips",
    "training_log",
]


@dataclass(frozen=True, slots=True)
class TrainingClip:
    """A gold-standard clip as a coder in training sees it: without a word of its codes.

    Attributes
    ----------
    number : int
        Its number, from 1; it stays with the clip.
    participant : str
        Code of the child.
    recording : Recording
        The video.
    clip : GoldClip
        Which frames.
    settled : int
        Frames that the coder has coded, or called not codable.
    carried : int
        Frames whose codes the coder carried there and has not confirmed.
    results : tuple of TrainingResult
        The coder's attempts, the first one first.
    """

    number: int
    participant: str
    recording: Recording
    clip: GoldClip
    settled: int
    carried: int
    results: tuple[TrainingResult, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Whether every frame is coded, so that it can be measured."""
        return self.settled == len(self.clip)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An entry of the log of training, for reading.

    Attributes
    ----------
    at : datetime
        When, UTC.
    rater, participant, video : str
        Who was measured on whose recording.
    first_frame, last_frame : int
        Frames of the clip, both included.
    gold : str
        Whose codes were the standard.
    attempt : int
        1 for the first; from the second on the coder had seen the gold standard of some of these frames.
    index : float or None
        FACS agreement index; None if neither had any action.
    passed : bool or None
        Whether it reaches the pass mark.
    frames, left_out : int
        Frames compared, and left out as not codable.
    by_action : mapping of str to float
        Index of each action that either had.
    """

    at: datetime
    rater: str
    participant: str
    video: str
    first_frame: int
    last_frame: int
    gold: str
    attempt: int
    index: float | None
    passed: bool | None
    frames: int
    left_out: int
    by_action: Mapping[str, float]


def add_gold(project: Project, gold: Rater, recording: Recording, clip: Clip) -> GoldClip:
    """Make a rater's codes of a clip a gold standard.

    Parameters
    ----------
    project : Project
        The open study.
    gold : Rater
        Whose codes.
    recording : Recording
        Of which video.
    clip : Clip
        Which clip; later changes of its edges do not touch the gold standard.

    Raises
    ------
    ProjectError
        If the clip is excluded, or not all of its frames are coded by this rater.
    """
    if clip.is_excluded:
        raise ProjectError(f"Clip {clip.number} is excluded ({clip.why}): choose another one.")
    wanted = GoldClip(recording.id, clip.first_frame, clip.last_frame, gold.id)
    settled, carried = _frames(project, gold, wanted)
    missing = sorted({*range(clip.first_frame, clip.last_frame + 1)} - settled)
    if missing:
        raise ProjectError(
            f"{gold.name} has not coded all of clip {clip.number}: {counted(len(missing), 'frame')} missing "
            f"({frames_in_words(missing)}; {len(carried)} of them carried): code them first."
        )
    project.store.gold.add(wanted)
    return wanted


def remove_gold(project: Project, clip: GoldClip) -> None:
    """Let a clip be a gold standard no more; codes and results stay."""
    project.store.gold.take_back(clip)


def training_clips(project: Project, coder: Rater | None) -> list[TrainingClip]:
    """Gold-standard clips with what a coder has done of them; without a coder, only which there are."""
    results = project.store.gold.results(coder.id) if coder else []
    where: dict[int, tuple[Participant, Recording]] = {
        recording.id: (who, recording) for who, recording in project.recordings()
    }
    found = []
    for number, clip in sorted(project.store.gold.numbered().items()):
        who, recording = where[clip.video_id]
        settled, carried = _frames(project, coder, clip) if coder else (set(), set())
        mine = tuple(entry for entry in results if entry.clip == clip)
        found.append(TrainingClip(number, who.code, recording, clip, len(settled), len(carried), mine))
    return found


def gold_numbered(project: Project, number: int) -> GoldClip:
    """The gold-standard clip with this number in the list.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    clips = project.store.gold.numbered()
    if number not in clips:
        there = ", ".join(map(str, sorted(clips))) or "none yet"
        raise NotFoundError(f"There is no gold-standard clip {number}; there are: {there}.")
    return clips[number]


def score_clip(project: Project, coder: Rater, clip: GoldClip) -> TrainingScore:
    """Measure a coder's codes of a clip by the gold standard, and log the attempt.

    Until then nothing of the gold standard is shown to a coder; from then on it is
    known to them, which the number of the attempt says.

    Parameters
    ----------
    project : Project
        The open study.
    coder : Rater
        Who is in training.
    clip : GoldClip
        Which frames, and whose codes are the standard.

    Raises
    ------
    ProjectError
        If it is the coder's own gold standard, if frames of the clip are not coded yet, or
        if the gold standard itself has gaps by now.
    """
    if coder.id == clip.rater_id:
        raise ProjectError("These are your own codes: a gold standard cannot be measured by itself.")
    settled, carried = _frames(project, coder, clip)
    missing = sorted({*clip_frames(clip)} - settled)
    if missing:
        also = f"; {len(carried)} of them carried and not confirmed" if carried else ""
        raise ProjectError(
            f"Code the whole clip first: {counted(len(missing), 'frame')} missing ({frames_in_words(missing)}"
            f"{also})."
        )
    keeper = project_rater(project, clip.rater_id)
    gold_settled, _ = _frames(project, keeper, clip)
    if len(gold_settled) != len(clip):
        raise ProjectError("The gold standard of this clip has gaps now: ask who keeps it to code it whole.")
    # What either cannot see is said by the other alone: no agreement, and no mistake.
    masked = not (coder.sees_eyes and keeper.sees_eyes)
    hidden = frozenset(entry.key for entry in ALL_ACTIONS if entry.group == "upper" and masked)
    gold = project.store.codings.table(clip.rater_id, clip.video_id)
    coded = project.store.codings.table(coder.id, clip.video_id)
    score = compare_with_gold(clip, gold, coded, hidden)
    return replace(score, attempt=project.store.gold.log_result(coder.id, score))


def training_log(project: Project, coder: Rater | None = None) -> list[Attempt]:
    """Attempts of one coder, or of all (None), the oldest first."""
    names = {rater.id: rater.name for rater in project.raters()}
    where = {recording.id: (who.code, recording.name) for who, recording in project.recordings()}
    seen: dict[int, list[GoldClip]] = {}
    found = []
    for entry in project.store.gold.results(None if coder is None else coder.id):
        clip, before = entry.clip, seen.setdefault(entry.rater_id, [])
        attempt = 1 + sum(_shares_frames(clip, other) for other in before)
        before.append(clip)
        participant, video = where[clip.video_id]
        found.append(
            Attempt(
                entry.at,
                names[entry.rater_id],
                participant,
                video,
                clip.first_frame,
                clip.last_frame,
                names[clip.rater_id],
                attempt,
                entry.index,
                None if entry.index is None else entry.index >= PASS_MARK,
                entry.frames,
                entry.left_out,
                entry.by_action,
            )
        )
    return found


def _shares_frames(clip: GoldClip, other: GoldClip) -> bool:
    same = (clip.video_id, clip.rater_id) == (other.video_id, other.rater_id)
    return same and other.first_frame <= clip.last_frame and other.last_frame >= clip.first_frame


def clip_frames(clip: GoldClip) -> Sequence[int]:
    """All frames of a gold-standard clip."""
    return range(clip.first_frame, clip.last_frame + 1)


def project_rater(project: Project, number: int) -> Rater:
    """The rater with this number."""
    return next(rater for rater in project.raters() if rater.id == number)


def _frames(project: Project, rater: Rater, clip: GoldClip) -> tuple[set[int], set[int]]:
    """Frames of a clip that a rater has settled, and those that are only carried."""
    by_state = project.store.codings.frames_by_state(rater.id, clip.video_id)
    inside = {
        state: {frame for frame in frames.tolist() if clip.first_frame <= frame <= clip.last_frame}
        for state, frames in by_state.items()
    }
    settled = {CodingState.CODED, CodingState.CHECKED, CodingState.NOT_CODABLE}
    return (
        {frame for state in settled for frame in inside.get(state, ())},
        inside.get(CodingState.CARRIED, set()),
    )
