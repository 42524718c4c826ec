"""What expression models and people say of frames, as it is kept, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BY_HAND",
    "ExpressionCounts",
    "ExpressionFacts",
    "ExpressionSource",
    "FrameProbabilities",
    "KeptExpressions",
    "ModelCoverage",
]

BY_HAND = "by-hand"
"""In place of a model's name: a person's word, which counts for more than any model's."""


@dataclass(frozen=True, slots=True)
class ExpressionSource:
    """Where a model's numbers of one recording come from.

    Attributes
    ----------
    participant, video : str
        Code of the child, and name of the recording.
    fingerprint : str or None
        Of the recording's pictures; None where only its labels were there.
    frames : int
        How many frames there are numbers of.
    classes : tuple of str
        The classes in the order in which the source gave them.
    softmaxed : bool
        Whether what the source gave were logits, turned into probabilities here.
    sha256 : str
        Of the file; of the network and how its pictures are prepared, a colon and the fingerprint of the
        faces that it saw, where it was run here.
    synthetic : bool
        Whether the study is generated, and so this.
    made_at : str
        UTC, as ISO 8601.
    made_by : str
        Name of the rater; empty if it was not said.
    """

    participant: str
    video: str
    fingerprint: str | None
    frames: int
    classes: tuple[str, ...]
    softmaxed: bool
    sha256: str
    synthetic: bool = False
    made_at: str = ""
    made_by: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class FrameProbabilities:
    """What is said of some frames of one recording.

    Attributes
    ----------
    frames : ndarray of int64, shape (n,)
        Ascending, each once, counted from 0.
    values : ndarray of float32, shape (n, 7)
        Probability of each of :data:`~hrm_core.records.coded_frames.EXPRESSIONS`.  A row may have a sum
        below 1: what is missing is of classes that are none of the seven.  Of a person's word, 1 in one
        place, or all 0 for "none of them".
    """

    frames: NDArray[np.int64]
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class KeptExpressions:
    """Everything that is kept of one model.

    Attributes
    ----------
    model : str
        Its name, or :data:`BY_HAND`.
    recordings : tuple of (ExpressionSource, FrameProbabilities)
        Recording by recording, ordered by child and name.
    """

    model: str
    recordings: tuple[tuple[ExpressionSource, FrameProbabilities], ...]


@dataclass(frozen=True, slots=True)
class ModelCoverage:
    """How much one model says of the coded frames.

    Attributes
    ----------
    model : str
        Its name, or :data:`BY_HAND`.
    frames, recordings : int
        Coded frames of which it says something, and recordings they lie in.
    softmaxed : bool
        Whether any of its numbers were logits.
    synthetic : bool
        Whether any of it is generated.
    """

    model: str
    frames: int
    recordings: int
    softmaxed: bool
    synthetic: bool


@dataclass(frozen=True, slots=True)
class ExpressionCounts:
    """Frames of one expression and group.

    Attributes
    ----------
    group, expression : str
        Group of the children, ``""`` where it is not known; name of the expression.
    voted : int
        Frames for which the vote of the models reaches the threshold.
    refused : int
        Of them, those in which none of the required actions is coded.
    by_hand : int
        Frames of which a person says so.
    kept : int
        Frames that have this expression in the analysis.
    """

    group: str
    expression: str
    voted: int
    refused: int
    by_hand: int
    kept: int


@dataclass(frozen=True, slots=True)
class ExpressionFacts:
    """How the expressions of coded frames were found.

    Attributes
    ----------
    threshold : float
        Mean probability that was asked for, 0-1.
    requires : mapping of str to tuple of str
        By expression, the actions of which one must be coded.
    models : tuple of ModelCoverage
        Who voted, and people.
    frames : int
        Coded frames in all.
    voters : mapping of int to int
        How many frames were told of by so many models; those of which none says anything under 0.
    below_threshold : int
        Frames that models tell of without reaching the threshold.
    refused : int
        Frames whose expression lacks all the actions it requires.
    unseen : int
        Of them, those in which a required action could not be seen.
    by_hand : int
        Frames of which a person says what they show.
    kept : int
        Frames that have an expression.
    counts : tuple of ExpressionCounts
        By group and expression.
    notes : tuple of str
        What a person should look at, one sentence each.
    """

    threshold: float
    requires: Mapping[str, tuple[str, ...]]
    models: tuple[ModelCoverage, ...]
    frames: int
    voters: Mapping[int, int] = field(default_factory=dict)
    below_threshold: int = 0
    refused: int = 0
    unseen: int = 0
    by_hand: int = 0
    kept: int = 0
    counts: tuple[ExpressionCounts, ...] = ()
    notes: tuple[str, ...] = ()

    def in_words(self) -> dict[str, str]:
        """The facts for a report: what was done, and to how many frames."""
        if not self.models:
            return {"Expressions": "None imported; all frames are analysed together."}
        names = ", ".join(
            ("people" if model.model == BY_HAND else model.model)
            + (" (synthetic)" if model.synthetic else "")
            for model in self.models
        )
        voters = ", ".join(f"{number}: {count}" for number, count in sorted(self.voters.items()))
        rules = "; ".join(f"{name}: any of {', '.join(keys)}" for name, keys in self.requires.items())
        words = {
            "Expressions": f"Mean probability of {names}; at least {self.threshold:g} for one expression.",
            "Actions that an expression requires": rules or "none",
            "Frames by number of models that tell of them": voters or "none",
            "Frames with an expression": f"{self.kept} of {self.frames}",
            "Below the threshold": str(self.below_threshold),
            "Refused for want of a required action": (
                f"{self.refused}, of which {self.unseen} where one could not be seen"
            ),
            "Expression said by a person": str(self.by_hand),
        }
        if self.requires:
            words["Beware"] = (
                "Within an expression the actions that it requires are there by this rule: a difference in "
                "them between groups says little."
            )
        return words
