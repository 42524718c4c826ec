"""ICC of model and expert: of the children's shares, and frame by frame."""

from __future__ import annotations

import numpy as np
import pytest

from hrm_core.records.assistance_results import AssistanceOptions
from hrm_core.stats import icc
from hrm_core.suggestions.expert_agreement import rate_agreement

QUICK = AssistanceOptions(replicates=100)


def _made(children: int = 5, frames: int = 40) -> tuple[np.ndarray, ...]:  # type: ignore[type-arg]
    rng = np.random.default_rng(1)
    child = np.repeat(np.arange(children), frames)
    coded = rng.random((children * frames, 2)) < (0.1 + 0.15 * child)[:, None]
    proposed = coded ^ (rng.random(coded.shape) < 0.2)
    known = np.ones_like(coded)
    known[:7, 1] = False
    return coded, proposed, known, child


def test_shares_of_children_are_the_targets() -> None:
    coded, proposed, known, child = _made()
    told = rate_agreement(("AU1", "AU4"), coded, proposed, known, child, QUICK)
    for place, one in enumerate(told):
        shares = np.array(
            [
                [table[(child == number) & known[:, place], place].mean() for table in (coded, proposed)]
                for number in range(5)
            ]
        )
        for form, value in (("3,1", one.consistency), ("2,1", one.agreement)):
            expected = icc(shares, form)
            assert (value.value, value.low, value.high) == pytest.approx(
                (expected.value, expected.low, expected.high), rel=1e-12
            )
        use = known[:, place]
        frames = np.column_stack([coded[use, place], proposed[use, place]]).astype(float)
        assert one.by_frame.value == pytest.approx(icc(frames, "3,1").value, rel=1e-12)
        assert one.coded == pytest.approx(coded[use, place].mean())
        assert one.proposed == pytest.approx(proposed[use, place].mean())
        assert one.participants == 5


def test_what_cannot_be_told_says_why_and_what_nobody_knows_is_left_out() -> None:
    coded, proposed, known, child = _made()
    known[:, 1] = False
    (one,) = rate_agreement(("AU1", "AU4"), coded, proposed, known, np.zeros_like(child), QUICK)
    assert one.consistency.value is None
    assert "targets" in one.consistency.why
    assert one.by_frame.value is not None
    assert one.by_frame.low is None
    assert "fewer than 2 children" in one.by_frame.note
    never = np.zeros_like(coded)
    (one, _) = rate_agreement(("AU1", "AU4"), never, never, ~never, child, QUICK)
    assert one.by_frame.value is None
    assert one.by_frame.why.startswith("never or always there")
