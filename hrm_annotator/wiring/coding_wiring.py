"""Commands about frames and codes, and the labels' way to the disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from hrm_annotator.actions.ids import TOGGLES
from hrm_annotator.actions.table import CODE_OF, INTENSITY_OF, ActionId
from hrm_annotator.dialogs.conflict import ConflictDialog
from hrm_annotator.language import said, tr
from hrm_annotator.language.words import listed
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations import study
from hrm_annotator.operations.labels import LabelWriter, write_copy
from hrm_annotator.operations.runner import Runner
from hrm_annotator.session import Session
from hrm_annotator.settings.place import places_of
from hrm_annotator.widgets.save_state import changes_words
from hrm_annotator.wiring.face_wiring import FaceWiring
from hrm_annotator.wiring.key_reader import KeyReader
from hrm_core.errors import UserError
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.recording import Clip, Recording
from hrm_core.records.revision import Changes, UndoStatus
from hrm_core.records.segments import frames_in_words

__all__ = ["CodingWiring"]

_LAST_SAVE_S = 10.0


class CodingWiring(QObject):
    """Connects tree, player, code panel and the menus Code and Frame."""

    stepped = Signal(object)
    """A step of undo or redo reached the disk: its Changes."""

    def __init__(
        self, window: MainWindow, session: Session, runner: Runner, faces: FaceWiring, keys: KeyReader
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._runner, self._faces = window, session, runner, faces
        self._writer: LabelWriter | None = None
        self._wanted: tuple[Recording, int | None] | None = None
        self._key = keys
        self._connect()
        self._connect_actions()

    # -- a recording ----------------------------------------------------------------

    def open_recording(self, recording: Recording, clip: Clip | None, frame: int | None = None) -> None:
        """Open a recording, or go to a clip, or to a frame, of the open one."""
        if self._session.recording is not None and self._session.recording.id == recording.id:
            self._wanted = None  # the coder came back before another one was open
            if clip is not None:
                self._window.player.go_to_clip(clip)
            elif frame is not None:
                self._window.player.transport.go_to(frame)
            return
        if not self.may_leave():
            return
        project, rater = self._session.project, self._session.rater
        if project is None or rater is None:
            return
        self._wanted = (recording, clip.first_frame if clip else frame)
        faces = self._faces.new_desk(project, rater, recording)
        self._runner.run(
            lambda: study.open_desk(project, rater, recording, faces), self._on_desk_opened, self._on_failure
        )

    def _on_desk_opened(self, opened: study.OpenDesk) -> None:
        recording = opened.desk.recording
        asked = self._wanted is not None and self._wanted[0].id == recording.id
        same = opened.desk.project is self._session.project and opened.desk.rater == self._session.rater
        if not asked or not same or self._wanted is None:
            return  # another recording, project or coder was chosen meanwhile
        if not self.may_leave():
            return  # something was coded in the meantime, and cannot be written
        wanted = self._wanted[1]
        self.close_recording()
        writer = LabelWriter(opened.desk, opened.codings, opened.undo_status, self)
        writer.written.connect(self._on_written)
        writer.pending_changed.connect(self._on_pending_changed)
        writer.failed.connect(self._on_write_failed)
        writer.conflicted.connect(self._on_conflict)
        writer.step_failed.connect(self._on_step_failed)
        writer.nothing_to_do.connect(self._on_nothing_to_do)
        self._writer = writer
        self._session.open_recording(recording, opened.codings, opened.undo_status, opened.clips)
        self._faces.take_up(opened.faces)
        self._window.save_state.show_open()
        failure = opened.neutral_failure and self._readable(opened.neutral_failure)
        self._window.player.show_neutral(opened.neutral, mirrored=recording.mirrored, failure=failure)
        first = self._where_to_go_on(opened) if wanted is None else wanted
        project = opened.desk.project
        self._window.player.show_recording(
            lambda cancel: study.open_frames(project, recording, cancel),
            said(opened.title),
            first,
            opened.faces.look,
        )
        self._window.player.current.setFocus()

    def _where_to_go_on(self, opened: study.OpenDesk) -> int:
        """Where the coder was; else the first frame of a clip that is uncoded or carried, or one after."""
        desk = opened.desk
        was = places_of(desk.project, desk.rater).frame(desk.recording.id)
        if was is not None and was < (desk.recording.frame_count or 0):
            return was
        clips = [clip for clip in opened.clips if not clip.is_excluded]
        for frame in (frame for clip in clips for frame in range(clip.first_frame, clip.last_frame + 1)):
            coding = opened.codings.get(frame)
            if coding is None or coding.state is CodingState.CARRIED:
                return frame
        if clips:
            return clips[0].first_frame
        last = (opened.desk.recording.frame_count or 1) - 1
        return min(max(opened.codings, default=-1) + 1, last)

    def close_recording(self) -> None:
        """Give the recording back; its labels must be on disk (see :meth:`may_leave`)."""
        self._wanted = None
        self._session.close_recording()
        if self._writer is not None:
            self._writer.stop()
            self._writer.deleteLater()
            self._writer = None
        self._window.banner.hide()
        self._window.save_state.show_nothing()

    # -- labels to disk ---------------------------------------------------------------

    def may_leave(self) -> bool:
        """Whether nothing would be lost if the recording were closed now; asks if something would."""
        self._window.coding.commit_note()
        if not self._may_drop_notes():
            return False
        if self._writer is None or self._writer.wait_until_written(_LAST_SAVE_S):
            return True
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Critical)
        box.setText(tr("Not on disk yet: {changes}.", changes=changes_words(self._writer.pending)))
        box.setInformativeText(tr("What is not on disk when you leave is lost."))
        stay = box.addButton(tr("Stay"), QMessageBox.ButtonRole.RejectRole)
        copy = box.addButton(tr("Save a copy elsewhere …"), QMessageBox.ButtonRole.ActionRole)
        lose = box.addButton(tr("Leave and lose them"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(stay)
        box.exec()
        answer = box.clickedButton()
        box.deleteLater()
        return answer is lose or (answer is copy and self._save_copy())

    def written(self, patience_s: float) -> bool:
        """Whether all labels are on disk within this many seconds; may be asked from any thread."""
        writer = self._writer
        return writer is None or writer.wait_until_written(patience_s)

    def _may_drop_notes(self) -> bool:
        """Whether notes on frames that were never coded may go; asks if there are any."""
        frames = self._window.coding.notes_waiting()
        if not frames:
            return True
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(tr("Notes on frames not coded yet: {frames}.", frames=listed(map(str, frames))))
        box.setInformativeText(
            tr("A note is kept once its frame is coded. If you leave now, these are lost.")
        )
        stay = box.addButton(tr("Stay"), QMessageBox.ButtonRole.RejectRole)
        lose = box.addButton(tr("Leave and lose them"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(stay)
        box.exec()
        answer = box.clickedButton()
        box.deleteLater()
        if answer is lose:
            self._window.coding.drop_notes()
        return answer is lose

    def _on_edited(self, codings: Mapping[int, FrameCoding | None], reason: str) -> None:
        # What was coded shall stay on the screen, not run away.
        self._window.player.transport.stop()
        if self._writer is not None:
            self._writer.save(codings, reason)

    def _on_pending_changed(self) -> None:
        # A number on its way from the writer's thread may be overtaken by a new change;
        # what is said must hold now.
        if self._writer is None:
            return
        if self._writer.stepping:
            # Ends only when the news of the step is here, not when it left the queue.
            self._session.stepping = True
        self._window.save_state.show_pending(self._writer.pending)
        if not self._writer.stuck:
            self._set_failing(None)

    def _on_written(self, changes: Changes, status: UndoStatus) -> None:
        if self.sender() is not self._writer or self._writer is None:
            return
        if changes.revision_id is not None:
            self._window.save_state.show_written(datetime.now())
        if changes.undone:
            self._session.stepping = self._writer.stepping
        self._session.apply(changes, status)
        if changes.undone:
            self.stepped.emit(changes)
        frames = list(changes.codings)
        # After undo or redo the coder must see what changed.
        if changes.undone and frames and frames[0] != self._session.frame:
            self._window.player.transport.go_to(frames[0])
        if changes.undone and frames:
            self._window.show_message(_step_words(changes.reason, frames), outlasts_frame=True)

    def _on_nothing_to_do(self) -> None:
        if self._writer is None or self.sender() is not self._writer:
            return
        self._session.stepping = self._writer.stepping
        self._window.show_message(tr("There is nothing more to take back or do again."))

    def _on_write_failed(self, message: str) -> None:
        if self.sender() is not self._writer:
            return
        self._set_failing(self._readable(message))

    def _on_step_failed(self, message: str) -> None:
        if self._writer is None or self.sender() is not self._writer:
            return
        self._session.stepping = self._writer.stepping
        self._window.show_message(self._readable(message))

    def _set_failing(self, message: str | None) -> None:
        self._session.can_code = message is None
        self._window.save_state.show_failed(message is not None)
        if message is None:
            self._window.banner.hide()
        else:
            self._window.banner.show_failure(message)

    def _on_conflict(self, theirs: Mapping[int, FrameCoding | None]) -> None:
        writer = self._writer
        if writer is None or self.sender() is not writer:
            return
        # The frames may have been changed again since: the coder must see what is kept.
        mine = writer.unwritten()
        frame = min(theirs)
        dialog = ConflictDialog(frame, mine.get(frame), theirs[frame], len(theirs) - 1, self._window)
        dialog.exec()
        keep_mine = dialog.keep_mine
        dialog.deleteLater()
        if writer is not self._writer:
            return
        if not keep_mine:
            self._session.replace_codings(theirs)
            # Undo and redo that waited behind are dropped with mine: no news of them will come.
            self._session.stepping = False
        writer.resolve(keep_mine=keep_mine)

    def _save_copy(self) -> bool:
        """Write what is not on disk to a file of the coder's choice."""
        if self._writer is None:
            return False
        name, _ = QFileDialog.getSaveFileName(
            self._window, tr("Save unwritten labels"), tr("unwritten labels.txt")
        )
        if not name:
            return False
        try:
            write_copy(Path(name), self._writer.unwritten())
        except OSError as error:
            why = said(str(error.strerror))
            self._window.show_message(
                tr("{file} cannot be written ({why}): choose another place.", file=name, why=why)
            )
            return False
        self._window.show_message(tr("What is not in the project yet was written to {file}.", file=name))
        return True

    def _retry(self) -> None:
        if self._writer is not None:
            self._writer.retry()

    # -- words ------------------------------------------------------------------------

    def _readable(self, error: UserError | str) -> str:
        """A message as this coder may read it."""
        return study.words_for(error, self._session.project, self._session.rater)

    def _on_failure(self, error: UserError) -> None:
        self._window.show_message(self._readable(error))

    def _on_picture_failed(self, message: str) -> None:
        words = self._readable(message)
        self._window.show_message(words)
        if self._session.frame is None:
            self._window.player.current.show_nothing(words)

    def _on_refused(self, words: str) -> None:
        QApplication.beep()
        self._window.show_message(words)

    def _on_undo_changed(self) -> None:
        status = self._session.undo_status
        for name, words, step in (
            (ActionId.UNDO, tr("&Undo"), status.undo),
            (ActionId.REDO, tr("&Redo"), status.redo),
        ):
            action = self._window.actions_by_id[name]
            # The store keeps what was done in English; who reads it may read Chinese.
            action.setText(f"{words}: {said(step)}" if step else words)

    # -- connections --------------------------------------------------------------------

    def _connect(self) -> None:
        session, window = self._session, self._window
        window.tree.recording_wanted.connect(self.open_recording)
        window.player.failed.connect(self._on_picture_failed)
        window.banner.retry_wanted.connect(self._retry)
        window.banner.save_copy_wanted.connect(self._save_copy)
        session.edited.connect(self._on_edited)
        session.refused.connect(self._on_refused)
        session.undo_changed.connect(self._on_undo_changed)
        window.coding.note_edited.connect(window.player.transport.stop)
        session.frame_changed.connect(lambda _: window.drop_old_message())

    def _connect_actions(self) -> None:
        player, coding, session = self._window.player, self._window.coding, self._session
        transport = player.transport

        def step(frames: int) -> Callable[[], None]:
            return lambda: transport.step(frames, held=self._key.held)

        handlers: dict[str, Callable[[], Any]] = {
            ActionId.UNDO: self._undo,
            ActionId.REDO: self._redo,
            ActionId.CONFIRM_AND_NEXT: self._confirm_and_next,
            ActionId.NO_ACTION_AND_NEXT: self._no_action_and_next,
            ActionId.NOT_CODABLE: self._toggle_not_codable,
            ActionId.DOUBTFUL_CODE: coding.toggle_doubt,
            ActionId.DOUBTFUL: self._toggle_doubt,
            ActionId.NEXT_BOX: lambda: coding.move_current(1),
            ActionId.PREVIOUS_BOX: lambda: coding.move_current(-1),
            ActionId.CYCLE_CODE: coding.cycle_current,
            ActionId.NO_INTENSITY: lambda: coding.grade_current(None),
            ActionId.LOWER_OR_B: coding.lower_or_b,
            ActionId.NEXT_FRAME: step(1),
            ActionId.PREVIOUS_FRAME: step(-1),
            ActionId.NEXT_TEN: step(10),
            ActionId.PREVIOUS_TEN: step(-10),
            ActionId.FIRST_FRAME: lambda: transport.go_to(0),
            ActionId.LAST_FRAME: lambda: transport.go_to(session.frame_count - 1),
            ActionId.GO_TO_FRAME: player.focus_number,
            ActionId.NEXT_CLIP: lambda: player.step_clip(1),
            ActionId.PREVIOUS_CLIP: lambda: player.step_clip(-1),
            ActionId.NEXT_RECORDING: lambda: self._window.tree.step(1),
            ActionId.PREVIOUS_RECORDING: lambda: self._window.tree.step(-1),
            ActionId.PLAY: lambda: self._play(1),
            ActionId.PLAY_BACK: lambda: self._play(-1),
            ActionId.FASTER: lambda: player.change_speed(1),
            ActionId.SLOWER: lambda: player.change_speed(-1),
            ActionId.WHOLE_PICTURE: player.zoom.reset,
        }
        for name, code in CODE_OF.items():
            handlers[name] = partial(coding.code_current, code)
        for name, letter in INTENSITY_OF.items():
            handlers[name] = partial(coding.grade_current, letter)
        for name, key in TOGGLES.items():
            handlers[name] = partial(coding.toggle, key)
        for name, handler in handlers.items():
            action = self._window.actions_by_id[name]
            action.triggered.connect(lambda _=False, handler=handler: handler())

    def _undo(self) -> None:
        self._window.coding.commit_note()
        if self._writer is not None and self._session.may_code():
            self._writer.undo()

    def _redo(self) -> None:
        if self._writer is not None and self._session.may_code():
            self._writer.redo()

    def _confirm_and_next(self) -> None:
        if self._session.confirm():
            self._go_on()

    def _no_action_and_next(self) -> None:
        self._session.clear_codes()
        self._go_on()

    def _go_on(self) -> None:
        # Like a held key it waits for the picture: no frame may be passed over unseen.
        self._window.player.transport.step(1, held=True)

    def _toggle_not_codable(self) -> None:
        coding = self._session.coding()
        self._session.set_not_codable(coding is None or coding.state is not CodingState.NOT_CODABLE)

    def _toggle_doubt(self) -> None:
        coding = self._session.coding()
        self._session.set_doubtful(coding is None or not coding.doubtful)

    def _play(self, direction: int) -> None:
        transport = self._window.player.transport
        if transport.playing:
            transport.stop()
        else:
            transport.play(direction)


def _step_words(reason: str, frames: Sequence[int]) -> str:
    """What undo or redo did; the store keeps the reason in English."""
    where = said(frames_in_words(frames))
    if not reason:
        return tr("Taken back or done again: {frames}.", frames=where)
    return tr("Taken back or done again “{what}”: {frames}.", what=said(reason), frames=where)
