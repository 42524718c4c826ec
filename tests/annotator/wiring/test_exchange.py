"""Codes go out of the window and come back: a report first, nothing of other coders, nothing by halves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox, QProgressDialog, QWidget

from hrm_annotator.dialogs.export_codes import ExportCodesDialog
from hrm_annotator.dialogs.import_codes import ImportCodesDialog
from hrm_annotator.language import use
from hrm_annotator.operations import exchange
from hrm_core.records.coding import ActionCode, FrameCoding, Origin
from hrm_core.records.revision import RevisionKind
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.project import open_project
from tests.support.window import CODER, Seat, answer, on_disk


def export(seat: Seat, form: str) -> Path:
    """Export the open recording in a format, through the dialog; returns the file."""
    seat.window.actions_by_id["export_codes"].trigger()
    dialog = seat.window.findChildren(ExportCodesDialog)[-1]
    dialog.form.setCurrentIndex(dialog.form.findData(form))
    seat.wait(lambda: "would be written" in dialog._words.text())
    dialog.export_button.click()
    seat.wait(lambda: "was written" in dialog._words.text())
    dialog.reject()
    assert seat.folder is not None
    (file,) = (seat.folder / "Exported Codes" / form).iterdir()
    return file


def test_codes_go_out_and_come_back_by_keyboard(seat: Seat) -> None:
    seat.press("a")
    seat.press("2")
    seat.wait(lambda: seat.codes() == {"AU12": 2})
    seat.saved()
    file = export(seat, "elan")
    before = seat.on_disk()
    text = file.read_text(encoding="utf-8")
    assert "ASD" not in text
    # Somebody changes the side in ELAN, and draws an annotation at 1.00–1.12 s.
    text = text.replace(
        "<ANNOTATION_VALUE>left</ANNOTATION_VALUE>", "<ANNOTATION_VALUE>right</ANNOTATION_VALUE>"
    )
    file.write_text(_with_annotation(text, "AU4", 1000, 1120, "both"), encoding="utf-8")

    seen: list[list[str]] = []

    def read_and_import(dialog: QWidget) -> None:
        assert isinstance(dialog, ImportCodesDialog)
        seen.append([dialog.table.item(row, 2).text() for row in range(dialog.table.rowCount())])
        assert not dialog.import_button.isEnabled()
        for box in (dialog.replace, dialog.has_read):
            box.setFocus()
            seat.qtbot.keyClick(box, Qt.Key.Key_Space)
        assert dialog.import_button.isEnabled()
        seat.qtbot.keyClick(dialog, Qt.Key.Key_Return)

    answer(read_and_import, ImportCodesDialog)
    seat.program.exchange.import_files([file])
    seat.wait(lambda: "were imported" in seat.message)
    seat.wait(lambda: seat.session.recording is not None and seat.session.frame is not None)
    after = seat.on_disk()
    assert after[10].code_of("AU12") == 3
    # 25 frames a second: 1.00–1.12 s are frames 25, 26 and 27.
    assert sorted(after.keys() - before.keys()) == [25, 26, 27]
    assert any("frames 25–27" in line for line in seen[0])
    seat.go_to(25)
    assert seat.codes() == {"AU4": 1}
    with open_project(seat.folder) as project:  # type: ignore[arg-type]
        _, recording = next(project.recordings("7"))
        rater = add_rater(project, CODER)
        last = project.store.history.log(rater.id, recording.id)[-1]
    assert (last.kind, last.reason, set(last.after)) == (RevisionKind.IMPORT, "import elan", {10, 25, 26, 27})


def _with_annotation(text: str, tier: str, begin: int, end: int, value: str) -> str:
    """A file of ELAN with one more annotation, its slots in the order of time not being needed."""
    slots = (
        f'<TIME_SLOT TIME_SLOT_ID="ts901" TIME_VALUE="{begin}"/>'
        f'<TIME_SLOT TIME_SLOT_ID="ts902" TIME_VALUE="{end}"/></TIME_ORDER>'
    )
    entry = (
        '<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a900" TIME_SLOT_REF1="ts901" '
        'TIME_SLOT_REF2="ts902">'
        f"<ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
    )
    text = text.replace("</TIME_ORDER>", slots)
    head, tag, rest = text.partition(f'TIER_ID="{tier}"')
    opened, _, rest = rest.partition("/>")
    return f"{head}{tag}{opened}>{entry}</TIER>{rest}"


def test_a_file_of_another_coder_stays_closed(seat: Seat, tmp_path: Path) -> None:
    file = tmp_path / "of ben.csv"
    file.write_text("participant,video,rater,frame,action,side,frame_note\n7,play-7,Ben,3,AU12,both,\n")
    seat.program.exchange.import_files([file])
    seat.wait(lambda: bool(seat.window.findChildren(QMessageBox)))
    box = seat.window.findChildren(QMessageBox)[-1]
    assert "holds the codes of Ben" in box.text()
    box.accept()
    assert on_disk(seat.folder) == {}  # type: ignore[arg-type]
    # The same without a name, and with a fault: told row by row, and Import stays off.
    file.write_text("frame,action,side,frame_note\n3,AU12,both,\n4,AU99,both,\n500,AU1,both,\n")
    met = answer(_refuse, ImportCodesDialog)
    seat.program.exchange.import_files([file])
    seat.wait(lambda: bool(met) and QApplication.activeModalWidget() is None)
    assert on_disk(seat.folder) == {}  # type: ignore[arg-type]


def _refuse(dialog: QWidget) -> None:
    assert isinstance(dialog, ImportCodesDialog)
    cells = [
        [dialog.table.item(row, place).text() for place in range(3)] for row in range(dialog.table.rowCount())
    ]
    assert [cell[0] for cell in cells] == ["row 3", "frame 500"]
    assert {cell[1] for cell in cells} == {"Error"}
    dialog.has_read.setChecked(True)
    assert not dialog.import_button.isEnabled()
    dialog.reject()


@pytest.fixture
def chinese() -> Iterator[None]:
    """The window speaks Chinese while the test runs."""
    use("zh_CN")
    yield
    use("en")


@pytest.mark.usefixtures("chinese")
def test_the_report_speaks_chinese(seat: Seat, tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("frame,action,side,frame_note\n3,AU12,both,\n4,AU99,both,\n500,AU1,both,\n")
    texts: list[str] = []

    def look(dialog: QWidget) -> None:
        assert isinstance(dialog, ImportCodesDialog)
        texts.extend(dialog.table.item(row, place).text() for row in range(2) for place in range(3))
        texts.append(dialog.import_button.text())
        dialog.reject()

    met = answer(look, ImportCodesDialog)
    seat.program.exchange.import_files([file])
    seat.wait(lambda: bool(met) and QApplication.activeModalWidget() is None)
    assert all(any("一" <= sign <= "鿿" for sign in text) for text in texts), texts


def test_nothing_is_coded_while_codes_are_imported(
    seat: Seat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "own.csv"
    file.write_text("frame,action,side,frame_note\n10,AU12,both,\n")
    begun, go_on, write = threading.Event(), threading.Event(), exchange.import_planned

    def write_slowly(*arguments: Any, **names: Any) -> exchange.Imported:
        begun.set()
        go_on.wait(10)
        return write(*arguments, **names)

    def accept(dialog: QWidget) -> None:
        assert isinstance(dialog, ImportCodesDialog)
        dialog.has_read.setChecked(True)
        dialog.import_button.click()

    monkeypatch.setattr(exchange, "import_planned", write_slowly)
    answer(accept, ImportCodesDialog)
    seat.program.exchange.import_files([file])
    seat.wait(begun.is_set)
    try:
        assert isinstance(QApplication.activeModalWidget(), QProgressDialog), "the window takes no keys"
    finally:
        go_on.set()
    seat.wait(lambda: "were imported" in seat.message or "was imported" in seat.message)
    seat.wait(lambda: seat.session.frame is not None)


def test_frames_of_a_model_are_left_out_if_that_is_asked_for(seat: Seat) -> None:
    assert seat.session.rater is not None
    assert seat.session.recording is not None
    seat.press("a")
    seat.saved()
    with open_project(seat.folder) as project:  # type: ignore[arg-type]
        run = project.store.suggestions.run_of("m", "key", {"actions": ["AU12"]})
        rater, recording = seat.session.rater, seat.session.recording
        own = ActionCode("AU12", 1, origin=Origin.ACCEPTED, model_run_id=run)
        coding = FrameCoding(rater.id, recording.id, 60, (own,))
        project.store.codings.save(coding)
    seat.window.actions_by_id["export_codes"].trigger()
    dialog = seat.window.findChildren(ExportCodesDialog)[-1]
    seat.wait(lambda: "would be written" in dialog._words.text())
    assert "part in" not in _lost(dialog)
    dialog.human_only.click()
    seat.wait(lambda: "part in" in _lost(dialog))
    assert dialog.wish.human_only
    dialog.reject()


def _lost(dialog: ExportCodesDialog) -> str:
    return " ".join(dialog.table.item(row, 1).text() for row in range(dialog.table.rowCount()))
