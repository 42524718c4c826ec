"""Make ``v<schema>.sqlite``: the label store of a small made-up study in the present schema.

Run once for every schema, with ``python -m tests.old_studies.make_old_study`` from
the root of the repository, and never again: the file is kept as it was written, so
that every later version must open it.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from hrm_core.facs.rules import RuleKind
from hrm_core.records.adjudication import TAKEN_OVER, Decision
from hrm_core.records.check import Answer, CheckAct, CheckAnswer, CheckEvent
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.face_mark import FaceMark, FaceMarkKind
from hrm_core.records.frame_ledger import FrameLedger
from hrm_core.records.people import Participant, Role
from hrm_core.records.rating import Rating
from hrm_core.records.rating_plan import (
    PlannedJudge,
    PreparedClip,
    Presentation,
    ScalePoint,
    Seat,
    SessionPlan,
    Trial,
    TrialKind,
)
from hrm_core.records.recording import Clip, ExclusionReason, Recording
from hrm_core.records.rule_finding import RuleFinding
from hrm_core.records.sitting import SittingAct, SittingEvent
from hrm_core.records.suggestion import Condition, FrameVisit, RunFit, SuggestionDecision, Verdict
from hrm_core.records.training import GoldClip, TrainingScore
from hrm_core.store.engine import sqlite_url
from hrm_core.store.label_store import LabelStore
from hrm_core.store.migrate import CURRENT
from tests.support.builders import table

FOLDER = Path(__file__).parent


def make(target: Path) -> None:
    """Write the store to `target`."""
    if target.exists():
        sys.exit(f"{target} is there already, and stays as it was written.")
    with tempfile.TemporaryDirectory() as folder:
        store = LabelStore.create(sqlite_url(Path(folder) / "labels.sqlite"), Path(folder) / "backups")
        _fill(store)
        store.back_up().replace(target)
        store.close()


def _fill(store: LabelStore) -> None:
    first = store.people.add_participant(Participant(0, "S1", "ASD", "F", 4.5, {"PPVT": 88.0}, "faces"))
    second = store.people.add_participant(Participant(0, "S2", "TD"))
    coder, other = store.people.ensure_rater("Ada"), store.people.ensure_rater("Bo", blind=False)
    judge = store.people.ensure_rater("Cy", Role.JUDGE)
    film = store.recordings.add(Recording(0, first.id, "play", "play.mp4", "f1", 25.0, 100, 640, 480, True))
    labels = store.recordings.add(Recording(0, second.id, "recording"))
    clips = store.recordings.add_clips(film.id, [(0, 9), (20, 29)])
    store.clips.exclude(clips[1].id, ExclusionReason.OCCLUDED, "by a cup", coder.id)
    _code(store, coder.id, film.id)
    _go_over(store, coder.id, film.id)
    _adjudicate(store, film.id)
    store.ledgers.put(
        film.id, FrameLedger(np.arange(100) / 25, np.arange(400, dtype=np.uint64).reshape(100, 4))
    )
    store.face_marks.add(FaceMark(film.id, 4, FaceMarkKind.FACE, ((0.2, 0.1), (0.6, 0.7)), coder.id))
    store.face_marks.add(FaceMark(film.id, 5, FaceMarkKind.NO_EYES, (), coder.id))
    store.face_marks.log_unmasking(coder.id, film.id, "shown in the window", (0, 9))
    codes = [
        [(frame * 7 + at) % 6 if (frame + at) % 9 == 0 else 0 for at in range(35)] for frame in range(12)
    ]
    loaded = table(other.id, labels.id, range(3, 15), codes)
    store.codings.import_tables([loaded], actor_id=other.id, reason="label file")
    session = store.ratings.add_session("first", "How natural is it?")
    store.ratings.add(
        session, [Rating(judge.id, clip.id, 2 + at, at, 1.5, at) for at, clip in enumerate(clips)]
    )
    _rate(store, clips)
    _suggest(store, film.id)


def _suggest(store: LabelStore, video_id: int) -> None:
    """A model's run, what was fitted to it, and what a coder did with it."""
    ada = store.people.rater("Ada")
    run = store.suggestions.run_of("demo_starter", "key", {"actions": ["AU12"], "ran_on": "这里"})
    said = np.array([[0.25], [0.75]], dtype=np.float32)
    frames = np.array([1, 2], dtype=np.int64)
    store.suggestions.add_block(run, video_id, [0, 1, 2], frames, ["AU12"], said, left=said, right=said)
    store.suggestions.add_fit(RunFit(run, "codes of Ada", {"AU12": {"threshold": 0.5}}))
    accepted = SuggestionDecision(
        ada.id, video_id, 1, 2, run, "AU12", Verdict.ACCEPTED, Condition.ASSISTED, 0.5
    )
    store.suggestion_log.add_decisions([accepted, replace(accepted, first_frame=2, taken_back=True)])
    store.suggestion_log.add_visits(
        [FrameVisit(ada.id, video_id, 1, Condition.ASSISTED, run, 2, 1.5, committed=True)]
    )


