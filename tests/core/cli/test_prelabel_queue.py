"""``hrm prelabel queue`` as it is typed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hrm_core.records.coding import ActionCode, FrameCoding
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.project import open_project
from tests.core.cli.conftest import Hrm
from tests.support.proposals import plain_proposals

__all__ = ["plain_proposals"]


def suggest(study: Path) -> None:
    """A model has looked at all frames, and is unsure in one of three; Ada coded frame 0."""
    with open_project(study) as project:
        recording = next(project.recordings("S1"))[1]
        run = project.store.suggestions.run_of("tiny", "1", {"actions": ["AU12"]})
        frames = np.arange(12)
        values = np.where(frames % 3 == 1, 0.5, 0.01).astype(np.float32)[:, None]
        project.store.suggestions.add_block(run, recording.id, range(12), frames, ["AU12"], values)
        ada = add_rater(project, "Ada")
        project.store.codings.save(FrameCoding(ada.id, recording.id, 0, (ActionCode("AU12", 1),)))


def test_the_queue_is_a_table_that_fits_the_terminal(
    hrm: Hrm, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suggest(study)
    monkeypatch.setenv("COLUMNS", "80")
    said = hrm("prelabel", "queue", "--by", "doubt", "--count", 2)
    lines = [line.split() for line in said.out.splitlines()]
    assert ["1", "S1", "play", "time", "1", "1", "1", "uncertain"] in lines
    assert ["2", "S1", "play", "time", "1", "1", "4", "uncertain"] in lines
    assert "2 frames, the most urgent first." in said.out
    assert max(map(len, said.out.splitlines())) <= 80
    assert "AU12" not in said.out
    assert "ASD" not in said.out
    mine = hrm("prelabel", "queue", "--by", "conflict", "--rater", "Ada")
    assert ["1", "S1", "play", "time", "1", "1", "0", "you", "differ", "AU12"] in [
        line.split() for line in mine.out.splitlines()
    ]


def test_scripts_get_json(hrm: Hrm, study: Path) -> None:
    suggest(study)
    told = hrm("prelabel", "queue", "--by", "doubt", "--level", "clips", "--count", "1", "--json").json
    (entry,) = told.pop("queue")
    assert told == {"rater": "Ada", "by": "doubt", "level": "clips"}
    # Clip 1, of which frames 1 and 4 of five are undecided, beside 0.0808 bits for each other.
    assert entry.pop("score") == pytest.approx((2 + 3 * 0.0808) / 5, abs=1e-4)
    assert entry == {
        **{"participant": "S1", "video": "play time 1", "clip": 1, "first_frame": 0, "last_frame": 5},
        **{"by": "doubt", "actions": [], "flagged": False},
    }


def test_what_cannot_be_is_said_in_one_line(hrm: Hrm, study: Path) -> None:
    with open_project(study) as project:
        add_rater(project, "Ada")
        add_rater(project, "Bo")
    said = hrm("prelabel", "queue", "--rater", "Ada")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "No model has suggested anything" in said.err
    suggest(study)
    assert (
        "Nothing is left for Bo"
        in hrm("prelabel", "queue", "--mine", "--by", "conflict", "--level", "clips", "--rater", "Bo").out
    )
    assert hrm("prelabel", "queue", "--run", "7").code == 1
    assert hrm("prelabel", "queue", "--by", "beauty").code == 2
