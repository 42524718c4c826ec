"""The handle of one open study."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from hrm_core import media
from hrm_core.config import PROJECT_FILE, StudySettings, read_settings, write_settings
from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.facs import ALL_ACTIONS, Action
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Recording
from hrm_core.store.backup import backups_in
from hrm_core.store.engine import sqlite_url
from hrm_core.store.label_store import LabelStore
from hrm_core.store.rescue import is_lost, rescue

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FEATURES",
    "Project",
    "create_project",
    "find_project",
    "is_store_lost",
    "open_project",
    "restore_lost_store",
    "store_url",
]

FEATURES = "InsightFace Features"
"""Folder of the face features, named as in the HRM release whichever detector found the faces."""

_FOLDERS = ("Origin Videos", "Convert Frames", "Aligned Face", "Neutral Frames", "Label")
_STORE_FILE = "labels.sqlite"
_BACKUPS = "backups"
_UNGROUPED = "Ungrouped"


class Project:
    """One open study: its folder, settings and labels.

    Attributes
    ----------
    folder : pathlib.Path
        The project folder.
    settings : StudySettings
        What ``hrm-project.toml`` says.
    store : LabelStore
        The labels, for workflows; windows and commands call those instead.
    """

    def __init__(self, folder: Path, settings: StudySettings, store: LabelStore) -> None:
        self.folder = folder
        self.settings = settings
        self.store = store

    def __enter__(self) -> Project:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the label store."""
        self.store.close()

    def participants(self, viewer: Rater | None = None) -> list[Participant]:
        """All participants as `viewer` may see them; without groups for a blind rater."""
        return self.store.people.participants(blind=viewer is not None and viewer.blind)

    def group_folder(self, participant: Participant) -> str:
        """Name of the folder of the participant's group."""
        return participant.group or _UNGROUPED

    def video_path(self, recording: Recording) -> Path:
        """Where the file of a recording is.

        Raises
        ------
        NotFoundError
            If only its labels are known, or the file is gone.
        """
        # Asked anew: a blind rater's view does not hold the path.
        stored = self.store.recordings.get(recording.id).path
        if stored is None:
            raise NotFoundError(
                f"Only labels are known of video {recording.name!r}: connect its file with "
                "hrm add video --replace."
            )
        path = self.folder / stored
        if not path.exists():
            raise NotFoundError(
                f"The file of video {recording.name!r} is not where it was: put it back, or connect it "
                "again with hrm video find."
            )
        return path

    def original_path(self, recording: Recording) -> Path:
        """Where the file of a recording is, if it is the one that was added.

        Raises
        ------
        NotFoundError
            As :meth:`video_path`.
        InvalidFileError
            If another file lies there now.
        """
        path = self.video_path(recording)
        if path.is_file() and recording.fingerprint not in (None, media.fingerprint(path)):
            raise InvalidFileError(
                f"The file of video {recording.name!r} is not the one that was added, so its frame numbers "
                "may mean other pictures: put the old file back, or connect this one with hrm video relink."
            )
        return path

    def identified(self, recording: Recording) -> Recording:
        """The recording with a fingerprint of its pictures, also where they lie in a folder.

        The store keeps none of folders, but what was found in one must not be taken for what
        is in another.  It stays None where the folder is not there.
        """
        path = None if recording.path is None else self.folder / recording.path
        if path is None or recording.fingerprint is not None or not path.is_dir():
            return recording
        return replace(recording, fingerprint=media.folder_fingerprint(path))

    def frames_folder(self, participant: Participant, recording: Recording) -> Path:
        """Where the extracted frames of a recording are, or go if there are none yet."""
        home, present = self.folder / "Convert Frames", self.group_folder(participant)
        below = Path(f"Participant-{participant.code}", recording.name)
        # In whichever group's folder: a group can be corrected after frames were extracted.
        groups = dict.fromkeys((present, *self.settings.groups, _UNGROUPED))
        there = [home / group / below for group in groups if (home / group / below).is_dir()]
        return there[0] if len(there) == 1 else home / present / below

    def face_path(self, kind: str, participant: Participant, recording: Recording) -> Path:
        """Where the faces of a recording are, or would be written.

        Parameters
        ----------
        kind : str
            ``"InsightFace Features"``, ``"Aligned Face"`` or ``"Face Crops"``.
        participant : Participant
            The child.
        recording : Recording
            The recording.

        Returns
        -------
        pathlib.Path
            A folder, or a Parquet file for features.
        """
        name = f"{recording.name}.parquet" if kind == FEATURES else recording.name
        home, present = self.folder / kind, self.group_folder(participant)
        groups = dict.fromkeys((present, *self.settings.groups, _UNGROUPED))
        places = [home / group / f"Participant-{participant.code}" / name for group in groups]
        return next((place for place in places if place.exists()), places[0])

    def neutral_path(self, code: str) -> Path | None:
        """The picture of a participant's neutral face; None if there is none."""
        # In whichever group's folder: a group can be corrected after the picture was taken.
        for folder in (*self.settings.groups, _UNGROUPED):
            for suffix in (".jpg", ".png", ".jpeg"):
                path = self.folder / "Neutral Frames" / folder / f"Participant-{code}{suffix}"
                if path.is_file():
                    return path
        return None

    def codes(
        self,
        rater: str | None = None,
        participant: str | None = None,
        video: str | None = None,
        *,
        carried: bool = False,
    ) -> pd.DataFrame:
        """Codes of all coded and checked frames.

        Parameters
        ----------
        rater : str, optional
            Name of the rater; may be left out if only one has coded.
        participant, video : str, optional
            Only this participant (code) or video (name).
        carried : bool
            Whether frames whose codes were carried there and never confirmed are in it, too.

        Returns
        -------
        pandas.DataFrame
            Index participant, video, frame; one uint8 column per action in the
            names and order of the label file.

        Raises
        ------
        NotFoundError
            If a name is unknown, or several raters have coded and none is named.
        """
        return self._frame_table(rater, participant, video, carried=carried, intensities=False)

    def intensities(
        self,
        rater: str | None = None,
        participant: str | None = None,
        video: str | None = None,
        *,
        carried: bool = False,
    ) -> pd.DataFrame:
        """Intensities of all coded and checked frames: rows and columns of :meth:`codes`.

        Parameters
        ----------
        rater, participant, video, carried
            As for :meth:`codes`.

        Returns
        -------
        pandas.DataFrame
            uint8: 1-5 for A-E, 0 where the action is absent or nobody said how strong it is.

        Raises
        ------
        NotFoundError
            If a name is unknown, or several raters have coded and none is named.
        """
        return self._frame_table(rater, participant, video, carried=carried, intensities=True)

    def _frame_table(
        self,
        rater: str | None,
        participant: str | None,
        video: str | None,
        *,
        carried: bool,
        intensities: bool,
    ) -> pd.DataFrame:
        import numpy as np
        import pandas as pd

        from hrm_core.records.columns import CODE_COLUMNS, CODE_DTYPE, CODES_INDEX

        coder = self.coder(rater)
        read = partial(self.store.codings.table, coder.id, carried=carried, intensities=intensities)
        tables = [
            (who.code, recording.name, read(recording.id))
            for who, recording in self.recordings(participant, video)
        ]
        sizes = [len(table) for _, _, table in tables]
        index = pd.MultiIndex.from_arrays(
            [
                np.repeat(np.array([code for code, _, _ in tables], dtype=object), sizes),
                np.repeat(np.array([name for _, name, _ in tables], dtype=object), sizes),
                np.concatenate([np.empty(0, np.int64), *(table.frames for _, _, table in tables)]),
            ],
            names=CODES_INDEX,
        )
        none = np.empty((0, len(CODE_COLUMNS)), CODE_DTYPE)
        found = (table.codes if table.intensities is None else table.intensities for _, _, table in tables)
        values = np.concatenate([none, *found])
        return pd.DataFrame(values, index=index, columns=list(CODE_COLUMNS))

    def ratings(self) -> pd.DataFrame:
        """All judges' answers; columns as ``records.columns.RATING_COLUMNS``."""
        import pandas as pd

        from hrm_core.records.columns import RATING_COLUMNS

        return pd.DataFrame(self.store.ratings.table(), columns=list(RATING_COLUMNS))

    def actions(self) -> tuple[Action, ...]:
        """Actions that this study codes, in the order experts see them.

        The 33, those the settings switch on, and whatever is coded already: a code
        that nobody could see or take off would be worse than a box too many.
        """
        extra = {*self.settings.extra_actions, *self.store.codings.actions_used()}
        return tuple(entry for entry in ALL_ACTIONS if entry.active or entry.key in extra)

    def raters(self) -> list[Rater]:
        """Everybody who codes or judges, in the order they joined."""
        return self.store.people.raters()

    def people(self) -> list[Rater]:
        """Everybody who codes or judges in person, in the order they joined.

        A consensus is a rater as well, but nobody is: it is offered to no one as who they are.
        """
        consensus = self.store.adjudications.consensus_raters()
        return [rater for rater in self.raters() if rater.id not in consensus]

    def coded_frames(self, rater: Rater) -> int:
        """How many frames a rater has coded in all."""
        return sum(self.store.codings.count(rater.id).values())

    def coder(self, name: str | None) -> Rater:
        """The rater of this name, or the only person who has coded.

        Raises
        ------
        NotFoundError
            If there is none, or several and none is named.
        """
        if name is not None:
            return self.store.people.rater(name)
        with_labels = [rater for rater in self.people() if self.store.codings.count(rater.id)]
        if len(with_labels) != 1:
            names = ", ".join(rater.name for rater in with_labels) or "nobody yet"
            raise NotFoundError(f"Say whose codes are meant, with --rater; frames were coded by: {names}.")
        return with_labels[0]

    def recordings(
        self, participant: str | None = None, video: str | None = None
    ) -> Iterator[tuple[Participant, Recording]]:
        """Participants with their recordings, all or only those named.

        Raises
        ------
        NotFoundError
            If `participant` or `video` is unknown.
        """
        found = False
        people = self.participants() if participant is None else [self.store.people.participant(participant)]
        for who in people:
            for recording in self.store.recordings.of_participant(who.id):
                if video in (None, recording.name):
                    found = True
                    yield who, recording
        if video is not None and not found:
            raise NotFoundError(f"No video named {video!r} here: hrm info lists the videos.")


