"""``hrm check rules`` points, tells why, and changes nothing."""

from __future__ import annotations

from pathlib import Path

from hrm_core.facs.rules import RULES_FILE
from hrm_core.records.coding import ActionCode, FrameCoding
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.check_rules import RuleDesk, check_rules
from hrm_core.workflows.project import open_project
from tests.core.cli.conftest import Hrm


def _code(folder: Path, rater: str, frames: dict[int, tuple[str, ...]]) -> None:
    with open_project(folder) as project:
        who = add_rater(project, rater)
        _, film = next(project.recordings("S1"))
        for frame, keys in frames.items():
            codes = tuple(ActionCode(key, 1) for key in keys)
            project.store.codings.save(FrameCoding(who.id, film.id, frame, codes))


def test_findings_are_told_to_people_and_scripts_and_can_be_kept(hrm: Hrm, study: Path) -> None:
    assert hrm("check", "rules").err.startswith("hrm: Say whose codes are meant")
    _code(study, "Ada", {2: ("AU24", "AU25"), 3: ("AU24", "AU25"), 4: ("AU25",)})
    told = hrm("check", "rules")
    assert (told.code, told.err) == (0, "")
    assert "24 and 25 are alternatives, but both are coded." in told.out
    assert "1 finding to look at." in told.out
    assert "ASD" not in told.out
    (found,) = hrm("check", "rules", "--rater", "Ada", "--participant", "S1", "--json").json
    place = (found["participant"], found["rule"], found["actions"], found["first_frame"], found["last_frame"])
    assert place == ("S1", "24-25", ["AU24", "AU25"], 2, 3)
    assert found["kept"] is None
    with open_project(study) as project:
        (entry,) = check_rules(project)
        _, film = next(project.recordings("S1"))
        RuleDesk(project, project.coder("Ada"), film).keep(entry.finding, "seen in slow motion")
    assert hrm("check", "rules").out == "Nothing to look at; 1 kept (--kept shows them).\n"
    assert hrm("check", "rules", "--json").json == []
    assert "Kept: seen in slow motion" in hrm("check", "rules", "--kept").out
    (kept,) = hrm("check", "rules", "--kept", "--json").json
    assert kept["kept"]["reason"] == "seen in slow motion"
    # Other codes are another finding, and nobody has kept that one.
    _code(study, "Ada", {1: ("AU24", "AU25")})
    assert [one["first_frame"] for one in hrm("check", "rules", "--json").json] == [1]
    _code(study, "Bob", {5: ()})
    assert hrm("check", "rules", "--rater", "Bob", "--json").json == []


def test_the_rules_are_listed_with_reason_and_source_and_may_be_the_studys_own(hrm: Hrm, study: Path) -> None:
    told = hrm("check", "rules", "--list").out
    assert "24-25: 24 with 25\n  Lips that are pressed together are not parted.\n" in told
    assert "R package facs; to be confirmed by a certified coder." in told
    assert "left-right-flip: left and right in neighbouring frames" in told
    listed = {rule["id"]: rule for rule in hrm("check", "rules", "--list", "--json").json}
    assert listed["16-B28"]["actions"] == ["16", "B28"]
    assert listed["sudden-change"]["kind"] == "sudden"
    own = study / RULES_FILE
    own.write_text('[[rule]]\nid = "24-25"\non = false\n', encoding="utf-8")
    _code(study, "Ada", {2: ("AU24", "AU25")})
    assert "24-25 (switched off)" in hrm("check", "rules", "--list").out
    assert hrm("check", "rules", "--json").json == []
    own.write_text('[[rule]]\nid = "24-25"\non = 0\n', encoding="utf-8")
    failed = hrm("check", "rules")
    assert (failed.code, failed.out) == (1, "")
    assert "line 1, rule '24-25': on must be true or false, not 0: mend it" in failed.err
    assert failed.err.count("\n") == 1
