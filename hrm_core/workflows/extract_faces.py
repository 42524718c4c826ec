"""Find the faces in the study's videos, follow the child and cut its face out."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_core import media
from hrm_core.errors import Cancelled, InvalidFileError, NotFoundError, ProjectError
from hrm_core.faces.child import one_picture
from hrm_core.faces.crop import CROP_MARGIN, CROP_SIZE
from hrm_core.faces.detector import Detector
from hrm_core.faces.feature_file import FeatureNote, read_features
from hrm_core.faces.follow import FollowEventKind
from hrm_core.media.frame_folder import FrameFolder
from hrm_core.media.stills import StillError
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.face import FrameFaces
from hrm_core.records.face_mark import FaceMarkKind
from hrm_core.records.people import Participant
from hrm_core.records.recording import ClipState, Recording
from hrm_core.workflows.face_detector import GIVEN
from hrm_core.workflows.face_pictures import FacePictures, PictureChoice
from hrm_core.workflows.faces_report import ExtractedFaces, FacesReport, NeutralFace, events_of
from hrm_core.workflows.given_faces import given_faces
from hrm_core.workflows.import_features import IMPORTED, tool_faces
from hrm_core.workflows.look_for_faces import (
    ALIGNED_SETTING,
    FaceTask,
    LookedAt,
    kept_parts,
    look_for_faces,
    same_faces,
)
from hrm_core.workflows.neutral_face import neutral_face, write_neutral_face
from hrm_core.workflows.project import FEATURES, Project
from hrm_core.workflows.see_faces import mark_in_pixels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ALIGNED", "CROPS", "extract_faces", "own_pictures", "picks_of"]

ALIGNED = "Aligned Face"
"""Folder of the aligned pictures, named as in the HRM release."""

CROPS = "Face Crops"
"""Folder of the pictures that are cut out as they are."""

# The GOP cache serves people who step back; faces are looked for forwards only.
_CACHE_BYTES = 0

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was asked for, the same for all videos."""

    every: int
    clips_only: bool
    choice: PictureChoice
    again: bool


@dataclass(frozen=True, slots=True)
class _Job:
    """One video and what is to be done; or why it cannot be."""

    who: Participant
    recording: Recording
    path: Path | None = None
    features: Path | None = None
    pictures: FacePictures | None = None
    spans: Spans = ()
    known: Mapping[int, FrameFaces] = field(default_factory=dict)
    to_detect: tuple[int, ...] = ()
    true_faces: FeatureNote | None = None
    problem: str = ""


