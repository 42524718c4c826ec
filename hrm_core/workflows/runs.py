"""Look at what was trained in a study: which runs there are, what came of one, how several differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hrm_core.errors import NotFoundError
from hrm_core.models.train.run_facts import (
    Curve,
    Difference,
    Value,
    curves_of,
    differences,
    flattened,
    people_by_part,
)
from hrm_core.models.train.run_folder import FOLDER, RunFolder, open_run, survey_runs
from hrm_core.models.train.run_summary import RunSummary
from hrm_core.workflows.project import Project

__all__ = ["RunComparison", "RunFile", "RunList", "RunView", "compare_runs", "look_at_runs", "show_run"]

_SECTIONS = ("config", "data", "environment")


@dataclass(frozen=True, slots=True)
class RunList:
    """The runs of a study.

    Attributes
    ----------
    runs : tuple of RunSummary
        The oldest first.
    problems : tuple of str
        A sentence for each run that is damaged.
    """

    runs: tuple[RunSummary, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunFile:
    """A file of a run.

    Attributes
    ----------
    name : str
        Below the folder of the run.
    size_bytes : int
        Its size.
    """

    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class RunView:
    """All that is known of a run.

    Attributes
    ----------
    summary : RunSummary
        How it stands.
    folder : pathlib.Path
        Where it lies.
    config, data, environment : dict of str to (str, float, int, bool or None)
        By where it stands in the file; empty if the run did not come so far.
    splits : dict of str to tuple of str
        Participants by fold.
    metrics : dict of str to (str, float, int, bool or None)
        What holds for the whole run.
    folds : tuple of dict
        What holds for each fold.
    curves : tuple of Curve
        What was measured epoch by epoch.
    files : tuple of RunFile
        What lies in the folder.
    """

    summary: RunSummary
    folder: Path
    config: Mapping[str, Value]
    data: Mapping[str, Value]
    environment: Mapping[str, Value]
    splits: Mapping[str, tuple[str, ...]]
    metrics: Mapping[str, Value]
    folds: tuple[Mapping[str, Value], ...]
    curves: tuple[Curve, ...]
    files: tuple[RunFile, ...]


@dataclass(frozen=True, slots=True)
class RunComparison:
    """How runs differ, and what came of each.

    Attributes
    ----------
    runs : tuple of RunSummary
        As they were named.
    config, data, environment : tuple of Difference
        Entries in which they differ.
    metrics : tuple of Difference
        What holds for whole runs, side by side, also where it is the same.
    warnings : tuple of str
        Why the figures cannot be compared as they are; empty if they can.
    advice : str
        What tells whether a difference is more than chance; empty for other runs than those of ``hrm train
        au``.
    """

    runs: tuple[RunSummary, ...]
    config: tuple[Difference, ...]
    data: tuple[Difference, ...]
    environment: tuple[Difference, ...]
    metrics: tuple[Difference, ...]
    warnings: tuple[str, ...]
    advice: str


def look_at_runs(project: Project) -> RunList:
    """The runs of a study; a damaged one hides no other."""
    runs, problems = survey_runs(project.folder / FOLDER)
    return RunList(tuple(runs), tuple(problems))


def show_run(project: Project, name: str) -> RunView:
    """Everything that a run has left so far.

    Raises
    ------
    NotFoundError
        If there is none of this name.
    InvalidFileError
        If one of its files is damaged.
    """
    summary, run = open_run(project.folder / FOLDER, name)
    sections = {section: flattened(_read(run, section)) for section in _SECTIONS}
    metrics = _read(run, "metrics")
    folds = metrics.pop("folds", [])
    return RunView(
        summary=summary,
        folder=run.path,
        splits={
            " ".join(part): people for part, people in people_by_part(run.read_rows("splits.csv")).items()
        },
        metrics=flattened(metrics),
        folds=tuple(flattened(fold) for fold in folds if isinstance(fold, dict)),
        curves=curves_of(run.read_rows("curves.csv")),
        files=_files(run.path),
        **sections,
    )


def compare_runs(project: Project, names: Sequence[str]) -> RunComparison:
    """What is the same in several runs, what is not, and what came of them.

    Parameters
    ----------
    project : Project
        The open study.
    names : sequence of str
        Of two runs or more.

    Raises
    ------
    NotFoundError
        If there is none of one of these names.
    InvalidFileError
        If one of their files is damaged.
    """
    opened = [open_run(project.folder / FOLDER, name) for name in names]
    summaries, folders = tuple(summary for summary, _ in opened), [folder for _, folder in opened]
    config, data, environment = (
        differences([_read(folder, section) for folder in folders]) for section in _SECTIONS
    )
    metrics = [flattened(_without_folds(_read(folder, "metrics"))) for folder in folders]
    keys = dict.fromkeys(key for each in metrics for key in each)
    alike = {summary.kind for summary in summaries}
    return RunComparison(
        runs=summaries,
        config=config,
        data=data,
        environment=environment,
        metrics=tuple(Difference(key, tuple(each.get(key) for each in metrics)) for key in keys),
        warnings=tuple(_warnings(summaries, folders, data)),
        advice=f"hrm evaluate au {' '.join(names)} tests whether they differ." if alike == {"au"} else "",
    )


def _warnings(
    summaries: Sequence[RunSummary], folders: Sequence[RunFolder], data: Sequence[Difference]
) -> list[str]:
    said = []
    if len({summary.kind for summary in summaries}) > 1:
        said.append("These runs learned different things: their figures cannot be compared.")
    changed = [difference.key for difference in data if "fingerprint" in difference.key]
    if changed:
        said.append(
            f"These runs did not learn from the same data ({', '.join(changed)} differ): their figures "
            "cannot be compared."
        )
    if len({tuple(people_by_part(folder.read_rows("splits.csv")).items()) for folder in folders}) > 1:
        said.append("These runs held out different participants: their figures cannot be compared.")
    # Of a run that is not finished that is said below.
    tested = {
        tuple(
            fold.get("fold") for fold in _read(folder, "metrics").get("folds", []) if isinstance(fold, dict)
        )
        for summary, folder in zip(summaries, folders, strict=True)
        if summary.state == "finished"
    }
    if len(tested) > 1:
        said.append("Not all of these runs were tested on the same folds: their means cannot be compared.")
    unfinished = [summary.name for summary in summaries if summary.state != "finished"]
    if unfinished:
        said.append(f"Not finished: {', '.join(unfinished)}.")
    return said


def _without_folds(metrics: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in metrics.items() if key != "folds"}


def _read(run: RunFolder, name: str) -> dict[str, Any]:
    """A file of a run; empty where it did not come so far."""
    try:
        return run.read_json(name)
    except NotFoundError:
        return {}


def _files(folder: Path) -> tuple[RunFile, ...]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("."))
    return tuple(RunFile(path.relative_to(folder).as_posix(), path.stat().st_size) for path in found)
