"""Frames as they are typed: ``10-50,90``."""

from __future__ import annotations

import typer

__all__ = ["frame_spans"]


def frame_spans(text: str, option: str = "--frames") -> tuple[tuple[int, int], ...]:
    """First and last frame of each run that is written in `text`; refuses everything else."""
    spans = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        ends = (first.strip(), (last if dash else first).strip())
        if not all(end.isascii() and end.isdigit() for end in ends) or int(ends[0]) > int(ends[1]):
            raise typer.BadParameter(f"{option} {text!r}: write frames as 10-50,90.")
        spans.append((int(ends[0]), int(ends[1])))
    return tuple(spans)
