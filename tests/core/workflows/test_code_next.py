"""What the queue tells a coder, and above all what it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hrm_core.config import Assistance
from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.people import Rater
from hrm_core.records.queue import QueueBy, QueueEntry, QueueLevel
from hrm_core.records.recording import ExclusionReason
from hrm_core.records.suggestion import Mode
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.add_video import add_clips, add_video
from hrm_core.workflows.assist import AssistDesk
from hrm_core.workflows.choose_clips import clips_of_recording, exclude_clip
from hrm_core.workflows.code_next import code_next
from hrm_core.workflows.project import Project
from hrm_core.workflows.train_coder import add_gold
from tests.support.proposals import plain_proposals

__all__ = ["plain_proposals"]

ACTIONS = ("AU4", "AU12")
# Undecided in frames 2, 5 and 8, certain elsewhere; AU12 is there from 6 on.
SAID = {frame: (0.5 if frame % 3 == 2 else 0.01, 0.99 if frame >= 6 else 0.01) for frame in range(12)}


@pytest.fixture
def ada(project: Project, film: Path) -> Rater:
    """A coder of a study of which a model has looked at twelve frames of S1, in clips 0-5 and 6-11."""
    for code in ("S1", "S2"):
        add_video(project, code, film, name=f"play {code}")
    recording = next(project.recordings("S1"))[1]
    add_clips(project, recording, [(0, 5), (6, 11)])
    suggest(project, SAID)
    return add_rater(project, "Ada")


def suggest(project: Project, said: dict[int, tuple[float, float]], key: str = "1") -> int:
    """Write what a model says of S1; returns the run."""
    recording = next(project.recordings("S1"))[1]
    run = project.store.suggestions.run_of("tiny", key, {"actions": list(ACTIONS)})
    frames, values = np.array(list(said)), np.array(list(said.values()), dtype=np.float32)
    project.store.suggestions.add_block(run, recording.id, frames.tolist(), frames, ACTIONS, values)
    return run


def code(
    project: Project,
    rater: Rater,
    frames: Sequence[int],
    *actions: str,
    state: CodingState = CodingState.CODED,
    doubtful: bool = False,
) -> None:
    """Code frames of S1."""
    recording = next(project.recordings("S1"))[1]
    codes = tuple(ActionCode(key, 1) for key in actions)
    for frame in frames:
        project.store.codings.save(
            FrameCoding(rater.id, recording.id, frame, codes, state=state, doubtful=doubtful)
        )


def queue(project: Project, rater: Rater, by: QueueBy, **options: object) -> list[QueueEntry]:
    """The queue of frames, all of it."""
    asked = {"level": QueueLevel.FRAMES, "count": 99} | options
    return code_next(project, rater, by=by, **asked)  # type: ignore[arg-type]


def frames(found: Sequence[QueueEntry]) -> list[int]:
    return [entry.first for entry in found]


def test_uncoded_frames_are_told_without_a_word_of_what_the_model_says(project: Project, ada: Rater) -> None:
    code(project, ada, [5])
    code(project, ada, [2], state=CodingState.CARRIED)
    found = queue(project, ada, QueueBy.DOUBT, count=2)
    first = found[0]
    assert (first.participant, first.video, first.clip, first.first, first.last) == ("S1", "play S1", 1, 2, 2)
    assert frames(found) == [2, 8]
    # Carried codes were confirmed by nobody: the frame counts as not coded.
    every = [entry for by in QueueBy for entry in queue(project, ada, by)]
    assert {entry.first for entry in every} == set(range(12))
    assert all(entry.actions == () for entry in every if entry.first != 5)
    own = queue(project, ada, QueueBy.DOUBT, mine_only=True)
    assert [(entry.first, entry.actions) for entry in own] == [(5, ("AU4",))]


def test_by_conflict_come_only_frames_that_were_coded(project: Project, ada: Rater) -> None:
    code(project, ada, [0, 7], "AU4")
    code(project, ada, [8], "AU12")
    found = queue(project, ada, QueueBy.CONFLICT)
    # Frame 7: AU4 against 0.01, AU12 missed at 0.99. Frame 0: AU4 against 0.01.
    # Frame 8: AU4 at 0.5 is proposed by the card's threshold.
    assert [(entry.first, set(entry.actions)) for entry in found] == [
        (7, {"AU4", "AU12"}),
        (0, {"AU4"}),
        (8, {"AU4"}),
    ]
    assert [entry.score for entry in found] == pytest.approx([1.98, 0.99, 0.5], abs=1e-6)


def test_in_the_mode_control_nothing_is_told(project: Project, ada: Rater) -> None:
    code(project, ada, [0, 5, 7], "AU4")
    with pytest.raises(ProjectError, match="mode control"):
        queue(project, ada, QueueBy.CONFLICT, mode=Mode.CONTROL)
    for mine_only in (False, True):
        found = queue(project, ada, QueueBy.MIX, mode=Mode.CONTROL, mine_only=mine_only)
        assert found
        assert all(entry.by is not QueueBy.CONFLICT and entry.actions == () for entry in found)


def test_control_stretches_of_assisted_coders_tell_only_that_they_are_uncertain(
    project: Project, ada: Rater
) -> None:
    rule = Assistance(mode="assist", control_share=0.5, control_frames=2, seed=3)
    project.settings = replace(project.settings, assistance=rule)
    recording = next(project.recordings("S1"))[1]
    control = set(np.flatnonzero(AssistDesk(project, ada, recording).control()).tolist())
    uncertain = {2, 5, 8, 11}
    assert control & uncertain
    assert uncertain - control
    for entry in queue(project, ada, QueueBy.DOUBT):
        named = ("AU4",) if entry.first in uncertain - control else ()
        assert entry.actions == named
    code(project, ada, range(12), "AU4")
    assert set(frames(queue(project, ada, QueueBy.CONFLICT))) == set(range(12)) - control - {2, 5}
    told = queue(project, ada, QueueBy.DOUBT, mine_only=True)
    assert {entry.first for entry in told if entry.actions} == uncertain - control


def test_who_does_not_see_eyes_is_told_nothing_of_them(project: Project, ada: Rater) -> None:
    covered = replace(ada, sees_eyes=False)
    assert frames(queue(project, ada, QueueBy.DOUBT, count=1)) == [2]
    # AU4 was all there was to be unsure of; AU12 at 0.01 and 0.99 is left, the same everywhere.
    assert {round(entry.score, 3) for entry in queue(project, covered, QueueBy.DOUBT)} == {0.081}
    code(project, ada, [0], "AU4")
    assert queue(project, covered, QueueBy.CONFLICT) == []
    upper = {entry.key for entry in ALL_ACTIONS if entry.group == "upper"}
    for by in QueueBy:
        for mine_only in (False, True):
            for entry in queue(project, covered, by, mine_only=mine_only):
                assert not upper & set(entry.actions)


def test_what_is_not_to_be_coded_is_in_no_queue(project: Project, ada: Rater) -> None:
    recording = next(project.recordings("S1"))[1]
    code(project, ada, [2], state=CodingState.NOT_CODABLE)
    assert frames(queue(project, ada, QueueBy.DOUBT, count=3)) == [5, 8, 11]
    exclude_clip(project, ada, clips_of_recording(project, recording)[1], ExclusionReason.OCCLUDED)
    assert set(frames(queue(project, ada, QueueBy.MIX))) == {0, 1, 3, 4, 5}


def test_clips_of_the_gold_standard_are_in_no_queue(project: Project, ada: Rater) -> None:
    expert = add_rater(project, "Eva")
    recording = next(project.recordings("S1"))[1]
    code(project, expert, range(6), "AU4")
    assert frames(queue(project, expert, QueueBy.CONFLICT)) == [0, 1, 3, 4]
    add_gold(project, expert, recording, clips_of_recording(project, recording)[0])
    assert frames(queue(project, expert, QueueBy.CONFLICT)) == []
    assert min(frames(queue(project, ada, QueueBy.MIX))) == 6


def test_clips_as_wholes(project: Project, ada: Rater) -> None:
    code(project, ada, range(4))
    found = queue(project, ada, QueueBy.DOUBT, level=QueueLevel.CLIPS)
    # One of the two frames left of clip 1, two of the six of clip 2.
    assert [(entry.clip, entry.first, entry.last, entry.actions) for entry in found] == [
        (1, 0, 5, ()),
        (2, 6, 11, ()),
    ]
    code(project, ada, range(12))
    assert queue(project, ada, QueueBy.DOUBT, level=QueueLevel.CLIPS) == []


def test_doubts_of_the_coder_come_first(project: Project, ada: Rater) -> None:
    code(project, ada, [5])
    code(project, ada, [4], doubtful=True)
    found = queue(project, ada, QueueBy.DOUBT, mine_only=True)
    assert [(entry.first, entry.flagged) for entry in found] == [(4, True), (5, False)]


def test_without_suggestions_it_is_said_what_to_do(project: Project, ada: Rater) -> None:
    with pytest.raises(NotFoundError, match="No model run 9"):
        queue(project, ada, QueueBy.DOUBT, run_id=9)
    run = suggest(project, {3: (0.5, 0.5)}, key="2")
    # The newest run speaks, unless another is asked for.
    assert frames(queue(project, ada, QueueBy.DOUBT)) == [3]
    assert frames(queue(project, ada, QueueBy.DOUBT, run_id=run - 1, count=1)) == [2]


def test_in_a_study_without_a_model_nobody_knows(project: Project) -> None:
    with pytest.raises(ProjectError, match="hrm prelabel"):
        queue(project, add_rater(project, "Ada"), QueueBy.MIX)
