"""Take what OpenFace or Py-Feat found in a recording's faces into the study, and give it back as faces.

The file itself is copied unchanged, because other programs can read it; a small note
beside it says which recording it belongs to and which face is the child's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.exchange.csv_text import read_file
from hrm_core.exchange.tool_faces import (
    LARGEST,
    FaceCount,
    ToolAction,
    action_columns,
    boxes_elsewhere,
    child_rows,
    count_faces,
    faces_by_frame,
    farthest_time,
    has_places,
    located_boxes,
    most_faces_at_once,
)
from hrm_core.exchange.tool_table import ToolFeatures
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.face import Face
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.records.words import counted
from hrm_core.workflows.add_video import recording_of
from hrm_core.workflows.project import Project
from hrm_core.workflows.tool_files import (
    TOOL_NAMES,
    TOOLS,
    ToolNote,
    imported_features,
    read_tool_file,
    tool_path,
    would_replace,
    write_tool_file,
)

__all__ = ["IMPORTED", "Chooser", "FeatureImport", "import_features", "tool_faces"]

IMPORTED = "imported from another program"
"""What the note of face features says of faces that were imported."""


Chooser = Callable[[tuple[FaceCount, ...]], str]
"""Says which face is the child's, as ``--face`` would."""


@dataclass(frozen=True, slots=True)
class FeatureImport:
    """What :func:`import_features` did, or would do.

    Attributes
    ----------
    tool, participant, video : str
        Program, child and recording.
    file : pathlib.Path
        Where the copy is, or would be.
    rows, frames, frames_in_recording : int
        Rows of the file, frames it is about, and frames of the recording.
    faces : tuple of FaceCount
        Every face, the one in most frames first.
    face : int, str or None
        Which face is the child's, as in :class:`ToolNote`.
    without_face : int
        Frames of the file in which the child's face was not found.
    confidence : float or None
        Mean confidence where the child's face was found; None if the file does not say.
    located : bool
        Whether the file says where faces are.
    actions : tuple of ToolAction
        Columns about actions, and the actions of the catalogue they are.
    notes : tuple of str
        What a person should look at, one sentence each.
    dry_run : bool
        Whether nothing was written.
    """

    tool: str
    participant: str
    video: str
    file: Path
    rows: int
    frames: int
    frames_in_recording: int
    faces: tuple[FaceCount, ...]
    face: int | str | None
    without_face: int
    confidence: float | None
    located: bool
    actions: tuple[ToolAction, ...]
    notes: tuple[str, ...]
    dry_run: bool = False


