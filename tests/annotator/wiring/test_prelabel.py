"""A model suggests codes beside the window; the notice that it could is quiet and stays away when asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from hrm_annotator.dialogs.let_suggest import LetSuggestDialog
from hrm_annotator.operations import prelabel
from hrm_annotator.operations.prelabel import ModelChoice
from hrm_core.errors import Cancelled, NotFoundError
from hrm_core.models.card import ModelCard
from hrm_core.progress import CancelToken, NoProgress
from hrm_core.workflows import look_at_models, newer_models
from hrm_core.workflows import prelabel as workflow
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.newer_models import NewerModel
from hrm_core.workflows.prelabel_report import PrelabeledVideo, PrelabelReport
from hrm_core.workflows.project import Project, open_project
from tests.support.window import Seat, answer

CHOICES = tuple(
    ModelChoice(name, f"33 actions ({name})", "MIT", "drawn faces", ("nothing on photographs",))
    for name in ("play-v1", "play-v2")
)


class Model:
    """Stands for a model: looks at frames until the test lets it end."""

    def __init__(self) -> None:
        self.asked: list[tuple[Path, str, str, bool]] = []
        self.gate = threading.Event()
        self.problem, self.frames = "", 120
        self.failure: Exception | None = None
        self.thread: str = ""
        self.cancelled = False

    def __call__(
        self, folder: Path, rater: Any, model: str, only_uncoded: bool, progress: Any, cancel: Any
    ) -> PrelabelReport:
        self.asked.append((folder, rater.name, model, only_uncoded))
        self.thread = threading.current_thread().name
        progress.start("Suggesting", 120)
        progress.advance(30)
        while not self.gate.wait(0.01):
            if cancel.cancelled:
                self.cancelled = True
                raise Cancelled("Stopped on request; nothing is left half done.")
        if self.failure is not None:
            raise self.failure
        videos = (
            PrelabeledVideo("7", "play-7", self.frames),
            PrelabeledVideo("8", "play-8", self.frames // 30, problem=self.problem),
        )
        return PrelabelReport(model, 1, "0" * 64, "ONNX Runtime, CPU", (), "", (), videos, False)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    """A model that is there, in two versions."""
    made = Model()
    monkeypatch.setattr(prelabel, "suggest", made)
    monkeypatch.setattr(prelabel, "models_there", lambda project: CHOICES)
    return made


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> list[NewerModel]:
    """What could be run; the test fills it."""
    found: list[NewerModel] = []
    monkeypatch.setattr(prelabel, "what_is_newer", lambda project, rater: found[0] if found else None)
    return found


def test_a_model_runs_beside_the_window_and_coding_goes_on(seat: Seat, model: Model) -> None:
    notice, told = seat.window.notice, list[None]()
    seat.program.prelabel.suggested.connect(lambda: told.append(None))
    assert not notice.isVisible()

    def choose(dialog: QWidget) -> None:
        assert isinstance(dialog, LetSuggestDialog)
        assert dialog.only_uncoded.isChecked()
        seat.qtbot.keyClick(dialog.list, Qt.Key.Key_Down)
        assert "nothing on photographs" in dialog._facts.text()
        dialog.run.click()

    answer(choose, LetSuggestDialog)
    seat.window.actions_by_id["let_suggest"].trigger()
    seat.wait(lambda: notice.isVisible() and notice.bar.maximum() == 120)
    assert notice.bar.value() == 30
    assert "play-v2 looks at the pictures" in notice.words
    assert model.asked == [(seat.folder, "AB", "play-v2", True)]
    # The keyboard stays where it was.
    seat.press("a")
    seat.wait(lambda: seat.codes() == {"AU12": 1})
    seat.window.actions_by_id["let_suggest"].trigger()
    assert "already" in seat.message
    model.gate.set()
    seat.wait(lambda: bool(told))
    assert notice.words == "play-v2 looked at 124 frames, run by ONNX Runtime, CPU."
    assert not notice.bar.isVisible()
    seat.qtbot.mouseClick(notice.close_button, Qt.MouseButton.LeftButton)
    assert not notice.isVisible()
    assert model.thread != "MainThread"


def test_it_is_stopped_by_its_button_and_says_what_went_wrong(seat: Seat, model: Model) -> None:
    notice, run = seat.window.notice, seat.program.prelabel.run
    run("play-v1", only_uncoded=False)
    seat.wait(lambda: bool(model.asked))
    assert model.asked[0][3] is False
    seat.qtbot.mouseClick(notice.close_button, Qt.MouseButton.LeftButton)
    seat.wait(lambda: "was stopped" in notice.words)
    model.gate.set()
    model.problem = "the file is damaged"
    run("play-v1", only_uncoded=True)
    seat.wait(lambda: "not done to its end: the file is damaged" in notice.words)
    model.failure = NotFoundError("The weights of play-v1 are not there.")
    run("play-v1", only_uncoded=True)
    seat.wait(lambda: notice.words == "The weights of play-v1 are not there.")


def test_a_closed_study_ends_it(seat: Seat, model: Model) -> None:
    seat.program.prelabel.run("play-v1", only_uncoded=True)
    seat.wait(lambda: bool(model.asked))
    seat.window.actions_by_id["close_project"].trigger()
    seat.wait(lambda: model.cancelled)
    assert not seat.window.notice.isVisible()
    seat.qtbot.wait(1)
    assert not seat.window.notice.isVisible()


def test_another_coder_ends_it_and_is_told(seat: Seat, study: Path, model: Model) -> None:
    seat.program.prelabel.run("play-v1", only_uncoded=True)
    seat.wait(lambda: bool(model.asked))
    seat.program.study.open_project(study, "CD")
    seat.wait(lambda: model.cancelled and seat.session.rater is not None and seat.session.rater.name == "CD")
    assert seat.window.notice.words == "play-v1 was stopped; run again, it goes on from there."
    assert seat.window.notice.isVisible()


def test_nothing_new_is_said_as_such(seat: Seat, model: Model) -> None:
    model.gate.set()
    model.frames = 0
    seat.program.prelabel.run("play-v1", only_uncoded=True)
    seat.wait(lambda: seat.window.notice.words == "There is nothing that play-v1 has not looked at already.")


def test_an_import_that_other_threads_spoil_is_tried_again(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, asked = look_at_models.model_cards, list[str]()

    def cards() -> dict[str, ModelCard]:
        asked.append("once")
        if len(asked) == 1:
            raise ImportError("partially initialized module")
        return read()

    monkeypatch.setattr(look_at_models, "model_cards", cards)
    assert seat.session.project is not None
    prelabel.models_there(seat.session.project)
    assert len(asked) > 1


def test_a_study_without_suggestions_is_opened_without_reading_cards(
    new_seat: Callable[..., Seat], study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = list[str]()
    for module in (look_at_models, newer_models):
        monkeypatch.setattr(module, "model_cards", lambda: read.append("cards") or {})
    seat = new_seat()
    seat.open(study)
    assert seat.session.project is not None
    assert seat.session.rater is not None
    assert prelabel.what_is_newer(seat.session.project, seat.session.rater) is None
    assert read == []


def test_the_notice_is_quiet_and_comes_once(
    new_seat: Callable[..., Seat], study: Path, model: Model, newer: list[NewerModel]
) -> None:
    newer.append(NewerModel("play-v2", 2, "play-v1", 3))
    seat = new_seat()
    seat.open(study)
    notice = seat.window.notice
    seat.wait(notice.isVisible)
    assert notice.words == "play-v2 is newer than play-v1, which suggested until now; 3 clips are uncoded."
    assert QApplication.focusWidget() is seat.player.current
    assert QApplication.activeModalWidget() is None
    seat.qtbot.mouseClick(notice.close_button, Qt.MouseButton.LeftButton)
    assert not notice.isVisible()
    seat.program.prelabel.look()
    newer[0] = NewerModel("play-v3", 3, None, 1)
    seat.program.prelabel.look()
    seat.wait(notice.isVisible)
    assert notice.words == "1 clip that you have not coded has no suggestions of play-v3 yet."
    seat.qtbot.mouseClick(notice.accept, Qt.MouseButton.LeftButton)
    seat.wait(lambda: bool(model.asked))
    assert model.asked == [(study, "AB", "play-v3", True)]
    model.gate.set()
    seat.wait(lambda: "looked at" in notice.words)


def test_without_a_model_it_is_said_where_they_come_from(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prelabel, "models_there", lambda project: ())
    seen: list[bool] = []

    def look(dialog: QWidget) -> None:
        assert isinstance(dialog, LetSuggestDialog)
        seen.append(dialog.run.isVisible())
        dialog.reject()

    answer(look, LetSuggestDialog)
    seat.window.actions_by_id["let_suggest"].trigger()
    seat.wait(lambda: seen == [False])


def test_only_what_this_coder_has_not_coded_is_looked_at(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str | None, list[str]]] = []

    def look(project: Project, model: str, *, options: Any, progress: Any, cancel: Any) -> PrelabelReport:
        # The study is open for itself: that of the window may be closed meanwhile.
        asked.append((model, options.uncoded_by, [rater.name for rater in project.people()]))
        return PrelabelReport(model, None, "", "", (), "", (), (), False)

    monkeypatch.setattr(workflow, "prelabel", look)
    with open_project(study) as project:
        ada = add_rater(project, "Ada")
    for only in (True, False):
        prelabel.suggest(study, ada, "play-v1", only, NoProgress(), CancelToken())
    assert asked == [("play-v1", "Ada", ["Ada"]), ("play-v1", None, ["Ada"])]
