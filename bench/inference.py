"""Networks per second: a plain PyTorch loop beside ours by PyTorch and by ONNX Runtime, in one run.

Run with ``PYTHONPATH=. python bench/inference.py [--quick] [NETWORK …]``.  The plain loop does what the
published script does: open a picture, resize, to numbers, normalise, batches of eight, network, sigmoid,
0.5.  Its networks are written the plain way: attention as softmax(qk)v, and each pair of actions of
me_graphau_edge token by token, where ours computes the mean first.  All three see the same synthetic
pictures on disk and the same synthetic weights, and take turns, because other work on the computer slows
whoever runs then; ratios are of one turn, and their median is shown.  Processor time counts all threads,
also those of ONNX Runtime that wait.

A ratio cannot exceed what the processor can multiply: the matrix products of the plain loop's own size are
timed in every turn, and the share of that ceiling says how much is left to win without leaving operations
out.  Where there is a graphics card, pictures a second in bfloat16 and their share of its ceiling follow.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MethodType
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from hrm_core.models import create_model
from hrm_core.models.card import NetworkFacts
from hrm_core.models.infer import predict
from hrm_core.models.measure import flops, multiply_adds, this_computer
from hrm_core.models.nets.graph_au import EdgeExtractor
from hrm_core.models.nets.vit import Attention, VisionTransformer
from hrm_core.models.onnx_export import export_onnx
from hrm_core.models.runners import OnnxRunner, Runner, TorchRunner
from hrm_core.workflows.look_at_models import model_card
from tests.support.filled_network import fill, golden

BATCH = 8
PICTURES, ROUNDS = 16, 5
LARGE = {"emofan", "me_graphau_edge", "fmae", "fmae_iat"}
"""Those that take seconds for a batch: eight pictures and three turns."""
NETWORKS = ("resnet50", "emofan", "me_graphau", "me_graphau_edge", "mae_face", "fmae", "fmae_iat")
QUICK = ("resnet50", "mae_face")
TORCH_AIM, ONNX_AIM = 0.95, 1.2
MATMUL = (1576, 768, 3072)
"""Eight pictures of 197 tokens, in the widest layer of ViT-B."""
GPU_BATCHES = (8, 64, 256)


def main() -> None:
    """Print a table for each network, then one of all."""
    parser = argparse.ArgumentParser(description="Inference beside a plain PyTorch loop.")
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=f"of {', '.join(NETWORKS)}")
    parser.add_argument("--quick", action="store_true", help="two networks and three turns")
    asked = parser.parse_args()
    if strange := set(asked.networks) - set(NETWORKS):
        parser.error(f"no such network: {', '.join(strange)}")
    computer = this_computer()
    torch.set_num_threads(computer.cores)
    print(
        f"{computer.processor}, {computer.cores} cores; PyTorch {torch.__version__}, {BATCH} pictures at once"
    )
    print(
        "synthetic pictures (JPEG, 240 × 240) and synthetic weights; × is of the plain loop in the same turn"
    )
    print(f"aims: ours by PyTorch >= {TORCH_AIM} ×, by ONNX Runtime >= {ONNX_AIM} ×")
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.networks or (QUICK if asked.quick else NETWORKS):
            results.append(compare(name, Path(folder), quick=asked.quick))
    print_summary(results)
    report_gpu()


class Took(NamedTuple):
    """Seconds of one call, by the clock and of the processor."""

    clock: float
    work: float


@dataclass(frozen=True)
class Result:
    """Ratios of one network to the plain loop, medians over turns."""

    name: str
    torch: float
    onnx: float
    share: float


def compare(name: str, folder: Path, *, quick: bool) -> Result:
    """All ways to run one network, in turns."""
    pictures = BATCH if name in LARGE else PICTURES
    rounds = 3 if quick or name in LARGE else ROUNDS
    paths = draw_pictures(folder, pictures)
    card = model_card(name)
    assert card.network is not None
    facts = card.network
    ours, plain = networks(name)
    export_onnx(ours, folder / f"{name}.onnx", metadata={"hrm_activation": facts.activation})
    by_torch, by_onnx = TorchRunner(ours), OnnxRunner(folder / f"{name}.onnx", ["CPUExecutionProvider"])
    batch = np.stack([script_input(path, facts).numpy() for path in paths[:BATCH]])
    ceiling = Ceiling()
    calls: dict[str, Callable[[], object]] = {
        "whole, plain": partial(script, paths, plain, facts),
        "whole, ours by PyTorch": partial(whole, paths, facts, by_torch),
        "whole, ours by ONNX Runtime": partial(whole, paths, facts, by_onnx),
        "alone, plain": partial(alone, plain, torch.from_numpy(batch)),
        "alone, ours by PyTorch": partial(by_torch.run, batch),
        "alone, ours by ONNX Runtime": partial(by_onnx.run, batch),
        "ceiling": ceiling,
    }
    require_same(paths, plain, facts, (by_torch, by_onnx))
    taken = in_turns(calls, rounds)
    print(f"\n{name}: {pictures} pictures, {rounds} turns")
    for what, turns in taken.items():
        if what != "ceiling":
            print_line(what, turns, taken[what.split(",")[0] + ", plain"], pictures, facts)
    operations = flops(multiply_adds(plain)) * BATCH
    share = operations / min(each.clock for each in taken["alone, plain"]) / ceiling.best
    print(f"  matrix products reach {ceiling.best / 1e9:.0f} GFLOP/s; the plain network {share:.0%} of that")
    by_onnx.close()
    (folder / f"{name}.onnx").unlink()
    medians = [
        statistics.median(ratios(taken["whole, plain"], taken[f"whole, ours by {engine}"]))
        for engine in ("PyTorch", "ONNX Runtime")
    ]
    return Result(name, *medians, share)


def networks(name: str) -> tuple[nn.Module, nn.Module]:
    """Ours and the plain one, on the same synthetic weights."""
    ours = create_model(name).eval()
    fill(ours, golden(name)["fill"]["g"])
    plain = create_model(name).eval()
    plain.load_state_dict(ours.state_dict(), assign=True)
    for module in plain.modules():
        # As a module's own attribute a function goes before that of its class.
        if isinstance(module, Attention):
            module.forward = MethodType(plain_attention, module)  # type: ignore[method-assign]
        elif isinstance(module, VisionTransformer):
            module.features = MethodType(plain_features, module)  # type: ignore[method-assign]
        elif isinstance(module, EdgeExtractor):
            module.forward = MethodType(plain_edges, module)  # type: ignore[method-assign]
    return ours, plain


def plain_attention(self: Attention, x: Tensor) -> Tensor:
    """Attention as the sources of the published networks write it."""
    batch, tokens, width = x.shape
    qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads)
    query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
    weights = (query @ key.transpose(-2, -1) * (width // self.heads) ** -0.5).softmax(-1)
    return self.proj((weights @ value).transpose(1, 2).reshape(batch, tokens, width))


def plain_features(self: VisionTransformer, images: Tensor) -> Tensor:
    """All blocks on all tokens, then the mean of the patches or the class token."""
    patches = self.patch_embed(images)
    tokens = torch.cat((self.cls_token.expand(len(patches), -1, -1), patches), 1) + self.pos_embed
    tokens = self.blocks(tokens)
    return self.norm(tokens)[:, 0] if self.fc_norm is None else self.fc_norm(tokens[:, 1:].mean(1))


def plain_edges(self: EdgeExtractor, actions: Tensor, tokens: Tensor) -> Tensor:
    """Features of pairs token by token, as the source writes it."""
    return self._per_token(self.FAM(actions, tokens.unsqueeze(1)))


def draw_pictures(folder: Path, count: int) -> list[Path]:
    """Synthetic pictures: smooth noise, a little larger than most networks take."""
    rng = np.random.default_rng(20)
    paths = [folder / f"{number:05d}.jpg" for number in range(count)]
    for path in paths:
        coarse = Image.fromarray(rng.integers(0, 256, (15, 15, 3), dtype=np.uint8))
        coarse.resize((240, 240), Image.Resampling.BICUBIC).save(path, quality=95)
    return paths


def script_input(path: Path, facts: NetworkFacts) -> Tensor:
    """A picture as torchvision's Resize, ToTensor and Normalize make it."""
    size = (facts.input.size, facts.input.size)
    picture = Image.open(path).convert("RGB").resize(size, Image.Resampling.BILINEAR)
    numbers = torch.from_numpy(np.array(picture)).permute(2, 0, 1).contiguous().float().div(255)
    mean, std = (torch.tensor(each).reshape(3, 1, 1) for each in (facts.input.mean, facts.input.std))
    return numbers.sub_(mean).div_(std)


