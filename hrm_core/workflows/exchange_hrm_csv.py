"""Labels from the CSV files of the HRM release."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.exchange.hrm_csv import BEFORE_VIDEO, HrmLabels, read_hrm_csv
from hrm_core.exchange.hrm_extras import (
    INTENSITY_END,
    MODELS_END,
    NOTES_END,
    label_file_of,
    read_intensities,
    read_notes,
)
from hrm_core.exchange.hrm_folder import UNNAMED_VIDEO
from hrm_core.progress import NoProgress, Progress
from hrm_core.records.code_table import CodeTable
from hrm_core.records.doubts import Remark
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Recording
from hrm_core.workflows.add_participant import add_participant, add_rater
from hrm_core.workflows.privacy import require_no_group
from hrm_core.workflows.project import Project

__all__ = ["ImportReport", "import_hrm_csv", "notes_on_labels"]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What :func:`import_hrm_csv` did, or would do.

    Attributes
    ----------
    files : int
        Label files read.
    frames, added, replaced, unchanged : int
        Frames in them, and what became of these.
    intensities, remarks : int
        Intensities, and doubts and notes, read from files beside the label files.
    created : tuple of str
        Codes of participants that were made.
    notes : tuple of str
        What a person should look at, one sentence each.
    dry_run : bool
        Whether nothing was written.
    """

    files: int
    frames: int
    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    intensities: int = 0
    remarks: int = 0
    created: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _Target:
    """Where the labels of a file go, with what stands beside it."""

    file: Path
    labels: HrmLabels
    intensities: NDArray[np.uint8] | None
    remarks: tuple[Remark, ...] | None
    participant: Participant
    recording: Recording | None
    video: str


