"""What a run of training is to do: recipe, frames, folds, weights; decided before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.models.card import NetworkFacts
from hrm_core.models.registered import registered_weights
from hrm_core.models.train.recipe import Precision, Recipe, Sampling
from hrm_core.models.train.recipes import recipe
from hrm_core.models.train.splits import balanced_folds, fold_table, same_person
from hrm_core.models.weights import sha256_of
from hrm_core.workflows.look_at_models import model_card, model_cards, weight_store
from hrm_core.workflows.own_cards import unseen_ancestor
from hrm_core.workflows.project import Project
from hrm_core.workflows.training_frames import TrainingFrames, chosen_actions, training_frames

__all__ = ["Beginning", "TrainOptions", "TrainingPlan", "plan_training", "planned_again"]

NO_WEIGHTS = "none"
# One to learn from, one to tell when to stop.
_FEWEST_TO_DIVIDE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """What a person asks for; None is what the recipe says.

    Attributes
    ----------
    network, preset : str
        Of the recipe.
    rater : str or None
        Whose codes; may be left out if only one has coded.
    actions : str
        ``"22"``, ``"17"``, or keys with commas between.
    folds : int
        How many.
    only_fold : int or None
        Train this one alone, from 1.
    epochs, batch_size, learning_rate, precision, sampling
        Instead of the recipe's.
    seed : int
        Of folds and training.
    early_stop : int
        Epochs without progress on children set aside, after which a fold stops; 0 sets nobody aside.
    begin_from : str or None
        Name of a card whose weights are registered, a file, or ``"none"`` for random weights.
    name : str or None
        Of the run.
    checkpoint_minutes : float
        How often within an epoch the state is kept.
    keep : bool
        Let one more network learn from all participants, and keep it on this computer as a model.
    machine_touched : bool
        Learn also from frames that hold what a network said.
    """

    network: str
    preset: str = "hrm"
    rater: str | None = None
    actions: str = "22"
    folds: int = 3
    only_fold: int | None = None
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    precision: Precision | None = None
    seed: int = 0
    sampling: Sampling | None = None
    early_stop: int = 0
    begin_from: str | None = None
    name: str | None = None
    checkpoint_minutes: float = 10.0
    keep: bool = False
    machine_touched: bool = False


@dataclass(frozen=True, slots=True)
class Beginning:
    """The weights that training begins from.

    Attributes
    ----------
    files : tuple of pathlib.Path
        In the order in which they are loaded; empty for random weights.
    sha256 : tuple of str
        Of the files.
    words : str
        For a person.
    licence : str
        Of the weights; empty for random weights and where nobody said.
    card : str
        Name of their card; empty if they have none.
    """

    files: tuple[Path, ...]
    sha256: tuple[str, ...]
    words: str
    licence: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class TrainingPlan:
    """What is going to be trained.

    Attributes
    ----------
    options : TrainOptions
        As asked for.
    recipe : Recipe
        With what was asked for instead.
    facts : NetworkFacts
        Of the network's card: mean and deviation of its input.
    frames : TrainingFrames
        What it is trained and tested on.
    folds : tuple of tuple of str
        Participants of each fold.
    beginning : Beginning
        The weights.
    """

    options: TrainOptions
    recipe: Recipe
    facts: NetworkFacts
    frames: TrainingFrames
    folds: tuple[tuple[str, ...], ...]
    beginning: Beginning

    @property
    def numbers(self) -> tuple[int, ...]:
        """Folds that are trained, from 1."""
        if self.options.only_fold is not None:
            return (self.options.only_fold,)
        first = self.recipe.first_fold_only and not self.options.keep
        return (1,) if first else tuple(range(1, len(self.folds) + 1))

    @property
    def fold_of_frame(self) -> NDArray[np.int64]:
        """In which fold, from 1, each frame is held out, shape (n_frames,)."""
        fold_of = {who: number for number, fold in enumerate(self.folds, 1) for who in fold}
        of_participant = np.array([fold_of[who] for who in self.frames.participants], dtype=np.int64)
        return of_participant[self.frames.of_participant]

    @property
    def person_of_frame(self) -> NDArray[np.int64]:
        """Number of the person on each frame, shape (n_frames,); two codes may be one person."""
        keys = [same_person(who) for who in self.frames.participants]
        number = {key: place for place, key in enumerate(sorted(set(keys)))}
        return np.array([number[key] for key in keys], dtype=np.int64)[self.frames.of_participant]

    def table(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Table VI: see :func:`hrm_core.models.train.splits.fold_table`."""
        return fold_table(self.frames.participants, self.frames.positives, self.folds)

    def set_aside(self, number: int) -> tuple[str, ...]:
        """Participants outside a fold who tell when its training stops."""
        if not self.options.early_stop:
            return ()
        others = [who for fold in self.folds if fold != self.folds[number - 1] for who in fold]
        places = [self.frames.participants.index(who) for who in others]
        persons = len({same_person(who) for who in others})
        shares = balanced_folds(
            others,
            self.frames.positives[places],
            min(len(self.folds), persons),
            self.options.seed,
            frames=self.frames.frame_counts[places],
        )
        return shares[0]

    def data(self) -> dict[str, Any]:
        """What the run notes of its data."""
        frames = self.frames
        counts, _ = self.table()
        return {
            "rater": frames.rater,
            "actions": list(frames.actions),
            "frames": len(frames.frames),
            "frames_without_face": frames.without_face,
            "frames_of_excluded_clips": frames.excluded,
            "frames_machine_touched": frames.machine_touched,
            "left_out": list(frames.problems),
            "positives": {key: counts[:, place].tolist() for place, key in enumerate(frames.actions)},
            "folds": [list(fold) for fold in self.folds],
            "codes_fingerprint": frames.codes_fingerprint,
            "faces_fingerprint": frames.faces_fingerprint,
        }

    def config(self) -> dict[str, Any]:
        """What the run notes of how it is trained; :func:`planned_again` reads it."""
        return {
            "options": asdict(self.options),
            "recipe": asdict(self.recipe),
            "begins_from": {
                "files": [str(file) for file in self.beginning.files],
                "sha256": list(self.beginning.sha256),
                "words": self.beginning.words,
                "licence": self.beginning.licence,
                "card": self.beginning.card,
            },
        }


