"""A session is planned whole or not at all, and its clips show what judges may see and tell nothing else."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.errors import Cancelled, InvalidFileError, NotFoundError, ProjectError, UserError
from hrm_core.media.reader import VideoFile
from hrm_core.progress import CancelToken
from hrm_core.records.coding import FrameCoding
from hrm_core.records.people import Role
from hrm_core.records.rating_plan import (
    PlannedJudge,
    Presentation,
    RatingSession,
    ScalePoint,
    TrialKind,
)
from hrm_core.records.recording import ExclusionReason
from hrm_core.workflows.add_participant import add_participant, add_rater, change_rater
from hrm_core.workflows.add_video import add_clips, add_video
from hrm_core.workflows.choose_clips import exclude_clip
from hrm_core.workflows.plan_rating import SessionChoice, plan_session, preview
from hrm_core.workflows.prepare_rating_clips import prepare_clips
from hrm_core.workflows.project import Project, create_project, open_project
from hrm_core.workflows.rating_plan_files import points_of, read_clip_list, with_scale_of
from hrm_core.workflows.rating_sessions import unblind_judge
from hrm_core.workflows.sit_for_rating import open_sitting
from tests.support.builders import tiny_video
from tests.support.marked_faces import FRAMES, SIZE, eye_pixels, found_faces, marked_film, write_found

CLIPS = [(0, 5), (6, 11), (12, 17), (18, 23)]
GREY = 110
JO, MIA = PlannedJudge("Jo"), PlannedJudge("Mia")
CHOICE = SessionChoice("Round 1", (JO, MIA), seed=3)


@pytest.fixture(scope="module")
def eyes_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic recording with magenta eyes, a voice and a title that names a child."""
    return marked_film(tmp_path_factory.mktemp("eyes") / "play at home.mp4")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, eyes_film: Path) -> Path:
    """Two children with four clips each, all of whose eyes were found."""
    folder = tmp_path_factory.mktemp("template") / "study"
    with create_project(folder) as project:
        for code, group in (("S1", "ASD"), ("S2", "TD")):
            add_participant(project, code, group=group)
            add_clips(project, add_video(project, code, eyes_film), CLIPS)
            write_found(project, code, map(found_faces, range(FRAMES)))
    return folder


@pytest.fixture
def study(template: Path, tmp_path: Path) -> Iterator[Project]:
    """A test's own copy, in a folder whose name trips programs."""
    with open_project(shutil.copytree(template, tmp_path / "我的 研究 #1")) as project:
        yield project


def _without_faces(study: Project, code: str, *frames: int) -> None:
    found = map(found_faces, range(FRAMES))
    write_found(
        study,
        code,
        [replace(entry, faces=(), target=None) if entry.frame in frames else entry for entry in found],
    )


def _pictures(path: Path) -> list[NDArray[np.uint8]]:
    """All pictures of a file, by FFmpeg alone."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def _files(study: Project, session: RatingSession) -> list[Path]:
    return sorted((study.folder / "Rating Clips" / session.token).iterdir())


def _no_trace(study: Project) -> None:
    assert not (study.folder / "Rating Clips").exists()
    assert study.store.rating_sessions.all() == []
    assert "Jo" not in {rater.name for rater in study.raters()}


@pytest.fixture(scope="module")
def planned(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A study in which a session was planned; nobody may change it."""
    folder = shutil.copytree(template, tmp_path_factory.mktemp("planned") / "study")
    with open_project(folder) as project:
        plan_session(project, replace(CHOICE, practice=1, repeats=2, attention_checks=1))
        yield project


def test_a_judge_can_sit_down_to_what_was_planned(planned: Project) -> None:
    session = planned.store.rating_sessions.get("Round 1")
    assert [seat.name for seat in session.seats] == ["Jo", "Mia"]
    assert {rater.role for rater in planned.raters()} == {Role.JUDGE}
    assert all(rater.blind and not rater.sees_eyes for rater in planned.raters())
    for seat in session.seats:
        with open_sitting(planned.folder, "Round 1", seat.name) as sitting:
            assert [trial.kind for trial in sitting.trials].count(TrialKind.RATING) == 9
            assert len(sitting.trials) == 1 + 7 + 2 + 1
            for trial in sitting.trials[:3]:
                if trial.file is not None:
                    with sitting.open_clip(trial) as video:
                        assert len(video) == 6


