"""Group analysis: combinations of actions and their time course, as found."""

from __future__ import annotations

from dataclasses import dataclass

from hrm_core.records.agreement import Estimate

__all__ = [
    "ActionDynamics",
    "CoOccurrence",
    "Combinations",
    "ComplexityRow",
    "DynamicsRow",
    "Entropy",
    "ExampleFrame",
    "OverlapRow",
    "Rarefaction",
    "SynchronyRow",
    "TopCombination",
    "Transition",
]

# ---- combinations --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExampleFrame:
    """Where a combination can be looked at.

    Attributes
    ----------
    participant, video : str
        Code of the child; name of the recording.
    frame : int
        0-based.
    """

    participant: str
    video: str
    frame: int


@dataclass(frozen=True, slots=True)
class ComplexityRow:
    """Frames with so many actions at once.

    Attributes
    ----------
    group, expression : str
        ``""`` for all frames.
    complexity : int
        How many actions are present; 0 is a face without any.
    frames : int
        How many frames have so many.
    unique : int
        How many different combinations these are, sides counted as different.
    unique_sideless : int
        The same with sides left out.
    """

    group: str
    expression: str
    complexity: int
    frames: int
    unique: int
    unique_sideless: int


@dataclass(frozen=True, slots=True)
class Rarefaction:
    """How many different combinations so many frames of a group hold on average (Hurlbert 1971).

    Attributes
    ----------
    group, expression : str
        ``""`` for all frames.
    frames : tuple of int
        Sizes of samples, ascending; the last is all frames.
    expected, low, high : tuple of float
        Combinations, and their interval by leaving out one child at a time (equal to `expected` without
        intervals): a bootstrap would repeat children and so find too few combinations.
    at : int
        The size that both groups reach, for comparing them.
    unique : Estimate
        Combinations expected at that size.
    """

    group: str
    expression: str
    frames: tuple[int, ...]
    expected: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    at: int
    unique: Estimate


@dataclass(frozen=True, slots=True)
class Entropy:
    """How evenly combinations are spread.

    Attributes
    ----------
    group, expression : str
        ``""`` for all frames.
    frames, unique : int
        Frames and different combinations.
    bits : Estimate
        Shannon entropy in bits; interval by leaving out one child at a time, as for :class:`Rarefaction`.
    corrected : float or None
        With the correction of Miller and Madow for few frames.
    mean_complexity : Estimate
        Actions per frame; interval by resampling children.
    """

    group: str
    expression: str
    frames: int
    unique: int
    bits: Estimate
    corrected: float | None
    mean_complexity: Estimate


@dataclass(frozen=True, slots=True)
class TopCombination:
    """One of the most frequent combinations of a group.

    Attributes
    ----------
    group, expression : str
        ``""`` for all frames.
    score : str
        Written as FACS scores are: ``"6+12+25"``; ``"0"`` for a face without any action.
    frames : int
        How many frames show just this.
    share : float
        Of the group's frames, 0-1.
    children : int
        Of how many children.
    examples : tuple of ExampleFrame
        Middle frames of its longest stretches, each of another child as far as possible.
    """

    group: str
    expression: str
    score: str
    frames: int
    share: float
    children: int
    examples: tuple[ExampleFrame, ...]


@dataclass(frozen=True, slots=True)
class CoOccurrence:
    """How often actions are present together in one group.

    Attributes
    ----------
    group, expression : str
        ``""`` for all frames.
    actions : tuple of str
        Those that occur in either group, so that the matrices of both can be compared.
    frames : int
        Frames that all of these actions could be seen in.
    together : tuple of tuple of int
        Frames with both; the diagonal counts the action itself.
    lift : tuple of tuple of (float or None)
        P(both) / (P(one) P(other)): 1 if they are independent; None where one never occurs, and on
        the diagonal.
    """

    group: str
    expression: str
    actions: tuple[str, ...]
    frames: int
    together: tuple[tuple[int, ...], ...]
    lift: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Transition:
    """One combination after another, from one frame to the next of a recording.

    Attributes
    ----------
    group : str
        Name of the group.
    before, after : str
        FACS scores, different from each other.
    count, children : int
        How often, and of how many children.
    probability : float
        Share of the changes that leave `before`.
    """

    group: str
    before: str
    after: str
    count: int
    children: int
    probability: float


