"""What is trained when a study goes on with a network on all that has been coded so far."""

from __future__ import annotations

from dataclasses import replace

from hrm_core.errors import ProjectError
from hrm_core.models.card import ModelCard, NetworkFacts
from hrm_core.models.train.recipes import presets
from hrm_core.workflows.look_at_models import model_card
from hrm_core.workflows.training_frames import chosen_actions
from hrm_core.workflows.training_plan import TrainOptions

__all__ = ["options_to_go_on"]

_SMALL = "small"


def options_to_go_on(card_name: str, options: TrainOptions, *, preset: str | None = None) -> TrainOptions:
    """Begin from the weights of a card, and keep what comes of it as a model.

    Parameters
    ----------
    card_name : str
        A network whose checkpoint is on this computer.
    options : TrainOptions
        What else was asked for; ``actions`` empty for those of the card.
    preset : str, optional
        Of the recipe; if left out that by which the card's network was trained here, else ``small``
        where there is one, else the first.

    Returns
    -------
    TrainOptions
        For :func:`hrm_core.workflows.training_plan.plan_training`.

    Raises
    ------
    NotFoundError
        If there is no such card or action, or its network takes no pictures.
    ProjectError
        If the card is of no network, or as many actions are asked for as it tells, but others: its last
        layer would be taken for theirs.
    """
    card = model_card(card_name)
    facts = _facts(card)
    actions = options.actions
    if facts.actions and not actions:
        actions = ",".join(facts.actions)
    wanted = chosen_actions(actions or "22")
    if len(wanted) == len(facts.actions) and wanted != facts.actions:
        raise ProjectError(
            f"{card_name} tells {len(wanted)} other actions, or these in another order: leave --actions out "
            "to go on with its own."
        )
    return replace(
        options,
        network=facts.architecture,
        preset=preset or _preset(card, facts),
        actions=actions or "22",
        begin_from=card_name,
    )


def _facts(card: ModelCard) -> NetworkFacts:
    if card.network is None:
        raise ProjectError(f"{card.name} finds faces and learns no actions: choose a network of actions.")
    return card.network


def _preset(card: ModelCard, facts: NetworkFacts) -> str:
    known = presets(facts.architecture)
    if card.lineage is not None and card.lineage.preset in known:
        return card.lineage.preset
    return _SMALL if _SMALL in known else known[0]
