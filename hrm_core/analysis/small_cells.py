"""What may be told of each child, so that nobody stands in a cell of few.

Every row of a table of children counts as one in the cell of its group, sex and age.  What is told here
makes no cell smaller than a number k (k-anonymity, L. Sweeney, International Journal of Uncertainty,
Fuzziness and Knowledge-Based Systems 10, 2002, 557-570).  A value that few children share is withheld, and
with it a second one (complementary suppression, L. Willenborg and T. de Waal, Elements of Statistical
Disclosure Control, Springer 2001): else who lacks a value would have the one that nobody else has.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence

from hrm_core.records.coded_frames import AnalysedChild
from hrm_core.records.release import ToldOfChild

__all__ = ["told_of_children"]

_Children = list[AnalysedChild]


def told_of_children(children: Sequence[AnalysedChild], smallest: int) -> dict[str, ToldOfChild]:
    """What a release tells of each child.

    The group matters most to who reads the data, so it is given up last: children are parted by group,
    these by sex, these by age.  Ages are completed years, joined to bands.

    Parameters
    ----------
    children : sequence of AnalysedChild
        All children of the release, each code once.
    smallest : int
        Every combination of what is told is told of at least so many children.

    Returns
    -------
    dict of str to ToldOfChild
        By the study's code of the child.

    Raises
    ------
    ValueError
        If there are fewer children than that.
    """
    if len(children) < smallest:
        raise ValueError(f"{len(children)} children cannot make a cell of {smallest}")
    told: dict[str, ToldOfChild] = {}
    for group, of_group in _parted(list(children), lambda child: child.group, smallest):
        for sex, of_sex in _parted(of_group, lambda child: child.sex or "", smallest):
            for years, of_age in _banded(of_sex, smallest):
                told.update({child.code: ToldOfChild(group, sex, years) for child in of_age})
    return told


def _parted(
    children: _Children, value: Callable[[AnalysedChild], str], smallest: int
) -> list[tuple[str, _Children]]:
    """Children by a value; those of whom it is not told, or not known, under ``""``."""
    having: defaultdict[str, _Children] = defaultdict(list)
    for child in children:
        having[value(child)].append(child)
    withheld = having.pop("", [])
    hidden = [each for each in having if len(having[each]) < smallest]
    shown = sorted(
        (each for each in having if each not in hidden), key=lambda each: (-len(having[each]), each)
    )
    withheld += [child for each in hidden for child in having[each]]
    # One hidden value alone would be known from what is shown of the others.
    while withheld and shown and (len(withheld) < smallest or len(hidden) == 1):
        hidden.append(shown.pop())
        withheld += having[hidden[-1]]
    return [(each, having[each]) for each in sorted(shown)] + ([("", withheld)] if withheld else [])


def _banded(children: _Children, smallest: int) -> list[tuple[tuple[int, int] | None, _Children]]:
    """Children by age: runs of completed years, none shared by fewer than that."""
    unknown = [child for child in children if child.age_years is None]
    known: defaultdict[int, _Children] = defaultdict(list)
    for child in children:
        if child.age_years is not None:
            known[math.floor(child.age_years)].append(child)
    if not known or 0 < len(unknown) < smallest or len(children) - len(unknown) < smallest:
        return [(None, children)]
    bands: list[tuple[tuple[int, int], _Children]] = []
    first, run, left = min(known), _Children(), len(children) - len(unknown)
    for year in sorted(known):
        run += known[year]
        left -= len(known[year])
        if len(run) >= smallest and (left >= smallest or not left):
            bands.append(((first, year), run))
            first, run = min((each for each in known if each > year), default=year), []
    return [*bands, *([(None, unknown)] if unknown else [])]
