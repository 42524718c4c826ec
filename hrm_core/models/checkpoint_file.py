"""Opening a file of weights without running what may lie in it, and finding the weights in it."""

from __future__ import annotations

import re
import threading
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from hrm_core.errors import InvalidFileError, NotFoundError, UserError
from hrm_core.models.libraries import require_torch
from hrm_core.progress import CancelToken, NoProgress, Progress

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["CheckpointFile", "open_checkpoint", "shown"]

# What programs call the weights when they keep other things beside them.
_WRAPPERS = ("model", "state_dict", "model_state_dict")
# What PyTorch puts before each key when several devices train, or when a network is compiled.
_PREFIXES = ("module.", "_orig_mod.")
_DEEPEST = 4
_LONGEST_SHOWN = 80

_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"
_GLOBAL = re.compile(r"GLOBAL ([\w.<>]+)")
_CHUNK_BYTES = 1 << 20

# PyTorch's list of what may be named in a file is one for the whole process.
_LISTED = threading.Lock()


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """Weights as they lie in a file.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    weights : dict of str to torch.Tensor
        By key, less what several devices or a compiler put before it; on the CPU, of any
        type, and not looked at yet: where possible they are still on the disk.
    wrapping : str
        How they lay in the file, for a person: ``"model, with prefix module."``.
    """

    path: Path
    weights: dict[str, Tensor]
    wrapping: str


class _Unread:
    """Stands for a value beside the weights that nobody will look at.

    A file names what its values are made by.  For the few names below this is made
    instead: neither NumPy nor argparse ever sees what the file would give them.
    """

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, _: object) -> None:
        pass


# What published files hold beside weights.  Each is harmless because it is not what it is
# called: see _Unread.
_STAND_INS: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [
    # The options of a training script, beside the weights of the transformers.
    (_Unread, "argparse.Namespace"),
    # A best F1 or loss that NumPy computed; version 1 and 2 call it differently.
    (_Unread, "numpy.core.multiarray.scalar"),
    (_Unread, "numpy._core.multiarray.scalar"),
    (_Unread, "numpy.dtype"),
]


def open_checkpoint(
    path: Path | str, *, progress: Progress | None = None, cancel: CancelToken | None = None
) -> CheckpointFile:
    """Open a file of weights; code in it does not run.

    Accepted are a bare ``state_dict``, and one below ``model``, ``state_dict`` or
    ``model_state_dict``, also one in another, with or without ``module.`` before each key.

    Parameters
    ----------
    path : pathlib.Path or str
        The file.
    progress : Progress, optional
        Told of bytes while the file is checked for damage.
    cancel : CancelToken, optional
        Asked between chunks.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it cannot be read, is damaged, holds more than weights and plain values, or
        no weights.
    MissingLibraryError
        If PyTorch is not installed.
    Cancelled
        If stopped.
    """
    require_torch()
    path = Path(path)
    with _reading(path):
        if path.exists() and not (path.is_file() or path.is_dir()):
            # A pipe or a device may never end.
            raise InvalidFileError(f"{path} is no ordinary file: choose the file of weights.")
        zipped = _is_archive(path)
        if zipped:
            _check_archive(path, progress or NoProgress(), cancel or CancelToken())
        held = _load(path, mapped=zipped)
    weights, wrapping = _unwrapped(path, held)
    return CheckpointFile(path, *_without_prefix(path, weights, wrapping))


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except UserError:
        # Told already; the one that tells of a stop is an OSError, too.
        raise
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no file {path}: check its name.") from error
    except OSError as error:
        if path.is_dir():
            raise InvalidFileError(f"{path} is a folder: name the file of weights in it.") from error
        raise InvalidFileError(
            f"{path} cannot be read ({error.strerror or error}): allow reading it, or copy it again."
        ) from error


def _is_archive(path: Path) -> bool:
    """Whether it is the zip archive that PyTorch writes since 2020, rather than a bare pickle."""
    with path.open("rb") as file:
        start = file.read(len(_ZIP))
    if not start:
        raise InvalidFileError(f"{path} is empty (0 bytes): download or copy it again.")
    if start == _ZIP:
        return True
    if start[:1] != _PICKLE:
        raise InvalidFileError(
            f"{path} is no file that PyTorch saved: choose the file of weights (.pth or .pt), or download "
            "it again if it should be one."
        )
    return False


