"""Give the answers of a rating session out: as label files with rating columns, and as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.exchange.hrm_csv import BEFORE_VIDEO, HrmLabels
from hrm_core.exchange.hrm_ratings import RatedLabels, require_rating_columns, write_hrm_ratings
from hrm_core.facs import ACTIONS
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.code_table import CodeTable
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Clip, Recording
from hrm_core.records.segments import segments
from hrm_core.records.words import counted
from hrm_core.workflows.group_mark import group_mark
from hrm_core.workflows.project import Project
from hrm_core.workflows.rating_answers import SessionAnswers, read_answers
from hrm_core.workflows.rating_sessions import log_unblinding, require_coordinator

__all__ = ["AnswerRow", "RatedLabelsReport", "export_rated_labels", "list_answers"]

_PAPER_POINTS = 5
_MOST_NAMED = 3

Span = tuple[int, int, int]
"""First and last frame that judges saw, and the row of the clip among the answers."""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One judge's answer on one clip.

    Attributes
    ----------
    clip : int
        Number of the clip in the results, which tells nothing.
    judge : str
        Who.
    score : int
        1 for the first point of the scale.
    second_score : int or None
        The answer on the same clip shown again; None where it was not.
    position : int or None
        0-based place in the judge's order; None of ratings that were imported.
    response_s : float or None
        Seconds from the end of the clip to the answer; None if not measured.
    replays : int
        How often it was played again.
    mean : float or None
        Mean of all judges' first answers on this clip.
    mean_blind : float or None
        That of the blind judges alone; None where all judges are of one kind, or no blind one rated it.
    participant, video : str
        Code and name; empty unless children are asked for.
    video_clip : int or None
        Number of the clip in its video; likewise.
    """

    clip: int
    judge: str
    score: int
    second_score: int | None = None
    position: int | None = None
    response_s: float | None = None
    replays: int = 0
    mean: float | None = None
    mean_blind: float | None = None
    participant: str = ""
    video: str = ""
    video_clip: int | None = None


@dataclass(frozen=True, slots=True)
class RatedLabelsReport:
    """What :func:`export_rated_labels` wrote.

    Attributes
    ----------
    files : tuple of pathlib.Path
        One per child (and video, where a child has several with rated clips).
    judges : tuple of str
        Whose columns there are.
    frames, clips : int
        Rows, and rated clips that they belong to.
    notes : tuple of str
        What the files do not hold or say, one sentence each.
    not_blind : tuple of str
        Those of the judges who were not blind; their answers are in the mean, too.
    """

    files: tuple[Path, ...]
    judges: tuple[str, ...]
    frames: int
    clips: int
    notes: tuple[str, ...] = ()
    not_blind: tuple[str, ...] = ()


def list_answers(
    project: Project, session: str, *, by: str | None = None, why: str = "", with_children: bool = False
) -> list[AnswerRow]:
    """All answers that count, by clip number and judge.

    Parameters
    ----------
    project : Project
        The open study.
    session : str
        Name of the session.
    by, why : str
        Coordinator, and the reason; only with children.
    with_children : bool
        Whether to say which child, video and clip each answer is about; this is logged.

    Raises
    ------
    NotFoundError
        If there is no such session, or no such rater.
    ProjectError
        If children are asked for without a coordinator and a reason.
    """
    answers = read_answers(project, session)
    if with_children:
        log_unblinding(project, answers.session, _coordinator(project, by, why), why, "answers with children")
    names = _children(project, answers) if with_children else {}
    table = answers.table
    seconds = {(entry.clip, entry.judge): entry.second for entry in table.repeats}
    rows = []
    of_blind = table.blind_means()
    for row in np.argsort(table.numbers, kind="stable").tolist():
        for column, judge in enumerate(table.judges):
            if not table.given[row, column]:
                continue
            position, response = table.positions[row, column], table.response_s[row, column]
            who, recording = names.get(answers.clips[row].video_id, (None, None))
            rows.append(
                AnswerRow(
                    clip=int(table.numbers[row]),
                    judge=judge.name,
                    score=int(table.scores[row, column]),
                    second_score=seconds.get((row, column)),
                    position=None if np.isnan(position) else int(position),
                    response_s=None if np.isnan(response) else float(response),
                    replays=int(table.replays[row, column]),
                    mean=float(np.nanmean(table.scores[row])),
                    mean_blind=None if np.isnan(of_blind[row]) else float(of_blind[row]),
                    participant=who.code if who else "",
                    video=recording.name if recording else "",
                    video_clip=answers.clips[row].number if who else None,
                )
            )
    return rows


