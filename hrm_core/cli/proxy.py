"""``hrm video proxy``, and the offer of one when a video is added."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.errors import Cancelled, UserError
from hrm_core.progress import Progress
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.workflows import make_proxy as proxies
from hrm_core.workflows.project import Project

__all__ = ["make_one", "offer", "proxy"]


def proxy(
    code: Annotated[str | None, typer.Argument(metavar="[CODE]", help="Only videos of this child.")] = None,
    video: Annotated[str | None, typer.Option("--video", help="Only the video of this name.")] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Delete them; they can be made again at any time.")
    ] = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Make copies of videos in which the window can jump at once; the videos stay as they are."""
    failed = False
    answers: list[dict[str, Any]] = []
    with opened(project) as study, terminal_progress() as progress:
        chosen = list(study.recordings(code, video))
        if remove:
            _remove(study, chosen, everything=code is None and video is None, json=json)
            return
        for who, recording in chosen:
            if len(chosen) > 1 and not _is_file(study, recording):
                continue
            try:
                answers.append(make_one(study, who, recording, progress, quiet=json))
            except Cancelled:
                raise
            except UserError as error:
                # One child's missing file must not cost the night; a full disk would cost the others too.
                if len(chosen) == 1 or isinstance(error, OSError):
                    raise
                failed = True
                note(f"{_title(who, recording)}: {error}")
    if json:
        print_json(answers)
    elif not answers and not failed:
        done("There is no video to make a proxy of.")
    if failed:
        raise typer.Exit(1)


def make_one(
    study: Project, who: Participant, recording: Recording, progress: Progress, *, quiet: bool = False
) -> dict[str, Any]:
    """Make the proxy of one video and say so; returns the same for scripts."""
    report = proxies.make_proxy(study, recording, progress=progress)
    title = _title(who, recording)
    if report.flaw is not None:
        note(f"{title}: the old proxy {report.flaw}, so it was made again.")
    if not quiet:
        what = f"in {report.seconds:.0f} s" if report.made else "there already"
        done(f"{title}: proxy of {counted(report.frames, 'frame')}, {what}, {_megabytes(report.size_bytes)}.")
    return {
        "participant": who.code,
        "video": recording.name,
        "made": report.made,
        "frames": report.frames,
        "seconds": round(report.seconds, 3),
        "bytes": report.size_bytes,
        "flaw": report.flaw,
    }


def offer(study: Project, code: str, recording: Recording, folder: Path | None) -> None:
    """Say how to make a proxy, where jumps would be slow without one."""
    if not proxies.proxy_would_help(study, recording):
        return
    words = ["hrm", "video", "proxy", code, "--video", recording.name]
    words += ["--project", str(folder)] if folder is not None else []
    # Double quotes are understood by every shell that people type into.
    command = " ".join(f'"{word}"' if not word or set(word) - _PLAIN else word for word in words)
    note(f"Jumps in this video take long; a coding proxy makes them quick: {command}")


_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:\\")


def _remove(
    study: Project, chosen: list[tuple[Participant, Recording]], *, everything: bool, json: bool
) -> None:
    if everything:
        freed = proxies.remove_all_proxies(study)
    else:
        freed = sum(proxies.remove_proxy(study, recording) for _, recording in chosen)
    if json:
        print_json({"freed_bytes": freed})
    else:
        done(f"Proxies deleted: {_megabytes(freed)} are free again." if freed else "There was no proxy.")


def _is_file(study: Project, recording: Recording) -> bool:
    """False where there is nothing to make a proxy of: labels alone, or a folder of images."""
    return recording.path is not None and not (study.folder / recording.path).is_dir()


def _title(who: Participant, recording: Recording) -> str:
    return f"Participant {who.code}, video {recording.name!r}"


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"
