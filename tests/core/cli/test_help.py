"""Help texts say all they were written to say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from rich.text import Text

from hrm_core.cli.main import app


def _commands(command: Any, name: str = "hrm") -> Iterator[tuple[str, Any]]:
    yield name, command
    for sub, child in getattr(command, "commands", {}).items():
        yield from _commands(child, f"{name} {sub}")


COMMANDS = dict(_commands(typer.main.get_command(app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_square_brackets_are_not_taken_for_colours(name: str) -> None:
    command = COMMANDS[name]
    texts = [command.help, *(param.help for param in command.params if getattr(param, "help", None))]
    for text in texts:
        assert Text.from_markup(text).plain.count("[") == text.count("[")


@pytest.mark.parametrize(
    "name", [name for name, command in COMMANDS.items() if not hasattr(command, "commands")]
)
def test_every_option_is_explained(name: str) -> None:
    params = [param for param in COMMANDS[name].params if param.name != "help"]
    assert all(getattr(param, "help", None) for param in params)


@pytest.mark.parametrize("name", COMMANDS)
def test_arguments_are_written_in_capitals(name: str) -> None:
    arguments = [param for param in COMMANDS[name].params if param.param_type_name == "argument"]
    for argument in arguments:
        shown = argument.metavar or argument.name
        assert shown == shown.upper()