def plan_training(project: Project, options: TrainOptions) -> TrainingPlan:
    """Decide what a new run trains.

    Raises
    ------
    NotFoundError
        If the network, preset, rater, an action or the weights to begin from are not known.
    ProjectError
        If no coded frame has a face, there is no such fold, or nobody can be set aside.
    UserError
        If there are fewer persons than folds.
    """
    how = _recipe(options)
    frames = training_frames(
        project, options.rater, chosen_actions(options.actions), human_only=not options.machine_touched
    )
    folds = balanced_folds(
        frames.participants,
        frames.positives,
        _most_folds(options, frames),
        options.seed,
        frames=frames.frame_counts,
    )
    if options.only_fold is not None and options.only_fold > len(folds):
        raise ProjectError(f"There is no fold {options.only_fold}: there are {len(folds)}.")
    beginning = _beginning(options, how, project.settings.name)
    plan = TrainingPlan(options, how, _facts(options, beginning), frames, folds, beginning)
    _require_somebody_to_set_aside(plan)
    return plan


def _most_folds(options: TrainOptions, frames: TrainingFrames) -> int:
    """As many as asked for; of a network that is kept, no more than there are persons."""
    if not options.keep:
        return options.folds
    persons = len({same_person(who) for who in frames.participants})
    if persons < _FEWEST_TO_DIVIDE:
        without = f" {frames.problems[0]}" if frames.problems else ""
        raise ProjectError(
            f"{frames.rater} has coded one child so far of whom there are aligned faces, and nobody would be "
            f"left to test a network on: code some frames of a second child, or cut out its faces.{without}"
        )
    return min(options.folds, persons)


