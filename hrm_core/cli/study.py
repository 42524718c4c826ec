"""``hrm init``, ``hrm add …``, ``hrm set …``, ``hrm info``."""

from __future__ import annotations

import shlex
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_json, print_table
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.cli.proxy import make_one, offer
from hrm_core.errors import ProjectError
from hrm_core.records.people import Rater, Role
from hrm_core.workflows import add_participant as people
from hrm_core.workflows import add_video as videos
from hrm_core.workflows.look_at_project import ParticipantView, look_at_project
from hrm_core.workflows.project import create_project

__all__ = ["add", "change", "info", "init"]


class Sex(StrEnum):
    """Sexes as the store writes them."""

    F = "F"
    M = "M"


add = typer.Typer(no_args_is_help=True, help="Add participants, raters, videos, clips and neutral frames.")
change = typer.Typer(no_args_is_help=True, help="Correct participants, videos and raters.")

GroupOption = Annotated[str | None, typer.Option(help="One of the study's groups, for example ASD.")]
SexOption = Annotated[Sex | None, typer.Option(help="F or M.")]
AgeOption = Annotated[float | None, typer.Option(help="Age at recording, in years.")]
ConsentOption = Annotated[
    str | None,
    typer.Option(help="What the family agreed to, in the study's own words; hrm release goes by it."),
]
CodeArgument = Annotated[str, typer.Argument(metavar="CODE", help="The study's own code of the child.")]


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="New project folder.")],
    name: Annotated[str | None, typer.Option(help="Name of the study. \\[default: the folder's]")] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            help="A group; repeat it. The first is marked ASD=1 in label files. \\[default: ASD, TD]"
        ),
    ] = None,
    store: Annotated[str, typer.Option(help="postgresql:// URL, when several computers share labels.")] = "",
) -> None:
    """Make a new project folder with an empty label store."""
    groups = tuple(group) if group else ("ASD", "TD")
    with create_project(folder, name=name, groups=groups, store_url=store) as project:
        done(f"Made project {project.settings.name} in {project.folder}.")
        done("Next: hrm add participant CODE, then hrm add video CODE FILE, in that folder.")


@add.command("participant")
def add_participant(
    code: CodeArgument,
    group: GroupOption = None,
    sex: SexOption = None,
    age: AgeOption = None,
    consent: ConsentOption = None,
    project: ProjectOption = None,
) -> None:
    """Add a child to the study."""
    with opened(project) as study:
        who = people.add_participant(study, code, group=group, sex=sex, age_years=age, consent=consent or "")
        done(f"Added participant {who.code}.")


@change.command("participant")
def set_participant(
    code: CodeArgument,
    group: GroupOption = None,
    sex: SexOption = None,
    age: AgeOption = None,
    consent: ConsentOption = None,
    project: ProjectOption = None,
) -> None:
    """Correct group, sex, age or consent of a child; what is left out stays."""
    with opened(project) as study:
        who = people.change_participant(study, code, group=group, sex=sex, age_years=age, consent=consent)
        done(f"Changed participant {who.code}.")


@change.command("video")
def set_video(
    code: CodeArgument,
    mirrored: Annotated[
        bool,
        typer.Option("--mirrored/--not-mirrored", help="Whether the child's left is on the viewer's left."),
    ],
    video: Annotated[str | None, typer.Option(help="Which video, if there are several.")] = None,
    project: ProjectOption = None,
) -> None:
    """Correct whether a recording is mirrored."""
    with opened(project) as study:
        recording = videos.change_video(study, code, video, mirrored=mirrored)
        done(f"Video {recording.name!r} is {'mirrored' if mirrored else 'not mirrored'}.")


