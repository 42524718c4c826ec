"""What ``hrm evaluate au`` prints for people."""

from __future__ import annotations

from hrm_core.cli.output import counted, done, note, print_folded
from hrm_core.facs import action as action_of
from hrm_core.records.agreement import Estimate
from hrm_core.records.detection_results import (
    ActionDetection,
    Comparison,
    DetectionReport,
    DetectorMeans,
    DetectorQuality,
)

__all__ = ["print_evaluation"]


def print_evaluation(report: DetectionReport) -> None:
    """Print Table VII, means and gaps of each source, and comparisons."""
    done(f"Truth: the codes of {report.rater}.")
    for one in report.sources:
        done("")
        _print_source(one)
    for pair in report.comparisons:
        done("")
        _print_comparison(pair)


def _print_source(one: DetectorQuality) -> None:
    children = "1 child" if one.participants == 1 else f"{one.participants} children"
    done(f"{one.label}: {counted(one.frames, 'frame')} of {children}.")
    done(one.how_thresholds)
    several = len(one.folds) > 1
    heads = ["", "coded"] if several else ["", "", "coded"]
    for name in (*one.folds, "mean") if several else one.folds:
        # Below one another, or 80 columns are not enough for three folds.
        words = "" if not several else "\nmean" if name == "mean" else f"\nfold {name}"
        heads += [f"F1{words}", f"acc.{words}"]
    rows = [_row(entry, several=several) for entry in one.actions if entry.counts]
    rows += [_mean_row(means, several=several) for means in one.means]
    print_folded(heads, rows, right_from=1 if several else 2)
    never = [entry.action for entry in one.actions if not entry.counts]
    if never:
        done(f"n/a, as no frame that is compared is coded with it: {', '.join(never)}.")
    for means in one.means:
        _print_means(means)
    _print_gaps(one)
    for entry in one.dropped:
        done(f"Not compared: {counted(entry.frames, 'frame')} ({entry.why}).")
    if one.not_compared:
        done(f"Actions not compared: {', '.join(one.not_compared)}.")
    for sentence in one.warnings:
        note(f"{one.label}: {sentence}")


def _row(entry: ActionDetection, *, several: bool) -> list[str]:
    known = action_of(entry.action)
    scores = [_shown(value) for fold in entry.folds for value in (fold.f1, fold.accuracy)]
    if several:
        scores += [_shown(entry.mean_f1), _shown(entry.mean_accuracy)]
    head = [f"{known.kind}{known.label}"] if several else [f"{known.kind}{known.label}", known.short]
    return [*head, str(entry.positives), *scores]


def _mean_row(means: DetectorMeans, *, several: bool) -> list[str]:
    scores = [_shown(value) for fold in means.folds for value in (fold.f1, fold.accuracy)]
    if several:
        scores += [_shown(means.mean_f1), _shown(means.mean_accuracy)]
    many = means.least_positives > 1
    if several:
        return [f"Mean {means.least_positives}+" if many else "Mean", "", *scores]
    least = f", coded {means.least_positives} times or more" if many else ""
    return ["Mean", f"{counted(len(means.actions), 'action')}{least}", "", *scores]


def _print_means(means: DetectorMeans) -> None:
    many = f" coded {means.least_positives} times or more" if means.least_positives > 1 else ""
    if means.f1.value is None:
        done(f"No action is{many or ' coded'} in the frames that are compared.")
        return
    figures = (
        ("F1", means.f1),
        ("AUC", means.auc),
        ("AP", means.average_precision),
        ("ECE", means.calibration_error),
    )
    told = ", ".join(f"{name} {_with_interval(value)}" for name, value in figures if value.value is not None)
    done(f"All frames together, mean of {counted(len(means.actions), 'action')}{many}: {told}.")


def _print_gaps(one: DetectorQuality) -> None:
    rows: list[tuple[str, ...]] = []
    for entry in one.gaps:
        for group in entry.groups:
            rows.append((entry.attribute, group.name, str(group.participants), _with_interval(group.f1)))
        for first, second, value in entry.differences:
            rows.append((entry.attribute, f"{first} minus {second}", "", _with_interval(value)))
    if rows:
        print_folded(("by", "group", "children", "mean F1"), rows)


def _print_comparison(pair: Comparison) -> None:
    mean = pair.mean
    if mean is None:
        done(f"{pair.first} and {pair.second} cannot be compared: {pair.why}.")
        return
    p = "" if mean.p is None else f", p = {mean.p:.4f}"
    done(
        f"{pair.first} minus {pair.second}, on {counted(pair.frames, 'frame')} and "
        f"{counted(len(pair.actions), 'action')} that both have: mean F1 "
        f"{_with_interval(mean.difference)}{p}."
    )
    better = [entry for entry in pair.actions if entry.p_adjusted is not None and entry.p_adjusted < 0.05]
    if better:
        told = ", ".join(f"{entry.action} {_shown(entry.difference)}" for entry in better)
        done(f"Single actions with p < .05 after Holm's adjustment: {told}.")


def _shown(value: Estimate) -> str:
    return "n/a" if value.value is None else f"{value.value:.3f}"


def _with_interval(value: Estimate) -> str:
    if value.value is None:
        return f"n/a ({value.why})"
    if value.low is None or value.high is None:
        return _shown(value)
    return f"{value.value:.3f} [{value.low:.3f}, {value.high:.3f}]"
