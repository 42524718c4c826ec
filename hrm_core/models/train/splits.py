"""Folds by person: whoever is in the test set of a fold is in no training set of it.

The number of persons is equal in all folds, give or take one. Among such folds those are looked for
in which every action has the same share of its positive frames in each fold, as Table VI of the
paper shows for its folds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.errors import UserError
from hrm_core.records.participant_codes import bare_code

__all__ = ["balanced_folds", "fold_table", "random_folds", "same_person"]

Folds = tuple[tuple[str, ...], ...]

_GROUPS = ("ASD", "TD")
# Blanks and brackets mean nothing in a code; nor does what is left at its end once the group is gone.
_BETWEEN = re.compile(r"[\s()\[\]{}]+")
_AT_END = " _-.,;"
_STARTS = 10
# Shares in millionths: whole numbers give the same folds on every machine.
_UNIT = 1_000_000


def same_person(code: str) -> str:
    """A key that codes of one person have in common.

    Parameters
    ----------
    code : str
        Code of a participant.

    Returns
    -------
    str
        Equal for codes that differ in case, blanks, full-width letters and digits, a group behind them
        (``"S12"``, ``"s12 TD"``, ``"S12TD"``, ``"S12 (TD)"``), leading zeros or a prefix. Two children
        who are taken for one cost some balance; one child who is taken for two would make every figure
        too good.
    """
    # A code typed with a Chinese input method has full-width letters, or signs that nobody sees.
    plain = "".join(
        sign for sign in unicodedata.normalize("NFKC", code) if unicodedata.category(sign) != "Cf"
    )
    bare = bare_code(_BETWEEN.sub("", plain).strip(_AT_END), _GROUPS).strip(_AT_END)
    return bare or plain.strip().casefold()


def balanced_folds(
    participants: Sequence[str],
    positives: ArrayLike,
    k: int = 3,
    seed: int = 0,
    *,
    frames: ArrayLike | None = None,
) -> Folds:
    """Folds by person in which every action is as frequent as in the others.

    Parameters
    ----------
    participants : sequence of str
        Codes, none twice.
    positives : array_like of int64, shape (n_participants, n_actions)
        Frames of each participant that show each action.
    k : int
        Number of folds, at least 2.
    seed : int
        Of the random beginnings.
    frames : array_like of int64, shape (n_participants,), optional
        Frames of each participant; balanced like one more action if given.

    Returns
    -------
    tuple of tuple of str
        Participants of each fold, in the order they were given in. The same for the same persons in
        any order.

    Raises
    ------
    UserError
        If there are fewer persons than folds.
    ValueError
        If shapes do not fit or a code is there twice.

    Notes
    -----
    From several random assignments with folds of equal size, the pair of persons whose exchange
    lowers the cost most is exchanged until no exchange lowers it, and the best result is kept. The
    cost is the sum, over actions and folds, of the squared deviation of a fold's share of the
    action's positive frames from 1/k.
    """
    table = np.asarray(positives, dtype=np.int64)
    if table.ndim != 2 or len(table) != len(participants):
        raise ValueError(f"expected positives of {len(participants)} participants, not {table.shape}")
    if frames is not None:
        table = np.column_stack([table, np.asarray(frames, dtype=np.int64)])
    of_person, persons = _persons(participants, k)
    sums = np.zeros((persons, table.shape[1]), dtype=np.int64)
    np.add.at(sums, of_person, table)
    shares = sums * _UNIT // np.maximum(sums.sum(axis=0), 1)
    draw = np.random.default_rng(seed)
    best, lowest = np.zeros(persons, dtype=np.int64), None
    for _ in range(_STARTS):
        fold, cost = _settled(shares, draw.permutation(np.arange(persons) % k), k)
        if lowest is None or cost < lowest:
            best, lowest = fold, cost
    return _named(participants, best[of_person], k)


def random_folds(participants: Sequence[str], k: int = 3, seed: int = 0) -> Folds:
    """Folds by person of equal size, give or take one, drawn at random.

    Parameters
    ----------
    participants : sequence of str
        Codes, none twice.
    k : int
        Number of folds, at least 2.
    seed : int
        Of the draw.

    Returns
    -------
    tuple of tuple of str
        Participants of each fold, in the order they were given in. The same for the same persons in
        any order.

    Raises
    ------
    UserError
        If there are fewer persons than folds.
    ValueError
        If a code is there twice.
    """
    of_person, persons = _persons(participants, k)
    fold = np.random.default_rng(seed).permutation(np.arange(persons) % k)
    return _named(participants, fold[of_person], k)


def fold_table(
    participants: Sequence[str], positives: ArrayLike, folds: Sequence[Sequence[str]]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """How often each action is there in each fold: Table VI.

    Parameters
    ----------
    participants : sequence of str
        Codes.
    positives : array_like of int64, shape (n_participants, n_actions)
        Frames of each participant that show each action.
    folds : sequence of sequence of str
        Participants of each fold.

    Returns
    -------
    positives : ndarray of int64, shape (n_folds, n_actions)
        Frames of each fold that show each action.
    shares : ndarray of float64, shape (n_folds, n_actions)
        Their share of all positive frames of the action; NaN where it has none.
    """
    table = np.asarray(positives, dtype=np.int64)
    place = {code: number for number, code in enumerate(participants)}
    counts = np.stack([table[[place[code] for code in fold]].sum(axis=0) for fold in folds])
    total = counts.sum(axis=0)
    shares = np.where(total > 0, counts / np.maximum(total, 1), np.nan)
    return counts, shares


def _persons(participants: Sequence[str], k: int) -> tuple[NDArray[np.int64], int]:
    """Number of the person behind each code, and how many there are."""
    if len(set(participants)) != len(participants):
        raise ValueError("a participant is there twice")
    if k < 2:
        raise ValueError(f"{k} folds leave nobody to test on or to train with; take 2 or more")
    keys = [same_person(code) for code in participants]
    number = {key: place for place, key in enumerate(sorted(set(keys)))}
    if len(number) < k:
        raise UserError(
            f"{k} folds by person need at least {k} persons, and there "
            f"{'is' if len(number) == 1 else 'are'} {len(number)} with codes: have more recordings coded, or "
            "take fewer folds."
        )
    return np.array([number[key] for key in keys], dtype=np.int64), len(number)


def _settled(shares: NDArray[np.int64], fold: NDArray[np.int64], k: int) -> tuple[NDArray[np.int64], int]:
    """Exchange persons of different folds as long as that lowers the cost."""
    product = shares @ shares.T
    square = np.diag(product)
    apart = square[:, None] + square[None, :] - 2 * product
    every = np.arange(len(fold))
    while True:
        sums = np.stack([shares[fold == number].sum(axis=0) for number in range(k)])
        # If i of fold a and j of fold b change places, and d = x_j - x_i, the squares of the two sums
        # change by 2 d·(S_a - S_b) + 2 d·d; all other terms of the cost stay.
        along = shares @ sums.T
        stays = along[every, fold]
        goes = along[:, fold]
        change = goes.T + goes - stays[:, None] - stays[None, :] + apart
        i, j = np.unravel_index(np.argmin(change), change.shape)
        if change[i, j] >= 0:
            return fold, int((sums**2).sum())
        fold[i], fold[j] = fold[j], fold[i]


def _named(participants: Sequence[str], fold: NDArray[np.int64], k: int) -> Folds:
    return tuple(
        tuple(code for code, of in zip(participants, fold.tolist(), strict=True) if of == number)
        for number in range(k)
    )