def extract_faces(
    project: Project,
    detector: Detector | None,
    *,
    participants: Sequence[str] = (),
    video: str | None = None,
    every: int = 1,
    clips_only: bool = False,
    pictures: PictureChoice | None = None,
    again: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> FacesReport:
    """Write face features, aligned pictures and crops of the child's face.

    What is there already is not done again, and a run that was killed goes on.

    Parameters
    ----------
    project : Project
        The open study.
    detector : Detector or None
        From :func:`~hrm_core.workflows.face_detector.open_detector`; None takes the faces that
        people drew or another program found.
    participants : sequence of str
        Codes; all if empty.
    video : str, optional
        Only the recordings of this name.
    every : int
        Every how manyth frame, from frame 0 on.
    clips_only : bool
        Only frames of clips that are not excluded.
    pictures : PictureChoice, optional
        Which pictures are written; aligned ones of 224 pixels and crops if left out.
    again : bool
        Replace features that another detector, or the same with other settings, found, or
        that were found in another file.
    dry_run : bool
        Say what would be done, write nothing.
    progress : Progress, optional
        Told of frames.
    cancel : CancelToken, optional
        Asked between frames.

    Raises
    ------
    NotFoundError
        If a participant or video is unknown.
    ProjectError
        If there is no video to look at.
    StillError
        If the disk refuses; what is finished stays.
    Cancelled
        On request; what is finished stays.
    """
    choice = pictures or PictureChoice()
    if every < 1 or choice.size < 1:
        raise ValueError(f"every and the size must be at least 1, not {every} and {choice.size}")
    codes: list[str | None] = [*dict.fromkeys(participants)] or [None]
    chosen = [entry for code in codes for entry in project.recordings(code, video)]
    if not chosen:
        raise ProjectError("There is no video to look for faces in: add one with hrm add video.")
    wish = _Wish(every, clips_only, choice, again)
    jobs = [_plan(project, detector, who, recording, wish) for who, recording in chosen]
    total = sum(len(job.to_detect) for job in jobs)
    name = GIVEN if detector is None else detector.name
    if dry_run:
        planned = tuple(_answer(job, looked=len(job.to_detect)) for job in jobs)
        return FacesReport(name, planned, (), total, dry_run=True)
    begin, cancel = time.perf_counter(), cancel or CancelToken()
    answers = _run(project, detector, jobs, wish, total, progress or NoProgress(), cancel)
    looked = sum(answer.looked for answer in answers)
    seconds = time.perf_counter() - begin
    neutral = _look_at_neutral(project, detector, [who.code for who, _ in chosen], again=again)
    return FacesReport(name, tuple(answers), neutral, looked, seconds)


# ---- what is to be done ----------------------------------------------------------------


def _plan(
    project: Project, detector: Detector | None, who: Participant, recording: Recording, wish: _Wish
) -> _Job:
    """What is to be done for one video; whatever is wrong with it stops no other."""
    try:
        recording = project.identified(recording)
        if recording.path is None or recording.frame_count is None:
            return _Job(who, recording)
        path = project.original_path(recording)
        spans = _spans(project, recording, clips_only=wish.clips_only)
        beside = FrameFolder(
            recording.frame_count, recording.fps or 0.0, recording.fingerprint, wish.every, spans=spans
        )
        pictures = own_pictures(project, who, recording, beside, wish.choice, again=wish.again)
        features = project.face_path(FEATURES, who, recording)
        true_faces = None if detector is not None or wish.again else _true_faces(features, recording)
        if true_faces is not None:
            note, frames = true_faces
            known = {entry.frame: entry for entry in frames}
            return _Job(who, recording, path, features, pictures, spans or (), known, (), note)
        known, there = _kept(features, recording, detector, wish)
        wanted = {*beside.wanted(), *(number for number in there if number < recording.frame_count)}
        to_detect = tuple(sorted(wanted.difference(known)))
        return _Job(who, recording, path, features, pictures, spans or (), known, to_detect)
    except (NotFoundError, InvalidFileError, StillError) as error:
        return _Job(who, recording, problem=str(error))


def _spans(project: Project, recording: Recording, *, clips_only: bool) -> Spans | None:
    if not clips_only:
        return None
    clips = project.store.recordings.clips(recording.id)
    return tuple((c.first_frame, c.last_frame) for c in clips if c.state is not ClipState.EXCLUDED)


def own_pictures(
    project: Project,
    who: Participant,
    recording: Recording,
    beside: FrameFolder,
    choice: PictureChoice,
    *,
    again: bool = False,
) -> FacePictures:
    """Where the pictures of a recording's faces go.

    Raises
    ------
    StillError
        If the folders hold pictures that must not be replaced; see
        :class:`~hrm_core.workflows.face_pictures.PictureFolder`.
    InvalidFileError
        If the note beside them cannot be read.
    """
    folders = [project.face_path(kind, who, recording) for kind in (ALIGNED, CROPS)]
    for _, other in project.recordings():
        place = None if other.path is None else (project.folder / other.path).resolve()
        for folder in folders:
            real = folder.resolve()
            if place is not None and (real.is_relative_to(place) or place.is_relative_to(real)):
                raise StillError(
                    f"{folder} belongs to video {other.name!r} itself, and what lies there may be the only "
                    "copy: move it away, connect it again with hrm add video --replace, then extract again."
                )
    return FacePictures.at(folders[0], folders[1], beside, choice, again=again)


def _note(recording: Recording, detector: Detector, choice: PictureChoice) -> FeatureNote:
    settings = {
        **detector.settings,
        ALIGNED_SETTING: f"{choice.size} px",
        "crops": f"{CROP_SIZE} px, {CROP_MARGIN:g} × the longer side of the box",
    }
    return FeatureNote(
        detector.name,
        recording.fingerprint,
        recording.frame_count or 0,
        recording.width or 0,
        recording.height or 0,
        dict(detector.weights),
        settings,
    )


def _true_faces(features: Path, recording: Recording) -> tuple[FeatureNote, list[FrameFaces]] | None:
    """Of a drawn child, where its face truly is: it needs no detector, only to be cut out."""
    if not features.exists():
        return None
    note, frames = read_features(features)
    return (note, frames) if note.synthetic and note.fingerprint == recording.fingerprint else None


def _kept(
    features: Path, recording: Recording, detector: Detector | None, wish: _Wish
) -> tuple[dict[int, FrameFaces], tuple[int, ...]]:
    """Frames whose faces need not be looked for, and frames that are in the file that is replaced."""
    note: FeatureNote | None = None
    frames: list[FrameFaces] = []
    if features.exists():
        try:
            note, frames = read_features(features)
        except InvalidFileError as error:
            if not wish.again:
                raise InvalidFileError(
                    f"{str(error).rstrip('.')}; add --again to have it replaced."
                ) from error
    there = tuple(entry.frame for entry in frames)
    if detector is None:
        # Faces that are given change with every mark, and looking them up costs nothing.
        if note is not None and note.detector != GIVEN and not wish.again:
            raise InvalidFileError(_others(features, note, GIVEN))
        return {}, there
    wanted = _note(recording, detector, wish.choice)
    if note is not None and not wish.again:
        if note.fingerprint != wanted.fingerprint:
            raise InvalidFileError(
                f"The faces in {features} were looked for in another file: use --again to replace them."
            )
        if not same_faces(note, wanted):
            raise InvalidFileError(_others(features, note, detector.name))
        return {**{entry.frame: entry for entry in frames}, **kept_parts(features, wanted)}, there
    # Parts are what a killed run with --again has found: it goes on as well.
    return kept_parts(features, wanted), there


def _others(features: Path, note: FeatureNote, wanted: str) -> str:
    if note.synthetic:
        return (
            f"The faces in {features} are the true ones of a drawn child: cut them out with --detector "
            f"given, or use --again to look for them with {wanted!r} all the same."
        )
    if note.detector != wanted:
        found = f"found by {note.detector!r}"
    else:
        found = f"found by {note.detector!r} with other settings or weights"
    return f"The faces in {features} were {found}: use --again to replace them."


def picks_of(
    project: Project, who: Participant, recording: Recording, note: FeatureNote
) -> dict[int, NDArray[np.float64]]:
    """Boxes that people say are the child's, in pixels, by frame.

    Where faces were imported, the one that was said to be the child's then is, until
    somebody picks another.
    """
    marks = project.store.face_marks.of_video(recording.id)
    picks = {
        mark.frame: mark_in_pixels(mark, recording).reshape(-1)
        for mark in marks
        if mark.kind is FaceMarkKind.FACE
    }
    if (note.detector, note.settings.get("faces")) != (GIVEN, IMPORTED):
        return picks
    first = min(picks, default=note.frame_count)
    imported = tool_faces(project, who, recording)
    return picks | {frame: found[0].box for frame, found in imported.items() if found and frame < first}


# ---- doing it --------------------------------------------------------------------------


def _run(
    project: Project,
    detector: Detector | None,
    jobs: Sequence[_Job],
    wish: _Wish,
    total: int,
    progress: Progress,
    cancel: CancelToken,
) -> list[ExtractedFaces]:
    answers = []
    bar = _Bar(progress, total)
    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="hrm-write") as helpers:
        for job in jobs:
            cancel.raise_if_cancelled()
            try:
                answers.append(_extract(project, detector, job, wish, helpers, bar, cancel))
            except Cancelled:
                raise
            except (NotFoundError, InvalidFileError) as error:
                answers.append(_answer(replace(job, problem=str(error))))
            finally:
                bar.finish()
    return answers


