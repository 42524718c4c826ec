"""Gold-standard clips, and how the coder did: a list beside the window, which stays in reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.language import tr, trn
from hrm_core.facs import action
from hrm_core.records.training import ActionResult, Mistake, MistakeKind, TrainingScore

if TYPE_CHECKING:
    from hrm_core.workflows.train_coder import TrainingClip

__all__ = ["TrainingDialog"]


class TrainingDialog(QDialog):
    """Clips to choose from above; agreement and every mistake below, once the coder was measured."""

    clip_wanted = Signal(object)
    """Go to this TrainingClip."""
    measure_wanted = Signal(object)
    """Measure the coder on this TrainingClip."""
    frame_wanted = Signal(int)
    """Go to this frame."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Training on gold-standard clips"))
        self._clips: Sequence[TrainingClip] = ()
        self._score: TrainingScore | None = None
        self.clips = QListWidget()
        self.clips.setAccessibleName(tr("Gold-standard clips"))
        self.clips.itemActivated.connect(lambda _item: self._go())
        self.clips.currentRowChanged.connect(lambda _row: self._enable())
        self.go = QPushButton(tr("&Go to the clip"))
        self.go.clicked.connect(self._go)
        self.measure = QPushButton(tr("&Measure my codes"))
        self.measure.clicked.connect(self._measure)
        self._empty = _label()
        self.verdict = _label()
        self.verdict.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.here = _label()
        self.actions_table = QTableWidget(0, 5)
        self.actions_table.setAccessibleName(tr("Agreement by action"))
        self.actions_table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.actions_table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.actions_table.verticalHeader().hide()
        self.actions_table.setHorizontalHeaderLabels(
            [tr("Action"), tr("Index"), tr("Agreed"), tr("Gold"), tr("Yours")]
        )
        self.actions_table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, 5):
            self.actions_table.horizontalHeader().setSectionResizeMode(
                column, QHeaderView.ResizeMode.ResizeToContents
            )
        self.mistakes = QListWidget()
        self.mistakes.setAccessibleName(tr("Missed and wrong actions"))
        self.mistakes.itemClicked.connect(self._on_mistake)
        self.mistakes.itemActivated.connect(self._on_mistake)
        self._lay_out()
        self.resize(560, 640)

    def show_clips(self, clips: Sequence[TrainingClip]) -> None:
        """List the clips, the chosen one chosen again."""
        row = max(self.clips.currentRow(), 0)
        self._clips = clips
        self.clips.clear()
        for entry in clips:
            self.clips.addItem(QListWidgetItem(_clip_words(entry)))
        self._empty.setVisible(not clips)
        self._empty.setText(
            tr("No clip is a gold standard yet: hrm training add on the command line makes one.")
        )
        self.clips.setCurrentRow(min(row, len(clips) - 1))
        self._enable()

    def show_score(self, score: TrainingScore | None) -> None:
        """Show how the coder did; None clears it."""
        self._score = score
        for part in (self.verdict, self.actions_table, self.mistakes, self.here):
            part.setVisible(score is not None)
        self.mistakes.clear()
        self.actions_table.setRowCount(0)
        if score is None:
            return
        self.verdict.setText(_verdict(score))
        for entry in score.actions:
            self._add_action(entry)
        for mistake in score.mistakes:
            item = QListWidgetItem(_mistake_words(mistake))
            item.setData(Qt.ItemDataRole.UserRole, mistake.first_frame)
            self.mistakes.addItem(item)
        if not score.mistakes:
            self.mistakes.addItem(tr("Nothing was missed or wrong."))
        self.show_frame(None)

    def show_frame(self, frame: int | None) -> None:
        """Say what was missed or wrong in the frame on the screen."""
        if self._score is None:
            return
        clip = self._score.clip
        if frame is None or not clip.first_frame <= frame <= clip.last_frame:
            self.here.setText(tr("Go to a frame of the clip to see what was missed or wrong there."))
            return
        found = [m for m in self._score.mistakes if m.first_frame <= frame <= m.last_frame]
        what = "; ".join(_difference(mistake) for mistake in found) or tr("as the gold standard")
        self.here.setText(tr("Frame {frame}: {what}", frame=frame, what=what))

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.go)
        buttons.addWidget(self.measure)
        buttons.addStretch(1)
        upper = QWidget()
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(
            _label(
                tr(
                    "Code a clip as usual, then measure your codes. The gold standard is shown only then, "
                    "and every attempt is kept."
                )
            )
        )
        column.addWidget(self._empty)
        column.addWidget(self.clips, 1)
        column.addLayout(buttons)
        lower = QWidget()
        column = QVBoxLayout(lower)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.verdict)
        column.addWidget(self.actions_table, 1)
        column.addWidget(self.mistakes, 1)
        column.addWidget(self.here)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setChildrenCollapsible(False)
        parts.addWidget(upper)
        parts.addWidget(lower)
        parts.setSizes([220, 420])
        QVBoxLayout(self).addWidget(parts)
        self.show_score(None)

    def _add_action(self, entry: ActionResult) -> None:
        row = self.actions_table.rowCount()
        self.actions_table.insertRow(row)
        known = action(entry.action)
        cells = (
            f"{known.kind}{known.label} {tr(known.short)}",
            "–" if entry.index is None else f"{entry.index:.2f}",
            str(entry.agreed),
            str(entry.gold),
            str(entry.coded),
        )
        for column, words in enumerate(cells):
            item = QTableWidgetItem(words)
            if column:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.actions_table.setItem(row, column, item)

    def _chosen(self) -> TrainingClip | None:
        row = self.clips.currentRow()
        return self._clips[row] if 0 <= row < len(self._clips) else None

    def _enable(self) -> None:
        chosen = self._chosen()
        self.go.setEnabled(chosen is not None)
        self.measure.setEnabled(chosen is not None)

    def _go(self) -> None:
        if (chosen := self._chosen()) is not None:
            self.clip_wanted.emit(chosen)

    def _measure(self) -> None:
        if (chosen := self._chosen()) is not None:
            self.measure_wanted.emit(chosen)

    def _on_mistake(self, item: QListWidgetItem) -> None:
        frame = item.data(Qt.ItemDataRole.UserRole)
        if frame is not None:
            self.frame_wanted.emit(frame)


