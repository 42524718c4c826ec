"""Marks of faces and eyes, who may see eyes, and who saw them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; whoever only judges never needed to see eyes."""
    op.add_column("rater", sa.Column("sees_eyes", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.execute(sa.text("UPDATE rater SET sees_eyes = false WHERE role = 'judge'"))
    op.create_table(
        "face_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("points", sa.Text(), nullable=False),
        sa.Column("taken_back", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("frame >= 0", name=op.f("ck_face_mark_frame_not_negative")),
        sa.ForeignKeyConstraint(["rater_id"], ["rater.id"], name=op.f("fk_face_mark_rater_id")),
        sa.ForeignKeyConstraint(["video_id"], ["video.id"], name=op.f("fk_face_mark_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_face_mark")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_face_mark_video_id_frame"), "face_mark", ["video_id", "frame"])
    op.create_table(
        "unmasking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=True),
        sa.Column("first_frame", sa.Integer(), nullable=True),
        sa.Column("last_frame", sa.Integer(), nullable=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["rater_id"], ["rater.id"], name=op.f("fk_unmasking_rater_id")),
        sa.ForeignKeyConstraint(["video_id"], ["video.id"], name=op.f("fk_unmasking_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmasking")),
        sqlite_autoincrement=True,
    )
