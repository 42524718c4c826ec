"""What is said where a library is missing, or is there and does not load."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hrm_core.models.libraries import MissingLibraryError, require_onnxruntime, require_pillow, require_torch


@pytest.mark.parametrize(
    ("library", "require"), [("torch", require_torch), ("onnxruntime", require_onnxruntime)]
)
def test_a_library_that_lacks_a_part_of_its_own_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, require: object
) -> None:
    (tmp_path / f"{library}.py").write_text("raise ImportError('DLL load failed')\n", encoding="utf-8")
    monkeypatch.delitem(sys.modules, library, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    assert callable(require)
    with pytest.raises(MissingLibraryError, match=r"is installed but cannot be loaded \(DLL load"):
        require()


def test_libraries_that_are_there_are_not_complained_of() -> None:
    require_torch()
    require_onnxruntime()
    require_pillow()
