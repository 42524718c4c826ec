"""How far the check of a clip is: read off the codes and the log, and what may be answered now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hrm_core.errors import ProjectError
from hrm_core.facs import action
from hrm_core.records.check import (
    Answer,
    CheckAnswer,
    CheckEvent,
    CheckGroup,
    CheckLog,
    CodeRun,
    Codings,
    code_runs_by_action,
    digests_of,
    whole_digest,
)

__all__ = ["ActionStanding", "CheckStanding", "GroupStanding", "settled_by_verdict", "standing", "to_answer"]


@dataclass(frozen=True, slots=True)
class ActionStanding:
    """One action of the clip that is checked.

    Attributes
    ----------
    key : str
        The action.
    runs : tuple of CodeRun
        Where it is coded now.
    before : tuple of CodeRun
        Where the first pass coded it.
    digest : str
        Of its codes now.
    answer : CheckAnswer or None
        The final answer that holds.
    verdict : Answer or None
        What was said while the codes were hidden, until a final answer follows.
    is_judged : bool
        Whether it was answered in this check, be it of codes that were changed since.
    """

    key: str
    runs: tuple[CodeRun, ...]
    before: tuple[CodeRun, ...]
    digest: str
    answer: CheckAnswer | None
    verdict: Answer | None
    is_judged: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether its answer holds."""
        return self.answer is not None

    @property
    def is_changed(self) -> bool:
        """Whether the second pass changed its codes."""
        return self.runs != self.before

    @property
    def is_omission(self) -> bool:
        """Whether the first pass said nothing of it, and now it is coded."""
        return not self.before and bool(self.runs)

    @property
    def differs(self) -> bool:
        """Whether a verdict on hidden codes and the codes contradict one another."""
        return self.verdict is not None and (self.verdict is Answer.SEEN) != bool(self.runs)


@dataclass(frozen=True, slots=True)
class GroupStanding:
    """One group of the clip that is checked.

    Attributes
    ----------
    group : CheckGroup
        Its title and actions.
    actions : tuple of ActionStanding
        In the same order.
    hides : bool
        Whether codes stay hidden until every action was judged.
    """

    group: CheckGroup
    actions: tuple[ActionStanding, ...]
    hides: bool

    @property
    def is_settled(self) -> bool:
        """Whether every answer holds."""
        return all(entry.is_settled for entry in self.actions)

    @property
    def is_revealed(self) -> bool:
        """Whether the coder may see the codes of the first pass."""
        # What was seen once is known: to hide an action again because its coder changes it is no use.
        return not self.hides or all(
            entry.is_settled or entry.verdict or entry.is_judged for entry in self.actions
        )

    @property
    def concealed(self) -> frozenset[str]:
        """Actions whose codes the coder is not to see yet."""
        if self.is_revealed:
            return frozenset()
        return frozenset(entry.key for entry in self.actions if not entry.is_settled)


@dataclass(frozen=True, slots=True)
class CheckStanding:
    """How far one coder is with the check of one clip.

    Attributes
    ----------
    first, last : int
        Frames of the clip, both included.
    groups : tuple of GroupStanding
        From top to bottom of the face.
    start : CheckEvent or None
        Of the newest check.
    submission : CheckEvent or None
        The submission that counts.
    digest : str
        Of all codes of the clip now.
    """

    first: int
    last: int
    groups: tuple[GroupStanding, ...]
    start: CheckEvent | None
    submission: CheckEvent | None
    digest: str

    @property
    def missing(self) -> tuple[str, ...]:
        """Keys of the actions without an answer that holds."""
        return tuple(entry.key for group in self.groups for entry in group.actions if not entry.is_settled)

    @property
    def is_complete(self) -> bool:
        """Whether every action has an answer that holds."""
        return not self.missing

    @property
    def changed_since(self) -> bool:
        """Whether codes differ from those that were submitted."""
        return self.submission is not None and self.submission.digest != self.digest

    @property
    def concealed(self) -> frozenset[str]:
        """Actions whose codes the coder is not to see yet."""
        return frozenset(key for group in self.groups for key in group.concealed)

    def of(self, key: str) -> ActionStanding:
        """The standing of one action."""
        return next(entry for group in self.groups for entry in group.actions if entry.key == key)


