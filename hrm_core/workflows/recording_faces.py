"""The aligned faces of one recording of a study, if they are its own."""

from __future__ import annotations

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.media.frame_folder import read_manifest
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.workflows.aligned_faces import AlignedFaces, aligned_faces
from hrm_core.workflows.extract_faces import ALIGNED
from hrm_core.workflows.project import Project

__all__ = ["faces_of_recording"]


def faces_of_recording(project: Project, who: Participant, recording: Recording) -> AlignedFaces:
    """Which frames of a recording have an aligned face; no picture is decoded.

    Raises
    ------
    NotFoundError
        If no faces were cut out.
    InvalidFileError
        If they were taken from another file, name a frame that it does not have, or are refused by
        :func:`~hrm_core.workflows.aligned_faces.aligned_faces`.
    """
    folder = project.face_path(ALIGNED, who, recording)
    if not folder.is_dir():
        raise NotFoundError("There are no aligned faces of it: cut them out with hrm extract faces.")
    note, source = read_manifest(folder), project.identified(recording).fingerprint
    if note is not None and None not in (note.source, source) and note.source != source:
        raise InvalidFileError(
            f"The faces in {folder} were taken from another file: replace them with hrm extract faces "
            "--again."
        )
    faces = aligned_faces(folder)
    last = max(faces.files)
    if recording.frame_count is not None and last >= recording.frame_count:
        raise InvalidFileError(
            f"{faces.files[last]} names no frame of the video, which has {recording.frame_count}: replace "
            "the faces with hrm extract faces --again."
        )
    return faces
