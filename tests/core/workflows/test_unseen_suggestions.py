"""A network is fitted by what was said of children before it knew them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hrm_core.exchange.held_out import write_held_out
from hrm_core.models.card import Licence, Lineage, ModelCard
from hrm_core.models.train.run_folder import FOLDER, new_run
from hrm_core.records.detections import Detections
from hrm_core.workflows import own_cards, unseen_suggestions
from hrm_core.workflows.fit_suggestions import fit_suggestions
from hrm_core.workflows.project import Project
from tests.support.said_study import COLUMNS, KEYS, SAID, add_run, in_clips, planned, said_of, said_study

_STUDY_OF_TWO = {"1", "2"}


def held_out(project: Project) -> Detections:
    """What is said of the two coded children by a network that learned from the other one."""
    columns = [KEYS.index(key) for key in SAID]
    said, places, frames = [], [], []
    for child in range(2):
        there = in_clips(planned()[child])
        said.append(said_of(planned())[child][there][:, columns])
        places.append(np.full(len(there), child))
        frames.append(there)
    codes = tuple(who.code for who, _ in project.recordings())
    of = np.concatenate(places)
    table = np.concatenate(said).astype(np.float32)
    truth = np.zeros(table.shape, np.uint8)
    numbers = np.concatenate(frames)
    # Both recordings are called so.
    return Detections(
        "r", SAID, codes[:2], of, ("play",), 0 * of, numbers, of + 1, truth, table, "probabilities"
    )


def learned(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the run's model be one that this study trained on both coded children."""
    with new_run(project.folder / FOLDER, "au", "starter", "small", name="r") as run:
        run.write_json("data", {"folds": [["1"], ["2"]]})
        run.set_state(state="finished")
    lineage = Lineage(project.settings.name, "r", "small", "", "", "2026-01-01", 2, 10, 2, {})
    card = ModelCard("made-up", "", "", "", Licence("", (), "", False), None, None, lineage=lineage)
    for module in (own_cards, unseen_suggestions):
        monkeypatch.setattr(module, "model_cards", lambda: {card.name: card})
    monkeypatch.setattr(own_cards, "model_card", lambda name: card)


@pytest.mark.slow
def test_the_fit_is_that_of_networks_that_had_not_seen_the_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, knowing = said_of(planned()), said_of(planned())
    for child in range(2):
        # It knows these two by heart.
        there = planned()[child].truth[:, COLUMNS] > 0
        knowing[child] = np.where(there, 0.999, 0.001)
    with said_study(tmp_path / "study") as project:
        wanted = dict(fit_suggestions(project, add_run(project, honest)).detail)
        assert wanted["children"] == 2
        assert wanted["unseen"] == 0
        run = add_run(project, knowing, key="b")
        learned(project, monkeypatch)
        write_held_out(project.folder / FOLDER / "r" / "held-out.parquet", held_out(project))
        found = dict(fit_suggestions(project, run).detail)
        assert found.pop("unseen") == found["frames"] == wanted["frames"]
        wanted.pop("unseen")
        assert _rounded(found) == _rounded(wanted)


def _rounded(detail: object) -> object:
    # Files of networks hold single precision, the store doubles.
    if isinstance(detail, float):
        return pytest.approx(detail, abs=1e-3)
    if isinstance(detail, dict):
        return {key: _rounded(value) for key, value in detail.items()}
    return [_rounded(each) for each in detail] if isinstance(detail, list | tuple) else detail


def test_without_the_run_nothing_is_fitted_to_children_it_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with said_study(tmp_path / "study") as project:
        run = project.store.model_runs.get(add_run(project, said_of(planned())))
        assert unseen_suggestions.unseen_suggestions(project, run).children == frozenset()
        learned(project, monkeypatch)
        unseen = unseen_suggestions.unseen_suggestions(project, run)
        assert unseen.children == _STUDY_OF_TWO
        assert np.isnan(unseen.said("1", "any", np.arange(3), SAID)).all()
        with pytest.raises(Exception, match="has coded 0 frames of which it says something"):
            fit_suggestions(project, run.id)
        assert (
            unseen_suggestions.unseen_suggestions(project, replace(run, model="gone")).children == frozenset()
        )
