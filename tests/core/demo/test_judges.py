from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.demo import DemoParticipant, plan_study, simulate_ratings

Study = tuple[DemoParticipant, ...]


def test_every_clip_gets_a_rating_from_every_judge(study: Study) -> None:
    ratings = simulate_ratings(study, n_judges=5, seed=0)

    assert ratings.shape == (sum(len(child.clips) for child in study), 5)
    assert set(np.unique(ratings)) <= {1, 2, 3, 4, 5}


def test_judges_agree_but_not_wholly(study: Study) -> None:
    between = np.corrcoef(simulate_ratings(study).T)[np.triu_indices(5, 1)]

    assert 0.4 < between.mean() < 0.95
    assert between.max() < 1.0


def test_jerky_clips_look_less_typical(study: Study) -> None:
    ratings = simulate_ratings(study).mean(axis=1)

    assert np.corrcoef(ratings, [_changes(clip) for clip in _clips(study)])[0, 1] > 0.8


def test_a_clip_looks_less_typical_when_it_becomes_one_sided(study: Study) -> None:
    child = study[0]
    first, last = child.clips[0]
    codes = child.truth.copy()
    codes[first : last + 1][codes[first : last + 1] == 1] = 2
    one_sided = replace(child, recording=replace(child.recording, codes=codes))

    before, after = simulate_ratings(study), simulate_ratings((one_sided, *study[1:]))

    assert after[0].mean() > before[0].mean()


def test_the_group_is_never_looked_at(study: Study) -> None:
    swapped = tuple(replace(child, group="TD" if child.group == "ASD" else "ASD") for child in study)

    assert (simulate_ratings(study) == simulate_ratings(swapped)).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_ratings_are_foretold_by_how_actions_change_and_not_by_how_often_they_show(seed: int) -> None:
    study = plan_study(seed)
    ratings = simulate_ratings(study, seed=seed).mean(axis=1)
    owner = [place for place, child in enumerate(study) for _ in child.clips]
    rows = [
        (person, rating, (window > 0).mean(axis=0), _changes(window))
        for person, rating, clip in zip(owner, ratings, _clips(study), strict=True)
        for window in np.split(clip[: len(clip) // 15 * 15], len(clip) // 15)
    ]
    people, said, shares, changes = (np.array(column) for column in zip(*rows, strict=True))

    assert _explained(people, said, np.log(0.02 + changes)[:, None], penalty=1.0) > 0.4
    assert all(_explained(people, said, shares, penalty) < 0.15 for penalty in (1.0, 10.0, 100.0, 1000.0))


def _clips(study: Study) -> list[NDArray[np.uint8]]:
    return [child.truth[first : last + 1] for child in study for first, last in child.clips]


def _changes(codes: NDArray[np.uint8]) -> float:
    """Onsets and offsets for each frame in which an action shows."""
    present = codes > 0
    return float((present[1:] != present[:-1]).sum() / max(present.sum(), 1))


def _explained(
    people: NDArray[np.int64], said: NDArray[np.float64], features: NDArray[np.float64], penalty: float
) -> float:
    """R squared of ridge regression for children whom it has not seen."""
    errors = np.zeros(len(said))
    for person in np.unique(people):
        seen = people != person
        middle, spread = features[seen].mean(axis=0), features[seen].std(axis=0) + 1e-9
        scaled, mean = (features - middle) / spread, said[seen].mean()
        gram = scaled[seen].T @ scaled[seen] + penalty * np.eye(features.shape[1])
        weights = np.linalg.solve(gram, scaled[seen].T @ (said[seen] - mean))
        errors[~seen] = (said - mean - scaled @ weights)[~seen]
    return float(1.0 - (errors**2).sum() / ((said - said.mean()) ** 2).sum())


def test_the_same_seed_makes_the_same_ratings(study: Study) -> None:
    assert (simulate_ratings(study, seed=2) == simulate_ratings(study, seed=2)).all()
    assert (simulate_ratings(study, seed=2) != simulate_ratings(study, seed=3)).any()
