"""Write the synthetic study: a project like any other, and marked as what it is."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hrm_core import media
from hrm_core.config import PROJECT_FILE
from hrm_core.errors import ProjectError
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.code_table import CodeTable
from hrm_core.records.face import Face
from hrm_core.records.people import Rater, Role
from hrm_core.records.rating import Rating
from hrm_core.records.recording import Clip, Recording
from hrm_core.workflows.add_participant import add_participant
from hrm_core.workflows.add_video import add_clips, add_video
from hrm_core.workflows.import_expressions import import_expressions
from hrm_core.workflows.import_features import import_features
from hrm_core.workflows.neutral_face import write_neutral_face
from hrm_core.workflows.project import FEATURES, Project, create_project

if TYPE_CHECKING:
    from hrm_core.demo import DemoParticipant

__all__ = ["draw_contact_sheet", "make_demo", "make_demo_if_missing"]

_TRUTH = "Synthetic truth"
_CODERS = ("Synthetic coder A", "Synthetic coder B")
_N_JUDGES = 5
_DETECTOR = "drawn (synthetic)"
_QUESTION = "Synthetic ratings: how atypical does this clip look, 1 natural to 5 highly atypical?"


def make_demo(
    folder: Path,
    *,
    seed: int = 0,
    n_frames: int = 630,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Project:
    """Write the synthetic study to a new folder: all of it, or nothing.

    Six drawn children with a video, its faces, a neutral frame and clips each; the
    codes that drove the drawing, two simulated coders, a simulated face program, three
    simulated expression models and five simulated judges.

    Parameters
    ----------
    folder : pathlib.Path
        Must not exist, or be empty.
    seed : int
        The same seed makes the same study.
    n_frames : int
        Frames of each video, at least 300.
    progress : Progress, optional
        Told of videos and frames.
    cancel : CancelToken, optional
        Asked between frames.

    Returns
    -------
    Project
        Open.

    Raises
    ------
    ProjectError
        If the folder is not empty or cannot be written.
    Cancelled
        On request; nothing is left.
    """
    from hrm_core.demo import plan_study

    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(f"{folder} is not empty: name a new folder for the demo study.")
    children = plan_study(seed, n_frames)
    scratch = folder.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with create_project(scratch, name="Demo study (synthetic)", synthetic=True) as project:
            _fill(project, children, seed, progress or NoProgress(), cancel or CancelToken())
        if folder.exists():
            folder.rmdir()
        scratch.rename(folder)
    except OSError as error:
        if isinstance(error, ProjectError):
            raise
        raise ProjectError(
            f"The demo study cannot be written to {folder} ({error.strerror or error}): free some space or "
            "name another folder."
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    from hrm_core.workflows.project import open_project

    return open_project(folder)


def make_demo_if_missing(
    folder: Path, *, progress: Progress | None = None, cancel: CancelToken | None = None
) -> None:
    """Write the synthetic study unless `folder` holds a project already."""
    if not (folder / PROJECT_FILE).is_file():
        make_demo(folder, progress=progress, cancel=cancel).close()


def draw_contact_sheet(path: Path, *, seed: int = 0) -> None:
    """Draw every action and side as one labelled picture.

    Raises
    ------
    UserError
        If the picture cannot be written.
    """
    from hrm_core.demo import draw_contact_sheet as draw

    media.write_still(draw(seed), path)


def _fill(
    project: Project,
    children: tuple[DemoParticipant, ...],
    seed: int,
    progress: Progress,
    cancel: CancelToken,
) -> None:
    for child in children:
        add_participant(
            project, child.code, group=child.group, sex=child.sex, age_years=round(child.age_years, 1)
        )
    recordings = [_film(project, child, progress, cancel) for child in children]
    for place, (child, recording) in enumerate(zip(children, recordings, strict=True)):
        cancel.raise_if_cancelled()
        faces = _write_faces(project, child, recording)
        cancel.raise_if_cancelled()
        _import_openface(project, child, faces, [seed, 4, place])
    clips = [
        add_clips(project, recording, list(child.clips))
        for child, recording in zip(children, recordings, strict=True)
    ]
    _import_models(project, children, seed)
    _code(project, children, recordings, seed)
    _rate(project, children, clips, seed)


def _film(project: Project, child: DemoParticipant, progress: Progress, cancel: CancelToken) -> Recording:
    from hrm_core.demo import render_neutral, write_video

    folder = project.folder / "Origin Videos" / child.group / f"Participant-{child.code}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"synthetic-{child.code}.mp4"
    write_video(child, path, progress, cancel)
    neutral = project.folder / "Neutral Frames" / child.group / f"Participant-{child.code}.jpg"
    media.write_still(render_neutral(child), neutral)
    return add_video(project, child.code, path)


def _write_faces(project: Project, child: DemoParticipant, recording: Recording) -> list[Face]:
    """Write the true faces of every frame: what a detector that makes no mistake would find."""
    from hrm_core.demo import FPS, true_face
    from hrm_core.faces.child import ChildFinder, as_kept
    from hrm_core.faces.feature_file import FeatureNote, write_features

    size = recording.width or 0, recording.height or 0
    finder = ChildFinder(size)
    faces = [true_face(child, number) for number in range(child.n_frames)]
    frames = [finder.step(number, number / FPS, [as_kept(face)]) for number, face in enumerate(faces)]
    who = project.store.people.participant(child.code)
    path = project.face_path(FEATURES, who, recording)
    note = FeatureNote(_DETECTOR, recording.fingerprint, child.n_frames, *size, synthetic=True)
    write_features(path, note, frames)
    write_neutral_face(project, child.code, frames[child.neutral_frame], _DETECTOR, synthetic=True)
    return faces


def _import_openface(project: Project, child: DemoParticipant, faces: list[Face], seed: list[int]) -> None:
    from hrm_core.demo import simulate_openface

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "synthetic-openface.csv"
        file.write_text(simulate_openface(child.truth, faces, seed=seed), encoding="utf-8")
        import_features(project, "openface", file, participant=child.code)


def _import_models(project: Project, children: tuple[DemoParticipant, ...], seed: int) -> None:
    from hrm_core.demo import DEMO_MODELS, simulate_expression_model

    truths = {child.code: child.truth for child in children}
    ways: tuple[dict[str, Any], ...] = ({}, {"classes": "raf-db"}, {"logits": True})
    with tempfile.TemporaryDirectory() as folder:
        for model, way in zip(DEMO_MODELS, ways, strict=True):
            file = Path(folder) / f"{model}.csv"
            file.write_text(simulate_expression_model(truths, model, seed=seed), encoding="utf-8")
            import_expressions(project, file, model, **way)


def _code(
    project: Project, children: tuple[DemoParticipant, ...], recordings: list[Recording], seed: int
) -> None:
    from hrm_core.demo import simulate_coder

    people = project.store.people
    raters = [people.ensure_rater(name, Role.CODER) for name in (_TRUTH, *_CODERS)]
    tables: dict[Rater, list[CodeTable]] = {rater: [] for rater in raters}
    for place, (child, recording) in enumerate(zip(children, recordings, strict=True)):
        everything = np.ones(len(child.truth), dtype=bool)
        versions = [(child.truth, everything)]
        for coder in range(len(_CODERS)):
            simulated = simulate_coder(child.truth, child.clips, seed=[seed, place, coder], coder=coder)
            versions.append(simulated)
        for rater, (codes, mask) in zip(raters, versions, strict=True):
            frames = np.flatnonzero(mask).astype(np.int64)
            tables[rater].append(CodeTable(rater.id, recording.id, frames, codes[mask]))
    for rater, entries in tables.items():
        project.store.codings.import_tables(entries, actor_id=rater.id, reason="synthetic")


def _rate(
    project: Project, children: tuple[DemoParticipant, ...], clips: list[list[Clip]], seed: int
) -> None:
    from hrm_core.demo import simulate_ratings

    scores = simulate_ratings(children, n_judges=_N_JUDGES, seed=seed)
    session = project.store.ratings.add_session("Synthetic ratings", _QUESTION)
    flat = [clip for entries in clips for clip in entries]
    for number in range(_N_JUDGES):
        judge = project.store.people.ensure_rater(f"Synthetic judge {number + 1}", Role.JUDGE)
        order = np.random.default_rng([seed, number]).permutation(len(flat))
        ratings = [
            Rating(judge.id, flat[at].id, int(scores[at, number]), position)
            for position, at in enumerate(order.tolist())
        ]
        project.store.ratings.add(session, ratings)
