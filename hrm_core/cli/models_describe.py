"""``hrm models describe``: all that is known of one model, and how fast it runs here."""

from __future__ import annotations

from typing import Annotated

import typer

from hrm_core.cli.models import NameArgument, models
from hrm_core.cli.options import JsonOption
from hrm_core.cli.output import counted, done, note, print_folded, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.workflows import describe_model as describing
from hrm_core.workflows.describe_model import Cost, Measured, ModelDescription

__all__: list[str] = []

_WAYS = {"onnx": "ONNX", "half": "ONNX, half precision", "torch": "checkpoint"}


@models.command("describe")
def _describe(
    name: NameArgument,
    no_speed: Annotated[
        bool, typer.Option("--no-speed", help="Do not measure how fast it runs here.")
    ] = False,
    batch_size: Annotated[
        int, typer.Option("--batch-size", min=1, help="Measure its speed with 1 and with this many at once.")
    ] = 8,
    json: JsonOption = False,
) -> None:
    """Say all that is known of a model: its card, its size and operations, its weights, its speed here."""
    sizes = (1,) if batch_size == 1 else (1, batch_size)
    with terminal_progress() as progress:
        found = describing.describe_model(name, batch_sizes=sizes, speed=not no_speed, progress=progress)
    if json:
        print_json(found)
        return
    _tell_card(found)
    _tell_actions(found)
    _tell_published(found)
    if found.cost is not None:
        _tell_cost(found, found.cost)
    _tell_weights(found)
    _tell_speed(found)
    for sentence in found.advice:
        note(sentence)


def _tell_card(found: ModelDescription) -> None:
    card, network = found.card, found.card.network
    commercial = "allowed" if card.licence.commercial_use else "not allowed"
    done(f"{card.name}: {card.what} ({card.kind})")
    rows = [("source", card.source)] if card.source else []
    rows += _lineage(found)
    if network is not None:
        rows.append(("network", network.architecture))
    address = f" ({card.licence.url})" if card.licence.url else ""
    rows.append(("licence", f"{card.licence.name}{address}; commercial use is {commercial}"))
    rows += [("", line) for line in card.licence.summary]
    if card.citation:
        rows.append(("cite", card.citation))
    if network is not None:
        rows.append(("learned from", network.population))
        rows += [("limits" if not place else "", line) for place, line in enumerate(network.limits)]
        rows += [("input", _input(found)), ("output", _output(found))]
    print_folded(("", ""), rows, headed=False)


def _lineage(found: ModelDescription) -> list[tuple[str, str]]:
    """Where a network comes from that was trained on this computer."""
    card, lineage = found.card, found.card.lineage
    if lineage is None:
        return []
    began = lineage.began_from or ("weights in a file" if lineage.began_from_sha256 else "random weights")
    figures = ", ".join(f"{name} {value:.3f}" for name, value in lineage.held_out.items())
    return [
        ("version", f"{card.version} of {card.family}"),
        (
            "trained",
            f"{lineage.trained_at} in run {lineage.run} of {lineage.study}, preset {lineage.preset}, from "
            f"{began}",
        ),
        (
            "held out",
            f"{figures or 'no figure'} (means over {counted(lineage.folds, 'fold')} of participants; this "
            f"network learned from all {lineage.participants})",
        ),
    ]


def _input(found: ModelDescription) -> str:
    network = found.card.network
    assert network is not None
    spec = network.input
    if network.role == "regressor":
        return f"{spec.size} frames in a row, {len(network.actions)} actions each, 0 or 1"
    part = "" if spec.cut is None else f", of each the part {_numbers(spec.cut)} (left, top, right, bottom)"
    first = ""
    if spec.first_size is not None:
        then = "of which the middle is taken" if spec.middle else "then resized"
        first = f"; first {spec.first_size} × {spec.first_size}, {then}"
    levels = f"less the mean {_numbers(spec.mean)}, divided by {_numbers(spec.std)}"
    if spec.normalised_by == "picture":
        levels = "less each picture's own mean, divided by its own deviation"
    return (
        f"RGB pictures of aligned faces{part}, {spec.size} × {spec.size} pixels (others are squeezed to "
        f"that: {spec.resize}{first}), divided by 255, {levels}"
    )


