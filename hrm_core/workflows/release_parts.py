"""What a release is made of: labels, features and pictures, under the names of the release."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.exchange.hrm_csv import BEFORE_VIDEO, HrmLabels, write_hrm_csvs
from hrm_core.faces.feature_file import write_table
from hrm_core.facs import ALL_ACTIONS
from hrm_core.progress import CancelToken
from hrm_core.records.people import Participant
from hrm_core.records.segments import segments
from hrm_core.workflows.export_features import FACES, released_features
from hrm_core.workflows.export_pictures import PictureChoice, export_frames
from hrm_core.workflows.frame_times import frame_times
from hrm_core.workflows.project import Project
from hrm_core.workflows.release_plan import PlannedRecording
from hrm_core.workflows.tool_files import TOOLS

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "code_rows",
    "frame_rows",
    "write_features",
    "write_hrm_csv",
    "write_pictures",
]

_INTENSITIES = np.array(["", *"ABCDE"], dtype=object)
_SIDES = np.array(["", "both", "left", "right", "upper", "lower"], dtype=object)
_KEYS = np.array([action.key for action in ALL_ACTIONS], dtype=object)
# Columns of other programs are let out by name: some tell identity, sex or the path of the video.
_OF_TOOLS = re.compile(
    r"frame|time_s|confidence|success|left|top|right|bottom|pitch|yaw|roll|AU[0-9]{2}(_[rc])?|gaze_.*"
    r"|anger|disgust|fear|happiness|sadness|surprise|neutral"
)


def frame_rows(project: Project, child: str, code: str, planned: PlannedRecording) -> pd.DataFrame:
    """A row per frame that was coded or could not be, in the order of frames."""
    import pandas as pd

    frames = np.concatenate([planned.table.frames, planned.not_codable])
    order = np.argsort(frames, kind="stable")
    known = frame_times(project, planned.recording)
    times = np.full(len(frames), np.nan)
    if known is not None:
        there = frames < len(known)
        times[there] = known[frames[there]]
    codable = np.arange(len(frames)) < len(planned.table)
    actions = np.concatenate(
        [(planned.table.codes > 0).sum(axis=1), np.zeros(len(planned.not_codable), dtype=np.int64)]
    )
    touched = np.concatenate([planned.touched, np.zeros(len(planned.not_codable), dtype=bool)])
    return pd.DataFrame(
        {
            "participant": np.full(len(frames), child, dtype=object),
            "recording": np.full(len(frames), code, dtype=object),
            "frame": frames[order].astype(np.int32),
            "time_s": times[order],
            "codable": codable[order],
            "n_actions": actions[order].astype(np.int32),
            "with_model": touched[order],
        }
    )


def code_rows(child: str, code: str, planned: PlannedRecording) -> pd.DataFrame:
    """A row per action that is present in a frame."""
    import pandas as pd

    table = planned.table
    rows, columns = np.nonzero(table.codes)
    codes = table.codes[rows, columns]
    graded = np.zeros_like(codes) if table.intensities is None else table.intensities[rows, columns]
    return pd.DataFrame(
        {
            "participant": np.full(len(rows), child, dtype=object),
            "recording": np.full(len(rows), code, dtype=object),
            "frame": table.frames[rows].astype(np.int32),
            "action": _KEYS[columns],
            "code": codes.astype(np.int32),
            "side": _SIDES[codes],
            "intensity": _INTENSITIES[graded],
        }
    )


def write_hrm_csv(folder: Path, child: str, code: str, planned: PlannedRecording, mark: int) -> None:
    """Write the label file of a recording; `mark` is what its column ``ASD`` says."""
    path = folder / f"Participant-{child}{BEFORE_VIDEO}{code}.csv"
    write_hrm_csvs({path: HrmLabels(planned.table.frames, planned.table.codes, mark)})


def write_features(
    project: Project, folder: Path, names: tuple[str, str], who: Participant, planned: PlannedRecording
) -> tuple[str, ...]:
    """Write the face features of coded frames, of the child's face alone and of its landmarks five points.

    Parameters
    ----------
    project : Project
        The open study.
    folder : pathlib.Path
        Of all features.
    names : (str, str)
        Child and recording in the release.
    who : Participant
        The child.
    planned : PlannedRecording
        The recording.

    Returns
    -------
    tuple of str
        Whose features there were.

    Raises
    ------
    NotFoundError, InvalidFileError
        If they are damaged or of another recording.
    """
    written = []
    for source in (FACES, *TOOLS):
        table = released_features(project, source, who, planned.recording)
        if table is None:
            continue
        table = table[table["child"].to_numpy(dtype=bool) & table["frame"].isin(planned.table.frames)]
        if source in TOOLS:
            kept = [name for name in table.columns if _OF_TOOLS.fullmatch(name)]
        else:
            kept = [name for name in table.columns if name not in ("face", "child")]
        table = table[kept].select_dtypes(["number", "bool"]).reset_index(drop=True)
        if len(table):
            write_table(folder / source / f"{names[0]}_{names[1]}.parquet", table)
            written.append(source)
    return tuple(written)


def write_pictures(
    project: Project,
    scratch: Path,
    target: Path,
    who: Participant,
    planned: PlannedRecording,
    cancel: CancelToken,
) -> tuple[int, int]:
    """Write the pictures of the coded frames, eyes covered.

    Parameters
    ----------
    project : Project
        The open study.
    scratch : pathlib.Path
        A folder that does not exist; nothing is left of it.
    target : pathlib.Path
        The folder of the pictures.
    who : Participant
        The child.
    planned : PlannedRecording
        The recording.
    cancel : CancelToken
        Asked between frames.

    Returns
    -------
    (int, int)
        How many were written, and how many withheld because the eyes could not be located.

    Raises
    ------
    ProjectError
        If the recording cannot be read.
    Cancelled
        On request.
    """
    if planned.recording.path is None:
        return 0, len(planned.table)
    choice = PictureChoice(
        participants=(who.code,),
        video=planned.recording.name,
        spans=tuple(segments(planned.table.frames)),
        masked=True,
        into=scratch,
    )
    try:
        (entry,) = export_frames(project, choice, cancel=cancel).videos
        if entry.problem:
            raise ProjectError(
                f"The pictures of video {entry.video!r} of participant {who.code} cannot be released "
                f"({entry.problem.rstrip('.')}): mend that, or leave pictures out."
            )
        if entry.written:
            target.mkdir(parents=True)
        for picture in sorted(scratch.rglob("*.jpg")):
            shutil.move(picture, target / picture.name)  # which may be on another disk
        return entry.written, len(entry.withheld)
    except OSError as error:
        if isinstance(error, InvalidFileError | NotFoundError | ProjectError):
            raise
        raise ProjectError(
            f"{target} cannot be written ({error.strerror or error}): free some space."
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
