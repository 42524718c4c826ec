"""Propose where an action begins and ends around a marked apex; nothing is ever written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hrm_core import media
from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError, UserError
from hrm_core.faces.change import points_in_box, quietest_unlike, register, toward
from hrm_core.faces.picture_change import region_picture
from hrm_core.faces.region import STABLE_BOX, STABLE_OF_68, Region, region_of
from hrm_core.faces.stillness import turned_away
from hrm_core.facs import ALL_ACTIONS
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.extent import ExtentEnd, ExtentProposal
from hrm_core.records.face import Face, FrameFaces
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Recording
from hrm_core.suggestions.extent import FRACTION, Extent, find_extent
from hrm_core.workflows.decode_ahead import decoded_ahead, pictures_at_once
from hrm_core.workflows.neutral_face import neutral_face, read_neutral
from hrm_core.workflows.project import Project
from hrm_core.workflows.see_faces import FaceSight, see_faces

__all__ = ["SEARCH_S", "may_see_eyes", "propose_extent", "who_is_filmed"]

SEARCH_S = 3.0
"""How far before and after the apex onset and offset are looked for, in seconds."""

# Five points tell a turn to a few degrees, and an open mouth looks like a nod of some more.
_TURN_DEG = 12.0
_NEUTRAL = "the neutral face"
_ACTIONS = {entry.key: entry for entry in ALL_ACTIONS}


@dataclass(frozen=True, slots=True)
class _Window:
    """Frames that are compared, and how far a proposal may go."""

    apex: int
    begin: int
    end: int
    first: int
    last: int
    at_first: ExtentEnd
    at_last: ExtentEnd

    def __len__(self) -> int:
        return self.end - self.begin + 1


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """How much of the change at the apex there is, by frame from `begin` on."""

    begin: int
    values: NDArray[np.float64]
    method: Literal["landmarks", "picture"]
    unit: str
    compared_with: str
    # Points without depth, and pictures, are not turned back with the head.
    flat: bool


def propose_extent(
    project: Project,
    rater: Rater,
    recording: Recording,
    action_key: str,
    apex: int,
    codings: Mapping[int, FrameCoding] | None = None,
    *,
    sight: FaceSight | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ExtentProposal:
    """Propose onset and offset of an action, and say why.

    The region of the face in which the action shows is compared with the neutral face, by landmarks
    where all of them are known, else by the registered picture; only frames within
    :data:`SEARCH_S` of the apex and within its clip are decoded for that.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater
        Who asks.
    recording : Recording
        The recording.
    action_key : str
        Key of the catalogue, ``"AU12"``.
    apex : int
        The frame in which it is strongest, as the rater says.
    codings : mapping of int to FrameCoding, optional
        The rater's own, by frame: frames that are not codable count as unknown, and another run of
        the same action is not run into.
    sight : FaceSight, optional
        What is known of the faces, if the caller holds it; read if left out.
    progress : Progress, optional
        Told of each frame.
    cancel : CancelToken, optional
        Asked between frames.

    Raises
    ------
    NotFoundError
        If there is no such action, or no face is known of the recording or in that frame.
    ProjectError
        If the rater may not see what the proposal is about.
    UserError
        If the face at the apex does not differ from the neutral one.
    InvalidFileError
        If the video cannot be read.
    Cancelled
        On request.
    """
    if action_key not in _ACTIONS:
        raise NotFoundError(f"There is no action {action_key!r}: name one as the label file does, AU12.")
    _require_sight_of(project, rater, action_key)
    who = who_is_filmed(project, recording)
    sight = see_faces(project, who, recording) if sight is None else sight
    _require_face(sight, recording, apex)
    codings = codings or {}
    window = _window(project, recording, sight, action_key, apex, codings)
    children = _children(sight, window, codings)
    region = region_of(action_key)
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    progress.start("Comparing faces", len(window))
    try:
        measured = _by_landmarks(project, who, window, children, region) or _by_picture(
            project, who, recording, window, children, region, progress, cancel
        )
    finally:
        progress.finish()
    found = find_extent(
        measured.values,
        apex - measured.begin,
        first=window.first - measured.begin,
        last=window.last - measured.begin,
        at_first=window.at_first,
        at_last=window.at_last,
        rest=0.0,
    )
    if found is None:
        raise UserError(
            f"Nothing can be proposed for {_ACTIONS[action_key]} at frame {apex}: the {region.name} differ "
            f"too little from {measured.compared_with}; mark onset and offset yourself, or choose the frame "
            "in which the action is strongest."
        )
    return _proposal(action_key, apex, region, measured, found, children)


def may_see_eyes(project: Project, rater: Rater) -> bool:
    """Whether a rater may see eyes and brows, and what tells of them."""
    # Asked anew: the right may have been taken away since the study was opened.
    return rater.sees_eyes and project.store.people.rater(rater.name).sees_eyes


def _require_sight_of(project: Project, rater: Rater, action_key: str) -> None:
    entry = _ACTIONS[action_key]
    if entry.group == "upper" and not may_see_eyes(project, rater):
        raise ProjectError(
            f"Nothing is proposed for {entry}: {rater.name} may not see the children's eyes, and so neither "
            "curves nor proposals of the upper face; choose an action of the lower face."
        )


def who_is_filmed(project: Project, recording: Recording) -> Participant:
    """The child of a recording."""
    return next(who for who in project.participants() if who.id == recording.participant_id)


def _require_face(sight: FaceSight, recording: Recording, apex: int) -> None:
    if sight.note is None:
        hint = "" if "hrm extract" in sight.problem else "; look for them with hrm extract faces"
        raise NotFoundError(f"No faces are known of video {recording.name!r}: {sight.problem}{hint}.")
    if _five(_child(sight.frames.get(apex))) is None:
        raise NotFoundError(
            f"The child's face is not known in frame {apex} of video {recording.name!r}: mark the apex in a "
            "frame in which it is found, or say where it is with hrm faces mark and run hrm extract faces."
        )


def _five(face: Face | None) -> NDArray[np.float64] | None:
    return None if face is None else face.five


def _window(
    project: Project,
    recording: Recording,
    sight: FaceSight,
    action_key: str,
    apex: int,
    codings: Mapping[int, FrameCoding],
) -> _Window:
    time_s = sight.frames[apex].time_s
    near = [frame for frame, entry in sight.frames.items() if abs(entry.time_s - time_s) <= SEARCH_S]
    begin, end = min(near), max(near)
    first, at_first = begin, ExtentEnd.RECORDING if begin == min(sight.frames) else ExtentEnd.SEARCH
    last, at_last = end, ExtentEnd.RECORDING if end == max(sight.frames) else ExtentEnd.SEARCH
    for clip in project.store.recordings.clips(recording.id):
        if not clip.first_frame <= apex <= clip.last_frame:
            continue
        if clip.first_frame > first:
            first, at_first = clip.first_frame, ExtentEnd.CLIP
        if clip.last_frame < last:
            last, at_last = clip.last_frame, ExtentEnd.CLIP
    coded = {frame for frame in range(first, last + 1) if _has(codings.get(frame), action_key)}
    own_first, own_last = apex, apex
    while own_first - 1 in coded:
        own_first -= 1
    while own_last + 1 in coded:
        own_last += 1
    before = [frame for frame in coded if frame < own_first]
    after = [frame for frame in coded if frame > own_last]
    # A frame without the action stays between two runs, or they would become one.
    if before and max(before) + 2 <= own_first:
        first, at_first = max(before) + 2, ExtentEnd.CODED_RUN
    if after and min(after) - 2 >= own_last:
        last, at_last = min(after) - 2, ExtentEnd.CODED_RUN
    return _Window(apex, begin, end, first, last, at_first, at_last)


def _has(coding: FrameCoding | None, action_key: str) -> bool:
    return coding is not None and coding.code_of(action_key) > 0


def _children(sight: FaceSight, window: _Window, codings: Mapping[int, FrameCoding]) -> dict[int, Face]:
    """The child's face by frame, with five points, where it is known and codable."""
    children = {}
    for frame in range(window.begin, window.end + 1):
        entry, coding = sight.frames.get(frame), codings.get(frame)
        face = None if entry is None else entry.child
        codable = coding is None or coding.state is not CodingState.NOT_CODABLE or frame == window.apex
        if face is not None and face.five is not None and codable:
            children[frame] = face
    return children


