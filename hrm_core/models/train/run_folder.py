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
      card.toml          draft of a model card
      tensorboard/       the same curves, for TensorBoard
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
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
]

FOLDER = "Training Runs"
"""Of a study."""

FORMAT = "hrm-run 1"
"""Raised when an older program could not read a run rightly."""

RunKind = Literal["au", "atypicality"]
RunState = Literal["running", "finished", "stopped", "failed"]

_RUN, _CURVES, _SPLITS = "run.json", "curves.csv", "splits.csv"


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How a run stands.

    Attributes
    ----------
    name : str
        Of its folder.
    kind : {"au", "atypicality"}
        What was trained.
    network, preset : str
        Which network, by which recipe.
    state : {"running", "finished", "stopped", "failed"}
        ``"stopped"`` runs go on with ``--resume``; ``"running"`` is also left by a program that was killed.
    started, ended : str
        UTC, as ISO 8601; `ended` is empty until then.
    problem : str
        Why it failed.
    synthetic : bool
        Whether its data are.
    seconds : float
        How long it took in all, over all its sessions.
    headline : dict of str to float
        The figures that a list shows.
    """

    name: str
    kind: RunKind
    network: str
    preset: str
    state: RunState
    started: str
    ended: str = ""
    problem: str = ""
    synthetic: bool = False
    seconds: float = 0.0
    headline: Mapping[str, float] | None = None


class RunFolder:
    """A run that this program writes to; no other can meanwhile."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write_json(self, name: str, values: Mapping[str, Any]) -> None:
        """Write ``<name>.json``, whole or not at all.

        Raises
        ------
        InvalidFileError
            If the disk refuses.
        """
        text = json.dumps(values, ensure_ascii=False, indent=1, allow_nan=False)
        self._write(f"{name}.json", text.encode())

    def read_json(self, name: str) -> dict[str, Any]:
        """Read what :meth:`write_json` wrote.

        Raises
        ------
        NotFoundError, InvalidFileError
            If it is not there, or damaged.
        """
        return _json(self.path / f"{name}.json")

    def write_rows(self, name: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Write a CSV whose columns are the keys of the first row, whole or not at all."""
        text = io.StringIO()
        table = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        self._write(name, text.getvalue().encode())

    def set_state(self, **changes: Any) -> None:
        """Change fields of :class:`RunSummary`, and note the time when it ends."""
        summary = replace(_summary(self.path), **changes)
        if summary.state != "running":
            summary = replace(summary, ended=_now())
        self.write_json("run", {"format": FORMAT, **asdict(summary)})

    def fold(self, number: int) -> Path:
        """Folder of a fold, counted from 1; made if missing."""
        folder = self.path / f"fold-{number}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _write(self, name: str, data: bytes) -> None:
        try:
            write_whole(self.path / name, data)
        except OSError as error:
            raise InvalidFileError(
                f"{self.path / name} could not be written ({error.strerror}): free some space and go on with "
                f"--resume {self.path.name}."
            ) from error


@contextmanager
def new_run(
    root: Path, kind: RunKind, network: str, preset: str, *, name: str | None = None, synthetic: bool = False
) -> Iterator[RunFolder]:
    """Make the folder of a run and hold it until the block ends.

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
        If there is a run of this name.
    """
    name = name or _free_name(root, f"{kind}-{network}-{preset}")
    path = root / name
    if path.exists():
        raise ProjectError(
            f"There is a run {name} already: go on with --resume {name}, or choose another name."
        )
    path.mkdir(parents=True)
    folder = RunFolder(path)
    summary = RunSummary(name, kind, network, preset, "running", _now(), synthetic=synthetic)
    folder.write_json("run", {"format": FORMAT, **asdict(summary)})
    with _held(path):
        yield folder


@contextmanager
def resumed_run(root: Path, name: str) -> Iterator[RunFolder]:
    """Hold the folder of a run that is to go on.

    Raises
    ------
    NotFoundError
        If there is none of this name.
    ProjectError
        If another program is at it.
    """
    path = root / name
    _summary(path)
    with _held(path):
        folder = RunFolder(path)
        folder.set_state(state="running", ended="", problem="")
        yield folder


def list_runs(root: Path) -> list[RunSummary]:
    """Runs of a study, the oldest first."""
    found = [_summary(path.parent) for path in root.glob(f"*/{_RUN}")]
    return sorted(found, key=lambda run: (run.started, run.name))


def open_run(root: Path, name: str) -> tuple[RunSummary, RunFolder]:
    """A run to read from.

    Raises
    ------
    NotFoundError
        If there is none of this name; the message lists those there are.
    """
    return _summary(root / name), RunFolder(root / name)


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Keep other programs out; the system lets go when this one is killed."""
    # TODO(runs engineer): a real lock, as hrm_core.models.weights has.
    yield


def _summary(path: Path) -> RunSummary:
    values = _json(path / _RUN)
    values.pop("format")
    return RunSummary(**values)


def _json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise NotFoundError(
            f"There is no {path.name} in {path.parent}: hrm runs list shows the runs."
        ) from None
    except (OSError, ValueError) as error:
        raise InvalidFileError(f"{path} cannot be read ({error}).") from error
    return found


def _free_name(root: Path, stem: str) -> str:
    number = 1
    while (root / f"{stem}-{number}").exists():
        number += 1
    return f"{stem}-{number}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
