"""Files of OpenFace and Py-Feat in the study: where they are, and the note beside each.

The file itself is kept as it came, because other programs can read it.  The note says
which recording it belongs to and which face is the child's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.csv_text import read_file
from hrm_core.exchange.openface import OPENFACE, read_openface
from hrm_core.exchange.pyfeat import PYFEAT, read_pyfeat
from hrm_core.exchange.tool_table import ToolFeatures
from hrm_core.paths import whole_file
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.workflows.project import Project

__all__ = [
    "TOOLS",
    "TOOL_NAMES",
    "ToolNote",
    "checked_import",
    "has_import",
    "imported_features",
    "read_tool_file",
    "tool_path",
    "would_replace",
    "write_tool_file",
]

FORMAT = "hrm-tool-features 1"
TOOLS: Mapping[str, str] = {"openface": "OpenFace Features", "pyfeat": "Py-Feat Features"}
"""Folder of each program's files in the project, by its name on the command line."""

TOOL_NAMES: Mapping[str, str] = {"openface": OPENFACE, "pyfeat": PYFEAT}
"""Name of each program in messages, by its name on the command line."""


@dataclass(frozen=True, slots=True)
class ToolNote:
    """What is kept beside an imported file.

    Attributes
    ----------
    tool : str
        ``"openface"`` or ``"pyfeat"``.
    face : int, str or None
        Number of the child's face in the file, ``"largest"``, or None where a frame has one only.
    fingerprint : str or None
        Fingerprint of the recording.
    frame_count : int
        Frames of the recording.
    sha256 : str
        Of the file.
    rows, frames : int
        Rows of the file, and frames that it is about.
    first_number : int
        The number that the file gives to the recording's first frame.
    rows_are_frames : bool
        Whether the file names no frames.
    imported_at : str
        UTC, as ISO 8601.
    imported_by : str
        Name of the rater; empty if it was not said.
    """

    tool: str
    face: int | str | None
    fingerprint: str | None
    frame_count: int
    sha256: str
    rows: int
    frames: int
    first_number: int
    rows_are_frames: bool = False
    imported_at: str = ""
    imported_by: str = ""


def read_tool_file(
    tool: str, file: Path, rows_are_frames: bool, progress: Progress | None, cancel: CancelToken | None
) -> ToolFeatures:
    """Read a file of one of the programs.

    Parameters
    ----------
    tool : str
        ``"openface"`` or ``"pyfeat"``.
    file : pathlib.Path
        The CSV.
    rows_are_frames : bool
        As for :func:`hrm_core.exchange.pyfeat.read_pyfeat`.
    progress : Progress or None
        Told of rows.
    cancel : CancelToken or None
        Asked between rows.

    Raises
    ------
    NotFoundError, InvalidFileError
        As the reader of that program.
    """
    if tool == "openface":
        return read_openface(file, progress=progress, cancel=cancel)
    if tool == "pyfeat":
        return read_pyfeat(file, rows_are_frames=rows_are_frames, progress=progress, cancel=cancel)
    raise ValueError(f"there is no reader of {tool!r}")


def write_tool_file(path: Path, data: bytes, note: ToolNote) -> None:
    """Keep a file and its note: both, or neither.

    Parameters
    ----------
    path : pathlib.Path
        From :func:`tool_path`.
    data : bytes
        What the file holds.
    note : ToolNote
        What is kept beside it.

    Raises
    ------
    InvalidFileError
        If it could not be written.
    """
    text = json.dumps({"format": FORMAT, **asdict(note)}, ensure_ascii=False, indent=2)
    try:
        with ExitStack() as both:
            # Both are written before either takes its place.
            both.enter_context(whole_file(path)).write_bytes(data)
            both.enter_context(whole_file(_note_path(path))).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InvalidFileError(
            f"{path} cannot be written ({error.strerror or error}): free some space or allow writing there."
        ) from error