def _by_landmarks(
    project: Project, who: Participant, window: _Window, children: Mapping[int, Face], region: Region
) -> _Measured | None:
    """By landmarks; None where they are not known at the apex and in most frames."""
    for kind in ("points_3d", "points_2d"):
        known = {
            frame: points for frame, face in children.items() if (points := getattr(face, kind)) is not None
        }
        if window.apex not in known or 2 * len(known) < len(children):
            continue
        faces = np.full((len(window), *known[window.apex].shape), np.nan)
        for frame, points in known.items():
            faces[frame - window.begin] = points
        neutral = _child(neutral_face(project, who.code))
        reference, compared_with = neutral, _NEUTRAL
        if reference is None or getattr(reference, kind) is None or reference.five is None:
            reference = children[window.apex]
        stable, counted = _indices(kind, reference, region)
        if len(counted) < 2 or len(stable) < 3:
            continue
        if reference is not neutral:
            laid = register(faces, getattr(reference, kind), stable)[:, counted]
            at = quietest_unlike(laid, window.apex - window.begin) + window.begin
            reference, compared_with = children[at], _quietest(at)
        rest = getattr(reference, kind)
        moved = register(faces, rest, stable)[:, counted] - rest[counted]
        five = reference.five
        assert five is not None
        eyes = float(np.linalg.norm(five[1] - five[0]))
        values = toward(moved, window.apex - window.begin) / eyes
        return _Measured(
            window.begin, values, "landmarks", "eye distances", compared_with, kind == "points_2d"
        )
    return None


