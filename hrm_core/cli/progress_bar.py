"""A :class:`~hrm_core.progress.Progress` on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from hrm_core.progress import Progress

__all__ = ["terminal_progress"]


class _Bars:
    def __init__(self, bars: RichProgress) -> None:
        self._bars = bars
        self._task: int | None = None

    def start(self, title: str, total: int | None) -> None:
        self._task = self._bars.add_task(title, total=total)

    def advance(self, units: int = 1) -> None:
        if self._task is not None:
            self._bars.advance(self._bars.task_ids[-1], units)

    def finish(self) -> None:
        if self._task is not None:
            self._bars.remove_task(self._bars.task_ids[-1])
            self._task = None


@contextmanager
def terminal_progress() -> Iterator[Progress]:
    """Bars on stderr while the block runs; nothing where stderr is no terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with RichProgress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        yield _Bars(bars)
