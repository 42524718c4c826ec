"""Labels to the CSV files of the HRM release."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.exchange.hrm_csv import BEFORE_VIDEO, HrmLabels, write_hrm_csvs
from hrm_core.exchange.hrm_extras import (
    INTENSITY_END,
    MODELS_END,
    NOTES_END,
    intensity_bytes,
    models_bytes,
    notes_bytes,
)
from hrm_core.facs import ACTIONS
from hrm_core.records.code_table import CodeTable
from hrm_core.records.coding import CodingState
from hrm_core.records.doubts import remarks_of
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Recording
from hrm_core.records.words import counted
from hrm_core.workflows.group_mark import group_mark
from hrm_core.workflows.machine_touched import machine_touched
from hrm_core.workflows.project import Project

__all__ = ["ExportReport", "export_hrm_csv"]


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What :func:`export_hrm_csv` wrote.

    Attributes
    ----------
    files : tuple of pathlib.Path
        One per participant (and video, where several are coded).
    frames : int
        Rows written.
    left_out : int
        Frames that are not codable, which the format cannot say.
    carried : int
        Frames whose codes were carried there and never confirmed: left out, or written if
        that was asked for.
    unseen : tuple of str
        Actions that the rater cannot have coded, because the eyes are kept from them: a 0
        in their columns does not mean absent, which the format cannot say either.
    beside : tuple of pathlib.Path
        Files with intensities, with doubts and notes, and with codes that a model had a part in.
    machine_touched : int
        Frames that a model's suggestions had a part in: left out if that was asked for, else written.
    """

    files: tuple[Path, ...]
    frames: int
    left_out: int
    carried: int = 0
    unseen: tuple[str, ...] = ()
    beside: tuple[Path, ...] = ()
    machine_touched: int = 0


def _files_beside(
    project: Project, table: CodeTable, *, intensities: bool, notes: bool
) -> dict[str, bytes | None]:
    """What goes beside a label file, by the end of its name; None where there is nothing to write."""
    graded = table.intensities if intensities else None
    written = set(table.frames.tolist())
    codings = project.store.codings.of_video(table.rater_id, table.video_id)
    codings = {frame: coding for frame, coding in codings.items() if frame in written}
    remarks = list(remarks_of(codings)) if notes else []
    return {
        INTENSITY_END: intensity_bytes(table.frames, graded) if graded is not None and graded.any() else None,
        NOTES_END: notes_bytes(remarks) if remarks else None,
        MODELS_END: models_bytes(codings, project.store.model_runs.names()),
    }


def _nothing(name: str, *, carried: int, machine: int) -> NotFoundError:
    """Why there is nothing to export."""
    if machine:
        return NotFoundError(
            f"A model's suggestions had a part in every frame that {name} coded: export them without "
            "--human-only."
        )
    if carried:
        return NotFoundError(
            f"All frames that {name} has are carried and not confirmed: confirm them, or export them "
            "with --carried."
        )
    return NotFoundError(f"{name} has not coded any frame to export yet.")


def _of_before(path: Path) -> ProjectError:
    return ProjectError(
        f"{path} is of an earlier export and holds codes that a model had a part in: delete it, or export "
        "into another folder with --out."
    )


def _require_none_of_before(folder: Path, who: Participant, files: Collection[Path]) -> None:
    """Labels of a recording of which nothing is left would be taken for what was asked for."""
    for path in sorted(folder.glob("*.csv")):
        if path.stem.split(BEFORE_VIDEO)[0] == f"Participant-{who.code}" and path not in files:
            raise _of_before(path)


def _kept(table: CodeTable, rows: NDArray[np.bool_]) -> CodeTable:
    graded = table.intensities
    return CodeTable(
        table.rater_id,
        table.video_id,
        table.frames[rows],
        table.codes[rows],
        None if graded is None else graded[rows],
    )


