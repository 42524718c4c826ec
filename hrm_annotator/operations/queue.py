"""What to code next; runs in a worker thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hrm_core.records.queue import QueueBy, QueueEntry, QueueLevel
from hrm_core.records.recording import Recording

if TYPE_CHECKING:
    from hrm_core.progress import CancelToken
    from hrm_core.records.people import Rater
    from hrm_core.records.suggestion import Mode
    from hrm_core.workflows.project import Project

__all__ = ["QueueWish", "Queued", "list_next"]


@dataclass(frozen=True, slots=True)
class QueueWish:
    """What the queue shall hold.

    Attributes
    ----------
    by : QueueBy
        What counts.
    level : QueueLevel
        Frames or clips.
    count : int
        How many at most.
    mine_only : bool
        Among frames that the coder has coded.
    """

    by: QueueBy = QueueBy.MIX
    level: QueueLevel = QueueLevel.FRAMES
    count: int = 200
    mine_only: bool = False


@dataclass(frozen=True, slots=True)
class Queued:
    """The queue, and the recordings it leads to by their numbers in the store."""

    entries: tuple[QueueEntry, ...]
    recordings: Mapping[int, Recording]


def list_next(
    project: Project, rater: Rater, wish: QueueWish, mode: Mode | None, cancel: CancelToken
) -> Queued:
    """What is most worth coding; a UserError says why nobody knows."""
    from hrm_core.workflows.code_next import code_next

    entries = code_next(
        project,
        rater,
        by=wish.by,
        level=wish.level,
        count=wish.count,
        mine_only=wish.mine_only,
        mode=mode,
        cancel=cancel,
    )
    return Queued(tuple(entries), {recording.id: recording for _, recording in project.recordings()})
