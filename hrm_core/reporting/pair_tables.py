"""Tables of one pair about the whole: where it is, what was left out, what was confused, when."""

from __future__ import annotations

from hrm_core.facs import Code
from hrm_core.records.agreement import PairAgreement
from hrm_core.reporting.numbers import count
from hrm_core.reporting.table import (
    Column,
    Kind,
    Table,
    action_cell,
    count_cell,
    decimal_cell,
    interval_cell,
    ratio_cell,
    text_cell,
)

__all__ = ["facs_table", "pair_tables"]

_RECORDINGS_SHOWN = 40
_CONFUSIONS_SHOWN = 15

PARTICIPANT = Column("participant", "Child", Kind.TEXT)
VIDEO = Column("video", "Video", Kind.TEXT)
FRAMES = Column("frames", "Frames", Kind.COUNT)


def pair_tables(pair: PairAgreement) -> tuple[Table, ...]:
    """All tables of a pair that do not have actions as rows, in the order of the report."""
    return (
        facs_table(pair),
        drift_table(pair),
        confusions_table(pair),
        shifts_table(pair),
        recordings_table(pair),
        dropped_table(pair),
        disagreements_table(pair),
    )


def facs_table(pair: PairAgreement) -> Table:
    """The FACS index, and the call "not codable"."""
    columns = (
        Column("measure", "Measure", Kind.TEXT),
        Column("value", "Value"),
        Column("value_ci", "CI, participants", Kind.INTERVAL),
    )
    rows = tuple(
        (text_cell(name), ratio_cell(estimate), interval_cell(estimate))
        for name, estimate in (
            ("FACS agreement index, pooled over frames", pair.facs_index),
            ("FACS agreement index, mean over frames", pair.facs_mean),
            ("κ of the call “not codable”", pair.visibility),
        )
    )
    remarks = (
        "The FACS test is passed from .70 on. The index is not corrected for chance, and intensity and side "
        f"do not enter it; {count(pair.facs_undefined)} frames in which neither scored anything are in "
        "neither index.",
    )
    caption = f"Over all actions: {pair.first.label} and {pair.second.label}"
    return Table("overall", caption, columns, rows, remarks=remarks)


def drift_table(pair: PairAgreement) -> Table:
    """Agreement over time."""
    columns = (
        Column("period", "Time", Kind.TEXT),
        FRAMES,
        Column("kappa", "κ"),
        Column("kappa_ci", "CI", Kind.INTERVAL),
        Column("positive", "PA"),
        Column("positive_ci", "CI", Kind.INTERVAL),
    )
    rows = tuple(
        (
            text_cell(point.label),
            count_cell(point.frames),
            ratio_cell(point.kappa),
            interval_cell(point.kappa),
            ratio_cell(point.positive),
            interval_cell(point.positive),
        )
        for point in pair.drift
    )
    caption = f"Over time: {pair.first.label} and {pair.second.label}, all actions together"
    return _cut(Table("drift", caption, columns, rows), _RECORDINGS_SHOWN)


def confusions_table(pair: PairAgreement) -> Table:
    """Which action one has where the other alone has another."""
    columns = (
        Column("first_action", f"{pair.first.label} alone has", Kind.TEXT),
        Column("second_action", f"{pair.second.label} alone has", Kind.TEXT),
        FRAMES,
        Column("lift", "Lift", explained="times more often than by chance"),
    )
    rows = tuple(
        (
            action_cell(entry.first),
            action_cell(entry.second),
            count_cell(entry.frames),
            decimal_cell(entry.lift),
        )
        for entry in pair.confusions
    )
    remarks = ("Lift: how many times more often than if the two had nothing to do with one another.",)
    caption = f"Actions that {pair.first.label} and {pair.second.label} take for one another"
    return _cut(Table("confusions", caption, columns, rows, remarks=remarks), _CONFUSIONS_SHOWN)


def shifts_table(pair: PairAgreement) -> Table:
    """Recordings whose frame numbers look shifted."""
    columns = (
        PARTICIPANT,
        VIDEO,
        Column("shift", "Frames late", Kind.COUNT),
        Column("kappa", "κ as it is"),
        Column("kappa_moved", "κ if moved"),
    )
    rows = tuple(
        (
            text_cell(entry.participant),
            text_cell(entry.video),
            count_cell(entry.frames),
            decimal_cell(entry.kappa),
            decimal_cell(entry.kappa_moved),
        )
        for entry in pair.shifts
    )
    caption = f"Recordings in which {pair.second.label} looks shifted against {pair.first.label}"
    return Table("shifts", caption, columns, rows)


def recordings_table(pair: PairAgreement) -> Table:
    """What is compared."""
    columns = (PARTICIPANT, VIDEO, FRAMES, Column("segments", "Segments", Kind.COUNT))
    rows = tuple(
        (
            text_cell(part.participant),
            text_cell(part.video),
            count_cell(part.frames),
            count_cell(part.segments),
        )
        for part in pair.recordings
    )
    caption = f"Recordings compared: {pair.first.label} and {pair.second.label}"
    return _cut(Table("recordings", caption, columns, rows), _RECORDINGS_SHOWN)


def dropped_table(pair: PairAgreement) -> Table:
    """What is not compared, and why."""
    columns = (Column("why", "Why", Kind.TEXT), FRAMES)
    rows = tuple((text_cell(entry.why), count_cell(entry.frames)) for entry in pair.dropped)
    caption = f"Frames that are not compared: {pair.first.label} and {pair.second.label}"
    return Table("dropped", caption, columns, rows)


def disagreements_table(pair: PairAgreement) -> Table:
    """Every run of frames with different codes; for files only."""
    columns = (
        PARTICIPANT,
        VIDEO,
        Column("first_frame", "First frame", Kind.COUNT),
        Column("last_frame", "Last frame", Kind.COUNT),
        Column("action", "Action", Kind.TEXT),
        Column("first_code", f"Code of {pair.first.label}", Kind.TEXT),
        Column("second_code", f"Code of {pair.second.label}", Kind.TEXT),
    )
    rows = tuple(
        (
            text_cell(run.participant),
            text_cell(run.video),
            count_cell(run.first_frame),
            count_cell(run.last_frame),
            action_cell(run.action),
            text_cell(Code(run.first_code).word),
            text_cell(Code(run.second_code).word),
        )
        for run in pair.disagreements
    )
    return Table("disagreements", "Runs of frames with different codes", columns, rows, shown=0)


def _cut(table: Table, shown: int) -> Table:
    if len(table.rows) <= shown:
        return table
    remark = f"The first {shown} of {len(table.rows)} rows; the CSV and Excel files have all."
    return Table(
        table.name, table.caption, table.columns, table.rows, table.foot, shown, (*table.remarks, remark)
    )
