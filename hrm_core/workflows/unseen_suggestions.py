"""What networks say of children whom they had not seen, in place of what one says that learned from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.exchange.held_out import read_held_out
from hrm_core.models.train.run_folder import FOLDER
from hrm_core.records.detections import Detections
from hrm_core.records.model_run import ModelRun
from hrm_core.workflows.look_at_models import model_cards
from hrm_core.workflows.own_cards import learned_from
from hrm_core.workflows.project import Project
from hrm_core.workflows.train_actions import HELD_OUT

__all__ = ["UnseenSuggestions", "unseen_suggestions"]


@dataclass(frozen=True, slots=True, eq=False)
class UnseenSuggestions:
    """Probabilities of a study's children by networks that had not seen them.

    Attributes
    ----------
    children : frozenset of str
        Codes of the participants whom the network itself learned from.
    held_out : Detections or None
        What was said of them when they were held out; None where the run of training is gone.
    """

    children: frozenset[str]
    held_out: Detections | None

    def said(
        self, child: str, video: str, frames: NDArray[np.int64], actions: Sequence[str]
    ) -> NDArray[np.float64]:
        """Probabilities, shape (n_frames, n_actions); NaN where nobody said anything unseen."""
        found = np.full((len(frames), len(actions)), np.nan)
        held = self.held_out
        if held is None or child not in held.participants or video not in held.videos:
            return found
        of_video = (held.of_participant == held.participants.index(child)) & (
            held.of_video == held.videos.index(video)
        )
        rows = np.flatnonzero(of_video)
        _, here, there = np.intersect1d(frames, held.frames[rows], return_indices=True)
        for place, key in enumerate(actions):
            if key in held.actions:
                found[here, place] = held.said[rows[there], held.actions.index(key)]
        return found


def unseen_suggestions(project: Project, run: ModelRun) -> UnseenSuggestions:
    """What stands in for a run's probabilities of children whom its network learned from.

    A network is surer of these children than it is of others; thresholds that were fitted to that would
    not hold for anybody else.

    Parameters
    ----------
    project : Project
        The open study.
    run : ModelRun
        The run of the model.

    Returns
    -------
    UnseenSuggestions
        About nobody if the network was not trained in this study, or its card is not on this computer.
    """
    card = model_cards().get(run.model)
    children = frozenset() if card is None else learned_from(project, card.name)
    if card is None or card.lineage is None or not children:
        return UnseenSuggestions(frozenset(), None)
    try:
        held_out = read_held_out(project.folder / FOLDER / card.lineage.run / HELD_OUT)
    except (NotFoundError, InvalidFileError):
        # Its frames are left out, and the fit says of how many it is.
        return UnseenSuggestions(children, None)
    return UnseenSuggestions(children, held_out)
