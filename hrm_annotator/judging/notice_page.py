"""A page of words with what can be done now: welcome, break, pause, end, what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from hrm_annotator.judging.ground import larger, words

__all__ = ["Choice", "NoticePage"]

_WIDTH = 720
_ROOM = 36


@dataclass(frozen=True)
class Choice:
    """One thing that can be done; the first of a page is what Enter does."""

    words: str
    act: Callable[[], None]


class NoticePage(QWidget):
    """A title, paragraphs and buttons, in the middle of the window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices: list[QPushButton] = []
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer.addWidget(self._scroll)

    def show_words(
        self, title: str, paragraphs: Sequence[str], choices: Sequence[Choice], extra: QWidget | None = None
    ) -> None:
        """Say something.

        Parameters
        ----------
        title : str
            In large letters.
        paragraphs : sequence of str
            What follows.
        choices : sequence of Choice
            Buttons; the first is the one that Enter and Space press.
        extra : QWidget, optional
            Stands between words and buttons.
        """
        page = QWidget()
        column = QVBoxLayout()
        column.setSpacing(14)
        column.addStretch(2)
        heading = words(title, 1.9, bold=True)
        heading.setAccessibleName(title)
        column.addWidget(heading)
        for text in paragraphs:
            column.addWidget(words(text, 1.15))
        if extra is not None:
            column.addSpacing(6)
            column.addWidget(extra)
        column.addSpacing(14)
        row = QHBoxLayout()
        row.setSpacing(12)
        self._choices = [self._button(choice, place == 0) for place, choice in enumerate(choices)]
        for button in self._choices:
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(3)
        middle = QWidget()
        middle.setLayout(column)
        middle.setMaximumWidth(_WIDTH)
        outer = QHBoxLayout(page)
        outer.setContentsMargins(40, 24, 40, 24)
        outer.addStretch(1)
        outer.addWidget(middle, 100)
        outer.addStretch(1)
        self._scroll.setWidget(page)
        page.setAutoFillBackground(False)

    @property
    def first(self) -> QPushButton | None:
        """What Enter does; None if nothing can be done."""
        return self._choices[0] if self._choices else None

    def _button(self, choice: Choice, first: bool) -> QPushButton:
        button = QPushButton(choice.words)
        button.setFont(larger(button.font(), 1.15, bold=first))
        button.setMinimumHeight(44)
        button.setMinimumWidth(button.fontMetrics().horizontalAdvance(choice.words) + _ROOM)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _=False: choice.act())
        return button
