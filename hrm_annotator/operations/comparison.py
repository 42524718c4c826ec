"""Compare frames with the neutral face in the thread that decodes them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hrm_core.records.comparison import Comparison, Wish

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hrm_core.workflows.compare_faces import NeutralBase
    from hrm_core.workflows.show_face import FaceLook

__all__ = ["Comparer", "part_of"]


class Comparer:
    """Adds to each picture what is asked for; any thread may use it.

    It is given pictures as the rater may see them, never others.
    """

    def __init__(self) -> None:
        self.wish = Wish()
        self._neutral: FaceLook | None = None
        # Of which neutral picture, and what of it every frame needs; swapped as a whole.
        self._base: tuple[FaceLook | None, NeutralBase | str] | None = None

    def set_neutral(self, look: FaceLook | None) -> None:
        """Compare with this neutral picture from now on; None if there is none."""
        self._neutral, self._base = look, None

    def add_to(self, look: FaceLook) -> FaceLook:
        """A picture with what is asked for."""
        wish, neutral = self.wish, self._neutral
        if wish.is_idle:
            return look
        from hrm_core.workflows.compare_faces import compare_with_neutral, neutral_base

        base = self._base
        if base is None or base[0] is not neutral:
            base = self._base = (neutral, neutral_base(neutral))
        return replace(look, comparison=compare_with_neutral(look, base[1], wish))


def part_of(picture: FaceLook | Comparison, action: str | None) -> NDArray[np.float64] | None:
    """Where an action shows in a picture: left, top, right, bottom in its pixels; None if not known."""
    from hrm_core.workflows.compare_faces import part_of_comparison, part_of_look

    if isinstance(picture, Comparison):
        return part_of_comparison(picture, action)
    return part_of_look(picture, action)
