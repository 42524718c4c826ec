"""Ask once which keys: one letter per action, or the numbers of FACS."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QFont, QFontMetrics, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.actions.bindings import Bindings
from hrm_annotator.actions.profiles import Profile
from hrm_annotator.dialogs.key_drawing import KeyDrawing
from hrm_annotator.language import mark, tr
from hrm_annotator.widgets.spoken import Spoken

__all__ = ["KeyProfileDialog"]

_WORDS = {
    Profile.FACE_MAP: mark(
        "One letter per action, laid out like a face: brows in the top row, corners of the mouth in "
        "the middle, lips and jaw below. A digit right after it says the side. Fewest keys."
    ),
    Profile.FACS_NUMBERS: mark(
        "Type the number of the action, then L, R, T or B for the side and A–E for the intensity. "
        "Nothing to learn for who knows FACS."
    ),
}
_CARD = QSize(400, 262)
_PAD = 14
_GAP = 10


class KeyProfileDialog(QDialog):
    """Two cards; arrow keys go from one to the other, Enter takes the one that is marked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("How do you want to code?"))
        words = QLabel(
            tr(
                "Choose the keys to begin with. Both can be changed at any time under Help, and every key "
                "under Help ▸ Change keys."
            )
        )
        words.setWordWrap(True)
        self.cards = {profile: _ProfileCard(profile) for profile in Profile}
        self._group = QButtonGroup(self)
        row = QHBoxLayout()
        for card in self.cards.values():
            self._group.addButton(card)
            row.addWidget(card)
        self.cards[Profile.FACE_MAP].setChecked(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText(tr("Use these keys"))
        buttons.accepted.connect(self.accept)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addLayout(row)
        column.addWidget(buttons)
        self.cards[Profile.FACE_MAP].setFocus()

    @property
    def profile(self) -> Profile:
        """The card that is marked."""
        return next(profile for profile, card in self.cards.items() if card.isChecked())


class _ProfileCard(QAbstractButton, Spoken):
    """Name, words and a small drawing of the keys."""

    # One of two: Qt would call what can be checked a check box.
    spoken_role = QAccessible.Role.RadioButton

    def spoken_checked(self) -> bool:
        """Whether these keys are chosen."""
        return self.isChecked()

    def spoken_press(self) -> bool:
        """Choose these keys."""
        self.click()
        return True

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self._drawing_of = Bindings(profile)
        self.setText(profile.words)
        self.setAccessibleName(profile.words)
        self.setAccessibleDescription(tr(_WORDS[profile]))
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:
        inner = _CARD.width() - 2 * _PAD
        keys = KeyDrawing(self._drawing_of, self.palette(), self.font()).keys_height(inner, notes=False)
        flags = Qt.TextFlag.TextWordWrap.value
        room = QRect(0, 0, inner, _CARD.height())
        words = self.fontMetrics().boundingRect(room, flags, self.accessibleDescription()).height()
        title = QFontMetrics(self._title_font()).height()
        return QSize(_CARD.width(), max(_CARD.height(), round(title + keys + words) + 2 * _GAP + 2 * _PAD))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _title_font(self) -> QFont:
        title = QFont(self.font())
        title.setBold(True)
        title.setPointSizeF(title.pointSizeF() * 1.2)
        return title

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        marked = self.isChecked()
        edge = palette.color(QPalette.ColorRole.Accent if marked else QPalette.ColorRole.Mid)
        painter.setPen(QPen(edge, 3 if marked else 1))
        painter.setBrush(palette.color(QPalette.ColorRole.Button))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 8, 8)
        inner = QRectF(self.rect()).adjusted(_PAD, _PAD, -_PAD, -_PAD)
        painter.setFont(self._title_font())
        painter.setPen(palette.color(QPalette.ColorRole.ButtonText))
        head = QRectF(inner.left(), inner.top(), inner.width(), painter.fontMetrics().height())
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft.value, self.text())
        drawing = KeyDrawing(self._drawing_of, palette, self.font())
        height = drawing.keys_height(inner.width(), notes=False)
        keys = QRectF(inner.left(), head.bottom() + _GAP, inner.width(), height)
        drawing.paint_keys(painter, keys, notes=False)
        painter.setFont(self.font())
        painter.setPen(palette.color(QPalette.ColorRole.ButtonText))
        words = QRectF(
            inner.left(), keys.bottom() + _GAP, inner.width(), inner.bottom() - keys.bottom() - _GAP
        )
        painter.drawText(words, Qt.TextFlag.TextWordWrap.value, self.accessibleDescription())
