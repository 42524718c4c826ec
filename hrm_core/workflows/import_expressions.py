"""Take in what expression models, or people, say of the frames of a study."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hrm_core.analysis.pseudo_labels import softmax
from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.exchange.csv_text import read_file
from hrm_core.exchange.expression_classes import OTHER_CLASSES
from hrm_core.exchange.expression_files import ExpressionTable, read_expressions, read_hand_labels
from hrm_core.records.expressions import BY_HAND, ExpressionSource, FrameProbabilities
from hrm_core.records.recording import Recording
from hrm_core.records.words import counted
from hrm_core.workflows.add_video import recording_of
from hrm_core.workflows.project import Project
from hrm_core.workflows.study_expressions import keep_recordings, require_model_name

__all__ = ["ExpressionImport", "TakenExpressions", "import_expressions"]


@dataclass(frozen=True, slots=True)
class TakenExpressions:
    """What was taken in of one recording.

    Attributes
    ----------
    participant, video : str
        Child and recording.
    frames : int
        Frames that the file tells of.
    frames_in_recording : int or None
        Frames of the recording, if they are known.
    """

    participant: str
    video: str
    frames: int
    frames_in_recording: int | None


@dataclass(frozen=True, slots=True)
class ExpressionImport:
    """What :func:`import_expressions` did, or would do.

    Attributes
    ----------
    model : str
        Name of the model, or ``"by-hand"``.
    classes : tuple of str
        In the order of the file; empty for a person's words.
    recordings : tuple of TakenExpressions
        By child and name.
    frames, without : int
        Frames that the file tells of, and rows that say nothing.
    notes : tuple of str
        What a person should look at, one sentence each.
    dry_run : bool
        Whether nothing was written.
    """

    model: str
    classes: tuple[str, ...]
    recordings: tuple[TakenExpressions, ...]
    frames: int
    without: int
    notes: tuple[str, ...] = ()
    dry_run: bool = False


def import_expressions(
    project: Project,
    file: Path,
    model: str,
    *,
    classes: str | None = None,
    logits: bool = False,
    participant: str | None = None,
    video: str | None = None,
    again: bool = False,
    dry_run: bool = False,
    by: str | None = None,
) -> ExpressionImport:
    """Keep per-frame expressions of a file in the study: all of the file, or nothing.

    Parameters
    ----------
    project : Project
        The open study.
    file : pathlib.Path
        CSV or Parquet, a row for each frame.
    model : str
        What the model is called here; ``"by-hand"`` for a person's words, in a column ``expression``.
    classes : str, optional
        Order of the classes, where the columns are not named after them.
    logits : bool
        Whether the file holds logits.
    participant, video : str, optional
        Whose, if the file does not say.
    again : bool
        Replace what is kept of the same model and recordings.
    dry_run : bool
        Read and check everything, write nothing.
    by : str, optional
        Name of the rater who imports.

    Raises
    ------
    NotFoundError
        If file, participant, video or rater does not exist, or nobody says whose frames they are.
    InvalidFileError
        If the file is damaged or does not belong to the recordings.
    ProjectError
        If something else is kept already and `again` is False, or the name cannot be used.
    """
    by_hand = model == BY_HAND
    if not by_hand:
        require_model_name(model)
    rater = project.store.people.rater(by).name if by else ""
    if by_hand:
        table = read_hand_labels(file)
    else:
        table = read_expressions(file, softmax if logits else None, classes)
    if not table.recordings:
        raise InvalidFileError(f"{file} says nothing of any frame: export it again.")
    found = _recordings(project, file, table, participant, video)
    sha256, now = hashlib.sha256(read_file(file)).hexdigest(), datetime.now(UTC).isoformat(timespec="seconds")
    new: list[tuple[ExpressionSource, FrameProbabilities]] = []
    taken: list[TakenExpressions] = []
    for (code, name), (recording, rows) in found.items():
        source = ExpressionSource(
            code,
            name,
            project.identified(recording).fingerprint,
            len(rows.frames),
            table.classes,
            logits and not by_hand,
            sha256,
            project.settings.synthetic,
            now,
            rater,
        )
        new.append((source, rows))
        taken.append(TakenExpressions(code, name, len(rows.frames), recording.frame_count))
    if not dry_run:
        keep_recordings(project, model, new, again=again)
    return ExpressionImport(
        model,
        table.classes,
        tuple(taken),
        sum(each.frames for each in taken),
        table.without,
        _notes(taken, table),
        dry_run,
    )


def _recordings(
    project: Project, file: Path, table: ExpressionTable, participant: str | None, video: str | None
) -> Mapping[tuple[str, str], tuple[Recording, FrameProbabilities]]:
    """Recordings of the study that a file tells of, by child and name."""
    found: dict[tuple[str, str], tuple[Recording, FrameProbabilities]] = {}
    for (said_who, said_video), rows in table.recordings.items():
        for said, asked, option in (
            (said_who, participant, "--participant"),
            (said_video, video, "--video"),
        ):
            if said and asked and said != asked:
                raise InvalidFileError(
                    f"{file} says {said!r}, but {option} is {asked!r}: leave that option out if the "
                    "file is right."
                )
        who = said_who or participant
        if not who:
            raise NotFoundError(
                f"{file} does not say whose frames they are: add a column participant, or use --participant."
            )
        recording = recording_of(project, who, said_video or video)
        key = (who, recording.name)
        if key in found:
            raise InvalidFileError(
                f"{file} tells of video {recording.name!r} of participant {who} under two names: keep one."
            )
        _require_fitting(file, rows, who, recording)
        found[key] = (recording, rows)
    return dict(sorted(found.items()))


def _require_fitting(file: Path, rows: FrameProbabilities, who: str, recording: Recording) -> None:
    count, highest = recording.frame_count, int(rows.frames.max())
    if count is None or highest < count:
        return
    hint = "check that the file belongs to this video"
    if highest == count and rows.frames.min() >= 1:
        hint = "the file seems to count from 1: subtract 1 from its frame numbers"
    raise InvalidFileError(
        f"{file} has frame {highest}, but the frames of video {recording.name!r} of participant {who} are 0 "
        f"to {count - 1}: {hint}."
    )


def _notes(taken: list[TakenExpressions], table: ExpressionTable) -> tuple[str, ...]:
    notes = []
    if table.without:
        notes.append(f"{counted(table.without, 'row')} without any value left out.")
    unknown = sum(each.frames_in_recording is None for each in taken)
    if unknown:
        notes.append(
            f"{counted(unknown, 'recording')} without pictures: frame numbers could not be compared with "
            "them."
        )
    if set(table.classes) & set(OTHER_CLASSES):
        notes.append("Contempt is none of the seven expressions: its share of a frame goes to nobody.")
    return tuple(notes)
