"""What people say of faces: which is the child, where its eyes are, which frames need a look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu

from hrm_annotator.actions.table import ActionId
from hrm_annotator.dialogs.eyes_to_review import EyesToReview
from hrm_annotator.language import tr
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations.faces import FaceDesk
from hrm_annotator.operations.runner import Runner
from hrm_annotator.player.picture_view import Tool
from hrm_annotator.session import Session
from hrm_annotator.wiring.face_wiring import FaceWiring

__all__ = ["MarkWiring"]

_MENU = (
    ActionId.DRAW_FACE,
    ActionId.MARK_EYES,
    ActionId.NO_EYES,
    ActionId.TAKE_BACK_MARK,
    None,
    ActionId.USE_AS_NEUTRAL,
    ActionId.SAVE_PICTURE,
)


class MarkWiring(QObject):
    """Connects the picture on the left, the list of frames to review and the menu Face."""

    def __init__(self, window: MainWindow, session: Session, runner: Runner, faces: FaceWiring) -> None:
        super().__init__(window)
        self._window, self._session, self._faces = window, session, faces
        self._view = window.player.current
        self._list: EyesToReview | None = None
        self._view.face_picked.connect(self._on_face_picked)
        self._view.area_drawn.connect(self._on_area_drawn)
        self._view.menu_wanted.connect(self._show_menu)
        faces.read.connect(self._fill_list)
        session.recording_changed.connect(self._fill_list)
        handlers: dict[ActionId, Callable[[], Any]] = {
            ActionId.PICK_CHILD: self._pick_child,
            ActionId.DRAW_FACE: lambda: self._use(Tool.FACE),
            ActionId.MARK_EYES: lambda: self._use(Tool.EYES),
            ActionId.NO_EYES: lambda: self._mark(FaceDesk.mark_no_eyes, tr("no eyes are seen")),
            ActionId.TAKE_BACK_MARK: lambda: self._mark(FaceDesk.take_back, tr("its marks are taken back")),
            ActionId.EYES_TO_REVIEW: self._show_list,
            ActionId.NEXT_TO_REVIEW: lambda: self._go_to_review(1),
            ActionId.PREVIOUS_TO_REVIEW: lambda: self._go_to_review(-1),
        }
        for name, handler in handlers.items():
            window.actions_by_id[name].triggered.connect(lambda _=False, handler=handler: handler())

    # -- marks -------------------------------------------------------------------------------

    def _use(self, tool: Tool) -> None:
        self._window.player.transport.stop()
        if self._view.overlay is None:
            # Withheld because the mask is on: who marks eyes must see them.
            self._session.refused.emit(
                tr("There is no picture to draw on: show the eyes first (Ctrl+Shift+E).")
            )
            return
        # The picture to draw on lies in the main window, wherever the keyboard was.
        self._window.activateWindow()
        self._view.use_tool(None if self._view.tool is tool else tool)

    def _pick_child(self) -> None:
        overlay = self._view.overlay
        if overlay is None:
            self._use(Tool.PICK)  # which says why there is nothing to pick from
        elif not overlay.faces:
            self._session.refused.emit(tr("No face was found in this frame: draw it (Ctrl+Shift+F)."))
        elif len(overlay.faces) == 1 and overlay.target == 0:
            self._session.refused.emit(tr("There is one face only, and it is the child's already."))
        else:
            self._use(Tool.PICK)

    def _on_face_picked(self, face: int) -> None:
        self._view.use_tool(None)
        if self._view.overlay is not None:
            done = tr("face {number} is the child's", number=face + 1)
            self._mark(lambda desk, frame: desk.pick_child(frame, face), done)

    def _on_area_drawn(self, corners: NDArray[np.float64]) -> None:
        tool = self._view.tool
        self._view.use_tool(None)
        if tool is Tool.EYES:
            self._mark(lambda desk, frame: desk.mark_eyes(frame, corners), tr("its eyes are marked"))
        elif tool is Tool.FACE:
            box = np.concatenate([corners.min(axis=0), corners.max(axis=0)])
            self._mark(lambda desk, frame: desk.mark_face(frame, box), tr("its face is drawn"))

    def _mark(self, act: Callable[[FaceDesk, int], None], done: str) -> None:
        frame = self._session.frame
        if frame is None:
            return

        def tell(_: object) -> None:
            self._faces.show_changes()
            self._window.show_message(tr("Frame {frame}: {done}.", frame=frame, done=done))

        self._faces.run(lambda desk: act(desk, frame), tell)

    def _show_menu(self, face: int | None, at: QPoint) -> None:
        menu = QMenu(self._view)
        menu.setToolTipsVisible(True)
        overlay, desk = self._view.overlay, self._faces.desk
        if face is not None and overlay is not None and desk is not None and not desk.must_cover:
            entry = menu.addAction(tr("This is the child"))
            entry.setEnabled(face != overlay.target)
            entry.triggered.connect(lambda: self._on_face_picked(face))
            menu.addSeparator()
        for name in _MENU:
            if name is None:
                menu.addSeparator()
            else:
                menu.addAction(self._window.actions_by_id[name])
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    # -- frames to review ------------------------------------------------------------------------

    def _show_list(self) -> None:
        if self._list is None:
            self._list = EyesToReview(self._window)
            self._list.frame_wanted.connect(self._window.player.transport.go_to)
        self._fill_list()
        self._list.show()
        self._list.raise_()

    def _fill_list(self) -> None:
        if self._list is None:
            return
        desk = self._faces.desk
        if desk is None:
            self._list.hide()
        elif desk.sight is not None:
            runs = [(run.first_frame, run.last_frame, desk.words(run.problem)) for run in desk.to_review()]
            self._list.show_runs(runs)

    def _go_to_review(self, direction: int) -> None:
        desk, here = self._faces.desk, self._session.frame
        if desk is None or here is None:
            return
        runs = desk.to_review()
        if direction > 0:
            found = next((max(run.first_frame, here + 1) for run in runs if run.last_frame > here), None)
        else:
            before = [min(run.last_frame, here - 1) for run in runs if run.first_frame < here]
            found = before[-1] if before else None
        if found is None:
            self._window.show_message(
                tr("The eyes are located in every frame after this one.")
                if direction > 0
                else tr("The eyes are located in every frame before this one.")
            )
        else:
            self._window.player.transport.go_to(found)
