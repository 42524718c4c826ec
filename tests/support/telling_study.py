"""A synthetic study full of names that no judge may meet, in which a session of ratings is planned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hrm_core.records.people import Role
from hrm_core.records.rating_plan import PlannedJudge, Presentation
from hrm_core.workflows.add_participant import add_participant, add_rater
from hrm_core.workflows.add_video import add_clips, add_video
from hrm_core.workflows.code_frames import CodingDesk
from hrm_core.workflows.plan_rating import SessionChoice, plan_session
from hrm_core.workflows.predict_actions import PREDICTIONS, predictions_path
from hrm_core.workflows.project import Project, create_project
from hrm_core.workflows.sit_for_rating import open_sitting
from tests.support.judging import SESSION
from tests.support.marked_faces import FRAMES, found_faces, marked_film, write_found
from tests.support.secret_words import SecretWords

__all__ = [
    "CHILDREN",
    "COORDINATOR",
    "FOLDER",
    "JUDGE",
    "OTHER",
    "PEOPLE",
    "SECRETS",
    "rated_by",
    "secrets_of",
    "telling_study",
]

FOLDER = "hollyhock/marigold study"
"""Where the study of a test is to lie, below its own folder."""
JUDGE, OTHER, COORDINATOR = "Marjoram", "Brimstone", "Oswin"
PEOPLE = (OTHER, COORDINATOR, "Quillon")
"""The other judge, who plans, who codes."""
CHILDREN = {"Kestrel-41": ("Zwölfer", "oleaster-play"), "Wagtail-42": ("Quittenbaum", "gypsophila-play")}
"""Group and name of the recording, by code of the child."""
_TOLD = {"title": "Nasturtium at home", "comment": "Amaryllis", "artist": "Peregrine"}
_VOICE, _FILE, _NAME, _COMMENT, _NOTE = "Bellflower", "heliotrope 3.mp4", "Larkspur", "Snapdragon", "Foxglove"
_WHY = "Candytuft coded them"
_PREDICTED = "Calendula"
SECRETS = (
    *CHILDREN,
    *(name for names in CHILDREN.values() for name in names),
    *("Kestrel", "Wagtail", "oleaster", "gypsophila"),
    *(
        word
        for text in (*_TOLD.values(), _VOICE, _NAME, _COMMENT, _NOTE, _WHY, _PREDICTED)
        for word in text.split()[:1]
    ),
    *("heliotrope", _FILE, "hollyhock", "marigold", "marigold study"),
    *("Origin Videos", "InsightFace Features", PREDICTIONS, "Participant-"),
    *("labels.sqlite", "hrm-project.toml"),
)
"""Words of the study other than names of raters; long ones, which stand nowhere by chance."""
_SPANS = [(0, 5), (6, 11), (12, 17), (18, 23)]


def secrets_of(study: Path, *also: str) -> SecretWords:
    """The words of the study, where it lies, and others."""
    return SecretWords([*SECRETS, str(study), str(study.parent), *also])


def telling_study(folder: Path, scratch: Path) -> None:
    """Make the study in `folder`: eight clips of two children, one of them for practice, two judges.

    Parameters
    ----------
    folder : Path
        A new project folder.
    scratch : Path
        Where its recording is made.
    """
    film = marked_film(scratch / _FILE, told=_TOLD, voice=_VOICE)
    groups = tuple(group for group, _ in CHILDREN.values())
    with create_project(folder, name=f"{_NAME} children", groups=groups) as project:
        for code, (group, name) in CHILDREN.items():
            add_participant(project, code, group=group)
            # One of them stays where it lies, so that the store holds its file's own name.
            recording = add_video(project, code, film, name=name, copy=name != "gypsophila-play")
            add_clips(project, recording, _SPANS)
            write_found(project, code, map(found_faces, range(FRAMES)))
            _code(project, code)
            _predict(project, code)
        add_rater(project, COORDINATOR, role=Role.COORDINATOR)
        presentation = Presentation(max_replays=1, scrubbing=True, speed=2.0, break_every=3)
        judges = (PlannedJudge(JUDGE), PlannedJudge(OTHER, blind=False, why_not_blind=_WHY))
        wanted = SessionChoice(
            SESSION, judges, presentation, practice=1, repeats=1, attention_checks=1, seed=3
        )
        plan_session(project, wanted, by=COORDINATOR)
    rated_by(folder, OTHER)


def _code(project: Project, code: str) -> None:
    """What a coder has said of a frame, with words of her own."""
    ((_, recording),) = project.recordings(code)
    desk = CodingDesk(project, add_rater(project, PEOPLE[-1]), recording)
    coding = desk.uncoded(4).with_code("AU12", 2, "C")
    noted = tuple(replace(entry, note=_NOTE) for entry in coding.codes)
    desk.save(replace(coding, codes=noted, comment=_COMMENT), "typed")


def _predict(project: Project, code: str) -> None:
    """Files in place of what a network has said of a recording."""
    ((who, recording),) = project.recordings(code)
    path = predictions_path(project, who, recording)
    path.parent.mkdir(parents=True)
    for file in (path, path.with_suffix(".csv")):
        file.write_text(_PREDICTED, encoding="utf-8")


def rated_by(folder: Path, judge: str, shift: int = 0) -> None:
    """Have a judge answer everything."""
    with open_sitting(folder, SESSION, judge) as sitting:
        while (trial := sitting.current) is not None:
            sitting.answer(trial, 1 + (trial.position + shift) % 5)
