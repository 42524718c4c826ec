"""Write a report of reliability: all of its files, or none."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from hrm_core.paths import whole_file
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.agreement import ReliabilityReport
from hrm_core.reporting import FILE_NAMES, FORMATS, ReportError, report_files, require_libraries

__all__ = ["FORMATS", "ReportError", "require_room", "write_reliability_report"]


def require_room(folder: Path, formats: Sequence[str] = FORMATS, *, replace: bool = False) -> None:
    """See to it that a report can be made and put there, before minutes of measuring.

    Parameters
    ----------
    folder, formats, replace
        As for :func:`write_reliability_report`, which asks this once more.

    Raises
    ------
    ReportError
        If a format is unknown, a library is missing, a report is there already, one that is to
        be replaced is there in other formats too, or something that is no folder is in the way.
    """
    require_libraries(tuple(formats))
    there = [folder / FILE_NAMES[name] for name in formats]
    there = [path for path in there if path.exists()]
    if there and not replace:
        raise ReportError(
            f"{there[0]} is there already: choose another folder, or have it replaced (--replace)."
        )
    others = [name for kind, name in FILE_NAMES.items() if kind not in formats and (folder / name).exists()]
    if replace and others:
        # Half replaced, the folder would hold two reports that look like one.
        raise ReportError(
            f"{folder} holds a report in other formats too ({', '.join(others)}): "
            "name them all, or choose another folder."
        )
    above = next((place for place in (folder, *folder.parents) if place.exists()), None)
    if above is not None and not above.is_dir():
        raise ReportError(_told(NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)), folder))


def write_reliability_report(
    report: ReliabilityReport,
    folder: Path,
    formats: Sequence[str] = FORMATS,
    *,
    replace: bool = False,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> tuple[Path, ...]:
    """Write ``reliability.html``, ``.pdf``, ``.tex``, ``.xlsx`` and ``reliability-tables/*.csv``.

    The same report gives the same bytes; only `made_on` changes one line of the page and
    of the LaTeX file, and the dates inside the PDF and the workbook.  The tables have none.

    Parameters
    ----------
    report : ReliabilityReport
        What to say; at least one pair.
    folder : pathlib.Path
        Where; made if missing.
    formats : sequence of str
        Some of ``html``, ``pdf``, ``latex``, ``csv``, ``xlsx``.
    replace : bool
        Whether files of an older report may be replaced; then it must be all of them.
    progress : Progress, optional
        Told of formats.
    cancel : CancelToken, optional
        Asked between formats; then nothing is written.

    Returns
    -------
    tuple of pathlib.Path
        The files, in the order of `formats`.

    Raises
    ------
    ReportError
        If a format is unknown, a library is missing, a report is there already (or would be
        replaced in part only) or the disk refuses; nothing is written then.
    ValueError
        If the report has no pair.
    Cancelled
        On request.
    """
    require_room(folder, formats, replace=replace)
    files = report_files(report, formats, progress=progress, cancel=cancel)
    targets = {folder / name: data for name, data in files.items()}
    try:
        # Every file is complete under another name before the first takes its place.
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
