"""What a file of ELAN says of actions, whoever drew its annotations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.code_runs import SpokenOf
from hrm_core.exchange.code_words import SIDES, action_named
from hrm_core.exchange.eaf_document import EafAnnotation, EafDocument, EafTier, read_eaf_document, unescaped
from hrm_core.exchange.frame_times import frame_edges, nearest_edge
from hrm_core.facs import INTENSITIES, Code, action
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.coding_sheet import CodingSheet, ReadSheet, RowNote, RowSeverity
from hrm_core.records.recording import MOST_FRAMES
from hrm_core.records.segments import frames_in_words

__all__ = [
    "CODES_TIER",
    "DOUBT_TIER",
    "FRAMES_TIER",
    "NOTES_TIER",
    "PARTICIPANT",
    "RATER",
    "STATE_TIER",
    "VIDEO",
    "moments_of",
    "read_eaf",
]

FRAMES_TIER = "HRM frames"
STATE_TIER = "HRM state"
DOUBT_TIER = "HRM doubt"
NOTES_TIER = "HRM notes"
CODES_TIER = "HRM codes"
"""Tiers that are not about one action."""

PARTICIPANT, VIDEO, RATER = "hrm-participant", "hrm-video", "hrm-rater"
"""Properties of the header."""

_FRAMES = re.compile(r"(\d{1,9})(?:\s*[-–]\s*(\d{1,9}))?")
_DETAIL = re.compile(r"(\w+)((?: \w+)*)(?:: (.*))?", re.DOTALL)
_TIER = re.compile(r"(A[UD]\s?\w+?)(?:[\s@_:.-].*)?", re.IGNORECASE | re.DOTALL)
_LEFT_OUT, _NOTE, _ERROR = RowSeverity.LEFT_OUT, RowSeverity.NOTE, RowSeverity.ERROR


def moments_of(edges: Sequence[int], seconds: NDArray[np.float64]) -> dict[int, int]:
    """A millisecond of its own for each edge between frames, as near to its time as that allows.

    Parameters
    ----------
    edges : sequence of int
        Ascending numbers of edges: edge 7 is the beginning of frame 7 and the end of frame 6.
    seconds : ndarray of float64, shape (n_frames + 1,)
        Time of every edge.
    """
    moments: dict[int, int] = {}
    before = -1
    for edge in edges:
        before = moments[edge] = max(round(float(seconds[edge]) * 1000), before + 1)
    return moments


def read_eaf(path: Path, times: NDArray[np.float64] | None) -> ReadSheet:
    """Read a file of ELAN.

    Annotations on tiers that are named as an action (``AU12``) are codes.  Those whose times are in
    the tier ``HRM frames`` are on exactly the frames it names; others, drawn or moved in ELAN, are on
    the frames nearest to their times.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    times : ndarray of float64, shape (n_frames,), or None
        Seconds of the recording's frames; without them only exact annotations can be placed.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is none of ELAN, or is damaged.
    """
    return _Reading(path, read_eaf_document(path), times).read()


@dataclass(frozen=True, slots=True)
class _Placed:
    """An annotation on frames, both included."""

    where: str
    first: int
    last: int
    text: str

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.first, self.last + 1))


class _Reading:
    """One file on its way to a sheet."""

    def __init__(self, path: Path, document: EafDocument, times: NDArray[np.float64] | None) -> None:
        self._path, self._document, self._times = path, document, times
        self._edges = frame_edges(times) if times is not None and len(times) else None
        self._notes: list[RowNote] = []
        self._frame_at: dict[int, int] = {}
        self._by_time = 0
        self._spoken_of = SpokenOf(path)
        self._codes: dict[int, dict[str, ActionCode]] = {}
        self._passed_over: dict[str, int] = {}

    def read(self) -> ReadSheet:
        self._require_plain_times()
        tiers: dict[str, list[EafTier]] = {}
        for tier in self._document.tiers:
            tiers.setdefault(self._meaning(tier), []).append(tier)
        self._read_frames(tiers.get(FRAMES_TIER, ()))
        states = self._read_states(tiers.get(STATE_TIER, ()))
        for key, of_action in tiers.items():
            if action_named(key):
                self._read_codes(key, of_action)
        self._complete(states, known=bool(tiers.get(STATE_TIER)))
        self._read_details(tiers.get(CODES_TIER, ()))
        comments = self._texts(tiers.get(NOTES_TIER, ()), states)
        doubts = self._texts(tiers.get(DOUBT_TIER, ()), states)
        codings = {
            frame: FrameCoding(
                *(0, 0, frame),
                codes=tuple(self._codes.get(frame, {}).values()),
                state=state,
                comment=comments.get(frame, ""),
                doubtful=frame in doubts,
            )
            for frame, state in sorted(states.items())
        }
        if self._by_time:
            self._say(
                "whole file",
                _NOTE,
                f"{self._by_time} annotations were placed by their times, on the nearest frames.",
            )
        return ReadSheet(self._sheet(codings), tuple(self._notes), not self._by_time, self._passed_over)

    def _sheet(self, codings: Mapping[int, FrameCoding]) -> CodingSheet:
        document = self._document
        actions = [tier for tier in document.tiers if self._meaning_of_name(tier.name)]
        said = {name: unescaped(document.properties.get(name, "")) for name in (PARTICIPANT, VIDEO, RATER)}
        video = said[VIDEO] or next((Path(name).stem for name in document.media if name), "")
        return CodingSheet(
            said[PARTICIPANT] or self._the_one("participant", [tier.participant for tier in actions]),
            video if actions else said[VIDEO],
            said[RATER] or self._the_one("annotator", [tier.annotator for tier in actions]),
            codings,
            self._times,
            media=document.media[0] if document.media else "",
        )

    def _the_one(self, what: str, names: Sequence[str]) -> str:
        different = list(dict.fromkeys(filter(None, map(unescaped, names))))
        if len(different) > 1:
            self._say(
                "whole file",
                _ERROR,
                f"Its tiers name more than one {what}: {', '.join(different)}; split the file.",
            )
        return different[0] if different else ""

    def _say(self, where: str, severity: RowSeverity, message: str) -> None:
        self._notes.append(RowNote(where, severity, message))

    def _require_plain_times(self) -> None:
        document = self._document
        if document.time_units != "milliseconds":
            raise InvalidFileError(
                f"{self._path} counts in {document.time_units}, not in milliseconds: save it again in ELAN."
            )
        if document.shift_ms:
            self._say(
                "header",
                _ERROR,
                f"The film is shifted by {document.shift_ms} ms against the annotations: set its offset to 0 "
                "in ELAN.",
            )

    # -- tiers -------------------------------------------------------------------------------

    def _meaning_of_name(self, name: str) -> str:
        """Key of the action that a tier is about, or the name of a tier of ours; empty if it is neither."""
        if name in (FRAMES_TIER, STATE_TIER, DOUBT_TIER, NOTES_TIER, CODES_TIER):
            return name
        match = _TIER.fullmatch(name.strip())
        entry = action_named(match[1]) if match else None
        return entry.key if entry else ""

    def _meaning(self, tier: EafTier) -> str:
        meaning = self._meaning_of_name(tier.name)
        if not meaning:
            count = len(tier.annotations) + tier.depending
            self._passed_over[tier.name] = self._passed_over.get(tier.name, 0) + count
        elif tier.depending:
            self._say(
                f"tier {tier.name}",
                _LEFT_OUT,
                f"{tier.depending} annotations hang on another tier and have no times of their own.",
            )
        return meaning

    # -- frames ------------------------------------------------------------------------------

    def _read_frames(self, tiers: Sequence[EafTier]) -> None:
        """Which frame begins at which millisecond, as far as the file says and the recording agrees."""
        said: dict[int, tuple[int, str]] = {}
        for where, entry in _annotations(tiers):
            match = _FRAMES.fullmatch(entry.text.strip())
            first = int(match[1]) if match else -1
            last = int(match[2] or first) if match else -1
            if match is None or last < first or last >= MOST_FRAMES:
                self._say(where, _LEFT_OUT, f"{entry.text!r} names no frames: write them as 12–40.")
                continue
            for moment, frame in ((entry.begin_ms, first), (entry.end_ms, last + 1)):
                if moment is None:
                    continue
                if said.setdefault(moment, (frame, where))[0] != frame:
                    self._say(where, _NOTE, f"At {moment} ms two frames are said to begin; the first counts.")
        stale = self._stale({moment: frame for moment, (frame, _) in said.items()})
        for moment, (frame, where) in said.items():
            if moment not in stale:
                self._frame_at[moment] = frame
            elif 2 * len(stale) <= len(said):
                self._say(
                    where,
                    _NOTE,
                    f"Frame {frame} is not shown at {moment} ms in this recording; the time counts.",
                )
        if 2 * len(stale) > len(said):
            self._say(
                f"tier {FRAMES_TIER}",
                _ERROR,
                f"{len(stale)} of {len(said)} times are not those of the frames in this recording: it may be "
                "another film.",
            )

    def _stale(self, said: Mapping[int, int]) -> set[int]:
        """Milliseconds at which the recording shows another frame than the file says."""
        edges = self._edges
        if edges is None:
            return set()
        inside = sorted({frame for frame in said.values() if frame < len(edges)})
        expected = moments_of(inside, edges)
        return {
            moment
            for moment, frame in said.items()
            if frame >= len(edges)
            or (expected[frame] != moment and abs(float(edges[frame]) * 1000 - moment) > 1)
        }

    def _place(self, where: str, entry: EafAnnotation) -> _Placed | None:
        """The frames of an annotation; None, and a line in the report, if they cannot be known."""
        begin, end = entry.begin_ms, entry.end_ms
        if begin is None or end is None or end <= begin:
            self._say(where, _LEFT_OUT, "It has no beginning and end in time.")
            return None
        first, edge = self._frame_at.get(begin), self._frame_at.get(end)
        if first is None or edge is None:
            found = self._nearest(where, begin / 1000, end / 1000)
            if found is None:
                return None
            first, edge = (found[0] if first is None else first), (found[1] if edge is None else edge)
        edge = max(edge, first + 1)
        self._spoken_of.frames(where, first, edge - 1)
        return _Placed(where, first, edge - 1, entry.text)

    def _nearest(self, where: str, begin: float, end: float) -> tuple[int, int] | None:
        edges = self._edges
        if edges is None:
            self._say(
                where,
                _LEFT_OUT,
                "No frames are named for its times, and when the recording's are shown is not known.",
            )
            return None
        if begin >= edges[-1] or end > edges[-1] + 1:
            self._say(
                where, _ERROR, f"It lies outside the recording, which ends at {float(edges[-1]):.3f} s."
            )
            return None
        first, one = nearest_edge(edges, begin)
        edge, other = nearest_edge(edges, end)
        first = min(first, len(edges) - 2)
        self._by_time += 1
        if one or other:
            self._say(where, _NOTE, "Two frames are as near to its time; the earlier was taken.")
        elif self._frame_at:
            last = max(edge - 1, first)
            self._say(
                where,
                _NOTE,
                f"No frames are named for its times; taken as {frames_in_words(range(first, last + 1))}.",
            )
        return first, edge

    def _placed(self, tiers: Sequence[EafTier]) -> Iterator[_Placed]:
        for where, entry in _annotations(tiers):
            if (placed := self._place(where, entry)) is not None:
                yield placed

    # -- states, codes, details, notes ----------------------------------------------------------

    def _read_states(self, tiers: Sequence[EafTier]) -> dict[int, CodingState]:
        states: dict[int, CodingState] = {}
        for placed in self._placed(tiers):
            text = placed.text.strip().casefold().replace(" ", "_")
            if text not in set(CodingState):
                self._say(
                    placed.where,
                    _ERROR,
                    f"{placed.text!r} is no state: write coded, carried, checked or not codable.",
                )
                continue
            twice = [frame for frame in placed if states.setdefault(frame, CodingState(text)) != text]
            if twice:
                self._say(placed.where, _ERROR, f"Frame {twice[0]} has two states: correct one of them.")
        return states

    def _read_codes(self, key: str, tiers: Sequence[EafTier]) -> None:
        for placed in self._placed(tiers):
            side, _, letter = placed.text.strip().partition(" ")
            code, intensity = SIDES.get(side.casefold()), letter.strip().upper()
            if code is None or (intensity and intensity not in INTENSITIES):
                self._say(
                    placed.where,
                    _LEFT_OUT,
                    f"{placed.text!r} is no code: write both, left, right, upper or lower, and A–E behind it "
                    "for an intensity.",
                )
                continue
            if not action(key).allows(code):
                self._say(placed.where, _NOTE, f"{key} cannot be {Code(code).word}; kept as it is.")
            new = ActionCode(key, code, intensity or None)
            twice = [
                frame for frame in placed if self._codes.setdefault(frame, {}).setdefault(key, new) != new
            ]
            if twice:
                self._say(
                    placed.where,
                    _LEFT_OUT,
                    f"Another annotation of {key} lies on {frames_in_words(twice)}; that one counts there.",
                )

    def _complete(self, states: dict[int, CodingState], *, known: bool) -> None:
        """Make states and codes agree: what has an action was coded, unless it is not codable."""
        bare = [frame for frame in sorted(self._codes) if frame not in states]
        for frame in bare:
            states[frame] = CodingState.CODED
        if bare and known:
            self._say(
                f"tier {STATE_TIER}",
                _NOTE,
                f"Actions lie on {frames_in_words(bare)} without a state; taken as coded.",
            )
        elif bare:
            self._say(
                "whole file",
                _NOTE,
                f"It does not say which frames were coded; the {len(bare)} frames with an action are taken "
                "as coded, all others as uncoded.",
            )
        closed = [frame for frame in sorted(self._codes) if states[frame] is CodingState.NOT_CODABLE]
        if closed:
            self._say(
                f"tier {STATE_TIER}",
                _LEFT_OUT,
                f"Not codable is said of {frames_in_words(closed)}; the actions on them are left out.",
            )
            for frame in closed:
                del self._codes[frame]

    def _read_details(self, tiers: Sequence[EafTier]) -> None:
        for placed in self._placed(tiers):
            for line in placed.text.split("\n"):
                self._read_detail(placed, line)

    def _read_detail(self, placed: _Placed, line: str) -> None:
        match = _DETAIL.fullmatch(line)
        entry = action_named(match[1]) if match else None
        words = match[2].split() if match else []
        if match is None or entry is None or not all(word in {"doubtful", *Origin} for word in words):
            self._say(
                placed.where, _LEFT_OUT, f"{line!r} says nothing of a code: write AU12 doubtful: and a note."
            )
            return
        origin = next((Origin(word) for word in words if word != "doubtful"), Origin.HUMAN)
        key = entry.key
        missing = []
        for frame in placed:
            code = self._codes.get(frame, {}).get(key)
            if code is None:
                missing.append(frame)
                continue
            self._codes[frame][key] = replace(
                code, origin=origin, doubtful="doubtful" in words, note=unescaped(match[3] or "")
            )
        if missing:
            self._say(placed.where, _LEFT_OUT, f"{key} is not there any more on {frames_in_words(missing)}.")

    def _texts(self, tiers: Sequence[EafTier], states: Mapping[int, CodingState]) -> dict[int, str]:
        """What a tier says of frames that are coded."""
        texts: dict[int, str] = {}
        for placed in self._placed(tiers):
            uncoded = [frame for frame in placed if frame not in states]
            if uncoded:
                self._say(placed.where, _LEFT_OUT, f"Nothing is coded on {frames_in_words(uncoded)}.")
            for frame in placed:
                if frame in states and texts.setdefault(frame, unescaped(placed.text)) != unescaped(
                    placed.text
                ):
                    self._say(
                        placed.where, _LEFT_OUT, f"Another text lies on frame {frame}; that one counts."
                    )
                    break
        return texts


def _annotations(tiers: Sequence[EafTier]) -> Iterator[tuple[str, EafAnnotation]]:
    for tier in tiers:
        for entry in tier.annotations:
            yield f"tier {tier.name}, {_shown(entry.begin_ms)}–{_shown(entry.end_ms)} ms", entry


def _shown(moment: int | None) -> str:
    return "?" if moment is None else str(moment)
