"""The report of a group analysis as a document: what stands where, and what is said about it."""

from __future__ import annotations

from hrm_core.records.analysis_results import AnalysisReport, ParticipantTest
from hrm_core.records.words import counted
from hrm_core.reporting import analysis_figures as figures
from hrm_core.reporting import analysis_pattern_figures as pattern_figures
from hrm_core.reporting import analysis_pattern_tables as patterns
from hrm_core.reporting import analysis_tables as tables
from hrm_core.reporting.analysis_methods import REFERENCES, methods_paragraphs
from hrm_core.reporting.content import ReportContent, date_line
from hrm_core.reporting.document import Block, Bullets, Document, Paragraph, Section
from hrm_core.reporting.numbers import decimal, p_value
from hrm_core.reporting.table import Table
from hrm_core.reporting.tidy_tables import HOW_MISSING, TidyTable, text_table, tidy_table

__all__ = ["analysis_content", "analysis_document"]

STEM, TITLE = "analysis", "Group analysis"
_MOST_NAMED = 5
_CLEAR = 0.05
_NO_STRENGTH = "No strengths of actions are known, so onset, apex and offset cannot be told apart."


def analysis_content(report: AnalysisReport) -> ReportContent:
    """All that the formats need."""
    return ReportContent(
        STEM,
        TITLE,
        report.study,
        report.synthetic,
        report.made_on,
        document=lambda: analysis_document(report),
        manuscript=lambda: tables.differences_table(report, _expressions(report)),
        tables=lambda: _for_programs(report),
        read_me=lambda: (
            *_points(report),
            *report.warnings,
            *(f"{name}: {text}" for name, text in report.facts.items()),
            HOW_MISSING,
            *methods_paragraphs(report),
            *_versions(report),
        ),
    )


def analysis_document(report: AnalysisReport) -> Document:
    """All that stands on the page and on paper, with its figures drawn."""
    sections = [
        _summary(report),
        *_differences(report),
        *_sides(report),
        *_combinations(report),
        *_time_course(report),
        *_ratings(report),
        Section("methods", "Methods", tuple(Paragraph(text) for text in methods_paragraphs(report))),
        Section("versions", "Versions", (Bullets(_versions(report)),), 2),
        Section("references", "References", (Bullets(REFERENCES),), 2),
    ]
    return Document(TITLE, report.study, report.synthetic, date_line(report.made_on), tuple(sections))


def _expressions(report: AnalysisReport) -> tuple[str, ...]:
    """All frames and each expression, as they were tested."""
    return tuple(dict.fromkeys(test.expression for test in report.frame_tests))


def _shown(*blocks: Block | None) -> tuple[Block, ...]:
    """The blocks that there are; a table without rows is none."""
    return tuple(
        block for block in blocks if block is not None and not (isinstance(block, Table) and not block.rows)
    )


def _versions(report: AnalysisReport) -> tuple[str, ...]:
    return tuple(f"{name} {version}" for name, version in report.versions.items())


# ---- summary -------------------------------------------------------------------------------------


def _summary(report: AnalysisReport) -> Section:
    blocks: list[Block] = []
    if report.synthetic:
        blocks.append(
            Paragraph("Everything in this study is generated: synthetic data, no real child.", True)
        )
    blocks.append(Bullets(_points(report)))
    if report.warnings:
        blocks += [Paragraph("Before any number is used:"), Bullets(report.warnings, True)]
    blocks.append(tables.units_table(report))
    if report.facts:
        blocks.append(Bullets(tuple(f"{name}: {text}" for name, text in report.facts.items())))
    return Section("summary", "Summary", tuple(blocks))


def _points(report: AnalysisReport) -> tuple[str, ...]:
    points = [_found(report, expression) for expression in _expressions(report)]
    return (*points, *filter(None, (_rarefied(report), _foretold(report))))


