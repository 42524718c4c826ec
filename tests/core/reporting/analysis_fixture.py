"""A synthetic group analysis with everything in it; the numbers are made, not measured."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.agreement import Estimate
from hrm_core.records.analysis_patterns import (
    ActionDynamics,
    Combinations,
    ComplexityRow,
    CoOccurrence,
    DynamicsRow,
    Entropy,
    ExampleFrame,
    OverlapRow,
    Rarefaction,
    SynchronyRow,
    TopCombination,
    Transition,
)
from hrm_core.records.analysis_results import (
    AnalysisOptions,
    AnalysisReport,
    Asymmetry,
    ExplainedRatings,
    FrameTest,
    Importance,
    MixedModel,
    ParticipantTest,
    Unit,
)

MADE_ON = datetime(2026, 8, 1, 12, 30, tzinfo=UTC)
GROUPS = ("ASD", "TD")
ACTIONS = tuple(action.key for action in ALL_ACTIONS)
EXPRESSIONS = ("", "happiness", "surprise", "sadness")
_FRAMES = {"": (20_000, 9_000), "happiness": (3_000, 1_800), "surprise": (900, 400), "sadness": (700, 150)}
_SCORES = ("0", "12", "6+12", "6+12+25", "25", "1+2", "1+2+25+26", "4", "17", "L14", "45")


def analysis_report(*, mixed: bool = True) -> AnalysisReport:
    """The report of a study of 30 and 20 children that never were."""
    rng = np.random.default_rng(5)
    tests = [_tests(rng, action, one, mixed=mixed) for one in EXPRESSIONS for action in ACTIONS]
    return AnalysisReport(
        "Synthetic study 合成",
        True,
        "Synthetic truth",
        ACTIONS,
        AnalysisOptions(GROUPS, mixed=mixed, covariates=("age",) if mixed else ()),
        tuple(
            Unit(group, one, (30, 20)[side], (60, 41)[side], _FRAMES[one][side], _FRAMES[one][side] / 30)
            for one in EXPRESSIONS
            for side, group in enumerate(GROUPS)
        ),
        tuple(frames for frames, _ in tests),
        tuple(children for _, children in tests),
        _asymmetry(rng),
        _combinations(rng),
        _dynamics(rng),
        _ratings(rng),
        {"Codes": "of Synthetic truth", "Expressions": "Mean probability of one, two (synthetic)."},
        ("Suggestions of a model had a part in 12 frames.", "There are no frames of fear in TD."),
        {"HRM Annotator": "0.0", "Python": "3.11", "numpy": "2.0"},
        MADE_ON,
    )


def _about(rng: np.random.Generator, value: float, width: float) -> Estimate:
    return Estimate(value, value - width * rng.uniform(0.5, 1), value + width * rng.uniform(0.5, 1))


def _tests(
    rng: np.random.Generator, action: str, expression: str, *, mixed: bool
) -> tuple[FrameTest, ParticipantTest]:
    frames = _FRAMES[expression]
    rate = 0.0 if action in ACTIONS[-3:] else float(rng.beta(0.7, 6))
    shares = (rate, min(1.0, rate * float(rng.uniform(0.6, 1.5))))
    present = (round(frames[0] * shares[0]), round(frames[1] * shares[1]))
    if not any(present):
        constant = "constant: all values are equal"
        none = Estimate(0.0)
        return (
            FrameTest(
                action, expression, frames, present, frames[0] * frames[1] / 2, 0.0, 1.0, 0.0, 0.0, 1.0, None,
                none, 1.0, 1.0, len(ACTIONS), constant,
            ),
            ParticipantTest(
                action, expression, (30, 20), (0.0, 0.0), (0.0, 0.0), 0.0, 1.0, 1.0, 1.0, none, none, none,
                1.0, 1.0, len(ACTIONS), None, constant,
            ),
        )  # fmt: skip
    difference = shares[0] - shares[1]
    p, p_frames = float(rng.uniform(0.0001, 0.9)) ** 2, float(rng.uniform(1e-9, 0.3)) ** 3
    model = None
    if mixed:
        whole = rng.random() < 0.7
        found = _about(rng, 5 * difference, 0.6) if whole else Estimate(None, why="it does not converge")
        model = MixedModel(found, p if whole else None, 0.8 if whole else None, sum(frames), 50, ("age",))
    return (
        FrameTest(
            action, expression, frames, present, frames[0] * frames[1] * (0.5 + difference / 2),
            40 * difference, p_frames, float(np.log10(p_frames)), 39.9 * difference, p_frames * 1.01, None,
            _about(rng, difference, 0.02), min(1.0, 33 * p_frames), min(1.0, 5 * p_frames), len(ACTIONS),
        ),
        ParticipantTest(
            action, expression, (30, 20), shares, (shares[0] * 0.9, shares[1] * 0.9), 3 * difference, p,
            p * 0.99, p * 1.02, _about(rng, 2 * difference, 0.3), _about(rng, difference, 0.05),
            _about(rng, difference, 0.06), min(1.0, 33 * p), min(1.0, 5 * p), len(ACTIONS), model,
        ),
    )  # fmt: skip


def _asymmetry(rng: np.random.Generator) -> tuple[Asymmetry, ...]:
    return tuple(
        Asymmetry(
            action, group, 900, 60, 40, 12, _about(rng, 0.2, 0.2), _about(rng, 0.1, 0.05),
            0.31 if group == GROUPS[0] else None,
        )
        for action in ("AU2", "AU12", "AU14")
        for group in GROUPS
    )  # fmt: skip


def _combinations(rng: np.random.Generator) -> Combinations:
    complexity, rarefaction, entropy, top = [], [], [], []
    for one in EXPRESSIONS:
        at = min(_FRAMES[one])
        for side, group in enumerate(GROUPS):
            total = _FRAMES[one][side]
            parts = np.round(total * rng.dirichlet([4, 5, 5, 3, 2, 1])).astype(int)
            complexity += [
                ComplexityRow(group, one, k, int(n), int(n**0.6), int(n**0.55)) for k, n in enumerate(parts)
            ]
            sizes = tuple(int(size) for size in np.linspace(1, total, 20))
            expected = tuple((1.2 - 0.3 * side) * float(size) ** 0.6 for size in sizes)
            low, high = tuple(0.9 * value for value in expected), tuple(1.1 * value for value in expected)
            unique = Estimate(expected[-1], low[-1], high[-1])
            rarefaction.append(Rarefaction(group, one, sizes, expected, low, high, at, unique))
            entropy.append(
                Entropy(
                    group, one, total, round(expected[-1]), _about(rng, 5.0, 0.5), 5.1, _about(rng, 1.8, 0.2)
                )
            )
            places = (ExampleFrame("S01", "play time 1", 120), ExampleFrame("S04", "play time 2", 77))
            top += [
                TopCombination(group, one, score, 400 - 20 * k, 0.1 - 0.005 * k, 9, places)
                for k, score in enumerate(_SCORES[:6])
            ]
    seen = ACTIONS[:24]
    co_occurrence = tuple(_matrix(rng, group, seen) for group in GROUPS)
    changes = tuple(
        Transition(group, _SCORES[a], _SCORES[b], 90 - 4 * k, 8, 0.5 - 0.02 * k)
        for group in GROUPS
        for k, (a, b) in enumerate(
            [(0, 1), (1, 0), (1, 2), (2, 3), (3, 2), (0, 4), (4, 0), (5, 6), (0, 7), (8, 0)]
        )
    )
    return Combinations(
        tuple(complexity), tuple(rarefaction), tuple(entropy), tuple(top), co_occurrence, changes, 31
    )


def _matrix(rng: np.random.Generator, group: str, actions: tuple[str, ...]) -> CoOccurrence:
    size = len(actions)
    together = rng.integers(0, 400, (size, size))
    together = np.triu(together) + np.triu(together, 1).T
    np.fill_diagonal(together, rng.integers(400, 4000, size))
    lift = np.exp(rng.normal(0, 0.7, (size, size)))
    lift = np.triu(lift) + np.triu(lift, 1).T
    return CoOccurrence(
        group,
        "",
        actions,
        9_000,
        tuple(tuple(int(cell) for cell in row) for row in together),
        tuple(
            tuple(None if i == j or j == 3 or i == 3 else float(lift[i, j]) for j in range(size))
            for i in range(size)
        ),
    )


def _dynamics(rng: np.random.Generator) -> ActionDynamics:
    none = Estimate(None, why="no strength is known")
    rows = tuple(
        DynamicsRow(
            action, group, 40, 3, 10, _about(rng, 2.0 + 0.1 * k, 0.5), _about(rng, 0.8 + 0.05 * k, 0.2),
            _about(rng, 0.3, 0.1) if k % 2 else none, _about(rng, 0.2, 0.1) if k % 2 else none,
            _about(rng, 0.3, 0.1) if k % 2 else none, _about(rng, 2.3, 0.5) if k % 2 else none,
            0.2 if group == GROUPS[0] else None,
        )
        for k, action in enumerate(ACTIONS[:16])
        for group in GROUPS
    )  # fmt: skip
    overlaps = tuple(
        OverlapRow("AU6", "AU12", group, 22, _about(rng, 0.4, 0.1), _about(rng, -0.12, 0.1))
        for group in GROUPS
    )
    synchrony = tuple(
        SynchronyRow("AU12", group, 31, _about(rng, 0.8, 0.1), _about(rng, 0.05, 0.03), _about(rng, 0.5, 0.2))
        for group in GROUPS
    )
    return ActionDynamics(rows, overlaps, synchrony, "OpenFace's AUxx_r / 5", 7)


def _ratings(rng: np.random.Generator) -> ExplainedRatings:
    actions = tuple(
        Importance(action, 0.1 * (-1) ** k, _about(rng, 0.2 - 0.01 * k, 0.05))
        for k, action in enumerate(ACTIONS[:18])
    )
    return ExplainedRatings(
        "pilot", 48, 12, Estimate(0.52, 0.4, 0.6), Estimate(0.7), 0.21, actions, note="Few clips."
    )
