"""One recording from frames to faces, features and pictures; a run that was killed goes on.

Each frame is decoded once: the child is followed by what came before a frame only, so
that its pictures are cut while its frame is still at hand.  What a person picks is known
before.  Where a later pick moves the child, only the pictures that change are read again.
"""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_core import media
from hrm_core.errors import InvalidFileError
from hrm_core.faces.child import ChildFinder, as_kept
from hrm_core.faces.detector import Detector, one_thread_a_call
from hrm_core.faces.feature_file import FeatureNote, read_features, write_features
from hrm_core.faces.follow import FollowEvent
from hrm_core.media.stills import StillError
from hrm_core.progress import CancelToken
from hrm_core.records.face import Face, FrameFaces
from hrm_core.workflows.decode_ahead import decoded_ahead, looked_ahead, pictures_at_once
from hrm_core.workflows.face_pictures import FacePictures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "ALIGNED_SETTING",
    "FaceTask",
    "LookedAt",
    "kept_parts",
    "look_for_faces",
    "parts_folder",
    "same_faces",
]

ALIGNED_SETTING = "aligned pictures"
"""What the size of aligned pictures is called in a note."""

PART_FRAMES = 256
"""Frames whose faces are written down together while a run goes on."""


@dataclass(frozen=True, slots=True)
class FaceTask:
    """What is to be done for one recording.

    Attributes
    ----------
    features : pathlib.Path
        The feature file that will be written.
    note : FeatureNote
        What will be noted in it.
    pictures : FacePictures
        Where pictures go.
    known : mapping of int to FrameFaces
        Frames whose faces are known, and where pictures of them were cut.
    to_detect : sequence of int
        Frames in which faces are looked for, ascending.
    picks : mapping of int to ndarray of float64, shape (4,)
        Boxes that people say are the child's, in pixels.
    """

    features: Path
    note: FeatureNote
    pictures: FacePictures
    known: Mapping[int, FrameFaces]
    to_detect: Sequence[int]
    picks: Mapping[int, NDArray[np.float64]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What :func:`look_for_faces` found and wrote.

    Attributes
    ----------
    frames : tuple of FrameFaces
        All that is known now, in order.
    events : tuple of FollowEvent
        What happened to the child's face.
    damaged : tuple of int
        Frames that cannot be decoded.
    aligned, crops : int
        Pictures written now.
    """

    frames: tuple[FrameFaces, ...]
    events: tuple[FollowEvent, ...]
    damaged: tuple[int, ...]
    aligned: int = 0
    crops: int = 0


def parts_folder(features: Path) -> Path:
    """Where the faces found so far are kept while a run goes on."""
    return features.with_name(f".{features.stem}.parts")


def same_faces(one: FeatureNote, other: FeatureNote) -> bool:
    """Whether what two notes describe holds the same faces: of one file, one detector, one setting.

    How large pictures are cut does not count: it changes no face.
    """
    return _without_pictures(one) == _without_pictures(other)


def _without_pictures(note: FeatureNote) -> FeatureNote:
    settings = {key: value for key, value in note.settings.items() if key != ALIGNED_SETTING}
    return replace(note, settings=settings)


def kept_parts(features: Path, wanted: FeatureNote) -> dict[int, FrameFaces]:
    """Faces that a killed run has found, by frame.

    Parameters
    ----------
    features : pathlib.Path
        The feature file it was to write.
    wanted : FeatureNote
        What that file is to be noted as; parts of another file, detector or setting do not count.
    """
    found: dict[int, FrameFaces] = {}
    for part in sorted(parts_folder(features).glob("*.parquet")):
        try:
            note, frames = read_features(part)
        except InvalidFileError:
            # It can be found anew, and a power cut may have emptied it.
            continue
        if same_faces(note, wanted):
            found.update((entry.frame, entry) for entry in frames)
    return found


def look_for_faces(
    task: FaceTask,
    video: media.Video,
    detector: Detector | None,
    helpers: Executor,
    *,
    advance: Callable[[], None],
    cancel: CancelToken,
) -> LookedAt:
    """Find, follow and cut out faces, and write the feature file at the end.

    Parameters
    ----------
    task : FaceTask
        What to do.
    video : Video
        Open.
    detector : Detector or None
        May be None if no frame is to be looked at.
    helpers : concurrent.futures.Executor
        Threads that cut, compress and write pictures.
    advance : callable
        Called for every frame that was looked at.
    cancel : CancelToken
        Asked between frames.

    Raises
    ------
    StillError, InvalidFileError
        If the disk refuses; what is finished stays, and the next run goes on from there.
    Cancelled
        On request; likewise.
    """
    return _Run(task, video, detector, helpers, advance, cancel).work()


class _Run:
    """One run over one recording."""

    def __init__(
        self,
        task: FaceTask,
        video: media.Video,
        detector: Detector | None,
        helpers: Executor,
        advance: Callable[[], None],
        cancel: CancelToken,
    ) -> None:
        self._task, self._video, self._detector = task, video, detector
        self._helpers, self._advance, self._cancel = helpers, advance, cancel
        self._size = (task.note.width, task.note.height)
        self._finder = ChildFinder(self._size, task.picks, task.pictures.size)
        self._room = pictures_at_once(video.size)
        self._writing: deque[Future[None]] = deque()
        self._done: list[FrameFaces] = []
        self._part: list[FrameFaces] = []
        self._late: dict[int, tuple[FrameFaces, FrameFaces]] = {}
        self._damaged: list[int] = []
        self._counts = [0, 0]

    def work(self) -> LookedAt:
        self._clear_parts_of_others()
        self._task.pictures.prepare()
        try:
            with one_thread_a_call() if self._at_once > 1 else nullcontext():
                self._stream()
            self._write_late()
            self._wait(0)
            self._keep_part()
        finally:
            # After an error nothing may still be writing when the caller hears of it.
            for future in self._writing:
                future.cancel() or future.exception()
        write_features(self._task.features, self._task.note, self._done)
        shutil.rmtree(parts_folder(self._task.features), ignore_errors=True)
        events = tuple(self._finder.events)
        return LookedAt(tuple(self._done), events, tuple(self._damaged), *self._counts)

    def _stream(self) -> None:
        """Every frame in order: decoded, looked at, followed, cut."""
        to_detect = set(self._task.to_detect)
        frames = sorted(to_detect.union(self._task.known))
        decoded = self._decoded([number for number in frames if number in to_detect or self._lacks(number)])
        coming = looked_ahead(decoded, self._look, to_detect, self._at_once)
        with closing(coming):
            following = next(coming, None)
            for number in frames:
                self._cancel.raise_if_cancelled()
                is_read = following is not None and following[0] == number
                _, rgb, faces = following if is_read and following is not None else (number, None, None)
                if number not in to_detect:
                    self._known(self._task.known[number], rgb, is_read=is_read)
                elif rgb is None or faces is None or (rgb.shape[1], rgb.shape[0]) != self._size:
                    # Places in a picture of another size are none in the recording.
                    self._damaged.append(number)
                    self._advance()
                else:
                    self._new(number, rgb, faces)
                if is_read:
                    following = next(coming, None)

    def _look(self, number: int, rgb: NDArray[np.uint8]) -> list[Face]:
        assert self._detector is not None
        return [as_kept(face) for face in self._detector.detect(rgb, number)]

    @property
    def _at_once(self) -> int:
        """Pictures to look at together; fewer where they are so large that few may be in memory."""
        return 1 if self._detector is None else min(self._detector.at_once, max(1, self._room // 2))

    def _decoded(self, numbers: Sequence[int]) -> Iterator[tuple[int, NDArray[np.uint8] | None]]:
        return decoded_ahead(self._video, numbers, max(1, self._room // 2))

    def _lacks(self, number: int) -> bool:
        """Whether a picture of a known frame is not there, as far as can be said before following."""
        old = self._task.known[number]
        return any(self._task.pictures.missing(old, old))

    def _new(self, number: int, rgb: NDArray[np.uint8], faces: list[Face]) -> None:
        entry = self._finder.step(number, self._video.time(number), faces)
        self._put(entry, None, rgb)
        self._part.append(entry)
        self._advance()
        if len(self._part) >= PART_FRAMES:
            # Only once its pictures are on the disk: what a part says of them is believed.
            self._wait(0)
            self._keep_part()

    def _known(self, old: FrameFaces, rgb: NDArray[np.uint8] | None, *, is_read: bool) -> None:
        entry = self._finder.step(old.frame, old.time_s, old.faces)
        if rgb is not None or not any(self._task.pictures.missing(entry, old)):
            self._put(entry, old, rgb)
        elif is_read:
            # It could be decoded before, and its faces stay known; its picture cannot be made.
            self._damaged.append(old.frame)
            self._put(entry, old, None)
        else:
            self._late[entry.frame] = (entry, old)
            self._put(entry, old, None)

    def _put(self, entry: FrameFaces, old: FrameFaces | None, rgb: NDArray[np.uint8] | None) -> None:
        pictures = self._task.pictures
        which = pictures.missing(entry, old)
        pictures.drop_wrong(entry, old)
        self._done.append(entry)
        if rgb is not None and any(which):
            self._write(entry, rgb, which)

    def _write(self, entry: FrameFaces, rgb: NDArray[np.uint8], which: tuple[bool, bool]) -> None:
        self._wait(max(1, self._room // 2))
        self._writing.append(self._helpers.submit(self._task.pictures.write, entry, rgb, which))
        self._counts[0] += which[0]
        self._counts[1] += which[1]

    def _write_late(self) -> None:
        """Pictures of frames where, against expectation, another face is the child's now."""
        for number, rgb in self._decoded(sorted(self._late)):
            self._cancel.raise_if_cancelled()
            if rgb is None:
                self._damaged.append(number)
                continue
            entry, old = self._late[number]
            self._write(entry, rgb, self._task.pictures.missing(entry, old))

    def _wait(self, most: int) -> None:
        """Until not more than `most` pictures are being written."""
        while len(self._writing) > most or (self._writing and self._writing[0].done()):
            self._writing.popleft().result()

    def _keep_part(self) -> None:
        if self._part:
            first, last = self._part[0].frame, self._part[-1].frame
            path = parts_folder(self._task.features) / f"{first:08d}-{last:08d}.parquet"
            write_features(path, self._task.note, self._part)
            self._part = []

    def _clear_parts_of_others(self) -> None:
        """Parts that do not count any more go before new ones come."""
        folder = parts_folder(self._task.features)
        try:
            for part in folder.glob("*.parquet") if folder.is_dir() else ():
                try:
                    note, _ = read_features(part, landmarks=False)
                except InvalidFileError:
                    part.unlink(missing_ok=True)
                    continue
                if not same_faces(note, self._task.note):
                    part.unlink(missing_ok=True)
        except OSError as error:
            raise StillError(
                f"What is left of an earlier run in {folder} cannot be taken away ({error.strerror}): delete "
                "the folder yourself."
            ) from error
