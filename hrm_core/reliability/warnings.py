"""Sentences without which the numbers would mislead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.agreement import AgreementOptions
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.records.words import counted
from hrm_core.reliability.by_event import ByEvent
from hrm_core.reliability.estimates import Labels
from hrm_core.reliability.pairing import Paired
from hrm_core.reliability.sides import exchanged_recordings
from hrm_core.stats.bootstrap import FEW_CLUSTERS

__all__ = ["action_warnings", "pair_warnings", "too_rare"]

# A study half of whose recordings wait for the second coder needs no line for each of them.
_MOST_APART = 3


def action_warnings(
    paired: Paired,
    action: str,
    counts: NDArray[np.int64],
    events: ByEvent,
    labels: Labels,
    options: AgreementOptions,
) -> Iterator[str]:
    """What a reader of one action's row must know.

    Parameters
    ----------
    paired : Paired
        The common frames.
    action : str
        Its key.
    counts : ndarray of int64, shape (4,)
        Frames in which both, only the first, only the second, and neither used it.
    events : ByEvent
        Its events.
    labels : (str, str)
        What the sources are called.
    options : AgreementOptions
        What counts as rare.

    Yields
    ------
    str
        A sentence.
    """
    judged = paired.judged[:, COLUMN_OF[action]]
    if not judged.all():
        why = "; ".join(dict.fromkeys(reasons[action] for reasons in paired.why_not if action in reasons))
        yield f"{action} is compared in {int(judged.sum())} of {len(judged)} recordings only: {why}."
    both, first_only, second_only, _ = counts.tolist()
    used = (both + first_only, both + second_only)
    total = int(counts.sum())
    if not any(used):
        return
    for never, other in ((0, 1), (1, 0)):
        if not used[never]:
            yield (
                f"{labels[never]} never used {action} in {counted(total, 'frame')}, {labels[other]} did in "
                f"{used[other]:,}: counted as no agreement, it says little of how well they could agree."
            )
    if too_rare(counts, events, options):
        # The same words for every rare action, so that a report says them once; the numbers are in its row.
        yield (
            f"Too rare to judge: each of the two should have {counted(options.rare_frames, 'frame')} and "
            f"{counted(options.rare_events, 'event')} of it."
        )


def too_rare(counts: NDArray[np.int64], events: ByEvent, options: AgreementOptions) -> bool:
    """Whether either source scored an action in too few frames, or events, to judge it.

    Parameters
    ----------
    counts : ndarray of int64, shape (4,)
        Frames in which both, only the first, only the second, and neither used it.
    events : ByEvent
        Its events.
    options : AgreementOptions
        What counts as rare.
    """
    both, first_only, second_only, _ = counts.tolist()
    frames = min(both + first_only, both + second_only)
    return bool(
        frames < options.rare_frames or min(events.first_events, events.second_events) < options.rare_events
    )


def pair_warnings(
    paired: Paired, actions: Sequence[str], labels: Labels, options: AgreementOptions
) -> Iterator[str]:
    """What a reader of the whole must know.

    Parameters
    ----------
    paired : Paired
        The common frames.
    actions : sequence of str
        Keys of the actions that are compared.
    labels : (str, str)
        What the sources are called.
    options : AgreementOptions
        Whether there are intervals.

    Yields
    ------
    str
        A sentence.
    """
    participants = len(paired.participants)
    if options.replicates and participants == 1:
        yield (
            "All frames are of one participant: there are no intervals by participants, and nothing "
            "here tells how the sources would agree on another."
        )
    elif options.replicates and participants < FEW_CLUSTERS:
        yield (
            f"Only {participants} participants: with fewer than {FEW_CLUSTERS}, intervals by participants "
            "are rough and tend to be too narrow."
        )
    if options.replicates and paired.segments == 1:
        yield f"Only {counted(1, 'segment')}: there are no intervals by segments."
    elif options.replicates and paired.segments < FEW_CLUSTERS:
        yield f"Only {counted(paired.segments, 'segment')}: intervals by segments are rough, too."
    yield from exchanged_recordings(paired, actions, labels)
    yield from paired.apart[:_MOST_APART]
    more = len(paired.apart) - _MOST_APART
    if more > 0:
        yield f"In {counted(more, 'more recording')} they have no frame in common."
