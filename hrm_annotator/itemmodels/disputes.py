"""Runs of frames in which two codings differ, decided and open ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeAlias

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from hrm_annotator.language import tr
from hrm_annotator.language.words import code_words, presence_words
from hrm_core.facs import action
from hrm_core.records.adjudication import Dispute
from hrm_core.records.agreement import Disagreement

__all__ = ["DisputeModel", "RunKey", "key_of", "run_words", "where_words"]

RunKey: TypeAlias = tuple[int, str, int, int]
"""Recording, action, first and last frame."""
_Index: TypeAlias = QModelIndex | QPersistentModelIndex


class DisputeModel(QAbstractListModel):
    """The runs that are listed; the :class:`Dispute` itself is under ``UserRole``."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._disputes: list[Dispute] = []
        self._waiting: frozenset[RunKey] = frozenset()
        self._sides = True

    @property
    def disputes(self) -> Sequence[Dispute]:
        """What is listed; do not change it."""
        return self._disputes

    def show(self, disputes: Sequence[Dispute], waiting: Collection[RunKey], *, sides: bool = True) -> None:
        """List these; decisions on those that wait are on their way to the disk.

        Without `sides` the codes only say whether an action is there.
        """
        self.beginResetModel()
        self._sides = sides
        self._disputes, self._waiting = list(disputes), frozenset(waiting)
        self.endResetModel()

    def place_of(self, key: RunKey | None) -> int | None:
        """Row of a run; None if it is not listed."""
        return next(
            (place for place, one in enumerate(self._disputes) if key_of(one.disagreement) == key), None
        )

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._disputes)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        dispute = self._disputes[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return dispute
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{self._sign(dispute)} {run_words(dispute.disagreement)}\n{self._second_line(dispute)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return where_words(dispute.disagreement) + "\n" + self._second_line(dispute)
        return None

    def _sign(self, dispute: Dispute) -> str:
        if key_of(dispute.disagreement) in self._waiting:
            return "…"
        return "○" if dispute.decision is None else "✓"

    def _second_line(self, dispute: Dispute) -> str:
        run, decision = dispute.disagreement, dispute.decision
        entry = action(run.action)
        if not self._sides:
            return f"{presence_words(run.first_code)} / {presence_words(run.second_code)}"
        words = f"{code_words(entry, run.first_code)} / {code_words(entry, run.second_code)}"
        if key_of(run) in self._waiting:
            return tr("{codes}: being written", codes=words)
        if decision is None and dispute.earlier is not None:
            before = code_words(entry, dispute.earlier.code)
            return tr(
                "{codes}: undecided again, was {code} before a code was changed", codes=words, code=before
            )
        if decision is None:
            return tr("{codes}: undecided", codes=words)
        return tr("{codes}: decided as {code}", codes=words, code=code_words(entry, decision.code))


def key_of(run: Disagreement) -> RunKey:
    """What tells a run from all others."""
    return run.video_id, run.action, run.first_frame, run.last_frame


def run_words(run: Disagreement) -> str:
    """A run in few words: ``"AU12 · 120–139 · 7, play"``."""
    entry = action(run.action)
    frames = f"{run.first_frame}" if len(run) == 1 else f"{run.first_frame}–{run.last_frame}"
    return f"{entry.kind}{entry.label} · {frames} · {run.participant}, {run.video}"


def where_words(run: Disagreement) -> str:
    """Where a run is, as a sentence says it."""
    if len(run) == 1:
        return tr(
            "{participant}, {video}, frame {frame}",
            participant=run.participant,
            video=run.video,
            frame=run.first_frame,
        )
    return tr(
        "{participant}, {video}, frames {first}–{last}",
        participant=run.participant,
        video=run.video,
        first=run.first_frame,
        last=run.last_frame,
    )
