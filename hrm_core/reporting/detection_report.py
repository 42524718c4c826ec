"""The report on detectors as a document: what stands where, and what is said about it."""

from __future__ import annotations

from hrm_core.records.detection_results import Comparison, DetectionOptions, DetectionReport, DetectorQuality
from hrm_core.records.words import counted
from hrm_core.reporting import detection_tables as tables
from hrm_core.reporting.content import ReportContent, date_line
from hrm_core.reporting.detection_figures import calibration_figure, f1_figure
from hrm_core.reporting.document import Block, Bullets, Document, Paragraph, Section
from hrm_core.reporting.numbers import decimal, interval, p_value
from hrm_core.reporting.table import Column, Kind, Table, text_cell
from hrm_core.reporting.tidy_tables import HOW_MISSING, TidyTable, text_table, tidy_table

__all__ = ["comparison_sentence", "detection_content", "detection_document"]

STEM, TITLE = "detection", "Detection of facial actions"

FOR_WHOM = (
    "For methodologists: groups of children are told apart here, so this report is not for raters who are to "
    "stay blind. No child is named in it."
)

REFERENCES = (
    "Brier, G. W. (1950). Verification of forecasts expressed in terms of probability. "
    "Monthly Weather Review, 78, 1–3.",
    "Davison, A. C., & Hinkley, D. V. (1997). Bootstrap methods and their application. "
    "Cambridge University Press.",
    "Guo, C., Pleiss, G., Sun, Y., & Weinberger, K. Q. (2017). On calibration of modern neural networks. "
    "Proceedings of ICML.",
    "Hanley, J. A., & McNeil, B. J. (1982). The meaning and use of the area under a receiver operating "
    "characteristic (ROC) curve. Radiology, 143, 29–36.",
    "Naeini, M. P., Cooper, G. F., & Hauskrecht, M. (2015). Obtaining well calibrated probabilities using "
    "Bayesian binning. Proceedings of AAAI.",
)

_MEASURES = (
    "F1 = 2TP / (2TP + FP + FN), precision = TP / (TP + FP), recall = TP / (TP + FN), and accuracy = (TP + "
    "TN) / (TP + FP + FN + TN), which for rare actions is high for a source that never says anything. Where "
    "no frame is coded with an action, it has no figure at all, whatever is said there; where frames are "
    "coded and none is found, F1 is 0. AUC is the chance that a frame in which an action is coded has a "
    "higher probability than one in which it is not, ties counting half (Hanley & McNeil, 1982). Average "
    "precision is Σ (R_n − R_{n−1}) P_n over all thresholds, without interpolation. ECE is the mean over 15 "
    "bins of equal width, weighted by their frames, of the difference between mean probability and share "
    "coded (Naeini et al., 2015; Guo et al., 2017), for the probability of being there. The Brier score is "
    "the mean squared difference of probability and code (Brier, 1950)."
)

_TUNED = (
    "Thresholds were tuned by action and fold on what was said of the children of the other folds: the "
    "highest F1 there, halfway to the next lower probability. No frame of a fold was looked at for its own "
    "thresholds. Where a source was trained in folds, its own are used; the networks that spoke of those "
    "other children were trained on this fold's children, but no threshold was. AUC, average precision, ECE "
    "and Brier score do not depend on thresholds."
)


def detection_content(report: DetectionReport) -> ReportContent:
    """All that the formats need.

    Raises
    ------
    ValueError
        If the report has no source.
    """
    if not report.sources:
        raise ValueError("a report needs at least one source")
    return ReportContent(
        STEM,
        TITLE,
        report.study,
        report.synthetic,
        report.made_on,
        document=lambda: detection_document(report),
        manuscript=lambda: tables.manuscript_table(report),
        tables=lambda: _for_programs(report),
        read_me=lambda: (FOR_WHOM, *_points(report), HOW_MISSING, *_methods(report), *_versions(report)),
    )


def detection_document(report: DetectionReport) -> Document:
    """All that stands on the page and on paper, with its figures drawn."""
    sections = [_summary(report)]
    if report.comparisons:
        sections += _comparisons(report)
    for number, one in enumerate(report.sources, 1):
        sections += _of_source(report, one, f"source-{number}")
    sections += [
        Section("methods", "Methods", tuple(Paragraph(text) for text in _methods(report))),
        Section("versions", "Versions", (Bullets(_versions(report)),), 2),
        Section("references", "References", (Bullets(REFERENCES),), 2),
    ]
    return Document(TITLE, report.study, report.synthetic, date_line(report.made_on), tuple(sections))


