"""Find what is missing, changed or contradictory in a data set; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

import numpy as np
from numpy.typing import NDArray

from hrm_core import media
from hrm_core.analysis.coverage import all_frames, covered, lacking, out_of_range
from hrm_core.config import PROJECT_FILE
from hrm_core.errors import UserError
from hrm_core.exchange.hrm_extras import label_file_of
from hrm_core.media.frame_files import FrameFiles, list_frames, not_whole
from hrm_core.media.image_folder import IMAGE_SUFFIXES
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.coding import CodingState
from hrm_core.records.findings import (
    CheckSummary,
    DatasetCheck,
    Finding,
    FindingKind,
    SegmentsOf,
    Severity,
)
from hrm_core.records.participant_codes import bare_code
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Clip, Recording
from hrm_core.records.segments import frames_in_words, segment_lengths
from hrm_core.records.words import counted
from hrm_core.workflows.check_hrm_folder import check_hrm_folder
from hrm_core.workflows.project import Project, find_project, open_project

__all__ = ["check_dataset", "check_project"]

_PARTICIPANT = "Participant-"
_FRAMES = "Convert Frames"
_LOOK_NOT_KEPT = (
    "It is not kept how the frames look, so the labels could not follow them into a copy of the video: "
    "run hrm video ledger."
)
# A frame that is not codable was looked at; a carried one was not.
_DONE = (CodingState.CODED, CodingState.CHECKED, CodingState.NOT_CODABLE)
_IN_LABEL_FILES = (CodingState.CODED, CodingState.CHECKED)

_Frames = NDArray[np.int64]


def check_dataset(
    folder: Path | None = None, *, progress: Progress | None = None, cancel: CancelToken | None = None
) -> DatasetCheck:
    """Check a project, or a folder of label files and frames as the HRM release has them.

    No picture is decoded: files are recognised by their fingerprints, and pictures
    are looked at from both ends.

    Parameters
    ----------
    folder : pathlib.Path, optional
        A project folder or any other; the project that the current folder is in if
        left out.
    progress : Progress, optional
        Told of recordings or label files.
    cancel : CancelToken, optional
        Asked between them.

    Raises
    ------
    ProjectError
        If it is neither.
    Cancelled
        On request.
    """
    folder = find_project(Path.cwd()) if folder is None else folder
    if not (folder / PROJECT_FILE).is_file():
        return check_hrm_folder(folder, progress=progress, cancel=cancel)
    with open_project(folder) as project:
        return check_project(project, progress=progress, cancel=cancel)


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """A recording with all that is said of it."""

    participant: Participant
    recording: Recording
    clips: tuple[Clip, ...]
    frames: Mapping[Rater, Mapping[CodingState, _Frames]]
    path: Path | None
    extracted: tuple[Path, ...]

    def coded_by(self, rater: Rater, states: Iterable[CodingState] = CodingState) -> _Frames:
        """Frames that a rater has left in one of the states."""
        return all_frames(self.frames[rater].get(state, ()) for state in states)

    @property
    def labelled(self) -> _Frames:
        """Frames that anybody has said something of."""
        return all_frames(self.coded_by(rater) for rater in self.frames)

    def finding(self, kind: FindingKind, where: str, message: str) -> Finding:
        """Something about this recording."""
        return Finding(kind, kind.severity, self.participant.code, self.recording.name, where, message)

    def connect(self) -> str:
        """The command that gives the recording its file again."""
        code, name = quote(self.participant.code), quote(self.recording.name)
        return f"hrm add video {code} FILE --name {name} --replace"

    def relink(self) -> str:
        """The command that moves the labels to the frames of another file."""
        code, name = quote(self.participant.code), quote(self.recording.name)
        return f"hrm video relink {code} FILE --by NAME --video {name}"


def check_project(
    project: Project, *, progress: Progress | None = None, cancel: CancelToken | None = None
) -> DatasetCheck:
    """Check an open project; as :func:`check_dataset`."""
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    extracted = _extracted_folders(project)
    cases = list(_cases(project, extracted))
    findings = [
        *_check_people(project),
        *_check_strangers(project, extracted, cases),
        *_check_same_files(cases),
    ]
    pictures, noted = 0, project.store.ledgers.kept()
    progress.start("Checking recordings", len(cases))
    for case in cases:
        cancel.raise_if_cancelled()
        folders: list[FrameFiles] = []
        findings += [*_check_file(project, case, folders), *_check_labels(case)]
        if case.recording.id not in noted and case.path is not None and case.path.is_file():
            findings.append(case.finding(FindingKind.LOOK_NOT_KEPT, "", _LOOK_NOT_KEPT))
        for listed in folders:
            findings += _check_pictures(project, case, listed)
            pictures += len(listed.files)
        progress.advance()
    progress.finish()
    segments = [
        SegmentsOf(
            case.participant.code,
            case.recording.name,
            rater.name,
            segment_lengths(case.coded_by(rater, _IN_LABEL_FILES)),
        )
        for case in cases
        for rater in case.frames
    ]
    people = project.participants()
    places = {who.code: place for place, who in enumerate(people)}
    severities = list(Severity)
    findings.sort(
        key=lambda entry: (severities.index(entry.severity), places.get(entry.participant or "", -1))
    )
    counts = [sum(entry.severity is severity for entry in findings) for severity in severities]
    summary = CheckSummary(str(project.folder), True, len(people), len(cases), pictures, *counts)
    return DatasetCheck(tuple(findings), tuple(segments), summary)


def _cases(project: Project, extracted: Mapping[tuple[str, str], list[Path]]) -> Iterator[_Case]:
    raters = [(rater, project.store.codings.count(rater.id)) for rater in project.raters()]
    clips: dict[int, list[Clip]] = {}
    for clip in project.store.recordings.clips():
        clips.setdefault(clip.video_id, []).append(clip)
    for who, recording in project.recordings():
        frames = {
            rater: project.store.codings.frames_by_state(rater.id, recording.id)
            for rater, counts in raters
            if recording.id in counts
        }
        path = None if recording.path is None else project.folder / recording.path
        # Frames that are the recording itself were not taken from it.
        taken = [folder for folder in extracted.get((who.code, recording.name), ()) if folder != path]
        yield _Case(who, recording, tuple(clips.get(recording.id, ())), frames, path, tuple(taken))


# ---- the study as a whole ----------------------------------------------------------------


def _check_people(project: Project) -> Iterator[Finding]:
    alike: dict[str, list[str]] = {}
    for who in project.participants():
        alike.setdefault(bare_code(who.code, project.settings.groups), []).append(who.code)
        if project.neutral_path(who.code) is None:
            yield _of(
                FindingKind.NEUTRAL_MISSING,
                who.code,
                "Neutral Frames",
                f"There is no picture of the neutral face: choose one with hrm add neutral {quote(who.code)} "
                "PICTURE.",
            )
    for codes in alike.values():
        if len(codes) > 1:
            yield _of(
                FindingKind.PARTICIPANT_TWICE,
                codes[0],
                "",
                f"The codes {' and '.join(codes)} may mean the same child: if they do, keep one of them; if "
                "not, use codes that cannot be mistaken for each other.",
            )


def _check_same_files(cases: Iterable[_Case]) -> Iterator[Finding]:
    first: dict[str, _Case] = {}
    for case in cases:
        if case.recording.fingerprint is None:
            continue
        other = first.setdefault(case.recording.fingerprint, case)
        if other is not case:
            yield case.finding(
                FindingKind.RECORDING_TWICE,
                case.recording.path or "",
                f"The file is the same as that of video {other.recording.name!r} of participant "
                f"{other.participant.code}: connect the right one with {case.connect()}.",
            )


def _check_strangers(
    project: Project, extracted: Mapping[tuple[str, str], list[Path]], cases: Iterable[_Case]
) -> Iterator[Finding]:
    """Files in the project's folders that belong to nobody in the store."""
    known = {(case.participant.code, case.recording.name) for case in cases}
    for (code, video), folders in extracted.items():
        for folder in folders:
            if (code, video) not in known:
                yield _of(
                    FindingKind.FRAMES_OF_NOBODY,
                    None,
                    _shown(project, folder),
                    f"The frames in {_shown(project, folder)} belong to no recording of this study: name the "
                    "folder Participant-CODE/VIDEO as hrm info does, or take it away.",
                )
    groups = project.settings.groups
    codes = {bare_code(who.code, groups) for who in project.participants()}
    for file in sorted((project.folder / "Label").rglob("*.csv")):
        if label_file_of(file) is None and bare_code(file.stem.split("__")[0], groups) not in codes:
            yield _of(
                FindingKind.LABELS_OF_NOBODY,
                None,
                _shown(project, file),
                f"The label file {_shown(project, file)} belongs to no participant: import it with "
                "hrm import hrm-csv --create, or take it away.",
            )