@change.command("rater")
def set_rater(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the rater.")],
    sees_groups: Annotated[
        bool | None, typer.Option("--sees-groups/--blind", help="Whether groups are shown.")
    ] = None,
    sees_eyes: Annotated[
        bool | None,
        typer.Option(
            "--sees-eyes/--eyes-masked", help="Whether the children's eyes are; giving it is logged."
        ),
    ] = None,
    role: Annotated[Role | None, typer.Option(help="What the rater does from now on.")] = None,
    by: Annotated[
        str, typer.Option(metavar="NAME", help="Who gives the right to see eyes, for the log.")
    ] = people.UNNAMED,
    project: ProjectOption = None,
) -> None:
    """Keep groups or eyes from a rater, show them, or give another role; what is left out stays."""
    if sees_groups is None and sees_eyes is None and role is None:
        raise typer.BadParameter(
            "Say what changes: --sees-groups, --blind, --sees-eyes, --eyes-masked or --role."
        )
    blind = None if sees_groups is None else not sees_groups
    with opened(project) as study:
        changed = people.change_rater(study, name, blind=blind, sees_eyes=sees_eyes, role=role, by=by)
        done(_rights(changed, role=role is not None))


@add.command("rater")
def add_rater(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As the rater wants to be called.")],
    role: Annotated[
        Role | None, typer.Option(help="What the rater does. \\[default: coder]", show_default=False)
    ] = None,
    sees_groups: Annotated[
        bool, typer.Option("--sees-groups", help="Groups are not kept from this rater.")
    ] = False,
    sees_eyes: Annotated[
        bool | None,
        typer.Option(
            "--sees-eyes/--eyes-masked",
            help="Whether the children's eyes are shown. \\[default: to all but judges]",
            show_default=False,
        ),
    ] = None,
    project: ProjectOption = None,
) -> None:
    """Add a coder, judge, adjudicator or coordinator; coders who first open the window add themselves."""
    with opened(project) as study:
        rater = people.add_rater(study, name, role or Role.CODER, blind=not sees_groups, sees_eyes=sees_eyes)
        if role is not None and rater.role is not role:
            raise ProjectError(
                f"{rater.name} is in this study already, as {rater.role}: give the role with hrm set rater "
                f"{shlex.quote(rater.name)} --role {role}, or add the {role} under another name."
            )
        done(_rights(rater, role=True))


def _rights(rater: Rater, *, role: bool = False) -> str:
    groups = "blind to groups" if rater.blind else "sees groups"
    eyes = "sees eyes" if rater.sees_eyes else "eyes are masked"
    return f"{rater.name}: {f'{rater.role}, ' if role else ''}{groups}, {eyes}."


