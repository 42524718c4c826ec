"""The room costs nothing until it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import hrm_core.media


def test_importing_loads_nothing_heavy() -> None:
    code = (
        "import sys, hrm_core.media as media\n"
        "print([name for name in ('av', 'numpy', 'cv2') if name in sys.modules])\n"
        "import hrm_core.media.reader\n"
        "print(*(callable(getattr(media, name)) for name in media.__all__))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", " ".join(["True"] * len(hrm_core.media.__all__))]


def test_unknown_names_are_no_attributes() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        hrm_core.media.nothing  # noqa: B018
