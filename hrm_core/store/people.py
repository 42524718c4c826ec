"""Read and write participants and raters."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.records.people import Participant, Rater, Role
from hrm_core.store.mapping import to_participant, to_rater
from hrm_core.store.schema import participant, rater
from hrm_core.store.session import Database

__all__ = ["People"]


class People:
    """Participants and raters of the study."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def participants(self, *, blind: bool = False) -> list[Participant]:
        """All participants in natural order of their codes.

        Parameters
        ----------
        blind : bool
            Withhold group and language scores; the database is not even asked.
        """
        hidden = {"group_name", "language_scores"} if blind else set()
        columns = [column for column in participant.c if column.name not in hidden]
        with self._db.reading() as connection:
            rows = connection.execute(sa.select(*columns)).mappings().all()
        return sorted((to_participant(row, blind=blind) for row in rows), key=_natural)

    def participant(self, code: str) -> Participant:
        """The participant with this code.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        with self._db.reading() as connection:
            row = (
                connection.execute(sa.select(participant).where(participant.c.code == code))
                .mappings()
                .first()
            )
        if row is None:
            codes = ", ".join(who.code for who in self.participants()) or "nobody yet"
            raise NotFoundError(
                f"No participant {code!r} in this project (there are: {codes}): correct the code, or add it "
                f"with hrm add participant {code}."
            )
        return to_participant(row)

    def add_participant(self, new: Participant) -> Participant:
        """Store a participant.

        Returns
        -------
        Participant
            With its number.

        Raises
        ------
        ProjectError
            If the code is taken.
        """
        with self._db.writing() as connection:
            self._db.lock(connection)
            if connection.scalar(sa.select(participant.c.id).where(participant.c.code == new.code)):
                raise ProjectError(f"Participant {new.code!r} is already in this project.")
            result = connection.execute(sa.insert(participant).values(_values(new)))
            (number,) = result.inserted_primary_key or (0,)
        return replace(new, id=number)

    def update_participant(self, changed: Participant) -> None:
        """Write everything about a participant again."""
        with self._db.writing() as connection:
            same = participant.c.id == changed.id
            connection.execute(sa.update(participant).where(same).values(_values(changed)))

    def raters(self) -> list[Rater]:
        """All raters in the order they joined."""
        with self._db.reading() as connection:
            rows = connection.execute(sa.select(rater).order_by(rater.c.id)).mappings().all()
        return [to_rater(row) for row in rows]

    def rater(self, name: str) -> Rater:
        """The rater with this name.

        Raises
        ------
        NotFoundError
            If there is none; the message lists those there are.
        """
        raters = self.raters()
        for known in raters:
            if known.name == name:
                return known
        names = ", ".join(known.name for known in raters) or "nobody yet"
        raise NotFoundError(f"No rater named {name!r} in this project; there are: {names}.")

    def ensure_rater(self, name: str, role: Role = Role.CODER, *, blind: bool = True) -> Rater:
        """The rater with this name, added if new; an existing one is left as it is."""
        with self._db.writing() as connection:
            self._db.lock(connection)
            row = connection.execute(sa.select(rater).where(rater.c.name == name)).mappings().first()
            if row is not None:
                return to_rater(row)
            # A judge looks at the whole impression once; nobody gets to see eyes without need.
            new = Rater(0, name, role, blind, sees_eyes=role is not Role.JUDGE)
            values = {"name": name, "role": str(role), "blind": blind, "sees_eyes": new.sees_eyes}
            result = connection.execute(sa.insert(rater).values(values))
            (number,) = result.inserted_primary_key or (0,)
        return replace(new, id=number)

    def update_rater(self, changed: Rater) -> None:
        """Write role, blinding and the right to see eyes of a rater again."""
        with self._db.writing() as connection:
            values = {"role": str(changed.role), "blind": changed.blind, "sees_eyes": changed.sees_eyes}
            connection.execute(sa.update(rater).where(rater.c.id == changed.id).values(values))


def _values(entry: Participant) -> dict[str, Any]:
    return {
        "code": entry.code,
        "group_name": entry.group,
        "sex": entry.sex,
        "age_years": entry.age_years,
        "language_scores": json.dumps(dict(entry.language_scores), ensure_ascii=False),
        "consent": entry.consent,
    }


def _natural(entry: Participant) -> tuple[int, str, str]:
    digits = "".join(filter(str.isdigit, entry.code))
    return (int(digits) if digits else -1, entry.code.casefold(), entry.code)
