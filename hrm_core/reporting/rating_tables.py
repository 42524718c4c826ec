"""Tables of a session of ratings: agreement, the judges, the clips, and how they were asked."""

from __future__ import annotations

from hrm_core.records.agreement import Estimate
from hrm_core.records.rating_results import (
    FEWEST_FOR_DRIFT,
    FEWEST_TWICE,
    FEWEST_TWICE_FOR_COEFFICIENTS,
    JudgeAgreement,
    JudgeResult,
    RatingResults,
    Retest,
)
from hrm_core.reporting.numbers import count
from hrm_core.reporting.rating_plan_table import plan_table
from hrm_core.reporting.table import (
    Cell,
    Column,
    Kind,
    Table,
    count_cell,
    decimal_cell,
    interval_cell,
    missing,
    p_cell,
    ratio_cell,
    text_cell,
)

__all__ = [
    "CLIPS_PRINTED",
    "agreement_table",
    "answers_table",
    "blind_table",
    "clips_of_alpha",
    "clips_table",
    "conduct_known",
    "conduct_table",
    "judges_table",
    "kappa_table",
    "number_of_clips",
    "panels_table",
    "paper_clips_table",
    "plan_table",
    "rating_tables",
    "retest_table",
    "scale_table",
    "standards_table",
    "words_of",
]

CLIPS_PRINTED = 60
"""With more clips than this, single clips stand in the files only."""

_JUDGE = Column("judge", "Judge", Kind.TEXT)
# Nothing is missing where a column does not belong to a row.
_BLANK = Cell("", "")


def rating_tables(results: RatingResults) -> tuple[Table, ...]:
    """All tables, for files; there even where they are empty, so that no older one stays."""
    return (
        agreement_table(results),
        panels_table(results),
        kappa_table(results),
        judges_table(results),
        answers_table(results),
        standards_table(results),
        retest_table(results),
        conduct_table(results),
        blind_table(results),
        clips_table(results),
        scale_table(results),
        plan_table(results),
    )


def number_of_clips(number: int) -> str:
    """``"1 clip"``, ``"1,535 clips"``."""
    return f"{count(number)} clip" + ("" if number == 1 else "s")


def words_of(results: RatingResults, point: int) -> str:
    """Label of a point of the scale, the first being 1; empty where the ratings have no labels."""
    scale = results.presentation.scale
    return scale[point - 1].label if len(scale) == results.points else ""


def agreement_table(results: RatingResults) -> Table:
    """Every coefficient of every group of judges, with both kinds of intervals."""
    percent = f"CI ({results.level * 100:g} %)"
    columns = (
        Column("judges", "Judges", Kind.TEXT),
        Column("coefficient", "Coefficient", Kind.TEXT, narrow=True),
        Column("clips", "Clips", Kind.COUNT),
        Column("value", "Value"),
        Column("ci", percent, Kind.INTERVAL, explained="takes clips for independent"),
        Column("children_ci", f"{percent}, children", Kind.INTERVAL, explained="by resampling children"),
        Column("statistic", "z/F"),
        Column("df1", "df1", Kind.COUNT),
        Column("df2", "df2", Kind.COUNT),
        Column("p", "p", Kind.P),
    )
    rows = tuple(row for group in results.agreements for row in _coefficients(results, group))
    remarks = (
        "The first interval, z, F and p take clips for independent, which clips of one child are not; the "
        "interval by children resamples whole children. ICC(3,k) and ICC(2,k) are of the mean of the judges "
        "of the row, and that of all judges is the label of a clip; ICC(2,1) and ICC(2,k) do not forgive a "
        "judge who is stricter.",
        "Coefficients are of the clips that all judges of the row rated, Krippendorff’s α of those that two "
        "or more of them rated.",
    )
    return Table("agreement", "Agreement of the judges", columns, rows, remarks=remarks)


