"""How suggestions were measured, in words that a paper can take over, and the works to cite."""

from __future__ import annotations

from hrm_core.records.assistance_results import AssistanceReport

__all__ = ["REFERENCES", "methods_paragraphs"]

REFERENCES = (
    "Brier, G. W. (1950). Verification of forecasts expressed in terms of probability. "
    "Monthly Weather Review, 78, 1–3.",
    "Cicchetti, D. V., & Feinstein, A. R. (1990). High agreement but low kappa: II. Resolving the paradoxes. "
    "Journal of Clinical Epidemiology, 43, 551–558.",
    "Davison, A. C., & Hinkley, D. V. (1997). Bootstrap methods and their application. "
    "Cambridge University Press.",
    "McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients. "
    "Psychological Methods, 1, 30–46.",
    "Naeini, M. P., Cooper, G. F., & Hauskrecht, M. (2015). Obtaining well calibrated probabilities using "
    "Bayesian binning. Proceedings of AAAI.",
    "Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. "
    "Journal of the American Statistical Association, 22, 209–212.",
)


def methods_paragraphs(report: AssistanceReport) -> tuple[str, ...]:
    """Definitions, assumptions, and every setting that was used."""
    return (_conditions(report), _effort(), _anchoring(), _acceptance(), _model(), _uncertainty(report))


def _conditions(report: AssistanceReport) -> str:
    return (
        "A frame belongs to the condition of the stay in which it was first coded or confirmed: unaided (no "
        "suggestion was at hand, or the coder chose to see none), control (there were suggestions, and they "
        "were withheld), assisted (they were seen before anything was coded) or after (they were seen once "
        "the frame was coded). Control frames are drawn by lot, in stretches of "
        f"{report.stretch_frames} frames of a recording, for each coder. Assisted and control frames of a "
        "coder therefore differ by chance and by the suggestions; other conditions are other material or "
        "other times, and no difference between them is given. Frames of gold-standard clips, whose "
        "suggestions are never shown, are in no condition. Codes are carried from frame to frame, so "
        "at the beginning of a control stretch they may still rest on suggestions before it: differences "
        "are rather too small."
    )


def _effort() -> str:
    return (
        "Acts are keys and clicks that were meant to code, not those that lead to another frame; seconds are "
        "those on the screen while somebody worked. Both are added up over all stays on a frame up to and "
        "including the one in which it was first coded. Later stays are review and stand apart. Frames in "
        "excluded clips, and frames coded beside another run, are left out."
    )


def _anchoring() -> str:
    return (
        "Anchoring is the difference in agreement between a coder's codes as they stand and the model's "
        "proposals, assisted less control frames. Each action of each frame is one decision, there or not "
        "whatever the side. Agreement is the share of decisions that are the same; positive agreement is "
        "2 both / (2 both + coded only + proposed only) (Cicchetti & Feinstein, 1990), which absent actions, "
        "the bulk, do not carry. Over all actions all decisions are put together. Proposals are those of "
        "the run as it is now; if it was fitted anew since, coders saw others. Frames that were carried and "
        "never confirmed, or called not codable, are not in it. Control frames that took in a suggestion "
        "later stay control frames. More agreement may be bias or help: which, only a truth that neither "
        "saw can tell, such as a consensus of unaided coders."
    )


def _acceptance() -> str:
    return (
        "Of acts on the same frames and action the newest counts, unless it was taken back. The share "
        "accepted is of accepted, rejected and corrected. Suggestions that were passed over without an act "
        "are in the figure of shares coded by probability, not in this one."
    )


def _model() -> str:
    return (
        "F1, calibration and ICC of the model are measured on frames that the coder coded without seeing "
        "suggestions and that no suggestion touched later; assisted frames are left out altogether, as to "
        "leave out only those whose suggestion was accepted would keep the model's errors and drop its "
        "hits. An action counts as there where the run proposes it. F1 = 2TP / (2TP + FP + FN); an action "
        "that is not coded in any of these frames has none and is in no mean. ECE is over 15 bins of equal "
        "width (Naeini et al., 2015), the Brier score the mean squared difference of probability and code "
        "(Brier, 1950). ICC(3,1) and ICC(2,1) of shares take the children as targets and expert and model "
        "as raters of the share of frames with an action (McGraw & Wong, 1996); ICC(3,1) of frames takes "
        "presence frame by frame, as between two experts. Children that a network of this study learned "
        "from are left out, as it knows them; whether a model that was trained elsewhere knows any of these "
        "children is not known here. Drift compares two runs on frames of which both say something."
    )


def _uncertainty(report: AssistanceReport) -> str:
    options = report.options
    if not options.replicates:
        return "No intervals by resampling were asked for; those of shares accepted are Wilson's (1927)."
    return (
        f"Intervals ({100 * options.level:g} %) lie between quantiles of {options.replicates:,} resamples "
        f"(seed {options.seed}; Davison & Hinkley, 1997). Effort and anchoring resample whole stretches, the "
        "units of the lot; they speak of these recordings. With six children or more the overall difference "
        "is also given with children resampled, which speaks of others like them. F1, ICC of frames and "
        "comparisons of runs resample children. With fewer than 20 stretches in a condition intervals are "
        "too narrow. Intervals of shares accepted are Wilson's (1927) and take acts for independent; those "
        "of ICC of shares are the classical ones. Intervals of single actions are not adjusted for their "
        "number."
    )
