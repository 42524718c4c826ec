"""How long a frame takes from request to RGB array, beside OpenCV and bare decoding in the same run.

Run with ``make bench`` or ``PYTHONPATH=. python bench/media.py``; it takes some
minutes.  The clips are synthetic: H.264 with B-frames, a moving texture under
camera-like noise that changes with every frame (so that neither coding nor
decoding is trivially easy), and a barcode with the frame's number.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from hrm_core.media import Video, fingerprint, make_proxy, open_video, write_still
from hrm_core.media.decoder import Decoder
from hrm_core.media.extract import extract_frames, picture_room, plan_frames
from hrm_core.media.frame_folder import FrameFolder, frame_name, write_manifest
from hrm_core.media.index_cache import indexed
from hrm_core.progress import CancelToken
from tests.core.media import clips as numbered

PERIOD_S = 0.04
BITS, BLOCK = 12, 32
HD, UHD, SMALL = (1920, 1080), (3840, 2160), (640, 360)
AIMS = "aims: steps p95 <= 16 ms, jump <= 1.15 x bare decoding, memory <= 600 MB"
PREVIEW_AIMS = "aims: preview p95 <= 50 ms from a proxy, <= 20 ms from extracted frames"


def main() -> None:
    """Print a line per measurement."""
    # OpenCV's FFmpeg has much to say about open groups of pictures.
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"
    print(AIMS)
    with tempfile.TemporaryDirectory() as folder:
        clips = made(Path(folder))
        conversion(clips["hd"])
        walks("1080p, key frame every 60", clips["hd"], range(70, 220))
        jumps(clips["hd"])
        walks("1080p, one group of 250", clips["long"], range(60, 240))
        print(f"peak memory of this process, all 1080p walks: {peak_mb():.0f} MB (aim 600)")
        walks("4K, key frame every 60", clips["uhd"], range(10, 60))
        print(f"peak memory of this process, 4K too: {peak_mb():.0f} MB")
        previews(clips["hd"])
        opencv(clips["hd"], clips["vfr"])
        extraction(clips["hd"])
    exactness()


def conversion(path: Path) -> None:
    """The least a request can cost: a frame that is kept, converted to RGB."""
    with open_video(path) as video:
        video[0]
        say("1080p, kept frame to RGB, nothing beside it", [timed(lambda: video[0]) for _ in range(30)])


def walks(title: str, path: Path, frames: range) -> None:
    """Forward and backward at 25 frames/s, with and without decoding ahead."""
    for prefetch in (True, False):
        how = "decoding ahead" if prefetch else "without"
        for direction, asked in (("forward", frames), ("backward", frames[::-1])):
            with open_video(path, prefetch=prefetch) as video:
                video[asked[0]]
                say(f"{title}, {direction}, {how}", walk(video, asked[1:]))


def walk(video: Video, frames: Iterable[int]) -> list[float]:
    """Seconds per request, one request every 40 ms."""
    times = []
    due = time.perf_counter()
    for number in frames:
        due = max(due + PERIOD_S, time.perf_counter())
        time.sleep(max(0.0, due - time.perf_counter()))
        begin = time.perf_counter()
        picture = video[number]
        times.append(time.perf_counter() - begin)
        assert read_number(picture) == number
    return times


def jumps(path: Path) -> None:
    """Random jumps, each beside decoding from its key frame with nothing around it."""
    index = indexed(path, cache_dir=None, progress=None, cancel=None)
    decoder = Decoder(path, index)
    ours: list[float] = []
    bare: list[float] = []
    # Too small a cache to answer a jump from memory, which would flatter us.
    with open_video(path, cache_bytes=16_000_000, prefetch=True) as video:
        for place, number in enumerate(random.Random(3).sample(range(len(index)), 16)):

            def plainly(number: int = number) -> None:
                decoder.start_at(int(index.key_of[number]))
                while (step := decoder.next()) is not None and step[0] != number:
                    pass
                assert step is not None
                assert step[1] is not None
                step[1].to_ndarray(format="rgb24")

            def through(number: int = number) -> None:
                assert read_number(video[number]) == number

            # Whoever comes second finds the file in memory; they take turns.
            for work, times in ((plainly, bare), (through, ours))[:: 1 if place % 2 else -1]:
                times.append(timed(work))
    decoder.close()
    say("1080p, random jump", ours)
    say("1080p, bare decoding from the key frame", bare)
    ratio = statistics.median(one / other for one, other in zip(ours, bare, strict=True))
    print(f"jump / bare decoding: median {ratio:.2f}, of all {sum(ours) / sum(bare):.2f} (aim 1.15)")


def previews(path: Path) -> None:
    """Random jumps that are answered by a coding proxy, and by extracted frames."""
    print(PREVIEW_AIMS)
    proxy, folder = path.with_name("proxy.mp4"), path.with_name("frames")
    seconds = timed(lambda: make_proxy(path, proxy))
    with open_video(path) as video:
        count = len(video)
        asked = random.Random(5).sample(range(count), 60)
        for number in asked:
            write_still(video[number], folder / frame_name(number))
    write_manifest(folder, FrameFolder(count, 30.0, fingerprint(path)))
    size_bytes = proxy.stat().st_size
    print(f"1080p, making a proxy: {count / seconds:.0f} frames/s, {size_bytes / count / 1e3:.0f} kB a frame")
    for what, place in (("proxy", proxy), ("extracted frames", folder)):
        times = []
        with open_video(path, stand_in=[place]) as video:
            video.preview(asked[0])
            for number in asked:
                begin = time.perf_counter()
                picture = video.preview(number)
                times.append(time.perf_counter() - begin)
                assert picture is not None
                assert read_number(picture) == number
        say(f"1080p, random jump, preview from {what}", times)


def opencv(hd: Path, vfr: Path) -> None:
    """The same with cv2.VideoCapture: set the position, read, convert; in order without setting it."""
    file = cv2.VideoCapture(str(hd))

    def step(number: int, *, seek: bool) -> NDArray[np.uint8]:
        if seek:
            file.set(cv2.CAP_PROP_POS_FRAMES, number)
        done, bgr = file.read()
        if not done:
            return np.zeros((2 * BLOCK, SMALL[0], 3), dtype=np.uint8)
        return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)

    step(70, seek=True)
    say("cv2, 1080p, forward", [timed(partial(step, n, seek=False)) for n in range(71, 131)])
    say("cv2, 1080p, backward", [timed(partial(step, n, seek=True)) for n in range(130, 115, -1)])
    some = random.Random(3).sample(range(240), 10)
    say("cv2, 1080p, random jump", [timed(partial(step, n, seek=True)) for n in some])
    file.release()
    asked = random.Random(4).choices(range(240), k=60)
    file = cv2.VideoCapture(str(vfr))
    theirs = sum(read_number(step(number, seek=True)) != number for number in asked)
    file.release()
    with open_video(vfr, prefetch=True) as video:
        ours = sum(read_number(video[number]) != number for number in asked)
    print(f"wrong frames of {len(asked)} jumps, variable frame rate: ours {ours}, cv2 {theirs}")


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def say(what: str, seconds: Sequence[float]) -> None:
    """One line in milliseconds."""
    ms = sorted(1e3 * value for value in seconds)
    p95 = ms[int(0.95 * (len(ms) - 1))]
    print(f"{what}: median {statistics.median(ms):.1f} ms, p95 {p95:.1f}, max {ms[-1]:.1f} (n = {len(ms)})")


def peak_mb() -> float:
    """Most resident memory so far, in MB of 10^6 bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


