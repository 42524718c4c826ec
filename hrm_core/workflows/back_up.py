"""Verify, back up and restore the labels of a study that may be in use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hrm_core.errors import StoreError
from hrm_core.store import backup
from hrm_core.store.verify import Verification
from hrm_core.workflows.project import Project

__all__ = ["Verification", "back_up", "back_up_if_due", "backups", "restore", "verify"]

_DUE_AFTER = timedelta(hours=1)


def verify(project: Project) -> Verification:
    """Check the store, and that its log explains every label."""
    return project.store.verify()


def back_up(project: Project) -> Path:
    """Copy the labels into the project's backup folder; old copies are rotated.

    Raises
    ------
    StoreWriteError
        If it could not be written; the labels are untouched.
    """
    return project.store.back_up()


def back_up_if_due(project: Project) -> Path | None:
    """Back up unless that was done within the hour; returns the new backup."""
    known = backups(project)
    # A clock that was wrong once must not keep backups from being made.
    if known and timedelta(0) <= datetime.now(UTC) - backup.time_of(known[-1]) < _DUE_AFTER:
        return None
    return back_up(project)


def backups(project: Project) -> list[Path]:
    """Backups of the study, oldest first."""
    return backup.backups_in(project.store.backup_folder)


def restore(project: Project, source: Path | None = None) -> tuple[Path, Path]:
    """Go back to a backup.

    Parameters
    ----------
    project : Project
        The open study.
    source : pathlib.Path, optional
        The backup; the newest one if left out.

    Returns
    -------
    (pathlib.Path, pathlib.Path)
        The backup that was restored, and one of the labels as they were before.

    Raises
    ------
    StoreError
        If there is no backup, or it is damaged; the labels are untouched.
    """
    known = backups(project)
    if source is None and not known:
        raise StoreError("This project has no backup yet: make one with hrm store backup.")
    chosen = source if source is not None else known[-1]
    return chosen, project.store.restore(chosen)
