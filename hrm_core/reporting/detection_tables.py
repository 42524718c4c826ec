"""Tables of a report on detectors: Table VII, figures of each action, groups, comparisons."""

from __future__ import annotations

from hrm_core.facs import action as action_of
from hrm_core.records.agreement import Estimate
from hrm_core.records.detection_results import (
    ActionComparison,
    ActionDetection,
    Comparison,
    DetectionReport,
    DetectorMeans,
    DetectorQuality,
    FoldScore,
)
from hrm_core.records.words import counted
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

__all__ = [
    "calibration_table",
    "comparison_name",
    "comparison_table",
    "dropped_table",
    "figures_table",
    "gaps_table",
    "manuscript_table",
    "mean_name",
    "not_compared_table",
    "overview_table",
    "table_vii",
    "thresholds_table",
]

_FIGURES = (
    ("precision", "Precision", "Share of the frames said to show it in which it is coded"),
    ("recall", "Recall", "Share of the frames in which it is coded that are said to show it"),
    ("accuracy", "Accuracy", "Share of frames decided as coded"),
    ("auc", "AUC", "Area under the ROC curve"),
    ("average_precision", "AP", "Average precision"),
    ("calibration_error", "ECE", "Expected calibration error, 15 bins; 0 is best"),
    ("brier", "Brier", "Brier score; 0 is best"),
)
_IN_MEANS = ("accuracy", "auc", "average_precision", "calibration_error", "brier")
_EMPTY = Cell("", "")


def mean_name(means: DetectorMeans) -> str:
    """``"Mean of 22 actions"``, ``"Mean of 14 with 50 frames"``."""
    if means.least_positives <= 1:
        return f"Mean of {counted(len(means.actions), 'action')}"
    return f"Mean of {len(means.actions)} with {counted(means.least_positives, 'frame')}"


def overview_table(report: DetectionReport) -> Table:
    """One row for each source: its means."""
    first = report.sources[0].means[-1]
    many = f"{first.least_positives}+"
    columns = (
        Column("source", "Source", Kind.TEXT),
        Column("children", "Children", Kind.COUNT),
        Column("frames", "Frames", Kind.COUNT),
        Column("actions", "Actions", Kind.COUNT, "Actions in the mean: those coded in any frame"),
        Column("f1", "Mean F1"),
        Column("f1_interval", f"{100 * report.options.level:g} %", Kind.INTERVAL),
        Column(
            "actions_many", f"Actions {many}", Kind.COUNT, f"With {first.least_positives} positive frames"
        ),
        Column("f1_many", f"Mean F1 {many}"),
        Column("f1_many_interval", f"{100 * report.options.level:g} %", Kind.INTERVAL),
        Column("accuracy", "Mean accuracy"),
        Column("auc", "Mean AUC"),
        Column("average_precision", "Mean AP"),
        Column("calibration_error", "Mean ECE"),
    )
    return Table("sources", "Sources", columns, tuple(_overview_row(one) for one in report.sources))


def _overview_row(one: DetectorQuality) -> tuple[Cell, ...]:
    every, many = one.means
    return (
        text_cell(one.label),
        count_cell(one.participants),
        count_cell(one.frames),
        count_cell(len(every.actions)),
        ratio_cell(every.f1),
        interval_cell(every.f1),
        count_cell(len(many.actions)),
        ratio_cell(many.f1),
        interval_cell(many.f1),
        ratio_cell(every.accuracy),
        ratio_cell(every.auc),
        ratio_cell(every.average_precision),
        ratio_cell(every.calibration_error),
    )


def table_vii(one: DetectorQuality) -> Table:
    """F1 and accuracy of each action in each fold, and their means, as in the paper's Table VII."""
    several = len(one.folds) > 1
    heads = [(f"fold {name}", f"fold_{name}") for name in one.folds] if several else [("", "all")]
    columns = [Column("action", "Action", Kind.TEXT)]
    for words, key in (*heads, ("mean", "mean")) if several else heads:
        columns += [Column(f"f1_{key}", f"F1 {words}".strip())]
        columns += [Column(f"accuracy_{key}", f"Accuracy {words}".strip())]
    rows = tuple(_vii_row(entry, several=several) for entry in one.actions)
    feet = tuple(
        (text_cell(mean_name(means)), *_scores(means.folds, means, several=several)) for means in one.means
    )
    remarks = [
        "Only actions that are coded in some frame are in a mean, of F1 and of accuracy alike; the second "
        "mean "
        f"is over those coded in {one.means[-1].least_positives} frames or more."
    ]
    if several:
        remarks.append("Means of folds are over the folds in which an action is coded.")
    caption = f"{one.label}: F1 and accuracy" + (" in each fold" if several else "")
    return Table("table_vii", caption, tuple(columns), rows, feet, None, tuple(remarks))


def _vii_row(entry: ActionDetection, *, several: bool) -> tuple[Cell, ...]:
    return (action_cell(entry.action), *_scores(entry.folds, entry, several=several))


