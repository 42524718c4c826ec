"""Write what a rater says of recordings as files of other programs, one per recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.facs import ACTIONS
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.coding_sheet import CodingSheet, Loss
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Recording
from hrm_core.workflows.code_formats import CodeFormat, format_named
from hrm_core.workflows.frame_times import frame_times
from hrm_core.workflows.machine_touched import machine_touched
from hrm_core.workflows.privacy import hide_groups, names_group
from hrm_core.workflows.project import Project

__all__ = ["ExportedSheet", "SheetExport", "export_sheets"]

_FOLDER = "Exported Codes"
_TOUCHED = "frames that a model's suggestions had a part in (left out)"
_ABSENT = "that a suggested absence was accepted"
_MOST_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class ExportedSheet:
    """What became of one recording.

    Attributes
    ----------
    participant, video : str
        Code of the child and name of the recording.
    file : pathlib.Path or None
        Where its codes are; None if they could not be written, or nothing was left to be written.
    frames : int
        Frames with a coding in it.
    losses : tuple of Loss
        What the file cannot hold.
    problem : str
        Why it could not be written; empty otherwise.
    """

    participant: str
    video: str
    file: Path | None
    frames: int
    losses: tuple[Loss, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SheetExport:
    """What :func:`export_sheets` wrote, or would write.

    Attributes
    ----------
    format : str
        Name of the format.
    rater : str
        Whose codes.
    folder : pathlib.Path
        Where the files are.
    sheets : tuple of ExportedSheet
        Recordings of which the rater has coded something, in the order of the study.
    unseen : tuple of str
        Actions that the rater cannot have coded, because the eyes are kept from them: that they
        are nowhere in the files does not mean absent.
    dry_run : bool
        Whether nothing was written.
    """

    format: str
    rater: str
    folder: Path
    sheets: tuple[ExportedSheet, ...]
    unseen: tuple[str, ...] = ()
    dry_run: bool = False


def export_sheets(
    project: Project,
    form: str,
    into: Path | None = None,
    *,
    rater: str | None = None,
    participants: Sequence[str] = (),
    video: str | None = None,
    human_only: bool = False,
    again: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> SheetExport:
    """Write ``Participant-<code>_<video>_<rater>`` for every recording of which a rater coded something.

    Names of groups stand neither in the files nor in their names.

    Parameters
    ----------
    project : Project
        The open study.
    form : str
        Name of the format, see :data:`hrm_core.workflows.code_formats.FORMATS`.
    into : pathlib.Path, optional
        Folder; ``Exported Codes/<format>`` in the project if left out.
    rater : str, optional
        Whose codes; may be left out if only one rater has coded.
    participants : sequence of str
        Codes; all if empty.
    video : str, optional
        Only recordings of this name.
    human_only : bool
        Leave out frames that a model's suggestions had a part in, as if they were uncoded; the losses
        count them.
    again : bool
        Replace files that are there.
    dry_run : bool
        Say what the files could not hold, write nothing.
    progress : Progress, optional
        Told of recordings.
    cancel : CancelToken, optional
        Asked between recordings; files that are finished stay.

    Raises
    ------
    NotFoundError
        If a name is unknown, or there is nothing to export.
    ProjectError
        If a file is there already and `again` is False; then nothing was written.
    """
    kind = format_named(form)
    coder = project.coder(rater)
    counts = project.store.codings.count(coder.id)
    codes: list[str | None] = [*dict.fromkeys(participants)] or [None]
    chosen = [entry for code in codes for entry in project.recordings(code, video) if counts.get(entry[1].id)]
    if not chosen:
        raise NotFoundError(f"{coder.name} has not coded any frame of that yet.")
    folder = into if into is not None else project.folder / _FOLDER / kind.name
    files = [folder / _file_name(project, kind, *entry, coder) for entry in chosen]
    if not dry_run:
        _require_free(files, again=again)
    progress = progress or NoProgress()
    progress.start("Writing codes", len(chosen))
    sheets = []
    try:
        for (who, recording), file in zip(chosen, files, strict=True):
            if cancel is not None:
                cancel.raise_if_cancelled()
            touched = machine_touched(project, coder, recording)
            sheet = _sheet(project, coder, who, recording, cancel)
            sheets.append(_export(kind, sheet, file, touched, human_only=human_only, dry_run=dry_run))
            progress.advance()
    finally:
        progress.finish()
    unseen = () if coder.sees_eyes else tuple(entry.key for entry in ACTIONS if entry.group == "upper")
    return SheetExport(kind.name, coder.name, folder, tuple(sheets), unseen, dry_run)


def _file_name(
    project: Project, kind: CodeFormat, who: Participant, recording: Recording, coder: Rater
) -> str:
    # The name of a rater is typed freely, and may hold what no file can be named.
    name = f"Participant-{who.code}_{recording.name}_{coder.name}"
    plain = "".join("-" if sign in '/\\:*?"<>|' or not sign.isprintable() else sign for sign in name)
    return hide_groups(plain, project.settings) + kind.suffixes[0]


def _require_free(files: Sequence[Path], *, again: bool) -> None:
    twice = [file for place, file in enumerate(files) if file in files[:place]]
    if twice:
        raise ProjectError(
            f"Two recordings would both be written to {twice[0].name}: export one child at a time, into "
            "different folders."
        )
    taken = [file for file in files if file.exists()]
    if taken and not again:
        raise ProjectError(
            f"{taken[0]} is there already ({len(taken)} such files): replace them, or choose another folder."
        )


def _sheet(
    project: Project, coder: Rater, who: Participant, recording: Recording, cancel: CancelToken | None
) -> CodingSheet:
    film = PurePosixPath((recording.path or "").replace("\\", "/")).name
    return CodingSheet(
        hide_groups(who.code, project.settings),
        hide_groups(recording.name, project.settings),
        coder.name,
        project.store.codings.of_video(coder.id, recording.id),
        frame_times(project, recording, cancel=cancel),
        recording.fps,
        # Only its name: the folder of a film is named by the group.
        "" if names_group(film, project.settings) else film,
        project.store.model_runs.names(),
    )


def _export(
    kind: CodeFormat, sheet: CodingSheet, file: Path, touched: set[int], *, human_only: bool, dry_run: bool
) -> ExportedSheet:
    """One file; what is wrong with one recording stops no other."""
    said = (sheet.participant, sheet.video)
    there = sorted(touched.intersection(sheet.codings))
    if human_only:
        what, out = _TOUCHED, there
        kept = {frame: coding for frame, coding in sheet.codings.items() if frame not in touched}
    else:
        # There is no code that could say so.
        what, kept = _ABSENT, dict(sheet.codings)
        out = [frame for frame in there if not any(code.is_machine_touched for code in kept[frame].codes)]
    lost = (Loss(what, len(out), tuple(out[:_MOST_EXAMPLES])),) if out else ()
    if not kept and file.exists():
        # It would be taken for what was asked for.
        every = "a model's suggestions had a part in every frame"
        return ExportedSheet(
            *said, None, 0, problem=f"{every}, and {file} is of an earlier export: delete it."
        )
    if not kept:
        return ExportedSheet(*said, None, 0, lost)
    sheet = replace(sheet, codings=kept)
    if dry_run:
        return ExportedSheet(*said, file, len(kept), (*lost, *kind.losses(sheet)))
    try:
        losses = kind.write(file, sheet)
    except InvalidFileError as error:
        return ExportedSheet(*said, None, len(kept), problem=str(error))
    return ExportedSheet(*said, file, len(kept), (*lost, *losses))
