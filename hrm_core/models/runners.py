"""Running a network: the same numbers by PyTorch or by ONNX Runtime, and by what they were had."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import UserError
from hrm_core.models.libraries import require_onnxruntime, require_torch
from hrm_core.models.onnx_file import OnnxFacts, facts_of_session, quiet_options, read_failure, require_whole
from hrm_core.models.zoo import network_of

if TYPE_CHECKING:
    import onnxruntime
    from torch import nn

__all__ = ["Device", "OnnxRunner", "Runner", "RunnerError", "TorchRunner", "input_shape"]

Device = Literal["auto", "cpu", "cuda"]
"""Where a network runs; ``auto`` takes the fastest that works."""

# The fastest that gives the same numbers first.
_PROVIDERS: dict[str, dict[str, str]] = {
    # TensorFloat-32 keeps ten bits of a number, too few for the same numbers everywhere.
    "CUDAExecutionProvider": {"use_tf32": "0"},
    # It plans a network anew for minutes, and rounds to TensorFloat-32 where NVIDIA_TF32_OVERRIDE=0 is not
    # set: for where CUDA's own provider does not work.
    "TensorrtExecutionProvider": {"trt_fp16_enable": "0"},
    "DmlExecutionProvider": {},
    "CoreMLExecutionProvider": {},
    "CPUExecutionProvider": {},
}
_CPU = "CPUExecutionProvider"


class RunnerError(UserError, RuntimeError):
    """A network could not be run, or what came out cannot be used."""


class Runner(Protocol):
    """What runs a network."""

    @property
    def ran_on(self) -> str:
        """By what, for a person: ``"ONNX Runtime 1.32.0, CPUExecutionProvider"``."""

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The first output as the network gives it: from [B, ...] to [B, n]."""


class TorchRunner:
    """A network run by PyTorch.

    Parameters
    ----------
    model : torch.nn.Module
        As :func:`hrm_core.models.create_model` makes it; it is put into evaluation mode
        and onto the device.
    device : str
        As PyTorch calls it: ``"cpu"``, ``"cuda"``.
    name : str
        What its weights are called in messages; the network's name if empty.

    Attributes
    ----------
    passed_over : tuple of str
        Always empty: the device was asked for.

    Raises
    ------
    MissingLibraryError
        If PyTorch is not installed.
    RunnerError
        If the device cannot be used.
    ValueError
        If the module is not one of ours.
    """

    passed_over: tuple[str, ...] = ()

    def __init__(self, model: nn.Module, device: str = "cpu", *, name: str = "") -> None:
        require_torch()
        import torch

        self._name = name or network_of(model).name
        self._expected = input_shape(model)
        try:
            self._device = torch.device(device)
            self._model: nn.Module | None = model.to(self._device).eval()
        # Without the device PyTorch raises an AssertionError, with too little memory a RuntimeError.
        except (RuntimeError, AssertionError) as error:
            raise RunnerError(
                f"{self._name} cannot be run on {device} ({_first_line(error)}): run it on the processor."
            ) from error
        self._version = torch.__version__.partition("+")[0]

    @property
    def on_cpu(self) -> bool:
        """Whether the processor runs it."""
        return self._device.type == "cpu"

    @property
    def ran_on(self) -> str:
        """Version and device: ``"PyTorch 2.13.0, cpu"``."""
        return f"PyTorch {self._version}, {self._device}"

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The first output as the network gives it.

        Parameters
        ----------
        batch : ndarray of float32, shape [B, ...]
            Prepared pictures [B, 3, size, size] or sequences [B, frames, actions]; B may
            be any number from 1 on.

        Returns
        -------
        ndarray of float32, shape [B, n]

        Raises
        ------
        ValueError
            If shape or type are others, something is no number, or the runner is closed.
        RunnerError
            If something came out that is no number, or there is too little memory.
        """
        import torch

        _require_input(batch, (None, *self._expected))
        if self._model is None:
            raise ValueError("this runner is closed")
        # TensorFloat-32, PyTorch's choice for convolutions, keeps ten bits of a number.
        precise = torch.backends.cudnn.flags(enabled=torch.backends.cudnn.enabled, allow_tf32=False)
        try:
            with torch.inference_mode(), precise:
                # A copy, because arrays that may only be read make PyTorch warn.
                outputs = self._model(torch.tensor(batch, device=self._device))
                first = outputs[0] if isinstance(outputs, tuple) else outputs
                found: NDArray[np.float32] = first.float().cpu().numpy()
        except (RuntimeError, MemoryError) as error:
            raise _run_failure(self._name, self.ran_on, len(batch), error) from error
        return _finite(found, self._name)

    def close(self) -> None:
        """Let go of the network; it cannot be run by this runner any more."""
        self._model = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class OnnxRunner:
    """A network run by ONNX Runtime.

    Parameters
    ----------
    path : pathlib.Path
        The ONNX file.
    providers : sequence of str, optional
        What may run it, best first, as ONNX Runtime calls them; all that are installed
        if not given.  The first that works is used.
    name : str
        What the weights are called in messages; the file's name if empty.

    Attributes
    ----------
    facts : OnnxFacts
        What the file says of itself.
    provider : str
        What runs it.
    passed_over : tuple of str
        What would have come first and why it was not used, a sentence each.

    Raises
    ------
    MissingLibraryError
        If ONNX Runtime is not installed.
    NotFoundError, InvalidFileError
        If there is no such file, or it is none that can be run.
    RunnerError
        If none of the providers works.
    """

    def __init__(self, path: Path, providers: Sequence[str] | None = None, *, name: str = "") -> None:
        require_onnxruntime()
        require_whole(path)
        self._name = name or path.name
        self._session: onnxruntime.InferenceSession | None
        self._session, self.provider, self.passed_over = _opened(path, self._name, providers)
        self.facts: OnnxFacts = facts_of_session(path, self._session)

    @property
    def on_cpu(self) -> bool:
        """Whether the processor runs it."""
        return self.provider == _CPU

    @property
    def ran_on(self) -> str:
        """Version and provider, ``"ONNX Runtime 1.32.0, CPUExecutionProvider"``, and half precision."""
        import onnxruntime

        half = "float16" in self.facts.metadata.get("hrm_precision", "")
        weights = ", weights in half precision" if half else ""
        return f"ONNX Runtime {onnxruntime.__version__}, {self.provider}{weights}"

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The first output as the network gives it.

        Parameters
        ----------
        batch : ndarray of float32, shape [B, ...]
            Prepared pictures [B, 3, size, size] or sequences [B, frames, actions]; B may
            be any number from 1 on.

        Returns
        -------
        ndarray of float32, shape [B, n]

        Raises
        ------
        ValueError
            If shape or type are others, something is no number, or the runner is closed.
        RunnerError
            If something came out that is no number, or it could not be run.
        """
        _require_input(batch, self.facts.input_shape)
        if self._session is None:
            raise ValueError("this runner is closed")
        try:
            outputs = self._session.run([self.facts.output_name], {self.facts.input_name: batch})
        # What ONNX Runtime raises are direct children of Exception.
        except Exception as error:
            raise _run_failure(self._name, self.ran_on, len(batch), error) from error
        found: NDArray[np.float32] = np.asarray(outputs[0], dtype=np.float32)
        return _finite(found, self._name)

    def close(self) -> None:
        """Let go of the network, whose memory can be used anew; this runner runs no more."""
        self._session = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def input_shape(model: nn.Module) -> tuple[int, ...]:
    """What a network takes, without the batch: (3, size, size) or (frames, actions).

    Raises
    ------
    ValueError
        If :func:`hrm_core.models.create_model` did not make it.
    """
    entry = network_of(model)
    if entry.takes == "sequences":
        return (entry.input_size, int(model.num_actions))  # type: ignore[arg-type]
    size = getattr(model, "input_size", entry.input_size)
    return (3, int(size), int(size))