def import_hrm_csv(
    project: Project,
    sources: Sequence[Path],
    *,
    rater: str,
    participant: str | None = None,
    video: str | None = None,
    create: bool = False,
    replace_codes: bool = False,
    ignore_au0: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Read label files into the store: all of them, or nothing.

    Parameters
    ----------
    project : Project
        The open study.
    sources : sequence of pathlib.Path
        Files, or folders that are searched for ``*.csv``.  ``Participant-7.csv``,
        ``S7.csv``, ``S7TD.csv`` and ``7.csv`` are labels of participant 7 (or S7).
        ``Participant-7.intensity.csv`` and ``Participant-7.notes.csv`` are read with the label
        file that they stand beside: they tell all intensities, and all doubts and notes, of
        its frames.  Where one is not there, the project keeps those that it has.
    rater : str
        Whose codes they are; made if new.
    participant : str, optional
        Whose labels the one file holds, if its name does not say.
    video : str, optional
        Name of the recording, where a participant has several.
    create : bool
        Make participants, and recordings without a file, that do not exist.
    replace_codes : bool
        Overwrite frames that are coded differently (the history keeps the old codes).
    ignore_au0 : bool
        Do not require that ``AU0`` agrees with the codes.
    dry_run : bool
        Read and match everything, write nothing.
    progress : Progress, optional
        Told of files read.

    Raises
    ------
    InvalidFileError
        Naming file, row, column and remedy of the first fault.
    NotFoundError
        If a participant or video is unknown and `create` is False.
    ConflictError
        If frames are coded differently and `replace_codes` is False.
    ProjectError
        If `rater` is the consensus of two raters, which is never written by hand.
    """
    files = _files(sources)
    if participant is not None and len(files) != 1:
        raise ProjectError(f"--participant names one child, but there are {len(files)} files: give one.")
    progress = progress or NoProgress()
    progress.start("Reading label files", len(files))
    targets = []
    known = {entry.code: entry for entry in project.participants()}
    for file in files:
        labels = read_hrm_csv(file, ignore_au0=ignore_au0)
        who = _match(project, file, labels, known, participant, create=create)
        wanted = video or _video_in_name(file)
        recording = _recording(project, file, who, labels, wanted, create=create)
        more = _beside(file, labels)
        targets.append(_Target(file, labels, *more, who, recording, wanted or UNNAMED_VIDEO))
        progress.advance()
    progress.finish()
    _require_one_file_each(targets)
    frames = sum(len(target.labels.frames) for target in targets)
    new = tuple(dict.fromkeys(t.participant.code for t in targets if not t.participant.id))
    store = project.store
    with store.rehearsal() if dry_run else store.all_or_nothing():
        coder = add_rater(project, rater)
        made: dict[str, Participant] = {}
        tables = [_table(project, coder, target, made) for target in targets]
        counts = store.codings.import_tables(
            tables, actor_id=coder.id, reason="label file", replace=replace_codes
        )
    return ImportReport(
        len(files),
        frames,
        counts.added,
        counts.replaced,
        counts.unchanged,
        sum(int(np.count_nonzero(t.intensities)) for t in targets if t.intensities is not None),
        sum(len(target.remarks or ()) for target in targets),
        new,
        tuple(note for target in targets for note in _notes(target)),
        dry_run=dry_run,
    )


def _files(sources: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for source in sources:
        found = sorted(source.rglob("*.csv")) if source.is_dir() else [source]
        if not found:
            raise NotFoundError(f"The folder {source} holds no CSV file: name the folder with the labels.")
        files.extend(found)
    labels = [file for file in files if label_file_of(file) is None]
    for file in files:
        owner = label_file_of(file)
        if owner is not None and owner not in labels:
            raise NotFoundError(
                f"{file} belongs to {owner.name}, which is not among the files: import both, or leave it out."
            )
    return labels


def _beside(file: Path, labels: HrmLabels) -> tuple[NDArray[np.uint8] | None, tuple[Remark, ...] | None]:
    """Intensities, and doubts and notes, in the files beside a label file; None where there is none."""
    graded, noted = (_namesake(file.with_suffix(end)) for end in (INTENSITY_END, NOTES_END))
    return (
        read_intensities(graded, labels.frames, labels.codes) if graded else None,
        read_notes(noted, labels.frames, labels.codes) if noted else None,
    )


def _namesake(wanted: Path) -> Path | None:
    """The file of this name; some disks keep ``.Intensity.csv`` apart from ``.intensity.csv``."""
    if wanted.is_file():
        return wanted
    name = wanted.name.casefold()
    others = sorted(path for path in wanted.parent.glob("*") if path.name.casefold() == name)
    return next((path for path in others if path.is_file()), None)


def _match(
    project: Project,
    file: Path,
    labels: HrmLabels,
    known: dict[str, Participant],
    named: str | None,
    *,
    create: bool,
) -> Participant:
    """The participant whose labels a file holds; with number 0 if it is to be made."""
    settings = project.settings
    other = [group for group in settings.groups if group != settings.asd_group]
    group = settings.asd_group if labels.asd else (other[0] if len(other) == 1 else None)
    if labels.asd is None:
        group = None
    codes = [named] if named else _codes(file, settings.groups)
    for code in codes:
        if code in known:
            _require_group(file, known[code], group)
            return known[code]
    if not create:
        raise NotFoundError(
            f"{file}: there is no participant {codes[0]!r} in this project: add it with hrm add participant, "
            "name one with --participant, or use --create."
        )
    made = Participant(0, codes[0], group)
    known[made.code] = made
    return made


def _codes(file: Path, groups: tuple[str, ...]) -> list[str]:
    """Participant codes that a file name may mean, the likeliest first."""
    stem = file.stem.split(BEFORE_VIDEO)[0].strip()
    for group in groups:
        # Controls carry their group behind the number; it must not get into the code.
        stem = re.sub(rf"[ _-]?{re.escape(group)}$", "", stem, flags=re.IGNORECASE) or stem
    bare = re.sub(r"^(participant[ _-]?|s(?=\d))", "", stem, flags=re.IGNORECASE)
    first = [bare, stem] if stem.lower().startswith("participant") else [stem, bare]
    return list(dict.fromkeys([*first, f"S{bare}"]))


def _require_group(file: Path, who: Participant, group: str | None) -> None:
    if None not in (who.group, group) and who.group != group:
        raise InvalidFileError(
            f"{file}: its column ASD says group {group}, but participant {who.code} is in {who.group}: "
            "correct one of them."
        )


def _video_in_name(file: Path) -> str | None:
    """Which video a file says it is about, as an export of several videos names it."""
    return file.stem.partition(BEFORE_VIDEO)[2] or None


def _recording(
    project: Project, file: Path, who: Participant, labels: HrmLabels, wanted: str | None, *, create: bool
) -> Recording | None:
    """The recording the labels are about; None if it is to be made."""
    known = project.store.recordings.of_participant(who.id) if who.id else []
    found = [entry for entry in known if wanted in (None, entry.name)]
    if len(found) == 1:
        _require_in_range(file, labels, found[0])
        return found[0]
    if not found and create:
        return None
    names = ", ".join(repr(entry.name) for entry in known) or "none yet"
    raise NotFoundError(
        f"{file}: say which video of participant {who.code} it is about with --video; there are: {names}"
        + ("." if known else " (add one with hrm add video, or use --create).")
    )


def _require_in_range(file: Path, labels: HrmLabels, recording: Recording) -> None:
    count = recording.frame_count
    if count is not None and len(labels.frames) and labels.frames[-1] >= count:
        raise InvalidFileError(
            f"{file}: frame {labels.frames[-1]} lies behind the end of video {recording.name!r}, whose "
            f"frames go 0 to {count - 1}: check that the file belongs to this video."
        )


def _require_one_file_each(targets: list[_Target]) -> None:
    seen: dict[tuple[str, str], Path] = {}
    for target in targets:
        key = (target.participant.code, target.recording.name if target.recording else target.video)
        if key in seen:
            raise InvalidFileError(
                f"{target.file} and {seen[key]} are both about participant {target.participant.code}: "
                "leave one out, or rename it."
            )
        seen[key] = target.file


def _table(project: Project, coder: Rater, target: _Target, made: dict[str, Participant]) -> CodeTable:
    recording = target.recording
    if recording is None:
        who = made.get(target.participant.code, target.participant)
        if not who.id:
            who = made[who.code] = add_participant(project, who.code, group=who.group)
        require_no_group("Video name", target.video, project.settings)
        recording = project.store.recordings.add(Recording(0, who.id, target.video))
    labels = target.labels
    return CodeTable(coder.id, recording.id, labels.frames, labels.codes, target.intensities, target.remarks)


def _notes(target: _Target) -> list[str]:
    notes = notes_on_labels(target.file.name, target.labels)
    models = _namesake(target.file.with_suffix(MODELS_END))
    if models is not None:
        notes.append(
            f"{models.name}: codes that it calls a model's are taken as the rater's own, as label files tell "
            "no origins; a tidy table (hrm export csv) does."
        )
    if target.labels.passed_over:
        notes.append(
            f"{target.file.name}: the rating columns ({', '.join(target.labels.passed_over)}) were passed "
            "over; hrm import hrm-folder takes ratings too."
        )
    return notes


def notes_on_labels(name: str, labels: HrmLabels) -> list[str]:
    """What a person should look at in a label file, one sentence each.

    Parameters
    ----------
    name : str
        Of the file.
    labels : HrmLabels
        What it says.
    """
    notes = []
    if labels.unmarked:
        notes.append(f"{name}: {labels.unmarked} frames have neither an action nor AU0; taken as no action.")
    if labels.impossible:
        notes.append(
            f"{name}: {len(labels.impossible)} codes name a side their action cannot have "
            f"(first: {labels.impossible[0]}); kept as they are."
        )
    if labels.out_of_order:
        notes.append(f"{name}: rows were out of order {labels.out_of_order} times; sorted.")
    return notes
