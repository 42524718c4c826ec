"""The report on suggestions as a document: what stands where, and what is said about it."""

from __future__ import annotations

from dataclasses import replace

from hrm_core.facs import action as action_of
from hrm_core.records.agreement import Estimate
from hrm_core.records.assistance_results import AssistanceReport, RaterAssistance, RunDrift
from hrm_core.records.detection_results import Comparison, DetectorQuality
from hrm_core.records.words import counted
from hrm_core.reporting import assistance_figures as figures
from hrm_core.reporting import assistance_tables as tables
from hrm_core.reporting import detection_tables
from hrm_core.reporting.assistance_methods import REFERENCES, methods_paragraphs
from hrm_core.reporting.content import ReportContent, date_line
from hrm_core.reporting.detection_figures import f1_figure
from hrm_core.reporting.detection_report import comparison_sentence
from hrm_core.reporting.document import Block, Bullets, Document, Figure, Paragraph, Section
from hrm_core.reporting.numbers import decimal, interval
from hrm_core.reporting.table import Column, Kind, Table, text_cell
from hrm_core.reporting.tidy_tables import HOW_MISSING, TidyTable, text_table, tidy_table

__all__ = ["assistance_content", "assistance_document"]

STEM, TITLE = "assistance", "What suggestions did to coding"


def assistance_content(report: AssistanceReport) -> ReportContent:
    """All that the formats need.

    Raises
    ------
    ValueError
        If the report has no coder.
    """
    if not report.raters:
        raise ValueError("a report needs at least one coder")
    return ReportContent(
        STEM,
        TITLE,
        report.study,
        report.synthetic,
        report.made_on,
        document=lambda: assistance_document(report),
        manuscript=lambda: tables.overview_table(report),
        tables=lambda: _for_programs(report),
        read_me=lambda: (
            *_points(report),
            *(text for _, text in _warnings(report)),
            HOW_MISSING,
            *methods_paragraphs(report),
            *_versions(report),
        ),
    )


def assistance_document(report: AssistanceReport) -> Document:
    """All that stands on the page and on paper, with its figures drawn."""
    sections = [_summary(report)]
    for number, one in enumerate(report.raters, 1):
        sections += _of_rater(report, one, f"coder-{number}")
    if report.drift:
        sections += _drift(report)
    sections += [
        Section("methods", "Methods", tuple(Paragraph(text) for text in methods_paragraphs(report))),
        Section("versions", "Versions", (Bullets(_versions(report)),), 2),
        Section("references", "References", (Bullets(REFERENCES),), 2),
    ]
    return Document(TITLE, report.study, report.synthetic, date_line(report.made_on), tuple(sections))


def _summary(report: AssistanceReport) -> Section:
    blocks: list[Block] = []
    if report.synthetic:
        blocks.append(
            Paragraph("Everything in this study is generated: synthetic data, no real child.", True)
        )
    blocks.append(Bullets(_points(report)))
    warnings = tuple(f"{who}: {text}" if who else text for who, text in _warnings(report))
    if warnings:
        blocks += [Paragraph("Before any number is used:"), Bullets(warnings, True)]
    blocks.append(tables.overview_table(report))
    facts = tuple(f"{name}: {text}" for name, text in report.facts.items())
    blocks += [Paragraph(f"The model, {report.run}:"), Bullets(facts)]
    return Section("summary", "Summary", tuple(blocks))


def _warnings(report: AssistanceReport) -> list[tuple[str, str]]:
    """Coder (empty: all) and sentence."""
    return [
        *(("", text) for text in report.warnings),
        *((one.rater, text) for one in report.raters for text in one.warnings),
    ]


def _points(report: AssistanceReport) -> tuple[str, ...]:
    points = []
    for one in report.raters:
        points += [text for text in (_saved(one), _leans(one), _found(report, one)) if text]
    rest = "a fit to codes of this study" if report.calibrated else "the thresholds of its model card"
    return (*points, f"Proposals of {report.run} rest on {rest}.")


def _saved(one: RaterAssistance) -> str:
    found = one.effort.difference
    if found is None or found.acts_ratio.value is None or found.seconds_ratio.value is None:
        return ""
    return (
        f"{one.rater}: an assisted frame took {100 * found.acts_ratio.value:.0f} % of the acts "
        f"{_percent(found.acts_ratio)}and {100 * found.seconds_ratio.value:.0f} % of the time "
        f"{_percent(found.seconds_ratio)}of a control frame."
    )


def _percent(value: Estimate) -> str:
    if value.low is None or value.high is None:
        return ""
    return f"[{100 * value.low:.0f}, {100 * value.high:.0f}] "


