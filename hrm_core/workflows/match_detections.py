"""Bring what a detector says of a study's frames to the codes of one rater."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import ProjectError
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.agreement import Dropped, Source
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.records.detections import NOT_KNOWN, Detections
from hrm_core.reliability.pairing import SourceCodes
from hrm_core.workflows.choose_clips import excluded_frames
from hrm_core.workflows.detector_sources import DetectorSource, Place, Said
from hrm_core.workflows.project import Project
from hrm_core.workflows.source_codes import source_says

__all__ = ["Matched", "Truth", "match", "read_truth"]

_EXCLUDED = "in a clip that is excluded"


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The codes of a rater.

    Attributes
    ----------
    label : str
        The rater.
    codes : mapping of Place to SourceCodes
        By recording, all of the study.
    excluded : mapping of Place to ndarray of int64
        Frames that do not count.
    machine_touched : mapping of Place to frozenset of int
        Frames that a model's suggestions had a part in.
    """

    label: str
    codes: Mapping[Place, SourceCodes]
    excluded: Mapping[Place, NDArray[np.int64]]
    machine_touched: Mapping[Place, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """A source on the frames that were coded too.

    Attributes
    ----------
    detections : Detections
        At least one frame and one action.
    thresholds : ndarray of float64, shape (n_actions,)
        Of the source.
    not_compared : mapping of str to str
        Actions of the study that are left out, and why.
    dropped : tuple of Dropped
        Frames that are left out, and why.
    changed : int
        Decisions whose code is another now than when the run was made.
    not_said : int
        Decisions with a code of which the source says nothing although it says something of the frame or
        the action elsewhere.
    machine_touched : int
        Frames whose codes a model's suggestions had a part in.
    """

    detections: Detections
    thresholds: NDArray[np.float64]
    not_compared: Mapping[str, str]
    dropped: tuple[Dropped, ...]
    changed: int = 0
    not_said: int = 0
    machine_touched: int = 0


def read_truth(
    project: Project, rater: Source, progress: Progress | None = None, cancel: CancelToken | None = None
) -> Truth:
    """Read the codes of a rater.

    Raises
    ------
    ProjectError
        If the rater has coded nothing.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    recordings = list(project.recordings())
    codes: dict[Place, SourceCodes] = {}
    excluded: dict[Place, NDArray[np.int64]] = {}
    touched: dict[Place, frozenset[int]] = {}
    progress.start("Reading codes", len(recordings))
    try:
        for who, recording in recordings:
            cancel.raise_if_cancelled()
            place = (who.code, recording.name)
            says = source_says(project, rater, who, recording)
            codes[place], touched[place] = says.codes, says.machine_touched
            excluded[place] = excluded_frames(project, recording)
            progress.advance()
    finally:
        progress.finish()
    if not any(len(one) for one in codes.values()):
        raise ProjectError(f"{rater.label} has coded nothing: choose another rater with --rater.")
    return Truth(rater.label, codes, excluded, touched)


def match(source: DetectorSource, truth: Truth, actions: tuple[str, ...]) -> Matched:
    """Take the frames and actions that both have.

    Parameters
    ----------
    source : DetectorSource
        What is said.
    truth : Truth
        What is coded.
    actions : tuple of str
        Those of the study.

    Raises
    ------
    ProjectError
        If they have no frame or no action in common.
    """
    keys, not_compared = _common_actions(source, truth, actions)
    columns = np.array([source.actions.index(key) for key in keys], dtype=np.int64)
    catalogue = np.array([COLUMN_OF[key] for key in keys], dtype=np.int64)
    dropped: Counter[str] = Counter()
    parts: list[_Part] = []
    for place, codes in truth.codes.items():
        said = source.said.get(place)
        rows, facing = _common_frames(source, truth, place, said, dropped)
        if said is None or not len(rows):
            continue
        there = (codes.codes[np.ix_(rows, catalogue)] > 0).astype(np.uint8)
        there[:, ~codes.judged[catalogue]] = NOT_KNOWN
        folds = np.zeros(len(facing), dtype=np.int64) if said.folds is None else said.folds[facing]
        earlier = there if said.truth is None else said.truth[np.ix_(facing, columns)]
        values = said.values[np.ix_(facing, columns)]
        parts.append(_Part(place, codes.frames[rows], folds, there, values, earlier))
    if not parts:
        raise ProjectError(
            f"{source.label} and {truth.label} have no frame in common: evaluate on frames that "
            f"{truth.label} coded, or choose another rater with --rater."
        )
    return Matched(
        _detections(source, keys, parts),
        source.thresholds[columns],
        not_compared,
        tuple(Dropped(why, number) for why, number in dropped.most_common()),
        _changed(parts),
        sum(int((np.isnan(part.said) & (part.truth != NOT_KNOWN)).sum()) for part in parts),
        sum(
            len(truth.machine_touched.get(part.place, frozenset()).intersection(part.frames.tolist()))
            for part in parts
        ),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    place: Place
    frames: NDArray[np.int64]
    folds: NDArray[np.int64]
    truth: NDArray[np.uint8]
    said: NDArray[np.float32]
    earlier: NDArray[np.uint8]


def _common_actions(
    source: DetectorSource, truth: Truth, actions: tuple[str, ...]
) -> tuple[tuple[str, ...], dict[str, str]]:
    coded = [codes for codes in truth.codes.values() if len(codes)]
    not_compared: dict[str, str] = {}
    for key in actions:
        if key not in source.actions:
            not_compared[key] = source.why_not.get(key, f"{source.label} does not have it")
        elif not any(codes.judged[COLUMN_OF[key]] for codes in coded):
            not_compared[key] = coded[0].why_not.get(key, f"{truth.label} does not judge it")
    keys = tuple(key for key in actions if key not in not_compared)
    if not keys:
        raise ProjectError(
            f"{source.label} and {truth.label} have no action in common: name a source that finds actions "
            "which this study codes."
        )
    return keys, not_compared


def _common_frames(
    source: DetectorSource, truth: Truth, place: Place, said: Said | None, dropped: Counter[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the codes and of what is said that are the same frame; the others are counted."""
    codes, excluded = truth.codes[place], truth.excluded[place]
    counts = ~np.isin(codes.frames, excluded)
    dropped[_EXCLUDED] += int((~counts).sum())
    frames = np.zeros(0, dtype=np.int64) if said is None else said.frames
    for why, left in codes.left_out.items():
        dropped[why] += len(np.intersect1d(left, frames))
    dropped[f"called not codable by {truth.label}"] += len(np.intersect1d(codes.not_codable, frames))
    known = np.concatenate([codes.frames, codes.not_codable, *codes.left_out.values()])
    dropped[f"not coded by {truth.label}"] += len(np.setdiff1d(frames, known))
    lacking = np.setdiff1d(codes.frames[counts], frames)
    for why, left in ({} if said is None else said.left_out).items():
        dropped[why] += len(np.intersect1d(left, lacking))
        lacking = np.setdiff1d(lacking, left)
    dropped[f"nothing said by {source.label}"] += len(lacking)
    for why in [why for why, number in dropped.items() if not number]:
        del dropped[why]
    _, rows, facing = np.intersect1d(codes.frames[counts], frames, assume_unique=True, return_indices=True)
    return np.flatnonzero(counts)[rows], facing.astype(np.int64)


def _detections(source: DetectorSource, keys: tuple[str, ...], parts: list[_Part]) -> Detections:
    children = tuple(dict.fromkeys(part.place[0] for part in parts))
    videos = tuple(dict.fromkeys(part.place[1] for part in parts))

    def repeated(numbers: list[int]) -> NDArray[np.int64]:
        return np.repeat(np.array(numbers, dtype=np.int64), [len(part.frames) for part in parts])

    return Detections(
        source.label,
        keys,
        children,
        repeated([children.index(part.place[0]) for part in parts]),
        videos,
        repeated([videos.index(part.place[1]) for part in parts]),
        np.concatenate([part.frames for part in parts]),
        np.concatenate([part.folds for part in parts]),
        np.concatenate([part.truth for part in parts]),
        np.concatenate([part.said for part in parts]),
        source.kind,
        facts=dict(source.facts),
    )


def _changed(parts: list[_Part]) -> int:
    return sum(
        int(((part.earlier != part.truth) & (part.earlier != NOT_KNOWN) & (part.truth != NOT_KNOWN)).sum())
        for part in parts
    )