def comparison_sentence(comparison: Comparison) -> str:
    """Which of two sources is better, and how surely."""
    names = f"{comparison.first} and {comparison.second}"
    mean = comparison.mean
    if mean is None or mean.first is None or mean.second is None or mean.difference.value is None:
        return f"{names} cannot be compared: {comparison.why or 'no mean has a value'}."
    told = (
        f"{names} on the {counted(comparison.frames, 'frame')} and "
        f"{counted(len(comparison.actions), 'action')} "
        f"that both have: mean F1 {decimal(mean.first)} and {decimal(mean.second)}, difference "
        f"{decimal(mean.difference.value)}"
    )
    if mean.difference.low is None or mean.difference.high is None or mean.p is None:
        return f"{told}."
    p = p_value(mean.p)
    return (
        f"{told} {interval(mean.difference.low, mean.difference.high)}, p {p if p[0] in '<>' else f'= {p}'}."
    )


def _summary(report: DetectionReport) -> Section:
    blocks: list[Block] = []
    if report.synthetic:
        blocks.append(
            Paragraph("Everything in this study is generated: synthetic data, no real child.", True)
        )
    blocks += [Paragraph(FOR_WHOM, True), Bullets(_points(report)), tables.overview_table(report)]
    warnings = tuple(f"{one.label}: {text}" for one in report.sources for text in one.warnings)
    if warnings:
        blocks += [Paragraph("Before any number is used:"), Bullets(warnings, True)]
    if figure := calibration_figure(report, "calibration"):
        blocks.append(figure)
    return Section("summary", "Summary", tuple(blocks))


def _points(report: DetectionReport) -> tuple[str, ...]:
    points = [f"The codes of {report.rater} are taken for the truth."]
    for one in report.sources:
        many = one.means[-1]
        if many.f1.value is None:
            points.append(f"{one.label}: no action has {many.least_positives} positive frames or more.")
            continue
        bounds = ""
        if many.f1.low is not None and many.f1.high is not None:
            bounds = f" {interval(many.f1.low, many.f1.high)}"
        points.append(
            f"{one.label}: mean F1 {decimal(many.f1.value)}{bounds} over "
            f"{counted(len(many.actions), 'action')} "
            f"with {many.least_positives} positive frames or more, in {counted(one.frames, 'frame')} of "
            f"{'1 child' if one.participants == 1 else f'{one.participants} children'}."
        )
    return (*points, *(comparison_sentence(pair) for pair in report.comparisons))


def _comparisons(report: DetectionReport) -> list[Section]:
    told = Paragraph(
        "Two sources are compared on the frames and actions that both say something of, and in every "
        "resample "
        "on the same children."
    )
    sections = [Section("comparisons", "Comparisons", (told,))]
    for number, pair in enumerate(report.comparisons, 1):
        blocks: list[Block] = [Paragraph(comparison_sentence(pair))]
        if pair.mean is not None:
            blocks.append(tables.comparison_table(pair, report.options.level))
        sections.append(Section(f"comparison-{number}", tables.comparison_name(pair), tuple(blocks), 2))
    return sections


def _of_source(report: DetectionReport, one: DetectorQuality, name: str) -> list[Section]:
    level = report.options.level
    facts = tuple(f"{key}: {value}" for key, value in one.facts.items())
    head: list[Block] = [Bullets((*facts, one.how_thresholds))]
    if one.warnings:
        head.append(Bullets(one.warnings, True))
    sections = [
        Section(name, one.label, tuple(head)),
        Section(f"{name}-folds", "F1 and accuracy", (tables.table_vii(one), f1_figure(one, f"{name}-f1")), 2),
        Section(f"{name}-figures", "All figures", (tables.figures_table(one, level),), 2),
        Section(f"{name}-groups", "Groups of children", _groups(one, level), 2),
    ]
    more: list[Block] = []
    if any(entry.thresholds for entry in one.actions):
        more.append(tables.thresholds_table(one))
    if one.calibration:
        more.append(tables.calibration_table(one))
    more.append(tables.dropped_table(one) if one.dropped else Paragraph("No frame was left out."))
    if one.not_compared:
        more.append(tables.not_compared_table(one))
    return [*sections, Section(f"{name}-compared", "What was compared", tuple(more), 2)]


def _groups(one: DetectorQuality, level: float) -> tuple[Block, ...]:
    if not one.gaps:
        return (Paragraph("Neither group, sex nor age is known of these children."),)
    return (
        Paragraph(
            "Whether a source finds actions as well in one group of children as in another: mean F1 over the "
            "actions that every group shows. Groups also differ in how often they show an action, and F1 "
            "depends on that; a difference is a reason to look, not a verdict. With few children in a group "
            "its interval is too narrow."
        ),
        tables.gaps_table(one, level),
    )


