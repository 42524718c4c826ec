"""Which clips are rated in a session, and in which order."""

from __future__ import annotations

import secrets

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.dialogs.plan_parts import add_row
from hrm_annotator.language import tr, trn
from hrm_annotator.operations.rating_plans import ChildClips, StudyForPlan
from hrm_core.records.rating_plan import OrderKind

__all__ = ["ClipsPage", "OrderPage"]

_CODE = Qt.ItemDataRole.UserRole
_MOST = 999
_MINUTE_S = 60
_MOST_SEED = 2**31 - 1


class ClipsPage(QWidget):
    """All clips of the study, or those of chosen children.

    Parameters
    ----------
    study : StudyForPlan
        Children with their clips.
    """

    changed = Signal()
    """Other children are chosen."""

    def __init__(self, study: StudyForPlan, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._study = study
        self.scope = QComboBox()
        self.scope.addItem(tr("All clips that are not excluded"), None)
        self.scope.addItem(tr("Only clips of the children ticked below"), True)
        self.children_list = QListWidget()
        self.children_list.setAccessibleName(tr("Children whose clips are rated"))
        for child in study.children:
            item = QListWidgetItem(_child_words(child))
            item.setData(_CODE, child.code)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked)
            self.children_list.addItem(item)
        self.count = QLabel()
        self.count.setWordWrap(True)
        self._lay_out()
        self.scope.currentIndexChanged.connect(self._on_changed)
        self.children_list.itemChanged.connect(self._on_changed)
        self._show()

    @property
    def children_chosen(self) -> tuple[str, ...] | None:
        """Codes of the children whose clips are rated; None for all."""
        return None if self.scope.currentData() is None else self._ticked()

    @property
    def concerned(self) -> tuple[str, ...]:
        """Codes of the children whose clips are rated, also where that is all."""
        chosen = self.children_chosen
        return tuple(child.code for child in self._study.children) if chosen is None else chosen

    def _lay_out(self) -> None:
        form = QFormLayout()
        add_row(form, tr("&Which"), self.scope)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.children_list, 1)
        column.addWidget(self.count)

    def _ticked(self) -> tuple[str, ...]:
        items = [self.children_list.item(row) for row in range(self.children_list.count())]
        return tuple(item.data(_CODE) for item in items if item.checkState() is Qt.CheckState.Checked)

    def _on_changed(self, *_: object) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self.children_list.setEnabled(self.scope.currentData() is not None)
        concerned = frozenset(self.concerned)
        clips = sum(child.clips for child in self._study.children if child.code in concerned)
        words = [
            trn("{count} clip", "{count} clips", clips),
            trn("{count} child", "{count} children", len(concerned)),
        ]
        if self._study.excluded:
            words.append(
                trn(
                    "{count} excluded clip is not offered",
                    "{count} excluded clips are not offered",
                    self._study.excluded,
                )
            )
        self.count.setText(" · ".join(words))


class OrderPage(QWidget):
    """Order and seed; practice, repeated clips, checks of attention, breaks."""

    changed = Signal()
    """Something of it was changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.order = QComboBox()
        self.order.addItem(tr("Random: all clips mixed, another order for every judge"), OrderKind.RANDOM)
        self.order.addItem(tr("Blocked: child after child, in random order"), OrderKind.BLOCKED)
        self.seed = _number(_MOST_SEED)
        # Same seed, same orders: two sessions should not share theirs by accident.
        self.seed.setValue(secrets.randbelow(1_000_000))
        self.draw = QPushButton(tr("Dra&w another"))
        self.draw.clicked.connect(lambda: self.seed.setValue(secrets.randbelow(1_000_000)))
        self.practice, self.repeats, self.checks, self.break_every = (_number(_MOST) for _ in range(4))
        for box in (self.practice, self.repeats, self.checks, self.break_every):
            box.setSpecialValueText(tr("none"))
        self._lay_out()
        self.order.currentIndexChanged.connect(self.changed)
        for box in (self.seed, self.practice, self.repeats, self.checks, self.break_every):
            box.valueChanged.connect(self.changed)

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        add_row(form, tr("Or&der"), self.order)
        place = QHBoxLayout()
        place.addWidget(self.seed)
        place.addWidget(self.draw)
        place.addStretch(1)
        add_row(
            form,
            tr("&Seed"),
            self.seed,
            place,
            hint=tr("Same seed, same orders: it is stored with the plan."),
        )
        add_row(
            form,
            tr("Practice &clips"),
            self.practice,
            hint=tr("Rated first and counted nowhere; taken out of the chosen clips."),
        )
        add_row(
            form,
            tr("&Repeated clips"),
            self.repeats,
            hint=tr("Come again much later, for test and retest; nobody is told which."),
        )
        add_row(
            form,
            tr("Attention c&hecks"),
            self.checks,
            hint=tr("No clip: the judge is asked to press a given key."),
        )
        add_row(
            form,
            tr("A brea&k after"),
            self.break_every,
            hint=tr("Offered after so many clips; judges can pause at any time besides."),
        )


def _number(most: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(0, most)
    return box


def _child_words(child: ChildClips) -> str:
    clips = trn("{count} clip", "{count} clips", child.clips)
    if child.seconds < _MINUTE_S:
        return tr(
            "Participant {code}: {clips}, {seconds} s",
            code=child.code,
            clips=clips,
            seconds=f"{child.seconds:.0f}",
        )
    return tr(
        "Participant {code}: {clips}, {minutes} min",
        code=child.code,
        clips=clips,
        minutes=f"{child.seconds / _MINUTE_S:.1f}",
    )
