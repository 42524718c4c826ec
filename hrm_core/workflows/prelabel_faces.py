"""The faces of a recording that a model is to look at: those that are kept, or looked for before."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.faces.detector import Detector
from hrm_core.faces.feature_file import read_features
from hrm_core.models.lock import alone
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.workflows.extract_faces import extract_faces, picks_of
from hrm_core.workflows.face_pictures import PictureChoice
from hrm_core.workflows.prelabel_pictures import ChildPlace, child_places
from hrm_core.workflows.project import FEATURES, Project

__all__ = ["faces_to_look_at", "held", "known_faces"]

_DETECTOR = "yunet"
_NO_PICTURES = PictureChoice(aligned=False, crops=False)
_PAUSE_S = 0.2

Places = dict[int, ChildPlace | None]


def known_faces(
    project: Project, who: Participant, recording: Recording, *, sides: bool
) -> tuple[Places | None, str]:
    """Where the child's face is in the frames in which somebody has looked for it.

    What people say of it now holds, also where its face was followed before they said so.

    Parameters
    ----------
    project : Project
        The open study.
    who : Participant
        The child.
    recording : Recording
        The recording, identified.
    sides : bool
        Whether the halves of its face will be looked at, too.

    Returns
    -------
    dict of int to ChildPlace or None, or None
        By frame; None if nobody has looked for faces yet.
    str
        Name of what found them; empty if nothing did.

    Raises
    ------
    InvalidFileError
        If the features are damaged, or of another file.
    """
    path = project.face_path(FEATURES, who, recording)
    if not path.exists():
        return None, ""
    note, frames = read_features(path, landmarks=sides)
    about = (note.fingerprint, note.frame_count, note.width, note.height)
    if about != (recording.fingerprint, recording.frame_count, recording.width, recording.height):
        raise InvalidFileError(
            f"The faces in {path} were looked for in another file: run hrm extract faces --again."
        )
    picks = picks_of(project, who, recording, note)
    return child_places(frames, (note.width, note.height), picks, sides=sides), note.detector


def faces_to_look_at(
    project: Project,
    who: Participant,
    recording: Recording,
    wanted: Collection[int],
    opened: Callable[[], Detector],
    *,
    clips_only: bool,
    sides: bool,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Places:
    """Where the child's face is; frames without faces are looked at first, and what is found is kept.

    Faces go to the study's feature file, so that a run that was stopped goes on with the same ones, and
    another model need not look for them again.

    Parameters
    ----------
    project : Project
        The open study.
    who : Participant
        The child.
    recording : Recording
        The recording, identified.
    wanted : collection of int
        Frames whose faces are asked for.
    opened : callable
        Opens the detector; only called where a face must be looked for.
    clips_only : bool
        Look for faces in clips alone.
    sides : bool
        As for :func:`known_faces`.
    progress : Progress, optional
        Told of frames.
    cancel : CancelToken, optional
        Asked between frames.

    Returns
    -------
    dict of int to ChildPlace or None
        By frame; frames that are missing could not be looked at, or another detector left them out.

    Raises
    ------
    NotFoundError, InvalidFileError
        If features, weights of the detector or the video cannot be read.
    ProjectError
        If the study's folder cannot be written to.
    Cancelled
        On request; faces that were found stay.
    """
    places, found_by = known_faces(project, who, recording, sides=sides)
    if places is not None and (found_by != _DETECTOR or not set(wanted).difference(places)):
        return places
    lock = project.folder / f".faces-{recording.id}.lock"
    with _in_turn(lock, cancel or CancelToken()):
        # Another program may have looked for them while this one waited.
        places, found_by = known_faces(project, who, recording, sides=sides)
        if places is not None and (found_by != _DETECTOR or not set(wanted).difference(places)):
            return places
        try:
            report = extract_faces(
                project,
                opened(),
                participants=[who.code],
                video=recording.name,
                clips_only=clips_only,
                pictures=_NO_PICTURES,
                progress=progress,
                cancel=cancel,
            )
            problem = report.videos[0].problem
        except (NotFoundError, InvalidFileError):
            if places is None:
                raise
            # What is known is looked at all the same; the rest is counted.
            return places
        if places is None and problem:
            raise InvalidFileError(problem)
        return known_faces(project, who, recording, sides=sides)[0] or {}


@contextmanager
def held(lock: Path) -> Iterator[bool]:
    """Whether no other program holds a lock file of the study; it is held until the block ends.

    Raises
    ------
    ProjectError
        If the file cannot be made.
    """
    with ExitStack() as stack:
        try:
            free = stack.enter_context(alone(lock))
        except OSError as error:
            raise ProjectError(
                f"The study's folder {lock.parent} cannot be written to ({error.strerror or error}): allow "
                "it and run this again."
            ) from error
        yield free


@contextmanager
def _in_turn(lock: Path, cancel: CancelToken) -> Iterator[None]:
    """Wait until no other program holds the lock: what it finds serves this one as well."""
    while True:
        with held(lock) as free:
            if free:
                yield
                return
        cancel.raise_if_cancelled()
        time.sleep(_PAUSE_S)
