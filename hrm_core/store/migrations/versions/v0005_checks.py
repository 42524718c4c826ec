"""Doubt and note of single codes; logs of checks, submissions, kept findings, gold clips and training."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and make the tables; all of them begin empty."""
    op.add_column(
        "action_code", sa.Column("doubtful", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("action_code", sa.Column("note", sa.Text(), server_default="", nullable=False))
    _make_log(
        "check_answer",
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="{}", nullable=False),
    )
    _make_log(
        "submission",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="{}", nullable=False),
    )
    _make_log(
        "kept_finding",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("actions", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("taken_back", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    _make_log("gold_clip", sa.Column("taken_back", sa.Boolean(), server_default=sa.false(), nullable=False))
    _make_log(
        "training_result",
        sa.Column("gold_rater_id", sa.Integer(), nullable=False),
        sa.Column("agreement", sa.Float(), nullable=True),
        sa.Column("detail", sa.Text(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["gold_rater_id"], ["rater.id"], name=op.f("fk_training_result_gold_rater_id")
        ),
    )


def _make_log(name: str, *columns: sa.schema.SchemaItem) -> None:
    """An append-only table about a stretch of frames, with these columns besides."""
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("first_frame", sa.Integer(), nullable=False),
        sa.Column("last_frame", sa.Integer(), nullable=False),
        *columns,
        sa.CheckConstraint(
            "0 <= first_frame AND first_frame <= last_frame", name=op.f(f"ck_{name}_frames_in_order")
        ),
        sa.ForeignKeyConstraint(["rater_id"], ["rater.id"], name=op.f(f"fk_{name}_rater_id")),
        sa.ForeignKeyConstraint(["video_id"], ["video.id"], name=op.f(f"fk_{name}_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f(f"ix_{name}_rater_id_video_id_id"), name, ["rater_id", "video_id", "id"])
