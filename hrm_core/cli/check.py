"""``hrm check``: go over codes again before they are handed in."""

from __future__ import annotations

import typer

from hrm_core.cli.check_rules import add_rules

__all__ = ["check"]

check = typer.Typer(no_args_is_help=True, help="Go over codes again before they are handed in.")


@check.callback()
def _check() -> None:
    """Go over codes again before they are handed in."""


add_rules(check)
