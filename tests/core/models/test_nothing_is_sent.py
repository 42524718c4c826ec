"""Running a network leaves no identifier of the computer behind, and nothing that waits to be sent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.source_tree import ROOT
from tests.support.tiny_network import tiny_onnx

_RUN = """
import sys
from pathlib import Path
import numpy as np
from hrm_core.models.runners import OnnxRunner
with OnnxRunner(Path(sys.argv[1])) as runner:
    runner.run(np.zeros((1, 3, 8, 8), np.float32))
"""


def test_onnx_runtime_notes_nothing_for_its_makers(tmp_path: Path) -> None:
    home, network = tmp_path / "home", tiny_onnx(tmp_path / "tiny.onnx")
    home.mkdir()
    # Without the variables of test servers, for which it is silent by itself.
    kept = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH")
    bare = {name: os.environ[name] for name in kept if name in os.environ}
    homes = dict.fromkeys(
        ("HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME", "XDG_DATA_HOME"), str(home)
    )
    done = subprocess.run(
        [sys.executable, "-c", _RUN, network],
        cwd=ROOT,
        env=bare | homes,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in home.rglob("*")] == []
