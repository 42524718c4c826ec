"""Faces of the open recording: what may be seen of them, and what people mark in them.

Nothing reaches a widget but through :class:`FaceDesk`, which covers eyes where that is
due and writes down who sees them uncovered, before they do.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_annotator.language import said, tr
from hrm_annotator.operations.study import words_for
from hrm_core.errors import UserError
from hrm_core.progress import CancelToken
from hrm_core.records.face_mark import FaceMarkKind
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from hrm_core.progress import Progress
    from hrm_core.records.coding import FrameCoding
    from hrm_core.records.curve import Curve
    from hrm_core.records.extent import ExtentProposal
    from hrm_core.records.face import FrameFaces
    from hrm_core.workflows.choose_neutral import NeutralProposal
    from hrm_core.workflows.project import Project
    from hrm_core.workflows.see_faces import FaceSight
    from hrm_core.workflows.show_face import FaceLook, UneasyRun

__all__ = ["FaceDesk"]

_ACT = "shown in the window"


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read of the faces, swapped as a whole: a picture never mixes two readings."""

    sight: FaceSight
    neutral: FrameFaces | None


class FaceDesk:
    """Decides what one rater sees of one recording; any thread may ask it.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater
        Who looks.
    recording : Recording
        What is looked at.
    covered : bool
        Whether eyes are covered though the rater may see them.
    registered : bool
        Whether faces are aligned by their five points.
    """

    def __init__(
        self, project: Project, rater: Rater, recording: Recording, *, covered: bool, registered: bool
    ) -> None:
        self.project, self.rater, self.recording = project, rater, recording
        self.must_cover = not rater.sees_eyes
        self._covered, self._registered = covered, registered
        self._reading, self._logging = threading.Lock(), threading.Lock()
        # One mark after the other: two workers that follow the child would undo each other's files.
        self._marking = threading.Lock()
        self._known: _Known | None = None
        self._logged = False
        self._closed = False
        self._cancel = CancelToken()

    # -- what is wanted ---------------------------------------------------------------

    @property
    def covered(self) -> bool:
        """Whether eyes are covered, by right or by wish."""
        return self.must_cover or self._covered

    def set_covered(self, covered: bool) -> None:
        """Cover eyes or not; to show them again is a new unmasking."""
        with self._logging:
            if self._covered and not covered:
                self._logged = False
            self._covered = covered

    def set_registered(self, registered: bool) -> None:
        """Align faces or not."""
        self._registered = registered

    def close(self) -> None:
        """Read nothing more: the project may be closed; who follows a child stops."""
        self._closed = True
        self._cancel.cancel()

    # -- what is known ----------------------------------------------------------------

    @property
    def sight(self) -> FaceSight | None:
        """What is known of the faces; None until it was read."""
        return None if self._known is None else self._known.sight

    @property
    def has_faces(self) -> bool:
        """Whether faces were looked for in this recording."""
        return self.sight is not None and self.sight.note is not None

    @property
    def can_cover(self) -> bool:
        """Whether eyes are known to lie anywhere."""
        return self.sight is not None and bool(self.sight.covers)

    def load(self) -> None:
        """Read features and marks anew; slow, for a worker.

        Raises
        ------
        UserError
            If they cannot be read.
        """
        with self._reading:
            if not self._closed:
                self._read()

    def _read(self) -> _Known:
        from hrm_core.workflows.neutral_face import neutral_face
        from hrm_core.workflows.see_faces import see_faces

        who = self.participant()
        known = _Known(see_faces(self.project, who, self.recording), neutral_face(self.project, who.code))
        self._known = known
        return known

    def participant(self) -> Participant:
        """The child, with its group: for paths, never for words."""
        people = self.project.participants()
        return next(who for who in people if who.id == self.recording.participant_id)

    # -- pictures ----------------------------------------------------------------------

    def look(self, frame: int, rgb: NDArray[np.uint8]) -> FaceLook:
        """What this rater sees of a frame; for the thread that decodes.

        Parameters
        ----------
        frame : int
            Frame number.
        rgb : ndarray of uint8, shape (height, width, 3)
            The frame or a copy of it in another size.
        """
        from hrm_core.workflows.show_face import show_face

        covered, registered = self.covered, self._registered
        try:
            known = self._allow(covered)
        except UserError as error:
            return self._nothing(error)
        look = show_face(
            None if known is None else known.sight,
            self.recording,
            frame,
            rgb,
            covered=covered,
            registered=registered and known is not None,
            neutral=None if known is None else known.neutral,
        )
        return self._explained(look)

    def words(self, error: UserError | str) -> str:
        """A message as this rater may read it."""
        return words_for(error, self.project, self.rater)

    def _explained(self, look: FaceLook) -> FaceLook:
        if not look.withheld:
            return look
        what_to_do = (
            tr("Somebody who may see eyes can mark them; hrm extract faces looks for faces.")
            if self.must_cover
            else tr(
                "Show the eyes (Ctrl+Shift+E) and mark them (F9), or let hrm extract faces look for faces."
            )
        )
        words = tr(
            "Withheld: {why}.\n\nThe eyes cannot be covered. {what_to_do}",
            why=self.words(look.withheld.rstrip(".")),
            what_to_do=what_to_do,
        )
        return replace(look, withheld=words)

    def _nothing(self, error: UserError) -> FaceLook:
        import numpy as np

        from hrm_core.workflows.show_face import FaceLook

        return FaceLook(None, self.words(error), False, False, "", np.eye(2, 3))

    def _allow(self, covered: bool) -> _Known | None:
        """What is needed before a picture is made: where eyes are, or a line in the log.

        Raises
        ------
        UserError
            If it cannot be read or written: then no picture is made.
        """
        if covered:
            known = self._known
            if known is not None:
                return known  # whoever steps does not wait while it is read anew
            with self._reading:
                return self._known or self._read()
        with self._logging:
            if not self._logged:
                self._log()
        return self._known

    def _log(self) -> None:
        # Asked anew: the right may have been taken away since the study was opened.
        if not self.project.store.people.rater(self.rater.name).sees_eyes:
            raise UserError(
                tr(
                    "Nothing is shown, because you may not see the children's eyes any more: "
                    "open the study again."
                )
            )
        try:
            self.project.store.face_marks.log_unmasking(self.rater.id, self.recording.id, _ACT)
        except UserError as error:
            raise UserError(
                tr(
                    "Nothing is shown, because it cannot be written down that you see uncovered eyes. "
                    "{why} Then go to another frame, or cover the eyes (Ctrl+Shift+E).",
                    why=said(str(error)),
                )
            ) from error
        self._logged = True

    # -- marks -------------------------------------------------------------------------

    def pick_child(self, frame: int, face: int) -> None:
        """Say which face is the child's: its place among those of the frame."""
        from hrm_core.workflows.pick_face import pick_face

        with self._marking:
            code, video = self.participant().code, self.recording.name
            pick_face(
                self.project, code, frame, by=self.rater.name, face=face, video=video, cancel=self._cancel
            )
            self.load()

    def mark_face(self, frame: int, box: NDArray[np.float64]) -> None:
        """Say where the child's face is: left, top, right, bottom in pixels of the frame."""
        from hrm_core.workflows.review_eyes import mark_face

        with self._marking:
            mark_face(self.project, self.rater, self.recording, frame, box)
            self.load()

    def mark_eyes(self, frame: int, band: NDArray[np.float64]) -> None:
        """Say where both eyes are: four corners in pixels of the frame, shape (4, 2)."""
        from hrm_core.workflows.review_eyes import mark_eyes

        with self._marking:
            mark_eyes(self.project, self.rater, self.recording, frame, band)
            self.load()

    def mark_no_eyes(self, frame: int) -> None:
        """Say that no eye of the child is seen."""
        from hrm_core.workflows.review_eyes import mark_no_eyes

        with self._marking:
            mark_no_eyes(self.project, self.rater, self.recording, frame)
            self.load()

    def take_back(self, frame: int) -> None:
        """Let the marks of a frame hold no more."""
        from hrm_core.workflows.pick_face import follow_again
        from hrm_core.workflows.review_eyes import take_back

        with self._marking:
            taken = take_back(self.project, self.rater, self.recording, frame)
            if self.has_faces and any(mark.kind is FaceMarkKind.FACE for mark in taken):
                # Who was followed from that mark on is not the child by it any more.
                follow_again(self.project, self.participant(), self.recording, cancel=self._cancel)
            self.load()

    def to_review(self) -> list[UneasyRun]:
        """Frames whose eyes are not located, in runs."""
        from hrm_core.workflows.show_face import eyes_to_review

        sight = self.sight
        return [] if sight is None else eyes_to_review(sight, self.recording.frame_count or 0)

    # -- neutral face and pictures ---------------------------------------------------------

    def neutral_exists(self) -> bool:
        """Whether the child has a neutral picture."""
        return self.project.neutral_path(self.participant().code) is not None

    def neutral_look(self) -> FaceLook | None:
        """The neutral picture as this rater sees it; None if there is none. Slow, for a worker.

        Raises
        ------
        InvalidFileError
            If the picture cannot be read.
        """
        from hrm_core.workflows.neutral_face import read_neutral
        from hrm_core.workflows.show_face import show_neutral

        if not self.neutral_exists():
            return None
        covered, registered = self.covered, self._registered
        try:
            known = self._allow(covered)
        except UserError as error:
            return self._nothing(error)
        # Read anew with its faces: another coder may have chosen another picture meanwhile.
        read = read_neutral(self.project, self.participant().code)
        if read is None:
            return None
        picture, faces = read
        look = show_neutral(faces, picture, covered=covered, registered=registered and known is not None)
        return self._explained(look)

    def use_as_neutral(self, frame: int) -> None:
        """Make a frame the child's neutral picture."""
        from hrm_core.workflows.choose_neutral import use_as_neutral

        with self._marking:
            self.load()
            assert self._known is not None
            use_as_neutral(self.project, self.participant(), self.recording, frame, self._known.sight)
            self.load()

    def propose_neutral(self, progress: Progress, cancel: CancelToken) -> list[NeutralProposal]:
        """Frames that may show the neutral face, with pictures as this rater may see them."""
        from hrm_core.workflows.choose_neutral import propose_neutral

        covered = self.covered
        known = self._allow(covered)
        if known is None:
            with self._reading:
                known = self._read()
        return propose_neutral(
            self.project, self.recording, known.sight, covered=covered, progress=progress, cancel=cancel
        )

    def curves(self, cancel: CancelToken) -> list[Curve]:
        """Pose and motion of the child's face, frame by frame; slow, for a worker."""
        from hrm_core.workflows.timeline_curves import timeline_curves

        return timeline_curves(self.project, self.rater, self.recording, sight=self.sight, cancel=cancel)

    def propose_extent(
        self, action_key: str, apex: int, codings: Mapping[int, FrameCoding], cancel: CancelToken
    ) -> ExtentProposal:
        """Where an action may begin and end around its apex; slow, for a worker."""
        from hrm_core.workflows.propose_extent import propose_extent

        return propose_extent(
            self.project,
            self.rater,
            self.recording,
            action_key,
            apex,
            codings,
            sight=self.sight,
            cancel=cancel,
        )

    def picture_name(self, frame: int) -> str:
        """A file name for a picture of a frame."""
        from hrm_core.workflows.save_picture import picture_name

        return picture_name(self.project, self.participant(), self.recording, frame)

    def save_picture(self, frame: int, path: Path, cancel: CancelToken) -> bool:
        """Write a frame as a picture; returns whether its eyes are covered."""
        from hrm_core.workflows.save_picture import save_picture

        return save_picture(
            self.project,
            self.rater,
            self.participant(),
            self.recording,
            frame,
            path,
            covered=self.covered,
            cancel=cancel,
        )
