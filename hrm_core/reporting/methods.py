"""How it was measured, in words that a paper can take over, and the works to cite."""

from __future__ import annotations

from hrm_core.records.agreement import ReliabilityReport, Source, SourceKind
from hrm_core.records.words import counted
from hrm_core.reporting.numbers import seconds

__all__ = ["REFERENCES", "methods_paragraphs", "version_points"]

REFERENCES = (
    "Brennan, R. L., & Prediger, D. J. (1981). Coefficient kappa: Some uses, misuses, and alternatives. "
    "Educational and Psychological Measurement, 41, 687–699.",
    "Byrt, T., Bishop, J., & Carlin, J. B. (1993). Bias, prevalence and kappa. "
    "Journal of Clinical Epidemiology, 46, 423–429.",
    "Cicchetti, D. V., & Feinstein, A. R. (1990). High agreement but low kappa: II. Resolving the paradoxes. "
    "Journal of Clinical Epidemiology, 43, 551–558.",
    "Cohen, J. (1960). A coefficient of agreement for nominal scales. "
    "Educational and Psychological Measurement, 20, 37–46.",
    "Ekman, P., Friesen, W. V., & Hager, J. C. (2002). Facial Action Coding System: The manual. "
    "Salt Lake City: A Human Face.",
    "Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. "
    "Psychological Bulletin, 76, 378–382.",
    "Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high "
    "agreement. British Journal of Mathematical and Statistical Psychology, 61, 29–48.",
    "Koo, T. K., & Li, M. Y. (2016). A guideline of selecting and reporting intraclass correlation "
    "coefficients for reliability research. Journal of Chiropractic Medicine, 15, 155–163.",
    "Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. "
    "Annenberg School for Communication, University of Pennsylvania.",
    "McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients. "
    "Psychological Methods, 1, 30–46.",
    "Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations: Uses in assessing rater reliability. "
    "Psychological Bulletin, 86, 420–428.",
)
"""What the methods paragraphs cite, by name."""


def methods_paragraphs(report: ReliabilityReport) -> tuple[str, ...]:
    """Formulas in words, assumptions, and every setting that was used."""
    return (
        _what_was_compared(report),
        _icc(report),
        _uncertainty(report),
        _agreement(),
        _events(report),
        _rest(report),
    )


def version_points(report: ReliabilityReport) -> tuple[str, ...]:
    """Programs and their versions."""
    return tuple(f"{name} {version}" for name, version in report.versions.items())


def _what_was_compared(report: ReliabilityReport) -> str:
    sources = dict.fromkeys(source for pair in report.pairs for source in (pair.first, pair.second))
    told = "; ".join(_source(source) for source in sources)
    return (
        f"Codings compared: {told}. Only frames that both sources of a pair coded were compared; frames "
        "that a rater called not codable, or that were carried forward and never confirmed, are missing, "
        "not absent. What was left out is listed for every pair. An action counts as present whatever "
        "its side (codes 2–5 as 1), except where sides are studied. Left and right are the child's."
    )


def _source(source: Source) -> str:
    text = source.label
    if source.kind is SourceKind.THEN and source.at is not None:
        text += f" (codes as they stood at {source.at:%Y-%m-%d %H:%M} UTC)"
    elif source.kind is SourceKind.RATER:
        text += " (rater)"
    elif source.kind is SourceKind.TOOL:
        text += " (imported output of a program)"
    elif source.kind is SourceKind.MODEL:
        text += f" (model run {source.name})"
    if source.threshold is not None:
        text += f", present from a probability of {source.threshold:g}"
    return text


def _icc(report: ReliabilityReport) -> str:
    return (
        "ICC(3,1) is the intraclass correlation for consistency of single ratings in a two-way mixed model "
        "(Shrout & Fleiss, 1979; McGraw & Wong, 1996): (MSR − MSE) / (MSR + (k − 1) MSE), with MSR the mean "
        "square between frames, MSE the residual mean square, and k = 2. For two sources it equals twice the "
        "covariance divided by the sum of the variances. It is tested by F = MSR / MSE. ICC(2,1) stands "
        "beside it because consistency forgives a source that scores an action systematically more often. "
        "Negative values are printed as they are. Lines at .50, .75 and .90 (Koo & Li, 2016) are a help for "
        "the eye; they were not made for binary frames, and no label of goodness is drawn from them."
    )