def create_project(
    folder: Path,
    *,
    name: str | None = None,
    groups: tuple[str, ...] = ("ASD", "TD"),
    store_url: str = "",
    synthetic: bool = False,
) -> Project:
    """Make a new project folder with an empty label store.

    Parameters
    ----------
    folder : pathlib.Path
        New, or an existing folder without a project.
    name : str, optional
        Name of the study; the folder's if left out.
    groups : tuple of str
        Group names; the first is the one that the label file marks ``ASD`` = 1.
    store_url : str
        A PostgreSQL URL; empty keeps the labels in the folder.
    synthetic : bool
        Whether everything in it is generated.

    Raises
    ------
    ProjectError
        If there is a project already or the folder cannot be written.
    """
    folder = folder.resolve()
    if (folder / PROJECT_FILE).exists():
        raise ProjectError(f"{folder} is a project already: open it, or choose another folder.")
    if not groups:
        raise ProjectError("A study needs at least one group: name it, for example ASD.")
    for group in groups:
        if not group.strip(" .") or set(group) & set('/\\:*?"<>|'):
            raise ProjectError(f"Group {group!r} cannot name a folder: use letters, digits and blanks.")
    settings = StudySettings(
        name=name or folder.name, store=store_url, groups=groups, asd_group=groups[0], synthetic=synthetic
    )
    kinds = [folder / kind for kind in _FOLDERS]
    folders = [folder, *kinds, *(kind / group for kind in kinds for group in groups)]
    missing = [entry for entry in folders if not entry.exists()]
    try:
        return Project(folder, settings, _make_folder(folder, folders, settings))
    except BaseException:
        for entry in reversed(missing):
            # What somebody else has put there meanwhile stays.
            with suppress(OSError):
                entry.rmdir()
        raise