def _facts(options: TrainOptions, beginning: Beginning) -> NetworkFacts:
    """Whose mean and deviation are taken: those of the network's card, or of that it began from."""
    cards = model_cards()
    alike = (each for each in cards.values() if each.network and each.network.architecture == options.network)
    card = cards.get(options.network) or cards.get(beginning.card) or next(alike, None)
    card = card or model_card(options.network)
    assert card.network is not None
    return card.network


def _require_somebody_to_set_aside(plan: TrainingPlan) -> None:
    for number in plan.numbers if plan.options.early_stop else ():
        others = [who for place, fold in enumerate(plan.folds, 1) if place != number for who in fold]
        if len({same_person(who) for who in others}) < _FEWEST_TO_DIVIDE:
            raise ProjectError(
                f"Fold {number} learns from one child, and --early-stop sets some aside: leave it out, or "
                "have more recordings coded."
            )


def planned_again(
    project: Project, config: Mapping[str, Any], data: Mapping[str, Any], name: str
) -> TrainingPlan:
    """The plan of a run that goes on.

    Raises
    ------
    ProjectError
        If codes, faces or weights have changed since it began.
    InvalidFileError
        If its recipe cannot be read.
    """
    from hrm_core.models.train.recipe_file import noted_recipe

    options = TrainOptions(**config["options"])
    how = noted_recipe(config["recipe"], name)
    frames = training_frames(project, data["rater"], data["actions"], human_only=not options.machine_touched)
    if frames.codes_fingerprint != data["codes_fingerprint"]:
        raise ProjectError(
            f"The codes of {frames.rater} have changed since {name} began, so it cannot go on: start a new "
            "run."
        )
    if frames.faces_fingerprint != data["faces_fingerprint"]:
        raise ProjectError(
            f"The aligned faces have changed since {name} began, so it cannot go on: start a new run."
        )
    noted = config["begins_from"]
    files = tuple(Path(file) for file in noted["files"])
    for file, sha256 in zip(files, noted["sha256"], strict=True):
        if not file.is_file() or sha256_of(file) != sha256:
            raise ProjectError(
                f"{file}, from which {name} began, has changed or is gone, so it cannot go on: put it back, "
                "or start a new run."
            )
    beginning = Beginning(
        files, tuple(noted["sha256"]), noted["words"], noted["licence"], noted.get("card", "")
    )
    folds = tuple(tuple(fold) for fold in data["folds"])
    return TrainingPlan(options, how, _facts(options, beginning), frames, folds, beginning)


def _recipe(options: TrainOptions) -> Recipe:
    how = recipe(options.network, options.preset)
    asked = {
        "epochs": options.epochs,
        "batch_size": options.batch_size,
        "learning_rate": options.learning_rate,
        "precision": options.precision,
        "sampling": options.sampling,
    }
    given: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    return replace(how, **given)


def _beginning(options: TrainOptions, how: Recipe, study: str) -> Beginning:
    asked = options.begin_from or how.begins_from or NO_WEIGHTS
    if asked == NO_WEIGHTS:
        return Beginning((), (), "random weights")
    if options.begin_from is not None and Path(asked).is_file():
        file = Path(asked).resolve()
        # Its folder may name a person, and these words are in reports that are given to others.
        return Beginning((file,), (sha256_of(file),), file.name)
    wanted = unseen_ancestor(asked, study)
    why = "" if wanted == asked else f", as {asked} knows the children who are held out"
    if not wanted:
        return Beginning((), (), f"random weights{why}")
    weights = registered_weights(weight_store(), model_card(wanted))
    if weights.checkpoint is None:
        if options.begin_from is None and options.preset == "smoke":
            return Beginning((), (), f"random weights, as those of {wanted} are not on this computer")
        raise NotFoundError(
            f"Training begins from the weights of {wanted}, and no checkpoint of it is on this computer: add "
            f"it with hrm models add {wanted} --weights FILE, or begin from random weights with --begin-from "
            "none."
        )
    files = tuple(filter(None, (weights.checkpoint, weights.landmarks)))
    licence = weights.card.licence.name
    return Beginning(files, tuple(sha256_of(file) for file in files), f"{wanted}{why}", licence, wanted)
