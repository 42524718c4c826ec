"""Who and what may leave the study: decided before anything is written."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.small_cells import told_of_children
from hrm_core.config import PROJECT_FILE
from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.facs import ACTIONS
from hrm_core.progress import CancelToken
from hrm_core.records.code_table import CodeTable
from hrm_core.records.coded_frames import AnalysedChild
from hrm_core.records.coding import CodingState
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Recording
from hrm_core.records.release import ToldOfChild
from hrm_core.workflows.choose_clips import excluded_frames
from hrm_core.workflows.machine_touched import machine_touched
from hrm_core.workflows.project import Project

__all__ = ["PlannedChild", "PlannedRecording", "ReleasePlan", "plan_release"]

_SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True, eq=False)
class PlannedRecording:
    """A recording and its frames that may be shared.

    Attributes
    ----------
    recording : Recording
        The recording.
    table : CodeTable
        Codes of coded and checked frames, less those of excluded clips.
    not_codable : ndarray of int64
        Frames that could not be coded.
    touched : ndarray of bool, shape (n_frames,)
        Which frames of the table a model's suggestions had a part in.
    """

    recording: Recording
    table: CodeTable
    not_codable: NDArray[np.int64]
    touched: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PlannedChild:
    """A child of whom something is shared.

    Attributes
    ----------
    who : Participant
        The child.
    told : ToldOfChild
        What of group, sex and age is told.
    pictures : bool
        Whether the consent allows pictures with covered eyes.
    recordings : tuple of PlannedRecording
        Those with coded frames.
    """

    who: Participant
    told: ToldOfChild
    pictures: bool
    recordings: tuple[PlannedRecording, ...]


@dataclass(frozen=True, slots=True)
class ReleasePlan:
    """What a release would hold.

    Attributes
    ----------
    coder : Rater
        Whose codes.
    children : tuple of PlannedChild
        In the order of the study.
    refused : tuple of (str, int)
        Words of consents that do not allow it, and how many children are left out for each.
    without_codes : int
        Children whose consent allows it and of whom nothing is coded.
    unseen : tuple of str
        Actions that the coder could not see.
    """

    coder: Rater
    children: tuple[PlannedChild, ...]
    refused: tuple[tuple[str, int], ...]
    without_codes: int
    unseen: tuple[str, ...]

    @property
    def frames(self) -> int:
        """Coded frames in all."""
        return sum(len(entry.table) for child in self.children for entry in child.recordings)


def plan_release(
    project: Project, rater: str | None = None, *, cancel: CancelToken | None = None
) -> ReleasePlan:
    """Decide what a release may hold; nothing is written.

    Parameters
    ----------
    project : Project
        The open study.
    rater : str, optional
        Whose codes; may be left out if only one rater has coded.
    cancel : CancelToken, optional
        Asked between recordings.

    Raises
    ------
    NotFoundError
        If the rater is unknown, or has coded nothing that may be shared.
    ProjectError
        If the licence is missing, no consent allows it, too few children are left, or the name of the
        study would give somebody away.
    Cancelled
        On request.
    """
    cancel = cancel or CancelToken()
    coder = project.coder(rater)
    everybody = project.participants()
    release = project.settings.release
    _require_settings(project)
    _require_telling_nobody(project)
    allowed = [who for who in everybody if who.consent.strip() in _words(release.consent_labels)]
    if not allowed:
        raise _nobody(everybody)
    found = {who.code: tuple(_recordings(project, coder, who, cancel)) for who in allowed}
    coded = [who for who in allowed if found[who.code]]
    if not coded:
        raise NotFoundError(
            f"{coder.name} has coded no frame of a child whose consent allows to share it: name another "
            "rater with --rater."
        )
    if len(coded) < release.smallest_cell:
        raise ProjectError(
            f"Fewer than {release.smallest_cell} children could be shared ({len(coded)}), so that others "
            f"could tell who they are: wait for more consents, or lower smallest_cell under [release] in "
            f"{PROJECT_FILE}."
        )
    told = told_of_children(
        [AnalysedChild(who.code, who.group or "", who.sex, who.age_years) for who in coded],
        release.smallest_cell,
    )
    pictures = _words(release.consent_pictures)
    refused = Counter(who.consent.strip() for who in everybody if who not in allowed)
    return ReleasePlan(
        coder,
        tuple(
            PlannedChild(who, told[who.code], who.consent.strip() in pictures, found[who.code])
            for who in coded
        ),
        tuple(sorted(refused.items())),
        len(allowed) - len(coded),
        () if coder.sees_eyes else tuple(action.key for action in ACTIONS if action.group == "upper"),
    )


def _words(told: Sequence[str]) -> set[str]:
    # A child without any words has not consented, whatever the settings say.
    return {word.strip() for word in told} - {""}


def _require_settings(project: Project) -> None:
    release = project.settings.release
    if not release.licence.strip():
        raise ProjectError(
            "A release needs a licence, or nobody knows what is allowed with it: write the licence under "
            f'[release] in {PROJECT_FILE}, for example licence = "CC-BY-NC-4.0".'
        )
    if not re.fullmatch(r"[A-Za-z0-9.+-]+|https?://\S+", release.licence.strip()):
        raise ProjectError(
            f"The licence {release.licence!r} is neither an SPDX name nor a web address, so nobody could "
            f"look it up: correct it under [release] in {PROJECT_FILE}."
        )
    more = sorted(_words(release.consent_pictures) - _words(release.consent_labels))
    if more:
        raise ProjectError(
            f"The consent {more[0]!r} allows pictures and is not said to allow labels: write it under "
            f"consent_labels, too, or take it out of consent_pictures in {PROJECT_FILE}."
        )


def _require_telling_nobody(project: Project) -> None:
    """Refuse a name of the study, which is that of the package, that holds a name from within it."""
    names = [rater.name for rater in project.raters() if rater.name not in project.settings.release.creators]
    names += [who.code for who in project.participants()]
    names += [recording.name for _, recording in project.recordings()]
    for name in names:
        if len(name) >= _SHORTEST_NAME and re.search(
            rf"(?<!\w){re.escape(name)}(?!\w)", project.settings.name, re.IGNORECASE
        ):
            raise ProjectError(
                f"The study is called {project.settings.name!r}, which would tell others {name!r}: give it "
                f"another name in {PROJECT_FILE}."
            )


def _nobody(everybody: Sequence[Participant]) -> ProjectError:
    consents = Counter(who.consent.strip() for who in everybody)
    there = ", ".join(
        f"{json.dumps(words, ensure_ascii=False) if words else 'nothing noted'} ({number})"
        for words, number in sorted(consents.items())
    )
    example = next((words for words in sorted(consents) if words), "labels may be shared")
    return ProjectError(
        f"No child's consent allows to share labels. Consents in this study, with the number of children: "
        f"{there or 'no children yet'}. Note a consent with hrm set participant CODE --consent WORDS, and "
        f"write those that allow it under [release] in {PROJECT_FILE}: "
        f"consent_labels = [{json.dumps(example, ensure_ascii=False)}]"
    )


def _recordings(
    project: Project, coder: Rater, who: Participant, cancel: CancelToken
) -> list[PlannedRecording]:
    found = []
    for recording in project.store.recordings.of_participant(who.id):
        cancel.raise_if_cancelled()
        table = project.store.codings.table(coder.id, recording.id, intensities=True)
        # Somebody else's face may be what such a clip was excluded for.
        left_out = excluded_frames(project, recording)
        kept = ~np.isin(table.frames, left_out)
        if recording.frame_count is not None:
            kept &= table.frames < recording.frame_count
        if not kept.any():
            continue
        graded = table.intensities
        table = CodeTable(
            coder.id,
            recording.id,
            table.frames[kept],
            table.codes[kept],
            None if graded is None else graded[kept],
        )
        states = project.store.codings.frames_by_state(coder.id, recording.id)
        nowhere = np.array(sorted(states.get(CodingState.NOT_CODABLE, ())), dtype=np.int64)
        touched = np.isin(table.frames, sorted(machine_touched(project, coder, recording)))
        found.append(PlannedRecording(recording, table, np.setdiff1d(nowhere, left_out), touched))
    return found
