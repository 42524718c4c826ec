"""The child's neutral face, and pictures saved as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox

from hrm_annotator.actions.table import ActionId
from hrm_annotator.dialogs.neutral_picker import NeutralPicker
from hrm_annotator.language import said, tr
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations.runner import Runner
from hrm_annotator.session import Session
from hrm_annotator.wiring.face_wiring import FaceWiring
from hrm_core.progress import CancelToken

if TYPE_CHECKING:
    from hrm_core.workflows.choose_neutral import NeutralProposal

__all__ = ["NeutralWiring"]


class _Told(QObject):
    """Progress of a worker as a line in the status bar."""

    changed = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._title, self._done, self._total = "", 0, 0

    def start(self, title: str, total: int | None) -> None:
        self._title, self._done, self._total = said(title), 0, total or 0
        self.changed.emit(f"{self._title} …")

    def advance(self, units: int = 1) -> None:
        self._done += units
        self.changed.emit(
            tr("{title}: {done} of {total}", title=self._title, done=self._done, total=self._total)
        )

    def finish(self) -> None:
        self.changed.emit("")


class NeutralWiring(QObject):
    """Connects the neutral picture and the command that saves a picture."""

    def __init__(self, window: MainWindow, session: Session, runner: Runner, faces: FaceWiring) -> None:
        super().__init__(window)
        self._window, self._session, self._faces = window, session, faces
        self._cancel = CancelToken()
        self._told = _Told(self)
        self._told.changed.connect(window.show_message)
        session.recording_changed.connect(self._on_recording_changed)
        for name, handler in (
            (ActionId.USE_AS_NEUTRAL, self._use_frame),
            (ActionId.PROPOSE_NEUTRAL, self._propose),
            (ActionId.SAVE_PICTURE, self._save),
        ):
            window.actions_by_id[name].triggered.connect(lambda _=False, handler=handler: handler())

    def stop(self) -> None:
        """Stop what is under way."""
        self._cancel.cancel()

    def _on_recording_changed(self) -> None:
        self._cancel.cancel()
        self._cancel = CancelToken()

    # -- neutral face -------------------------------------------------------------------------

    def _use_frame(self) -> None:
        frame = self._session.frame
        if frame is not None:
            self._window.player.transport.stop()
            self._use(frame)

    def _use(self, frame: int) -> None:
        def ask(exists: bool) -> None:
            if not exists or self._may_replace(frame):
                self._window.show_message(tr("Taking frame {frame} …", frame=frame))
                self._faces.run(lambda desk: desk.use_as_neutral(frame), lambda _: self._on_used(frame))

        self._faces.run(lambda desk: desk.neutral_exists(), ask)

    def _may_replace(self, frame: int) -> bool:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(tr("Use frame {frame} as this child's neutral face?", frame=frame))
        box.setInformativeText(
            tr(
                "It replaces the neutral picture that is shown now, for everybody who codes this child. "
                "The old picture is not kept."
            )
        )
        replace = box.addButton(tr("Replace it"), QMessageBox.ButtonRole.AcceptRole)
        keep = box.addButton(tr("Keep the old one"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        box.exec()
        answer = box.clickedButton()
        box.deleteLater()
        return answer is replace

    def _on_used(self, frame: int) -> None:
        self._faces.show_changes()
        self._window.show_message(tr("Frame {frame} is this child's neutral face now.", frame=frame))

    def _propose(self) -> None:
        self._window.player.transport.stop()
        cancel = self._cancel
        self._window.show_message(tr("Looking for frames with the face from the front and at rest …"))
        self._faces.run(lambda desk: desk.propose_neutral(self._told, cancel), self._on_proposed)

    def _on_proposed(self, proposals: list[NeutralProposal]) -> None:
        self._window.show_message("")
        dialog = NeutralPicker(proposals, self._window)
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        frame = dialog.frame
        dialog.deleteLater()
        if accepted and frame is not None:
            self._use(frame)

    # -- a picture as a file -----------------------------------------------------------------------

    def _save(self) -> None:
        frame = self._session.frame
        if frame is not None:
            self._window.player.transport.stop()
            self._faces.run(lambda desk: desk.picture_name(frame), lambda name: self._save_as(frame, name))

    def _save_as(self, frame: int, suggestion: str) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self._window, tr("Picture to a file"), suggestion, tr("Pictures (*.png *.jpg *.jpeg)")
        )
        if not name:
            return
        path, cancel = Path(name), self._cancel
        if not path.suffix and not path.with_suffix(".png").exists():
            path = path.with_suffix(".png")  # as was suggested; not every dialog adds it

        def tell(covered: bool) -> None:
            self._window.show_message(
                tr("Frame {frame} was written with its eyes covered as {file}.", frame=frame, file=path.name)
                if covered
                else tr(
                    "Frame {frame} was written with its eyes uncovered as {file}.",
                    frame=frame,
                    file=path.name,
                )
            )

        self._faces.run(lambda desk: desk.save_picture(frame, path, cancel), tell)
