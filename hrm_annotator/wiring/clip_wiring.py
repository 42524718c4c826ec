"""Commands about clips: chosen on the timeline, kept in the store, shown everywhere at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QMessageBox

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.dialogs.exclude_clip import ExcludeClipDialog
from hrm_annotator.language import tr
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations import clips
from hrm_annotator.operations.clips import ClipsNow
from hrm_annotator.operations.runner import Runner
from hrm_annotator.operations.study import words_for
from hrm_annotator.session import Marks, Session
from hrm_core.errors import UserError
from hrm_core.records.people import Rater
from hrm_core.records.recording import Clip, Recording

if TYPE_CHECKING:
    from hrm_core.workflows.project import Project

__all__ = ["ClipWiring"]


class ClipWiring(QObject):
    """Connects the menu Clip."""

    def __init__(self, window: MainWindow, session: Session, runner: Runner) -> None:
        super().__init__(window)
        self._window, self._session, self._runner = window, session, runner
        handlers: dict[str, Callable[[], Any]] = {
            ActionId.NEW_CLIP: self._new,
            ActionId.CLIP_STARTS_HERE: lambda: self._change(start=True),
            ActionId.CLIP_ENDS_HERE: lambda: self._change(start=False),
            ActionId.SPLIT_CLIP: self._split,
            ActionId.EXCLUDE_CLIP: self._exclude,
            ActionId.REOPEN_CLIP: self._reopen,
            ActionId.REMOVE_CLIP: self._remove,
        }
        for name, handler in handlers.items():
            window.actions_by_id[name].triggered.connect(lambda _=False, handler=handler: handler())

    # -- commands -------------------------------------------------------------------------

    def _new(self) -> None:
        frames = self._session.marks.frames()
        if frames is None:
            self._session.refused.emit(
                tr("Mark a range first: [ at the first frame of the clip, ] at its last.")
            )
            return
        first, last = frames[0], frames[-1]
        self._session.mark(Marks())
        self._run(lambda project, rater, recording: clips.new_clip(project, rater, recording, first, last))

    def _change(self, *, start: bool) -> None:
        frame, clip = self._session.frame, self._nearest(start=start)
        if frame is None or clip is None:
            self._session.refused.emit(
                tr("There is no clip that could start here.")
                if start
                else tr("There is no clip that could end here.")
            )
        elif start:
            self._run(
                lambda project, rater, recording: clips.change_clip(
                    project, rater, recording, clip, first=frame
                )
            )
        else:
            self._run(
                lambda project, rater, recording: clips.change_clip(
                    project, rater, recording, clip, last=frame
                )
            )

    def _split(self) -> None:
        frame, clip = self._session.frame, self._here()
        if frame is not None and clip is not None:
            self._run(
                lambda project, rater, recording: clips.split_clip(project, rater, recording, clip, frame)
            )

    def _exclude(self) -> None:
        clip = self._here()
        if clip is None:
            return
        self._window.player.transport.stop()
        dialog = ExcludeClipDialog(clip, self._window)
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        reason, words = dialog.reason, dialog.words
        dialog.deleteLater()
        if accepted and reason is not None:
            self._run(
                lambda project, rater, recording: clips.exclude_clip(
                    project, rater, recording, clip, reason, words
                )
            )

    def _reopen(self) -> None:
        clip = self._here()
        if clip is not None:
            self._run(lambda project, rater, recording: clips.reopen_clip(project, rater, recording, clip))

    def _remove(self) -> None:
        clip = self._here()
        if clip is None:
            return
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(
            tr(
                "Remove clip {number} (frames {first}–{last})?",
                number=clip.number,
                first=clip.first_frame,
                last=clip.last_frame,
            )
        )
        box.setInformativeText(tr("It goes for all coders. The codes of its frames stay."))
        remove = box.addButton(tr("Remove it"), QMessageBox.ButtonRole.AcceptRole)
        keep = box.addButton(tr("Keep it"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        box.exec()
        answer = box.clickedButton()
        box.deleteLater()
        if answer is remove:
            self._run(lambda project, rater, recording: clips.remove_clip(project, rater, recording, clip))

    # -- which clip ---------------------------------------------------------------------------

    def _here(self) -> Clip | None:
        """The clip around the frame on the screen; says so if there is none."""
        frame = self._session.frame
        # One that is nowhere in this file never hides one that is there.
        for clip in sorted(self._session.clips, key=lambda clip: clip.is_nowhere):
            if frame is not None and clip.first_frame <= frame <= clip.last_frame:
                return clip
        self._session.refused.emit(tr("This frame is in no clip."))
        return None

    def _nearest(self, *, start: bool) -> Clip | None:
        """The clip around the frame on the screen, else the next (to start here) or the one before."""
        frame = self._session.frame
        if frame is None:
            return None
        if start:
            return next((clip for clip in self._session.clips if clip.last_frame >= frame), None)
        return next((clip for clip in reversed(self._session.clips) if clip.first_frame <= frame), None)

    # -- to the store and back ------------------------------------------------------------------

    def _run(self, change: Callable[[Project, Rater, Recording], ClipsNow]) -> None:
        project, rater, recording = self._session.project, self._session.rater, self._session.recording
        if project is None or rater is None or recording is None:
            return

        def show(now: ClipsNow) -> None:
            if self._session.recording is not None and self._session.recording.id == recording.id:
                self._session.show_clips(now.clips)
            self._window.tree.show_progress(now.progress)
            self._window.show_message(words_for(now.words, project, rater))

        self._runner.run(lambda: change(project, rater, recording), show, self._on_failure)

    def _on_failure(self, error: UserError) -> None:
        self._session.refused.emit(words_for(error, self._session.project, self._session.rater))
