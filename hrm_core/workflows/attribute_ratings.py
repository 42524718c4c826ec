"""Say which actions, when, made a trained regressor's rating of a clip, and keep that in the run's folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.models.libraries import require_torch
from hrm_core.models.train.attribution_files import FOLDER as ATTRIBUTIONS
from hrm_core.models.train.attribution_files import attribution_file, write_attributions
from hrm_core.models.train.run_folder import FOLDER, RunFolder, open_run
from hrm_core.models.train.windows import Windows, make_windows
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.attributions import ClipAttribution
from hrm_core.workflows.clip_attributions import NETWORKS, clip_attributions, codes_fingerprint
from hrm_core.workflows.project import Project
from hrm_core.workflows.rated_clips import RatedClip, clips_to_rate
from hrm_core.workflows.rated_segments import mean_ratings, rated_segments

__all__ = ["AttributionReport", "attribute_clip", "attribute_ratings", "clip_attributions"]


@dataclass(frozen=True, slots=True)
class AttributionReport:
    """What was written.

    Attributes
    ----------
    run : str
        Name of the run.
    folder : pathlib.Path
        Where the files lie.
    session, rater : str
        Whose ratings and codes the run learned from.
    networks : tuple of str
        Which were asked.
    clips, participants : int
        How many clips were taken apart, and of how many children.
    left_out : int
        Rated and coded clips of these children that were not: without fifteen coded frames in a row, or
        of a child that the run does not hold out.
    gap : float
        What the shares of a clip miss of its rating less the baseline, at most.
    changed : bool
        Whether codes, clips or ratings are others now than when the run was made.
    protocol : str
        How the run's networks were chosen.
    actions : dict of str to dict of str to float
        By network and action, what the action adds to the rating of a clip, mean over clips.
    synthetic : bool
        Whether the study is.
    """

    run: str
    folder: Path = field(repr=False)
    session: str
    rater: str
    networks: tuple[str, ...]
    clips: int
    participants: int
    left_out: int
    gap: float
    changed: bool
    protocol: str
    actions: Mapping[str, Mapping[str, float]]
    synthetic: bool


def attribute_ratings(
    project: Project,
    run: str,
    *,
    participants: Sequence[str] = (),
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> AttributionReport:
    """Take the ratings that a run's networks give clips apart, and keep that in the run's folder.

    Every clip is shown to the network of the fold, in the last repeat, that held its child out.

    Parameters
    ----------
    project : Project
        The open study; nothing but the run's folder is changed.
    run : str
        Of ``hrm train atypicality``.
    participants : sequence of str
        Codes of children; all if empty.
    progress : Progress, optional
        Told of recordings.
    cancel : CancelToken, optional
        Asked in each step.

    Raises
    ------
    NotFoundError
        If there is no such run or child.
    ProjectError
        If the run is of another kind, not finished, or without networks, or none of these clips can be taken
        apart.
    InvalidFileError
        If a file of the run is damaged, or the disk refuses.
    MissingLibraryError
        If PyTorch is not installed.
    Cancelled
        On request; recordings that were done stay.
    """
    source = _open(project, run)
    for code in participants:
        project.store.people.participant(code)
    chosen = [each for each in source.clips if not participants or each.who.code in participants]
    held_out = [each for each in chosen if each.name in source.place_of]
    if not held_out:
        raise source.nothing()
    progress = progress or NoProgress()
    videos = [list(own) for _, own in groupby(held_out, key=lambda each: each.recording.id)]
    progress.start("Taking ratings apart", len(videos) * len(source.networks))
    gap, sums = 0.0, {network: np.zeros(len(source.actions)) for network in source.networks}
    for network in source.networks:
        asked = _Asked(source, network)
        for own in videos:
            clips, missed = asked.attributions(own, cancel)
            path = attribution_file(source.run.path, network, own[0].recording.id)
            write_attributions(path, source.coder, clips, [source.fingerprint(each) for each in own])
            gap = max(gap, missed)
            sums[network] += sum(np.nansum(each.values, axis=0, dtype=np.float64) for each in clips)
            progress.advance()
    progress.finish()
    return AttributionReport(
        run=source.run.path.name,
        folder=source.run.path / ATTRIBUTIONS,
        session=source.session,
        rater=source.coder,
        networks=source.networks,
        clips=len(held_out),
        participants=len({each.who.code for each in held_out}),
        left_out=len(chosen) - len(held_out),
        gap=gap,
        changed=source.changed,
        protocol=source.protocol,
        actions={
            network: dict(zip(source.actions, (total / len(held_out)).tolist(), strict=True))
            for network, total in sums.items()
        },
        synthetic=project.settings.synthetic,
    )


def attribute_clip(
    project: Project,
    run: str,
    participant: str,
    video: str,
    clip: int,
    *,
    network: str | None = None,
    cancel: CancelToken | None = None,
) -> ClipAttribution:
    """Take the rating that a run's network gives one clip apart; nothing is written.

    Parameters
    ----------
    project : Project
        The open study.
    run : str
        Of ``hrm train atypicality``.
    participant, video : str
        Code of the child, name of the recording.
    clip : int
        Number of the clip.
    network : str, optional
        Of the run's networks; the first if left out.
    cancel : CancelToken, optional
        Asked in each step.

    Raises
    ------
    NotFoundError
        If there is no such run, or no such network in it.
    ProjectError
        If the run is of another kind, not finished, or without networks, or the clip cannot be taken apart.
    InvalidFileError
        If a file of the run is damaged.
    MissingLibraryError
        If PyTorch is not installed.
    Cancelled
        On request.
    """
    source = _open(project, run)
    network = network or source.networks[0]
    if network not in source.networks:
        raise NotFoundError(
            f"The run {source.run.path.name} has no network {network!r}: it has {', '.join(source.networks)}."
        )
    name = f"{participant}:{video}:{clip}"
    own = [each for each in source.clips if each.name == name and name in source.place_of]
    if not own:
        raise source.nothing()
    return _Asked(source, network).attributions(own, cancel)[0][0]


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """A run, and the study's clips as they are now.

    Attributes
    ----------
    run : RunFolder
        The run.
    session, coder, protocol : str
        As the run says.
    actions, networks : tuple of str
        As the run says.
    fold_of : dict of str to int
        By child, the fold of the last repeat that held it out.
    clips : list of RatedClip
        Rated and coded ones in the order of the study.
    place_of : dict of str to int
        By name of the clip, its place among the segments; only of children who were held out.
    judged : dict of str to float
        By name of the clip, the judges' mean rating.
    windows : Windows
        Of all clips.
    changed : bool
        Whether they are others than the run's.
    """

    run: RunFolder
    session: str
    coder: str
    protocol: str
    actions: tuple[str, ...]
    networks: tuple[str, ...]
    fold_of: Mapping[str, int]
    clips: Sequence[RatedClip]
    place_of: Mapping[str, int]
    judged: Mapping[str, float]
    windows: Windows
    changed: bool

    def fingerprint(self, each: RatedClip) -> str:
        segment = self.windows.segments[self.place_of[each.name]]
        return codes_fingerprint(each.who.code, each.recording.name, each.clip, segment.frames, segment.codes)

    def nothing(self) -> ProjectError:
        return ProjectError(
            f"No such clip can be taken apart: it must be rated in {self.session}, coded by {self.coder} for "
            f"15 frames in a row, and of a child that the run {self.run.path.name} held out."
        )


class _Asked:
    """A network of a run: in truth one for each fold, of which each is asked about children it never saw."""

    def __init__(self, source: _Source, network: str) -> None:
        self._source, self._network = source, network
        self._of_fold: dict[int, Any] = {}

    def attributions(
        self, clips: Sequence[RatedClip], cancel: CancelToken | None
    ) -> tuple[list[ClipAttribution], float]:
        """Clips of one child taken apart, and what their shares miss at most."""
        from hrm_core.models.train.attributions import attribute_segments

        source = self._source
        spans = [(each.clip.first_frame, each.clip.last_frame) for each in clips]
        places = [source.place_of[each.name] for each in clips]
        regressor = self._regressor(source.fold_of[clips[0].who.code])
        found = attribute_segments(regressor, source.windows, places, spans, cancel=cancel)
        told = [
            ClipAttribution(
                each.who.code,
                each.recording.name,
                *span,
                self._network,
                shares.score,
                shares.baseline,
                source.actions,
                shares.values,
                source.judged[each.name],
                each.clip.number,
                source.run.path.name,
            )
            for each, span, shares in zip(clips, spans, found, strict=True)
        ]
        return told, max(shares.gap for shares in found)

    def _regressor(self, fold: int) -> Any:
        from hrm_core.models.train.attributions import load_regressor

        if fold not in self._of_fold:
            path = self._source.run.path / f"fold-{fold}" / f"{self._network}.pth"
            self._of_fold[fold] = load_regressor(path, self._network, len(self._source.actions))
        return self._of_fold[fold]


def _open(project: Project, name: str) -> _Source:
    summary, run = open_run(project.folder / FOLDER, name)
    if summary.kind != "atypicality":
        raise ProjectError(
            f"The run {name} did not learn ratings: name one of hrm train atypicality; see hrm runs list."
        )
    if summary.state != "finished":
        raise ProjectError(f"The run {name} is {summary.state}: its networks are there once it is finished.")
    require_torch()
    config, data = run.read_json("config"), run.read_json("data")
    try:
        networks = tuple(each for each in NETWORKS if each in config["networks"])
        session, coder, actions = str(data["session"]), str(data["rater"]), tuple(map(str, data["actions"]))
        fold_of = {
            row["participant"]: int(row["fold"])
            for row in run.read_rows("splits.csv")
            if row["part"] == "test" and int(row["repeat"]) == config["repeats"]
        }
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidFileError(
            f"The files of the run {name} are damaged ({type(error).__name__}): train it anew, or put back a "
            "copy of its folder."
        ) from error
    if not networks:
        raise ProjectError(f"The run {name} has only simple models, without a network that could be asked.")
    segments = rated_segments(project, coder, mean_ratings(project, session), actions)
    if not segments:
        raise ProjectError(
            f"No clip is rated in {session} and coded by {coder} any more: the run {name} cannot be asked."
        )
    windows = make_windows(segments)
    judged = {segment.name: segment.rating for segment in segments}
    return _Source(
        run=run,
        session=session,
        coder=coder,
        protocol=str(config.get("protocol", "")),
        actions=actions,
        networks=networks,
        fold_of=fold_of,
        clips=[each for each in clips_to_rate(project) if each.name in judged],
        place_of={
            segment.name: place
            for place, segment in enumerate(windows.segments)
            if segment.participant in fold_of
        },
        judged=judged,
        windows=windows,
        changed=windows.fingerprint != data.get("fingerprint"),
    )
