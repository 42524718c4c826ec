"""Which frames the rules point at, on arrays of whole recordings."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.facs import ALL_ACTIONS, INTENSITIES, Code, action
from hrm_core.facs.rules import Rule, RuleKind, Term
from hrm_core.records.code_grid import COLUMN_OF, CodeRows
from hrm_core.records.rule_finding import RuleFinding
from hrm_core.records.words import counted

__all__ = ["find"]

_Mask = NDArray[np.bool_]

_CODES = range(6)
_WHOLE = (Code.BOTH, Code.UPPER, Code.LOWER)
# Which halves of the face a code is about: 1 the child's left, 2 the right.
_HALVES = np.array([0, 3, 1, 2, 3, 3], dtype=np.uint8)
# By side: codes with which that side takes part.
_TAKES_PART = {
    side: np.array([code == side or code in others for code in _CODES])
    for side, others in (
        (Code.UPPER, (Code.BOTH, Code.LEFT, Code.RIGHT)),
        (Code.LOWER, (Code.BOTH, Code.LEFT, Code.RIGHT)),
        (Code.LEFT, _WHOLE),
        (Code.RIGHT, _WHOLE),
    )
}
_ALLOWED = np.array([[entry.allows(code) for code in _CODES] for entry in ALL_ACTIONS])


def find(rows: CodeRows, rules: Iterable[Rule]) -> list[RuleFinding]:
    """Everything that the rules point at; rules that are off are passed over.

    Parameters
    ----------
    rows : CodeRows
        Codes of one rater on one recording.  Two frames are neighbours if their numbers
        are: a frame that is uncoded or not codable parts those around it.
    rules : iterable of Rule
        As :func:`hrm_core.facs.rules.rules_of_study` reads them.

    Returns
    -------
    list of RuleFinding
        By first frame, then in the order of the rules and of the catalogue.  No rule points
        at an action for being there from the first frame of a recording or a clip.
    """
    found = []
    for place, rule in enumerate(rules):
        if rule.on and len(rows) and rule.kind in _SEARCHES:
            found += [(one.first_frame, place, one) for one in _SEARCHES[rule.kind](rows, rule)]
    return [one for *_, one in sorted(found, key=lambda entry: entry[:2])]


def _together(rows: CodeRows, rule: Rule) -> Iterator[RuleFinding]:
    first, second = rule.actions
    mask = _meets(rows, first) & _meets(rows, second)
    if rule.same_side:
        codes = rows.codes[:, COLUMN_OF[first.key]], rows.codes[:, COLUMN_OF[second.key]]
        mask &= (_HALVES[codes[0]] & _HALVES[codes[1]]) != 0
    sentence = f"{first} and {second} are alternatives, but both are coded."
    graded = any(term.intensity for term in rule.actions)
    for start, end in _stretches(rows, mask):
        yield _finding(rows, rule, (first.key, second.key), (start, end), sentence, graded=graded)


def _missing(rows: CodeRows, rule: Rule) -> Iterator[RuleFinding]:
    there = [_meets(rows, term) for term in rule.actions]
    needed = np.any([_meets(rows, term) for term in rule.needs], axis=0)
    wanted = " or ".join(map(str, rule.needs))
    graded = any(term.intensity for term in (*rule.actions, *rule.needs))
    for term, present in zip(rule.actions, there, strict=True):
        keys = (term.key, *(need.key for need in rule.needs))
        for place in _stretches(rows, present & ~needed):
            yield _finding(rows, rule, keys, place, f"{term} is coded without {wanted}.", graded=graded)


def _impossible_side(rows: CodeRows, rule: Rule) -> Iterator[RuleFinding]:
    wrong = ~_ALLOWED[np.arange(len(ALL_ACTIONS)), rows.codes]
    for column in np.flatnonzero(wrong.any(axis=0)).tolist():
        entry, codes = ALL_ACTIONS[column], rows.codes[:, column]
        for code in np.unique(codes[wrong[:, column]]).tolist():
            sentence = f"{_short(entry.key)} cannot be {Code(code).word} alone."
            for place in _stretches(rows, codes == code):
                yield _finding(rows, rule, (entry.key,), place, sentence)


def _flickers(rows: CodeRows, rule: Rule) -> Iterator[RuleFinding]:
    gaps = np.diff(rows.frames) != 1
    for key in _looked_at(rule):
        codes = rows.codes[:, COLUMN_OF[key]]
        starts = np.flatnonzero(np.concatenate(([True], (codes[1:] != codes[:-1]) | gaps)))
        ends = np.append(starts[1:], len(codes)) - 1
        # Only what has a neighbour on either side can be said to come and go.
        inner = np.arange(1, len(starts) - 1)
        if not len(inner):
            continue
        begin, end = starts[inner], ends[inner]
        before, here, after = codes[begin - 1], codes[begin], codes[end + 1]
        mask = (before == after) & ~gaps[begin - 1] & ~gaps[end] & (end - begin < rule.longest)
        mask &= {
            "on": (here != 0) & (before == 0),
            "off": (here == 0) & (before != 0),
            "side": (here != 0) & (before != 0),
        }[rule.what]
        for start, last, code in zip(
            begin[mask].tolist(), end[mask].tolist(), here[mask].tolist(), strict=True
        ):
            name, frames = _short(key), counted(last - start + 1, "frame")
            sentence = {
                "on": f"{name} is there for {frames} only.",
                "off": f"{name} is gone for {frames} only.",
                "side": f"{name} turns {Code(code).word} for {frames} only.",
            }[rule.what]
            yield _finding(rows, rule, (key,), (start, last), sentence, around=1)


def _flips(rows: CodeRows, rule: Rule) -> Iterator[RuleFinding]:
    one, other = rule.between
    neighbours = np.diff(rows.frames) == 1
    for key in _looked_at(rule):
        codes = rows.codes[:, COLUMN_OF[key]]
        before, after = codes[:-1], codes[1:]
        mask = neighbours & (((before == one) & (after == other)) | ((before == other) & (after == one)))
        for row in np.flatnonzero(mask).tolist():
            sides = Code(before[row]).word, Code(after[row]).word
            sentence = f"{_short(key)} jumps from {sides[0]} to {sides[1]}."
            yield _finding(rows, rule, (key,), (row, row + 1), sentence)


def _sudden(rows: CodeRows, rule: Rule) -> Iterator[RuleFinding]:
    present = rows.codes != 0
    changed = present[1:] != present[:-1]
    counts = changed.sum(axis=1)
    for row in np.flatnonzero((counts >= rule.at_least) & (np.diff(rows.frames) == 1)).tolist():
        keys = tuple(ALL_ACTIONS[column].key for column in np.flatnonzero(changed[row]))
        words = ", ".join(map(_short, keys))
        sentence = f"{len(keys)} actions change at once: {words}."
        yield _finding(rows, rule, keys, (row, row + 1), sentence)


_SEARCHES: dict[RuleKind, Callable[[CodeRows, Rule], Iterator[RuleFinding]]] = {
    RuleKind.TOGETHER: _together,
    RuleKind.MISSING: _missing,
    RuleKind.SIDE: _impossible_side,
    RuleKind.FLICKER: _flickers,
    RuleKind.FLIP: _flips,
    RuleKind.SUDDEN: _sudden,
}


def _meets(rows: CodeRows, term: Term) -> _Mask:
    """Frames in which an action is there as a rule says."""
    column = COLUMN_OF[term.key]
    codes = rows.codes[:, column]
    mask: _Mask = codes != 0 if term.side is None else _TAKES_PART[term.side][codes]
    if term.intensity is not None:
        mask = mask & (rows.intensities[:, column] > INTENSITIES.index(term.intensity))
    return mask


def _stretches(rows: CodeRows, mask: _Mask) -> list[tuple[int, int]]:
    """First and last row of every run of neighbouring frames in `mask`."""
    at = np.flatnonzero(mask)
    if not len(at):
        return []
    breaks = np.flatnonzero(np.diff(rows.frames[at]) != 1)
    firsts, lasts = at[np.append(0, breaks + 1)], at[np.append(breaks, len(at) - 1)]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def _looked_at(rule: Rule) -> Sequence[str]:
    return [term.key for term in rule.actions] or [entry.key for entry in ALL_ACTIONS]


def _short(key: str) -> str:
    entry = action(key)
    return f"{entry.kind}{entry.label}"


def _finding(
    rows: CodeRows,
    rule: Rule,
    keys: tuple[str, ...],
    place: tuple[int, int],
    sentence: str,
    *,
    around: int = 0,
    graded: bool = False,
) -> RuleFinding:
    """A finding about the rows from `place[0]` to `place[1]`; of `around` more the codes matter, too."""
    first, last = place
    part = slice(first - around, last + around + 1)
    columns = [COLUMN_OF[key] for key in keys]
    digest = hashlib.sha256(rows.frames[part].astype("<i8").tobytes())
    digest.update(np.ascontiguousarray(rows.codes[part, columns]).tobytes())
    if graded:
        # Only where the rule asks for it: who grades codes later shall not be asked all over again.
        digest.update(np.ascontiguousarray(rows.intensities[part, columns]).tobytes())
    return RuleFinding(
        rule.id,
        rule.kind,
        keys,
        int(rows.frames[first]),
        int(rows.frames[last]),
        sentence,
        digest.hexdigest(),
    )
