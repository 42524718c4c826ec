"""Every key at a glance: a window, and a card to be printed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFont,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QPageLayout,
    QPageSize,
    QPainter,
    QPaintEvent,
    QPalette,
    QPdfWriter,
)
from PySide6.QtWidgets import QDialog, QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from hrm_annotator.actions.bindings import Bindings
from hrm_annotator.actions.ids import TOGGLES
from hrm_annotator.actions.strokes import shown
from hrm_annotator.actions.table import COMMANDS
from hrm_annotator.dialogs.key_drawing import KeyDrawing, rest_of
from hrm_annotator.language import tr
from hrm_annotator.widgets.spoken import Spoken
from hrm_core.paths import write_whole

__all__ = ["KeySheet", "keys_in_words", "write_card"]

_MARGIN = 18
_LINE_PX = 21
_COLUMN_PX = 300
_CARD_MM = (297, 210)
_CARD_MARGIN_MM = 9.0
_CARD_COLUMNS = 4
_CARD_DPI = 200
_MM_PER_INCH = 25.4
_PAPER = {
    "WindowText": "#1b1f24",
    "Button": "#ffffff",
    "PlaceholderText": "#5f6b7a",
    "Mid": "#9aa3af",
}


class KeySheet(QDialog):
    """The keys of the profile in use; stays open beside the main window, F1 or Escape closes it."""

    def __init__(self, bindings: Bindings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = _SheetView()
        scroll = QScrollArea()
        scroll.setWidget(self.view)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setAccessibleName(tr("Keys"))
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)
        self.resize(QSize(1180, 740))
        self.show_bindings(bindings)

    def show_bindings(self, bindings: Bindings) -> None:
        """Show the keys of other bindings."""
        self.setWindowTitle(tr("Keys: {profile}", profile=bindings.profile.words))
        self.view.show_bindings(bindings)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F1:
            self.close()
        else:
            super().keyPressEvent(event)


class _SheetView(QWidget, Spoken):
    """Keys above, table below, in the width there is."""

    spoken_role = QAccessible.Role.Graphic

    def __init__(self) -> None:
        super().__init__()
        self._bindings = Bindings()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setAccessibleName(tr("Keys"))

    def show_bindings(self, bindings: Bindings) -> None:
        self._bindings = bindings
        # The drawing says nothing to who cannot see it.
        self.setAccessibleDescription(keys_in_words(bindings))
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        inner = width - 2 * _MARGIN
        drawing = self._drawing()
        table = drawing.table_height(_LINE_PX, _columns(inner))
        return round(drawing.keys_height(inner) + table) + 3 * _MARGIN

    def sizeHint(self) -> QSize:
        return QSize(1180, self.heightForWidth(1180))

    def minimumSizeHint(self) -> QSize:
        return QSize(640, self.heightForWidth(max(self.width(), 640)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        inner, drawing = self.width() - 2 * _MARGIN, self._drawing()
        keys = QRectF(_MARGIN, _MARGIN, inner, drawing.keys_height(inner))
        drawing.paint_keys(painter, keys)
        table = QRectF(_MARGIN, keys.bottom() + _MARGIN, inner, self.height())
        drawing.paint_table(painter, table, _LINE_PX, _columns(inner))

    def _drawing(self) -> KeyDrawing:
        return KeyDrawing(self._bindings, self.palette(), self.font())


def _columns(width: float) -> int:
    return max(1, int(width // _COLUMN_PX))


def keys_in_words(bindings: Bindings) -> str:
    """Every command that has a key, one a line: what a screen reader reads."""
    lines = [
        f"{', '.join(map(shown, bindings.keys_of(name)))}: {COMMANDS[name].words}"
        for name in TOGGLES
        if bindings.keys_of(name)
    ]
    for title, entries in rest_of(bindings):
        lines += [title, *(f"{keys}: {words}" for keys, words in entries)]
    return "\n".join(lines)


def write_card(path: Path, bindings: Bindings) -> None:
    """Write the keys as one A4 page, landscape.

    Parameters
    ----------
    path : pathlib.Path
        A picture where it ends with ``.png``, else a PDF.
    bindings : Bindings
        What the keys do.

    Raises
    ------
    OSError
        If the file cannot be written; what was there before is as it was.
    """
    write_whole(path, _as_png(bindings) if path.suffix.lower() == ".png" else _as_pdf(bindings))


def _as_pdf(bindings: Bindings) -> bytes:
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(tr("HRM Annotator: keys, {profile}", profile=bindings.profile.words))
    writer.setPageLayout(
        QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Landscape, QMarginsF())
    )
    writer.setResolution(_CARD_DPI)
    painter = QPainter(writer)
    _paint_card(painter, bindings)
    painter.end()
    buffer.close()
    return bytes(content.data())


def _as_png(bindings: Bindings) -> bytes:
    width, height = (round(side / _MM_PER_INCH * _CARD_DPI) for side in _CARD_MM)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    dots_per_metre = round(_CARD_DPI / _MM_PER_INCH * 1000)
    image.setDotsPerMeterX(dots_per_metre)
    image.setDotsPerMeterY(dots_per_metre)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    _paint_card(painter, bindings)
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    buffer.close()
    return bytes(content.data())


def _paint_card(painter: QPainter, bindings: Bindings) -> None:
    """Title, keys and table, as large as one page allows."""
    unit = _CARD_DPI / _MM_PER_INCH  # dots of a millimetre
    palette = QPalette()
    for role, colour in _PAPER.items():
        palette.setColor(QPalette.ColorRole[role], QColor(colour))
    font = QGuiApplication.font()
    width, height = ((side - 2 * _CARD_MARGIN_MM) * unit for side in _CARD_MM)
    painter.translate(_CARD_MARGIN_MM * unit, _CARD_MARGIN_MM * unit)
    title = QFont(font)
    title.setBold(True)
    title.setPointSizeF(13)
    painter.setFont(title)
    painter.setPen(palette.color(QPalette.ColorRole.WindowText))
    head = QRectF(0, 0, width, 8 * unit)
    words = tr("HRM Annotator · keys · {profile}", profile=bindings.profile.words)
    painter.drawText(head, Qt.AlignmentFlag.AlignVCenter.value, words)
    drawing = KeyDrawing(bindings, palette, font)
    # The keys give way until the table has room to be read.
    keys_width = width
    while (
        line := _line_that_fits(drawing, height - 10 * unit - drawing.keys_height(keys_width))
    ) < 3.4 * unit:
        keys_width *= 0.96
        if keys_width < width / 2:
            break
    keys = QRectF((width - keys_width) / 2, 9 * unit, keys_width, drawing.keys_height(keys_width))
    drawing.paint_keys(painter, keys)
    line = min(line, 5 * unit)
    drawing.paint_table(painter, QRectF(0, keys.bottom() + unit, width, height), line, _CARD_COLUMNS)


def _line_that_fits(drawing: KeyDrawing, height: float) -> float:
    return height / drawing.table_height(1.0, _CARD_COLUMNS)