def _head_turns(children: Sequence[Face]) -> bool:
    known = [(face.five, face.pose) for face in children if face.five is not None]
    five = np.stack([points for points, _ in known])
    pose = np.stack([np.full(3, np.nan) if angles is None else angles for _, angles in known])
    turned = turned_away(five, pose)
    return bool(np.isfinite(turned).any() and np.nanmax(turned) - np.nanmin(turned) > _TURN_DEG)


def _child(found: FrameFaces | None) -> Face | None:
    return None if found is None else found.child


def _quietest(frame: int) -> str:
    return f"frame {frame}, the quietest nearby, because the face of no neutral picture is known"


def _indices(kind: str, face: Face, region: Region) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Points that tell the head's motion, and points of the region."""
    if kind == "points_3d":
        return np.array(STABLE_OF_68), np.array(region.points)
    assert face.points_2d is not None
    assert face.five is not None
    return (
        points_in_box(face.points_2d, face.five, STABLE_BOX),
        points_in_box(face.points_2d, face.five, region.box),
    )


def _by_picture(
    project: Project,
    who: Participant,
    recording: Recording,
    window: _Window,
    children: Mapping[int, Face],
    region: Region,
    progress: Progress,
    cancel: CancelToken,
) -> _Measured:
    numbers = [frame for frame in children if window.first <= frame <= window.last]
    pictures: dict[int, NDArray[np.float64]] = {}
    path, cache = project.original_path(recording), project.folder / ".hrm-cache"
    with media.open_video(path, cache_dir=cache, cache_bytes=0, cancel=cancel) as video:
        for frame, rgb in decoded_ahead(video, numbers, pictures_at_once(video.size)):
            cancel.raise_if_cancelled()
            five = children[frame].five
            picture = None if rgb is None or five is None else region_picture(rgb, five, region)
            if picture is not None:
                pictures[frame] = picture
            progress.advance()
    if window.apex not in pictures:
        raise InvalidFileError(
            f"Frame {window.apex} of video {recording.name!r} is damaged or shows no face that can be "
            "registered: mark the apex in another frame."
        )
    shape = pictures[window.apex].shape
    faces = np.full((window.last - window.first + 1, *shape), np.nan)
    for frame, picture in pictures.items():
        faces[frame - window.first] = picture
    rest, compared_with = _neutral_picture(project, who, region), _NEUTRAL
    if rest is None or rest.shape != shape:
        at = quietest_unlike(faces, window.apex - window.first)
        rest, compared_with = faces[at], _quietest(at + window.first)
    values = toward(faces - rest, window.apex - window.first)
    return _Measured(window.first, values, "picture", "contrast of the face", compared_with, True)


def _neutral_picture(project: Project, who: Participant, region: Region) -> NDArray[np.float64] | None:
    found = read_neutral(project, who.code)
    if found is None:
        return None
    rgb, faces = found
    five = _five(_child(faces))
    return None if five is None else region_picture(rgb, five, region)


_ENDS = {
    ExtentEnd.TURNED: "the change grows again there, as another event does",
    ExtentEnd.UNKNOWN: "the face is not known beyond",
    ExtentEnd.CODED_RUN: "another coded run of the action begins there",
    ExtentEnd.CLIP: "the clip ends there, so that it may go on",
    ExtentEnd.RECORDING: "no more frames are known, so that it may go on",
    ExtentEnd.SEARCH: f"it is searched no further than {SEARCH_S:g} s, so that it may go on",
}


def _proposal(
    action_key: str,
    apex: int,
    region: Region,
    measured: _Measured,
    found: Extent,
    children: Mapping[int, Face],
) -> ExtentProposal:
    onset, offset = found.onset + measured.begin, found.offset + measured.begin
    unknown = tuple(frame for frame in range(onset, offset + 1) if frame not in children)
    by = "Landmarks" if measured.method == "landmarks" else "The registered picture"
    verb = "are" if measured.method == "landmarks" else "is"
    parts = [f"{by} of the {region.name} {verb} compared with {measured.compared_with}"]
    under = f"the change falls under {FRACTION:.0%} of what it is at the apex"
    for name, frame, end in (("onset", onset, found.onset_end), ("offset", offset, found.offset_end)):
        parts.append(f"{name} {frame}: {under if end is ExtentEnd.FELL else _ENDS[end]}")
    if unknown:
        parts.append(f"the face is not known in {len(unknown)} of the frames between")
    head_turns = measured.flat and _head_turns(
        [children[n] for n in range(onset, offset + 1) if n in children]
    )
    if head_turns:
        parts.append("the head turns meanwhile, which shows in the curve too")
    return ExtentProposal(
        action=action_key,
        apex=apex,
        onset=onset,
        offset=offset,
        onset_end=found.onset_end,
        offset_end=found.offset_end,
        first_frame=measured.begin,
        values=found.values,
        unit=measured.unit,
        baseline=found.baseline,
        threshold=found.threshold,
        method=measured.method,
        region=region.name,
        compared_with=measured.compared_with,
        unknown=unknown,
        head_turns=head_turns,
        reason="; ".join(parts) + ".",
    )
