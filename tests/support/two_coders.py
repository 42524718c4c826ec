"""A recording that two raters code and a third person adjudicates, and what must follow, done literally."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.adjudication import TAKEN_OVER, Decision, Dispute
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.people import Rater, Role
from hrm_core.records.recording import Recording
from hrm_core.workflows import adjudicate as adj
from hrm_core.workflows.add_participant import add_rater, change_rater
from hrm_core.workflows.project import Project

__all__ = ["Room", "literal", "new_room"]

_PEOPLE = (("Anna", Role.CODER), ("Ben", Role.CODER), ("Cleo", Role.ADJUDICATOR))
_COUNTED = (CodingState.CODED, CodingState.CHECKED)
Said = Mapping[int, FrameCoding]


@dataclass(frozen=True)
class Room:
    """A study with a recording that two raters code and a third person adjudicates."""

    project: Project
    film: Recording
    anna: Rater
    ben: Rater
    cleo: Rater

    def code(self, rater: Rater, frame: int, *codes: str, state: CodingState = CodingState.CODED) -> None:
        """Save what a rater says of a frame: ``"AU12=2C"``."""
        said = []
        for text in codes:
            key, _, value = text.partition("=")
            said.append(ActionCode(key, int(value[0]), value[1:] or None))
        old = self.project.store.codings.get(rater.id, self.film.id, frame)
        coding = FrameCoding(
            rater.id, self.film.id, frame, tuple(said), state, revision=old.revision if old else None
        )
        self.project.store.codings.save(coding)

    def said(self, rater: Rater) -> Said:
        """All that a rater says."""
        return self.project.store.codings.of_video(rater.id, self.film.id)

    def disputes(self, person: Rater | None = None, **only: Any) -> list[Dispute]:
        """What Anna and Ben disagree about on this recording."""
        found = adj.open_disagreements(
            self.project, person, self.anna, self.ben, video=self.film.name, **only
        )
        return list(found.disputes)

    def consensus(self) -> dict[int, object]:
        """What the store holds of the consensus."""
        rater = adj.consensus_rater(self.project, self.anna, self.ben)
        return {} if rater is None else _plain(self.said(rater))


def _plain(codings: Said) -> dict[int, object]:
    return {
        frame: (coding.state, [(code.action, code.code, code.intensity) for code in coding.codes])
        for frame, coding in codings.items()
    }


def literal(room: Room) -> dict[int, object]:
    """The consensus frame by frame and action by action, from the codings and the log alone."""
    anna, ben = room.said(room.anna), room.said(room.ben)
    raters = {rater.id: rater for rater in room.project.raters()}
    eyes = raters[room.anna.id].sees_eyes and raters[room.ben.id].sees_eyes
    newest: dict[tuple[int, str], Decision] = {}
    for entry in room.project.store.adjudications.log(room.anna.id, room.ben.id, room.film.id):
        for frame in range(entry.first_frame, entry.last_frame + 1):
            newest[frame, entry.action] = entry
    found: dict[int, object] = {}
    for frame in anna.keys() & ben.keys():
        one, other = anna[frame], ben[frame]
        marker = newest.get((frame, TAKEN_OVER))
        taken = marker is not None and not marker.taken_back
        if one.state is other.state is CodingState.NOT_CODABLE and taken:
            found[frame] = (CodingState.NOT_CODABLE, [])
        if one.state not in _COUNTED or other.state not in _COUNTED:
            continue
        codes, settled, disputed = [], True, False
        for key in [entry.key for entry in ALL_ACTIONS if eyes or entry.group != "upper"]:
            holds = first = one.code_of(key)
            if first != (second := other.code_of(key)):
                disputed = True
                known = newest.get((frame, key))
                if (
                    known is None
                    or known.taken_back
                    or (known.first_code, known.second_code) != (first, second)
                ):
                    settled = False
                    continue
                holds = known.code
            if holds:
                grades = {
                    entry.intensity if entry else None for entry in (one.entry_of(key), other.entry_of(key))
                }
                codes.append((key, holds, grades.pop() if len(grades) == 1 else None))
        if settled and (disputed or taken):
            found[frame] = (CodingState.CODED, codes)
    return dict(sorted(found.items()))


def new_room(project: Project, name: str) -> Room:
    """One more recording of the first child, which nobody has coded yet."""
    child = project.participants()[0]
    film = project.store.recordings.add(Recording(0, child.id, name, frame_count=100, fps=25.0))
    raters = [add_rater(project, name, role) for name, role in _PEOPLE]
    for rater in raters[:2]:
        change_rater(project, rater.name, sees_eyes=True)
    return Room(project, film, *(project.store.people.rater(rater.name) for rater in raters))
