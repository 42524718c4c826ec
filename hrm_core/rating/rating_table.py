"""The answers of a session as arrays, ready to be measured."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["JudgeConduct", "RatingTable", "RepeatedAnswer", "clip_numbers"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class JudgeConduct:
    """Who a judge is and how the judge went about it.

    Attributes
    ----------
    name : str
        Who.
    blind : bool
        Whether the judge was blind.
    why_not_blind : str
        Why not.
    planned : int
        Clips that were to be rated.
    attention_right, attention_asked : int
        Checks of attention that were answered as asked, and that were answered.
    taken_back : int
        Answers on clips, repeats left out, that were given again.
    begun_again : int
        Showings of clips that were answered, repeats left out, beyond the first and the replays.
    via : tuple of str
        Where answers were given, ``"window"``, ``"browser"`` or both; empty if not known.
    """

    name: str
    blind: bool = True
    why_not_blind: str = ""
    planned: int = 0
    attention_right: int = 0
    attention_asked: int = 0
    taken_back: int = 0
    begun_again: int = 0
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RepeatedAnswer:
    """A clip that one judge rated twice.

    Attributes
    ----------
    judge, clip : int
        Column and row of the table.
    first, second : int
        The answers.
    """

    judge: int
    clip: int
    first: int
    second: int


@dataclass(frozen=True, slots=True, eq=False)
class RatingTable:
    """All answers that count, by clip and judge.

    Attributes
    ----------
    points : int
        Of the scale; scores go from 1 to it.
    judges : tuple of JudgeConduct
        In the order of the columns.
    numbers : ndarray of int64, shape (n_clips,)
        What reports call the clips, from :func:`clip_numbers`.
    children : ndarray of int64, shape (n_clips,)
        Which child a clip shows; equal numbers are the same child, and mean nothing else.
    scores : ndarray of float64, shape (n_clips, n_judges)
        First answers; NaN where there is none.
    positions : ndarray of float64, shape (n_clips, n_judges)
        0-based place of the trial in the judge's order; NaN where it is not known.
    response_s : ndarray of float64, shape (n_clips, n_judges)
        Seconds from the end of the clip to the answer; NaN where they were not measured.
    replays : ndarray of int64, shape (n_clips, n_judges)
        How often the judge had the clip played again.
    repeats : tuple of RepeatedAnswer
        Second answers.

    Raises
    ------
    ValueError
        If the shapes do not fit or a score is not on the scale.
    """

    points: int
    judges: tuple[JudgeConduct, ...]
    numbers: Ints
    children: Ints
    scores: Floats
    positions: Floats
    response_s: Floats
    replays: Ints
    repeats: tuple[RepeatedAnswer, ...] = ()

    def __post_init__(self) -> None:
        shape = (len(self.numbers), len(self.judges))
        if any(
            array.shape != shape for array in (self.scores, self.positions, self.response_s, self.replays)
        ) or self.children.shape != (shape[0],):
            raise ValueError(f"expected arrays of {shape[0]} clips and {shape[1]} judges")
        given = self.scores[~np.isnan(self.scores)]
        if ((given < 1) | (given > self.points) | (given != np.rint(given))).any():
            raise ValueError(f"scores are whole numbers from 1 to {self.points}")

    @property
    def given(self) -> NDArray[np.bool_]:
        """Where there are answers, [n_clips, n_judges]."""
        return ~np.isnan(self.scores)

    @property
    def active(self) -> list[int]:
        """Columns of the judges who have answered something."""
        return np.flatnonzero(self.given.any(axis=0)).tolist()

    def blind_means(self) -> Floats:
        """Mean answer of the blind judges on each clip.

        Returns
        -------
        ndarray of float64, shape (n_clips,)
            NaN where no blind judge rated the clip, and everywhere if all judges who rated are of one kind.
        """
        blind = [column for column in self.active if self.judges[column].blind]
        means = np.full(len(self.scores), np.nan)
        if len(blind) < len(self.active):
            rows = self.given[:, blind].any(axis=1)
            means[rows] = np.nanmean(self.scores[rows][:, blind], axis=1)
        return means


def clip_numbers(secret: str, clip_ids: Sequence[int]) -> Ints:
    """Numbers by which a report may name clips without telling which child they show.

    Parameters
    ----------
    secret : str
        Of the session; the same secret gives the same numbers on every machine.
    clip_ids : sequence of int
        All clips of the session.

    Returns
    -------
    ndarray of int64, shape (n_clips,)
        1, 2, ... in the order of a hash of secret and clip: a clip's neighbours in the store,
        which mostly show the same child, stand anywhere.
    """
    keys = [hashlib.sha256(f"{secret}:{clip}".encode()).hexdigest() for clip in clip_ids]
    numbers = np.empty(len(keys), dtype=np.int64)
    numbers[np.argsort(np.array(keys, dtype=np.str_), kind="stable")] = np.arange(1, len(keys) + 1)
    return numbers
