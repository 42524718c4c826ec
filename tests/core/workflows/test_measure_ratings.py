"""Answers go through the store and come out as R's numbers; sessions of all kinds are told as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.records.coding import FrameCoding
from hrm_core.records.people import Role
from hrm_core.records.rating import Rating
from hrm_core.records.rating_plan import OrderKind, PlannedJudge
from hrm_core.records.rating_results import RatingResults
from hrm_core.records.sitting import SittingAct, SittingEvent
from hrm_core.workflows.measure_ratings import ResultOptions, measure_ratings, require_rated
from hrm_core.workflows.project import Project, create_project
from hrm_core.workflows.rating_sessions import close_session
from tests.core.stats.golden_agreement import ratings, same, same_p, table
from tests.support.rated_sessions import add_children, add_imported, answer, plan, scale_of

FEW = ResultOptions(replicates=20)
JUDGES = tuple(PlannedJudge(name) for name in ("Ann", "Bo", "Cy", "Di", "Ed"))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Thirty children with fifty-two clips each: nobody may change what is there."""
    with create_project(tmp_path_factory.mktemp("large") / "study") as project:
        add_children(project, 30, 52)
        yield project


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Four children with three clips each."""
    with create_project(tmp_path_factory.mktemp("small") / "study") as project:
        add_children(project, 4, 3)
        yield project


def _stored(project: Project, name: str, scores: np.ndarray) -> RatingResults:
    clips = project.store.recordings.clips()[: len(scores)]
    add_imported(project, name, clips, [judge.name for judge in JUDGES], scores)
    return measure_ratings(project, name, FEW)


def test_icc_of_the_store_is_that_of_r(large: Project) -> None:
    scores, expected = ratings("icc_likert5x300.json")
    session = plan(large, "icc", large.store.recordings.clips()[:300], JUDGES)
    answer(large, session, scores)
    (agreement,) = measure_ratings(large, "icc", FEW).agreements
    irr = expected["irr_icc"]
    assert (agreement.clips, agreement.incomplete, agreement.participants) == (300, 0, 6)
    for form, estimate in (
        ("ICC3", agreement.icc_single),
        ("ICC3k", agreement.icc_average),
        ("ICC2", agreement.icc_absolute),
        ("ICC2k", agreement.icc_absolute_average),
    ):
        assert same(estimate.value, irr[form]["icc"])
        assert same(estimate.low, irr[form]["ci95_lower"])
        assert same(estimate.high, irr[form]["ci95_upper"])
    assert same(agreement.f, irr["ICC3"]["F"])
    assert (agreement.df1, agreement.df2) == (irr["ICC3"]["df1"], irr["ICC3"]["df2"])
    assert same(agreement.p, irr["ICC3"]["p"])


def test_kappa_of_the_store_is_that_of_r(large: Project) -> None:
    scores, expected = ratings("fleiss_likert5x300.json")
    (agreement,) = _stored(large, "kappa", scores).agreements
    irr, irrcac = expected["irr_fleiss"], expected["irrCAC_fleiss"]
    assert same(agreement.kappa.value, irr["kappa"])
    assert same(agreement.kappa.low, irrcac["ci_lower"])
    assert same(agreement.kappa.high, irrcac["ci_upper"])
    assert same(agreement.kappa_z, irr["z"])
    assert same_p(agreement.kappa_p, irr["p"])
    for point, estimate in enumerate(agreement.kappa_by_point, start=1):
        assert same(estimate.value, irr["per_category"][str(point)]["kappa"])
    assert same(agreement.alpha.value, expected["python_krippendorff"]["ordinal"]["alpha"])


def test_alpha_of_the_store_is_that_of_r(large: Project) -> None:
    read = table("kripp_likert5x300_complete.json")
    scores = np.array(read["data"]["raters_by_units"], dtype=np.float64).T
    (agreement,) = _stored(large, "alpha", scores).agreements
    # R's irr weighs complete tables otherwise; with one empty unit it follows the definition.
    assert same(agreement.alpha.value, read["expected"]["irr_kripp_with_dummy_na_unit"]["ordinal"]["alpha"])
    assert same(agreement.alpha.value, read["expected"]["exact_rational"]["ordinal"])


def test_imported_ratings_of_the_size_of_the_paper(large: Project) -> None:
    scores, expected = ratings("fleiss_likert5x1535.json")
    add_imported(large, "imported", large.store.recordings.clips()[:1535], ["V", "W", "X", "Y", "Z"], scores)
    found = measure_ratings(large, "imported", FEW)
    (agreement,) = found.agreements
    assert same(agreement.kappa.value, expected["irr_fleiss"]["kappa"])
    assert same(agreement.kappa_z, expected["irr_fleiss"]["z"])
    assert same(agreement.alpha.value, expected["python_krippendorff"]["ordinal"]["alpha"])
    assert (found.order, found.seed, len(found.clips), found.participants) == (None, None, 1535, 30)
    assert [judge.name for judge in found.judges] == ["V", "W", "X", "Y", "Z"]
    assert {judge.order_effect.why for judge in found.judges} == {
        "in which order the clips were rated is not known"
    }
    assert any("as the raters are entered today" in sentence for sentence in found.warnings)


def test_clip_numbers_are_a_permutation_that_stays_and_hides_the_order_of_children(large: Project) -> None:
    clips = large.store.recordings.clips()[:312]
    session = plan(large, "numbers", clips, JUDGES[:2])
    # An answer that tells which clip it is about: children come in blocks of 52 clips.
    scores = np.repeat((np.arange(312) // 78 + 1.0)[:, np.newaxis], 2, axis=1)
    answer(large, session, scores)
    found = measure_ratings(large, "numbers", FEW)
    assert [clip.number for clip in found.clips] == list(range(1, 313))
    order = [clip.mean for clip in found.clips]
    assert sorted(filter(None, order)) == sorted(scores[:, 0].tolist())
    # Were they in the order of the children, this would be 1.
    assert abs(np.corrcoef(np.arange(312), order)[0, 1]) < 0.15
    assert measure_ratings(large, "numbers", FEW).clips == found.clips
    answer(large, plan(large, "other numbers", clips, JUDGES[:2]), scores)
    assert measure_ratings(large, "other numbers", FEW).clips != found.clips, "sessions number on their own"


def test_conduct_comes_from_the_log(small: Project) -> None:
    clips = small.store.recordings.clips()
    judges = [PlannedJudge("Ann"), PlannedJudge("Bo", blind=False, why_not_blind="coded the children")]
    session = plan(small, "G", clips, judges, repeats=6, attention=2)
    scores = np.column_stack([np.arange(12) % 5 + 1.0, np.arange(12) % 4 + 1.0])
    answer(small, session, scores, again=1, checks=(1, 3), response_s=1.25, replays=1)
    last = small.store.rating_sessions.trials(session.id, session.seats[0].judge_id)[-1]
    for act, score in ((SittingAct.TAKEN_BACK, None), (SittingAct.ANSWERED, 1)):
        event = SittingEvent(last.position, act, score)
        small.store.rating_sessions.add_events(session, session.seats[0].judge_id, [event])
    found = measure_ratings(small, "G", FEW)
    ann, bo = found.judges
    assert (ann.attention_right, ann.attention_asked) == (2, 2), "the answer that stands counts"
    assert (bo.attention_right, bo.attention_asked) == (1, 2)
    assert ann.taken_back == 0, "a check of attention is no answer on a clip"
    assert (ann.response_s, ann.replays, ann.rated, ann.planned) == ((1.25, 1.25, 1.25), 12, 12, 12)
    rated_again = [
        scores[session.plan.clips.index(trial.clip_id), 1]
        for trial in small.store.rating_sessions.trials(session.id, session.seats[1].judge_id)
        if trial.kind == "repeat" and session.plan and trial.clip_id
    ]
    assert bo.retest.clips == 6
    assert bo.retest.change.value == pytest.approx(np.mean([min(5, old + 1) - old for old in rated_again]))
    assert found.order is OrderKind.RANDOM
    event = SittingEvent(last.position, SittingAct.TAKEN_BACK)
    small.store.rating_sessions.add_events(session, session.seats[0].judge_id, [event])
    ann = measure_ratings(small, "G", FEW).judges[0]
    assert (ann.attention_right, ann.attention_asked) == (1, 1), "what was taken back is not answered"
    assert (bo.blind, bo.why_not_blind) == (False, "coded the children")
    assert "Bo failed 1 of 2 checks of attention." in found.warnings
    assert "Bo was not blind (coded the children)." in found.warnings
    assert not any("has not finished" in sentence for sentence in found.warnings)


def test_an_answer_taken_back_counts_once(small: Project) -> None:
    clips = small.store.recordings.clips()
    session = plan(small, "G", clips, JUDGES[:2])
    judge = session.seats[0].judge_id
    events = [(SittingAct.ANSWERED, 2), (SittingAct.TAKEN_BACK, None), (SittingAct.ANSWERED, 5)]
    small.store.rating_sessions.add_events(
        session, judge, [SittingEvent(0, act, score) for act, score in events]
    )
    found = measure_ratings(small, "G", FEW)
    assert (found.judges[0].counts, found.judges[0].taken_back) == ((0, 0, 0, 0, 1), 1)
    assert "Ann has not finished: 11 of 12 clips still to rate." in found.warnings
    assert "Bo has rated nothing yet, and is in no number here." in found.warnings


def test_a_showing_that_no_replay_explains_is_told(small: Project) -> None:
    session = plan(small, "G", small.store.recordings.clips(), JUDGES[:2])
    judge = session.seats[0].judge_id
    shown = [SittingEvent(0, SittingAct.SHOWN)] * 4 + [SittingEvent(0, SittingAct.ANSWERED, 2, replays=1)]
    asked_for = [SittingEvent(1, SittingAct.SHOWN)] * 2 + [SittingEvent(1, SittingAct.ANSWERED, 2, replays=1)]
    small.store.rating_sessions.add_events(session, judge, shown + asked_for)
    found = measure_ratings(small, "G", FEW)
    assert [who.begun_again for who in found.judges] == [2, 0]
    (told,) = (text for text in found.warnings if "begun again" in text)
    assert "to Ann were interrupted" in told
    assert "2 in all" in told


def test_clips_that_changed_or_were_grey_are_told_by_number(small: Project) -> None:
    clips = small.store.recordings.clips()
    session = plan(small, "G", clips, JUDGES[:2], withheld={clips[1].id: 3})
    # No other clip got the highest answer: so the test knows which number the changed clip has.
    scores = np.tile([1.0, 2.0], (12, 1)) + (np.arange(12) % 3)[:, np.newaxis]
    scores[0] = 5.0
    answer(small, session, scores)
    first = clips[0]
    small.store.clips.change(first.id, first.first_frame, first.last_frame - 1, None, even_rated=True)
    found = measure_ratings(small, "G", FEW)
    (number,) = (clip.number for clip in found.clips if clip.mean == 5)
    changed, grey = found.warnings[:2]
    assert changed.startswith(f"Clip {number} changed after being prepared")
    assert "saw as plain grey" in grey
    assert grey.endswith("(3 frames).")


def test_a_session_that_nobody_rated_says_so_in_every_number(small: Project) -> None:
    plan(small, "G", small.store.recordings.clips(), JUDGES)
    found = measure_ratings(small, "G")
    assert found.warnings == ("Nobody has rated anything yet.",)
    assert found.agreements[0].kappa.why == "nobody has rated"
    assert all(clip.mean is None for clip in found.clips)


def test_a_session_is_measured_when_all_have_finished(small: Project) -> None:
    clips = small.store.recordings.clips()
    session = plan(small, "G", clips, JUDGES[:3], attention=1)
    for unfinished in (False, True):
        with pytest.raises(ProjectError, match="Nobody has rated a clip in 'G' yet"):
            require_rated(small, "G", unfinished=unfinished)
    scores = np.tile([1.0, 2.0, 3.0], (12, 1))
    scores[3, 1] = np.nan
    answer(small, session, scores, checks=(1,))
    with pytest.raises(ProjectError, match=r"In 'G', Bo has not finished: .*--unfinished") as refused:
        require_rated(small, "G")
    assert "hrm rating close" in str(refused.value)
    require_rated(small, "G", unfinished=True)
    close_session(small, "G")
    require_rated(small, "G")
    add_imported(small, "from elsewhere", clips, ["Ann", "Bo"], scores[:, :2])
    require_rated(small, "from elsewhere")


def test_a_blind_judge_who_has_coded_since_is_told(small: Project) -> None:
    clips = small.store.recordings.clips()
    session = plan(small, "G", clips, (PlannedJudge("Ann"), PlannedJudge("Bo", False, "expert")))
    answer(small, session, np.tile([1.0, 2.0], (12, 1)))
    ann, bo = (seat.judge_id for seat in session.seats)
    small.store.codings.save(FrameCoding(bo, clips[0].video_id, 0).with_code("AU12", 1))
    assert not any("has coded" in sentence for sentence in measure_ratings(small, "G", FEW).warnings)
    small.store.codings.save(FrameCoding(ann, clips[0].video_id, 0).with_code("AU12", 1))
    (said,) = (text for text in measure_ratings(small, "G", FEW).warnings if "has coded" in text)
    assert said.startswith("Ann is counted as blind, but has coded recordings of this session")


def test_lifted_blinding_is_told(small: Project) -> None:
    session = plan(small, "G", small.store.recordings.clips(), JUDGES[:2])
    cora = small.store.people.ensure_rater("Cora", Role.COORDINATOR)
    store = small.store.rating_sessions
    store.unblind(session.id, session.seats[0].judge_id, "met the family")
    store.write_log(session.id, "unblinded", cora.id, {"judge": "Ann", "why": "met the family"})
    store.write_log(session.id, "unblinded", cora.id, {"what": "key of the answers", "why": "paper."})
    found = measure_ratings(small, "G", FEW)
    (first,) = found.unblinded
    (second,) = found.joined
    at = store.log(session.id)[0].at
    assert at is not None
    assert first == (
        f"{at.day} {at:%B %Y, %H:%M} UTC: Cora lifted the blinding of Ann before any of the judge's answers "
        "(met the family)."
    )
    assert second.endswith(" UTC: Cora joined answers to children, for key of the answers (paper).")
    assert not found.judges[0].blind


def test_how_many_answers_came_before_a_blinding_was_lifted(small: Project) -> None:
    session = plan(small, "G", small.store.recordings.clips(), JUDGES[:2], repeats=2)
    cora = small.store.people.ensure_rater("Cora", Role.COORDINATOR)
    store, (ann, _) = small.store.rating_sessions, session.seats

    def say(*events: SittingEvent) -> None:
        store.add_events(session, ann.judge_id, events)

    say(*(SittingEvent(at, SittingAct.ANSWERED, 2) for at in range(3)))
    say(SittingEvent(2, SittingAct.TAKEN_BACK), SittingEvent(2, SittingAct.ANSWERED, 3))
    store.unblind(session.id, ann.judge_id, "met the family")
    store.write_log(session.id, "unblinded", cora.id, {"judge": "Ann", "why": "met the family"})
    lifted = store.log(session.id)[0].at
    assert lifted is not None
    # One that was given in a browser earlier, and taken in later; and two that came after.
    before, after = lifted - timedelta(hours=1), lifted + timedelta(hours=1)
    say(SittingEvent(3, SittingAct.ANSWERED, 4, via="browser", said_at=before))
    say(*(SittingEvent(at, SittingAct.ANSWERED, 4, via="browser", said_at=after) for at in (4, 12)))
    found = measure_ratings(small, "G", FEW)
    assert "lifted the blinding of Ann after 4 of the judge's 5 answers (met the" in found.unblinded[0]
    assert [judge.via for judge in found.judges] == [("window", "browser"), ()]
    assert (found.practice, found.repeats, found.attention_checks) == (0, 2, 0)


def test_other_scales_and_strange_scores(small: Project) -> None:
    clips = small.store.recordings.clips()
    session = plan(small, "wide", clips, JUDGES[:2], presentation=scale_of(11))
    answer(small, session, np.column_stack([np.arange(12) % 11 + 1.0, np.arange(12) % 7 + 1.0]))
    found = measure_ratings(small, "wide", FEW)
    assert (found.points, len(found.judges[0].counts), len(found.agreements[0].kappa_by_point)) == (
        11,
        11,
        11,
    )
    number = small.store.ratings.add_session("strange", "")
    judge = small.store.people.rater("Ann")
    small.store.ratings.add(number, [Rating(judge.id, clips[0].id, 7)])
    with pytest.raises(ProjectError, match="holds the answer 7, but its scale goes from 1 to 5"):
        measure_ratings(small, "strange")
    with pytest.raises(NotFoundError, match="there are: 'wide', 'strange'"):
        measure_ratings(small, "nothing")


def test_nothing_of_a_child_is_in_the_results(small: Project) -> None:
    session = plan(small, "G", small.store.recordings.clips(), JUDGES)
    answer(small, session, np.random.default_rng(3).integers(1, 6, (12, 5)).astype(float))
    text = repr(replace(measure_ratings(small, "G", FEW), study=""))
    for word in ("S1", "S2", "ASD", "TD", "play 1", str(small.folder), session.token, session.sign_key):
        assert word not in text
