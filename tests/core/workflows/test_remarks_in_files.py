"""Intensities, doubts and notes in files beside the label file, out and in again."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hrm_core.errors import ConflictError, InvalidFileError, NotFoundError, ProjectError, UserError
from hrm_core.facs import INTENSITIES
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.people import Rater
from hrm_core.records.recording import Recording
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.back_up import back_up, restore
from hrm_core.workflows.check_dataset import check_dataset
from hrm_core.workflows.exchange_hrm_csv import import_hrm_csv
from hrm_core.workflows.export_hrm_csv import export_hrm_csv
from hrm_core.workflows.list_doubts import list_doubts
from hrm_core.workflows.project import Project
from tests.support.builders import codings


def _film(project: Project, name: str = "play") -> Recording:
    who = project.store.people.participant("S1")
    return project.store.recordings.add(Recording(0, who.id, name))


def _coded(project: Project, film: Recording, name: str = "Ada") -> Rater:
    """Six frames: AU12 C, doubtful on 2 and 3; a note on AU25 and on a frame."""
    coder = add_rater(project, name)
    for frame in range(6):
        codes = (
            ActionCode("AU12", 2, "C", doubtful=frame in (2, 3), note="speech?" if frame in (2, 3) else ""),
            ActionCode("AU25", 1, note='a "lisp",\nperhaps' if frame == 5 else ""),
        )
        project.store.codings.save(
            FrameCoding(coder.id, film.id, frame, codes, comment="嘴角" if frame == 4 else "")
        )
    return coder


def _said(project: Project, coder: Rater, film: Recording) -> dict[int, tuple[object, ...]]:
    found = project.store.codings.of_video(coder.id, film.id)
    return {frame: (said.codes, said.comment, said.doubtful) for frame, said in found.items()}


@pytest.fixture
def exported(project: Project, tmp_path: Path) -> Path:
    """The label file of six frames, with both files beside it."""
    _coded(project, _film(project))
    report = export_hrm_csv(project, tmp_path / "out", notes=True)
    assert [path.name for path in report.beside] == [
        "Participant-S1.intensity.csv",
        "Participant-S1.notes.csv",
    ]
    return report.files[0]


def test_the_files_say_it_in_columns_that_any_program_reads(exported: Path) -> None:
    with exported.with_suffix(".intensity.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["frame"] for row in rows] == list("012345")
    assert {(row["AU12"], row["AU25"]) for row in rows} == {("C", "")}
    with exported.with_suffix(".notes.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["frame", "action", "doubtful", "note"],
            ["2", "AU12", "1", "speech?"],
            ["3", "AU12", "1", "speech?"],
            ["4", "", "0", "嘴角"],
            ["5", "AU25", "0", 'a "lisp",\nperhaps'],
        ]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.integers(0, 60), codings(), min_size=1, max_size=6))
def test_what_was_said_comes_back(project: Project, tmp_path: Path, film_of: dict[int, FrameCoding]) -> None:
    number = len(project.raters())
    first, second = add_rater(project, f"A{number}"), add_rater(project, f"B{number}")
    film = _film(project, f"play {number}")
    for frame, coding in film_of.items():
        # A label file holds no state and no origin.
        codes = tuple(replace(code, origin=Origin.HUMAN) for code in coding.codes)
        coding = replace(coding, rater_id=first.id, video_id=film.id, frame=frame, codes=codes)
        project.store.codings.save(replace(coding, state=CodingState.CODED))
    out = tmp_path / f"{number}"
    [file] = export_hrm_csv(project, out, rater=first.name, notes=True).files
    import_hrm_csv(project, [out], rater=second.name, video=film.name, participant="S1")
    assert _said(project, second, film) == _said(project, first, film)
    again = import_hrm_csv(project, [file], rater=second.name, video=film.name, participant="S1")
    assert (again.added, again.replaced, again.unchanged) == (0, 0, len(film_of))
    assert project.store.verify().sound


def test_a_file_beside_is_read_however_its_name_is_cased(project: Project, exported: Path) -> None:
    exported.with_suffix(".intensity.csv").rename(exported.with_suffix(".Intensity.CSV"))
    report = import_hrm_csv(project, [exported], rater="Bo", participant="S1")
    assert (report.intensities, report.remarks) == (6, 4)


def test_intensities_are_a_table_like_that_of_the_codes(project: Project, exported: Path) -> None:
    codes, graded = project.codes(), project.intensities()
    assert codes.index.equals(graded.index)
    assert list(codes.columns) == list(graded.columns)
    assert set(graded.dtypes.astype(str)) == {"uint8"}
    assert graded["AU12"].tolist() == [INTENSITIES.index("C") + 1] * 6
    assert not graded.drop(columns="AU12").to_numpy().any()


def test_a_file_beside_that_would_not_be_written_anew_stops_an_export(
    project: Project, exported: Path
) -> None:
    """It may be the only copy of what somebody wrote; an import would take it for the new labels'."""
    before = {path.name: path.read_bytes() for path in exported.parent.iterdir()}
    assert len(before) == 3
    with pytest.raises(ProjectError, match=r"S1\.intensity\.csv would not .*2 such files.*move it away"):
        export_hrm_csv(project, exported.parent.parent, intensities=False)
    assert {path.name: path.read_bytes() for path in exported.parent.iterdir()} == before
    exported.with_suffix(".intensity.csv").unlink()
    exported.with_suffix(".notes.csv").unlink()
    report = export_hrm_csv(project, exported.parent.parent, intensities=False)
    assert report.beside == ()
    assert [path.name for path in exported.parent.iterdir()] == ["Participant-S1.csv"]


