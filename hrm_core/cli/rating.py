"""``hrm rating``: sessions in which judges rate how atypical clips look."""

from __future__ import annotations

import typer

__all__ = ["rating"]

rating = typer.Typer(
    no_args_is_help=True,
    help="Plan rating sessions, follow them, and say what the judges' answers come to.",
)
