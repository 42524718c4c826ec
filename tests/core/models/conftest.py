"""A server, and no proxy that the machine may have."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.weight_server import WeightServer, serving


@pytest.fixture
def server() -> Iterator[WeightServer]:
    """A server of weights."""
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def _without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
