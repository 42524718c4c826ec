"""Put the files of a report into a folder: all of them, or none."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from hrm_core.paths import whole_file
from hrm_core.reporting import ReportError, file_names, require_libraries

__all__ = ["require_room_for", "write_files"]


def require_room_for(stem: str, folder: Path, formats: Sequence[str], *, replace: bool) -> None:
    """See to it that a report can be made and put there, before minutes of measuring.

    Parameters
    ----------
    stem : str
        What the names of its files begin with.
    folder : pathlib.Path
        Where it would go.
    formats : sequence of str
        Which kinds.
    replace : bool
        Whether an older one may be replaced.

    Raises
    ------
    ReportError
        If a format is unknown, a library is missing, a report is there already, one that is to
        be replaced is there in other formats too, or something that is no folder is in the way.
    """
    require_libraries(tuple(formats))
    names = file_names(stem)
    there = [folder / names[name] for name in formats]
    there = [path for path in there if path.exists()]
    if there and not replace:
        raise ReportError(
            f"{there[0]} is there already: choose another folder, or have it replaced (--replace)."
        )
    others = [name for kind, name in names.items() if kind not in formats and (folder / name).exists()]
    if replace and others:
        # Half replaced, the folder would hold two reports that look like one.
        raise ReportError(
            f"{folder} holds a report in other formats too ({', '.join(others)}): "
            "name them all, or choose another folder."
        )
    above = next((place for place in (folder, *folder.parents) if place.exists()), None)
    if above is not None and not above.is_dir():
        raise ReportError(_told(NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)), folder))


def write_files(files: Mapping[str, bytes], folder: Path) -> tuple[Path, ...]:
    """Write files by name; every one is complete before the first takes its place.

    Raises
    ------
    ReportError
        If the disk refuses; nothing is written then.
    """
    targets = {folder / name: data for name, data in files.items()}
    try:
        with ExitStack() as stack:
            for path, data in targets.items():
                _write(stack.enter_context(whole_file(path)), data)
    except OSError as error:
        raise ReportError(_told(error, folder)) from error
    return tuple(targets)


def _write(scratch: Path, data: bytes) -> None:
    with scratch.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _told(error: OSError, folder: Path) -> str:
    reason = {
        errno.ENOSPC: "the disk is full: make room",
        errno.EACCES: "it may not be written to: choose another folder",
        errno.EROFS: "it may not be written to: choose another folder",
        errno.EEXIST: "a file of that name is in the way: choose another folder",
        errno.ENOTDIR: "a file of that name is in the way: choose another folder",
        errno.EISDIR: "a folder has the name of a file of the report: choose another folder",
    }.get(error.errno or 0, f"{error.strerror or error}: choose another folder")
    return f"The report could not be written to {folder}; {reason}."