def _of(kind: FindingKind, code: str | None, where: str, message: str) -> Finding:
    return Finding(kind, kind.severity, code, None, where, message)


def _extracted_folders(project: Project) -> dict[tuple[str, str], list[Path]]:
    """Folders of extracted frames by participant code and name of the recording."""
    found: dict[tuple[str, str], list[Path]] = {}
    for child in sorted((project.folder / _FRAMES).glob(f"*/{_PARTICIPANT}*")):
        if not child.is_dir():
            continue
        code = child.name.removeprefix(_PARTICIPANT)
        entries = [entry for entry in child.iterdir() if not entry.name.startswith(".")]
        for entry in sorted(entry for entry in entries if entry.is_dir()):
            found.setdefault((code, entry.name), []).append(entry)
        if any(entry.suffix.lower() in IMAGE_SUFFIXES for entry in entries):
            found.setdefault((code, ""), []).append(child)
    return found


def _shown(project: Project, path: Path) -> str:
    inside = path.is_relative_to(project.folder)
    return (path.relative_to(project.folder) if inside else path).as_posix()


# ---- the file of a recording and the frames taken from it -------------------------------------


def _check_file(project: Project, case: _Case, folders: list[FrameFiles]) -> Iterator[Finding]:
    """Look at file and extracted frames; frame folders that can be read go into `folders`."""
    fingerprint = case.recording.fingerprint
    if case.path is None:
        if len(case.labelled):
            yield case.finding(
                FindingKind.LABELS_ONLY,
                "",
                f"There are labels but no file: connect it with {case.connect()}.",
            )
    elif not case.path.exists():
        yield case.finding(
            FindingKind.FILE_MISSING,
            _shown(project, case.path),
            f"{_shown(project, case.path)} is not there: put it back, look for it with hrm video find "
            f"FOLDER, or connect it again with {case.connect()}.",
        )
    elif case.path.is_dir():
        yield from _check_image_folder(project, case, case.path, folders)
    else:
        present: str | None
        try:
            present = media.fingerprint(case.path)
        except UserError as error:
            yield case.finding(FindingKind.FILE_UNREADABLE, _shown(project, case.path), str(error))
            present = fingerprint
        if fingerprint not in (None, present):
            yield case.finding(
                FindingKind.FILE_CHANGED,
                _shown(project, case.path),
                f"{_shown(project, case.path)} is not the file that was added, so frame numbers may mean "
                f"other pictures: put the old file back, or connect this one with {case.relink()}.",
            )
    if len(case.extracted) > 1:
        used = project.frames_folder(case.participant, case.recording)
        others = [folder for folder in case.extracted if folder != used]
        yield case.finding(
            FindingKind.FRAMES_TWICE,
            _shown(project, others[0]),
            f"The frames lie in {' and '.join(_shown(project, folder) for folder in case.extracted)}, as can "
            "happen when the group of a child is corrected: keep one of these folders and take away the "
            "others, or pictures count twice.",
        )
    for folder in case.extracted:
        yield from _check_extracted(project, case, folder, fingerprint, folders)


