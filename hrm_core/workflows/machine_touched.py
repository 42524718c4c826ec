"""Which codes of a rater a model had a hand in."""

from __future__ import annotations

from hrm_core.records.people import Rater
from hrm_core.records.recording import Recording
from hrm_core.workflows.project import Project

__all__ = ["machine_touched"]


def machine_touched(project: Project, rater: Rater, recording: Recording) -> set[int]:
    """Frames of which a rater accepted or corrected what a model suggests, absence included.

    Frames whose codes were copied or carried on from such codes are among them, confirmed or not.
    The consensus of two raters is touched where either of the two is.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater
        Whose codes.
    recording : Recording
        Of which recording.

    Returns
    -------
    set of int
        0-based frames; frames that the rater has not coded may be among them.
    """
    store = project.store
    pair = store.adjudications.consensus_raters().get(rater.id, ())
    touched: set[int] = set()
    for number in (rater.id, *pair):
        touched |= store.suggestion_log.touched(number, recording.id)
        touched |= store.suggestion_log.with_machine_codes(number, recording.id)
    return touched
