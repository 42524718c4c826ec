"""Whether a session can be rated as it is planned, said in sentences."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from hrm_core.rating.trials import least_distance, most_attention_checks, most_repeats
from hrm_core.records.rating_plan import FEWEST_POINTS, MOST_POINTS, Presentation, SessionPlan
from hrm_core.records.words import counted

__all__ = ["plan_problems", "presentation_problems", "translation_notes"]

_SLOWEST, _FASTEST = 0.25, 2.0
_LANGUAGE = re.compile(r"[a-z]{2,3}([_-][A-Za-z]{2,4})?")


def plan_problems(plan: SessionPlan) -> tuple[str, ...]:
    """What makes a plan impossible, a sentence each with what to do; empty if nothing does."""
    return (
        *_name_problems(plan),
        *presentation_problems(plan.presentation),
        *_judge_problems(plan),
        *_clip_problems(plan),
    )


def presentation_problems(presentation: Presentation) -> tuple[str, ...]:
    """What makes a way of showing clips impossible, a sentence each; empty if nothing does."""
    return (
        *_question_problems(presentation),
        *_scale_problems(presentation),
        *_showing_problems(presentation),
    )


def translation_notes(presentation: Presentation) -> Iterator[str]:
    """What is translated in part only, a sentence for each language: nothing forbids that."""
    labels = [point.translations for point in presentation.scale]
    for language in sorted(
        {*presentation.question_translations, *(name for label in labels for name in label)}
    ):
        without = sum(language not in label for label in labels)
        parts = [] if language in presentation.question_translations else ["the question"]
        parts += [f"{without} of {len(labels)} labels"] if without else []
        if parts:
            yield (
                f"Not translated for {language}: {' and '.join(parts)}; judges read there what was written "
                "without a language."
            )


def _name_problems(plan: SessionPlan) -> Iterator[str]:
    if not plan.name.strip():
        yield "A session needs a name: judges choose it by that."
    elif plan.name != " ".join(plan.name.split()):
        yield f"The name {plan.name!r} has hidden blanks: write it without them."


def _question_problems(presentation: Presentation) -> Iterator[str]:
    if not presentation.question.strip():
        yield "Nothing is asked: write the question that judges answer after each clip."
    languages = dict.fromkeys(
        [
            *presentation.question_translations,
            *(language for point in presentation.scale for language in point.translations),
        ]
    )
    for language in languages:
        if not _LANGUAGE.fullmatch(language):
            yield f"{language!r} is no code of a language: write it as zh_CN or de."
    for language, text in presentation.question_translations.items():
        if not text.strip():
            yield f"The question in {language!r} is empty: write it, or leave the language out."


def _scale_problems(presentation: Presentation) -> Iterator[str]:
    count = len(presentation.scale)
    if not FEWEST_POINTS <= count <= MOST_POINTS:
        yield f"The scale has {counted(count, 'point')}: a scale has {FEWEST_POINTS} to {MOST_POINTS}."
    for score, point in enumerate(presentation.scale, start=1):
        if not point.label.strip() or any(not label.strip() for label in point.translations.values()):
            yield f"Point {score} of the scale has an empty label: say what the answer means."
    for label in _twice(point.label for point in presentation.scale):
        yield f"Two points of the scale are called {label!r}: give each its own label."
    for language in dict.fromkeys(name for point in presentation.scale for name in point.translations):
        for label in _twice(point.translations.get(language, "") for point in presentation.scale):
            yield f"Two points of the scale are called {label!r} in {language!r}: give each its own label."


def _twice(labels: Iterable[str]) -> list[str]:
    seen: Mapping[str, int] = Counter(label.strip().casefold() for label in labels)
    return [label for label, count in seen.items() if label and count > 1]


def _showing_problems(presentation: Presentation) -> Iterator[str]:
    if not _SLOWEST <= presentation.speed <= _FASTEST:
        yield f"Clips cannot play at {presentation.speed:g}x: choose {_SLOWEST:g} to {_FASTEST:g}."
    if presentation.max_replays is not None and presentation.max_replays < 0:
        yield "Clips cannot be played again less than 0 times: choose 0 or more, or as often as wanted."
    if presentation.least_watch_s is not None and not 0 < presentation.least_watch_s < math.inf:
        yield "The shortest time to watch must be more than 0 s, and end: choose one, or leave it out."
    if presentation.break_every < 0:
        yield "Breaks come after 1 or more trials, or with 0 never."


def _judge_problems(plan: SessionPlan) -> Iterator[str]:
    if not plan.judges:
        yield "Nobody is to rate: name at least one judge."
    for judge in plan.judges:
        if not judge.name.strip() or judge.name != " ".join(judge.name.split()):
            yield f"The judge's name {judge.name!r} is empty or has hidden blanks: write it without."
        if not judge.blind and not judge.why_not_blind.strip():
            yield f"{judge.name} is not blind, and the report has to say why: give the reason."
    for name in _twice(judge.name for judge in plan.judges):
        yield f"The judge {name!r} is named twice: name each judge once."


def _clip_problems(plan: SessionPlan) -> Iterator[str]:
    count = len(plan.clips)
    if not count:
        yield "There is no clip to rate: choose some, or add them with hrm clips add."
        return
    if len({*plan.clips, *plan.practice}) < count + len(plan.practice):
        yield "A clip is chosen twice, or for practice and for rating: choose each clip once."
    if not 0 <= plan.repeats <= most_repeats(count):
        yield (
            f"{plan.repeats} of {count} clips cannot be repeated: a clip comes back after at least "
            f"{least_distance(count)} trials, so choose 0 to {most_repeats(count)}."
        )
        return
    most = most_attention_checks(count + plan.repeats)
    if not 0 <= plan.attention_checks <= most:
        yield (
            f"{plan.attention_checks} checks of attention do not fit among {count + plan.repeats} showings: "
            f"choose 0 to {most}."
        )