def _found(report: AnalysisReport, expression: str) -> str:
    """How many actions differ by either test: the reason why two stand beside each other."""
    pairs = tables.paired_tests(report, expression)
    frames = sum(test.p_holm is not None and test.p_holm < _CLEAR for test, _ in pairs)
    clear = [test for _, test in pairs if test.p_holm is not None and test.p_holm < _CLEAR]
    tested = sum(tables.trusted_p(test) is not None for _, test in pairs)
    told = f"{tables.name_of(expression)}: "
    if not tested:
        return f"{told}not compared, as one of the groups has no such frame."
    if clear:
        named = ", ".join(_named(test) for test in clear[:_MOST_NAMED])
        more = f" and {len(clear) - _MOST_NAMED} more" if len(clear) > _MOST_NAMED else ""
        told += f"children differ in {len(clear)} of {counted(tested, 'action')} ({named}{more})"
    else:
        told += f"no difference between children is shown in any of {counted(tested, 'action')}"
    told += ", at p < .05 after Holm."
    if frames > len(clear):
        told += f" Taking frames for independent, as they are not, would call {frames} different."
    return told


def _named(test: ParticipantTest) -> str:
    p = p_value(test.p_holm or 0.0)
    return f"{figures.label_of(test.action)}, p {p if p[0] in '<>' else f'= {p}'}"


def _rarefied(report: AnalysisReport) -> str:
    whole = [one for one in report.combinations.rarefaction if not one.expression]
    if len(whole) != 2 or any(one.unique.value is None for one in whole):
        return ""
    told = " and ".join(f"{one.unique.value:,.1f} in {one.group}" for one in whole)
    return (
        f"In equally many frames ({whole[0].at:,}), {told} different combinations of actions are "
        "to be expected."
    )


def _foretold(report: AnalysisReport) -> str:
    found = report.ratings
    error, base = found.mean_absolute_error, found.baseline_error
    if not found.actions or error.value is None or base.value is None:
        return ""
    # Points can exceed 1, so they keep their zero.
    bounds = "" if error.low is None or error.high is None else f" [{error.low:.2f}, {error.high:.2f}]"
    no_better = " Actions foretell nothing here." if error.value >= base.value else ""
    return (
        f"From the actions in a clip, its mean rating in {found.session} is foretold with a mean error of "
        f"{error.value:.2f}{bounds} points; always saying the mean of the other children has one of "
        f"{base.value:.2f}.{no_better}"
    )


# ---- differences and sides -----------------------------------------------------------------------


def _differences(report: AnalysisReport) -> list[Section]:
    first, second = report.options.groups
    told = (
        Paragraph(
            f"How often each action occurs in {first} and in {second}. Each row has two p values. The one to "
            "rely on is that of children: it compares one number per child. The one of frames is "
            "printed because "
            "studies publish it; frames of one child follow each other closely and are no independent "
            "observations, so it calls differences significant that are not.",
        ),
    )
    sections = [Section("differences", "Differences between groups", told)]
    for expression in _expressions(report):
        name = f"differences-{expression or 'all'}"
        blocks = _shown(
            _by_rule(report, expression),
            figures.difference_figure(report, expression, name),
            tables.differences_table(report, (expression,)),
        )
        sections.append(Section(name, tables.name_of(expression), blocks, 2))
    mixed = tables.mixed_table(report)
    if mixed is not None:
        sections.append(Section("mixed-models", "Mixed-effects models", (mixed,), 2))
    return sections


def _by_rule(report: AnalysisReport, expression: str) -> Paragraph | None:
    """Which rows of an expression are no result, said before the reader meets them."""
    keys = report.required.get(expression, ())
    if not keys:
        return None
    named = ", ".join(figures.label_of(key) for key in keys)
    one_of = f"one of {named}" if len(keys) > 1 else named
    return Paragraph(
        f"Models' votes count as {expression} only in frames that show {one_of}. Such an action is there by "
        f"this rule (marked {figures.BY_RULE} in the figure): a difference in it between groups says little.",
        True,
    )


def _sides(report: AnalysisReport) -> list[Section]:
    blocks = _shown(tables.asymmetry_table(report))
    return [
        Section("sides", "Left and right", blocks or (Paragraph("No action was coded on one side only."),))
    ]


# ---- patterns ------------------------------------------------------------------------------------


