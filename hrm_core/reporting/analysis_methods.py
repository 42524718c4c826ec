"""How groups were compared, in words that a paper can take over, and the works to cite."""

from __future__ import annotations

from hrm_core.records.analysis_results import AnalysisReport

__all__ = ["REFERENCES", "methods_paragraphs"]

REFERENCES = (
    "Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate: A practical and powerful "
    "approach to multiple testing. Journal of the Royal Statistical Society B, 57, 289–300.",
    "Davison, A. C., & Hinkley, D. V. (1997). Bootstrap methods and their application. "
    "Cambridge University Press.",
    "Ekman, P., Friesen, W. V., & Hager, J. C. (2002). Facial action coding system. Research Nexus.",
    "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of "
    "Statistics, 6, 65–70.",
    "Hurlbert, S. H. (1971). The nonconcept of species diversity: A critique and alternative parameters. "
    "Ecology, 52, 577–586.",
    "Mann, H. B., & Whitney, D. R. (1947). On a test of whether one of two random variables is "
    "stochastically larger than the other. Annals of Mathematical Statistics, 18, 50–60.",
    "Miller, G. A. (1955). Note on the bias of information estimates. In H. Quastler (Ed.), Information "
    "theory in psychology. Free Press.",
    "Phipson, B., & Smyth, G. K. (2010). Permutation p-values should never be zero. Statistical "
    "Applications in Genetics and Molecular Biology, 9, 39.",
)


def methods_paragraphs(report: AnalysisReport) -> tuple[str, ...]:
    """Definitions, assumptions, and every setting that was used."""
    parts = [_frames(report), _two_tests(report), _adjusted(report)]
    if any(test.mixed is not None for test in report.participant_tests):
        parts.append(_mixed(report))
    parts += [_sides(), _combinations(), _dynamics(report)]
    if report.ratings.actions:
        parts.append(_ratings())
    return (*parts, _uncertainty(report))


def _frames(report: AnalysisReport) -> str:
    first, second = report.options.groups
    told = (
        f"Codes of {report.coder} are compared between {first} and {second}; all differences are "
        f"{first} less "
        f"{second}. Frames count that were coded and checked; frames that were carried and never confirmed, "
        "that are not codable or that lie in excluded clips take no part, nor do children without a "
        "group. An "
        "action is present in a frame with any code for it, whatever the side. A frame in which an "
        "action could "
        "not be seen is left out for that action."
    )
    if report.options.human_only:
        told += " Frames that suggestions of a model had a part in are left out."
    if report.options.expressions:
        told += (
            " Expressions of frames were found as the summary says; they come from models and are not coded "
            "by people unless it says so."
        )
    return told


def _two_tests(report: AnalysisReport) -> str:
    return (
        "Each action is compared twice. Over frames, the Mann-Whitney U test (Mann & Whitney, 1947) "
        "takes each "
        "frame's code as present or absent, with Z corrected for ties and without correction for continuity; "
        "the files have it with that correction, too. Where all values are equal, Z is 0 and p is 1. "
        "This test "
        "needs independent observations, and neighbouring frames of one child are nearly copies of "
        "each other: "
        "it rejects far too often when there is no difference, and stands here to be compared with published "
        "results. Over children, each child has one value, the share of its frames that show the "
        "action; these "
        "are compared by Mann-Whitney (exact where feasible, else by the normal approximation with Z "
        "corrected "
        "for ties) and by permuting children over groups, the difference of mean shares being the statistic "
        "(exact where all arrangements are few, else with one added to both counts; Phipson & Smyth, 2010). "
        "Conclusions about groups rest on the comparison of children. Every child counts the same there, "
        "however many frames it has."
    )


def _adjusted(report: AnalysisReport) -> str:
    sizes = sorted({test.family for test in report.participant_tests if test.family})
    size = f"{sizes[0]} to {sizes[-1]}" if len(sizes) > 1 else f"{sizes[0]}" if sizes else "no"
    return (
        f"p values are adjusted by Holm (1979) and by Benjamini and Hochberg (1995) over the {size} actions "
        "of one expression, separately over frames and over children; all frames together are a family of "
        "their own. An action whose values are all equal is not adjusted and does not count in its family. "
        "Rank-biserial correlation is the effect size of both tests: P(first > second) less "
        "P(first < second)."
    )


def _mixed(report: AnalysisReport) -> str:
    taken = " and ".join(report.options.covariates)
    also = (
        f"; {taken} as further fixed effects; children of whom that is not known are left out"
        if taken
        else ""
    )
    return (
        "Mixed-effects logistic models have the group as fixed effect and an intercept for each child as "
        f"random effect{also}. Within a child, frames count as draws with the child's own odds, so the model "
        "takes each child's counts. The most probable values were found with BinomialBayesMixedGLM of "
        "statsmodels (fit_map, standard errors by Laplace's approximation) under weak priors: normal with "
        "mean 0 and standard deviation 10 for log odds, and for the logarithm of the children's standard "
        "deviation normal with mean 0 and standard deviation 1. Interval and p use Student's t with as many "
        "degrees of freedom as children less fixed coefficients; these p are not adjusted for the number of "
        "actions. A model is not reported, and the table says why, where a group has fewer than 3 children, "
        "fewer than 3 children show the action or lack it at times, a group never or always shows it, group "
        "and covariates cannot be told apart, or the fit does not converge."
    )


def _sides() -> str:
    return (
        "Left and right are the child's. The asymmetry index of an action is (left less right) / (left plus "
        "right) over frames with a one-sided code; one-sided is their share of the frames with the action."
    )


def _combinations() -> str:
    return (
        "The complexity of a frame is the number of actions in it (Ekman et al., 2002); a "
        "combination is the set "
        "of its actions with their sides. Frames in which an action could not be seen are left out here. As "
        "groups differ in size, different combinations are compared by the number expected in equally many "
        "frames (Hurlbert, 1971). Entropy is Shannon's, in bits, also corrected for few frames "
        "(Miller, 1955). "
        "Lift is P(both) / (P(one) P(other)). Changes are counted from one frame to the next of a recording."
    )


def _dynamics(report: AnalysisReport) -> str:
    told = (
        "An event is a run of consecutive coded frames with an action; one that touches the end of a coded "
        "stretch is cut off and counts in no duration. Durations are the mean over children of their medians."
    )
    if report.dynamics.strength_source:
        told += (
            " Onset lasts from the beginning to 90 % of the greatest strength, apex is the time at or above "
            "90 %, offset from there to the end; speed is the steepest rise during the onset."
        )
    return told


def _ratings() -> str:
    return (
        "Mean ratings of clips are foretold by ridge regression from the shares of the clip's frames "
        "with each "
        "action, for one child at a time by a model of the other children. The importance of an "
        "action is the "
        "growth of the mean absolute error when its shares are shuffled over clips. Actions that go together "
        "share their importance."
    )


def _uncertainty(report: AnalysisReport) -> str:
    options = report.options
    if not options.replicates:
        return "No intervals by resampling and no random permutations were asked for."
    return (
        f"Intervals ({100 * options.level:g} %) rest on {options.replicates:,} resamples of whole children "
        f"within their group (seed {options.seed}; Davison & Hinkley, 1997). Those of different "
        "combinations and "
        "of entropy leave out one child at a time instead, because a resample repeats children and so holds "
        "too few combinations. Intervals of the rank-biserial correlation over frames take frames for "
        "independent and are too narrow. Intervals of single actions are not adjusted for their number. With "
        "few children in a group all intervals are too narrow."
    )
