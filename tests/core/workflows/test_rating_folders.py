"""A judge's folder tells nothing of the study, and what comes back is taken in once or refused whole."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hrm_core.errors import (
    Cancelled,
    InvalidFileError,
    NotFoundError,
    ProjectError,
    StoreWriteError,
    UserError,
)
from hrm_core.progress import CancelToken, NoProgress
from hrm_core.rating.answer_file import answer_bytes, seat_key
from hrm_core.records.people import Role
from hrm_core.records.rating_plan import Presentation, TrialKind
from hrm_core.records.sitting import SittingAct, SittingEvent
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.give_out_session import give_out
from hrm_core.workflows.project import Project
from hrm_core.workflows.rating_clips import clips_folder
from hrm_core.workflows.sit_for_rating import open_sitting
from hrm_core.workflows.take_in_answers import take_in
from tests.support.browser_sessions import SECRETS, Planned, plan, study_to_rate

KINDS = [
    (TrialKind.PRACTICE, 5),
    (TrialKind.RATING, 0),
    (TrialKind.RATING, 3),
    (TrialKind.ATTENTION, 4),
    (TrialKind.REPEAT, 0),
]
START = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with study_to_rate(tmp_path) as made:
        add_rater(made, "Coordinator Li", Role.COORDINATOR)
        yield made


@pytest.fixture
def planned(project: Project) -> Planned:
    return plan(project, KINDS, presentation=Presentation(sound=True))


def _data(folder: Path) -> dict[str, object]:
    text = (folder / "index.html").read_text(encoding="utf-8")
    found = text.split('id="data">')[1].split("</script>")[0]
    return dict(json.loads(found))


def test_the_folder_tells_nothing_of_the_study(project: Project, planned: Planned, tmp_path: Path) -> None:
    given = give_out(project, "First impressions", "Ada", tmp_path / "out" / "for you", by="Coordinator Li")
    files = sorted(file for file in given.folder.rglob("*") if file.is_file())
    trials = planned.trials["Ada"]
    shown = {f"{trial.token}.mp4" for trial in trials if trial.clip_id is not None}
    assert {file.name for file in files} == {"index.html", *shown}
    assert (given.trials, given.answered, given.clips) == (5, 0, 4)
    assert given.size == sum(file.stat().st_size for file in files)

    others = [seat for seat in planned.session.seats if seat.name != "Ada"]
    tokens = [token for seat in others for token in planned.tokens(seat.name).values()]
    prepared = project.store.rating_sessions.clips(planned.session.id)
    secret = [
        *SECRETS,
        "Coordinator Li",
        planned.session.sign_key,
        str(project.folder),
        project.folder.name + os.sep,
        os.environ.get("USER", "root") + "@",
        *(seat.token for seat in others),
        *tokens,
        *(clip.file for clip in prepared),
        *(clip.sha256 for clip in prepared),
    ]
    for file in files:
        data = (str(file.relative_to(given.folder)).encode() + b"\n" + file.read_bytes()).lower()
        for word in secret:
            # Short words stand in others and, by chance, in pictures: as words of their own, in texts.
            if len(word) > 3:
                assert word.lower().encode() not in data, (word, file.name)
            elif file.suffix == ".html":
                assert not re.search(rf"(?<![a-z]){word.lower()}(?![a-z])".encode(), data), word
    again, before = (given.folder / "clips" / f"{trials[n].token}.mp4" for n in (4, 1))
    assert again.read_bytes() != before.read_bytes()
    assert again.stat().st_size != before.stat().st_size

    (entry,) = project.store.rating_sessions.log(planned.session.id)
    assert (entry.what, entry.actor, entry.detail["judge"]) == ("given out", "Coordinator Li", "Ada")
    assert entry.detail["folder"] == _data(given.folder)["folder"]


def test_what_was_answered_in_the_window_is_not_asked_again(project: Project, tmp_path: Path) -> None:
    plan(project, KINDS)
    with open_sitting(project.folder, "First impressions", "Ada") as sitting:
        for _ in range(2):
            trial = sitting.current
            assert trial is not None
            sitting.shown(trial)
            sitting.answer(trial, 3)
    given = give_out(project, "First impressions", "Ada", tmp_path / "out", format="webm", language="zh_CN")
    assert (given.trials, given.answered, given.clips) == (3, 2, 2)
    assert {file.suffix for file in (given.folder / "clips").iterdir()} == {".webm"}
    trials = _data(given.folder)["trials"]
    assert isinstance(trials, list)
    assert [trial["done"] for trial in trials] == [True, True, False, False, False]
    assert (
        (given.folder / "index.html")
        .read_text(encoding="utf-8")
        .startswith('<!doctype html>\n<html lang="zh-CN">')
    )


def test_folders_that_cannot_be_are_refused(project: Project, planned: Planned, tmp_path: Path) -> None:
    def refused(words: str, into: Path, judge: str = "Ada", session: str = "First impressions") -> None:
        with pytest.raises(UserError, match=words):
            give_out(project, session, judge, into)

    full = tmp_path / "full"
    full.mkdir()
    (full / "note.txt").write_text("mine")
    refused("holds something already", full)
    refused("belongs to the study", project.folder)
    refused("belongs to the study", clips_folder(project.folder, planned.session.token))
    refused("belongs to the study", project.folder / "Label" / "x")
    refused("would tell blind coders the group", tmp_path / "ASD children")
    refused("is no folder", full / "note.txt")
    refused("does not rate in 'First impressions'", tmp_path / "o", judge="Nobody")
    refused("No rating session 'Other'", tmp_path / "o", session="Other")
    with pytest.raises(NotFoundError, match="Stranger"):
        give_out(project, "First impressions", "Ada", tmp_path / "o", by="Stranger")
    project.store.ratings.add_session("imported", "how natural?")
    refused("were imported", tmp_path / "o", session="imported")
    project.store.rating_sessions.set_closed(planned.session.id, closed=True)
    refused("is closed", tmp_path / "o")
    assert sorted(file.name for file in full.iterdir()) == ["note.txt"]
    assert not (tmp_path / "o").exists()
    assert project.store.rating_sessions.log(planned.session.id) == []


class _Impatient(NoProgress):
    def __init__(self, cancel: CancelToken) -> None:
        self._cancel = cancel

    def advance(self, units: int = 1) -> None:
        self._cancel.cancel()


def test_nothing_half_made_stays(project: Project, planned: Planned, tmp_path: Path) -> None:
    place = tmp_path / "out"
    place.mkdir()
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        give_out(project, "First impressions", "Ada", place / "a", progress=_Impatient(cancel), cancel=cancel)
    folder = clips_folder(project.folder, planned.session.token)
    clip = folder / project.store.rating_sessions.clips(planned.session.id)[0].file
    whole = clip.read_bytes()
    clip.write_bytes(whole[:-1] + b"x")
    with pytest.raises(InvalidFileError, match="was changed after it was prepared"):
        give_out(project, "First impressions", "Ada", place / "a")
    clip.unlink()
    with pytest.raises(NotFoundError, match="is missing"):
        give_out(project, "First impressions", "Ada", place / "a")
    assert list(place.iterdir()) == []
    assert project.store.rating_sessions.log(planned.session.id) == []
    clip.write_bytes(whole)
    # An empty folder is as good as none.
    (place / "a").mkdir()
    assert give_out(project, "First impressions", "Ada", place / "a").clips == 4


def _events(planned: Planned, *scores: int, start: int = 0) -> list[SittingEvent]:
    return [
        SittingEvent(
            start + place,
            SittingAct.ANSWERED,
            score,
            0.5,
            via="browser",
            said_at=START + timedelta(seconds=start + place),
        )
        for place, score in enumerate(scores)
    ]


def _file(planned: Planned, path: Path, events: list[SittingEvent], judge: str = "Ada") -> Path:
    seat, session = planned.seat(judge), planned.session
    key = seat_key(session.sign_key, seat.token)
    path.write_bytes(answer_bytes(session.token, seat.token, events, planned.tokens(judge), key))
    return path


def _scores(project: Project) -> list[tuple[str, int, int]]:
    rows = project.store.ratings.table()
    return sorted((row["judge"], row["position"], row["score"]) for row in rows)


def test_files_are_taken_in_once_and_later_ones_add(
    project: Project, planned: Planned, tmp_path: Path
) -> None:
    first = _file(planned, tmp_path / "1.json", _events(planned, 1, 2))
    whole = _file(planned, tmp_path / "2.json", _events(planned, 1, 2, 3, 4, 5))
    other = _file(planned, tmp_path / "3.json", _events(planned, 5, 5), "Mei Lin")
    taken = take_in(project, [first, other, whole, first], by="Coordinator Li")
    assert [(entry.judge, entry.events, entry.done) for entry in taken] == [
        ("Ada", 2, 2),
        ("Mei Lin", 2, 2),
        ("Ada", 3, 5),
        ("Ada", 0, 5),
    ]
    assert taken[0].total == 5
    seat = planned.seat("Ada")
    stored = project.store.rating_sessions.events(planned.session.id, seat.judge_id)
    assert [replace(event, at=None) for event in stored] == _events(planned, 1, 2, 3, 4, 5)
    log = project.store.rating_sessions.log(planned.session.id)
    assert [(entry.what, entry.actor, entry.detail["answers"]) for entry in log] == [
        ("taken in", "Coordinator Li", 2),
        ("taken in", "Coordinator Li", 2),
        ("taken in", "Coordinator Li", 3),
    ]


def test_one_bad_file_stops_all(project: Project, planned: Planned, tmp_path: Path) -> None:
    good = _file(planned, tmp_path / "good.json", _events(planned, 1, 2))
    text = good.read_text(encoding="utf-8")
    bad = tmp_path / "bad.json"

    def refused(words: str, changed: str) -> None:
        bad.write_text(changed, encoding="utf-8")
        with pytest.raises(UserError, match=words) as refusal:
            take_in(project, [good, bad])
        assert refusal.match(r"(bad|good)\.json")
        assert str(refusal.value).count("\n") == 0

    refused("was changed after it was saved", text.replace('\\"score\\": 2', '\\"score\\": 5'))
    refused("not a file of answers", text[:-9])
    refused("not planned in this project", text.replace(planned.session.token, "0" * 32))
    refused("does not rate in", text.replace(planned.seat("Ada").token, "0" * 32))
    # Signed for one judge, said to be another's.
    refused("signed with another key", text.replace(planned.seat("Ada").token, planned.seat("Mei Lin").token))
    project.store.rating_sessions.set_closed(planned.session.id, closed=True)
    refused("is closed", text)
    project.store.rating_sessions.set_closed(planned.session.id, closed=False)
    assert _scores(project) == []
    assert project.store.rating_sessions.log(planned.session.id) == []
    assert take_in(project, [good])[0].answers == 2


def test_what_cannot_be_written_leaves_nothing_of_the_other_files(
    project: Project, planned: Planned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [
        _file(planned, tmp_path / f"{judge}.json", _events(planned, 1, 2), judge)
        for judge in ("Ada", "Mei Lin")
    ]
    done: list[str] = []

    def fail_second(*_: object) -> None:
        done.append("log")
        if len(done) == 2:
            raise StoreWriteError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(project.store.rating_sessions, "write_log", fail_second)
        with pytest.raises(StoreWriteError, match="full"):
            take_in(project, files)
    assert _scores(project) == []
    assert [entry.answers for entry in take_in(project, files)] == [2, 2]


def test_no_folder_goes_out_that_the_log_does_not_know(
    project: Project, planned: Planned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreWriteError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(project.store.rating_sessions, "write_log", fail)
        with pytest.raises(StoreWriteError, match="full"):
            give_out(project, "First impressions", "Ada", tmp_path / "out")
    # Only the study itself.
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_dir()] == ["study"]
    with monkeypatch.context() as patch:
        patch.setattr("hrm_core.workflows.give_out_session._put", fail)
        with pytest.raises(StoreWriteError, match="full"):
            give_out(project, "First impressions", "Ada", tmp_path / "out")
    assert project.store.rating_sessions.log(planned.session.id) == []


def test_more_replays_than_a_database_can_count_are_refused(project: Project, tmp_path: Path) -> None:
    endless = plan(project, KINDS, presentation=Presentation(max_replays=None))
    (answer,) = _events(endless, 1)
    file = _file(endless, tmp_path / "1.json", [replace(answer, replays=10**30)])
    with pytest.raises(InvalidFileError, match="replayed more often than planned"):
        take_in(project, [file])


def test_another_plans_answers_are_foreign_even_with_the_same_names(project: Project, tmp_path: Path) -> None:
    one = plan(project, KINDS, name="one")
    two = plan(project, KINDS, name="two")
    file = _file(one, tmp_path / "1.json", _events(one, 1, 2))
    text = file.read_text(encoding="utf-8").replace(one.session.token, two.session.token)
    file.write_text(text.replace(one.seat("Ada").token, two.seat("Ada").token), encoding="utf-8")
    with pytest.raises(InvalidFileError, match="signed with another key"):
        take_in(project, [file])
    assert _scores(project) == []


def test_answers_of_window_and_browser_are_never_mixed_up(project: Project, tmp_path: Path) -> None:
    planned = plan(project, KINDS)
    with open_sitting(project.folder, "First impressions", "Ada") as sitting:
        for score in (3, 1):
            trial = sitting.current
            assert trial is not None
            sitting.shown(trial)
            sitting.answer(trial, score)
    clash = _file(planned, tmp_path / "clash.json", _events(planned, 5, 5, 5))
    with pytest.raises(ProjectError, match="trial 1 was answered elsewhere in the meantime"):
        take_in(project, [clash])
    assert _scores(project) == [("Ada", 1, 1)]
    rest = _file(planned, tmp_path / "rest.json", _events(planned, 5, 4, 2, start=2))
    assert take_in(project, [rest])[0].done == 5
    assert _scores(project) == [("Ada", 1, 1), ("Ada", 2, 5), ("Ada", 4, 2)]
    with open_sitting(project.folder, "First impressions", "Ada") as sitting:
        assert sitting.current is None
