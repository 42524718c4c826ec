"""Agreement of codings, and decisions on what they disagree about; every function here runs in a worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import ProjectError, StoreWriteError
from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.adjudication import Decision, Dispute, Sight
from hrm_core.records.agreement import (
    AgreementOptions,
    Disagreement,
    Dropped,
    PairAgreement,
    Source,
    SourceKind,
)
from hrm_core.records.coding import ActionCode, FrameCoding
from hrm_core.records.people import Rater
from hrm_core.records.recording import Recording
from hrm_core.records.revision import Changes
from hrm_core.records.words import counted

if TYPE_CHECKING:
    from hrm_core.progress import CancelToken, Progress
    from hrm_core.workflows.project import Project

__all__ = [
    "LIVE",
    "Contents",
    "Disputed",
    "Extent",
    "Measured",
    "ReportPlace",
    "SideBySide",
    "Wish",
    "both_codings",
    "contents",
    "decide",
    "disputed",
    "measure",
    "take_agreed",
    "take_back",
    "undo",
    "write_report",
]

_PATIENCE_S = 10.0
_PEOPLE = (SourceKind.RATER, SourceKind.THEN)
LIVE = AgreementOptions(replicates=0)
"""How agreement is measured while somebody codes: without resampling, which takes seconds."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Which recordings are looked at; all if nothing is said.

    Attributes
    ----------
    participant, video : str or None
        Of this child, and only this recording of it.
    """

    participant: str | None = None
    video: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """Which codings are compared, and where.

    Attributes
    ----------
    first, second : Source
        The first is the reference of precision, recall and F1.
    extent : Extent
        Which recordings.
    """

    first: Source
    second: Source
    extent: Extent = Extent()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the raters among the two."""
        return tuple(one.name for one in (self.first, self.second) if one.kind is SourceKind.RATER)

    @property
    def of_two_raters(self) -> bool:
        """Whether two raters are compared, as they code now: only that is adjudicated."""
        return len(self.names) == 2

    @property
    def tells_sides(self) -> bool:
        """Whether both say on which side an action is; programs only say that it is there."""
        return self.first.kind in _PEOPLE and self.second.kind in _PEOPLE


@dataclass(frozen=True, slots=True)
class Contents:
    """What can be compared in a study.

    Attributes
    ----------
    sources : tuple of Source
        Raters first.
    recordings : mapping of int to (str, Recording)
        Codes of the children, and recordings, by their number in the store.
    consensus : frozenset of str
        Names of raters who are no persons: their codes follow from decisions.
    """

    sources: tuple[Source, ...]
    recordings: Mapping[int, tuple[str, Recording]]
    consensus: frozenset[str] = frozenset()

    def can_decide(self, wish: Wish) -> bool:
        """Whether disputes of these two are decided: a consensus is decided already."""
        return wish.of_two_raters and not self.consensus.intersection(wish.names)


@dataclass(frozen=True, slots=True)
class Measured:
    """Agreement, or how many frames forbid to tell it.

    Attributes
    ----------
    agreement : PairAgreement or None
        None as long as this person has not finished what the other coded.
    hidden : tuple of Dropped
        Frames that this person may not know of yet, by reason.
    """

    agreement: PairAgreement | None
    hidden: tuple[Dropped, ...] = ()


