"""The answers of a scale as large buttons, each with its key."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFontMetrics,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QWidget

from hrm_annotator.judging.answer_keys import key_of
from hrm_annotator.judging.ground import larger
from hrm_annotator.language import tr

__all__ = ["ScaleButtons"]

_PAD = 12
_CAP = 30
_NARROWEST = 64
_GAP = 10
_WRAPPED = int(Qt.TextFlag.TextWordWrap.value | Qt.AlignmentFlag.AlignHCenter.value)


class _Answer(QAbstractButton):
    """One answer: its key in a frame, and what it means."""

    def __init__(self, score: int, label: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.score, self._label = score, label
        self.setText(label)
        self.setAccessibleName(tr("{key}: {label}", key=key_of(score), label=label))
        # By Tab, never by the mouse: the key Space, which pauses, would answer the next clip.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        # As tall as its neighbours, some of which have two lines.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setFont(larger(self.font(), 1.15))
        self.upright = True
        self.setMouseTracking(True)
        self._hovered = False
        self._rests_at: QPoint | None = None

    def needs(self, width: int) -> tuple[int, int]:
        """Width and height of the label with its lines broken to this width."""
        room = QRect(0, 0, max(1, width - 2 * _PAD), 10_000)
        found = QFontMetrics(self.font()).boundingRect(room, _WRAPPED, self._label)
        return found.width() + 2 * _PAD, found.height()

    def sizeHint(self) -> QSize:
        if not self.upright:
            width = QFontMetrics(self.font()).horizontalAdvance(self._label) + _CAP + 4 * _PAD
            return QSize(min(width, 4 * self.minimumSizeHint().height()), self.minimumSizeHint().height())
        return QSize(120, self.minimumSizeHint().height())

    def minimumSizeHint(self) -> QSize:
        if not self.upright:
            return QSize(120, QFontMetrics(self.font()).height() + _PAD)
        return QSize(_NARROWEST, self.needs(max(self.width(), _NARROWEST))[1] + _CAP + 3 * _PAD)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, group = self.palette(), QPalette.ColorGroup.Normal
        if not self.isEnabled():
            group = QPalette.ColorGroup.Disabled
        lit = self.isEnabled() and (self._hovered or self.hasFocus() or self.isDown())
        role = QPalette.ColorRole.Accent if lit else QPalette.ColorRole.Mid
        painter.setPen(QPen(palette.color(role), 2 if lit else 1))
        ground = QPalette.ColorRole.Midlight if lit else QPalette.ColorRole.Button
        painter.setBrush(palette.color(ground))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        ink = palette.color(group, QPalette.ColorRole.ButtonText)
        cap, label, align = self._places()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink, 1))
        painter.drawRoundedRect(cap, 5, 5)
        painter.setFont(larger(self.font(), 1.05, bold=True))
        painter.drawText(cap, int(Qt.AlignmentFlag.AlignCenter.value), key_of(self.score))
        painter.setFont(self.font())
        painter.drawText(label, align, self._label)

    def _places(self) -> tuple[QRectF, QRectF, int]:
        """Where the key and the label are painted."""
        if self.upright:
            cap = QRectF((self.width() - _CAP) / 2, _PAD, _CAP, _CAP)
            label = QRectF(_PAD, 2 * _PAD + _CAP, self.width() - 2 * _PAD, self.height() - _CAP - 2 * _PAD)
            return cap, label, _WRAPPED | int(Qt.AlignmentFlag.AlignTop.value)
        side = min(_CAP, self.height() - 6)
        cap = QRectF(_PAD, (self.height() - side) / 2, _CAP, side)
        left = 2 * _PAD + _CAP
        label = QRectF(left, 0, self.width() - left - _PAD, self.height())
        return cap, label, int((Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter).value)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # The second click of a double click was not meant for what is asked by now.
        event.accept()

    def forget_pointer(self) -> None:
        """Light up only after the pointer has moved: one that merely rests here prefers no answer."""
        self._hovered, self._rests_at = False, None
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        # Sent to what appears under a resting pointer, too.
        self._hovered, self._rests_at = False, event.globalPosition().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.globalPosition().toPoint()
        if self._rests_at is None:
            self._rests_at = place
        elif not self._hovered and place != self._rests_at:
            self._hovered = True
            self.update()
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: object) -> None:
        self.forget_pointer()


class ScaleButtons(QWidget):
    """All answers, side by side where their words have room, else one below the other."""

    answered = Signal(int)
    """A score, 1 for the first point."""

    def __init__(self, labels: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answers = [_Answer(score, label, self) for score, label in enumerate(labels, 1)]
        for answer in self._answers:
            answer.clicked.connect(lambda _=False, score=answer.score: self.answered.emit(score))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        self._upright: bool | None = None
        self._place(self._fits_in_a_row(960))

    @property
    def buttons(self) -> list[QAbstractButton]:
        """The answers in the order of the scale."""
        return list(self._answers)

    def forget_pointer(self) -> None:
        """Begin anew: no answer is lit until the pointer moves."""
        for answer in self._answers:
            answer.forget_pointer()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place(self._fits_in_a_row(self.width()))
        # Lines break anew, which may take another height.
        for answer in self._answers:
            answer.updateGeometry()

    def _fits_in_a_row(self, width: int) -> bool:
        many = max(1, len(self._answers))
        column = (width - _GAP * (many - 1)) // many
        return column >= _NARROWEST and all(
            answer.needs(column)[0] <= column and answer.needs(column)[1] <= 4 * answer.fontMetrics().height()
            for answer in self._answers
        )

    def _place(self, upright: bool) -> None:
        if upright == self._upright:
            return
        self._upright = upright
        self._grid.setVerticalSpacing(_GAP if upright else 4)
        for place, answer in enumerate(self._answers):
            answer.upright = upright
            self._grid.addWidget(answer, 0 if upright else place, place if upright else 0)
            answer.updateGeometry()
        for column in range(len(self._answers)):
            self._grid.setColumnStretch(column, 1 if upright or column == 0 else 0)
