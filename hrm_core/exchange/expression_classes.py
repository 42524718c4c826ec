"""Names that expression models give to their classes, and the orders in which they give them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.records.coded_frames import EXPRESSIONS

__all__ = ["OTHER_CLASSES", "PRESETS", "class_named", "classes_from", "require_all_once", "to_expressions"]

OTHER_CLASSES = ("contempt",)
"""Classes of models that are none of the seven: their share of a frame goes to nobody."""

_RAF_DB = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")
_AFFECT_NET = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger")

PRESETS: Mapping[str, tuple[str, ...]] = {
    "raf-db": _RAF_DB,
    "poster-raf-db": _RAF_DB,
    "eac-raf-db": _RAF_DB,
    "ddamfn": _AFFECT_NET,
    "affectnet-7": _AFFECT_NET,
    "affectnet-8": (*_AFFECT_NET, "contempt"),
}
"""Orders of classes by name, as in the authors' own code: that of RAF-DB's label files, which POSTER++ and
EAC keep; and that of AffectNet, which DDAMFN++ uses for RAF-DB as well."""

_WORDS = {
    "neutral": ("neutral", "neutrality", "neu", "ne"),
    "happiness": ("happiness", "happy", "joy", "hap", "ha"),
    "sadness": ("sadness", "sad", "sa"),
    "surprise": ("surprise", "surprised", "sur", "su"),
    "fear": ("fear", "fearful", "fea", "fe"),
    "disgust": ("disgust", "disgusted", "dis", "di"),
    "anger": ("anger", "angry", "ang", "an"),
    "contempt": ("contempt", "con", "co"),
}
_CLASS_OF = {word: name for name, words in _WORDS.items() for word in words}
_PREFIX = re.compile(r"(?:p|prob|probability|logit|logits|score|emotion|expression)[ _.:-]+")


def class_named(text: str) -> str | None:
    """The class that a word or the name of a column means: ``"prob_Happy"`` is happiness.

    Parameters
    ----------
    text : str
        In capitals or not.
    """
    plain = text.strip().casefold()
    return _CLASS_OF.get(_PREFIX.sub("", plain, count=1))


def classes_from(text: str) -> tuple[str, ...]:
    """An order of classes: the name of a preset, or names with commas between.

    Parameters
    ----------
    text : str
        ``"raf-db"``, ``"neutral, happy, sad"``.

    Raises
    ------
    InvalidFileError
        If a name is unknown or stands there twice, or one of the seven expressions is missing.
    """
    preset = PRESETS.get(text.strip().casefold())
    if preset is not None:
        return preset
    words = [word.strip() for word in text.split(",")]
    if len(words) == 1:
        raise InvalidFileError(
            f"There is no order of classes {text!r}: give {', '.join(PRESETS)}, or all names in their order "
            "with commas between."
        )
    found = [class_named(word) for word in words]
    for word, name in zip(words, found, strict=True):
        if name is None:
            raise InvalidFileError(
                f"{word!r} is no expression: name {', '.join((*EXPRESSIONS, *OTHER_CLASSES))}."
            )
    return require_all_once([name for name in found if name is not None], repr(text))


def require_all_once(names: Sequence[str], where: str) -> tuple[str, ...]:
    """Refuse an order of classes that lacks one of the seven, or has one twice.

    Raises
    ------
    InvalidFileError
        Naming it; the sentence begins with `where` they stand.
    """
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidFileError(f"{where} names {twice} twice: name each once, in the order of the numbers.")
    missing = [name for name in EXPRESSIONS if name not in names]
    if missing:
        raise InvalidFileError(
            f"{where} lacks {', '.join(missing)}: a vote needs a number for each of the seven expressions."
        )
    return tuple(names)


def to_expressions(values: NDArray[np.float64], classes: Sequence[str]) -> NDArray[np.float32]:
    """Probabilities in the order of a model, in the order of the seven expressions.

    Parameters
    ----------
    values : ndarray of float64, shape (n, n_classes)
        In the order of `classes`.
    classes : sequence of str
        From :func:`classes_from`.

    Returns
    -------
    ndarray of float32, shape (n, 7)
        Classes that are none of the seven are left out, and nothing is spread over the others.
    """
    return values[:, [classes.index(name) for name in EXPRESSIONS]].astype(np.float32)
