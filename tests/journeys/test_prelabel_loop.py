"""The loop: code two children, train, let the network suggest, review the others; with what it measures."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.assisted_effort import CODED_FIRST, AssistedHands, hrm, on_frames, suggest, unaided
from bench.assisted_effort import assisted as review_assisted
from bench.effort import CODER, SHIFT, Hands
from hrm_core import demo
from hrm_core.records.suggestion import Condition
from hrm_core.workflows.make_demo import make_demo
from hrm_core.workflows.project import open_project

FRAMES = 300
REVIEWED = 1
"""Children whose clips are reviewed after the first two were coded."""


@pytest.fixture(scope="module")
def children() -> tuple[demo.DemoParticipant, ...]:
    """The first children of a short demo study; the others are there and take no part."""
    return demo.plan_study(0, n_frames=FRAMES)[: CODED_FIRST + REVIEWED]


@pytest.mark.slow
@pytest.mark.usefixtures("qapp")
def test_the_loop_halves_what_coding_costs(
    tmp_path: Path, children: tuple[demo.DemoParticipant, ...]
) -> None:
    study = tmp_path / "demo"
    make_demo(study, n_frames=FRAMES).close()

    # Two children are coded by keys, from an empty form.
    hands = Hands(study)
    hands.press("coding", "'", SHIFT)
    for row, child in enumerate(children[:CODED_FIRST]):
        hands.open_recording(row)
        for first, last in child.clips:
            hands.go_to(first)
            hands.code_clip(child.truth[first : last + 1])
    hands.finish()

    suggest(study, "--epochs", "3", participants=",".join(child.code for child in children))
    fitted = hrm(study, "prelabel", "fit", "--rater", CODER)
    assert fitted["detail"]["frames"] == sum(map(_clip_frames, children[:CODED_FIRST]))  # type: ignore[index]

    plain, wrong, frames = unaided(tmp_path / "unaided" / "study", children)
    assert (wrong, frames) == (0, sum(_clip_frames(child) for child in children[CODED_FIRST:]))
    helped, wrong, reviewed = review_assisted(study, children)
    assert wrong == 0, "the codes are the truth with suggestions as without"
    assert reviewed == frames
    _halved(plain, helped)
    _told_apart(study, helped)


def _clip_frames(child: demo.DemoParticipant) -> int:
    return sum(last - first + 1 for first, last in child.clips)


def _halved(plain: Hands, helped: AssistedHands) -> None:
    """On frames with suggestions in sight half the acts or fewer; on control frames none are saved."""
    count, with_it, without = on_frames(plain, helped, Condition.ASSISTED)
    control, spent, usual = on_frames(plain, helped, Condition.CONTROL)
    assert count > control > 0
    assert with_it <= 0.5 * without, f"{with_it} acts with suggestions, {without} without"
    # The first frame of a stretch takes more where the frame before it was an assisted one.
    assert 0.8 * usual <= spent <= 1.5 * usual


def _told_apart(study: Path, helped: AssistedHands) -> None:
    """The log has every frame under the condition it was coded in, and so has the report."""
    with open_project(study) as project:
        rater = next(rater for rater in project.raters() if rater.name == CODER)
        visits = [
            visit
            for row in range(CODED_FIRST, CODED_FIRST + REVIEWED)
            for _, recording in [next(project.recordings(str(row + 1)))]
            for visit in project.store.suggestion_log.visits(rater.id, recording.id)
        ]
    for condition in (Condition.ASSISTED, Condition.CONTROL):
        frames = {frame for (_, frame), found in helped.conditions.items() if found is condition}
        logged = {visit.frame for visit in visits if visit.condition is condition}
        assert frames <= logged, condition
    report = hrm(study, "prelabel", "report", "--rater", CODER)
    (told,) = report["raters"]  # type: ignore[misc]
    counts = {entry["condition"]: entry["frames"] for entry in told["effort"]["conditions"]}
    for condition in (Condition.ASSISTED, Condition.CONTROL):
        assert counts[condition.value] == sum(found is condition for found in helped.conditions.values())
    assert told["anchoring"]["control_frames"] > 0
    assert told["anchoring"]["assisted_frames"] > told["anchoring"]["control_frames"]
