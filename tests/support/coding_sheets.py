"""Made-up codings on their way to and from files of other programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from hrm_core.exchange.code_runs import ALL_DETAILS, Detail
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.coding_sheet import CodingSheet, Loss, ReadSheet
from hrm_core.workflows import code_formats
from tests.support.builders import codings, comments, texts

Times = NDArray[np.float64]


@dataclass(frozen=True)
class SheetFormat:
    """A file format that holds what one rater says of one recording.

    Attributes
    ----------
    name, suffix : str
        For messages, and what its files end with.
    form : str
        What the workflows call it.
    write, losses, read : callable
        As there.
    holds : frozenset of Detail
        What it can say.
    needs_times : bool
        Whether it cannot be written without times of the frames.
    by_events : bool
        Whether it is one with onsets and offsets for a coder of behaviour: of BORIS or Datavyu.
    """

    name: str
    suffix: str
    form: str
    write: Callable[[Path, CodingSheet], tuple[Loss, ...]]
    losses: Callable[[CodingSheet], tuple[Loss, ...]]
    read: Callable[[Path, Times | None], ReadSheet]
    holds: frozenset[Detail]
    needs_times: bool
    by_events: bool


def _format(name: str, suffix: str, form: str) -> SheetFormat:
    entry = code_formats.FORMATS[form]
    by_events = form in ("boris", "boris-table", "datavyu")
    return SheetFormat(
        *(name, suffix, form, entry.write, entry.losses, entry.read, entry.holds),
        needs_times=by_events or form == "elan",
        by_events=by_events,
    )


# One line per format: round trips and mutated files are then tested of it, too.
FORMATS = (
    _format("elan", ".eaf", "elan"),
    _format("tidy csv", ".csv", "csv"),
    _format("tidy parquet", ".parquet", "parquet"),
    _format("events", ".csv", "events"),
    _format("boris", ".boris", "boris"),
    _format("boris packed", ".boris.gz", "boris"),
    _format("boris tsv", ".tsv", "boris-table"),
    _format("boris csv", ".csv", "boris-table"),
    _format("datavyu", ".opf", "datavyu"),
)

# Frames of cameras, of screen recorders that pause, neighbours within a millisecond or at one time.
_gaps = st.sampled_from([0.04, 0.04, 1001 / 30000, 1 / 60, 0.25, 3.0, 0.0004, 0.0])


@st.composite
def frame_times(draw: st.DrawFn, most: int = 24) -> Times:
    """Seconds of frames of a recording with a variable rate."""
    gaps = draw(st.lists(_gaps, min_size=draw(st.sampled_from([0, 6, 12])), max_size=most))
    return draw(st.sampled_from([0.0, 0.0213])) + np.cumsum([0.0, *gaps])


@st.composite
def coding_sheets(draw: st.DrawFn) -> CodingSheet:
    """Anything that a rater can say of a recording: runs, single frames, gaps."""
    times = draw(frame_times())
    said: dict[int, FrameCoding] = {}
    frame = 0
    while frame < len(times):
        length = draw(st.integers(1, 6))
        coding = draw(st.one_of(st.none(), codings(), codings()))
        if coding is not None:
            codes = tuple(replace(code, note=draw(comments)) for code in coding.codes)
            extra = draw(st.sampled_from([{}, {"doubtful": True}, {"model_run_id": 3}]))
            codes = tuple(replace(code, **extra) for code in codes)
            span = range(frame, min(frame + length, len(times)))
            said.update({at: replace(coding, frame=at, codes=codes) for at in span})
            # An action may go on while others change.
            if codes and draw(st.booleans()) and span.stop < len(times):
                said[span.stop] = replace(coding, frame=span.stop, codes=codes[:1])
        frame += length
    return CodingSheet(draw(texts), draw(texts), draw(texts), said, times, 25.0, "films/play.mp4")


def holdable(codings: Mapping[int, FrameCoding], holds: frozenset[Detail] = ALL_DETAILS) -> dict[int, object]:
    """What a format must bring back of codings: all but what is listed as lost."""
    return {
        frame: (
            coding.state if Detail.STATE in holds else None,
            Detail.DOUBT in holds and coding.doubtful,
            coding.comment if Detail.NOTE in holds else "",
            tuple(_holdable(code, holds) for code in coding.codes),
        )
        for frame, coding in codings.items()
    }


def _holdable(code: ActionCode, holds: frozenset[Detail]) -> ActionCode:
    return ActionCode(
        code.action,
        code.code,
        code.intensity if Detail.INTENSITY in holds else None,
        code.origin if Detail.ORIGIN in holds else Origin.HUMAN,
        code.model_run_id if Detail.RUN in holds else None,
        Detail.CODE_DOUBT in holds and code.doubtful,
        code.note if Detail.CODE_NOTE in holds else "",
    )


def a_sheet(frames: int = 40) -> CodingSheet:
    """A small coding with some of everything, at 25 frames per second."""
    smile = ActionCode("AU12", 2, "B", note="to the left, (perhaps)", doubtful=True)
    lips = ActionCode("AU25", 1)
    states = [CodingState.CODED, CodingState.CHECKED, CodingState.CARRIED]
    said = {}
    for at in range(frames):
        if at % 10 == 9:
            continue
        codes = [smile] * (3 <= at < 12) + [lips] * (5 <= at < 8)
        said[at] = FrameCoding(
            0, 0, at, tuple(codes), states[at // 10 % 3], comment="嘴角" if at == 4 else "", doubtful=at == 6
        )
    said[frames - 1] = FrameCoding(0, 0, frames - 1, state=CodingState.NOT_CODABLE)
    said[frames - 2] = FrameCoding(
        0, 0, frames - 2, (ActionCode("AU43", 3, "E", Origin.ACCEPTED), ActionCode("AU1", 1, "A"))
    )
    return CodingSheet("S7", "play", "Ada", said, np.arange(frames) / 25, 25.0, "films/play.mp4")
