"""The timeline as a widget: surface, scroll bars, and what can be shown on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QCheckBox, QGridLayout, QScrollBar, QWidget

from hrm_annotator.language import tr, trn
from hrm_annotator.timeline.attribution_strip import AttributionStrip
from hrm_annotator.timeline.code_grid import CodeGrid
from hrm_annotator.timeline.curves import drawn
from hrm_annotator.timeline.tracks import Tracks
from hrm_annotator.timeline.view import MarkedRange, View
from hrm_annotator.widgets.spoken import tell_changed
from hrm_core.facs import Action
from hrm_core.records.attributions import ClipAttribution
from hrm_core.records.coding import FrameCoding
from hrm_core.records.curve import Curve
from hrm_core.records.recording import Clip

__all__ = ["Timeline"]

_ZOOM_PER_STEP = 1.6
_NO_CODINGS: Mapping[int, FrameCoding] = {}


class Timeline(QWidget):
    """Rows of actions over frames, with clips, states, marks and curves.

    It never takes the keyboard: what can be done with it by key is a command of
    the window.
    """

    frame_wanted = Signal(int)
    """The coder asked for this frame."""
    action_chosen = Signal(str)
    """The coder clicked on the row of this action."""
    range_wanted = Signal(int, int)
    """The coder marked these frames, both included."""
    edge_moved = Signal(str, int, int, int, int)
    """Action, first and last frame of a run as it was, and as the coder wants it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = View()
        self._codings = _NO_CODINGS
        self._tracks = Tracks(self._view)
        self._attributions = AttributionStrip(self._view)
        self._attributions.hide()
        self._across = self._make_bar(Qt.Orientation.Horizontal, tr("Frames in view"))
        self._down = self._make_bar(Qt.Orientation.Vertical, tr("Rows in view"))
        self._only_used = self._make_choice()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self._tracks, 0, 0)
        grid.addWidget(self._down, 0, 1)
        grid.addWidget(self._attributions, 1, 0)
        grid.addWidget(self._across, 2, 0)
        for wish in ("frame_wanted", "action_chosen", "range_wanted", "edge_moved"):
            getattr(self._tracks, wish).connect(getattr(self, wish))
        self._attributions.frame_wanted.connect(self.frame_wanted)
        self._tracks.repainted.connect(self._attributions.draw_anew)
        self._tracks.view_moved.connect(self._set_bars)
        self._across.valueChanged.connect(self._on_scrolled_across)
        self._down.valueChanged.connect(self._on_scrolled_down)
        self._set_bars()

    # -- what is shown --------------------------------------------------------------

    def show_recording(
        self,
        frame_count: int,
        actions: Sequence[Action],
        clips: Sequence[Clip],
        codings: Mapping[int, FrameCoding],
        title_of_frame: Callable[[int], str] | None = None,
    ) -> None:
        """Show a recording from end to end, without marks, curves and suggestions.

        Parameters
        ----------
        frame_count : int
            Its frames; 0 shows nothing.
        actions : sequence of Action
            In the order of the rows; one that is not active has a row only if it is coded.
        clips : sequence of Clip
            Its clips.
        codings : mapping of int to FrameCoding
            By frame; read again when frames are updated, so it may change.
        title_of_frame : callable, optional
            How a frame is called in the tool tip.
        """
        view = self._view
        self._codings = codings
        view.actions, view.clips = tuple(actions), tuple(clips)
        view.codings = codings
        view.grid = CodeGrid([entry.key for entry in actions], frame_count, codings)
        view.marked, view.curves = MarkedRange(), ()
        view.suggest(None)
        view.frame, view.chosen = None, None
        view.layout.offset = 0
        view.scale.show_count(frame_count)
        self._tracks.title_of_frame = title_of_frame
        self._tracks.setAccessibleDescription(
            trn(
                "Codes of {count} frame, one row per action, below the clips and the states of the frames",
                "Codes of {count} frames, one row per action, below the clips and the states of the frames",
                frame_count,
            )
        )
        view.place(self._tracks.width(), self._tracks.height())
        self._choose_rows()

    def show_clips(self, clips: Sequence[Clip]) -> None:
        """Show these clips instead of those before."""
        self._view.clips = tuple(clips)
        self._tracks.repaint_all()

    def update_frames(self, frames: Iterable[int]) -> None:
        """Read these frames again from the codings."""
        self._view.grid.update(frames, self._codings)
        self._choose_rows()
        tell_changed(self._tracks)

    def show_frame(self, frame: int | None) -> None:
        """Put the playhead on a frame; the view turns pages to keep it in sight."""
        self._tracks.show_frame(frame)
        self._attributions.follow()

    def show_attributions(self, clips: Sequence[ClipAttribution] | None) -> None:
        """Show what moved a network's rating of these clips of the recording; None hides the strip."""
        self._attributions.show_clips(clips or ())
        self._attributions.setVisible(clips is not None)

    def show_range(
        self,
        first: int | None,
        last: int | None,
        apex: int | None = None,
        action: str | None = None,
        *,
        proposed: bool = False,
    ) -> None:
        """Mark frames, both included; dashed if this is only a proposal."""
        before = self._view.marked.action
        self._view.marked = MarkedRange(first, last, apex, action, proposed)
        if action != before:
            self._choose_rows()
        self._tracks.update()

    def show_chosen(self, action: str | None) -> None:
        """Show which action is chosen; it has a row even if it is not coded."""
        if action == self._view.chosen:
            return
        self._view.chosen = action
        self._choose_rows()
        row = self._view.grid.row_of(action)
        if row is not None:
            self._view.layout.reveal(row)
            self._set_bars()

    def show_curves(self, curves: Sequence[Curve]) -> None:
        """Show measured values below the rows; none hides the strip.

        Raises
        ------
        ValueError
            If a curve has not one value for each frame.
        """
        for curve in curves:
            if curve.values.shape != (self._view.grid.frame_count,):
                raise ValueError(
                    f"curve {curve.name!r} has shape {curve.values.shape}, "
                    f"the recording {self._view.grid.frame_count} frames"
                )
        self._view.curves = drawn(curves)
        self._view.place(self._tracks.width(), self._tracks.height())
        row = self._view.grid.row_of(self._view.chosen)
        if row is not None:
            # The strip of curves may have covered it.
            self._view.layout.reveal(row)
            self._set_bars()
        self._repaint()

    def show_suggestions(
        self, probabilities: NDArray[np.float32] | None, proposed: NDArray[np.uint8] | None = None
    ) -> None:
        """Show what a model suggests: probabilities faintly where no human code is, proposals dashed.

        Parameters
        ----------
        probabilities : ndarray of float32, shape (n_actions, n_frames), or None
            0-1, NaN where unknown; actions as in :meth:`show_recording`.
        proposed : ndarray of uint8, shape (n_actions, n_frames), optional
            Proposed codes plus 1; 0 where nothing is proposed.

        Raises
        ------
        ValueError
            If the shape is another one.
        """
        had = self._view.suggestions is not None
        self._view.suggest(probabilities, proposed)
        if had or probabilities is not None:
            self._choose_rows()
            tell_changed(self._tracks)

    def update_suggestions(
        self, first: int, probabilities: NDArray[np.float32], proposed: NDArray[np.uint8]
    ) -> None:
        """Show other suggestions from the frame `first` on, as :meth:`show_suggestions` does."""
        self._view.suggest_from(first, probabilities, proposed)
        self._choose_rows()
        tell_changed(self._tracks)

    def show_only_rows_in_use(self, only: bool) -> None:
        """Show rows only of actions that are coded somewhere, or of all."""
        self._only_used.setChecked(only)

    # -- the view -----------------------------------------------------------------

    @property
    def frames_in_view(self) -> tuple[int, int]:
        """First and last frame that can be seen, in part at least."""
        scale = self._view.scale
        return scale.frame_at(0), scale.frame_in_view(scale.width)

    def zoom_in(self) -> None:
        """Show fewer frames, wider, about the playhead if it is in view."""
        self._zoom(_ZOOM_PER_STEP)

    def zoom_out(self) -> None:
        """Show more frames, narrower."""
        self._zoom(1 / _ZOOM_PER_STEP)

    def fit(self) -> None:
        """Show the whole recording."""
        self._view.scale.fit()
        self._repaint()

    def zoom_to(self, first: int, last: int) -> None:
        """Show these frames, both included, as wide as they have room."""
        self._view.scale.zoom_to(first, last)
        self._repaint()

    def _zoom(self, factor: float) -> None:
        scale, frame = self._view.scale, self._view.frame
        x = None if frame is None else scale.x_of(frame + 0.5)
        scale.zoom(factor, x if x is not None and 0 <= x <= scale.width else None)
        self._repaint()

    def _repaint(self) -> None:
        self._tracks.repaint_all()
        self._set_bars()

    def _choose_rows(self) -> None:
        """Find out which actions have a row now."""
        view = self._view
        wanted = set(view.grid.rows_in_use())
        if view.proposed is not None:
            wanted |= set(np.flatnonzero(view.proposed.whole > 1).tolist())
        wanted |= {
            row for key in (view.chosen, view.marked.action) if (row := view.grid.row_of(key)) is not None
        }
        if not self._only_used.isChecked():
            wanted |= {row for row, entry in enumerate(view.actions) if entry.active}
        view.layout.show(view.actions, sorted(wanted))
        self._repaint()

    # -- scroll bars --------------------------------------------------------------

    def _set_bars(self) -> None:
        scale, layout = self._view.scale, self._view.layout
        self._set_bar(self._across, max(int(np.ceil(scale.count - scale.span - 1e-6)), 0), int(scale.span))
        self._set_bar(self._down, layout.furthest, layout.area)
        self._place_bar(self._across, round(scale.first))
        self._place_bar(self._down, layout.offset)

    def _set_bar(self, bar: QScrollBar, furthest: int, page: int) -> None:
        bar.blockSignals(True)
        bar.setRange(0, furthest)
        bar.setPageStep(max(page, 1))
        bar.setSingleStep(max(page // 10, 1))
        bar.setVisible(furthest > 0)
        bar.blockSignals(False)

    def _place_bar(self, bar: QScrollBar, value: int) -> None:
        bar.blockSignals(True)
        bar.setValue(value)
        bar.blockSignals(False)

    def _on_scrolled_across(self, value: int) -> None:
        self._view.scale.go_to(value)
        self._tracks.repaint_all()

    def _on_scrolled_down(self, value: int) -> None:
        self._view.layout.scroll_to(value)
        self._tracks.repaint_all()

    def _make_bar(self, direction: Qt.Orientation, name: str) -> QScrollBar:
        bar = QScrollBar(direction, self)
        bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        bar.setAccessibleName(name)
        # Codes must not jump aside when a bar comes or goes.
        policy = bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        bar.setSizePolicy(policy)
        return bar

    def _make_choice(self) -> QCheckBox:
        choice = QCheckBox(tr("Only rows in use"), self._tracks)
        choice.setChecked(True)
        choice.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        choice.setToolTip(
            tr("Rows of actions that are coded somewhere in this recording, and of the chosen one")
        )
        small = QFont(choice.font())
        small.setPixelSize(10)
        choice.setFont(small)
        choice.move(3, 0)
        choice.resize(choice.sizeHint())
        choice.toggled.connect(self._choose_rows)
        return choice
