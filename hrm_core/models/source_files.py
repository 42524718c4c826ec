"""Taking weights out of what a person has: a file, a zip archive or a folder."""

from __future__ import annotations

import hashlib
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from hrm_core.errors import InvalidFileError, NotFoundError, UserError
from hrm_core.models.card import WeightFile
from hrm_core.models.weights import megabytes, require_room, total_bytes
from hrm_core.progress import CancelToken, NoProgress, Progress

__all__ = ["take_all", "take_file", "take_listed"]

_CHUNK_BYTES = 1 << 20
# How InsightFace's packs call their models that recognise people or guess age and sex.
_NEVER_KEPT = re.compile(r"(w600k|glintr|arcface|webface|ms1m|casia|genderage)", re.IGNORECASE)

# What reading a damaged, encrypted or oddly packed archive raises.
_UNREADABLE = (
    OSError, EOFError, ValueError, ArithmeticError, RuntimeError, zipfile.BadZipFile, zlib.error,
    lzma.LZMAError, struct.error,
)  # fmt: skip

_Open = Callable[[], BinaryIO]


def take_listed(
    source: Path,
    files: Sequence[WeightFile],
    folder: Path,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> None:
    """Copy listed files into a folder and check each of them.

    Parameters
    ----------
    source : pathlib.Path
        An ONNX file of any name (if one file is listed), or a zip archive or folder that
        holds files of the listed names; whatever else it holds is left out.
    files : sequence of WeightFile
        What is wanted.
    folder : pathlib.Path
        Where to; files are named as listed.
    progress : Progress, optional
        Told of bytes.
    cancel : CancelToken, optional
        Asked between chunks.

    Raises
    ------
    NotFoundError
        If there is no such source.
    InvalidFileError
        If it cannot be read, lacks a file, or holds another one under its name.
    WeightsError
        If there is no room for them.
    OSError
        If they cannot be written.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    require_room(folder, total_bytes(files))
    with _contents(source, single=files[0].name if len(files) == 1 else None) as contents:
        found = [(file, _only(source, file.name, contents)) for file in files]
        progress.start(f"Checking {source.name}", total_bytes(files))
        try:
            for file, open_it in found:
                target = folder / file.name
                got = _copied(source, open_it, target, file.size_bytes, progress, cancel)
                if got != file:
                    raise _another(source, got, file)
        finally:
            progress.finish()


def take_all(
    source: Path, folder: Path, *, progress: Progress | None = None, cancel: CancelToken | None = None
) -> tuple[tuple[WeightFile, ...], list[str]]:
    """Copy an ONNX file, or all ONNX files of a folder, into another folder.

    Parameters
    ----------
    source : pathlib.Path
        The file or folder.
    folder : pathlib.Path
        Where to.
    progress : Progress, optional
        Told of bytes.
    cancel : CancelToken, optional
        Asked between chunks.

    Returns
    -------
    (tuple of WeightFile, list of str)
        What was copied; and the names of those left out because InsightFace calls
        models so that recognise people or guess age and sex.

    Raises
    ------
    NotFoundError
        If there is no such source.
    InvalidFileError
        If it is neither, cannot be read or holds no ONNX file.
    WeightsError
        If there is no room for it.
    OSError
        If they cannot be written.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    _require_there(source)
    paths = sorted(source.iterdir()) if source.is_dir() else [source]
    onnx = [path for path in paths if path.suffix.lower() == ".onnx" and path.is_file()]
    kept = [path for path in onnx if _NEVER_KEPT.search(path.name) is None]
    if not kept:
        raise InvalidFileError(
            f"{source} holds no .onnx file that can be kept: give an .onnx file, or the folder of an "
            "unpacked pack; models that recognise people are left out."
        )
    size = sum(path.stat().st_size for path in kept)
    require_room(folder, size)
    progress.start(f"Adding {source.name}", size)
    try:
        files = tuple(
            _copied(source, _opener(path), folder / path.name, path.stat().st_size, progress, cancel)
            for path in kept
        )
    finally:
        progress.finish()
    for file in files:
        if not file.size_bytes:
            raise InvalidFileError(f"{file.name} of {source} is empty: take another copy of it.")
    return files, [path.name for path in onnx if path not in kept]


def take_file(
    source: Path,
    folder: Path,
    name: str,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> WeightFile:
    """Copy one file, byte for byte, into a folder.

    Parameters
    ----------
    source : pathlib.Path
        The file.
    folder : pathlib.Path
        Where to.
    name : str
        What it is called there.
    progress : Progress, optional
        Told of bytes.
    cancel : CancelToken, optional
        Asked between chunks.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it cannot be read.
    WeightsError
        If there is no room for it.
    OSError
        If it cannot be written.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    _require_there(source)
    size = source.stat().st_size
    require_room(folder, size)
    progress.start(f"Adding {source.name}", size)
    try:
        return _copied(source, _opener(source), folder / name, size, progress, cancel)
    finally:
        progress.finish()


@contextmanager
def _contents(source: Path, *, single: str | None) -> Iterator[dict[str, list[_Open]]]:
    """How to open each file of a source, by name without folders."""
    _require_there(source)
    if source.is_dir():
        yield {path.name: [_opener(path)] for path in source.iterdir() if path.is_file()}
        return
    with _reading(source):
        zipped = zipfile.is_zipfile(source)
    if not zipped and single is not None:
        # Browsers rename what they save, so the name of a single file says nothing.
        yield {single: [_opener(source)]}
        return
    if not zipped:
        raise InvalidFileError(
            f"{source} is neither a zip archive nor a folder: give the pack as it was downloaded, or "
            "unpacked."
        )
    with _reading(source), zipfile.ZipFile(source) as archive:
        contents: dict[str, list[_Open]] = {}
        for entry in archive.infolist():
            # Only the last part is looked at, and only to compare: an archive never says where to write.
            name = PurePosixPath(entry.filename).name
            contents.setdefault(name, []).append(_member(archive, entry))
        yield contents


def _opener(path: Path) -> _Open:
    return lambda: path.open("rb")


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> _Open:
    def open_it() -> BinaryIO:
        return archive.open(entry)  # type: ignore[return-value]  # typeshed: IO[bytes]

    return open_it


def _only(source: Path, name: str, contents: dict[str, list[_Open]]) -> _Open:
    found = contents.get(name, [])
    if len(found) != 1:
        trouble = f"holds {len(found)} files named {name}" if found else f"does not hold {name}"
        raise InvalidFileError(f"{source} {trouble}: give the pack as it was downloaded, or unpacked.")
    return found[0]


def _copied(
    source: Path, open_it: _Open, target: Path, most_bytes: int, progress: Progress, cancel: CancelToken
) -> WeightFile:
    """Copy one file; one byte more than expected is enough to know that it is another."""
    digest, size = hashlib.sha256(), 0
    with _reading(source):
        stream = open_it()
    with stream, target.open("xb") as file:
        while size <= most_bytes:
            cancel.raise_if_cancelled()
            with _reading(source):
                chunk = stream.read(min(_CHUNK_BYTES, most_bytes + 1 - size))
            if not chunk:
                break
            digest.update(chunk)
            file.write(chunk)
            size += len(chunk)
            progress.advance(len(chunk))
    return WeightFile(target.name, size, digest.hexdigest())


@contextmanager
def _reading(source: Path) -> Iterator[None]:
    """What goes wrong with the source is its own fault, not the disk's we write to."""
    try:
        yield
    except UserError:
        raise
    except _UNREADABLE as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidFileError(f"{source} cannot be read ({reason}): take another copy of it.") from error


def _require_there(source: Path) -> None:
    if not source.exists():
        raise NotFoundError(f"There is no file or folder {source}: check its path.")


def _another(source: Path, got: WeightFile, wanted: WeightFile) -> InvalidFileError:
    if got.size_bytes > wanted.size_bytes:
        differs = f"it is larger than {megabytes(wanted.size_bytes)}"
    elif got.size_bytes < wanted.size_bytes:
        differs = f"it has {got.size_bytes} instead of {wanted.size_bytes} bytes"
    else:
        differs = f"its SHA-256 begins with {got.sha256[:12]} instead of {wanted.sha256[:12]}"
    return InvalidFileError(
        f"{source} is not the {wanted.name} that the model card describes ({differs}): get the right one, or "
        "keep this one under a name of your own with hrm models add NAME FILE --as-own --licence “…”."
    )
