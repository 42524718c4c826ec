"""Plan a rating session: who rates which clips, how they are shown, in which order; then make the clips."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from hrm_core.errors import ProjectError, UserError
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.rating.check_plan import plan_problems, translation_notes
from hrm_core.rating.trials import make_trials
from hrm_core.records.people import Rater, Role
from hrm_core.records.rating_plan import (
    ANSWER_S,
    OrderKind,
    PlannedJudge,
    Presentation,
    RatingSession,
    Seat,
    SessionPlan,
)
from hrm_core.workflows.prepare_rating_clips import (
    file_problems,
    prepare_clips,
    prepared_folder,
    settle_folder,
    withheld_frames,
)
from hrm_core.workflows.project import Project
from hrm_core.workflows.rated_clips import (
    RatedClip,
    changed_since,
    clips_named,
    clips_to_rate,
    listed_clips,
)
from hrm_core.workflows.telling_words import telling_words

__all__ = ["PlanPreview", "SessionChoice", "plan_session", "preview"]

_TOKEN_BYTES, _KEY_BYTES = 16, 32
_SEED_BITS = 31
# What write_clip makes of a filmed face, about: bits for each pixel of each frame.
_BITS_PER_PIXEL = 0.2


@dataclass(frozen=True, slots=True)
class SessionChoice:
    """What a person wants of a session.

    Attributes
    ----------
    name : str
        Of the session; judges see it.
    judges : tuple of PlannedJudge
        Who rates.
    presentation : Presentation
        How clips are shown and asked about; whether eyes are covered is said by `eyes_covered`.
    eyes_covered : bool or None
        Whether the children's eyes are covered; what the study's settings say if None.
    participants : tuple of str
        Codes of children whose clips are rated; all if empty.
    clips : tuple of str
        Only these clips, as ``"child:video:number"``; all that are not excluded if empty.
    practice : int
        So many clips, chosen by the seed, are taken out of them for practice.
    practice_clips : tuple of str
        Clips for practice, as ``"child:video:number"``; then `practice` must be 0.
    repeats : int
        So many clips are rated twice.
    attention_checks : int
        So many times a judge is asked to press a given key.
    order : OrderKind
        How the order of each judge is made.
    seed : int or None
        Same seed, same orders; chosen by chance if None.
    allow_withheld : bool
        Whether plain grey pictures may stand where a frame is damaged or its eyes cannot be covered.
    """

    name: str
    judges: tuple[PlannedJudge, ...]
    presentation: Presentation = field(default_factory=Presentation)
    eyes_covered: bool | None = None
    participants: tuple[str, ...] = ()
    clips: tuple[str, ...] = ()
    practice: int = 0
    practice_clips: tuple[str, ...] = ()
    repeats: int = 0
    attention_checks: int = 0
    order: OrderKind = OrderKind.RANDOM
    seed: int | None = None
    allow_withheld: bool = False


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """What a session would be.

    Attributes
    ----------
    plan : SessionPlan
        As it would be stored; its seed is that of the choice, or chosen now.
    clips, practice : tuple of RatedClip
        What is rated, and what is rated for practice.
    withheld : tuple of (RatedClip, int)
        Clips with frames whose eyes cannot be covered, and how many these are.
    trials_per_judge : int
        How often each judge is asked, practice, repetitions and checks included.
    minutes_per_judge : float
        About how long that takes without breaks: the clips at their speed, and `ANSWER_S` for each answer.
    megabytes : float
        About how much room the prepared clips take.
    problems : tuple of str
        Why this cannot be planned, a sentence each; empty if it can.
    notes : tuple of str
        What might be forgotten, a sentence each.
    """

    plan: SessionPlan
    clips: tuple[RatedClip, ...] = ()
    practice: tuple[RatedClip, ...] = ()
    withheld: tuple[tuple[RatedClip, int], ...] = ()
    trials_per_judge: int = 0
    minutes_per_judge: float = 0.0
    megabytes: float = 0.0
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def preview(
    project: Project,
    choice: SessionChoice,
    *,
    by: str | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> PlanPreview:
    """What a session would be; nothing is written.

    Parameters
    ----------
    project : Project
        The open study.
    choice : SessionChoice
        What is wanted.
    by : str, optional
        Name of the rater who plans.
    progress : Progress, optional
        Told of recordings.
    cancel : CancelToken, optional
        Asked between recordings.

    Returns
    -------
    PlanPreview
        Whatever is wrong with the choice stands in its `problems`.

    Raises
    ------
    StoreError
        If the store cannot be read.
    Cancelled
        On request.
    """
    seed = secrets.randbits(_SEED_BITS) if choice.seed is None else choice.seed
    wrong: list[str] = []
    clips: tuple[RatedClip, ...] = ()
    practice: tuple[RatedClip, ...] = ()
    try:
        clips, practice = _chosen_clips(project, choice, seed)
    except UserError as error:
        wrong.append(str(error))
    plan = _plan(project, choice, seed, clips, practice)
    everything = (*practice, *clips)
    held: dict[int, int] = {}
    if plan.presentation.eyes_covered:
        held = withheld_frames(
            project, everything, progress=progress or NoProgress(), cancel=cancel or CancelToken()
        )
    withheld = tuple((entry, held[entry.clip.id]) for entry in everything if entry.clip.id in held)
    # Where clips cannot be found, that there are none is no second problem.
    wrong += plan_problems(plan) if clips or not wrong else ()
    wrong += _study_problems(project, choice, plan, everything, by)
    wrong += file_problems(project, everything, sound=plan.presentation.sound)
    if withheld and not choice.allow_withheld:
        wrong.append(_withheld_words([entry for entry, _ in withheld], len(everything)))
    return PlanPreview(
        plan,
        clips,
        practice,
        withheld,
        trials_per_judge=len(everything) + choice.repeats + choice.attention_checks,
        minutes_per_judge=_minutes(plan, clips, practice),
        megabytes=_megabytes(everything),
        problems=tuple(wrong),
        notes=tuple(translation_notes(plan.presentation)),
    )


def plan_session(
    project: Project,
    choice: SessionChoice,
    *,
    by: str | None = None,
    seen: PlanPreview | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> RatingSession:
    """Plan a session and make its clips, all or nothing.

    Parameters
    ----------
    project : Project
        The open study.
    choice : SessionChoice
        What is wanted.
    by : str, optional
        Name of the rater who plans; needed where eyes are not covered.
    seen : PlanPreview, optional
        What :func:`preview` said of the same choice just now; its seed is taken. Looked at again if left out.
    progress : Progress, optional
        Told of frames.
    cancel : CancelToken, optional
        Asked between frames.

    Returns
    -------
    RatingSession
        As it is in the store.

    Raises
    ------
    ProjectError
        If :func:`preview` finds a problem, frames turn out to be damaged, or clips were changed
        while they were made.
    NotFoundError, InvalidFileError
        If a recording is gone, or is not the one that was added.
    UserError
        If the disk refuses.
    StoreWriteError
        If it could not be stored.
    Cancelled
        On request; nothing is left.
    """
    if seen is None:
        seen = preview(project, choice, by=by, progress=progress, cancel=cancel)
        problems = seen.problems
    else:
        # The people of the study may have changed while somebody looked at it, and so may who plans.
        people = _study_problems(project, choice, seen.plan, (*seen.practice, *seen.clips), by)
        problems = seen.problems or tuple(people)
    if problems:
        raise ProjectError(problems[0])
    plan = seen.plan
    everything = (*seen.practice, *seen.clips)
    _require_room(project, seen.megabytes)
    actor = None if by is None else project.store.people.rater(by)
    if not plan.presentation.eyes_covered:
        _log_unmasking(project, actor, everything)
    token = secrets.token_hex(_TOKEN_BYTES)
    with prepared_folder(project.folder, token) as folder:
        prepared = prepare_clips(
            project,
            everything,
            folder,
            eyes_covered=plan.presentation.eyes_covered,
            sound=plan.presentation.sound,
            allow_withheld=choice.allow_withheld,
            progress=progress or NoProgress(),
            cancel=cancel or CancelToken(),
        )
        trials = make_trials(plan, {entry.clip.id: entry.who.id for entry in everything})
        with project.store.all_or_nothing():
            seats = [_seat(project, judge) for judge in plan.judges]
            # Only now, with the lists locked: nobody changes them any more.
            _require_unchanged(project, everything)
            session = project.store.rating_sessions.add(
                plan,
                seats,
                {seat.judge_id: trials[seat.name] for seat in seats},
                prepared,
                token=token,
                sign_key=secrets.token_hex(_KEY_BYTES),
            )
            log = project.store.rating_sessions.write_log
            actor_id = None if actor is None else actor.id
            log(session.id, "planned", actor_id, _planned(plan))
            withheld = sum(1 for entry in prepared if entry.withheld)
            log(session.id, "prepared", actor_id, {"clips": len(prepared), "with grey pictures": withheld})
            settle_folder(folder, project.folder, token)
    return session


def _chosen_clips(
    project: Project, choice: SessionChoice, seed: int
) -> tuple[tuple[RatedClip, ...], tuple[RatedClip, ...]]:
    from random import Random

    clips = clips_to_rate(project, choice.participants, choice.clips)
    practice = clips_named(project, choice.practice_clips)
    if practice and choice.practice:
        raise ProjectError("Say either how many clips are for practice, or which: not both.")
    if choice.practice and not 0 <= choice.practice < len(clips):
        raise ProjectError(
            f"{choice.practice} of {len(clips)} clips cannot be for practice: some must be left to be rated."
        )
    if choice.practice:
        practice = tuple(Random(f"{seed}\0practice").sample(clips, choice.practice))
    taken = {entry.clip.id for entry in practice}
    return tuple(entry for entry in clips if entry.clip.id not in taken), practice


def _plan(
    project: Project,
    choice: SessionChoice,
    seed: int,
    clips: Sequence[RatedClip],
    practice: Sequence[RatedClip],
) -> SessionPlan:
    privacy = project.settings.privacy
    covered = privacy.mask_eyes_in_exports if choice.eyes_covered is None else choice.eyes_covered
    return SessionPlan(
        name=choice.name,
        presentation=replace(choice.presentation, eyes_covered=covered),
        judges=choice.judges,
        clips=tuple(entry.clip.id for entry in clips),
        practice=tuple(entry.clip.id for entry in practice),
        repeats=choice.repeats,
        attention_checks=choice.attention_checks,
        order=choice.order,
        seed=seed,
    )


def _study_problems(
    project: Project, choice: SessionChoice, plan: SessionPlan, clips: Sequence[RatedClip], by: str | None
) -> Iterator[str]:
    if any(session.name == plan.name for session in project.store.rating_sessions.all()):
        yield f"There is a rating session {plan.name!r} already: choose another name."
    yield from telling_words(project, plan)
    known = {rater.name: rater for rater in project.raters()}
    if by is not None and by not in known:
        yield f"No rater named {by!r} in this project: add the person with hrm add rater."
    elif by is not None and known[by].role is Role.JUDGE:
        yield f"{by} is a judge in this study, and judges must not know orders and repetitions: others plan."
    for judge in plan.judges:
        yield from _judge_problems(project, judge, known.get(judge.name), clips, by)
    if not plan.presentation.eyes_covered:
        yield from _unmasking_problems(known, by)


def _judge_problems(
    project: Project, judge: PlannedJudge, rater: Rater | None, clips: Sequence[RatedClip], by: str | None
) -> Iterator[str]:
    if rater is not None:
        if rater.id in project.store.adjudications.consensus_raters():
            yield f"{judge.name!r} is a consensus and nobody in person: name people as judges."
            return
        if rater.role is Role.COORDINATOR:
            yield f"{judge.name} is a coordinator, who may lift the blinding, so cannot judge: name others."
            return
    if not judge.blind:
        return
    way_out = f'leave {judge.name} out, or say why with --not-blind "{judge.name}=why"'
    if judge.name == by:
        yield f"{judge.name} plans this session and so cannot be blind in it: {way_out}."
    if rater is None:
        return
    if not rater.blind:
        yield f"{judge.name} sees the groups in this study, so is not blind: {way_out}."
    elif codes := _coded_children(project, rater, clips):
        children = listed_clips(codes)
        yield f"{judge.name} has coded children of this session ({children}), so is not blind: {way_out}."
    elif earlier := _earlier_knowledge(project, rater, clips):
        yield f"{judge.name} was not blind in {earlier}, on children of this one, so is not now: {way_out}."


def _earlier_knowledge(project: Project, rater: Rater, clips: Sequence[RatedClip]) -> str | None:
    """The earlier session of these children in which a judge knew too much, with the reason."""
    child_of = {entry.id: entry.participant_id for entry in project.store.recordings.of_participant()}
    children = {entry.who.id for entry in clips}
    here = {entry.id for entry in project.store.recordings.clips() if child_of[entry.video_id] in children}
    for session in project.store.rating_sessions.all():
        for seat in session.seats:
            known = seat.judge_id == rater.id and not seat.blind
            if known and any(
                shown.clip_id in here for shown in project.store.rating_sessions.clips(session.id)
            ):
                return f"{session.name!r} ({seat.why_not_blind})"
    return None


def _coded_children(project: Project, rater: Rater, clips: Sequence[RatedClip]) -> list[str]:
    """Codes of the children of whom a rater has coded frames, or decided what two coders meant."""
    children = {entry.who.id for entry in clips}
    decided = _decided_videos(project, rater)
    coded = {
        recording.participant_id
        for recording in project.store.recordings.of_participant()
        if recording.participant_id in children
        and (recording.id in decided or project.store.codings.has_history(rater.id, recording.id))
    }
    # In the natural order of their codes.
    return [who.code for who in project.store.people.participants() if who.id in coded]


def _decided_videos(project: Project, rater: Rater) -> set[int]:
    adjudications = project.store.adjudications
    return {
        decision.video_id
        for first, second in adjudications.consensus_raters().values()
        for decision in adjudications.log(first, second)
        if decision.actor_id == rater.id
    }


def _unmasking_problems(known: dict[str, Rater], by: str | None) -> Iterator[str]:
    if by is None:
        yield (
            "Uncovered eyes are shown to judges only by somebody who may see them: name the rater with --by, "
            "or leave the eyes covered."
        )
    elif by in known and not known[by].sees_eyes:
        yield (
            f"{by} may not see the children's eyes, so cannot have them shown to judges: leave them covered, "
            f'or give the right with hrm set rater "{by}" --sees-eyes.'
        )


def _withheld_words(clips: Sequence[RatedClip], count: int) -> str:
    return (
        f"The eyes cannot be covered everywhere in {len(clips)} of {count} clips "
        f"({listed_clips([entry.name for entry in clips])}): hrm faces review shows why and where; mark the "
        "eyes, leave the clips out, or take plain grey pictures there with --allow-withheld."
    )


def _minutes(plan: SessionPlan, clips: Sequence[RatedClip], practice: Sequence[RatedClip]) -> float:
    mean = sum(entry.seconds for entry in clips) / len(clips) if clips else 0.0
    shown = mean * (len(clips) + plan.repeats) + sum(entry.seconds for entry in practice)
    answers = len(clips) + plan.repeats + len(practice) + plan.attention_checks
    speed = plan.presentation.speed
    return (shown / speed if speed > 0 else 0.0) / 60 + answers * ANSWER_S / 60


def _megabytes(clips: Sequence[RatedClip]) -> float:
    pixels = (
        len(entry.clip) * (entry.recording.width or 0) * (entry.recording.height or 0) for entry in clips
    )
    return sum(pixels) * _BITS_PER_PIXEL / 8 / 1e6


def _require_room(project: Project, megabytes: float) -> None:
    free = shutil.disk_usage(project.folder).free / 1e6
    if megabytes > free:
        raise ProjectError(
            f"The prepared clips need about {megabytes:.0f} MB, and the disk of {project.folder} has "
            f"{free:.0f} MB left: make room first."
        )


def _log_unmasking(project: Project, actor: Rater | None, clips: Sequence[RatedClip]) -> None:
    assert actor is not None
    with project.store.all_or_nothing():
        for entry in clips:
            span = (entry.clip.first_frame, entry.clip.last_frame)
            log = project.store.face_marks.log_unmasking
            log(actor.id, entry.recording.id, "prepared for judges of a rating session", span)


def _require_unchanged(project: Project, clips: Sequence[RatedClip]) -> None:
    # Making them may take an hour, in which others go on working.
    if changed := changed_since(project, clips):
        raise ProjectError(
            f"Clips were changed, excluded or removed while they were prepared: {listed_clips(changed)}; "
            "nothing is left, so plan the session again."
        )


def _seat(project: Project, judge: PlannedJudge) -> Seat:
    # Not blind says what somebody knows already; it must not open the groups to them in the window.
    rater = project.store.people.ensure_rater(judge.name, Role.JUDGE)
    return Seat(rater.id, rater.name, secrets.token_hex(_TOKEN_BYTES), judge.blind, judge.why_not_blind)


def _planned(plan: SessionPlan) -> dict[str, object]:
    return {
        "judges": [judge.name for judge in plan.judges],
        "not blind": {judge.name: judge.why_not_blind for judge in plan.judges if not judge.blind},
        "clips": len(plan.clips),
        "practice": len(plan.practice),
        "repeats": plan.repeats,
        "attention checks": plan.attention_checks,
        "order": str(plan.order),
        "seed": plan.seed,
        "eyes covered": plan.presentation.eyes_covered,
    }
