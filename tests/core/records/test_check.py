"""Omission checks: every action is asked about once, and an answer holds only for the codes it was about."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_core.errors import ProjectError
from hrm_core.facs import ACTIONS, ALL_ACTIONS
from hrm_core.records.check import (
    Answer,
    CheckAct,
    CheckAnswer,
    CheckEvent,
    CheckLog,
    checked_frames,
    clip_digest,
    code_runs,
    codes_of,
    digest_of,
    groups_of,
    uncheckable,
    without_check,
)
from hrm_core.records.check_standing import CheckStanding, settled_by_verdict, standing, to_answer
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from tests.support.builders import KEYS, codings

few = settings(max_examples=25, deadline=None)

_CLIP = range(3, 9)
_clips = st.dictionaries(st.integers(0, 12), codings(), max_size=10).map(
    lambda found: {frame: replace(coding, frame=frame) for frame, coding in found.items()}
)


@few
@given(st.sets(st.sampled_from(ALL_ACTIONS)), st.sets(st.sampled_from(KEYS)))
def test_every_action_that_can_be_seen_stands_in_exactly_one_group(
    actions: set[object], closed: set[str]
) -> None:
    groups = groups_of(actions, closed)  # type: ignore[arg-type]
    asked = [key for group in groups for key in group.actions]
    assert sorted(asked) == sorted({entry.key for entry in actions} - closed)  # type: ignore[attr-defined]
    assert all(group.actions for group in groups)
    assert len({group.title for group in groups}) == len(groups)


def test_a_study_is_asked_about_33_actions_and_a_masked_coder_about_none_of_the_eyes() -> None:
    assert sum(len(group.actions) for group in groups_of(ACTIONS)) == 33
    assert sum(len(group.actions) for group in groups_of(ALL_ACTIONS)) == 35
    upper = [entry.key for entry in ACTIONS if entry.group == "upper"]
    assert next(iter(groups_of(ACTIONS, upper))).title == "Nose and upper lip"


def _said(found: dict[int, FrameCoding], key: str) -> list[object]:
    """All that a reader of the clip sees of one action."""
    seen: list[object] = []
    for frame in _CLIP:
        coding = found.get(frame)
        code = next((entry for entry in coding.codes if entry.action == key), None) if coding else None
        state = coding.state if coding else None
        state = CodingState.CODED if state is CodingState.CHECKED else state
        seen.append((state, code and (int(code.code), code.intensity)))
    return seen


@few
@given(_clips, _clips, st.sampled_from(KEYS))
def test_digests_are_the_same_exactly_where_the_codes_are(
    one: dict[int, FrameCoding], other: dict[int, FrameCoding], key: str
) -> None:
    same = _said(one, key) == _said(other, key)
    assert (digest_of(one, _CLIP, key) == digest_of(other, _CLIP, key)) is same
    all_same = all(_said(one, entry) == _said(other, entry) for entry in KEYS)
    assert (clip_digest(one, _CLIP) == clip_digest(other, _CLIP)) is all_same


@few
@given(_clips)
def test_runs_tell_every_code_of_the_clip_and_nothing_else(found: dict[int, FrameCoding]) -> None:
    told = {
        (frame, key, run.code, run.intensity)
        for key in KEYS
        for run in code_runs(found, _CLIP, key)
        for frame in range(run.first, run.last + 1)
    }
    coded = {
        (frame, code.action, int(code.code), code.intensity)
        for frame, coding in found.items()
        if frame in _CLIP
        for code in coding.codes
    }
    assert told == coded
    assert {key for _, key, _, _ in coded} == set(codes_of(found, _CLIP))


@few
@given(_clips)
def test_marking_frames_checked_changes_no_digest_and_only_coded_frames(
    found: dict[int, FrameCoding],
) -> None:
    edit = checked_frames(found, _CLIP)
    assert clip_digest({**found, **edit}, _CLIP) == clip_digest(found, _CLIP)
    assert set(edit) == {
        frame for frame, coding in found.items() if frame in _CLIP and coding.state is CodingState.CODED
    }
    left = uncheckable(found, _CLIP)
    assert set(left.get("uncoded", ())) == set(_CLIP) - set(found)
    for coding in edit.values():
        changed = coding.with_code("AU12", 3 if coding.code_of("AU12") != 3 else 0)
        assert without_check(changed, coding).state is CodingState.CODED
        assert without_check(replace(coding, comment="later"), coding).state is CodingState.CHECKED


# ---- what is still open -------------------------------------------------------------------


def _coded(**frames_of: list[int]) -> dict[int, FrameCoding]:
    return {
        frame: FrameCoding(
            1, 1, frame, tuple(ActionCode(key, 1) for key, frames in frames_of.items() if frame in frames)
        )
        for frame in _CLIP
    }


def _started(found: dict[int, FrameCoding]) -> CheckLog:
    detail = {"codes": codes_of(found, _CLIP)}
    return CheckLog(events=(CheckEvent(1, 1, 3, 8, CheckAct.START, clip_digest(found, _CLIP), detail),))


def _answered(log: CheckLog, now: CheckStanding, key: str, *, present: bool) -> CheckLog:
    group = next(entry for entry in now.groups if key in entry.group.actions)
    kind, detail = to_answer(group, key, present=present)
    return log.with_answer(CheckAnswer(1, 1, 3, 8, key, kind, now.of(key).digest, group.hides, detail))


def _all_answered(found: dict[int, FrameCoding], *, hides: bool = False) -> CheckLog:
    log, groups = _started(found), groups_of(ACTIONS)
    for key in standing(found, _CLIP, log, groups, hides=hides).missing:
        log = _answered(log, standing(found, _CLIP, log, groups, hides=hides), key, present=key == "AU12")
    return log


@few
@given(
    changed=st.sets(
        st.tuples(st.sampled_from(list(_CLIP)), st.sampled_from(["AU1", "AU12", "AU25"])), max_size=4
    )
)
def test_an_edit_reopens_exactly_the_actions_whose_codes_changed(changed: set[tuple[int, str]]) -> None:
    found, groups = _coded(AU12=[4, 5]), groups_of(ACTIONS)
    log = _all_answered(found)
    assert standing(found, _CLIP, log, groups, hides=False).is_complete
    later = dict(found)
    for frame, key in changed:
        later[frame] = later[frame].with_code(key, 0 if later[frame].code_of(key) else 1)
    now = standing(later, _CLIP, log, groups, hides=False)
    assert set(now.missing) == {key for _, key in changed}
    # Taken back, the answers hold again: they were about these codes.
    assert standing(found, _CLIP, log, groups, hides=False).is_complete


def test_an_answer_against_the_codes_is_refused_and_an_omission_is_told() -> None:
    found, groups = _coded(AU12=[4, 5]), groups_of(ACTIONS)
    log = _started(found)
    now = standing(found, _CLIP, log, groups, hides=False)
    with pytest.raises(ProjectError, match=r"AU4 is not coded in this clip"):
        _answered(log, now, "AU4", present=True)
    with pytest.raises(ProjectError, match=r"AU12 is coded in this clip"):
        _answered(log, now, "AU12", present=False)
    found[6] = found[6].with_code("AU4", 1)
    log = _answered(log, standing(found, _CLIP, log, groups, hides=False), "AU4", present=True)
    assert log.answers[-1].answer is Answer.CHANGED
    assert log.answers[-1].is_omission
    assert log.answers[-1].detail["after"] == [[6, 6, 1, None]]


def test_hidden_codes_are_shown_once_the_whole_group_was_judged_and_differences_stay_open() -> None:
    found, groups = _coded(AU1=[4], AU4=[5]), groups_of(ACTIONS)
    log = _started(found)
    for key, present in (("AU1", True), ("AU2", True), ("AU4", False)):
        now = standing(found, _CLIP, log, groups, hides=True)
        assert {"AU1", "AU2", "AU4"} <= now.concealed
        log = _answered(log, now, key, present=present)
    now = standing(found, _CLIP, log, groups, hides=True)
    assert not {"AU1", "AU2", "AU4"} & now.concealed
    assert "AU12" in now.concealed
    # AU1 was coded and seen; AU2 was seen and not coded; AU4 coded and not seen.
    assert [key for key, *_ in settled_by_verdict(now.groups[0])] == ["AU1"]
    assert [entry.key for entry in now.groups[0].actions if entry.differs] == ["AU2", "AU4"]
    log = _answered(log, now, "AU2", present=False)
    log = _answered(log, now, "AU4", present=True)
    assert [entry.detail["verdict"] for entry in log.answers[-2:]] == ["seen", "not_seen"]


def test_answers_about_other_frames_count_for_nothing() -> None:
    found, groups = _coded(AU12=[4, 5]), groups_of(ACTIONS)
    log = _all_answered(found)
    assert len(standing(found, range(3, 8), log, groups, hides=False).missing) == 33
