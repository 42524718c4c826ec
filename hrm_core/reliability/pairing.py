"""Two codings of the same recordings, brought frame to frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.agreement import Dropped, RecordingPart
from hrm_core.records.code_grid import COLUMN_OF

__all__ = ["Paired", "RecordingPair", "SourceCodes", "pair"]

_Kind = TypeVar("_Kind", bound=np.generic)
_NO_FRAMES: NDArray[np.int64] = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class SourceCodes:
    """What one source says of one recording.

    Attributes
    ----------
    frames : ndarray of int64, shape (n_frames,)
        Frames whose codes count, 0-based, ascending, none twice.
    codes : ndarray of uint8, shape (n_frames, 35)
        Codes 0-5; columns in the order of the catalogue (``facs.ALL_ACTIONS``).
    judged : ndarray of bool, shape (35,)
        Which actions the source can judge at all; the codes of the others mean nothing.
    why_not : mapping of str to str
        Why it cannot judge an action, by key: ``"Ben does not see the eyes"``.
    intensities : ndarray of uint8, shape (n_frames, 35), or None
        0 none told, 1-5 for A-E; None where the source tells no intensities.
    left_out : mapping of str to ndarray of int64
        Frames whose codes do not count, by reason: ``"carried by Ben and never confirmed"``.
    not_codable : ndarray of int64
        Frames that the source looked at and called not codable.
    """

    frames: NDArray[np.int64]
    codes: NDArray[np.uint8]
    judged: NDArray[np.bool_]
    why_not: Mapping[str, str] = field(default_factory=dict)
    intensities: NDArray[np.uint8] | None = None
    left_out: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    not_codable: NDArray[np.int64] = field(default_factory=lambda: _NO_FRAMES)

    def __post_init__(self) -> None:
        wide = len(ALL_ACTIONS)
        if self.codes.shape != (len(self.frames), wide):
            raise ValueError(f"codes have shape {self.codes.shape} for {len(self.frames)} frames")
        if self.codes.dtype != np.uint8 or (self.codes.size and self.codes.max() > 5):
            raise ValueError("codes must be 0-5 of type uint8")
        if self.judged.shape != (wide,) or self.judged.dtype != np.bool_:
            raise ValueError(f"judged must be {wide} truth values, not {self.judged.shape}")
        if len(self.frames) and (self.frames[0] < 0 or (np.diff(self.frames) <= 0).any()):
            raise ValueError("frames must ascend from 0 or above, none twice")
        if self.intensities is not None and self.intensities.shape != self.codes.shape:
            raise ValueError("there must be one intensity for each code")

    def __len__(self) -> int:
        return len(self.frames)


@dataclass(frozen=True, slots=True, eq=False)
class RecordingPair:
    """One recording as both sources see it.

    Attributes
    ----------
    participant, video : str
        Whose recording.
    video_id : int
        Number in the store.
    first, second : SourceCodes
        What they say.  A source that said nothing of it has no frames.
    times_s : ndarray of float64, shape (frames of the recording,), or None
        When each frame is shown, in seconds; None if only the rate is known.
    fps : float or None
        Frames per second; used where there are no times.
    segments : sequence of (int, int)
        First and last frame of each clip, both included.  Where there are none, runs of
        neighbouring frames stand in for them.
    coded_at : ndarray of datetime64, shape (frames of the recording,), or None
        When the later of the two codings of each frame was made, NaT where nobody knows.
    """

    participant: str
    video: str
    video_id: int
    first: SourceCodes
    second: SourceCodes
    times_s: NDArray[np.float64] | None = None
    fps: float | None = None
    segments: Sequence[tuple[int, int]] = ()
    coded_at: NDArray[np.datetime64] | None = None

    def __post_init__(self) -> None:
        if self.times_s is None and not (self.fps is not None and 0 < self.fps < np.inf):
            raise ValueError("a recording needs the times of its frames, or their rate")


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """All frames that both sources coded, one after the other.

    Attributes
    ----------
    parts : tuple of RecordingPart
        The recordings with frames in common, in the order they were given.
    frames : ndarray of int64, shape (n_frames,)
        Frame numbers, ascending within a recording.
    first, second : ndarray of uint8, shape (n_frames, 35)
        Codes 0-5.
    first_intensities, second_intensities : ndarray of uint8, shape (n_frames, 35), or None
        0 where none was told; None if the source never told one.
    recording, participant, segment, run : ndarray of int64, shape (n_frames,)
        Numbers from 0: of the entry of `parts`, of the participant, of the clip, and of the
        run of neighbouring frames inside a clip.
    judged : ndarray of bool, shape (n_parts, 35)
        Which actions both sources can judge in each recording.
    why_not : tuple of mapping of str to str
        For each recording, why an action cannot be judged there, by key.
    times_s : ndarray of float64, shape (n_frames,)
        Seconds from the start of the recording.
    coded_at : ndarray of datetime64[s], shape (n_frames,)
        When the later of the two codings was made; NaT where nobody knows.
    participants : tuple of str
        By number.
    segments : int
        How many clips, or runs where there are none.
    visibility : ndarray of int64, shape (n_participants of any recording, 4)
        Frames that both looked at, by whether both, only the first, only the second or
        neither called them not codable.
    dropped : tuple of Dropped
        Every other frame of which either source says anything, by reason; the most frequent first.
    apart : tuple of str
        Sentences about recordings without a common frame.
    first_frames, second_frames : int
        Frames coded by each, whether the other coded them or not.
    """

    parts: tuple[RecordingPart, ...]
    frames: NDArray[np.int64]
    first: NDArray[np.uint8]
    second: NDArray[np.uint8]
    first_intensities: NDArray[np.uint8] | None
    second_intensities: NDArray[np.uint8] | None
    recording: NDArray[np.int64]
    participant: NDArray[np.int64]
    segment: NDArray[np.int64]
    run: NDArray[np.int64]
    judged: NDArray[np.bool_]
    why_not: tuple[Mapping[str, str], ...]
    times_s: NDArray[np.float64]
    coded_at: NDArray[np.datetime64]
    participants: tuple[str, ...]
    segments: int
    visibility: NDArray[np.int64]
    dropped: tuple[Dropped, ...]
    apart: tuple[str, ...]
    first_frames: int
    second_frames: int

    def __len__(self) -> int:
        return len(self.frames)

    def rows_of(self, action: str) -> slice | NDArray[np.int64]:
        """Which frames count for an action: those of the recordings where both can judge it."""
        judged = self.judged[:, COLUMN_OF[action]]
        return slice(None) if judged.all() else np.flatnonzero(judged[self.recording])


@dataclass(frozen=True, slots=True, eq=False)
class _Common:
    """The common frames of one recording."""

    pair: RecordingPair
    frames: NDArray[np.int64]
    segment: NDArray[np.int64]
    run: NDArray[np.int64]


def pair(recordings: Sequence[RecordingPair], labels: tuple[str, str] = ("one", "the other")) -> Paired:
    """Bring two codings of some recordings frame to frame.

    Only frames that both coded are compared.  Every other frame of which a source says
    anything is counted once, with what is wrong on either side.

    Parameters
    ----------
    recordings : sequence of RecordingPair
        Also those that only one source coded.
    labels : (str, str)
        What the two sources are called in the reasons.

    Returns
    -------
    Paired
        Empty arrays if they have no frame in common.

    Raises
    ------
    InvalidFileError
        If a source codes frames that the recording does not have, or the times of the frames
        are not finite or do not ascend.
    """
    dropped: Counter[str] = Counter()
    looked: dict[str, NDArray[np.int64]] = {}
    apart: list[str] = []
    common = []
    for one in recordings:
        _check(one, labels)
        dropped.update(_dropped(one, labels))
        seen = looked.setdefault(one.participant, np.zeros(4, dtype=np.int64))
        seen += _visibility(one)
        frames = np.intersect1d(one.first.frames, one.second.frames, assume_unique=True)
        if len(frames):
            segment = _segments(frames, one.segments)
            common.append(_Common(one, frames, segment, _runs(frames, segment)))
        elif len(one.first) or len(one.second):
            apart.append(_apart(one, labels))
    return _joined(
        common,
        visibility=np.array(list(looked.values()), dtype=np.int64).reshape(-1, 4),
        dropped=tuple(
            Dropped(why, dropped[why]) for why in sorted(dropped, key=lambda why: (-dropped[why], why))
        ),
        apart=tuple(apart),
        coded=(sum(len(one.first) for one in recordings), sum(len(one.second) for one in recordings)),
    )


def _joined(
    common: Sequence[_Common],
    visibility: NDArray[np.int64],
    dropped: tuple[Dropped, ...],
    apart: tuple[str, ...],
    coded: tuple[int, int],
) -> Paired:
    participants = tuple(dict.fromkeys(entry.pair.participant for entry in common))
    segment_of, run_of = _Numbers(), _Numbers()
    wide = len(ALL_ACTIONS)
    sizes = [len(entry.frames) for entry in common]
    return Paired(
        parts=tuple(
            RecordingPart(
                entry.pair.participant,
                entry.pair.video,
                entry.pair.video_id,
                len(entry.frames),
                int(entry.segment[-1]) + 1,
            )
            for entry in common
        ),
        frames=_stacked([entry.frames for entry in common], np.zeros(0, np.int64)),
        first=_stacked(
            [_codes(entry.pair.first, entry.frames) for entry in common], np.zeros((0, wide), np.uint8)
        ),
        second=_stacked(
            [_codes(entry.pair.second, entry.frames) for entry in common], np.zeros((0, wide), np.uint8)
        ),
        first_intensities=_intensities([(entry.pair.first, entry.frames) for entry in common]),
        second_intensities=_intensities([(entry.pair.second, entry.frames) for entry in common]),
        recording=np.repeat(np.arange(len(common)), sizes),
        participant=np.repeat(
            np.array([participants.index(entry.pair.participant) for entry in common], dtype=np.int64), sizes
        ),
        segment=_stacked([segment_of(entry.segment) for entry in common], np.zeros(0, np.int64)),
        run=_stacked([run_of(entry.run) for entry in common], np.zeros(0, np.int64)),
        judged=np.array(
            [entry.pair.first.judged & entry.pair.second.judged for entry in common], dtype=np.bool_
        ).reshape(-1, wide),
        why_not=tuple(_why_not(entry.pair) for entry in common),
        times_s=_stacked([_times(entry) for entry in common], np.zeros(0)),
        coded_at=_stacked([_coded_at(entry) for entry in common], np.zeros(0, "datetime64[s]")),
        participants=participants,
        segments=segment_of.next,
        visibility=visibility,
        dropped=dropped,
        apart=apart,
        first_frames=coded[0],
        second_frames=coded[1],
    )


class _Numbers:
    """Goes on counting where the recording before left off."""

    def __init__(self) -> None:
        self.next = 0

    def __call__(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        moved = numbers + self.next
        self.next = int(moved[-1]) + 1
        return moved


def _stacked(arrays: Sequence[NDArray[_Kind]], empty: NDArray[_Kind]) -> NDArray[_Kind]:
    return np.concatenate(arrays) if arrays else empty


def _codes(source: SourceCodes, frames: NDArray[np.int64]) -> NDArray[np.uint8]:
    return source.codes[np.searchsorted(source.frames, frames)]


def _intensities(
    sources: Sequence[tuple[SourceCodes, NDArray[np.int64]]],
) -> NDArray[np.uint8] | None:
    """Those of the common frames; None if the source never told one."""
    if all(source.intensities is None for source, _ in sources):
        return None
    return np.concatenate(
        [
            np.zeros((len(frames), len(ALL_ACTIONS)), dtype=np.uint8)
            if source.intensities is None
            else source.intensities[np.searchsorted(source.frames, frames)]
            for source, frames in sources
        ]
    )


def _why_not(one: RecordingPair) -> Mapping[str, str]:
    reasons: dict[str, str] = {}
    for source in (one.first, one.second):
        for entry, judged in zip(ALL_ACTIONS, source.judged.tolist(), strict=True):
            if not judged:
                why = source.why_not.get(entry.key, f"{entry.key} cannot be judged by one of the sources")
                told = reasons.get(entry.key)
                reasons[entry.key] = why if told in (None, why) else f"{told}; {why}"
    return reasons


def _times(entry: _Common) -> NDArray[np.float64]:
    if entry.pair.times_s is not None:
        return entry.pair.times_s[entry.frames].astype(np.float64)
    assert entry.pair.fps is not None
    return entry.frames / entry.pair.fps


def _coded_at(entry: _Common) -> NDArray[np.datetime64]:
    if entry.pair.coded_at is None:
        return np.full(len(entry.frames), np.datetime64("NaT"), dtype="datetime64[s]")
    return entry.pair.coded_at[entry.frames].astype("datetime64[s]")


def _segments(frames: NDArray[np.int64], clips: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """Number of the clip, or of the run of neighbouring frames outside all clips, of each frame."""
    clip = np.full(len(frames), -1, dtype=np.int64)
    for number, (first, last) in enumerate(sorted(clips)):
        clip[np.searchsorted(frames, first) : np.searchsorted(frames, last, side="right")] = number
    new = np.diff(clip, prepend=-2) != 0
    # A gap inside a clip does not end it; outside of clips it is all there is to go by.
    new |= (clip < 0) & (np.diff(frames, prepend=frames[0] - 2) != 1)
    return np.cumsum(new) - 1


def _runs(frames: NDArray[np.int64], segment: NDArray[np.int64]) -> NDArray[np.int64]:
    new = (np.diff(frames, prepend=frames[0] - 2) != 1) | (np.diff(segment, prepend=-1) != 0)
    return np.cumsum(new) - 1


def _dropped(one: RecordingPair, labels: tuple[str, str]) -> Counter[str]:
    """Frames by what keeps them from being compared, on either side."""
    every = np.unique(np.concatenate([_told(one.first), _told(one.second)]))
    reasons = [
        _reasons(source, label, every) for source, label in zip((one.first, one.second), labels, strict=True)
    ]
    words = [["", *why] for _, why in reasons]
    codes = reasons[0][0] * len(words[1]) + reasons[1][0]
    counts: Counter[str] = Counter()
    for code, number in zip(*np.unique(codes, return_counts=True), strict=True):
        first, second = words[0][code // len(words[1])], words[1][code % len(words[1])]
        why = "; ".join(dict.fromkeys(text for text in (first, second) if text))
        if why:
            counts[why] += int(number)
    return counts


def _told(source: SourceCodes) -> NDArray[np.int64]:
    """All frames of which the source says anything."""
    return np.concatenate([source.frames, source.not_codable, *source.left_out.values()]).astype(np.int64)


def _reasons(
    source: SourceCodes, label: str, every: NDArray[np.int64]
) -> tuple[NDArray[np.int64], list[str]]:
    """For each frame 0 if it counts, else the number, from 1, of the reason why it does not."""
    reasons = [f"not coded by {label}", *source.left_out, f"not codable by {label}"]
    found = np.ones(len(every), dtype=np.int64)
    for number, frames in enumerate([*source.left_out.values(), source.not_codable], start=2):
        found[np.isin(every, frames)] = number
    found[np.isin(every, source.frames)] = 0
    return found, reasons


def _visibility(one: RecordingPair) -> NDArray[np.int64]:
    first_looked, second_looked = (
        np.union1d(source.frames, source.not_codable) for source in (one.first, one.second)
    )
    both = np.intersect1d(first_looked, second_looked, assume_unique=True)
    first, second = (
        np.isin(both, source.not_codable) & ~np.isin(both, source.frames)
        for source in (one.first, one.second)
    )
    return np.array(
        [(first & second).sum(), (first & ~second).sum(), (second & ~first).sum(), (~first & ~second).sum()],
        dtype=np.int64,
    )


def _apart(one: RecordingPair, labels: tuple[str, str]) -> str:
    where = f"In {one.video} of {one.participant}"
    if not len(one.second):
        return f"{where}, only {labels[0]} coded frames ({len(one.first)})."
    if not len(one.first):
        return f"{where}, only {labels[1]} coded frames ({len(one.second)})."
    return (
        f"{where}, {labels[0]} coded {len(one.first)} frames and {labels[1]} {len(one.second)}, "
        "but none in common."
    )


def _check(one: RecordingPair, labels: tuple[str, str]) -> None:
    where = f"{one.video} of {one.participant}"
    if one.times_s is None:
        return
    if not np.isfinite(one.times_s).all() or (np.diff(one.times_s) <= 0).any():
        raise InvalidFileError(
            f"The times of the frames of {where} are not numbers that ascend: add the video again."
        )
    for source, label in zip((one.first, one.second), labels, strict=True):
        if len(source) and source.frames[-1] >= len(one.times_s):
            raise InvalidFileError(
                f"{label} coded frame {source.frames[-1]} of {where}, which has only frames "
                f"0–{len(one.times_s) - 1}: check that both coded the same video."
            )
