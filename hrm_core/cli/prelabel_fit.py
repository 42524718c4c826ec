"""``hrm prelabel fit``: fit what a model suggests to what was coded."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import done, note, print_folded, print_json
from hrm_core.cli.progress_bar import terminal_progress

if TYPE_CHECKING:
    from hrm_core.records.suggestion import RunFit

__all__ = ["fit"]


def fit(
    run: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Number of the run. \\[default: the newest]", show_default=False
        ),
    ] = None,
    rater: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Whose codes; needed if several have coded.", show_default=False),
    ] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Fit thresholds, calibration and smoothing of a run to what was coded, and say how good they are.

    Codes in which a model had a hand do not count. What was fitted holds for all that the run suggests from
    now on, and takes the place of what was fitted before.
    """
    from hrm_core.workflows.fit_suggestions import fit_suggestions

    with opened(project) as study, terminal_progress() as progress:
        found = fit_suggestions(study, run, rater, progress=progress)
    if json:
        print_json(asdict(found))
        return
    _print(found)


def _print(found: RunFit) -> None:
    detail = found.detail
    rows = [
        (key, f"{each['slope']:.2f}", f"{each['bias']:+.2f}", each["method"], each["shortest_there"])
        for key, each in detail["actions"].items()
    ]
    print_folded(("action", "slope", "bias", "smoothing", "shortest run"), rows)
    done("")
    if found.at:
        done(f"Fitted to {found.fitted_on}; run:{found.run_id} proposes accordingly from now on.")
    else:
        done(f"Fitted to {found.fitted_on}, and not taken: run:{found.run_id} goes on as before.")
    if detail["touched"]:
        done(f"Left out because a model had a hand in their codes: frames: {detail['touched']}.")
    quality = detail["quality"]
    if quality is None:
        note("How good this is cannot be measured: code a second child, so that one can be left out.")
        return
    done(f"Measured on {quality['children']} children, each by what was fitted to the others:")
    for words, tally in (("card alone", quality["before"]), ("fitted", quality["after"])):
        done(f"{words}: {_in_words(tally)}")
    if not found.at:
        note(
            "More onsets and offsets would be wrong than by the card alone: code more, or more steadily, and "
            "fit again."
        )


def _in_words(tally: dict[str, Any]) -> str:
    true = tally["exact"] + tally["missed"]
    return (
        f"{tally['exact']} of {true} onsets and offsets in the right frame, {tally['extra']} that are none, "
        f"Brier score {tally['brier']:.4f}."
    )