def would_replace(path: Path, data: bytes, note: ToolNote) -> bool:
    """Whether writing would take the place of another file, or of another choice of the face.

    Parameters
    ----------
    path : pathlib.Path
        From :func:`tool_path`.
    data : bytes
        What is to be written.
    note : ToolNote
        What is to be kept beside it.

    Raises
    ------
    InvalidFileError
        If the file that is there cannot be read.
    """
    if not path.exists():
        return False
    if read_file(path) != data:
        return True
    if not _note_path(path).exists():
        return False
    try:
        kept = _read_note(path, "The features", "")
    except InvalidFileError:
        return True
    return (kept.face, kept.fingerprint) != (note.face, note.fingerprint)


def _note_path(path: Path) -> Path:
    return path.with_name(f"{path.name.removesuffix('.csv')}.json")


def tool_path(project: Project, tool: str, who: Participant, recording: Recording) -> Path:
    """Where the imported file of a recording is, or would be written.

    Parameters
    ----------
    project : Project
        The open study.
    tool : str
        ``"openface"`` or ``"pyfeat"``.
    who : Participant
        The child.
    recording : Recording
        The recording.
    """
    # In whichever group's folder: a group can be corrected after an import.
    present, ungrouped = project.group_folder(who), project.group_folder(replace(who, group=None))
    groups = dict.fromkeys((present, *project.settings.groups, ungrouped))
    below = Path(f"Participant-{who.code}", f"{recording.name}.csv")
    places = [project.folder / TOOLS[tool] / group / below for group in groups]
    return next((place for place in places if place.exists()), places[0])


def has_import(project: Project, tool: str, who: Participant, recording: Recording) -> bool:
    """Whether something was imported for a recording; a file laid there by hand is no import."""
    path = tool_path(project, tool, who, recording)
    return path.is_file() and _note_path(path).is_file()


def checked_import(
    project: Project, tool: str, who: Participant, recording: Recording
) -> tuple[ToolNote, Path] | None:
    """The note and the file of what was imported for a recording; None if nothing was.

    Parameters
    ----------
    project : Project
        The open study.
    tool : str
        ``"openface"`` or ``"pyfeat"``.
    who : Participant
        The child.
    recording : Recording
        The recording.

    Raises
    ------
    InvalidFileError
        If the import belongs to another file of the recording, or was changed since.
    """
    if not has_import(project, tool, who, recording):
        # A file that somebody laid there by hand was compared with no recording.
        return None
    path = tool_path(project, tool, who, recording)
    what = f"The {TOOL_NAMES[tool]} features of video {recording.name!r} of participant {who.code}"
    again = f"import them again with hrm import {tool} --again."
    note = _read_note(path, what, again)
    known = project.identified(recording)
    if (note.fingerprint, note.frame_count) != (known.fingerprint, known.frame_count):
        raise InvalidFileError(f"{what} belong to another file of the recording: {again}")
    if hashlib.sha256(read_file(path)).hexdigest() != note.sha256:
        raise InvalidFileError(f"{what} were changed after they were imported: {again}")
    return note, path


def imported_features(
    project: Project,
    tool: str,
    who: Participant,
    recording: Recording,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> tuple[ToolNote, ToolFeatures] | None:
    """Read what was imported for a recording; None if nothing was.

    Parameters
    ----------
    project : Project
        The open study.
    tool : str
        ``"openface"`` or ``"pyfeat"``.
    who : Participant
        The child.
    recording : Recording
        The recording.
    progress : Progress, optional
        Told of rows.
    cancel : CancelToken, optional
        Asked between rows.

    Raises
    ------
    InvalidFileError
        If the import belongs to another file of the recording, or was changed since.
    """
    found = checked_import(project, tool, who, recording)
    if found is None:
        return None
    note, path = found
    return note, read_tool_file(tool, path, note.rows_are_frames, progress, cancel)


def _read_note(path: Path, what: str, again: str) -> ToolNote:
    try:
        values = json.loads(_note_path(path).read_text(encoding="utf-8"))
        found = values.pop("format", None)
        if found != FORMAT:
            raise InvalidFileError(
                f"{what} have the format {found!r}, which this version does not know: update the program."
            )
        return ToolNote(**values)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        if isinstance(error, InvalidFileError):
            raise
        raise InvalidFileError(f"{what} have a damaged note beside them: {again}") from error
