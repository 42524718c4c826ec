"""Tables of one pair with a row for each action."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from hrm_core.facs import Code
from hrm_core.records.agreement import ActionAgreement, AgreementOptions, Estimate, PairAgreement
from hrm_core.reporting.numbers import count, seconds
from hrm_core.reporting.table import (
    Cell,
    Column,
    Kind,
    Table,
    action_cell,
    count_cell,
    decimal_cell,
    interval_cell,
    missing,
    p_cell,
    ratio_cell,
    text_cell,
)

__all__ = ["action_tables", "caution_points", "has_intensity", "has_sides"]

ACTION = Column("action", "Action", Kind.TEXT)

# Of the codes, those that name one side; 1 is both sides, or no side at all.
_ONE_SIDE = int(Code.LEFT)

_Field = tuple[Column, Callable[[ActionAgreement], Cell]]


def action_tables(pair: PairAgreement, options: AgreementOptions) -> tuple[Table, ...]:
    """All tables of a pair that have actions as rows, in the order of the report."""
    return (
        counts_table(pair),
        icc_table(pair, options),
        chance_table(pair),
        reference_table(pair),
        events_table(pair),
        sides_table(pair),
        side_counts_table(pair),
        intensity_table(pair, options),
        cautions_table(pair),
    )


def has_sides(row: ActionAgreement) -> bool:
    """Whether any frame that both score has a side."""
    return any(sum(codes[2:]) for codes in row.sides[1:]) or any(sum(codes[1:]) for codes in row.sides[2:])


def has_intensity(pair: PairAgreement) -> bool:
    """Whether both told the intensity of anything."""
    return any(row.intensity_frames for row in pair.actions)


def _table(
    name: str, caption: str, fields: list[_Field], pair: PairAgreement, remarks: tuple[str, ...] = ()
) -> Table:
    rows = tuple((action_cell(row.action), *(cell(row) for _, cell in fields)) for row in pair.actions)
    return Table(name, caption, (ACTION, *(column for column, _ in fields)), rows, remarks=remarks)


def _count(key: str, heading: str, value: Callable[[ActionAgreement], float | None], why: str = "") -> _Field:
    def cell(row: ActionAgreement) -> Cell:
        return count_cell(None if row.why else value(row), row.why or why)

    return Column(key, heading, Kind.COUNT), cell


def _ratio(
    key: str, heading: str, value: Callable[[ActionAgreement], Estimate], explained: str = ""
) -> _Field:
    return Column(key, heading, Kind.RATIO, explained), lambda row: ratio_cell(value(row), row.why)


def _interval(key: str, heading: str, value: Callable[[ActionAgreement], Estimate]) -> _Field:
    return Column(key, heading, Kind.INTERVAL), lambda row: interval_cell(value(row), row.why)


def counts_table(pair: PairAgreement) -> Table:
    """Frames and events, from which everything else follows."""
    one, two = pair.first.label, pair.second.label
    fields = [
        _count("frames", "Frames", lambda row: row.frames),
        _count("both", "Both (n11)", lambda row: row.both),
        _count("first_only", f"Only {one} (n10)", lambda row: row.first_only),
        _count("second_only", f"Only {two} (n01)", lambda row: row.second_only),
        _count("neither", "Neither (n00)", lambda row: row.neither),
        _count("first_events", f"Events of {one}", lambda row: row.first_events),
        _count("second_events", f"Events of {two}", lambda row: row.second_events),
        _ratio(
            "bias",
            "Bias index",
            lambda row: row.bias,
            f"how much more often {one} scores it, as a share of frames",
        ),
        (Column("effective_frames", "Effective frames", Kind.COUNT), _effective_frames),
    ]
    return _table(
        "counts",
        f"What {one} and {two} scored: frames and events",
        fields,
        pair,
        (
            "Effective frames: so many independent frames would tell as much of the share of frames that "
            "agree (of the series that is 1 where both say the same and 0 where not) as these neighbouring "
            "ones. They say nothing of ICC, and are not given where an action is too rare to judge.",
        ),
    )


def _effective_frames(row: ActionAgreement) -> Cell:
    if row.why or row.effective_frames is None:
        # Of a series that changes only rarity leaves the number out.
        changes = 0 < row.first_only + row.second_only < row.frames
        why = "too rare to judge" if changes else "they agree in every frame, or in none"
        return missing(row.why or why)
    # An estimate of a number of frames: decimals would look like knowledge.
    return Cell(count(round(row.effective_frames)), row.effective_frames)


def icc_table(pair: PairAgreement, options: AgreementOptions) -> Table:
    """ICC with all its intervals and its test."""
    percent = f"{options.level * 100:g} %"
    fields: list[_Field] = [
        _ratio("icc", "ICC(3,1)", lambda row: row.icc),
        _interval("icc_participants_ci", f"{percent} CI, participants", lambda row: row.icc_participants),
        _interval("icc_segments_ci", f"{percent} CI, segments", lambda row: row.icc_segments),
        _interval("icc_ci", f"{percent} CI, frames as if independent", lambda row: row.icc),
        # Where F is infinite, the note on ICC says so.
        (Column("f", "F"), lambda row: decimal_cell(row.f, row.why or row.icc.why or row.icc.note)),
        (Column("df1", "df1", Kind.COUNT), lambda row: count_cell(row.df1, row.why or row.icc.why)),
        (Column("df2", "df2", Kind.COUNT), lambda row: count_cell(row.df2, row.why or row.icc.why)),
        (Column("p", "p", Kind.P), lambda row: p_cell(row.p, row.why or row.icc.why)),
        _ratio("icc_agreement", "ICC(2,1)", lambda row: row.icc_agreement),
    ]
    return _table(
        "icc",
        f"Intraclass correlation of {pair.first.label} and {pair.second.label}",
        fields,
        pair,
        (
            "The interval over participants is the one to trust: frames of one child are not independent. "
            "The last interval, F and p take them for independent and are far too sure.",
        ),
    )


def chance_table(pair: PairAgreement) -> Table:
    """Agreement, with and without a correction for chance."""
    fields = [
        _ratio("kappa", "κ", lambda row: row.kappa, "Cohen's kappa"),
        _ratio("kappa_max", "κ max", lambda row: row.kappa_max, "the most that the two base rates allow"),
        _ratio("ac1", "AC1", lambda row: row.ac1, "Gwet's AC1"),
        _ratio("pabak", "PABAK", lambda row: row.pabak, "prevalence- and bias-adjusted kappa"),
        _ratio("alpha", "α", lambda row: row.alpha, "Krippendorff's alpha"),
        _ratio("percent", "Agreement", lambda row: row.percent, "share of frames that agree"),
        _ratio("positive", "PA", lambda row: row.positive, "specific agreement on presence"),
        _ratio("negative", "NA", lambda row: row.negative, "specific agreement on absence"),
    ]
    return _table(
        "agreement",
        f"Agreement of {pair.first.label} and {pair.second.label} by frame",
        fields,
        pair,
        (
            "κ: Cohen's kappa; κ max: the most that it could be with how often each scored the action; α: "
            "Krippendorff's alpha; PA and NA: specific agreement on presence and on absence. AC1 and PABAK "
            "stay high where an action is rare even if no frame of it is shared: "
            "read them beside PA.",
        ),
    )


def reference_table(pair: PairAgreement) -> Table:
    """The second source judged by the first."""
    fields = [
        _ratio("precision", "Precision", lambda row: row.precision),
        _ratio("recall", "Recall", lambda row: row.recall),
        _ratio("f1", "F1", lambda row: row.f1),
        _ratio("mcc", "MCC", lambda row: row.mcc, "Matthews correlation coefficient"),
    ]
    return _table(
        "against_first",
        f"{pair.second.label} with {pair.first.label} as the reference",
        fields,
        pair,
    )


def events_table(pair: PairAgreement) -> Table:
    """Agreement of events at each tolerance."""
    fields: list[_Field] = []
    tolerances = next((row.events for row in pair.actions if row.events), ())
    for place, entry in enumerate(tolerances):
        fields.extend(_event_fields(place, entry.tolerance_s))
    fields.append(
        _ratio("overlap", "Overlap", lambda row: row.overlap, "mean intersection over union in time")
    )
    return _table(
        "events",
        f"Events of {pair.first.label} and {pair.second.label} by tolerance of the onset",
        fields,
        pair,
        (
            f"P and R: precision and recall with {pair.first.label} as the reference. Overlap: mean "
            "intersection over union, in time, of events that belong together.",
        ),
    )


def _event_fields(place: int, tolerance_s: float) -> list[_Field]:
    within, name = f"{seconds(tolerance_s)} s", f"{tolerance_s:.3f}s".replace(".", "_")

    def estimate(name: str) -> Callable[[ActionAgreement], Cell]:
        def cell(row: ActionAgreement) -> Cell:
            if place >= len(row.events):
                return ratio_cell(Estimate(None), row.why)
            return ratio_cell(getattr(row.events[place], name), row.why)

        return cell

    def matched(row: ActionAgreement) -> Cell:
        known = not row.why and place < len(row.events)
        return count_cell(row.events[place].matched if known else None, row.why)

    return [
        (Column(f"matched_{name}", f"Matched, {within}", Kind.COUNT), matched),
        (Column(f"precision_{name}", f"P, {within}"), estimate("precision")),
        (Column(f"recall_{name}", f"R, {within}"), estimate("recall")),
        (Column(f"f1_{name}", f"F1, {within}"), estimate("f1")),
    ]


def sides_table(pair: PairAgreement) -> Table:
    """Whether both see an action on the same side; only actions that have sides."""
    columns = (
        ACTION,
        Column("both", "Frames with it by both", Kind.COUNT),
        Column("both_named", "Both named one side", Kind.COUNT),
        Column("same_side", "Same side", Kind.COUNT),
        Column("side_agreement", "Side agreement"),
        Column("side_agreement_ci", "CI, participants", Kind.INTERVAL),
    )
    rows = tuple(
        (
            action_cell(row.action),
            count_cell(row.both),
            count_cell(sum(sum(line[_ONE_SIDE:]) for line in row.sides[_ONE_SIDE:])),
            count_cell(sum(row.sides[code][code] for code in range(_ONE_SIDE, len(Code)))),
            _without_counts(ratio_cell(row.side_agreement, row.why)),
            interval_cell(row.side_agreement, row.why),
        )
        for row in pair.actions
        if has_sides(row)
    )
    caption = f"Sides, where {pair.first.label} and {pair.second.label} both score the action"
    remarks = (
        "Side agreement: frames with the same side, of those in which both named one (left, right, upper or "
        "lower). “Both sides” is also what is coded by who does not look at sides, so it does not enter.",
    )
    return Table("sides", caption, columns, rows, remarks=remarks)


def _without_counts(cell: Cell) -> Cell:
    """Without the note on the counts, which have columns of their own here."""
    kept = [part for part in cell.note.split("; ") if "both named a side" not in part]
    return replace(cell, note="; ".join(kept))


def side_counts_table(pair: PairAgreement) -> Table:
    """Frames by the codes of both: the figure of the sides as numbers."""
    columns = (
        ACTION,
        Column("first_code", f"Code of {pair.first.label}", Kind.TEXT),
        Column("second_code", f"Code of {pair.second.label}", Kind.TEXT),
        Column("frames", "Frames", Kind.COUNT),
    )
    rows = tuple(
        (
            action_cell(row.action),
            text_cell(Code(mine).word),
            text_cell(Code(theirs).word),
            count_cell(frames),
        )
        for row in pair.actions
        for mine, line in enumerate(row.sides)
        for theirs, frames in enumerate(line)
        if frames
    )
    return Table("side_counts", "Frames by the codes of both", columns, rows, shown=0)


def intensity_table(pair: PairAgreement, options: AgreementOptions) -> Table:
    """Agreement on intensity."""
    percent = f"{options.level * 100:g} %"
    fields = [
        _count("intensity_frames", "Frames", lambda row: row.intensity_frames),
        _ratio("intensity_icc", "ICC(3,1)", lambda row: row.intensity_icc),
        _interval(
            "intensity_icc_ci", f"{percent} CI, frames as if independent", lambda row: row.intensity_icc
        ),
        _ratio("intensity_kappa", "Weighted κ", lambda row: row.intensity_kappa, "quadratic weights"),
    ]
    return _table(
        "intensity",
        f"Intensity by {pair.first.label} and {pair.second.label}: 0 absent, 1–5 for A–E",
        fields,
        pair,
        ("Over the frames in which both told the intensity of whatever they scored; quadratic weights.",),
    )


def cautions_table(pair: PairAgreement) -> Table:
    """What a reader must know of each action; for files, on paper :func:`caution_points` says it."""
    columns = (ACTION, Column("caution", "Caution", Kind.TEXT))
    rows = tuple(
        (action_cell(row.action), text_cell(text)) for row in pair.actions for text in _cautions(row)
    )
    return Table(
        "cautions", f"Cautions on {pair.first.label} and {pair.second.label}", columns, rows, shown=0
    )


def caution_points(pair: PairAgreement) -> tuple[str, ...]:
    """What a reader must know, each thing said once with the actions that it is true of."""
    actions: dict[str, list[str]] = {}
    for row in pair.actions:
        for text in _cautions(row):
            actions.setdefault(text, []).append(action_cell(row.action).text)
    return tuple(_caution(text, keys) for text, keys in actions.items())


def _caution(text: str, keys: Sequence[str]) -> str:
    # Some sentences name their action themselves.
    return text if len(keys) == 1 and keys[0] in text else f"{', '.join(keys)}: {text}"


def _cautions(row: ActionAgreement) -> tuple[str, ...]:
    return (f"no figures, because {row.why}",) if row.why else row.warnings
