"""The omission check of a clip: a walk through its groups, and what reaches the disk.

:class:`CheckWalk` is what one coder does in front of the screen; the functions run in a
worker thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from hrm_core.errors import StoreWriteError
from hrm_core.records.check import Answer, CheckAnswer, CheckGroup, CheckLog
from hrm_core.records.check_standing import (
    CheckStanding,
    GroupStanding,
    settled_by_verdict,
    standing,
    to_answer,
)
from hrm_core.records.recording import Clip

if TYPE_CHECKING:
    from hrm_core.records.coding import FrameCoding
    from hrm_core.records.people import Rater
    from hrm_core.records.recording import Recording
    from hrm_core.workflows.check_clip import SubmissionMark
    from hrm_core.workflows.project import Project

__all__ = ["CheckWalk", "begin", "read_marks", "submit", "take_back", "write_answers"]

_PATIENCE_S = 10.0


class CheckWalk:
    """One coder's way through the groups of one clip.

    Parameters
    ----------
    clip : Clip
        The clip.
    rater_id : int
        Whose codes are checked.
    groups : sequence of CheckGroup
        What is asked.
    log : CheckLog
        What was answered until now.
    hides : bool
        Whether the study hides the first pass.
    codings : mapping of int to FrameCoding
        The coder's codings by frame as they truly are; read again whenever one asks.
    """

    def __init__(
        self,
        clip: Clip,
        rater_id: int,
        groups: Sequence[CheckGroup],
        log: CheckLog,
        codings: Mapping[int, FrameCoding],
        *,
        hides: bool,
    ) -> None:
        self.clip = clip
        self.frames = range(clip.first_frame, clip.last_frame + 1)
        self._rater_id, self._groups, self._log, self._hides = rater_id, groups, log, hides
        self._codings = codings
        self._seen: set[int] = set()
        self.place = 0
        self.standing = self.look()
        self.place = self.next_open() or 0

    def look(self) -> CheckStanding:
        """How far the check is, with the codes as they are now."""
        self.standing = standing(self._codings, self.frames, self._log, self._groups, hides=self._hides)
        return self.standing

    @property
    def group(self) -> GroupStanding:
        """The group that is looked for now."""
        return self.standing.groups[self.place]

    @property
    def unseen(self) -> list[int]:
        """Frames of the clip that were not displayed yet for this group."""
        return [frame for frame in self.frames if frame not in self._seen]

    def go_to_group(self, place: int, on_screen: int | None) -> None:
        """Look for another group: the whole clip is to be displayed for it."""
        self.place = place
        self._seen.clear()
        if on_screen is not None:
            self.see(on_screen)

    def see(self, frame: int) -> bool:
        """Note that a frame was displayed; whether it is the first time for this group."""
        new = frame in self.frames and frame not in self._seen
        if new:
            self._seen.add(frame)
        return new

    def next_open(self) -> int | None:
        """Place of the next group with something to answer, this one first; None if there is none."""
        count = len(self.standing.groups)
        ahead = [(self.place + step) % count for step in range(count)]
        return next((place for place in ahead if not self.standing.groups[place].is_settled), None)

    def place_of(self, key: str) -> int:
        """Place of the group of an action."""
        return next(place for place, group in enumerate(self._groups) if key in group.actions)

    def answer(self, key: str, *, present: bool) -> list[CheckAnswer]:
        """Take an answer for an action of this group; what is to be written, with all that follows from it.

        Raises
        ------
        ProjectError
            If the codes say otherwise.
        """
        kind, detail = to_answer(self.group, key, present=present)
        given = [self._made(key, kind, detail)]
        self._log = self._log.with_answer(given[0])
        self.look()
        for entry in settled_by_verdict(self.group):
            given.append(self._made(*entry))
            self._log = self._log.with_answer(given[-1])
        self.look()
        return given

    def _made(self, key: str, kind: Answer, detail: Mapping[str, object]) -> CheckAnswer:
        clip, digest = self.clip, self.standing.of(key).digest
        return CheckAnswer(
            self._rater_id,
            clip.video_id,
            clip.first_frame,
            clip.last_frame,
            key,
            kind,
            digest,
            self._hides,
            dict(detail),
        )


def begin(
    project: Project, rater: Rater, recording: Recording, clip: Clip, written: Callable[[float], bool]
) -> tuple[tuple[CheckGroup, ...], CheckLog, bool]:
    """Start or go on with the check of a clip: its groups, its log, and whether it hides the first pass."""
    from hrm_core.workflows import check_clip

    _wait(written)
    check_clip.start_check(project, rater, recording, clip)
    log = check_clip.check_log(project, rater, recording).of_frames(clip.first_frame, clip.last_frame)
    return check_clip.check_groups(project, rater), log, project.settings.check.hide_first_pass


def write_answers(project: Project, answers: Sequence[CheckAnswer], written: Callable[[float], bool]) -> None:
    """Write answers behind the codes that they are about; a UserError says why it cannot be."""
    from hrm_core.workflows import check_clip

    _wait(written)
    check_clip.write_answers(project, answers)


def submit(
    project: Project, rater: Rater, recording: Recording, clip: Clip, written: Callable[[float], bool]
) -> dict[int, SubmissionMark]:
    """Submit a clip; what is submitted then."""
    from hrm_core.workflows import check_clip

    _wait(written)
    check_clip.submit(project, rater, recording, clip)
    return check_clip.submission_marks(project, rater)


def take_back(
    project: Project, rater: Rater, recording: Recording, clip: Clip, reason: str
) -> dict[int, SubmissionMark]:
    """Take a submission back; what is submitted then."""
    from hrm_core.workflows import check_clip

    check_clip.take_back(project, rater, recording, clip, reason)
    return check_clip.submission_marks(project, rater)


def read_marks(project: Project, rater: Rater) -> dict[int, SubmissionMark]:
    """Clips that this rater has submitted, by their numbers in the store."""
    from hrm_core.workflows import check_clip

    return check_clip.submission_marks(project, rater)


def _wait(written: Callable[[float], bool]) -> None:
    """Let codes reach the disk before what is said of them."""
    if not written(_PATIENCE_S):
        raise StoreWriteError("The codes are not on disk yet, so nothing can be said of them: try again.")
