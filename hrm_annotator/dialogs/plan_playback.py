"""How clips are shown in a session, the same for every judge."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QSpinBox,
    QWidget,
)

from hrm_annotator.dialogs.plan_parts import add_row, with_hint
from hrm_annotator.language import tr

__all__ = ["PlaybackPage"]

_SLOWEST, _FASTEST, _STEP = 0.25, 2.0, 0.05
_MOST_REPLAYS, _LONGEST_S = 50, 600.0


class PlaybackPage(QWidget):
    """Speed, replays, when an answer counts, and what of the recording is seen and heard.

    Parameters
    ----------
    eyes_covered : bool
        Whether eyes are covered unless somebody decides otherwise.
    """

    changed = Signal()
    """Something of it was changed."""

    def __init__(self, *, eyes_covered: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.speed = QDoubleSpinBox()
        self.speed.setRange(_SLOWEST, _FASTEST)
        self.speed.setSingleStep(_STEP)
        self.speed.setValue(1.0)
        self.speed.setSuffix(" ×")
        self.replays = QSpinBox()
        # Below the first number stands "as often as wanted".
        self.replays.setRange(-1, _MOST_REPLAYS)
        self.replays.setSpecialValueText(tr("as often as wanted"))
        self.replays.setValue(0)
        self.when = QComboBox()
        self.when.addItem(tr("Only after the end of the clip"), False)
        self.when.addItem(tr("After so many seconds of it"), True)
        self.least = QDoubleSpinBox()
        self.least.setRange(0.1, _LONGEST_S)
        self.least.setDecimals(1)
        self.least.setValue(1.0)
        self.least.setSuffix(" s")
        self.least.setAccessibleName(tr("Seconds that must have been watched"))
        self.scrubbing = QCheckBox(tr("The judge &may move through a clip that has played once"))
        self.eyes = QCheckBox(tr("The children's e&yes are covered"))
        self.eyes.setChecked(eyes_covered)
        self.grey = QCheckBox(tr("Show plain &grey where eyes cannot be covered"))
        self.sound = QCheckBox(tr("Clips have their soun&d"))
        self._lay_out()
        self._connect()
        self._enable()

    @property
    def max_replays(self) -> int | None:
        """How often a clip may be played again; None for as often as wanted."""
        return None if self.replays.value() < 0 else self.replays.value()

    @property
    def least_watch_s(self) -> float | None:
        """Seconds after which an answer counts; None: only after the end."""
        return self.least.value() if self.when.currentData() else None

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        add_row(form, tr("Sp&eed"), self.speed)
        add_row(form, tr("&Replays"), self.replays)
        place = QHBoxLayout()
        place.addWidget(self.when, 1)
        place.addWidget(self.least)
        add_row(form, tr("An answer co&unts"), self.when, place)
        form.addRow("", with_hint(self.scrubbing, tr("Off, the first impression is what is rated.")))
        form.addRow("", self.eyes)
        form.addRow("", self.grey)
        in_browsers = tr("With sound it can be rated only in a browser: give out a folder.")
        form.addRow("", with_hint(self.sound, in_browsers))

    def _connect(self) -> None:
        self.speed.valueChanged.connect(self._on_changed)
        self.replays.valueChanged.connect(self._on_changed)
        self.when.currentIndexChanged.connect(self._on_changed)
        self.least.valueChanged.connect(self._on_changed)
        for box in (self.scrubbing, self.eyes, self.grey, self.sound):
            box.toggled.connect(self._on_changed)

    def _on_changed(self, *_: object) -> None:
        self._enable()
        self.changed.emit()

    def _enable(self) -> None:
        self.least.setEnabled(bool(self.when.currentData()))
        self.grey.setEnabled(self.eyes.isChecked())