def _for_programs(report: DetectionReport) -> tuple[TidyTable, ...]:
    """All tables; those of single sources are put together, named in a first column."""
    level = report.options.level
    gathered: dict[str, list[Table]] = {}
    for one in report.sources:
        for table in (
            _long_vii(one),
            tables.figures_table(one, level, bounds=True),
            tables.gaps_table(one, level),
            tables.thresholds_table(one),
            tables.calibration_table(one),
            tables.dropped_table(one),
            tables.not_compared_table(one),
        ):
            gathered.setdefault(table.name, []).append(_of(table, one.label))
    for pair in report.comparisons:
        table = tables.comparison_table(pair, level)
        columns = (
            table.columns[0],
            Column("first", "F1 first"),
            Column("second", "F1 second"),
            *table.columns[3:],
        )
        plain = Table(table.name, "Comparisons", columns, table.rows, table.foot)
        gathered.setdefault(table.name, []).append(_of(plain, tables.comparison_name(pair)))
    warnings = [(one.label, text) for one in report.sources for text in one.warnings]
    return (
        tidy_table([tables.overview_table(report)]),
        *(tidy_table(some, heads=2) for some in gathered.values()),
        text_table("warnings", "Warnings", ("source", "warning"), warnings),
    )


def _long_vii(one: DetectorQuality) -> Table:
    """Table VII with one row for each action and fold, which programs read more easily."""
    columns = (
        Column("action", "Action", Kind.TEXT),
        Column("fold", "Fold", Kind.TEXT),
        Column("f1", "F1"),
        Column("accuracy", "Accuracy"),
    )
    wide = tables.table_vii(one)
    folds = [*one.folds, "mean"] if len(one.folds) > 1 else list(one.folds)
    rows = [
        (row[0], text_cell(fold), row[1 + 2 * place], row[2 + 2 * place])
        for row in (*wide.rows, *wide.foot)
        for place, fold in enumerate(folds)
    ]
    return Table("table_vii", "F1 and accuracy in each fold", columns, tuple(rows))


def _of(table: Table, source: str) -> Table:
    columns = (Column("source", "Source", Kind.TEXT), *table.columns)
    head = text_cell(source)
    return Table(
        table.name,
        table.caption,
        columns,
        tuple((head, *row) for row in table.rows),
        tuple((head, *row) for row in table.foot),
    )


def _methods(report: DetectionReport) -> tuple[str, ...]:
    options = report.options
    tuned = any(one.tuned for one in report.sources)
    return (
        f"The codes of {report.rater} are taken for the truth; an action counts as there whatever its side. "
        "Compared are frames that were coded and of which the source says something; what was left out is "
        "counted. Frames of a source that was trained in folds are held out: the network that spoke of them "
        "was trained on other children. Of any other source it is not known here whether it learned from "
        "these children; if it did, its figures are too good.",
        _MEASURES,
        "A figure of an action is that of the compared frames of all children together, unless it stands "
        "under a fold or under the mean of folds. A mean over actions gives each the same weight; it is "
        "over all actions that are coded in any of these frames, or over those coded in "
        f"{options.least_positives} or more. The mean of folds is over the folds in which an action is "
        "coded; in a row of means these are averaged over actions. Means of groups are over the actions "
        "that every group of at least 2 children shows; ages are parted at their median.",
        _TUNED if tuned else "Thresholds are those of the sources; none was tuned.",
        _resampled(options) if options.replicates else "No intervals were asked for.",
    )


def _resampled(options: DetectionOptions) -> str:
    return (
        f"Intervals ({100 * options.level:g} %) lie between quantiles of {options.replicates:,} resamples of "
        f"whole children (seed {options.seed}); frames of one child are never taken for independent. In "
        "means over actions an action that no child of a resample shows keeps its figure, so that every "
        "resample averages the same actions. The p value of a difference is twice the smaller share of "
        "resamples on one side of 0 or at it, each share counted with one resample more (Davison & Hinkley, "
        "1997), and at least 2^(1 − n) with n children, the least that the signs of n differences can show. "
        "It is adjusted (Holm) for the actions of a comparison, but not for the number of comparisons."
    )


def _versions(report: DetectionReport) -> tuple[str, ...]:
    return tuple(f"{name} {version}" for name, version in report.versions.items())
