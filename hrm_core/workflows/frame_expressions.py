"""The expression of each coded frame: the models' vote, the actions that must be there, people's word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.pseudo_labels import lacking_actions, soft_vote, sure_expression
from hrm_core.config import PROJECT_FILE
from hrm_core.errors import ProjectError
from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.coded_frames import EXPRESSIONS, NO_EXPRESSION, CodedFrames
from hrm_core.records.expressions import (
    BY_HAND,
    ExpressionCounts,
    ExpressionFacts,
    ExpressionSource,
    FrameProbabilities,
    KeptExpressions,
    ModelCoverage,
)
from hrm_core.workflows.project import Project
from hrm_core.workflows.study_expressions import kept_models

__all__ = ["required_actions", "with_expressions"]

_LEAST_VOTED = 0.5


def with_expressions(project: Project, frames: CodedFrames) -> tuple[CodedFrames, ExpressionFacts]:
    """Coded frames with their expressions, and how these were found.

    Parameters
    ----------
    project : Project
        The open study; its section ``[expressions]`` says threshold and required actions.
    frames : CodedFrames
        Their expressions are replaced.

    Returns
    -------
    frames : CodedFrames
        Expressions filled in; ``NO_EXPRESSION`` where models are not sure enough, none says anything, the
        actions that the expression requires are not coded, or a person says "none of them".
    facts : ExpressionFacts
        How many frames that was.

    Raises
    ------
    ProjectError
        If ``expressions.requires`` cannot be read.
    InvalidFileError
        If what is kept of a model is damaged.
    """
    settings = project.settings.expressions
    requires = required_actions(project)
    finger = {
        (who.code, recording.name): project.identified(recording).fingerprint
        for who, recording in project.recordings()
    }
    laid = [_laid(kept, frames, finger) for kept in kept_models(project)]
    votes = [each.values for each in laid if each.model != BY_HAND]
    mean, voters = soft_vote(votes, len(frames.frame))
    voted = sure_expression(mean, settings.threshold)
    lacking, unseen = lacking_actions(voted, frames.codes, frames.actions, requires)
    expression = np.where(lacking, NO_EXPRESSION, voted).astype(np.int8)
    by_hand = np.zeros(len(frames.frame), dtype=bool)
    for each in laid:
        if each.model == BY_HAND:
            by_hand = np.asarray(~np.isnan(each.values).any(axis=1))
            expression[by_hand] = sure_expression(each.values[by_hand].astype(np.float64), _LEAST_VOTED)
    found = replace(frames, expression=expression)
    facts = ExpressionFacts(
        settings.threshold,
        requires,
        tuple(each.coverage() for each in laid),
        len(frames.frame),
        _counted(voters) if votes else {},
        below_threshold=int(((voters > 0) & (voted == NO_EXPRESSION)).sum()),
        refused=int(lacking.sum()),
        unseen=int(unseen.sum()),
        by_hand=int(by_hand.sum()),
        kept=int((expression != NO_EXPRESSION).sum()),
        counts=_counts(found, voted, lacking, by_hand),
        notes=(*(note for each in laid for note in each.notes), *_vote_notes(voters, len(votes))),
    )
    return found, facts


def required_actions(project: Project) -> dict[str, tuple[str, ...]]:
    """By expression, the actions of which at least one must be coded, from ``expressions.requires``.

    Parameters
    ----------
    project : Project
        The open study.

    Raises
    ------
    ProjectError
        If a line names no expression, or an action that this study does not code, or one stands there twice.
    """
    path = project.folder / PROJECT_FILE
    coded = {action.key for action in project.actions()}
    found: dict[str, tuple[str, ...]] = {}
    for line in project.settings.expressions.requires:
        name, colon, rest = line.partition(":")
        name, keys = name.strip().casefold(), tuple(rest.replace(",", " ").split())
        if not colon or not keys:
            raise ProjectError(
                f"{path}: expressions.requires has {line!r}: write an expression, a colon and actions, as in "
                '"happiness: AU12".'
            )
        if name not in EXPRESSIONS:
            raise ProjectError(
                f"{path}: expressions.requires names {name!r}, which is no expression: write one of "
                f"{', '.join(EXPRESSIONS)}."
            )
        if name in found:
            raise ProjectError(
                f"{path}: expressions.requires names {name} twice: put all its actions into one line."
            )
        wrong = [key for key in keys if key not in coded]
        if wrong:
            known = ", ".join(action.key for action in ALL_ACTIONS if action.key in coded)
            raise ProjectError(
                f"{path}: expressions.requires asks for {wrong[0]!r} with {name}, which this study does not "
                f"code: choose of {known}."
            )
        found[name] = keys
    return found


# ---- models ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Laid:
    """A model's numbers laid over the coded frames, shape (n, 7), NaN where it says nothing."""

    model: str
    values: NDArray[np.float32]
    sources: tuple[ExpressionSource, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def coverage(self) -> ModelCoverage:
        told = int((~np.isnan(self.values).any(axis=1)).sum())
        return ModelCoverage(
            self.model,
            told,
            len(self.sources),
            any(source.softmaxed for source in self.sources),
            any(source.synthetic for source in self.sources),
        )


def _laid(kept: KeptExpressions, frames: CodedFrames, finger: Mapping[tuple[str, str], str | None]) -> _Laid:
    place = {(frames.children[child].code, name): at for at, (child, name) in enumerate(frames.videos)}
    # Rows are ordered by recording, so each has a stretch of its own.
    ends = np.searchsorted(frames.video, np.arange(len(frames.videos)), side="right")
    begins = np.searchsorted(frames.video, np.arange(len(frames.videos)), side="left")
    values = np.full((len(frames.frame), len(EXPRESSIONS)), np.nan, dtype=np.float32)
    sources, notes = [], []
    for source, rows in kept.recordings:
        key = (source.participant, source.video)
        if key not in finger:
            notes.append(
                f"{kept.model}: the study has no video {source.video!r} of participant {source.participant} "
                "any more; its expressions take no part."
            )
        elif source.fingerprint is not None and finger[key] not in (None, source.fingerprint):
            notes.append(
                f"{kept.model}: video {source.video!r} of participant {source.participant} is another file "
                "than when its expressions were taken in; they take no part: take them in again with --again."
            )
        elif key in place:
            rows_here = slice(begins[place[key]], ends[place[key]])
            values[rows_here] = _matched(rows, frames.frame[rows_here])
            sources.append(source)
    return _Laid(kept.model, values, tuple(sources), tuple(notes))


def _matched(rows: FrameProbabilities, frames: NDArray[np.int64]) -> NDArray[np.float32]:
    """What is said of these frames, NaN where nothing is."""
    at = np.minimum(np.searchsorted(rows.frames, frames), len(rows.frames) - 1)
    there = rows.frames[at] == frames
    return np.where(there[:, np.newaxis], rows.values[at], np.float32(np.nan))


# ---- facts -----------------------------------------------------------------------------


def _counted(voters: NDArray[np.int64]) -> dict[int, int]:
    numbers, counts = np.unique(voters, return_counts=True)
    return dict(zip(numbers.tolist(), counts.tolist(), strict=True))


def _counts(
    frames: CodedFrames,
    voted: NDArray[np.int8],
    lacking: NDArray[np.bool_],
    by_hand: NDArray[np.bool_],
) -> tuple[ExpressionCounts, ...]:
    groups = frames.groups_of_frames
    found = []
    for group in sorted({child.group for child in frames.children}):
        mine = groups == group
        for place, name in enumerate(EXPRESSIONS):
            said, kept = mine & (voted == place), mine & (frames.expression == place)
            found.append(
                ExpressionCounts(
                    group,
                    name,
                    int(said.sum()),
                    int((said & lacking).sum()),
                    int((kept & by_hand).sum()),
                    int(kept.sum()),
                )
            )
    return tuple(found)


def _vote_notes(voters: NDArray[np.int64], models: int) -> Sequence[str]:
    notes = []
    if models == 1:
        notes.append("Only one model was taken in: there is no vote, its word counts alone.")
    some = int(((voters > 0) & (voters < models)).sum())
    if some:
        notes.append(
            f"Only some of the {models} models know {some} of the frames; those that do vote on them."
        )
    return notes