def _check_image_folder(
    project: Project, case: _Case, folder: Path, folders: list[FrameFiles]
) -> Iterator[Finding]:
    try:
        listed = list_frames(folder)
    except UserError as error:
        yield case.finding(FindingKind.FILE_UNREADABLE, _shown(project, folder), str(error))
        return
    folders.append(listed)
    count = case.recording.frame_count
    if count not in (None, listed.frame_count):
        yield case.finding(
            FindingKind.FRAME_COUNT_CHANGED,
            _shown(project, folder),
            f"{_shown(project, folder)} had {count} frames when it was added and has {listed.frame_count} "
            f"now, so frame numbers may mean other pictures: put the pictures back as they were, or "
            f"connect the folder with {case.connect()}.",
        )
    labelled = case.labelled
    if count is not None:
        # Those beyond the end are named as such, for every rater.
        labelled = lacking(labelled, out_of_range(labelled, count))
    bare = lacking(labelled, listed.numbers)
    if len(bare):
        words = frames_in_words(bare)
        yield case.finding(
            FindingKind.LABEL_WITHOUT_PICTURE,
            words,
            f"{_shown(project, folder)} lacks the pictures of {counted(len(bare), 'coded frame')} ({words}): "
            "put them back.",
        )
    uncoded = lacking(listed.numbers, labelled)
    if len(uncoded) and len(labelled):
        words = frames_in_words(uncoded)
        yield case.finding(
            FindingKind.PICTURE_WITHOUT_LABEL,
            words,
            f"Nobody has labelled {counted(len(uncoded), 'picture')} of {_shown(project, folder)} ({words}): "
            "code them, or leave them out.",
        )


