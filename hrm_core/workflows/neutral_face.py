"""Where the face is in a child's neutral picture; kept beside the picture, in the format of face features."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hrm_core import media
from hrm_core.errors import InvalidFileError
from hrm_core.faces.feature_file import FeatureNote, read_features, write_features
from hrm_core.records.face import FrameFaces
from hrm_core.workflows.project import Project

__all__ = ["neutral_face", "read_neutral", "write_neutral_face"]


def neutral_face(project: Project, code: str) -> FrameFaces | None:
    """The faces of a child's neutral picture; None if nobody has looked, or in another picture.

    Parameters
    ----------
    project : Project
        The open study.
    code : str
        The child's code.
    """
    picture = project.neutral_path(code)
    if picture is None:
        return None
    try:
        note, frames = read_features(picture.with_suffix(".parquet"))
    except InvalidFileError:
        return None
    return frames[0] if frames and note.fingerprint == media.fingerprint(picture) else None


def read_neutral(project: Project, code: str) -> tuple[NDArray[np.uint8], FrameFaces | None] | None:
    """A child's neutral picture and its faces; None if there is no picture.

    The faces are those of this very picture: where it is replaced while it is read,
    there are none, so that nothing is covered at the place of another face.

    Parameters
    ----------
    project : Project
        The open study.
    code : str
        The child's code.

    Raises
    ------
    InvalidFileError
        If the picture cannot be read.
    """
    path = project.neutral_path(code)
    if path is None:
        return None
    before = media.fingerprint(path)
    rgb = media.read_still(path)
    faces = neutral_face(project, code)
    same = project.neutral_path(code) == path and media.fingerprint(path) == before
    return rgb, faces if same else None


def write_neutral_face(
    project: Project, code: str, found: FrameFaces, detector: str, *, synthetic: bool = False
) -> None:
    """Keep where the face is in a child's neutral picture.

    Parameters
    ----------
    project : Project
        The open study.
    code : str
        The child's code.
    found : FrameFaces
        In pixels of the picture; its frame number and time say nothing.
    detector : str
        What found it.
    synthetic : bool
        Whether the face was drawn.

    Raises
    ------
    InvalidFileError
        If the child has no neutral picture, or the file cannot be written.
    """
    picture = project.neutral_path(code)
    if picture is None:
        raise InvalidFileError(f"Participant {code} has no neutral picture: add one with hrm add neutral.")
    height, width = media.read_still(picture).shape[:2]
    note = FeatureNote(detector, media.fingerprint(picture), 1, width, height, synthetic=synthetic)
    write_features(picture.with_suffix(".parquet"), note, [found])
