"""Curves for TensorBoard, beside those of the run's own files."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from torch.utils.tensorboard import SummaryWriter

__all__ = ["Board"]


class Board:
    """Where the curves of one fold go; nowhere if `folder` is None.

    Parameters
    ----------
    folder : pathlib.Path or None
        Of its events.
    step : int
        Points from this step on that an interrupted session left are replaced.
    """

    def __init__(self, folder: Path | None, step: int) -> None:
        self._writer = None if folder is None else SummaryWriter(folder, purge_step=step)

    def __enter__(self) -> Board:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is not None:
            self._writer.close()

    def point(self, step: int, **values: float) -> None:
        """Add a point to curves."""
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(name, value, step)
