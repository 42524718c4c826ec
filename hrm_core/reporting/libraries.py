"""The libraries of the extra ``report``, asked for only when a format needs them."""

from __future__ import annotations

from importlib.util import find_spec

from hrm_core.errors import UserError

__all__ = ["ReportError", "require_libraries"]

_NEEDS = {
    "html": ("jinja2", "matplotlib"),
    "pdf": ("matplotlib", "typst"),
    "xlsx": ("xlsxwriter",),
    "latex": (),
    "csv": (),
}


class ReportError(UserError, OSError):
    """A report could not be made or written; nothing of it was left behind."""


def require_libraries(formats: tuple[str, ...]) -> None:
    """See to it that all `formats` can be written, before any work is done.

    Raises
    ------
    ReportError
        If a library is missing, or a format is none of these.
    """
    for name in formats:
        if name not in _NEEDS:
            raise ReportError(f"There is no report format '{name}': choose from {', '.join(_NEEDS)}.")
    missing = sorted({library for name in formats for library in _NEEDS[name] if find_spec(library) is None})
    if missing:
        raise ReportError(
            f"The report needs {', '.join(missing)}: pip install 'hrm-annotator[report]', "
            "or ask for the formats csv and latex, which need nothing more."
        )
