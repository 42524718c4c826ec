"""The face on the screen beside the neutral one: laid on it, as a difference, or half by half.

Everything is made from the pictures that a rater is shown, with their eyes covered where that is
due: what a comparison shows can never be more than its two pictures do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.faces.face_part import face_part
from hrm_core.faces.half_face import midline_of, on_midline, turned_aside, twice_each_half
from hrm_core.faces.laid import (
    LaidPicture,
    chained,
    inverted,
    lay_face_on,
    lay_picture,
    upright_face,
    upright_template,
)
from hrm_core.faces.neutral_difference import (
    BEYOND,
    comparable,
    difference_colours,
    difference_picture,
    light_of,
    relative_difference,
)
from hrm_core.records.comparison import Beside, Comparison, Wish
from hrm_core.records.face import Face
from hrm_core.workflows.show_face import FaceLook

__all__ = [
    "NeutralBase",
    "compare_with_neutral",
    "neutral_base",
    "part_of_comparison",
    "part_of_look",
    "scale_colours",
]

_UPRIGHT_PX = 480
_FACE_PART = 0.5
# What of an upright face the halves show, in parts of its width and height.
_HALF_LEFT, _HALF_TOP, _HALF_BOTTOM = 0.19, 0.1, 0.94
_GAP_PX = 6
_TURNED = 0.15

_NO_NEUTRAL = (
    "There is no neutral picture of this child: go to a frame with the face at rest and use it as neutral."
)
_WITHHELD = "The picture is withheld, and so is what would be made of it."
_NEUTRAL_WITHHELD = (
    "The neutral picture is withheld, because its eyes cannot be covered: use another frame as neutral."
)
_NO_FACE = (
    "The child's face is not known in this frame: go to another one, or look for faces (hrm extract faces)."
)
_NO_NEUTRAL_FACE = (
    "The face in the neutral picture is not known: use a frame as neutral in which the face was found."
)
_NOT_YET = "The neutral picture is being covered or uncovered as the frame is: one moment."
_TURNED_ASIDE = "the head is turned: halves differ for that alone"


@dataclass(frozen=True, slots=True, eq=False)
class NeutralBase:
    """A neutral picture, made ready once for all frames.

    Attributes
    ----------
    look : FaceLook
        As the rater may see it.
    face : Face
        The child's face in pixels of the picture that was looked at.
    way : ndarray of float64, shape (2, 3)
        From there to the upright face.
    upright : LaidPicture
        The upright face.
    light : ndarray of float32, shape (height, width)
        Its light, see ``faces.neutral_difference``.
    """

    look: FaceLook
    face: Face
    way: NDArray[np.float64]
    upright: LaidPicture
    light: NDArray[np.float32]


def neutral_base(look: FaceLook | None) -> NeutralBase | str:
    """What of a neutral picture every comparison needs, or why there can be none.

    Parameters
    ----------
    look : FaceLook or None
        The neutral picture as the rater may see it; None if there is none.
    """
    if look is None:
        return _NO_NEUTRAL
    if look.rgb is None:
        return _NEUTRAL_WITHHELD
    face = _child(look)
    if face is None:
        return _NO_NEUTRAL_FACE
    try:
        way = upright_face(face, _UPRIGHT_PX, _FACE_PART).matrix
    except InvalidFileError:
        return _NO_NEUTRAL_FACE
    upright = _upright(look, way)
    return NeutralBase(look, face, way, upright, light_of(upright.rgb))


def compare_with_neutral(look: FaceLook, base: NeutralBase | str, wish: Wish) -> Comparison:
    """Make what is asked for of one frame.

    Parameters
    ----------
    look : FaceLook
        The frame as the rater may see it.
    base : NeutralBase or str
        From :func:`neutral_base`.
    wish : Wish
        What is asked for.
    """
    made = Comparison(wish, covered=look.covered)
    if wish.lay_neutral:
        laid = _laid(look, base)
        made = replace(made, why_not_laid=laid) if isinstance(laid, str) else replace(made, laid=laid)
    if wish.beside is Beside.DIFFERENCE:
        rgb = _difference(look, base, wish)
        made = (
            replace(made, why_not=rgb)
            if isinstance(rgb, str)
            else replace(made, rgb=rgb, five=upright_template(_UPRIGHT_PX, _FACE_PART))
        )
    elif wish.beside in (Beside.LEFT_HALF, Beside.RIGHT_HALF, Beside.BOTH_HALVES):
        made = _with_halves(made, look, wish)
    return made


def part_of_look(look: FaceLook, action: str | None) -> NDArray[np.float64] | None:
    """Where an action shows in a picture: left, top, right, bottom in its pixels; None if not known.

    Parameters
    ----------
    look : FaceLook
        A picture.
    action : str or None
        Key of the catalogue; None for the whole face.
    """
    face = _child(look)
    if look.rgb is None or face is None or face.five is None:
        return None
    try:
        return face_part(face.five @ look.matrix[:, :2].T + look.matrix[:, 2], action)
    except InvalidFileError:
        return None


def part_of_comparison(comparison: Comparison, action: str | None) -> NDArray[np.float64] | None:
    """Where an action shows in what was made of a frame, as :func:`part_of_look`."""
    return None if comparison.five is None else face_part(comparison.five, action)


def scale_colours(*, signed: bool) -> NDArray[np.uint8]:
    """Colours of the scale of differences, RGB uint8 of shape (256, 3), from its low to its high end."""
    return difference_colours(signed=signed)


def _child(look: FaceLook) -> Face | None:
    face = None if look.faces is None else look.faces.child
    if face is None or face.five is None or not np.isfinite(face.five).all():
        return None
    return face


def _upright(look: FaceLook, way: NDArray[np.float64]) -> LaidPicture:
    """A picture brought where `way` brings its frame."""
    assert look.rgb is not None
    from_picture = chained(inverted(look.matrix), way)
    size = (_UPRIGHT_PX, _UPRIGHT_PX)
    return lay_picture(look.rgb, from_picture, size, covered=look.bands, beyond=BEYOND)


def _why_not(look: FaceLook, base: NeutralBase | str) -> str:
    if look.rgb is None:
        return _WITHHELD
    if isinstance(base, str):
        return base
    if base.look.covered != look.covered:
        return _NOT_YET
    return "" if _child(look) is not None else _NO_FACE


def _laid(look: FaceLook, base: NeutralBase | str) -> NDArray[np.uint8] | str:
    face = _child(look)
    if why_not := _why_not(look, base):
        return why_not
    assert isinstance(base, NeutralBase)
    assert face is not None
    assert base.look.rgb is not None
    assert look.rgb is not None
    try:
        way = chained(inverted(base.look.matrix), lay_face_on(base.face, face), look.matrix)
    except InvalidFileError:
        return _NO_FACE
    height, width = look.rgb.shape[:2]
    return lay_picture(base.look.rgb, way, (width, height), beyond=BEYOND).rgb


def _difference(look: FaceLook, base: NeutralBase | str, wish: Wish) -> NDArray[np.uint8] | str:
    face = _child(look)
    if why_not := _why_not(look, base):
        return why_not
    assert isinstance(base, NeutralBase)
    assert face is not None
    try:
        now = _upright(look, chained(lay_face_on(face, base.face), base.way))
    except InvalidFileError:
        return _NO_FACE
    where = comparable(now, base.upright)
    percent = relative_difference(light_of(now.rgb), base.light, where[0])
    return difference_picture(percent, now.rgb, where, signed=wish.signed, full=wish.full)


def _with_halves(made: Comparison, look: FaceLook, wish: Wish) -> Comparison:
    face = _child(look)
    if look.rgb is None or face is None:
        return replace(made, why_not=_WITHHELD if look.rgb is None else _NO_FACE)
    try:
        alignment = on_midline(upright_face(face, _UPRIGHT_PX, _FACE_PART), midline_of(face))
    except InvalidFileError:
        return replace(made, why_not=_NO_FACE)
    corner, upright = _cut(_upright(look, alignment.matrix).rgb)
    on_left, on_right = twice_each_half(upright)
    # Unmirrored, the child's left half is on the picture's right.
    child_left, child_right = (on_left, on_right) if wish.mirrored else (on_right, on_left)
    made = replace(made, caution=_TURNED_ASIDE if turned_aside(face) > _TURNED else "")
    if wish.beside is not Beside.BOTH_HALVES:
        rgb = child_left if wish.beside is Beside.LEFT_HALF else child_right
        return replace(made, rgb=rgb, five=upright_template(_UPRIGHT_PX, _FACE_PART) - corner)
    gap = np.full((upright.shape[0], _GAP_PX, 3), BEYOND, dtype=np.uint8)
    strip = np.concatenate([child_left, gap, upright, gap, child_right], axis=1)
    return replace(made, rgb=strip)


def _cut(rgb: NDArray[np.uint8]) -> tuple[tuple[int, int], NDArray[np.uint8]]:
    """The face without most of what is around it, and where its left upper corner was."""
    side = rgb.shape[0]
    left, top, bottom = (round(part * side) for part in (_HALF_LEFT, _HALF_TOP, _HALF_BOTTOM))
    return (left, top), np.ascontiguousarray(rgb[top:bottom, left : side - left])
