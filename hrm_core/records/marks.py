"""What a coder has marked on the way to an edit of many frames."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Marks"]


@dataclass(frozen=True, slots=True)
class Marks:
    """A range of frames that the coder has marked; None where it is not.

    Attributes
    ----------
    first, last : int or None
        Both included.
    apex : int or None
        Where the action is strongest.
    action : str or None
        Key of the action that the range is about; None is about all of them.
    proposed : bool
        Whether onset and offset are only a proposal.
    """

    first: int | None = None
    last: int | None = None
    apex: int | None = None
    action: str | None = None
    proposed: bool = False

    def frames(self) -> range | None:
        """All frames of the range; None if an end is missing."""
        return None if self.first is None or self.last is None else range(self.first, self.last + 1)