def _check_archive(path: Path, progress: Progress, cancel: CancelToken) -> None:
    """Refuse an archive that is cut off or damaged: PyTorch would take wrong numbers as they are."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if not any(each.filename.rpartition("/")[2] == "data.pkl" for each in entries):
                raise InvalidFileError(
                    f"{path} is a zip archive but holds no weights as PyTorch saves them: choose the file "
                    "of weights (.pth or .pt)."
                )
            if any(each.compress_type != zipfile.ZIP_STORED for each in entries):
                raise InvalidFileError(
                    f"{path} was packed anew by another program: choose the file as PyTorch saved it."
                )
            # PyTorch can be told to save without checksums and then writes zeros.
            summed = [each for each in entries if each.CRC]
            progress.start(f"Checking {path.name}", sum(each.file_size for each in summed))
            try:
                for each in summed:
                    with archive.open(each) as stream:
                        while chunk := stream.read(_CHUNK_BYTES):
                            cancel.raise_if_cancelled()
                            progress.advance(len(chunk))
            finally:
                progress.finish()
    except (zipfile.BadZipFile, EOFError, ValueError, RuntimeError) as error:
        if isinstance(error, InvalidFileError):
            raise
        raise _damaged(path) from error


def _load(path: Path, *, mapped: bool) -> Any:
    import torch

    with _LISTED, warnings.catch_warnings():
        # Of an unusual pickle it warns before it refuses it.
        warnings.simplefilter("ignore")
        with torch.serialization.safe_globals(_STAND_INS):
            try:
                return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
            except OSError:  # For the caller, who tells of it.
                raise
            # A damaged pickle can make the reader raise anything.
            except Exception as error:
                _refuse(path, error)


def _refuse(path: Path, error: Exception) -> NoReturn:
    text = str(error)
    named = _GLOBAL.search(text)
    if named:
        raise InvalidFileError(
            f"{path} holds more than weights ({named[1]}), which could run a program hidden in it, so it was "
            "not opened: ask its authors for a file with the weights alone (a state_dict)."
        ) from error
    if "TorchScript" in text:
        raise InvalidFileError(
            f"{path} is a TorchScript program, which is not opened: ask its authors for a file with the "
            "weights alone (a state_dict)."
        ) from error
    if "reduce for unrecognized" in text or "Can only" in text:
        raise InvalidFileError(
            f"{path} holds more than weights, which could run a program hidden in it, so it was not opened: "
            "ask its authors for a file with the weights alone (a state_dict)."
        ) from error
    raise _damaged(path) from error


def _damaged(path: Path) -> InvalidFileError:
    return InvalidFileError(f"{path} is damaged or cut off: download or copy it again.")


def _unwrapped(path: Path, held: Any) -> tuple[dict[str, Tensor], str]:
    """The weights in what a file holds, and the names they lay under."""
    from torch import Tensor

    names: list[str] = []
    while isinstance(held, Mapping) and len(names) <= _DEEPEST:
        inside = [name for name in _WRAPPERS if isinstance(held.get(name), Mapping)]
        if len(inside) > 1:
            inside = [name for name in inside if _may_hold_weights(held[name])] or inside
        if len(inside) > 1:
            raise InvalidFileError(
                f"{path} holds weights twice, under {' and '.join(inside)}: save the ones that are meant "
                "to a file of their own."
            )
        if not inside:
            return _state(path, held, Tensor), " > ".join(names) or "bare"
        names += inside
        held = held[inside[0]]
    raise InvalidFileError(
        f"{path} holds no weights but {_described(held)}: choose a file with a state_dict of the network."
    )


def _may_hold_weights(held: Mapping[Any, Any]) -> bool:
    """Whether it does not hold settings alone, which scripts call ``model``, too."""
    from torch import Tensor

    return any(isinstance(each, Tensor | Mapping) for each in held.values())


def _state(path: Path, held: Mapping[Any, Any], tensor: type[Tensor]) -> dict[str, Tensor]:
    strange = [key for key, value in held.items() if not (isinstance(key, str) and isinstance(value, tensor))]
    if len(strange) == len(held):
        raise InvalidFileError(
            f"{path} holds no weights but {_described(held)}: choose a file with a state_dict of the network."
        )
    if strange:
        raise InvalidFileError(
            f"{path}: {shown(repr(strange[0]))} lies among the weights and is none, but "
            f"{_described(held[strange[0]])}: ask for a file with the weights alone (a state_dict)."
        )
    return {key: value.detach() for key, value in held.items()}


def _described(held: Any) -> str:
    """What a file holds instead of weights."""
    if not isinstance(held, Mapping):
        return f"a value of type {type(held).__name__}"
    if not held:
        return "an empty list"
    names = [shown(str(key)) for key in list(held)[:4]]
    return f"entries called {', '.join(names)}" + (", …" if len(held) > len(names) else "")


def shown(key: str) -> str:
    """A name from a file as messages say it: what is written there could steer a terminal."""
    plain = key if key.isprintable() else ascii(key)[1:-1]
    return plain if len(plain) <= _LONGEST_SHOWN else f"{plain[:_LONGEST_SHOWN]}…"


def _without_prefix(path: Path, weights: dict[str, Tensor], wrapping: str) -> tuple[dict[str, Tensor], str]:
    """Take off what stands before the keys; only there: further in it is part of a name."""
    found = ""
    while prefix := next((each for each in _PREFIXES if any(key.startswith(each) for key in weights)), ""):
        bare = {key.removeprefix(prefix): value for key, value in weights.items()}
        if len(bare) < len(weights):
            raise InvalidFileError(
                f"{path} holds some weights twice, with and without the prefix {prefix}: save the ones that "
                "are meant to a file of their own."
            )
        weights, found = bare, found + prefix
    return weights, f"{wrapping}, with prefix {found}" if found else wrapping
