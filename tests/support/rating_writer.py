"""A judge who rates without rest: ``python -m tests.support.rating_writer PROJECT SESSION JUDGE``.

It says what it did after every write that returned, so that a test knows what must be there.
"""

from __future__ import annotations

import sys
from pathlib import Path

from hrm_core.workflows.sit_for_rating import Sitting, open_sitting

__all__ = ["score_of"]


def score_of(position: int, time: int) -> int:
    """The answer to a trial, for the first or the second time that it is given."""
    return 1 + (position * 7 + time) % 5


def _rate(sitting: Sitting) -> None:
    while (trial := sitting.current) is not None:
        place = trial.position
        sitting.shown(trial)
        sitting.answer(trial, score_of(place, 0), response_s=0.5)
        print(f"answered {place} {score_of(place, 0)}", flush=True)
        if place % 3 == 0:
            sitting.take_back()
            print(f"taken-back {place}", flush=True)
            sitting.answer(trial, score_of(place, 1))
            print(f"answered {place} {score_of(place, 1)}", flush=True)


def main(project: str, session: str, judge: str) -> None:
    """Rate until the end."""
    with open_sitting(Path(project), session, judge) as sitting:
        print("ready", flush=True)
        _rate(sitting)


if __name__ == "__main__":
    main(*sys.argv[1:])
