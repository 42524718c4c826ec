"""The index agrees with what a decoder gives out, also for files that were cut."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from hrm_core.errors import InvalidFileError
from hrm_core.media import open_video, probe
from hrm_core.media.index_build import build_index
from hrm_core.media.packets import decoded_from_start
from hrm_core.media.reader import VideoFile
from hrm_core.progress import CancelToken, NoProgress
from tests.core.media.clips import FRAMES, KINDS, cut_start, key_packets, read_number

Clip = Callable[[str], Path]


@pytest.mark.parametrize("name", [kind.name for kind in KINDS])
def test_stamps_are_those_of_the_decoder(clip: Clip, name: str) -> None:
    index = build_index(clip(name), NoProgress(), CancelToken())
    assert index.stamps.tolist() == [frame.pts for frame in decoded_from_start(clip(name))]


def test_sound_files_are_not_decoded_to_be_counted(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = 0

    def counted(path: Path):  # type: ignore[no-untyped-def]
        nonlocal decoded
        for frame in decoded_from_start(path):
            decoded += 1
            yield frame

    monkeypatch.setattr("hrm_core.media.index_build.decoded_from_start", counted)
    assert len(build_index(closed, NoProgress(), CancelToken())) == FRAMES
    assert decoded < 30


@pytest.mark.parametrize("shown_from", [1, 9, 23])
def test_an_edit_list_hides_the_first_frames(clip: Clip, tmp_path: Path, shown_from: int) -> None:
    cut = cut_start(clip("closed.mp4"), tmp_path / "cut.mp4", 24, Fraction(24 + shown_from, 30))
    _expect_numbers(cut, list(range(24 + shown_from, FRAMES)))


def test_a_clip_cut_out_of_an_open_group(clip: Clip, tmp_path: Path) -> None:
    start = key_packets(clip("open.mp4"))[2]
    cut = cut_start(clip("open.mp4"), tmp_path / "cut.mp4", start, Fraction(48, 30))
    with open_video(cut) as video:
        assert isinstance(video, VideoFile)
        decoded = [frame.pts for frame in decoded_from_start(cut)]
        assert video.index.stamps.tolist() == decoded
        first = len(video) - (FRAMES - 48)
        for number in [*range(len(video) - 1, first - 1, -1), first, len(video) - 1]:
            assert read_number(video[number]) == 48 + number - first


def test_a_transport_stream_that_starts_in_the_middle(clip: Clip, tmp_path: Path) -> None:
    whole = clip("open.ts").read_bytes()
    cut = tmp_path / "cut.ts"
    cut.write_bytes(whole[188 * (len(whole) // 3 // 188) :])
    with open_video(cut) as video:
        assert 24 < len(video) < FRAMES
        shown = [read_number(video[number]) for number in reversed(range(len(video)))]
    assert shown == [FRAMES - 1 - place for place in range(len(video))]


@pytest.mark.parametrize("name", ["open.ts", "mjpeg.avi", "divx.avi", "closed.mkv", "mpeg2.mpg"])
@pytest.mark.parametrize("share", [0.5, 0.61, 0.77])
def test_a_recording_that_breaks_off(clip: Clip, tmp_path: Path, name: str, share: float) -> None:
    data = clip(name).read_bytes()
    cut = tmp_path / name
    cut.write_bytes(data[: int(len(data) * share)])
    with open_video(cut) as video:
        assert isinstance(video, VideoFile)
        assert 20 < len(video) < FRAMES
        refused: list[int] = []
        for number in range(len(video)):
            try:
                shown = read_number(video[number])
            except InvalidFileError:
                refused.append(number)
            else:
                # AVI stores no times: that of the last frame is inferred from those that follow.
                guessed = name == "divx.avi" and number == len(video) - 1
                assert shown - round(video.time(number) * 30) in ((0, 1) if guessed else (0,))
        # Only B-frames whose second reference was cut off.
        assert all(len(video) - number < 5 for number in refused)


def test_an_mp4_with_its_index_in_front_that_breaks_off(tmp_path: Path, clip: Clip) -> None:
    source, front = clip("closed.mp4"), tmp_path / "front.mp4"
    with (
        av.open(str(source)) as old,
        av.open(str(front), "w", options={"movflags": "+faststart"}) as new,
    ):
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(old.streams.video[0]):
            if packet.size:
                packet.stream = stream
                new.mux(packet)
    data = front.read_bytes()
    front.write_bytes(data[: int(len(data) * 0.6)])
    with open_video(front) as video:
        assert 20 < len(video) < FRAMES
        for number in range(len(video)):
            assert read_number(video[number]) == round(video.time(number) * 30)


def test_damage_in_the_middle_never_shows_another_frame(clip: Clip, tmp_path: Path) -> None:
    data = bytearray(clip("open.ts").read_bytes())
    middle = len(data) // 2 // 188 * 188
    del data[middle : middle + 188 * 12]
    damaged = tmp_path / "damaged.ts"
    damaged.write_bytes(data)
    refused = 0
    with open_video(damaged) as video:
        for number in range(len(video)):
            try:
                shown = read_number(video[number])
            except InvalidFileError:
                refused += 1
            else:
                assert shown in (round(video.time(number) * 30), -1)
    assert 0 < refused <= 30


def test_joined_recordings_are_refused(clip: Clip, tmp_path: Path) -> None:
    joined = tmp_path / "joined.ts"
    joined.write_bytes(clip("open.ts").read_bytes() * 2)
    with pytest.raises(InvalidFileError, match=r"clock of .*joined\.ts jumps back"):
        probe(joined)


def test_a_bare_stream_without_stamps_is_refused(clip: Clip, tmp_path: Path) -> None:
    bare = tmp_path / "bare.h264"
    with av.open(str(clip("open.ts"))) as old, bare.open("wb") as out:
        for packet in old.demux(old.streams.video[0]):
            out.write(bytes(packet))
    with pytest.raises(InvalidFileError, match=r"no usable time stamps.*convert it to MP4"):
        probe(bare)


def _expect_numbers(path: Path, numbers: list[int]) -> None:
    with open_video(path) as video:
        assert len(video) == len(numbers)
        places = [*range(len(video)), *reversed(range(len(video)))]
        assert [read_number(video[place]) for place in places] == [numbers[p] for p in places]
