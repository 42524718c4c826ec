"""Expressions that are kept in a study: which there are, and taking another recording in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from hrm_core.errors import InvalidFileError, ProjectError
from hrm_core.exchange.kept_expressions import read_kept, write_kept
from hrm_core.records.expressions import BY_HAND, ExpressionSource, FrameProbabilities, KeptExpressions
from hrm_core.workflows.prelabel_faces import held
from hrm_core.workflows.project import Project

__all__ = ["EXPRESSIONS_FOLDER", "keep_recordings", "kept_models", "require_model_name"]

EXPRESSIONS_FOLDER = "Expressions"
"""Folder of the files in a project."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+_-]{0,63}")

Recordings = Iterable[tuple[ExpressionSource, FrameProbabilities]]


def require_model_name(name: str) -> None:
    """Refuse a name that could not be a file's on every system, or is kept for people.

    Raises
    ------
    ProjectError
        Saying which names are allowed.
    """
    if not _NAME.fullmatch(name) or name.casefold() == BY_HAND:
        raise ProjectError(
            f"A model cannot be called {name!r}: use letters, digits, +, - and _, at most 64, and not "
            f"{BY_HAND}."
        )


def kept_models(project: Project) -> tuple[KeptExpressions, ...]:
    """Everything that is kept, by name; what people say comes last.

    Parameters
    ----------
    project : Project
        The open study.

    Raises
    ------
    InvalidFileError
        If a file is damaged, of another kind, made by a newer version or not named after its model.
    """
    folder = project.folder / EXPRESSIONS_FOLDER
    paths = [path for path in sorted(folder.glob("*.parquet")) if not path.name.startswith(".")]
    kept = [read_kept(path) for path in paths]
    for path, each in zip(paths, kept, strict=True):
        # A copy under another name would vote twice.
        if path.stem != each.model:
            raise InvalidFileError(
                f"{path} holds the expressions of {each.model}: name it {each.model}.parquet, or move it to "
                "another folder."
            )
    return tuple(sorted(kept, key=lambda each: (each.model == BY_HAND, each.model)))


def kept_recordings(project: Project, model: str) -> dict[tuple[str, str], ExpressionSource]:
    """Of which recordings a model's numbers are kept, by child and name.

    Parameters
    ----------
    project : Project
        The open study.
    model : str
        Its name.

    Raises
    ------
    InvalidFileError
        As :func:`kept_models`.
    """
    path = _path(project, model)
    there = read_kept(path).recordings if path.exists() else ()
    return {(source.participant, source.video): source for source, _ in there}


def keep_recordings(project: Project, model: str, new: Recordings, *, again: bool) -> None:
    """Keep a model's numbers of recordings beside those of others.

    Parameters
    ----------
    project : Project
        The open study.
    model : str
        Its name, or :data:`~hrm_core.records.expressions.BY_HAND`.
    new : iterable of (ExpressionSource, FrameProbabilities)
        Recording by recording.
    again : bool
        Replace what is kept of these recordings already.

    Raises
    ------
    ProjectError
        If something else is kept of one of them and `again` is False, or another program keeps
        expressions at this moment; nothing is changed.
    InvalidFileError
        If the file cannot be read or written; it stays as it was.
    """
    folder = project.folder / EXPRESSIONS_FOLDER
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise InvalidFileError(
            f"{folder} cannot be made ({error.strerror or error}): free some space or allow writing there."
        ) from error
    with held(folder / ".keep.lock") as free:
        if not free:
            raise ProjectError("Another program is keeping expressions now: wait for it and try again.")
        path = _path(project, model)
        there = read_kept(path).recordings if path.exists() else ()
        merged = {(source.participant, source.video): (source, rows) for source, rows in there}
        for source, rows in new:
            key = (source.participant, source.video)
            if not again and key in merged and merged[key][0].sha256 != source.sha256:
                raise ProjectError(
                    f"Other expressions of {model} are kept of video {source.video!r} of participant "
                    f"{source.participant}: use --again to replace them."
                )
            merged[key] = (source, rows)
        write_kept(path, KeptExpressions(model, tuple(merged[key] for key in sorted(merged))))


def _path(project: Project, model: str) -> Path:
    return project.folder / EXPRESSIONS_FOLDER / f"{model}.parquet"
