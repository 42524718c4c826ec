"""What a check of a data set found, and what it looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hrm_core.records.segments import SegmentLengths

__all__ = ["CheckSummary", "DatasetCheck", "Finding", "FindingKind", "SegmentsOf", "Severity"]


class Severity(StrEnum):
    """How bad a finding is, worst first."""

    ERROR = "error"
    """Labels and pictures do not belong together, or something is gone or damaged."""
    WARNING = "warning"
    """Somebody should decide whether this is meant."""
    NOTE = "note"
    """Good to know."""


class FindingKind(StrEnum):
    """What was found."""

    FILE_MISSING = "file missing"
    FILE_UNREADABLE = "file unreadable"
    FILE_CHANGED = "file changed"
    FRAME_COUNT_CHANGED = "frame count changed"
    FRAMES_MISSING = "frames missing"
    FRAMES_FROM_OTHER_FILE = "frames from other file"
    FRAMES_WITHOUT_NOTE = "frames without note"
    FRAMES_OF_NOBODY = "frames of nobody"
    FRAMES_TWICE = "frames twice"
    PICTURE_NOT_WHOLE = "picture not whole"
    PICTURE_MISNAMED = "picture misnamed"
    PICTURE_WITHOUT_LABEL = "picture without label"
    LOOK_NOT_KEPT = "look not kept"
    LABELS_ONLY = "labels only"
    LABELS_OF_NOBODY = "labels of nobody"
    LABEL_FILE_FAULTY = "label file faulty"
    LABEL_WITHOUT_PICTURE = "label without picture"
    LABEL_OUT_OF_RANGE = "label out of range"
    CLIP_OUT_OF_RANGE = "clip out of range"
    CLIP_PARTLY_CODED = "clip partly coded"
    FILES_CONTRADICT = "files contradict"
    CODE_UNUSABLE = "code unusable"
    PARTICIPANT_TWICE = "participant twice"
    RECORDING_TWICE = "recording twice"
    NEUTRAL_MISSING = "neutral frame missing"

    @property
    def severity(self) -> Severity:
        """How bad a finding of this kind is."""
        return _SEVERITIES.get(self, Severity.ERROR)


_SEVERITIES = {
    FindingKind.FRAMES_WITHOUT_NOTE: Severity.WARNING,
    FindingKind.FRAMES_OF_NOBODY: Severity.WARNING,
    FindingKind.FRAMES_TWICE: Severity.WARNING,
    FindingKind.LOOK_NOT_KEPT: Severity.NOTE,
    FindingKind.LABELS_ONLY: Severity.WARNING,
    FindingKind.LABELS_OF_NOBODY: Severity.WARNING,
    FindingKind.PARTICIPANT_TWICE: Severity.WARNING,
    FindingKind.NEUTRAL_MISSING: Severity.WARNING,
    FindingKind.PICTURE_WITHOUT_LABEL: Severity.NOTE,
    FindingKind.CLIP_PARTLY_CODED: Severity.NOTE,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person should look at.

    Attributes
    ----------
    kind : FindingKind
        What was found.
    severity : Severity
        How bad it is.
    participant, video : str or None
        Whose, and of which recording; None if it is about no single one.
    where : str
        A file, folder or frames.
    message : str
        One sentence that says what to do.
    """

    kind: FindingKind
    severity: Severity
    participant: str | None
    video: str | None
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class SegmentsOf:
    """Segments that one rater coded of one recording.

    Attributes
    ----------
    participant : str
        Code of the child.
    video, rater : str or None
        None where no name says it.
    lengths : SegmentLengths
        Number and lengths.
    """

    participant: str
    video: str | None
    rater: str | None
    lengths: SegmentLengths


@dataclass(frozen=True, slots=True)
class CheckSummary:
    """What a check looked at, and how much it found.

    Attributes
    ----------
    folder : str
        What was checked.
    is_project : bool
        Whether it is a project; else a folder of label files and frames.
    participants, videos : int
        Children and recordings; in a folder without project, children and label files.
    pictures : int
        Pictures whose beginning and end were read.
    errors, warnings, notes : int
        Findings by severity.
    """

    folder: str
    is_project: bool
    participants: int
    videos: int
    pictures: int
    errors: int
    warnings: int
    notes: int


@dataclass(frozen=True, slots=True)
class DatasetCheck:
    """Everything a check has to say.

    Attributes
    ----------
    findings : tuple of Finding
        Worst first, then by participant as the study lists them.
    segments : tuple of SegmentsOf
        By participant, recording and rater.
    summary : CheckSummary
        What was looked at.
    """

    findings: tuple[Finding, ...]
    segments: tuple[SegmentsOf, ...]
    summary: CheckSummary