@dataclass(frozen=True, slots=True)
class Disputed:
    """Runs in which two codings differ.

    Attributes
    ----------
    disputes : tuple of Dispute
        By child, video, frame and action, decided ones among them.
    hidden : tuple of Dropped
        Frames that are not shown to this person yet, by reason.
    """

    disputes: tuple[Dispute, ...] = ()
    hidden: tuple[Dropped, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportPlace:
    """Where a report goes.

    Attributes
    ----------
    folder : pathlib.Path
        Made if missing.
    formats : tuple of str
        Which files.
    again : bool
        Replace a report that is there.
    """

    folder: Path
    formats: tuple[str, ...]
    again: bool = False


@dataclass(frozen=True, slots=True)
class SideBySide:
    """What two codings, and their consensus, say of a recording; only frames that may be shown.

    Attributes
    ----------
    video_id : int
        The recording.
    first, second, consensus : mapping of int to FrameCoding
        By frame.
    unjudged : (frozenset of str, frozenset of str)
        Actions that the first and the second cannot judge: nothing said of them is not "absent".
    sides : (bool, bool)
        Whether the first and the second say on which side an action is.
    """

    video_id: int
    first: Mapping[int, FrameCoding] = field(default_factory=dict)
    second: Mapping[int, FrameCoding] = field(default_factory=dict)
    consensus: Mapping[int, FrameCoding] = field(default_factory=dict)
    unjudged: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    sides: tuple[bool, bool] = (True, True)


class _CodesByFrame(Mapping[int, FrameCoding]):
    """What a program says, one frame at a time: nobody looks at all of its frames."""

    def __init__(
        self, video_id: int, frames: NDArray[np.int64], codes: NDArray[np.uint8], judged: NDArray[np.bool_]
    ) -> None:
        self._video_id, self._codes, self._judged = video_id, codes, judged
        self._rows = {frame: row for row, frame in enumerate(frames.tolist())}

    def __getitem__(self, frame: int) -> FrameCoding:
        codes = self._codes[self._rows[frame]]
        there = tuple(
            ActionCode(entry.key, int(code))
            for entry, code, judged in zip(ALL_ACTIONS, codes, self._judged, strict=True)
            if code and judged
        )
        return FrameCoding(0, self._video_id, frame, there)

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def contents(project: Project) -> Contents:
    """What there is to be compared, and where."""
    from hrm_core.workflows.agreement_sources import sources

    found = {recording.id: (who.code, recording) for who, recording in project.recordings()}
    made = project.store.adjudications.consensus_raters()
    names = frozenset(rater.name for rater in project.raters() if rater.id in made)
    return Contents(tuple(sources(project)), found, names)


def measure(
    project: Project,
    person: Rater,
    wish: Wish,
    options: AgreementOptions,
    written: Callable[[float], bool],
    progress: Progress,
    cancel: CancelToken,
) -> Measured:
    """How far two codings agree, as far as this person may know; a UserError says what is missing."""
    from hrm_core.workflows.measure_agreement import measure_pair

    _wait(written)
    extent = wish.extent
    if hidden := _hidden(project, person, wish):
        # Numbers tell too: who sees them rise while coding is no independent coder.
        return Measured(None, hidden)
    agreement = measure_pair(
        project,
        wish.first,
        wish.second,
        options,
        participant=extent.participant,
        video=extent.video,
        progress=progress,
        cancel=cancel,
    )
    return Measured(agreement)


def disputed(project: Project, person: Rater, wish: Wish, written: Callable[[float], bool]) -> Disputed:
    """Where two codings differ, as far as this person may see it."""
    from hrm_core.workflows.adjudicate import open_disagreements
    from hrm_core.workflows.measure_agreement import list_disagreements

    _wait(written)
    extent = wish.extent
    if wish.of_two_raters:
        first, second = _raters(project, wish)
        found = open_disagreements(
            project, person, first, second, participant=extent.participant, video=extent.video
        )
        return Disputed(found.disputes, found.why_hidden)
    if hidden := _hidden(project, person, wish):
        return Disputed((), hidden)
    runs = list_disagreements(
        project, wish.first, wish.second, participant=extent.participant, video=extent.video
    )
    return Disputed(tuple(map(Dispute, runs)))


def both_codings(project: Project, person: Rater, wish: Wish, recording: Recording) -> SideBySide:
    """All that two codings, and their consensus, say of the frames that this person may see."""
    from hrm_core.workflows.adjudicate import consensus_rater, may_see

    if not wish.of_two_raters:
        return _with_a_program(project, person, wish, recording)
    first, second = _raters(project, wish)
    sight = may_see(project, person, first, second, recording)
    seen = set(sight.frames.tolist())
    columns = tuple(
        {frame: coding for frame, coding in _codings(project, rater, recording).items() if frame in seen}
        for rater in (first, second, consensus_rater(project, first, second))
    )
    return SideBySide(recording.id, columns[0], columns[1], columns[2])


def decide(
    project: Project, actor: Rater, wish: Wish, run: Disagreement, code: int, reason: str, frame: int | None
) -> tuple[Decision, ...]:
    """Write what holds for a run, or for one frame of it; a UserError says why it cannot be.

    Returns
    -------
    tuple of Decision
        What held there until now, for :func:`undo`.
    """
    from hrm_core.workflows.adjudicate import decide
    from hrm_core.workflows.undo_decision import decided_so_far

    first, second = _raters(project, wish)
    with project.store.all_or_nothing():
        before = decided_so_far(project, first, second, run, frame=frame)
        decide(project, actor, first, second, run, code, reason, frame=frame)
    return before


def undo(
    project: Project,
    actor: Rater,
    wish: Wish,
    run: Disagreement,
    frame: int | None,
    before: Sequence[Decision],
) -> Changes:
    """Take back what was decided, and let hold again what held `before` it; all of it stays in the log."""
    from hrm_core.workflows.undo_decision import undo_decision

    return undo_decision(project, actor, *_raters(project, wish), run, before, frame=frame)


def take_back(project: Project, actor: Rater, wish: Wish, run: Disagreement, frame: int | None) -> Changes:
    """Take back what was decided about a run, or about one frame of it; it stays in the log."""
    from hrm_core.workflows import adjudicate

    return adjudicate.take_back(project, actor, *_raters(project, wish), run, frame=frame)


def take_agreed(project: Project, actor: Rater, wish: Wish) -> int:
    """Take over the frames on which both agree; how many were written."""
    from hrm_core.workflows import adjudicate

    extent = wish.extent
    changes = adjudicate.take_agreed_in(
        project, actor, *_raters(project, wish), participant=extent.participant, video=extent.video
    )
    return sum(len(entry.codings) for entry in changes)


def write_report(
    project: Project,
    person: Rater,
    wish: Wish,
    where: ReportPlace,
    written: Callable[[float], bool],
    progress: Progress,
    cancel: CancelToken,
) -> tuple[Path, ...]:
    """Measure once more with intervals, and write the report; a UserError says what is missing."""
    from hrm_core.workflows.measure_agreement import make_report
    from hrm_core.workflows.write_reliability_report import require_room, write_reliability_report

    require_room(where.folder, where.formats, replace=where.again)
    _wait(written)
    if hidden := _hidden(project, person, wish):
        raise ProjectError(f"{counted(hidden[0].frames, 'frame')} are not shown to you yet: {hidden[0].why}.")
    extent = wish.extent
    report = make_report(
        project,
        [(wish.first, wish.second)],
        AgreementOptions(),
        participant=extent.participant,
        video=extent.video,
        progress=progress,
        cancel=cancel,
    )
    return write_reliability_report(
        report, where.folder, where.formats, replace=where.again, progress=progress, cancel=cancel
    )


def _with_a_program(project: Project, person: Rater, wish: Wish, recording: Recording) -> SideBySide:
    """Both codings of a recording where a program, or the past, is one of them."""
    from hrm_core.workflows.source_codes import source_says, tells_sides

    sight = _sight(project, person, wish, recording)
    if sight is not None and sight.hidden:
        return SideBySide(recording.id)
    who = next(child for child, one in project.recordings() if one.id == recording.id)
    columns: list[Mapping[int, FrameCoding]] = []
    unjudged = []
    for source in (wish.first, wish.second):
        codes = source_says(project, source, who, recording).codes
        if source.kind is SourceKind.RATER:
            columns.append(_codings(project, project.store.people.rater(source.name), recording))
        else:
            columns.append(_CodesByFrame(recording.id, codes.frames, codes.codes, codes.judged))
        judged = zip(ALL_ACTIONS, codes.judged, strict=True)
        unjudged.append(frozenset(entry.key for entry, known in judged if not known))
    return SideBySide(
        recording.id,
        columns[0],
        columns[1],
        unjudged=(unjudged[0], unjudged[1]),
        sides=(tells_sides(wish.first), tells_sides(wish.second)),
    )


def _hidden(project: Project, person: Rater, wish: Wish) -> tuple[Dropped, ...]:
    """Frames of which this person may not know yet what somebody else says."""
    from hrm_core.workflows.adjudicate import open_disagreements

    extent = wish.extent
    frames: Counter[str] = Counter()
    for _, recording in project.recordings(extent.participant, extent.video):
        sight = _sight(project, person, wish, recording)
        for why, found in () if sight is None else sight.hidden.items():
            frames[why] += len(found)
    if frames and wish.of_two_raters:
        # Only what both coded is compared: what nobody else has coded yet hides nothing.
        return open_disagreements(
            project, person, *_raters(project, wish), participant=extent.participant, video=extent.video
        ).why_hidden
    return tuple(Dropped(why, count) for why, count in frames.items() if count)


def _sight(project: Project, person: Rater, wish: Wish, recording: Recording) -> Sight | None:
    """What this person may see of a recording; None if nobody else's codes are told."""
    from hrm_core.workflows.adjudicate import may_see

    people = [
        project.store.people.rater(one.name) for one in (wish.first, wish.second) if one.kind in _PEOPLE
    ]
    if all(rater.id == person.id for rater in people):
        return None
    # Compared with a tool, or with their own past, a rater's codes are told as well.
    return may_see(project, person, people[0], people[-1], recording)


def _raters(project: Project, wish: Wish) -> tuple[Rater, Rater]:
    people = project.store.people
    return people.rater(wish.first.name), people.rater(wish.second.name)


def _codings(project: Project, rater: Rater | None, recording: Recording) -> Mapping[int, FrameCoding]:
    from hrm_core.workflows.code_frames import CodingDesk

    return {} if rater is None else CodingDesk(project, rater, recording).codings()


def _wait(written: Callable[[float], bool]) -> None:
    """Let codes reach the disk before what is said of them."""
    if not written(_PATIENCE_S):
        raise StoreWriteError("The codes are not on disk yet, so nothing can be said of them: try again.")