def standing(
    codings: Codings, frames: range, log: CheckLog, groups: Sequence[CheckGroup], *, hides: bool
) -> CheckStanding:
    """How far the check of a clip is.

    Parameters
    ----------
    codings : mapping of int to FrameCoding
        What the coder says, by frame; frames outside the clip may be in it.
    frames : range
        Frames of the clip.
    log : CheckLog
        Of this coder and recording; what is about other frames counts for nothing.
    groups : sequence of CheckGroup
        What is to be answered.
    hides : bool
        Whether codes are hidden until the coder has judged.
    """
    here = log.of_frames(frames[0], frames[-1])
    newest = {entry.action: entry for entry in here.answers}
    start, digests = here.last_start, digests_of(codings, frames)
    runs = code_runs_by_action(codings, frames)

    def stand(key: str) -> ActionStanding:
        return _stand(runs.get(key, ()), digests[key], key, newest.get(key), start)

    return CheckStanding(
        frames[0],
        frames[-1],
        tuple(GroupStanding(group, tuple(map(stand, group.actions)), hides) for group in groups),
        start,
        here.submission,
        whole_digest(digests),
    )


def _stand(
    runs: tuple[CodeRun, ...], digest: str, key: str, newest: CheckAnswer | None, start: CheckEvent | None
) -> ActionStanding:
    final = newest is not None and newest.answer.is_final
    holds = newest if newest is not None and final and newest.digest == digest else None
    before = runs
    if start is not None:
        before = tuple(CodeRun(*run) for run in start.detail.get("codes", {}).get(key, ()))
    verdict = newest.answer if newest is not None and not final else None
    return ActionStanding(key, runs, before, digest, holds, verdict, _is_after(newest, start))


def _is_after(newest: CheckAnswer | None, start: CheckEvent | None) -> bool:
    """Whether an answer was given in the newest check; one without a time was given just now."""
    if newest is None:
        return False
    return start is None or start.at is None or newest.at is None or newest.at >= start.at


def to_answer(group: GroupStanding, key: str, *, present: bool) -> tuple[Answer, dict[str, Any]]:
    """What is written down when a coder says that an action is, or is not, in the clip.

    Parameters
    ----------
    group : GroupStanding
        The group it stands in.
    key : str
        The action.
    present : bool
        Whether the coder says that it is there, as it is coded now.

    Returns
    -------
    (Answer, dict)
        The answer and its detail.

    Raises
    ------
    ProjectError
        If the codes say otherwise: then they have to be changed first.
    """
    entry = next(found for found in group.actions if found.key == key)
    if not group.is_revealed:
        return (Answer.SEEN if present else Answer.NOT_SEEN), {}
    name = f"{action(key).kind}{action(key).label}"
    if present and not entry.runs:
        raise ProjectError(f"{name} is not coded in this clip: say that it is absent, or code it.")
    if not present and entry.runs:
        raise ProjectError(f"{name} is coded in this clip: say that it is right, change it or remove it.")
    return _final(entry)


def settled_by_verdict(group: GroupStanding) -> list[tuple[str, Answer, dict[str, Any]]]:
    """Answers that follow by themselves once every action of a hidden group was judged.

    Where the verdict and the codes of the first pass agree there is nothing to resolve.
    """
    if not group.is_revealed:
        return []
    return [
        (entry.key, *_final(entry))
        for entry in group.actions
        if entry.verdict is not None and not entry.is_settled and not entry.differs
    ]


def _final(entry: ActionStanding) -> tuple[Answer, dict[str, Any]]:
    detail: dict[str, Any] = {}
    if entry.verdict is not None:
        detail["verdict"] = str(entry.verdict)
    if not entry.is_changed:
        return (Answer.AS_CODED if entry.runs else Answer.ABSENT), detail
    for name, runs in (("before", entry.before), ("after", entry.runs)):
        detail[name] = [[run.first, run.last, run.code, run.intensity] for run in runs]
    if entry.is_omission:
        detail["omission"] = True
    return Answer.CHANGED, detail