def _coefficients(results: RatingResults, group: JudgeAgreement) -> list[tuple[Cell, ...]]:
    head = text_cell(group.label)
    complete, in_alpha = count_cell(group.clips), count_cell(clips_of_alpha(results, group))
    nothing: tuple[Cell, ...] = (_BLANK,) * 4
    kappa_test = (_tested(group.kappa_z, group.kappa), _BLANK, _BLANK, p_cell(group.kappa_p, group.kappa.why))
    why = group.icc_single.why
    icc_test = (
        _tested(group.f, group.icc_single),
        count_cell(group.df1, why),
        count_cell(group.df2, why),
        p_cell(group.p, why),
    )

    def row(
        name: str, found: Estimate, children: Cell, test: tuple[Cell, ...], clips: Cell
    ) -> tuple[Cell, ...]:
        # Alpha has one interval only, and it resamples children.
        plain = _BLANK if found is group.alpha else interval_cell(found)
        return (head, text_cell(name), clips, ratio_cell(found), plain, children, *test)

    return [
        row("Fleiss’ κ", group.kappa, _BLANK, kappa_test, complete),
        row("ICC(3,1)", group.icc_single, interval_cell(group.icc_single_children), icc_test, complete),
        row("ICC(3,k)", group.icc_average, interval_cell(group.icc_average_children), nothing, complete),
        row("ICC(2,1)", group.icc_absolute, _BLANK, nothing, complete),
        row("ICC(2,k)", group.icc_absolute_average, _BLANK, nothing, complete),
        row("Krippendorff’s α", group.alpha, interval_cell(group.alpha), nothing, in_alpha),
    ]


def clips_of_alpha(results: RatingResults, group: JudgeAgreement) -> int:
    """Clips that two or more of the group rated."""
    places = [place for place, judge in enumerate(results.judges) if judge.name in group.judges]
    answers = [sum(clip.scores[place] is not None for place in places) for clip in results.clips]
    return sum(number > 1 for number in answers)


def _tested(value: float | None, found: Estimate) -> Cell:
    return decimal_cell(value, found.why or found.note)


def panels_table(results: RatingResults) -> Table:
    """Who the groups of judges are, and on what they are compared."""
    columns = (
        Column("panel", "Judges", Kind.TEXT),
        Column("names", "Who", Kind.TEXT),
        Column("judges", "How many", Kind.COUNT),
        Column("clips", "Complete clips", Kind.COUNT),
        Column("incomplete", "Incomplete clips", Kind.COUNT),
        Column("children", "Children", Kind.COUNT),
    )
    rows = tuple(
        (
            text_cell(group.label),
            text_cell(", ".join(group.judges)),
            count_cell(len(group.judges)),
            count_cell(group.clips),
            count_cell(group.incomplete),
            count_cell(group.participants),
        )
        for group in results.agreements
    )
    return Table("who_is_compared", "Who is compared", columns, rows)


def kappa_table(results: RatingResults) -> Table:
    """Fleiss' kappa of each point of the scale against all others."""
    columns = (
        Column("point", "Answer", Kind.TEXT),
        Column("label", "Meaning", Kind.TEXT),
        Column("answers", "Answers", Kind.COUNT),
        *(Column(f"kappa {group.label}", f"κ, {group.label}") for group in results.agreements),
    )
    rows = tuple(
        (
            text_cell(str(point)),
            text_cell(words_of(results, point)),
            count_cell(sum(judge.counts[point - 1] for judge in results.judges)),
            *(ratio_cell(group.kappa_by_point[point - 1]) for group in results.agreements),
        )
        for point in range(1, results.points + 1)
    )
    remarks = (
        "κ of a point is on whether a judge gave this answer or another one, on the clips that all judges of "
        "the column rated; the answers counted are those of all judges to all clips.",
    )
    return Table("kappa_by_answer", "Agreement by answer", columns, rows, remarks=remarks)


def judges_table(results: RatingResults) -> Table:
    """Who rated, how much, and whether blind."""
    columns = (
        _JUDGE,
        Column("blind", "Blind", Kind.TEXT, narrow=True),
        Column("why_not_blind", "Why not blind", Kind.TEXT),
        Column("planned", "Clips asked", Kind.COUNT),
        Column("rated", "Clips rated", Kind.COUNT),
        Column("mean", "Mean"),
        Column("sd", "SD"),
    )
    rows = tuple(
        (
            text_cell(judge.name),
            text_cell("yes" if judge.blind else "no"),
            text_cell(judge.why_not_blind),
            count_cell(judge.planned),
            count_cell(judge.rated),
            decimal_cell(judge.mean, "no clip was rated"),
            decimal_cell(judge.sd, "fewer than two clips were rated"),
        )
        for judge in results.judges
    )
    return Table("judges", "The judges", columns, rows)