def _leans(one: RaterAssistance) -> str:
    bias = one.anchoring
    if bias is None or bias.overall.positive_difference.value is None:
        return ""
    found = bias.overall.positive_difference
    told = (
        f"{one.rater}: positive agreement with the model {decimal(bias.overall.assisted_positive or 0)} on "
        f"assisted and {decimal(bias.overall.control_positive or 0)} on control frames, difference "
        f"{decimal(found.value or 0)}"
    )
    if found.low is None or found.high is None:
        return f"{told}, without an interval."
    if found.low > 0:
        verdict = "codes lean towards the model where its suggestions are seen first"
    elif found.high < 0:
        verdict = "codes lean away from the model where its suggestions are seen first"
    else:
        verdict = "no leaning is shown, which does not show that there is none"
    return f"{told} {interval(found.low, found.high)}: {verdict}."


def _found(report: AssistanceReport, one: RaterAssistance) -> str:
    if one.model is None or one.model.quality.means[0].f1.value is None:
        return ""
    mean, quality = one.model.quality.means[0], one.model.quality
    bounds = ""
    if mean.f1.low is not None and mean.f1.high is not None:
        bounds = f" {interval(mean.f1.low, mean.f1.high)}"
    children = "1 child" if quality.participants == 1 else f"{quality.participants} children"
    return (
        f"{one.rater}: mean F1 of {report.run} is {decimal(mean.f1.value or 0)}{bounds} over "
        f"{counted(len(mean.actions), 'action')}, in {counted(quality.frames, 'frame')} of {children} that "
        "were coded without suggestions."
    )


# ---- one coder ---------------------------------------------------------------------------------


def _of_rater(report: AssistanceReport, one: RaterAssistance, name: str) -> list[Section]:
    head: list[Block] = [Bullets(tuple(filter(None, (_saved(one), _leans(one), _found(report, one)))))]
    if one.warnings:
        head.append(Bullets(one.warnings, True))
    return [
        Section(name, one.rater, tuple(head)),
        Section(f"{name}-effort", "Acts and time", _effort(report, one, name), 2),
        Section(f"{name}-anchoring", "Anchoring", _anchoring(report, one, name), 2),
        Section(f"{name}-acceptance", "Acts on suggestions", _acceptance(report, one, name), 2),
        Section(f"{name}-model", "The model against this coder", _model(report, one, name), 2),
    ]


def _shown(*blocks: Block | None) -> tuple[Block, ...]:
    return tuple(block for block in blocks if block is not None)


def _effort(report: AssistanceReport, one: RaterAssistance, name: str) -> tuple[Block, ...]:
    if not one.effort.conditions:
        return (Paragraph("No stay on a frame was logged."),)
    difference = tables.difference_table(report, one)
    return _shown(
        tables.effort_table(report, one),
        difference if difference.rows else None,
        figures.effort_figure(one, f"{name}-effort"),
    )


def _anchoring(report: AssistanceReport, one: RaterAssistance, name: str) -> tuple[Block, ...]:
    bias = one.anchoring
    if bias is None:
        return (Paragraph("There are not both control and assisted frames that are coded."),)
    return _shown(
        Paragraph(
            f"{counted(bias.control_frames, 'control frame')} in {bias.control_stretches} and "
            f"{counted(bias.assisted_frames, 'assisted frame')} in {bias.assisted_stretches} stretches of "
            f"{report.stretch_frames} frames, of {counted(bias.participants, 'participant')}. More agreement "
            "says that codes moved towards the model, not whether they became better or worse."
        ),
        figures.anchoring_figure(one, f"{name}-anchoring"),
        tables.anchoring_table(report, one),
        figures.followed_figure(one, f"{name}-followed"),
        replace(tables.followed_table(report, one), folded=True),
    )


def _acceptance(report: AssistanceReport, one: RaterAssistance, name: str) -> tuple[Block, ...]:
    if not one.acceptance.acts:
        return (Paragraph("Nothing was accepted, rejected or corrected."),)
    return _shown(figures.acceptance_figure(one, f"{name}-acceptance"), tables.acceptance_table(report, one))


