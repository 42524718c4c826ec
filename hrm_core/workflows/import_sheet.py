"""Take codes from files of other programs into the study: compared first, then written all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from unicodedata import category

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.exchange.code_runs import Detail
from hrm_core.exchange.sheet_table import table_bytes, write_file
from hrm_core.facs import action
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.coding_sheet import CodingSheet, ReadSheet, RowNote, RowSeverity
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Recording
from hrm_core.records.segments import frames_in_words
from hrm_core.records.words import counted
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.code_formats import CodeFormat, format_named, format_of
from hrm_core.workflows.frame_times import frame_times
from hrm_core.workflows.imported_runs import with_known_runs
from hrm_core.workflows.project import Project

__all__ = ["ImportedSheets", "SheetPlan", "import_sheets", "plan_import", "write_row_notes"]


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """How a file was understood, and what importing it would change; nothing is written yet.

    Attributes
    ----------
    file : pathlib.Path
        The file.
    format : str
        Name of its format.
    participant, video, rater : str
        Whose codes of which recording.
    new_rater : bool
        Whether nobody of this name is in the study yet.
    frames : int
        Coded frames in the file.
    added, replaced, unchanged : tuple of int
        Frames that are uncoded in the study, coded differently there, or say the same.
    untouched : int
        Frames that are coded in the study and not in the file; they stay.
    exact_frames : bool
        Whether the file names frames; else they were found by their times.
    notes : tuple of RowNote
        Everything somebody should know before, row by row.
    passed_over : mapping of str to int
        Parts of the file that are not about actions, and how many entries each has.
    before : mapping of int to FrameCoding or None
        The frames that would change as they are now.
    after : mapping of int to FrameCoding
        What they would become.
    recording : Recording
        Which recording it is about.
    """

    file: Path
    format: str
    participant: str
    video: str
    rater: str
    new_rater: bool
    frames: int
    added: tuple[int, ...]
    replaced: tuple[int, ...]
    unchanged: tuple[int, ...]
    untouched: int
    exact_frames: bool
    notes: tuple[RowNote, ...]
    passed_over: Mapping[str, int]
    before: Mapping[int, FrameCoding | None] = field(repr=False)
    after: Mapping[int, FrameCoding] = field(repr=False)
    recording: Recording = field(repr=False)

    @property
    def importable(self) -> bool:
        """Whether no row is an error."""
        return not self.count(RowSeverity.ERROR)

    def count(self, severity: RowSeverity) -> int:
        """How many notes of this severity there are."""
        return sum(note.severity is severity for note in self.notes)


@dataclass(frozen=True, slots=True)
class ImportedSheets:
    """What :func:`import_sheets` wrote.

    Attributes
    ----------
    files, added, replaced, unchanged : int
        Files, and frames of them.
    """

    files: int
    added: int
    replaced: int
    unchanged: int


def plan_import(
    project: Project,
    files: Sequence[Path],
    form: str | None = None,
    *,
    rater: str | None = None,
    participant: str | None = None,
    video: str | None = None,
    else_about: tuple[str, str] | None = None,
    only_as: Rater | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> tuple[SheetPlan, ...]:
    """Read files and compare them with the study; nothing is written.

    Parameters
    ----------
    project : Project
        The open study.
    files : sequence of pathlib.Path
        One per recording and rater.
    form : str, optional
        Name of their format; seen from the file if left out.
    rater : str, optional
        Whose codes they are, if not the files' own word.
    participant, video : str, optional
        Which recording, where a file does not say; one that says another is refused.
    else_about : (str, str), optional
        Code of the child and name of the video of files that name neither.
    only_as : Rater, optional
        The one who imports: a file that names somebody else is refused.
    progress : Progress, optional
        Told of files.
    cancel : CancelToken, optional
        Asked between files.

    Raises
    ------
    NotFoundError
        If a file, recording or rater is unknown or not named.
    InvalidFileError
        If a file is not what it claims to be.
    ProjectError
        If a file is about another recording or another rater than those asked for, or its codes
        would be the consensus of two raters, which is never written by hand.
    """
    progress = progress or NoProgress()
    progress.start("Reading codes", len(files))
    plans: list[SheetPlan] = []
    try:
        for file in files:
            if cancel is not None:
                cancel.raise_if_cancelled()
            kind = format_named(form) if form else format_of(file)
            read, recording, who = _read(project, kind, file, (participant, video), else_about, cancel)
            name = _rater_name(file, read.sheet.rater, rater, only_as)
            _refuse_consensus(project, name)
            plans.append(_plan(project, kind, file, read, who, recording, name))
            progress.advance()
    finally:
        progress.finish()
    _require_each_once(plans)
    return tuple(plans)


def import_sheets(
    project: Project, plans: Sequence[SheetPlan], *, replace_codes: bool = False, actor: str | None = None
) -> ImportedSheets:
    """Write what was planned: all of it, or nothing.

    Every recording gets one entry in the log; who the codes belong to is made if new.

    Parameters
    ----------
    project : Project
        The open study.
    plans : sequence of SheetPlan
        From :func:`plan_import`.
    replace_codes : bool
        Overwrite frames that are coded differently (the history keeps the old codes).
    actor : str, optional
        Who imports; the rater whose codes they are if left out.

    Raises
    ------
    InvalidFileError
        If a row of a file is an error.
    ProjectError
        If frames are coded differently and `replace_codes` is False.
    ConflictError
        If the study was changed since the files were compared with it.
    """
    for plan in plans:
        _require_importable(plan, replace_codes=replace_codes)
    with project.store.all_or_nothing():
        for plan in plans:
            coder = add_rater(project, plan.rater)
            doer = add_rater(project, actor) if actor else coder
            after = {
                frame: replace(coding, rater_id=coder.id, video_id=plan.recording.id)
                for frame, coding in plan.after.items()
            }
            project.store.codings.import_codings(
                coder.id,
                plan.recording.id,
                plan.before,
                after,
                actor_id=doer.id,
                reason=f"import {plan.format}",
            )
    return ImportedSheets(
        len(plans),
        sum(len(plan.added) for plan in plans),
        sum(len(plan.replaced) for plan in plans),
        sum(len(plan.unchanged) for plan in plans),
    )


def write_row_notes(path: Path, plans: Sequence[SheetPlan]) -> None:
    """Write all notes of a dry run as CSV: file, where, what becomes of it, message.

    Raises
    ------
    InvalidFileError
        If it cannot be written.
    """
    rows = [
        (plan.file.name, note.where, note.severity.value, note.message)
        for plan in plans
        for note in plan.notes
    ]
    write_file(path, table_bytes(("file", "where", "severity", "message"), rows))


def _require_importable(plan: SheetPlan, *, replace_codes: bool) -> None:
    errors = [note for note in plan.notes if note.severity is RowSeverity.ERROR]
    if errors:
        raise InvalidFileError(
            f"{plan.file}, {errors[0].where}: {errors[0].message} ({len(errors)} errors in all; nothing was "
            "imported)"
        )
    if plan.replaced and not replace_codes:
        raise ProjectError(
            f"{plan.file}: the project says something else of {frames_in_words(plan.replaced)}: nothing was "
            "imported; use --replace to overwrite what it says (the history keeps it)."
        )


# -- whose codes of which recording ------------------------------------------------------------


def _read(
    project: Project,
    kind: CodeFormat,
    file: Path,
    asked: tuple[str | None, str | None],
    else_about: tuple[str, str] | None,
    cancel: CancelToken | None,
) -> tuple[ReadSheet, Recording, Participant]:
    """What a file says, read with the times of the recording it is about."""
    first = kind.read(file, None)
    _require_plain_names(file, first.sheet)
    if else_about is not None and not first.sheet.participant and asked == (None, None):
        asked = else_about
    who, recording = _recording(project, file, first.sheet, *asked)
    times = frame_times(project, recording, cancel=cancel)
    return (first if times is None else kind.read(file, times)), recording, who


def _require_plain_names(file: Path, sheet: CodingSheet) -> None:
    for what, said in (("participant", sheet.participant), ("video", sheet.video), ("rater", sheet.rater)):
        if any(category(sign) in ("Cc", "Zl", "Zp") for sign in said):
            raise InvalidFileError(
                f"{file}: the {what} {said!r} has characters that no name has: correct the file."
            )


def _recording(
    project: Project, file: Path, sheet: CodingSheet, participant: str | None, video: str | None
) -> tuple[Participant, Recording]:
    for what, said, asked in (("participant", sheet.participant, participant), ("video", sheet.video, video)):
        if said and asked and said != asked:
            raise ProjectError(f"{file} is about {what} {said!r}, not {asked!r}: choose the other file.")
    code, name = participant or sheet.participant, video or sheet.video
    if not code:
        raise NotFoundError(f"{file} does not say which child it is about: name one with --participant.")
    found = list(project.recordings(code))
    chosen = [entry for entry in found if name in ("", entry[1].name)]
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(repr(entry[1].name) for entry in found) or "none yet"
    if name:
        raise NotFoundError(f"{file}: participant {code} has no video {name!r}; there are: {names}.")
    raise NotFoundError(
        f"{file}: say which video of participant {code} it is about with --video; there are: {names}."
    )


def _rater_name(file: Path, said: str, asked: str | None, only_as: Rater | None) -> str:
    if only_as is not None:
        # Codes of two people must stay apart: one's file must not become the other's labels.
        if said and said != only_as.name:
            raise ProjectError(
                f"{file} holds the codes of {said}: here only your own codes are imported; hrm import takes "
                "those of others."
            )
        return only_as.name
    name = asked or said
    if not name:
        raise NotFoundError(f"{file} does not say whose codes they are: name the rater with --rater.")
    return name


def _refuse_consensus(project: Project, name: str) -> None:
    for coder in project.raters():
        if coder.name == name:
            project.store.adjudications.refuse_consensus(coder.id)


def _require_each_once(plans: Sequence[SheetPlan]) -> None:
    seen: dict[tuple[int, str], Path] = {}
    for plan in plans:
        key = (plan.recording.id, plan.rater)
        if key in seen:
            raise InvalidFileError(
                f"{plan.file} and {seen[key]} both hold codes of {plan.rater} on video {plan.video!r} of "
                f"participant {plan.participant}: leave one out."
            )
        seen[key] = plan.file


# -- what would change ---------------------------------------------------------------------------


def _plan(
    project: Project,
    kind: CodeFormat,
    file: Path,
    read: ReadSheet,
    who: Participant,
    recording: Recording,
    name: str,
) -> SheetPlan:
    coder = next((rater for rater in project.raters() if rater.name == name), None)
    known = project.store.codings.of_video(coder.id, recording.id) if coder else {}
    sheet, strange = with_known_runs(project, read.sheet)
    notes = [*_notes_on_names(sheet, name), *read.notes, *_notes_on_frames(sheet, recording), *strange]
    before: dict[int, FrameCoding | None] = {}
    after: dict[int, FrameCoding] = {}
    unchanged: list[int] = []
    unseen: list[int] = []
    unchecked: list[int] = []
    for frame, coding in sorted(sheet.codings.items()):
        old = known.get(frame)
        new = _merged(coding, old, kind.holds)
        if coder is not None and not coder.sees_eyes:
            seen = _as_seen(new, old)
            unseen += [frame] if seen.codes != new.codes else []
            new = seen
        if new.state is CodingState.CHECKED and not _was_checked_so(new, old):
            # A check is made of pictures by the coder whose codes they are; no file can bring it along.
            new = replace(new, state=CodingState.CODED)
            unchecked.append(frame)
        if new.says_the_same_as(old):
            unchanged.append(frame)
        else:
            before[frame], after[frame] = old, new
    notes += _notes_on_codes(name, unseen, unchecked)
    return SheetPlan(
        file,
        kind.name,
        who.code,
        recording.name,
        name,
        coder is None,
        len(sheet.codings),
        tuple(frame for frame, old in before.items() if old is None),
        tuple(frame for frame, old in before.items() if old is not None),
        tuple(unchanged),
        len(known.keys() - sheet.codings.keys()),
        read.exact_frames,
        tuple(notes),
        dict(read.passed_over),
        before,
        after,
        recording,
    )


def _notes_on_names(sheet: CodingSheet, name: str) -> list[RowNote]:
    if sheet.rater in ("", name):
        return []
    return [
        RowNote(
            "whole file", RowSeverity.NOTE, f"It names {sheet.rater}; its codes are taken as those of {name}."
        )
    ]


def _notes_on_codes(name: str, unseen: list[int], unchecked: list[int]) -> list[RowNote]:
    """What is not taken as the file has it: codes around eyes that are kept from a rater, and checks."""
    notes = []
    if unseen:
        notes.append(
            RowNote(
                "whole file",
                RowSeverity.LEFT_OUT,
                f"The eyes are kept from this rater: codes around the eyes on {frames_in_words(unseen)} are "
                "left out.",
            )
        )
    if unchecked:
        notes.append(
            RowNote(
                "whole file",
                RowSeverity.NOTE,
                f"{counted(len(unchecked), 'frame')} checked by whoever coded the file: taken as coded until "
                f"{name} has checked them here.",
            )
        )
    return notes


def _notes_on_frames(sheet: CodingSheet, recording: Recording) -> list[RowNote]:
    count = recording.frame_count
    behind = [frame for frame in sheet.codings if count is not None and frame >= count]
    if not behind or count is None:
        return []
    return [
        RowNote(
            f"frame {min(behind)}",
            RowSeverity.ERROR,
            f"{len(behind)} of its frames lie behind the end of the recording, whose frames go 0 to "
            f"{count - 1}: check that the file belongs to it.",
        )
    ]


def _merged(new: FrameCoding, old: FrameCoding | None, holds: frozenset[Detail]) -> FrameCoding:
    """An imported frame with what its format cannot say as it is in the study."""
    if old is None:
        return new
    kept = {code.action: code for code in old.codes}
    codes = tuple(_merged_code(code, kept.get(code.action), holds) for code in new.codes)
    state = new.state if Detail.STATE in holds else _kept_state(new, old)
    return replace(
        old,
        codes=codes,
        state=state,
        comment=new.comment if Detail.NOTE in holds else old.comment,
        doubtful=new.doubtful if Detail.DOUBT in holds else old.doubtful,
    )


def _was_checked_so(new: FrameCoding, old: FrameCoding | None) -> bool:
    """Whether this rater's own check was about these codes."""
    return old is not None and old.state is CodingState.CHECKED and old.codes == new.codes


