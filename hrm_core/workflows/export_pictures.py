"""Give pictures and videos out of the study: with covered eyes, or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_core import media
from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.faces.eye_mask import MaskStyle
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import ClipState, Recording
from hrm_core.records.segments import segments
from hrm_core.workflows.export_folder import ExportFolder, Withheld, claim_folder
from hrm_core.workflows.privacy import names_group
from hrm_core.workflows.project import Project
from hrm_core.workflows.see_faces import FaceSight, see_faces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "ExportReport",
    "ExportedVideo",
    "MaskStyle",
    "PictureChoice",
    "Withheld",
    "export_frames",
    "export_videos",
]

DAMAGED = "the frame is damaged or missing in the video"
NOT_COVERED = "the eyes could not be covered"
OTHER_SIZE = "the picture has another size than the first one, so nobody can tell where its eyes are"

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class PictureChoice:
    """What is to be given out, and how.

    Attributes
    ----------
    participants : sequence of str
        Codes; all if empty.
    video : str or None
        Only recordings of this name.
    clips_only : bool
        Only clips that are not excluded.
    spans : tuple of (int, int)
        Only these frames, first and last included; all if empty.
    masked : bool or None
        Whether eyes are covered; what the study's settings say if None.
    style : MaskStyle
        What is put over them. Grey-green and black leave nothing of an eye; blur and pixels
        leave its mean colours.
    into : pathlib.Path or None
        The folder; ``Export/Frames`` or ``Export/Videos`` of the project if None.
    by : str or None
        Name of the rater who gives out uncovered eyes.
    again : bool
        Replace what was exported before, and write beside files of somebody else.
    """

    participants: Sequence[str] = ()
    video: str | None = None
    clips_only: bool = False
    spans: Spans = ()
    masked: bool | None = None
    style: MaskStyle = MaskStyle.GREY_GREEN
    into: Path | None = None
    by: str | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class ExportedVideo:
    """What became of one recording.

    Attributes
    ----------
    participant, video : str
        Code of the child and name of the recording.
    files : tuple of pathlib.Path
        The folder of its pictures, or its videos; empty if nothing was written.
    written : int
        Frames that were given out.
    withheld : tuple of Withheld
        Frames that were not.
    problem : str
        Why nothing could be exported; empty if it could.
    padded : bool
        Whether a row or column was repeated, because H.264 has no odd sizes.
    """

    participant: str
    video: str
    files: tuple[Path, ...] = ()
    written: int = 0
    withheld: tuple[Withheld, ...] = ()
    problem: str = ""
    padded: bool = False


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export did.

    Attributes
    ----------
    folder : pathlib.Path
        Where.
    videos : tuple of ExportedVideo
        In the order of the study.
    masked : bool
        Whether eyes are covered.
    style : MaskStyle
        What is put over them.
    seconds : float
        How long it took.
    """

    folder: Path
    videos: tuple[ExportedVideo, ...]
    masked: bool
    style: MaskStyle
    seconds: float = 0.0

    @property
    def written(self) -> int:
        """Frames that were given out."""
        return sum(entry.written for entry in self.videos)

    @property
    def withheld(self) -> int:
        """Frames that were not."""
        return sum(len(entry.withheld) for entry in self.videos)

    @property
    def frames_per_s(self) -> float:
        """Frames given out in a second; 0 where none were."""
        return self.written / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class _Job:
    """One recording and what of it is wanted; or why it cannot be."""

    who: Participant
    recording: Recording
    spans: Spans = ()
    problem: str = ""

    @property
    def name(self) -> str:
        return f"Participant-{self.who.code}/{self.recording.name}"

    @property
    def frames(self) -> list[int]:
        """Every frame that is wanted once, ascending."""
        return sorted({frame for first, last in self.spans for frame in range(first, last + 1)})


@dataclass(slots=True)
class _Pictures:
    """The pictures of one recording as they may be given out; the others are noted."""

    video: media.Video
    sight: FaceSight | None
    style: MaskStyle
    size: tuple[int, int]
    withheld: dict[int, Withheld] = field(default_factory=dict)
    given: set[int] = field(default_factory=set)

    def __call__(self, frame: int) -> NDArray[np.uint8] | None:
        """A frame; None if it is withheld."""
        if self.sight is not None and (why := self.sight.cover(frame).problem):
            self._withhold(frame, why)
            return None
        try:
            rgb = self.video[frame]
        except InvalidFileError:
            self._withhold(frame, DAMAGED)
            return None
        if (rgb.shape[1], rgb.shape[0]) != self.size:
            self._withhold(frame, OTHER_SIZE)
            return None
        picture = rgb if self.sight is None else self.sight.covered(frame, rgb, self.style)
        if picture is None:
            self._withhold(frame, NOT_COVERED)
        else:
            self.given.add(frame)
        return picture

    def none_of(self, frames: Iterable[int]) -> bool:
        """Whether it is known beforehand that all of these are withheld; then they are noted."""
        if self.sight is None or any(self.sight.cover(frame).located for frame in frames):
            return False
        for frame in frames:
            self._withhold(frame, self.sight.cover(frame).problem)
        return True

    def _withhold(self, frame: int, reason: str) -> None:
        self.withheld[frame] = Withheld(frame, self.video.time(frame), reason)

    @property
    def listed(self) -> tuple[Withheld, ...]:
        return tuple(self.withheld[frame] for frame in sorted(self.withheld))


