"""What a check hides is hidden from every reader, and no edit can lose it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.shown_codings import Concealment, ShownCodings
from tests.support.builders import KEYS, codings

_frames = st.dictionaries(st.integers(0, 9), codings(), max_size=6).map(
    lambda found: {frame: replace(coding, frame=frame) for frame, coding in found.items()}
)
_hidden = st.builds(Concealment, st.integers(0, 9), st.integers(0, 9), st.frozensets(st.sampled_from(KEYS)))


few = settings(max_examples=25, deadline=None)


@few
@given(_frames, _hidden)
def test_hidden_codes_are_in_no_reading(found: dict[int, FrameCoding], hidden: Concealment) -> None:
    shown = ShownCodings(found)
    assert dict(shown) == dict(shown.items()) == found
    changed = shown.hide(hidden)
    read = [shown.get, lambda frame: dict(shown.items())[frame], lambda frame: dict(shown)[frame]]
    read.append(lambda frame: next(entry for entry in shown.values() if entry.frame == frame))
    for frame, true in found.items():
        inside = hidden.first <= frame <= hidden.last
        for look in read:
            seen = look(frame)
            assert seen is not None
            keys = {code.action for code in seen.codes}
            assert keys == {code.action for code in true.codes} - (hidden.actions if inside else set())
            assert seen.state is true.state
        assert frame in changed or shown[frame] == true
    shown.hide(None)
    assert dict(shown.items()) == found


@few
@given(_frames, _hidden, codings())
def test_an_edit_keeps_what_its_editor_could_not_see(
    found: dict[int, FrameCoding], hidden: Concealment, new: FrameCoding
) -> None:
    shown = ShownCodings(found)
    shown.hide(hidden)
    for frame, true in found.items():
        edit = {frame: replace(new, frame=frame, codes=new.codes)}
        for written in (shown.to_write(edit)[frame], shown.to_write({frame: None})[frame]):
            kept = {code for code in true.codes if code.action in hidden.actions}
            if shown.hides(frame):
                assert written is not None
                assert {code for code in written.codes if code.action in hidden.actions} == kept
                assert not (written.codes and written.state is CodingState.NOT_CODABLE) or (
                    true.state is CodingState.NOT_CODABLE
                )