def _make_folder(folder: Path, folders: list[Path], settings: StudySettings) -> LabelStore:
    try:
        for entry in folders:
            entry.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectError(
            f"{folder} cannot be made ({error.strerror}): choose another folder or allow writing to it."
        ) from error
    url = store_url(folder, settings)
    store = LabelStore.create(url, folder / _BACKUPS)
    try:
        # Written last: a folder is a project only once everything else is there.
        write_settings(folder, settings)
    except BaseException:
        store.close()
        if not settings.store:
            for file in folder.glob(f"{_STORE_FILE}*"):
                file.unlink(missing_ok=True)
        raise
    return store


def open_project(path: str | Path) -> Project:
    """Open a project.

    Parameters
    ----------
    path : str or pathlib.Path
        The project folder, its ``hrm-project.toml``, or the URL of a label store
        (then videos are looked for relative to the current folder).

    Raises
    ------
    ProjectError
        If it is no project, is damaged, or a newer version of the program made it.
    StoreError
        If its label store cannot be read.
    """
    if "://" in str(path):
        settings = StudySettings(name=str(path).rpartition("/")[2], store=str(path))
        return Project(Path.cwd(), settings, LabelStore.open(str(path), Path.cwd() / _BACKUPS))
    folder = Path(path).expanduser().resolve()
    if folder.name == PROJECT_FILE:
        folder = folder.parent
    settings = read_settings(folder)
    return Project(folder, settings, LabelStore.open(store_url(folder, settings), folder / _BACKUPS))


def find_project(start: Path) -> Path:
    """The project folder that `start` is in or is itself.

    Raises
    ------
    ProjectError
        If neither it nor a folder above it is a project.
    """
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / PROJECT_FILE).is_file():
            return folder
    raise ProjectError(
        f"{start} is not in a project: go to a project folder, name one with --project, "
        "or make one with hrm init."
    )


def is_store_lost(path: Path) -> bool:
    """Whether the label store of the project in `path` is gone or too damaged to be opened."""
    folder = path.resolve()
    return is_lost(store_url(folder, read_settings(folder)))


def restore_lost_store(path: Path, source: Path | None = None) -> tuple[Path, Path] | None:
    """Go back to a backup of a project whose label store is gone or too damaged to be opened.

    Parameters
    ----------
    path : pathlib.Path
        The project folder.
    source : pathlib.Path, optional
        The backup; the newest one if left out.

    Returns
    -------
    (pathlib.Path, pathlib.Path) or None
        The backup, and the folder with what is left of the damaged files; None
        if the store is not lost.

    Raises
    ------
    StoreError
        If there is no backup or it is damaged.
    """
    if not is_store_lost(path):
        return None
    folder = path.resolve()
    url = store_url(folder, read_settings(folder))
    known = backups_in(folder / _BACKUPS)
    chosen = source if source is not None else (known[-1] if known else folder / _BACKUPS)
    return chosen, rescue(url, chosen, folder / _BACKUPS)


def store_url(folder: Path, settings: StudySettings) -> str:
    """URL of the label store of the project in `folder`."""
    return settings.store or sqlite_url(folder / _STORE_FILE)
