"""A clip is excluded by two keys, and never without a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QRadioButton
from pytestqt.qtbot import QtBot

from hrm_annotator.dialogs.exclude_clip import ExcludeClipDialog
from hrm_core.records.recording import OFFERED_REASONS, Clip, ClipState, ExclusionReason

CLIP = Clip(1, 1, 3, 40, 99)
OUT = Clip(1, 1, 3, 40, 99, ClipState.EXCLUDED, ExclusionReason.POSE, "looks away")

Ask = Callable[..., ExcludeClipDialog]


@pytest.fixture
def ask(qtbot: QtBot) -> Iterator[Ask]:
    """Opens the dialog, as often as asked."""
    opened: list[ExcludeClipDialog] = []

    def show(clip: Clip = CLIP) -> ExcludeClipDialog:
        opened.append(ExcludeClipDialog(clip))
        with qtbot.waitActive(opened[-1]):
            opened[-1].open()
            opened[-1].activateWindow()
        return opened[-1]

    yield show
    for dialog in opened:
        dialog.done(0)
        dialog.deleteLater()


def press(*keys: Qt.Key | str) -> None:
    """Press keys wherever the keyboard is."""
    for key in keys:
        QTest.keyClick(QApplication.focusWidget(), key)


@pytest.mark.parametrize("number", range(1, 6))
def test_a_digit_and_return_exclude(ask: Ask, number: int) -> None:
    dialog = ask()
    press(Qt.Key.Key_Return)
    # Nothing is chosen yet: it neither excludes nor cancels.
    assert dialog.isVisible()
    press(str(number), Qt.Key.Key_Return)
    assert dialog.result() == QDialog.DialogCode.Accepted
    assert (dialog.reason, dialog.words) == (OFFERED_REASONS[number - 1], "")


def test_other_wants_words_and_they_can_be_typed_at_once(ask: Ask) -> None:
    dialog = ask()
    press("6", Qt.Key.Key_Return)
    assert dialog.isVisible()
    press(*"phone 2", " ", " ", Qt.Key.Key_Return)
    assert dialog.result() == QDialog.DialogCode.Accepted
    assert (dialog.reason, dialog.words) == (ExclusionReason.OTHER, "phone 2")


def test_arrows_tab_and_mouse_do_as_well(ask: Ask) -> None:
    dialog = ask()
    press("2", Qt.Key.Key_Down)
    assert dialog.reason is ExclusionReason.OCCLUDED
    press(Qt.Key.Key_Tab, *"cup", "9")
    assert (dialog.reason, dialog.words) == (ExclusionReason.OCCLUDED, "cup9")
    choice = dialog.findChildren(QRadioButton)[0]
    QTest.mouseClick(choice, Qt.MouseButton.LeftButton, pos=QPoint(8, choice.height() // 2))
    assert dialog.reason is ExclusionReason.LEFT_FRAME
    button = next(entry for entry in dialog.findChildren(QPushButton) if entry.text() == "Exclude clip")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert dialog.result() == QDialog.DialogCode.Accepted


def test_escape_changes_nothing_and_an_excluded_clip_shows_its_reason(ask: Ask) -> None:
    dialog = ask(OUT)
    assert (dialog.reason, dialog.words) == (ExclusionReason.POSE, "looks away")
    press("7", "1", Qt.Key.Key_Escape)
    assert dialog.result() == QDialog.DialogCode.Rejected


def test_it_can_be_heard(ask: Ask) -> None:
    dialog = ask()
    names = [choice.accessibleName() for choice in dialog.findChildren(QRadioButton)]
    assert names == [f"{reason.words}, key {key}" for key, reason in enumerate(OFFERED_REASONS, start=1)]
    assert dialog._words.accessibleName() == "In your own words"
    assert all(key.focusPolicy() & Qt.FocusPolicy.TabFocus for key in dialog.findChildren(QPushButton))
