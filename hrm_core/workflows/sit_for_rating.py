"""A judge rates: one clip after the other, each answer on disk before the next clip.

Nothing in here opens the study itself, and no sentence names a file, a folder or a child.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from hrm_core import media
from hrm_core.config import read_settings
from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError, UserError
from hrm_core.records.rating_plan import Presentation, TrialKind
from hrm_core.records.sitting import Seated, SeatTrial, SittingAct, SittingEvent, SittingState
from hrm_core.store.judge_view import JudgeView
from hrm_core.workflows.project import find_project, store_url
from hrm_core.workflows.rating_clips import clips_folder

if TYPE_CHECKING:
    from hrm_core.media import Video as Video  # noqa: PLC0414 - re-exported for the window

__all__ = ["Sitting", "open_sitting", "seats_of"]


class Sitting:
    """One judge's sitting in one session.

    Attributes
    ----------
    session : str
        Its name.
    presentation : Presentation
        What is shown and asked.
    trials : tuple of SeatTrial
        Everything that the judge is asked, in order.
    state : SittingState
        How far the judge has come.
    """

    def __init__(self, view: JudgeView, folder: Path) -> None:
        self._view = view
        self._folder = folder
        self.session: str = view.session
        self.presentation: Presentation = view.presentation
        self.trials: tuple[SeatTrial, ...] = tuple(view.trials())
        self.state: SittingState = view.state()

    def __enter__(self) -> Sitting:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the store."""
        self._view.close()

    @property
    def current(self) -> SeatTrial | None:
        """The first trial without an answer; None when all are answered."""
        return next((trial for trial in self.trials if trial.position not in self.state.answered), None)

    @property
    def last_answered(self) -> SeatTrial | None:
        """The trial whose answer may be taken back; None if none may be."""
        place = self.state.may_take_back
        return next((trial for trial in self.trials if trial.position == place), None)

    def open_clip(self, trial: SeatTrial) -> Video:
        """The clip of a trial, for exact access by frame number.

        Raises
        ------
        NotFoundError
            If its file is gone, or the trial has none.
        InvalidFileError
            If it was changed since it was prepared, or cannot be read.
        """
        words = f"The clip of trial {trial.position + 1} (code {trial.token[:6]})"
        if trial.file is None:
            raise NotFoundError(f"{words} does not exist: this trial has no clip.")
        path = self._folder / trial.file
        try:
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError:
            # Not "from": it names the file, and a log would print it.
            raise NotFoundError(
                f"{words} is missing: tell whoever planned the session; all answers are kept."
            ) from None
        if digest != trial.sha256:
            raise InvalidFileError(
                f"{words} was changed after it was prepared: tell whoever planned the session; "
                "all answers are kept."
            )
        video: Video | None = None
        try:
            video = media.open_video(path, prefetch=True)
            # A clip that begins with a picture that cannot be decoded is as good as none.
            video[0]
            return video
        except UserError:
            if video is not None:
                video.close()
            # What the reader says would name the file.
            raise InvalidFileError(
                f"{words} cannot be read: tell whoever planned the session; all answers are kept."
            ) from None

    def read_again(self) -> None:
        """Read how far the judge is, who may have gone on in another window."""
        self.state = self._view.state()

    def shown(self, trial: SeatTrial, *, replays: int = 0) -> None:
        """Write that the clip of a trial begins to play; on disk when this returns.

        Parameters
        ----------
        trial : SeatTrial
            Whose clip.
        replays : int
            How often the judge has asked for it by now, so that the log tells replays from
            showings that were interrupted.
        """
        self._write(SittingEvent(trial.position, SittingAct.SHOWN, replays=replays))

    def answer(
        self,
        trial: SeatTrial,
        score: int,
        *,
        response_s: float | None = None,
        replays: int = 0,
        watched_s: float | None = None,
    ) -> None:
        """Write an answer; on disk when this returns.

        Parameters
        ----------
        trial : SeatTrial
            The current one.
        score : int
            1 for the first point of the scale.
        response_s : float or None
            Seconds from the end of the clip.
        replays : int
            How often the judge had the clip played again.
        watched_s : float or None
            Seconds of the clip that were shown.

        Raises
        ------
        ProjectError
            If it is answered already, e.g. in another window, or the session was closed.
        StoreWriteError
            If it could not be written; nothing has changed.
        """
        event = SittingEvent(trial.position, SittingAct.ANSWERED, score, response_s, replays, watched_s)
        self._write(event)

    def take_back(self) -> SeatTrial:
        """Take the last answer back; its trial is the current one again.

        Raises
        ------
        ProjectError
            If there is none that may be taken back.
        StoreWriteError
            If it could not be written.
        """
        trial = self.last_answered
        if trial is None:
            raise ProjectError("Only the last answer can be taken back, and only once.")
        self._write(SittingEvent(trial.position, SittingAct.TAKEN_BACK))
        return trial

    def pause(self, trial: SeatTrial) -> None:
        """Write that the judge pauses before or during a trial."""
        self._write(SittingEvent(trial.position, SittingAct.PAUSED))

    def go_on(self, trial: SeatTrial) -> None:
        """Write that the judge goes on."""
        self._write(SittingEvent(trial.position, SittingAct.WENT_ON))

    def _write(self, event: SittingEvent) -> None:
        self.state = self._view.write(replace(event, via="window"))


def seats_of(folder: Path) -> list[Seated]:
    """All seats of the rating sessions of the study in `folder`, for a judge to choose their own.

    Raises
    ------
    ProjectError
        If there is no study, or its settings are damaged.
    StoreError
        If its store cannot be read.
    """
    return JudgeView.seats(_study(folder)[1])


def open_sitting(folder: Path, session: str, judge: str) -> Sitting:
    """Open a judge's sitting.

    Parameters
    ----------
    folder : pathlib.Path
        The project folder.
    session, judge : str
        Names.

    Raises
    ------
    NotFoundError
        If the judge has no seat in such a session.
    ProjectError
        If the session is closed, needs sound, or there is no study.
    StoreError
        If the store cannot be read.
    """
    home, url = _study(folder)
    view = JudgeView.open(url, session, judge)
    try:
        if view.closed():
            raise ProjectError(f"The session {session!r} was closed: nothing can be rated in it any more.")
        if view.presentation.sound:
            raise ProjectError(
                f"The session {session!r} is to be rated with sound, which only a browser plays: ask whoever "
                "planned it for the folder to rate in a browser."
            )
        sitting = Sitting(view, clips_folder(home, view.token()))
        if any(trial.file is None and trial.kind is not TrialKind.ATTENTION for trial in sitting.trials):
            raise ProjectError(f"The clips of {session!r} are not all prepared: ask whoever planned it.")
        return sitting
    except BaseException:
        view.close()
        raise


def _study(folder: Path) -> tuple[Path, str]:
    """The project folder that `folder` is in, and the URL of its store."""
    # Neither "from" the other error: what it says names folders, and settings by their values.
    try:
        home = find_project(folder)
    except ProjectError:
        raise ProjectError("There is no study in this folder: ask who planned the session.") from None
    try:
        return home, store_url(home, read_settings(home))
    except ProjectError:
        raise ProjectError(
            "The settings of this study cannot be read with this version of the program: ask who planned the "
            "session."
        ) from None
