"""Strokes one after another: which command they mean, and when that is settled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hrm_annotator.actions.strokes import is_typed, split_strokes
from hrm_annotator.language import tr

__all__ = ["Reading", "TypedKeys"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What strokes came to.

    Attributes
    ----------
    commands : tuple of str
        Names of commands to be given now, in order.
    refused : str
        Why what was typed means nothing; empty if all is well.
    """

    commands: tuple[str, ...] = ()
    refused: str = ""


@dataclass(slots=True)
class _Node:
    command: str | None = None
    children: dict[str, _Node] = field(default_factory=dict)


class TypedKeys:
    """Reads strokes against the bindings; what is complete but may go on waits.

    Parameters
    ----------
    keys : mapping
        Keys by the name of the command; those that are not typed are left to others.
    """

    def __init__(self, keys: Mapping[str, Iterable[str]]) -> None:
        self._root = _Node()
        for name, choices in keys.items():
            for choice in choices:
                strokes = split_strokes(choice)
                if all(map(is_typed, strokes)):
                    self._add(strokes, name)
        self._node, self._strokes = self._root, list[str]()

    def _add(self, strokes: Iterable[str], name: str) -> None:
        node = self._root
        for stroke in strokes:
            node = node.children.setdefault(stroke, _Node())
        node.command = name

    @property
    def waiting(self) -> str:
        """What was typed and is not settled; empty if nothing waits."""
        return "".join(self._strokes) if self._of_digits else " ".join(self._strokes)

    @property
    def complete(self) -> bool:
        """Whether what waits is a command already."""
        return self._node.command is not None

    @property
    def _of_digits(self) -> bool:
        return all(stroke.isdigit() for stroke in self._strokes)

    def single(self, strokes: Iterable[str]) -> str | None:
        """The command that one stroke alone means at once; None if there is none."""
        node = self._next(self._root, strokes)[1]
        return node.command if node is not None and not node.children else None

    def takes(self, strokes: Iterable[str]) -> bool:
        """Whether a stroke with these readings means something here and now."""
        strokes = tuple(strokes)
        if self._strokes and not self.complete:
            return True  # it goes on, or is refused
        goes_on = self._next(self._node, strokes)[1] is not None
        return goes_on or self._is_wrong_digit(strokes) or self._next(self._root, strokes)[1] is not None

    def read(self, strokes: Iterable[str]) -> Reading:
        """Take a stroke, of which :meth:`takes` said that it means something."""
        strokes = tuple(strokes)
        stroke, node = self._next(self._node, strokes)
        if node is not None:
            return self._advance(stroke, node)
        if not self._strokes:
            return Reading()
        if self._is_wrong_digit(strokes) or not self.complete:
            tried = [*self._strokes, strokes[0]]
            self.drop()
            return Reading(refused=_no_such(tried))
        before = self.finish()
        after = self.read(strokes)
        return Reading(before.commands + after.commands, after.refused)

    def finish(self) -> Reading:
        """Settle what waits; nothing more comes."""
        command, strokes = self._node.command, self._strokes
        self.drop()
        if command is not None:
            return Reading((command,))
        return Reading(refused=_no_such(strokes)) if strokes else Reading()

    def drop(self) -> None:
        """Forget what waits."""
        self._node, self._strokes = self._root, []

    def _advance(self, stroke: str, node: _Node) -> Reading:
        if node.children:
            self._node = node
            self._strokes.append(stroke)
            return Reading()
        self.drop()
        return Reading((node.command,) if node.command is not None else ())

    def _is_wrong_digit(self, strokes: tuple[str, ...]) -> bool:
        """Whether a digit would make a number that is no action.

        Read afresh, the first digits of ``41`` would code an action that nobody meant.
        """
        if not self._strokes or not self._of_digits or self._next(self._node, strokes)[1] is not None:
            return False
        return strokes[:1] != () and strokes[0].isdigit()

    @staticmethod
    def _next(node: _Node, strokes: Iterable[str]) -> tuple[str, _Node | None]:
        return next(
            ((stroke, node.children[stroke]) for stroke in strokes if stroke in node.children), ("", None)
        )


def _no_such(strokes: list[str]) -> str:
    if all(stroke.isdigit() for stroke in strokes):
        return tr("There is no action {number}: nothing was coded.", number="".join(strokes))
    return tr("Nothing has the keys {keys}.", keys=" ".join(strokes))
