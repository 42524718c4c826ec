"""What is typed about eyes: export with masks, review, marks, rights and the log."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from hrm_core.workflows.project import open_project
from tests.core.cli.conftest import Hrm
from tests.support.marked_faces import FRAMES, found_faces, marked_film, write_found


@pytest.fixture(scope="module")
def eyes_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic recording with magenta eyes."""
    return marked_film(tmp_path_factory.mktemp("eyes") / "play.mp4")


@pytest.fixture
def seen(hrm: Hrm, eyes_film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study with one child, whose face was found in the first twenty frames, in whose folder we are."""
    folder = tmp_path / "研究 1"
    assert hrm("init", folder).code == 0
    monkeypatch.chdir(folder)
    assert hrm("add", "participant", "S1", "--group", "ASD").code == 0
    assert hrm("add", "video", "S1", eyes_film, "--clip", "2-5").code == 0
    assert hrm("add", "rater", "Ada").out == "Ada: coder, blind to groups, sees eyes.\n"
    assert hrm("add", "rater", "Jo", "--eyes-masked").out == "Jo: coder, blind to groups, eyes are masked.\n"
    with open_project(folder) as project:
        write_found(project, "S1", map(found_faces, range(20)))
    return folder


def test_pictures_go_out_masked_and_the_rest_is_named(hrm: Hrm, seen: Path, tmp_path: Path) -> None:
    said = hrm("export", "frames", "--into", tmp_path / "out", "--style", "black")
    assert said.code == 0
    assert f"Wrote 20 frames to {tmp_path / 'out'}, eyes covered (black)" in said.out
    assert "frames/s)" in said.out
    assert "frames 20–23 withheld: nobody has looked for a face in this frame." in said.err
    assert f"4 frames withheld; {tmp_path / 'out' / 'withheld.csv'} lists them" in said.err
    assert "ASD" not in said.out + said.err
    files = sorted((tmp_path / "out" / "Participant-S1" / "play").iterdir())
    assert [file.name for file in files] == [f"{n:06d}.jpg" for n in range(20)]


def test_a_script_is_told_the_same(hrm: Hrm, seen: Path, tmp_path: Path) -> None:
    answer = hrm("export", "video", "--into", tmp_path / "out", "--frames", "3-4,18-21", "--json")
    assert answer.code == 0
    assert answer.err == ""
    (video,) = answer.json["videos"]
    assert (answer.json["mask"], answer.json["style"]) == ("eyes", "grey-green")
    assert [Path(file).name for file in video["files"]] == [
        "play 000003-000004.mp4",
        "play 000018-000021.mp4",
    ]
    assert (video["frames"], video["withheld"]) == (4, 2)
    (reason,) = video["reasons"]
    assert (reason["count"], reason["frames"]) == (2, [[20, 21]])
    with av.open(video["files"][1]) as container:
        assert sum(1 for _ in container.decode(video=0)) == 4


def test_it_is_said_that_there_is_no_sound(hrm: Hrm, seen: Path, tmp_path: Path) -> None:
    said = hrm("export", "video", "--into", tmp_path / "out", "--clips-only")
    assert said.code == 0
    assert "no sound" in said.err
    assert "Odd sizes: the last row or column is repeated in 'play'" in said.err


@pytest.mark.parametrize("kind", ["frames", "video"])
def test_where_all_is_withheld_the_command_fails(hrm: Hrm, seen: Path, tmp_path: Path, kind: str) -> None:
    said = hrm("export", kind, "--into", tmp_path / "out", "--frames", "20-22")
    assert said.code == 1
    assert "3 frames withheld" in said.err
    gone = next((seen / "Origin Videos").rglob("*.mp4"))
    gone.unlink()
    assert "is not where it was" in hrm("export", kind, "--into", tmp_path / "b").err


def test_uncovered_eyes_need_a_name(hrm: Hrm, seen: Path, tmp_path: Path) -> None:
    words = ("export", "frames", "--into", tmp_path / "out", "--mask", "none", "--frames", "22")
    nobody, masked = hrm(*words), hrm(*words, "--by", "Jo")
    assert (nobody.code, masked.code) == (1, 1)
    assert "--by" in nobody.err
    assert "Jo may not see" in masked.err
    assert not (tmp_path / "out").exists()
    ada = hrm(*words, "--by", "Ada")
    assert ada.code == 0
    assert "eyes uncovered, which was logged" in ada.out
    *_, last = hrm("faces", "unmaskings", "--json").json
    assert {key: last[key] for key in last if key != "at"} == {
        "rater": "Ada",
        "participant": "S1",
        "video": "play",
        "first_frame": 22,
        "last_frame": 22,
        "act": "exported as pictures",
    }
    table = hrm("faces", "unmaskings").out
    assert last["at"][:16].replace("T", " ") in table
    assert "22-22" in table


def test_rights_are_given_and_shown(hrm: Hrm, seen: Path) -> None:
    said = hrm("set", "rater", "Jo", "--sees-eyes", "--by", "Ada")
    assert said.out == "Jo: blind to groups, sees eyes.\n"
    assert hrm("set", "rater", "Jo", "--sees-groups").out == "Jo: sees groups, sees eyes.\n"
    assert hrm("set", "rater", "Ada", "--eyes-masked").out == "Ada: blind to groups, eyes are masked.\n"
    raters = {rater["name"]: rater["sees_eyes"] for rater in hrm("info", "--json").json["raters"]}
    assert raters == {"Ada": False, "Jo": True}
    assert "sees eyes" in hrm("info").out
    acts = [entry["act"] for entry in hrm("faces", "unmaskings", "--json").json]
    assert acts == ["may see eyes (joined as coder)", "may see eyes (given by Ada)"]
    assert hrm("set", "rater", "Jo").code == 2


def test_review_and_mark(hrm: Hrm, seen: Path) -> None:
    (before,) = hrm("faces", "review", "--json").json
    assert (before["frames"], before["withheld"]) == (FRAMES, 4)
    assert before["runs"] == [
        {"first_frame": 20, "last_frame": 23, "reason": "nobody has looked for a face in this frame"}
    ]
    assert "4 of 24 frames withheld" in hrm("faces", "review", "S1").out
    assert "frames 20–23" in hrm("faces", "review").out
    assert hrm("faces", "mark", "S1", "--frame", "20-21", "--no-eyes", "--by", "Ada").code == 0
    said = hrm("faces", "mark", "S1", "--frame", "22", "--eyes", "90,120,122,121", "--by", "Ada")
    assert (said.code, said.out) == (0, "Participant S1, video 'play', frame 22: eyes.\n")
    corners = hrm(
        "faces", "mark", "S1", "--frame", "23", "--eyes", "60,90,150,90,150,140,60,140", "--by", "Ada"
    )
    assert corners.code == 0
    assert hrm("faces", "review", "--json").json[0]["withheld"] == 0
    assert hrm("faces", "mark", "S1", "--frame", "20-21", "--undo", "--by", "Ada").code == 0
    assert hrm("faces", "review", "--json").json[0]["withheld"] == 2
    assert hrm("faces", "mark", "S1", "--frame", "3", "--face", "40,60,140,170", "--by", "Jo").code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--frame", "3"), 2),
        (("--frame", "3", "--no-eyes", "--undo"), 2),
        (("--frame", "3-", "--no-eyes"), 2),
        (("--frame", "5-3", "--no-eyes"), 2),
        (("--frame", "3,5", "--no-eyes"), 2),
        (("--frame", "3", "--eyes", "1,2,3"), 2),
        (("--frame", "3", "--eyes", "1,2,x,4"), 2),
        (("--frame", "3", "--face", "1,2,3,4,5,6,7,8"), 2),
        (("--frame", "20-24", "--no-eyes"), 1),
        (("--frame", "3", "--eyes", "5,5,5,5"), 1),
        (("--frame", "3", "--face", "9,9,1,1"), 1),
        (("--frame", "3", "--undo"), 1),
        (("--frame", "3", "--no-eyes", "--video", "nap"), 1),
    ],
)
def test_nonsense_marks_nothing(hrm: Hrm, seen: Path, words: tuple[str, ...], code: int) -> None:
    said = hrm("faces", "mark", "S1", *words, "--by", "Ada")
    assert said.code == code
    assert "Traceback" not in said.err
    if code == 1:
        assert said.err.count("\n") == 1
    # Also not the first frames of a run that goes too far.
    with open_project(seen) as project:
        ((_, recording),) = project.recordings()
        assert project.store.face_marks.of_video(recording.id) == []


def test_who_may_not_see_eyes_marks_none(hrm: Hrm, seen: Path) -> None:
    said = hrm("faces", "mark", "S1", "--frame", "20", "--no-eyes", "--by", "Jo")
    assert said.code == 1
    assert said.err == (
        "hrm: Jo may not see the children's eyes, so cannot say where they are: ask one who may.\n"
    )


@pytest.mark.parametrize(
    "words", [("--frames", "5-"), ("--frames", "x"), ("--frames", "1-2", "--clips-only"), ("--mask", "mouth")]
)
def test_wrong_use_of_export(hrm: Hrm, seen: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert hrm("export", "frames", "--into", tmp_path / "out", *words).code == 2
    assert not (tmp_path / "out").exists()
