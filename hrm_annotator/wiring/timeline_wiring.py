"""The timeline: what it asks for, and the commands about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations.ranges import Ranges
from hrm_annotator.session import Session

__all__ = ["TimelineWiring"]


class TimelineWiring(QObject):
    """Connects the timeline with pictures, boxes and ranges."""

    def __init__(self, window: MainWindow, session: Session, ranges: Ranges) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        pane, coding = window.timeline, window.coding
        pane.frame_wanted.connect(window.player.transport.go_to)
        pane.action_chosen.connect(coding.choose)
        pane.range_wanted.connect(ranges.mark)
        pane.edge_moved.connect(
            lambda action, first, last, to_first, to_last: ranges.move_run(
                action, (first, last), (to_first, to_last)
            )
        )
        coding.chosen_changed.connect(pane.show_chosen)
        window.player.opened.connect(pane.show_times)
        handlers: dict[str, Callable[[], Any]] = {
            ActionId.TIMELINE_IN: pane.zoom_in,
            ActionId.TIMELINE_OUT: pane.zoom_out,
            ActionId.TIMELINE_FIT: pane.fit,
        }
        for name, handler in handlers.items():
            window.actions_by_id[name].triggered.connect(lambda _=False, handler=handler: handler())
        # The timeline tells all that the ruler does.
        window.player.show_ruler(False)
        for name, switch in (
            (ActionId.SHOW_TIMELINE, self._show_timeline),
            (ActionId.ROWS_IN_USE, pane.show_only_rows_in_use),
        ):
            window.actions_by_id[name].setChecked(True)
            window.actions_by_id[name].toggled.connect(switch)

    def _show_timeline(self, wanted: bool) -> None:
        self._window.timeline.setVisible(wanted)
        self._window.player.show_ruler(not wanted)
