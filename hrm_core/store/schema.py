"""The tables of the label store.

A change here needs a step in ``migrations/versions``; a test compares both.
The identity of a frame's coding is (rater, video, frame), so that importing a
hundred thousand frames needs no numbers handed back by the database.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

__all__ = [
    "action_code",
    "adjudication",
    "check_answer",
    "clip",
    "clip_log",
    "face_mark",
    "frame_coding",
    "frame_ledger",
    "frame_visit",
    "gold_clip",
    "kept_finding",
    "metadata",
    "model_run",
    "participant",
    "rater",
    "rating",
    "rating_clip",
    "rating_event",
    "rating_log",
    "rating_seat",
    "rating_session",
    "rating_trial",
    "revision",
    "run_fit",
    "store_info",
    "submission",
    "suggestion",
    "suggestion_block",
    "suggestion_decision",
    "training_result",
    "unmasking",
    "video",
]

# Named constraints, so that migrations can drop them on every backend.
metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

store_info = sa.Table(
    "store_info",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

participant = sa.Table(
    "participant",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("group_name", sa.Text),
    sa.Column("sex", sa.Text),
    sa.Column("age_years", sa.Float),
    sa.Column("language_scores", sa.Text, nullable=False, server_default="{}"),
    sa.Column("consent", sa.Text, nullable=False, server_default=""),
)

video = sa.Table(
    "video",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("participant_id", sa.ForeignKey("participant.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("path", sa.Text),
    sa.Column("fingerprint", sa.Text),
    sa.Column("fps", sa.Float),
    sa.Column("frame_count", sa.Integer),
    sa.Column("width", sa.Integer),
    sa.Column("height", sa.Integer),
    sa.Column("mirrored", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("participant_id", "name"),
    sa.CheckConstraint("frame_count > 0", name="frame_count_positive"),
)

# One row per video, not per frame: it is written and read whole, and 131,758
# frames take 5 MB this way.  Numbers are little-endian.
frame_ledger = sa.Table(
    "frame_ledger",
    metadata,
    sa.Column("video_id", sa.ForeignKey("video.id"), primary_key=True, autoincrement=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("times", sa.LargeBinary, nullable=False),
    sa.Column("hashes", sa.LargeBinary, nullable=False),
)

clip = sa.Table(
    "clip",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("video_id", sa.ForeignKey("video.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("first_frame", sa.Integer, nullable=False),
    sa.Column("last_frame", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("exclusion_reason", sa.Text, nullable=False, server_default=""),
    sa.Column("exclusion_words", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("video_id", "number"),
    sa.CheckConstraint("0 <= first_frame AND first_frame <= last_frame", name="frames_in_order"),
)

rater = sa.Table(
    "rater",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False, server_default="coder"),
    sa.Column("blind", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("sees_eyes", sa.Boolean, nullable=False, server_default=sa.true()),
)

# Append-only: who changed which clips of a recording. They are written out, not
# referred to: one that was removed is still in the log.
clip_log = sa.Table(
    "clip_log",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("rater_id", sa.ForeignKey("rater.id")),
    sa.Column("video_id", sa.ForeignKey("video.id"), nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Index(None, "video_id", "id"),
    sqlite_autoincrement=True,
)

# Append-only: the newest row of a frame holds, and one that is taken back is a new row.
face_mark = sa.Table(
    "face_mark",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("rater_id", sa.ForeignKey("rater.id"), nullable=False),
    sa.Column("video_id", sa.ForeignKey("video.id"), nullable=False),
    sa.Column("frame", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("points", sa.Text, nullable=False),
    sa.Column("taken_back", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index(None, "video_id", "frame"),
    sa.CheckConstraint("frame >= 0", name="frame_not_negative"),
    sqlite_autoincrement=True,
)

# Append-only as well: who saw the eyes of which child.
unmasking = sa.Table(
    "unmasking",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("rater_id", sa.ForeignKey("rater.id"), nullable=False),
    sa.Column("video_id", sa.ForeignKey("video.id")),
    sa.Column("first_frame", sa.Integer),
    sa.Column("last_frame", sa.Integer),
    sa.Column("act", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

revision = sa.Table(
    "revision",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("actor_id", sa.ForeignKey("rater.id"), nullable=False),
    sa.Column("rater_id", sa.ForeignKey("rater.id"), nullable=False),
    sa.Column("video_id", sa.ForeignKey("video.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("target_id", sa.ForeignKey("revision.id")),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("first_frame", sa.Integer, nullable=False),
    sa.Column("last_frame", sa.Integer, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Index(None, "rater_id", "video_id", "id"),
    # Numbers are never given twice, also after rows are gone: a stale save is
    # recognised by them.
    sqlite_autoincrement=True,
)

frame_coding = sa.Table(
    "frame_coding",
    metadata,
    sa.Column("rater_id", sa.ForeignKey("rater.id"), primary_key=True),
    sa.Column("video_id", sa.ForeignKey("video.id"), primary_key=True),
    sa.Column("frame", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("revision_id", sa.ForeignKey("revision.id"), nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="coded"),
    sa.Column("comment", sa.Text, nullable=False, server_default=""),
    sa.Column("doubtful", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("seconds_spent", sa.Float, nullable=False, server_default="0"),
    sa.CheckConstraint("frame >= 0", name="frame_not_negative"),
    sqlite_with_rowid=False,
)

action_code = sa.Table(
    "action_code",
    metadata,
    sa.Column("rater_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("video_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("frame", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("action", sa.Text, primary_key=True),
    sa.Column("code", sa.Integer, nullable=False),
    sa.Column("intensity", sa.Text),
    sa.Column("origin", sa.Text, nullable=False, server_default="human"),
    sa.Column("model_run_id", sa.ForeignKey("model_run.id")),
    sa.Column("doubtful", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.ForeignKeyConstraint(
        ["rater_id", "video_id", "frame"],
        ["frame_coding.rater_id", "frame_coding.video_id", "frame_coding.frame"],
        ondelete="CASCADE",
    ),
    sa.CheckConstraint("code BETWEEN 1 AND 5", name="code_1_to_5"),
    sa.CheckConstraint("intensity IN ('A', 'B', 'C', 'D', 'E')", name="intensity_a_to_e"),
    sqlite_with_rowid=False,
)

rating_session = sa.Table(
    "rating_session",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("question", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", sa.Text, nullable=False),
    # Empty for ratings that were not made here.  What judges may read and what they may not
    # stand in columns of their own, because their connection is cut off by column.
    sa.Column("token", sa.Text, nullable=False, server_default=""),
    sa.Column("presentation", sa.Text, nullable=False, server_default=""),
    sa.Column("plan", sa.Text, nullable=False, server_default=""),
    sa.Column("sign_key", sa.Text, nullable=False, server_default=""),
    sa.Column("closed_at", sa.Text),
)

rating_seat = sa.Table(
    "rating_seat",
    metadata,
    sa.Column("session_id", sa.ForeignKey("rating_session.id"), primary_key=True),
    sa.Column("judge_id", sa.ForeignKey("rater.id"), primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("token", sa.Text, nullable=False, unique=True),
    sa.Column("blind", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("why_not_blind", sa.Text, nullable=False, server_default=""),
)

rating_clip = sa.Table(
    "rating_clip",
    metadata,
    sa.Column("session_id", sa.ForeignKey("rating_session.id"), primary_key=True),
    sa.Column("clip_id", sa.ForeignKey("clip.id"), primary_key=True),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("frame_count", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("withheld", sa.Integer, nullable=False, server_default="0"),
    sa.Column("first_frame", sa.Integer, nullable=False),
    sa.Column("last_frame", sa.Integer, nullable=False),
    sa.UniqueConstraint("session_id", "file"),
)

rating_trial = sa.Table(
    "rating_trial",
    metadata,
    sa.Column("session_id", sa.ForeignKey("rating_session.id"), primary_key=True),
    sa.Column("judge_id", sa.ForeignKey("rater.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("token", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("clip_id", sa.ForeignKey("clip.id")),
    sa.Column("expected", sa.Integer),
    sa.Column("break_before", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("position >= 0", name="position_not_negative"),
)

# Append-only: what happened in a judge's sitting.
rating_event = sa.Table(
    "rating_event",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("session_id", sa.ForeignKey("rating_session.id"), nullable=False),
    sa.Column("judge_id", sa.ForeignKey("rater.id"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("score", sa.Integer),
    sa.Column("response_s", sa.Float),
    sa.Column("replays", sa.Integer, nullable=False, server_default="0"),
    sa.Column("watched_s", sa.Float),
    sa.Column("via", sa.Text, nullable=False),
    sa.Column("said_at", sa.Text),
    sa.ForeignKeyConstraint(
        ["session_id", "judge_id", "position"],
        ["rating_trial.session_id", "rating_trial.judge_id", "rating_trial.position"],
    ),
    sa.Index(None, "session_id", "judge_id", "id"),
    sqlite_autoincrement=True,
)

# Append-only: who planned, gave out, took in, unblinded or closed what.
rating_log = sa.Table(
    "rating_log",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("session_id", sa.ForeignKey("rating_session.id"), nullable=False),
    sa.Column("actor_id", sa.ForeignKey("rater.id")),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False, server_default="{}"),
    sqlite_autoincrement=True,
)

rating = sa.Table(
    "rating",
    metadata,
    sa.Column("session_id", sa.ForeignKey("rating_session.id"), primary_key=True),
    sa.Column("judge_id", sa.ForeignKey("rater.id"), primary_key=True),
    sa.Column("clip_id", sa.ForeignKey("clip.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("response_s", sa.Float),
    sa.Column("replays", sa.Integer, nullable=False, server_default="0"),
    sa.Column("repeat", sa.Boolean, nullable=False, server_default=sa.false()),
)

model_run = sa.Table(
    "model_run",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("started_at", sa.Text, nullable=False),
    sa.Column("settings", sa.Text, nullable=False, server_default="{}"),
    # Of weights and preparation: what is run again with the same goes on, and is not there twice.
    sa.Column("run_key", sa.Text, nullable=False, server_default=""),
)

# Which frames a run has looked at: of those without a face it suggests nothing.
suggestion_block = sa.Table(
    "suggestion_block",
    metadata,
    sa.Column("run_id", sa.ForeignKey("model_run.id"), primary_key=True),
    sa.Column("video_id", sa.ForeignKey("video.id"), primary_key=True),
    sa.Column("first_frame", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last_frame", sa.Integer, nullable=False),
    sa.Column("faceless", sa.Integer, nullable=False),
    sa.Column("source", sa.Text, nullable=False, server_default=""),
    sa.CheckConstraint("0 <= first_frame AND first_frame <= last_frame", name="frames_in_order"),
)

# Append-only: the newest holds.
run_fit = sa.Table(
    "run_fit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("run_id", sa.ForeignKey("model_run.id"), nullable=False),
    sa.Column("fitted_on", sa.Text, nullable=False, server_default=""),
    sa.Column("detail", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

suggestion = sa.Table(
    "suggestion",
    metadata,
    sa.Column("run_id", sa.ForeignKey("model_run.id"), primary_key=True),
    sa.Column("video_id", sa.ForeignKey("video.id"), primary_key=True),
    sa.Column("frame", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("action", sa.Text, primary_key=True),
    sa.Column("probability", sa.Float, nullable=False),
    # On a face made of the child's left half twice, and of its right half twice.
    sa.Column("left_probability", sa.Float),
    sa.Column("right_probability", sa.Float),
    sa.CheckConstraint("probability BETWEEN 0 AND 1", name="probability_0_to_1"),
    sqlite_with_rowid=False,
)


def _log(name: str, *columns: sa.Column[Any]) -> sa.Table:
    """An append-only table: what one rater did or said of a stretch of frames.

    The frames are written out, not referred to by a clip: clips change, and what was
    said of them stays said of these frames.
    """
    return sa.Table(
        name,
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("rater_id", sa.ForeignKey("rater.id"), nullable=False),
        sa.Column("video_id", sa.ForeignKey("video.id"), nullable=False),
        sa.Column("first_frame", sa.Integer, nullable=False),
        sa.Column("last_frame", sa.Integer, nullable=False),
        *columns,
        sa.Index(None, "rater_id", "video_id", "id"),
        sa.CheckConstraint("0 <= first_frame AND first_frame <= last_frame", name="frames_in_order"),
        sqlite_autoincrement=True,
    )


# The digest is one of the codes that were looked at: an answer holds as long as they stay so.
check_answer = _log(
    "check_answer",
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("hidden", sa.Boolean, nullable=False),
    sa.Column("detail", sa.Text, nullable=False, server_default="{}"),
)

submission = _log(
    "submission",
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False, server_default="{}"),
)

kept_finding = _log(
    "kept_finding",
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("actions", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("taken_back", sa.Boolean, nullable=False, server_default=sa.false()),
)

# The rater is the one whose codes are the gold standard of these frames.
gold_clip = _log("gold_clip", sa.Column("taken_back", sa.Boolean, nullable=False, server_default=sa.false()))

training_result = _log(
    "training_result",
    sa.Column("gold_rater_id", sa.ForeignKey("rater.id"), nullable=False),
    sa.Column("agreement", sa.Float),
    sa.Column("detail", sa.Text, nullable=False, server_default="{}"),
)

# The rater is the adjudicator whose codes are the consensus; the actor is who decided.
adjudication = _log(
    "adjudication",
    sa.Column("actor_id", sa.ForeignKey("rater.id"), nullable=False),
    sa.Column("first_rater_id", sa.ForeignKey("rater.id"), nullable=False),
    sa.Column("second_rater_id", sa.ForeignKey("rater.id"), nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("first_code", sa.Integer, nullable=False),
    sa.Column("second_code", sa.Integer, nullable=False),
    sa.Column("code", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("taken_back", sa.Boolean, nullable=False, server_default=sa.false()),
)

# What a rater did with a run's suggestions; who else sees them decides for themselves.
suggestion_decision = _log(
    "suggestion_decision",
    sa.Column("run_id", sa.ForeignKey("model_run.id"), nullable=False),
    sa.Column("action", sa.Text),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("condition", sa.Text, nullable=False),
    sa.Column("probability", sa.Float),
    sa.Column("taken_back", sa.Boolean, nullable=False, server_default=sa.false()),
)

# Append-only: a rater's stays on frames, what they cost and what could be seen of suggestions.
frame_visit = sa.Table(
    "frame_visit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("rater_id", sa.ForeignKey("rater.id"), nullable=False),
    sa.Column("video_id", sa.ForeignKey("video.id"), nullable=False),
    sa.Column("frame", sa.Integer, nullable=False),
    sa.Column("condition", sa.Text, nullable=False),
    sa.Column("run_id", sa.ForeignKey("model_run.id")),
    sa.Column("acts", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("committed", sa.Boolean, nullable=False),
    sa.Index(None, "rater_id", "video_id", "frame"),
    sa.CheckConstraint("frame >= 0", name="frame_not_negative"),
    sqlite_autoincrement=True,
)