def _opened(
    path: Path, name: str, providers: Sequence[str] | None
) -> tuple[onnxruntime.InferenceSession, str, tuple[str, ...]]:
    """A session, what runs it, and what was passed over."""
    import onnxruntime

    installed = onnxruntime.get_available_providers()
    wanted = [each for each in _PROVIDERS if each in installed] if providers is None else list(providers)
    passed_over: list[str] = []
    for provider in wanted:
        if provider not in installed:
            passed_over.append(f"{provider} is not part of the installed ONNX Runtime.")
            continue
        # What another provider has no code for, the processor does; it is always there.
        beside: list[Any] = [] if provider == _CPU else [_CPU]
        chosen: list[Any] = [(provider, _PROVIDERS.get(provider, {})), *beside]
        try:
            # Its own falling back is said on the terminal only, and may happen in mid-run.
            session = onnxruntime.InferenceSession(
                str(path), _options(provider), providers=chosen, enable_fallback=0
            )
        # What ONNX Runtime raises are direct children of Exception.
        except Exception as error:
            if provider == _CPU:
                raise read_failure(path, error) from error
            passed_over.append(f"{provider} could not be used: {_first_line(error)}")
            continue
        # It goes over to the processor by itself where the driver of a card is missing.
        if session.get_providers()[0] == provider:
            return session, provider, tuple(passed_over)
        passed_over.append(f"{provider} could not be started: its libraries or its device are missing.")
    raise RunnerError(f"{name} cannot be run. {' '.join(passed_over)} Run it on the processor.")


def _options(provider: str) -> onnxruntime.SessionOptions:
    options = quiet_options()
    # DirectML cannot plan its memory beforehand: https://onnxruntime.ai/docs/execution-providers
    options.enable_mem_pattern = provider != "DmlExecutionProvider"
    return options


def _require_input(batch: NDArray[np.float32], expected: tuple[int | None, ...]) -> None:
    """Refuse what a network does not take; None is any number from 1 on."""
    if batch.dtype != np.float32:
        raise ValueError(f"a network takes an array of float32, not {batch.dtype}")
    fits = batch.ndim == len(expected) and all(
        found >= 1 if wanted is None else found == wanted
        for found, wanted in zip(batch.shape, expected, strict=False)
    )
    if not fits:
        words = ", ".join("any" if each is None else str(each) for each in expected)
        raise ValueError(f"this network takes [{words}], not {list(batch.shape)}")
    # Some of ONNX Runtime's operators turn what is no number into one that looks like any other.
    if not np.isfinite(batch).all():
        raise ValueError("a network takes numbers, and some of these are none or infinite")


def _finite(found: NDArray[np.float32], name: str) -> NDArray[np.float32]:
    if not np.isfinite(found).all():
        raise RunnerError(
            f"{name} gives something that is no number: its weights are damaged, or were never trained; "
            "add them again with hrm models add."
        )
    return found


def _run_failure(name: str, ran_on: str, pictures: int, error: BaseException) -> RunnerError:
    return RunnerError(
        f"{name} could not be run by {ran_on} on {pictures} at once ({_first_line(error)}): take fewer at "
        "once, or close other programs."
    )


def _first_line(error: BaseException) -> str:
    """The first line of a library's message, short enough for a sentence."""
    line = " ".join((str(error).splitlines() or [type(error).__name__])[0].split())
    return line if len(line) <= 200 else f"{line[:200]}…"
