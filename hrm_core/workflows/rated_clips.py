"""The clips that a rating session is to show, found by what a person says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.records.people import Participant
from hrm_core.records.recording import Clip, Recording
from hrm_core.workflows.project import Project

__all__ = ["RatedClip", "changed_since", "clips_named", "clips_of_session", "clips_to_rate", "listed_clips"]

# A few names tell which clips are meant; three hundred are no sentence.
_MOST_LISTED = 12


@dataclass(frozen=True, slots=True)
class RatedClip:
    """A clip with whose it is and where it is; only for whoever plans a session.

    Attributes
    ----------
    who : Participant
        The child.
    recording : Recording
        The recording.
    clip : Clip
        The clip.
    """

    who: Participant = field(repr=False)
    recording: Recording = field(repr=False)
    clip: Clip

    @property
    def name(self) -> str:
        """Child, video and number: ``"7:play:2"``."""
        return f"{self.who.code}:{self.recording.name}:{self.clip.number}"

    @property
    def seconds(self) -> float:
        """About how long it is; 0 where the frame rate is not known."""
        return len(self.clip) / self.recording.fps if self.recording.fps else 0.0


def clips_to_rate(
    project: Project, participants: Sequence[str] = (), named: Sequence[str] = ()
) -> tuple[RatedClip, ...]:
    """The clips of a study that judges could rate.

    Parameters
    ----------
    project : Project
        The open study.
    participants : sequence of str
        Codes of children; all if empty.
    named : sequence of str
        Only these clips, as ``"child:video:number"``; all if empty.

    Returns
    -------
    tuple of RatedClip
        In the order of the study, without excluded ones.

    Raises
    ------
    NotFoundError
        If a child or a clip is unknown.
    ProjectError
        If a clip that is named was excluded, or belongs to a child that is not chosen.
    """
    everything = _every_clip(project)
    codes = {entry.who.code for entry in everything.values()}
    for code in participants:
        if code not in codes:
            # Says which there are, where there is no such child at all.
            project.store.people.participant(code)
            raise NotFoundError(
                f"Participant {code!r} has no clips: add some with hrm clips add, or leave it out."
            )
    if named:
        return _checked(_found(everything, named), participants)
    return tuple(
        entry
        for entry in everything.values()
        if not entry.clip.is_excluded and (not participants or entry.who.code in participants)
    )


def clips_named(project: Project, names: Sequence[str]) -> tuple[RatedClip, ...]:
    """The clips of these names in this order, each as ``"child:video:number"``.

    Raises
    ------
    NotFoundError
        If one is unknown.
    ProjectError
        If one was excluded.
    """
    return _checked(_found(_every_clip(project), names), ()) if names else ()


def clips_of_session(project: Project, clip_ids: Sequence[int]) -> dict[int, RatedClip]:
    """Clips by their numbers in the store, also those that were excluded since."""
    wanted = set(clip_ids)
    return {entry.clip.id: entry for entry in _every_clip(project).values() if entry.clip.id in wanted}


def changed_since(project: Project, clips: Sequence[RatedClip]) -> list[str]:
    """Names of those clips that have other frames now, or are excluded or gone."""
    now = clips_of_session(project, [entry.clip.id for entry in clips])
    return [
        entry.name
        for entry in clips
        if entry.clip.id not in now or _shown(now[entry.clip.id]) != _shown(entry)
    ]


def _shown(entry: RatedClip) -> tuple[int, int, bool]:
    return entry.clip.first_frame, entry.clip.last_frame, entry.clip.is_excluded


def listed_clips(names: Sequence[str]) -> str:
    """Names of clips in a sentence; of many, the first."""
    rest = len(names) - _MOST_LISTED
    return ", ".join(names[:_MOST_LISTED]) + (f" and {rest} more" if rest > 0 else "")


def _every_clip(project: Project) -> dict[str, RatedClip]:
    clips: dict[int, list[Clip]] = {}
    for clip in project.store.recordings.clips():
        clips.setdefault(clip.video_id, []).append(clip)
    found = [
        RatedClip(who, recording, clip)
        for who, recording in project.recordings()
        for clip in sorted(clips.get(recording.id, ()), key=lambda clip: clip.number)
    ]
    return {entry.name: entry for entry in found}


def _found(everything: Mapping[str, RatedClip], names: Sequence[str]) -> tuple[RatedClip, ...]:
    if missing := [name for name in dict.fromkeys(names) if name not in everything]:
        example = next(iter(everything), "7:play:2")
        raise NotFoundError(
            f"No such clip: {listed_clips(missing)}; a clip is named child:video:number, as {example}, and "
            "hrm clips list shows them."
        )
    return tuple(everything[name] for name in dict.fromkeys(names))


def _checked(clips: tuple[RatedClip, ...], participants: Sequence[str]) -> tuple[RatedClip, ...]:
    if excluded := [entry.name for entry in clips if entry.clip.is_excluded]:
        raise ProjectError(
            f"Excluded clips are not rated: {listed_clips(excluded)}; leave them out, or hrm clips reopen "
            "takes them in again."
        )
    if participants and (others := [e.name for e in clips if e.who.code not in participants]):
        raise ProjectError(
            f"These clips are of children that were not chosen: {listed_clips(others)}; leave them out, or "
            "choose the children, too."
        )
    return clips
