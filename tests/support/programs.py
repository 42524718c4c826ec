"""Start other programs on the same store and talk to them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["ROOT", "python", "writer"]

ROOT = Path(__file__).parents[2]


@contextmanager
def writer(verb: str, url: str, *numbers: object) -> Iterator[subprocess.Popen[str]]:
    """A running ``store_writer`` that has opened the store; killed at the end if it still runs."""
    command = [sys.executable, "-m", "tests.support.store_writer", verb, url, *map(str, numbers)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as program:
        assert program.stdout is not None
        try:
            first = program.stdout.readline()
            assert first == "ready\n", first + (program.stderr.read() if program.stderr else "")
            yield program
        finally:
            program.kill()


def python(script: str, *arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a script in a program of its own, in the root of the repository."""
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=check,
        cwd=ROOT,
    )
