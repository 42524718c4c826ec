"""Codes leave a study and come back: told first, all or nothing, and never as somebody else's."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hrm_core.errors import ConflictError, InvalidFileError, NotFoundError, ProjectError
from hrm_core.exchange.hrm_csv import HrmLabels, write_hrm_csvs
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.recording import Recording
from hrm_core.records.revision import RevisionKind
from hrm_core.workflows.add_participant import add_participant, add_rater
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.code_formats import FORMATS, format_of
from hrm_core.workflows.exchange_hrm_csv import import_hrm_csv
from hrm_core.workflows.export_hrm_csv import export_hrm_csv
from hrm_core.workflows.export_sheets import export_sheets
from hrm_core.workflows.import_sheet import import_sheets, plan_import, write_row_notes
from hrm_core.workflows.project import Project, create_project
from tests.support.builders import random_table

CODES: dict[int, FrameCoding] = {
    2: FrameCoding(0, 0, 2, (ActionCode("AU12", 2, "B", doubtful=True, note="weak"),), comment="嘴角"),
    3: FrameCoding(0, 0, 3, (ActionCode("AU12", 2, "C", Origin.CARRIED),), CodingState.CARRIED),
    4: FrameCoding(0, 0, 4, (), doubtful=True, seconds_spent=2.5),
    6: FrameCoding(0, 0, 6, (), CodingState.NOT_CODABLE),
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, film: Path) -> Iterator[tuple[Project, Recording]]:
    """A study with the child 7 (in a folder named by the group), and what Ada says of one film."""
    with create_project(tmp_path_factory.mktemp("out") / "研究 #1") as project:
        add_participant(project, "7", group="ASD")
        recording = add_video(project, "7", film, name="play")
        save(project, recording, "Ada", CODES)
        yield project, recording


def save(project: Project, recording: Recording, name: str, codes: dict[int, FrameCoding]) -> None:
    """Codes as a coder saves them."""
    rater = add_rater(project, name)
    said = {
        frame: replace(coding, rater_id=rater.id, video_id=recording.id) for frame, coding in codes.items()
    }
    known = project.store.codings.of_video(rater.id, recording.id)
    based_on = {frame: known[frame].revision if frame in known else None for frame in said}
    project.store.codings.save_frames(rater.id, recording.id, said, based_on=based_on)


def said_by(project: Project, recording: Recording, name: str) -> dict[int, FrameCoding]:
    """What a rater says, without numbers, times and revisions."""
    rater = add_rater(project, name)
    found = project.store.codings.of_video(rater.id, recording.id)
    return {
        frame: replace(c, rater_id=0, video_id=0, revision=None, changed_at=None, seconds_spent=0.0)
        for frame, c in found.items()
    }


def without_time(codes: dict[int, FrameCoding]) -> dict[int, FrameCoding]:
    """The same, as no file holds the time spent."""
    return {frame: replace(coding, seconds_spent=0.0) for frame, coding in codes.items()}


Export = Callable[[str], Path]


@pytest.fixture
def exported(study: tuple[Project, Recording], tmp_path: Path) -> Export:
    """Ada's codes as a file of a format."""

    def write(form: str) -> Path:
        (sheet,) = export_sheets(study[0], form, tmp_path / form, rater="Ada").sheets
        assert sheet.file is not None
        return sheet.file

    return write


@pytest.mark.parametrize("form", FORMATS)
def test_what_went_out_changes_nothing_when_it_comes_back(
    study: tuple[Project, Recording], exported: Export, form: str
) -> None:
    project, recording = study
    file = exported(form)
    assert file.name.startswith("Participant-7_play_Ada.")
    assert format_of(file).name == form
    data = file.read_bytes()
    assert b"ASD" not in data
    (plan,) = plan_import(project, [file])
    assert (plan.participant, plan.video, plan.rater, plan.notes) == ("7", "play", "Ada", ())
    assert (plan.added, plan.replaced, plan.unchanged) == ((), (), (2, 3, 4, 6))
    before = len(project.store.history.log(add_rater(project, "Ada").id, recording.id))
    assert import_sheets(project, [plan]).unchanged == 4
    assert len(project.store.history.log(add_rater(project, "Ada").id, recording.id)) == before


def test_losses_are_told_before_anything_is_written(study: tuple[Project, Recording], tmp_path: Path) -> None:
    report = export_sheets(study[0], "events", tmp_path / "new", dry_run=True)
    assert {loss.what: (loss.count, loss.frames) for loss in report.sheets[0].losses} == {
        "doubt about a code": (1, (2,)),
        "note on a code": (1, (2,)),
        "note on a frame": (1, (2,)),
        "origin of a code": (1, (3,)),
        "doubt about a frame": (1, (4,)),
        "time spent on a frame": (1, (4,)),
    }
    assert not (tmp_path / "new").exists()
    export_sheets(study[0], "events", tmp_path / "new")
    with pytest.raises(ProjectError, match="is there already"):
        export_sheets(study[0], "events", tmp_path / "new")


