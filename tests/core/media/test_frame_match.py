"""Frames are found again in another file of the same recording."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hrm_core.errors import Cancelled, UserError
from hrm_core.media import ledger_of, match_frames, open_video, write_still
from hrm_core.media.frame_hash import bits_apart, frame_hash
from hrm_core.progress import CancelToken
from hrm_core.records.frame_ledger import FrameLedger
from tests.core.media.clips import KINDS, make_clip, picture, re_encoded, read_number

_SHARED = Path(__file__).parents[4] / "shared" / "data"


def _ledger(path: Path) -> FrameLedger:
    with open_video(path) as video:
        return ledger_of(video)


def _truth(n_old: int, kept: list[int]) -> list[int]:
    answer = [-1] * n_old
    for to, at in enumerate(kept):
        answer[at] = to
    return answer


CUTS: dict[str, Callable[[int], bool]] = {
    "whole": lambda n: True,
    "without the first": lambda n: n >= 1,
    "without one and three": lambda n: 1 <= n < 66,
    "trimmed at the start": lambda n: n >= 33,
    "trimmed at the end": lambda n: n < 80,
    "cut in the middle": lambda n: not 40 <= n < 61,
    "every fifth dropped": lambda n: n % 5 != 4,
}


@pytest.mark.slow
@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("kind", [KINDS[0], KINDS[4], KINDS[7]], ids=lambda kind: kind.name)
def test_numbered_frames_are_found(tmp_path: Path, kind: Any, cut: str) -> None:
    source = make_clip(tmp_path / kind.name, kind)
    target, kept = re_encoded(source, tmp_path / "other.mp4", CUTS[cut])
    match = match_frames(_ledger(source), _ledger(target))
    assert match.alike
    assert not match.doubtful.any()
    assert match.new_of_old.tolist() == _truth(110, kept)
    with open_video(target) as video:
        large = [
            np.kron(video[to], np.ones((2, 2, 1))).astype(np.uint8) for to in match.new_of_old if to >= 0
        ]
    assert [read_number(rgb) for rgb in large] == kept


_needs_recordings = pytest.mark.skipif(
    not _SHARED.is_dir(), reason="shared/ with the real recordings is not beside the project"
)


@pytest.mark.slow
@_needs_recordings
@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("name", ["WolfgangLanger_Pexels.mp4", "face_noface.mov"])
def test_frames_of_real_recordings_are_found(tmp_path: Path, name: str, cut: str) -> None:
    target, kept = re_encoded(_SHARED / name, tmp_path / "other.mp4", CUTS[cut])
    old = _ledger(_SHARED / name)
    match = match_frames(old, _ledger(target))
    truth = np.array(_truth(len(old), kept))
    assert match.alike
    sure = (match.new_of_old >= 0) & ~match.doubtful
    assert np.array_equal(match.new_of_old[sure], truth[sure])
    # The other one begins with a still scene, where nobody can be sure.
    if name.startswith("Wolfgang"):
        assert np.array_equal(match.new_of_old, truth)
        assert match.doubtful.mean() < 0.05


@_needs_recordings
@pytest.mark.slow
@pytest.mark.parametrize(("start", "end"), [(0, 0), (1, 0), (2, 2), (10, 10), (0, 20), (33, 0)])
@pytest.mark.parametrize("crf", [23, 36])
def test_a_still_scene_is_never_surely_wrong(tmp_path: Path, start: int, end: int, crf: int) -> None:
    source = _SHARED / "single_face.mp4"
    target, kept = re_encoded(source, tmp_path / "other.mp4", lambda n: start <= n < 72 - end, crf=crf)
    match = match_frames(_ledger(source), _ledger(target))
    truth = np.array(_truth(72, kept))
    wrong = (match.new_of_old >= 0) & (match.new_of_old != truth)
    assert not (wrong & ~match.doubtful).any()
    assert not wrong.any() or crf == 36


@_needs_recordings
def test_another_recording_is_not_taken_for_this_one() -> None:
    names = ("single_face.mp4", "WolfgangLanger_Pexels.mp4", "no_face.mp4")
    ledgers = [_ledger(_SHARED / name) for name in names]
    for one in ledgers:
        for other in ledgers:
            assert match_frames(one, other).alike == (one is other)


@_needs_recordings
def test_another_moment_of_a_still_scene_is_not_surely_taken_for_this_one() -> None:
    whole = _ledger(_SHARED / "single_face.mp4")
    halves = [FrameLedger(whole.times[:36], whole.hashes[at : at + 36]) for at in (0, 36)]
    match = match_frames(*halves)
    assert not match.alike or match.found == match.doubtful.sum()


@_needs_recordings
@pytest.mark.parametrize("shift", [1, 2, 10])
def test_an_export_of_the_same_length_that_began_later_is_not_surely_the_same(shift: int) -> None:
    whole = _ledger(_SHARED / "single_face.mp4")
    length = 72 - shift
    early, late = (FrameLedger(whole.times[:length], whole.hashes[at : at + length]) for at in (0, shift))
    match = match_frames(early, late)
    wrong = (match.new_of_old >= 0) & (match.new_of_old != np.arange(length) - shift)
    assert not (wrong & ~match.doubtful).any()


def test_motion_that_comes_again_and_again_is_not_surely_placed() -> None:
    period = _random_ledger(np.random.default_rng(2), 40).hashes
    old = FrameLedger(np.arange(400) / 30, np.tile(period, (10, 1)))
    new = FrameLedger(old.times[:300], old.hashes[40:340])
    assert match_frames(old, new).doubtful.sum() >= 290


def test_a_shared_title_does_not_make_a_recording() -> None:
    rng = np.random.default_rng(3)
    one, other = _random_ledger(rng, 300), _random_ledger(rng, 300)
    other.hashes[0] = one.hashes[0]
    assert not match_frames(one, other).alike


def test_pictures_that_never_change_prove_nothing() -> None:
    still = FrameLedger(
        np.arange(90) / 30, np.tile(_random_ledger(np.random.default_rng(0), 1).hashes, (90, 1))
    )
    trimmed = FrameLedger(still.times[:70], still.hashes[:70])
    assert match_frames(still, trimmed).doubtful.sum() == 70
    assert not match_frames(still, still).doubtful.any()


def test_re_timed_copies_with_frames_left_out_are_not_sure() -> None:
    old = _random_ledger(np.random.default_rng(5), 200)
    kept = [n for n in range(200) if n % 5 != 4]
    new = FrameLedger(np.arange(len(kept)) / 30, old.hashes[kept])
    match = match_frames(old, new)
    assert match.doubtful.any()


def _random_ledger(rng: np.random.Generator, n_frames: int) -> FrameLedger:
    """A recording in which every frame differs from the one before by a few bits."""
    bits = rng.random((n_frames, 256)) < 0.03
    bits[0] = rng.random(256) < 0.5
    walked = np.logical_xor.accumulate(bits, axis=0)
    walked[:, 0] = True
    return FrameLedger(np.arange(n_frames) / 30, _packed(walked))


def _packed(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    return np.packbits(bits, axis=1).view(">u8").astype(np.uint64)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 60), st.integers(0, 60), st.integers(0, 40), st.integers(0, 30))
def test_any_trim_and_any_cut_is_found(seed: int, start: int, end: int, cut: int, gap: int) -> None:
    rng = np.random.default_rng(seed)
    old = _random_ledger(rng, 200)
    # The gap is far enough from the ends to leave frames on both sides.
    kept = [n for n in range(start, 200 - end) if not 80 + cut <= n < 80 + cut + gap // 3 * 3]
    # Compression flips a few bits more.
    noise = _packed(rng.random((len(kept), 256)) < 0.02)
    new = FrameLedger(np.arange(len(kept)) / 30, old.hashes[kept] ^ noise)
    match = match_frames(old, new)
    truth = np.array(_truth(200, kept))
    assert match.alike
    found = match.new_of_old >= 0
    # A frame beside a gap may be given up, but none is taken for another without saying so.
    sure = found & ~match.doubtful
    assert np.array_equal(match.new_of_old[sure], truth[sure])
    # What follows a cut near the end is found, but only as frames that come too early.
    assert match.doubtful.mean() < 0.25
    assert (found == (truth >= 0)).mean() > 0.98
    assert np.all(np.diff(match.new_of_old[found]) > 0)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 10_000), st.integers(0, 200), st.integers(0, 150), st.integers(0, 120), st.integers(0, 150)
)
def test_long_recordings_are_compared_near_the_expected_times_only(
    seed: int, start: int, end: int, cut: int, foreign: int
) -> None:
    rng = np.random.default_rng(seed)
    old = _random_ledger(rng, 600)
    kept = [n for n in range(start, 600 - end) if not 320 <= n < 320 + cut]
    hashes = np.concatenate([_random_ledger(rng, 200).hashes[:foreign], old.hashes[kept]])
    new = FrameLedger(np.arange(len(hashes)) / 30, hashes)
    with pytest.MonkeyPatch.context() as patch:
        # A band of 64 cells on either side of what is expected.
        patch.setattr("hrm_core.media.frame_match._MOST_CELLS", 200_000)
        patch.setattr("hrm_core.media.time_maps._MOST_CELLS", 200_000)
        match = match_frames(old, new)
    truth = np.full(600, -1)
    truth[kept] = np.arange(foreign, foreign + len(kept))
    found = match.new_of_old >= 0
    sure = found & ~match.doubtful
    assert np.array_equal(match.new_of_old[sure], truth[sure])
    # At the borders a frame or two may be given up.
    assert (found == (truth >= 0)).mean() > 0.98


def test_files_that_are_too_different_to_be_compared_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrm_core.media.frame_match._MOST_CELLS", 10_000)
    old = _random_ledger(np.random.default_rng(1), 2000)
    new = FrameLedger(old.times, np.concatenate([old.hashes[1000:], old.hashes[:1000]]))
    with pytest.raises(UserError, match="cut so differently"):
        match_frames(old, new)


@pytest.mark.parametrize(("n_old", "n_new"), [(1, 1), (1, 5), (5, 1), (2, 2)])
def test_the_shortest_recordings(n_old: int, n_new: int) -> None:
    old, new = (_random_ledger(np.random.default_rng(1), n) for n in (n_old, n_new))
    match = match_frames(old, new)
    assert match.new_of_old.shape == (n_old,)
    assert match.found <= min(n_old, n_new)


def test_comparing_can_be_stopped() -> None:
    token = CancelToken()
    token.cancel()
    old, new = (_random_ledger(np.random.default_rng(seed), 50) for seed in (1, 2))
    with pytest.raises(Cancelled):
        match_frames(old, new, cancel=token)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 200), st.sampled_from([(96, 48), (131, 77), (400, 200)]))
def test_a_hash_hardly_depends_on_the_size(number: int, size: tuple[int, int]) -> None:
    import cv2

    rgb = picture(number % 128)

    def hashed(picture_: NDArray[np.uint8]) -> NDArray[np.uint64]:
        grey = cv2.cvtColor(picture_, cv2.COLOR_RGB2GRAY)
        return frame_hash(
            np.asarray(cv2.resize(grey, (64, 64), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        )

    resized = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    assert bits_apart(hashed(rgb), hashed(resized)) <= 24
    assert bits_apart(hashed(rgb), hashed(rgb)) == 0


def test_file_and_folder_of_its_frames_have_the_same_hashes(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "turned.mp4", KINDS[6])
    with open_video(source) as video:
        for number, rgb in enumerate(video):
            write_still(rgb, tmp_path / "frames" / f"{number:06d}.png")
    apart = bits_apart(_ledger(source).hashes, _ledger(tmp_path / "frames").hashes)
    assert np.median(apart) <= 12


def test_damaged_frames_are_found_by_their_neighbours(tmp_path: Path) -> None:
    for number in range(12):
        write_still(picture(number * 7), tmp_path / f"{number}.png")
    (tmp_path / "5.png").write_bytes(b"damaged")
    ledger = _ledger(tmp_path)
    assert np.flatnonzero(~ledger.hashes.any(axis=1)).tolist() == [5]
    assert match_frames(ledger, ledger).new_of_old.tolist() == list(range(12))
    trimmed = FrameLedger(ledger.times[:-2], ledger.hashes[2:])
    assert match_frames(ledger, trimmed).new_of_old.tolist() == [-1, -1, *range(10)]


def test_noting_frames_can_be_stopped(tmp_path: Path) -> None:
    write_still(picture(1), tmp_path / "1.png")
    token = CancelToken()
    token.cancel()
    with open_video(tmp_path) as video, pytest.raises(Cancelled):
        ledger_of(video, cancel=token)


def test_hashes_of_different_methods_are_not_compared() -> None:
    old = FrameLedger(np.zeros(1), np.ones((1, 4), np.uint64))
    other = FrameLedger(np.zeros(1), np.ones((1, 4), np.uint64), "other")
    with pytest.raises(ValueError, match="cannot be compared"):
        match_frames(old, other)