@add.command("video")
def add_video(
    code: CodeArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A video file, or a folder of images.")],
    name: Annotated[
        str | None, typer.Option(help="Name within the participant. \\[default: the file's]")
    ] = None,
    link: Annotated[
        bool, typer.Option("--link", help="Reference the file where it is; do not copy it.")
    ] = False,
    mirrored: Annotated[
        bool | None,
        typer.Option("--mirrored/--not-mirrored", help="Whether the child's left is on the viewer's left."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Connect the file to the video there is.")
    ] = False,
    clip: Annotated[list[str] | None, typer.Option(help="Frames to code, as 120-480; repeat it.")] = None,
    without_ledger: Annotated[
        bool,
        typer.Option(
            "--without-ledger",
            help="Do not decode every frame to note how it looks; hrm video ledger does it later.",
        ),
    ] = False,
    proxy: Annotated[
        bool, typer.Option("--proxy", help="Make a copy for quick jumping at once; see hrm video proxy.")
    ] = False,
    project: ProjectOption = None,
) -> None:
    """Add a recording of a child; it is read through so that its frame count is exact."""
    spans = [_span(text) for text in clip or []]
    with opened(project) as study, terminal_progress() as progress:
        recording = videos.add_video(
            study,
            code,
            file,
            name=name,
            copy=not link,
            mirrored=mirrored,
            replace_file=replace,
            clips=spans,
            note_frames=not without_ledger,
            progress=progress,
        )
        rate = f"{recording.fps:.3f}".rstrip("0").rstrip(".") if recording.fps else "?"
        done(
            f"Added video {recording.name!r} of participant {code}: {recording.frame_count} frames, "
            f"{recording.width}×{recording.height}, {rate} frames/s, {counted(len(spans), 'clip')}."
        )
        if proxy and file.is_dir():
            note("A folder of images needs no proxy: jumping in it is fast already.")
        elif proxy:
            make_one(study, study.store.people.participant(code), recording, progress)
        else:
            offer(study, code, recording, project)


def _span(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if not (dash and first.strip().isdigit() and last.strip().isdigit()):
        raise typer.BadParameter(f"{text!r} is not a clip: write first and last frame as 120-480.")
    return int(first), int(last)


@add.command("clip")
def add_clip(
    code: CodeArgument,
    clips: Annotated[list[str], typer.Argument(metavar="FIRST-LAST", help="Frames to code, as 120-480.")],
    video: Annotated[str | None, typer.Option(help="Which video, if there are several.")] = None,
    project: ProjectOption = None,
) -> None:
    """Add clips to a recording that is there already."""
    spans = [_span(text) for text in clips]
    with opened(project) as study:
        recording = videos.recording_of(study, code, video)
        number = len(videos.add_clips(study, recording, spans))
        done(f"Video {recording.name!r} has {counted(number, 'clip')} now.")


@add.command("neutral")
def add_neutral(
    code: CodeArgument,
    image: Annotated[
        Path | None, typer.Argument(metavar="IMAGE", help="A picture of the neutral face.")
    ] = None,
    frame: Annotated[int | None, typer.Option(help="Or the number of a frame of a video.")] = None,
    video: Annotated[str | None, typer.Option(help="Which video, if there are several.")] = None,
    project: ProjectOption = None,
) -> None:
    """Choose the picture of a child's neutral face."""
    with opened(project) as study:
        path = videos.set_neutral(study, code, image, video=video, frame=frame)
        done(f"The neutral face of participant {code} is {path}.")


def info(project: ProjectOption = None, json: JsonOption = False) -> None:
    """Show what is in a project."""
    with opened(project) as study:
        raters = study.raters()
        views = look_at_project(study)
        coded = {rater.name: study.coded_frames(rater) for rater in raters}
        if json:
            print_json(
                {
                    "name": study.settings.name,
                    "folder": study.folder,
                    "synthetic": study.settings.synthetic,
                    "participants": [_as_json(view) for view in views],
                    "raters": [
                        {"name": r.name, "role": r.role, "blind": r.blind, "sees_eyes": r.sees_eyes}
                        for r in raters
                    ],
                    "coded_frames": coded,
                }
            )
            return
        done(f"{study.settings.name}, {study.folder}")
        if study.settings.synthetic:
            done("Synthetic: nothing in it is real.")
        done("")
        print_table(
            ("participant", "group", "sex", "age", "neutral", "video", "frames", "clips"),
            [row for view in views for row in _rows(view)],
        )
        done("")
        print_table(
            ("rater", "role", "sees groups", "sees eyes", "frames coded"),
            [
                (r.name, r.role, "no" if r.blind else "yes", "yes" if r.sees_eyes else "no", coded[r.name])
                for r in raters
            ],
        )


def _rows(view: ParticipantView) -> list[tuple[Any, ...]]:
    who = view.participant
    head = (who.code, who.group, who.sex, who.age_years, "yes" if view.has_neutral else "no")
    entries = [
        (r.recording.name, r.recording.frame_count or "labels only", len(r.clips)) for r in view.recordings
    ]
    return [(*head, *entry) for entry in entries] or [(*head, None, None, None)]


def _as_json(view: ParticipantView) -> dict[str, Any]:
    who = view.participant
    return {
        "code": who.code,
        "group": who.group,
        "sex": who.sex,
        "age_years": who.age_years,
        "has_neutral": view.has_neutral,
        "videos": [
            {
                "name": entry.recording.name,
                "frames": entry.recording.frame_count,
                "fps": entry.recording.fps,
                "width": entry.recording.width,
                "height": entry.recording.height,
                "mirrored": entry.recording.mirrored,
                "clips": [[clip.first_frame, clip.last_frame] for clip in entry.clips],
            }
            for entry in view.recordings
        ],
    }
