"""Coding proxies: copies of recordings in which a jump shows its picture at once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from hrm_core import media
from hrm_core.errors import UserError
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.recording import Recording
from hrm_core.workflows.project import Project

__all__ = [
    "ProxyReport",
    "make_proxy",
    "proxy_path",
    "proxy_would_help",
    "remove_all_proxies",
    "remove_proxy",
]

_CACHE = ".hrm-cache"
# Decoding from the last key frame is noticed where groups are long or pictures large.
_LONG_GROUP = 60
_LARGE_HEIGHT = 1080


@dataclass(frozen=True, slots=True)
class ProxyReport:
    """What :func:`make_proxy` did.

    Attributes
    ----------
    made : bool
        False if a sound proxy was there already.
    frames : int
        Frames of the recording.
    seconds : float
        How long it took.
    size_bytes : int
        Size of the proxy.
    flaw : str or None
        What was wrong with the proxy that was there; completes "the old proxy ...".
    """

    made: bool
    frames: int
    seconds: float
    size_bytes: int
    flaw: str | None = None


def proxy_path(project: Project, fingerprint: str) -> Path:
    """Where the proxy of a file with this content is, if there is one.

    Named by content alone: it tells neither participant nor group.
    """
    return project.folder / _CACHE / "proxies" / f"{fingerprint.replace(':', '-')}.mp4"


def make_proxy(
    project: Project,
    recording: Recording,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ProxyReport:
    """Make the coding proxy of a recording unless a sound one is there.

    Work that was cut off is taken up where it stopped.

    Parameters
    ----------
    project : Project
        The open study.
    recording : Recording
        Which one.
    progress : Progress, optional
        Told of frames.
    cancel : CancelToken, optional
        Asked between frames.

    Returns
    -------
    ProxyReport
        What was done.

    Raises
    ------
    NotFoundError
        If only labels are known, or the file is gone.
    InvalidFileError
        If the file cannot be read, or is not the one that was added.
    UserError
        If it is a folder of images, which needs no proxy, or the disk is full.
    Cancelled
        On request.
    """
    began = time.monotonic()
    path = project.original_path(recording)
    if path.is_dir():
        raise UserError(
            f"Video {recording.name!r} is a folder of images: jumping in it is fast already, it needs "
            "no proxy."
        )
    source = media.fingerprint(path)
    target = proxy_path(project, source)
    flaw = media.proxy_flaw(target, source, cancel=cancel) if target.exists() else None
    made = flaw is not None or not target.exists()
    if made:
        cache = project.folder / _CACHE
        media.make_proxy(path, target, progress=progress, cancel=cancel, cache_dir=cache)
    frames = media.probe(path, cache_dir=project.folder / _CACHE).frame_count
    return ProxyReport(made, frames, time.monotonic() - began, target.stat().st_size, flaw)


def proxy_would_help(project: Project, recording: Recording) -> bool:
    """Whether jumps in a recording take long enough to be noticed.

    Raises
    ------
    NotFoundError, InvalidFileError
        As :func:`make_proxy`.
    """
    path = project.original_path(recording)
    if path.is_dir():
        return False
    facts = media.probe(path, cache_dir=project.folder / _CACHE)
    return facts.longest_group > _LONG_GROUP or facts.height >= _LARGE_HEIGHT


def remove_proxy(project: Project, recording: Recording) -> int:
    """Delete the proxy of a recording, finished or not; labels do not depend on it.

    Returns
    -------
    int
        Bytes that became free; 0 if there was none.

    Raises
    ------
    UserError
        If it cannot be deleted.
    """
    source = recording.fingerprint
    return media.remove_proxy(proxy_path(project, source)) if source else 0


def remove_all_proxies(project: Project) -> int:
    """Delete all proxies of a study, also those of files that are not in it any more.

    Returns
    -------
    int
        Bytes that became free.

    Raises
    ------
    UserError
        If one cannot be deleted.
    """
    folder = proxy_path(project, "").parent
    names = {file.name.partition(".mp4")[0].lstrip(".") for file in folder.glob("*")}
    freed = sum(media.remove_proxy(folder / f"{name}.mp4") for name in names)
    for left in folder.glob(".*.part"):
        left.unlink(missing_ok=True)
    return freed
