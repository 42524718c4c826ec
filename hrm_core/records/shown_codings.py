"""The codings of a recording as they may be shown: a check can hide codes of its clip."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from dataclasses import dataclass, replace
from typing import Any

from hrm_core.records.check import without_check
from hrm_core.records.coding import CodingState, FrameCoding

__all__ = ["Concealment", "ShownCodings"]


@dataclass(frozen=True, slots=True)
class Concealment:
    """Codes that a coder is not to see for the time being.

    Attributes
    ----------
    first, last : int
        Frames where they are hidden, both included.
    actions : frozenset of str
        Keys of the actions that are hidden.
    """

    first: int
    last: int
    actions: frozenset[str]

    def covers(self, frame: int | None) -> bool:
        """Whether codes of this frame are hidden."""
        return frame is not None and bool(self.actions) and self.first <= frame <= self.last

    def shown(self, coding: FrameCoding) -> FrameCoding:
        """What may be shown of a coding; a note could name what is hidden, and is hidden too."""
        if not self.covers(coding.frame):
            return coding
        codes = tuple(code for code in coding.codes if code.action not in self.actions)
        return replace(coding, codes=codes, comment="")

    def whole(self, new: FrameCoding, true: FrameCoding | None) -> FrameCoding:
        """An edited coding with all that was hidden from whoever edited it, as it was."""
        if true is None or not self.covers(new.frame):
            return new
        codes = [code for code in new.codes if code.action not in self.actions]
        codes += [code for code in true.codes if code.action in self.actions]
        state = new.state
        if state is CodingState.NOT_CODABLE and codes:
            state = true.state
        return replace(new, codes=tuple(codes), comment=new.comment or true.comment, state=state)


class ShownCodings(Mapping[int, FrameCoding]):
    """A view of codings that follows them, and hides what is concealed.

    Parameters
    ----------
    codings : mapping of int to FrameCoding
        The truth, by frame; it may change meanwhile.

    Attributes
    ----------
    concealment : Concealment or None
        What is hidden now.
    """

    def __init__(self, codings: Mapping[int, FrameCoding]) -> None:
        self._codings = codings
        self.concealment: Concealment | None = None

    @property
    def truth(self) -> Mapping[int, FrameCoding]:
        """All codings with what is hidden: to be judged by a check, never to be shown."""
        return self._codings

    @property
    def hidden_actions(self) -> frozenset[str]:
        """Keys of the actions that are hidden somewhere."""
        return self.concealment.actions if self.concealment is not None else frozenset()

    def hide(self, concealment: Concealment | None) -> tuple[int, ...]:
        """Hide this from now on, and nothing else; frames that look different because of it."""
        entries = [entry for entry in (self.concealment, concealment) if entry is not None]
        touched = {frame for entry in entries for frame in range(entry.first, entry.last + 1)}
        self.concealment = concealment
        return tuple(sorted(touched & self._codings.keys()))

    def hides(self, frame: int | None, key: str | None = None) -> bool:
        """Whether codes of an action are hidden in a frame; of any action and the note if it is None."""
        entry = self.concealment
        return entry is not None and entry.covers(frame) and (key is None or key in entry.actions)

    def to_write(self, edit: Mapping[int, FrameCoding | None]) -> dict[int, FrameCoding | None]:
        """An edit as it is to be written: what was hidden from the editor stays as it was.

        A frame that was checked is *coded* again where its codes change.
        """
        written = dict(edit)
        for frame, coding in edit.items():
            true = self._codings.get(frame)
            if coding is not None:
                whole = self.concealment.whole(coding, true) if self.concealment else coding
                written[frame] = without_check(whole, true)
            elif true is not None and self.hides(frame):
                # Left uncoded it would lose codes that nobody saw.
                written[frame] = true
        return written

    def __getitem__(self, frame: int) -> FrameCoding:
        coding = self._codings[frame]
        return coding if self.concealment is None else self.concealment.shown(coding)

    def get(self, frame: int, default: Any = None) -> Any:
        """The coding of a frame as it may be shown; `default` if it is uncoded."""
        coding = self._codings.get(frame)
        if coding is None or self.concealment is None:
            return default if coding is None else coding
        return self.concealment.shown(coding)

    def __iter__(self) -> Iterator[int]:
        return iter(self._codings)

    def __len__(self) -> int:
        return len(self._codings)

    def __contains__(self, frame: object) -> bool:
        return frame in self._codings

    # While nothing is hidden, which is nearly always, nothing is slower than without this view.

    def keys(self) -> KeysView[int]:
        """Frames with a coding."""
        return self._codings.keys()

    def values(self) -> ValuesView[FrameCoding]:
        """Codings as they may be shown."""
        return self._codings.values() if self.concealment is None else super().values()

    def items(self) -> ItemsView[int, FrameCoding]:
        """Frames with their codings as they may be shown."""
        return self._codings.items() if self.concealment is None else super().items()