def _combinations(report: AnalysisReport) -> list[Section]:
    found = report.combinations
    told: list[Block] = [
        Paragraph(
            "A combination is all actions that are present in one frame, left and right counted as different."
        )
    ]
    if found.dropped:
        told.append(
            Paragraph(
                f"{counted(found.dropped, 'frame')} in which an action could not be seen are left out here.",
                True,
            )
        )
    if found.unseen:
        never = ", ".join(figures.label_of(key) for key in found.unseen)
        told.append(Paragraph(f"In no combination, as this coder could never see them: {never}.", True))
    expressions = list(dict.fromkeys(row.expression for row in found.complexity))
    complexity = [
        pattern_figures.complexity_figure(report, expression, f"complexity-{expression or 'all'}")
        for expression in expressions
    ]
    parts = (
        ("complexity", "Complexity", (*complexity, patterns.complexity_table(report))),
        (
            "rarefaction",
            "Equal numbers of frames",
            (
                pattern_figures.rarefaction_figure(report, "rarefaction-curves"),
                patterns.rarefaction_table(report),
                patterns.entropy_table(report),
            ),
        ),
        ("top", "Most frequent combinations", (patterns.top_table(report),)),
        (
            "co-occurrence",
            "Actions that occur together",
            (pattern_figures.co_occurrence_figure(report, "lift"),),
        ),
        (
            "transitions",
            "What follows what",
            (pattern_figures.transition_figure(report, "changes"), patterns.transition_table(report)),
        ),
    )
    return [Section("combinations", "Combinations of actions", tuple(told)), *_sections(parts)]


def _sections(parts: tuple[tuple[str, str, tuple[Block | None, ...]], ...]) -> list[Section]:
    return [Section(name, title, _shown(*blocks), 2) for name, title, blocks in parts if _shown(*blocks)]


def _time_course(report: AnalysisReport) -> list[Section]:
    found = report.dynamics
    rise = patterns.phases_table(report)
    told: list[Block] = [
        Paragraph("An event is a run of consecutive coded frames in which an action is present.")
    ]
    if found.without_time:
        told.append(
            Paragraph(
                f"The time of {counted(found.without_time, 'frame')} is not known; recordings with "
                "such frames "
                "take no part.",
                True,
            )
        )
    parts = (
        (
            "events",
            "Events",
            (pattern_figures.dynamics_figure(report, "event-times"), patterns.dynamics_table(report)),
        ),
        ("phases", "Onset, apex and offset", (rise if rise.rows else Paragraph(_NO_STRENGTH),)),
        ("overlaps", "Events that overlap", (patterns.overlap_table(report),)),
        ("synchrony", "Both sides of an action", (patterns.synchrony_table(report),)),
    )
    return [Section("dynamics", "Time course", tuple(told)), *_sections(parts)]


def _ratings(report: AnalysisReport) -> list[Section]:
    found = report.ratings
    if not found.actions:
        return [Section("ratings", "Ratings", (Paragraph(found.why or "No ratings were explained."),))]
    children = "1 child" if found.children == 1 else f"{found.children} children"
    held_out = "" if found.r2 is None else f" R² on children that were held out: {decimal(found.r2, 2)}."
    clips = counted(found.clips, "rated clip")
    told = [Paragraph(f"{clips} of {children} in {found.session}. {_foretold(report)}{held_out}")]
    if found.note:
        told.append(Paragraph(found.note, True))
    blocks = (figures.importance_figure(report, "importance"), tables.importance_table(report))
    return [Section("ratings", "What goes with ratings", (*told, *_shown(*blocks)))]


# ---- for programs --------------------------------------------------------------------------------


def _for_programs(report: AnalysisReport) -> tuple[TidyTable, ...]:
    """All tables, with all rows and columns."""
    headed = (
        (tables.units_table(report), 2),
        (tables.differences_table(report, ("", *(one for one in _expressions(report) if one))), 2),
        (tables.frame_tests_table(report), 2),
        (tables.participant_tests_table(report), 2),
        (tables.mixed_table(report), 2),
        (tables.asymmetry_table(report), 2),
        (patterns.complexity_table(report), 3),
        (patterns.rarefaction_table(report), 2),
        (patterns.entropy_table(report), 2),
        (patterns.top_table(report), 3),
        (patterns.co_occurrence_table(report), 4),
        (patterns.transition_table(report), 3),
        (patterns.dynamics_table(report), 2),
        (patterns.phases_table(report), 2),
        (patterns.overlap_table(report), 3),
        (patterns.synchrony_table(report), 2),
        (tables.importance_table(report), 1),
    )
    return (
        *(tidy_table([table], heads=heads) for table, heads in headed if table is not None),
        text_table("warnings", "Warnings", ("warning",), [(text,) for text in report.warnings]),
    )
