"""Taking over what a model proposes: what must hold whatever was coded before."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.proposed_edits import accept, correct, follow, sign
from hrm_core.records.runs import Pen

KEYS = ("AU1", "AU4", "AU12", "AU25")
RUN = 7
BLANK = partial(FrameCoding, 1, 1)

said = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([1, 2, 3]))
proposed = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([0, 1, 2]))
closed_actions = st.sets(st.sampled_from(KEYS))
states = st.sampled_from([CodingState.CODED, CodingState.CHECKED, CodingState.CARRIED])


def coding(frame: int, codes: Mapping[str, int], state: CodingState = CodingState.CODED) -> FrameCoding:
    return FrameCoding(1, 1, frame, tuple(ActionCode(key, code) for key, code in codes.items()), state)


@given(said, states, proposed, closed_actions, st.booleans(), st.booleans())
def test_exactly_the_proposed_codes_are_written(
    old: dict[str, int],
    state: CodingState,
    wanted: dict[str, int],
    closed: set[str],
    coded: bool,
    here: bool,
) -> None:
    codings = {3: coding(3, old, state)} if coded else {}
    edit = accept(Pen(codings, BLANK, 3 if here else None, closed), {3: wanted}, RUN)
    before = codings.get(3, BLANK(3))
    after = edit.get(3, before)
    assert after is not None
    for key in KEYS:
        taken = key in wanted and key not in closed
        assert after.code_of(key) == (wanted[key] if taken else before.code_of(key))
        entry = after.entry_of(key)
        if entry is not None and entry.code != before.code_of(key):
            assert (entry.origin, entry.model_run_id) == (Origin.ACCEPTED, RUN)
        elif entry is not None:
            assert entry == before.entry_of(key)
    if 3 in edit:
        assert after.state is (CodingState.CODED if here else CodingState.CARRIED)
    # Uncoded frames are coded by it, also as frames without action.
    assert coded or 3 in edit


def test_frames_that_are_not_codable_are_left_alone() -> None:
    codings = {3: FrameCoding(1, 1, 3, (), CodingState.NOT_CODABLE)}
    assert accept(Pen(codings, BLANK, 3), {3: {"AU12": 1}}, RUN) == {}


def test_doubt_note_and_intensity_stay_with_another_side() -> None:
    old = FrameCoding(1, 1, 3, (ActionCode("AU12", 1, "C", doubtful=True, note="hm"),), comment="frame")
    (new,) = accept(Pen({3: old}, BLANK, 3), {3: {"AU12": 2}}, RUN).values()
    assert new is not None
    assert new.codes == (ActionCode("AU12", 2, "C", Origin.ACCEPTED, RUN, doubtful=True, note="hm"),)
    assert new.comment == "frame"


def test_a_correction_says_nothing_of_frames_that_nobody_coded() -> None:
    pen = Pen({3: coding(3, {"AU12": 1})}, BLANK, 3)
    taken_off = correct(pen, [3, 4], "AU12", 0, RUN)
    assert {frame: new and new.codes for frame, new in taken_off.items()} == {3: ()}
    sided = correct(pen, [3, 4], "AU12", 2, RUN)
    entries = [new.entry_of("AU12") for new in sided.values() if new]
    assert entries == [ActionCode("AU12", 2, None, Origin.CORRECTED, RUN)] * 2


@given(said, proposed, proposed, closed_actions)
def test_only_proposed_changes_are_followed(
    held: dict[str, int], before: dict[str, int], after: dict[str, int], closed: set[str]
) -> None:
    carried = coding(4, held, CodingState.CARRIED)
    new, changed = follow(before, after, carried, closed, RUN)
    assert new.state is CodingState.CARRIED
    for key in KEYS:
        moves = key in before and key in after and before[key] != after[key] and key not in closed
        assert new.code_of(key) == (after[key] if moves else held.get(key, 0))
        assert (key in changed) == (new.code_of(key) != held.get(key, 0))


def test_only_what_was_changed_against_a_proposal_is_a_correction() -> None:
    old = coding(3, {"AU1": 2})
    new = coding(3, {"AU1": 2, "AU4": 1, "AU12": 3, "AU25": 1})
    signed = sign(new, old, {"AU1": 1, "AU4": 1, "AU12": 1}, RUN)
    origins = {code.action: (code.origin, code.model_run_id) for code in signed.codes}
    human = (Origin.HUMAN, None)
    assert origins == {"AU1": human, "AU4": human, "AU12": (Origin.CORRECTED, RUN), "AU25": human}
