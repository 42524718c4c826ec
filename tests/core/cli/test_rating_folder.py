"""``hrm rating export`` and ``import``: what is typed, what is said, what a script reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hrm_core.rating.answer_file import answer_bytes, seat_key
from hrm_core.records.rating_plan import TrialKind
from hrm_core.records.sitting import SittingAct, SittingEvent
from hrm_core.workflows.sit_for_rating import open_sitting
from tests.core.cli.conftest import Hrm
from tests.support.browser_sessions import Planned, plan, study_to_rate


@pytest.fixture
def planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Planned]:
    """A session of two clips in the study in whose folder we are."""
    with study_to_rate(tmp_path) as project:
        monkeypatch.chdir(project.folder)
        yield plan(project, [(TrialKind.RATING, 0), (TrialKind.RATING, 4)])


def test_export_and_import(hrm: Hrm, planned: Planned, tmp_path: Path) -> None:
    made = hrm("rating", "export", "First impressions", "--judge", "Ada", "--into", tmp_path / "out")
    assert made.code == 0, made.err
    assert "asks Ada 2 questions, with 2 clips" in made.out
    assert (tmp_path / "out" / "index.html").is_file()
    again = hrm("rating", "export", "First impressions", "--judge", "Ada", "--into", tmp_path / "out")
    assert (again.code, again.err.count("\n")) == (1, 1)
    assert "holds something already" in again.err
    other = hrm(
        *("rating", "export", "First impressions", "--judge", "Mei Lin", "--into", tmp_path / "out 2"),
        *("--format", "webm", "--language", "zh_CN", "--json"),
    )
    assert (other.json["judge"], other.json["clips"], other.json["trials"]) == ("Mei Lin", 2, 2)

    seat, session = planned.seat("Ada"), planned.session
    events = [SittingEvent(0, SittingAct.ANSWERED, 4, via="browser", said_at=datetime.now(UTC))]
    key = seat_key(session.sign_key, seat.token)
    file = tmp_path / "answers.json"
    file.write_bytes(answer_bytes(session.token, seat.token, events, planned.tokens("Ada"), key))
    taken = hrm("rating", "import", file, "--json")
    assert taken.code == 0, taken.err
    assert [(entry["judge"], entry["answers"], entry["done"]) for entry in taken.json] == [("Ada", 1, 1)]
    assert hrm("rating", "import", file).out == (
        "answers.json: Ada in 'First impressions', 1 of 2 answered now; nothing was new.\n"
    )
    (cut,) = [
        line for line in hrm("rating", "log", "First impressions").out.splitlines() if "signature" in line
    ]
    (whole,) = [entry["detail"] for entry in hrm("rating", "log", "First impressions", "--json").json][2:]
    assert f"signature: {whole['signature'][:12]}" in cut
    assert whole["signature"][:13] not in cut
    assert len(whole["signature"]) == 64
    more = ("rating", "export", "First impressions", "--judge", "Ada", "--into")
    assert hrm(*more, tmp_path / "out 3").err == ""
    with open_sitting(planned.project.folder, "First impressions", "Mei Lin") as sitting:
        trial = sitting.current
        assert trial is not None
        sitting.shown(trial)
        sitting.answer(trial, 3)
    said = hrm("rating", "export", "First impressions", "--judge", "Mei Lin", "--into", tmp_path / "out 4")
    assert "Mei Lin has rated in the window: from here on, in the browser alone" in said.err
    file.write_bytes(file.read_bytes().replace(b"score", b"scare"))
    bad = hrm("rating", "import", file)
    assert (bad.code, bad.err.count("\n")) == (1, 1)
    assert "was changed after it was saved" in bad.err
