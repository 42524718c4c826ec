"""Rating sessions that are planned and held here: seats, trials, prepared clips and their logs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; ratings that are there were made elsewhere and have no plan."""
    for name in ("token", "presentation", "plan", "sign_key"):
        op.add_column("rating_session", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("rating_session", sa.Column("closed_at", sa.Text()))
    op.add_column("rating", sa.Column("repeat", sa.Boolean(), server_default=sa.false(), nullable=False))
    _make_plan_tables()
    _make_logs()


def _make_plan_tables() -> None:
    op.create_table(
        "rating_seat",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("judge_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("blind", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("why_not_blind", sa.Text(), server_default="", nullable=False),
        _to("rating_seat", "session_id", "rating_session"),
        _to("rating_seat", "judge_id", "rater"),
        sa.PrimaryKeyConstraint("session_id", "judge_id", name=op.f("pk_rating_seat")),
        sa.UniqueConstraint("token", name=op.f("uq_rating_seat_token")),
    )
    op.create_table(
        "rating_clip",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("frame_count", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("withheld", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_frame", sa.Integer(), nullable=False),
        sa.Column("last_frame", sa.Integer(), nullable=False),
        _to("rating_clip", "session_id", "rating_session"),
        _to("rating_clip", "clip_id", "clip"),
        sa.PrimaryKeyConstraint("session_id", "clip_id", name=op.f("pk_rating_clip")),
        sa.UniqueConstraint("session_id", "file", name=op.f("uq_rating_clip_session_id_file")),
    )
    op.create_table(
        "rating_trial",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("judge_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("clip_id", sa.Integer()),
        sa.Column("expected", sa.Integer()),
        sa.Column("break_before", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_rating_trial_position_not_negative")),
        _to("rating_trial", "session_id", "rating_session"),
        _to("rating_trial", "judge_id", "rater"),
        _to("rating_trial", "clip_id", "clip"),
        sa.PrimaryKeyConstraint("session_id", "judge_id", "position", name=op.f("pk_rating_trial")),
        sa.UniqueConstraint("token", name=op.f("uq_rating_trial_token")),
    )


def _make_logs() -> None:
    op.create_table(
        "rating_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("judge_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer()),
        sa.Column("response_s", sa.Float()),
        sa.Column("replays", sa.Integer(), server_default="0", nullable=False),
        sa.Column("watched_s", sa.Float()),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("said_at", sa.Text()),
        _to("rating_event", "session_id", "rating_session"),
        _to("rating_event", "judge_id", "rater"),
        sa.ForeignKeyConstraint(
            ["session_id", "judge_id", "position"],
            ["rating_trial.session_id", "rating_trial.judge_id", "rating_trial.position"],
            name=op.f("fk_rating_event_session_id_judge_id_position"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_event")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_rating_event_session_id_judge_id_id"), "rating_event", ["session_id", "judge_id", "id"]
    )
    op.create_table(
        "rating_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer()),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="{}", nullable=False),
        _to("rating_log", "session_id", "rating_session"),
        _to("rating_log", "actor_id", "rater"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_log")),
        sqlite_autoincrement=True,
    )


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
