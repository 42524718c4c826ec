"""The log of decisions on what two raters disagree about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_RATERS = ("rater_id", "actor_id", "first_rater_id", "second_rater_id")


def upgrade() -> None:
    """Make the table; it begins empty."""
    op.create_table(
        "adjudication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("first_frame", sa.Integer(), nullable=False),
        sa.Column("last_frame", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("first_rater_id", sa.Integer(), nullable=False),
        sa.Column("second_rater_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("first_code", sa.Integer(), nullable=False),
        sa.Column("second_code", sa.Integer(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("taken_back", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint(
            "0 <= first_frame AND first_frame <= last_frame", name=op.f("ck_adjudication_frames_in_order")
        ),
        *(
            sa.ForeignKeyConstraint([column], ["rater.id"], name=op.f(f"fk_adjudication_{column}"))
            for column in _RATERS
        ),
        sa.ForeignKeyConstraint(["video_id"], ["video.id"], name=op.f("fk_adjudication_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjudication")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_adjudication_rater_id_video_id_id"), "adjudication", ["rater_id", "video_id", "id"]
    )
