from __future__ import annotations

import numpy as np

from hrm_core.demo import DemoParticipant, simulate_ratings

Study = tuple[DemoParticipant, ...]


def test_every_clip_gets_a_rating_from_every_judge(study: Study) -> None:
    ratings = simulate_ratings(study, n_judges=5, seed=0)

    assert ratings.shape == (sum(len(child.clips) for child in study), 5)
    assert set(np.unique(ratings)) <= {1, 2, 3, 4, 5}


def test_judges_agree_but_not_wholly(study: Study) -> None:
    between = np.corrcoef(simulate_ratings(study).T)[np.triu_indices(5, 1)]

    assert 0.4 < between.mean() < 0.95
    assert between.max() < 1.0


def test_one_sided_clips_look_less_typical(study: Study) -> None:
    ratings = simulate_ratings(study).mean(axis=1)
    codes = [child.truth[first : last + 1] for child in study for first, last in child.clips]
    one_sided = [(clip > 1).sum() / max((clip > 0).sum(), 1) for clip in codes]

    assert np.corrcoef(ratings, one_sided)[0, 1] > 0.3


def test_the_same_seed_makes_the_same_ratings(study: Study) -> None:
    assert (simulate_ratings(study, seed=2) == simulate_ratings(study, seed=2)).all()
    assert (simulate_ratings(study, seed=2) != simulate_ratings(study, seed=3)).any()
