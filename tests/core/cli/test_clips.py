"""What is typed about clips and progress."""

from __future__ import annotations

from pathlib import Path

import pytest

from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.workflows.project import open_project
from tests.core.cli.conftest import Hrm


@pytest.fixture
def coded(hrm: Hrm, study: Path) -> Path:
    """Clips 0-5 and 6-11 of a film; Ada has coded two frames and carried one."""
    assert hrm("add", "rater", "Ada").code == 0
    with open_project(study) as project:
        ada, (_, play) = project.store.people.rater("Ada"), next(project.recordings())
        for frame in (0, 1):
            project.store.codings.save(FrameCoding(ada.id, play.id, frame, seconds_spent=62.0))
        project.store.codings.save(FrameCoding(ada.id, play.id, 2, state=CodingState.CARRIED))
    return study


def test_clips_are_changed_and_the_log_tells_it(hrm: Hrm, coded: Path) -> None:
    by = ("--by", "Ada")
    assert hrm("clips", "remove", "S1", 2, *by).out == (
        "Removed clip 2 (frames 6–11) of video 'play time 1'; its labels stay. The video has 1 clip now.\n"
    )
    assert "is frames 0–4 now" in hrm("clips", "change", "S1", 1, "--last", 4, *by).out
    assert "has 3 clips now" in hrm("clips", "add", "S1", "10-11", "6-7", *by).out
    assert "clip 1 (frames 0–2) and clip 2 (frames 3–4)" in hrm("clips", "split", "S1", 1, "--at", 3, *by).out
    said = hrm("clips", "exclude", "S1", 2, "--reason", "occluded", "--words", "a cup", *by)
    assert said.out == "Clip 2 of video 'play time 1' is excluded: face occluded: a cup.\n"
    listed = hrm("clips", "list", "S1", "--json").json
    assert [(c["clip"], c["first_frame"], c["last_frame"], c["state"], c["reason"]) for c in listed] == [
        (1, 0, 2, "open", None),
        (2, 3, 4, "excluded", "occluded"),
        (3, 6, 7, "open", None),
        (4, 10, 11, "open", None),
    ]
    assert "face occluded: a cup" in hrm("clips", "list").out
    assert hrm("clips", "reopen", "S1", 2, *by).code == 0
    log = hrm("clips", "log", "--json").json
    done = ["add", "add", "remove", "change", "add", "add", "split", "exclude", "reopen"]
    assert [entry["what"] for entry in log] == done
    assert {entry["rater"] for entry in log[2:]} == {"Ada"}
    assert log[-1]["before"][0]["words"] == "a cup"
    assert "2: 3–4 (face occluded: a cup)" in hrm("clips", "log").out


REFUSED: list[tuple[tuple[object, ...], int, str]] = [
    (("add", "S1", "4-7", "--by", "Ada"), 1, "overlap clip 1"),
    (("add", "S1", "7-x", "--by", "Ada"), 2, "write frames as 10-50,90"),
    (("change", "S1", 3, "--last", 7, "--by", "Ada"), 1, "has no clip 3; it has: 1, 2"),
    (("change", "S1", 1, "--by", "Ada"), 2, "Say what changes"),
    (("remove", "S1", 1, "--by", "Bo"), 1, "'Bo'"),
    (("exclude", "S1", 1, "--reason", "other", "--by", "Ada"), 1, "Say in words"),
    (("exclude", "S1", 1, "--reason", "bored", "--by", "Ada"), 2, "no_neutral"),
    (("split", "S9", 1, "--at", 2, "--by", "Ada"), 1, "'S9'"),
]


def test_what_cannot_be_done_is_said_and_changes_nothing(hrm: Hrm, coded: Path) -> None:
    before = hrm("clips", "log", "--json").json
    for words, code, sentence in REFUSED:
        said = hrm("clips", *words)
        assert (said.code, sentence in said.err, "Traceback" in said.err) == (code, True, False), words
    assert hrm("clips", "log", "--json").json == before


def test_half_of_several_clips_is_never_added(hrm: Hrm, coded: Path) -> None:
    assert hrm("clips", "remove", "S1", 1, "--by", "Ada").code == 0
    assert hrm("clips", "add", "S1", "0-1", "5-8", "--by", "Ada").code == 1
    assert len(hrm("clips", "list", "--json").json) == 1


def test_progress_is_shown_by_child_clip_and_day(hrm: Hrm, coded: Path) -> None:
    assert hrm("clips", "exclude", "S1", 2, "--reason", "pose", "--by", "Ada").code == 0
    lines = hrm("progress").out.splitlines()
    assert next(line for line in lines if line.startswith("S1")).split() == [
        *("S1", "6", "2", "0", "0", "1", "3", "0"),
        "0:02:04",
    ]
    assert next(line for line in lines if line.startswith("excluded")).split()[1] == "6"
    by_clip = hrm("progress", "--by", "clip").out
    assert "×2: 6–11" in by_clip
    assert "Clip 2 is excluded: pose beyond range." in by_clip
    assert "play time 1" in hrm("progress", "--by", "video").out
    day = hrm("progress", "--by", "day").out.splitlines()[-2].split()
    assert day[1:] == ["2", "1", "0:02:04", "62.0", "s"]
    answer = hrm("progress", "--rater", "Ada", "--json").json
    counts = answer["participants"][0]["videos"][0]["clips"][0]["counts"]
    assert (counts["coded"], counts["carried"], counts["uncoded"], counts["complete"]) == (2, 1, 3, False)
    assert (answer["days"][0]["frames"], answer["days"][0]["median_seconds"]) == (2, 62.0)
    assert "ASD" not in str(answer) + "".join(lines) + by_clip


def test_whose_progress_must_be_known(hrm: Hrm, study: Path) -> None:
    said = hrm("progress")
    assert (said.code, "nobody yet" in said.err) == (1, True)
    assert "'Bo'" in hrm("progress", "--rater", "Bo").err
