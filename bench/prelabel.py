"""Frames per second of suggestions: a 1080p film through the engine beside the bare network, in one run.

Run with ``PYTHONPATH=. python bench/prelabel.py [--yunet YUNET.onnx] [--rounds N] [NETWORK …]``, or with
``--two-hours`` for memory.  The film is synthetic: drawn faces of the demo, pasted into 1920 × 1080 pixels of
noise, H.264.  All take turns on one network with synthetic weights, because other work on the computer slows
whoever runs then:

- *bare*: ONNX Runtime on batches that lie in memory, prepared, of the size that the engine takes;
- *engine, faces known*: decode, align, prepare, run, put together, as ``hrm prelabel`` does where faces were
  looked for before;
- *engine, one pass*: the same with YuNet on every frame.  YuNet looks, and the true face is taken, because
  it learned from photographs and may miss a drawing; without its weights this line is left out;
- *plain loop*: PyTorch in batches of eight over JPEG crops that lie in a folder, opened, resized and
  normalised one after the other, as the published script does.

Ratios are of one turn and their median is shown, by the clock and by processor time; the latter counts
threads of ONNX Runtime that wait for work.  On two cores there is no third that could decode: the engine
cannot come closer to the bare network than the network's share of all the work.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from hrm_core import media
from hrm_core.demo import FPS, plan_study, render_frame, true_face
from hrm_core.faces.detector import Detector
from hrm_core.models.card import NetworkFacts
from hrm_core.models.inputs import prepared
from hrm_core.models.runners import OnnxRunner
from hrm_core.records.face import Face, FrameFaces
from hrm_core.workflows.face_detector import open_detector
from hrm_core.workflows.look_at_models import model_card
from hrm_core.workflows.prelabel import PRELABEL_BATCH
from hrm_core.workflows.prelabel_pictures import child_places, predict_faces, predict_video

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
NETWORKS = ("resnet50", "mae_face")
SIDE, WIDTH, HEIGHT = 480, 1920, 1080
SCRIPT_BATCH = 8
BARE_AIM, SCRIPT_AIM = 0.9, 1.5
MINUTES, LOOP_S, SMALL = 120, 10, (320, 180)


def main() -> None:
    """Print a table for each network, or the memory that two hours take."""
    parser = argparse.ArgumentParser(description="hrm prelabel beside the bare network and a plain loop.")
    parser.add_argument("networks", nargs="*", metavar="NETWORK")
    parser.add_argument("--yunet", type=Path, default=SHARED / "models" / "yunet_n_dynamic.onnx")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--frames", type=int, default=64)
    parser.add_argument("--two-hours", action="store_true", help="peak memory over two hours of film")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if asked.two_hours:
            two_hours(Path(folder))
            return
        film, faces = draw_film(Path(folder) / "film.mp4", asked.frames, (WIDTH, HEIGHT), SIDE)
        yunet = open_detector(pack=asked.yunet) if asked.yunet.is_file() else None
        print(
            f"synthetic film, {asked.frames} frames of {WIDTH} × {HEIGHT}, H.264; batches of {PRELABEL_BATCH}"
        )
        for name in asked.networks or NETWORKS:
            compare(name, film, faces, yunet, Path(folder), asked.rounds)
        print(f"peak memory of this process, PyTorch included: {peak_mb():.0f} MB")


# ---- the film --------------------------------------------------------------------------


def draw_film(path: Path, frames: int, size: tuple[int, int], side: int) -> tuple[Path, list[Face]]:
    """Drawn faces that wander over noise, and where they truly are."""
    child = plan_study()[0]
    rng = np.random.default_rng(7)
    coarse = rng.integers(40, 120, (size[1] // 40, size[0] // 40, 3), dtype=np.uint8)
    ground = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    faces = []
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=int(FPS))
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.options = {"preset": "veryfast", "crf": "23"}
        for number in range(frames):
            left = (size[0] - side) // 2 + round(side / 4 * np.sin(number / 20))
            top = (size[1] - side) // 2
            picture = ground.copy()
            drawn = cv2.resize(render_frame(child, number), (side, side), interpolation=cv2.INTER_AREA)
            picture[top : top + side, left : left + side] = drawn
            faces.append(moved(true_face(child, number), side / 640, (left, top)))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path, faces


def moved(face: Face, scale: float, by: tuple[int, int]) -> Face:
    """A face of the drawing where it is in the film."""
    assert face.five is not None
    return Face(face.box * scale + (*by, *by), face.score, face.five * scale + by)


class Looks:
    """YuNet looks at every picture, and the true face is the answer; without YuNet nobody looks."""

    name = "yunet, answers given"
    weights: dict[str, str] = {}  # noqa: RUF012
    settings: dict[str, str] = {}  # noqa: RUF012

    def __init__(self, faces: list[Face], detector: Detector | None = None) -> None:
        self._faces, self._detector = faces, detector
        self.at_once = 1 if detector is None else detector.at_once
        self.found = 0

    def detect(self, rgb: NDArray[np.uint8], frame: int = 0) -> list[Face]:
        """Look, then tell the truth."""
        if self._detector is not None:
            self.found += bool(self._detector.detect(rgb, frame))
        return [self._faces[frame % len(self._faces)]]


# ---- speed -----------------------------------------------------------------------------


def compare(
    name: str, film: Path, faces: list[Face], yunet: Detector | None, folder: Path, rounds: int
) -> None:
    """All ways to run one network, in turns."""
    import torch

    from hrm_core.models import create_model
    from hrm_core.models.onnx_export import export_onnx
    from tests.support.filled_network import fill, golden

    torch.set_num_threads(os.cpu_count() or 1)
    facts = model_card(name).network
    assert facts is not None
    model = create_model(name).eval()
    fill(model, golden(name)["fill"]["g"])
    file = folder / f"{name}.onnx"
    export_onnx(model, file, metadata={"hrm_activation": facts.activation})
    runner = OnnxRunner(file)
    known = [FrameFaces(n, n / FPS, (face,)) for n, face in enumerate(faces)]
    places = child_places(known, (WIDTH, HEIGHT))
    crops = write_crops(film, places, folder / "crops")
    pictures = [prepared(media.read_still(crop), facts.input) for crop in crops]
    batches = [np.stack(pictures[at : at + PRELABEL_BATCH]) for at in range(0, len(pictures), PRELABEL_BATCH)]
    looks = Looks(faces, yunet)

    def stored() -> None:
        with media.open_video(film, cache_dir=folder, cache_bytes=0) as video:
            for _ in predict_faces(
                video, places, range(len(faces)), facts, runner, batch_size=PRELABEL_BATCH
            ):
                pass

    def one_pass() -> None:
        with media.open_video(film, cache_dir=folder, cache_bytes=0) as video:
            for _ in predict_video(video, looks, facts, runner, batch_size=PRELABEL_BATCH):
                pass

    calls: dict[str, Callable[[], object]] = {
        "bare": lambda: [runner.run(batch) for batch in batches],
        "engine, faces known": stored,
        "plain loop": partial(script, crops, model, facts),
    }
    if yunet is not None:
        calls["engine, one pass"] = one_pass
    taken = in_turns(calls, rounds)
    print(
        f"\n{name}, run by {runner.ran_on}; the plain loop by PyTorch {torch.__version__}; {rounds} turns",
        flush=True,
    )
    for what, turns in taken.items():
        print_line(what, turns, taken["bare"], taken["plain loop"], len(faces))
    print(f"  aims for the engine: >= {BARE_AIM} × bare, >= {SCRIPT_AIM} × the plain loop")
    if yunet is not None:
        print(f"  YuNet saw a face in {looks.found / (rounds + 1) / len(faces):.0%} of the frames")
    runner.close()
    file.unlink()


def write_crops(film: Path, places: Any, folder: Path) -> list[Path]:
    """The same faces as JPEG files of 224 pixels, for the plain loop."""
    with media.open_video(film, cache_bytes=0) as video:
        for number, place in places.items():
            media.write_still(place.whole.picture(video[number]), folder / f"{number:06d}.jpg", quality=95)
    return sorted(folder.glob("*.jpg"))


def script(crops: list[Path], model: Any, facts: NetworkFacts) -> None:
    """The plain loop: a picture after the other, batches of eight, 0 and 1."""
    import torch
    from PIL import Image

    size = (facts.input.size, facts.input.size)
    mean, std = (torch.tensor(each).reshape(3, 1, 1) for each in (facts.input.mean, facts.input.std))
    for start in range(0, len(crops), SCRIPT_BATCH):
        batch = []
        for path in crops[start : start + SCRIPT_BATCH]:
            picture = Image.open(path).convert("RGB").resize(size, Image.Resampling.BILINEAR)
            numbers = torch.from_numpy(np.array(picture)).permute(2, 0, 1).contiguous().float().div(255)
            batch.append(numbers.sub_(mean).div_(std))
        with torch.no_grad():
            outputs = model(torch.stack(batch))
        first = outputs[0] if isinstance(outputs, tuple) else outputs
        _ = first.sigmoid() >= 0.5


Took = tuple[float, float]


def in_turns(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[Took]]:
    """Clock and processor time of every call once in each turn, after one to warm up."""
    taken: dict[str, list[Took]] = {what: [] for what in calls}
    for turn in range(rounds + 1):
        for what, call in calls.items():
            clock, work = time.perf_counter(), time.process_time()
            call()
            if turn:
                taken[what].append((time.perf_counter() - clock, time.process_time() - work))
    return taken


def print_line(what: str, turns: list[Took], bare: list[Took], plain: list[Took], frames: int) -> None:
    """One way to run a network, and how many times as fast as the two it is set beside."""
    clock = statistics.median(each[0] for each in turns)
    work = statistics.median(each[1] for each in turns)
    cells = []
    for beside, other in (("bare", bare), ("plain loop", plain)):
        by_clock, by_work = (
            statistics.median(one[kind] / own[kind] for one, own in zip(other, turns, strict=True))
            for kind in (0, 1)
        )
        cells.append(f"{by_clock:5.2f} × {beside} (processor {by_work:.2f})")
    print(f"  {what:20} {frames / clock:6.2f} frames/s, {1e3 * work / frames:5.0f} ms; {', '.join(cells)}")


# ---- memory ----------------------------------------------------------------------------


def two_hours(folder: Path) -> None:
    """Peak memory while two hours of film go through the engine, with a network of twelve numbers.

    Frames are small here, so that it ends: those of 1080p that are held at a time take 50 MB more.  Ten
    seconds of film are written once and their packets repeated, with later times each: the file is as
    long as a real one, and so is its index.
    """
    from tests.support.tiny_network import tiny_facts, tiny_onnx

    short, faces = draw_film(folder / "short.mp4", int(LOOP_S * FPS), SMALL, 150)
    film = repeated(short, folder / "long.mp4", MINUTES * 60 // LOOP_S)
    runner = OnnxRunner(tiny_onnx(folder / "tiny.onnx"))
    peaks = [(0, peak_mb())]
    with media.open_video(film, cache_dir=folder, cache_bytes=0) as video:
        print(f"synthetic film of {len(video)} frames, {video.times[-1] / 60:.0f} minutes, {SMALL} pixels")
        peaks.append((0, peak_mb()))
        done = 0
        for block in predict_video(video, Looks(faces), tiny_facts(), runner, batch_size=PRELABEL_BATCH):
            done += len(block.looked_at)
            minutes = round(done / FPS / 60)
            if minutes // 10 > peaks[-1][0] // 10 or done == len(video):
                peaks.append((minutes, peak_mb()))
                print(f"  after {minutes:3} minutes of film: {peaks[-1][1]:.0f} MB at most", flush=True)
    print(f"before the film was opened {peaks[0][1]:.0f} MB, with its index {peaks[1][1]:.0f} MB")


def repeated(source: Path, target: Path, times: int) -> Path:
    """A film whose packets come again and again, at later times."""
    with av.open(str(source)) as read, av.open(str(target), "w") as written:
        stream = read.streams.video[0]
        packets = [packet for packet in read.demux(stream) if packet.pts is not None]
        contents = [(bytes(packet), packet.pts, packet.dts, packet.is_keyframe) for packet in packets]
        length = max(pts for _, pts, _, _ in contents) + packets[0].duration
        out = written.add_stream_from_template(stream)
        for turn in range(times):
            for content, pts, dts, is_key in contents:
                packet = av.Packet(content)
                packet.pts, packet.dts = pts + turn * length, dts + turn * length
                packet.time_base, packet.stream, packet.is_keyframe = stream.time_base, out, is_key
                written.mux(packet)
    return target


def peak_mb() -> float:
    """The most memory that this process ever held, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


if __name__ == "__main__":
    main()
