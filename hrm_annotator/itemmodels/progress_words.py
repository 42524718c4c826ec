"""How far something is, in few words and in many."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from hrm_annotator.language import tr, trn
from hrm_core.records.coding_progress import FrameCounts

__all__ = ["progress_text", "progress_words", "submission_text", "submission_words", "time_words"]


def progress_text(counts: FrameCounts, *, known: bool = True, narrow: bool = False) -> str:
    """For a narrow column: ``"12/30 +8 carried"``, and a tick where all is coded.

    Parameters
    ----------
    counts : FrameCounts
        The frames.
    known : bool
        Whether it is known how many there are.
    narrow : bool
        Whether there is no room for words, so that ``"+8"`` must do.
    """
    if not known:
        return f"{counts.done}{_carried(counts, narrow)}"
    if not counts.frames:
        return ""
    tick = "✓ " if counts.is_complete else ""
    return f"{tick}{counts.done}/{counts.frames}{_carried(counts, narrow)}"


def _carried(counts: FrameCounts, narrow: bool) -> str:
    if not counts.carried:
        return ""
    return f" +{counts.carried}" if narrow else tr(" +{number} carried", number=counts.carried)


def progress_words(counts: FrameCounts, *, known: bool = True) -> str:
    """For a tool tip and a screen reader: a sentence with everything that is counted.

    Parameters
    ----------
    counts : FrameCounts
        The frames.
    known : bool
        Whether it is known how many there are.
    """
    if not counts.frames:
        return tr("Nothing is to be coded.")
    if known:
        words = trn(
            "{done} of {count} frame coded", "{done} of {count} frames coded", counts.frames, done=counts.done
        )
    else:
        words = tr("{done} coded", done=counts.done)
    among = []
    if counts.checked:
        among.append(tr("{number} checked", number=counts.checked))
    if counts.not_codable:
        among.append(tr("{number} not codable", number=counts.not_codable))
    parts = [tr("{counted} ({among})", counted=words, among=_joined(among)) if among else words]
    if counts.carried:
        parts.append(tr("{number} carried and not confirmed", number=counts.carried))
    if known and counts.uncoded:
        parts.append(tr("{number} uncoded", number=counts.uncoded))
    if counts.doubtful:
        parts.append(tr("{number} doubtful", number=counts.doubtful))
    if counts.seconds >= 1:
        parts.append(time_words(counts.seconds))
    return tr("{parts}.", parts=_joined(parts))


def _joined(parts: Sequence[str]) -> str:
    """Parts of a sentence one after another."""
    return reduce(lambda first, second: tr("{first}, {second}", first=first, second=second), parts)


def submission_text(changed: bool) -> str:
    """Of a submitted clip, for a narrow column."""
    return tr("changed since") if changed else tr("✓ submitted")


def submission_words(progress: str, changed: bool) -> str:
    """Of a submitted clip, for a tool tip and a screen reader: its progress, and that it is submitted."""
    if changed:
        return tr("{progress} Submitted, and changed since the submission.", progress=progress)
    return tr("{progress} Submitted.", progress=progress)


def time_words(seconds: float) -> str:
    """A time as people say it: ``"40 s"``, ``"25 min"``, ``"1.2 h"``."""
    # Just below an hour nobody wants to read "60 min".
    if seconds >= 59.5 * 60:
        return tr("{number} h", number=f"{seconds / 3600:.1f}")
    if seconds >= 59.5:
        return tr("{number} min", number=round(seconds / 60))
    return tr("{number} s", number=round(seconds))
