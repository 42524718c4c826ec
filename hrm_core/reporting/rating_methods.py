"""How ratings were measured, in words that a paper can take over, and the works to cite."""

from __future__ import annotations

from hrm_core.records.rating_results import (
    FEWEST_FOR_DRIFT,
    FEWEST_TWICE,
    FEWEST_TWICE_FOR_COEFFICIENTS,
    RatingResults,
)

__all__ = ["RATING_REFERENCES", "rating_methods"]

RATING_REFERENCES = (
    "Cohen, J. (1968). Weighted kappa: Nominal scale agreement with provision for scaled disagreement or "
    "partial credit. Psychological Bulletin, 70, 213–220.",
    "Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. "
    "Psychological Bulletin, 76, 378–382.",
    "Fleiss, J. L., Cohen, J., & Everitt, B. S. (1969). Large sample standard errors of kappa and weighted "
    "kappa. Psychological Bulletin, 72, 323–327.",
    "Fleiss, J. L., Nee, J. C., & Landis, J. R. (1979). Large sample variance of kappa in the case of "
    "different sets of raters. Psychological Bulletin, 86, 974–977.",
    "Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high "
    "agreement. British Journal of Mathematical and Statistical Psychology, 61, 29–48.",
    "Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. "
    "Annenberg School for Communication, University of Pennsylvania.",
    "Landis, J. R., & Koch, G. G. (1977). The measurement of observer agreement for categorical data. "
    "Biometrics, 33, 159–174.",
    "McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients. "
    "Psychological Methods, 1, 30–46.",
    "Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations: Uses in assessing rater reliability. "
    "Psychological Bulletin, 86, 420–428.",
)
"""What the methods paragraphs cite, by name."""


def rating_methods(results: RatingResults) -> tuple[str, ...]:
    """Formulas in words, assumptions, and every setting that was used."""
    return (_answers(results), _kappa(), _icc(), _alpha(), _uncertainty(results), _judges())


def _answers(results: RatingResults) -> str:
    text = (
        f"Each judge answered on a scale from 1 to {results.points}. The label of a clip is the mean of the "
        "answers of all judges who rated it, also of those who are not blind; where there are both, the mean "
        "of the blind ones stands beside it. A judge's first answer to a clip that was shown twice counts; "
        "second answers serve test and retest alone, and practice and checks of attention count nowhere. "
    )
    if results.order is None:
        return text + (
            "The answers were imported: in which order clips were shown, how, and how fast judges answered "
            "is known only as far as this report says it."
        )
    return text + (
        "Judges saw clips under names that were random and different for every judge, in an order of their "
        "own, and neither group, code, recording nor the answers of others. Judges who knew of the children "
        "from elsewhere are named as not blind, and so is a judge whose blinding was lifted, with all "
        "answers, also those given before."
    )


def _kappa() -> str:
    return (
        "Fleiss' kappa is (P − Pe) / (1 − Pe), with P the mean over clips of the share of pairs of judges "
        "who gave the same answer and Pe the sum of the squared shares of the answers (Fleiss, 1971). It "
        "treats answers as names: 1 and 2 differ as much as 1 and 5. Kappa of a single answer is that of "
        "this answer against all others. z tests whether kappa is 0 (Fleiss, Nee, & Landis, 1979); "
        "the interval takes the standard error of Gwet (2008), which does not assume that, and Student's t "
        "with one degree of freedom less than clips."
    )


def _icc() -> str:
    return (
        "With MSR the mean square between clips, MSC between judges, MSE the residual, n clips and k judges: "
        "ICC(3,1) = (MSR − MSE) / (MSR + (k − 1) MSE) is the consistency of single answers and "
        "ICC(3,k) = (MSR − MSE) / MSR that of the mean of the k judges, with the judges fixed; "
        "ICC(2,1) = (MSR − MSE) / (MSR + (k − 1) MSE + k (MSC − MSE) / n) and "
        "ICC(2,k) = (MSR − MSE) / (MSR + (MSC − MSE) / n) are absolute agreement, for judges drawn from many "
        "(Shrout & Fleiss, 1979; McGraw & Wong, 1996). ICC(3,1) is tested by F = MSR / MSE, and the "
        "classical intervals are those of the F distribution. Negative values are printed as they are. An "
        "ICC depends on how much clips differ: the same judges reach a higher one on clips that differ more."
    )


def _alpha() -> str:
    return (
        "Krippendorff's alpha is 1 − Do / De with the ordinal distance, which counts how many answers lie "
        "between two ranks, and takes clips that only some judges rated (Krippendorff, 2011). Labels of "
        "goodness for such coefficients, as those of Landis and Koch (1977), are conventions without a "
        "foundation in data, and none is printed here."
    )


def _uncertainty(results: RatingResults) -> str:
    percent = f"{results.level * 100:g} %"
    text = (
        f"The first kind of intervals ({percent}) on kappa and ICC, and z, F and p, are classical: they take "
        "clips for independent. Clips of one child resemble one another, so these are too sure. ICC also "
        "takes answers for normally distributed, which a few points of a scale are not. "
    )
    if not results.replicates:
        return text + "No resampling was run, so that there are no intervals by children."
    return text + (
        "Intervals by children, also those on alpha and on the judges, come from a cluster bootstrap: whole "
        f"children are drawn with replacement {results.replicates:,} times (seed "
        f"{results.seed_of_intervals}) and the coefficient is computed anew; the interval is that of the "
        f"percentiles ({percent}). It says how other children would do, not other judges."
    )


def _judges() -> str:
    return (
        "A judge's severity is the mean of own answers minus the mean of the other judges on the same clips; "
        "spread the standard deviation of own answers over the mean of the other judges' standard deviations "
        "on the same clips; r the Pearson correlation with the mean of the others; and drift the slope of "
        "own answers minus the others' mean on the place in the order, per 100 trials: a drift that all "
        "judges share cannot be seen in it. Where a judge rated clips twice, agreement with oneself is the "
        "share of equal answers, kappa with quadratic weights (Cohen, 1968) and ICC(2,1), the latter two "
        "with classical intervals, that of kappa by Fleiss, Cohen, and Everitt (1969). Of few answers no "
        f"such numbers are given: drift takes {FEWEST_FOR_DRIFT} trials that another judge rated, too, "
        f"shares and mean changes of clips rated twice take {FEWEST_TWICE} of them, and kappa and ICC of "
        f"them {FEWEST_TWICE_FOR_COEFFICIENTS}."
    )
