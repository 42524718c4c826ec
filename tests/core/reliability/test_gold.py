"""Every missed or wrong action is found on its frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.code_table import CodeTable
from hrm_core.records.training import GoldClip, Mistake, MistakeKind
from hrm_core.reliability.gold import compare_with_gold

_AT = {entry.key: place for place, entry in enumerate(ALL_ACTIONS)}
_CLIP = GoldClip(1, 10, 19, 1)


def _table(frames: Sequence[int], **codes: dict[int, int]) -> CodeTable:
    array = np.zeros((len(frames), len(ALL_ACTIONS)), dtype=np.uint8)
    for key, by_frame in codes.items():
        for frame, code in by_frame.items():
            array[list(frames).index(frame), _AT[key]] = code
    return CodeTable(1, 1, np.array(frames, dtype=np.int64), array)


def test_missed_extra_and_other_side() -> None:
    frames = range(8, 22)
    gold = _table(frames, AU12=dict.fromkeys(range(11, 16), 1), AU25={12: 1}, AU1={9: 1, 20: 1})
    coded = _table(frames, AU12={11: 1, 12: 2, 13: 2, 14: 1, 16: 1}, AU6={18: 1, 19: 1})
    score = compare_with_gold(_CLIP, gold, coded)
    assert score.mistakes == (
        Mistake(MistakeKind.SIDE, "AU12", 12, 13, 1, 2),
        Mistake(MistakeKind.MISSED, "AU25", 12, 12, 1, 0),
        Mistake(MistakeKind.MISSED, "AU12", 15, 15, 1, 0),
        Mistake(MistakeKind.EXTRA, "AU12", 16, 16, 0, 1),
        Mistake(MistakeKind.EXTRA, "AU6", 18, 19, 0, 1),
    )
    # Both have AU12 in four frames; five and five, two of AU6, one of AU25 stand against them.
    assert score.index == pytest.approx(2 * 4 / (6 + 7))
    assert score.passed is False
    smile = next(entry for entry in score.actions if entry.action == "AU12")
    assert (smile.agreed, smile.gold, smile.coded, smile.other_side) == (4, 5, 5, 2)
    assert [entry.action for entry in score.actions] == ["AU6", "AU12", "AU25"]


def test_frames_of_one_alone_are_left_out() -> None:
    gold = _table([10, 11, 13], AU12={11: 1})
    coded = _table([10, 12, 13], AU12={12: 1})
    score = compare_with_gold(_CLIP, gold, coded)
    assert (score.frames, score.left_out, score.index, score.passed) == (2, 8, None, None)
    assert not score.mistakes
    assert not score.actions


def test_who_sees_no_eyes_is_not_measured_by_them() -> None:
    gold, coded = _table(range(10, 20), AU1={12: 1}, AU12={12: 1}), _table(range(10, 20), AU12={12: 1})
    assert compare_with_gold(_CLIP, gold, coded).index == pytest.approx(2 / 3)
    assert compare_with_gold(_CLIP, gold, coded, frozenset({"AU1"})).index == 1


_codes = st.lists(st.tuples(st.integers(10, 19), st.sampled_from(["AU1", "AU12", "AU25"]), st.integers(1, 3)))


@given(_codes, _codes)
def test_mistakes_say_all_that_differs(
    right: list[tuple[int, str, int]], said: list[tuple[int, str, int]]
) -> None:
    tables = []
    for entries in (right, said):
        table = _table(range(10, 20))
        for frame, key, code in entries:
            table.codes[frame - 10, _AT[key]] = code
        tables.append(table)
    score = compare_with_gold(_CLIP, *tables)
    mended = tables[1].codes.copy()
    for mistake in score.mistakes:
        here = slice(mistake.first_frame - 10, mistake.last_frame - 9)
        assert (mended[here, _AT[mistake.action]] == mistake.coded).all()
        assert mistake.gold != mistake.coded
        mended[here, _AT[mistake.action]] = mistake.gold
    assert (mended == tables[0].codes).all()
