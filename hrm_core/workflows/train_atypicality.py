"""Train regressors of atypicality on a study's codes and ratings, and compare them with simpler models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.models.train.atypicality import (
    METRICS,
    MODELS,
    Comparison,
    Fold,
    Row,
    compare_models,
    make_folds,
)
from hrm_core.models.train.run_folder import FOLDER, RunFolder, new_run
from hrm_core.models.train.sequence_recipes import SequenceRecipe, sequence_recipe
from hrm_core.models.train.windows import Windows, make_windows
from hrm_core.progress import CancelToken, Progress
from hrm_core.workflows.look_at_models import model_card
from hrm_core.workflows.project import Project
from hrm_core.workflows.rated_segments import mean_ratings, rated_segments, rating_session

__all__ = [
    "METRICS",
    "MODELS",
    "NETWORKS",
    "AtypicalityOptions",
    "AtypicalityReport",
    "train_atypicality",
]

NETWORKS = ("gru", "bilstm")
"""Regressors that can be trained."""

_OPTIMISTIC = (
    "Optimistic, as published: best epoch and learning rate were chosen by the test fold itself, ratings are "
    "cut to whole numbers, and figures are means over folds of means over batches."
)
_HELD_OUT = (
    "Best epochs were chosen by persons out of the training folds; figures of a repeat are of all its test "
    "folds together."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtypicalityOptions:
    """How a comparison is made.

    Attributes
    ----------
    networks : tuple of str
        Of :data:`NETWORKS`.
    preset : str
        Recipe of the networks.
    repeats, folds, seed : int
        Random folds by person are drawn so often, and so many.
    as_published : bool
        The published protocol, whose figures are optimistic.
    device : str
        ``"auto"``, ``"cpu"`` or ``"cuda"``.
    name : str or None
        Of the run's folder.
    """

    networks: tuple[str, ...] = NETWORKS
    preset: str = "hrm"
    repeats: int = 10
    folds: int = 3
    seed: int = 0
    as_published: bool = False
    device: str = "auto"
    name: str | None = None

    @property
    def protocol(self) -> str:
        """A sentence that stands beside every figure: whether the test fold had a say in it."""
        return _OPTIMISTIC if self.as_published else _HELD_OUT


@dataclass(frozen=True, slots=True)
class AtypicalityReport:
    """What came of it.

    Attributes
    ----------
    run : str
        Name of the run.
    folder : pathlib.Path
        Where everything is.
    session, rater : str
        Whose ratings and codes.
    participants, segments, windows : int
        How many were used.
    dropped : int
        Rated clips without fifteen coded frames in a row.
    not_coded : int
        Rated clips without a coded frame.
    rows : tuple of Row
        Table V.
    options : AtypicalityOptions
        As asked for.
    protocol : str
        How to take the figures: a sentence that says so if they are optimistic.
    device : str
        What the networks ran on.
    seconds : float
        How long it took.
    synthetic : bool
        Whether the study is.
    """

    run: str
    folder: Path = field(repr=False)
    session: str
    rater: str
    participants: int
    segments: int
    windows: int
    dropped: int
    not_coded: int
    rows: tuple[Row, ...]
    options: AtypicalityOptions
    protocol: str
    device: str
    seconds: float
    synthetic: bool


def train_atypicality(
    project: Project,
    *,
    rater: str | None = None,
    session: str | None = None,
    options: AtypicalityOptions | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> AtypicalityReport:
    """Train and test regressors, baselines and our model on the same folds, and write a run's folder.

    Parameters
    ----------
    project : Project
        The open study; nothing but its folder of runs is changed.
    rater : str, optional
        Whose codes; may be left out if only one has coded.
    session : str, optional
        Whose ratings: a rating session; may be left out if there is only one.
    options : AtypicalityOptions, optional
        What and how.
    progress : Progress, optional
        Told of epochs.
    cancel : CancelToken, optional
        Asked in each step.

    Raises
    ------
    NotFoundError
        If a rater, session, network or preset is unknown, or several could be meant.
    ProjectError
        If there are no ratings, or no rated clip is coded for fifteen frames in a row.
    MissingLibraryError
        If networks are asked for and PyTorch is not installed.
    UserError
        If there are too few persons, ratings are all alike, or a loss is no number any more.
    Cancelled
        On request; the run is kept as stopped.
    """
    options = options or AtypicalityOptions()
    recipe = sequence_recipe(options.preset)
    unknown = [name for name in options.networks if name not in NETWORKS]
    if unknown:
        raise NotFoundError(
            f"There is no regressor of atypicality {unknown[0]!r}: there are {', '.join(NETWORKS)}."
        )
    device = _device(options)
    chosen = rating_session(project, session)
    source = _Source(chosen, project.coder(rater).name)
    rated = mean_ratings(project, chosen)
    segments = rated_segments(project, source.rater, rated, _actions())
    windows = make_windows(segments) if segments else None
    if windows is None or not len(windows):
        raise ProjectError(
            f"None of the {len(rated)} rated clips has 15 frames in a row that {source.rater} has coded: "
            "code one, or name whose codes are meant with --rater."
        )
    run, rows, seconds = _train(project, source, windows, recipe, options, device, progress, cancel)
    return AtypicalityReport(
        run=run.path.name,
        folder=run.path,
        session=chosen,
        rater=source.rater,
        participants=len(windows.participants),
        segments=len(windows.segments),
        windows=len(windows),
        dropped=len(windows.dropped),
        not_coded=len(rated) - len(segments),
        rows=rows,
        options=options,
        protocol=options.protocol,
        device=device,
        seconds=seconds,
        synthetic=project.settings.synthetic,
    )


@dataclass(frozen=True, slots=True)
class _Source:
    """Whose ratings and codes."""

    session: str
    rater: str


def _train(
    project: Project,
    source: _Source,
    windows: Windows,
    recipe: SequenceRecipe,
    options: AtypicalityOptions,
    device: str,
    progress: Progress | None,
    cancel: CancelToken | None,
) -> tuple[RunFolder, tuple[Row, ...], float]:
    folds = make_folds(
        windows.participants,
        repeats=options.repeats,
        folds=options.folds,
        seed=options.seed,
        as_published=options.as_published,
    )
    began = monotonic()
    network = "-".join(options.networks) or "baselines"
    synthetic = project.settings.synthetic
    with new_run(
        project.folder / FOLDER,
        "atypicality",
        network,
        options.preset,
        name=options.name,
        synthetic=synthetic,
    ) as run:
        _write_beginning(run, project, source, windows, recipe, options, device)
        _write_splits(run, folds, as_published=options.as_published)
        found = compare_models(
            windows,
            folds,
            options.networks,
            recipe,
            seed=options.seed,
            as_published=options.as_published,
            device=device,
            progress=progress,
            cancel=cancel,
        )
        _write_results(run, found, options)
        seconds = monotonic() - began
        what = "MAE (optimistic)" if options.as_published else "MAE"
        headline = {f"{row.model} {what}": row.mean["mae"] for row in found.rows if row.model in _HEADLINE}
        run.set_state(state="finished", headline=headline)
    return run, found.rows, seconds


_HEADLINE = ("mean", *NETWORKS, "dynamics")


def _device(options: AtypicalityOptions) -> str:
    if not options.networks:
        return "cpu"
    from hrm_core.models.libraries import require_torch

    require_torch()
    from hrm_core.models.train.regressors import choose_device

    return choose_device(options.device)


def _actions() -> tuple[str, ...]:
    """The actions that regressors are told of."""
    facts = model_card(NETWORKS[0]).network
    assert facts is not None
    return facts.actions


def _write_beginning(
    run: RunFolder,
    project: Project,
    source: _Source,
    windows: Windows,
    recipe: SequenceRecipe,
    options: AtypicalityOptions,
    device: str,
) -> None:
    from hrm_core.models.train.environment import environment

    run.write_json("config", {**asdict(options), "recipe": asdict(recipe), "protocol": options.protocol})
    run.write_json("environment", environment(device))
    run.write_json(
        "data",
        {
            "study": project.settings.name,
            "synthetic": project.settings.synthetic,
            **asdict(source),
            "actions": list(_actions()),
            "participants": len(windows.participants),
            "segments": len(windows.segments),
            "windows": len(windows),
            "frames": len(windows.table),
            "segments_dropped": list(windows.dropped),
            "frames_dropped": windows.dropped_frames,
            "fingerprint": windows.fingerprint,
        },
    )


def _write_splits(run: RunFolder, folds: Sequence[Fold], *, as_published: bool) -> None:
    parts = ("training", "test") if as_published else ("training", "validation", "test")
    run.write_rows(
        "splits.csv",
        [
            {"repeat": each.repeat, "fold": each.fold, "participant": code, "part": part}
            for each in folds
            for part in parts
            for code in getattr(each, part)
        ],
    )


def _write_results(run: RunFolder, found: Comparison, options: AtypicalityOptions) -> None:
    if found.trained:
        from hrm_core.models.train.regressors import save_weights

        curves = [
            {"network": network, "repeat": fold.repeat, "fold": fold.fold, "epoch": epoch, **asdict(each)}
            for network, trained in found.trained.items()
            for fold, training in zip(found.folds, trained, strict=True)
            for epoch, each in enumerate(training.epochs, 1)
        ]
        run.write_rows("curves.csv", curves)
        for network, trained in found.trained.items():
            for fold, training in zip(found.folds, trained, strict=True):
                if fold.repeat == options.repeats:
                    save_weights(run.fold(fold.fold) / f"{network}.pth", training)
    run.write_json(
        "metrics",
        {
            "protocol": options.protocol,
            "models": {row.model: asdict(row) for row in found.rows},
            "best_epochs": {
                network: [each.best_epoch for each in trained] for network, trained in found.trained.items()
            },
        },
    )
    run.write_rows("table-v.csv", [_cells(row, options.protocol) for row in found.rows])


def _cells(row: Row, protocol: str) -> dict[str, object]:
    cells: dict[str, object] = {"model": MODELS[row.model]}
    for of, mean, sd in (("", row.mean, row.sd), ("segment_", row.segment_mean, row.segment_sd)):
        for metric in METRICS:
            cells[of + metric] = mean[metric]
            cells[f"{of}{metric}_sd"] = sd.get(metric, "")
    return cells | {"protocol": protocol}
