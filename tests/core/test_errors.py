"""The error tree: whose fault, and what a caller may expect to catch."""

from __future__ import annotations

import pytest

from hrm_core import errors
from hrm_core.errors import BugError, Cancelled, ConflictError, HrmError, StoreError, UserError


@pytest.mark.parametrize("name", errors.__all__)
def test_one_root(name: str) -> None:
    kind = getattr(errors, name)
    assert issubclass(kind, HrmError)
    assert kind.__doc__


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("ProjectError", ValueError),
        ("InvalidFileError", ValueError),
        ("ScoreError", ValueError),
        ("NotFoundError", LookupError),
        ("StoreError", OSError),
        ("StoreWriteError", OSError),
        ("ConflictError", OSError),
        ("Cancelled", InterruptedError),
        ("BugError", RuntimeError),
    ],
)
def test_each_is_the_builtin_that_a_caller_expects(name: str, builtin: type[Exception]) -> None:
    assert issubclass(getattr(errors, name), builtin)


def test_a_bug_is_nobody_elses_fault() -> None:
    assert not issubclass(BugError, UserError)
    assert issubclass(Cancelled, UserError)


@pytest.mark.parametrize(
    "kind", [getattr(errors, name) for name in errors.__all__ if name != "ConflictError"]
)
def test_the_message_is_shown_as_it_is(kind: type[HrmError]) -> None:
    # KeyError would put quotes around it, OSError an error number before it.
    assert str(kind("The disk is full: free some space.")) == "The disk is full: free some space."


def test_a_conflict_carries_both_versions() -> None:
    error = ConflictError("Choose.", mine={7: "a"}, theirs={7: None})
    assert (str(error), error.mine, error.theirs) == ("Choose.", {7: "a"}, {7: None})
    assert isinstance(error, StoreError)
