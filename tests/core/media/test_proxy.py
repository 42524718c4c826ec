"""Coding proxies: the same frames under the same numbers, whatever happens while they are made."""

from __future__ import annotations

import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from hrm_core.errors import Cancelled, InvalidFileError, UserError
from hrm_core.media import fingerprint, make_proxy, open_video, proxy_flaw, proxy_parts, remove_proxy
from hrm_core.media.frame_folder import FrameFolder, frame_name, write_manifest
from hrm_core.media.proxy import ProxyError, parts_folder
from hrm_core.media.proxy_table import table_path
from hrm_core.media.reader import VideoFile
from hrm_core.media.stills import write_still
from hrm_core.progress import CancelToken
from tests.core.media.clips import FRAMES, KINDS, make_clip, read_number
from tests.support.programs import ROOT

Clip = Callable[[str], Path]
KIND_NAMES = [kind.name for kind in KINDS]
# About 20 frames of a clip fit, so that most jumps are no walk.
BUDGET = 600_000


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy_parts, "PART_FRAMES", 40)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "代理 #1" / "proxy.mp4"


def opened(path: Path, *stand_ins: Path) -> VideoFile:
    video = open_video(path, cache_bytes=BUDGET, stand_in=stand_ins)
    assert isinstance(video, VideoFile)
    return video


def upright(name: str, rgb: np.ndarray) -> int:
    return read_number(np.rot90(rgb) if name == "turned.mp4" else rgb)


def is_sound(target: Path, path: Path) -> bool:
    """Whether a proxy is there that shows every frame of a clip, and nothing else is left."""
    with opened(path, target) as video:
        seen = [
            read_number(picture) if (picture := video._stand_ins[0].picture(number)) is not None else None
            for number in range(len(video))
        ]
    assert sorted(file.name for file in target.parent.iterdir()) == [target.name, table_path(target).name]
    return seen == list(range(FRAMES)) and proxy_flaw(target, fingerprint(path)) is None


@pytest.mark.slow
@pytest.mark.parametrize("name", KIND_NAMES)
def test_the_same_frames_at_the_same_times(clip: Clip, target: Path, name: str) -> None:
    path = clip(name)
    make_proxy(path, target)
    with open_video(path) as video, open_video(target) as proxy:
        assert isinstance(proxy, VideoFile)
        assert len(proxy) == len(video) == FRAMES
        assert proxy.size == video.size
        assert proxy.times == pytest.approx(video.times, abs=1e-9)
        assert len(proxy.index.keys.first) == FRAMES
        assert [upright(name, frame) for frame in proxy] == list(range(FRAMES))
    shown = []
    with opened(path, target) as video:
        for number in random.Random(4).choices(range(FRAMES), k=60):
            picture = video.preview(number)
            if picture is not None:
                assert picture.shape == video[number].shape
                # As the original in colour too, and new for each caller.
                assert np.abs(picture.astype(int) - video[number]).mean() < 4
                picture[:] = 0
                shown.append(number)
                assert upright(name, video._stand_ins[0].picture(number)) == number
    assert len(shown) > 20


