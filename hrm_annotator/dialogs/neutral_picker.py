"""Choose the neutral face among proposed frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAccessible, QIcon, QImage, QKeySequence, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.language import tr
from hrm_annotator.widgets.spoken import Spoken

if TYPE_CHECKING:
    from hrm_core.workflows.choose_neutral import NeutralProposal

__all__ = ["NeutralPicker"]

_SIDE_PX = 190
_STYLE = """
QToolButton { border: 2px solid palette(mid); border-radius: 6px; padding: 6px;
              background: palette(button); color: palette(button-text); }
QToolButton:hover, QToolButton:focus { border-color: palette(accent); }
QToolButton:checked { border: 4px solid palette(accent); padding: 4px; }
"""


class _Choice(QToolButton, Spoken):
    """One of several: Qt would call what can be checked a check box."""

    spoken_role = QAccessible.Role.RadioButton

    def spoken_checked(self) -> bool:
        """Whether this frame is chosen."""
        return self.isChecked()

    def spoken_press(self) -> bool:
        """Choose this frame."""
        self.click()
        return True


class NeutralPicker(QDialog):
    """Shows proposals side by side, with numbers; a key or a click chooses, Return uses it.

    Parameters
    ----------
    proposals : sequence of NeutralProposal
        The best first.
    """

    def __init__(self, proposals: Sequence[NeutralProposal], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Propose a neutral frame"))
        self.frame: int | None = None
        words = QLabel(
            tr(
                "In these frames the face is seen from the front and rests; the first most of all. Whether "
                "the eyes are open and the mouth is closed, you must judge. Choose one (keys 1–{last}).",
                last=len(proposals),
            )
        )
        words.setWordWrap(True)
        row = QHBoxLayout()
        self.choices = [self._choice(number, entry) for number, entry in enumerate(proposals, start=1)]
        for choice in self.choices:
            row.addWidget(choice)
        row.addStretch(1)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._use = self._buttons.addButton(tr("Use as neutral"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._use.setEnabled(False)
        self._use.setDefault(True)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addLayout(row)
        column.addWidget(self._buttons)

    def _choice(self, number: int, entry: NeutralProposal) -> QToolButton:
        button = _Choice()
        button.setStyleSheet(_STYLE)
        button.setCheckable(True)
        button.setAutoExclusive(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(_SIDE_PX, _SIDE_PX))
        button.setIcon(QIcon(_thumbnail(entry.picture)))
        lines = [tr("{number} · frame {frame}", number=number, frame=entry.frame)]
        if entry.picture is None:
            lines.append(tr("withheld: eyes not located"))
        lines.append(tr("turned by about {degrees}°", degrees=f"{entry.turned_deg:.0f}"))
        lines.append(tr("moves {share} of its size a frame", share=f"{entry.motion:.1%}"))
        button.setText("\n".join(lines))
        button.setAccessibleName(", ".join(lines))
        button.setShortcut(QKeySequence(str(number)))
        button.clicked.connect(lambda: self._on_chosen(entry.frame))
        return button

    def _on_chosen(self, frame: int) -> None:
        self.frame = frame
        self._use.setEnabled(True)
        self._use.setFocus()


def _thumbnail(rgb: NDArray[np.uint8] | None) -> QPixmap:
    if rgb is None:
        empty = QPixmap(_SIDE_PX, _SIDE_PX)
        empty.fill(Qt.GlobalColor.gray)
        return empty
    rgb = np.ascontiguousarray(rgb)
    height, width = rgb.shape[:2]
    image = QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    how = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image.scaled(_SIDE_PX, _SIDE_PX, *how))
