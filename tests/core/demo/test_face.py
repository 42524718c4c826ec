"""The codes of a frame must be visible in its pixels: detectors are trained on them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.demo import PRESENT_FROM, Expression, Identity, draw_face
from hrm_core.facs import ALL_ACTIONS, Code, action

SIDED = [
    (entry.key, code) for entry in ALL_ACTIONS for code in (Code.LEFT, Code.RIGHT) if code in entry.sides
]
EVERY_SIDE = [(entry.key, int(code)) for entry in ALL_ACTIONS for code in sorted(entry.sides)]
NEIGHBOURS = [
    ("AU12", "AU13"), ("AU12", "AU14"), ("AU13", "AU14"), ("AU23", "AU24"), ("AU23", "AU28"),
    ("AU24", "AU28"), ("AU18", "AU22"), ("AU6", "AU7"), ("AU25", "AU2X"), ("AD33", "AD34"),
    ("AD19", "AD37"), ("AU9", "AU10"), ("AU15", "AU17"), ("AU16", "AU25"), ("AU8", "AU25"),
]  # fmt: skip
MIDDLE = 320
BROWS_AND_EYES, BELOW_EYES, FROM_NOSE_ROOT = slice(200, 400), slice(325, 600), slice(265, 600)


@lru_cache(maxsize=8)
def _neutral(child: Identity) -> NDArray[np.uint8]:
    return draw_face(child, Expression.neutral())


def _changed(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.abs(first.astype(int) - second).max(axis=2) > 12


def _change(child: Identity, codes: dict[str, int], intensity: float = 1.0) -> NDArray[np.bool_]:
    return _changed(draw_face(child, Expression.of(codes, intensity)), _neutral(child))


@pytest.mark.parametrize(("key", "code"), EVERY_SIDE)
def test_the_weakest_coded_strength_shows(children: tuple[Identity, ...], key: str, code: int) -> None:
    assert _change(children[2], {key: code}, PRESENT_FROM).sum() >= 100


@pytest.mark.parametrize(("key", "code"), EVERY_SIDE)
def test_an_action_changes_its_region(children: tuple[Identity, ...], key: str, code: int) -> None:
    region = BROWS_AND_EYES if action(key).group == "upper" else BELOW_EYES
    region = FROM_NOSE_ROOT if key == "AU9" else region
    changed = _change(children[1], {key: code})

    assert changed.sum() >= 300
    assert changed[region].sum() >= 0.85 * changed.sum()


@pytest.mark.parametrize(("key", "code"), [each for each in SIDED if each[0] != "AD30"])
def test_the_childs_left_is_the_right_half_of_the_picture(
    children: tuple[Identity, ...], key: str, code: Code
) -> None:
    changed = _change(children[2], {key: code})
    right_half = changed[:, MIDDLE:].sum() / changed.sum()

    assert right_half > 0.6 if code is Code.LEFT else right_half < 0.4


def test_the_jaw_moves_to_its_own_side(children: tuple[Identity, ...]) -> None:
    wall = draw_face(children[2], Expression.neutral())[500, 200]
    edges = []
    for code in (Code.LEFT, Code.RIGHT):
        row = draw_face(children[2], Expression.of({"AD30": code}))[480]
        away = np.abs(row.astype(int) - wall).max(axis=1) > 25
        edges.append(np.flatnonzero(away).mean())

    assert edges[0] - edges[1] > 25


@pytest.mark.parametrize("key", sorted({key for key, _ in SIDED}))
def test_one_sided_actions_mirror(children: tuple[Identity, ...], key: str) -> None:
    left = _change(children[2], {key: Code.LEFT}).sum()
    right = _change(children[2], {key: Code.RIGHT}).sum()

    assert left == pytest.approx(right, rel=0.12)


@pytest.mark.parametrize(("first", "second"), NEIGHBOURS)
def test_confusable_neighbours_look_different(
    children: tuple[Identity, ...], first: str, second: str
) -> None:
    for child in (children[1], children[2]):
        one, other = (draw_face(child, Expression.of({key: 1}, 0.5)) for key in (first, second))
        assert _changed(one, other).sum() > 600


def test_parted_lips_show_teeth(children: tuple[Identity, ...]) -> None:
    def white(codes: dict[str, int]) -> int:
        mouth = draw_face(children[0], Expression.of(codes))[415:480, 260:380]
        return int((mouth.min(axis=2) > 225).sum())

    assert white({"AU25": 1}) > white({}) + 150


def test_the_head_sways_and_comes_back_the_same(children: tuple[Identity, ...]) -> None:
    child, face = children[3], Expression.neutral()

    assert (draw_face(child, face, 1.5) == draw_face(child, face, 1.5)).all()
    assert _changed(draw_face(child, face, 0.0), draw_face(child, face, 1.5)).sum() > 500


def test_every_frame_says_synthetic(children: tuple[Identity, ...]) -> None:
    corner = draw_face(children[0], Expression.of({"AU2X": 1}), 2.0)[14:32, 12:100].astype(int)

    assert corner.max() - corner.min() > 50