def _numbers(values: tuple[float, ...]) -> str:
    return "(" + ", ".join(map(str, values)) + ")"


def _output(found: ModelDescription) -> str:
    network = found.card.network
    assert network is not None
    if network.role == "backbone":
        return "nothing of actions: it is what training begins from"
    if network.role == "regressor":
        return "a score"
    through = ", by the sigmoid of its output" if network.activation == "sigmoid" else ", its output as it is"
    return f"probabilities of {len(network.actions)} actions{through}"


def _tell_actions(found: ModelDescription) -> None:
    if not found.actions:
        return
    detector = any(each.threshold is not None for each in found.actions)
    figures = any(each.published_f1 is not None for each in found.actions)
    headers = ["place", "action", "name"]
    headers += ["there from"] * detector + ["published F1 (%)"] * figures
    rows = [
        [place, each.key, each.name] + [each.threshold] * detector + [each.published_f1] * figures
        for place, each in enumerate(found.actions)
    ]
    done("")
    print_folded(headers, rows, "Order of its " + ("outputs" if detector else "inputs"))


def _tell_published(found: ModelDescription) -> None:
    network = found.card.network
    if network is None or network.published is None:
        return
    published = network.published
    figures = [("F1", published.f1), ("accuracy", published.accuracy)]
    done("")
    done("What its authors report; nobody measured it here")
    done(", ".join(f"{name} {value:.2f} %" for name, value in figures if value is not None) or "No mean.")
    done(f"Source: {published.source}")
    for caveat in published.caveats:
        done(f"Caveat: {caveat}")


def _tell_cost(found: ModelDescription, cost: Cost) -> None:
    network = found.card.network
    assert network is not None
    unit = "sequence" if network.role == "regressor" else "picture"
    done("")
    done(
        f"{cost.parameters:,} parameters: {_megabytes(cost.float32_bytes)} in float32, "
        f"{_megabytes(cost.float16_bytes)} in float16"
    )
    done(
        f"{_giga(cost.flops)} FLOPs for one {unit} (2 × {_giga(cost.multiply_adds)} multiplications with "
        "addition; convolutions and matrix products)"
    )


def _tell_weights(found: ModelDescription) -> None:
    done("")
    if not found.files:
        done(f"Weights on this computer: {'damaged' if found.problem else 'none'}")
        return
    done("Weights on this computer")
    for file in found.files:
        done(f"{file.form}: {file.name}, {_megabytes(file.size_bytes)}, SHA-256 {file.sha256}")


def _tell_speed(found: ModelDescription) -> None:
    if not found.measured:
        return
    network = found.card.network
    assert network is not None
    unit = "sequences" if network.role == "regressor" else "pictures"
    done("")
    done(f"Speed here: {found.processor}, {found.cores} cores; the network alone, without reading pictures")
    for each in found.measured:
        done(f"{_WAYS[each.by]}: {each.problem}" if each.problem else _measured(each, unit))
    if any(each.loading_bytes is not None for each in found.measured):
        done("Memory is the most that a process of its own held, Python and libraries included.")


def _measured(measured: Measured, unit: str) -> str:
    rates = ", ".join(f"{each.per_second:.3g} by {each.batch_size}" for each in measured.speeds)
    return f"{measured.ran_on} ({_WAYS[measured.by]}): {unit} a second {rates}; {_memory(measured)}"


def _memory(measured: Measured) -> str:
    loading, running = measured.loading_bytes, measured.running_bytes
    if loading is None or running is None:
        return "memory not measured"
    return f"memory {_megabytes(loading)} while loading, {_megabytes(running)} while running"


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB"


def _giga(count: int) -> str:
    return f"{count / 1e9:.2f} G" if count >= 1e8 else f"{count / 1e6:.2f} M"