def _scores(
    folds: tuple[FoldScore, ...], row: ActionDetection | DetectorMeans, *, several: bool
) -> list[Cell]:
    cells = [ratio_cell(value) for fold in folds for value in (fold.f1, fold.accuracy)]
    return [*cells, ratio_cell(row.mean_f1), ratio_cell(row.mean_accuracy)] if several else cells


def manuscript_table(report: DetectionReport) -> Table:
    """Table VII with names of the actions; of several sources the means over folds, side by side."""
    if len(report.sources) == 1:
        made = table_vii(report.sources[0])
        return Table(
            made.name,
            made.caption,
            made.columns,
            tuple(map(_named, made.rows)),
            made.foot,
            remarks=made.remarks,
        )
    columns = [Column("action", "Action", Kind.TEXT)]
    for number, one in enumerate(report.sources, 1):
        columns += [
            Column(f"f1_{number}", f"F1 {one.label}"),
            Column(f"accuracy_{number}", f"Acc. {one.label}"),
        ]
    keys = dict.fromkeys(entry.action for one in report.sources for entry in one.actions)
    rows = tuple(
        _named((action_cell(key), *_side_by_side(report, key))) for key in _in_order(report, list(keys))
    )
    feet = tuple(
        (
            text_cell(
                "Mean" if place == 0 else f"Mean, {report.options.least_positives} positive frames or more"
            ),
            *(
                ratio_cell(value)
                for one in report.sources
                for value in (one.means[place].mean_f1, one.means[place].mean_accuracy)
            ),
        )
        for place in range(2)
    )
    remarks = (
        "Means over folds where a source has folds. Each mean is over the actions that its source has and "
        "that are coded, so means of different sources are not over the same actions.",
    )
    return Table("table_vii", "F1 and accuracy", tuple(columns), rows, feet, None, remarks)


def _in_order(report: DetectionReport, keys: list[str]) -> list[str]:
    """As the longest list of actions has them; others behind."""
    longest = max(report.sources, key=lambda one: len(one.actions))
    order = [entry.action for entry in longest.actions]
    return sorted(keys, key=lambda key: (order.index(key) if key in order else len(order), keys.index(key)))


def _side_by_side(report: DetectionReport, key: str) -> list[Cell]:
    cells = []
    for one in report.sources:
        entry = next((entry for entry in one.actions if entry.action == key), None)
        if entry is None:
            cells += [missing(f"{one.label} does not have it")] * 2
        else:
            cells += [ratio_cell(entry.mean_f1), ratio_cell(entry.mean_accuracy)]
    return cells


