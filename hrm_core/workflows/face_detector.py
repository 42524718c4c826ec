"""Open a face detector by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hrm_core.errors import NotFoundError
from hrm_core.faces.detector import Detector

__all__ = ["DETECTORS", "GIVEN", "Detector", "open_detector"]

GIVEN = "given"
"""Faces that people drew, or another program found; see :mod:`hrm_core.workflows.given_faces`."""

DETECTORS = ("yunet", "insightface", GIVEN)
"""What ``--detector`` takes, the default first."""

_PACK = "buffalo_l"


def open_detector(
    name: str = DETECTORS[0], *, pack: Path | str | None = None, least_score: float | None = None
) -> Detector:
    """Open a detector that looks at pictures.

    Parameters
    ----------
    name : str
        ``"yunet"`` or ``"insightface"``.
    pack : pathlib.Path or str, optional
        A path is the file or folder of weights itself; a name is that of a model on this
        computer, as ``hrm models`` lists them.
    least_score : float, optional
        Faces less sure than this are not reported, 0-1; the detector's own if left out.

    Raises
    ------
    NotFoundError
        If there is no detector of this name, or its weights are not on this computer.
    InvalidFileError
        If its weights cannot be read.
    """
    # Anything, because the detectors take more settings than this one.
    settings: dict[str, Any] = {} if least_score is None else {"least_score": least_score}
    if name == "yunet":
        from hrm_core.faces.yunet import YuNet

        return YuNet(_weights(pack or "yunet"), **settings)
    if name == "insightface":
        from hrm_core.faces.insightface import InsightFace

        opened: Detector = InsightFace(_weights(pack or _PACK), **settings)
        return opened
    raise NotFoundError(f"There is no face detector {name!r}: choose one of {', '.join(DETECTORS)}.")


def _weights(pack: Path | str) -> Path:
    if isinstance(pack, Path):
        return pack
    from hrm_core.workflows.manage_models import (
        weights_path,
    )

    return Path(weights_path(pack))
