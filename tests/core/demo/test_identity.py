from __future__ import annotations

import pytest

from hrm_core.demo import Identity, draw_identities

SEXES = ("M", "F", "M", "F", "M", "F")


def test_the_same_seed_draws_the_same_children() -> None:
    assert draw_identities(4, SEXES) == draw_identities(4, SEXES)
    assert draw_identities(4, SEXES) != draw_identities(5, SEXES)


def test_no_two_children_share_hair_skin_or_shirt(children: tuple[Identity, ...]) -> None:
    for trait in ("hair_style", "skin", "shirt", "wall"):
        assert len({getattr(child, trait) for child in children}) == 6


def test_more_children_than_looks_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 6"):
        draw_identities(0, ("M",) * 7)
