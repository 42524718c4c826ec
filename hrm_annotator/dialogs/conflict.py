"""Two versions of one frame: which one shall be kept."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from hrm_annotator.language import tr, trn
from hrm_annotator.session import score_text
from hrm_core.facs import action
from hrm_core.records.coding import CodingState, FrameCoding

__all__ = ["ConflictDialog"]


class ConflictDialog(QDialog):
    """Shows both versions of a frame; closing it without a choice keeps the one on disk.

    Parameters
    ----------
    frame : int
        The frame.
    mine, theirs : FrameCoding or None
        Its two versions; None is uncoded.
    others : int
        How many more frames of the same act were changed elsewhere: one answer is for all.
    """

    def __init__(
        self,
        frame: int,
        mine: FrameCoding | None,
        theirs: FrameCoding | None,
        others: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.keep_mine = False
        title, told = _questions(frame, others)
        self.setWindowTitle(title)
        words = QLabel(told)
        words.setWordWrap(True)
        mine_button = QPushButton(tr("Keep this one"))
        mine_button.clicked.connect(self._on_mine)
        theirs_button = QPushButton(tr("Keep that one"))
        theirs_button.clicked.connect(self.accept)
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        for column, (title, coding, button) in enumerate(
            ((tr("In this window"), mine, mine_button), (tr("On disk"), theirs, theirs_button))
        ):
            heading = QLabel(f"<b>{title}</b>")
            version = QLabel(_describe(coding))
            version.setTextFormat(Qt.TextFormat.PlainText)
            version.setWordWrap(True)
            grid.addWidget(heading, 0, column)
            grid.addWidget(version, 1, column)
            grid.addWidget(button, 2, column)
        column_layout = QVBoxLayout(self)
        column_layout.addWidget(words)
        column_layout.addLayout(grid)
        self.setMinimumWidth(460)

    def _on_mine(self) -> None:
        self.keep_mine = True
        self.accept()


def _questions(frame: int, others: int) -> tuple[str, str]:
    """Title and words of the dialog."""
    if not others:
        return (
            tr("Frame {frame} was changed elsewhere", frame=frame),
            tr(
                "While you coded frame {frame}, another window or program saved it under your name. "
                "Nothing is lost: both versions are shown, and what you do not keep stays in the history.",
                frame=frame,
            ),
        )
    return (
        trn(
            "Frame {frame} and {count} other frame were changed elsewhere",
            "Frame {frame} and {count} other frames were changed elsewhere",
            others,
            frame=frame,
        ),
        trn(
            "While you coded frame {frame} and {count} other frame, another window or program saved them "
            "under your name. Nothing is lost: both versions of frame {frame} are shown, and what you do "
            "not keep stays in the history.",
            "While you coded frame {frame} and {count} other frames, another window or program saved them "
            "under your name. Nothing is lost: both versions of frame {frame} are shown, and what you do "
            "not keep stays in the history.",
            others,
            frame=frame,
        ),
    )


def _describe(coding: FrameCoding | None) -> str:
    if coding is None:
        return tr("not coded")
    if coding.state is CodingState.NOT_CODABLE:
        return tr("not codable")
    lines = [score_text(coding) if coding.codes else tr("no action (AU0)")]
    # Two versions may differ in nothing else.
    for code in coding.codes:
        if code.doubtful or code.note:
            words = ": ".join(part for part in (tr("doubtful") if code.doubtful else "", code.note) if part)
            lines.append(f"{action(code.action).number} {words}")
    if coding.doubtful:
        lines.append(tr("doubtful"))
    if coding.comment:
        lines.append(coding.comment)
    return "\n".join(lines)
