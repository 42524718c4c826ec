"""Which codings of a study can be compared, and how they are named."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.records.agreement import Source, SourceKind
from hrm_core.records.model_run import ModelRun
from hrm_core.records.people import Rater
from hrm_core.workflows.project import Project
from hrm_core.workflows.tool_files import TOOL_NAMES, has_import

__all__ = ["DEFAULT_THRESHOLD", "raters_with_codes", "source_named", "source_text", "sources", "two_coders"]

DEFAULT_THRESHOLD = 0.5
"""Probability from which on an action counts as present, unless another one is said."""

_THRESHOLDED = ("pyfeat",)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TOOL = re.compile(r"(openface|py-?feat)(?::(.*))?", re.IGNORECASE)
_RUN = re.compile(r"run:([^:]*)(?::(.*))?", re.IGNORECASE)


def sources(project: Project) -> list[Source]:
    """Everything that could be compared as it is now: raters, imported tools, model runs.

    Parameters
    ----------
    project : Project
        The open study.

    Returns
    -------
    list of Source
        Raters with codes in the order they joined, people before consensus codings; then OpenFace
        and Py-Feat, if something of theirs was imported for any recording; then model runs. Each
        can be named as :func:`source_named` reads it.
    """
    made = project.store.adjudications.consensus_raters()
    # Sorting keeps the order: whoever takes the first two compares people.
    found = [_of_rater(rater) for rater in sorted(raters_with_codes(project), key=lambda who: who.id in made)]
    recordings = list(project.recordings())
    found += [
        _of_tool(tool, None)
        for tool in TOOL_NAMES
        if any(has_import(project, tool, *pair) for pair in recordings)
    ]
    return found + [_of_run(run, DEFAULT_THRESHOLD) for run in project.store.model_runs.all()]


def raters_with_codes(project: Project) -> list[Rater]:
    """Raters who have said anything of any frame, in the order they joined."""
    return [rater for rater in project.raters() if project.store.codings.count(rater.id)]


def two_coders(project: Project) -> tuple[Source, Source]:
    """The two raters of a study in which exactly two people have coded; a consensus is none of them.

    Parameters
    ----------
    project : Project
        The open study.

    Raises
    ------
    ProjectError
        If fewer or more have.
    """
    people = {rater.id for rater in project.people()}
    coders = [rater for rater in raters_with_codes(project) if rater.id in people]
    if len(coders) == 2:
        return _of_rater(coders[0]), _of_rater(coders[1])
    if len(coders) < 2:
        who = f"only {coders[0].name} has coded" if coders else "nobody has coded"
        raise ProjectError(
            f"Agreement needs two codings, and {who} in this study: let a second rater code the same frames, "
            "or compare with a tool that was imported (hrm reliability sources)."
        )
    raise ProjectError(
        f"Say which two are compared; frames were coded by {', '.join(rater.name for rater in coders)}, and "
        "hrm reliability sources lists everything."
    )


def source_named(project: Project, text: str) -> Source:
    """The coding that a text names.

    Parameters
    ----------
    project : Project
        The open study.
    text : str
        Name of a rater (``"Anna"``), a rater at a moment in the past (``"Anna@2026-01-31"``: the
        end of that day, UTC; ``"Anna@2026-01-31T14:30"``), ``"openface"``, ``"pyfeat"`` or
        ``"pyfeat:0.4"`` (threshold), ``"run:3"`` or ``"run:3:0.6"``. A rater whose name is the
        whole text comes first.

    Raises
    ------
    NotFoundError
        If nothing has this name.
    ProjectError
        If a moment or a threshold makes no sense.
    """
    for rater in project.raters():
        if rater.name == text:
            return _of_rater(rater)
    if found := _TOOL.fullmatch(text):
        return _of_tool(found[1].lower().replace("-", ""), found[2])
    if found := _RUN.fullmatch(text):
        if not (found[1].isascii() and found[1].isdigit()):
            raise NotFoundError(f"{text!r} names no model run: write run: and its number, for example run:3.")
        return _of_run(project.store.model_runs.get(int(found[1])), _threshold(text, found[2]))
    name, mark, moment = text.rpartition("@")
    if mark:
        return _of_rater_then(project.store.people.rater(name), moment)
    names = ", ".join(rater.name for rater in project.raters()) or "nobody yet"
    raise NotFoundError(
        f"No rater named {text!r} in this project; there are: {names}. Other sources are NAME@2026-01-31, "
        "openface, pyfeat and run:NUMBER."
    )


def source_text(source: Source) -> str:
    """How a source is written so that :func:`source_named` reads it."""
    if source.kind is SourceKind.RATER:
        return source.name
    if source.at is not None:
        whole_day = source.at.timetz() == time.max.replace(tzinfo=UTC)
        return (
            f"{source.name}@{source.at:%Y-%m-%d}" if whole_day else f"{source.name}@{source.at.isoformat()}"
        )
    text = source.name if source.kind is SourceKind.TOOL else f"run:{source.name}"
    usual = source.threshold in (None, DEFAULT_THRESHOLD)
    return text if usual else f"{text}:{source.threshold!r}"


def _of_rater(rater: Rater) -> Source:
    return Source(SourceKind.RATER, rater.name, rater.name)


def _of_rater_then(rater: Rater, text: str) -> Source:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ProjectError(
            f"{text!r} is no day: write it as {rater.name}@2026-01-31, or with a time of day (UTC) as "
            f"{rater.name}@2026-01-31T14:30."
        ) from error
    whole_day = len(text) <= len("2026-01-31")
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    today = datetime.now(UTC)
    if at > today:
        raise ProjectError(
            f"{text} lies in the future: name a day on which {rater.name} had coded, or {rater.name} alone "
            "for the codes of today."
        )
    label = f"{rater.name}, {at.day} {_MONTHS[at.month - 1]} {at.year}"
    if whole_day:
        at = datetime.combine(at.date(), time.max, UTC)
    else:
        label += f" {at:%H:%M} UTC"
    return Source(SourceKind.THEN, rater.name, label, at=at)


def _of_tool(tool: str, threshold: str | None) -> Source:
    label = TOOL_NAMES[tool]
    if tool not in _THRESHOLDED:
        if threshold is not None:
            raise ProjectError(
                f"{label} says itself whether an action is there and takes no threshold: write {tool} alone."
            )
        return Source(SourceKind.TOOL, tool, label)
    limit = _threshold(f"{tool}:{threshold}", threshold)
    return Source(SourceKind.TOOL, tool, label + _limit_words(limit), limit)


def _of_run(run: ModelRun, threshold: float) -> Source:
    label = f"{run.model}, run {run.id}{_limit_words(threshold)}"
    return Source(SourceKind.MODEL, str(run.id), label, threshold)


def _limit_words(threshold: float) -> str:
    return "" if threshold == DEFAULT_THRESHOLD else f" from {threshold:g}"


def _threshold(whole: str, text: str | None) -> float:
    if text is None:
        return DEFAULT_THRESHOLD
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 <= value <= 1:
        raise ProjectError(f"{whole}: a threshold is a probability from 0 to 1, not {text!r}; 0.5 is usual.")
    return value
