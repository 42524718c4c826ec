"""Names under which children and recordings leave the study: drawn at random, and kept inside it."""

from __future__ import annotations

import csv
import io
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from hrm_core.errors import InvalidFileError, ProjectError
from hrm_core.paths import whole_file
from hrm_core.workflows.project import Project

__all__ = ["RELEASE_CODES", "ReleaseCodes", "read_codes", "with_new_codes", "write_codes"]

RELEASE_CODES = "release-codes.csv"
"""Name of the file in the study folder; who has it can tell who is who in every release."""

_HEADER = ["participant", "video", "code"]
_ONLY_OWNER = 0o600

ReleaseCodes = dict[tuple[str, str], str]
"""Code by participant and video; of the child itself where the video is ``""``."""


def read_codes(project: Project) -> ReleaseCodes:
    """The codes of earlier releases; empty if there was none.

    Raises
    ------
    InvalidFileError
        If the file is damaged: with other codes, two releases could not be joined.
    """
    path = project.folder / RELEASE_CODES
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, strict=True))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidFileError(f"{path} cannot be read ({error}): put a copy of it back.") from error
    codes = {(row[0], row[1]): row[2] for row in rows[1:] if len(row) == len(_HEADER)}
    taken = [(child if video else "", code) for (child, video), code in codes.items()]
    if rows[:1] != [_HEADER] or len(codes) != len(rows) - 1 or len(set(taken)) != len(taken):
        raise InvalidFileError(
            f"{path} is damaged: it must have the columns {', '.join(_HEADER)} and every code once; put a "
            "copy of it back."
        )
    return codes


def with_new_codes(codes: ReleaseCodes, wanted: Iterable[tuple[str, str]], avoid: set[str]) -> ReleaseCodes:
    """The codes, and newly drawn ones for whoever has none yet.

    Parameters
    ----------
    codes : dict
        Of earlier releases.
    wanted : iterable of (str, str)
        Participants and videos, as the keys of :data:`ReleaseCodes`.
    avoid : set of str
        Names in the study, which no code may happen to be.
    """
    found = dict(codes)
    for child, video in wanted:
        if (child, video) in found:
            continue
        letter, digits = ("R", 3) if video else ("C", 5)
        taken = avoid | {code for (of, name), code in found.items() if not video or (name and of == child)}
        while True:
            # Not from the numbers of a seed, nor in the order of the study: nobody can draw them again.
            code = f"{letter}{secrets.randbelow(10**digits):0{digits}d}"
            if code not in taken:
                break
        found[child, video] = code
    return found


def write_codes(project: Project, codes: ReleaseCodes) -> Path:
    """Write the codes so that nobody but the owner of the file can read them.

    Raises
    ------
    ProjectError
        If the study folder cannot be written.
    """
    path = project.folder / RELEASE_CODES
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows((*key, codes[key]) for key in sorted(codes))
    try:
        with whole_file(path) as scratch:
            # Readable by nobody else from its first byte on.
            number = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_OWNER)
            with os.fdopen(number, "wb") as file:
                file.write(text.getvalue().encode())
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        raise ProjectError(
            f"{path} cannot be written ({error.strerror or error}): allow writing to the study folder."
        ) from error
    return path
