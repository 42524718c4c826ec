"""Make the clips of a rating session: each a video of its own that tells nothing but its pictures."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, cast

from hrm_core import media
from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.people import Participant
from hrm_core.records.rating_plan import PreparedClip
from hrm_core.records.recording import Recording
from hrm_core.workflows.decode_ahead import decoded_ahead, pictures_at_once
from hrm_core.workflows.project import Project
from hrm_core.workflows.rated_clips import RatedClip, listed_clips
from hrm_core.workflows.rating_clips import clips_folder
from hrm_core.workflows.see_faces import FaceSight, see_faces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["file_problems", "prepare_clips", "prepared_folder", "settle_folder", "withheld_frames"]

_GREY = 110
# Names of files as long as a SHA-256 would be, so that they look like nothing else.
_NAME_BYTES = 16
_UNFINISHED = ".unfinished-"
# Far longer than any clip takes: whoever made the folder is not at work any more.
_FORGOTTEN_S = 24 * 3600.0


def file_problems(project: Project, clips: Sequence[RatedClip], *, sound: bool) -> Iterator[str]:
    """Why recordings cannot be shown, a sentence each: files that are gone, or that have no sound.

    Parameters
    ----------
    project : Project
        The open study.
    clips : sequence of RatedClip
        The clips.
    sound : bool
        Whether they are to have their sound.
    """
    silent: list[str] = []
    for (who, recording), _ in _by_recording(clips):
        try:
            path = project.video_path(recording)
        except NotFoundError as error:
            yield str(error)
            continue
        if sound and not _has_sound(path):
            silent.append(f"{who.code}:{recording.name}")
    if silent:
        yield (
            f"These recordings have no sound: {listed_clips(silent)}; leave their clips out, or plan without "
            "sound."
        )


def _has_sound(path: Path) -> bool:
    # FFmpeg is loaded only where sound is wanted.
    from hrm_core.media.clip_sound import has_sound

    return has_sound(path)


def withheld_frames(
    project: Project, clips: Sequence[RatedClip], *, progress: Progress, cancel: CancelToken
) -> dict[int, int]:
    """Of which clips the eyes cannot be covered everywhere, and in how many frames.

    Parameters
    ----------
    project : Project
        The open study.
    clips : sequence of RatedClip
        The clips.
    progress : Progress
        Told of recordings.
    cancel : CancelToken
        Asked between recordings.

    Returns
    -------
    dict of int to int
        Frames by number of the clip; clips without such frames are left out.

    Raises
    ------
    StoreError
        If the marks cannot be read.
    Cancelled
        On request.
    """
    found: dict[int, int] = {}
    progress.start("Looking whether the eyes can be covered", len({entry.recording.id for entry in clips}))
    try:
        for (who, recording), group in _by_recording(clips):
            cancel.raise_if_cancelled()
            sight = see_faces(project, who, recording)
            for entry in group:
                span = range(entry.clip.first_frame, entry.clip.last_frame + 1)
                if count := sum(1 for frame in span if sight.cover(frame).problem):
                    found[entry.clip.id] = count
            progress.advance()
    finally:
        progress.finish()
    return found


@contextmanager
def prepared_folder(home: Path, token: str) -> Iterator[Path]:
    """A folder to write the clips of a session into; removed if the block fails.

    Parameters
    ----------
    home : pathlib.Path
        The project folder.
    token : str
        Random name of the session.

    Yields
    ------
    pathlib.Path
        The folder; :func:`settle_folder` gives it its name at the end of the block.

    Raises
    ------
    ProjectError
        If the disk refuses.
    """
    final = clips_folder(home, token)
    scratch = final.with_name(_UNFINISHED + token)
    try:
        _remove_forgotten(final.parent)
        scratch.mkdir(parents=True)
    except OSError as error:
        raise _refused(final.parent, error) from error
    try:
        yield scratch
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.rmtree(final, ignore_errors=True)
        # Only if no other session has clips in it.
        _remove_if_empty(final.parent)
        raise


def settle_folder(scratch: Path, home: Path, token: str) -> None:
    """Give a prepared folder the name under which judges' programs find it.

    Raises
    ------
    ProjectError
        If the disk refuses.
    """
    try:
        scratch.rename(clips_folder(home, token))
    except OSError as error:
        raise _refused(scratch.parent, error) from error


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return


def _remove_forgotten(folder: Path) -> None:
    """Take away what was left by a program that was killed while it prepared clips."""
    for left in folder.glob(f"{_UNFINISHED}*"):
        if time.time() - left.stat().st_mtime > _FORGOTTEN_S:
            shutil.rmtree(left, ignore_errors=True)


def prepare_clips(
    project: Project,
    clips: Sequence[RatedClip],
    folder: Path,
    *,
    eyes_covered: bool,
    sound: bool,
    allow_withheld: bool,
    progress: Progress,
    cancel: CancelToken,
) -> list[PreparedClip]:
    """Write every clip once, under a random name.

    Parameters
    ----------
    project : Project
        The open study.
    clips : sequence of RatedClip
        Each once.
    folder : pathlib.Path
        Where to.
    eyes_covered : bool
        Whether the eyes are covered.
    sound : bool
        Whether the clips keep their sound.
    allow_withheld : bool
        Put plain grey pictures where a frame is damaged or its eyes cannot be covered.
    progress : Progress
        Told of frames.
    cancel : CancelToken
        Asked between frames.

    Returns
    -------
    list of PreparedClip
        In the order of `clips`.

    Raises
    ------
    NotFoundError, InvalidFileError
        If a recording is gone, or is not the one that was added.
    ProjectError
        If frames are damaged, or their eyes cannot be covered, and that is not allowed; if a clip
        has no sound and is to have it.
    UserError
        If the disk refuses or H.264 cannot be written here.
    Cancelled
        On request.
    """
    progress.start("Preparing clips", sum(len(entry.clip) for entry in clips))
    made: dict[int, PreparedClip] = {}
    spoilt: list[str] = []
    try:
        for (who, recording), group in _by_recording(clips):
            cancel.raise_if_cancelled()
            sight = see_faces(project, who, recording) if eyes_covered else None
            with _opened(project, recording, cancel) as video:
                for entry in group:
                    writer = _ClipWriter(video, entry, sight, folder, sound, progress, cancel)
                    made[entry.clip.id] = writer.write()
                    if made[entry.clip.id].withheld and not allow_withheld:
                        spoilt.append(entry.name)
    finally:
        progress.finish()
    if spoilt:
        raise ProjectError(
            f"Pictures are damaged or cannot be covered in {len(spoilt)} of {len(clips)} clips "
            f"({listed_clips(spoilt)}): leave these out, or take plain grey pictures there with "
            "--allow-withheld."
        )
    _make_of_one_moment(folder)
    return [made[entry.clip.id] for entry in clips]


def _by_recording(
    clips: Sequence[RatedClip],
) -> Iterator[tuple[tuple[Participant, Recording], list[RatedClip]]]:
    ordered = sorted(clips, key=lambda entry: (entry.recording.id, entry.clip.first_frame))
    for _, group in groupby(ordered, key=lambda entry: entry.recording.id):
        entries = list(group)
        yield (entries[0].who, entries[0].recording), entries


def _opened(project: Project, recording: Recording, cancel: CancelToken) -> media.Video:
    path = project.original_path(recording)
    video = media.open_video(path, cache_dir=project.folder / ".hrm-cache", cache_bytes=0, cancel=cancel)
    if len(video) != recording.frame_count:
        count = len(video)
        video.close()
        raise InvalidFileError(
            f"Video {recording.name!r} has {count} frames now, not {recording.frame_count}: connect its file "
            "again with hrm video relink."
        )
    return video


class _ClipWriter:
    """One clip on its way into a file."""

    def __init__(
        self,
        video: media.Video,
        entry: RatedClip,
        sight: FaceSight | None,
        folder: Path,
        sound: bool,
        progress: Progress,
        cancel: CancelToken,
    ) -> None:
        self._video = video
        self._entry = entry
        self._sight = sight
        self._path = folder / f"{secrets.token_hex(_NAME_BYTES)}.mp4"
        self._sound = sound
        self._progress = progress
        self._cancel = cancel
        self._withheld = 0

    def write(self) -> PreparedClip:
        # The decoder is loaded with it, and not by whoever only asks for help.
        from hrm_core.media.clip_writer import write_clip

        first, last = self._entry.clip.first_frame, self._entry.clip.last_frame
        if last >= len(self._video):
            raise InvalidFileError(
                f"Clip {self._entry.name} ends behind the last frame of its video: correct it with "
                "hrm clips change."
            )
        frames = range(first, last + 1)
        ahead = decoded_ahead(self._video, frames, pictures_at_once(self._video.size))
        coming = cast("Generator[tuple[int, NDArray[np.uint8] | None]]", ahead)

        def picture(frame: int) -> NDArray[np.uint8]:
            number, rgb = next(coming)
            assert number == frame
            return self._shown(frame, rgb)

        try:
            write_clip(
                self._video,
                frames,
                self._path,
                picture,
                advance=self._progress.advance,
                cancel=self._cancel,
            )
        finally:
            coming.close()
        if self._sound:
            self._add_sound(frames)
        with media.open_video(self._path, cache_bytes=0) as copy:
            seconds = copy.time(len(copy) - 1) + (1 / copy.fps if copy.fps > 0 else 0.0)
        return PreparedClip(
            clip_id=self._entry.clip.id,
            file=self._path.name,
            sha256=_sha256(self._path),
            frame_count=len(frames),
            seconds=seconds,
            withheld=self._withheld,
            first_frame=first,
            last_frame=last,
        )

    def _add_sound(self, frames: range) -> None:
        from hrm_core.media.clip_sound import add_sound

        if not add_sound(self._video, frames, self._path, self._cancel):
            raise ProjectError(
                f"Video {self._entry.recording.name!r} has no sound, so clip {self._entry.name} cannot be "
                "rated with sound: leave it out, or plan without sound."
            )

    def _shown(self, frame: int, rgb: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
        width, height = self._video.size
        covered: NDArray[np.uint8] | None = None
        if rgb is not None and rgb.shape[:2] == (height, width):
            covered = rgb if self._sight is None else self._sight.covered(frame, rgb)
        if covered is None:
            import numpy as np

            self._withheld += 1
            # No words on it: a frame's number would tell that two judges speak of the same clip.
            return np.full((height, width, 3), _GREY, dtype=np.uint8)
        return covered


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _make_of_one_moment(folder: Path) -> None:
    """Give all files the same times: sorted by date, the clips of one child would lie together."""
    moment = int(time.time())
    for file in folder.iterdir():
        os.utime(file, (moment, moment))


def _refused(folder: Path, error: OSError) -> ProjectError:
    return ProjectError(
        f"{folder} cannot be written ({error.strerror or error}): make room, or allow writing there."
    )
