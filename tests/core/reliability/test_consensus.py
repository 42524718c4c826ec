"""What two codings and a log of decisions make of each frame, against a frame-by-frame account of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.adjudication import TAKEN_OVER, Decision
from hrm_core.records.agreement import Disagreement
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.reliability.consensus import BothCodings, OneCoding, differing, resolve

_KEYS = ("AU1", "AU12", "AU25")
_codes = st.lists(st.integers(0, 2), min_size=6, max_size=6)
_numbers = st.lists(st.integers(0, 9), min_size=6, max_size=6, unique=True).map(sorted)
_log = st.lists(
    st.builds(
        lambda key, first, more, codes, back: Decision(
            1,
            first,
            first + more,
            key,
            1,
            2,
            *((0, 0, 0) if key == TAKEN_OVER else codes),
            "seen",
            3,
            4,
            taken_back=back,
        ),
        st.sampled_from([*_KEYS, TAKEN_OVER]),
        st.integers(0, 9),
        st.integers(0, 9),
        st.sampled_from([(1, 0, 1), (0, 1, 0), (1, 2, 1), (2, 0, 0), (0, 2, 1), (1, 0, 3)]),
        st.sampled_from([False, False, False, True]),
    ),
    max_size=12,
)
_grids = st.fixed_dictionaries(dict.fromkeys(_KEYS, _codes))


def _array(grid: dict[str, list[int]], rows: int) -> np.ndarray:
    found = np.zeros((rows, len(ALL_ACTIONS)), dtype=np.uint8)
    for key, column in grid.items():
        found[:, COLUMN_OF[key]] = column[:rows]
    return found


@given(_numbers, _grids, _grids, _grids, _grids, _log, st.integers(2, 6), st.booleans())
def test_each_frame_is_settled_as_its_newest_decisions_say(
    numbers: list[int],
    first: dict[str, list[int]],
    second: dict[str, list[int]],
    grades: dict[str, list[int]],
    others: dict[str, list[int]],
    log: list[Decision],
    coded: int,
    eyes: bool,
) -> None:
    judged = np.array([eyes or entry.key != "AU1" for entry in ALL_ACTIONS])
    a, b = _array(first, coded) * judged, _array(second, coded) * judged
    i, j = _array(grades, coded) * (a > 0), _array(others, coded) * (b > 0)
    frames, unseen = np.array(numbers[:coded]), np.array(numbers[coded:], dtype=np.int64)
    both = BothCodings(frames, a, b, i, j, judged, unseen, np.zeros(0, np.int64))
    found = resolve(both, log)
    wanted: dict[int, dict[str, tuple[int, int]]] = {}
    runs, held = [], {}
    for row, frame in enumerate(frames.tolist()):
        said, settled, disputed = {}, True, False
        for key in _KEYS[0 if eyes else 1 :]:
            at = COLUMN_OF[key]
            holds, other = int(a[row, at]), int(b[row, at])
            entries = [e for e in log if e.action == key and e.first_frame <= frame <= e.last_frame]
            if holds != other:
                disputed = True
                runs.append(Disagreement(key, "S1", "play", 1, frame, frame, holds, other))
                newest = entries[-1] if entries else None
                answers = newest and (newest.first_code, newest.second_code) == (holds, other)
                if newest is None or newest.taken_back or not answers:
                    settled = False
                    continue
                held[key, frame] = newest
                holds = newest.code
            if holds:
                said[key] = (holds, int(i[row, at]) if i[row, at] == j[row, at] else 0)
        if settled and (disputed or _taken(log, frame)):
            wanted[frame] = said
    consensus = found.consensus
    got = {
        frame: {
            key: (int(consensus.codes[row, COLUMN_OF[key]]), int(consensus.intensities[row, COLUMN_OF[key]]))
            for key in _KEYS
            if consensus.codes[row, COLUMN_OF[key]]
        }
        for row, frame in enumerate(consensus.frames.tolist())
    }
    assert got == wanted
    assert consensus.not_codable.tolist() == [frame for frame in unseen.tolist() if _taken(log, frame)]
    for dispute in found.disputes(runs, log):
        run = dispute.disagreement
        # Undone on some frames and holding there again, it is the same decision with another extent.
        assert _anywhere(dispute.decision) == _anywhere(held.get((run.action, run.first_frame)))
        assert dispute.decision is None or dispute.earlier is None


def _anywhere(decision: Decision | None) -> Decision | None:
    return None if decision is None else replace(decision, first_frame=0, last_frame=0)


def _taken(log: list[Decision], frame: int) -> bool:
    marks = [e for e in log if e.action == TAKEN_OVER and e.first_frame <= frame <= e.last_frame]
    return bool(marks) and not marks[-1].taken_back


@given(
    st.dictionaries(st.integers(0, 6), st.integers(0, 3)),
    st.dictionaries(st.integers(0, 6), st.integers(0, 3)),
)
def test_differing_names_the_frames_of_which_two_codings_say_something_else(
    one: dict[int, int], other: dict[int, int]
) -> None:
    codings = []
    for said in (one, other):
        frames = sorted(frame for frame in said if said[frame] < 3)
        codes = np.zeros((len(frames), len(ALL_ACTIONS)), dtype=np.uint8)
        grades = codes.copy()
        codes[:, 3] = [said[frame] > 0 for frame in frames]
        grades[:, 3] = [said[frame] > 1 for frame in frames]
        unseen = sorted(said.keys() - set(frames))
        codings.append(
            OneCoding(np.array(frames, dtype=np.int64), codes, grades, np.array(unseen, dtype=np.int64))
        )
    expected = [frame for frame in range(7) if one.get(frame) != other.get(frame)]
    assert differing(*codings).tolist() == expected
