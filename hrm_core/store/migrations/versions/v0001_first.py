"""The first schema: people, recordings, labels, log, ratings, models, suggestions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _create_people()
    _create_labels()
    _create_ratings_and_suggestions()


def _create_people() -> None:
    op.create_table(
        "participant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=True),
        sa.Column("age_years", sa.Float(), nullable=True),
        sa.Column("language_scores", sa.Text(), server_default="{}", nullable=False),
        sa.Column("consent", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("code", name=op.f("uq_participant_code")),
    )
    op.create_table(
        "rater",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), server_default="coder", nullable=False),
        sa.Column("blind", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rater")),
        sa.UniqueConstraint("name", name=op.f("uq_rater_name")),
    )
    op.create_table(
        "video",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("fps", sa.Float(), nullable=True),
        sa.Column("frame_count", sa.Integer(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("mirrored", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("frame_count > 0", name=op.f("ck_video_frame_count_positive")),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"], name=op.f("fk_video_participant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_video")),
        sa.UniqueConstraint("participant_id", "name", name=op.f("uq_video_participant_id_name")),
    )
    op.create_table(
        "clip",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first_frame", sa.Integer(), nullable=False),
        sa.Column("last_frame", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("exclusion_reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "0 <= first_frame AND first_frame <= last_frame", name=op.f("ck_clip_frames_in_order")
        ),
        sa.ForeignKeyConstraint(["video_id"], ["video.id"], name=op.f("fk_clip_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clip")),
        sa.UniqueConstraint("video_id", "number", name=op.f("uq_clip_video_id_number")),
    )
    op.create_table(
        "store_info",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_store_info")),
    )


def _create_labels() -> None:
    op.create_table(
        "model_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_run")),
    )
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("first_frame", sa.Integer(), nullable=False),
        sa.Column("last_frame", sa.Integer(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["rater.id"], name=op.f("fk_revision_actor_id")),
        sa.ForeignKeyConstraint(["rater_id"], ["rater.id"], name=op.f("fk_revision_rater_id")),
        sa.ForeignKeyConstraint(["target_id"], ["revision.id"], name=op.f("fk_revision_target_id")),
        sa.ForeignKeyConstraint(["video_id"], ["video.id"], name=op.f("fk_revision_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_revision_rater_id_video_id_id"), "revision", ["rater_id", "video_id", "id"], unique=False
    )
    op.create_table(
        "frame_coding",
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("frame", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default="coded", nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("doubtful", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("seconds_spent", sa.Float(), server_default="0", nullable=False),
        sa.CheckConstraint("frame >= 0", name=op.f("ck_frame_coding_frame_not_negative")),
        sa.ForeignKeyConstraint(["rater_id"], ["rater.id"], name=op.f("fk_frame_coding_rater_id")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_frame_coding_revision_id")),
        sa.ForeignKeyConstraint(["video_id"], ["video.id"], name=op.f("fk_frame_coding_video_id")),
        sa.PrimaryKeyConstraint("rater_id", "video_id", "frame", name=op.f("pk_frame_coding")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "action_code",
        sa.Column("rater_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("video_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("frame", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("intensity", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), server_default="human", nullable=False),
        sa.Column("model_run_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "intensity IN ('A', 'B', 'C', 'D', 'E')", name=op.f("ck_action_code_intensity_a_to_e")
        ),
        sa.CheckConstraint("code BETWEEN 1 AND 5", name=op.f("ck_action_code_code_1_to_5")),
        sa.ForeignKeyConstraint(["model_run_id"], ["model_run.id"], name=op.f("fk_action_code_model_run_id")),
        sa.ForeignKeyConstraint(
            ["rater_id", "video_id", "frame"],
            ["frame_coding.rater_id", "frame_coding.video_id", "frame_coding.frame"],
            name=op.f("fk_action_code_rater_id_video_id_frame"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("rater_id", "video_id", "frame", "action", name=op.f("pk_action_code")),
        sqlite_with_rowid=False,
    )


def _create_ratings_and_suggestions() -> None:
    op.create_table(
        "rating_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_session")),
        sa.UniqueConstraint("name", name=op.f("uq_rating_session_name")),
    )
    op.create_table(
        "rating",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("judge_id", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("response_s", sa.Float(), nullable=True),
        sa.Column("replays", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_rating_clip_id")),
        sa.ForeignKeyConstraint(["judge_id"], ["rater.id"], name=op.f("fk_rating_judge_id")),
        sa.ForeignKeyConstraint(["session_id"], ["rating_session.id"], name=op.f("fk_rating_session_id")),
        sa.PrimaryKeyConstraint("session_id", "judge_id", "clip_id", "position", name=op.f("pk_rating")),
    )
    op.create_table(
        "suggestion",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("frame", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.CheckConstraint("probability BETWEEN 0 AND 1", name=op.f("ck_suggestion_probability_0_to_1")),
        sa.ForeignKeyConstraint(["run_id"], ["model_run.id"], name=op.f("fk_suggestion_run_id")),
        sa.ForeignKeyConstraint(["video_id"], ["video.id"], name=op.f("fk_suggestion_video_id")),
        sa.PrimaryKeyConstraint("run_id", "video_id", "frame", "action", name=op.f("pk_suggestion")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Refuse: there is nothing before the first schema."""
    raise NotImplementedError("there is no schema before the first")
