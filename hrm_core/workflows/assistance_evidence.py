"""What a study knows of a coder beside a run of a model: stays, codes, acts, and what was proposed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hrm_core.progress import CancelToken
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.records.model_run import ModelRun
from hrm_core.records.people import Rater
from hrm_core.records.proposal import Proposals
from hrm_core.records.suggestion import Condition
from hrm_core.suggestions.bias import CodedBeside
from hrm_core.suggestions.effort import FrameCost, frame_costs
from hrm_core.workflows.agreement_sources import source_named
from hrm_core.workflows.detector_sources import Place
from hrm_core.workflows.machine_touched import machine_touched
from hrm_core.workflows.match_detections import Truth, read_truth
from hrm_core.workflows.project import Project
from hrm_core.workflows.propose_codes import proposals

__all__ = ["LEARNED", "Evidence", "RunSays", "read_evidence", "run_says"]

TOUCHED = "coded with the help of a model's suggestion"
ASSISTED = "coded with suggestions in sight"
LEARNED = "of children that the model learned from"

RunSays = Mapping[Place, Proposals]
"""What a run proposes, by recording."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """All that is known of one coder beside one run.

    Attributes
    ----------
    rater : Rater
        Who.
    costs : list of FrameCost
        Of frames beside this run, or beside none.
    other_runs : int
        Frames that were coded beside another run; they are left out.
    gold : int
        Frames of gold-standard clips, whose suggestions are never shown; they are left out of `costs` and
        `beside`, as no lot withheld them.
    beside : CodedBeside or None
        Codes on control and assisted frames; None if there are none.
    own : Truth
        Codes of frames that were coded without seeing suggestions and that no suggestion has touched, of
        children that the model did not learn from.
    left_out : dict of str to int
        Frames that are not in `own`, by reason.
    one_condition : int
        Control and assisted frames of recordings that have only one of the two.
    control_touched : int
        Control frames that took in a suggestion later.
    after_touched : int
        Frames that took in a suggestion which was shown once they were coded.
    """

    rater: Rater
    costs: list[FrameCost]
    other_runs: int
    gold: int
    beside: CodedBeside | None
    own: Truth
    left_out: dict[str, int]
    one_condition: int
    control_touched: int
    after_touched: int


def run_says(project: Project, run: ModelRun, cancel: CancelToken | None = None) -> dict[Place, Proposals]:
    """What a run proposes in all recordings of which it says anything."""
    cancel = cancel or CancelToken()
    said: dict[Place, Proposals] = {}
    for who, recording in project.recordings():
        cancel.raise_if_cancelled()
        found = proposals(project, recording, run.id)
        if found is not None and len(found.frames):
            said[who.code, recording.name] = found
    return said


def read_evidence(
    project: Project,
    rater: Rater,
    run: ModelRun,
    said: RunSays,
    learned: Collection[str] = (),
    cancel: CancelToken | None = None,
) -> Evidence:
    """Read the codes and logs of a coder.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater
        Somebody with codes.
    run : ModelRun
        The run.
    said : mapping of Place to Proposals
        What it proposes.
    learned : collection of str
        Codes of the children that its network learned from.
    cancel : CancelToken, optional
        Asked between recordings.

    Raises
    ------
    ProjectError
        If the rater has coded nothing.
    """
    cancel = cancel or CancelToken()
    truth = read_truth(project, source_named(project, rater.name), cancel=cancel)
    places = {
        recording.id: ((who.code, recording.name), recording) for who, recording in project.recordings()
    }
    gold = {number: _gold(project, number) for number in places}
    nowhere = {number: set(truth.excluded[place].tolist()) for number, (place, _) in places.items()}
    every = [
        cost
        for cost in frame_costs(project.store.suggestion_log.visits(rater.id))
        if cost.video_id in places and cost.frame not in nowhere[cost.video_id]
    ]
    by_lot = [cost for cost in every if cost.frame not in gold[cost.video_id]]
    costs = [cost for cost in by_lot if cost.run_id in (None, run.id)]
    touched = {
        number: machine_touched(project, rater, recording) for number, (_, recording) in places.items()
    }
    beside, one_condition = _beside(
        costs, {number: place for number, (place, _) in places.items()}, truth, said
    )
    return Evidence(
        rater,
        costs,
        len(by_lot) - len(costs),
        len(every) - len(by_lot),
        beside,
        *_own(truth, {number: place for number, (place, _) in places.items()}, every, touched, learned),
        one_condition,
        _touched_of(costs, touched, Condition.CONTROL),
        _touched_of(every, touched, Condition.AFTER),
    )


def _gold(project: Project, video_id: int) -> set[int]:
    clips = project.store.gold.clips(video_id)
    return {frame for clip in clips for frame in range(clip.first_frame, clip.last_frame + 1)}


def _touched_of(costs: list[FrameCost], touched: Mapping[int, set[int]], condition: Condition) -> int:
    return sum(
        cost.committed and cost.condition is condition and cost.frame in touched[cost.video_id]
        for cost in costs
    )


def _own(
    truth: Truth,
    places: Mapping[int, Place],
    costs: list[FrameCost],
    touched: Mapping[int, set[int]],
    learned: Collection[str],
) -> tuple[Truth, dict[str, int]]:
    """Codes that nobody's suggestion can have moved, and that the model did not learn from."""
    assisted: dict[int, set[int]] = {number: set() for number in places}
    for cost in costs:
        if cost.condition is Condition.ASSISTED:
            assisted[cost.video_id].add(cost.frame)
    left_out = {ASSISTED: 0, TOUCHED: 0, LEARNED: 0}
    codes = dict(truth.codes)
    for number, place in places.items():
        one = codes[place]
        shown = np.isin(one.frames, sorted(assisted[number]))
        moved = np.isin(one.frames, sorted(touched[number])) & ~shown
        taught = ~(shown | moved) & (place[0] in learned)
        left_out[ASSISTED] += int(shown.sum())
        left_out[TOUCHED] += int(moved.sum())
        left_out[LEARNED] += int(taught.sum())
        own = ~(shown | moved | taught)
        codes[place] = replace(
            one,
            frames=one.frames[own],
            codes=one.codes[own],
            intensities=None if one.intensities is None else one.intensities[own],
            left_out={
                **one.left_out,
                ASSISTED: one.frames[shown],
                TOUCHED: one.frames[moved],
                LEARNED: one.frames[taught],
            },
        )
    return replace(truth, codes=codes), {why: number for why, number in left_out.items() if number}