def _named(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
    head = row[0]
    name = action_of(str(head.value)).short
    return (Cell(f"{head.text} {name}", head.value, note=head.note), *row[1:])


def figures_table(one: DetectorQuality, level: float, *, bounds: bool = False) -> Table:
    """All figures of each action over all folds' frames; with `bounds` each with its interval."""
    about = f"{100 * level:g} %"
    columns = (
        Column("action", "Action", Kind.TEXT),
        Column("frames", "Frames", Kind.COUNT),
        Column("positives", "Coded", Kind.COUNT, "Frames in which it is coded"),
        Column("said", "Said", Kind.COUNT, "Frames in which it is said to be there"),
        Column("f1", "F1"),
        Column("f1_interval", about, Kind.INTERVAL, "Interval of F1 by resampling children"),
        *(
            column
            for key, heading, words in _FIGURES
            for column in (
                Column(key, heading, explained=words),
                *([Column(f"{key}_interval", about, Kind.INTERVAL)] if bounds else []),
            )
        ),
    )

    def rest(row: ActionDetection | DetectorMeans, keys: tuple[str, ...]) -> list[Cell]:
        cells: list[Cell] = []
        for key, _, _ in _FIGURES:
            pair = _with_interval(getattr(row, key)) if key in keys else (_EMPTY, _EMPTY)
            cells += pair if bounds else pair[:1]
        return cells

    rows = tuple(
        (
            action_cell(entry.action),
            count_cell(entry.frames),
            count_cell(entry.positives),
            count_cell(entry.said),
            *_with_interval(entry.f1),
            *rest(entry, tuple(key for key, _, _ in _FIGURES)),
        )
        for entry in one.actions
    )
    feet = tuple(
        (
            text_cell(mean_name(means)),
            *(_EMPTY,) * 3,
            *_with_interval(means.f1),
            *rest(means, _IN_MEANS),
        )
        for means in one.means
    )
    remarks = ("All frames together; intervals of the other figures are in the CSV and Excel files.",)
    return Table("figures", f"{one.label}: all figures", columns, rows, feet, None, remarks)


def _with_interval(value: Estimate) -> tuple[Cell, Cell]:
    return ratio_cell(value), interval_cell(value)


def gaps_table(one: DetectorQuality, level: float) -> Table:
    """Mean F1 of groups of children, and differences."""
    columns = (
        Column("attribute", "By", Kind.TEXT),
        Column("group", "Group", Kind.TEXT),
        Column("children", "Children", Kind.COUNT),
        Column("frames", "Frames", Kind.COUNT),
        Column("actions", "Actions", Kind.COUNT, "Actions in the mean: those that every group shows"),
        Column("f1", "Mean F1"),
        Column("interval", f"{100 * level:g} %", Kind.INTERVAL, "By resampling children"),
    )
    rows: list[tuple[Cell, ...]] = []
    for entry in one.gaps:
        for group in entry.groups:
            rows.append(
                (
                    text_cell(entry.attribute),
                    text_cell(group.name),
                    count_cell(group.participants),
                    count_cell(group.frames),
                    count_cell(entry.actions),
                    *_with_interval(group.f1),
                )
            )
        for first, second, value in entry.differences:
            rows.append(
                (
                    text_cell(entry.attribute),
                    text_cell(f"{first} minus {second}"),
                    _EMPTY,
                    _EMPTY,
                    count_cell(entry.actions),
                    *_with_interval(value),
                )
            )
    remarks = tuple(
        f"By {entry.attribute}: not known of {entry.unknown} of the children."
        for entry in one.gaps
        if entry.unknown
    )
    return Table("groups", f"{one.label}: groups of children", columns, tuple(rows), (), None, remarks)


def comparison_name(comparison: Comparison) -> str:
    """``"au-vit-hrm-1 minus OpenFace"``."""
    return f"{comparison.first} minus {comparison.second}"


def comparison_table(comparison: Comparison, level: float) -> Table:
    """F1 of two sources on the same frames."""
    columns = (
        Column("action", "Action", Kind.TEXT),
        Column("first", f"F1 {comparison.first}"),
        Column("second", f"F1 {comparison.second}"),
        Column("difference", "Difference"),
        Column("interval", f"{100 * level:g} %", Kind.INTERVAL, "Of the difference, by resampling children"),
        Column("p", "p", Kind.P),
        Column("p_adjusted", "p (Holm)", Kind.P, "Adjusted for the number of actions"),
    )
    rows = tuple(_compared(entry, action_cell(entry.action)) for entry in comparison.actions)
    mean = comparison.mean
    words = f"Mean of {counted(len(rows), 'action')}"
    feet = () if mean is None else (_compared(mean, text_cell(words)),)
    return Table("comparison", comparison_name(comparison), columns, rows, feet)


def _compared(entry: ActionComparison, head: Cell) -> tuple[Cell, ...]:
    why = entry.difference.why or next(
        (part for part in entry.difference.note.split("; ") if part.startswith("no interval")), ""
    )
    adjusted = p_cell(entry.p_adjusted, why) if entry.action else _EMPTY
    return (
        head,
        decimal_cell(entry.first, why),
        decimal_cell(entry.second, why),
        *_with_interval(entry.difference),
        p_cell(entry.p, why),
        adjusted,
    )


def thresholds_table(one: DetectorQuality) -> Table:
    """From which probability on each action counts as there."""
    number = max((len(entry.thresholds) for entry in one.actions), default=0)
    # Folds that were made for thresholds alone are not those of the source.
    names = one.folds if len(one.folds) == number else [str(place + 1) for place in range(number)]
    columns = [Column("action", "Action", Kind.TEXT)]
    for name in names:
        words = f"Fold {name}" if number > 1 else "Threshold"
        columns.append(Column(f"threshold_{name if number > 1 else 1}", words))
    rows = tuple(
        (action_cell(entry.action), *(decimal_cell(value) for value in entry.thresholds))
        for entry in one.actions
    )
    return Table("thresholds", f"{one.label}: thresholds", tuple(columns), rows, folded=True)


def calibration_table(one: DetectorQuality) -> Table:
    """Probabilities and what was coded, in bins."""
    columns = (
        Column("bin", "Probability from – to", Kind.TEXT),
        Column("decisions", "Decisions", Kind.COUNT, "Each action of each frame is one"),
        Column("probability", "Mean probability"),
        Column("share", "Share coded"),
    )
    bins = len(one.calibration)
    rows = tuple(
        (
            text_cell(f"{place / bins:.2f} – {(place + 1) / bins:.2f}"),
            count_cell(entry.decisions),
            decimal_cell(entry.probability, "no decision lies there"),
            decimal_cell(entry.share, "no decision lies there"),
        )
        for place, entry in enumerate(one.calibration)
    )
    return Table("calibration", f"{one.label}: calibration", columns, rows, folded=True)


def dropped_table(one: DetectorQuality) -> Table:
    """Frames that are not compared."""
    columns = (Column("why", "Not compared", Kind.TEXT), Column("frames", "Frames", Kind.COUNT))
    rows = tuple((text_cell(entry.why), count_cell(entry.frames)) for entry in one.dropped)
    return Table("dropped", f"{one.label}: frames that are not compared", columns, rows)


def not_compared_table(one: DetectorQuality) -> Table:
    """Actions that are not compared."""
    columns = (Column("action", "Action", Kind.TEXT), Column("why", "Why it is not compared", Kind.TEXT))
    rows = tuple((action_cell(key), text_cell(why)) for key, why in one.not_compared.items())
    return Table("not_compared", f"{one.label}: actions that are not compared", columns, rows, folded=True)
