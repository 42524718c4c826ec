"""Where in the face an action shows: points of the 68-point scheme, and a part of the registered picture.

The table follows the column ``change`` of ``resources/facs/actions.toml``: what becomes visible, and
where.  Landmarks lie on outlines alone, so that cheeks have none; there the nearest that move stand in.
"""

from __future__ import annotations

from dataclasses import dataclass

from hrm_core.facs import ALL_ACTIONS

__all__ = ["BEYOND_EYES_OF_68", "STABLE_BOX", "STABLE_OF_68", "Region", "region_of"]

Box = tuple[float, float, float, float]

STABLE_OF_68 = (27, 28, 29, 30, 36, 39, 42, 45)
"""Corners of the eyes, bridge of the nose: no action moves them much, so that they tell the head's motion."""

STABLE_BOX: Box = (16.0, 44.0, 96.0, 72.0)
"""Where those lie in an aligned face, as :attr:`Region.box`."""

BEYOND_EYES_OF_68 = (*range(17), *range(27, 36), *range(48, 68))
"""All points that tell nothing of brows and lids."""

_CHEEKS: Box = (14.0, 54.0, 98.0, 88.0)
_MOUTH: Box = (26.0, 76.0, 86.0, 116.0)


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the face.

    Attributes
    ----------
    name : str
        As a person calls it: ``"mouth corners"``.
    points : tuple of int
        Its landmarks in the 68-point scheme.
    box : tuple of float
        Left, top, right, bottom in an aligned face, in the pixels of a picture of 112 × 112 whose
        five points are those of :func:`hrm_core.faces.align.five_point_template`; a chin lies beyond.
    laid_by_mouth : bool
        Whether pictures of it are laid on one another by the mouth too.  Where the mouth is not what
        is compared, its movement would move the rest.
    """

    name: str
    points: tuple[int, ...]
    box: Box
    laid_by_mouth: bool = True


_INNER_BROWS = Region("inner brows", (20, 21, 22, 23), (34.0, 24.0, 78.0, 50.0), laid_by_mouth=False)
_OUTER_BROWS = Region("outer brows", (17, 18, 19, 24, 25, 26), (12.0, 24.0, 100.0, 50.0), laid_by_mouth=False)
_BROWS = Region("brows", tuple(range(17, 27)), (18.0, 26.0, 94.0, 52.0), laid_by_mouth=False)
_LIDS = Region("lids", (37, 38, 40, 41, 43, 44, 46, 47), (22.0, 42.0, 90.0, 62.0), laid_by_mouth=False)
_UPPER_LIDS = Region("upper lids", (37, 38, 43, 44), _LIDS.box, laid_by_mouth=False)
_LOWER_LIDS = Region("lower lids and cheeks", (40, 41, 46, 47), _CHEEKS, laid_by_mouth=False)
# Between the eyes, not across them: who may not see eyes learns nothing of lids here.
_NOSE = Region("nose", tuple(range(31, 36)), (46.0, 46.0, 66.0, 84.0), laid_by_mouth=False)
_CORNERS = Region("mouth corners", (48, 54, 60, 64), _MOUTH)
_LIPS = Region("lips", tuple(range(48, 68)), _MOUTH)
_INNER_LIPS = Region("edges of the lips", tuple(range(60, 68)), _MOUTH)
_UPPER_LIP = Region("upper lip", (49, 50, 51, 52, 53, 61, 62, 63), (28.0, 70.0, 84.0, 100.0))
_LOWER_LIP = Region("lower lip", (55, 56, 57, 58, 59, 65, 66, 67), (28.0, 84.0, 84.0, 116.0))
_CHIN = Region("chin and lower lip", (6, 7, 8, 9, 10, 55, 56, 57, 58, 59), (28.0, 86.0, 84.0, 130.0))
_JAW = Region("jaw", tuple(range(4, 13)), (18.0, 84.0, 94.0, 134.0), laid_by_mouth=False)
_PUFFED = Region("cheeks and lips", (*range(2, 7), *range(10, 15), *range(48, 60)), (6.0, 62.0, 106.0, 118.0))

_REGIONS = {
    "AU1": _INNER_BROWS,
    "AU2": _OUTER_BROWS,
    "AU4": _BROWS,
    "AU5": _UPPER_LIDS,
    "AU6": _LOWER_LIDS,
    "AU7": _LIDS,
    "AU43": _LIDS,
    "AU8": _LIPS,
    "AU9": _NOSE,
    "AU10": _UPPER_LIP,
    "AU12": _CORNERS,
    "AU13": _CORNERS,
    "AU14": _CORNERS,
    "AU15": _CORNERS,
    "AU16": _LOWER_LIP,
    "AU17": _CHIN,
    "AU18": _LIPS,
    "AD19": _INNER_LIPS,
    "AU20": _CORNERS,
    "AU21": _JAW,
    "AU22": _LIPS,
    "AU23": _LIPS,
    "AU24": _LIPS,
    "AU25": _INNER_LIPS,
    "AU2X": _JAW,
    "AU28": _LIPS,
    "AD29": _JAW,
    "AD30": _JAW,
    "AU31": _JAW,
    "AD32": _LIPS,
    "AD33": _PUFFED,
    "AD34": _PUFFED,
    "AD35": _PUFFED,
    "AD36": _PUFFED,
    "AD37": _LIPS,
}
assert _REGIONS.keys() == {entry.key for entry in ALL_ACTIONS}


def region_of(action: str) -> Region:
    """The part of the face in which an action shows most.

    Parameters
    ----------
    action : str
        Key of the catalogue, ``"AU12"``.

    Raises
    ------
    KeyError
        If no action of the catalogue has this key.
    """
    return _REGIONS[action]
