"""What to code next, or to look at again: by what a model is unsure of, and where it and the coder differ.

Who codes shall not learn from the queue what the model says.  Of frames that the coder may not see
suggestions of, it tells that they are worth looking at, and nothing else: no action, and no difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import ProjectError
from hrm_core.facs import ALL_ACTIONS
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.coding import CodingState
from hrm_core.records.columns import CODE_COLUMNS
from hrm_core.records.doubts import remarks_of
from hrm_core.records.people import Participant, Rater
from hrm_core.records.proposal import Proposals
from hrm_core.records.queue import QueueBy, QueueEntry, QueueLevel
from hrm_core.records.recording import Clip, Recording
from hrm_core.records.suggestion import Mode
from hrm_core.suggestions.queue import Pool, Ranked, joined, ranked
from hrm_core.workflows.assist import AssistDesk
from hrm_core.workflows.project import Project
from hrm_core.workflows.propose_codes import proposals

__all__ = ["code_next"]

_UPPER_FACE = [place for place, entry in enumerate(ALL_ACTIONS) if entry.group == "upper"]
_NO_CLIP = -1


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """A recording in the queue, and its clips by their numbers in the store."""

    who: Participant
    recording: Recording
    clips: dict[int, Clip]


def code_next(
    project: Project,
    rater: Rater,
    *,
    by: QueueBy,
    level: QueueLevel,
    count: int,
    run_id: int | None = None,
    mine_only: bool = False,
    mode: Mode | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> list[QueueEntry]:
    """The frames or clips most worth coding, or looking at again.

    Clips that are not to be coded are left out, and, where a recording has clips, what is in none; so
    are frames not codable, and clips of the gold standard.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater
        Who will code.  Who does not see eyes is told nothing of actions around them, and they count for
        nothing.
    by : QueueBy
        What counts.
    level : QueueLevel
        Frames, or clips as wholes.
    count : int
        How many at most.
    run_id : int, optional
        Of which run of a model; by default of each recording the newest that says anything of it.
    mine_only : bool
        Only frames that this coder has coded; else those not coded yet.  Conflict is always about
        frames that are coded.
    mode : Mode, optional
        When this coder sees suggestions now; by default as the study says.
    progress : Progress, optional
        Told of recordings.
    cancel : CancelToken, optional
        Asked between recordings.

    Returns
    -------
    list of QueueEntry
        The most urgent first; empty if nothing is left.

    Raises
    ------
    NotFoundError
        If there is no such run.
    ProjectError
        If no model has suggested anything, or differences are asked for that this coder may not see.
    Cancelled
        If stopped.
    """
    mode = Mode(project.settings.assistance.mode) if mode is None else mode
    if mode is Mode.CONTROL and by is QueueBy.CONFLICT:
        raise ProjectError(
            "Where you and the model differ is not shown in the mode control, in which nobody sees what it "
            "suggests: choose another order, or another mode."
        )
    if run_id is not None:
        project.store.model_runs.get(run_id)
    told = NoProgress() if progress is None else progress
    found = list(project.recordings()) if project.participants() else []
    places: dict[int, _Place] = {}
    parts = []
    told.start("Looking for what to code next", len(found))
    for who, recording in found:
        if cancel is not None:
            cancel.raise_if_cancelled()
        said = proposals(project, recording, run_id)
        if said is not None:
            clips = project.store.recordings.clips(recording.id)
            places[recording.id] = _Place(who, recording, {clip.id: clip for clip in clips})
            parts.append(_part(project, rater, recording, clips, said, mode, with_flags=mine_only))
        told.advance()
    told.finish()
    if not parts:
        raise ProjectError(
            "No model has suggested anything here yet, so nobody knows what to code next: let one look at "
            "the study first, with hrm prelabel or Suggest ▸ Let a model suggest codes."
        )
    pool = joined(parts)
    return [
        _entry(pool, places, entry, level) for entry in ranked(pool, by, level, count, mine_only=mine_only)
    ]


def _part(
    project: Project,
    rater: Rater,
    recording: Recording,
    clips: list[Clip],
    said: Proposals,
    mode: Mode,
    *,
    with_flags: bool,
) -> Pool:
    """What is known of the frames of one recording that may be in the queue."""
    store = project.store
    clip_of = _clip_of(clips, said.frames)
    states = store.codings.frames_by_state(rater.id, recording.id)
    kept = clip_of != _NO_CLIP if clips else np.ones(len(said.frames), dtype=bool)
    kept &= ~np.isin(said.frames, states.get(CodingState.NOT_CODABLE, []))
    for gold in store.gold.clips(recording.id):
        # Whoever is measured by it shall be helped by nobody.
        kept &= (said.frames < gold.first_frame) | (said.frames > gold.last_frame)
    frames = said.frames[kept]
    shape = (len(frames), len(CODE_COLUMNS))
    columns = [CODE_COLUMNS.index(key) for key in said.actions]
    probabilities = np.full(shape, np.nan, dtype=np.float32)
    proposed, coded = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    probabilities[:, columns] = said.probabilities[kept]
    proposed[:, columns] = said.codes[kept] > 0
    table = store.codings.table(rater.id, recording.id)
    settled = np.isin(frames, table.frames)
    coded[settled] = table.codes[np.isin(table.frames, frames)] > 0
    # Where the model says nothing, nobody differs.
    coded[np.isnan(probabilities)] = False
    if not rater.sees_eyes:
        probabilities[:, _UPPER_FACE] = np.nan
        proposed[:, _UPPER_FACE] = coded[:, _UPPER_FACE] = False
    flagged = np.zeros(len(frames), dtype=bool)
    if with_flags:
        remarks = remarks_of(store.codings.of_video(rater.id, recording.id))
        flagged = np.isin(frames, [remark.frame for remark in remarks if remark.doubtful])
    seen = _seen(project, rater, recording, frames, settled, mode)
    video = np.full(len(frames), recording.id, dtype=np.int64)
    return Pool(
        video, frames, clip_of[kept], probabilities, proposed, coded, settled, flagged, seen, seen & settled
    )


def _seen(
    project: Project,
    rater: Rater,
    recording: Recording,
    frames: NDArray[np.int64],
    settled: NDArray[np.bool_],
    mode: Mode,
) -> NDArray[np.bool_]:
    """Frames of which this coder sees suggestions anyway."""
    if mode is Mode.CONTROL:
        return np.zeros(len(frames), dtype=bool)
    if mode is Mode.AFTER_COMMIT:
        return settled
    return ~np.isin(frames, np.flatnonzero(AssistDesk(project, rater, recording).control()))


def _clip_of(clips: list[Clip], frames: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number in the store of the clip that each frame is to be coded in; -1 for none."""
    found = np.full(len(frames), _NO_CLIP, dtype=np.int64)
    for clip in clips:
        if not clip.is_excluded:
            found[(frames >= clip.first_frame) & (frames <= clip.last_frame)] = clip.id
    return found


def _entry(pool: Pool, places: dict[int, _Place], found: Ranked, level: QueueLevel) -> QueueEntry:
    if level is QueueLevel.FRAMES:
        video, clip_id = int(pool.video[found.place]), int(pool.clip[found.place])
        first = last = int(pool.frame[found.place])
    else:
        clip_id = found.place
        video = next(number for number, place in places.items() if clip_id in place.clips)
        first, last = places[video].clips[clip_id].first_frame, places[video].clips[clip_id].last_frame
    place = places[video]
    clip = place.clips.get(clip_id)
    return QueueEntry(
        participant=place.who.code,
        video=place.recording.name,
        video_id=video,
        clip=None if clip is None else clip.number,
        first=first,
        last=last,
        by=found.by,
        score=found.score,
        actions=tuple(CODE_COLUMNS[column] for column in found.columns),
        flagged=found.flagged,
    )
