from __future__ import annotations

import getpass
import json
import os
import platform
import socket
from pathlib import Path

import pytest
import torch

from hrm_core.models.train.environment import environment


def test_it_names_what_a_run_was_computed_with() -> None:
    said = environment("cpu")

    assert said["python"] == platform.python_version()
    assert said["libraries"]["torch"] == torch.__version__
    assert said["threads"] == torch.get_num_threads()
    assert said["device"] == "cpu"
    assert 1 <= said["cores"] <= (os.cpu_count() or 1)
    assert "card" not in said


def test_it_names_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    text = json.dumps(environment("cpu"))

    assert '"OMP_NUM_THREADS": "2"' in text
    for secret in (getpass.getuser(), socket.gethostname(), str(Path.home()), str(Path.cwd())):
        assert f'"{secret}' not in text


def test_a_library_that_is_missing_is_null(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrm_core.models.train.environment._LIBRARIES", ("numpy", "no-such-library"))

    assert environment("cpu")["libraries"]["no-such-library"] is None