def test_a_label_file_alone_keeps_what_it_cannot_say(project: Project, exported: Path) -> None:
    coder = project.coder("Ada")
    film = next(project.recordings("S1"))[1]
    for end in (".intensity.csv", ".notes.csv"):
        exported.with_suffix(end).unlink()
    before = _said(project, coder, film)
    exported.write_text(
        exported.read_text().replace("\n2,0,0,0,0,0,0,0,0,0,0,2,", "\n2,0,0,0,0,0,0,0,0,0,0,3,")
    )
    report = import_hrm_csv(project, [exported], rater="Ada", replace_codes=True)
    assert (report.replaced, report.unchanged) == (1, 5)
    now = _said(project, coder, film)
    assert {frame: now[frame] for frame in now if frame != 2} == {f: before[f] for f in before if f != 2}
    # Another side, as strong and as doubtful as before.
    assert now[2][0][0] == ActionCode("AU12", 3, "C", doubtful=True, note="speech?")  # type: ignore[index]


def test_other_notes_are_a_conflict_and_the_history_keeps_the_old_ones(
    project: Project, exported: Path
) -> None:
    coder = project.coder("Ada")
    film = next(project.recordings("S1"))[1]
    before = _said(project, coder, film)
    notes = exported.with_suffix(".notes.csv")
    notes.write_text('frame,action,doubtful,note\n1,AU25,1,"new"\n', encoding="utf-8")
    with pytest.raises(ConflictError, match="5 frames are coded differently"):
        import_hrm_csv(project, [exported], rater="Ada")
    assert _said(project, coder, film) == before
    rehearsed = import_hrm_csv(project, [exported], rater="Ada", replace_codes=True, dry_run=True)
    assert (rehearsed.replaced, rehearsed.intensities, rehearsed.remarks) == (5, 6, 1)
    assert _said(project, coder, film) == before
    import_hrm_csv(project, [exported], rater="Ada", replace_codes=True)
    assert [(d.doubt.first, d.doubt.action, d.doubt.note) for d in list_doubts(project, coder)] == [
        (1, "AU25", "new")
    ]
    last = project.store.history.log(coder.id, film.id)[-1]
    old = {f: (c.codes, c.comment, c.doubtful) for f, c in last.before.items() if c is not None}
    assert old == {frame: before[frame] for frame in range(1, 6)}
    now = _said(project, coder, film)
    backup = back_up(project)
    second = project.store.codings.get(coder.id, film.id, 1)
    assert second is not None
    project.store.codings.save(second.with_remark("AU25", doubtful=False, note=""))
    assert not list_doubts(project, coder)
    project.store.history.undo(coder.id, film.id)
    assert _said(project, coder, film) == now
    project.store.history.redo(coder.id, film.id)
    assert not list_doubts(project, coder)
    assert project.store.verify().sound
    restore(project, backup)
    assert _said(project, coder, film) == now


