"""Measuring a registered network in a process of its own.

Memory is a property of a process: in one that has run another network before, the
largest amount held says nothing of this one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hrm_core.errors import UserError
from hrm_core.models.measure import Speed, input_of, peak_memory, restart_peak, speeds
from hrm_core.models.weights import WeightStore
from hrm_core.progress import CancelToken, NoProgress, Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hrm_core.models.open_runner import Prefer

__all__ = ["Measured", "measure_apart"]

_ASK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Measured:
    """What running a network took.

    Attributes
    ----------
    by : {"onnx", "half", "torch"}
        Which of its files was run.
    ran_on : str
        What ran it; empty if it could not be run.
    speeds : tuple of Speed
        Without reading and preparing pictures.
    loading_bytes, running_bytes : int or None
        The most memory that the process held until the network was ready, and while it ran
        the largest batch: Python and the libraries included.  None where that is not measured.
    problem : str
        Why it could not be run; empty otherwise.
    """

    by: str
    ran_on: str
    speeds: tuple[Speed, ...]
    loading_bytes: int | None
    running_bytes: int | None
    problem: str = ""


def measure_apart(
    store: WeightStore,
    cards: Path,
    name: str,
    by: Prefer,
    batch_sizes: Sequence[int],
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Measured:
    """Run a registered network on the processor, in a process of its own.

    Parameters
    ----------
    store : WeightStore
        Where its weights are.
    cards : pathlib.Path
        Folder of cards.
    name : str
        Its card.
    by : {"onnx", "half", "torch"}
        Which of its files is run.
    batch_sizes : sequence of int
        Pictures or sequences at once, each at least 1.
    progress : Progress, optional
        Told when it begins and ends.
    cancel : CancelToken, optional
        Asked several times a second; the process is then ended.

    Returns
    -------
    Measured
        With the reason in `problem` if it could not be run.

    Raises
    ------
    Cancelled
        If stopped.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    task = json.dumps([str(store.root), str(cards), name, by, list(batch_sizes)])
    command = [sys.executable, "-c", "from hrm_core.models.measure_apart import _main; _main()"]
    # The child finds this program where this process did, however that was started.
    places = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places))}
    pipe = subprocess.PIPE
    progress.start(f"Measuring {name} ({by})", None)
    with subprocess.Popen(
        command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True, encoding="utf-8"
    ) as child:
        try:
            said, complaint = _outputs(child, task, cancel)
        finally:
            if child.poll() is None:
                child.kill()
            progress.finish()
    return _answer(by, child.returncode, said, complaint)


def _outputs(child: subprocess.Popen[str], task: str, cancel: CancelToken) -> tuple[str, str]:
    """What a child says in the end; between whiles it is asked whether to stop."""
    given: str | None = task
    while True:
        cancel.raise_if_cancelled()
        try:
            return child.communicate(given, timeout=_ASK_SECONDS)
        except subprocess.TimeoutExpired:
            given = None


def _answer(by: str, code: int, said: str, complaint: str) -> Measured:
    lines = said.splitlines()
    if code or not lines:
        last = complaint.strip().splitlines()[-1:]
        why = "".join(last) or f"it ended with status {code}; there may be too little memory"
        return Measured(by, "", (), None, None, f"It could not be run: {why}")
    found: dict[str, Any] = json.loads(lines[-1])
    return Measured(**{**found, "speeds": tuple(Speed(**each) for each in found["speeds"])})


def _main() -> None:
    """What the child does."""
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    root, cards, name, by, batch_sizes = json.loads(sys.stdin.read())
    try:
        measured = _measured(WeightStore(Path(root)), Path(cards), name, by, batch_sizes)
    except UserError as error:
        measured = Measured(by, "", (), None, None, str(error))
    print(json.dumps(asdict(measured)))


def _measured(store: WeightStore, cards: Path, name: str, by: Prefer, batch_sizes: list[int]) -> Measured:
    from hrm_core.models.card_file import CARD_FILE, read_card
    from hrm_core.models.open_runner import open_runner
    from hrm_core.models.registered import registered_weights

    card = read_card(cards / name / CARD_FILE)
    assert card.network is not None
    runner = open_runner(registered_weights(store, card), by, "cpu")
    loading = peak_memory()
    begun_anew = restart_peak()
    found = speeds(runner, input_of(card.network), batch_sizes)
    running = peak_memory() if begun_anew else None
    return Measured(by, runner.ran_on, found, loading, running)
