"""A process that suggests codes with the synthetic network and tells its frames, so that a test can kill it.

``python -m tests.support.prelabel_process STUDY NETWORK.onnx``
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from hrm_core.workflows import prelabel as work
from hrm_core.workflows.prelabel_report import PrelabelReport
from hrm_core.workflows.project import open_project
from tests.support.drawn_faces import DiscDetector
from tests.support.tiny_network import TINY, tiny_weights

__all__ = ["prelabel_here", "registered_as"]

_PAUSE_S = 0.002


class _Told:
    """Prints what is done at once, and takes its time."""

    def start(self, title: str, total: int | None) -> None:
        print(f"begun {title}", flush=True)

    def advance(self, units: int = 1) -> None:
        time.sleep(_PAUSE_S * units)
        print("frames", flush=True)

    def finish(self) -> None:
        pass


@contextmanager
def registered_as(onnx_file: Path, name: str = TINY) -> Iterator[None]:
    """The synthetic network is the one that is registered, and discs are the faces there are."""
    weights = tiny_weights(onnx_file)
    weights = replace(weights, card=replace(weights.card, name=name))
    with (
        patch.object(work, "model_card", lambda name: weights.card),
        patch.object(work, "registered_weights", lambda store, card: weights),
        patch.object(work, "open_detector", DiscDetector),
    ):
        yield


def prelabel_here(study: Path, onnx_file: Path) -> PrelabelReport:
    """All recordings of a study, in this process, by the network that the file is called."""
    with registered_as(onnx_file, onnx_file.stem), open_project(study) as project:
        options = work.PrelabelOptions(batch_size=4)
        return work.prelabel(project, onnx_file.stem, options=options, progress=_Told())


if __name__ == "__main__":
    for video in prelabel_here(Path(sys.argv[1]), Path(sys.argv[2])).videos:
        print(f"done {video.frames} {video.problem}", flush=True)
