"""What a person writes about a session in files: which clips, and which scale."""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.records.rating_plan import Presentation, ScalePoint

__all__ = ["points_of", "read_clip_list", "with_scale_of"]

_HEADER = ("child", "video", "number")


def read_clip_list(path: Path) -> tuple[str, ...]:
    """Names of clips from a file with a line ``child,video,number`` for each.

    Parameters
    ----------
    path : pathlib.Path
        UTF-8; commas, semicolons or tabs; a first line ``child,video,number`` is left out.

    Returns
    -------
    tuple of str
        ``"child:video:number"``, in the order of the file.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If a line is not so, or a clip stands there twice.
    """
    text = _read(path)
    lines = [line for line in text.splitlines() if line.strip()]
    separator = next((mark for mark in ",;\t" if lines and mark in lines[0]), ",")
    names: list[str] = []
    for place, row in enumerate(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator), start=1):
        cells = [cell.strip() for cell in row]
        if place == 1 and tuple(cell.casefold() for cell in cells) == _HEADER:
            continue
        if len(cells) != len(_HEADER) or not cells[2].isdecimal():
            raise InvalidFileError(
                f"{path}, line {place}, names no clip: write child,video,number, as in 7,play,2."
            )
        name = f"{cells[0]}:{cells[1]}:{int(cells[2])}"
        if name in names:
            raise InvalidFileError(f"{path} names clip {name} twice: leave one of the lines out.")
        names.append(name)
    if not names:
        raise InvalidFileError(f"{path} names no clip: write a line child,video,number for each.")
    return tuple(names)


def points_of(labels: str) -> tuple[ScalePoint, ...]:
    """Points of a scale from their labels, which semicolons part: ``"Natural;Uncertain;Atypical"``."""
    return tuple(ScalePoint(label.strip()) for label in labels.split(";"))


def with_scale_of(path: Path, presentation: Presentation) -> Presentation:
    """A presentation with the scale, and the question if there is one, of a TOML file.

    .. code-block:: toml

        question = "How natural does this look?"
        [question_translations]
        zh_CN = "看起来有多自然？"
        [[points]]                 # 2 to 11, the first has score 1
        label = "Natural"
        zh_CN = "自然"             # as many languages as wanted, by their codes
        [[points]]
        label = "Unnatural"
        zh_CN = "不自然"

    Parameters
    ----------
    path : pathlib.Path
        The file.
    presentation : Presentation
        What the file says nothing of stays.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is no such file.
    """
    try:
        table = tomllib.loads(_read(path))
    except tomllib.TOMLDecodeError as error:
        raise InvalidFileError(f"{path} is not written in TOML ({error}): mend that line.") from error
    if unknown := set(table) - {"question", "question_translations", "points"}:
        raise InvalidFileError(
            f"{path} has {', '.join(sorted(unknown))}, which is not known: a scale has question, "
            "question_translations and points."
        )
    points = table.get("points")
    if not isinstance(points, list) or not all(_is_point(point) for point in points):
        raise InvalidFileError(
            f'{path} has no points of a scale: write [[points]] and below it label = "…" for each, first '
            "the one with score 1."
        )
    scale = tuple(
        ScalePoint(point["label"], {name: text for name, text in point.items() if name != "label"})
        for point in points
    )
    if "question" not in table:
        if "question_translations" in table:
            raise InvalidFileError(f'{path} translates a question that it does not hold: add question = "…".')
        return replace(presentation, scale=scale)
    translations = table.get("question_translations", {})
    if not isinstance(table["question"], str) or not _is_texts(translations):
        raise InvalidFileError(f"{path}: the question and its translations must be texts in quotes.")
    return replace(presentation, scale=scale, question=table["question"], question_translations=translations)


def _is_point(point: Any) -> bool:
    return _is_texts(point) and "label" in point


def _is_texts(table: Any) -> bool:
    return isinstance(table, dict) and all(isinstance(text, str) for text in table.values())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no file {path}: correct its name.") from error
    except UnicodeDecodeError as error:
        raise InvalidFileError(f"{path} is not a text in UTF-8: save it as UTF-8.") from error
    except OSError as error:
        raise ProjectError(f"{path} cannot be read ({error.strerror}): allow reading it.") from error
