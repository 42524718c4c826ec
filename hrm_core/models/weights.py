"""Where weights are kept: a folder for each model, and a record of what was accepted for it.

A folder takes its place only when all its files are in it and were found to be
the right ones, together with ``record.json``: a model is there whole or not at all.
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from hrm_core.errors import InvalidFileError, UserError
from hrm_core.models.card import WeightFile, is_model_name, is_sha256
from hrm_core.models.lock import alone
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.words import counted

__all__ = [
    "RECORD_FILE",
    "WeightRecord",
    "WeightState",
    "WeightStore",
    "WeightsError",
    "disk_errors",
    "flaw_of",
    "megabytes",
    "require_room",
    "sha256_of",
    "total_bytes",
    "write_record",
]

RECORD_FILE = "record.json"
_FORMAT = 1
_INCOMING = ".incoming"
_DOWNLOADS = ".downloads"
_CHUNK_BYTES = 1 << 20


class WeightsError(UserError, OSError):
    """Weights could not be fetched or kept."""


class WeightState(StrEnum):
    """Whether the weights of a model can be used."""

    THERE = "there"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class WeightRecord:
    """What is noted when weights are kept.

    Attributes
    ----------
    name : str
        Name of the model.
    kind, what : str
        As on its card, or as for any pack of one's own.
    licence, licence_url : str
        The licence that was accepted, or named by whoever added it.
    accepted_at : str
        When, UTC, ISO 8601.
    source : str
        Host it was fetched from, or name of the file it was added from.
    own : bool
        Whether it was added without a card.
    pack : bool
        Whether it is a folder of files rather than one file.
    files : tuple of WeightFile
        What is kept of it: ONNX files; of a network also checkpoints, and its card if it was
        trained on this computer.
    """

    name: str
    kind: str
    what: str
    licence: str
    licence_url: str
    accepted_at: str
    source: str
    own: bool
    pack: bool
    files: tuple[WeightFile, ...]


class WeightStore:
    """The weights on this computer.

    Parameters
    ----------
    root : pathlib.Path
        The folder; it need not exist yet.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def downloads(self) -> Path:
        """Folder of files that are still being fetched."""
        return self.root / _DOWNLOADS

    def folder(self, name: str) -> Path:
        """Folder of a model; it may not exist."""
        return self.root / name

    def path_of(self, record: WeightRecord) -> Path:
        """The file of a model (of a network the first), or the folder of a pack."""
        folder = self.folder(record.name)
        return folder if record.pack else folder / record.files[0].name

    def names(self) -> list[str]:
        """Names of all models of which there is a record, sorted."""
        found = (path.parent.name for path in self.root.glob(f"*/{RECORD_FILE}"))
        return sorted(name for name in found if is_model_name(name))

    def record(self, name: str) -> WeightRecord | None:
        """What was noted when a model was kept; None if it was not.

        Raises
        ------
        InvalidFileError
            If the record is damaged.
        """
        path = self.folder(name) / RECORD_FILE
        try:
            return _record(json.loads(path.read_text(encoding="utf-8")), name)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise InvalidFileError(f"{path} cannot be read ({error})") from error

    def flaw(
        self,
        record: WeightRecord,
        *,
        hashes: bool = False,
        progress: Progress | None = None,
        cancel: CancelToken | None = None,
    ) -> str:
        """What is wrong with the files of a model; empty if nothing is.

        Parameters
        ----------
        record : WeightRecord
            What was noted when it was kept.
        hashes : bool
            Read all files and compare their SHA-256, rather than their sizes alone.
        progress : Progress, optional
            Told of bytes.
        cancel : CancelToken, optional
            Asked between chunks.
        """
        return flaw_of(
            self.folder(record.name), record.files, hashes=hashes, progress=progress, cancel=cancel
        )

    @contextmanager
    def incoming(self, name: str) -> Iterator[Path]:
        """An empty folder that becomes the model's when the block ends well.

        Parameters
        ----------
        name : str
            The model; what was there under this name is replaced.

        Raises
        ------
        WeightsError
            If the disk is full or read-only, or another program changes this model at the
            same time; what was there before stays.
        """
        with disk_errors(self.root), self._alone(name):
            self._clear(name)
            folder = self.root / _INCOMING / name
            folder.mkdir(parents=True)
            try:
                yield folder
                self._put_in_place(name, folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def _put_in_place(self, name: str, folder: Path) -> None:
        place, old = self.folder(name), self._old(name)
        replaces = place.exists()
        if replaces:
            # A folder cannot take the place of another in one step.
            place.replace(old)
        try:
            folder.replace(place)
        except OSError:
            if replaces:
                old.replace(place)
            raise
        shutil.rmtree(old, ignore_errors=True)

    def _old(self, name: str) -> Path:
        """Where a model waits while another folder takes its place."""
        return self.root / _INCOMING / f"{name}.old"

    def _clear(self, name: str) -> None:
        """Free what a killed program left, and put back what it had moved away."""
        shutil.rmtree(self.root / _INCOMING / name, ignore_errors=True)
        old, place = self._old(name), self.folder(name)
        if old.exists() and not place.exists():
            old.replace(place)
        shutil.rmtree(old, ignore_errors=True)

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        """Keep other programs from changing a model; the system lets go when this one is killed."""
        path = self.root / _INCOMING / f"{name}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        with alone(path) as free:
            if not free:
                raise WeightsError(
                    f"Another program is adding or removing {name} right now: wait until it is done and "
                    "run this again."
                )
            yield

    def remove(self, name: str) -> int:
        """Delete a model.

        Returns
        -------
        int
            How many bytes are free again.

        Raises
        ------
        WeightsError
            If it cannot be deleted.
        """
        folder = self.folder(name)
        if not folder.exists() and not (self.root / _INCOMING / name).exists():
            return 0
        with disk_errors(self.root), self._alone(name):
            left = self.root / _INCOMING / name
            freed = sum(
                path.stat().st_size for each in (folder, left) for path in each.glob("*") if path.is_file()
            )
            self._clear(name)
            if folder.exists():
                # First the record: what is left after a failure counts as missing, not as damaged.
                (folder / RECORD_FILE).unlink(missing_ok=True)
                shutil.rmtree(folder)
        return freed


def flaw_of(
    folder: Path,
    files: Sequence[WeightFile],
    *,
    hashes: bool = False,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> str:
    """What is wrong with files of weights in a folder; empty if nothing is.

    Parameters
    ----------
    folder : pathlib.Path
        Where they are.
    files : sequence of WeightFile
        What they should be; no other ONNX file may be there.
    hashes, progress, cancel
        As for :meth:`WeightStore.flaw`.
    """
    for file in files:
        path = folder / file.name
        try:
            if (size := path.stat().st_size) != file.size_bytes:
                return f"{file.name} has {counted(size, 'byte')} instead of {file.size_bytes}"
            if hashes and sha256_of(path, progress=progress, cancel=cancel) != file.sha256:
                return f"the content of {file.name} has changed"
        except FileNotFoundError:
            return f"{file.name} is missing"
        except UserError:
            raise
        except OSError as error:
            return f"{file.name} cannot be read ({error.strerror})"
    known = {file.name for file in files}
    # InsightFace would load whatever lies there, also a model that recognises people.
    strangers = sorted(path.name for path in folder.glob("*.onnx") if path.name not in known)
    return f"{', '.join(strangers)} does not belong there" if strangers else ""


def write_record(folder: Path, record: WeightRecord) -> None:
    """Note in a folder what is kept in it.

    Parameters
    ----------
    folder : pathlib.Path
        A folder of :meth:`WeightStore.incoming`.
    record : WeightRecord
        The note.
    """
    text = json.dumps({"format": _FORMAT, **asdict(record)}, ensure_ascii=False, indent=2)
    (folder / RECORD_FILE).write_text(text + "\n", encoding="utf-8")


def _record(table: dict[str, Any], name: str) -> WeightRecord:
    """A record as read; ValueError, TypeError or KeyError if it is none."""
    if table["format"] != _FORMAT or table["name"] != name:
        raise ValueError("it was written for another name or by another version")
    files = tuple(WeightFile(**entry) for entry in table["files"])
    for file in files:
        # Joining it to a folder must not lead out of that; a text is not promised by JSON.
        if (
            Path(file.name).name != file.name
            or type(file.size_bytes) is not int
            or not is_sha256(file.sha256)
        ):
            raise ValueError("a file is not described rightly")
    if not files:
        raise ValueError("it names no file")
    values = {entry.name: table[entry.name] for entry in fields(WeightRecord) if entry.name != "files"}
    for key, value in values.items():
        if not isinstance(value, bool if key in {"own", "pack"} else str):
            raise TypeError(f"{key} is {value!r}")
    return WeightRecord(**values, files=files)


def sha256_of(path: Path, *, progress: Progress | None = None, cancel: CancelToken | None = None) -> str:
    """SHA-256 of a file, 64 hexadecimal digits.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    progress : Progress, optional
        Told of bytes.
    cancel : CancelToken, optional
        Asked between chunks.

    Raises
    ------
    OSError
        If it cannot be read.
    Cancelled
        If stopped.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    digest = hashlib.sha256()
    with path.open("rb") as file:
        progress.start(f"Checking {path.name}", path.stat().st_size)
        try:
            while chunk := file.read(_CHUNK_BYTES):
                cancel.raise_if_cancelled()
                digest.update(chunk)
                progress.advance(len(chunk))
        finally:
            progress.finish()
    return digest.hexdigest()


def require_room(folder: Path, size_bytes: int) -> None:
    """Refuse to begin what the disk cannot hold.

    Parameters
    ----------
    folder : pathlib.Path
        Where it is to be kept; it need not exist yet.
    size_bytes : int
        How much.

    Raises
    ------
    WeightsError
        If less is free.
    """
    there = next(path for path in (folder, *folder.parents) if path.is_dir())
    free = shutil.disk_usage(there).free
    if free < size_bytes:
        raise WeightsError(
            f"{folder} needs {megabytes(size_bytes)} and has {megabytes(free)} left: make room on that disk "
            "and run it again."
        )


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Tell what the disk refuses in one sentence.

    Parameters
    ----------
    folder : pathlib.Path
        Where weights are kept.

    Raises
    ------
    WeightsError
        In place of an OSError that is not told yet.
    """
    try:
        yield
    except UserError:
        raise
    except OSError as error:
        place = error.filename or folder
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            advice = "make room on that disk and run it again"
        else:
            advice = "allow writing there and run it again"
        raise WeightsError(f"{place} cannot be written ({error.strerror or error}): {advice}.") from error


def megabytes(size_bytes: int) -> str:
    """A size as messages say it: ``"0.3 MB"``."""
    return f"{size_bytes / 1e6:.1f} MB"


def total_bytes(files: Sequence[WeightFile]) -> int:
    """Size of several files together."""
    return sum(file.size_bytes for file in files)