def _label(words: str = "") -> QLabel:
    label = QLabel(words)
    label.setWordWrap(True)
    return label


def _clip_words(entry: TrainingClip) -> str:
    clip = entry.clip
    words = tr(
        "{participant}, {video}, frames {first}–{last}: {done} of {total} coded",
        participant=entry.participant,
        video=entry.recording.name,
        first=clip.first_frame,
        last=clip.last_frame,
        done=entry.settled,
        total=len(clip),
    )
    if not entry.results:
        return words
    last = entry.results[-1].index
    reached = tr("n/a") if last is None else f"{last:.2f}"
    attempts = trn(
        "{count} attempt, last {index}", "{count} attempts, last {index}", len(entry.results), index=reached
    )
    return f"{words} · {attempts}"


def _verdict(score: TrainingScore) -> str:
    if score.index is None:
        words = tr("Neither you nor the gold standard has any action here, so there is no index.")
    elif score.passed:
        words = tr("Passed: FACS agreement index {index} (0.70 passes).", index=f"{score.index:.2f}")
    else:
        words = tr("Not passed: FACS agreement index {index} (0.70 passes).", index=f"{score.index:.2f}")
    parts = [words, trn("{count} frame compared.", "{count} frames compared.", score.frames)]
    if score.left_out:
        parts.append(
            trn(
                "{count} frame left out as not codable.",
                "{count} frames left out as not codable.",
                score.left_out,
            )
        )
    if score.attempt > 1:
        parts.append(tr("Attempt {number}: you had seen the gold standard before.", number=score.attempt))
    return " ".join(parts)


def _difference(mistake: Mistake) -> str:
    known = action(mistake.action)
    name = f"{known.kind}{known.label}"
    gold, coded = tr(known.word(mistake.gold)), tr(known.word(mistake.coded))
    if mistake.kind is MistakeKind.MISSED:
        return tr("{name} missed (gold: {gold})", name=name, gold=gold)
    if mistake.kind is MistakeKind.EXTRA:
        return tr("{name} not in the gold standard (yours: {coded})", name=name, coded=coded)
    return tr("{name} on another side (gold: {gold}, yours: {coded})", name=name, gold=gold, coded=coded)


def _mistake_words(mistake: Mistake) -> str:
    if len(mistake) == 1:
        return tr("Frame {frame}: {what}", frame=mistake.first_frame, what=_difference(mistake))
    return tr(
        "Frames {first}–{last}: {what}",
        first=mistake.first_frame,
        last=mistake.last_frame,
        what=_difference(mistake),
    )
