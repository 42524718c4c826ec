from __future__ import annotations

import pytest

from hrm_core.demo import DemoParticipant, Identity, draw_identities, plan_study


@pytest.fixture(scope="session")
def children() -> tuple[Identity, ...]:
    return draw_identities(0, ("M", "F", "M", "F", "M", "F"))


@pytest.fixture(scope="session")
def study() -> tuple[DemoParticipant, ...]:
    return plan_study(0)
