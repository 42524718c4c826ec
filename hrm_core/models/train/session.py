"""The devices that train together: one here, or several started by ``torchrun``."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import torch
import torch.distributed
from lightning.fabric import Fabric
from torch import Tensor, nn

from hrm_core.errors import UserError
from hrm_core.models.train.recipe import Precision

if TYPE_CHECKING:
    from torch.optim import Optimizer

__all__ = ["Device", "Session"]

Device = Literal["auto", "cpu", "cuda"]

T = TypeVar("T")


class Session:
    """Devices, precision of the arithmetic, and what the processes tell one another.

    Parameters
    ----------
    device : {"auto", "cpu", "cuda"}
        Where networks run; auto takes a graphics card if there is one.
    precision : Precision
        What is wanted.
    insist : bool
        Refuse where the device does not have that precision, instead of taking ``"32-true"``.
    devices, nodes : int or None
        How many there are to be; None takes what ``torchrun`` started, or one.

    Attributes
    ----------
    rank, ranks : int
        Which process this is of how many.
    precision : Precision
        What is used.
    device : torch.device
        Of this process.

    Raises
    ------
    UserError
        If there is no such device or precision, or other processes are needed than there are.
    """

    def __init__(
        self,
        device: Device = "auto",
        precision: Precision = "32-true",
        *,
        insist: bool = False,
        devices: int | None = None,
        nodes: int | None = None,
    ) -> None:
        started, on = _started(devices, nodes)
        # What Lightning tells of itself is nothing to the person who trains.
        for name in ("lightning.fabric", "lightning.pytorch"):
            logging.getLogger(name).setLevel(logging.WARNING)
        kind = _kind(device)
        self.precision: Precision = _possible(kind, precision, insist=insist)
        self._fabric = Fabric(
            accelerator=kind,
            devices=started,
            num_nodes=on,
            strategy="ddp" if started * on > 1 else "auto",
            precision=self.precision,
        )
        self._fabric.launch()
        self.rank, self.ranks = self._fabric.global_rank, self._fabric.world_size
        self.device = self._fabric.device

    @property
    def leads(self) -> bool:
        """Whether this process writes and speaks for all."""
        return self.rank == 0

    @property
    def words(self) -> str:
        """What runs the networks, for a person."""
        name = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else "CPU"
        return f"{name}, {self.precision}" if self.ranks == 1 else f"{self.ranks} x {name}, {self.precision}"

    def set_up(self, model: nn.Module, optimiser: Optimizer) -> tuple[Any, Any]:
        """The same, such that gradients are averaged over all devices."""
        return self._fabric.setup(model, optimiser)

    def quietly(self, model: Any, *, more: bool) -> Any:
        """A block in which gradients are only gathered, not averaged, while there are more to come."""
        return self._fabric.no_backward_sync(model, enabled=more)

    def backward(self, loss: Tensor) -> None:
        """Gradients of a loss."""
        self._fabric.backward(loss)

    def clip(self, model: Any, optimiser: Any, norm: float) -> None:
        """Shorten the gradient to `norm`."""
        self._fabric.clip_gradients(model, optimiser, max_norm=norm, error_if_nonfinite=False)

    def scaler_state(self) -> dict[str, Any]:
        """What half precision keeps from step to step; empty in other precisions."""
        return dict(self._fabric.strategy.precision.state_dict())

    def set_scaler_state(self, state: dict[str, Any]) -> None:
        """Go on with what :meth:`scaler_state` said."""
        if state:
            self._fabric.strategy.precision.load_state_dict(state)

    def summed(self, values: Tensor) -> Tensor:
        """Sums over all processes."""
        if self.ranks > 1:
            torch.distributed.all_reduce(values)
        return values

    def gathered(self, values: Tensor) -> Tensor:
        """Rows [n, ...] of all processes, [ranks, n, ...]."""
        if self.ranks == 1:
            return values[None]
        parts = [torch.empty_like(values) for _ in range(self.ranks)]
        torch.distributed.all_gather(parts, values)
        return torch.stack(parts)

    def same_buffers(self, model: nn.Module) -> None:
        """Give all processes the running means of the first, before they look at different pictures."""
        if self.ranks > 1:
            for buffer in model.buffers():
                torch.distributed.broadcast(buffer, 0)

    def told(self, value: T) -> T:
        """What the first process has there."""
        return self._fabric.broadcast(value)

    def wait(self) -> None:
        """Until all processes are here."""
        self._fabric.barrier()


def _started(devices: int | None, nodes: int | None) -> tuple[int, int]:
    """Processes on this machine, and machines; the same as asked for."""
    local = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    machines = int(os.environ.get("WORLD_SIZE", "1")) // local
    if (devices or local, nodes or machines) != (local, machines):
        on = f"--nnodes {nodes} " if nodes else ""
        raise UserError(
            f"Several devices need a process each, and {local * machines} was started here: start them with "
            f"torchrun {on}--nproc-per-node {devices or 1} -m hrm_core.cli.main …"
        )
    return local, machines


def _kind(device: Device) -> Literal["cpu", "cuda"]:
    there = torch.cuda.is_available()
    if device == "cuda" and not there:
        raise UserError("There is no graphics card that PyTorch can use: choose --device cpu.")
    return "cuda" if there and device != "cpu" else "cpu"


def _possible(kind: str, precision: Precision, *, insist: bool) -> Precision:
    has = {
        "32-true": True,
        "bf16-mixed": _has_bf16(kind),
        "16-mixed": kind == "cuda",
    }
    if has[precision]:
        return precision
    # A processor emulates what it does not have, slowly.
    if insist and (kind, precision) == ("cpu", "bf16-mixed"):
        return precision
    if insist:
        raise UserError(f"{kind} does not compute in {precision}: choose --precision 32-true.")
    return "32-true"


def _has_bf16(kind: str) -> bool:
    if kind == "cuda":
        return torch.cuda.is_bf16_supported()
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
