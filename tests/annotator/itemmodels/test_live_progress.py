"""Counts that follow every edit are those that the store makes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_annotator.itemmodels.live_progress import LiveProgress
from hrm_annotator.itemmodels.progress_words import time_words
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.coding_progress import RecordingProgress
from hrm_core.records.recording import Clip, ClipState, Recording
from tests.support.builders import codings

FILM = Recording(1, 1, "play", frame_count=30)
CLIPS = [
    Clip(1, 1, 1, 0, 4),
    Clip(2, 1, 2, 6, 9, ClipState.EXCLUDED),
    Clip(3, 1, 3, 8, 12),
]
_said = st.one_of(st.none(), codings())
# Frame by frame, what is said from now on; None takes it back.
edits = st.lists(st.tuples(st.integers(0, 14), _said), max_size=25)


def rounded(progress: RecordingProgress) -> object:
    """Without what differs because seconds were added in another order, and without today."""

    def plain(counts: object) -> object:
        return replace(counts, seconds=round(counts.seconds, 3))

    parts = [plain(getattr(progress, part)) for part in ("counts", "excluded", "outside")]
    return parts, [(entry.clip, plain(entry.counts)) for entry in progress.clips], progress.frames_known


@settings(deadline=None, max_examples=60)
@given(done=edits, clips=st.sampled_from([CLIPS, CLIPS[:1], []]), later=st.sampled_from([CLIPS, []]))
def test_frame_by_frame_it_stays_what_a_new_count_says(
    done: list[tuple[int, FrameCoding | None]], clips: list[Clip], later: list[Clip]
) -> None:
    said: dict[int, FrameCoding] = {}
    live = LiveProgress(FILM, clips, said)
    for number, (frame, coding) in enumerate(done):
        if coding is None:
            said.pop(frame, None)
        else:
            said[frame] = replace(coding, frame=frame)
        if number % 3 == 2:
            live.update_all(said)
        else:
            live.update([frame], said)
        assert rounded(live.progress) == rounded(LiveProgress(FILM, clips, said).progress)
    # All of it was changed today, by this window.
    assert live.progress.today == sum(c.state is not CodingState.CARRIED for c in said.values())
    live.show_clips(later)
    assert rounded(live.progress) == rounded(LiveProgress(FILM, later, said).progress)


def test_what_was_counted_today_already_is_not_counted_twice() -> None:
    now = datetime.now(UTC)
    early = FrameCoding(1, 1, 3, seconds_spent=10.0, changed_at=now)
    old = FrameCoding(1, 1, 4, seconds_spent=7.0, changed_at=now - timedelta(days=2))
    live = LiveProgress(FILM, CLIPS, {3: early, 4: old}, today=5, today_seconds=100.0)
    assert (live.progress.today, live.progress.today_seconds) == (5, 100.0)
    live.update([3], {3: replace(early, seconds_spent=12.0, doubtful=True), 4: old})
    assert (live.progress.today, live.progress.today_seconds) == (5, 102.0)
    # Shown or asked about again, it is the same.
    live.update([3, 4], {3: replace(early, seconds_spent=12.0, doubtful=True), 4: old})
    assert (live.progress.today, live.progress.today_seconds) == (5, 102.0)
    live.update([4], {3: early, 4: replace(old, seconds_spent=9.0, comment="x")})
    assert (live.progress.today, live.progress.today_seconds) == (6, 111.0)
    live.update([4], {3: early})
    assert (live.progress.today, live.progress.today_seconds) == (5, 102.0)


def test_times_are_said_as_people_say_them() -> None:
    said = [time_words(seconds) for seconds in (0, 59, 59.6, 90, 3569, 3571, 4300, 36000)]
    assert said == ["0 s", "59 s", "1 min", "2 min", "59 min", "1.0 h", "1.2 h", "10.0 h"]