def test_codes_of_somebody_new_are_logged_with_all_that_is_said(
    study: tuple[Project, Recording], exported: Export
) -> None:
    project, recording = study
    (plan,) = plan_import(project, [exported("elan")], rater="Ben")
    assert plan.new_rater
    assert [note.message for note in plan.notes] == ["It names Ada; its codes are taken as those of Ben."]
    assert {rater.name for rater in project.raters()} == {"Ada"}, "a plan writes nothing"
    import_sheets(project, [plan], actor="Chris")
    assert said_by(project, recording, "Ben") == without_time(CODES)
    (entry,) = project.store.history.log(add_rater(project, "Ben").id, recording.id)
    assert (entry.kind, entry.reason) == (RevisionKind.IMPORT, "import elan")
    assert entry.actor_id == add_rater(project, "Chris").id
    assert set(entry.before.values()) == {None}


def test_frames_coded_differently_are_replaced_only_on_demand(
    study: tuple[Project, Recording], exported: Export
) -> None:
    project, recording = study
    file = exported("events")
    text = file.read_text(encoding="utf-8").replace("AU12,2,left,B", "AU12,3,right,B")
    file.write_text(text, encoding="utf-8")
    save(project, recording, "Dora", {**CODES, 9: FrameCoding(0, 0, 9)})
    (plan,) = plan_import(project, [file], rater="Dora")
    assert (plan.replaced, plan.unchanged, plan.untouched) == ((2,), (3, 4, 6), 1)
    with pytest.raises(ProjectError, match="something else of frame 2"):
        import_sheets(project, [plan])
    import_sheets(project, [plan], replace_codes=True)
    now = said_by(project, recording, "Dora")
    assert now[2].code_of("AU12") == 3
    # The table cannot say notes: those that are there stay.
    assert now[2].comment == "嘴角"
    assert now.keys() == {2, 3, 4, 6, 9}
    with pytest.raises(ConflictError, match="changed since"):
        import_sheets(project, [plan], replace_codes=True)