def script(paths: list[Path], model: nn.Module, facts: NetworkFacts) -> list[Tensor]:
    """The plain loop; what it says of each batch."""
    said = []
    for start in range(0, len(paths), BATCH):
        batch = torch.stack([script_input(path, facts) for path in paths[start : start + BATCH]])
        outputs = alone(model, batch)
        probabilities = outputs.sigmoid() if facts.activation == "sigmoid" else outputs
        said.append(probabilities >= 0.5)
    return said


def alone(model: nn.Module, batch: Tensor) -> Tensor:
    """A network without anything around it."""
    with torch.no_grad():
        outputs = model(batch)
    return outputs[0] if isinstance(outputs, tuple) else outputs


def whole(paths: list[Path], facts: NetworkFacts, runner: Runner) -> NDArray[np.float32]:
    """Ours, from the files on."""
    return predict([partial(read, path) for path in paths], facts, runner, batch_size=BATCH)


def read(path: Path) -> NDArray[np.uint8]:
    """A picture, read as the plain loop reads it."""
    return np.asarray(Image.open(path).convert("RGB"))


def require_same(
    paths: list[Path], plain: nn.Module, facts: NetworkFacts, runners: tuple[Runner, ...]
) -> None:
    """What is compared must say the same."""
    batch = torch.stack([script_input(path, facts) for path in paths[:BATCH]])
    outputs = alone(plain, batch)
    wanted = (outputs.sigmoid() if facts.activation == "sigmoid" else outputs).numpy()
    for runner in runners:
        apart = float(np.abs(whole(paths[:BATCH], facts, runner) - wanted).max())
        assert apart <= 1e-4, f"{runner.ran_on} differs by {apart:.1e}"


