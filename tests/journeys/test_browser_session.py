"""A judge without the program: a folder in a real Chromium, keys pressed, the saved file taken in."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from hrm_core.records.rating_plan import Presentation, ScalePoint, TrialKind
from hrm_core.records.sitting import SittingAct, SittingEvent
from hrm_core.workflows.give_out_session import give_out
from hrm_core.workflows.project import Project
from hrm_core.workflows.take_in_answers import take_in
from tests.support.browser import CHROMIUM, WHY_NOT, Browser, browser
from tests.support.browser_sessions import Planned, plan, study_to_rate

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=WHY_NOT)

PRACTICE, RATING, REPEAT, ATTENTION = (
    TrialKind.PRACTICE,
    TrialKind.RATING,
    TrialKind.REPEAT,
    TrialKind.ATTENTION,
)
SHOWN, ANSWERED, BACK, PAUSED, ON = SittingAct
ASKED = "document.querySelector('h1.question')"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with study_to_rate(tmp_path) as made:
        yield made


class Judge:
    """Somebody at a browser; downloads come to a folder of theirs."""

    def __init__(self, page: Browser, folder: Path, downloads: Path) -> None:
        self.page, self.folder, self.downloads = page, folder, downloads
        page("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))

    def open(self) -> None:
        self.page.go((self.folder / "index.html").as_uri())
        self.page.until("document.querySelector('h1')")

    def begin(self) -> None:
        self.page.until("document.querySelector('button.main')")
        self.page.press("Enter")

    def begin_and_hold(self) -> None:
        """Begin, and stop the clip by hand as soon as it plays, so that its end waits on any machine."""
        hold = "(event) => { event.target.pause(); window.held = true; }"
        self.page.js(f"document.addEventListener('playing', {hold}, {{ capture: true, once: true }})")
        self.begin()
        self.page.until("window.held")

    def text(self) -> str:
        return str(self.page.js("document.getElementById('screen').innerText"))

    def hint(self) -> str:
        self.page.until("document.getElementById('hint').textContent")
        return str(self.page.js("document.getElementById('hint').textContent"))

    def answer(self, key: str) -> None:
        """Wait for the question, press a key, and wait until the question is gone."""
        self.page.until(ASKED)
        self.press(key)

    def press(self, key: str) -> None:
        """Press a key and wait until something else is shown, however short."""
        self.page.js("document.querySelector('h1').dataset.old = 'yes'")
        self.page.press(key)
        self.page.until("!document.querySelector('h1[data-old]')")

    def press_under_an_input_method(self, place: str) -> None:
        """As :meth:`press` where a Chinese input method takes the key and tells its place only."""
        key = {"key": "Process", "code": place, "windowsVirtualKeyCode": 229}
        self.page.js("document.querySelector('h1').dataset.old = 'yes'")
        self.page("Input.dispatchKeyEvent", type="rawKeyDown", **key)
        self.page.until("!document.querySelector('h1[data-old]')")

    def click(self, words: str) -> None:
        found = f"[...document.querySelectorAll('button')].find((b) => b.innerText.includes({words!r}))"
        self.page.until(found)
        self.page.js(f"{found}.click()")

    def saved(self, seat: str) -> Path:
        """Press *Save answers* and wait for the file."""
        file = self.downloads / f"answers-{seat}.json"
        file.unlink(missing_ok=True)
        self.click("Save answers")
        self.page.until(file.exists)
        return file


def _acts(events: list[SittingEvent]) -> list[tuple[int, SittingAct, int | None, int]]:
    return [(event.position, event.act, event.score, event.replays) for event in events]


def _folder(planned: Planned, into: Path, **options: Any) -> Path:
    return give_out(planned.project, planned.session.name, "Ada", into, **options).folder


def _practise(judge: Judge) -> None:
    """Answer the practice clip; what is pressed before its end, or off the scale, is no answer."""
    page = judge.page
    judge.begin_and_hold()
    page.press("3")
    assert "as soon as you have seen" in judge.hint()
    page.js("document.querySelector('video.seen').play()")
    page.until(ASKED)
    assert "Practice" in judge.text()
    # What ended is gone: only the first impression counts.
    assert page.js("document.getElementById('stage').hidden")
    page.press("6")
    judge.answer("3")
    assert "Practice is over" in judge.text()
    judge.begin()


def _replay_and_take_back(judge: Judge) -> None:
    """Two answers to one clip: it is played again once, not twice, and the first answer taken back."""
    page = judge.page
    page.until(ASKED)
    judge.press("r")
    page.until(ASKED)
    page.press("r")
    assert "cannot be played again" in judge.hint()
    judge.answer("2")
    page.until(ASKED)
    page.press("Backspace")
    page.until("document.getElementById('hint').textContent.includes('taken back')")
    page.until(ASKED)
    page.press("z", control=True)
    page.until("document.getElementById('hint').textContent.includes('only once')")
    judge.answer("4")


def _until_killed(judge: Judge) -> None:
    """Pause, close the page, go on, and die right after an answer."""
    page = judge.page
    page.until(ASKED)
    page.press(" ")
    page.until("document.querySelector('button.main')")
    assert "Paused" in judge.text()
    judge.begin()
    page.until(ASKED)
    # Reloaded in the middle: the clip that was not answered starts over, nothing else.
    judge.open()
    assert "1 of 4 clips done. You go on exactly where you stopped" in judge.text()
    judge.begin()
    judge.answer("5")
    page.until("document.body.innerText.includes('press 4')")
    # A key that comes at once was meant for the clip before.
    page.js("new Promise((done) => setTimeout(done, 300))")
    page.press("4")
    page.until("document.querySelector('h1').innerText.includes('break')")
    page.end(kill=True)


def _come_back(judge: Judge, seat: str) -> Path:
    """Go on after the death, to the end."""
    judge.open()
    assert "2 of 4 clips done" in judge.text()
    assert judge.page.js("document.getElementById('head').innerText").count("2 of 4 clips done") == 1
    judge.begin()
    judge.answer("1")
    judge.answer("2")
    judge.page.until("document.body.innerText.includes('Thank you')")
    return judge.saved(seat)


PRESSED = [
    (0, SHOWN, None, 0),
    (0, ANSWERED, 3, 0),
    (1, SHOWN, None, 0),
    (1, SHOWN, None, 1),
    (1, ANSWERED, 2, 1),
    (2, SHOWN, None, 0),
    (1, BACK, None, 0),
    (1, ANSWERED, 4, 1),
    (2, SHOWN, None, 0),
    (2, PAUSED, None, 0),
    (2, ON, None, 0),
    (2, SHOWN, None, 0),
    (2, ANSWERED, 5, 0),
    (3, ANSWERED, 4, 0),
    (4, SHOWN, None, 0),
    (4, ANSWERED, 1, 0),
    (5, SHOWN, None, 0),
    (5, ANSWERED, 2, 0),
]


def test_a_whole_session_with_all_that_can_happen_in_it(project: Project, tmp_path: Path) -> None:
    kinds = [(PRACTICE, 5), (RATING, 0), (RATING, 3), (ATTENTION, 4), (REPEAT, 0), (RATING, 1)]
    planned = plan(project, kinds, presentation=Presentation(max_replays=1), breaks=(4,))
    folder, seat = _folder(planned, tmp_path / "for Ada"), planned.seat("Ada")
    began = datetime.now(UTC)
    addresses: list[str] = []
    with browser(tmp_path / "profile") as page:
        judge = Judge(page, folder, tmp_path)
        judge.open()
        assert "4 short clips" in judge.text()
        assert "Before them comes one clip for practice, which does not count." in judge.text()
        _practise(judge)
        _replay_and_take_back(judge)
        addresses += page.asked_for()
        half = judge.saved(seat.token).rename(tmp_path / "half.json")
        _until_killed(judge)
    with browser(tmp_path / "profile") as page:
        file = _come_back(Judge(page, folder, tmp_path), seat.token)
        assert not page.complaints()
        addresses += page.asked_for()
    assert {urlsplit(address).scheme for address in addresses} <= {"file", "blob", "data"}
    files = {unquote(urlsplit(entry).path) for entry in addresses if entry.startswith("file:")}
    assert all(Path(entry).is_relative_to(folder) for entry in files)

    store = project.store.rating_sessions
    assert take_in(project, [half])[0].done == 2
    before = store.events(planned.session.id, seat.judge_id)
    (taken,) = take_in(project, [file])
    assert (taken.done, taken.total, taken.answers) == (6, 6, 4)
    events = store.events(planned.session.id, seat.judge_id)
    assert events[: len(before)] == before
    assert _acts(events) == PRESSED
    _check_times(events, began)
    rows = project.store.ratings.table()
    assert sorted((row["position"], row["score"]) for row in rows) == [(1, 4), (2, 5), (4, 1), (5, 2)]
    assert take_in(project, [file])[0].events == 0
    assert store.events(planned.session.id, seat.judge_id) == events


def _check_times(events: list[SittingEvent], began: datetime) -> None:
    said = [event.said_at for event in events if event.said_at is not None]
    assert len(said) == len(events)
    assert said == sorted(set(said))
    assert began.timestamp() - 1 <= said[0].timestamp()
    assert said[-1] <= datetime.now(UTC)
    for event in events:
        if event.act is not ANSWERED:
            continue
        if event.position == 3:
            assert (event.watched_s, event.response_s) == (None, None)
        else:
            assert event.watched_s == pytest.approx(6 / 25, abs=0.002)
        if event.position == 1 and event.score == 4:
            assert event.response_s is None
        elif event.position != 3:
            assert event.response_s is not None
            assert 0 <= event.response_s < 60


@pytest.mark.slow
def test_tabs_missing_clips_and_early_answers(project: Project, tmp_path: Path) -> None:
    wide = tuple(ScalePoint(f"point {number}", {"zh_CN": f"第 {number} 点"}) for number in range(1, 12))
    plan_11 = Presentation(scale=wide, max_replays=None, least_watch_s=0.1, scrubbing=True)
    planned = plan(project, [(RATING, 0), (RATING, 3), (RATING, 1)], presentation=plan_11)
    folder, seat = _folder(planned, tmp_path / "for Ada", format="webm"), planned.seat("Ada")
    tokens = planned.tokens("Ada")
    with browser(tmp_path / "profile") as page:
        judge = Judge(page, folder, tmp_path)
        judge.open()
        judge.begin_and_hold()
        page.press("5")
        assert "as soon as you have seen" in judge.hint()
        # After the least time, before the end.
        page.js("document.querySelector('video.seen').currentTime = 0.16")
        page.until("!document.querySelector('video.seen').seeking")
        first = page.js("document.querySelector('video.seen').currentTime")
        judge.press_under_an_input_method("Minus")
        page.until(ASKED)
        # It was planned that the clip can be looked through.
        assert page.js("document.querySelector('input.seek').value") == "1"
        page.js("document.querySelector('input.seek').focus()")
        assert not page.js("document.getElementById('stage').hidden")
        for _ in range(2):
            judge.press("r")
            page.until(ASKED)

        # Another tab goes on; this one notices as soon as it would write, and spoils nothing.
        one = page.new_page()
        judge.open()
        assert "1 of 3" in judge.text()
        judge.begin()
        page.until(ASKED)
        other = page.turn_to(one)
        # It was paused when it was hidden.
        judge.begin()
        page.until("document.querySelector('h1').innerText.includes('another tab')")
        page.turn_to(other)
        judge.begin()
        page.until(ASKED)
        last = folder / "clips" / f"{tokens[2]}.webm"
        hidden = last.rename(tmp_path / "hidden.webm")
        judge.open()
        judge.begin()
        judge.answer("0")
        page.until("document.querySelector('h1').innerText.includes('cannot be played')")
        assert f"code {tokens[2][:6]}" in judge.text()
        hidden.rename(last)
        judge.begin()
        judge.answer("1")
        page.until("document.body.innerText.includes('Thank you')")
        file = judge.saved(seat.token)

    assert take_in(project, [file])[0].done == 3
    events = project.store.rating_sessions.events(planned.session.id, seat.judge_id)
    answers = [event for event in events if event.act is ANSWERED]
    assert [(event.score, event.replays) for event in answers] == [(11, 0), (10, 2), (1, 0)]
    assert answers[0].watched_s == pytest.approx(first, abs=0.005)
    assert answers[0].response_s == pytest.approx(first - 6 / 25, abs=0.05)


def test_a_browser_that_keeps_nothing_goes_on_from_a_file(project: Project, tmp_path: Path) -> None:
    planned = plan(project, [(RATING, 0), (RATING, 3)])
    folder, seat = _folder(planned, tmp_path / "for Ada", language="zh_CN"), planned.seat("Ada")
    with browser(tmp_path / "profile") as page:
        judge = Judge(page, folder, tmp_path)
        refuse = "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); }"
        page("Page.addScriptToEvaluateOnNewDocument", source=refuse)
        judge.open()
        assert page.js("document.documentElement.lang") == "zh-CN"
        assert "不会保留任何内容" in judge.text()
        judge.click("English")
        assert "keeps nothing" in judge.text()
        judge.begin()
        judge.answer("4")
        page.until(ASKED)
        half = judge.saved(seat.token).rename(tmp_path / "half.json")
        bent = tmp_path / "bent.json"
        bent.write_text(half.read_text().replace('\\"score\\":4', '\\"score\\":1'))
        assert bent.read_bytes() != half.read_bytes()

        judge.open()
        judge.click("English")
        _load(page, bent)
        assert "cannot be used" in judge.hint()
        _load(page, half)
        page.until("document.body.innerText.includes('were read. 1 of 2 clips done')")
        judge.begin()
        judge.answer("2")
        page.until("document.body.innerText.includes('Thank you')")
        whole = judge.saved(seat.token)
        # Whoever has no way to sign cannot begin at all.
        page("Page.addScriptToEvaluateOnNewDocument", source="delete Crypto.prototype.subtle")
        judge.open()
        assert "签名" in judge.text()
        assert page.js("document.querySelectorAll('button').length") == 1
    assert [entry.answers for entry in take_in(project, [half, whole])] == [1, 1]
    assert sorted(row["score"] for row in project.store.ratings.table()) == [2, 4]


UNTOUCHED = """
const load = HTMLMediaElement.prototype.load, play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.load = function () { this.touched ||= Boolean(window.event); load.call(this); };
HTMLMediaElement.prototype.play = function () {
  return this.touched ? play.call(this) : Promise.reject(new DOMException('no', 'NotAllowedError'));
};
"""


def test_what_a_browser_does_of_its_own_accord(project: Project, tmp_path: Path) -> None:
    """It wants a press for each film, hides the page, repeats held keys, and forgets what it kept."""
    planned = plan(project, [(RATING, 0), (RATING, 3), (RATING, 1)], breaks=(1,))
    folder, seat = _folder(planned, tmp_path / "for Ada"), planned.seat("Ada")
    with browser(tmp_path / "profile") as page:
        judge = Judge(page, folder, tmp_path)
        page("Page.addScriptToEvaluateOnNewDocument", source=UNTOUCHED)
        judge.open()
        judge.begin()
        page.until(ASKED)
        page.press("Backspace")
        assert judge.hint() == "There is no answer to take back yet."
        middle = _middle(page)
        assert not _is_lit(page)
        for step in range(3):
            page("Input.dispatchMouseEvent", type="mouseMoved", x=middle[0] + step, y=middle[1])
        assert _is_lit(page)
        # Nobody looks at the question: the time until the answer would be that of something else.
        page.js("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
        page.js("document.dispatchEvent(new Event('visibilitychange'))")
        page.until("document.querySelector('h1').innerText.includes('Paused')")
        described = page.js("document.activeElement.getAttribute('aria-describedby')")
        assert page.js(f"document.getElementById({described!r}).innerText") == "Paused"
        page.js("delete document.hidden")
        judge.begin()
        page.until(ASKED)
        # Nothing has been answered yet.
        assert "once more" not in judge.text()

        page.js("document.querySelector('.scale button').focus()")
        enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        page("Input.dispatchKeyEvent", type="keyDown", **enter)
        page.until("document.querySelector('h1').innerText.includes('break')")
        page("Input.dispatchKeyEvent", type="keyDown", autoRepeat=True, **enter)
        assert "break" in judge.text()
        page("Input.dispatchKeyEvent", type="keyUp", key="Enter", code="Enter", windowsVirtualKeyCode=13)

        judge.begin()
        page.until(ASKED)
        # The pointer rests where it was: what is lit would be preferred.
        page.until("document.querySelectorAll('.scale button')[2].matches(':hover')")
        assert not _is_lit(page)
        page("Storage.clearDataForOrigin", origin="file://", storageTypes="all")
        page.until(lambda: page.js("indexedDB.databases().then((all) => all.length === 0)"))
        judge.answer("4")
        judge.open()
        assert "2 of 3" in judge.text()
        judge.begin()
        page.until(ASKED)
        # A click needs no movement before it.
        _click(page, *_middle(page))
        page.until("document.body.innerText.includes('Thank you')")
        file = judge.saved(seat.token)
        assert not page.complaints()
    assert take_in(project, [file])[0].done == 3
    events = project.store.rating_sessions.events(planned.session.id, seat.judge_id)
    assert [event.act for event in events if event.position == 0] == [SHOWN, PAUSED, ON, ANSWERED]
    answers = [event for event in events if event.act is ANSWERED]
    assert [event.score for event in answers] == [1, 4, 3]
    assert answers[0].response_s is None
    assert answers[1].response_s is not None


def _middle(page: Browser) -> tuple[float, float]:
    """Where the middle answer is."""
    place = page.js("JSON.stringify(document.querySelectorAll('.scale button')[2].getBoundingClientRect())")
    box = json.loads(place)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _click(page: Browser, x: float, y: float) -> None:
    """Click there without moving the mouse before."""
    for kind in ("mousePressed", "mouseReleased"):
        page("Input.dispatchMouseEvent", type=kind, x=x + 2, y=y, button="left", clickCount=1)


def _is_lit(page: Browser) -> bool:
    """Whether the middle answer looks other than its neighbour."""
    colours = (
        "[1, 2].map((n) => getComputedStyle(document.querySelectorAll('.scale button')[n]).backgroundColor)"
    )
    one, other = page.js(colours)
    return bool(one != other)


def _load(page: Browser, file: Path) -> None:
    """Choose a file as a person does in the browser's own dialog."""
    page.js("document.getElementById('hint').textContent = ''")
    root = page("DOM.getDocument")["root"]["nodeId"]
    field = page("DOM.querySelector", nodeId=root, selector="input[type=file]")["nodeId"]
    page("DOM.setFileInputFiles", nodeId=field, files=[str(file)])


