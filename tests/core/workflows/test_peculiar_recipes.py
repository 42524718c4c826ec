"""Recipes that cut faces, normalise picture by picture, average weights and need one fold only."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from hrm_core.exchange.held_out import read_held_out
from hrm_core.models.train.recipe import Recipe
from hrm_core.progress import NoProgress
from hrm_core.workflows.project import Project, open_project
from hrm_core.workflows.train_actions import plan_training, resume_training, train_actions
from hrm_core.workflows.training_plan import TrainOptions
from hrm_core.workflows.training_report import TrainReport
from tests.core.workflows.test_train_actions import CPU, KilledError, Seen, curves
from tests.support.training_study import ACTIONS, SMALL, coded_study, small_network

PECULIAR = replace(
    SMALL,
    epochs=2,
    loss="tempered_bce",
    sampling="balanced",
    cut=(0.0, 0.0, 1.0, 1.0),
    normalised_by="picture",
    steady_start=True,
    averaged=0.5,
    first_fold_only=True,
)
HOW = TrainOptions(network="resnet50", preset="smoke", actions=ACTIONS, folds=2, name="my run")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with open_project(coded_study(tmp_path / "study")) as project:
        yield project


def trained(project: Project, recipe: Recipe, options: TrainOptions, seen: Seen | None = None) -> TrainReport:
    with small_network(recipe):
        plan = plan_training(project, options)
        return train_actions(project, plan, seen or Seen(), machines=CPU, progress=seen or NoProgress())


def said(report: TrainReport) -> np.ndarray:
    return read_held_out(report.folder / "held-out.parquet").said


def test_one_fold_is_enough_and_the_card_says_what_is_peculiar(project: Project) -> None:
    report = trained(project, PECULIAR, HOW)
    assert [fold.fold for fold in report.folds] == [1]
    draft = tomllib.loads((report.folder / "card.toml").read_text(encoding="utf-8"))
    said_of_input = {key: draft["network"]["input"][key] for key in ("size", "cut", "normalised_by")}
    assert said_of_input == {"size": 16, "cut": [0.0, 0.0, 1.0, 1.0], "normalised_by": "picture"}
    other = trained(project, PECULIAR, replace(HOW, only_fold=2, name="other"))
    assert [fold.fold for fold in other.folds] == [2]


def test_averages_go_on_where_they_were(project: Project) -> None:
    whole = trained(project, PECULIAR, replace(HOW, name="whole"))
    # Eight steps, of which the last four are averaged.
    with pytest.raises(KilledError):
        trained(project, PECULIAR, replace(HOW, checkpoint_minutes=0), Seen(7))
    with small_network(PECULIAR):
        again = resume_training(project, "my run", Seen(), machines=CPU)
    assert curves(project) == curves(project, "whole")
    assert said(again).tobytes() == said(whole).tobytes()


def test_averaged_weights_predict_and_are_kept(project: Project) -> None:
    averaged = trained(project, PECULIAR, replace(HOW, name="averaged"))
    plain = trained(project, replace(PECULIAR, averaged=0.0), replace(HOW, name="plain"))
    kept, last = (
        torch.load(report.folder / "fold-1" / "weights.pth", weights_only=True)
        for report in (averaged, plain)
    )
    # The same training: what is learned differs in nothing but the average.
    assert curves(project, "averaged") == curves(project, "plain")
    assert any(not torch.equal(kept[key], last[key]) for key in kept)
    assert not np.array_equal(said(averaged), said(plain))


def test_brightness_of_a_picture_says_nothing(project: Project) -> None:
    options = replace(HOW, name="normal")
    report = trained(project, replace(PECULIAR, augmentation=replace(SMALL.augmentation, flip=0.0)), options)
    brighter = project.folder / "Training Runs"
    for cache in brighter.glob(".faces-*.npy"):
        faces = np.load(cache)
        np.save(cache, (faces // 2 + 60).astype(np.uint8))
    dimmed = trained(
        project,
        replace(PECULIAR, augmentation=replace(SMALL.augmentation, flip=0.0)),
        replace(HOW, name="dimmed"),
    )
    assert np.abs(said(report) - said(dimmed)).max() < 0.05