def test_nothing_of_an_error_that_a_judge_meets_names_the_study(study: Project) -> None:
    session = plan_session(study, CHOICE)
    with open_sitting(study.folder, "Round 1", "Jo") as sitting:
        trial = sitting.trials[0]
        file = study.folder / "Rating Clips" / session.token / str(trial.file)
        file.write_bytes(b"no video")
        sound = replace(trial, sha256=hashlib.sha256(b"no video").hexdigest())
        for asked, gone in ((trial, False), (sound, False), (trial, True)):
            if gone:
                file.unlink()
            with pytest.raises(UserError, match=r"The clip of trial 1 \(code") as error:
                sitting.open_clip(asked)
            # As a log prints it, with whatever is behind it.
            said = "".join(traceback.format_exception(error.value))
            assert study.folder.name not in said
            assert str(trial.file) not in said


def test_prepared_clips_show_their_frames_without_eyes(planned: Project, eyes_film: Path) -> None:
    session = planned.store.rating_sessions.get("Round 1")
    prepared = planned.store.rating_sessions.clips(session.id)
    folder = planned.folder / "Rating Clips" / session.token
    assert sorted(file.name for file in folder.iterdir()) == sorted(entry.file for entry in prepared)
    source = _pictures(eyes_film)
    assert len(prepared) == 8
    for entry in prepared:
        shown = _pictures(folder / entry.file)
        assert hashlib.sha256((folder / entry.file).read_bytes()).hexdigest() == entry.sha256
        assert len(shown) == entry.frame_count == 6
        assert entry.seconds == pytest.approx(0.24)
        assert entry.withheld == 0
        assert not any(eye_pixels(picture) for picture in shown)
        for number in (entry.first_frame, entry.last_frame):
            picture = shown[number - entry.first_frame][: SIZE[1], : SIZE[0]].astype(int)
            near = range(max(0, number - 1), min(FRAMES, number + 2))
            assert min(near, key=lambda n: float(np.abs(picture - source[n]).mean())) == number


def test_files_tell_nothing_but_their_pictures(planned: Project, eyes_film: Path) -> None:
    assert b"Anna" in eyes_film.read_bytes()
    files = _files(planned, planned.store.rating_sessions.get("Round 1"))
    for file in files:
        assert re.fullmatch(r"[0-9a-f]{32}\.mp4", file.name)
        assert not re.search(rb"(?i)anna|play|home|participant|round|rating|\.mp4", file.read_bytes())
        with av.open(str(file)) as container:
            assert [stream.type for stream in container.streams] == ["video"]
            allowed = {"major_brand", "minor_version", "compatible_brands", "encoder"}
            assert set(container.metadata) <= allowed
            assert set(container.streams[0].metadata) <= {"language", "handler_name", "encoder", "vendor_id"}
    # Sorted by date, the clips of one child would lie together.
    assert len({file.stat().st_mtime_ns for file in files}) == 1


def test_eyes_that_cannot_be_covered_stop_the_plan_and_are_named(study: Project) -> None:
    _without_faces(study, "S2", 7, 8, 20)
    seen = preview(study, CHOICE)
    assert [(entry.name, count) for entry, count in seen.withheld] == [
        ("S2:play at home:2", 2),
        ("S2:play at home:4", 1),
    ]
    (problem,) = seen.problems
    assert "in 2 of 8 clips (S2:play at home:2, S2:play at home:4)" in problem
    assert "hrm faces review" in problem
    with pytest.raises(ProjectError, match="cannot be covered everywhere in 2 of 8"):
        plan_session(study, CHOICE)
    _no_trace(study)


def test_withheld_frames_are_plain_grey_without_words(study: Project) -> None:
    _without_faces(study, "S2", 7, 8, 20)
    session = plan_session(study, replace(CHOICE, allow_withheld=True))
    grey = 0
    for entry in study.store.rating_sessions.clips(session.id):
        shown = _pictures(study.folder / "Rating Clips" / session.token / entry.file)
        flat = [picture for picture in shown if np.ptp(picture.astype(int)) <= 3]
        assert all(abs(int(picture[0, 0, 0]) - GREY) <= 2 for picture in flat)
        assert not any(eye_pixels(picture) for picture in shown)
        assert len(flat) == entry.withheld
        grey += entry.withheld
    assert grey == 3
    (_, note) = study.store.rating_sessions.log(session.id)
    assert note.detail == {"clips": 8, "with grey pictures": 2}


