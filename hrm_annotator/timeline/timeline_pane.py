"""The timeline of the recording that is open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hrm_annotator.language import tr
from hrm_annotator.session import Session
from hrm_annotator.widgets.spoken import Spoken
from hrm_core.facs import ACTIONS, Action
from hrm_core.records.marks import Marks

if TYPE_CHECKING:
    from hrm_annotator.timeline.timeline import Timeline
    from hrm_core.records.attributions import ClipAttribution
    from hrm_core.records.curve import Curve

__all__ = ["TimelinePane"]


class TimelinePane(QWidget, Spoken):
    """Keeps a :class:`Timeline` in step with the session.

    Its inside is made when the first recording is shown: the window's first
    paint does not wait for it.
    """

    frame_wanted = Signal(int)
    """The coder asked for this frame."""
    action_chosen = Signal(str)
    """The coder clicked on the row of this action."""
    range_wanted = Signal(int, int)
    """The coder marked these frames, both included."""
    edge_moved = Signal(str, int, int, int, int)
    """Action, first and last frame of a run as it was, and as the coder wants it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Timeline"))
        self._session = session
        self._timeline: Timeline | None = None
        self._times: NDArray[np.float64] | None = None
        self._actions: Sequence[Action] = ACTIONS
        self._only_in_use = True
        self._chosen: str | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 0, 0, 0)
        session.recording_changed.connect(self._on_recording_changed)
        session.frame_changed.connect(self._on_frame_changed)
        session.frames_changed.connect(self._on_frames_changed)
        session.range_changed.connect(self._on_range_changed)
        session.clips_changed.connect(self._on_clips_changed)

    def sizeHint(self) -> QSize:
        return QSize(660, 230)

    @property
    def timeline(self) -> Timeline | None:
        """The timeline itself; None until a recording was shown."""
        return self._timeline

    @property
    def rows(self) -> Sequence[Action]:
        """Actions with a row, in order."""
        return self._actions

    def show_actions(self, actions: Sequence[Action]) -> None:
        """Have a row for each of these actions from the next recording on."""
        self._actions = actions

    def show_only_rows_in_use(self, wanted: bool) -> None:
        """Show only rows of actions that are coded somewhere, and of the chosen one."""
        self._only_in_use = wanted
        if self._timeline is not None:
            self._timeline.show_only_rows_in_use(wanted)

    def show_times(self, times: NDArray[np.float64] | None) -> None:
        """Tell the times of the frames in the tool tip; float64 [n_frames], in seconds."""
        self._times = times

    def show_curves(self, curves: Sequence[Curve]) -> None:
        """Show measured values of the open recording below its codes."""
        if self._timeline is not None:
            self._timeline.show_curves(curves)

    def show_attributions(self, clips: Sequence[ClipAttribution] | None) -> None:
        """Show what moved a network's rating of the clips of the open recording; None shows nothing."""
        if self._timeline is not None:
            self._timeline.show_attributions(clips)

    def show_suggestions(
        self, probabilities: NDArray[np.float32] | None, proposed: NDArray[np.uint8] | None
    ) -> None:
        """Show what a model suggests, see :meth:`Timeline.show_suggestions`; None shows nothing."""
        if self._timeline is not None:
            self._timeline.show_suggestions(probabilities, proposed)

    def update_suggestions(
        self, first: int, probabilities: NDArray[np.float32], proposed: NDArray[np.uint8]
    ) -> None:
        """Show other suggestions from the frame `first` on."""
        if self._timeline is not None:
            self._timeline.update_suggestions(first, probabilities, proposed)

    def show_chosen(self, action: str | None) -> None:
        """Show which action is chosen."""
        self._chosen = action
        if self._timeline is not None:
            self._timeline.show_chosen(action)

    def show_marks(self, marks: Marks) -> None:
        """Show frames that the coder marked."""
        if self._timeline is not None:
            self._timeline.show_range(
                marks.first, marks.last, marks.apex, marks.action, proposed=bool(marks.proposed)
            )

    def show_range(self, first: int, last: int, action: str) -> None:
        """Show frames of an action, dashed, in the place of those that are marked."""
        if self._timeline is not None:
            self._timeline.show_range(first, last, None, action, proposed=True)

    def zoom_in(self) -> None:
        """Show fewer frames, wider."""
        if self._timeline is not None:
            self._timeline.zoom_in()

    def zoom_out(self) -> None:
        """Show more frames, narrower."""
        if self._timeline is not None:
            self._timeline.zoom_out()

    def fit(self) -> None:
        """Show the whole recording."""
        if self._timeline is not None:
            self._timeline.fit()

    def zoom_to(self, first: int, last: int) -> None:
        """Show these frames, both included."""
        if self._timeline is not None:
            self._timeline.zoom_to(first, last)

    def _made(self) -> Timeline:
        if self._timeline is None:
            from hrm_annotator.timeline.timeline import Timeline

            self._timeline = Timeline()
            self._timeline.show_only_rows_in_use(self._only_in_use)
            self._column.addWidget(self._timeline)
            for wish in ("frame_wanted", "action_chosen", "range_wanted", "edge_moved"):
                getattr(self._timeline, wish).connect(getattr(self, wish))
        return self._timeline

    def _on_recording_changed(self) -> None:
        self._times = None
        if self._session.recording is None and self._timeline is None:
            return
        self._made().show_recording(
            self._session.frame_count,
            self._actions,
            self._session.clips,
            self._session.coded_frames(),
            self._title_of,
        )
        self.show_chosen(self._chosen)
        self._on_range_changed()

    def _title_of(self, frame: int) -> str:
        if self._times is None or frame >= len(self._times):
            return tr("frame {frame}", frame=frame)
        return tr("frame {frame}, {seconds} s", frame=frame, seconds=f"{self._times[frame]:.3f}")

    def _on_frame_changed(self, frame: int) -> None:
        if self._timeline is not None:
            self._timeline.show_frame(frame)

    def _on_frames_changed(self, frames: tuple[int, ...]) -> None:
        if self._timeline is not None:
            self._timeline.update_frames(frames)

    def _on_clips_changed(self) -> None:
        if self._timeline is not None:
            self._timeline.show_clips(self._session.clips)

    def _on_range_changed(self) -> None:
        self.show_marks(self._session.marks)
