"""The Qt-free toolkit of HRM Annotator: labels, agreement, analysis, models.

Importing this package is cheap (no torch, OpenCV, pandas or SQLAlchemy); the
names below load their rooms when they are first used.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hrm_core.workflows.project import Project, open_project

__version__ = "0.1.0"
__all__ = ["Project", "__version__", "open_project"]

# From 1.29 on ONNX Runtime notes an identifier of the computer and sends names of models and of the program
# to its makers: https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md. It asks for this once,
# when it is loaded, whichever room or library loads it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def __getattr__(name: str) -> Any:
    if name in ("Project", "open_project"):
        from hrm_core.workflows import project

        return getattr(project, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
