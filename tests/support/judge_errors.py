"""Every way in which a judge's sitting can fail, brought about for real."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from hrm_annotator.operations.sitting import begin_clip
from hrm_core.errors import InvalidFileError
from hrm_core.media.reader import VideoFile
from hrm_core.records.rating_plan import TrialKind
from hrm_core.records.sitting import SeatTrial
from hrm_core.workflows.project import open_project
from hrm_core.workflows.rating_sessions import close_session
from hrm_core.workflows.sit_for_rating import Sitting, open_sitting, seats_of
from tests.support.judging import SESSION
from tests.support.telling_study import JUDGE

__all__ = ["FAILURES", "change", "locked"]

Act = Callable[[], object]


def change(study: Path, statement: str, *values: object) -> None:
    """Change the store past the program."""
    with closing(sqlite3.connect(study / "labels.sqlite")) as plain, plain:
        plain.execute(statement, values)


def _seats(study: Path) -> Act:
    return lambda: seats_of(study)


def _open(study: Path) -> Act:
    return lambda: open_sitting(study, SESSION, JUDGE)


def _settings(text: str) -> Callable[[Path, ExitStack], Act]:
    def damage(study: Path, _: ExitStack) -> Act:
        (study / "hrm-project.toml").write_text(text, encoding="utf-8")
        return _open(study)

    return damage


def _changed(statement: str, *values: object) -> Callable[[Path, ExitStack], Act]:
    def damage(study: Path, _: ExitStack) -> Act:
        change(study, statement, *values)
        return _open(study)

    return damage


def _no_study(study: Path, _: ExitStack) -> Act:
    (study / "hrm-project.toml").unlink()
    return _seats(study)


def _no_store(study: Path, _: ExitStack) -> Act:
    (study / "labels.sqlite").unlink()
    return _seats(study)


def _garbled(study: Path, _: ExitStack) -> Act:
    (study / "labels.sqlite").write_bytes(b"Kestrel-41 Quillon " * 1000)
    return _seats(study)


def _folder(study: Path, stack: ExitStack) -> Act:
    act = _no_store(study, stack)
    (study / "labels.sqlite").mkdir()
    return act


def _sit(study: Path, stack: ExitStack) -> tuple[Sitting, SeatTrial]:
    sitting = stack.enter_context(open_sitting(study, SESSION, JUDGE))
    assert sitting.current is not None
    return sitting, sitting.current


def _meanwhile(happen: Callable[[Path, ExitStack], object]) -> Callable[[Path, ExitStack], Act]:
    def damage(study: Path, stack: ExitStack) -> Act:
        sitting, trial = _sit(study, stack)
        happen(study, stack)
        return lambda: sitting.answer(trial, 3)

    return damage


def _close(study: Path, _: ExitStack) -> None:
    with open_project(study) as project:
        close_session(project, SESSION)


def _closed(study: Path, stack: ExitStack) -> Act:
    _close(study, stack)
    return _open(study)


def _move(study: Path, _: ExitStack) -> None:
    (study / "labels.sqlite").rename(study / "moved away")


def locked(study: Path, stack: ExitStack) -> None:
    """Keep everybody else from writing until the stack is left."""
    plain = stack.enter_context(closing(sqlite3.connect(study / "labels.sqlite", isolation_level=None)))
    plain.execute("BEGIN IMMEDIATE")


def _restore(study: Path, _: ExitStack) -> None:
    change(study, "UPDATE store_info SET value = 'Kestrel-41' WHERE key = 'epoch'")


def _full(_: Path, stack: ExitStack) -> None:
    # Files cannot grow any more: what a full disk is to SQLite.
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    stack.callback(resource.setrlimit, resource.RLIMIT_FSIZE, before)


def _clip(spoil: Callable[[Path], object], *, known: bool = False) -> Callable[[Path, ExitStack], Act]:
    """Spoil the file of a clip; `known` as if it had been prepared so."""

    def damage(study: Path, stack: ExitStack) -> Act:
        sitting, trial = _sit(study, stack)
        (file,) = study.glob(f"Rating Clips/*/{trial.file}")
        spoil(file)
        if known:
            trial = replace(trial, sha256=hashlib.sha256(file.read_bytes()).hexdigest())
        return lambda: sitting.open_clip(trial)

    return damage


def _no_picture(study: Path, stack: ExitStack) -> Act:
    """A clip whose first frame the reader cannot decode; it says so of the file."""
    sitting, trial = _sit(study, stack)

    def damaged(video: VideoFile, number: int) -> object:
        raise InvalidFileError(f"Frame {number} of {video._path} is damaged in the file.")

    stack.enter_context(patch.object(VideoFile, "__getitem__", damaged))
    return lambda: begin_clip(sitting, trial)


def _another(file: Path) -> str:
    return next(path.name for path in sorted(file.parent.iterdir()) if path.read_bytes() != file.read_bytes())


def _to_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _refused(study: Path, stack: ExitStack) -> list[Act]:
    """What the store does not take, one after another."""
    sitting, trial = _sit(study, stack)
    check = next(entry for entry in sitting.trials if entry.kind is TrialKind.ATTENTION)
    return [
        lambda: sitting.open_clip(check),
        sitting.take_back,
        lambda: sitting.answer(trial, 6),
        lambda: sitting.answer(trial, 3, response_s=float("nan")),
        lambda: sitting.answer(replace(trial, position=99), 3),
        lambda: (sitting.answer(trial, 3), sitting.answer(trial, 3)),
    ]


def _refusal(number: int) -> Callable[[Path, ExitStack], Act]:
    return lambda study, stack: _refused(study, stack)[number]


_URL = 'name = "Larkspur"\nstore = "{}"\n'
FAILURES: dict[str, Callable[[Path, ExitStack], Act]] = {
    "no study": _no_study,
    "settings that are no TOML": _settings("name = Zwölfer ["),
    "a setting that is none": _settings('name = "Larkspur"\n"Kestrel-41" = "Quillon"\n'),
    "settings of a newer version": _settings('name = "Larkspur"\nformat = 99\n'),
    "a server that is not there": _settings(
        _URL.format("postgresql://Quillon:Kestrel-41@127.0.0.1:1/oleaster")
    ),
    "another kind of server": _settings(_URL.format("mysql://Quillon:Kestrel-41@marigold/oleaster")),
    "no address": _settings(_URL.format("Kestrel-41 oleaster")),
    "store gone": _no_store,
    "store garbled": _garbled,
    "store a folder": _folder,
    "store of a newer version": _changed("UPDATE alembic_version SET version_num = '9999'"),
    "store of an older version": _changed("UPDATE alembic_version SET version_num = '0006'"),
    "presentation damaged": _changed("UPDATE rating_session SET presentation = '{\"Kestrel-41\": 1}'"),
    "presentation no JSON": _changed("UPDATE rating_session SET presentation = 'Kestrel-41'"),
    "trial damaged": _changed("UPDATE rating_trial SET kind = 'Kestrel-41'"),
    "clips not prepared": _changed("DELETE FROM rating_clip"),
    "with sound": _changed(
        "UPDATE rating_session SET presentation = replace(presentation, ?, ?)",
        '"sound": false',
        '"sound": true',
    ),
    "closed": _closed,
    "closed meanwhile": _meanwhile(_close),
    "unknown judge": lambda study, _: lambda: open_sitting(study, SESSION, "Nobody"),
    "unknown session": lambda study, _: lambda: open_sitting(study, "No such", JUDGE),
    "moved meanwhile": _meanwhile(_move),
    "locked": _meanwhile(locked),
    "restored meanwhile": _meanwhile(_restore),
    "session gone meanwhile": _meanwhile(lambda study, _: change(study, "DELETE FROM rating_trial")),
    "clip gone": _clip(Path.unlink),
    "clip a folder": _clip(_to_folder),
    "another clip in its place": _clip(lambda file: shutil.copy(file.with_name(_another(file)), file)),
    "clip changed": _clip(lambda file: file.write_bytes(file.read_bytes() + b"Kestrel-41")),
    "clip no video": _clip(lambda file: file.write_bytes(b"Kestrel-41"), known=True),
    "clip cut off": _clip(lambda file: file.write_bytes(file.read_bytes()[:900]), known=True),
    "clip without its first picture": _no_picture,
    **{f"refused {number}": _refusal(number) for number in range(6)},
}
"""What goes wrong, by name: prepares it in a study, and gives what then fails with a UserError."""
if sys.platform != "win32":
    FAILURES["disk full"] = _meanwhile(_full)
