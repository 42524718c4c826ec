"""Build a package of the study that may be shared: all of it, or nothing."""

from __future__ import annotations

import csv
import io
import json
import shutil
import uuid
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hrm_core import __version__
from hrm_core.errors import ProjectError, UserError
from hrm_core.exchange.croissant import CROISSANT, croissant_bytes
from hrm_core.exchange.data_sheet import data_sheet, description, licence_text
from hrm_core.exchange.package_files import CHECKSUMS, package_files, write_checksums, write_rows, zip_folder
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.release import PackageFacts, ReleasedChild, ReleasedRecording
from hrm_core.workflows.export_folder import require_outside
from hrm_core.workflows.group_mark import group_mark
from hrm_core.workflows.project import Project
from hrm_core.workflows.release_codes import ReleaseCodes, read_codes, with_new_codes, write_codes
from hrm_core.workflows.release_parts import (
    code_rows,
    frame_rows,
    write_features,
    write_hrm_csv,
    write_pictures,
)
from hrm_core.workflows.release_plan import PlannedChild, PlannedRecording, ReleasePlan, plan_release

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NOTE", "ReleaseChoice", "ReleaseReport", "build_release"]

NOTE = "release.json"
"""Name of the file that says, for programs, what a package is."""

_FORMAT = "hrm-release 1"


@dataclass(frozen=True, slots=True)
class ReleaseChoice:
    """What a package is to hold.

    Attributes
    ----------
    out : pathlib.Path
        A new folder, or a new file that ends in ``.zip``.
    rater : str or None
        Whose codes; may be None if only one rater has coded.
    features : bool
        Whether face features are in it.
    pictures : bool
        Whether pictures with covered eyes of coded frames are in it, where the consent allows it.
    version : str
        Of the data set.
    replace : bool
        Whether an earlier package that lies there is replaced.
    """

    out: Path
    rater: str | None = None
    features: bool = False
    pictures: bool = False
    version: str = "1.0.0"
    replace: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseReport:
    """What :func:`build_release` wrote.

    Attributes
    ----------
    out : pathlib.Path
        The package.
    plan : ReleasePlan
        Who and what is in it, and who is not.
    facts : PackageFacts
        What its descriptions say.
    files : int
        Number of files in it.
    gone : int
        Children of earlier releases who are not in it.
    """

    out: Path
    plan: ReleasePlan
    facts: PackageFacts
    files: int
    gone: int = 0


@dataclass(frozen=True, slots=True)
class _Build:
    """What is the same for all recordings of a package."""

    project: Project
    choice: ReleaseChoice
    folder: Path
    codes: ReleaseCodes
    cancel: CancelToken


