"""The frames of a study that a detector can be trained on: codes of one rater, and their faces."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.people import Rater
from hrm_core.workflows.choose_clips import excluded_frames
from hrm_core.workflows.machine_touched import machine_touched
from hrm_core.workflows.project import Project
from hrm_core.workflows.recording_faces import faces_of_recording

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ACTION_SETS", "TrainingFrames", "chosen_actions", "training_frames"]

_SEVENTEEN = (
    "AU1", "AU2", "AU4", "AU6", "AU7", "AU9", "AU10", "AU12", "AU14", "AU15", "AU16", "AU17", "AU20", "AU23",
    "AU24", "AU25", "AU2X",
)  # fmt: skip
_TWENTY_TWO = (*_SEVENTEEN[:12], "AU18", "AD19", *_SEVENTEEN[12:], "AU28", "AD32", "AU43")

ACTION_SETS = {"22": _TWENTY_TWO, "17": _SEVENTEEN}
"""The paper's choices of actions for detection, in the order of its networks."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainingFrames:
    """Coded frames with a face, ordered by participant, video and frame.

    Attributes
    ----------
    rater : str
        Whose codes.
    actions : tuple of str
        Keys of the catalogue.
    participants, videos : tuple of str
        Codes of the children with such frames, and names of recordings, each once.
    of_participant, of_video, frames : ndarray of int64, shape (n,)
        Places in `participants` and `videos`, and frame numbers.
    truth : ndarray of uint8, shape (n, n_actions)
        1 present on any side, 0 absent.
    pictures : tuple of pathlib.Path
        The aligned face of each frame.
    codes_fingerprint, faces_fingerprint : str
        SHA-256 of what was coded and of what the pictures hold.
    without_face, excluded : int
        Coded frames that were left out because there is no face of them, or because they are only in
        clips that nobody is to code.
    problems : tuple of str
        Recordings that were left out, a sentence each.
    machine_touched : int
        Coded frames that were left out because what a network said is in their codes.
    """

    rater: str
    actions: tuple[str, ...]
    participants: tuple[str, ...]
    videos: tuple[str, ...]
    of_participant: NDArray[np.int64]
    of_video: NDArray[np.int64]
    frames: NDArray[np.int64]
    truth: NDArray[np.uint8]
    pictures: tuple[Path, ...]
    codes_fingerprint: str
    faces_fingerprint: str
    without_face: int
    excluded: int
    problems: tuple[str, ...]
    machine_touched: int = 0

    @property
    def positives(self) -> NDArray[np.int64]:
        """Frames of each participant that show each action, shape (n_participants, n_actions)."""
        counts = np.zeros((len(self.participants), len(self.actions)), dtype=np.int64)
        np.add.at(counts, self.of_participant, self.truth)
        return counts

    @property
    def frame_counts(self) -> NDArray[np.int64]:
        """Frames of each participant, shape (n_participants,)."""
        return np.bincount(self.of_participant, minlength=len(self.participants)).astype(np.int64)

    def every(self, step: int) -> NDArray[np.bool_]:
        """The first and then every so many of a recording's frames, shape (n,)."""
        of_recording = self.of_participant * len(self.videos) + self.of_video
        _, begins, of = np.unique(of_recording, return_index=True, return_inverse=True)
        place: NDArray[np.int64] = np.arange(len(of)) - begins[of]
        wanted: NDArray[np.bool_] = place % step == 0
        return wanted


def chosen_actions(text: str) -> tuple[str, ...]:
    """Actions named by ``"22"``, ``"17"`` or keys with commas between.

    Raises
    ------
    NotFoundError
        If a key is not in the catalogue.
    ProjectError
        If none is named, or one twice.
    """
    if text in ACTION_SETS:
        return ACTION_SETS[text]
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    known = {action.key for action in ALL_ACTIONS}
    for key in keys:
        if key not in known:
            raise NotFoundError(f"There is no action {key!r}: name 22, 17, or keys such as AU12,AU2X,AD19.")
    if not keys or len(set(keys)) < len(keys):
        raise ProjectError("Name each action once: 22, 17, or keys such as AU12,AU2X,AD19.")
    return keys


