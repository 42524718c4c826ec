"""Give a judge's part of a rating session out as a folder that runs in a browser, without a network."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError, UserError
from hrm_core.paths import write_whole
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.rating.answer_file import seat_key
from hrm_core.rating.browser_folder import CLIPS, LANGUAGES, browser_page, page_data, waiting
from hrm_core.records.rating_plan import ANSWER_S, PreparedClip, RatingSession, Seat, Trial
from hrm_core.records.sitting import standing
from hrm_core.workflows.privacy import require_no_group
from hrm_core.workflows.project import Project
from hrm_core.workflows.rating_clips import clips_folder
from hrm_core.workflows.rating_sessions import seat_of

__all__ = ["FORMATS", "GivenOut", "give_out"]

FORMATS = ("mp4", "webm")
"""How clips are given out: H.264 as they were prepared, or VP9 for browsers without H.264."""

PAGE = "index.html"


@dataclass(frozen=True, slots=True)
class GivenOut:
    """A folder that was given out.

    Attributes
    ----------
    folder : pathlib.Path
        It holds ``index.html``, which is opened by double click.
    session, judge : str
        Names.
    trials : int
        What is asked in it.
    answered : int
        What was answered before and is not asked again.
    clips : int
        Videos in it.
    size : int
        Bytes of all files.
    in_window : bool
        Whether some of what was answered before was answered in the program's window.
    """

    folder: Path
    session: str
    judge: str
    trials: int
    answered: int
    clips: int
    size: int
    in_window: bool = False


def give_out(
    project: Project,
    session: str,
    judge: str,
    into: Path,
    *,
    format: str = "mp4",
    language: str = "en",
    by: str | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> GivenOut:
    """Write a folder in which one judge rates in a browser, and log that it was given out.

    Nothing in it names a child, a recording, a group or another judge: clips bear the random names
    of the judge's trials, and a clip that is shown twice is there twice with different bytes.

    Parameters
    ----------
    project : Project
        The open study.
    session, judge : str
        Names.
    into : pathlib.Path
        A new folder, or an empty one.
    format : str
        One of :data:`FORMATS`.
    language : str
        ``"en"`` or ``"zh_CN"``, in which the page begins; the judge can change it.
    by : str or None
        Name of who gives it out.
    progress : Progress, optional
        Told of clips.
    cancel : CancelToken, optional
        Asked between clips.

    Raises
    ------
    NotFoundError
        If there is no such session, judge or prepared clip.
    ProjectError
        If the session was not planned here, is closed or answered, or the folder cannot be used.
    InvalidFileError
        If a prepared clip was changed.
    UserError
        If the disk refuses, or WebM cannot be written here; nothing is left behind.
    Cancelled
        On request; nothing is left behind.
    """
    if format not in FORMATS or language not in LANGUAGES:
        raise ValueError(f"format is one of {FORMATS}, language one of {LANGUAGES}: {format!r}, {language!r}")
    # Looked at first: an hour of encoding must not end with an unknown name.
    actor = None if by is None else project.store.people.rater(by).id
    planned = _open_session(project, session)
    seat = seat_of(planned, judge)
    store = project.store.rating_sessions
    trials = store.trials(planned.id, seat.judge_id)
    answered = store.state(planned.id, seat.judge_id).answered
    to_ask = waiting(trials, answered)
    if not to_ask:
        raise ProjectError(f"{judge!r} has answered everything in {session!r}: there is nothing to give out.")
    _require_free(project, into)
    clips = {clip.clip_id: clip for clip in store.clips(planned.id)}
    folder = secrets.token_hex(16)
    scratch = into.parent / f".{folder}.part"
    detail = {
        "judge": judge,
        "folder": folder,
        "trials": len(to_ask),
        "answered": len(answered),
        "format": format,
    }
    try:
        files = _copy_clips(project, planned, to_ask, clips, scratch, format, progress, cancel)
        _write_page(planned, seat, trials, answered, files, clips, folder, language, scratch)
        size = sum(file.stat().st_size for file in scratch.rglob("*") if file.is_file())
        with project.store.all_or_nothing():
            store.write_log(planned.id, "given out", actor, detail)
            # Last: no folder goes out that the log does not know of.
            _put(scratch, into)
    except UserError:
        # Some are errors of the system as well, and say better what happened.
        raise
    except OSError as error:
        raise _refused(into, error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    stand = standing(store.events(planned.id, seat.judge_id))
    in_window = any(event.via == "window" for event in stand.values())
    return GivenOut(into, session, judge, len(to_ask), len(answered), len(files), size, in_window)


def _open_session(project: Project, name: str) -> RatingSession:
    session = project.store.rating_sessions.get(name)
    if session.plan is None:
        raise ProjectError(f"The answers of {name!r} were imported: only a planned session can be given out.")
    if session.closed_at is not None:
        raise ProjectError(f"The session {name!r} is closed: open it again with hrm rating reopen.")
    return session


def _require_free(project: Project, into: Path) -> None:
    # The judge sees it in the address line of the browser; the folders above it stay here.
    require_no_group("The folder", into.name, project.settings)
    real, home = into.resolve(), project.folder.resolve()
    if real.is_relative_to(home) and home / "Export" not in real.parents:
        raise ProjectError(f"{into} belongs to the study itself: choose a folder elsewhere with --into.")
    if into.is_symlink() or (into.exists() and not into.is_dir()):
        raise ProjectError(f"{into} is no folder: choose another one with --into.")
    try:
        if into.exists() and any(into.iterdir()):
            raise ProjectError(f"{into} holds something already: choose a new folder with --into.")
    except OSError as error:
        raise _refused(into, error) from error


def _copy_clips(
    project: Project,
    session: RatingSession,
    trials: Sequence[Trial],
    clips: dict[int, PreparedClip],
    scratch: Path,
    format: str,
    progress: Progress | None,
    cancel: CancelToken | None,
) -> dict[str, str]:
    """Names of the copies relative to the page, by token of the trial."""
    from hrm_core.media.clip_copy import copy_clip

    home = clips_folder(project.folder, session.token)
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    shown = [trial for trial in trials if trial.clip_id is not None]
    (scratch / CLIPS).mkdir(parents=True)
    files: dict[str, str] = {}
    progress.start("Copying clips", len(shown))
    try:
        for trial in shown:
            cancel.raise_if_cancelled()
            assert trial.clip_id is not None
            name = f"{CLIPS}/{trial.token}.{format}"
            copy_clip(_sound_clip(home, clips.get(trial.clip_id), session), scratch / name, cancel)
            files[trial.token] = name
            progress.advance()
    finally:
        progress.finish()
    return files


def _sound_clip(home: Path, clip: PreparedClip | None, session: RatingSession) -> Path:
    """The prepared clip, if it is as it was prepared."""
    if clip is None:
        raise ProjectError(f"The clips of {session.name!r} are not all prepared: plan the session anew.")
    path = home / clip.file
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise NotFoundError(
            f"The prepared clip {path} is missing or cannot be read: restore it from a backup, or plan the "
            "session anew."
        ) from error
    if digest != clip.sha256:
        raise InvalidFileError(
            f"The clip {path} was changed after it was prepared: restore it from a backup, or plan the "
            "session anew."
        )
    return path


def _write_page(
    session: RatingSession,
    seat: Seat,
    trials: Sequence[Trial],
    answered: frozenset[int],
    files: dict[str, str],
    clips: dict[int, PreparedClip],
    folder: str,
    language: str,
    scratch: Path,
) -> None:
    assert session.plan is not None
    presentation = session.plan.presentation
    to_ask = waiting(trials, answered)
    seconds = sum(clips[trial.clip_id].seconds for trial in to_ask if trial.clip_id is not None)
    data = page_data(
        session.name,
        presentation,
        trials,
        files,
        session=session.token,
        seat=seat.token,
        folder=folder,
        key=seat_key(session.sign_key, seat.token),
        answered=answered,
        language=language,
    )
    data["minutes"] = round((seconds / presentation.speed + ANSWER_S * len(to_ask)) / 60)
    write_whole(scratch / PAGE, browser_page(data))


def _put(scratch: Path, into: Path) -> None:
    """Give the finished folder its name in one step."""
    if into.exists():
        # Empty: it was looked at, and whatever came meanwhile makes this fail.
        into.rmdir()
    scratch.rename(into)


def _refused(path: Path, error: OSError) -> ProjectError:
    return ProjectError(
        f"{path} cannot be written ({error.strerror or error}): make room, allow writing there, or choose "
        "another folder with --into."
    )
