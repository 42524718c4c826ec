"""Paints the names left of the frames."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter, QPalette

from hrm_annotator.language import said, tr
from hrm_annotator.timeline.colours import Colours
from hrm_annotator.timeline.view import CLIPS_PX, GUTTER_PX, ROWS_TOP_PX, RULER_PX, STATES_PX, View

__all__ = ["Gutter"]

_SMALL_PX = 10
_NUMBER_PX = 26
_LEGEND_LINE_PX = 12
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_Role = QPalette.ColorRole


class Gutter:
    """Names of rows, bands and curves; painted again only when they change.

    Writing thirty-three names takes longer than painting the codes of a whole
    study, and panning changes none of them.

    Parameters
    ----------
    view : View
        What is shown.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._image: QImage | None = None
        self._shown: tuple[object, ...] = ()

    def image(self, colours: Colours, ratio: float, palette: QPalette, font: QFont) -> QImage:
        """The names in these colours, as high as the view."""
        view = self._view
        layout = view.layout
        shown = (
            colours,
            ratio,
            font.toString(),
            view.height,
            view.chosen,
            layout.shown,
            layout.offset,
            layout.row_height,
            view.actions,
            view.curves,
        )
        if self._image is None or shown != self._shown:
            self._shown = shown
            self._image = QImage(
                round(GUTTER_PX * ratio), max(round(view.height * ratio), 1), QImage.Format.Format_RGB32
            )
            self._image.setDevicePixelRatio(ratio)
            self._image.fill(palette.color(_Role.Window))
            painter = QPainter(self._image)
            _Names(painter, view, colours, palette, font).draw()
            painter.end()
        return self._image


class _Names:
    """The names while they are painted."""

    def __init__(
        self, painter: QPainter, view: View, colours: Colours, palette: QPalette, font: QFont
    ) -> None:
        self._painter, self._view, self._colours = painter, view, colours
        self._colour = palette.color
        self._font = QFont(font)

    def draw(self) -> None:
        self._draw_bands()
        self._draw_row_names()
        self._draw_legend()

    def _use_font(self, size_px: int, *, bold: bool = False) -> QFontMetrics:
        self._font.setPixelSize(size_px)
        self._font.setBold(bold)
        self._painter.setFont(self._font)
        return QFontMetrics(self._font)

    def _draw_bands(self) -> None:
        painter = self._painter
        self._use_font(_SMALL_PX)
        painter.setPen(self._colour(_Role.PlaceholderText))
        for words, top, height in (
            (tr("clips"), RULER_PX, CLIPS_PX - 1),
            (tr("state"), RULER_PX + CLIPS_PX + 1, STATES_PX - 2),
        ):
            painter.drawText(QRectF(0, top, GUTTER_PX - 6, height), _RIGHT, words)

    def _draw_row_names(self) -> None:
        painter, view = self._painter, self._view
        size_px = min(view.layout.row_height - 1, 11)
        painter.save()
        painter.setClipRect(QRectF(0, ROWS_TOP_PX, GUTTER_PX, view.layout.area))
        for row in view.layout.in_view():
            entry = view.actions[row.row]
            line = QRectF(0, ROWS_TOP_PX + row.top, GUTTER_PX, row.height - 1)
            chosen = entry.key == view.chosen
            if chosen:
                painter.fillRect(line.adjusted(2, 0, -2, 0), self._colour(_Role.Highlight))
            self._use_font(size_px, bold=True)
            painter.setPen(self._colour(_Role.HighlightedText if chosen else _Role.WindowText))
            painter.drawText(QRectF(0, line.top(), _NUMBER_PX, line.height()), _RIGHT, entry.label)
            metrics = self._use_font(min(size_px, _SMALL_PX))
            room = line.adjusted(_NUMBER_PX + 5, 0, -3, 0)
            if not chosen:
                painter.setPen(self._colour(_Role.PlaceholderText))
            words = metrics.elidedText(said(entry.short), Qt.TextElideMode.ElideRight, int(room.width()))
            painter.drawText(room, _LEFT, words)
        painter.restore()

    def _draw_legend(self) -> None:
        view, painter = self._view, self._painter
        metrics = self._use_font(_SMALL_PX)
        for place, curve in enumerate(view.curves):
            top = view.strip_top + 2 + place * _LEGEND_LINE_PX
            colour = self._colours.curves[place % len(self._colours.curves)]
            painter.fillRect(QRectF(4, top + _LEGEND_LINE_PX / 2 - 1, 8, 2), colour)
            painter.setPen(self._colour(_Role.WindowText))
            room = QRectF(16, top, GUTTER_PX - 20, _LEGEND_LINE_PX)
            words = metrics.elidedText(
                _numbered(place, len(view.curves)) + curve.legend(),
                Qt.TextElideMode.ElideRight,
                int(room.width()),
            )
            painter.drawText(room, _LEFT, words)


def _numbered(place: int, curves: int) -> str:
    """The number that stands on a curve, where there are several to be told apart."""
    return f"{place + 1} " if curves > 1 else ""