@pytest.mark.slow
def test_sixty_clips_with_a_browser_that_is_killed_again_and_again(tmp_path: Path) -> None:
    """No answer that the page has gone on from is asked again or lost; HRM_KILLS says how many kills."""
    kills, chance = int(os.environ.get("HRM_KILLS", "12")), random.Random(7)
    with study_to_rate(tmp_path, 30) as project:
        planned = plan(project, [(RATING, number) for number in range(60)])
        folder, seat = _folder(planned, tmp_path / "for Ada"), planned.seat("Ada")
        stops = sorted(chance.sample(range(1, 60), kills))
        scores = [chance.randint(1, 5) for _ in range(60)]
        done = 0
        for stop in [*stops, 60]:
            page = Browser(tmp_path / "profile")
            try:
                judge = Judge(page, folder, tmp_path)
                judge.open()
                assert done == 0 or f"{done} of 60" in judge.text()
                judge.begin()
                for score in scores[done:stop]:
                    judge.answer(str(score))
                done = stop
                if done == 60:
                    file = judge.saved(seat.token)
            finally:
                page.end(kill=True)
        assert take_in(project, [file])[0].done == 60
        rows = sorted(project.store.ratings.table(), key=lambda row: row["position"])
        assert [row["score"] for row in rows] == scores
