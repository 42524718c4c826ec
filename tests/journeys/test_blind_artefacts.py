"""Whatever is left of a blind judge's session, nothing in it tells a group, a child, a file or a place.

Three things are there by necessity, and are no artefact of the session: the command line of the
program names the study's folder, because ``--rate`` was given it; the system can list the store and the
prepared clip among the files the process has open; and the list in which judges choose their seat
holds all judges' names.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import logging
import shutil
import sqlite3
import sys
import threading
import traceback
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import quote

import av
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QListWidget, QWidget

from hrm_annotator.crash.hook import CrashHook
from hrm_core.errors import UserError
from hrm_core.rating.answer_file import answer_bytes, seat_key
from hrm_core.records.sitting import SittingAct, SittingEvent
from hrm_core.store import engine
from hrm_core.store.engine import sqlite_url
from hrm_core.store.judge_connection import READABLE
from hrm_core.store.judge_view import JudgeView
from hrm_core.workflows.give_out_session import give_out
from hrm_core.workflows.project import open_project
from hrm_core.workflows.sit_for_rating import open_sitting, seats_of
from hrm_core.workflows.take_in_answers import take_in
from tests.annotator.judging.test_nothing_tells import states
from tests.core.cli.conftest import Hrm, hrm
from tests.journeys.test_browser_session import ASKED, Judge
from tests.support.browser import CHROMIUM, WHY_NOT, browser
from tests.support.judge_errors import FAILURES, change, locked
from tests.support.judging import SESSION, JudgeSeat, judge_seat
from tests.support.marked_faces import eye_pixels
from tests.support.secret_words import SecretWords
from tests.support.telling_study import (
    COORDINATOR,
    FOLDER,
    JUDGE,
    OTHER,
    PEOPLE,
    SECRETS,
    secrets_of,
    telling_study,
)
from tests.support.window_words import copied, heard, taken_along, words

__all__ = ["hrm", "judge_seat"]

NewJudge = Callable[..., JudgeSeat]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study; nobody may change it."""
    folder = tmp_path_factory.mktemp("template")
    telling_study(folder / FOLDER, folder)
    return folder / FOLDER


@pytest.fixture
def study(template: Path, tmp_path: Path) -> Path:
    """A test's own copy."""
    return Path(shutil.copytree(template, tmp_path / FOLDER))


def test_the_study_is_full_of_what_must_not_be_told(template: Path) -> None:
    """Were a word not in the study, that it is found nowhere else would prove nothing."""
    search = SecretWords([*SECRETS, *PEOPLE])
    held = {found.rpartition(": ")[2] for found in search.in_folder(template.parent)}
    assert set(search.words) - held - {"hollyhock"} == set()
    (film,) = template.parent.parent.glob("*.mp4")
    assert search.in_bytes(film.read_bytes()) == ["Nasturtium", "Amaryllis", "Peregrine", "Bellflower"]


# ---- the window -------------------------------------------------------------------------------


def told_by(window: QWidget) -> list[str]:
    """All that can be had from a window as it is, by eye, by ear or by copying."""
    focused = QApplication.focusWidget() or window
    for key in ("A", "C"):
        # What a judge would do to take something along.
        QApplication.sendEvent(focused, _control(key))
        QApplication.sendEvent(focused, _control(key, release=True))
    tops = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    names = [QGuiApplication.applicationDisplayName(), *(widget.windowFilePath() for widget in tops)]
    return [
        *names,
        *(text for top in {*tops, window} for text in words(top)),
        *(text for top in {*tops, window} for text in heard(top)),
        *(action.text() + action.toolTip() for action in window.actions()),
        *taken_along(window),
        *copied(),
    ]


def _control(key: str, *, release: bool = False) -> QKeyEvent:
    kind = QEvent.Type.KeyRelease if release else QEvent.Type.KeyPress
    return QKeyEvent(kind, getattr(Qt.Key, f"Key_{key}"), Qt.KeyboardModifier.ControlModifier)


