"""Where the clips of rating sessions lie, under names that tell nothing."""

from __future__ import annotations

from pathlib import Path

__all__ = ["clips_folder"]

_FOLDER = "Rating Clips"


def clips_folder(home: Path, token: str) -> Path:
    """The folder with the prepared clips of a session.

    Parameters
    ----------
    home : pathlib.Path
        The project folder.
    token : str
        Random name of the session.
    """
    return home / _FOLDER / token
