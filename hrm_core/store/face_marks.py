"""Read and write what people say about faces, and who saw uncovered eyes."""

from __future__ import annotations

import json

import sqlalchemy as sa

from hrm_core.records.face_mark import FaceMark, FaceMarkKind, Unmasking
from hrm_core.store.mapping import now
from hrm_core.store.schema import face_mark, rater, unmasking
from hrm_core.store.session import Database

__all__ = ["FaceMarks"]


class FaceMarks:
    """Marks of faces and eyes, and the log of unmaskings; neither forgets anything."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of_video(self, video_id: int) -> list[FaceMark]:
        """Marks that hold now, by frame."""
        query = sa.select(face_mark).where(face_mark.c.video_id == video_id).order_by(face_mark.c.id)
        newest: dict[tuple[int, bool], sa.RowMapping] = {}
        with self._db.reading() as connection:
            for row in connection.execute(query).mappings():
                newest[row["frame"], row["kind"] == FaceMarkKind.FACE] = row
        return [_to_mark(newest[place]) for place in sorted(newest) if not newest[place]["taken_back"]]

    def add(self, mark: FaceMark) -> None:
        """Write a mark; it holds in place of older ones of its frame.

        Raises
        ------
        StoreWriteError
            If it could not be written.
        """
        self._write(mark, taken_back=False)

    def take_back(self, mark: FaceMark) -> None:
        """Let a mark hold no more: what the detector says counts again.

        Raises
        ------
        StoreWriteError
            If it could not be written.
        """
        self._write(mark, taken_back=True)

    def _write(self, mark: FaceMark, *, taken_back: bool) -> None:
        with self._db.writing() as connection:
            connection.execute(
                sa.insert(face_mark).values(
                    at=now(),
                    rater_id=mark.rater_id,
                    video_id=mark.video_id,
                    frame=mark.frame,
                    kind=str(mark.kind),
                    points=json.dumps(mark.points),
                    taken_back=taken_back,
                )
            )

    def log_unmasking(
        self, rater_id: int, video_id: int | None, act: str, frames: tuple[int, int] | None = None
    ) -> None:
        """Write down that somebody is shown uncovered eyes, before they are.

        Parameters
        ----------
        rater_id : int
            Who.
        video_id : int or None
            Whose eyes; None where the right to see them is given.
        act : str
            What is done, in words.
        frames : (int, int), optional
            First and last frame, if not the whole recording.

        Raises
        ------
        StoreWriteError
            If it could not be written: then nothing is to be shown.
        """
        first, last = frames or (None, None)
        with self._db.writing() as connection:
            connection.execute(
                sa.insert(unmasking).values(
                    at=now(),
                    rater_id=rater_id,
                    video_id=video_id,
                    first_frame=first,
                    last_frame=last,
                    act=act,
                )
            )

    def unmaskings(self) -> list[Unmasking]:
        """Every unmasking, the oldest first."""
        query = (
            sa.select(unmasking, rater.c.name)
            .join(rater, rater.c.id == unmasking.c.rater_id)
            .order_by(unmasking.c.id)
        )
        with self._db.reading() as connection:
            return [
                Unmasking(
                    row["at"], row["name"], row["video_id"], row["first_frame"], row["last_frame"], row["act"]
                )
                for row in connection.execute(query).mappings()
            ]


def _to_mark(row: sa.RowMapping) -> FaceMark:
    points = tuple((float(x), float(y)) for x, y in json.loads(row["points"]))
    return FaceMark(row["video_id"], row["frame"], FaceMarkKind(row["kind"]), points, row["rater_id"])
