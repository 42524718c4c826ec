"""Sentences without which the numbers of a session would mislead."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hrm_core.rating.estimates import ResultOptions
from hrm_core.rating.rating_table import RatingTable
from hrm_core.records.rating_plan import Presentation
from hrm_core.records.words import counted
from hrm_core.stats.bootstrap import FEW_CLUSTERS

__all__ = ["rating_warnings"]

FEW_ANSWERS = 10
"""With fewer answers, habits of a judge are not spoken of."""

_ONE_ANSWER_SHARE = 0.9
_QUICK_S, _QUICK_SHARE, _QUICK_ANSWERS = 0.3, 0.05, 3
_MANY_REPLAYS, _MANY_SHARE = 3, 0.1


def rating_warnings(table: RatingTable, presentation: Presentation, options: ResultOptions) -> Iterator[str]:
    """What a reader of the whole must know.

    Parameters
    ----------
    table : RatingTable
        All answers.
    presentation : Presentation
        What the judges could do.
    options : ResultOptions
        Whether there are intervals.

    Yields
    ------
    str
        A sentence; none names a child or a file.
    """
    given = table.given
    if not given.any():
        yield "Nobody has rated anything yet."
        return
    for column, judge in enumerate(table.judges):
        missing = judge.planned - int(given[:, column].sum())
        if missing == judge.planned and missing:
            yield f"{judge.name} has rated nothing yet, and is in no number here."
        elif missing > 0:
            planned = counted(judge.planned, "clip")
            yield f"{judge.name} has not finished: {missing} of {planned} still to rate."
    if len(table.active) == 1:
        yield "Only one judge has rated: there is no agreement to speak of."
    yield from _about_children(table, options)
    for judge in table.judges:
        if not judge.blind:
            why = f" ({judge.why_not_blind})" if judge.why_not_blind else ""
            yield f"{judge.name} was not blind{why}."
        failed = judge.attention_asked - judge.attention_right
        if failed:
            asked = counted(judge.attention_asked, "check")
            yield f"{judge.name} failed {failed} of {asked} of attention."
        if judge.begun_again:
            yield (
                f"Showings to {judge.name} were interrupted and begun again ({judge.begun_again} in all): "
                "what was seen more than once is no first impression."
            )
    for column in table.active:
        yield from _habits(table, column, presentation)


def _about_children(table: RatingTable, options: ResultOptions) -> Iterator[str]:
    children = len(np.unique(table.children[table.given.any(axis=1)]))
    if not options.replicates:
        return
    if children == 1:
        yield (
            "All clips show one child: there are no intervals by children, and nothing here tells how "
            "another child would be rated."
        )
    elif children < FEW_CLUSTERS:
        yield (
            f"Only {children} children: with fewer than {FEW_CLUSTERS}, intervals by resampling children "
            "are rough and tend to be too narrow."
        )


def _habits(table: RatingTable, column: int, presentation: Presentation) -> Iterator[str]:
    """Answers that came without looking, or that are no first impression."""
    name, answered = table.judges[column].name, table.given[:, column]
    total = int(answered.sum())
    if total < FEW_ANSWERS:
        return
    scores = table.scores[answered, column].astype(np.int64)
    most = np.bincount(scores).max()
    if most > _ONE_ANSWER_SHARE * total:
        yield (
            f"{name} gave {most} of {total} clips the same answer ({np.bincount(scores).argmax()}): such "
            "answers tell little about the clips, and lower every coefficient."
        )
    seconds = table.response_s[answered, column]
    seconds = seconds[~np.isnan(seconds)]
    quick = int((seconds < _QUICK_S).sum())
    # Where answers count before the end of a clip, they are below 0 by design.
    often = quick >= _QUICK_ANSWERS and quick > _QUICK_SHARE * len(seconds)
    if often and presentation.least_watch_s is None:
        yield (
            f"{name} gave {quick} of {len(seconds)} timed answers within {_QUICK_S:g} s of the end of the "
            "clip: too quick to be about all of it."
        )
    replayed = int((table.replays[answered, column] >= _MANY_REPLAYS).sum())
    if presentation.max_replays != 0 and replayed > _MANY_SHARE * total:
        yield (
            f"{name} had {replayed} of {total} clips played again {_MANY_REPLAYS} times or more: their "
            "answers are no first impressions."
        )
