"""Small made-up things for tests: scores, codings, projects, videos."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from hrm_core.facs import ALL_ACTIONS, INTENSITIES, Code, ScoredAction, action
from hrm_core.records.code_table import CodeTable
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Recording

if TYPE_CHECKING:
    from hrm_core.store.label_store import LabelStore

KEYS = tuple(entry.key for entry in ALL_ACTIONS)

# Everything that a database or a file can hold: no NUL, no half of a surrogate pair.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)
comments = st.one_of(
    texts, st.sampled_from(["", "😀👶🏽", "two\nlines\r\n", 'it\'s "quoted"; --', "嘴角 ↗", "\\N %s :x ?"])
)


@st.composite
def scored_actions(draw: st.DrawFn, key: str | None = None) -> ScoredAction:
    """Any action an expert may write, with side, intensity and asymmetry that make sense."""
    entry = action(key or draw(st.sampled_from(KEYS)))
    code = draw(st.sampled_from(sorted(entry.sides)))
    asymmetric = code is Code.BOTH and Code.LEFT in entry.sides and draw(st.booleans())
    return ScoredAction(entry.key, code, draw(st.sampled_from([None, *INTENSITIES])), asymmetric)


def scores() -> st.SearchStrategy[list[ScoredAction]]:
    """Actions of a whole score in any order, none twice."""
    return st.lists(scored_actions(), unique_by=lambda entry: entry.key, max_size=8)


def action_codes(key: str) -> st.SearchStrategy[ActionCode]:
    """Any code of an action that the store must keep, whether or not it makes anatomical sense."""
    return st.builds(
        ActionCode,
        st.just(key),
        st.integers(1, 5),
        st.sampled_from([None, *INTENSITIES]),
        st.sampled_from(list(Origin)),
        doubtful=st.booleans(),
        note=st.one_of(st.just(""), comments),
    )


@st.composite
def codings(draw: st.DrawFn, rater_id: int = 1, video_id: int = 1, frame: int = 0) -> FrameCoding:
    """Anything that a rater can say of a frame."""
    keys = draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=6))
    state = draw(st.sampled_from(list(CodingState)))
    return FrameCoding(
        rater_id,
        video_id,
        frame,
        codes=() if state is CodingState.NOT_CODABLE else tuple(draw(action_codes(key)) for key in keys),
        state=state,
        comment=draw(comments),
        doubtful=draw(st.booleans()),
        seconds_spent=draw(st.integers(0, 100_000)) / 1000,
    )


@st.composite
def code_grids(draw: st.DrawFn, max_frames: int = 12) -> tuple[list[int], np.ndarray]:
    """Frame numbers with gaps, ascending, and codes 0-5 of all 35 actions."""
    frames = sorted(draw(st.sets(st.integers(0, 5000), max_size=max_frames)))
    flat = draw(
        st.lists(
            st.sampled_from([0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5]),
            min_size=len(frames) * len(KEYS),
            max_size=len(frames) * len(KEYS),
        )
    )
    return frames, np.array(flat, np.uint8).reshape(len(frames), len(KEYS))


def table(rater_id: int, video_id: int, frames: Iterable[int], codes: np.ndarray) -> CodeTable:
    """A table of codes for the store."""
    return CodeTable(rater_id, video_id, np.array(list(frames), np.int64), np.asarray(codes, np.uint8))


def random_table(rater_id: int, video_id: int, frames: int, seed: int = 0) -> CodeTable:
    """`frames` frames, about one code in ten present."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(1, 6, (frames, len(KEYS))) * (rng.random((frames, len(KEYS))) < 0.1)
    return table(rater_id, video_id, range(frames), codes)


def as_coding(codes: CodeTable, row: int) -> FrameCoding:
    """One row of a table as what a coder would save."""
    present = [(KEYS[at], int(codes.codes[row, at])) for at in np.flatnonzero(codes.codes[row])]
    return FrameCoding(
        codes.rater_id,
        codes.video_id,
        int(codes.frames[row]),
        tuple(ActionCode(key, code) for key, code in present),
    )


def furnish(
    store: LabelStore, *, code: str = "7", rater: str = "Ada", video: str = "play"
) -> tuple[Rater, Recording]:
    """A participant with one recording, and a rater, in an empty store."""
    who = store.people.add_participant(Participant(0, code, "ASD"))
    recording = store.recordings.add(Recording(0, who.id, video, frame_count=10_000, fps=25.0))
    return store.people.ensure_rater(rater), recording


def tiny_video(path: Path, frames: int = 12) -> Path:
    """An MP4 of `frames` grey frames, each brighter than the one before."""
    import av

    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.options = {"preset": "ultrafast"}
        for number in range(frames):
            grey = np.full((48, 64, 3), 10 + number * 15 % 230, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode(None))
    return path
