"""Open, make and back up studies; every function here runs in a worker thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_annotator.language import said
from hrm_core.errors import ProjectError, UserError
from hrm_core.facs import Action
from hrm_core.records.people import Rater, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hrm_annotator.operations.faces import FaceDesk
    from hrm_core.progress import CancelToken, Progress
    from hrm_core.records.coding import FrameCoding
    from hrm_core.records.recording import Clip, Recording
    from hrm_core.records.revision import UndoStatus
    from hrm_core.workflows.code_frames import CodingDesk
    from hrm_core.workflows.look_at_project import ParticipantView
    from hrm_core.workflows.project import Project
    from hrm_core.workflows.show_face import FaceLook
    from hrm_core.workflows.show_video import Video

__all__ = [
    "OpenDesk",
    "OpenStudy",
    "back_up",
    "back_up_if_due",
    "make_demo_study",
    "make_study",
    "open_desk",
    "open_frames",
    "open_study",
    "words_for",
]


@dataclass(frozen=True, slots=True)
class OpenStudy:
    """A project and what its rater may see of it."""

    project: Project
    rater: Rater
    views: list[ParticipantView]
    actions: tuple[Action, ...]
    backup_failure: str | None


@dataclass(frozen=True, slots=True)
class OpenDesk:
    """A recording and what its rater has coded of it."""

    desk: CodingDesk
    codings: Mapping[int, FrameCoding]
    undo_status: UndoStatus
    faces: FaceDesk
    neutral: FaceLook | None
    neutral_failure: str | None
    clips: tuple[Clip, ...]
    title: str


def open_study(folder: Path, coder: str) -> OpenStudy:
    """Open a project for a coder, and back its labels up if that is due."""
    from hrm_core.workflows.add_participant import add_rater
    from hrm_core.workflows.look_at_project import look_at_project
    from hrm_core.workflows.project import open_project

    project = open_project(folder)
    try:
        rater = add_rater(project, coder)
        if rater.role is Role.JUDGE and rater.blind:
            raise ProjectError(
                f"{rater.name} is a blind judge of this study and codes nothing in it: choose Study ▸ Rate "
                "clips, or open it under another name (Study ▸ Change coder)."
            )
        if rater.id in project.store.adjudications.consensus_raters():
            raise ProjectError(
                f"{rater.name} is no person, and its codes follow from decisions: open the study under a "
                "name of your own (Study ▸ Change coder)."
            )
        failure = None
        try:
            back_up_if_due(project)
        except UserError as error:
            # Coding may go on without a new backup, but not without saying so.
            failure = str(error)
        return OpenStudy(project, rater, look_at_project(project, rater), project.actions(), failure)
    except BaseException:
        project.close()
        raise


def make_study(folder: Path, name: str, groups: tuple[str, ...]) -> Path:
    """Make an empty project; returns its folder."""
    from hrm_core.workflows.project import create_project

    with create_project(folder, name=name, groups=groups) as project:
        return project.folder


def make_demo_study(folder: Path, progress: Progress, cancel: CancelToken) -> Path:
    """Write the synthetic study unless it is there; returns its folder."""
    from hrm_core.workflows.make_demo import make_demo_if_missing

    make_demo_if_missing(folder, progress=progress, cancel=cancel)
    return folder


def open_desk(project: Project, rater: Rater, recording: Recording, faces: FaceDesk) -> OpenDesk:
    """Read what a rater has coded of a recording, and the neutral face beside it."""
    from hrm_core.workflows.code_frames import CodingDesk
    from hrm_core.workflows.look_at_project import clips_of, title_of

    neutral, failure = None, None
    try:
        neutral = faces.neutral_look()
    except UserError as error:
        # The face to compare with is a help; the recording can be coded without it.
        failure = str(error)
    desk = CodingDesk(project, rater, recording)
    return OpenDesk(
        desk,
        desk.codings(),
        desk.undo_status(),
        faces,
        neutral,
        failure,
        clips_of(project, recording),
        title_of(project, recording),
    )


def open_frames(project: Project, recording: Recording, cancel: CancelToken) -> Video:
    """Open the video of a recording; stops on request while the index is made."""
    from hrm_core.workflows.show_video import show_video

    return show_video(project, recording, cancel=cancel)


def back_up_if_due(project: Project) -> Path | None:
    """Copy the labels into the backup folder unless that was done within the hour."""
    from hrm_core.workflows.back_up import back_up_if_due as copy_labels_if_due

    return copy_labels_if_due(project)


def back_up(project: Project) -> Path:
    """Copy the labels into the backup folder."""
    from hrm_core.workflows.back_up import back_up as copy_labels

    return copy_labels(project)


def words_for(error: UserError | str, project: Project | None, rater: Rater | None) -> str:
    """A message of the core as this rater may read it: translated, without groups for a blind one."""
    if project is None or rater is None or not rater.blind:
        return said(str(error))
    from hrm_core.workflows.privacy import hide_groups

    return said(hide_groups(str(error), project.settings))