EXACT_KINDS = ("closed.mp4", "open.mp4", "cut.mp4", "open.ts", "hevc.mp4", "irregular.mp4", "mjpeg.avi")


def exactness() -> None:
    """Wrong frames in order, backwards and on 500 jumps, ours beside cv2.VideoCapture."""
    rng = random.Random(7)
    kinds = {kind.name: kind for kind in numbered.KINDS}
    with tempfile.TemporaryDirectory() as folder:
        for name in EXACT_KINDS:
            path = Path(folder) / name
            if name == "cut.mp4":
                # Cut in the middle of a group of pictures; an edit list hides what comes before.
                source = numbered.make_clip(Path(folder) / "source.mp4", kinds["closed.mp4"])
                numbered.cut_start(source, path, 24, Fraction(30, 30))
                first = 30
            else:
                numbered.make_clip(path, kinds[name])
                first = 0
            frames = numbered.FRAMES - first
            asked = [*range(frames), *reversed(range(frames)), *rng.choices(range(frames), k=500)]
            with open_video(path, cache_bytes=600_000) as video:
                ours = sum(numbered.read_number(video[number]) != number + first for number in asked)
            theirs = sum(
                shown != number + first for number, shown in opencv_shows(path, asked, numbered.read_number)
            )
            print(f"wrong frames of {len(asked)}, {name}: ours {ours}, cv2 {theirs}")


