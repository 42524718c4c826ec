"""Write face features as plain tables for statistics programs: one per recording, a row per face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.exchange.tool_faces import tidy_features
from hrm_core.faces.feature_file import read_features, tidy_faces, write_table
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.workflows.project import FEATURES, Project
from hrm_core.workflows.tool_files import TOOLS, imported_features, tool_path

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FACES", "ExportedFeatures", "FeatureExport", "export_features", "released_features"]

FACES = "faces"
"""Our own face features, whichever detector found the faces."""

_FOLDER = "Exported Features"
_MAKE = {
    FACES: "hrm extract faces",
    "openface": "hrm import openface",
    "pyfeat": "hrm import pyfeat",
}


@dataclass(frozen=True, slots=True)
class ExportedFeatures:
    """What became of one recording.

    Attributes
    ----------
    participant, video : str
        Code of the child and name of the recording.
    file : pathlib.Path or None
        The table; None if there was nothing to write.
    rows, columns : int
        Of the table.
    problem : str
        Why it could not be written; empty otherwise.
    """

    participant: str
    video: str
    file: Path | None = None
    rows: int = 0
    columns: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FeatureExport:
    """What :func:`export_features` wrote.

    Attributes
    ----------
    folder : pathlib.Path
        Where the tables are.
    videos : tuple of ExportedFeatures
        In the order of the study.
    """

    folder: Path
    videos: tuple[ExportedFeatures, ...]


def export_features(
    project: Project,
    into: Path | None = None,
    *,
    participants: Sequence[str] = (),
    source: str = FACES,
    parquet: bool = False,
    landmarks: bool = True,
    again: bool = False,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> FeatureExport:
    """Write ``Participant-<code>_<video>.csv`` for every recording that has features.

    Frames are counted from 0; names of groups stand neither in the tables nor in their names.

    Parameters
    ----------
    project : Project
        The open study.
    into : pathlib.Path, optional
        Folder; ``Exported Features/<source>`` in the project if left out.
    participants : sequence of str
        Codes; all if empty.
    source : str
        ``"faces"``, ``"openface"`` or ``"pyfeat"``.
    parquet : bool
        Write Parquet in place of CSV.
    landmarks : bool
        Whether landmarks are written too.
    again : bool
        Replace files that are there.
    progress : Progress, optional
        Told of recordings.
    cancel : CancelToken, optional
        Asked between recordings; tables that are finished stay.

    Raises
    ------
    NotFoundError
        If a participant is unknown, or no recording has such features.
    ProjectError
        If a file is there already and `again` is False; then nothing was written.
    InvalidFileError
        If a table cannot be written.
    """
    if source not in _MAKE:
        raise ValueError(f"there are no features of {source!r}")
    folder = into if into is not None else project.folder / _FOLDER / source
    codes: list[str | None] = [*dict.fromkeys(participants)] or [None]
    chosen = [entry for code in codes for entry in project.recordings(code)]
    suffix = ".parquet" if parquet else ".csv"
    files = [folder / f"Participant-{who.code}_{recording.name}{suffix}" for who, recording in chosen]
    there = [_is_there(project, source, who, recording) for who, recording in chosen]
    if not any(there):
        raise NotFoundError(f"No recording has {source} features to export: make them with {_MAKE[source]}.")
    _require_free([file for file, has in zip(files, there, strict=True) if has], again=again)
    progress = progress or NoProgress()
    progress.start("Writing features", len(chosen))
    videos = []
    try:
        for (who, recording), file, has in zip(chosen, files, there, strict=True):
            if cancel is not None:
                cancel.raise_if_cancelled()
            videos.append(
                _export(project, source, who, recording, file, landmarks=landmarks, cancel=cancel)
                if has
                else ExportedFeatures(who.code, recording.name)
            )
            progress.advance()
    finally:
        progress.finish()
    return FeatureExport(folder, tuple(videos))


def _is_there(project: Project, source: str, who: Participant, recording: Recording) -> bool:
    if source in TOOLS:
        return tool_path(project, source, who, recording).is_file()
    return project.face_path(FEATURES, who, recording).is_file()


def _require_free(files: Sequence[Path], *, again: bool) -> None:
    twice = [file for place, file in enumerate(files) if file in files[:place]]
    if twice:
        raise ProjectError(
            f"Two recordings would both be written to {twice[0].name}: export one child at a time, into "
            "different folders."
        )
    taken = [file for file in files if file.exists()]
    if taken and not again:
        raise ProjectError(
            f"{taken[0]} is there already ({len(taken)} such files): use --again to replace them, or another "
            "folder with --into."
        )


def _export(
    project: Project,
    source: str,
    who: Participant,
    recording: Recording,
    file: Path,
    *,
    landmarks: bool,
    cancel: CancelToken | None,
) -> ExportedFeatures:
    """One table; what is wrong with one recording's features stops no other."""
    try:
        if source in TOOLS:
            table = _of_tool(project, source, who, recording, landmarks=landmarks, cancel=cancel)
        else:
            table = _own(project, who, recording, landmarks=landmarks)
    except (InvalidFileError, NotFoundError) as error:
        return ExportedFeatures(who.code, recording.name, problem=str(error))
    write_table(file, table)
    return ExportedFeatures(who.code, recording.name, file, len(table), len(table.columns))


def released_features(
    project: Project, source: str, who: Participant, recording: Recording
) -> pd.DataFrame | None:
    """Features of a recording without landmarks, as they may be given out; None if there are none.

    Raises
    ------
    NotFoundError, InvalidFileError
        If they are damaged, or nobody knows that they belong to the recording.
    """
    if not _is_there(project, source, who, recording):
        return None
    if source in TOOLS:
        return _of_tool(project, source, who, recording, landmarks=False, cancel=None)
    return _own(project, who, recording, landmarks=False)


def _own(project: Project, who: Participant, recording: Recording, *, landmarks: bool) -> pd.DataFrame:
    note, frames = read_features(project.face_path(FEATURES, who, recording), landmarks=landmarks)
    if note.fingerprint != project.identified(recording).fingerprint:
        raise InvalidFileError(
            f"The face features of video {recording.name!r} of participant {who.code} were made from another "
            "file: make them again with hrm extract faces."
        )
    return tidy_faces(frames)


def _of_tool(
    project: Project,
    source: str,
    who: Participant,
    recording: Recording,
    *,
    landmarks: bool,
    cancel: CancelToken | None,
) -> pd.DataFrame:
    found = imported_features(project, source, who, recording, cancel=cancel)
    if found is None:
        raise InvalidFileError(
            f"The {source} file of video {recording.name!r} of participant {who.code} was laid there by "
            f"hand, so nobody compared it with the recording: import it with {_MAKE[source]}."
        )
    note, features = found
    ledger = project.store.ledgers.get(recording.id)
    # When a frame is shown is known better here than to a program that computed it from a rate.
    times = features.time_s if ledger is None else ledger.times[features.frames]
    return tidy_features(features, note.face, np.asarray(times), landmarks=landmarks)
