"""What a run of training leaves behind: one folder, whole at every moment.

::

    Training Runs/au-resnet50-smoke-1/
      run.json           what it is and how it stands
      config.json        recipe and options, seeds among them
      environment.json   program, libraries, machine
      data.json          study, rater, actions, counts, fingerprints
      splits.csv         participant, fold
      curves.csv         what was measured epoch by epoch
      metrics.json       what came of it
      held-out.parquet   what each frame was said to show by a network that had not seen its child
      fold-1/            checkpoints: last.ckpt to go on from, weights.pth to use
      all-participants/  the same of the network that learned from all, where one is kept as a model
      card.toml          draft of a model card
      tensorboard/       the same curves, for TensorBoard
      attributions/      which actions, when, made the ratings of clips; by hrm analyze attributions
"""

from __future__ import annotations

import csv
import errno
import io
import json
import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, is_dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hrm_core.errors import Cancelled, InvalidFileError, NotFoundError, ProjectError, UserError
from hrm_core.models.lock import alone, is_held
from hrm_core.models.train.run_summary import (
    FORMAT,
    RUN_FILE,
    RunKind,
    RunState,
    RunSummary,
    read_json,
    read_summary,
)
from hrm_core.paths import write_whole

__all__ = [
    "FOLDER",
    "FORMAT",
    "RunFolder",
    "RunKind",
    "RunState",
    "RunSummary",
    "list_runs",
    "new_run",
    "open_run",
    "resumed_run",
    "survey_runs",
]

FOLDER = "Training Runs"
"""Of a study."""