def test_nothing_is_imported_where_a_row_is_wrong(
    study: tuple[Project, Recording], exported: Export, tmp_path: Path
) -> None:
    project, recording = study
    good, bad = exported("csv"), tmp_path / "bad.csv"
    text = good.read_text(encoding="utf-8").replace(",Ada,6,", ",Ada,600,").replace("Ada", "Ede")
    bad.write_text(text, encoding="utf-8")
    plans = plan_import(project, [bad], "csv")
    with pytest.raises(InvalidFileError, match="behind the end"):
        import_sheets(project, plans)
    assert "Ede" not in {rater.name for rater in project.raters()}
    write_row_notes(tmp_path / "report.csv", plans)
    with (tmp_path / "report.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["where"], row["severity"]) == ("frame 600", "error")
    with pytest.raises(InvalidFileError, match="both hold codes"):
        plan_import(project, [good, good])
    assert said_by(project, recording, "Ada") == without_time(CODES)


def test_another_recording_or_coder_is_refused(
    study: tuple[Project, Recording], exported: Export, tmp_path: Path
) -> None:
    project, _ = study
    file = exported("csv")
    with pytest.raises(ProjectError, match="is about participant '7', not 'S1'"):
        plan_import(project, [file], participant="S1")
    with pytest.raises(ProjectError, match="holds the codes of Ada"):
        plan_import(project, [file], only_as=add_rater(project, "Fay"))
    bare = tmp_path / "bare.csv"
    bare.write_text("frame,action,code,frame_note\n5,AU1,1,\n")
    with pytest.raises(NotFoundError, match="which child"):
        plan_import(project, [bare])
    with pytest.raises(NotFoundError, match="whose codes"):
        plan_import(project, [bare], participant="7")
    (plan,) = plan_import(project, [bare], else_about=("7", "play"), only_as=add_rater(project, "Fay"))
    assert (plan.rater, plan.added) == ("Fay", (5,))


def test_no_file_brings_a_check_along(study: tuple[Project, Recording], tmp_path: Path) -> None:
    """Checked is what its own coder has checked; who gets the codes has not."""
    project, recording = study
    smile = (ActionCode("AU12", 2, "B"),)
    save(project, recording, "Kim", {2: FrameCoding(0, 0, 2, smile, CodingState.CHECKED)})
    (sheet,) = export_sheets(project, "events", tmp_path, rater="Kim").sheets
    assert sheet.file is not None
    (again,) = plan_import(project, [sheet.file])
    assert again.unchanged == (2,), "her own check stands"
    (plan,) = plan_import(project, [sheet.file], rater="Lee")
    assert any("1 frame checked by whoever coded the file" in note.message for note in plan.notes)
    import_sheets(project, [plan])
    assert said_by(project, recording, "Lee")[2].state is CodingState.CODED
    other = (replace(smile[0], code=3),)
    save(project, recording, "Kim", {2: FrameCoding(0, 0, 2, other, CodingState.CHECKED)})
    (back,) = plan_import(project, [sheet.file])
    import_sheets(project, [back], replace_codes=True)
    assert said_by(project, recording, "Kim")[2] == FrameCoding(0, 0, 2, smile, CodingState.CODED)


def test_who_does_not_see_eyes_gets_no_codes_around_them(
    study: tuple[Project, Recording], tmp_path: Path
) -> None:
    project, recording = study
    add_rater(project, "Gil", sees_eyes=False)
    file = tmp_path / "eyes.csv"
    file.write_text("participant,rater,frame,action,code,frame_note\n7,Gil,5,AU1,1,\n7,Gil,5,AU12,1,\n")
    plans = plan_import(project, [file])
    assert "frame 5 are left out" in plans[0].notes[-1].message
    import_sheets(project, plans)
    assert [code.action for code in said_by(project, recording, "Gil")[5].codes] == ["AU12"]
    assert "AU1" in export_sheets(project, "csv", tmp_path / "gil", rater="Gil").unseen
    # Codes from before the eyes were kept from Gil stay, and a frame with codes can be coded.
    gil = project.store.people.rater("Gil")
    project.store.codings.save(FrameCoding(gil.id, recording.id, 6, (ActionCode("AU1", 1),)))
    file.write_text("participant,rater,frame,state,action,code,frame_note\n7,Gil,6,not codable,,,\n")
    import_sheets(project, plan_import(project, [file]), replace_codes=True)
    kept = said_by(project, recording, "Gil")[6]
    assert (kept.state, [code.action for code in kept.codes]) == (CodingState.CODED, ["AU1"])


# ---- what others coded ----------------------------------------------------------------------------

_BORIS = """Observation id\tmonday

Time\tMedia file path\tTotal length\tFPS\tSubject\tBehavior\tModifiers\tComment\tStatus
0.080\ta.mp4\t4.00\t25.00\tinfant\tAU12\tleft\t\tSTART
0.200\ta.mp4\t4.00\t25.00\tinfant\tAU12\tleft\t\tSTOP
"""


def test_a_table_of_boris_is_known_by_its_columns_and_about_whom_one_says(
    study: tuple[Project, Recording], tmp_path: Path
) -> None:
    """Also below the lines that BORIS once wrote above; its subjects are no children of the study."""
    path = tmp_path / "monday.csv"
    path.write_text(_BORIS.replace("\t", ","))
    assert format_of(path).name == "boris-table"
    with pytest.raises(NotFoundError, match="name one with --participant"):
        plan_import(study[0], [path], rater="Eve")
    for about in ({"participant": "7"}, {"else_about": ("7", "play")}):
        (plan,) = plan_import(study[0], [path], rater="Eve", **about)
        assert (plan.participant, plan.video, plan.rater, plan.added) == ("7", "play", "Eve", (2, 3, 4))
        assert any("subject 'infant' in observation 'monday'" in note.message for note in plan.notes)


def test_a_name_that_breaks_a_message_in_two_is_refused(
    study: tuple[Project, Recording], exported: Export
) -> None:
    file = exported("events")
    file.write_bytes(file.read_bytes().replace(b",7,play,Ada", b',"7\x0cb",play,Ada'))
    with pytest.raises(InvalidFileError, match=r"the participant '7\\x0cb' has characters") as refused:
        plan_import(study[0], [file])
    assert len(str(refused.value).splitlines()) == 1


# ---- from a label file of the release and back ------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_labels_of_a_release_survive_the_way_through_other_programs(
    film: Path, tmp_path: Path, form: str
) -> None:
    labels = tmp_path / "in" / "Participant-7.csv"
    labels.parent.mkdir()
    codes = random_table(1, 1, 12, seed=3)
    write_hrm_csvs({labels: HrmLabels(codes.frames, codes.codes, 1)})
    with create_project(tmp_path / "study") as project:
        add_participant(project, "7", group="ASD")
        add_video(project, "7", film, name="play")
        import_hrm_csv(project, [labels], rater="Ada")
        report = export_sheets(project, form, tmp_path / "out")
        assert [sheet.losses for sheet in report.sheets] == [()]
        (plan,) = plan_import(project, [sheet.file for sheet in report.sheets if sheet.file], rater="Ben")
        import_sheets(project, [plan])
        (again,) = export_hrm_csv(project, tmp_path / "again", rater="Ben").files
    assert again.read_bytes() == labels.read_bytes()
