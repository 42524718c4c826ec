"""A short synthetic recording whose dynamics are known: a smile, a blink and raised brows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from hrm_core import media
from hrm_core.demo import DemoParticipant, codes_of, plan_study, render_neutral, true_face, write_video
from hrm_core.demo import Recording as Dynamics
from hrm_core.demo.expression import ACTION_PLACE
from hrm_core.faces.child import ChildFinder, as_kept
from hrm_core.faces.feature_file import FeatureNote, write_features
from hrm_core.progress import CancelToken, NoProgress
from hrm_core.records.face import Face
from hrm_core.workflows.add_participant import add_participant, add_rater
from hrm_core.workflows.add_video import add_clips, add_video
from hrm_core.workflows.neutral_face import write_neutral_face
from hrm_core.workflows.project import FEATURES, Project, create_project
from tests.support.builders import tiny_video

__all__ = ["BLINK", "BROWS", "CLIP", "FRAMES", "SMILE", "keep_faces", "smiling_child", "smiling_study"]

FRAMES = 72
# Onset, apex, offset: from where to where the action reaches the strength at which it is coded.
SMILE = (22, 30, 38)
BROWS = (44, 50, 56)
BLINK = (12, 14, 16)
CLIP = (4, 70)


def smiling_child() -> DemoParticipant:
    """An invented child; what the face does is written down here."""
    values = np.zeros((FRAMES, len(ACTION_PLACE), 4), np.float32)
    for key, (onset, apex, offset) in (("AU12", SMILE), ("AU1", BROWS), ("AU43", BLINK)):
        frames = [onset - 2, onset, apex - 1, apex + 1, offset, offset + 2]
        strength = np.interp(np.arange(FRAMES), frames, [0, 0.36, 0.9, 0.9, 0.36, 0], left=0, right=0)
        values[:, ACTION_PLACE[key]] = strength[:, np.newaxis]
    return replace(plan_study(3)[1], recording=Dynamics(values, codes_of(values), (CLIP,), 0))


def smiling_study(folder: Path, child: DemoParticipant, *, draw: bool = True) -> Path:
    """A study of this child alone, with its neutral picture and a rater ``AB``; faces are not known.

    The film is drawn, which takes seconds, or is grey where nobody looks at it.
    """
    with create_project(folder, name="Drawn (synthetic)", synthetic=True) as project:
        add_participant(project, "1", group="ASD")
        film = folder / "Origin Videos" / "ASD" / "play.mp4"
        if draw:
            write_video(child, film, NoProgress(), CancelToken())
        else:
            tiny_video(film, child.n_frames)
        recording = add_video(project, "1", film, copy=False)
        add_clips(project, recording, [CLIP])
        media.write_still(render_neutral(child), folder / "Neutral Frames" / "ASD" / "Participant-1.png")
        add_rater(project, "AB")
    return folder


def keep_faces(
    project: Project,
    child: DemoParticipant,
    change: Callable[[int, Face], Face | None] = lambda _, face: face,
    *,
    neutral: bool = True,
) -> None:
    """Write the true faces as features, each changed as wanted; None leaves a frame without a face."""
    who, recording = next(project.recordings("1"))
    size = recording.width or 0, recording.height or 0
    finder = ChildFinder(size)
    frames = []
    for number in range(child.n_frames):
        face = change(number, true_face(child, number))
        frames.append(finder.step(number, number / 30, [] if face is None else [as_kept(face)]))
    note = FeatureNote("drawn (synthetic)", recording.fingerprint, child.n_frames, *size, synthetic=True)
    write_features(project.face_path(FEATURES, who, recording), note, frames)
    if neutral:
        write_neutral_face(project, "1", frames[child.neutral_frame], "drawn (synthetic)", synthetic=True)