def training_frames(
    project: Project, rater: str | None, actions: Sequence[str], *, human_only: bool = False
) -> TrainingFrames:
    """Coded and checked frames of one rater that have an aligned face.

    Frames whose codes were carried and never confirmed, frames that are not codable, frames that nobody
    looked at and frames of excluded clips take no part.

    Parameters
    ----------
    project : Project
        The open study.
    rater : str, optional
        Name of the rater; may be left out if only one has coded.
    actions : sequence of str
        Keys of the catalogue.
    human_only : bool
        Leave out frames of which the rater took codes over from a network, or corrected its codes: a
        network that learns from its own words grows surer of its errors.

    Raises
    ------
    NotFoundError
        If the rater is unknown, or several have coded and none is named.
    ProjectError
        If the rater could not see an action, or no coded frame has a face.
    """
    coder = project.coder(rater)
    _require_seen(coder, actions)
    coded = project.codes(coder.name)
    codable = coded[~_excluded(project, coded)]
    codes = codable[~_touched(project, coder, codable)] if human_only else codable
    if len(codable) and not len(codes):
        raise ProjectError(
            f"All {len(codable)} frames that {coder.name} coded hold what a network said: code some without "
            "its help, or let it learn from them all the same with --machine-touched."
        )
    kept, pictures, prints, problems = _with_faces(project, codes)
    if not pictures:
        why = problems[0] if problems else "nothing is coded."
        raise ProjectError(f"No frame that {coder.name} coded has an aligned face: {why}")
    table = codes[kept]
    participants, of_participant = _numbered(table, 0)
    videos, of_video = _numbered(table, 1)
    truth = (table[list(actions)].to_numpy() > 0).astype(np.uint8)
    frames = table.index.get_level_values(2).to_numpy(dtype=np.int64)
    rows = [f"{who}\t{video}\t{frame}" for who, video, frame in table.index]
    digest = hashlib.sha256("\n".join([coder.name, *actions, *rows]).encode())
    digest.update(truth.tobytes())
    faces = hashlib.sha256("\n".join([*prints, *rows]).encode())
    return TrainingFrames(
        coder.name,
        tuple(actions),
        participants,
        videos,
        of_participant,
        of_video,
        frames,
        truth,
        tuple(pictures),
        digest.hexdigest(),
        faces.hexdigest(),
        int((~kept).sum()),
        len(coded) - len(codable),
        tuple(problems),
        len(codable) - len(codes),
    )


def _require_seen(coder: Rater, actions: Sequence[str]) -> None:
    upper = {action.key for action in ALL_ACTIONS if action.group == "upper"}
    hidden = [key for key in actions if key in upper]
    if not coder.sees_eyes and hidden:
        raise ProjectError(
            f"{coder.name} does not see the eyes and cannot have coded {hidden[0]}: leave the actions of the "
            "upper face out of --actions, or choose another rater."
        )


def _excluded(project: Project, codes: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows are only in clips that nobody is to code: somebody else's face, say."""
    children, videos, numbers = (codes.index.get_level_values(level).to_numpy() for level in range(3))
    out = np.zeros(len(codes), dtype=bool)
    for who, recording in project.recordings():
        left_out = excluded_frames(project, recording)
        if len(left_out):
            out |= (children == who.code) & (videos == recording.name) & np.isin(numbers, left_out)
    return out


def _touched(project: Project, coder: Rater, codes: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows hold what a network said."""
    children, videos, numbers = (codes.index.get_level_values(level).to_numpy() for level in range(3))
    out = np.zeros(len(codes), dtype=bool)
    for who, recording in project.recordings():
        touched = machine_touched(project, coder, recording)
        if touched:
            of_it = (children == who.code) & (videos == recording.name)
            out |= of_it & np.isin(numbers, sorted(touched))
    return out


def _with_faces(
    project: Project, codes: pd.DataFrame
) -> tuple[NDArray[np.bool_], list[Path], list[str], list[str]]:
    """Which rows have a face, these faces, what they hold, and recordings without."""
    coded: dict[tuple[str, str], list[int]] = {}
    for place, (who, video, _) in enumerate(codes.index):
        coded.setdefault((who, video), []).append(place)
    numbers = codes.index.get_level_values(2).to_numpy()
    kept = np.zeros(len(codes), dtype=bool)
    pictures: list[Path] = []
    prints: list[str] = []
    problems: list[str] = []
    for who, recording in project.recordings():
        places = coded.get((who.code, recording.name), [])
        if not places:
            continue
        try:
            faces = faces_of_recording(project, who, recording)
        except (NotFoundError, InvalidFileError) as error:
            problems.append(f"Participant {who.code}, video {recording.name!r}: {error}")
            continue
        there = [place for place in places if int(numbers[place]) in faces.files]
        kept[there] = True
        pictures.extend(faces.files[int(numbers[place])] for place in there)
        prints.append(faces.fingerprint)
    return kept, pictures, prints, problems


def _numbered(table: pd.DataFrame, level: int) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    names = table.index.get_level_values(level)
    known = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return tuple(known), np.array([known[name] for name in names], dtype=np.int64)
