"""``hrm faces review``, ``mark`` and ``unmaskings``: where the eyes are, and who saw them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hrm_core.cli.frame_spans import frame_spans
from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_folded, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.records.segments import frames_in_words
from hrm_core.workflows import review_eyes as eyes
from hrm_core.workflows.add_video import recording_of

__all__ = ["mark", "review", "unmaskings"]


def review(
    codes: Annotated[
        list[str] | None, typer.Argument(metavar="[CODE]...", help="Only these children; all if left out.")
    ] = None,
    video: Annotated[str | None, typer.Option(help="Only videos of this name.")] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """List frames whose eyes are not located: they are withheld until somebody marks them."""
    with opened(project) as study:
        wanted: list[str | None] = [*dict.fromkeys(codes or [])] or [None]
        found = [
            (who, recording, eyes.eyes_to_review(study, who, recording))
            for code in wanted
            for who, recording in study.recordings(code, video)
            if recording.path is not None
        ]
    if json:
        print_json([_review_json(*entry) for entry in found])
        return
    for who, recording, items in found:
        where = f"Participant {who.code}, video {recording.name!r}"
        total = sum(len(item) for item in items)
        done(f"{where}: {total} of {counted(recording.frame_count or 0, 'frame')} withheld.")
        for why, which in _by_reason(items).items():
            done(f"  {why}: {len(which)}, {frames_in_words(which)}")
    if not found:
        done("There is no video to look at.")


def _by_reason(items: tuple[eyes.ReviewItem, ...]) -> dict[str, list[int]]:
    reasons: dict[str, list[int]] = {}
    for item in items:
        reasons.setdefault(item.reason, []).extend(item.frames)
    return reasons


def _review_json(
    who: Participant, recording: Recording, items: tuple[eyes.ReviewItem, ...]
) -> dict[str, Any]:
    return {
        "participant": who.code,
        "video": recording.name,
        "frames": recording.frame_count,
        "withheld": sum(len(item) for item in items),
        "runs": [
            {"first_frame": item.first_frame, "last_frame": item.last_frame, "reason": item.reason}
            for item in items
        ],
    }


def mark(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The study's own code of the child.")],
    frame: Annotated[
        str,
        typer.Option(
            metavar="N[-M]", help="The frame; N-M marks each frame the same: only if the head is still."
        ),
    ],
    by: Annotated[str, typer.Option(metavar="NAME", help="The rater who says so.")],
    eyes_at: Annotated[
        str | None,
        typer.Option(
            "--eyes",
            metavar="X1,Y1,X2,Y2",
            help="Centres of both eyes in pixels of the frame; or eight numbers, the corners of a band.",
        ),
    ] = None,
    face: Annotated[
        str | None, typer.Option(metavar="L,T,R,B", help="The child's face: left, top, right, bottom.")
    ] = None,
    no_eyes: Annotated[
        bool, typer.Option("--no-eyes", help="No eye of the child is seen in this frame.")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what is marked in this frame.")] = False,
    video: Annotated[str | None, typer.Option(help="Which video, if there are several.")] = None,
    project: ProjectOption = None,
) -> None:
    """Say where the child's eyes or face are in a frame; that counts more than any detector."""
    if sum((eyes_at is not None, face is not None, no_eyes, undo)) != 1:
        raise typer.BadParameter("Say one of --eyes, --face, --no-eyes and --undo.")
    spans = frame_spans(frame, "--frame")
    if len(spans) != 1:
        raise typer.BadParameter(f"--frame {frame!r}: write one frame, or one run of frames as 10-50.")
    (first, last) = spans[0]
    eyes_given = None if eyes_at is None else _numbers("--eyes", eyes_at, (4, 8))
    box = None if face is None else _numbers("--face", face, (4,))
    with opened(project) as study, terminal_progress() as progress:
        recording = recording_of(study, code, video)
        rater = study.store.people.rater(by)
        # The last one first: a run that goes too far marks nothing.
        frames = [last, *range(first, last)]
        progress.start("Marking frames", len(frames))
        for number in frames:
            if eyes_given is not None:
                pairs = [eyes_given[at : at + 2] for at in range(0, len(eyes_given), 2)]
                band = eyes.band_of_centres(pairs) if len(pairs) == 2 else pairs
                eyes.mark_eyes(study, rater, recording, number, band)
            elif box is not None:
                eyes.mark_face(study, rater, recording, number, box)
            elif no_eyes:
                eyes.mark_no_eyes(study, rater, recording, number)
            else:
                eyes.take_back(study, rater, recording, number)
            progress.advance()
        progress.finish()
    what = "eyes" if eyes_at else "face" if face else "no eyes seen" if no_eyes else "marks taken back"
    done(f"Participant {code}, video {recording.name!r}, {frames_in_words(range(first, last + 1))}: {what}.")
    if last > first and (eyes_at or face):
        note("Every frame of the run got the same mark: look whether it fits in all of them.")
    if face or undo:
        _note_next_step(code)


def _note_next_step(code: str) -> None:
    note(
        f"Now hrm extract faces --participants {code} follows the child from there; where no detector finds "
        "it, --detector given tracks what was drawn."
    )


def _numbers(option: str, text: str, counts: tuple[int, ...]) -> list[float]:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) not in counts:
        wanted = " or ".join(map(str, counts))
        raise typer.BadParameter(f"{option} {text!r}: write {wanted} numbers with commas between.")
    return values


def unmaskings(project: ProjectOption = None, json: JsonOption = False) -> None:
    """Print who was shown or given uncovered eyes, when and whose."""
    with opened(project) as study:
        log = eyes.unmaskings(study)
    if json:
        print_json(
            [
                {
                    "at": entry.what.at,
                    "rater": entry.what.rater,
                    "participant": entry.participant,
                    "video": entry.video,
                    "first_frame": entry.what.first_frame,
                    "last_frame": entry.what.last_frame,
                    "act": entry.what.act,
                }
                for entry in log
            ]
        )
        return
    if not log:
        done("Nobody was shown or given uncovered eyes.")
        return
    print_folded(
        ("when (UTC)", "who", "child", "video", "frames", "what"),
        [
            (
                entry.what.at[:16].replace("T", " "),
                entry.what.rater,
                entry.participant,
                entry.video,
                _frames(entry),
                entry.what.act,
            )
            for entry in log
        ],
    )


def _frames(entry: eyes.LoggedUnmasking) -> str | None:
    first, last = entry.what.first_frame, entry.what.last_frame
    if entry.what.video_id is None:
        return None
    return "all" if first is None else f"{first}-{last}"