def answers_table(results: RatingResults) -> Table:
    """How often each judge gave each answer."""
    columns = (
        _JUDGE,
        *(
            Column(f"answer_{point}", str(point), Kind.COUNT, words_of(results, point))
            for point in range(1, results.points + 1)
        ),
    )
    rows = tuple(
        (text_cell(judge.name), *(count_cell(number) for number in judge.counts)) for judge in results.judges
    )
    return Table("answers", "How often each answer was given", columns, rows)


def standards_table(results: RatingResults) -> Table:
    """Each judge beside the others."""
    kinds = (("severity", "Severity"), ("spread", "Spread"), ("correlation", "r"), ("order_effect", "Drift"))
    columns = (
        _JUDGE,
        *(
            column
            for key, heading in kinds
            for column in (Column(key, heading), Column(f"{key}_ci", "CI", Kind.INTERVAL))
        ),
    )
    rows = tuple(
        (
            text_cell(judge.name),
            *(cell for key, _ in kinds for cell in _with_interval(getattr(judge, key))),
        )
        for judge in results.judges
    )
    remarks = (
        "Severity: mean of own answers minus the mean of the other judges on the same clips, in points; "
        "above 0 finds clips more atypical than the others do. Spread: standard deviation of own answers "
        "over the mean standard deviation of the others; below 1 the judge keeps to the middle of the scale. "
        "r: Pearson correlation with the mean of the others. Drift: change of severity per 100 trials, in "
        f"points, not given with fewer than {FEWEST_FOR_DRIFT} trials. CI: by resampling children.",
    )
    return Table("standards", "Each judge beside the others", columns, rows, remarks=remarks)


def _with_interval(found: Estimate) -> tuple[Cell, Cell]:
    return ratio_cell(found), interval_cell(found)


def retest_table(results: RatingResults) -> Table:
    """Clips that a judge rated twice."""
    kinds = (
        ("same", "Same"),
        ("within_one", "Within 1"),
        ("kappa", "Weighted κ"),
        ("icc", "ICC(2,1)"),
        ("change", "Change"),
    )
    columns = (
        _JUDGE,
        Column("clips", "Clips", Kind.COUNT),
        *(
            column
            for key, heading in kinds
            for column in (Column(key, heading), Column(f"{key}_ci", "CI", Kind.INTERVAL))
        ),
    )
    rows = tuple(
        (
            text_cell(judge.name),
            count_cell(judge.retest.clips),
            *(cell for key, _ in kinds for cell in _with_interval(_of_retest(judge.retest, key))),
        )
        for judge in results.judges
    )
    remarks = (
        "Same, within 1: share of clips with the same answer, and with answers at most one point apart. "
        "Weighted κ: with quadratic weights. Change: mean of second minus first answer, in points. The CI of "
        "weighted κ and of ICC take clips for independent, the others resample children. With fewer than "
        f"{FEWEST_TWICE} clips rated twice none of these is given, with fewer than "
        f"{FEWEST_TWICE_FOR_COEFFICIENTS} neither κ nor ICC.",
    )
    return Table("test_retest", "Clips that a judge rated twice", columns, rows, remarks=remarks)


def _of_retest(retest: Retest, key: str) -> Estimate:
    found: Estimate = getattr(retest, key)
    return found


def conduct_known(results: RatingResults) -> bool:
    """Whether more than answers was written down; of an imported table, there is nothing else."""
    return results.order is not None or any(judge.response_s is not None for judge in results.judges)


def conduct_table(results: RatingResults) -> Table:
    """How each judge went through the session."""
    columns = (
        _JUDGE,
        Column("via", "Rated in", Kind.TEXT, narrow=True),
        Column("attention_right", "Checks passed", Kind.COUNT),
        Column("attention_asked", "Checks", Kind.COUNT),
        Column("response_q1_s", "Response Q1 (s)"),
        Column("response_median_s", "Median (s)"),
        Column("response_q3_s", "Q3 (s)"),
        Column("replays", "Replays", Kind.COUNT),
        Column("begun_again", "Begun again", Kind.COUNT),
        Column("taken_back", "Answers taken back", Kind.COUNT),
    )
    known = conduct_known(results)

    def counted(number: int) -> Cell:
        return count_cell(number) if known else missing("these ratings were imported")

    rows = tuple(
        (
            text_cell(judge.name),
            text_cell(" and ".join(judge.via)) if judge.via else missing("where is not known"),
            counted(judge.attention_right),
            counted(judge.attention_asked),
            *_response_cells(judge),
            counted(judge.replays),
            counted(judge.begun_again),
            counted(judge.taken_back),
        )
        for judge in results.judges
    )
    remarks = (
        "Rated in: the program's window, or a browser. Response: seconds from the end of the clip to the "
        "answer, below 0 where the answer was given before the end. "
        "Begun again: how often a clip that was interrupted (pause, page left, program ended) was "
        "shown from its beginning once more, which is no replay and cannot be a first impression.",
    )
    return Table("conduct", "How the judges answered", columns, rows, remarks=remarks)


