"""Suggestions that go on after a stop, what coders did with them, and what each frame cost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; a decision belongs to whoever made it, not to the suggestion."""
    op.add_column("model_run", sa.Column("run_key", sa.Text(), server_default="", nullable=False))
    # Nothing ever wrote it.
    op.drop_column("suggestion", "decision")
    for name in ("left_probability", "right_probability"):
        op.add_column("suggestion", sa.Column(name, sa.Float()))
    _make_run_tables()
    _make_logs()


def _make_run_tables() -> None:
    op.create_table(
        "suggestion_block",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("first_frame", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_frame", sa.Integer(), nullable=False),
        sa.Column("faceless", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "0 <= first_frame AND first_frame <= last_frame",
            name=op.f("ck_suggestion_block_frames_in_order"),
        ),
        _to("suggestion_block", "run_id", "model_run"),
        _to("suggestion_block", "video_id", "video"),
        sa.PrimaryKeyConstraint("run_id", "video_id", "first_frame", name=op.f("pk_suggestion_block")),
    )
    op.create_table(
        "run_fit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("fitted_on", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        _to("run_fit", "run_id", "model_run"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_fit")),
        sqlite_autoincrement=True,
    )


def _make_logs() -> None:
    op.create_table(
        "suggestion_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("first_frame", sa.Integer(), nullable=False),
        sa.Column("last_frame", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text()),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("probability", sa.Float()),
        sa.Column("taken_back", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint(
            "0 <= first_frame AND first_frame <= last_frame",
            name=op.f("ck_suggestion_decision_frames_in_order"),
        ),
        _to("suggestion_decision", "rater_id", "rater"),
        _to("suggestion_decision", "video_id", "video"),
        _to("suggestion_decision", "run_id", "model_run"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_decision")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_suggestion_decision_rater_id_video_id_id"),
        "suggestion_decision",
        ["rater_id", "video_id", "id"],
    )
    op.create_table(
        "frame_visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Integer()),
        sa.Column("acts", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("committed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("frame >= 0", name=op.f("ck_frame_visit_frame_not_negative")),
        _to("frame_visit", "rater_id", "rater"),
        _to("frame_visit", "video_id", "video"),
        _to("frame_visit", "run_id", "model_run"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame_visit")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_frame_visit_rater_id_video_id_frame"), "frame_visit", ["rater_id", "video_id", "frame"]
    )


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