def export_hrm_csv(
    project: Project,
    out: Path | None = None,
    *,
    rater: str | None = None,
    participant: str | None = None,
    carried: bool = False,
    intensities: bool = True,
    notes: bool = False,
    human_only: bool = False,
) -> ExportReport:
    """Write one label file per participant: all of them, or nothing.

    What it cannot say goes into files beside it.  Those that lie there already and would not
    belong to the new labels stop an export: an import would take them for theirs, and they may
    be the only copy of what somebody wrote.

    Parameters
    ----------
    project : Project
        The open study.
    out : pathlib.Path, optional
        Folder; the project's ``Label`` folder if left out.
    rater : str, optional
        Whose codes; may be left out if only one rater has coded.
    participant : str, optional
        Only this one.
    carried : bool
        Whether frames whose codes were carried there and never confirmed are written, too.
    intensities : bool
        Whether intensities are written, if there are any.
    notes : bool
        Whether doubts and notes are written, if there are any.
    human_only : bool
        Whether frames that a model's suggestions had a part in are left out, as if they were uncoded.

    Raises
    ------
    NotFoundError
        If a name is unknown, or there is nothing to export.
    ProjectError
        If a participant has no group, which the format must say; if files with intensities or
        notes lie there that would not be written anew.
    InvalidFileError
        If a file cannot be written; then none was changed.
    """
    coder = project.coder(rater)
    coded: dict[str, list[tuple[Participant, Recording, CodeTable]]] = {}
    emptied: dict[str, Participant] = {}
    frames, machine = dict.fromkeys(CodingState, 0), 0
    for who, recording in project.recordings(participant):
        table, touched = _labels(project, coder, recording, carried=carried)
        machine += int(touched.sum())
        if human_only:
            emptied.update({who.code: who} if touched.any() and touched.all() else {})
            table = _kept(table, ~touched)
        for state, found in project.store.codings.frames_by_state(coder.id, recording.id).items():
            frames[state] += len(found)
        if len(table):
            coded.setdefault(who.code, []).append((who, recording, table))
    if not coded:
        raise _nothing(coder.name, carried=frames[CodingState.CARRIED], machine=machine)
    files: dict[Path, HrmLabels] = {}
    beside: dict[Path, bytes] = {}
    strange: list[Path] = []
    base = out or project.folder / "Label"
    for entries in coded.values():
        for who, recording, table in entries:
            name = f"Participant-{who.code}"
            if len(entries) > 1:
                name += f"{BEFORE_VIDEO}{recording.name}"
            folder = base / project.group_folder(who)
            files[folder / f"{name}.csv"] = HrmLabels(table.frames, table.codes, group_mark(project, who))
            more = _files_beside(project, table, intensities=intensities, notes=notes)
            for end, data in more.items():
                path = folder / f"{name}{end}"
                if data is not None:
                    beside[path] = data
                elif path.exists():
                    strange.append(path)
    for who in emptied.values():
        _require_none_of_before(base / project.group_folder(who), who, files)
    if strange and strange[0].name.endswith(MODELS_END):
        raise _of_before(strange[0])
    if strange:
        raise ProjectError(
            f"{strange[0]} would not belong to the new labels, and it may be the only copy of what it says "
            f"({counted(len(strange), 'such file')}): move it away, or have it written anew: doubts and "
            "notes by --notes, intensities without --no-intensity."
        )
    write_hrm_csvs(files, beside)
    unseen = () if coder.sees_eyes else tuple(a.key for a in ACTIONS if a.group == "upper")
    rows = sum(len(labels.frames) for labels in files.values())
    left_out, open_ones = frames[CodingState.NOT_CODABLE], frames[CodingState.CARRIED]
    return ExportReport(tuple(files), rows, left_out, open_ones, unseen, tuple(beside), machine)


def _labels(
    project: Project, coder: Rater, recording: Recording, *, carried: bool
) -> tuple[CodeTable, NDArray[np.bool_]]:
    """A rater's codes of a recording, and which of its frames a model's suggestions had a part in."""
    table = project.store.codings.table(coder.id, recording.id, carried=carried, intensities=True)
    return table, np.isin(table.frames, sorted(machine_touched(project, coder, recording)))
