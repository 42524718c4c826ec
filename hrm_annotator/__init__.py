"""The desktop application in which coders code, judges rate and methodologists look.

It calls :mod:`hrm_core.workflows` and nothing deeper.
"""

from __future__ import annotations

from hrm_core import __version__

__all__ = ["__version__"]
