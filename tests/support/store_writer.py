"""A second program that saves labels: ``python -m tests.support.store_writer URL …``.

It says ``saved N`` after every commit, so that a test knows what must be there.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from hrm_core.errors import ConflictError
from hrm_core.records.coding import ActionCode, FrameCoding
from hrm_core.records.columns import CODE_COLUMNS
from hrm_core.store.label_store import LabelStore

__all__ = ["append", "numbered", "save_frames"]


def numbered(rater_id: int, video_id: int, frame: int) -> FrameCoding:
    """A coding that tells which frame it belongs to: five of its codes are the number's digits."""
    digits = f"{frame:06d}"
    codes = [ActionCode(CODE_COLUMNS[at], 1 + int(digit) % 5) for at, digit in enumerate(digits)]
    return FrameCoding(rater_id, video_id, frame, tuple(codes), comment=f"frame {frame}")


def save_frames(store: LabelStore, rater_id: int, video_id: int, first: int, count: int) -> None:
    """Save frames one after another and say so."""
    for frame in range(first, first + count):
        store.codings.save(numbered(rater_id, video_id, frame), reason="typed")
        print(f"saved {frame}", flush=True)


def append(store: LabelStore, rater_id: int, video_id: int, mark: str, count: int) -> None:
    """Append a mark to the comment of frame 0, again and again, reading anew after a conflict."""
    for _ in range(count):
        while True:
            old = store.codings.get(rater_id, video_id, 0) or FrameCoding(rater_id, video_id, 0)
            try:
                store.codings.save(replace(old, comment=old.comment + mark))
            except ConflictError:
                continue
            print(f"saved {mark}", flush=True)
            break


def main(verb: str, url: str, rater_id: str, video_id: str, what: str, count: str) -> None:
    """Entry point; the last arguments are of `save_frames` or `append`."""
    store = LabelStore.open(url, Path("no-backups"))
    print("ready", flush=True)
    if verb == "save":
        save_frames(store, int(rater_id), int(video_id), int(what), int(count))
    else:
        append(store, int(rater_id), int(video_id), what, int(count))
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
