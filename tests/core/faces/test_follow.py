"""The child is followed among simulated (synthetic) boxes, whoever else comes and goes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_core.faces.follow import Followed, Follower, FollowEventKind, follow
from hrm_core.records.face import Face, FrameFaces

SIZE = (1280, 720)
FPS = 25.0


def _box(x: float, y: float, size: float) -> np.ndarray:
    return np.array([x - size * 0.4, y - size / 2, x + size * 0.4, y + size / 2])


def _frames(people: list[list[np.ndarray | None]], order: np.random.Generator) -> tuple[list, list]:
    """Frames of people, the child first, in shuffled order; and where the child is in each."""
    frames, truth = [], []
    for number, present in enumerate(zip(*people, strict=True)):
        seen = [(who, box) for who, box in enumerate(present) if box is not None]
        seen = [seen[place] for place in order.permutation(len(seen))]
        frames.append(FrameFaces(number, number / FPS, tuple(Face(box, 0.9) for _, box in seen)))
        truth.append(next((place for place, (who, _) in enumerate(seen) if who == 0), None))
    return frames, truth


def _kinds(followed: Followed) -> list[FollowEventKind]:
    return [event.kind for event in followed.events]


def test_one_face_is_followed_without_a_word() -> None:
    child = [_box(600 + 3 * n, 350 + 20 * np.sin(n / 9), 200 + n / 2) for n in range(100)]
    frames, truth = _frames([child], np.random.default_rng(0))
    followed = follow(frames, size=SIZE)
    assert list(followed.targets) == truth
    assert followed.events == ()


def test_a_short_gap_is_bridged_silently() -> None:
    child = [None if 40 <= n < 50 else _box(300 + 6 * n, 350, 180) for n in range(90)]
    frames, truth = _frames([child], np.random.default_rng(0))
    followed = follow(frames, size=SIZE)
    assert list(followed.targets) == truth
    assert followed.events == ()


def test_a_long_gap_is_told() -> None:
    child = [None if 40 <= n < 70 else _box(600, 350, 180) for n in range(90)]
    frames, truth = _frames([child], np.random.default_rng(0))
    followed = follow(frames, size=SIZE)
    assert list(followed.targets) == truth
    assert [(event.kind, event.frame) for event in followed.events] == [
        (FollowEventKind.LOST, 40),
        (FollowEventKind.FOUND, 70),
    ]


@settings(max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    st.floats(120, 320),
    st.floats(1.5, 2.5),
    st.booleans(),
    st.floats(0, 0.2),
)
def test_a_parent_who_leans_in_never_takes_the_childs_place(
    seed: int, size: float, larger: float, from_left: bool, missing: float
) -> None:
    """The parent's face comes in beside the child's and partly over it, and stays."""
    rng = np.random.default_rng(seed)
    side = -1 if from_left else 1
    child, parent = [], []
    for n in range(150):
        place = (600 + 25 * np.sin(n / 11), 380 + 12 * np.sin(n / 7))
        seen = rng.random() >= missing or n == 0
        child.append(_box(*place, size) + rng.normal(0, size / 90, 4) if seen else None)
        away = max(0.75 * size * larger, 900 - 14 * (n - 40))
        parent.append(
            None
            if n < 40
            else _box(600 + side * away, 330, size * larger) + rng.normal(0, size * larger / 90, 4)
        )
    frames, truth = _frames([child, parent], rng)
    followed = follow(frames, size=SIZE)
    assert list(followed.targets) == truth
    assert FollowEventKind.SWITCHED not in _kinds(followed)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.floats(3, 12), st.floats(0.75, 1.35), st.integers(0, 12))
def test_two_who_cross_are_not_taken_for_one_another(
    seed: int, speed: float, ratio: float, hidden: int
) -> None:
    """Somebody walks past the child, whose face is hidden for up to half a second."""
    rng = np.random.default_rng(seed)
    child, other = [], []
    frames_in_all = int(1200 / speed)
    meeting = frames_in_all // 2
    for n in range(frames_in_all):
        covered = hidden > 0 and abs(n - meeting) <= hidden / 2
        child.append(None if covered else _box(640, 360, 200) + rng.normal(0, 1.5, 4))
        # Behind or before, the head is a little higher or lower.
        other.append(_box(40 + speed * n, 330, 200 * ratio) + rng.normal(0, 1.5, 4))
    frames, truth = _frames([child, other], rng)
    first = np.array([face.box for face in frames[0].faces])[truth[0] or 0]
    followed = follow(frames, {0: first}, size=SIZE)
    wrong = [
        n
        for n, (got, wanted) in enumerate(zip(followed.targets, truth, strict=True))
        if got not in (wanted, None)
    ]
    # While both lie over one another nobody can tell; afterwards it must be the child again.
    assert all(abs(n - meeting) * speed < 130 for n in wrong)
    assert followed.targets[-1] == truth[-1]


@pytest.mark.parametrize("speed", [8, 12, 16])
def test_two_who_run_past_one_another_while_neither_is_found_keep_their_ways(speed: int) -> None:
    meeting = 40
    hidden = range(meeting - 4, meeting + 5)
    child = [None if n in hidden else _box(640 + speed * (n - meeting), 360, 180) for n in range(81)]
    other = [None if n in hidden else _box(640 - speed * (n - meeting), 350, 180) for n in range(81)]
    frames, truth = _frames([child, other], np.random.default_rng(4))
    followed = follow(frames, {0: _box(640 - speed * meeting, 360, 180)}, size=SIZE)
    assert list(followed.targets) == truth


def test_a_large_face_before_the_child_is_not_the_child_grown() -> None:
    child = [None if 30 <= n < 70 else _box(600, 380, 150) for n in range(100)]
    parent = [_box(620, 360, 320) if 36 <= n < 72 else None for n in range(100)]
    frames, truth = _frames([child, parent], np.random.default_rng(1))
    followed = follow(frames, size=SIZE)
    assert list(followed.targets) == truth


def test_the_hidden_childs_place_is_not_given_to_the_parent_beside_it() -> None:
    child = [None if 50 <= n < 110 else _box(600, 380, 180) for n in range(160)]
    parent = [_box(820, 300, 230) for _ in range(160)]
    frames, truth = _frames([child, parent], np.random.default_rng(1))
    picks = {0: _box(600, 380, 180)}
    followed = follow(frames, picks, size=SIZE)
    assert list(followed.targets) == truth
    assert _kinds(followed) == [FollowEventKind.LOST, FollowEventKind.FOUND]


def test_another_face_is_taken_up_in_the_end_and_that_is_told() -> None:
    child = [_box(600, 380, 180) if n < 50 else None for n in range(250)]
    parent = [_box(900, 300, 230) for _ in range(250)]
    frames, _ = _frames([child, parent], np.random.default_rng(1))
    followed = follow(frames, {0: _box(600, 380, 180)}, size=SIZE)
    (switch,) = [event for event in followed.events if event.kind is FollowEventKind.SWITCHED]
    assert 50 + 5 * FPS <= switch.frame <= 50 + 6 * FPS
    assert switch.before is not None
    assert switch.after is not None
    assert np.abs(switch.before - _box(600, 380, 180)).max() < 1e-6
    assert np.abs(switch.after - _box(900, 300, 230)).max() < 1e-6
    assert all(target is None for target in followed.targets[50 : switch.frame])
    assert all(target is not None for target in followed.targets[switch.frame :])


def test_the_largest_near_the_middle_is_the_first_and_doubt_is_told() -> None:
    in_middle, at_border = _box(640, 360, 200), _box(1200, 80, 220)
    frames, _ = _frames([[in_middle] * 3, [at_border] * 3], np.random.default_rng(2))
    followed = follow(frames, size=SIZE)
    chosen = [entry.faces[target or 0].box for entry, target in zip(frames, followed.targets, strict=True)]
    assert all(np.array_equal(box, in_middle) for box in chosen)
    twins, _ = _frames([[_box(500, 360, 200)] * 3, [_box(780, 360, 205)] * 3], np.random.default_rng(2))
    assert _kinds(follow(twins, size=SIZE)) == [FollowEventKind.UNSURE]


def test_a_pick_holds_from_its_frame_on_until_the_next() -> None:
    one, two = _box(400, 360, 200), _box(800, 360, 200)
    frames, truth = _frames([[one] * 90, [two] * 90], np.random.default_rng(5))
    first = follow(frames, {0: one}, size=SIZE)
    assert list(first.targets) == truth
    both = follow(frames, {0: one, 30: two, 60: one}, size=SIZE)
    expected = [place if not 30 <= n < 60 else 1 - place for n, place in enumerate(truth)]
    assert list(both.targets) == expected
    # A person has said so: nothing to look at.
    assert FollowEventKind.SWITCHED not in _kinds(both)


def test_a_pick_where_no_face_was_found_leads_to_the_next_one_there() -> None:
    one, two = [_box(400, 360, 200)] * 40, [None if 8 <= n < 14 else _box(800, 360, 200) for n in range(40)]
    frames, truth = _frames([two, one], np.random.default_rng(5))
    followed = follow(frames, {0: _box(400, 360, 200), 10: _box(805, 362, 190)}, size=SIZE)
    assert followed.targets[10:14] == (None,) * 4
    assert list(followed.targets[14:]) == truth[14:]


@pytest.mark.parametrize("number", [0, 1, 40])
def test_crowds_and_empty_frames_do_no_harm(number: int) -> None:
    rng = np.random.default_rng(number)
    frames = [
        FrameFaces(
            n,
            n / FPS,
            tuple(Face(_box(*rng.uniform(0, 700, 2), rng.uniform(5, 90)), 0.7) for _ in range(number)),
        )
        for n in range(60)
    ]
    followed = follow(frames, size=SIZE)
    assert all(target is None or target < number for target in followed.targets)
    assert (number == 0) == all(target is None for target in followed.targets)


def test_boxes_that_are_no_boxes_are_passed_over() -> None:
    follower = Follower(SIZE)
    nonsense = np.array([[np.nan] * 4, [50, 50, 50, 90], _box(600, 300, 100), [9, 9, 3, 3]])
    assert follower.step(0, 0.0, nonsense) == 2
    assert follower.step(1, 0.0, np.empty((0, 4))) is None
    assert follower.step(2, 0.0, nonsense[::-1]) == 1


def test_one_frame_in_a_hundred_is_enough_for_a_face_that_stays() -> None:
    frames = [FrameFaces(100 * n, 4.0 * n, (Face(_box(600 + 8 * n, 350, 200), 0.9),)) for n in range(20)]
    followed = follow(frames, size=SIZE)
    assert followed.targets == (0,) * 20
    assert followed.events == ()


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_what_comes_later_changes_nothing_before(seed: int) -> None:
    """Causal: pictures that are written while the recording is read stay right."""
    rng = np.random.default_rng(seed)
    frames = [
        FrameFaces(
            n,
            n / FPS,
            tuple(
                Face(_box(*rng.uniform(100, 600, 2), rng.uniform(80, 120)), 0.9)
                for _ in range(rng.integers(4))
            ),
        )
        for n in range(40)
    ]
    whole = follow(frames, size=SIZE).targets
    cut = int(rng.integers(1, 40))
    assert follow(frames[:cut], size=SIZE).targets == whole[:cut]
