"""Which actions of a clip go with how atypical judges find it."""

from __future__ import annotations

from hrm_core.analysis.rating_explanation import RatedSpan, explain
from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.analysis_results import AnalysisOptions, ExplainedRatings
from hrm_core.records.coded_frames import CodedFrames
from hrm_core.workflows.coded_frames import coded_frames
from hrm_core.workflows.project import Project
from hrm_core.workflows.rated_clips import clips_to_rate
from hrm_core.workflows.rated_segments import mean_ratings, rating_session

__all__ = ["explain_ratings"]


def explain_ratings(
    project: Project,
    rater: str | None = None,
    session: str | None = None,
    options: AnalysisOptions | None = None,
    *,
    frames: CodedFrames | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ExplainedRatings:
    """Foretell mean ratings of clips from the shares of their frames that show each action.

    Every child is foretold by a model that has not learned from it; importances are of those predictions.

    Parameters
    ----------
    project : Project
        The open study; nothing in it is changed.
    rater : str, optional
        Whose codes; may be left out if only one has coded.
    session : str, optional
        Whose ratings; may be left out if there is only one session.
    options : AnalysisOptions, optional
        Resamples of children, seed and level of intervals, and whether frames that a network had a part in
        are left out; groups are not looked at.
    frames : CodedFrames, optional
        Of this rater, where they were read before.
    progress : Progress, optional
        Told of children.
    cancel : CancelToken, optional
        Asked between them.

    Returns
    -------
    ExplainedRatings
        With the reason where there is nothing: nobody rated, several sessions and none is named, somebody
        still rates, or too few clips and children.

    Raises
    ------
    NotFoundError
        If a rater or session that is named is unknown, or nothing is coded.
    Cancelled
        On request.
    """
    options = options or AnalysisOptions(groups=("", ""))
    try:
        chosen = rating_session(project, session)
    except (NotFoundError, ProjectError) as error:
        if session is not None and isinstance(error, NotFoundError):
            raise
        return ExplainedRatings(session=session or "", why=str(error))
    if frames is None:
        frames = coded_frames(project, rater, human_only=options.human_only, progress=progress, cancel=cancel)
    means = mean_ratings(project, chosen)
    spans = [
        RatedSpan(each.who.code, each.recording.name, each.clip.first_frame, each.clip.last_frame, means[key])
        for each in clips_to_rate(project)
        if (key := (each.who.code, each.recording.name, each.clip.number)) in means.index
    ]
    return explain(frames, spans, chosen, options, progress=progress, cancel=cancel)
