"""Clips that judges rated, with what a coder coded in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.models.train.windows import Segment
from hrm_core.workflows.measure_ratings import require_rated
from hrm_core.workflows.project import Project
from hrm_core.workflows.rated_clips import clips_to_rate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["mean_ratings", "rated_segments", "rating_session"]


def rating_session(project: Project, name: str | None) -> str:
    """The session that is meant: this one, or the only one.

    Raises
    ------
    NotFoundError
        If there is none of this name, or several could be meant.
    ProjectError
        If nobody has rated, or somebody still does.
    """
    names = [each.name for each in project.store.rating_sessions.all()]
    if name is None:
        if not names:
            raise ProjectError(
                "Nobody has rated clips of this study: import ratings, or plan a session with hrm rating "
                "plan."
            )
        if len(names) > 1:
            raise NotFoundError(f"Say whose ratings are meant, with --session: there are {', '.join(names)}.")
        name = names[0]
    require_rated(project, name)
    return name


def mean_ratings(project: Project, session: str) -> pd.Series[float]:
    """Mean over judges by participant, video and clip; a second answer of a judge does not count."""
    table = project.ratings()
    once = table[(table["session"] == session) & ~table["repeat"].astype(bool)]
    return once.groupby(["participant", "video", "clip"], sort=False)["score"].mean()


def rated_segments(
    project: Project, coder: str, rated: pd.Series[float], actions: Sequence[str]
) -> list[Segment]:
    """Rated clips of which at least one frame is coded; excluded ones are left out.

    Parameters
    ----------
    project : Project
        The open study.
    coder : str
        Whose codes.
    rated : pandas.Series
        Of :func:`mean_ratings`.
    actions : sequence of str
        Columns of the codes.
    """
    import numpy as np

    codes = project.codes(coder)[list(actions)]
    frames = codes.index.get_level_values("frame").to_numpy()
    values = codes.to_numpy()
    by_video = codes.groupby(level=["participant", "video"], sort=False).indices
    rows = {key: np.asarray(places, dtype=np.int64) for key, places in by_video.items()}
    found = []
    for each in clips_to_rate(project):
        key = (each.who.code, each.recording.name)
        if (*key, each.clip.number) not in rated.index or key not in rows:
            continue
        own = rows[key]
        numbers = frames[own]
        inside = own[(numbers >= each.clip.first_frame) & (numbers <= each.clip.last_frame)]
        if len(inside):
            inside = inside[np.argsort(frames[inside])]
            rating = float(rated[(*key, each.clip.number)])
            found.append(Segment(each.who.code, each.name, frames[inside], values[inside], rating))
    return found
