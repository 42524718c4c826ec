"""What ``hrm reliability`` prints and writes: a table of actions, numbers for scripts."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hrm_core.cli.output import counted, done, print_folded
from hrm_core.errors import InvalidFileError
from hrm_core.facs import action as action_of
from hrm_core.paths import write_whole
from hrm_core.records.agreement import (
    ActionAgreement,
    AgreementOptions,
    Disagreement,
    Estimate,
    PairAgreement,
    Source,
)

__all__ = [
    "as_plain",
    "disagreement_rows",
    "print_agreement",
    "write_actions",
    "write_disagreements",
    "write_rows",
]

_NONE = "n/a"


def as_plain(value: Any, action: str | None = None) -> Any:
    """A record of agreement as JSON takes it; of a pair, only what is said of `action` if one is named."""
    if isinstance(value, PairAgreement) and action is not None:
        said = {entry.name: getattr(value, entry.name) for entry in fields(value)}
        said["actions"] = [value.of(action)]
        said["disagreements"] = [entry for entry in value.disagreements if entry.action == action]
        return as_plain(said)
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: as_plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): as_plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(entry) for entry in value]
    return value.isoformat() if isinstance(value, datetime) else value


def print_agreement(found: PairAgreement, options: AgreementOptions, action: str | None) -> None:
    """Print what was found of one pair.

    Parameters
    ----------
    found : PairAgreement
        What was found.
    options : AgreementOptions
        How it was measured.
    action : str or None
        Key of the only action to be shown.
    """
    one, other = found.first.label, found.second.label
    done(f"A = {one} (reference), B = {other}: {_extent(found)}.")
    done("")
    by_child = bool(options.replicates)
    heads = ["action", "A", "B", "ICC", "by frame", *["by child"] * by_child, "kappa", "PA"]
    shown = [row for row in found.actions if action is None or row.action == action]
    print_folded(heads, [_row(row, by_child=by_child) for row in shown], right_from=1)
    done("")
    done(
        "A, B: frames with the action (events). ICC: ICC(3,1) of presence, with "
        f"{100 * options.level:g} % intervals that take frames for independent (by frame)"
        f"{' or resample children (by child)' * by_child}. PA: specific agreement on presence, which is F1."
    )
    for words, keys in _notes(shown, by_child=by_child).items():
        done(f"{', '.join(keys)}: {words}")
    if action is None:
        _print_whole(found)
        for sentence in found.warnings:
            done(f"Note: {sentence}")


def _notes(rows: Sequence[ActionAgreement], *, by_child: bool) -> dict[str, list[str]]:
    """What must be known of the numbers shown, once, with the actions that it is about."""
    notes: dict[str, list[str]] = {}
    for row in rows:
        said = [row.why] if row.why else [row.icc.why or row.icc.note, *row.warnings]
        if by_child and not row.why and row.icc_participants.low is None and not row.icc.why:
            told = row.icc_participants.note or row.icc_participants.why
            said += [f"by child: {words}" for words in told.split("; ") if words not in said]
        for words in filter(None, said):
            notes.setdefault(words, []).append(row.action)
    return notes


def _print_whole(found: PairAgreement) -> None:
    # Ways that average the same actions share a line.
    over: dict[tuple[int, tuple[str, ...]], list[str]] = {}
    for entry in found.averages:
        ways = over.setdefault((entry.actions, entry.left_out), [])
        ways.append(f"{entry.how} {_or_none(entry.value)}")
    for (actions, left_out), ways in over.items():
        without = f", without {', '.join(left_out)}" if left_out else ""
        done(f"ICC(3,1) over {counted(actions, 'action')}{without}: {', '.join(ways)}.")
    pooled, mean = _estimate(found.facs_index), _estimate(found.facs_mean)
    done(
        f"FACS agreement index (0.70 passes): pooled {pooled}, mean of frames {mean}; "
        f"{counted(found.facs_undefined, 'frame')} in which neither scored anything."
    )
    done(f"Kappa of calling a frame not codable: {_estimate(found.visibility)}.")
    if found.dropped:
        done("")
        print_folded(("left out", "why"), [(entry.frames, entry.why) for entry in found.dropped])
        done("")


def _extent(found: PairAgreement) -> str:
    children = "1 child" if found.participants == 1 else f"{found.participants} children"
    frames, parts = counted(found.frames, "frame"), counted(found.segments, "segment")
    return f"{frames} that both coded, of {children} in {parts}"


def _row(row: ActionAgreement, *, by_child: bool) -> tuple[str, ...]:
    if row.why:
        return (row.action, *[_NONE] * (6 + by_child))
    intervals = [_interval(row.icc)] + [_interval(row.icc_participants)] * by_child
    return (
        row.action,
        f"{row.both + row.first_only} ({row.first_events})",
        f"{row.both + row.second_only} ({row.second_events})",
        _or_none(row.icc.value),
        *intervals,
        _or_none(row.kappa.value),
        _or_none(row.positive.value),
    )


def _or_none(value: float | None) -> str:
    # No coefficient is above 1: its leading 0 says nothing.
    return _NONE if value is None else f"{value:.3f}".replace("0.", ".", 1)


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return _NONE
    return f"[{_or_none(estimate.low)}, {_or_none(estimate.high)}]"


def _estimate(estimate: Estimate) -> str:
    if estimate.value is None:
        return f"{_NONE} ({estimate.why})"
    value = _or_none(estimate.value)
    return value if estimate.low is None else f"{value} {_interval(estimate)}"


def disagreement_rows(found: Sequence[Disagreement]) -> list[tuple[str, ...]]:
    """Rows of a table: child, video, frames, action, and the code of each in words."""
    return [
        (
            entry.participant,
            entry.video,
            f"{entry.first_frame}"
            if entry.first_frame == entry.last_frame
            else f"{entry.first_frame}–{entry.last_frame}",
            str(action_of(entry.action)),
            action_of(entry.action).word(entry.first_code),
            action_of(entry.action).word(entry.second_code),
        )
        for entry in found
    ]


def write_disagreements(path: Path, found: Sequence[Disagreement], first: Source, second: Source) -> None:
    """Write runs of frames with different codes as CSV.

    Raises
    ------
    InvalidFileError
        If it cannot be written.
    """
    names = [entry.name for entry in fields(Disagreement)]
    rows = [
        {"first": first.label, "second": second.label} | {name: getattr(entry, name) for name in names}
        for entry in found
    ]
    write_rows(path, ["first", "second", *names], rows)


def write_actions(path: Path, found: PairAgreement, action: str | None) -> None:
    """Write all numbers of all actions (or of one) as CSV, a row for each action.

    Every estimate takes four columns: its value, ``_low`` and ``_high`` of the interval, and
    ``_why`` there is no value, or what is to be known of it.

    Raises
    ------
    InvalidFileError
        If it cannot be written.
    """
    rows = [
        {"first": found.first.label, "second": found.second.label, **_flat(row)}
        for row in found.actions
        if action is None or row.action == action
    ]
    names = dict.fromkeys(name for row in rows for name in row)
    write_rows(path, list(names), rows)


def _flat(row: ActionAgreement) -> dict[str, object]:
    flat: dict[str, object] = {}
    for entry in fields(row):
        value = getattr(row, entry.name)
        if isinstance(value, Estimate):
            flat |= {
                entry.name: value.value,
                f"{entry.name}_low": value.low,
                f"{entry.name}_high": value.high,
            }
            flat[f"{entry.name}_why"] = value.why or value.note
        elif entry.name == "events":
            for event in value:
                at = f"events_{event.tolerance_s:.3f}_s"
                flat |= {
                    f"{at}_matched": event.matched,
                    f"{at}_f1": event.f1.value,
                    f"{at}_why": event.f1.why,
                }
        elif entry.name == "warnings":
            flat["warnings"] = " ".join(value)
        elif entry.name != "sides":
            flat[entry.name] = value
    return flat


def safe_cell(value: object) -> object:
    """A value for a table file that a table program does not run, as it would what begins like a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def write_rows(path: Path, names: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows as CSV, columns in the order of the names.

    Raises
    ------
    InvalidFileError
        If it cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    try:
        write_whole(path, text.getvalue().encode("utf-8"))
    except OSError as error:
        raise InvalidFileError(
            f"{path} cannot be written ({error.strerror or error}): free some space or allow writing there."
        ) from error
