"""What is seen of faces: boxes, landmarks, masks, registration; and when it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from hrm_annotator.actions.table import COMMANDS, ActionId, keys_on, tool_tip
from hrm_annotator.language import mark, tr
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations.faces import FaceDesk
from hrm_annotator.operations.runner import Runner
from hrm_annotator.player.face_overlay import Layers
from hrm_annotator.session import Session
from hrm_annotator.settings import personal
from hrm_core.errors import Cancelled, UserError
from hrm_core.records.people import Rater
from hrm_core.records.recording import Recording

if TYPE_CHECKING:
    from hrm_core.workflows.project import Project
    from hrm_core.workflows.show_face import FaceLook

__all__ = ["FaceWiring"]

_TOGGLES = {
    ActionId.FACE_BOX: "face_box",
    ActionId.LANDMARKS: "landmarks",
    ActionId.COVER_EYES: "cover_eyes",
    ActionId.REGISTER: "register",
}
_MARKS = (
    ActionId.PICK_CHILD,
    ActionId.DRAW_FACE,
    ActionId.MARK_EYES,
    ActionId.NO_EYES,
    ActionId.TAKE_BACK_MARK,
    ActionId.EYES_TO_REVIEW,
    ActionId.NEXT_TO_REVIEW,
    ActionId.PREVIOUS_TO_REVIEW,
)
# Where no face was found, a person can draw one all the same.
_WITHOUT_FACES = (ActionId.DRAW_FACE, ActionId.MARK_EYES, ActionId.NO_EYES, ActionId.TAKE_BACK_MARK)
_NO_RECORDING = mark("Open a recording first.")
_BEING_READ = mark("The faces of this recording are being read.")
_MAY_NOT = mark("You may not see the children's eyes in this study.")


class FaceWiring(QObject):
    """Keeps the face desk of the open recording, and the toggles of the menu Face."""

    chosen = Signal(dict)
    """Personal settings that changed."""
    read = Signal()
    """What is known of the faces of the open recording is there, or has changed."""

    def __init__(self, window: MainWindow, session: Session, runner: Runner) -> None:
        super().__init__(window)
        self._window, self._session, self._runner = window, session, runner
        self.desk: FaceDesk | None = None
        self._asked_to_read = False
        self._neutral_looks = 0
        self._failure = ""
        settings = personal.load()
        # The action itself is also on for who may not see eyes; that is no wish.
        self._covers = settings.cover_eyes
        for name, setting in _TOGGLES.items():
            action = window.actions_by_id[name]
            action.setChecked(getattr(settings, setting))
            action.triggered.connect(lambda on, name=name: self._on_toggled(name, on))
        self._show_layers()
        session.recording_changed.connect(self._on_recording_changed)
        session.project_changed.connect(self._on_recording_changed)
        session.frame_changed.connect(self._on_frame_changed)
        self._refresh()

    # -- the open recording ---------------------------------------------------------------

    def new_desk(self, project: Project, rater: Rater, recording: Recording) -> FaceDesk:
        """A desk for a recording that is about to be opened."""
        registered = self._is_on(ActionId.REGISTER)
        return FaceDesk(project, rater, recording, covered=self._covers, registered=registered)

    def take_up(self, desk: FaceDesk) -> None:
        """Show the recording of this desk from now on."""
        self.desk, self._asked_to_read, self._failure = desk, False, ""
        desk.set_covered(self._covers)
        desk.set_registered(self._is_on(ActionId.REGISTER))
        self._refresh()

    def stop(self) -> None:
        """Stop what is under way."""
        if self.desk is not None:
            self.desk.close()

    def run(self, work: Callable[[FaceDesk], Any], then: Callable[[Any], None]) -> None:
        """Do something with the desk in a worker; nothing follows if another recording is open by then."""
        desk = self.desk
        if desk is None:
            return

        def is_open() -> bool:
            return desk is self.desk

        self._runner.run(
            lambda: work(desk),
            lambda result: then(result) if is_open() else None,
            lambda error: self._on_failure(error) if is_open() else None,
        )

    def show_changes(self) -> None:
        """Show pictures anew, after what is known of their faces changed."""
        self._refresh()
        self._window.player.look_again()
        self.show_neutral()
        self.read.emit()

    def show_neutral(self) -> None:
        """Show the neutral picture anew, as it may and shall be seen now."""
        self._neutral_looks += 1
        mine = self._neutral_looks
        self.run(lambda desk: desk.neutral_look(), lambda look: self._on_neutral(look, mine))

    def _on_neutral(self, look: FaceLook | None, number: int) -> None:
        recording = self._session.recording
        # Of two workers the one asked earlier may answer later, with eyes that are to be covered by now.
        if recording is not None and number == self._neutral_looks:
            self._window.player.show_neutral(look, mirrored=recording.mirrored)

    def _on_recording_changed(self) -> None:
        if self._session.recording is None and self.desk is not None:
            self.desk.close()
            self.desk = None
        self._refresh()

    def _on_frame_changed(self, _: int) -> None:
        if self._asked_to_read or self.desk is None:
            return
        self._asked_to_read = True
        # After the first picture: who sees eyes waits for nothing.
        QTimer.singleShot(0, self, self._read)

    def _read(self) -> None:
        desk = self.desk
        if desk is not None and desk.sight is None:
            self._runner.run(
                desk.load,
                lambda _: self._on_read() if desk is self.desk else None,
                lambda error: self._on_not_read(error) if desk is self.desk else None,
            )
        else:
            self._on_read()

    def _on_read(self) -> None:
        desk = self.desk
        if desk is not None and desk.can_cover and not desk.covered:
            self._window.player.look_again()
            self.show_neutral()
        self._refresh()
        self.read.emit()

    def _on_not_read(self, error: UserError) -> None:
        self._on_failure(error)
        if self.desk is not None:
            self._failure = self.desk.words(error)
        self._asked_to_read = False  # the next frame tries again
        self._refresh()

    def _on_failure(self, error: UserError) -> None:
        if self.desk is not None and not isinstance(error, Cancelled):
            self._window.show_message(self.desk.words(error))

    # -- toggles -----------------------------------------------------------------------------

    def _is_on(self, name: str) -> bool:
        return self._window.actions_by_id[name].isChecked()

    def _on_toggled(self, name: ActionId, on: bool) -> None:
        self.chosen.emit({_TOGGLES[name]: on})
        if name is ActionId.COVER_EYES:
            self._covers = on
        if name in (ActionId.FACE_BOX, ActionId.LANDMARKS):
            self._show_layers()
            return
        if self.desk is None:
            return
        if name is ActionId.COVER_EYES:
            self.desk.set_covered(on)
        else:
            self.desk.set_registered(on)
            self._window.player.zoom.reset()
        self._refresh()
        self._window.player.look_again()
        self.show_neutral()

    def _show_layers(self) -> None:
        layers = Layers(self._is_on(ActionId.FACE_BOX), self._is_on(ActionId.LANDMARKS))
        self._window.player.show_layers(layers)

    def _refresh(self) -> None:
        """Switch on what can be done now; what cannot says why in its tool tip."""
        for name, command in COMMANDS.items():
            if command.needs == "faces":
                why_not = self._why_not(name)
                action = self._window.actions_by_id[name]
                action.setEnabled(not why_not)
                action.setToolTip(tool_tip(name, why_not, keys_on(action)))
        covered = self._covers if self.desk is None else self.desk.covered
        self._window.actions_by_id[ActionId.COVER_EYES].setChecked(covered)

    def _why_not(self, name: str) -> str:
        """Why a command cannot be used now; empty if it can."""
        desk = self.desk
        if desk is None:
            return tr(_NO_RECORDING)
        if desk.must_cover and (name is ActionId.COVER_EYES or name in _MARKS):
            return tr(_MAY_NOT)
        # What hides pictures, or moves them, can always be switched off again.
        if name in (ActionId.COVER_EYES, ActionId.REGISTER) and self._is_on(name):
            return ""
        if desk.sight is None:
            return self._failure or tr(_BEING_READ)
        if desk.has_faces or name in _WITHOUT_FACES:
            return ""
        if name is ActionId.COVER_EYES and desk.can_cover:
            return ""
        problem = desk.words(desk.sight.problem).rstrip(".")
        problem = f"{problem[:1].upper()}{problem[1:]}"
        return tr("{problem}: hrm extract faces looks for them.", problem=problem)
