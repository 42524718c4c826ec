"""How exact the starter network is on the synthetic demo study, whose children it never saw.

Run with ``PYTHONPATH=. python bench/starter.py``; it takes about a minute.  All frames of the study's clips
are drawn, aligned by their true points and shown to the shipped ONNX file.  A boundary is a frame of a clip
in which an action begins, or is gone for the first time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hrm_core import demo
from hrm_core.demo.expression import ACTION_PLACE
from hrm_core.faces.align import align_by_five_points
from hrm_core.facs import ACTIONS, ALL_ACTIONS, Code
from hrm_core.models.inputs import squeezed
from hrm_core.models.runners import OnnxRunner
from hrm_core.paths import model_cards_dir

PLACES = [ACTION_PLACE[action.key] for action in ACTIONS]
# As the card's network.input says.
CUT, SIZE = (0.0715, 0.143, 0.9285, 1.0), 96
THRESHOLD, MARGIN = 0.5, 0.3
Flags = NDArray[np.bool_]


def clips() -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Aligned, cut pictures of each clip of the study, and its codes of the 33 actions."""
    left, top, right, bottom = (round(share * 224) for share in CUT)
    for child in demo.plan_study(0):
        for first, last in child.clips:
            pictures = []
            for number in range(first, last + 1):
                five = demo.true_face(child, number).five
                assert five is not None
                aligned = align_by_five_points(five).picture(demo.render_frame(child, number))
                pictures.append(squeezed(aligned[top:bottom, left:right], SIZE))
            yield np.stack(pictures), child.truth[first : last + 1, PLACES]


def probabilities(runner: OnnxRunner, pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """What the network says of pictures."""
    taken = ((pictures.transpose(0, 3, 1, 2) / np.float32(255) - 0.5) / 0.25).astype(np.float32)
    logits = np.concatenate([runner.run(taken[row : row + 64]) for row in range(0, len(taken), 64)])
    return 1 / (1 + np.exp(-logits.astype(float)))


def halves(pictures: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The child's left half of each face with its mirror image, and its right half with its own."""
    # The child's left is the viewer's right.
    middle = pictures.shape[2] // 2
    right, left = pictures[:, :, :middle], pictures[:, :, middle:]
    return (
        np.concatenate([left[:, :, ::-1], left], axis=2),
        np.concatenate([right, right[:, :, ::-1]], axis=2),
    )


def boundaries(there: Flags) -> NDArray[np.int8]:
    """1 where an action begins, -1 where it has ended; shape (frames - 1, actions)."""
    return np.diff(there.astype(np.int8), axis=0)


def near(wanted: NDArray[np.int8], found: NDArray[np.int8]) -> Flags:
    """Which wanted boundaries have one of their kind in the same frame or the next to either side."""
    around = np.pad(found, ((1, 1), (0, 0)))
    beside = [around[shift : shift + len(found)] == wanted for shift in range(3)]
    return (wanted != 0) & np.logical_or.reduce(beside)


def main() -> None:
    """Print the figures."""
    truth, said, lefts, rights, marks = [], [], [], [], []
    seconds = 0.0
    with OnnxRunner(model_cards_dir() / "demo_starter" / "weights.onnx", ["CPUExecutionProvider"]) as runner:
        for pictures, codes in clips():
            begin = time.process_time()
            chances = probabilities(runner, pictures)
            seconds += time.process_time() - begin
            left, right = (probabilities(runner, half) for half in halves(pictures))
            wanted, found = boundaries(codes > 0), boundaries(chances >= THRESHOLD)
            truth.append(codes)
            said.append(chances)
            lefts.append(left)
            rights.append(right)
            # What clips do not share ends with each of them.
            exact = (wanted != 0) & (wanted == found)
            marks.append((wanted != 0, exact, near(wanted, found), wanted != found))
    codes, there = np.concatenate(truth), np.concatenate(said) >= THRESHOLD
    report(codes, there, *(np.concatenate(kind) for kind in zip(*marks, strict=True)))
    sides(codes, np.concatenate(lefts), np.concatenate(rights))
    print(f"processor time for a picture: {1000 * seconds / len(codes):.2f} ms")


def report(
    codes: NDArray[np.uint8], there: Flags, wanted: Flags, exact: Flags, close: Flags, wrong: Flags
) -> None:
    """F1 and boundaries, by action and together."""
    present = codes > 0
    hits, shown = (there & present).sum(axis=0), present.sum(axis=0)
    f1 = 2 * hits / np.maximum(there.sum(axis=0) + shown, 1)
    everything = 2 * hits.sum() / (there.sum() + shown.sum())
    print(f"{len(codes)} frames, {len(ACTIONS)} actions: F1 of all decisions together {everything:.3f}")
    print(f"  all actions right in {100 * (there == present).all(axis=1).mean():.1f} % of frames")
    print(
        f"  boundaries: {wanted.sum()}; exact {100 * exact.sum() / wanted.sum():.1f} %, within one frame "
        f"{100 * close.sum() / wanted.sum():.1f} %; missing or too many {wrong.sum()}"
    )
    for place, action in enumerate(ACTIONS):
        print(
            f"  {action.key:5} in {shown[place]:5d} frames  F1 {f1[place]:.3f}  "
            f"exact {exact[:, place].sum():4d}  within one frame {close[:, place].sum():4d}  "
            f"wrong {wrong[:, place].sum():4d}"
        )


def sides(codes: NDArray[np.uint8], left: NDArray[np.float64], right: NDArray[np.float64]) -> None:
    """How often the side is told, of actions that have a left and a right one."""
    sided = [{Code.LEFT, Code.RIGHT} <= ALL_ACTIONS[place].sides for place in PLACES]
    codes, left, right = codes[:, sided], left[:, sided], right[:, sided]
    told = np.where(left - right > MARGIN, Code.LEFT, np.where(right - left > MARGIN, Code.RIGHT, Code.BOTH))
    for code in (Code.BOTH, Code.LEFT, Code.RIGHT):
        here = codes == code
        share = 100 * (told == codes)[here].mean()
        print(f"  code {code.word}: side told rightly in {share:.1f} % of {here.sum()}")


if __name__ == "__main__":
    main()