def export_rated_labels(
    project: Project,
    session: str,
    into: Path,
    *,
    rater: str | None = None,
    by: str | None,
    why: str,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> RatedLabelsReport:
    """Write label files with a column for each judge: all of them, or nothing.

    Answers are joined to children, so this needs a coordinator, and is logged before anything
    is written.

    Parameters
    ----------
    project : Project
        The open study.
    session : str
        Name of the session.
    into : pathlib.Path
        A new or empty folder; files are laid out in it as in ``Label``.
    rater : str, optional
        Whose codes; may be left out if only one rater has coded.
    by, why : str
        Coordinator, and the reason.
    progress : Progress, optional
        Told of videos.
    cancel : CancelToken, optional
        Asked between them; nothing is left.

    Raises
    ------
    NotFoundError
        If a name is unknown, nobody has rated, or the rater coded no frame of a rated clip.
    ProjectError
        Without a coordinator and a reason; if the scale has not 5 points, names of judges cannot
        be columns, rated clips touch, a child has no group, or the folder is not empty.
    InvalidFileError
        If a file cannot be written; then none is there.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    actor = _coordinator(project, by, why)
    answers = read_answers(project, session)
    _require_format(answers)
    _require_empty(into)
    coder = project.coder(rater)
    rated = _rated_clips(answers)
    tables: list[tuple[Participant, Recording, CodeTable, list[Span]]] = []
    names = _children(project, answers)
    progress.start("Reading labels", len(rated))
    for video_id, spans in rated.items():
        cancel.raise_if_cancelled()
        who, recording = names[video_id]
        table = project.store.codings.table(coder.id, video_id, carried=False)
        tables.append((who, recording, table, spans))
        progress.advance()
    progress.finish()
    files, rows = _files(project, answers, into, tables)
    if not files:
        raise NotFoundError(f"{coder.name} has coded no frame of the rated clips: name another coder.")
    log_unblinding(project, answers.session, actor, why, f"label files with the codes of {coder.name}")
    write_hrm_ratings(files)
    frames = sum(len(entry.labels.frames) for entry in files.values())
    notes = _notes(project, answers, coder, tables, rows)
    judges = [answers.table.judges[column] for column in answers.table.active]
    names_of = tuple(judge.name for judge in judges)
    not_blind = tuple(judge.name for judge in judges if not judge.blind)
    return RatedLabelsReport(tuple(files), names_of, frames, len(rows), tuple(notes), not_blind)


def _require_format(answers: SessionAnswers) -> None:
    name, points = answers.session.name, len(answers.presentation.scale)
    if points != _PAPER_POINTS:
        raise ProjectError(
            f"The scale of {name!r} has {points} points, but columns of label files go from 0 to 4: write "
            "the answers with hrm rating results --csv."
        )
    if not answers.table.active:
        raise NotFoundError(f"Nobody has rated anything in {name!r} yet.")
    require_rating_columns([answers.table.judges[column].name for column in answers.table.active])


def _require_empty(into: Path) -> None:
    try:
        empty = not into.exists() or (into.is_dir() and not any(into.iterdir()))
    except OSError as error:
        raise ProjectError(f"{into} cannot be read ({error.strerror}): choose another folder.") from error
    if not empty:
        raise ProjectError(f"{into} is not empty: name a new folder, so that no other label files lie there.")


def _coordinator(project: Project, by: str | None, why: str) -> Rater:
    """Who may join answers to children, refused before anything is told of a child."""
    if not by or not why.strip():
        raise ProjectError(
            "Answers are joined to children only for a coordinator, and with a reason, which are logged: "
            "say --by NAME --why TEXT."
        )
    return require_coordinator(project, by)


def _children(project: Project, answers: SessionAnswers) -> Mapping[int, tuple[Participant, Recording]]:
    """Child and recording of every video with rated clips."""
    videos = {clip.video_id for clip in answers.clips}
    return {
        recording.id: (who, recording) for who, recording in project.recordings() if recording.id in videos
    }


def _rated_clips(answers: SessionAnswers) -> dict[int, list[Span]]:
    """What judges saw of each recording, without clips that nobody rated."""
    rated: dict[int, list[Span]] = {}
    for row, clip in enumerate(answers.clips):
        if answers.table.given[row].any():
            rated.setdefault(clip.video_id, []).append((*_seen(answers, clip), row))
    return {video: sorted(spans) for video, spans in sorted(rated.items())}


def _seen(answers: SessionAnswers, clip: Clip) -> tuple[int, int]:
    """The frames that judges saw, also where the clip has other ones now."""
    shown = answers.prepared.get(clip.id)
    return (shown.first_frame, shown.last_frame) if shown else (clip.first_frame, clip.last_frame)


def _files(
    project: Project,
    answers: SessionAnswers,
    into: Path,
    tables: list[tuple[Participant, Recording, CodeTable, list[Span]]],
) -> tuple[dict[Path, RatedLabels], set[int]]:
    """Contents by file, and the rows of the answers that are in them."""
    files: dict[Path, RatedLabels] = {}
    rows: set[int] = set()
    videos = [who.id for who, _, _, _ in tables]
    columns = answers.table.active
    judges = tuple(answers.table.judges[column].name for column in columns)
    scores = np.nan_to_num(answers.table.scores[:, columns]).astype(np.int8)
    for who, recording, table, spans in tables:
        of_frame = _clip_of_frames(who, recording, table, spans)
        kept = of_frame >= 0
        if not kept.any():
            continue
        frames, of_frame = table.frames[kept], of_frame[kept]
        runs = segments(frames)
        firsts = np.searchsorted(frames, [first for first, _ in runs])
        labels = HrmLabels(frames, table.codes[kept], group_mark(project, who))
        name = f"Participant-{who.code}"
        if videos.count(who.id) > 1:
            name += f"{BEFORE_VIDEO}{recording.name}"
        path = into / project.group_folder(who) / f"{name}.csv"
        files[path] = RatedLabels(labels, tuple(runs), judges, scores[of_frame[firsts]])
        rows |= set(of_frame.tolist())
    return files, rows


def _clip_of_frames(
    who: Participant, recording: Recording, table: CodeTable, spans: list[Span]
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The clip that each coded frame lies in, by its row among the answers; -1 for none.

    Raises
    ------
    ProjectError
        If frames of two clips follow one another: the format tells clips apart by gaps only.
    """
    of_frame = np.full(len(table.frames), -1, dtype=np.int64)
    place = np.full(len(table.frames), -1, dtype=np.int64)
    for at, (first, last, row) in enumerate(spans):
        inside = (table.frames >= first) & (table.frames <= last)
        if (of_frame[inside] >= 0).any():
            raise _touching(who, recording, spans[at - 1], spans[at])
        of_frame[inside], place[inside] = row, at
    meet = (np.diff(table.frames) == 1) & (np.diff(place) != 0) & (place[1:] >= 0) & (place[:-1] >= 0)
    if meet.any():
        at = int(np.flatnonzero(meet)[0])
        raise _touching(who, recording, spans[place[at]], spans[place[at + 1]])
    return of_frame


def _touching(who: Participant, recording: Recording, one: Span, other: Span) -> ProjectError:
    return ProjectError(
        f"Two rated clips of participant {who.code}, video {recording.name!r}, have no gap between them "
        f"(frames {one[0]}–{one[1]} and {other[0]}–{other[1]}), and a label file tells clips apart by gaps "
        "alone: write the answers with hrm rating results --csv --with-children."
    )


def _notes(
    project: Project,
    answers: SessionAnswers,
    coder: Rater,
    tables: list[tuple[Participant, Recording, CodeTable, list[Span]]],
    rows: set[int],
) -> Iterator[str]:
    """What the files do not hold, or do not say."""
    yield from _about_blinding(answers)
    without: list[str] = []
    missing, partly = 0, 0
    for who, recording, table, spans in tables:
        for first, last, row in spans:
            coded = int(((table.frames >= first) & (table.frames <= last)).sum())
            left = last - first + 1 - coded
            missing += left if coded else 0
            partly += bool(coded and left)
            if row not in rows:
                clip = answers.clips[row]
                without.append(f"participant {who.code}, video {recording.name!r}, clip {clip.number}")
    if without:
        more = f" and {len(without) - _MOST_NAMED} more" if len(without) > _MOST_NAMED else ""
        yield (
            f"{counted(len(without), 'rated clip')} without a frame that {coder.name} coded "
            f"{'is' if len(without) == 1 else 'are'} left out with all answers: "
            f"{'; '.join(without[:_MOST_NAMED])}{more}."
        )
    if missing:
        yield (
            f"In {counted(partly, 'rated clip')}, {counted(missing, 'frame')} without confirmed codes of "
            f"{coder.name} {'is' if missing == 1 else 'are'} left out."
        )
    unrated = len(answers.clips) - int(answers.table.given.any(axis=1).sum())
    if unrated:
        yield f"{counted(unrated, 'clip')} of the session that nobody rated left out."
    if not coder.sees_eyes:
        upper = ", ".join(action.key for action in ACTIONS if action.group == "upper")
        yield (
            f"{coder.name} does not see eyes: in the columns {upper} a 0 does not mean absent, which the "
            "format cannot say."
        )


def _about_blinding(answers: SessionAnswers) -> Iterator[str]:
    """Whose answers the mean holds; each judge's column lets anybody take the mean of the blind ones."""
    judges = [answers.table.judges[column] for column in answers.table.active]
    others = [judge.name for judge in judges if not judge.blind]
    blind = [judge.name for judge in judges if judge.blind]
    if others:
        ones = f"the mean of the blind ones is that of Abnormal-{', Abnormal-'.join(blind)}"
        yield (
            "Abnormal-avg is the mean of all judges, also of those who were not blind "
            f"({', '.join(others)}); {ones if blind else 'nobody who rated was blind'}."
        )