def _edit(end: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    def act(labels: Path) -> None:
        path = labels.with_suffix(end)
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8", newline="")

    return act


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            _edit(".intensity.csv", lambda t: t.replace(",C,", ",F,", 1)),
            r"row 2, column AU12: 'F' is not an int",
        ),
        (
            _edit(".intensity.csv", lambda t: t.replace("\n1,,", "\n1,A,", 1)),
            r"row 3, column AU1: by the label f",
        ),
        (_edit(".intensity.csv", lambda t: t.replace("\n1,", "\n0,", 1)), r"row 3: frame 0 stands in row 2"),
        (
            _edit(".intensity.csv", lambda t: t.replace("\n5,", "\n9,", 1)),
            r"row 7: frame 9 is not in the label",
        ),
        (_edit(".intensity.csv", lambda t: t[: t.rindex("\n5,") + 1]), "the row of frame 5 is missing"),
        (_edit(".intensity.csv", lambda t: t.replace("AU12", "AU11", 1)), "the column 'AU11' is too much"),
        (_edit(".intensity.csv", lambda t: t[:-8]), r"row 7: \d+ cells instead of 36"),
        (
            _edit(".notes.csv", lambda t: t.replace("2,AU12,1", "2,AU12,2")),
            "row 2, column doubtful: '2' is neither",
        ),
        (
            _edit(".notes.csv", lambda t: t.replace("2,AU12", "2,AU4")),
            "row 2: by the label file AU4 is absent",
        ),
        (_edit(".notes.csv", lambda t: t.replace("2,AU12", "2,12")), "'12' is no action of the label file"),
        (
            _edit(".notes.csv", lambda t: t.replace("3,AU12", "2,AU12")),
            "frame 2, AU12 stands in row 2 already",
        ),
        (_edit(".notes.csv", lambda t: t.replace("3,AU12", "x,AU12")), "'x' is not a whole number"),
        (_edit(".notes.csv", lambda t: t.replace("action,", "")), "the column 'action' is missing"),
        (_edit(".notes.csv", lambda t: t.replace("speech?", "a\x00b", 1)), "no text|no table"),
        (_edit(".notes.csv", lambda t: t[:-3]), "this is no table"),
        (
            _edit(".notes.csv", lambda t: t.replace("frame,", "frame;")),
            "the column 'frame;action' is too much",
        ),
    ],
)
def test_a_damaged_file_beside_is_refused_and_nothing_is_imported(
    project: Project, exported: Path, spoil: Callable[[Path], None], message: str
) -> None:
    spoil(exported)
    with pytest.raises(InvalidFileError, match=message):
        import_hrm_csv(project, [exported], rater="Bo", participant="S1")
    assert [rater.name for rater in project.raters()] == ["Ada"]


def test_a_file_without_its_labels_is_not_passed_over_in_silence(project: Project, exported: Path) -> None:
    alone = Path(shutil.copy(exported.with_suffix(".notes.csv"), exported.parent / "S2.notes.csv"))
    with pytest.raises(
        NotFoundError, match=r"S2\.notes\.csv belongs to S2\.csv, which is not among the files"
    ):
        import_hrm_csv(project, [exported.parent], rater="Bo")
    with pytest.raises(UserError, match="not among the files"):
        import_hrm_csv(project, [alone], rater="Bo")


def test_the_check_takes_no_file_beside_for_labels(project: Project) -> None:
    _coded(project, _film(project))
    export_hrm_csv(project, notes=True)
    assert len(list((project.folder / "Label").rglob("*.csv"))) == 3
    assert not [finding for finding in check_dataset(project.folder).findings if "Label" in finding.message]
