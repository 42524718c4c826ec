"""How each action moved a network's rating of a clip, frame by frame, under the codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFont,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from hrm_annotator.language import tr
from hrm_annotator.language.words import listed
from hrm_annotator.timeline.colours import Colours
from hrm_annotator.timeline.view import GUTTER_PX, View
from hrm_annotator.widgets.spoken import Spoken, tell_changed
from hrm_core.facs import action
from hrm_core.records.attributions import ClipAttribution

__all__ = ["AttributionStrip"]

_MOST_ROWS, _NAMED = 6, 3
_ROW_PX, _WORDS_PX, _SMALL_PX = 15, 16, 10
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_NETWORKS = {"gru": "GRU", "bilstm": "BiLSTM"}
_Role = QPalette.ColorRole
_DROPPED_BY = (QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.StyleChange)


class AttributionStrip(QWidget, Spoken):
    """One row for each action that moved ratings most: bars above its line raise, below it lower.

    All rows have one scale.  Frames lie where those of the timeline lie.

    Parameters
    ----------
    view : View
        Of the timeline: frames in view and the one on the screen.
    """

    spoken_role = QAccessible.Role.Graphic
    frame_wanted = Signal(int)

    def __init__(self, view: View, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._clips: Sequence[ClipAttribution] = ()
        self._largest = 1.0
        self._picture: QPixmap | None = None
        self._rows: tuple[str, ...] = ()
        self._values: NDArray[np.float32] = np.empty((0, 0), np.float32)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(tr("What moved the rating"))

    def sizeHint(self) -> QSize:
        return QSize(640, _WORDS_PX + _ROW_PX * len(self._rows))

    def minimumSizeHint(self) -> QSize:
        return QSize(GUTTER_PX + 120, self.sizeHint().height())

    @property
    def rows(self) -> tuple[str, ...]:
        """Keys of the actions that have a row, the one that moved ratings most first."""
        return self._rows

    def show_clips(self, clips: Sequence[ClipAttribution]) -> None:
        """Show these clips of the open recording."""
        self._clips = _of_one_network(clips)
        self._rows = _strongest(self._clips)
        count = max((clip.last_frame + 1 for clip in self._clips), default=0)
        self._values = np.zeros((len(self._rows), count), np.float32)
        for clip in self._clips:
            for row, key in enumerate(self._rows):
                if key in clip.actions:
                    # Frames that the network was not shown moved nothing.
                    column = np.nan_to_num(clip.values[:, clip.actions.index(key)])
                    self._values[row, clip.first_frame : clip.last_frame + 1] = column
        self._largest = float(np.abs(self._values).max(initial=0.0)) or 1.0
        self.updateGeometry()
        self.draw_anew()
        tell_changed(self)

    def follow(self) -> None:
        """Another frame is on the screen."""
        self.update()
        if self.isVisible():
            tell_changed(self)

    def draw_anew(self) -> None:
        """Other frames are in view, or other colours hold."""
        self._picture = None
        self.update()

    # -- words --------------------------------------------------------------------

    def spoken_value(self) -> str:
        return self.words(self._view.frame)

    def words(self, frame: int | None) -> str:
        """The clip around a frame, and what moved its rating most there."""
        if not self._clips:
            return tr("No network's ratings of this recording were explained yet.")
        clip = None if frame is None else self._clip_at(frame)
        if clip is None or frame is None:
            return tr("No rating of this frame's clip was explained.")
        words = tr(
            "{network} rates this clip {rating}, without any action {baseline}.",
            network=_NETWORKS.get(clip.network, clip.network),
            rating=f"{clip.rating:.2f}",
            baseline=f"{clip.baseline:.2f}",
        )
        moved = clip.values[frame - clip.first_frame]
        if np.isnan(moved).all():
            return words + " " + tr("It was not shown this frame.")
        moved = np.nan_to_num(moved)
        order = [place for place in np.argsort(-np.abs(moved), kind="stable")[:_NAMED] if moved[place]]
        if not order:
            return words + " " + tr("Nothing in this frame moved it.")
        parts = [f"{_name(clip.actions[place])} {_signed(float(moved[place]))}" for place in order]
        return words + " " + tr("This frame: {parts}", parts=listed(parts))

    def _clip_at(self, frame: int) -> ClipAttribution | None:
        return next((clip for clip in self._clips if clip.first_frame <= frame <= clip.last_frame), None)

    # -- painting -----------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(QPointF(0, 0), self._drawn())
        painter.setFont(self._small_font())
        painter.setPen(self.palette().color(_Role.WindowText))
        room = self.width() - 6
        words = painter.fontMetrics().elidedText(
            self.words(self._view.frame), Qt.TextElideMode.ElideRight, room
        )
        painter.drawText(QRectF(3, 0, room, _WORDS_PX), _LEFT, words)
        painter.setClipRect(QRectF(GUTTER_PX, _WORDS_PX, self._view.scale.width, self.height()))
        self._paint_playhead(painter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.draw_anew()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in _DROPPED_BY:
            self.draw_anew()
        super().changeEvent(event)

    def _small_font(self) -> QFont:
        small = QFont(self.font())
        small.setPixelSize(_SMALL_PX)
        return small

    def _drawn(self) -> QPixmap:
        """The rows, drawn anew only when they or the frames in view change: the playhead moves often."""
        ratio = self.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatio() != ratio:
            self._picture = QPixmap((QSizeF(self.size()) * ratio).toSize())
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(self.palette().color(_Role.Window))
            # Which is which is told by the side of the line, too.
            lowers, raises, *_ = Colours.of(self.palette()).curves
            colours = (raises, lowers)
            painter = QPainter(self._picture)
            painter.setFont(self._small_font())
            painter.setPen(self.palette().color(_Role.WindowText))
            for row, key in enumerate(self._rows):
                top = _WORDS_PX + row * _ROW_PX
                painter.drawText(QRectF(3, top, GUTTER_PX - 6, _ROW_PX), _LEFT, _name(key))
            painter.setClipRect(QRectF(GUTTER_PX, 0, self._view.scale.width, self.height()))
            for row, values in enumerate(self._values):
                self._draw_row(painter, colours, _WORDS_PX + row * _ROW_PX, values)
            painter.end()
        return self._picture

    def _draw_row(
        self, painter: QPainter, colours: tuple[QColor, QColor], top: int, values: NDArray[np.float32]
    ) -> None:
        ground, line = self.palette().color(_Role.Base), self.palette().color(_Role.Mid)
        middle, reach = top + (_ROW_PX - 1) / 2, (_ROW_PX - 3) / 2
        for clip in self._clips:
            left = self._view.x_of(clip.first_frame)
            width = (clip.last_frame + 1 - clip.first_frame) * self._view.scale.step
            painter.fillRect(QRectF(left, top, width, _ROW_PX - 1), ground)
            painter.fillRect(QRectF(left, middle - 0.5, width, 1), line)
        painter.setPen(Qt.PenStyle.NoPen)
        width, scale = max(self._view.scale.step, 1.0), reach / self._largest
        for colour, bars in zip(colours, self._bars(values), strict=True):
            painter.setBrush(colour)
            painter.drawRects(
                [
                    QRectF(GUTTER_PX + x, middle - max(value, 0) * scale, width, abs(value) * scale)
                    for x, value in bars
                ]
            )

    def _bars(self, values: NDArray[np.float32]) -> tuple[list[tuple[float, float]], ...]:
        """Left edge and value of the bars that raise, and of those that lower.

        Of frames that share a pixel the strongest of each is drawn, however many they are.
        """
        scale = self._view.scale
        first = max(int(scale.first), 0)
        part = values[first : int(scale.first + scale.span) + 2]
        places = (np.arange(first, first + len(part)) - scale.first) * scale.step
        if scale.step < 1:
            columns = np.maximum(places, 0).astype(np.int64)
            places = np.arange(columns.max(initial=-1) + 1, dtype=np.float64)
            high, low = np.zeros((2, len(places)))
            np.maximum.at(high, columns, part)
            np.minimum.at(low, columns, part)
        else:
            high, low = np.maximum(part, 0), np.minimum(part, 0)
        return tuple(
            list(zip(places[found != 0].tolist(), found[found != 0].tolist(), strict=True))
            for found in (high, low)
        )

    def _paint_playhead(self, painter: QPainter) -> None:
        if self._view.frame is None:
            return
        middle = self._view.x_of(self._view.frame + 0.5)
        painter.fillRect(QRectF(middle - 1.5, 0, 3, self.height()), self.palette().color(_Role.Base))
        painter.fillRect(QRectF(middle - 0.5, 0, 1, self.height()), self.palette().color(_Role.WindowText))

    # -- mouse --------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position()
        if event.button() is Qt.MouseButton.LeftButton and self._is_on_frames(point):
            self.frame_wanted.emit(self._view.scale.frame_at(point.x() - GUTTER_PX))

    def _is_on_frames(self, point: QPointF) -> bool:
        return point.x() >= GUTTER_PX and point.y() >= _WORDS_PX and bool(self._view.grid.frame_count)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._tool_tip(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _tool_tip(self, point: QPointF) -> str:
        if not self._is_on_frames(point):
            return tr(
                "Bars above a line raise the network's rating, bars below it lower it (integrated "
                "gradients); over all frames and actions they sum to the rating less that without any action."
            )
        frame = self._view.scale.frame_at(point.x() - GUTTER_PX)
        row = int((point.y() - _WORDS_PX) // _ROW_PX)
        if row >= len(self._rows) or frame >= self._values.shape[1] or self._clip_at(frame) is None:
            return self.words(frame)
        value = float(self._values[row, frame])
        return tr(
            "Frame {frame}, {action}: {value}",
            frame=frame,
            action=_name(self._rows[row]),
            value=_signed(value),
        )


def _of_one_network(clips: Sequence[ClipAttribution]) -> tuple[ClipAttribution, ...]:
    """Clips of the network that explains most of them: two networks' values have no common scale."""
    explained = Counter(clip.network for clip in clips)
    chosen = max(explained, key=lambda name: explained[name], default="")
    return tuple(clip for clip in clips if clip.network == chosen)


def _strongest(clips: Sequence[ClipAttribution]) -> tuple[str, ...]:
    """Actions that moved ratings most, over all frames of all clips; never more than have room."""
    moved: dict[str, float] = {}
    for clip in clips:
        for key, total in zip(clip.actions, np.nansum(np.abs(clip.values), axis=0).tolist(), strict=True):
            moved[key] = moved.get(key, 0.0) + total
    ordered = sorted(moved, key=lambda key: -moved[key])
    return tuple(key for key in ordered if moved[key] > 0)[:_MOST_ROWS]


def _name(key: str) -> str:
    known = action(key)
    return f"{known.kind}{known.label}"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")
