"""``hrm clips``: which frames are to be coded, and which are not and why."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from hrm_core.cli.frame_spans import frame_spans
from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, print_folded, print_json
from hrm_core.records.people import Rater
from hrm_core.records.recording import OFFERED_REASONS, Clip, ClipChange, ExclusionReason, Recording
from hrm_core.workflows import choose_clips as choosing
from hrm_core.workflows.add_video import recording_of
from hrm_core.workflows.project import Project

__all__ = ["clips"]

clips = typer.Typer(
    no_args_is_help=True, help="Choose which frames are to be coded, and say why others are not."
)


class _Reason(StrEnum):
    """Reasons that can be typed."""

    LEFT_FRAME = ExclusionReason.LEFT_FRAME.value
    POSE = ExclusionReason.POSE.value
    OCCLUDED = ExclusionReason.OCCLUDED.value
    NO_NEUTRAL = ExclusionReason.NO_NEUTRAL.value
    OTHER_FACE = ExclusionReason.OTHER_FACE.value
    OTHER = ExclusionReason.OTHER.value


_REASONS = "; ".join(f"{entry.value}: {entry.words}" for entry in OFFERED_REASONS)
_Code = Annotated[str, typer.Argument(metavar="CODE", help="The study's own code of the child.")]
_Number = Annotated[
    int, typer.Argument(metavar="NUMBER", help="Number of the clip, as hrm clips list shows it.")
]
_By = Annotated[str, typer.Option(metavar="NAME", help="The rater who says so, for the log.")]
_Video = Annotated[str | None, typer.Option(help="Which video, if there are several.")]
_EvenRated = Annotated[
    bool, typer.Option("--even-rated", help="Also if judges have rated the clip as it was.")
]


@clips.command("list")
def list_clips(
    codes: Annotated[
        list[str] | None, typer.Argument(metavar="[CODE]...", help="Only these children; all if left out.")
    ] = None,
    video: Annotated[str | None, typer.Option(help="Only videos of this name.")] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """List clips with their frames, and why some are excluded; for how far they are, hrm progress."""
    with opened(project) as study:
        wanted: list[str | None] = [*dict.fromkeys(codes or [])] or [None]
        found = [
            (who.code, recording, clip)
            for code in wanted
            for who, recording in study.recordings(code, video)
            for clip in choosing.clips_of_recording(study, recording)
        ]
    if json:
        print_json([{"participant": who, "video": r.name, **_as_json(clip)} for who, r, clip in found])
        return
    if not found:
        done("There are no clips: hrm clips add CODE FIRST-LAST --by NAME adds one.")
        return
    print_folded(
        ("child", "video", "clip", "frames", "length", "state", "why"),
        [
            (who, r.name, clip.number, _span(clip), len(clip), str(clip.state), clip.why)
            for who, r, clip in found
        ],
    )


@clips.command("add")
def add_clips(
    code: _Code,
    spans: Annotated[
        list[str],
        typer.Argument(metavar="FIRST-LAST...", help="Frames to code, as 120-480; several if wanted."),
    ],
    by: _By,
    video: _Video = None,
    project: ProjectOption = None,
) -> None:
    """Add clips; clips of a video are numbered by their first frames, and never overlap."""
    wanted = [span for text in spans for span in frame_spans(text, "FIRST-LAST")]
    with opened(project) as study:
        recording, rater = recording_of(study, code, video), study.store.people.rater(by)
        with study.store.all_or_nothing():
            for first, last in wanted:
                choosing.new_clip(study, rater, recording, first, last)
        number = len(choosing.clips_of_recording(study, recording))
    done(f"Video {recording.name!r} has {counted(number, 'clip')} now.")


@clips.command("change")
def change(
    code: _Code,
    number: _Number,
    by: _By,
    first: Annotated[int | None, typer.Option(min=0, help="First frame from now on.")] = None,
    last: Annotated[int | None, typer.Option(min=0, help="Last frame from now on.")] = None,
    even_rated: _EvenRated = False,
    video: _Video = None,
    project: ProjectOption = None,
) -> None:
    """Move the edges of a clip; labels of frames stay, whichever clip they are in."""
    if first is None and last is None:
        raise typer.BadParameter("Say what changes: --first, --last or both.")
    with opened(project) as study:
        recording, rater, clip = _named(study, code, video, number, by)
        new = choosing.change_clip(study, rater, clip, first=first, last=last, even_rated=even_rated)
    done(f"Clip {new.number} of video {recording.name!r} is frames {_span(new)} now.")


@clips.command("split")
def split(
    code: _Code,
    number: _Number,
    at: Annotated[int, typer.Option(min=0, help="First frame of the second part.")],
    by: _By,
    even_rated: _EvenRated = False,
    video: _Video = None,
    project: ProjectOption = None,
) -> None:
    """Make two clips of one."""
    with opened(project) as study:
        recording, rater, clip = _named(study, code, video, number, by)
        parts = choosing.split_clip(study, rater, clip, at, even_rated=even_rated)
    words = " and ".join(f"clip {part.number} (frames {_span(part)})" for part in parts)
    done(f"Clip {clip.number} of video {recording.name!r} is {words} now.")


@clips.command("exclude")
def exclude(
    code: _Code,
    number: _Number,
    reason: Annotated[_Reason, typer.Option(help=f"Why. {_REASONS}.")],
    by: _By,
    words: Annotated[str, typer.Option(help="What is to be added; needed where the reason is other.")] = "",
    video: _Video = None,
    project: ProjectOption = None,
) -> None:
    """Say that a clip is not to be coded, and why; what was coded in it stays."""
    with opened(project) as study:
        recording, rater, clip = _named(study, code, video, number, by)
        new = choosing.exclude_clip(study, rater, clip, ExclusionReason(reason.value), words)
    done(f"Clip {new.number} of video {recording.name!r} is excluded: {new.why}.")


@clips.command("reopen")
def reopen(
    code: _Code, number: _Number, by: _By, video: _Video = None, project: ProjectOption = None
) -> None:
    """Say that an excluded clip is to be coded after all."""
    with opened(project) as study:
        recording, rater, clip = _named(study, code, video, number, by)
        choosing.reopen_clip(study, rater, clip)
    done(f"Clip {clip.number} of video {recording.name!r} is to be coded.")


@clips.command("remove")
def remove(
    code: _Code, number: _Number, by: _By, video: _Video = None, project: ProjectOption = None
) -> None:
    """Take a clip away; refused if judges have rated it. Labels of its frames stay."""
    with opened(project) as study:
        recording, rater, clip = _named(study, code, video, number, by)
        choosing.remove_clip(study, rater, clip)
        left = choosing.clips_of_recording(study, recording)
    done(
        f"Removed clip {number} (frames {_span(clip)}) of video {recording.name!r}; its labels stay. "
        f"The video has {counted(len(left), 'clip')} now."
    )


@clips.command("log")
def log(project: ProjectOption = None, json: JsonOption = False) -> None:
    """Print who changed which clips, and when."""
    with opened(project) as study:
        named = {recording.id: (who.code, recording.name) for who, recording in study.recordings()}
        entries = choosing.clip_log(study)
    if json:
        print_json([_change_as_json(entry, *named[entry.video_id]) for entry in entries])
        return
    if not entries:
        done("Nobody has changed a clip since this is written down.")
        return
    print_folded(
        ("when (UTC)", "who", "child", "video", "what", "before", "after"),
        [
            (
                f"{entry.at:%Y-%m-%d %H:%M}",
                entry.rater or "(not said)",
                *named[entry.video_id],
                str(entry.what),
                _in_words(entry.before),
                _in_words(entry.after),
            )
            for entry in entries
        ],
    )


def _named(
    study: Project, code: str, video: str | None, number: int, by: str
) -> tuple[Recording, Rater, Clip]:
    recording = recording_of(study, code, video)
    return recording, study.store.people.rater(by), choosing.clip_numbered(study, recording, number)


def _as_json(clip: Clip) -> dict[str, Any]:
    return {
        "clip": clip.number,
        "first_frame": clip.first_frame,
        "last_frame": clip.last_frame,
        "state": clip.state,
        "reason": clip.exclusion_reason,
        "words": clip.exclusion_words,
    }


def _change_as_json(entry: ClipChange, code: str, video: str) -> dict[str, Any]:
    return {
        "at": entry.at.isoformat(),
        "rater": entry.rater,
        "participant": code,
        "video": video,
        "what": entry.what,
        "before": [_as_json(clip) for clip in entry.before],
        "after": [_as_json(clip) for clip in entry.after],
    }


def _in_words(entries: tuple[Clip, ...]) -> str:
    return ", ".join(
        f"{clip.number}: {_span(clip)}" + (f" ({clip.why})" if clip.is_excluded else "") for clip in entries
    )


def _span(clip: Clip) -> str:
    return f"{clip.first_frame}–{clip.last_frame}"
