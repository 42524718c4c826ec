"""How far something is, in few words and in many."""

from __future__ import annotations

from hrm_annotator.language.catalogue import tr
from hrm_core.records.coding_progress import FrameCounts
from hrm_core.records.words import counted

__all__ = ["progress_text", "progress_words", "submission_text", "submission_words", "time_words"]


def progress_text(counts: FrameCounts, *, known: bool = True) -> str:
    """For a narrow column: ``"12/30 +8 carried"``, and a tick where all is coded.

    Parameters
    ----------
    counts : FrameCounts
        The frames.
    known : bool
        Whether it is known how many there are.
    """
    if not known:
        return f"{counts.done}{_carried(counts)}"
    if not counts.frames:
        return ""
    tick = "✓ " if counts.is_complete else ""
    return f"{tick}{counts.done}/{counts.frames}{_carried(counts)}"


def _carried(counts: FrameCounts) -> str:
    return f" +{counts.carried} carried" if counts.carried else ""


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
        return "Nothing is to be coded."
    words = f"{counts.done} of {counted(counts.frames, 'frame')} coded" if known else f"{counts.done} coded"
    among = [
        f"{number} {name}"
        for number, name in ((counts.checked, "checked"), (counts.not_codable, "not codable"))
        if number
    ]
    parts = [words + (f" ({', '.join(among)})" if among else "")]
    if counts.carried:
        parts.append(f"{counts.carried} carried and not confirmed")
    if known and counts.uncoded:
        parts.append(f"{counts.uncoded} uncoded")
    if counts.doubtful:
        parts.append(f"{counts.doubtful} doubtful")
    if counts.seconds >= 1:
        parts.append(time_words(counts.seconds))
    return ", ".join(parts) + "."


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
        return f"{seconds / 3600:.1f} h"
    return f"{round(seconds / 60)} min" if seconds >= 59.5 else f"{round(seconds)} s"
