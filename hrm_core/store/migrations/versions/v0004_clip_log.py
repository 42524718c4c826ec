"""Reasons of exclusion from a catalogue, with words beside them, and a log of clip changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; what was a reason in free words stays as words."""
    op.add_column("clip", sa.Column("exclusion_words", sa.Text(), server_default="", nullable=False))
    op.execute(sa.text("UPDATE clip SET exclusion_words = exclusion_reason"))
    # So wrote the relink of a recording; nobody else wrote any.
    op.execute(
        sa.text(
            "UPDATE clip SET exclusion_reason = CASE "
            "WHEN exclusion_reason LIKE 'frames % of an earlier file are not in this one' THEN 'not_in_file' "
            "ELSE 'other' END WHERE exclusion_reason <> ''"
        )
    )
    # How far a clip is coded is counted for each rater; these were never written by anybody.
    op.execute(sa.text("UPDATE clip SET state = 'open' WHERE state IN ('coded', 'checked')"))
    op.create_table(
        "clip_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=True),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["rater_id"], ["rater.id"], name=op.f("fk_clip_log_rater_id")),
        sa.ForeignKeyConstraint(["video_id"], ["video.id"], name=op.f("fk_clip_log_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clip_log")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_clip_log_video_id_id"), "clip_log", ["video_id", "id"])