def _rate(store: LabelStore, clips: list[Clip]) -> None:
    """A planned session of two judges, one of whom is in the middle of it."""
    cy, bo = store.people.rater("Cy"), store.people.rater("Bo")
    scale = (ScalePoint("Natural", {"zh_CN": "自然"}), ScalePoint("Uncertain"), ScalePoint("Atypical"))
    why = "FACS expert who coded the children"
    plan = SessionPlan(
        "第二 session",
        Presentation("How natural?", {"zh_CN": "自然吗？"}, scale, max_replays=2, break_every=2),
        (PlannedJudge("Cy"), PlannedJudge("Bo", blind=False, why_not_blind=why)),
        tuple(clip.id for clip in clips),
        repeats=1,
        attention_checks=1,
        seed=7,
    )
    first, second = clips
    kinds = [
        (TrialKind.RATING, second.id, None),
        (TrialKind.RATING, first.id, None),
        (TrialKind.ATTENTION, None, 3),
        (TrialKind.REPEAT, second.id, None),
    ]
    trials = {
        judge.id: [
            Trial(place, f"{judge.name}{place}", kind, clip_id, expected, break_before=place == 2)
            for place, (kind, clip_id, expected) in enumerate(kinds)
        ]
        for judge in (cy, bo)
    }
    prepared = [
        PreparedClip(clip.id, f"c{clip.id}.mp4", "0" * 64, 10, 0.4, 1, clip.first_frame, clip.last_frame)
        for clip in clips
    ]
    session = store.rating_sessions.add(
        plan,
        [Seat(cy.id, "Cy", "seat of Cy"), Seat(bo.id, "Bo", "seat of Bo", blind=False, why_not_blind=why)],
        trials,
        prepared,
        token="folder",
        sign_key="00ff",
    )
    answered, shown = SittingAct.ANSWERED, SittingAct.SHOWN
    events = [
        SittingEvent(0, shown),
        SittingEvent(0, answered, 3, 1.25, 1, 0.4),
        SittingEvent(0, SittingAct.TAKEN_BACK),
        SittingEvent(0, answered, 2),
        SittingEvent(1, shown),
        SittingEvent(1, SittingAct.PAUSED),
        SittingEvent(1, SittingAct.WENT_ON),
        SittingEvent(1, answered, 1, 0.75, 0, 0.4),
        SittingEvent(2, answered, 3),
        SittingEvent(3, shown),
        SittingEvent(3, answered, 3, -0.1, 0, 0.3),
    ]
    store.rating_sessions.add_events(session, cy.id, events)
    store.rating_sessions.add_events(session, bo.id, events[:2])
    store.rating_sessions.write_log(session.id, "planned", bo.id, {"clips": 2})
    store.rating_sessions.set_closed(session.id, closed=True)


def _go_over(store: LabelStore, rater_id: int, video_id: int) -> None:
    """A check, a submission, a finding kept, a gold standard and an attempt at it."""
    store.checks.add_event(CheckEvent(rater_id, video_id, 0, 9, CheckAct.START, "d0", {"codes": {}}))
    store.checks.add_answers([CheckAnswer(rater_id, video_id, 0, 9, "AU12", Answer.AS_CODED, "d1")])
    store.checks.add_event(CheckEvent(rater_id, video_id, 0, 9, CheckAct.SUBMIT, "d2"))
    finding = RuleFinding("24-25", RuleKind.TOGETHER, ("AU24", "AU25"), 2, 3, "AU24 with AU25.", "d3")
    store.kept_findings.keep(rater_id, video_id, finding, "both seen")
    gold = GoldClip(video_id, 0, 5, rater_id)
    store.gold.add(gold)
    other = store.people.rater("Bo")
    store.gold.log_result(other.id, TrainingScore(gold, 6, 0, 0.5, False, (), ()))


def _adjudicate(store: LabelStore, video_id: int) -> None:
    """Somebody decides what two raters disagree about, takes it back in part, and a consensus follows."""
    ada, bo, cy = (store.people.rater(name) for name in ("Ada", "Bo", "Cy"))
    consensus = store.people.ensure_rater("Consensus of Ada and Bo", Role.ADJUDICATOR)
    numbers = (consensus.id, cy.id)
    entry = Decision(video_id, 2, 4, "AU12", ada.id, bo.id, 3, 0, 1, "一起看过", *numbers)
    store.adjudications.add([entry])
    store.adjudications.add([replace(entry, first_frame=4, reason="", taken_back=True)])
    agreed = replace(entry, first_frame=0, last_frame=1, action=TAKEN_OVER, reason="both agree")
    store.adjudications.add([replace(agreed, first_code=0, second_code=0, code=0)])
    held = (ActionCode("AU12", 1, "C", Origin.ADJUDICATED),)
    coding = FrameCoding(consensus.id, video_id, 2, held)
    store.adjudications.write_consensus(
        consensus.id, video_id, {2: coding}, actor_id=cy.id, reason="一起看过"
    )


def _code(store: LabelStore, rater_id: int, video_id: int) -> None:
    for frame in range(6):
        smile = ActionCode("AU12", 1 + frame % 3, "ABCDE"[frame % 5])
        if frame == 0:
            smile = replace(smile, doubtful=True, note="嘴角?")
        codes = (smile, ActionCode("AU25", 1))
        store.codings.save(FrameCoding(rater_id, video_id, frame, codes), reason=f"frame {frame}")
    hidden = FrameCoding(
        rater_id, video_id, 6, state=CodingState.NOT_CODABLE, comment="手 😀\n", doubtful=True
    )
    saved = store.codings.save(hidden).codings[6]
    assert saved is not None
    store.codings.save(replace(saved, comment="hand"))
    store.history.undo(rater_id, video_id)
    store.codings.save(FrameCoding(rater_id, video_id, 7, seconds_spent=3.25), reason="undone")
    store.history.undo(rater_id, video_id)


if __name__ == "__main__":
    make(FOLDER / f"v{CURRENT}.sqlite")
