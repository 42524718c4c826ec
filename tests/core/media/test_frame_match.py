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

from hrm_core.errors import Cancelled
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
    "trimmed at the start": lambda n: n >= 33,
    "trimmed at the end": lambda n: n < 80,
    "cut in the middle": lambda n: not 40 <= n < 61,
    "every fifth dropped": lambda n: n % 5 != 4,
}


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("kind", [KINDS[0], KINDS[4], KINDS[7]], ids=lambda kind: kind.name)
def test_numbered_frames_are_found(tmp_path: Path, kind: Any, cut: str) -> None:
    source = make_clip(tmp_path / kind.name, kind)
    target, kept = re_encoded(source, tmp_path / "other.mp4", CUTS[cut])
    match = match_frames(_ledger(source), _ledger(target))
    assert match.alike
    assert match.new_of_old.tolist() == _truth(110, kept)
    with open_video(target) as video:
        large = [
            np.kron(video[to], np.ones((2, 2, 1))).astype(np.uint8) for to in match.new_of_old if to >= 0
        ]
    assert [read_number(rgb) for rgb in large] == kept


@pytest.mark.skipif(not _SHARED.is_dir(), reason="shared/ with the real recordings is not beside the project")
@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("name", ["single_face.mp4", "WolfgangLanger_Pexels.mp4", "face_noface.mov"])
def test_frames_of_real_recordings_are_found(tmp_path: Path, name: str, cut: str) -> None:
    if (name, cut) == ("single_face.mp4", "cut in the middle"):
        pytest.skip("the frames cut out look like those that stay: nobody could tell them apart")
    target, kept = re_encoded(_SHARED / name, tmp_path / "other.mp4", CUTS[cut])
    old = _ledger(_SHARED / name)
    match = match_frames(old, _ledger(target))
    assert match.alike
    assert match.new_of_old.tolist() == _truth(len(old), kept)


@pytest.mark.skipif(not _SHARED.is_dir(), reason="shared/ with the real recordings is not beside the project")
def test_another_recording_is_not_taken_for_this_one() -> None:
    ledgers = [
        _ledger(_SHARED / name) for name in ("single_face.mp4", "WolfgangLanger_Pexels.mp4", "no_face.mp4")
    ]
    for one in ledgers:
        for other in ledgers:
            assert match_frames(one, other).alike == (one is other)


def _random_ledger(rng: np.random.Generator, n_frames: int) -> FrameLedger:
    """A recording in which every frame differs from the one before by a few bits."""
    bits = rng.random((n_frames, 256)) < 0.03
    bits[0] = rng.random(256) < 0.5
    walked = np.logical_xor.accumulate(bits, axis=0)
    walked[:, 0] = True
    return FrameLedger(np.arange(n_frames) / 30, _packed(walked))


def _packed(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    return np.packbits(bits, axis=1).view(">u8").astype(np.uint64)


@settings(max_examples=40, deadline=None)
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
    # A frame beside a gap may be given up, but none is taken for another.
    assert np.array_equal(match.new_of_old[found], truth[found])
    assert (found == (truth >= 0)).mean() > 0.98
    assert np.all(np.diff(match.new_of_old[found]) > 0)


def test_a_long_recording_is_compared_near_the_diagonal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrm_core.media.frame_match._MOST_CELLS", 100_000)
    old = _random_ledger(np.random.default_rng(1), 2000)
    new = FrameLedger(old.times[:-500], old.hashes[500:])
    assert match_frames(old, new).new_of_old.tolist() == _truth(2000, list(range(500, 2000)))


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


def test_damaged_frames_are_left_out(tmp_path: Path) -> None:
    for number in range(12):
        write_still(picture(number * 7), tmp_path / f"{number}.png")
    (tmp_path / "5.png").write_bytes(b"damaged")
    ledger = _ledger(tmp_path)
    assert np.flatnonzero(~ledger.hashes.any(axis=1)).tolist() == [5]
    match = match_frames(ledger, ledger)
    assert np.flatnonzero(match.new_of_old < 0).tolist() == [5]


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
