"""Say what differed when a test of the contract fails."""

import pytest

pytest.register_assert_rewrite(
    "tests.support.store_contract",
    "tests.support.store_adjudication_contract",
    "tests.support.store_history_contract",
    "tests.support.store_checks_contract",
    "tests.support.store_face_marks_contract",
    "tests.support.store_backup_contract",
    "tests.support.store_kept_contract",
    "tests.support.store_rating_contract",
    "tests.support.store_judge_contract",
    "tests.support.store_suggestions_contract",
)
