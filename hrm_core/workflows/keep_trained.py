"""Keep the network that a run trained on all participants as a model of this computer."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_core.errors import InvalidFileError
from hrm_core.models.card import Licence, Lineage, ModelCard, WeightFile
from hrm_core.models.registered import FileNames, load_files
from hrm_core.models.weights import WeightRecord, WeightsError, sha256_of, write_record
from hrm_core.progress import CancelToken, Progress
from hrm_core.workflows.export_model import onnx_metadata
from hrm_core.workflows.look_at_models import (
    ModelView,
    look_at_model,
    model_cards,
    weight_store,
)
from hrm_core.workflows.own_cards import line_of, new_version
from hrm_core.workflows.project import Project
from hrm_core.workflows.training_plan import TrainingPlan

if TYPE_CHECKING:
    from hrm_core.models.train.card_draft import TrainedNetwork

__all__ = ["keep_trained", "trained_network"]

_SINGLE = 0.5
_UNNAMED = Licence(
    "not known",
    ("It began from weights in a file, and nobody said on which terms those may be used.",),
    "",
    False,
)


def trained_network(
    project: Project, plan: TrainingPlan, name: str, measured: Mapping[str, float], *, groups: bool = True
) -> TrainedNetwork:
    """What a card says of the networks of a run, and of what they began from.

    Parameters
    ----------
    project : Project
        The open study.
    plan : TrainingPlan
        What was trained.
    name : str
        Of the model.
    measured : mapping of str to float
        What was measured on held-out participants.
    groups : bool
        Whether it says how many of each group they are.
    """
    from hrm_core.models.train.card_draft import TrainedNetwork, input_as_trained, population

    settings, frames = project.settings, plan.frames
    people = [who for who in project.participants() if who.code in frames.participants]
    if not groups:
        people = [replace(who, group=None) for who in people]
    parent = model_cards().get(plan.beginning.card)
    learned = population(people, frames=len(frames.frames), study=settings.name, synthetic=settings.synthetic)
    return TrainedNetwork(
        name=name,
        architecture=plan.options.network,
        actions=frames.actions,
        input=input_as_trained(plan.recipe, plan.facts.input),
        thresholds=(_SINGLE,) * len(frames.actions),
        study=settings.name,
        population="; before that, ".join((learned, *_before(project, parent))),
        synthetic=settings.synthetic or _is_synthetic(parent),
        measured=measured,
    )


def keep_trained(
    project: Project,
    plan: TrainingPlan,
    run: str,
    weights: Path,
    measured: Mapping[str, float],
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ModelView:
    """Keep a network with a card of its own and an ONNX file, as the next version of its family.

    A network that is kept already is not kept twice.

    Parameters
    ----------
    project : Project
        The open study.
    plan : TrainingPlan
        What was trained.
    run : str
        Name of the run.
    weights : pathlib.Path
        The checkpoint of the network that learned from all participants.
    measured : mapping of str to float
        What was measured fold by fold.
    progress : Progress, optional
        Told of steps.
    cancel : CancelToken, optional
        Asked between steps.

    Returns
    -------
    ModelView
        The model.

    Raises
    ------
    ParityError
        If the ONNX file gives other numbers than the network.
    WeightsError
        If the disk refuses, or another program took the name meanwhile.
    MissingLibraryError
        If what writes ONNX files is not installed.
    Cancelled
        If stopped; in all these cases nothing is kept.
    """
    store, sha256 = weight_store(), sha256_of(weights)
    for card in model_cards().values():
        # One that is damaged stops no other.
        with suppress(InvalidFileError):
            record = store.record(card.name) if card.lineage is not None else None
            if record is not None and any(file.sha256 == sha256 for file in record.files):
                return look_at_model(card.name, hashes=False)
    family, version, name = new_version(project.settings.name, plan.options.network)
    text = _card(project, plan, run, measured, family, version, name)
    with store.incoming(name) as folder:
        if store.record(name) is not None:
            raise WeightsError(
                f"Another program kept a model {name} meanwhile: go on with hrm train au --resume {run}."
            )
        (folder / "card.toml").write_text(text, encoding="utf-8", newline="\n")
        _put(folder, weights, sha256, run, progress, cancel)
    return look_at_model(name, hashes=False)


def _card(
    project: Project,
    plan: TrainingPlan,
    run: str,
    measured: Mapping[str, float],
    family: str,
    version: int,
    name: str,
) -> str:
    from hrm_core.models.train.card_draft import kept_card

    beginning = plan.beginning
    parent = model_cards().get(beginning.card)
    # Coders who are blind to groups read what suggests codes to them.
    trained = trained_network(project, plan, name, measured, groups=False)
    lineage = Lineage(
        study=project.settings.name,
        run=run,
        preset=plan.recipe.preset,
        began_from=beginning.card,
        began_from_sha256="+".join(beginning.sha256),
        trained_at=datetime.now(UTC).isoformat(timespec="seconds"),
        participants=len(plan.frames.participants),
        frames=len(plan.frames.frames),
        folds=len(plan.numbers),
        held_out=measured,
    )
    licence = None if parent is None else parent.licence
    if parent is None and beginning.files:
        licence = _UNNAMED
    return kept_card(trained, lineage, licence, family, version)


def _is_synthetic(card: ModelCard | None) -> bool:
    return card is not None and card.network is not None and card.network.synthetic


def _before(project: Project, parent: ModelCard | None) -> tuple[str, ...]:
    """Whom the weights had learned from that a network began from, outside this study."""
    for card in line_of(parent.name) if parent is not None else ():
        of_study = card.lineage is not None and card.lineage.study == project.settings.name
        if card.network is not None and not of_study:
            return (f"as {card.name}, {card.network.population}",)
    return ()


def _put(
    folder: Path,
    weights: Path,
    sha256: str,
    run: str,
    progress: Progress | None,
    cancel: CancelToken | None,
) -> None:
    """Fill a model's folder, in which its card is already."""
    from hrm_core.models.card_file import CARD_FILE, read_card
    from hrm_core.models.onnx_export import export_onnx

    # Read as it will be read from now on.
    card = read_card(folder / CARD_FILE)
    assert card.network is not None
    names = FileNames(card.name)
    shutil.copyfile(weights, folder / names.checkpoint)
    model, _ = load_files(card, folder / names.checkpoint, progress=progress, cancel=cancel)
    export_onnx(
        model,
        folder / names.onnx,
        metadata=onnx_metadata(card, card.network, sha256),
        progress=progress,
        cancel=cancel,
    )
    write_record(folder, _record(card, folder, (names.checkpoint, names.onnx, CARD_FILE), run))


def _record(card: ModelCard, folder: Path, files: tuple[str, ...], run: str) -> WeightRecord:
    assert card.lineage is not None
    return WeightRecord(
        name=card.name,
        kind=card.kind,
        what=card.what,
        licence=card.licence.name,
        licence_url=card.licence.url,
        accepted_at=card.lineage.trained_at,
        source=run,
        own=False,
        pack=False,
        files=tuple(
            WeightFile(file, (folder / file).stat().st_size, sha256_of(folder / file)) for file in files
        ),
    )