def _model(report: AssistanceReport, one: RaterAssistance, name: str) -> tuple[Block, ...]:
    if one.model is None:
        return (
            Paragraph(
                "No frame was coded without suggestions of which the run says something, of a child that it "
                "did not learn from."
            ),
        )
    quality, level = one.model.quality, report.options.level
    calibration: Figure | None = figures.calibration_figure(
        report.run, quality.calibration, f"{name}-calibration"
    )
    return _shown(
        f1_figure(quality, f"{name}-f1"),
        detection_tables.figures_table(quality, level),
        tables.rates_table(report, one),
        calibration,
        detection_tables.calibration_table(quality),
        detection_tables.dropped_table(quality) if quality.dropped else Paragraph("No frame was left out."),
        Paragraph(_not_compared(quality)) if quality.not_compared else None,
    )


def _not_compared(quality: DetectorQuality) -> str:
    keys = [f"{entry.kind}{entry.label}" for entry in map(action_of, quality.not_compared)]
    return (
        "Actions that are not compared, as the model does not have them or the coder cannot judge them: "
        f"{', '.join(keys)}."
    )


# ---- drift -------------------------------------------------------------------------------------


def _drift(report: AssistanceReport) -> list[Section]:
    told = Paragraph(
        "This run beside earlier ones of the same family of models, on frames of which both say something. "
        "Who is shown other proposals after retraining works with another model: effort and anchoring of "
        "before do not carry over."
    )
    sections = [Section("drift", "Drift after retraining", (told,))]
    for number, one in enumerate(report.drift, 1):
        share = one.overall.changed / one.overall.decisions
        blocks: list[Block] = [
            Paragraph(
                f"{counted(one.frames, 'frame')} of {counted(one.recordings, 'recording')}: probabilities "
                f"changed by {decimal(one.overall.mean_change)} on average, {100 * share:.1f} % of the "
                "proposals changed."
            ),
            tables.drift_table(one),
        ]
        for rater, pair in one.comparisons:
            blocks.append(Paragraph(f"Against {rater}: {comparison_sentence(pair)}"))
            if pair.mean is not None:
                blocks.append(_compared(rater, pair, report.options.level))
        sections.append(Section(f"drift-{number}", tables.run_drift_name(one), tuple(blocks), 2))
    return sections


def _compared(rater: str, pair: Comparison, level: float) -> Table:
    made = detection_tables.comparison_table(pair, level)
    return replace(made, caption=f"F1 against {rater}: {made.caption}", folded=True)


# ---- for programs ------------------------------------------------------------------------------


def _for_programs(report: AssistanceReport) -> tuple[TidyTable, ...]:
    """All tables; those of single coders are put together, named in a first column."""
    level = report.options.level
    gathered: dict[str, list[Table]] = {}
    for one in report.raters:
        made = [
            tables.effort_table(report, one),
            tables.difference_table(report, one),
            tables.anchoring_table(report, one),
            tables.followed_table(report, one),
            tables.acceptance_table(report, one),
            tables.rates_table(report, one),
        ]
        if one.model is not None:
            quality = one.model.quality
            made += [
                detection_tables.figures_table(quality, level, bounds=True),
                detection_tables.calibration_table(quality),
                detection_tables.dropped_table(quality),
            ]
        for table in made:
            gathered.setdefault(table.name, []).append(_of(table, "rater", "Coder", one.rater))
    for drift in report.drift:
        runs = tables.run_drift_name(drift)
        gathered.setdefault("drift", []).append(_of(tables.drift_table(drift), "runs", "Runs", runs))
        for rater, pair in drift.comparisons:
            gathered.setdefault("comparison", []).append(_plain_comparison(drift, rater, pair, level))
    warnings = [(who or "all", text) for who, text in _warnings(report)]
    return (
        tidy_table([tables.overview_table(report)]),
        *(tidy_table(some, heads=2) for some in gathered.values()),
        text_table("warnings", "Warnings", ("rater", "warning"), warnings),
    )


def _plain_comparison(one: RunDrift, rater: str, pair: Comparison, level: float) -> Table:
    made = detection_tables.comparison_table(pair, level)
    columns = (made.columns[0], Column("newer", "F1 newer"), Column("older", "F1 older"), *made.columns[3:])
    plain = Table("comparison", "F1 of newer and older run", columns, made.rows, made.foot)
    return _of(_of(plain, "rater", "Coder", rater), "runs", "Runs", tables.run_drift_name(one))


def _of(table: Table, key: str, heading: str, name: str) -> Table:
    head = text_cell(name)
    return Table(
        table.name,
        table.caption,
        (Column(key, heading, Kind.TEXT), *table.columns),
        tuple((head, *row) for row in table.rows),
        tuple((head, *row) for row in table.foot),
    )


def _versions(report: AssistanceReport) -> tuple[str, ...]:
    return tuple(f"{name} {version}" for name, version in report.versions.items())
