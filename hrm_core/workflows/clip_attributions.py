"""What a run's networks made of the clips of a recording, read from the run's folder without PyTorch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import NotFoundError
from hrm_core.models.train.attribution_files import attribution_file, read_attributions
from hrm_core.models.train.run_folder import FOLDER, list_runs
from hrm_core.records.attributions import ClipAttribution
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.records.recording import Clip, Recording
from hrm_core.workflows.project import Project

__all__ = ["NETWORKS", "clip_attributions", "codes_fingerprint"]

NETWORKS = ("gru", "bilstm")
"""Regressors of atypicality, in this order."""


def clip_attributions(project: Project, recording: Recording) -> tuple[ClipAttribution, ...]:
    """Attributions that ``hrm analyze attributions`` has written for a recording.

    Whoever calls this must not show them to anybody who is blind or judges: they tell ratings.

    Parameters
    ----------
    project : Project
        The open study.
    recording : Recording
        Which.

    Returns
    -------
    tuple of ClipAttribution
        By first frame, then network; of each the newest run's.  Empty if there are none.  Clips whose
        frames or codes are others now are left out: their attributions explain what is no more.

    Raises
    ------
    InvalidFileError
        If a file is damaged; the message says how to write it again.
    """
    clips = [clip for clip in project.store.recordings.clips(recording.id) if not clip.is_excluded]
    code_of = {who.id: who.code for who in project.participants()}
    whose = (code_of[recording.participant_id], recording.name)
    now = _Fingerprints(project, recording, whose, clips)
    found: dict[tuple[int, str], ClipAttribution] = {}
    for run in reversed(list_runs(project.folder / FOLDER)):
        for network in NETWORKS:
            path = attribution_file(project.folder / FOLDER / run.name, network, recording.id)
            if run.kind != "atypicality" or not path.is_file():
                continue
            kept = read_attributions(path)
            for each, fingerprint in zip(kept.clips, kept.codes, strict=True):
                if fingerprint in now.of(kept.coder, each.actions):
                    found.setdefault((each.first_frame, network), each)
    return tuple(found[key] for key in sorted(found, key=lambda key: (key[0], NETWORKS.index(key[1]))))


def codes_fingerprint(
    participant: str, video: str, clip: Clip, frames: NDArray[np.int64], codes: NDArray[np.uint8]
) -> str:
    """SHA-256 of all that a network is told of a clip.

    Parameters
    ----------
    participant, video : str
        Code of the child, name of the recording.
    clip : Clip
        Which frames it has.
    frames : ndarray of int64, shape (n_frames,)
        Coded ones of the clip, ascending.
    codes : ndarray of uint8, shape (n_frames, n_actions)
        Codes 0-5 of the network's actions; sides make no difference.
    """
    digest = hashlib.sha256(repr((participant, video, clip.first_frame, clip.last_frame)).encode())
    digest.update(np.ascontiguousarray(frames, dtype="<i8").tobytes())
    digest.update(np.ascontiguousarray(codes > 0).tobytes())
    return digest.hexdigest()


class _Fingerprints:
    """Fingerprints of a recording's clips as they are now, by coder and actions."""

    def __init__(
        self, project: Project, recording: Recording, whose: tuple[str, str], clips: Sequence[Clip]
    ) -> None:
        self._project, self._recording, self._whose, self._clips = project, recording, whose, clips
        self._known: dict[tuple[str, tuple[str, ...]], frozenset[str]] = {}

    def of(self, coder: str, actions: tuple[str, ...]) -> frozenset[str]:
        key = (coder, actions)
        if key not in self._known:
            self._known[key] = self._made(coder, actions)
        return self._known[key]

    def _made(self, coder: str, actions: tuple[str, ...]) -> frozenset[str]:
        try:
            rater = self._project.store.people.rater(coder)
            columns = [COLUMN_OF[action] for action in actions]
        # Of a coder who is gone, or of actions that this program does not know, nothing is as it was.
        except (NotFoundError, KeyError):
            return frozenset()
        table = self._project.store.codings.table(rater.id, self._recording.id)
        found = []
        for clip in self._clips:
            inside = (table.frames >= clip.first_frame) & (table.frames <= clip.last_frame)
            codes = table.codes[inside][:, columns]
            found.append(codes_fingerprint(*self._whose, clip, table.frames[inside], codes))
        return frozenset(found)