def test_a_size_that_is_odd(tmp_path: Path) -> None:
    path, target = tmp_path / "odd.avi", tmp_path / "proxy.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 65, 49, "yuv444p"
        for number in range(30):
            rgb = np.full((49, 65, 3), 8 * number, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    make_proxy(path, target)
    with opened(path, target) as video:
        video[0]
        picture = video.preview(25)
        assert picture is not None
        assert picture.shape == (49, 65, 3)
        assert np.abs(picture.astype(int) - video[25]).max() < 6


def test_a_preview_is_given_only_where_the_frame_is_far(closed: Path, target: Path) -> None:
    make_proxy(closed, target)
    with opened(closed, target) as video:
        assert video.preview(0) is not None  # nothing is decoded yet
        video[50]
        assert video.preview(50) is None  # kept
        assert video.preview(62) is None  # decoded on the way on
        for number in (63, 20, FRAMES - 1):
            assert read_number(video.preview(number)) == number
        with pytest.raises(IndexError):
            video.preview(FRAMES)
    with open_video(closed) as video:
        assert video.preview(77) is None
    with pytest.raises(ValueError, match="closed"):
        video[77]


def test_a_preview_leaves_the_reader_where_it_is(
    closed: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_core.media.decoder import Decoder

    make_proxy(closed, target)
    starts: list[int] = []
    start_at = Decoder.start_at

    def counted(self: Decoder, key: int) -> None:
        starts.append(key)
        start_at(self, key)

    monkeypatch.setattr(Decoder, "start_at", counted)
    with opened(closed, target) as video:
        for number in range(30, 60):
            assert read_number(video[number]) == number
            assert read_number(video.preview((number + 60) % FRAMES)) == (number + 60) % FRAMES
    assert len(starts) == 1


def test_a_picture_that_is_not_wanted_any_more(closed: Path) -> None:
    asked: list[None] = []

    def given_up() -> bool:
        asked.append(None)
        return len(asked) > 5

    with opened(closed) as video:
        assert video.picture_unless(90, lambda: True) is None
        assert video.picture_unless(90, given_up) is None
        assert len(asked) == 6
        assert read_number(video.picture_unless(90, lambda: False)) == 90
        # Kept by now, so nothing is asked on the way.
        assert read_number(video.picture_unless(89, iter([False, True]).__next__)) == 89


def test_extracted_frames_come_first_and_only_where_they_are_whole(
    closed: Path, target: Path, tmp_path: Path
) -> None:
    make_proxy(closed, target)
    folder = tmp_path / "frames"
    with opened(closed) as video:
        for number in range(0, FRAMES, 2):
            rgb = video[number]
            rgb[:8, -8:] = (0, 0, 255)  # so that we see where a picture comes from
            write_still(rgb, folder / frame_name(number))
    write_manifest(folder, FrameFolder(FRAMES, 30.0, fingerprint(closed), every=2))
    cut_off = folder / frame_name(40)
    cut_off.write_bytes(cut_off.read_bytes()[:-300])
    write_still(np.zeros((48, 96, 3), dtype=np.uint8), folder / frame_name(60))

    def is_extracted(picture: np.ndarray) -> bool:
        return bool(picture[:8, -8:, 2].mean() > 200)

    with opened(closed, folder, target) as video:
        for number in random.Random(1).sample(range(FRAMES), 60):
            picture = video.preview(number)
            assert read_number(picture) == number
            assert is_extracted(picture) == (number % 2 == 0 and number not in (40, 60))
    with opened(closed, folder) as video:
        assert [video.preview(number) is None for number in (39, 40, 42, 60)] == [True, True, False, True]
    write_manifest(folder, FrameFolder(FRAMES, 30.0, "sha256:of another file"))
    with opened(closed, folder) as video:
        assert video.preview(42) is None


def test_a_proxy_of_another_video_is_not_used_and_is_replaced(clip: Clip, closed: Path, target: Path) -> None:
    make_proxy(clip("one group.mp4"), target)
    with opened(closed, target) as video:
        assert video.preview(77) is None
    assert proxy_flaw(target, fingerprint(closed)) == "was made from another video"
    make_proxy(closed, target)
    assert is_sound(target, closed)


def _spoil(file: Path, how: str) -> None:
    data = bytearray(file.read_bytes())
    if how == "cut off":
        del data[len(data) // 2 :]
    else:
        for place in range(1000, len(data), 1500):
            data[place] ^= 0x55
    file.write_bytes(data)


@pytest.mark.parametrize("how", ["cut off", "bits"])
def test_a_damaged_proxy_never_shows_a_wrong_picture_and_is_made_again(
    closed: Path, target: Path, how: str
) -> None:
    make_proxy(closed, target)
    _spoil(target, how)
    assert proxy_flaw(target, fingerprint(closed)) is not None
    missed = 0
    with opened(closed, target) as video:
        for number in range(FRAMES):
            picture = video.preview(number)
            missed += picture is None
            assert picture is None or read_number(picture) == number
    assert missed > FRAMES / 4
    make_proxy(closed, target)
    assert is_sound(target, closed)


@pytest.mark.parametrize("how", ["gone", "cut off", "bits"])
def test_a_proxy_without_its_table_is_not_used(closed: Path, target: Path, how: str) -> None:
    make_proxy(closed, target)
    table = table_path(target)
    if how == "gone":
        table.unlink()
    else:
        _spoil(table, how)
    with opened(closed, target) as video:
        picture = video.preview(77)
        assert picture is None or read_number(picture) == 77
    make_proxy(closed, target)
    assert is_sound(target, closed)


def test_a_sound_proxy_is_left_and_a_removed_one_is_gone(closed: Path, target: Path) -> None:
    make_proxy(closed, target)
    made = target.stat().st_mtime_ns
    make_proxy(closed, target)
    assert target.stat().st_mtime_ns == made
    size = sum(file.stat().st_size for file in target.parent.iterdir())
    assert remove_proxy(target) == size
    assert list(target.parent.iterdir()) == []
    assert remove_proxy(target) == 0


def test_parts_that_are_sound_stay_and_damaged_ones_are_made_again(
    clip: Clip, closed: Path, target: Path
) -> None:
    token = CancelToken()

    class StopsLate:
        done = 0

        def start(self, title: str, total: int | None) -> None: ...

        def advance(self, units: int = 1) -> None:
            self.done += units
            if self.done > FRAMES + 100:  # packets of the index come first
                token.cancel()

        def finish(self) -> None: ...

    with pytest.raises(Cancelled):
        make_proxy(closed, target, progress=StopsLate(), cancel=token)
    parts = sorted(parts_folder(target).glob("*.mp4"))
    assert [part.name for part in parts] == ["000000.mp4", "000040.mp4"]
    assert not target.exists()
    _spoil(parts[1], "bits")
    made: list[str] = []
    encode = proxy_parts.Parts._encode

    def noted(self: proxy_parts.Parts, part: proxy_parts.Part, *rest: object) -> object:
        made.append(part.file.name)
        return encode(self, part, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proxy_parts.Parts, "_encode", noted)
        make_proxy(closed, target)
    assert made == ["000040.mp4", "000080.mp4"]
    assert is_sound(target, closed)


def test_parts_of_another_video_are_not_gone_on_with(clip: Clip, closed: Path, target: Path) -> None:
    other = clip("one group.mp4")
    with open_video(other) as video:
        parts = proxy_parts.Parts(video, fingerprint(other), parts_folder(target))
        parts._make(next(iter(parts)), None, _NoProgress(), CancelToken())
    assert len(list(parts_folder(target).glob("*.mp4"))) == 1
    make_proxy(closed, target)
    assert is_sound(target, closed)


class _NoProgress:
    def start(self, title: str, total: int | None) -> None: ...
    def advance(self, units: int = 1) -> None: ...
    def finish(self) -> None: ...


def test_what_does_not_show_the_same_is_refused(
    closed: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    even = proxy_parts._even
    asked = []

    def spoilt(rgb: np.ndarray) -> np.ndarray:
        asked.append(None)
        return even(rgb)

    luma = proxy_parts._luma

    def other(frame: av.VideoFrame) -> np.ndarray:
        # The look of frame 50 as it is read again is another one.
        return luma(frame)[::-1] if len(asked) == 80 and frame.pts and frame.pts < 3000 else luma(frame)

    monkeypatch.setattr(proxy_parts, "_even", spoilt)
    monkeypatch.setattr(proxy_parts, "_luma", other)
    with pytest.raises(ProxyError, match=r"Frame \d+ of the coding proxy .* does not show"):
        make_proxy(closed, target)
    assert not target.exists()
    monkeypatch.undo()
    make_proxy(closed, target)
    assert is_sound(target, closed)


_MAKE = """
import sys
from pathlib import Path
from hrm_core.media import make_proxy, proxy_parts
proxy_parts.PART_FRAMES = 40
print("ready", flush=True)
make_proxy(sys.argv[1], Path(sys.argv[2]))
"""


def _maker(path: Path, target: Path, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "ignore", "-c", _MAKE, str(path), str(target)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, **options
    )


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_killed_at_any_moment_it_ends_sound(tmp_path: Path, closed: Path) -> None:
    rng = random.Random(8)
    for attempt in range(3):
        target = tmp_path / str(attempt) / "proxy.mp4"
        for _ in range(4):
            with _maker(closed, target) as maker:
                assert maker.stdout is not None
                assert maker.stdout.readline() == "ready\n"
                time.sleep(rng.uniform(0.0, 0.7))
                maker.send_signal(signal.SIGKILL)
            if target.exists():
                # Its name is given last: what is there is whole.
                assert proxy_flaw(target, fingerprint(closed)) is None
        make_proxy(closed, target)
        assert is_sound(target, closed)


@pytest.mark.skipif(sys.platform == "win32", reason="no limits there")
@pytest.mark.parametrize("limit_bytes", [20_000, 60_000])
def test_a_full_disk_is_one_sentence_and_what_is_done_stays(
    tmp_path: Path, closed: Path, limit_bytes: int
) -> None:
    target = tmp_path / "proxy.mp4"

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    with _maker(closed, target, preexec_fn=limited) as maker:
        _, error = maker.communicate()
    last = error.strip().splitlines()[-1]
    assert last.startswith("hrm_core.media.proxy_parts.ProxyError: The coding proxy"), error
    assert "make room on the disk" in last
    assert not target.exists()
    finished = list(parts_folder(target).glob("*.mp4"))
    assert len(finished) == (3 if limit_bytes == 60_000 else 0)
    make_proxy(closed, target)
    assert is_sound(target, closed)


def test_damaged_frames_are_repeated_but_never_shown(closed: Path, tmp_path: Path) -> None:
    with av.open(str(closed)) as container:
        keys = [p for p in container.demux(container.streams.video[0]) if p.size and p.is_keyframe]
        place, size = keys[2].pos, keys[2].size
    data = bytearray(closed.read_bytes())
    assert place is not None
    data[place + 4 : place + size] = bytes(size - 4)
    damaged, target = tmp_path / "damaged.mp4", tmp_path / "proxy.mp4"
    damaged.write_bytes(data)
    make_proxy(damaged, target)
    with opened(damaged, target) as video, open_video(target) as proxy:
        assert len(proxy) == FRAMES
        assert [read_number(proxy[number]) for number in (45, 48, 60, 72)] == [45, 45, 45, 72]
        video[5]
        assert video.preview(48) is None
        assert read_number(video.preview(72)) == 72
        with pytest.raises(InvalidFileError, match="damaged"):
            video[48]


def test_a_folder_of_images_needs_none(tmp_path: Path) -> None:
    write_still(np.zeros((8, 8, 3), dtype=np.uint8), tmp_path / "0.png")
    with pytest.raises(UserError, match="needs no proxy"):
        make_proxy(tmp_path, tmp_path / "proxy.mp4")


def test_a_video_that_changes_meanwhile(tmp_path: Path, clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    path, target = tmp_path / "film.mp4", tmp_path / "proxy.mp4"
    make_clip(path, KINDS[0])
    make = proxy_parts.Parts.make

    def changing(self: proxy_parts.Parts, *rest: object) -> None:
        make(self, *rest)
        path.write_bytes(clip("open.mp4").read_bytes())

    monkeypatch.setattr(proxy_parts.Parts, "make", changing)
    with pytest.raises(UserError, match="changed while its proxy was made"):
        make_proxy(path, target)
    assert not target.exists()