def _check_extracted(
    project: Project, case: _Case, folder: Path, fingerprint: str | None, folders: list[FrameFiles]
) -> Iterator[Finding]:
    where = _shown(project, folder)
    try:
        listed = list_frames(folder)
    except UserError as error:
        yield case.finding(FindingKind.FILE_UNREADABLE, where, str(error))
        return
    folders.append(listed)
    if listed.note is None:
        yield case.finding(
            FindingKind.FRAMES_WITHOUT_NOTE,
            where,
            f"No note frames.json says which frames lie in {where}: move the folder away and extract the "
            "frames again.",
        )
        return
    source = listed.note.source
    other_count = case.recording.frame_count not in (None, listed.note.frame_count)
    # Compared with the file that was added: if another one lies in its place now, that is the
    # fault, and these frames may be the last ones that are right.
    if (None not in (source, fingerprint) and source != fingerprint) or other_count:
        yield case.finding(
            FindingKind.FRAMES_FROM_OTHER_FILE,
            where,
            f"The frames in {where} were taken from an earlier file of this recording: replace them with "
            "hrm extract frames --again.",
        )
    missing = listed.missing
    if len(missing):
        words = frames_in_words(missing)
        yield case.finding(
            FindingKind.FRAMES_MISSING,
            where,
            f"{where} lacks {counted(len(missing), 'frame')} ({words}): extract the frames again.",
        )


def _check_pictures(project: Project, case: _Case, listed: FrameFiles) -> Iterator[Finding]:
    where = _shown(project, listed.folder)
    if listed.misnamed:
        yield case.finding(
            FindingKind.PICTURE_MISNAMED,
            where,
            f"{where} holds {counted(len(listed.misnamed), 'picture')} whose name says none of the frames 0 "
            f"to {listed.frame_count - 1}, or one that is there already (first: {listed.misnamed[0].name}): "
            "take away what does not belong there.",
        )
    broken = not_whole(listed.files)
    if broken:
        words = frames_in_words(broken)
        yield case.finding(
            FindingKind.PICTURE_NOT_WHOLE,
            where,
            f"{where} holds {counted(len(broken), 'picture')} empty or cut off ({words}): copy or extract "
            "again.",
        )


# ---- labels and clips ------------------------------------------------------------------------


def _check_labels(case: _Case) -> Iterator[Finding]:
    count = case.recording.frame_count
    if count is not None:
        yield from _check_range(case, count)
    for clip in case.clips:
        if clip.is_excluded or (count is not None and clip.last_frame >= count):
            continue
        for rater in case.frames:
            done = covered(clip.first_frame, clip.last_frame, case.coded_by(rater, _DONE))
            if 0 < done < len(clip):
                yield case.finding(
                    FindingKind.CLIP_PARTLY_CODED,
                    f"frames {clip.first_frame}–{clip.last_frame}",
                    f"{rater.name} has coded {done} of the {len(clip)} frames of clip {clip.number} "
                    f"({clip.first_frame}–{clip.last_frame}): code the others.",
                )


def _check_range(case: _Case, count: int) -> Iterator[Finding]:
    for rater in case.frames:
        outside = out_of_range(case.coded_by(rater), count)
        if len(outside):
            words = frames_in_words(outside)
            yield case.finding(
                FindingKind.LABEL_OUT_OF_RANGE,
                words,
                f"{rater.name} has coded {counted(len(outside), 'frame')} behind the end ({words}; there are "
                f"0 to {count - 1}): connect the file those labels were made on with {case.connect()}.",
            )
    for clip in case.clips:
        if clip.last_frame >= count:
            yield case.finding(
                FindingKind.CLIP_OUT_OF_RANGE,
                f"frames {clip.first_frame}–{clip.last_frame}",
                f"Clip {clip.number} ({clip.first_frame}–{clip.last_frame}) reaches behind the last frame "
                f"{count - 1}: connect the file it was cut from with {case.connect()}.",
            )
