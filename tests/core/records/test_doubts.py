"""Doubts and notes of single codes: what they stick to, and in which order they are gone through."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from hrm_core.records.coding import ActionCode, FrameCoding, Origin
from hrm_core.records.doubts import Doubt, doubts_of, next_doubt, remarks_of
from hrm_core.records.runs import Pen
from tests.support.builders import KEYS, codings

COUNT = 12
BLANK = partial(FrameCoding, 1, 1)
FEW = ("AU1", "AU12", "AU25")
codes = st.builds(
    ActionCode,
    st.sampled_from(FEW),
    st.integers(1, 3),
    st.sampled_from([None, "B", "D"]),
    doubtful=st.booleans(),
    note=st.sampled_from(["", "", "a", "b"]),
)
frames = st.builds(
    BLANK,
    st.just(0),
    st.lists(codes, unique_by=lambda code: code.action).map(tuple),
    comment=st.sampled_from(["", "", "a"]),
    doubtful=st.booleans(),
)
films = st.dictionaries(st.integers(0, COUNT - 1), frames).map(
    lambda film: {frame: replace(coding, frame=frame) for frame, coding in film.items()}
)


def remarks(coding: FrameCoding | None, action: str) -> tuple[bool, str]:
    entry = coding.entry_of(action) if coding else None
    return (entry.doubtful, entry.note) if entry else (False, "")


@given(codings(), st.sampled_from(KEYS), st.integers(0, 5), st.sampled_from([None, "A", "E"]))
def test_a_doubt_stays_with_its_action_and_goes_with_it(
    coding: FrameCoding, key: str, code: int, intensity: str | None
) -> None:
    changed = coding.with_code(key, code, intensity)
    assert remarks(changed, key) == (remarks(coding, key) if code else (False, ""))
    graded = coding.with_intensity(key, intensity)
    assert [remarks(graded, entry.action) for entry in coding.codes] == [
        remarks(coding, entry.action) for entry in coding.codes
    ]


@given(codings(), st.sampled_from(KEYS), st.booleans())
def test_a_doubt_changes_nothing_else(coding: FrameCoding, key: str, doubtful: bool) -> None:
    flagged = coding.with_remark(key, doubtful=doubtful, note="look")
    assert remarks(flagged, key) == ((doubtful, "look") if coding.code_of(key) else (False, ""))
    plain = [replace(code, doubtful=False, note="") for code in flagged.codes]
    assert plain == [replace(code, doubtful=False, note="") for code in coding.codes]
    assert replace(flagged, codes=coding.codes) == coding
    assert flagged.says_the_same_as(coding) == (flagged.codes == coding.codes)


@given(films, st.integers(0, COUNT - 1), st.sampled_from(FEW), st.integers(-3, 3))
def test_no_edit_of_many_frames_takes_a_doubt_along(
    film: dict[int, FrameCoding], at: int, key: str, shift: int
) -> None:
    pen = Pen(film, BLANK)
    edits = [pen.set_action(range(COUNT), key, 2, "C"), pen.set_action(range(3, 8), key, 0)]
    if at in film:
        copied = {frame: coding for frame, coding in film.items() if frame >= at}
        edits += [pen.fill(range(COUNT), film[at]), pen.paste(copied, 0, COUNT)]
    if at in film and film[at].code_of(key) and 0 <= at + shift < COUNT:
        edits.append(pen.move_run(key, (at, at), (at + shift, at + shift)))
        edits.append(pen.move_run(key, (at, at), (min(at, at + shift), max(at, at + shift))))
    for edit in edits:
        for frame, coding in edit.items():
            for entry in coding.codes if coding else ():
                # What is doubtful after the edit was doubted on this very frame.
                expected = remarks(film.get(frame), entry.action)
                assert (entry.doubtful, entry.note) == expected


def test_a_run_keeps_its_intensities() -> None:
    film = {
        frame: FrameCoding(1, 1, frame, (ActionCode("AU12", 1, letter, Origin.HUMAN),))
        for frame, letter in enumerate("ABC", start=3)
    }

    def after(edit: dict[int, FrameCoding | None]) -> str:
        new = {**film, **edit}
        entries = [new[frame].entry_of("AU12") if new.get(frame) else None for frame in range(9)]  # type: ignore[union-attr]
        return "".join("-" if entry is None else entry.intensity or "0" for entry in entries)

    pen = Pen(film, BLANK)
    assert after(pen.move_run("AU12", (3, 5), (1, 7))) == "-AAABCCC-"
    assert after(pen.move_run("AU12", (3, 5), (4, 6))) == "----ABC--"
    assert after(pen.move_run("AU12", (3, 5), (0, 2))) == "ABC------"
    assert after(pen.move_run("AU12", (3, 5), (4, 5))) == "----BC---"
    assert after(pen.fill(range(7, 9), film[5])) == "---ABC-CC"


@given(films)
def test_doubts_are_what_is_flagged_with_equal_neighbours_joined(film: dict[int, FrameCoding]) -> None:
    doubts = doubts_of(film)
    flagged = {(r.frame, r.action): r.note for r in remarks_of(film) if r.doubtful}
    spread = {(frame, d.action): d.note for d in doubts for frame in range(d.first, d.last + 1)}
    assert spread == flagged
    assert sum(d.last - d.first + 1 for d in doubts) == len(flagged)
    for doubt in doubts:
        for beyond in (doubt.first - 1, doubt.last + 1):
            assert flagged.get((beyond, doubt.action)) != doubt.note
    assert [d.place for d in doubts] == sorted(d.place for d in doubts)


@given(films)
def test_going_on_and_on_visits_every_doubt_once_and_back_again(film: dict[int, FrameCoding]) -> None:
    for direction, start in ((1, -1), (-1, COUNT)):
        visited: list[Doubt] = []
        frame = start
        while (found := next_doubt(film, frame, direction, visited[-1] if visited else None)) is not None:
            visited.append(found)
            frame = found.first
        assert visited[::direction] == doubts_of(film)
