"""What a run was computed with: program, libraries, machine.  No user, no host, no folder."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from hrm_core import __version__
from hrm_core.models.measure import this_computer

__all__ = ["environment"]

_LIBRARIES = ("kornia", "lightning", "numpy", "onnxruntime", "opencv-python", "pandas", "torch")
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")


def environment(device: str) -> dict[str, Any]:
    """What a run writes to its ``environment.json``.

    Parameters
    ----------
    device : str
        Where its networks run, as PyTorch calls it: ``"cpu"``, ``"cuda:0"``, ``"mps"``.

    Returns
    -------
    dict
        Program and Python by version, platform and processor, cores that this program may
        use, threads of PyTorch, versions of libraries (null where one is missing), and the
        name and memory of a graphics card.
    """
    computer = this_computer()
    return {
        "hrm_annotator": __version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.release()}",
        "processor": computer.processor,
        "cores": computer.cores,
        "thread_settings": {name: os.environ[name] for name in _THREADS if name in os.environ},
        "libraries": {name: _version(name) for name in _LIBRARIES},
        "device": device,
        **_of_torch(device),
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _of_torch(device: str) -> dict[str, Any]:
    try:
        import torch
    except ImportError:
        return {}
    facts: dict[str, Any] = {"threads": torch.get_num_threads()}
    if device.startswith("cuda") and torch.cuda.is_available():
        card = torch.cuda.get_device_properties(torch.device(device))
        facts["card"] = {
            "name": card.name,
            "memory_gib": round(card.total_memory / 2**30, 1),
            "cuda": torch.version.cuda,
            "cudnn": torch.backends.cudnn.version(),  # type: ignore[no-untyped-call]
        }
    return facts
