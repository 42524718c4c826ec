"""Commands about ranges and runs of frames, and carrying codes on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.language import tr
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations.ranges import Ranges
from hrm_annotator.session import Session

__all__ = ["RunWiring"]

_AROUND = 15


class RunWiring(QObject):
    """Connects the menu Runs, the ways to the next change, and playing around a frame."""

    def __init__(self, window: MainWindow, session: Session) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        self.ranges = Ranges(session, self)
        self._left: int | None = None
        self._walk: tuple[int, int] | None = None
        self._elsewhere: int | None = None
        self._connect()
        self._connect_actions()

    @property
    def carrying(self) -> bool:
        """Whether steps take the codes along."""
        return self._window.actions_by_id[ActionId.CARRY_ON].isChecked()

    def _connect(self) -> None:
        session, coding = self._session, self._window.coding
        session.recording_changed.connect(self.ranges.drop_copy)
        session.frame_leaving.connect(self._on_leaving)
        session.frame_changed.connect(self._on_frame_changed)
        session.told.connect(partial(self._window.show_message, outlasts_frame=True))
        self._window.player.transport.wanted.connect(self._on_wanted)
        self._window.player.failed.connect(self._forget_walk)
        carry = self._window.actions_by_id[ActionId.CARRY_ON]
        carry.toggled.connect(coding.show_carrying)
        coding.carry_wanted.connect(carry.setChecked)

    # -- carrying on ------------------------------------------------------------------

    def _on_wanted(self, frame: int, direction: int) -> None:
        # A jump takes nothing along, nor does playback: only who steps has looked.
        if direction > 0 and not self._window.player.transport.playing:
            # Steps may follow one another, or a jump, before the picture is here.
            start = self._walk[0] if self._walk else self._elsewhere
            start = self._session.frame if start is None else start
            self._walk = None if start is None else (start, frame)
        else:
            self._walk, self._elsewhere = None, frame

    def _forget_walk(self) -> None:
        self._walk = self._elsewhere = None

    def _on_leaving(self) -> None:
        self._left = self._session.frame

    def _on_frame_changed(self, frame: int) -> None:
        left, self._left = self._left, frame
        walk, self._elsewhere = self._walk, None
        if walk is None:
            return
        if frame >= walk[1]:
            # Before anything is written: what hears of that may ask for frames.
            self._walk = None
        if self.carrying and left is not None and walk[0] <= left < frame <= walk[1]:
            self.ranges.carry(left, frame)

    # -- commands ---------------------------------------------------------------------

    def _connect_actions(self) -> None:
        ranges, transport = self.ranges, self._window.player.transport
        handlers: dict[str, Callable[[], Any]] = {
            ActionId.COPY_PREVIOUS: ranges.copy_previous,
            ActionId.SAME_UNTIL_HERE: ranges.same_until_here,
            ActionId.RANGE_START: ranges.start_here,
            ActionId.RANGE_END: ranges.end_here,
            ActionId.MARK_APEX: lambda: ranges.mark_apex(self._chosen),
            ActionId.FORGET_RANGE: ranges.forget,
            ActionId.RANGE_OF_RUN: lambda: ranges.mark_run(self._chosen),
            ActionId.FILL_RANGE: ranges.fill,
            ActionId.FILL_ACTION: lambda: ranges.fill_action(self._chosen),
            ActionId.CLEAR_ACTION: lambda: ranges.clear_action(self._chosen),
            ActionId.CLEAR_RANGE: ranges.empty,
            ActionId.RANGE_NOT_CODABLE: ranges.not_codable,
            ActionId.COPY_RANGE: ranges.copy,
            ActionId.PASTE_RANGE: ranges.paste,
            ActionId.RUN_EARLIER: lambda: ranges.shift_run(self._chosen, -1),
            ActionId.RUN_LATER: lambda: ranges.shift_run(self._chosen, 1),
            ActionId.RUN_STARTS_HERE: lambda: ranges.bound_run(self._chosen, start=True),
            ActionId.RUN_ENDS_HERE: lambda: ranges.bound_run(self._chosen, start=False),
            ActionId.SPLIT_RUN: lambda: ranges.split_run(self._chosen),
            ActionId.NEXT_CHANGE: partial(self._go, ranges.next_change, 1),
            ActionId.PREVIOUS_CHANGE: partial(self._go, ranges.next_change, -1),
            ActionId.NEXT_TO_DO: partial(self._go, ranges.next_to_do, 1),
            ActionId.PREVIOUS_TO_DO: partial(self._go, ranges.next_to_do, -1),
            ActionId.LOOP: self._loop,
            ActionId.SHUTTLE_BACK: lambda: transport.play(-1),
            ActionId.SHUTTLE_ON: self._shuttle_on,
        }
        for name, handler in handlers.items():
            action = self._window.actions_by_id[name]
            action.triggered.connect(lambda _=False, handler=handler: handler())

    @property
    def _chosen(self) -> str | None:
        return self._window.coding.current

    def _go(self, find: Callable[[int], int | None], direction: int) -> None:
        frame = find(direction)
        if frame is None:
            self._session.refused.emit(tr("There is no such frame on that side."))
        else:
            self._window.player.transport.go_to(frame)

    def _loop(self) -> None:
        transport, frame = self._window.player.transport, self._session.frame
        if transport.playing:
            transport.stop()
        elif frame is not None:
            transport.loop(max(frame - _AROUND, 0), min(frame + _AROUND, self._session.frame_count - 1))

    def _shuttle_on(self) -> None:
        transport = self._window.player.transport
        if transport.playing:
            transport.stop()
        else:
            transport.play(1)
