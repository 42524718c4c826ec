"""Study settings: the file ``hrm-project.toml`` that makes a folder a project."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from hrm_core.errors import ProjectError
from hrm_core.paths import write_whole

__all__ = [
    "FORMAT",
    "MODES",
    "PROJECT_FILE",
    "Assistance",
    "Check",
    "Expressions",
    "Privacy",
    "Release",
    "StudySettings",
    "read_settings",
    "write_settings",
]

PROJECT_FILE = "hrm-project.toml"
FORMAT = 1
"""Version of the project folder; raised when an older program could not open it rightly."""

MODES = ("after-commit", "assist", "control")
"""When coders see what a model suggests; :class:`hrm_core.records.suggestion.Mode` says more."""

_SECTIONS = ("privacy", "check", "assistance", "expressions", "release")
_KINDS = {
    "str": "a text", "bool": "true or false", "int": "a whole number", "float": "a number",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Privacy:
    """What the study does to protect the children.

    Attributes
    ----------
    mask_eyes_in_exports : bool
        Cover eyes in exported pictures.
    coders_blind : bool
        Whether new coders join without seeing groups.
    """

    mask_eyes_in_exports: bool = True
    coders_blind: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """How the study has clips checked for omissions.

    Attributes
    ----------
    hide_first_pass : bool
        Hide the codes of the first pass until the coder has said of every action of a group
        whether it is there.
    """

    hide_first_pass: bool = False


@dataclass(frozen=True, slots=True)
class Assistance:
    """How the study lets models suggest codes.

    Attributes
    ----------
    mode : {"after-commit", "assist", "control"}
        When coders see what a model suggests.
    mode_fixed : bool
        Whether coders cannot choose another mode in the window.
    control_share : float
        Share of frames, in 0-1, whose suggestions are withheld in the mode ``"assist"``.
    control_frames : int
        Such frames come in stretches of so many, because codes are carried from frame to frame.
    seed : int
        Of the drawing of these stretches.
    """

    mode: str = "after-commit"
    mode_fixed: bool = False
    control_share: float = 0.2
    control_frames: int = 30
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Expressions:
    """How the expression of a frame is found from what several models say of it.

    Attributes
    ----------
    threshold : float
        The mean of the models' probabilities that the most probable expression must reach, in 0-1.
    requires : tuple of str
        Actions of which at least one must be coded for an expression to count:
        ``"surprise: AU1 AU2"``.  An expression that is not named needs none.
    """

    threshold: float = 0.6
    requires: tuple[str, ...] = (
        "surprise: AU1 AU2 AU5 AU25 AU2X",
        "happiness: AU12",
        "sadness: AU1 AU4 AU6 AU15 AU17",
    )


@dataclass(frozen=True, slots=True)
class Release:
    """What may leave the study, for ``hrm release``.

    Attributes
    ----------
    licence : str
        SPDX name or web address of the licence of the package; needed for a release.
    creators : tuple of str
        Who made the data set.
    consent_labels : tuple of str
        Words of a participant's consent that allow to share labels and features.
    consent_pictures : tuple of str
        Words of a participant's consent that allow to share pictures whose eyes are masked, too.
    smallest_cell : int
        Counts of children below this are not told in any table.
    """

    licence: str = ""
    creators: tuple[str, ...] = ()
    consent_labels: tuple[str, ...] = ()
    consent_pictures: tuple[str, ...] = ()
    smallest_cell: int = 5


@dataclass(frozen=True, slots=True)
class StudySettings:
    """Everything ``hrm-project.toml`` says.

    Attributes
    ----------
    name : str
        Name of the study.
    store : str
        URL of the label store; empty means ``labels.sqlite`` in the project folder.
    groups : tuple of str
        Group names; folders are named after them.
    asd_group : str
        The group that the label file's column ``ASD`` marks with 1.
    extra_actions : tuple of str
        Catalogued actions that this study codes besides the 33 (``AU21``, ``AU31``).
    synthetic : bool
        Whether everything in the study was generated.
    privacy : Privacy
        Privacy settings.
    check : Check
        How clips are checked.
    assistance : Assistance
        How models suggest codes.
    expressions : Expressions
        How expressions are found.
    release : Release
        What may leave the study.
    """

    name: str
    store: str = ""
    groups: tuple[str, ...] = ("ASD", "TD")
    asd_group: str = "ASD"
    extra_actions: tuple[str, ...] = ()
    synthetic: bool = False
    privacy: Privacy = field(default_factory=Privacy)
    check: Check = field(default_factory=Check)
    assistance: Assistance = field(default_factory=Assistance)
    expressions: Expressions = field(default_factory=Expressions)
    release: Release = field(default_factory=Release)


def read_settings(folder: Path) -> StudySettings:
    """Settings of the project in `folder`.

    Raises
    ------
    ProjectError
        If the folder is no project, or its file is damaged or made by a newer
        version of the program.
    """
    path = folder / PROJECT_FILE
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except FileNotFoundError as error:
        raise ProjectError(
            f"{folder} is not a project: it holds no {PROJECT_FILE}; make one with hrm init."
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProjectError(f"{path} cannot be read ({error}): mend it, or put a copy back.") from error
    _require_known_format(path, table.pop("format", FORMAT))
    return _to_settings(path, table)


def _require_known_format(path: Path, found: Any) -> None:
    if type(found) is not int or found < 1:
        raise ProjectError(f"{path}: format must be a whole number, not {found!r}: mend that line.")
    if found > FORMAT:
        raise ProjectError(
            f"{path.parent} was made by a newer version of HRM Annotator (project format {found}, this "
            f"program knows up to {FORMAT}): update the program; nothing was changed."
        )


def _to_settings(path: Path, table: dict[str, Any]) -> StudySettings:
    privacy = _checked(path, Privacy, table.pop("privacy", {}), "privacy.")
    check = _checked(path, Check, table.pop("check", {}), "check.")
    assistance = _checked(path, Assistance, table.pop("assistance", {}), "assistance.")
    expressions = _checked(path, Expressions, table.pop("expressions", {}), "expressions.")
    release = _checked(path, Release, table.pop("release", {}), "release.")
    values = _checked(path, StudySettings, table, "")
    if "name" not in values:
        raise ProjectError(f'{path} does not name the study: add a line name = "…".')
    settings = StudySettings(
        **values,
        privacy=Privacy(**privacy),
        check=Check(**check),
        assistance=Assistance(**assistance),
        expressions=Expressions(**expressions),
        release=Release(**release),
    )
    _require_known_mode(path, settings.assistance)
    if not 0 <= settings.expressions.threshold <= 1 or settings.release.smallest_cell < 1:
        raise ProjectError(
            f"{path}: expressions.threshold must lie in 0-1 and release.smallest_cell be 1 or more: mend "
            "that line."
        )
    if settings.asd_group not in settings.groups:
        raise ProjectError(
            f"{path}: asd_group is {settings.asd_group!r}, which is not one of the groups: mend that line."
        )
    return settings


def _require_known_mode(path: Path, assistance: Assistance) -> None:
    if assistance.mode not in MODES:
        raise ProjectError(
            f"{path}: assistance.mode is {assistance.mode!r}: write one of {', '.join(MODES)}."
        )
    if not 0 <= assistance.control_share <= 1 or assistance.control_frames < 1 or assistance.seed < 0:
        raise ProjectError(
            f"{path}: assistance.control_share must lie in 0-1, control_frames be 1 or more and seed 0 or "
            "more: mend that section."
        )


def _checked(path: Path, kind: type, table: Any, prefix: str) -> dict[str, Any]:
    """Values of a table, each of the type its setting has."""
    types = {entry.name: str(entry.type) for entry in fields(kind) if entry.name not in _SECTIONS}
    values: dict[str, Any] = {}
    if not isinstance(table, dict):
        raise ProjectError(
            f"{path}: {prefix[:-1]} must be a section [{prefix[:-1]}], not {table!r}: mend that line."
        )
    for key, value in table.items():
        expected = types.get(key)
        if expected is None:
            known = ", ".join(prefix + name for name in types)
            raise ProjectError(f"{path}: there is no setting {prefix}{key}; there are: {known}.")
        if not _has_type(value, expected):
            wanted = _KINDS.get(expected, "a list of texts")
            raise ProjectError(f"{path}: {prefix}{key} must be {wanted}, not {value!r}: mend that line.")
        values[key] = tuple(value) if isinstance(value, list) else value
    return values


def _has_type(value: Any, expected: str) -> bool:
    if expected.startswith("tuple"):
        return isinstance(value, list) and all(isinstance(entry, str) for entry in value)
    # Who writes 1 means 1.0; true is no number.
    return type(value).__name__ == expected or (expected == "float" and type(value) is int)


def write_settings(folder: Path, settings: StudySettings) -> None:
    """Write ``hrm-project.toml``, whole or not at all.

    Raises
    ------
    ProjectError
        If the folder cannot be written.
    """
    lines = [
        "# A project of HRM Annotator. The labels themselves are in the store.",
        f"format = {FORMAT}",
        *(
            f"{entry.name} = {_toml(getattr(settings, entry.name))}"
            for entry in fields(settings)
            if entry.name not in _SECTIONS and (entry.name != "store" or settings.store)
        ),
        "",
        *(
            line
            for name in _SECTIONS
            for section in (getattr(settings, name),)
            for line in (
                f"[{name}]",
                *(f"{entry.name} = {_toml(getattr(section, entry.name))}" for entry in fields(section)),
                "",
            )
        ),
    ]
    try:
        write_whole(folder / PROJECT_FILE, "\n".join(lines).encode())
    except UnicodeEncodeError as error:
        raise ProjectError(
            f"{PROJECT_FILE} cannot be written: {error.object[error.start :]!r} holds bytes that are no "
            "characters; choose other names."
        ) from error
    except OSError as error:
        raise ProjectError(
            f"{folder / PROJECT_FILE} cannot be written ({error.strerror}): allow writing to the folder "
            "or choose another one."
        ) from error


def _toml(value: Any) -> str:
    # JSON's strings, lists of strings and booleans are TOML's as well, but for one character.
    text = json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
    return text.replace("\x7f", "\\u007f")