def _uncertainty(report: ReliabilityReport) -> str:
    options = report.options
    percent = f"{options.level * 100:g} %"
    text = (
        f"Intervals and p values of the classical formulas are printed ({percent}) only because other "
        "studies print them. They fail here for two reasons. Neighbouring frames, and frames of one child, "
        "resemble one another (autocorrelation) and are not independent, as the formulas assume: the "
        "intervals are far too narrow. And the formulas take scores for normally distributed, which presence "
        "or absence is not, least of all where an action is rare: even with independent frames they would "
        "not hold. "
        "The intervals on intensity are of this kind. "
    )
    effective = (
        "The effective number of frames says how many independent frames would tell as much of the share of "
        "frames that agree: it is about the series, frame by frame, of 1 where both say the same of the "
        "action and 0 where not, and not about ICC. It is not given where an action is too rare to judge: "
        "there it would count frames without the action."
    )
    if not options.replicates:
        return f"{text}No bootstrap was run. {effective}"
    return text + (
        "The intervals to rely on come from a cluster bootstrap: whole children, or whole segments, are "
        f"drawn with replacement {options.replicates:,} times (seed {options.seed}), their sums are added "
        f"up and the coefficient is computed anew; the interval is that of the percentiles ({percent}). "
        "Where leaving out a single child (or segment) leaves no value, there is no interval: nothing then "
        f"tells how others would do. {effective}"
    )


def _agreement() -> str:
    return (
        "With n11, n10, n01 and n00 frames in which both, only the first, only the second and neither source "
        "scored the action: agreement is (n11 + n00) / n; specific agreement on presence PA is "
        "2 n11 / (2 n11 + n10 + n01), which equals F1, and on absence NA 2 n00 / (2 n00 + n10 + n01) "
        "(Cicchetti & Feinstein, 1990). Cohen's kappa is (Po − Pe) / (1 − Pe) with the chance agreement "
        "Pe of each source's own base rate (Cohen, 1960), and κ max the most that the two base rates allow; "
        "PABAK is 2 Po − 1 (Brennan & Prediger, 1981; "
        "Byrt et al., 1993); AC1 takes Pe from the mean base rate (Gwet, 2008); alpha is 1 − Do / De "
        "(Krippendorff, 2011), which for two sources without gaps is close to the kappa of Fleiss "
        "(1971). The bias index is (n10 − n01) / n. Precision, recall, F1 and the Matthews correlation "
        "take the first source as the reference. No single one of them is honest where an action is "
        "rare: the four counts stand beside them."
    )


def _events(report: ReliabilityReport) -> str:
    options = report.options
    times = ", ".join(f"{seconds(tolerance)} s" for tolerance in options.tolerances_s)
    bridged = (
        f"gaps of up to {counted(options.gap_frames, 'frame')} were bridged"
        if options.gap_frames
        else ("no gap was bridged")
    )
    short = f"events of fewer than {counted(options.shortest_frames, 'frame')} were left out"
    if options.shortest_frames <= 1:
        short = "no event was too short to count"
    return (
        "An event is a run of frames with the action present within a segment; a frame that is missing or "
        f"left out ends it; {bridged}, and {short}. "
        "Events of two sources were matched one to one where their onsets lie no further apart than the "
        f"tolerance ({times}). Overlap is the mean intersection over union in time of events that belong "
        "together. The FACS agreement index is twice the number of actions scored by both, divided by "
        "the sum of the numbers that each of the two scored (Ekman, Friesen & Hager, 2002, with a pass "
        "mark of .70), pooled over frames and as a mean over frames; frames in which neither scored any "
        "action are in neither."
    )


def _rest(report: ReliabilityReport) -> str:
    options = report.options
    when = ", a frame belonging to the month in which its later coding was last changed" * options.by_month
    if options.replicates:
        when += "; its intervals resample segments"
    period = "month of coding, or of a recording where it is not known," if options.by_month else "recording"
    return (
        f"An action with fewer than {counted(options.rare_frames, 'frame')} or "
        f"{counted(options.rare_events, 'event')} by either source is marked as too rare to judge. A "
        "value that is not defined is printed n/a with its reason and enters no average. Averages are of "
        "ICC(3,1) over the actions that have one: the arithmetic mean, the median, the mean by Fisher's "
        "z, and the mean weighted by occurrence differ, so each says which it is. Where one source never, "
        "or always, scored an action that the other scored at times, its ICC is 0 by definition and enters "
        "them; these actions are named beside the averages. A shift of frame "
        f"numbers was looked for up to {counted(options.widest_shift, 'frame')} either way. Agreement "
        f"over time puts all actions of all frames of a {period} together{when}."
    )
