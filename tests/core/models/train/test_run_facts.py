from __future__ import annotations

from hrm_core.models.train.run_facts import (
    Curve,
    Difference,
    curves_of,
    differences,
    flattened,
    people_by_part,
)


def test_every_value_has_its_place() -> None:
    values = {
        "recipe": {"betas": [0.9, 0.95], "clip": None, "epochs": 3},
        "folds": [{"f1": {"AU1": 0.5}}, {"f1": {"AU1": 0.25}}],
        "empty": [],
        "nested": [[1, 2], [3]],
        "on": True,
    }

    assert flattened(values) == {
        "recipe.betas": "0.9, 0.95", "recipe.clip": None, "recipe.epochs": 3, "folds.1.f1.AU1": 0.5,
        "folds.2.f1.AU1": 0.25, "empty": "", "nested.1": "1, 2", "nested.2": "3", "on": True,
    }  # fmt: skip


def test_only_what_differs_is_told() -> None:
    one = {"recipe": {"epochs": 3, "rate": 0.1}, "seed": 0}
    two = {"recipe": {"epochs": 3, "rate": 0.2}, "seed": 0, "name": "x"}

    assert differences([one, two, one]) == (
        Difference("recipe.rate", (0.1, 0.2, 0.1)),
        Difference("name", (None, "x", None)),
    )
    assert differences([one, one]) == ()
    assert differences([{}, {}]) == ()


def test_people_stand_by_fold_whatever_the_order_of_rows() -> None:
    rows = [
        {"participant": "S3", "fold": "1", "repeat": "2"},
        {"participant": "S1", "fold": "1", "repeat": "2"},
        {"participant": "S2", "fold": "2", "repeat": "1"},
    ]

    assert people_by_part(rows) == {("1", "2"): ("S1", "S3"), ("2", "1"): ("S2",)}
    assert people_by_part([dict(reversed(row.items())) for row in rows[::-1]]) == people_by_part(rows)


def test_curves_are_told_apart_by_fold() -> None:
    rows = [
        {"fold": "1", "epoch": "1", "step": "9", "loss": "0.5", "f1": ""},
        {"fold": "2", "epoch": "1", "step": "9", "loss": "0.75", "f1": "nan"},
        {"fold": "1", "epoch": "2", "step": "18", "loss": "0.25", "f1": "0.5"},
        {"fold": "2", "epoch": "2", "step": "18", "loss": "inf", "f1": ""},
    ]

    assert curves_of(rows) == (
        Curve({"fold": "1"}, "loss", (1.0, 2.0), (0.5, 0.25)),
        Curve({"fold": "1"}, "f1", (2.0,), (0.5,)),
        Curve({"fold": "2"}, "loss", (1.0,), (0.75,)),
    )
    assert curves_of([]) == ()


def test_without_epochs_rows_are_counted() -> None:
    assert curves_of([{"loss": "3"}, {"loss": "2"}]) == (Curve({}, "loss", (1.0, 2.0), (3.0, 2.0)),)