def _beside(
    costs: list[FrameCost], places: Mapping[int, Place], truth: Truth, said: RunSays
) -> tuple[CodedBeside | None, int]:
    """Control and assisted frames with codes and proposals, and how many have no partner."""
    seen: dict[int, dict[int, bool]] = {}
    for cost in costs:
        if cost.committed and cost.condition in (Condition.CONTROL, Condition.ASSISTED):
            seen.setdefault(cost.video_id, {})[cost.frame] = cost.condition is Condition.ASSISTED
    actions = tuple(key for key in COLUMN_OF if any(key in one.actions for one in said.values()))
    columns = [COLUMN_OF[key] for key in actions]
    children = list(dict.fromkeys(place[0] for place in places.values()))
    parts: list[CodedBeside] = []
    one_condition = 0
    for number, of_frame in seen.items():
        place = places[number]
        codes, found = truth.codes[place], said.get(place)
        if found is None:
            continue
        frames = np.intersect1d(
            np.intersect1d(codes.frames, found.frames), np.array(list(of_frame), dtype=np.int64)
        )
        if not len(frames):
            continue
        assisted = np.array([of_frame[frame] for frame in frames.tolist()], dtype=bool)
        one_condition += len(frames) if assisted.all() or not assisted.any() else 0
        there, proposed, probabilities = _spread(found, frames, actions)
        rows = np.searchsorted(codes.frames, frames)
        parts.append(
            CodedBeside(
                actions,
                codes.codes[rows][:, columns] > 0,
                proposed,
                np.tile(there & codes.judged[columns], (len(frames), 1)),
                probabilities,
                assisted,
                np.full(len(frames), number, dtype=np.int64),
                frames,
                np.full(len(frames), children.index(place[0]), dtype=np.int64),
            )
        )
    return _joined(actions, parts), one_condition


def _spread(
    found: Proposals, frames: NDArray[np.int64], actions: tuple[str, ...]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float64]]:
    """Proposals of some frames in the columns of `actions`; the first says which of these there are."""
    rows = np.searchsorted(found.frames, frames)
    there = np.array([key in found.actions for key in actions], dtype=bool)
    own = [found.actions.index(key) for key in actions if key in found.actions]
    proposed = np.zeros((len(frames), len(actions)), dtype=bool)
    probabilities = np.zeros((len(frames), len(actions)))
    proposed[:, there] = found.codes[rows][:, own] > 0
    probabilities[:, there] = found.probabilities[rows][:, own]
    return there, proposed, probabilities


def _joined(actions: tuple[str, ...], parts: list[CodedBeside]) -> CodedBeside | None:
    if not parts:
        return None
    names = ("coded", "proposed", "known", "probabilities", "assisted", "video", "frame", "child")
    return CodedBeside(actions, *(np.concatenate([getattr(one, name) for one in parts]) for name in names))