def _kept_state(new: FrameCoding, old: FrameCoding) -> CodingState:
    # What a format without states says of a frame is no reason to call it confirmed, or codable.
    sides = [(code.action, code.code) for code in new.codes]
    return old.state if sides == [(code.action, code.code) for code in old.codes] else new.state


def _merged_code(new: ActionCode, old: ActionCode | None, holds: frozenset[Detail]) -> ActionCode:
    if old is None:
        return new
    # What the format cannot say of an action stays, on another side as well.
    intensity = new.intensity if Detail.INTENSITY in holds else old.intensity
    same = (new.code, intensity) == (old.code, old.intensity)
    origin = new.origin if Detail.ORIGIN in holds else (old.origin if same else new.origin)
    return ActionCode(
        new.action,
        new.code,
        intensity,
        origin,
        # It belongs to the origin, and most files do not hold it.
        new.model_run_id or (old.model_run_id if origin is old.origin and same else None),
        new.doubtful if Detail.CODE_DOUBT in holds else old.doubtful,
        new.note if Detail.CODE_NOTE in holds else old.note,
    )


def _as_seen(new: FrameCoding, old: FrameCoding | None) -> FrameCoding:
    """A frame as somebody may code it who does not see the eyes: what is around them stays as it was."""
    mine = [code for code in new.codes if action(code.action).group != "upper"]
    kept = [code for code in (old.codes if old else ()) if action(code.action).group == "upper"]
    # What has codes stays codable: no file of somebody who cannot see them takes them from the labels.
    state = old.state if old and kept and new.state is CodingState.NOT_CODABLE else new.state
    return replace(new, codes=(*mine, *kept), state=state)
