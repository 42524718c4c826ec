"""What a command is: words, keys, and when it can be given."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Command"]


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the table.

    Attributes
    ----------
    text, tip : str
        Words of the menu entry, and the longer ones of the tool tip.
    keys : tuple of str
        Default keys, as Qt writes them; strokes one after another are parted by commas.
    number_keys : tuple of str or None
        Default keys of the profile *FACS numbers*; None where they are the same.
    icon : str or None
        Name of its icon.
    needs : {"", "project", "recording", "faces"}
        What must be open for it; for "faces" the wiring decides, and says in the tool tip why not.
    repeats : bool
        Whether holding the key down repeats it.
    checkable : bool
        Whether it is on or off.
    """

    text: str
    tip: str = ""
    keys: tuple[str, ...] = ()
    icon: str | None = None
    needs: str = ""
    repeats: bool = False
    checkable: bool = False
    number_keys: tuple[str, ...] | None = None

    @property
    def words(self) -> str:
        """The menu entry without its underlined letter and dots."""
        return self.text.replace("&", "").removesuffix(" …")