def export_frames(
    project: Project,
    choice: PictureChoice,
    *,
    suffix: str = ".jpg",
    quality: int = 95,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ExportReport:
    """Write pictures as ``Participant-<code>/<video>/<frame>.jpg``, numbered as in the study.

    Frames whose eyes cannot be located are left out and listed in ``withheld.csv``.

    Parameters
    ----------
    project : Project
        The open study.
    choice : PictureChoice
        What, and how.
    suffix : str
        ``".jpg"`` or ``".png"``.
    quality : int
        JPEG quality, 1-100.
    progress : Progress, optional
        Told of frames.
    cancel : CancelToken, optional
        Asked between frames.

    Returns
    -------
    ExportReport
        Whatever is wrong with one recording stops no other.

    Raises
    ------
    NotFoundError
        If a participant, video or rater is unknown.
    ProjectError
        If there is nothing to export, the folder may not be used, or uncovered eyes are
        wanted and nobody who may see them is named.
    StillError
        If the disk refuses; what is finished stays.
    StoreWriteError
        If an unmasking cannot be logged: then nothing of that recording is written.
    Cancelled
        On request; what is finished stays.
    """
    if suffix not in (".jpg", ".png") or not 1 <= quality <= 100:
        raise ValueError(f"suffix must be .jpg or .png and quality 1-100, not {suffix!r} and {quality}")

    def write(run: _Run, job: _Job, pictures: _Pictures) -> tuple[Path, ...]:
        folder = run.folder.path / job.name
        run.begin(job, folder, [job.name], "exported as pictures")
        for frame in job.frames:
            run.cancel.raise_if_cancelled()
            rgb = pictures(frame)
            if rgb is not None:
                media.write_still(rgb, folder / f"{frame:06d}{suffix}", quality)
            run.progress.advance()
        return (folder,)

    return _export(project, choice, "frames", write, progress, cancel)


def export_videos(
    project: Project,
    choice: PictureChoice,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ExportReport:
    """Write each recording as ``Participant-<code>/<video>.mp4``, or each clip or run of frames.

    Frames have the numbers and times of the study, counted from the first frame of the file;
    of a run, the file's name tells which that is. Sound is left out, because a voice tells who
    speaks, and so is everything else the source says of itself. A frame whose eyes cannot be
    located is a grey picture with its number, and is listed in ``withheld.csv``.

    Parameters
    ----------
    project, choice, progress, cancel
        As :func:`export_frames`.

    Returns
    -------
    ExportReport
        Whatever is wrong with one recording stops no other.

    Raises
    ------
    NotFoundError, ProjectError, StoreWriteError, Cancelled
        As :func:`export_frames`.
    UserError
        If the disk refuses or H.264 cannot be written here; no video is there in part.
    """
    # The decoder is loaded with it, and not by whoever only asks for help.
    from hrm_core.media.clip_writer import write_clip

    def write(run: _Run, job: _Job, pictures: _Pictures) -> tuple[Path, ...]:
        whole = (0, len(pictures.video) - 1)
        wanted = [span for span in job.spans if not pictures.none_of(range(span[0], span[1] + 1))]
        names = {
            span: f"{job.name}.mp4" if span == whole else f"{job.name} {span[0]:06d}-{span[1]:06d}.mp4"
            for span in wanted
        }
        run.begin(job, (run.folder.path / job.name).parent, list(names.values()), "exported as a video")
        for (first, last), name in names.items():
            write_clip(
                pictures.video,
                range(first, last + 1),
                run.folder.path / name,
                pictures,
                advance=run.progress.advance,
                cancel=run.cancel,
            )
        return tuple(run.folder.path / name for name in names.values())

    return _export(project, choice, "video", write, progress, cancel)


@dataclass(frozen=True, slots=True)
class _Run:
    """What is the same for all recordings of an export."""

    project: Project
    folder: ExportFolder
    style: MaskStyle
    shown_by: Rater | None
    progress: Progress
    cancel: CancelToken

    @property
    def masked(self) -> bool:
        return self.shown_by is None

    def begin(self, job: _Job, target: Path, files: list[str], act: str) -> None:
        """Make room, and log who gives out uncovered eyes before the first picture is written."""
        self.folder.require_room(job.name, target, files)
        if self.shown_by is not None:
            log = self.project.store.face_marks.log_unmasking
            for first, last in job.spans:
                everything = (first, last) == (0, (job.recording.frame_count or 0) - 1)
                log(self.shown_by.id, job.recording.id, act, None if everything else (first, last))
        about = {"files": files, "spans": job.spans, **({"mask": self.style} if self.masked else {})}
        self.folder.begin(job.name, target, about)


_Write = Callable[[_Run, _Job, _Pictures], tuple[Path, ...]]


def _export(
    project: Project,
    choice: PictureChoice,
    kind: str,
    write: _Write,
    progress: Progress | None,
    cancel: CancelToken | None,
) -> ExportReport:
    begin = time.perf_counter()
    masked = project.settings.privacy.mask_eyes_in_exports if choice.masked is None else choice.masked
    shown_by = None if masked else _who_may(project, choice.by)
    jobs = list(_jobs(project, choice))
    if not jobs:
        raise ProjectError("There is no video to export: add one with hrm add video.")
    path = choice.into or project.folder / "Export" / ("Frames" if kind == "frames" else "Videos")
    folder = claim_folder(project, path, kind, masked=masked, again=choice.again)
    run = _Run(project, folder, choice.style, shown_by, progress or NoProgress(), cancel or CancelToken())
    run.progress.start("Exporting frames", sum(last - first + 1 for job in jobs for first, last in job.spans))
    try:
        answers = tuple(_one(run, job, write) for job in jobs)
    finally:
        run.progress.finish()
    return ExportReport(path, answers, masked, choice.style, time.perf_counter() - begin)


def _who_may(project: Project, name: str | None) -> Rater:
    """Who gives out uncovered eyes; nobody unnamed does."""
    if name is None:
        raise ProjectError(
            "Uncovered eyes are given out only by somebody who may see them: name the rater with --by, or "
            "leave the eyes covered with --mask eyes."
        )
    rater = project.store.people.rater(name)
    if not rater.sees_eyes:
        raise ProjectError(
            f"{name} may not see the children's eyes, so cannot give them out: leave them covered with "
            f'--mask eyes, or give the right with hrm set rater "{name}" --sees-eyes.'
        )
    return rater


def _jobs(project: Project, choice: PictureChoice) -> Iterator[_Job]:
    codes: list[str | None] = [*dict.fromkeys(choice.participants)] or [None]
    for code in codes:
        for who, recording in project.recordings(code, choice.video):
            if recording.path is None and not (choice.participants or choice.video):
                # Labels alone came from a file, and nobody asked for pictures of them.
                continue
            job = _Job(who, recording)
            try:
                yield replace(job, spans=_spans(project, recording, choice))
            except (NotFoundError, InvalidFileError, ProjectError) as error:
                yield replace(job, problem=str(error))


def _spans(project: Project, recording: Recording, choice: PictureChoice) -> Spans:
    """Runs of frames that are wanted of a recording."""
    if group := names_group(recording.name, project.settings):
        raise ProjectError(
            f"The name of video {recording.name!r} tells the group ({group}): add it under another name."
        )
    project.original_path(recording)
    count = recording.frame_count or 0
    if choice.spans:
        if (last := max(last for _, last in choice.spans)) >= count:
            raise NotFoundError(
                f"Video {recording.name!r} has frames 0 to {count - 1}, and no frame {last}: "
                "correct --frames."
            )
        return tuple(segments([n for first, last in choice.spans for n in range(first, last + 1)]))
    if choice.clips_only:
        clips = project.store.recordings.clips(recording.id)
        wanted = dict.fromkeys(
            (c.first_frame, c.last_frame) for c in clips if c.state is not ClipState.EXCLUDED
        )
        if not wanted:
            raise NotFoundError(
                f"Video {recording.name!r} has no clip to export: add one with hrm add clip, or leave out "
                "--clips-only."
            )
        return tuple(wanted)
    return ((0, count - 1),) if count else ()


def _one(run: _Run, job: _Job, write: _Write) -> ExportedVideo:
    answer = ExportedVideo(job.who.code, job.recording.name, problem=job.problem)
    if job.problem or not job.spans:
        return answer
    run.cancel.raise_if_cancelled()
    try:
        path = run.project.original_path(job.recording)
        sight = see_faces(run.project, job.who, job.recording) if run.masked else None
        cache = run.project.folder / ".hrm-cache"
        video = media.open_video(path, cache_dir=cache, cache_bytes=0, cancel=run.cancel)
        with video:
            if len(video) != job.recording.frame_count:
                raise InvalidFileError(
                    f"Video {job.recording.name!r} has {len(video)} frames now, not "
                    f"{job.recording.frame_count}: connect its file again with hrm video relink."
                )
            return _written(run, job, write, _Pictures(video, sight, run.style, video.size), answer)
    except (NotFoundError, InvalidFileError, ProjectError) as error:
        return replace(answer, problem=str(error))


def _written(
    run: _Run, job: _Job, write: _Write, pictures: _Pictures, answer: ExportedVideo
) -> ExportedVideo:
    try:
        files: tuple[Path, ...] = ()
        if pictures.none_of(job.frames):
            # Also what an earlier export gave out of it goes, where it is to be replaced.
            run.begin(job, run.folder.path / job.name, [], "")
            run.progress.advance(len(job.frames))
        else:
            files = write(run, job, pictures)
    finally:
        # Also of work that was stopped: what is missing is explained.
        run.folder.list_withheld(job.name, pictures.listed)
    return replace(
        answer,
        files=tuple(file for file in files if file.exists()),
        written=len(pictures.given),
        withheld=pictures.listed,
        padded=any(side % 2 for side in pictures.video.size),
    )