_LOCK = ".lock"
# What Windows or a shell would take for something else.
_STRANGE = re.compile(r'[\x00-\x1f/\\:*?"<>|]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST_NAME = 100
_LONGEST_PROBLEM = 300


class RunFolder:
    """A run that this program writes to; no other can meanwhile."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seconds_before = 0.0
        self._begun = time.monotonic()

    def write_json(self, name: str, values: Mapping[str, Any]) -> None:
        """Write ``<name>.json``, whole or not at all; NaN and infinity become null.

        Raises
        ------
        InvalidFileError
            If the disk refuses.
        """
        text = json.dumps(_plain(values), ensure_ascii=False, indent=1, allow_nan=False)
        self._write(f"{name}.json", text.encode())

    def read_json(self, name: str) -> dict[str, Any]:
        """Read what :meth:`write_json` wrote.

        Raises
        ------
        NotFoundError, InvalidFileError
            If it is not there, or damaged.
        """
        return read_json(self.path / f"{name}.json")

    def write_rows(self, name: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Write a CSV whose columns are the keys of the first row, whole or not at all.

        Raises
        ------
        InvalidFileError
            If the disk refuses.
        """
        self._write(name, _csv(rows))

    def read_rows(self, name: str) -> list[dict[str, str]]:
        """Rows of a CSV, without a last line that does not end; none if it is not there.

        Raises
        ------
        InvalidFileError
            If it cannot be read.
        """
        path = self.path / name
        try:
            text = path.read_bytes().rpartition(b"\n")[0].decode()
            return list(csv.DictReader(text.splitlines()))
        except FileNotFoundError:
            return []
        except (OSError, ValueError, csv.Error) as error:
            raise InvalidFileError(f"{path} cannot be read ({error}): delete it.") from error

    def set_state(self, **changes: Any) -> None:
        """Change fields of :class:`RunSummary`; note the time when it ends, and how long it took.

        Raises
        ------
        NotFoundError, InvalidFileError
            If the run is gone or damaged, or the disk refuses.
        """
        seconds = round(self._seconds_before + time.monotonic() - self._begun, 1)
        summary = replace(read_summary(self.path), **{"seconds": seconds, **changes})
        if summary.state != "running":
            summary = replace(summary, ended=_now())
        self._note(summary)

    def fold(self, number: int) -> Path:
        """Folder of a fold, counted from 1, or (0) of the network of all participants; made if missing.

        Raises
        ------
        InvalidFileError
            If the disk refuses.
        """
        name = f"fold-{number}" if number else "all-participants"
        with self._disk_errors(name):
            (self.path / name).mkdir(parents=True, exist_ok=True)
        return self.path / name

    def _note(self, summary: RunSummary) -> None:
        self.write_json("run", {"format": FORMAT, **asdict(summary)})

    def _go_on_from(self, seconds: float) -> None:
        self._seconds_before = seconds

    def _write(self, name: str, data: bytes) -> None:
        with self._disk_errors(name):
            write_whole(self.path / name, data)

    @contextmanager
    def _disk_errors(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InvalidFileError(
                f"{self.path / name} could not be written ({error.strerror or error}): {_advice(error)} and "
                f"go on with --resume {self.path.name}."
            ) from error


@contextmanager
def new_run(
    root: Path, kind: RunKind, network: str, preset: str, *, name: str | None = None, synthetic: bool = False
) -> Iterator[RunFolder]:
    """Make the folder of a run and hold it until the block ends.

    How the block ends is noted as the run's state, unless the block did that itself:
    finished; stopped on request; failed, with the sentence of a UserError.

    Parameters
    ----------
    root : pathlib.Path
        The study's folder of runs.
    kind, network, preset
        See :class:`RunSummary`.
    name : str, optional
        Of the folder; ``<kind>-<network>-<preset>-<n>`` if left out.
    synthetic : bool
        Whether the data are.

    Raises
    ------
    ProjectError
        If there is a run of this name, the name cannot be that of a folder, or the disk refuses.
    """
    path = _make_folder(root, f"{kind}-{network}-{preset}", name)
    with _held(path):
        # Only a name that was given can be that of a run; of a program killed here nothing is left but the
        # folder, which is taken over.
        if any(entry.name != _LOCK and not entry.name.endswith(".part") for entry in path.iterdir()):
            raise ProjectError(
                f"There is a run {path.name} already: go on with --resume {path.name}, or choose "
                "another name."
            )
        folder = RunFolder(path)
        folder._note(RunSummary(path.name, kind, network, preset, "running", _now(), synthetic=synthetic))
        with _ending_noted(folder):
            yield folder


@contextmanager
def resumed_run(root: Path, name: str) -> Iterator[RunFolder]:
    """Hold the folder of a run that is to go on; its state is noted as by :func:`new_run`.

    Raises
    ------
    NotFoundError
        If there is none of this name.
    ProjectError
        If another program is at it.
    """
    path = _folder_of(root, name)
    with _held(path):
        folder = RunFolder(path)
        folder._go_on_from(read_summary(path).seconds)
        folder.set_state(state="running", ended="", problem="")
        with _ending_noted(folder):
            yield folder


def list_runs(root: Path) -> list[RunSummary]:
    """Runs of a study that can be read, the oldest first."""
    return survey_runs(root)[0]


def survey_runs(root: Path) -> tuple[list[RunSummary], list[str]]:
    """Runs of a study, the oldest first, and what is wrong with those that are damaged.

    Returns
    -------
    runs : list of RunSummary
        Those that can be read.
    problems : list of str
        One sentence for each of the others.
    """
    runs, problems = [], []
    for path in sorted(root.glob(f"*/{RUN_FILE}")):
        try:
            runs.append(_as_it_stands(path.parent))
        except UserError as error:
            problems.append(str(error))
    return sorted(runs, key=lambda run: (run.started, run.name)), problems


def open_run(root: Path, name: str) -> tuple[RunSummary, RunFolder]:
    """A run to read from.

    Raises
    ------
    NotFoundError
        If there is none of this name; the message lists those there are.
    InvalidFileError
        If it is damaged.
    """
    path = _folder_of(root, name)
    return _as_it_stands(path), RunFolder(path)


def _make_folder(root: Path, stem: str, name: str | None) -> Path:
    try:
        root.mkdir(parents=True, exist_ok=True)
        if name is not None:
            path = root / _plain_name(name)
            path.mkdir(exist_ok=True)
            return path
        number = 1
        while True:
            path = root / f"{stem}-{number}"
            try:
                path.mkdir()
            except FileExistsError:
                number += 1
            else:
                return path
    except OSError as error:
        if isinstance(error, UserError):
            raise
        raise ProjectError(
            f"No folder for the run could be made in {root} ({error.strerror or error}): {_advice(error)} "
            "and run this again."
        ) from error


def _plain_name(name: str) -> str:
    """A name that can be that of one folder on every system."""
    if (
        not name
        or len(name) > _LONGEST_NAME
        or name[0] == "."
        or name[-1] in " ."
        or _STRANGE.search(name)
        or _RESERVED.fullmatch(name)
    ):
        raise ProjectError(
            f"A run cannot be called {name!r}: take letters, digits, - and _, at most {_LONGEST_NAME}."
        )
    return name


def _folder_of(root: Path, name: str) -> Path:
    """Folder of a run that is there."""
    path = root / _plain_name(name)
    if not (path / RUN_FILE).is_file():
        names = ", ".join(sorted(each.parent.name for each in root.glob(f"*/{RUN_FILE}")))
        if names:
            raise NotFoundError(f"There is no run {name!r}: there are {names}.")
        raise NotFoundError(f"There is no run {name!r}: hrm train au and hrm train atypicality make one.")
    return path


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Keep other programs out; the system lets go when this one is killed."""
    with _lock_file(path) as free:
        if not free:
            raise ProjectError(
                f"Another program is at the run {path.name} right now: wait until it is done, or stop it."
            )
        yield


@contextmanager
def _lock_file(path: Path) -> Iterator[bool]:
    holder = alone(path / _LOCK)
    try:
        free = holder.__enter__()
    except OSError as error:
        raise ProjectError(
            f"The run {path} cannot be written to ({error.strerror or error}): {_advice(error)} and run this "
            "again."
        ) from error
    try:
        yield free
    finally:
        holder.__exit__(None, None, None)


@contextmanager
def _ending_noted(folder: RunFolder) -> Iterator[None]:
    try:
        yield
    except (Cancelled, KeyboardInterrupt):
        _note_ending(folder, "stopped")
        raise
    except BaseException as error:
        # Only the kind of a mistake of ours: its words may hold anything.
        problem = str(error) if isinstance(error, UserError) else f"{type(error).__name__} in this program"
        _note_ending(folder, "failed", problem[:_LONGEST_PROBLEM])
        raise
    if read_summary(folder.path).state == "running":
        folder.set_state(state="finished")


def _note_ending(folder: RunFolder, state: RunState, problem: str = "") -> None:
    # What went wrong first is told, not that it could not be noted.
    with suppress(UserError):
        if read_summary(folder.path).state == "running":
            folder.set_state(state=state, problem=problem)


def _as_it_stands(path: Path) -> RunSummary:
    """A summary; what a killed program left running is stopped."""
    summary = read_summary(path)
    if summary.state == "running" and not is_held(path / _LOCK):
        # It may have ended between the two looks.
        summary = read_summary(path)
        if summary.state == "running":
            return replace(summary, state="stopped")
    return summary


def _plain(value: Any) -> Any:
    """A value as JSON knows it."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # of NumPy
        return _plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _csv(rows: Sequence[Mapping[str, object]]) -> bytes:
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode()


def _advice(error: OSError) -> str:
    full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    return "free some space" if full else "allow writing there"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