@dataclass(frozen=True, slots=True)
class Combinations:
    """All about which actions occur together."""

    complexity: tuple[ComplexityRow, ...] = ()
    rarefaction: tuple[Rarefaction, ...] = ()
    entropy: tuple[Entropy, ...] = ()
    top: tuple[TopCombination, ...] = ()
    co_occurrence: tuple[CoOccurrence, ...] = ()
    transitions: tuple[Transition, ...] = ()
    """The most frequent of each group, at most 40."""
    dropped: int = 0
    """Frames of both groups left out because an action could not be seen in them."""
    unseen: tuple[str, ...] = ()
    """Actions that the coder could see in no frame at all: they are in no combination."""


# ---- dynamics ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DynamicsRow:
    """Time course of the events of one action in one group.

    An event is a run of consecutive coded frames with the action; one that touches the end of a coded
    stretch is cut off and counts in `cut` only.

    Attributes
    ----------
    action, group : str
        Key of the action; name of the group.
    events, cut, children : int
        Whole events, events that are cut off, and children with a whole one.
    per_minute : Estimate
        Events that begin, per minute of coded frames; a frame counts from the one before it, in which its
        beginning could be seen.
    duration_s : Estimate
        Mean over children of their median duration; a frame lasts until the next is shown.
    onset_s, apex_s, offset_s : Estimate
        From the beginning to the first frame with 90 % of the greatest strength, from there to the end of
        the last such frame, and from there to the end of the event (in each event: its duration together);
        means over children of medians of events whose strength is known throughout; `why` where it never
        is.
    speed_per_s : Estimate
        Steepest rise of strength from one frame to the next until 90 % are reached, in parts of the whole
        scale per second; mean over children of their median.
    p_duration : float or None
        Mann-Whitney over children between the groups, of the median duration, exact where that is
        feasible; on the first group's row.
    """

    action: str
    group: str
    events: int
    cut: int
    children: int
    per_minute: Estimate
    duration_s: Estimate
    onset_s: Estimate
    apex_s: Estimate
    offset_s: Estimate
    speed_per_s: Estimate
    p_duration: float | None = None


@dataclass(frozen=True, slots=True)
class OverlapRow:
    """How much events of two actions overlap in one group.

    Attributes
    ----------
    first, second, group : str
        Keys of two actions; name of the group.
    events : int
        Overlapping pairs of events whose beginnings are both seen.
    jaccard : Estimate
        Frames with both / frames with either; interval by resampling children.
    lead_s : Estimate
        Mean over children of the median time from the onset of the first to that of the second.
    """

    first: str
    second: str
    group: str
    events: int
    jaccard: Estimate
    lead_s: Estimate


@dataclass(frozen=True, slots=True)
class SynchronyRow:
    """Whether both sides of an action move together, in one group.

    Attributes
    ----------
    action, group : str
        Key of the action; name of the group.
    events : int
        Events whose beginning is seen, with a frame that shows both sides.
    together : Estimate
        Share of them that begin on both sides in one frame.
    lag_s : Estimate
        Mean over children of the mean absolute time between the onsets of the sides, 0 where they begin
        together.
    left_leads : Estimate
        Share of those that do not begin together in which the child's left begins.
    """

    action: str
    group: str
    events: int
    together: Estimate
    lag_s: Estimate
    left_leads: Estimate


@dataclass(frozen=True, slots=True)
class ActionDynamics:
    """All about the time course of actions."""

    rows: tuple[DynamicsRow, ...] = ()
    overlaps: tuple[OverlapRow, ...] = ()
    synchrony: tuple[SynchronyRow, ...] = ()
    strength_source: str = ""
    without_time: int = 0
    """Frames whose time is not known; their recordings take no part."""
