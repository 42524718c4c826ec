"""Runs of frames with one action, and edits of many frames at once.

Every function takes the codings of one rater on one recording by frame and
returns the frames that are to change, so that an edit is one mapping, one entry
of the log and one step of undo.  Nobody can see many frames at once: whatever an
edit writes on a frame other than the one on the screen is *carried* until that
frame was displayed and confirmed.  A copy of a code that a model suggested names the run
of the model, too, however often it is copied on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin

__all__ = ["Pen", "confirmable", "next_change", "run_of"]

Codings = Mapping[int, FrameCoding]
Edit = dict[int, FrameCoding | None]


def run_of(codings: Codings, action: str, frame: int) -> tuple[int, int] | None:
    """First and last frame of the run of an action around a frame.

    A run is a stretch of consecutive frames with the same code of the action.

    Parameters
    ----------
    codings : mapping of int to FrameCoding
        By frame.
    action : str
        Key of the action.
    frame : int
        A frame of the run.

    Returns
    -------
    (int, int) or None
        Both included; None if the action is absent in `frame`.
    """
    code = _code(codings, action, frame)
    if not code:
        return None
    first = last = frame
    while _code(codings, action, first - 1) == code:
        first -= 1
    while _code(codings, action, last + 1) == code:
        last += 1
    return first, last


def next_change(codings: Codings, frame: int, direction: int, frame_count: int) -> int | None:
    """The first frame, going on or back, whose codes differ from those of the frame before it.

    Going back it is the start of the present run of codes, or of the run before
    when the present one starts here, so that going to and fro visits the same frames.

    Parameters
    ----------
    codings : mapping of int to FrameCoding
        By frame.
    frame : int
        Where to start.
    direction : {1, -1}
        On or back.
    frame_count : int
        Frames of the recording.

    Returns
    -------
    int or None
        None if nothing changes on that side.
    """
    place = frame + direction
    while 0 < place < frame_count:
        if _look(codings.get(place)) != _look(codings.get(place - 1)):
            return place
        place += direction
    return 0 if direction < 0 and frame > 0 else None


def confirmable(codings: Codings, seen: Collection[int], frame: int, first: int = 0) -> tuple[list[int], int]:
    """Carried frames up to and including `frame` that were displayed and may be confirmed with it.

    Going back from `frame` through frames that have a coding, to the first one
    that has none or that was not displayed since its codes were carried there.

    Parameters
    ----------
    codings : mapping of int to FrameCoding
        By frame.
    seen : collection of int
        Frames displayed with their present codes.
    frame : int
        The frame on the screen.
    first : int
        Frames before this one belong to another clip.

    Returns
    -------
    frames : list of int
        Ascending.
    unseen : int
        How many carried frames in a row, right before those, were not displayed yet.
    """
    found: list[int] = []
    place = frame
    while place >= first and place in codings:
        if codings[place].state is CodingState.CARRIED:
            if place not in seen:
                break
            found.append(place)
        place -= 1
    unseen = 0
    while place >= first and place in codings and codings[place].state is CodingState.CARRIED:
        unseen += place not in seen
        place -= 1
    return found[::-1], unseen


@dataclass(frozen=True, slots=True)
class Pen:
    """Edits many frames for one rater.

    Attributes
    ----------
    codings : mapping of int to FrameCoding
        What there is now, by frame.
    blank : callable
        Makes an empty coding of an uncoded frame.
    here : int or None
        The frame on the screen: what is written there is said by hand.
    closed : collection of str
        Actions this rater cannot code; they stay as they are everywhere.
    """

    codings: Codings
    blank: Callable[[int], FrameCoding]
    here: int | None = None
    closed: Collection[str] = ()

    def fill(self, frames: Iterable[int], source: FrameCoding) -> Edit:
        """Give `frames` all codes of `source`; notes and doubt flags stay.

        Frames that are not codable are left alone, as are those that say the same already;
        a source that is not codable has no codes to give.
        """
        edit: Edit = {}
        if source.state is CodingState.NOT_CODABLE:
            return edit
        for frame in frames:
            old = self.codings.get(frame)
            if frame == source.frame or (old and old.state is CodingState.NOT_CODABLE):
                continue
            kept = [code for code in (old.codes if old else ()) if code.action in self.closed]
            codes = [code for code in source.codes if code.action not in self.closed]
            self._write(edit, frame, [*kept, *codes])
        return edit

    def set_action(
        self,
        frames: Iterable[int],
        action: str,
        code: int,
        intensity: str | None = None,
        model_run_id: int | None = None,
    ) -> Edit:
        """Give one action a code on `frames` (0 takes it off); all other actions stay.

        Taking it off leaves uncoded frames uncoded; frames that are not codable are left alone.
        `model_run_id` is that of the code it is copied from.
        """
        edit: Edit = {}
        for frame in frames:
            old = self.codings.get(frame)
            # Where there is nothing to take off, nothing is said of the frame either.
            absent = old is None or not old.code_of(action)
            if (absent and not code) or (old and old.state is CodingState.NOT_CODABLE):
                continue
            codes = [entry for entry in (old.codes if old else ()) if entry.action != action]
            if code:
                codes.append(ActionCode(action, code, intensity, model_run_id=model_run_id))
            self._write(edit, frame, codes)
        return edit

    def move_run(self, action: str, old: tuple[int, int], new: tuple[int, int]) -> Edit:
        """Let a run of an action begin and end elsewhere.

        A run that is moved as a whole takes its intensities along; one that is made longer goes
        on as strong as it was at that end.

        Parameters
        ----------
        action : str
            Key of the action.
        old, new : (int, int)
            First and last frame of the run before and after, both included.
        """
        before, after = set(range(old[0], old[1] + 1)), set(range(new[0], new[1] + 1))
        edit = self.set_action(sorted(before - after), action, 0)
        shift = new[0] - old[0]
        moved = shift == new[1] - old[1]
        for frame in sorted(after if moved else after - before):
            source = frame - shift if moved else min(max(frame, old[0]), old[1])
            sample = self.codings[source].entry_of(action)
            assert sample is not None
            edit.update(self.set_action([frame], action, sample.code, sample.intensity, sample.model_run_id))
        return edit

    def paste(self, copied: Mapping[int, FrameCoding], at: int, frame_count: int) -> Edit:
        """Put copied frames where the first falls on `at`; what would lie beyond the end is left out."""
        edit: Edit = {}
        first = min(copied, default=0)
        for frame, coding in copied.items():
            place = frame - first + at
            if place < frame_count:
                edit.update(self.fill([place], replace(coding, frame=-1 - place)))
        return edit

    def empty(self, frames: Iterable[int]) -> Edit:
        """Leave `frames` uncoded, as if nobody had looked at them."""
        return {frame: None for frame in frames if frame in self.codings}

    def not_codable(self, frames: Iterable[int]) -> Edit:
        """Say of `frames` that nothing can be coded there."""
        return {
            frame: replace(self._base(frame), codes=(), state=CodingState.NOT_CODABLE)
            for frame in frames
            if _state(self.codings.get(frame)) is not CodingState.NOT_CODABLE
        }

    def confirm(self, frames: Iterable[int]) -> Edit:
        """Say of carried `frames` that they are coded as they stand."""
        return {frame: replace(self.codings[frame], state=CodingState.CODED) for frame in frames}

    def _base(self, frame: int) -> FrameCoding:
        return self.codings.get(frame) or self.blank(frame)

    def _write(self, edit: Edit, frame: int, codes: Iterable[ActionCode]) -> None:
        """Enter a frame into `edit` unless it says these codes already."""
        old = self._base(frame)
        origin = Origin.HUMAN if frame == self.here else Origin.CARRIED
        written = tuple(_written_over(old.entry_of(code.action), code, origin) for code in codes)
        same = {code.action: code for code in written} == {code.action: code for code in old.codes}
        if same and frame in self.codings and (frame != self.here or old.state is not CodingState.CARRIED):
            return
        state = CodingState.CODED if frame == self.here else CodingState.CARRIED
        new = replace(old, codes=written, state=state)
        if not new.says_the_same_as(self.codings.get(frame)):
            edit[frame] = new


def _written_over(old: ActionCode | None, new: ActionCode, origin: Origin) -> ActionCode:
    """A code as it is written on a frame that says `old` of the same action."""
    # What was said of the frame before keeps its origin; only what is new was carried.
    if old is not None and (old.code, old.intensity) == (new.code, new.intensity):
        return old
    # The doubt of the frame that is written on stays, that of the frame it comes from does not.
    doubtful, note = (old.doubtful, old.note) if old else (False, "")
    # The run stays: what a model suggested is no less its suggestion on the next frame.
    return replace(new, origin=origin, doubtful=doubtful, note=note)


def _code(codings: Codings, action: str, frame: int) -> int:
    coding = codings.get(frame)
    return coding.code_of(action) if coding else 0


def _state(coding: FrameCoding | None) -> CodingState | None:
    return coding.state if coding else None


def _look(coding: FrameCoding | None) -> object:
    """What of a frame shows on the timeline: state aside from checking, codes and intensities."""
    if coding is None:
        return None
    if coding.state is CodingState.NOT_CODABLE:
        return CodingState.NOT_CODABLE
    return tuple((code.action, code.code, code.intensity) for code in coding.codes)
