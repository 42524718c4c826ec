"""Edits of many frames: what must hold whatever was coded before."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.runs import Pen, confirmable, next_change, run_of

KEYS = ("AU1", "AU4", "AU12", "AU25")
COUNT = 14
BLANK = partial(FrameCoding, 1, 1)

codes = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([1, 2, 3])).map(
    lambda found: tuple(ActionCode(key, code) for key, code in found.items())
)
states = st.sampled_from([CodingState.CODED, CodingState.CHECKED, CodingState.CARRIED])


@st.composite
def codings_of_a_film(draw: st.DrawFn) -> dict[int, FrameCoding]:
    """Some frames coded, some not codable, some uncoded; a few with notes."""
    film: dict[int, FrameCoding] = {}
    for frame in range(COUNT):
        kind = draw(st.sampled_from(["coded", "coded", "uncoded", "not codable"]))
        if kind == "coded":
            note = draw(st.sampled_from(["", "a note"]))
            film[frame] = FrameCoding(1, 1, frame, draw(codes), draw(states), note, revision=frame + 1)
        elif kind == "not codable":
            film[frame] = FrameCoding(1, 1, frame, (), CodingState.NOT_CODABLE)
    return film


films = codings_of_a_film()
frames = st.integers(0, COUNT - 1)
ranges = st.tuples(frames, frames).map(lambda ends: range(min(ends), max(ends) + 1))


def after(film: dict[int, FrameCoding], edit: dict[int, FrameCoding | None]) -> dict[int, FrameCoding]:
    """The film as it is when the edit is done."""
    return {frame: coding for frame, coding in {**film, **edit}.items() if coding is not None}


def said(film: dict[int, FrameCoding], frame: int) -> dict[str, int]:
    return {code.action: code.code for code in film[frame].codes} if frame in film else {}


@given(films, ranges, frames, st.one_of(st.none(), frames))
def test_a_filled_range_says_what_its_source_says(
    film: dict[int, FrameCoding], span: range, source: int, here: int | None
) -> None:
    if source not in film or film[source].state is CodingState.NOT_CODABLE:
        return
    edit = Pen(film, BLANK, here).fill(span, film[source])
    new = after(film, edit)
    for frame in range(COUNT):
        if frame in span and (frame not in film or film[frame].state is not CodingState.NOT_CODABLE):
            assert said(new, frame) == said(film, source)
        else:
            assert new.get(frame) == film.get(frame)
    for frame, coding in edit.items():
        assert coding is not None
        # By hand only what is on the screen; all else waits to be seen.
        assert coding.state is (CodingState.CODED if frame == here else CodingState.CARRIED)
        assert coding.comment == (film[frame].comment if frame in film else "")
        assert not coding.says_the_same_as(film.get(frame))


@given(films, ranges, st.sampled_from(KEYS), st.sampled_from([0, 1, 2]))
def test_one_action_over_a_range_leaves_the_others(
    film: dict[int, FrameCoding], span: range, key: str, code: int
) -> None:
    edit = Pen(film, BLANK).set_action(span, key, code)
    new = after(film, edit)
    for frame in range(COUNT):
        before, now = said(film, frame), said(new, frame)
        assert {k: v for k, v in before.items() if k != key} == {k: v for k, v in now.items() if k != key}
        if frame not in span or (frame in film and film[frame].state is CodingState.NOT_CODABLE):
            assert now == before
        elif code or frame in film:
            assert now.get(key, 0) == code
        else:
            assert frame not in new  # taking off says nothing of a frame that nobody coded
    changed = [coding for coding in edit.values() if coding]
    assert all(coding.state is CodingState.CARRIED for coding in changed)
    assert all(c.origin is Origin.CARRIED for coding in changed for c in coding.codes if c.action == key)


@given(films, frames, st.sampled_from(KEYS), ranges)
def test_a_moved_run_is_where_it_was_put(
    film: dict[int, FrameCoding], frame: int, key: str, span: range
) -> None:
    old = run_of(film, key, frame)
    if old is None:
        return
    assert old[0] <= frame <= old[1]
    code = film[frame].code_of(key)
    new = after(film, Pen(film, BLANK).move_run(key, old, (span[0], span[-1])))
    for place in range(COUNT):
        blocked = place in film and film[place].state is CodingState.NOT_CODABLE
        if place in span and not blocked:
            assert said(new, place).get(key) == code
        elif old[0] <= place <= old[1] and not blocked:
            assert key not in said(new, place)
        else:
            assert said(new, place).get(key) == said(film, place).get(key)


@given(films, ranges)
def test_closed_actions_stay_as_they_are(film: dict[int, FrameCoding], span: range) -> None:
    source = FrameCoding(1, 1, 99, (ActionCode("AU1", 1), ActionCode("AU12", 2)))
    new = after(film, Pen(film, BLANK, closed={"AU1", "AU4"}).fill(span, source))
    for frame in range(COUNT):
        for key in ("AU1", "AU4"):
            assert said(new, frame).get(key) == said(film, frame).get(key)


@given(films, st.sets(frames), frames, frames)
def test_only_what_was_seen_is_confirmed(
    film: dict[int, FrameCoding], seen: set[int], frame: int, first: int
) -> None:
    found, unseen = confirmable(film, seen, frame, first)
    assert found == sorted(found)
    assert all(film[place].state is CodingState.CARRIED and place in seen for place in found)
    for place in found:
        between = [film.get(other) for other in range(place, frame + 1)]
        assert place >= first
        assert all(coding is not None for coding in between)
    if unseen:
        assert any(coding.state is CodingState.CARRIED for coding in film.values())
    new = after(film, Pen(film, BLANK).confirm(found))
    assert {place for place in new if new[place] != film[place]} == set(found)


@given(films, frames)
def test_going_to_changes_and_back_visits_the_same_frames(film: dict[int, FrameCoding], frame: int) -> None:
    onwards = [0]
    while (place := next_change(film, onwards[-1], 1, COUNT)) is not None:
        assert place > onwards[-1]
        onwards.append(place)
    backwards = [COUNT - 1]
    while (place := next_change(film, backwards[-1], -1, COUNT)) is not None:
        assert place < backwards[-1]
        backwards.append(place)
    assert sorted({*backwards, *onwards} - {COUNT - 1}) == [place for place in onwards if place != COUNT - 1]


@given(films, ranges, frames)
def test_a_copy_lands_where_it_was_put(film: dict[int, FrameCoding], span: range, at: int) -> None:
    copied = {frame: film[frame] for frame in span if frame in film}
    copied = {f: c for f, c in copied.items() if c.state is not CodingState.NOT_CODABLE}
    if not copied:
        return
    new = after(film, Pen(film, BLANK).paste(copied, at, COUNT))
    assert all(0 <= frame < COUNT for frame in new)
    for frame in copied:
        place = frame - min(copied) + at
        if place < COUNT and not (place in film and film[place].state is CodingState.NOT_CODABLE):
            assert said(new, place) == said(film, frame)


def test_not_codable_frames_are_not_copied_as_no_action() -> None:
    film = {3: FrameCoding(1, 1, 3, (), CodingState.NOT_CODABLE), 4: BLANK(4).with_code("AU4", 1)}
    new = after(film, Pen(film, BLANK).paste(film, 8, COUNT))
    assert sorted(new) == [3, 4, 9]