def test_damaged_frames_stop_the_plan_unless_grey_is_allowed(
    study: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = VideoFile.__getitem__

    def broken(video: VideoFile, number: Any) -> NDArray[np.uint8]:
        # The recordings, not the clips that are made of them.
        if number in (3, 13) and len(video) == FRAMES:
            raise InvalidFileError("damaged")
        return read(video, number)

    monkeypatch.setattr(VideoFile, "__getitem__", broken)
    with pytest.raises(ProjectError, match=r"in 4 of 8 clips \(S1:play at home:1, S1:play at home:3, S2"):
        plan_session(study, CHOICE)
    _no_trace(study)
    few = replace(CHOICE, clips=("S1:play at home:1", "S1:play at home:3"), allow_withheld=True)
    session = plan_session(study, few)
    assert [entry.withheld for entry in study.store.rating_sessions.clips(session.id)] == [1, 1]


class _StopAfter(CancelToken):
    """Asks for a stop at a given frame."""

    def __init__(self, frames: int) -> None:
        super().__init__()
        self._left = frames

    def start(self, title: str, total: int | None) -> None:
        """Counts only what is prepared."""
        self._counts = title == "Preparing clips"

    def advance(self, units: int = 1) -> None:
        """One frame more."""
        self._left -= units if self._counts else 0
        if self._left <= 0:
            self.cancel()

    def finish(self) -> None:
        """The end."""


@pytest.mark.parametrize("frames", [1, 20, 48])
def test_stopping_leaves_nothing(study: Project, frames: int) -> None:
    stop = _StopAfter(frames)
    with pytest.raises(Cancelled):
        plan_session(study, CHOICE, progress=stop, cancel=stop)
    _no_trace(study)


@pytest.mark.parametrize(
    "where",
    ["hrm_core.media.clip_writer.os.fsync", "hrm_core.workflows.plan_rating.settle_folder",
     "hrm_core.store.rating_sessions.RatingSessions.write_log"],
)  # fmt: skip
def test_a_failure_leaves_nothing(study: Project, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device") if "fsync" in where else ProjectError("No room.")

    with monkeypatch.context() as patch:
        patch.setattr(where, fail)
        with pytest.raises(UserError, match=r"No (space left on device|room)"):
            plan_session(study, CHOICE)
    _no_trace(study)


@pytest.mark.parametrize("change", ["edges", "excluded", "removed"])
def test_clips_that_change_while_they_are_made_stop_the_plan(
    study: Project, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """As somebody in another window does it, after the pictures were made."""
    clip = study.store.recordings.clips()[0]
    ada = add_rater(study, "Ada")

    def change_and_make(*args: Any, **named: Any) -> Any:
        made = prepare_clips(*args, **named)
        if change == "edges":
            study.store.clips.change(clip.id, 0, 4, ada.id)
        elif change == "excluded":
            exclude_clip(study, ada, clip, ExclusionReason.POSE)
        else:
            study.store.clips.remove(clip.id, ada.id)
        return made

    monkeypatch.setattr("hrm_core.workflows.plan_rating.prepare_clips", change_and_make)
    with pytest.raises(ProjectError, match=r"while they were prepared: S1:.*:1; nothing is left"):
        plan_session(study, CHOICE)
    _no_trace(study)


def test_who_may_plan_and_judge_is_asked_again_after_the_preview(study: Project) -> None:
    open_eyes = replace(CHOICE, eyes_covered=False)
    add_rater(study, "Cora", Role.COORDINATOR)
    change_rater(study, "Cora", sees_eyes=True)
    seen = preview(study, open_eyes, by="Cora")
    assert seen.problems == ()
    with pytest.raises(ProjectError, match="name the rater with --by"):
        plan_session(study, open_eyes, seen=seen)
    seen = preview(study, CHOICE)
    mia = add_rater(study, "Mia")
    video = study.store.recordings.clips()[0].video_id
    study.store.codings.save(FrameCoding(mia.id, video, 1).with_code("AU12", 1))
    with pytest.raises(ProjectError, match="Mia has coded children of this session"):
        plan_session(study, CHOICE, seen=seen)
    _no_trace(study)


def test_what_a_killed_program_left_is_cleared_away_later(study: Project) -> None:
    left = study.folder / "Rating Clips" / (".unfinished-" + 32 * "a")
    fresh = left.with_name(".unfinished-" + 32 * "b")
    for folder in (left, fresh):
        folder.mkdir(parents=True)
        (folder / "x.mp4").write_bytes(b"x")
    os.utime(left, (time.time() - 2 * 86400,) * 2)
    session = plan_session(study, CHOICE)
    # Somebody may be at work on the other.
    assert {folder.name for folder in left.parent.iterdir()} == {session.token, fresh.name}


def test_uncovered_eyes_need_somebody_who_may_see_them_and_are_logged(study: Project) -> None:
    choice = replace(CHOICE, eyes_covered=False)
    with pytest.raises(ProjectError, match="name the rater with --by"):
        plan_session(study, choice)
    add_rater(study, "Cora", Role.COORDINATOR, sees_eyes=False)
    with pytest.raises(ProjectError, match="Cora may not see the children's eyes"):
        plan_session(study, choice, by="Cora")
    assert study.store.face_marks.unmaskings() == []
    change_rater(study, "Cora", sees_eyes=True)
    session = plan_session(study, choice, by="Cora")
    assert all(eye_pixels(picture) for file in _files(study, session) for picture in _pictures(file))
    logged = [entry for entry in study.store.face_marks.unmaskings() if entry.video_id is not None]
    assert len(logged) == 8
    assert session.plan is not None
    assert not session.plan.presentation.eyes_covered


def test_sound_is_that_of_the_recording_or_said_to_be_missing(study: Project, tmp_path: Path) -> None:
    choice = replace(CHOICE, presentation=Presentation(sound=True))
    session = plan_session(study, choice)
    for file in _files(study, session):
        assert b"Anna" not in file.read_bytes()
        with av.open(str(file)) as container:
            assert sorted(stream.type for stream in container.streams) == ["audio", "video"]
            assert sum(frame.samples for frame in container.decode(audio=0)) / 48_000 == pytest.approx(
                0.24, abs=0.03
            )
    add_clips(study, add_video(study, "S1", tiny_video(tmp_path / "mute.mp4")), [(0, 3)])
    (problem,) = preview(
        study, replace(choice, name="Round 2", participants=("S1",), eyes_covered=False), by=None
    ).problems[1:]
    assert problem.startswith("These recordings have no sound: S1:mute;")


def _problems(study: Project, by: str | None = None, **changes: Any) -> tuple[str, ...]:
    return preview(study, replace(CHOICE, **changes), by=by).problems


def test_nobody_who_knows_too_much_is_planned_as_blind(study: Project) -> None:
    coder, elsewhere = add_rater(study, "Ada"), add_rater(study, "Ben")
    add_rater(study, "Eve", blind=False)
    add_rater(study, "Cora", Role.COORDINATOR)
    ((_, first),) = study.recordings("S1")
    study.store.codings.save(FrameCoding(coder.id, first.id, 2))
    judges = {name: (PlannedJudge(name),) for name in ("Ada", "Ben", "Eve", "Cora")}
    assert _problems(study, judges=judges["Ben"]) == ()
    assert elsewhere.role is Role.CODER
    assert "Ada has coded children of this session (S1)" in _problems(study, judges=judges["Ada"])[0]
    assert _problems(study, judges=judges["Ada"], participants=("S2",)) == ()
    assert "Eve sees the groups" in _problems(study, judges=judges["Eve"])[0]
    assert "Cora is a coordinator" in _problems(study, judges=judges["Cora"])[0]
    assert "Ben plans this session" in _problems(study, "Ben", judges=judges["Ben"])[0]
    add_rater(study, "Kim", Role.JUDGE)
    assert "Kim is a judge in this study" in _problems(study, "Kim")[0]
    said = tuple(PlannedJudge(name, False, "FACS expert") for name in ("Ada", "Eve"))
    session = plan_session(study, replace(CHOICE, judges=said))
    assert [(seat.blind, seat.why_not_blind) for seat in session.seats] == 2 * [(False, "FACS expert")]


def test_who_was_not_blind_once_is_not_blind_later_and_gets_no_right_by_it(study: Project) -> None:
    add_rater(study, "Cora", Role.COORDINATOR)
    told = (PlannedJudge("Ada", False, "FACS expert"), PlannedJudge("Mei"))
    plan_session(study, replace(CHOICE, judges=told, participants=("S1",)))
    assert {rater.name: rater.blind for rater in study.raters()}["Ada"]
    again = {name: (PlannedJudge(name),) for name in ("Ada", "Mei")}
    later: dict[str, Any] = {"name": "Later", "participants": ("S1",)}
    found = _problems(study, judges=again["Ada"], **later)
    assert "Ada was not blind in 'Round 1' (FACS expert), on children of this one" in found[0]
    assert _problems(study, judges=again["Ada"], name="Later", participants=("S2",)) == ()
    assert _problems(study, judges=again["Mei"], **later) == ()
    unblind_judge(study, "Round 1", "Mei", by="Cora", why="was told")
    assert "Mei was not blind in 'Round 1' (was told)" in _problems(study, judges=again["Mei"], **later)[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "ASD first"},
        {"judges": (PlannedJudge("Jo TD"),)},
        {"presentation": Presentation(question="Is this ASD?")},
        {"presentation": Presentation(question_translations={"de": "Ist das asd?"})},
        {"presentation": Presentation(scale=(ScalePoint("TD-like"), ScalePoint("not")))},
        {"presentation": Presentation(scale=(ScalePoint("a", {"zh_CN": "像TD"}), ScalePoint("b")))},
    ],
)
def test_no_word_that_a_judge_reads_names_a_group(study: Project, changes: dict[str, Any]) -> None:
    (problem,) = _problems(study, **changes)
    assert "would tell judges the group" in problem


def test_no_word_that_a_judge_reads_names_a_child(study: Project) -> None:
    add_participant(study, "Kestrel-4")
    (problem,) = _problems(study, name="All of kestrel-4")
    assert "would name the child Kestrel-4 to judges" in problem
    # "7" is a child, too, but not in these words.
    assert not _problems(study, name="Round 7 of Kestrel-41")


def test_clips_are_chosen_by_child_and_by_name(study: Project) -> None:
    ada = add_rater(study, "Ada")
    ((_, first),) = study.recordings("S1")
    exclude_clip(study, ada, study.store.recordings.clips(first.id)[1], ExclusionReason.POSE)
    name = "S1:play at home"

    def chosen(**changes: Any) -> list[str]:
        return [entry.name for entry in preview(study, replace(CHOICE, **changes)).clips]

    assert chosen(participants=("S1",)) == [f"{name}:{number}" for number in (1, 3, 4)]
    assert chosen(clips=(f"{name}:4", f"{name}:1")) == [f"{name}:4", f"{name}:1"]
    assert chosen(participants=("S1",), practice_clips=(f"{name}:3",)) == [f"{name}:1", f"{name}:4"]
    for changes, words in (
        ({"clips": (f"{name}:2",)}, "Excluded clips are not rated: S1:play at home:2"),
        ({"clips": (f"{name}:9",)}, "No such clip: S1:play at home:9; a clip is named child:video:number"),
        ({"clips": (f"{name}:1",), "participants": ("S2",)}, "children that were not chosen"),
        ({"participants": ("S9",)}, "No participant 'S9'"),
        ({"practice": 7}, "7 of 7 clips cannot be for practice"),
        ({"practice": 1, "practice_clips": (f"{name}:1",)}, "not both"),
    ):
        (problem,) = _problems(study, **changes)
        assert words in problem


def test_a_name_is_given_once_and_a_lost_recording_is_said(study: Project) -> None:
    plan_session(study, CHOICE)
    assert "There is a rating session 'Round 1' already" in _problems(study)[0]
    ((_, first),) = study.recordings("S1")
    study.video_path(first).unlink()
    assert "is not where it was" in _problems(study, name="Round 2")[0]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A file to write."""
    return tmp_path / "file.txt"


def test_a_list_of_clips_is_read(written: Path) -> None:
    written.write_text('\ufeffchild,video,number\n7,play,2\n\n8,"a, b",10\n', encoding="utf-8")
    assert read_clip_list(written) == ("7:play:2", "8:a, b:10")
    for text, words in (
        ("7;play;2\n7;play;x\n", "line 2"),
        ("7,play,2\n7,play,2\n", "twice"),
        ("", "names no clip"),
    ):
        written.write_text(text, encoding="utf-8")
        with pytest.raises(InvalidFileError, match=words):
            read_clip_list(written)
    with pytest.raises(NotFoundError, match="no file"):
        read_clip_list(written.with_name("none.csv"))


def test_a_scale_is_read_with_its_translations(written: Path) -> None:
    written.write_text(
        'question = "How natural?"\n[question_translations]\nzh_CN = "自然吗？"\n'
        '[[points]]\nlabel = "Natural"\nzh_CN = "自然"\n[[points]]\nlabel = "Not"\n',
        encoding="utf-8",
    )
    shown = with_scale_of(written, Presentation(speed=0.5))
    assert (shown.asked("zh_CN"), shown.asked("de"), shown.speed) == ("自然吗？", "How natural?", 0.5)
    assert [point.words("zh_CN") for point in shown.scale] == ["自然", "Not"]
    assert [point.label for point in points_of("Natural; Not")] == ["Natural", "Not"]
    for text, words in (
        ("points = 5", "has no points"),
        ("[[points]]\nlabel = 1\n", "has no points"),
        ("[[points]]\nlabels = 'x'\n", "has no points"),
        ("colour = 1\n", "colour, which is not known"),
        ("[[points]\n", "not written in TOML"),
        ('[question_translations]\nde = "x"\n[[points]]\nlabel = "a"\n', "does not hold"),
        ('question = 3\n[[points]]\nlabel = "a"\n', "must be texts"),
    ):
        written.write_text(text, encoding="utf-8")
        with pytest.raises(InvalidFileError, match=words):
            with_scale_of(written, Presentation())
