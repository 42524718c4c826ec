"""``hrm rating results`` and ``labels``: what judges' answers come to, and the answers themselves."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_folded, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.cli.rating import rating
from hrm_core.cli.reliability_tables import as_plain, safe_cell, write_rows
from hrm_core.records.agreement import Estimate
from hrm_core.records.rating_results import (
    FEWEST_FOR_DRIFT,
    BlindComparison,
    JudgeAgreement,
    JudgeResult,
    RatingResults,
)
from hrm_core.workflows.export_ratings import AnswerRow, export_rated_labels, list_answers
from hrm_core.workflows.measure_ratings import ResultOptions, measure_ratings, require_rated

__all__ = ["UnfinishedOption", "labels", "results"]

_NONE = "n/a"
_CHILD_COLUMNS = ("participant", "video", "video_clip")

SessionArgument = Annotated[str, typer.Argument(metavar="SESSION", help="Name of the session.")]
ByOption = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help="Coordinator who joins answers to children; logged."),
]
WhyOption = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why; logged.", show_default=False)]

UnfinishedOption = Annotated[
    bool, typer.Option("--unfinished", help="Also of an open session in which somebody still rates.")
]


@rating.command("results")
def results(
    session: SessionArgument,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv",
            metavar="FILE",
            help="Also write every answer, one row per clip and judge.",
            show_default=False,
        ),
    ] = None,
    with_children: Annotated[
        bool,
        typer.Option(
            "--with-children",
            help="Say in the CSV which child and clip; needs --by and --why, and is logged.",
        ),
    ] = False,
    by: ByOption = None,
    why: WhyOption = "",
    replicates: Annotated[
        int, typer.Option(min=0, help="Resamples of the children; 0 for no such intervals.")
    ] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Of the resampling.")] = 0,
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of all intervals.")] = 0.95,
    unfinished: UnfinishedOption = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Say how far judges agree, how each of them rates, and what each clip got.

    Clips have numbers of the session that tell nothing about the children.
    """
    if with_children and csv is None:
        raise typer.BadParameter("children are written into the file of --csv: name one")
    if replicates == 1:
        raise typer.BadParameter("one resample makes no interval: take 2000, or 0 for none")
    options = ResultOptions(level, replicates, seed)
    with opened(project) as study:
        require_rated(study, session, unfinished=unfinished)
        with terminal_progress() as progress:
            found = measure_ratings(study, session, options, progress=progress)
        if csv is not None:
            rows = list_answers(study, session, by=by, why=why, with_children=with_children)
            _write_answers(csv, rows, with_children=with_children)
    if json:
        print_json(as_plain(found))
        return
    _print_results(found)
    if csv is not None:
        done(f"All answers are in {csv} ({counted(len(rows), 'row')}).")