def import_features(
    project: Project,
    tool: str,
    file: Path,
    *,
    participant: str,
    video: str | None = None,
    face: str | None = None,
    choose: Chooser | None = None,
    accept_times: bool = False,
    rows_are_frames: bool = False,
    again: bool = False,
    dry_run: bool = False,
    by: str | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> FeatureImport:
    """Copy the features that another program found in a recording into the study.

    Parameters
    ----------
    project : Project
        The open study.
    tool : str
        ``"openface"`` or ``"pyfeat"``.
    file : pathlib.Path
        The CSV that the program wrote.
    participant : str
        Code of the child.
    video : str, optional
        Which recording, if the child has several.
    face : str, optional
        Number of the child's face, or ``"largest"``; needed where frames have several.
    choose : callable, optional
        Asked in place of `face`: given the faces, it answers as `face` would say.
    accept_times : bool
        Take the file although its times are not those of the recording's frames.
    rows_are_frames : bool
        Take row after row for frame after frame, where the file names no frames.
    again : bool
        Replace what was imported before.
    dry_run : bool
        Read and check everything, write nothing.
    by : str, optional
        Name of the rater who imports.
    progress : Progress, optional
        Told of rows.
    cancel : CancelToken, optional
        Asked between rows.

    Raises
    ------
    NotFoundError
        If file, participant, video, rater or face does not exist.
    InvalidFileError
        If the file is damaged, of another program, or does not belong to the recording.
    ProjectError
        If frames have several faces and nobody says which is the child's, or something
        was imported before and `again` is False.
    """
    who = project.store.people.participant(participant)
    recording = recording_of(project, participant, video)
    rater = project.store.people.rater(by).name if by else ""
    features = read_tool_file(tool, file, rows_are_frames, progress, cancel)
    count = _require_fitting(file, features, who, recording, rows_are_frames=rows_are_frames)
    notes = [*features.notes, *_time_notes(project, file, features, recording, accept_times=accept_times)]
    child = _child(features, face, choose)
    report = _report(project, tool, who, recording, count, features, child, notes, dry_run=dry_run)
    data = read_file(file)
    note = ToolNote(
        tool,
        child,
        project.identified(recording).fingerprint,
        count,
        hashlib.sha256(data).hexdigest(),
        report.rows,
        report.frames,
        features.first_number,
        rows_are_frames,
        datetime.now(UTC).isoformat(timespec="seconds"),
        rater,
    )
    if not again and would_replace(report.file, data, note):
        raise ProjectError(
            f"Participant {who.code}, video {recording.name!r} has {TOOL_NAMES[tool]} features already, from "
            "another file or with another face for the child's: use --again to replace them."
        )
    if not dry_run:
        write_tool_file(report.file, data, note)
    return report


def _require_fitting(
    file: Path, features: ToolFeatures, who: Participant, recording: Recording, *, rows_are_frames: bool
) -> int:
    """How many frames the recording has, after the file was seen to be able to be about it."""
    name, count = f"video {recording.name!r} of participant {who.code}", recording.frame_count
    if count is None or recording.path is None:
        raise NotFoundError(
            f"Only labels are known of {name}: connect its file with hrm add video --replace first."
        )
    if features.one_picture and count > 1:
        raise InvalidFileError(
            f"{file} is about one picture and names no frame, but {name} has {count} frames: run OpenFace's "
            "FeatureExtraction on the video."
        )
    highest = int(features.frames.max())
    if highest >= count:
        raise InvalidFileError(
            f"{file} has frame {highest + features.first_number}, but the frames of {name} are "
            f"{features.first_number} to {count - 1 + features.first_number} as this file counts: check that "
            "the file belongs to this video."
        )
    if rows_are_frames and len(features) != count:
        raise InvalidFileError(
            f"{file} names no frames and has {counted(len(features), 'row')}, but {name} has {count} frames: "
            "add a column frame that counts from 0."
        )
    size = (recording.width, recording.height)
    if features.picture_size is not None and None not in size and features.picture_size != size:
        width, height = features.picture_size
        raise InvalidFileError(
            f"{file} is about pictures of {width}×{height} pixels, but those of {name} have "
            f"{size[0]}×{size[1]}: analyse the file that was added to the study."
        )
    _require_in_picture(file, features, name, size)
    return count


def _require_in_picture(
    file: Path, features: ToolFeatures, name: str, size: tuple[int | None, int | None]
) -> None:
    boxes = located_boxes(features)[features.success]
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    middles = middles[~np.isnan(middles).any(axis=1)]
    if None in size or not len(middles):
        return
    outside = ((middles < 0) | (middles > np.array(size, dtype=np.float64))).any(axis=1)
    # A tracker may lose a face over the edge; it does not live there.
    if outside.mean() > 0.5:
        raise InvalidFileError(
            f"{file}: {int(outside.sum())} of {counted(len(middles), 'face')} lie outside the pictures of "
            f"{name} ({size[0]}×{size[1]} pixels): the file is about another video or a copy in another size."
        )


def _time_notes(
    project: Project, file: Path, features: ToolFeatures, recording: Recording, *, accept_times: bool
) -> list[str]:
    if np.isnan(features.time_s).all():
        return ["The file says no times: only its frame numbers were compared with the recording."]
    ledger = project.store.ledgers.get(recording.id)
    if ledger is not None:
        times = ledger.times
    elif recording.fps and recording.frame_count:
        times = np.arange(recording.frame_count) / recording.fps
    else:
        return ["The times of the recording's frames are not known, so those of the file were not compared."]
    worst = farthest_time(features, times)
    if worst is None:
        return []
    frame, said, real = worst
    words = (
        f"frame {frame + features.first_number} is at {said:.3f} s, but in the recording at {real:.3f} s, "
        "more than half a frame apart"
    )
    if accept_times:
        return [f"Times were not those of the recording and were accepted: {words}."]
    raise InvalidFileError(
        f"{file}: {words}: another file or frame rate was analysed. Analyse the video of the study, or use "
        "--accept-times if the frame numbers are right nevertheless."
    )


def _child(features: ToolFeatures, face: str | None, choose: Chooser | None) -> int | str | None:
    counts = count_faces(features)
    if face is None:
        if most_faces_at_once(features) <= 1:
            return None
        if choose is None:
            listed = ", ".join(f"face {entry.number} ({counted(entry.frames, 'frame')})" for entry in counts)
            raise ProjectError(
                f"There are several faces in a frame: say with --face which is the child's, by number or as "
                f"largest; there are {listed}."
            )
        face = choose(counts)
    text = face.strip().lower()
    if text != LARGEST and not (text.isascii() and text.isdigit()):
        raise NotFoundError(f"{face!r} names no face: give its number, or largest.")
    child = LARGEST if text == LARGEST else int(text)
    child_rows(features, child)
    return child


def _report(
    project: Project,
    tool: str,
    who: Participant,
    recording: Recording,
    frame_count: int,
    features: ToolFeatures,
    child: int | str | None,
    notes: list[str],
    *,
    dry_run: bool,
) -> FeatureImport:
    mine = child_rows(features, child)
    frames = len(np.unique(features.frames))
    sure = features.confidence[mine & ~np.isnan(features.confidence)]
    elsewhere, located = boxes_elsewhere(features), has_places(features)
    if elsewhere:
        notes.append(
            f"In {counted(elsewhere, 'row')} the box lies elsewhere than the landmarks: the landmarks count."
        )
    if not located:
        notes.append("The file says neither boxes nor landmarks: no face can be cut out or covered from it.")
    if not features.success.any():
        notes.append("No row has a face.")
    return FeatureImport(
        tool,
        who.code,
        recording.name,
        tool_path(project, tool, who, recording),
        len(features),
        frames,
        frame_count,
        count_faces(features),
        child,
        frames - int(mine.sum()),
        float(sure.mean()) if len(sure) else None,
        located,
        action_columns(features.table.columns),
        tuple(notes),
        dry_run,
    )


def tool_faces(
    project: Project, who: Participant, recording: Recording, tool: str | None = None
) -> Mapping[int, tuple[Face, ...]]:
    """Faces that another program found in a recording, the child's first.

    Parameters
    ----------
    project : Project
        The open study.
    who : Participant
        The child.
    recording : Recording
        The recording.
    tool : str, optional
        ``"openface"`` or ``"pyfeat"``; left out, OpenFace's if they say where faces are, else
        Py-Feat's.

    Returns
    -------
    mapping of int to tuple of Face
        By frame; a frame of the file in which the child's face was not found has none, also
        where other faces were.  Empty if nothing was imported.  Poses keep the signs that the
        program gives them.

    Raises
    ------
    InvalidFileError
        If the import belongs to another file of the recording or was changed since, or says
        neither boxes nor landmarks.
    """
    nowhere = ""
    for name in TOOLS if tool is None else (tool,):
        found = imported_features(project, name, who, recording)
        if found is None:
            continue
        note, features = found
        if has_places(features):
            return faces_by_frame(features, note.face)
        nowhere = nowhere or TOOL_NAMES[name]
    if nowhere:
        raise InvalidFileError(
            f"The {nowhere} features of video {recording.name!r} of participant {who.code} say neither boxes "
            "nor landmarks: export them again with landmarks and import that file."
        )
    return {}
