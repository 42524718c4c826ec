"""Faces per second: a bare detector loop beside the whole of ``hrm extract faces``, in one run.

Run with ``PYTHONPATH=. python bench/faces.py [YUNET.onnx [VIDEO]]``.  The bare loop decodes a frame,
hands it to ``cv2.FaceDetectorYN`` and does nothing else; the other also follows, aligns, cuts out, writes
two JPEG files a frame and the feature file.  Both see the same frames in the same size.  The recordings
beside the checkout are used where they are, else a drawn (synthetic) face is.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2

from hrm_core.demo.film import write_video
from hrm_core.demo.study import plan_study
from hrm_core.media import open_video
from hrm_core.progress import CancelToken, NoProgress
from hrm_core.workflows.add_participant import add_participant
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.extract_faces import extract_faces
from hrm_core.workflows.face_detector import open_detector
from hrm_core.workflows.project import FEATURES, create_project

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
AIM = "aim: hrm extract faces >= 0.85 x the bare loop"
TURNS = 5


def main() -> None:
    """Print a line per measurement."""
    weights = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED / "models" / "yunet_n_dynamic.onnx"
    if not weights.is_file():
        sys.exit("There is no YuNet file: name one on the command line.")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    print(AIM)
    with tempfile.TemporaryDirectory() as folder:
        for film in films(Path(folder)):
            compare(film, weights, Path(folder))


def films(folder: Path) -> list[Path]:
    """What is looked at."""
    if len(sys.argv) > 2:
        return [Path(sys.argv[2])]
    real = [SHARED / "data" / name for name in ("WolfgangLanger_Pexels.mp4", "face_noface.mov")]
    if all(film.is_file() for film in real):
        return real
    film = folder / "synthetic.mp4"
    write_video(plan_study()[0], film, NoProgress(), CancelToken())
    return [film]


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    wall_s: float
    cpu_s: float


def compare(film: Path, weights: Path, folder: Path) -> None:
    """Both in turns, because other work on the machine slows whoever runs then."""
    with open_video(film) as video:
        frames = len(video)
    bares: list[Cost] = []
    ours: list[Cost] = []
    for turn in range(TURNS):
        bares.append(timed(lambda: bare(film, weights)))
        ours.append(whole(film, weights, folder / f"{film.stem}-{turn}"))
    for what, costs in (("bare loop", bares), ("hrm extract faces", ours)):
        rate = frames / statistics.median(cost.wall_s for cost in costs)
        cpu = 1e3 * statistics.median(cost.cpu_s for cost in costs) / frames
        print(f"{film.name}, {frames} frames, {what}: {rate:.1f} frames/s, {cpu:.1f} ms of processor a frame")
    ratios = [one.wall_s / other.wall_s for one, other in zip(bares, ours, strict=True)]
    turns = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"{film.name}: ratio {statistics.median(ratios):.2f} (of the turns: {turns})")


def timed(work: Callable[[], object]) -> Cost:
    """What one call takes, by the clock and by the processor, all threads together."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def bare(film: Path, weights: Path) -> None:
    """Decode and detect one after the other, as a short script would."""
    net = cv2.FaceDetectorYN.create(str(weights), "", (320, 320), 0.6)
    with open_video(film, cache_bytes=0) as video:
        width, height = video.size
        # Larger pictures are made as small as our detector makes them.
        scale = min(1.0, 960 / max(width, height))
        size = (round(width * scale), round(height * scale))
        net.setInputSize(size)
        for rgb in video:
            bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
            net.detect(bgr if scale == 1 else cv2.resize(bgr, size, interpolation=cv2.INTER_AREA))


def whole(film: Path, weights: Path, folder: Path) -> Cost:
    """What ``hrm extract faces`` does, from the open study to the written files."""
    with create_project(folder) as project:
        add_participant(project, "1", group="ASD")
        add_video(project, "1", film, note_frames=False)
        cost = timed(lambda: extract_faces(project, open_detector(pack=weights)))
        who, recording = next(project.recordings())
        assert project.face_path(FEATURES, who, recording).is_file()
    return cost


if __name__ == "__main__":
    main()
