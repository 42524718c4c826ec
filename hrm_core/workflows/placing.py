"""Where the file of a recording goes, and how it is taken away again if adding it fails."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hrm_core.errors import ProjectError
from hrm_core.records.people import Participant
from hrm_core.workflows.project import Project

__all__ = ["placed"]


@contextmanager
def placed(project: Project, who: Participant, file: Path, name: str, *, copy: bool) -> Iterator[str]:
    """Put the file of a recording into the project for the length of a block, and for good if it succeeds.

    Parameters
    ----------
    project : Project
        The open study.
    who : Participant
        Whose recording it is.
    file : pathlib.Path
        A video, or a folder of images.
    name : str
        Of the recording.
    copy : bool
        Copy it into the project; otherwise it is referenced where it is.

    Yields
    ------
    str
        Its path as the store keeps it.

    Raises
    ------
    ProjectError
        If the copy cannot be written; nothing is left of it.
    """
    file = file.resolve()
    if file.is_relative_to(project.folder) or not copy:
        inside = file.is_relative_to(project.folder)
        yield (file.relative_to(project.folder) if inside else file).as_posix()
        return
    suffix = file.suffix if file.is_file() else ""
    folder = project.folder / "Origin Videos" / project.group_folder(who) / f"Participant-{who.code}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target = _free(folder, name, suffix)
        _copy_whole(file, target)
    except OSError as error:
        raise ProjectError(
            f"{file.name} cannot be copied into the project ({error.strerror}): free some space, or "
            "reference it where it is with --link."
        ) from error
    try:
        yield target.relative_to(project.folder).as_posix()
    except BaseException:
        _remove(target)
        raise


def _free(folder: Path, name: str, suffix: str) -> Path:
    """A path nothing lies at: a film that is there already is never written over."""
    target, number = folder / f"{name}{suffix}", 1
    while target.exists():
        number += 1
        target = folder / f"{name} ({number}){suffix}"
    return target


def _copy_whole(source: Path, target: Path) -> None:
    # Short, because the name itself may be as long as names can be.
    scratch = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        if source.is_dir():
            shutil.copytree(source, scratch)
        else:
            shutil.copyfile(source, scratch)
        scratch.replace(target)
    except BaseException:
        _remove(scratch)
        raise


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
