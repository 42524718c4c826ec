"""The libraries that run networks, asked for only where one is run."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from hrm_core.errors import UserError

__all__ = [
    "MissingLibraryError",
    "has_onnxruntime",
    "has_pillow",
    "has_torch",
    "require_onnxruntime",
    "require_pillow",
    "require_torch",
    "require_training",
]


class MissingLibraryError(UserError, ImportError):
    """A library of an extra is not installed."""


def has_torch() -> bool:
    """Whether PyTorch is installed; it is not imported."""
    return find_spec("torch") is not None


def has_onnxruntime() -> bool:
    """Whether ONNX Runtime is installed; it is not imported."""
    return find_spec("onnxruntime") is not None


def has_pillow() -> bool:
    """Whether Pillow is installed; it is not imported."""
    return find_spec("PIL") is not None


def require_torch() -> None:
    """See to it that networks can be made.

    Raises
    ------
    MissingLibraryError
        If PyTorch is not installed, or cannot be loaded.
    """
    if not has_torch():
        raise MissingLibraryError(
            "Networks are made by PyTorch, which is not installed: pip install 'hrm-annotator[train]'."
        )
    try:
        import_module("torch")
    # A library may be there and lack a part of its own: a DLL on Windows, say.
    except (ImportError, OSError) as error:
        raise MissingLibraryError(
            f"PyTorch is installed but cannot be loaded ({error}): install it anew with pip."
        ) from error


def require_onnxruntime() -> None:
    """See to it that ONNX files can be run.

    Raises
    ------
    MissingLibraryError
        If ONNX Runtime is not installed, or cannot be loaded.
    """
    if not has_onnxruntime():
        raise MissingLibraryError(
            "ONNX files are run by ONNX Runtime, which is not installed: "
            "pip install 'hrm-annotator[predict]'."
        )
    try:
        import_module("onnxruntime")
    # A library may be there and lack a part of its own: a DLL on Windows, say.
    except (ImportError, OSError) as error:
        raise MissingLibraryError(
            f"ONNX Runtime is installed but cannot be loaded ({error}): install it anew with pip."
        ) from error


def require_pillow() -> None:
    """See to it that pictures can be brought to a network's size.

    Raises
    ------
    MissingLibraryError
        If Pillow is not installed.
    """
    if not has_pillow():
        raise MissingLibraryError(
            "Pictures are brought to a network's size by Pillow, which is not installed: "
            "pip install 'hrm-annotator[predict]'."
        )


def require_training() -> None:
    """See to it that networks can be trained.

    Raises
    ------
    MissingLibraryError
        If PyTorch, Lightning, kornia or TensorBoard is not installed, or PyTorch cannot be loaded.
    """
    require_torch()
    for library in ("lightning", "kornia", "tensorboard"):
        if find_spec(library) is None:
            raise MissingLibraryError(
                f"Training needs {library}, which is not installed: pip install 'hrm-annotator[train]'."
            )
