from __future__ import annotations

import numpy as np
import pytest

from hrm_core.demo import DemoParticipant, simulate_coder
from hrm_core.demo.expression import ACTION_PLACE

Study = tuple[DemoParticipant, ...]
COMMON = ("AU1", "AU2", "AU4", "AU6", "AU7", "AU12", "AU14", "AU25", "AU2X")


def _code(study: Study, coder: int) -> np.ndarray:
    coded = [
        simulate_coder(child.truth, child.clips, seed=[7, place, coder], coder=coder)
        for place, child in enumerate(study)
    ]
    return np.vstack([codes[mask] for codes, mask in coded])


def _kappa(first: np.ndarray, second: np.ndarray) -> float:
    observed = (first == second).mean()
    expected = first.mean() * second.mean() + (1 - first.mean()) * (1 - second.mean())
    return float((observed - expected) / (1 - expected))


def test_two_coders_agree_as_trained_experts_do(study: Study) -> None:
    one, other = _code(study, 0) > 0, _code(study, 1) > 0
    kappas = [_kappa(one[:, ACTION_PLACE[key]], other[:, ACTION_PLACE[key]]) for key in COMMON]

    assert all(0.6 < kappa < 0.97 for kappa in kappas), kappas
    assert 0.7 < np.mean(kappas) < 0.92


def test_coders_disagree_on_sides_too(study: Study) -> None:
    one, other = _code(study, 0), _code(study, 1)
    both = (one > 0) & (other > 0)

    assert 0.002 < (one[both] != other[both]).mean() < 0.2


def test_coders_look_at_clips_only(study: Study) -> None:
    child = study[0]
    codes, coded = simulate_coder(child.truth, child.clips, seed=1, coder=0)

    assert coded.sum() == sum(last - first + 1 for first, last in child.clips)
    assert not codes[~coded].any()
    assert codes.dtype == np.uint8
    assert codes.shape == child.truth.shape


def test_the_same_seed_makes_the_same_coder(study: Study) -> None:
    child = study[1]
    one, _ = simulate_coder(child.truth, child.clips, seed=3, coder=0)
    twin, _ = simulate_coder(child.truth, child.clips, seed=3, coder=0)

    assert (one == twin).all()


def test_a_severe_coder_sees_less(study: Study) -> None:
    assert (_code(study, 1) > 0).sum() < (_code(study, 0) > 0).sum()


def test_there_are_two_coders(study: Study) -> None:
    with pytest.raises(IndexError):
        simulate_coder(study[0].truth, study[0].clips, seed=0, coder=2)
