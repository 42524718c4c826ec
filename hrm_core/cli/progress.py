"""``hrm progress``: how far a rater is."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, print_folded, print_json
from hrm_core.records.coding_progress import DayProgress, FrameCounts, RecordingProgress, StudyProgress
from hrm_core.workflows.coding_progress import coding_days, coding_progress

__all__ = ["progress"]


class By(StrEnum):
    """What the lines of the table are."""

    PARTICIPANT = "participant"
    VIDEO = "video"
    CLIP = "clip"
    DAY = "day"


# Narrow, so that a terminal of 80 columns shows all of them.
_COUNTS = ("frames", "coded", "checked", "not\ncodable", "carried", "uncoded", "doubt", "time")


def progress(
    rater: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose frames; may be left out if only one has coded.")
    ] = None,
    by: Annotated[By, typer.Option(help="What is counted line by line.")] = By.PARTICIPANT,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Show how far a rater is with clips, videos and children, and what was done on each day.

    Only frames of clips are to be coded; of a video without clips, all of them. Carried frames are
    counted apart until they are confirmed, and so are excluded clips.
    """
    with opened(project) as study:
        who = study.coder(rater)
        found = coding_progress(study, who)
        days = coding_days(study, who) if json or by is By.DAY else []
    if json:
        print_json(_as_json(found, days))
    elif by is By.DAY:
        _print_days(found.rater, days)
    else:
        _print_progress(found, by)


def _print_progress(found: StudyProgress, by: By) -> None:
    done(f"Rater {found.rater}; time in hours, minutes and seconds")
    heads: tuple[str, ...] = {By.VIDEO: ("child", "video"), By.CLIP: ("",)}.get(by, ("child",))
    blank = ("",) * (len(heads) - 1)
    rows: list[tuple[Any, ...]] = []
    for child in found.participants:
        if by is By.PARTICIPANT:
            rows.append((child.participant, *_cells(child.counts)))
        elif by is By.VIDEO:
            rows += [(child.participant, video.video, *_cells(video.counts)) for video in child.recordings]
        else:
            for video in child.recordings:
                _print_clips(child.participant, video)
    rows.append(("all", *blank, *_cells(found.counts)))
    for name, counts in (("excluded", found.excluded), ("in no clip", found.outside)):
        if counts.frames:
            rows.append((name, *blank, *_cells(counts)))
    done("")
    print_folded((*heads, *_COUNTS), rows, right_from=len(heads))


def _print_clips(code: str, video: RecordingProgress) -> None:
    done("")
    done(f"Participant {code}, video {video.video!r}")
    rows = [
        (
            f"{'×' if entry.clip.is_excluded else ''}{entry.clip.number}: "
            f"{entry.clip.first_frame}–{entry.clip.last_frame}",
            *_cells(entry.counts),
        )
        for entry in video.clips
    ]
    print_folded(("clip", *_COUNTS), rows or [("(none)", *_cells(video.counts))], right_from=1)
    for entry in video.clips:
        if entry.clip.is_excluded:
            done(f"Clip {entry.clip.number} is excluded: {entry.clip.why}.")


def _cells(counts: FrameCounts) -> tuple[int | str, ...]:
    return (
        counts.frames,
        counts.coded,
        counts.checked,
        counts.not_codable,
        counts.carried,
        counts.uncoded,
        counts.doubtful,
        _time(counts.seconds),
    )


def _print_days(rater: str, days: list[DayProgress]) -> None:
    if not days:
        done(f"{rater} has coded nothing by hand.")
        return
    done(f"Rater {rater}: each frame on the day of its last change, with all its time")
    done("")
    rows: list[tuple[Any, ...]] = [
        (
            day.day.isoformat(),
            day.frames,
            day.carried,
            _time(day.seconds),
            "" if day.median_seconds is None else f"{day.median_seconds:.1f} s",
        )
        for day in days
    ]
    frames, carried = sum(day.frames for day in days), sum(day.carried for day in days)
    rows.append((counted(len(days), "day"), frames, carried, _time(sum(day.seconds for day in days)), ""))
    print_folded(("day", "frames", "carried", "time", "median per frame"), rows, right_from=1)


def _time(seconds: float) -> str:
    """Hours, minutes and seconds: ``1:02:45``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def _as_json(found: StudyProgress, days: list[DayProgress]) -> dict[str, Any]:
    return {
        "rater": found.rater,
        **_sums(found.counts, found.excluded, found.outside),
        "participants": [
            {
                "participant": child.participant,
                **_sums(child.counts, child.excluded, child.outside),
                "videos": [_video_as_json(video) for video in child.recordings],
            }
            for child in found.participants
        ],
        "days": [
            {
                "day": day.day.isoformat(),
                "frames": day.frames,
                "carried": day.carried,
                "seconds": round(day.seconds, 3),
                "median_seconds": day.median_seconds,
            }
            for day in days
        ],
    }


def _video_as_json(video: RecordingProgress) -> dict[str, Any]:
    return {
        "video": video.video,
        "frames_known": video.frames_known,
        **_sums(video.counts, video.excluded, video.outside),
        "clips": [
            {
                "clip": entry.clip.number,
                "first_frame": entry.clip.first_frame,
                "last_frame": entry.clip.last_frame,
                "state": entry.clip.state,
                "reason": entry.clip.exclusion_reason,
                "words": entry.clip.exclusion_words,
                "counts": _counts_as_json(entry.counts),
            }
            for entry in video.clips
        ],
    }


def _sums(counts: FrameCounts, excluded: FrameCounts, outside: FrameCounts) -> dict[str, Any]:
    return {
        "counts": _counts_as_json(counts),
        "excluded": _counts_as_json(excluded),
        "in_no_clip": _counts_as_json(outside),
    }


def _counts_as_json(counts: FrameCounts) -> dict[str, Any]:
    return {
        "frames": counts.frames,
        "coded": counts.coded,
        "checked": counts.checked,
        "not_codable": counts.not_codable,
        "carried": counts.carried,
        "uncoded": counts.uncoded,
        "doubtful": counts.doubtful,
        "seconds": round(counts.seconds, 3),
        "complete": counts.is_complete,
    }
