"""The starter network that ships: its files, what it says of unseen faces, and that it can be made anew."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from hrm_core import demo
from hrm_core.demo.expression import Expression
from hrm_core.faces.align import align_by_five_points
from hrm_core.facs import ACTIONS
from hrm_core.models.checkpoint import load_network
from hrm_core.models.inputs import squeezed
from hrm_core.models.runners import OnnxRunner
from hrm_core.models.weights import sha256_of
from tools import starter_faces, train_starter
from tools.starter_faces import PLACES, SIZE, draw_aligned, draw_faces

CARD = tomllib.loads((train_starter.CARD / "card.toml").read_text(encoding="utf-8"))
LEAST_F1 = 0.9
LEFT, TOP, RIGHT, BOTTOM = (round(share * 224) for share in CARD["network"]["input"]["cut"])


def as_the_study_cuts(child: demo.DemoParticipant, number: int) -> NDArray[np.uint8]:
    """What of a frame of the study the network is shown, by the way on which all faces are aligned."""
    five = demo.true_face(child, number).five
    assert five is not None
    return align_by_five_points(five).picture(demo.render_frame(child, number))[TOP:BOTTOM, LEFT:RIGHT]


def frames_of_the_study(every: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Frames of the clips of the demo study as the network takes them, and which actions are there."""
    pictures, truth = [], []
    for child in demo.plan_study(0):
        for first, last in child.clips:
            for number in range(first, last + 1, every):
                pictures.append(squeezed(as_the_study_cuts(child, number), SIZE))
                truth.append(child.truth[number, PLACES] > 0)
    return as_taken(np.stack(pictures)), np.stack(truth)


def as_taken(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    return ((pictures.transpose(0, 3, 1, 2) / np.float32(255) - 0.5) / 0.25).astype(np.float32)


def said_by(model: nn.Module, taken: NDArray[np.float32]) -> NDArray[np.float64]:
    with torch.inference_mode():
        return torch.sigmoid(model(torch.from_numpy(taken))).numpy().astype(np.float64)


def f1(said: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """Of all decisions together."""
    there = said >= 0.5
    return float(2 * (there & truth).sum() / (there.sum() + truth.sum()))


@pytest.fixture(scope="module")
def shipped() -> nn.Module:
    return load_network("starter", train_starter.CARD / "checkpoint.pth", len(ACTIONS))[0].eval()


def test_the_files_are_those_of_the_card_and_small() -> None:
    entries: list[dict[str, Any]] = CARD["shipped"]
    assert [entry["name"] for entry in entries] == list(train_starter.FILES)
    for entry in entries:
        path = train_starter.CARD / entry["name"]
        assert (path.stat().st_size, sha256_of(path)) == (entry["size_bytes"], entry["sha256"])
    assert sum(entry["size_bytes"] for entry in entries) <= 2_000_000
    assert CARD["network"]["actions"] == [action.key for action in ACTIONS]
    assert CARD["network"]["synthetic"]


def test_a_face_drawn_as_it_is_seen_is_that_of_the_aligned_frame() -> None:
    child = demo.plan_study(0, 300)[2]
    for number in (60, 150):
        wanted = as_the_study_cuts(child, number).astype(float)
        found = draw_aligned(child.identity, Expression(child.intensities[number]), number / 30).astype(float)
        apart = np.abs(found - wanted)[8:-8, 8:-8].mean()
        assert apart < 3
        # Half a pixel beside its place it would be further off.
        for shift, axis in ((1, 0), (-1, 0), (1, 1), (-1, 1)):
            beside = 0.5 * (found + np.roll(found, shift, axis))
            assert np.abs(beside - wanted)[8:-8, 8:-8].mean() > apart


def test_the_same_faces_whoever_draws_them(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = draw_faces(20, 5, range(9000, 9001), 1)
    # Shared among processes in pieces of another size.
    monkeypatch.setattr(starter_faces, "_CHUNK", 3)
    together = draw_faces(20, 5, range(9000, 9001), 2)
    assert np.array_equal(alone.pictures, together.pictures)
    assert np.array_equal(alone.strengths, together.strengths)
    assert len({picture.tobytes() for picture in alone.pictures}) == 20


def test_it_finds_the_actions_of_children_it_never_saw(shipped: nn.Module) -> None:
    taken, truth = frames_of_the_study(every=40)
    said = said_by(shipped, taken)
    assert f1(said, truth) > LEAST_F1
    with OnnxRunner(train_starter.CARD / "weights.onnx", ["CPUExecutionProvider"], name="starter") as runner:
        assert runner.facts.metadata["hrm_architecture"] == "starter"
        assert runner.facts.metadata["hrm_actions"] == ",".join(CARD["network"]["actions"])
        assert runner.facts.metadata["hrm_weights_sha256"] == CARD["shipped"][1]["sha256"]
        logits = np.concatenate([runner.run(taken[:5]), runner.run(taken[5:])])
    assert np.abs(1 / (1 + np.exp(-logits.astype(float))) - said).max() < 1e-5


@pytest.mark.slow
def test_it_is_made_anew_from_its_seed(tmp_path: Path, shipped: nn.Module) -> None:
    """Other processors round otherwise, and training grows the difference: files need not be the same."""
    train_starter.main([str(tmp_path)])
    again = load_network("starter", tmp_path / "checkpoint.pth", len(ACTIONS))[0].eval()
    held_out = draw_faces(200, 7, range(8000, 8002))
    taken, truth = as_taken(held_out.pictures), held_out.strengths.max(axis=2) >= demo.PRESENT_FROM
    before, now = said_by(shipped, taken), said_by(again, taken)
    assert np.abs(now - before).mean() < 0.01
    assert abs(f1(now, truth) - f1(before, truth)) < 0.01
