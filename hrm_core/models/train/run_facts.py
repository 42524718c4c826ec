"""What is in the folder of a run, in the shape in which runs are shown and compared: of any kind of run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Curve", "Difference", "Value", "curves_of", "differences", "flattened", "people_by_part"]

Value = str | float | int | bool | None
"""What stands at one place of a file."""

# Columns of curves that say whose row it is, and those that say where on the way.
_WHOSE = ("network", "repeat", "fold")
_WHERE = ("epoch", "step")


@dataclass(frozen=True, slots=True)
class Curve:
    """What was measured again and again.

    Attributes
    ----------
    of : dict of str to str
        Whose it is: network, repeat, fold, as far as there are several.
    name : str
        What was measured.
    at : tuple of float
        Epochs, or places from 1 where there are none.
    values : tuple of float
        What was measured there.
    """

    of: Mapping[str, str]
    name: str
    at: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """An entry in which runs differ.

    Attributes
    ----------
    key : str
        Where it stands: ``"recipe.batch_size"``.
    values : tuple
        In the order of the runs; None where a run says nothing of it.
    """

    key: str
    values: tuple[Value, ...]


def flattened(values: object) -> dict[str, Value]:
    """Every value of nested sections by where it stands.

    Parameters
    ----------
    values : object
        As read from JSON.

    Returns
    -------
    dict of str to (str, float, int, bool or None)
        ``{"recipe.betas": "0.9, 0.95", "folds.1.f1.AU1": 0.5}``: places in lists are counted from 1, and a
        list of plain values is one value.
    """
    found: dict[str, Value] = {}
    _flatten(values, "", found)
    return found


def _flatten(value: Any, key: str, found: dict[str, Value]) -> None:
    if isinstance(value, Mapping):
        for name, each in value.items():
            _flatten(each, f"{key}.{name}" if key else str(name), found)
    elif isinstance(value, list):
        if not any(isinstance(each, dict | list) for each in value):
            found[key] = ", ".join(map(str, value))
        else:
            for number, each in enumerate(value, 1):
                _flatten(each, f"{key}.{number}", found)
    else:
        found[key] = value


def differences(files: Sequence[Mapping[str, Any]]) -> tuple[Difference, ...]:
    """Entries in which files differ, in the order in which they stand there.

    Parameters
    ----------
    files : sequence of dict
        The same file of several runs, as read from JSON.
    """
    flat = [flattened(file) for file in files]
    keys = dict.fromkeys(key for file in flat for key in file)
    compared = (Difference(key, tuple(file.get(key) for file in flat)) for key in keys)
    return tuple(each for each in compared if any(value != each.values[0] for value in each.values))


def people_by_part(rows: Sequence[Mapping[str, str]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Who is in which fold.

    Parameters
    ----------
    rows : sequence of dict
        Of ``splits.csv``: a participant, and columns that name a part of the split.

    Returns
    -------
    dict of tuple of str to tuple of str
        Participants, sorted, by the values of all other columns: ``{("1",): ("S1", "S3")}``.
    """
    found: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        part = tuple(value for name, value in sorted(row.items()) if name != "participant")
        found.setdefault(part, []).append(row.get("participant", ""))
    return {part: tuple(sorted(people)) for part, people in sorted(found.items())}


def curves_of(rows: Sequence[Mapping[str, str]]) -> tuple[Curve, ...]:
    """Curves of a table in which each row was measured at one place.

    Parameters
    ----------
    rows : sequence of dict
        Of ``curves.csv``.

    Returns
    -------
    tuple of Curve
        One for each column of numbers, and for each fold, repeat and network.  Places at which nothing was
        measured are left out.
    """
    if not rows:
        return ()
    names = list(rows[0])
    whose = [name for name in _WHOSE if name in names]
    groups: dict[tuple[str, ...], list[Mapping[str, str]]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in whose), []).append(row)
    curves = []
    for group, measured in groups.items():
        for name in names:
            if name in whose or name in _WHERE:
                continue
            points = [
                (_number(row.get("epoch", "")) or place, value)
                for place, row in enumerate(measured, 1)
                if (value := _number(row[name])) is not None
            ]
            if points:
                at, values = zip(*points, strict=True)
                curves.append(Curve(dict(zip(whose, group, strict=True)), name, at, values))
    return tuple(curves)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