def _response_cells(judge: JudgeResult) -> tuple[Cell, ...]:
    if judge.response_s is None:
        return (missing("response times were not measured"),) * 3
    return tuple(decimal_cell(value) for value in judge.response_s)


def blind_table(results: RatingResults) -> Table:
    """Judges who are not blind beside those who are; without rows if all are of one kind."""
    columns = (
        Column("not_blind", "Not blind", Kind.TEXT),
        Column("blind", "Blind", Kind.TEXT),
        Column("clips", "Clips", Kind.COUNT),
        Column("difference", "Difference"),
        Column("difference_ci", "CI", Kind.INTERVAL),
        Column("correlation", "r"),
        Column("correlation_ci", "CI", Kind.INTERVAL),
    )
    found = results.blind_comparison
    rows: tuple[tuple[Cell, ...], ...] = ()
    if found is not None:
        row = (
            text_cell(", ".join(found.not_blind)),
            text_cell(", ".join(found.blind)),
            count_cell(found.clips),
            *_with_interval(found.difference),
            *_with_interval(found.correlation),
        )
        rows = (row,)
    remarks = (
        "Difference: mean of the judges who are not blind minus mean of those who are, in points of the "
        "scale. r: Pearson correlation of the two means over clips. CI: by resampling children. Judges also "
        "differ as persons: a difference is no proof of what the knowledge did.",
    )
    return Table(
        "blind_and_not", "Judges who are not blind beside those who are", columns, rows, remarks=remarks
    )


def clips_table(results: RatingResults) -> Table:
    """Every clip with every answer, its mean, and that of the blind judges where others rated, too."""
    mixed = results.blind_comparison is not None
    columns = (
        Column("clip", "Clip", Kind.COUNT),
        *(Column(f"judge {judge.name}", judge.name, Kind.COUNT) for judge in results.judges),
        Column("mean", "Mean"),
        *([Column("mean_blind", "Blind mean")] if mixed else []),
        Column("sd", "SD"),
    )
    rows = tuple(
        (
            count_cell(clip.number),
            *(count_cell(score, "not rated") for score in clip.scores),
            decimal_cell(clip.mean, "nobody rated it"),
            *([decimal_cell(clip.mean_blind, "no blind judge rated it")] if mixed else []),
            decimal_cell(clip.sd, "fewer than two judges rated it"),
        )
        for clip in results.clips
    )
    remarks = (
        "Clips are numbered in a random order, the same for the session; which child one shows is not in "
        "this report.",
        *(("Mean: of all judges. Blind mean: of the judges who were blind alone.",) if mixed else ()),
    )
    return Table("clips", "The clips", columns, rows, remarks=remarks)


def paper_clips_table(results: RatingResults) -> Table | None:
    """The clips where they are few enough to print; on a page they are unfolded on request."""
    table = clips_table(results)
    if not table.rows or len(table.rows) > CLIPS_PRINTED:
        return None
    return Table(
        table.name,
        table.caption,
        table.columns,
        table.rows,
        remarks=table.remarks,
        folded=len(table.rows) > 12,
    )


def scale_table(results: RatingResults) -> Table:
    """The points of the scale with their labels in all languages."""
    scale = results.presentation.scale if words_of(results, 1) else ()
    languages = sorted({language for point in scale for language in point.translations})
    columns = (
        Column("point", "Answer", Kind.TEXT),
        Column("label", "Label", Kind.TEXT),
        *(Column(f"label {language}", f"Label ({language})", Kind.TEXT) for language in languages),
    )
    rows = tuple(
        (
            text_cell(str(number)),
            text_cell(words_of(results, number)),
            *(text_cell(scale[number - 1].translations.get(language, "")) for language in languages),
        )
        for number in range(1, results.points + 1)
    )
    return Table("scale", "The scale", columns, rows)
