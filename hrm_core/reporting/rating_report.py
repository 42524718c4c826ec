"""The report of a session of ratings as a document: what stands where, and what is said about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hrm_core.records.agreement import Estimate
from hrm_core.records.rating_results import JudgeAgreement, JudgeResult, RatingResults
from hrm_core.records.words import counted
from hrm_core.reporting import rating_tables as tables
from hrm_core.reporting.content import ReportContent, date_line
from hrm_core.reporting.document import Block, Bullets, Document, Paragraph, Section
from hrm_core.reporting.numbers import count, decimal, interval
from hrm_core.reporting.rating_figures import answers_figure, clips_figure, standards_figure
from hrm_core.reporting.rating_methods import RATING_REFERENCES, rating_methods
from hrm_core.reporting.table import Table
from hrm_core.reporting.tidy_tables import HOW_MISSING, TidyTable, text_table, tidy_table
from hrm_core.stats.bootstrap import FEW_CLUSTERS

__all__ = ["rating_content", "rating_document"]

STEM, TITLE = "rating", "Ratings of atypicality"
_KEPT_TOGETHER = 20


def rating_content(results: RatingResults) -> ReportContent:
    """All that the formats need."""
    return ReportContent(
        STEM,
        TITLE,
        f"{results.study}, {results.session}",
        results.synthetic,
        results.made_on,
        document=lambda: rating_document(results),
        manuscript=lambda: tables.agreement_table(results),
        tables=lambda: _for_programs(results),
        read_me=lambda: (
            f"Question: {results.presentation.question}",
            *_summary_points(results),
            *results.warnings,
            *results.unblinded,
            *results.joined,
            HOW_MISSING,
            *rating_methods(results),
            *_versions(results),
        ),
    )


def rating_document(results: RatingResults) -> Document:
    """All that stands on the page and on paper, with its figures drawn."""
    sections = (
        _summary(results),
        _agreement(results),
        _judges(results),
        *_details_of_judges(results),
        _clips(results),
        _asked(results),
        *_blinding(results),
        *_methods(results),
    )
    sections = tuple(replace(section, blocks=tuple(map(_kept, section.blocks))) for section in sections)
    study = f"{results.study}, {results.session}"
    date = date_line(results.made_on)
    return Document(TITLE, study, results.synthetic, date, sections, ("report.css", "rating.css"))


def _kept(block: Block) -> Block:
    """Small tables are easier to read when paper does not break them."""
    if isinstance(block, Table) and len(block.on_paper) <= _KEPT_TOGETHER:
        return replace(block, together=True)
    return block


def _for_programs(results: RatingResults) -> tuple[TidyTable, ...]:
    heads = {"agreement": 2, "who_is_compared": 2}
    return (
        *(tidy_table([table], heads=heads.get(table.name, 1)) for table in tables.rating_tables(results)),
        text_table("warnings", "Warnings", ("warning",), [(text,) for text in results.warnings]),
        text_table(
            "unblinding", "Blinding that was lifted", ("what",), [(text,) for text in results.unblinded]
        ),
        text_table("joined", "Answers joined to children", ("what",), [(text,) for text in results.joined]),
    )


def _summary(results: RatingResults) -> Section:
    blocks: list[Block] = []
    if results.synthetic:
        blocks.append(
            Paragraph("Everything in this study is generated: synthetic data, no real child.", True)
        )
    blocks.append(Paragraph(f"“{results.presentation.question}”"))
    blocks.append(Bullets(_summary_points(results)))
    if results.warnings:
        blocks.append(Paragraph("Before any number is used:"))
        blocks.append(Bullets(results.warnings, warning=True))
    if any(len(group.judges) > 1 for group in results.agreements):
        blocks.append(Paragraph(_about_intervals(results)))
    return Section("summary", "Summary", tuple(blocks))


def _about_intervals(results: RatingResults) -> str:
    text = "Clips of one child are not independent. "
    if not results.replicates:
        return text + (
            "No children were resampled: the intervals that there are, and p values, take every clip for "
            "independent and are too sure."
        )
    if results.participants < FEW_CLUSTERS:
        text += (
            "The classical intervals, and p values, take every clip for independent; intervals that resample "
            "children need more children than there are here. Trust neither beyond the wider of the two."
        )
    else:
        text += (
            "Trust the intervals that resample children; the classical ones, and p values, take every clip "
            "for independent and are too sure."
        )
    return text + " Above, κ has its classical interval, the other numbers have those by children."


def _summary_points(results: RatingResults) -> tuple[str, ...]:
    return (
        _extent(results),
        *_who_was_blind(results),
        *_lifted(results),
        *(_told(results, group) for group in results.agreements if len(group.judges) > 1),
        *_compared(results),
    )


def _extent(results: RatingResults) -> str:
    rated = [clip for clip in results.clips if clip.mean is not None]
    judges = [judge for judge in results.judges if judge.rated]
    if not rated:
        return f"Nobody has rated a clip yet; {counted(len(results.judges), 'judge')} will."
    scale = f"a scale from 1{_named(results, 1)} to {results.points}{_named(results, results.points)}"
    return (
        f"{counted(len(judges), 'judge')} rated {tables.number_of_clips(len(rated))} "
        f"of {_children(results.participants)} on {scale}."
    )


def _named(results: RatingResults, point: int) -> str:
    words = tables.words_of(results, point)
    return f" ({words})" if words else ""


def _children(number: int) -> str:
    return "1 child" if number == 1 else f"{number} children"


def _who_was_blind(results: RatingResults) -> tuple[str, ...]:
    blind = [judge.name for judge in results.judges if judge.blind]
    others = [judge for judge in results.judges if not judge.blind]
    points = []
    if blind:
        points.append(f"Blind to the children and their groups: {', '.join(blind)}.")
    if others:
        points.append(f"Not blind: {'; '.join(map(_why, others))}.")
    return tuple(points)


def _lifted(results: RatingResults) -> tuple[str, ...]:
    """A judge who learned something is another thing than a coordinator who took the answers over."""
    where = "“Blinding that was lifted” says"
    points = []
    if results.unblinded:
        points.append(
            f"The blinding of judges was lifted {_times(results.unblinded)}; {where} whose, by whom and why."
        )
    if results.joined:
        points.append(
            f"Answers were joined to children by a coordinator {_times(results.joined)}; {where} by whom and "
            "for what."
        )
    return tuple(points)


def _times(entries: Sequence[str]) -> str:
    return "once" if len(entries) == 1 else f"{len(entries)} times"


def _why(judge: JudgeResult) -> str:
    return (
        f"{judge.name} ({judge.why_not_blind})" if judge.why_not_blind else f"{judge.name} (no reason given)"
    )


def _told(results: RatingResults, group: JudgeAgreement) -> str:
    in_alpha = tables.clips_of_alpha(results, group)
    on_more = "" if in_alpha == group.clips else f" on {count(in_alpha)} that two or more rated"
    parts = (
        f"Fleiss’ κ {_number(group.kappa)}",
        f"ICC(3,1) {_number(group.icc_single, group.icc_single_children)}",
        f"ICC(3,k) of their mean {_number(group.icc_average, group.icc_average_children)}",
        f"ordinal α {_number(group.alpha)}{on_more}",
    )
    who = f"{group.label[:1].upper()}{group.label[1:]} ({len(group.judges)})"
    return f"{who}, on {tables.number_of_clips(group.clips)} that all of them rated: {', '.join(parts)}."


def _number(found: Estimate, bounds: Estimate | None = None) -> str:
    bounds = bounds or found
    if found.value is None:
        return f"n/a ({found.why})" if found.why else "n/a"
    text = decimal(found.value)
    return (
        text if bounds.low is None or bounds.high is None else f"{text} {interval(bounds.low, bounds.high)}"
    )


def _compared(results: RatingResults) -> tuple[str, ...]:
    found = results.blind_comparison
    if found is None:
        return ()
    if found.difference.value is None:
        return (f"Judges who are not blind cannot be compared with those who are: {found.difference.why}.",)
    return (
        f"On {tables.number_of_clips(found.clips)} that both kinds rated, the mean of the judges who are not "
        f"blind minus that of those who are is {_number(found.difference)} points.",
    )


def _agreement(results: RatingResults) -> Section:
    if not any(len(group.judges) > 1 for group in results.agreements):
        words = "Fewer than two judges have rated: there is no agreement to measure."
        return Section("agreement", "Agreement", (Paragraph(words),))
    blocks = (
        tables.agreement_table(results),
        tables.panels_table(results),
        tables.kappa_table(results),
    )
    return Section("agreement", "Agreement", blocks)


def _judges(results: RatingResults) -> Section:
    blocks: list[Block] = [tables.judges_table(results)]
    if figure := answers_figure(results, "answers-figure"):
        blocks += [figure, tables.answers_table(results)]
    return Section("judges", "Judges", tuple(blocks))


def _details_of_judges(results: RatingResults) -> list[Section]:
    standards: list[Block] = [tables.standards_table(results)]
    if figure := standards_figure(results, "standards-figure"):
        standards.insert(0, figure)
    blind = tables.blind_table(results)
    words = "All judges are blind." if all(judge.blind for judge in results.judges) else "No judge is blind."
    repeated = any(judge.retest.clips for judge in results.judges)
    return [
        Section("standards", "Severity and drift", tuple(standards), 2),
        Section("blind", "Blind and not blind", (blind,) if blind.rows else (Paragraph(words),), 2),
        Section(
            "retest",
            "Test and retest",
            (tables.retest_table(results),) if repeated else (Paragraph("No clip was rated twice."),),
            2,
        ),
        Section("conduct", "How they answered", (_conduct(results),), 2),
    ]


def _conduct(results: RatingResults) -> Block:
    """An imported table tells answers alone: a table of zeros would read like a measurement."""
    if not tables.conduct_known(results):
        return Paragraph(
            "These ratings were imported: response times, replays and checks of attention are not known."
        )
    return tables.conduct_table(results)


def _clips(results: RatingResults) -> Section:
    figure = clips_figure(results, "clips-figure")
    if figure is None:
        return Section("clips", "Clips", (Paragraph("No clip has been rated."),))
    table = tables.paper_clips_table(results)
    words = f"The answers to all {count(len(results.clips))} clips are in the CSV and Excel files."
    return Section("clips", "Clips", (figure, Paragraph(words) if table is None else table))


def _asked(results: RatingResults) -> Section:
    question = results.presentation.question
    blocks: list[Block] = [Paragraph(f"“{question}”")]
    translations = results.presentation.question_translations
    blocks += [Paragraph(f"{language}: “{translations[language]}”") for language in sorted(translations)]
    blocks.append(tables.scale_table(results))
    plan = tables.plan_table(results)
    imported = "These ratings were imported: how clips were shown, and in which order, is not known."
    blocks.append(plan if plan.rows else Paragraph(imported))
    return Section("asked", "What was asked, and how", tuple(blocks))


def _blinding(results: RatingResults) -> list[Section]:
    """Who learned what, and when."""
    points = results.unblinded
    block: Block = Bullets(points) if points else Paragraph("No judge's blinding was lifted.")
    if results.order is None and not points:
        block = Paragraph("Of ratings that were imported it is not known whether a blinding was lifted.")
    blocks = [block]
    if results.joined:
        words = "Answers were joined to children by a coordinator, which no judge learns of by that:"
        blocks += [Paragraph(words), Bullets(results.joined)]
    return [Section("unblinding", "Blinding that was lifted", tuple(blocks), 2)]


def _methods(results: RatingResults) -> list[Section]:
    sections = [Section("methods", "Methods", tuple(map(Paragraph, rating_methods(results))))]
    if versions := _versions(results):
        sections.append(Section("versions", "Versions", (Bullets(versions),), 2))
    sections.append(Section("references", "References", (Bullets(RATING_REFERENCES),), 2))
    return sections


def _versions(results: RatingResults) -> tuple[str, ...]:
    return tuple(f"{name} {version}" for name, version in results.versions.items())
