"""What to look at in the open recording, as entries of a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from hrm_annotator.language import mark, said, tr
from hrm_annotator.operations.rule_watch import Doubt, Look
from hrm_core.facs import action
from hrm_core.facs.rules import Rule
from hrm_core.records.rule_finding import KeptFinding, RuleFinding

__all__ = ["Entry", "LookKind", "ToLookAtModel", "entries_of"]

_Index = QModelIndex | QPersistentModelIndex


class LookKind(StrEnum):
    """What an entry is about; the rules' kinds have the same values."""

    TOGETHER = "together"
    MISSING = "missing"
    SIDE = "side"
    FLICKER = "flicker"
    FLIP = "flip"
    SUDDEN = "sudden"
    DOUBT = "doubt"

    @property
    def words(self) -> str:
        """The kind as people read it."""
        return tr(_WORDS[self])


_WORDS = {
    LookKind.TOGETHER: mark("Alternatives"),
    LookKind.MISSING: mark("Something missing"),
    LookKind.SIDE: mark("Impossible side"),
    LookKind.FLICKER: mark("For a moment only"),
    LookKind.FLIP: mark("Side jumps"),
    LookKind.SUDDEN: mark("Sudden change"),
    LookKind.DOUBT: mark("Doubtful"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to look at.

    Attributes
    ----------
    kind : LookKind
        What it is about.
    actions : tuple of str
        Keys of the actions; empty for a whole frame.
    first_frame, last_frame : int
        Both included.
    note : str
        What the coder noted on a doubt.
    finding : RuleFinding or None
        What the rules point at; None for a doubt.
    rule : Rule or None
        The rule that does.
    kept : KeptFinding or None
        Whether the coder keeps it.
    """

    kind: LookKind
    actions: tuple[str, ...]
    first_frame: int
    last_frame: int
    note: str = ""
    finding: RuleFinding | None = None
    rule: Rule | None = None
    kept: KeptFinding | None = None

    @property
    def where(self) -> str:
        """Frames and actions: ``"frames 34–45 · AU5, AU7"``."""
        frames = (
            tr("frame {frame}", frame=self.first_frame)
            if self.first_frame == self.last_frame
            else tr("frames {first}–{last}", first=self.first_frame, last=self.last_frame)
        )
        names = ", ".join(f"{entry.kind}{entry.label}" for entry in map(action, self.actions))
        return f"{frames} · {names}" if names else frames

    @property
    def brief(self) -> str:
        """The kind, with the coder's own words: for a narrow line."""
        if self.kept is not None:
            return tr("Kept: {what}", what=self.kept.reason or self.kind.words)
        return self.kind.words if self.finding is not None else self.words

    @property
    def words(self) -> str:
        """Kind, and what is there."""
        if self.finding is None:
            told = self.note or (tr("no note") if self.actions else tr("the whole frame"))
            return self.kind.words + tr(": ") + told
        words = said(self.finding.sentence)
        if self.kept is None:
            return self.kind.words + tr(": ") + words
        if self.kept.reason:
            return tr("Kept ({reason}). {words}", reason=self.kept.reason, words=words)
        return tr("Kept. {words}", words=words)

    @property
    def why(self) -> str:
        """Why the rule points at it, who says so, and whether that is confirmed; empty for a doubt."""
        if self.rule is None:
            return ""
        return tr(
            "{reason} Source: {source}; {status}.",
            reason=said(self.rule.reason),
            source=said(self.rule.source),
            status=said(self.rule.status),
        )

    def is_like(self, other: Entry) -> bool:
        """Whether it is the same thing, though its frames or codes may have changed a little."""
        mine, others = ((it.finding.rule if it.finding else "") for it in (self, other))
        near = self.first_frame <= other.last_frame and other.first_frame <= self.last_frame
        return near and (self.kind, self.actions, mine) == (other.kind, other.actions, others)


def entries_of(look: Look) -> list[Entry]:
    """Entries by frame, findings of the rules before doubts of the same frame."""
    found = [
        Entry(
            LookKind(finding.kind),
            finding.actions,
            finding.first_frame,
            finding.last_frame,
            finding=finding,
            rule=look.rules.get(finding.rule),
            kept=look.kept.get(finding.identity),
        )
        for finding in look.findings
    ]
    found += _doubts(look.doubts)
    return sorted(found, key=lambda entry: entry.first_frame)


def _doubts(doubts: Mapping[int, tuple[Doubt, ...]]) -> list[Entry]:
    """The same doubt on consecutive frames is one entry."""
    found: list[Entry] = []
    open_ones: dict[Doubt, tuple[int, int]] = {}

    def close(doubt: Doubt) -> None:
        key, note = doubt
        found.append(Entry(LookKind.DOUBT, (key,) if key else (), *open_ones.pop(doubt), note=note))

    for frame in sorted(doubts):
        for doubt in [doubt for doubt, (_, last) in open_ones.items() if last < frame - 1]:
            close(doubt)
        for doubt in [doubt for doubt in open_ones if doubt not in doubts[frame]]:
            close(doubt)
        for doubt in doubts[frame]:
            open_ones[doubt] = (open_ones.get(doubt, (frame, frame))[0], frame)
    for doubt in list(open_ones):
        close(doubt)
    return found


class ToLookAtModel(QAbstractListModel):
    """The entries that are shown; an entry itself is under ``UserRole``."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: list[Entry] = []

    @property
    def entries(self) -> Sequence[Entry]:
        """What is shown; do not change it."""
        return self._entries

    def show(self, entries: Sequence[Entry]) -> None:
        """Show these entries."""
        self.beginResetModel()
        self._entries = list(entries)
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return entry
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{entry.where}\n{entry.words}"
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return "\n".join(filter(None, (entry.words, entry.why)))
        return None
