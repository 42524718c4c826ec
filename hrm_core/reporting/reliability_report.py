"""The report of reliability as a document: what stands where, and what is said about it."""

from __future__ import annotations

from dataclasses import replace

from hrm_core.records.agreement import PairAgreement, ReliabilityReport, Source
from hrm_core.records.words import counted
from hrm_core.reporting import action_tables as by_action
from hrm_core.reporting import pair_tables as by_pair
from hrm_core.reporting.action_figures import (
    forest_plot,
    heat_map_of_pairs,
    heat_map_of_statistics,
    side_confusion,
)
from hrm_core.reporting.content import ReportContent, date_line
from hrm_core.reporting.document import Block, Bullets, Document, Figure, Paragraph, Section
from hrm_core.reporting.methods import REFERENCES, methods_paragraphs, version_points
from hrm_core.reporting.overview import averages_table, pair_name, summary_points, table_iii, warning_points
from hrm_core.reporting.table import Column, Kind, Table, text_cell
from hrm_core.reporting.tidy_tables import HOW_MISSING, TidyTable, text_table, tidy_table
from hrm_core.reporting.time_figures import drift_figure, timelines

__all__ = ["reliability_content", "reliability_document", "reliability_tables"]

STEM, TITLE = "reliability", "Reliability of FACS coding"


def reliability_content(report: ReliabilityReport) -> ReportContent:
    """All that the formats need.

    Raises
    ------
    ValueError
        If the report has no pair.
    """
    _require_pairs(report)
    return ReportContent(
        STEM,
        TITLE,
        report.study,
        report.synthetic,
        report.made_on,
        document=lambda: reliability_document(report),
        manuscript=lambda: table_iii(report),
        tables=lambda: _for_programs(report),
        read_me=lambda: (
            *summary_points(report),
            *warning_points(report),
            HOW_MISSING,
            *methods_paragraphs(report),
            *version_points(report),
        ),
    )


def reliability_document(report: ReliabilityReport) -> Document:
    """All that stands on the page and on paper, with its figures drawn.

    Raises
    ------
    ValueError
        If the report has no pair.
    """
    _require_pairs(report)
    sections = [_summary(report), _all_pairs(report)]
    for number, pair in enumerate(report.pairs, 1):
        sections.extend(_of_pair(report, pair, f"pair-{number}"))
    sections.extend(_methods(report))
    return Document(TITLE, report.study, report.synthetic, date_line(report.made_on), tuple(sections))


def reliability_tables(report: ReliabilityReport) -> tuple[tuple[tuple[Source, Source] | None, Table], ...]:
    """All tables for files; with the two sources where a table is of one pair.

    Raises
    ------
    ValueError
        If the report has no pair.
    """
    _require_pairs(report)
    tables: list[tuple[tuple[Source, Source] | None, Table]] = [
        (None, averages_table(report)),
        (None, table_iii(report)),
    ]
    for pair in report.pairs:
        for table in (*by_action.action_tables(pair, report.options), *by_pair.pair_tables(pair)):
            tables.append(((pair.first, pair.second), table))
    return tuple(tables)


def _for_programs(report: ReliabilityReport) -> tuple[TidyTable, ...]:
    """All tables; those of single pairs are put together, named in two first columns."""
    gathered: dict[str, list[Table]] = {}
    with_pair = set()
    for sources, table in reliability_tables(report):
        if sources is not None:
            with_pair.add(table.name)
            table = _with_pair(table, sources[0].label, sources[1].label)
        gathered.setdefault(table.name, []).append(table)
    warnings = [
        (pair.first.label, pair.second.label, text) for pair in report.pairs for text in pair.warnings
    ]
    return (
        *(tidy_table(tables, heads=3 if name in with_pair else 1) for name, tables in gathered.items()),
        replace(text_table("warnings", "Warnings", ("first", "second", "warning"), warnings), heads=3),
        text_table(
            "pairs_left_out",
            "Pairs that could not be compared",
            ("why",),
            [(text,) for text in report.left_out],
        ),
    )


def _with_pair(table: Table, first: str, second: str) -> Table:
    columns = (Column("first", "First", Kind.TEXT), Column("second", "Second", Kind.TEXT), *table.columns)
    head = (text_cell(first), text_cell(second))
    return Table(table.name, table.caption, columns, tuple((*head, *row) for row in table.rows))


def _require_pairs(report: ReliabilityReport) -> None:
    if not report.pairs:
        raise ValueError("a report needs at least one pair of codings")


def _summary(report: ReliabilityReport) -> Section:
    blocks: list[Block] = []
    if report.synthetic:
        blocks.append(
            Paragraph("Everything in this study is generated: synthetic data, no real child.", True)
        )
    blocks.append(Bullets(summary_points(report)))
    blocks.append(averages_table(report))
    if points := warning_points(report):
        blocks.append(Paragraph("Before any number is used:"))
        blocks.append(Bullets(points, warning=True))
    blocks.append(
        Paragraph(
            "Frames of one child are not independent. Trust the intervals that resample children; the "
            "classical ones, and p values, take every frame for independent and are far too sure."
        )
    )
    return Section("summary", "Summary", tuple(blocks))