class Ceiling:
    """The most that this processor was seen to multiply, in floating-point operations a second."""

    def __init__(self) -> None:
        rows, inner, columns = MATMUL
        self._left, self._right = torch.randn(rows, inner), torch.randn(inner, columns)
        self.best = 0.0

    def __call__(self) -> None:
        """Try again; the fastest counts, for a ceiling is not what others left over."""
        for _ in range(10):
            start = time.perf_counter()
            _ = self._left @ self._right
            self.best = max(self.best, 2 * float(np.prod(MATMUL)) / (time.perf_counter() - start))


def in_turns(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[Took]]:
    """Time every call once in each turn, after one to warm up."""
    taken: dict[str, list[Took]] = {what: [] for what in calls}
    for turn in range(rounds + 1):
        for what, call in calls.items():
            clock, work = time.perf_counter(), time.process_time()
            call()
            if turn:
                taken[what].append(Took(time.perf_counter() - clock, time.process_time() - work))
    return taken


def ratios(plain: list[Took], ours: list[Took]) -> list[float]:
    """How many times as fast, turn by turn."""
    return [one.clock / other.clock for one, other in zip(plain, ours, strict=True)]


def print_line(what: str, turns: list[Took], plain: list[Took], pictures: int, facts: NetworkFacts) -> None:
    """One way to run a network."""
    count = pictures if what.startswith("whole") else BATCH
    clock = statistics.median(each.clock for each in turns)
    work = statistics.median(one.work / other.work for one, other in zip(plain, turns, strict=True))
    found = ratios(plain, turns)
    print(
        f"  {what:28} {count / clock:7.2f} pictures/s  {statistics.median(found):5.2f} × "
        f"({min(found):.2f} to {max(found):.2f}; by processor time {work:.2f})"
    )


def print_summary(results: list[Result]) -> None:
    """What was aimed at, and what was reached."""
    print(f"\n{'network':16} {'PyTorch':>16} {'ONNX Runtime':>16} {'plain, of the ceiling':>22}")
    for each in results:
        cells = [
            f"{found:.2f} × {'met' if found >= aim else 'NOT met'}"
            for found, aim in ((each.torch, TORCH_AIM), (each.onnx, ONNX_AIM))
        ]
        print(f"{each.name:16} {cells[0]:>16} {cells[1]:>16} {each.share:>22.0%}")


def report_gpu() -> None:
    """Print pictures a second in bfloat16, and their share of the card's measured ceiling."""
    if not torch.cuda.is_available():
        print("\nno GPU here: not measured")
        return
    print(f"\n{torch.cuda.get_device_name()}, bfloat16; noise that lies on the card, PyTorch alone")
    for line in on_card("cuda", ("mae_face", "fmae"), GPU_BATCHES, side=8192):
        print(line)


def on_card(device: str, names: tuple[str, ...], batches: tuple[int, ...], side: int) -> Iterator[str]:
    """A line for the ceiling, and one for each network and batch."""
    square = torch.randn(side, side, device=device, dtype=torch.bfloat16)
    ceiling = 2 * side**3 / seconds(lambda: square @ square, device)
    yield f"  matrix product of {side}: {ceiling / 1e12:.1f} TFLOP/s, the ceiling"
    for name in names:
        with torch.device("meta"):
            operations = flops(multiply_adds(create_model(name)))
        model = create_model(name).eval().to(device, torch.bfloat16)
        for size in batches:
            images = torch.randn(size, 3, 224, 224, device=device, dtype=torch.bfloat16)
            rate = size / seconds(partial(alone, model, images), device)
            share = operations * rate / ceiling
            yield f"  {name}, {size} at once: {rate:.0f} pictures/s, {share:.0%} of the ceiling"


def seconds(call: Callable[[], object], device: str, rounds: int = 10) -> float:
    """Median time of a call on a card, which is waited for."""
    taken = []
    for turn in range(rounds + 3):
        start = time.perf_counter()
        call()
        if device == "cuda":
            torch.cuda.synchronize()
        if turn >= 3:
            taken.append(time.perf_counter() - start)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