class _Bar:
    """The progress of the whole run; taken down while another step reports its own."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._left, self._shown = progress, total, False

    def advance(self) -> None:
        if not self._shown:
            self._progress.start("Looking for faces", self._left)
            self._shown = True
        self._left -= 1
        self._progress.advance()

    def finish(self) -> None:
        if self._shown:
            self._progress.finish()
            self._shown = False

    @property
    def progress(self) -> Progress:
        return self._progress


def _extract(
    project: Project,
    detector: Detector | None,
    job: _Job,
    wish: _Wish,
    helpers: ThreadPoolExecutor,
    bar: _Bar,
    cancel: CancelToken,
) -> ExtractedFaces:
    if job.path is None or job.features is None or job.pictures is None:
        return _answer(job)
    who, recording = job.who, job.recording
    with media.open_video(job.path, cache_bytes=_CACHE_BYTES, cancel=cancel) as opened:
        if len(opened) != recording.frame_count:
            raise InvalidFileError(
                f"{job.path} has {len(opened)} frames, but had {recording.frame_count} when video "
                f"{recording.name!r} was added: put the missing pictures back, or connect it with hrm add "
                "video --replace."
            )
        note = job.true_faces
        if detector is None and note is None:
            spans = job.spans or ((0, len(opened) - 1),)
            detector = given_faces(
                project, who, recording, opened, spans, progress=bar.progress, cancel=cancel
            )
            assert detector is not None
        if note is None:
            assert detector is not None
            note = _note(recording, detector, wish.choice)
        picks = picks_of(project, who, recording, note)
        task = FaceTask(job.features, note, job.pictures, job.known, job.to_detect, picks)
        found = look_for_faces(task, opened, detector, helpers, advance=bar.advance, cancel=cancel)
    return _answer(job, found, len(set(job.to_detect).difference(found.damaged)))


def _answer(job: _Job, found: LookedAt | None = None, looked: int = 0) -> ExtractedFaces:
    code, name = job.who.code, job.recording.name
    if job.features is None or job.problem:
        return ExtractedFaces(code, name, problem=job.problem)
    answer = ExtractedFaces(code, name, job.features, looked=looked, there=len(job.known))
    if found is None:
        return answer
    return replace(
        answer,
        frames=len(found.frames),
        with_child=sum(entry.target is not None for entry in found.frames),
        without_face=sum(not entry.faces for entry in found.frames),
        several_faces=sum(len(entry.faces) > 1 for entry in found.frames),
        switches=tuple(e.frame for e in found.events if e.kind is FollowEventKind.SWITCHED),
        events=events_of(found.events),
        aligned=found.aligned,
        crops=found.crops,
        damaged=found.damaged,
    )


def _look_at_neutral(
    project: Project, detector: Detector | None, codes: Sequence[str], *, again: bool
) -> tuple[NeutralFace, ...]:
    """Find the face in the neutral pictures that nobody has looked at, or in all."""
    if detector is None:
        return ()
    found = []
    for code in dict.fromkeys(codes):
        try:
            picture = project.neutral_path(code)
            if picture is None or (neutral_face(project, code) is not None and not again):
                continue
            rgb = media.read_still(picture)
            entry = one_picture(detector.detect(rgb), (rgb.shape[1], rgb.shape[0]))
            write_neutral_face(project, code, entry, detector.name)
            found.append(NeutralFace(code, len(entry.faces)))
        except (NotFoundError, InvalidFileError) as error:
            found.append(NeutralFace(code, problem=str(error)))
    return tuple(found)