def _all_pairs(report: ReliabilityReport) -> Section:
    blocks: list[Block] = [table_iii(report)]
    if len(report.pairs) > 1:
        blocks.append(heat_map_of_pairs(report, "pairs-heat"))
    return Section("all-pairs", "All pairs", tuple(blocks))


def _of_pair(report: ReliabilityReport, pair: PairAgreement, name: str) -> list[Section]:
    told = [
        Section(name, pair_name(pair), (*_extent(pair), by_pair.facs_table(pair))),
        _cautions(pair, name),
        Section(
            f"{name}-icc",
            "Intraclass correlation",
            (by_action.icc_table(pair, report.options), forest_plot(pair, f"{name}-forest")),
        ),
        Section(
            f"{name}-frames",
            "Agreement by frame",
            (
                by_action.counts_table(pair),
                by_action.chance_table(pair),
                by_action.reference_table(pair),
                heat_map_of_statistics(pair, f"{name}-heat"),
            ),
        ),
        Section(f"{name}-events", "Agreement by event", (by_action.events_table(pair),)),
        _sides(pair, name),
        _intensity(report, pair, name),
        _confusions(pair, name),
        _disagreements(pair, name),
        _drift(pair, name),
        _compared(pair, name),
    ]
    return told[:1] + [Section(entry.name, entry.title, entry.blocks, 2) for entry in told[1:]]


def _extent(pair: PairAgreement) -> tuple[Block, ...]:
    children = "1 child" if pair.participants == 1 else f"{pair.participants} children"
    told = (
        f"{pair.frames:,} frames of {children} in {counted(pair.segments, 'segment')} of "
        f"{counted(len(pair.recordings), 'recording')}."
    )
    blocks: list[Block] = [Paragraph(told)]
    if pair.warnings:
        blocks.append(Bullets(pair.warnings, warning=True))
    return tuple(blocks)


def _or_words(table: Table, words: str) -> tuple[Block, ...]:
    """The table, or words where it has no rows: an empty table reads like a fault."""
    return (table,) if table.rows else (Paragraph(words),)


def _cautions(pair: PairAgreement, name: str) -> Section:
    points = by_action.caution_points(pair)
    block = Bullets(points, warning=True) if points else Paragraph("No action needs a caution.")
    return Section(f"{name}-cautions", "Cautions", (block,))


def _sides(pair: PairAgreement, name: str) -> Section:
    table = by_action.sides_table(pair)
    blocks = _or_words(table, "In no frame that both scored did either name a side.")
    if figure := side_confusion(pair, f"{name}-sides-figure"):
        blocks = (*blocks, figure)
    return Section(f"{name}-sides", "Sides", blocks)


def _intensity(report: ReliabilityReport, pair: PairAgreement, name: str) -> Section:
    words = "In no frame did both tell the intensity of what they scored."
    blocks = (
        (by_action.intensity_table(pair, report.options),)
        if by_action.has_intensity(pair)
        else (Paragraph(words),)
    )
    return Section(f"{name}-intensity", "Intensity", blocks)


def _confusions(pair: PairAgreement, name: str) -> Section:
    words = "No action of one stands where the other has another."
    return Section(f"{name}-confusions", "Confusions", _or_words(by_pair.confusions_table(pair), words))


def _disagreements(pair: PairAgreement, name: str) -> Section:
    figures: tuple[Figure, ...] = timelines(pair, f"{name}-timeline")
    words = f"They differ in {counted(len(pair.disagreements), 'run')} of neighbouring frames."
    return Section(f"{name}-disagreements", "Where they differ", (Paragraph(words), *figures))


def _drift(pair: PairAgreement, name: str) -> Section:
    blocks = _or_words(by_pair.drift_table(pair), "It is not known when the frames were coded.")
    if figure := drift_figure(pair, f"{name}-drift-figure"):
        blocks = (*blocks, figure)
    return Section(f"{name}-drift", "Over time", blocks)


def _compared(pair: PairAgreement, name: str) -> Section:
    blocks = (
        *_or_words(by_pair.recordings_table(pair), "No recording was coded by both."),
        *_or_words(by_pair.dropped_table(pair), "No frame was left out."),
        *_or_words(by_pair.shifts_table(pair), "In no recording do the frame numbers look shifted."),
    )
    return Section(f"{name}-compared", "What was compared", blocks)


def _methods(report: ReliabilityReport) -> list[Section]:
    blocks: list[Block] = [Paragraph(text) for text in methods_paragraphs(report)]
    sections = [Section("methods", "Methods", tuple(blocks))]
    if versions := version_points(report):
        sections.append(Section("versions", "Versions", (Bullets(versions),), 2))
    sections.append(Section("references", "References", (Bullets(REFERENCES),), 2))
    return sections