def test_the_window_tells_nothing_in_any_state(
    judge_seat: NewJudge,
    study: Path,
    own_user_dirs: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    scratch = tmp_path_factory.mktemp("temp")
    monkeypatch.setenv("TMPDIR", str(scratch))
    caplog.set_level(logging.DEBUG)
    search = secrets_of(study, *PEOPLE)
    QApplication.clipboard().clear()
    choosing = judge_seat(study, "")
    texts = told_by(choosing.window)
    assert any(OTHER in text for text in texts), "judges find themselves by their names"
    assert secrets_of(study, *PEOPLE[1:]).in_texts(texts) == []
    choosing.leave()
    caplog.clear()
    seat = judge_seat(study, JUDGE)
    seen = set()
    for _ in states(seat, study):
        texts = told_by(seat.window)
        assert len(texts) > 20
        assert search.in_texts(texts) == []
        seen.add(seat.title)
    assert {"Welcome", "The practice is over", "Paused", "The rating cannot go on"} < seen
    assert {"Time for a break", "Thank you"} < seen
    assert any("press" in text.lower() for text in seen), "the check of attention"
    seat.leave()
    assert search.in_texts([*caplog.messages, *capfd.readouterr()]) == []
    assert search.in_folder(own_user_dirs) == []
    assert search.in_folder(scratch) == []


def test_an_answer_that_cannot_be_written_tells_nothing(
    judge_seat: NewJudge, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_BUSY_TIMEOUT_MS", 20)
    seat = judge_seat(study, JUDGE)
    seat.begin()
    with ExitStack() as stack:
        locked(study, stack)
        seat.press("4")
        seat.wait(seat.window.question.trouble.isVisible)
        texts = told_by(seat.window)
    assert any("another program holds it locked" in text for text in texts)
    assert secrets_of(study, *PEOPLE).in_texts(texts) == []
    seat.sitting._try_again()
    seat.settled()
    assert seat.title == "The practice is over"


def test_a_mistake_of_the_program_tells_nothing(
    judge_seat: NewJudge,
    study: Path,
    own_user_dirs: Path,
    hook: CrashHook,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    search, reports = secrets_of(study, *PEOPLE), list[str]()
    hook.crashed.connect(reports.append)
    seat = judge_seat(study, JUDGE)

    def mistaken(*_: object) -> None:
        raise RuntimeError(f"{study}: {' '.join(SECRETS)}")

    # Once in the window's own thread, and once in the one that writes.
    with monkeypatch.context() as broken:
        broken.setattr(seat.sitting._words, "ask", mistaken)
        seat.press(Qt.Key.Key_Return)
        seat.wait(lambda: len(reports) == 1)
    with monkeypatch.context() as broken:
        broken.setattr(seat.sitting.sitting, "take_back", mistaken)
        broken.setattr(seat.sitting.sitting, "answer", mistaken)
        seat.press("3")
        seat.wait(lambda: len(reports) == 2)
    assert search.in_texts([*reports, *(seat.program.crash_words(path) for path in reports)]) == []
    assert search.in_texts([*told_by(seat.window), *capfd.readouterr()]) == []
    assert len(list(own_user_dirs.rglob("crashes/*.txt"))) >= 1
    assert search.in_folder(own_user_dirs) == []


@pytest.fixture
def hook() -> Iterator[CrashHook]:
    """In the place of Python's hooks, for the test only."""
    before = sys.excepthook, threading.excepthook
    made = CrashHook()
    made.install()
    yield made
    sys.excepthook, threading.excepthook = before


# ---- what is said when something goes wrong -------------------------------------------------------


@pytest.mark.parametrize("what", FAILURES)
def test_no_failure_names_anything(study: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_BUSY_TIMEOUT_MS", 20)
    with ExitStack() as stack:
        act = FAILURES[what](study, stack)
        found = complaint(act)
    assert secrets_of(study, *PEOPLE).in_text(found) == []


def complaint(act: Callable[[], object]) -> str:
    """All that a log would hold of a failure: the sentence, and every error behind it."""
    with pytest.raises(UserError) as caught:
        act()
    assert len(str(caught.value).splitlines()) == 1
    return "".join(traceback.format_exception(caught.value))


# ---- files ------------------------------------------------------------------------------------


def test_prepared_clips_are_pictures_and_nothing_else(template: Path) -> None:
    clips = template / "Rating Clips"
    assert secrets_of(template, *PEOPLE, JUDGE, SESSION).in_folder(clips) == []
    files = [path for path in clips.rglob("*") if path.is_file()]
    with open_project(template) as project:
        session = project.store.rating_sessions.get(SESSION)
        prepared = {entry.file: entry for entry in project.store.rating_sessions.clips(session.id)}
    assert {file.name for file in files} == set(prepared)
    for file in files:
        with av.open(str(file)) as container:
            assert [stream.type for stream in container.streams] == ["video"]
            said = [*container.metadata.values(), *container.streams[0].metadata.values()]
            frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert secrets_of(template, *PEOPLE).in_texts(said) == []
        assert len(frames) == prepared[file.name].frame_count == 6
        assert not any(eye_pixels(frame) for frame in frames)


@pytest.mark.parametrize("format", ["mp4", "webm"])
def test_the_folder_for_browsers_and_its_answers_tell_nothing(
    study: Path, tmp_path_factory: pytest.TempPathFactory, format: str
) -> None:
    place = tmp_path_factory.mktemp("out")
    search = secrets_of(study, *PEOPLE)
    with open_project(study) as project:
        given = give_out(project, SESSION, JUDGE, place / "for you", format=format, by=COORDINATOR)
        session = project.store.rating_sessions.get(SESSION)
        (seat,) = (seat for seat in session.seats if seat.name == JUDGE)
        trials = project.store.rating_sessions.trials(session.id, seat.judge_id)
    assert given.clips == sum(trial.clip_id is not None for trial in trials)
    now = datetime.now(UTC)
    events = [
        SittingEvent(trial.position, SittingAct.ANSWERED, 3, said_at=now + timedelta(seconds=trial.position))
        for trial in trials
    ]
    tokens = {trial.position: trial.token for trial in trials}
    key = seat_key(session.sign_key, seat.token)
    (place / "answers.json").write_bytes(answer_bytes(session.token, seat.token, events, tokens, key))
    # Neither whose seat it is nor with which key the plan signs.
    assert secrets_of(study, *PEOPLE, JUDGE, session.sign_key).in_folder(place) == []
    assert sorted(path.suffix for path in place.rglob("*") if path.is_file())[0] == ".html"
    change(study, "UPDATE rating_session SET presentation = replace(presentation, 'first', 'Zw\u00f6lfer')")
    with open_project(study) as project:
        give_out(project, SESSION, JUDGE, place / "telling", format=format)
    assert search.in_folder(place) == ["telling/index.html: Zwölfer"], "the search is sharp"


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason=WHY_NOT)
def test_a_browser_and_what_it_saves_know_nothing(
    study: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("browser")
    with open_project(study) as project:
        given = give_out(project, SESSION, JUDGE, place / "for you")
        session = project.store.rating_sessions.get(SESSION)
        (seat,) = (seat for seat in session.seats if seat.name == JUDGE)
        trials = project.store.rating_sessions.trials(session.id, seat.judge_id)
    search, shown = secrets_of(study, *PEOPLE), list[str]()
    with browser(place / "profile") as page:
        judge = Judge(page, given.folder, place)
        judge.open()
        judge.begin()
        for trial in trials:
            check = f"document.body.innerText.includes('press {trial.expected}')"
            page.until(f"{ASKED} || {check} || document.querySelector('button.main')")
            shown.append(str(page.js("document.documentElement.outerHTML")))
            if page.js("!!document.querySelector('button.main')"):
                # The practice is over, or a break.
                judge.begin()
            page.until(f"{ASKED} || {check}")
            shown.append(str(page.js("document.documentElement.outerHTML")))
            # A key that comes at once was meant for the clip before.
            page.js("new Promise((done) => setTimeout(done, 300))")
            judge.press(str(trial.expected or 3))
        page.until("document.body.innerText.includes('Thank you')")
        shown += [judge.text(), str(page.js("document.title")), *page.asked_for()]
        file = judge.saved(seat.token)
    assert search.in_texts(shown) == []
    assert file.parent == place
    # Its history, its cache and what it keeps of the page as well.
    assert len(list((place / "profile").rglob("*"))) > 20
    assert search.in_folder(place) == []
    with open_project(study) as project:
        assert take_in(project, [file])[0].done == len(trials)


# ---- the store ----------------------------------------------------------------------------------


def dumped(study: Path) -> dict[tuple[str, str], str]:
    """All that can be read over a judge's connection, by table and column."""
    with closing(JudgeView.open(sqlite_url(study / "labels.sqlite"), SESSION, JUDGE)) as view:
        pooled = view._db.engine.raw_connection()
        connection = pooled.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        try:
            with pytest.raises(sqlite3.DatabaseError, match="prohibited"):
                connection.execute("SELECT code FROM participant")
            return {
                (table, column): "\n".join(
                    str(value) for (value,) in connection.execute(f"SELECT {column} FROM {table}")
                )
                for table, columns in READABLE.items()
                for column in columns
            }
        finally:
            pooled.close()


def test_a_dump_of_all_that_can_be_read_tells_nothing(study: Path) -> None:
    """Which other columns are refused is tried one by one beside the store."""
    found = dumped(study)
    assert found["rating_event", "act"].count("answered") == 10, "the other judge's, without scores"
    people = found.pop(("rater", "name")).splitlines()
    assert set(people) == {JUDGE, *PEOPLE}
    assert secrets_of(study, *PEOPLE).in_texts(found.values()) == []
    assert secrets_of(study).in_texts(people) == []
    # Of the raters' names, only those of judges are ever sent.
    assert {seat.judge for seat in seats_of(study)} == {JUDGE, OTHER}
    with open_sitting(study, SESSION, JUDGE) as sitting:
        held = [repr(sitting.trials), repr(sitting.presentation), repr(sitting.state), sitting.session]
        assert secrets_of(study, *PEOPLE).in_texts(held) == []
    change(study, "UPDATE rating_trial SET token = 'Kestrel-41 ' || judge_id WHERE position = 0")
    telling = secrets_of(study).in_texts(dumped(study).values())
    assert telling != [], "the search is sharp"


def test_list_and_show_print_no_scores(hrm: Hrm, study: Path) -> None:
    asked = [("list",), ("show", SESSION), ("log", SESSION)]
    typed = [(*words, "--project", study, *more) for words in asked for more in ((), ("--json",))]
    before = [hrm("rating", *words) for words in typed]
    assert all(said.code == 0 for said in before)
    assert OTHER in before[0].out + before[2].out
    # Were a score printed, others would be seen.
    change(study, "UPDATE rating SET score = 6 - score")
    change(study, "UPDATE rating_event SET score = 6 - score WHERE score IS NOT NULL")
    assert [hrm("rating", *words).out for words in typed] == [said.out for said in before]


# ---- the search -----------------------------------------------------------------------------------


def _zipped(data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("names.npy", data)
    return made.getvalue()


WRITTEN: list[Callable[[str], bytes]] = [
    lambda word: f"of {word}!".encode(),
    lambda word: word.upper().encode(),
    lambda word: word.encode("utf-16"),
    lambda word: b"\x01" + word.swapcase().encode("utf-16-be"),
    lambda word: word.encode("latin-1"),
    lambda word: unicodedata.normalize("NFD", word).encode(),
    lambda word: quote(f"file:///srv/{word}").lower().encode(),
    lambda word: json.dumps({"who": word}).encode(),
    lambda word: repr(f"a {word}".encode()).encode(),
    lambda word: word.encode().hex().encode(),
    lambda word: base64.b64encode(f"{word} of".encode()),
    lambda word: base64.b64encode(f"1{word}".encode()),
    lambda word: base64.urlsafe_b64encode(f"12{word.lower()}3".encode()),
    lambda word: gzip.compress(f"of {word}".encode()),
    lambda word: _zipped(word.encode("utf-16-le")),
]


def test_the_search_is_sharp_in_files(tmp_path: Path) -> None:
    assert max(len(path.name) for path in tmp_path.parents) > 1
    for number, word in enumerate(("Zwölfer", "Kestrel-41", "heliotrope 3.mp4")):
        search, folder = SecretWords(SECRETS), tmp_path / f"leaks {number}"
        folder.mkdir()
        for place, written in enumerate(WRITTEN):
            (folder / f"{place}").write_bytes(b"\x00\xff" * 40)
            assert search.in_folder(folder) == []
            (folder / f"{place}").write_bytes(written(word))
            found = search.in_folder(folder)
            assert f"{place}: {word}" in found, place
            (folder / f"{place}").unlink()
        (folder / word.upper()).mkdir()
        assert f"{word.upper()}: {word}" in search.in_folder(folder)
        (folder / word.upper()).rmdir()
        (folder / "link").symlink_to(Path("/nowhere") / word)
        assert f"link: {word}" in search.in_folder(folder)
        assert search.in_texts(["nothing", f"x{word.lower()}y"]) == [f"x{word.lower()}y"]
        error = UserError("It cannot be read.")
        error.__cause__ = OSError(2, "gone", f"/srv/{word}")
        assert search.in_text(complaint(partial(_fail, error)))


def _fail(error: Exception) -> None:
    raise error


def test_the_search_is_sharp_in_the_window(judge_seat: NewJudge, study: Path) -> None:
    seat, search = judge_seat(study, JUDGE), secrets_of(study, *PEOPLE)
    window, button = seat.window, seat.button("Begin")
    action = QAction(window)
    window.addAction(action)
    hidden = QListWidget(window)
    hidden.addItem("nothing")
    plants: list[Callable[[str], object]] = [
        button.setText,
        button.setToolTip,
        button.setAccessibleName,
        button.setAccessibleDescription,
        button.setWhatsThis,
        button.setObjectName,
        window.setWindowTitle,
        window.setWindowFilePath,
        window.question.message.setText,
        action.setText,
        hidden.item(0).setText,
        lambda word: hidden.item(0).setData(Qt.ItemDataRole.UserRole, word),
        QApplication.clipboard().setText,
        QGuiApplication.setApplicationDisplayName,
    ]
    assert search.in_texts(told_by(window)) == []
    for place, plant in enumerate(plants):
        plant("S12Kestrel-41")
        assert search.in_texts(told_by(window)), place
        plant("")
        assert search.in_texts(told_by(window)) == [], place
    # Each of the two ways to read a window finds by itself what is planted there.
    button.setAccessibleDescription("of Quillon")
    assert search.in_texts(heard(window)) != []
    hidden.item(0).setText("of Quillon")
    assert search.in_texts(taken_along(window)) != []
