"""The folder of an export: what lies in it is known, and nothing strange is mixed in."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hrm_core.config import PROJECT_FILE
from hrm_core.errors import InvalidFileError, ProjectError
from hrm_core.paths import write_whole
from hrm_core.workflows.project import FEATURES, Project
from hrm_core.workflows.release_codes import RELEASE_CODES

__all__ = ["NOTE", "WITHHELD", "ExportFolder", "Withheld", "claim_folder", "require_outside"]

NOTE = "export.json"
"""Name of the file that says what an export folder holds."""
WITHHELD = "withheld.csv"
"""Name of the list of frames that were not given out."""

_FORMAT = 1
_HEADER = ("video", "frame", "time_s", "reason")
_HALF_WRITTEN = re.compile(r"\..*-[0-9a-f]{32}\.part")
_OF_THE_STUDY = (
    "Origin Videos",
    "Convert Frames",
    "Aligned Face",
    "Face Crops",
    "Training Runs",
    "Neutral Frames",
    "Label",
    FEATURES,
    "OpenFace Features",
    "Py-Feat Features",
    "AU Predictions",
    "Expressions",
    "backups",
    ".hrm-cache",
    PROJECT_FILE,
    "labels.sqlite",
    RELEASE_CODES,
)
_FRAME = re.compile(r"[0-9]{6,12}\.(jpg|png)")


@dataclass(frozen=True, slots=True)
class Withheld:
    """A frame that was not given out.

    Attributes
    ----------
    frame : int
        Its number.
    time_s : float
        Seconds from the first frame of the recording.
    reason : str
        Why.
    """

    frame: int
    time_s: float
    reason: str


class ExportFolder:
    """One export folder; made by :func:`claim_folder`.

    Parameters
    ----------
    path : pathlib.Path
        The folder.
    note : dict
        What it holds.
    again : bool
        Whether what was exported before may be replaced.
    """

    def __init__(self, path: Path, note: dict[str, Any], *, again: bool) -> None:
        self.path = path
        self._note = note
        self._again = again
        self._begun: set[str] = set()

    def require_room(self, name: str, target: Path, files: Sequence[str]) -> None:
        """Refuse what would replace something, unless that was asked for.

        Parameters
        ----------
        name : str
            Of the recording in this export: ``"Participant-7/play"``.
        target : pathlib.Path
            Its folder of pictures, or the folder its videos are in.
        files : sequence of str
            Names of what is to be written, relative to the folder.

        Raises
        ------
        ProjectError
            If there is something already and it may not be replaced.
        """
        if target.is_symlink():
            raise ProjectError(f"{target} is a link to another place: take it away, then export again.")
        known = self._note["recordings"].get(name, {}).get("files")
        if (known or any((self.path / file).exists() for file in files)) and not self._again:
            raise ProjectError(
                f"{self.path} holds {name} already: use --again to replace it, or choose another folder "
                "with --into."
            )

    def begin(self, name: str, target: Path, about: dict[str, Any]) -> None:
        """Make room for one recording, and note it before its first picture is written.

        Parameters
        ----------
        name, target
            As :meth:`require_room`, which comes first.
        about : dict
            For the note; ``"files"`` are the names of what is written, relative to the folder.

        Raises
        ------
        ProjectError
            If the disk refuses.
        """
        try:
            self._clear(target, self._note["recordings"].get(name))
            self._note["recordings"][name] = about
            write_whole(self.path / NOTE, json.dumps(self._note, ensure_ascii=False, indent=1).encode())
        except OSError as error:
            raise _refused(self.path, error) from error
        self._begun.add(name)

    def _clear(self, target: Path, known: dict[str, Any] | None) -> None:
        """Take away what an earlier export wrote; what bears another name stays."""
        old = [file for file in target.glob(".*.part") if _HALF_WRITTEN.fullmatch(file.name)]
        if known is not None and self._note["kind"] == "frames":
            old += [file for file in target.glob("*.*") if _FRAME.fullmatch(file.name)]
        elif known is not None:
            old += [self.path / file for file in known["files"]]
        for file in old:
            file.unlink(missing_ok=True)

    def list_withheld(self, name: str, frames: Sequence[Withheld]) -> None:
        """Write the list anew, with these frames of one recording; nothing for one that was not begun.

        Raises
        ------
        ProjectError
            If the disk refuses.
        """
        if name not in self._begun:
            return
        path = self.path / WITHHELD
        try:
            kept = [row for row in _rows(path) if row[0] != name]
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(_HEADER)
            writer.writerows(kept)
            writer.writerows((name, entry.frame, f"{entry.time_s:.6f}", entry.reason) for entry in frames)
            write_whole(path, text.getvalue().encode())
        except OSError as error:
            raise _refused(self.path, error) from error


def _rows(path: Path) -> list[list[str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.reader(file) if len(row) == len(_HEADER)][1:]


def claim_folder(project: Project, path: Path, kind: str, *, masked: bool, again: bool) -> ExportFolder:
    """Look whether an export may go into a folder; nothing is written.

    Parameters
    ----------
    project : Project
        The open study.
    path : pathlib.Path
        The folder; it may not exist yet.
    kind : str
        ``"frames"`` or ``"video"``: one folder holds one kind.
    masked : bool
        Whether eyes are covered: one folder never holds both.
    again : bool
        Go on although there are files of somebody else, and replace what was exported before.

    Raises
    ------
    ProjectError
        If the folder is one of the study's own, holds another kind of export, or holds files of
        somebody else and `again` is False.
    InvalidFileError
        If what it holds cannot be told.
    """
    require_outside(project, path)
    eyes = "covered" if masked else "uncovered"
    fresh = {
        "format": _FORMAT,
        "kind": kind,
        "eyes": eyes,
        "synthetic": project.settings.synthetic,
        "recordings": {},
    }
    try:
        names = [entry.name for entry in path.iterdir()] if path.exists() else []
    except OSError as error:
        raise _refused(path, error) from error
    if NOTE not in names:
        if any(not name.startswith(".") for name in names) and not again:
            raise ProjectError(
                f"{path} holds files that no export has written: choose another folder with --into, or use "
                "--again to write beside them."
            )
        return ExportFolder(path, fresh, again=again)
    note = _read_note(path / NOTE)
    if (note["kind"], note["eyes"]) != (kind, eyes):
        what = "pictures" if note["kind"] == "frames" else "videos"
        raise ProjectError(
            f"{path} holds {what} with {note['eyes']} eyes, which must not be mixed with others: choose "
            "another folder with --into."
        )
    return ExportFolder(path, note, again=again)


def require_outside(project: Project, path: Path, option: str = "--into") -> None:
    """Refuse a place for an export that is among the study's own files.

    Parameters
    ----------
    project : Project
        The open study.
    path : pathlib.Path
        The folder or file; it need not exist.
    option : str
        With what another place is named.

    Raises
    ------
    ProjectError
        If it is.
    """
    real, home = path.resolve(), project.folder.resolve()
    if real == home or any(real.is_relative_to(home / name) for name in _OF_THE_STUDY):
        raise ProjectError(
            f"{path} belongs to the study itself, and what leaves it must not lie among its pictures: choose "
            f"another folder with {option}."
        )
    for _, recording in project.recordings():
        if recording.path is None:
            continue
        place = (home / recording.path).resolve()
        if real.is_relative_to(place) or place.is_relative_to(real):
            raise ProjectError(
                f"{path} holds video {recording.name!r} itself, which may be the only copy: choose another "
                f"folder with {option}."
            )


def _read_note(path: Path) -> dict[str, Any]:
    try:
        note = json.loads(path.read_bytes())
        sound = (
            note["format"] == _FORMAT
            and note["kind"] in ("frames", "video")
            and note["eyes"] in ("covered", "uncovered")
            and all(
                isinstance(file, str) and ".." not in Path(file).parts and not Path(file).is_absolute()
                for about in note["recordings"].values()
                for file in about["files"]
            )
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        sound = False
    if not sound:
        raise InvalidFileError(
            f"{path} is damaged or of a newer version, so it is not known what lies beside it: choose "
            "another folder with --into."
        )
    return dict(note)


def _refused(path: Path, error: OSError) -> ProjectError:
    return ProjectError(
        f"{path} cannot be written ({error.strerror or error}): make room, allow writing there, or choose "
        "another folder with --into."
    )
