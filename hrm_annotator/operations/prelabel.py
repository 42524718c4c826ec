"""Let a model suggest codes; every function here runs in a worker thread."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from hrm_core.progress import CancelToken, Progress
    from hrm_core.records.people import Rater
    from hrm_core.workflows.newer_models import NewerModel
    from hrm_core.workflows.prelabel import PrelabelReport
    from hrm_core.workflows.project import Project

__all__ = ["ModelChoice", "models_there", "suggest", "what_is_newer"]

_TRIES = 5

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that can be run here.

    Attributes
    ----------
    name, what, licence : str
        What it is.
    population : str
        Who is on the pictures it learned from.
    limits : tuple of str
        For whom and what it may not be used without checking.
    """

    name: str
    what: str
    licence: str
    population: str
    limits: tuple[str, ...]


def models_there(project: Project) -> tuple[ModelChoice, ...]:
    """Detectors whose weights are on this computer; those of drawn faces only for a drawn study."""
    from hrm_core.workflows.look_at_models import list_models, model_cards

    cards = _tried_again(model_cards)
    found = []
    for view in list_models():
        card = cards.get(view.name)
        fits = project.settings.synthetic or not view.synthetic
        if card is None or card.network is None or (view.state, view.role) != ("there", "detector"):
            continue
        if fits:
            facts = card.network
            found.append(ModelChoice(view.name, view.what, view.licence, facts.population, facts.limits))
    return tuple(found)


def what_is_newer(project: Project, rater: Rater) -> NewerModel | None:
    """What a model could be run on, as far as this rater is concerned."""
    from hrm_core.workflows.newer_models import newer_model

    # No card is read where no model has suggested anything yet: this runs whenever a study is opened.
    return _tried_again(partial(newer_model, project, rater))


def suggest(
    folder: Path, rater: Rater, model: str, only_uncoded: bool, progress: Progress, cancel: CancelToken
) -> PrelabelReport:
    """Let a model look at a study, or at what this rater has not coded; a UserError says why it cannot."""
    from hrm_core.workflows.look_at_models import model_cards
    from hrm_core.workflows.prelabel import PrelabelOptions, prelabel
    from hrm_core.workflows.project import open_project

    _tried_again(model_cards)
    options = PrelabelOptions(uncoded_by=rater.name if only_uncoded else None)
    # Opened for itself: the window may close the study while the last block is being written.
    with open_project(folder) as project:
        return prelabel(project, model, options=options, progress=progress, cancel=cancel)


def _tried_again(work: Callable[[], Found]) -> Found:
    """What reads the cards of models, tried again where another thread spoilt its imports.

    PySide looks at every module once it is imported, and guards itself against what it imports in doing
    so; the guard is one for all threads.  While another thread imports anything, pydantic, which answers
    such looks by importing, can therefore fail to be imported.  The next try is as good as new.
    """
    for _ in range(_TRIES - 1):
        with suppress(ImportError):
            return work()
    return work()