def opencv_shows(
    path: Path, asked: Sequence[int], read: Callable[[NDArray[np.uint8]], int]
) -> Iterable[tuple[int, int]]:
    """Each number asked for and the number on the picture that OpenCV gives; -1 for none."""
    file = cv2.VideoCapture(str(path))
    for number in asked:
        file.set(cv2.CAP_PROP_POS_FRAMES, number)
        done, bgr = file.read()
        yield number, read(np.asarray(bgr[:, :, ::-1], dtype=np.uint8)) if done else -1
    file.release()


def extraction(path: Path) -> None:
    """JPEG files of every frame, beside the ffmpeg command line where it is installed."""
    ffmpeg = shutil.which("ffmpeg")
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as helpers:
        ours: list[float] = []
        theirs: list[float] = []
        for turn in range(3):
            out = Path(folder) / f"ours-{turn}"

            def extract(out: Path = out) -> None:
                with open_video(path, cache_bytes=0) as video:
                    plan = plan_frames(out, FrameFolder(len(video), video.fps, None, 1, 95))
                    extract_frames(
                        video, plan, helpers, room=picture_room(), advance=lambda: None, cancel=CancelToken()
                    )

            ours.append(timed(extract))
            if ffmpeg:
                other = Path(folder) / f"theirs-{turn}"
                other.mkdir()
                command = [ffmpeg, "-v", "error", "-i", str(path), "-q:v", "2", f"{other}/%06d.jpg"]
                theirs.append(timed(lambda command=command: subprocess.run(command, check=True)))
        frames = len(list(out.glob("*.jpg")))
    line = f"1080p, {frames} frames to JPEG, quality 95: {frames / statistics.median(ours):.0f} frames/s"
    if theirs:
        rate = frames / statistics.median(theirs)
        ratio = statistics.median(theirs) / statistics.median(ours)
        line += f"; ffmpeg -q:v 2: {rate:.0f} frames/s, ratio {ratio:.2f} (aim 0.9)"
    print(line if ffmpeg else f"{line}; ffmpeg is not installed, so nothing to compare with")


# ---- the clips ---------------------------------------------------------------------


def made(folder: Path) -> dict[str, Path]:
    """Encode the clips in another process, whose memory is not counted."""
    jobs: dict[str, tuple[Any, ...]] = {
        "hd": (folder / "hd.mp4", HD, 240, 60, False),
        "long": (folder / "long.mp4", HD, 250, 250, False),
        "uhd": (folder / "uhd.mp4", UHD, 64, 60, False),
        "vfr": (folder / "vfr.mp4", SMALL, 240, 60, True),
    }
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.starmap(make_clip, jobs.values())
    for name, (path, _, frames, *_) in jobs.items():
        print(f"clip {name}: {frames} frames, {path.stat().st_size * 8 / (frames / 30) / 1e6:.1f} Mbit/s")
    return {name: job[0] for name, job in jobs.items()}


def make_clip(path: Path, size: tuple[int, int], frames: int, group: int, irregular: bool) -> None:
    """Write an H.264 clip; `irregular` spaces its frames 20 to 60 ms apart."""
    width, height = size
    rng = np.random.default_rng(0)
    coarse = rng.integers(60, 190, (height // 8 + 2, width // 8 + 34))
    texture = cv2.GaussianBlur(np.kron(coarse, np.ones((8, 8))).astype(np.uint8), (0, 0), 1.5)
    noise = np.clip(rng.normal(4, 2.0, (height + 64, width + 64)), 0, 8).astype(np.uint8)
    time_base = Fraction(1, 1000) if irregular else Fraction(1, 30)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=round(1 / time_base))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = time_base
        params = f"keyint={group}:min-keyint={group}:scenecut=0:bframes=3:b-adapt=0"
        stream.options = {"preset": "superfast", "crf": "20", "x264-params": params}
        planes = np.full((height * 3 // 2, width), 128, dtype=np.uint8)
        for number in range(frames):
            down, right = rng.integers(0, 64, 2)
            planes[:height] = texture[:height, number : number + width]
            planes[:height] += noise[down : down + height, right : right + width]
            for bit in range(BITS):
                columns = slice((2 + bit) * BLOCK, (3 + bit) * BLOCK)
                planes[BLOCK : 2 * BLOCK, columns] = 235 if number >> bit & 1 else 16
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts = number * 40 + number * 7919 % 21 if irregular else number
            frame.time_base = time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def read_number(rgb: NDArray[np.uint8]) -> int:
    """The number a picture shows."""
    row = rgb[BLOCK + 8 : 2 * BLOCK - 8, 2 * BLOCK : (2 + BITS) * BLOCK].mean(axis=(0, 2))
    bits = row.reshape(BITS, BLOCK)[:, 8:-8].mean(axis=1) > 128
    return int(np.sum(bits << np.arange(BITS)))


if __name__ == "__main__":
    main()
