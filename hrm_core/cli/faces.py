"""``hrm faces …``: the group that the commands about faces are in."""

from __future__ import annotations

import typer

__all__ = ["faces"]

faces = typer.Typer(no_args_is_help=True, help="Faces in the videos: which is the child, where are the eyes.")