@rating.command("labels")
def labels(
    session: SessionArgument,
    into: Annotated[Path, typer.Option("--into", metavar="FOLDER", help="A new or empty folder.")],
    by: ByOption = None,
    why: WhyOption = "",
    rater: Annotated[
        str | None,
        typer.Option(
            "--rater",
            metavar="CODER",
            help="Whose codes; may be left out if one has coded.",
            show_default=False,
        ),
    ] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Write label files of the HRM format with a column for each judge and their mean.

    Columns are called Abnormal-JUDGE and Abnormal-avg and go from 0 to 4. There are only frames of rated
    clips. The files join answers to children and say the group: --by and --why are needed, and logged.
    """
    with opened(project) as study, terminal_progress() as progress:
        report = export_rated_labels(study, session, into, rater=rater, by=by, why=why, progress=progress)
    for sentence in report.notes:
        note(sentence)
    if json:
        print_json(report)
        return
    of = "; Abnormal-avg is the mean of all of them, not of the blind ones alone" if report.not_blind else ""
    done(
        f"{counted(len(report.files), 'file')} in {into}: {counted(report.frames, 'frame')} of "
        f"{counted(report.clips, 'rated clip')}, {counted(len(report.judges), 'judge')}{of}."
    )


def _write_answers(path: Path, rows: list[AnswerRow], *, with_children: bool) -> None:
    names = [entry.name for entry in fields(AnswerRow) if with_children or entry.name not in _CHILD_COLUMNS]
    write_rows(path, names, [{name: safe_cell(getattr(row, name)) for name in names} for row in rows])


def _print_results(found: RatingResults) -> None:
    rated = sum(clip.mean is not None for clip in found.clips)
    children = "1 child" if found.participants == 1 else f"{found.participants} children"
    synthetic = " Everything in this study is synthetic." if found.synthetic else ""
    done(
        f"{found.session}: {rated} of {counted(len(found.clips), 'clip')} rated, of {children}, on "
        f"{counted(found.points, 'point')}.{synthetic}"
    )
    for agreement in found.agreements:
        done("")
        _print_agreement(agreement, found)
    done("")
    _print_judges(found)
    done("")
    done(
        "spread: own standard deviation over that of the other judges. r: correlation with their mean. "
        "severity: own answer minus their mean, in points. per 100 trials: change of severity, n/a with "
        f"fewer than {FEWEST_FOR_DRIFT} trials. twice the same: clips rated twice that got the same answer. "
        "s: median seconds from the end of the clip. "
        f"[ ]: {100 * found.level:g} % intervals, by resampling children."
    )
    if found.blind_comparison is not None:
        _print_comparison(found.blind_comparison)
    for sentence in (*found.unblinded, *found.joined, *found.warnings):
        done(f"Note: {sentence}")


def _print_agreement(agreement: JudgeAgreement, found: RatingResults) -> None:
    clips, children = counted(agreement.clips, "clip"), agreement.participants
    left = f"; {agreement.incomplete} more only some rated" if agreement.incomplete else ""
    names = f" ({', '.join(agreement.judges)})" if agreement.judges else ""
    done(
        f"Agreement of {agreement.label}{names}, on {clips} of "
        f"{'1 child' if children == 1 else f'{children} children'} that all of them rated{left}:"
    )
    # Kappa and ICC(2,.) have classical intervals only, alpha has only the one by children.
    estimates = (
        ("Fleiss' kappa", agreement.kappa, None),
        ("ICC(3,1)", agreement.icc_single, agreement.icc_single_children),
        ("ICC(3,k)", agreement.icc_average, agreement.icc_average_children),
        ("ICC(2,1)", agreement.icc_absolute, None),
        ("ICC(2,k)", agreement.icc_absolute_average, None),
        ("Krippendorff's alpha, ordinal", agreement.alpha, agreement.alpha),
    )
    rows = [
        (
            name,
            _number(plain.value),
            "" if plain is by_child else _interval(plain),
            "" if by_child is None else _interval(by_child),
            plain.why or plain.note or (by_child.note if by_child else ""),
        )
        for name, plain, by_child in estimates
    ]
    level = f"{100 * found.level:g} %"
    print_folded(("", "value", f"{level} by clip", f"{level} by child", "note"), rows)
    if agreement.kappa_z is not None and agreement.kappa_p is not None:
        done(f"Test of kappa = 0: z = {agreement.kappa_z:.2f}, {_p(agreement.kappa_p)}.")
    if agreement.f is not None and agreement.p is not None:
        done(
            f"Test of ICC(3,1) = 0: F({agreement.df1:g}, {agreement.df2:g}) = {agreement.f:.2f}, "
            f"{_p(agreement.p)}; it takes clips for independent."
        )


def _print_judges(found: RatingResults) -> None:
    rows = [
        (
            judge.name,
            "yes" if judge.blind else "no",
            f"{judge.rated}/{judge.planned}",
            _number(judge.mean, 2),
            _number(judge.sd, 2),
            _number(judge.spread.value, 2),
            _number(judge.correlation.value, 2),
        )
        for judge in found.judges
    ]
    print_folded(("judge", "blind", "rated", "mean", "SD", "spread", "r"), rows, right_from=2)
    done("")
    beside = [
        (
            judge.name,
            _with_interval(judge.severity),
            _with_interval(judge.order_effect),
            _same_again(judge),
            _NONE if judge.response_s is None else f"{judge.response_s[1]:.1f}",
        )
        for judge in found.judges
    ]
    print_folded(("judge", "severity", "per 100 trials", "twice the same", "s"), beside, right_from=1)


def _same_again(judge: JudgeResult) -> str:
    same, clips = judge.retest.same.value, judge.retest.clips
    return _NONE if same is None or not clips else f"{round(same * clips)} of {clips}"


def _print_comparison(compared: BlindComparison) -> None:
    done(
        f"Judges who are not blind ({', '.join(compared.not_blind)}) minus those who are "
        f"({', '.join(compared.blind)}), on {counted(compared.clips, 'clip')}: "
        f"{_with_interval(compared.difference)} in points, r = {_number(compared.correlation.value, 2)}."
    )


def _number(value: float | None, digits: int = 3) -> str:
    return _NONE if value is None else f"{value:.{digits}f}"


def _interval(estimate: Estimate, digits: int = 3) -> str:
    if estimate.low is None or estimate.high is None:
        return _NONE
    return f"[{estimate.low:.{digits}f}, {estimate.high:.{digits}f}]"


def _with_interval(estimate: Estimate) -> str:
    value = _number(estimate.value, 2)
    return value if estimate.low is None else f"{value} {_interval(estimate, 2)}"


def _p(value: float) -> str:
    return "p < .001" if value < 0.001 else f"p = {value:.3f}"