def build_release(
    project: Project,
    choice: ReleaseChoice,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ReleaseReport:
    """Write the package.  The same study and choice make the same bytes.

    Parameters
    ----------
    project : Project
        The open study.
    choice : ReleaseChoice
        What it is to hold.
    progress : Progress, optional
        Told of recordings.
    cancel : CancelToken, optional
        Asked between recordings and pictures.

    Raises
    ------
    NotFoundError, ProjectError
        As :func:`~hrm_core.workflows.release_plan.plan_release`; if something that is no package lies at the
        place, or the disk refuses.
    InvalidFileError
        If features or the codes of earlier releases are damaged.
    Cancelled
        On request.  Whatever is raised, an earlier package stays and nothing of the new one does.
    """
    cancel, progress = cancel or CancelToken(), progress or NoProgress()
    out = choice.out
    _require_room(project, choice)
    plan = plan_release(project, choice.rater, cancel=cancel)
    codes = _codes(project, plan)
    gone = {child for child, _ in codes} - {child.who.code for child in plan.children}
    scratch = out.absolute().with_name(f".{uuid.uuid4().hex}.part")
    try:
        folder = scratch / "package"
        folder.mkdir(parents=True)
        build = _Build(project, choice, folder, codes, cancel)
        facts = _fill(build, plan, progress)
        cancel.raise_if_cancelled()
        files = len(package_files(folder)) + 1
        new = folder
        if out.suffix.lower() == ".zip":
            new = scratch / "package.zip"
            zip_folder(folder, new)
        # Somebody may have put something there in the meantime.
        _require_room(project, choice)
        _put_in_place(new, out, scratch)
    except OSError as error:
        if isinstance(error, UserError):
            raise
        raise _refused(out, error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return ReleaseReport(out, plan, facts, files, len(gone))


def _require_room(project: Project, choice: ReleaseChoice) -> None:
    out = choice.out
    require_outside(project, out, "--out")
    try:
        if out.is_symlink():
            raise ProjectError(f"{out} is a link to another place: choose another one with --out.")
        if not out.exists() or (out.is_dir() and not any(out.iterdir())):
            return
    except OSError as error:
        if isinstance(error, UserError):
            raise
        raise _refused(out, error) from error
    if not _is_package(out):
        raise ProjectError(
            f"{out} is there and is no package of hrm release: choose another place with --out."
        )
    if not choice.replace:
        raise ProjectError(
            f"{out} holds a package already: use --replace to replace it, or choose another place with --out."
        )


def _refused(out: Path, error: OSError) -> ProjectError:
    return ProjectError(
        f"{out} cannot be written ({error.strerror or error}): free some space, allow writing there, or "
        "choose another place with --out."
    )


def _is_package(out: Path) -> bool:
    """Whether all that lies there was written by a release."""
    try:
        if out.is_file():
            with zipfile.ZipFile(out) as package:
                return bool(json.loads(package.read(NOTE))["format"] == _FORMAT)
        listed = (out / CHECKSUMS).read_text(encoding="utf-8").splitlines()
        names = {line.partition("  ")[2] for line in listed} | {CHECKSUMS}
        there = {path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir()}
        return bool(json.loads((out / NOTE).read_bytes())["format"] == _FORMAT) and there <= names
    # Of damaged archives: RuntimeError if one seems encrypted or packed in an unknown way.
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error):
        return False


def _put_in_place(new: Path, out: Path, scratch: Path) -> None:
    """Move the new package to its place; the old one comes back if that fails."""
    old = scratch / "old"
    if out.exists():
        out.rename(old)
    try:
        new.rename(out)
    except BaseException:
        if old.exists():
            old.rename(out)
        raise


def _codes(project: Project, plan: ReleasePlan) -> ReleaseCodes:
    """Names of all that is released; new ones are kept before they are used."""
    known = read_codes(project)
    wanted = [
        key
        for child in plan.children
        for key in (
            (child.who.code, ""),
            *((child.who.code, entry.recording.name) for entry in child.recordings),
        )
    ]
    own = {who.code for who in project.participants()} | {r.name for _, r in project.recordings()}
    codes = with_new_codes(known, wanted, own)
    if codes != known:
        write_codes(project, codes)
    return codes


def _fill(build: _Build, plan: ReleasePlan, progress: Progress) -> PackageFacts:
    """Everything in the folder of the package."""
    children = sorted(plan.children, key=lambda child: build.codes[child.who.code, ""])
    recordings: list[ReleasedRecording] = []
    frames: list[pd.DataFrame] = []
    codes: list[pd.DataFrame] = []
    progress.start("Packing recordings", sum(len(child.recordings) for child in children))
    try:
        for child in children:
            of_child = {build.codes[child.who.code, r.recording.name]: r for r in child.recordings}
            for code in sorted(of_child):
                build.cancel.raise_if_cancelled()
                names = (build.codes[child.who.code, ""], code)
                frames.append(frame_rows(build.project, *names, of_child[code]))
                codes.append(code_rows(*names, of_child[code]))
                recordings.append(_one(build, child, names, of_child[code]))
                progress.advance()
    finally:
        progress.finish()
    synthetic = build.project.settings.synthetic
    write_rows(build.folder / "labels/frames.parquet", frames, synthetic=synthetic)
    write_rows(build.folder / "labels/codes.parquet", codes, synthetic=synthetic)
    facts = _facts(
        build, plan, [ReleasedChild(build.codes[c.who.code, ""], c.told) for c in children], recordings
    )
    _describe(build.folder, facts)
    return facts


def _one(
    build: _Build, child: PlannedChild, names: tuple[str, str], planned: PlannedRecording
) -> ReleasedRecording:
    """All files of one recording."""
    if child.told.group:
        mark = group_mark(build.project, child.who)
        write_hrm_csv(build.folder / "labels/hrm-csv", *names, planned, mark)
    recording = planned.recording
    released = ReleasedRecording(
        *names,
        len(planned.table),
        len(planned.not_codable),
        int(planned.touched.sum()),
        recording.fps,
        recording.width,
        recording.height,
        recording.mirrored,
    )
    if build.choice.features:
        features = build.folder / "features"
        sources = write_features(build.project, features, names, child.who, planned)
        released = replace(released, features=sources)
    if build.choice.pictures and child.pictures:
        # In the study: its names stand in the paths, and a killed process leaves them where they are.
        raw = build.project.folder / f".{uuid.uuid4().hex}.part"
        target = build.folder / "pictures" / names[0] / names[1]
        given, withheld = write_pictures(build.project, raw, target, child.who, planned, build.cancel)
        released = replace(released, pictures=given, withheld=withheld)
    return released


def _facts(
    build: _Build,
    plan: ReleasePlan,
    children: Sequence[ReleasedChild],
    recordings: Sequence[ReleasedRecording],
) -> PackageFacts:
    settings = build.project.settings
    name = settings.name
    if settings.synthetic and "synthetic" not in name.lower():
        name = f"{name} (synthetic)"
    smallest = settings.release.smallest_cell
    refused = sum(number for _, number in plan.refused)
    left_out = str(refused) if refused >= smallest or not refused else f"fewer than {smallest}"
    return PackageFacts(
        name,
        build.choice.version,
        f"HRM Annotator {__version__}",
        settings.release.licence.strip(),
        settings.release.creators,
        settings.synthetic,
        smallest,
        left_out,
        tuple((action.key, action.name) for action in build.project.actions()),
        plan.unseen,
        tuple(children),
        tuple(recordings),
    )


def _describe(folder: Path, facts: PackageFacts) -> None:
    """Tables of children and recordings, and everything that says what the package is."""
    rows = [
        (child.code, child.told.group, child.told.sex, *(child.told.years or ("", "")))
        for child in facts.children
    ]
    _write_csv(folder / "participants.csv", ("participant", "group", "sex", "age_from", "age_to"), rows)
    header = ("participant", "recording", "frames", "not_codable", "with_model", "fps", "width", "height")
    _write_csv(
        folder / "recordings.csv",
        (*header, "mirrored", "pictures", "pictures_withheld"),
        [
            (e.child, e.code, e.frames, e.not_codable, e.with_models, e.fps, e.width, e.height)
            + (str(e.mirrored).lower(), e.pictures, e.withheld)
            for e in facts.recordings
        ],
    )
    note: dict[str, Any] = {
        "format": _FORMAT,
        "name": facts.name,
        "version": facts.version,
        "program": facts.program,
        "synthetic": facts.synthetic,
        "licence": facts.licence,
        "children": len(facts.children),
        "recordings": len(facts.recordings),
        "frames": facts.frames,
        "pictures": facts.pictures,
        "features": list(facts.features),
        "smallest_cell": facts.smallest_cell,
    }
    _write(folder / NOTE, json.dumps(note, ensure_ascii=False, indent=1) + "\n")
    _write(folder / "LICENSE.txt", licence_text(facts))
    _write(folder / "README.md", data_sheet(facts))
    told = croissant_bytes(facts, description(facts), package_files(folder))
    (folder / CROISSANT).write_bytes(told)
    write_checksums(folder)


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    _write(path, text.getvalue())


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
