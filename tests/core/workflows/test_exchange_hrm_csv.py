"""Label files in and out of a study: all of them, or nothing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from hrm_core.errors import ConflictError, InvalidFileError, NotFoundError, ProjectError, UserError
from hrm_core.exchange.hrm_csv import HrmLabels, read_hrm_csv, write_hrm_csvs
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.recording import Recording
from hrm_core.workflows.add_participant import add_rater, change_rater
from hrm_core.workflows.exchange_hrm_csv import import_hrm_csv
from hrm_core.workflows.export_hrm_csv import export_hrm_csv
from hrm_core.workflows.project import Project, create_project
from tests.support.builders import code_grids, random_table, table


def _labels(frames: int = 5, asd: int | None = 1, seed: int = 0) -> HrmLabels:
    codes = random_table(1, 1, frames, seed)
    return HrmLabels(codes.frames, codes.codes, asd)


def _file(folder: Path, name: str, labels: HrmLabels | None = None) -> Path:
    path = folder / name
    write_hrm_csvs({path: labels or _labels()})
    return path


def _film(project: Project, code: str, name: str = "play", frames: int | None = None) -> Recording:
    who = project.store.people.participant(code)
    return project.store.recordings.add(Recording(0, who.id, name, frame_count=frames))


def _everything(project: Project) -> tuple[object, ...]:
    """All that an import could leave behind."""
    store = project.store
    raters = store.people.raters()
    recordings = store.recordings.of_participant()
    logs = [store.history.log(rater.id, entry.id) for rater in raters for entry in recordings]
    return store.people.participants(), raters, recordings, logs


# ---- whose labels a file holds ------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Participant-S1.csv", "S1"),
        ("participant S1.csv", "S1"),
        ("Participant-1.csv", "S1"),
        ("S1.csv", "S1"),
        ("1.csv", "S1"),
        ("S1ASD.csv", "S1"),
        ("S1_asd.csv", "S1"),
        ("S2TD.csv", "S2"),
        ("2.csv", "S2"),
    ],
)
def test_the_file_name_says_whose_labels_it_holds(
    project: Project, tmp_path: Path, name: str, code: str
) -> None:
    recording = _film(project, code)
    path = _file(tmp_path, name, _labels(asd=int(code == "S1")))
    report = import_hrm_csv(project, [path], rater="Ada")
    assert (report.files, report.frames, report.added, report.created) == (1, 5, 5, ())
    ada = project.store.people.rater("Ada")
    assert np.array_equal(project.store.codings.table(ada.id, recording.id).codes, _labels().codes)


def test_a_code_of_digits_comes_before_one_with_an_s(project: Project, tmp_path: Path) -> None:
    import_hrm_csv(project, [_file(tmp_path, "Participant-1.csv")], rater="Ada", create=True)
    assert [entry.code for entry in project.participants()] == ["S1", "S2"]


def test_a_participant_can_be_named(project: Project, tmp_path: Path) -> None:
    recording = _film(project, "S1")
    import_hrm_csv(project, [_file(tmp_path, "scan 2024.csv")], rater="Ada", participant="S1")
    assert project.store.codings.count(1) == {recording.id: 5}
    with pytest.raises(ProjectError, match="names one child, but there are 2 files"):
        import_hrm_csv(
            project, [_file(tmp_path, "a.csv"), _file(tmp_path, "b.csv")], rater="Ada", participant="S1"
        )


def test_participants_are_made_on_request_only(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "Label"
    _file(folder / "ASD", "S7.csv", _labels(asd=1))
    _file(folder / "TD", "S8TD.csv", _labels(asd=0))
    before = _everything(project)
    with pytest.raises(NotFoundError, match=r"there is no participant 'S7' .*--create"):
        import_hrm_csv(project, [folder], rater="Ada")
    assert _everything(project) == before
    report = import_hrm_csv(project, [folder], rater="Ada", create=True)
    assert report.created == ("S7", "S8")
    groups = {entry.code: entry.group for entry in project.participants()}
    assert groups == {"S1": "ASD", "S2": "TD", "S7": "ASD", "S8": "TD"}


def test_a_file_without_rows_does_not_guess_a_group(project: Project, tmp_path: Path) -> None:
    empty = _labels(0, asd=None)
    _film(project, "S1")
    import_hrm_csv(project, [_file(tmp_path, "S1.csv", empty)], rater="Ada")
    import_hrm_csv(project, [_file(tmp_path, "S9.csv", empty)], rater="Ada", create=True)
    assert project.store.people.participant("S9").group is None


def test_with_three_groups_a_zero_does_not_say_which(tmp_path: Path) -> None:
    with create_project(tmp_path / "three", groups=("ASD", "TD", "ADHD")) as project:
        paths = [_file(tmp_path, "1.csv", _labels(asd=0)), _file(tmp_path, "2.csv", _labels(asd=1))]
        import_hrm_csv(project, paths, rater="Ada", create=True)
        assert [entry.group for entry in project.participants()] == [None, "ASD"]


def test_which_video_is_asked_where_there_are_several(project: Project, tmp_path: Path) -> None:
    first, second = _film(project, "S1", "play"), _film(project, "S1", "snack__2")
    path = _file(tmp_path, "S1.csv")
    with pytest.raises(NotFoundError, match=r"say which video of participant S1 .*'play', 'snack__2'"):
        import_hrm_csv(project, [path], rater="Ada")
    import_hrm_csv(project, [path], rater="Ada", video="play")
    import_hrm_csv(project, [_file(tmp_path, "S1__snack__2.csv")], rater="Ada")
    assert project.store.codings.count(1) == {first.id: 5, second.id: 5}


# ---- what is refused leaves nothing behind -----------------------------------------------------


def test_a_group_that_contradicts_the_participants_is_refused(project: Project, tmp_path: Path) -> None:
    _film(project, "S2")
    with pytest.raises(InvalidFileError, match="ASD says group ASD, but participant S2 is in TD"):
        import_hrm_csv(project, [_file(tmp_path, "S2.csv", _labels(asd=1))], rater="Ada")


def test_frames_behind_the_end_of_the_video_are_refused(project: Project, tmp_path: Path) -> None:
    _film(project, "S1", frames=12)
    labels = table(1, 1, [11, 12], np.zeros((2, 35)))
    path = _file(tmp_path, "S1.csv", HrmLabels(labels.frames, labels.codes, 1))
    with pytest.raises(InvalidFileError, match=r"frame 12 lies behind the end of video 'play'.*0 to 11"):
        import_hrm_csv(project, [path], rater="Ada")
    import_hrm_csv(project, [_file(tmp_path, "S1.csv", _labels(12))], rater="Ada")


def _broken(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")


def _group_in_name(path: Path) -> None:
    path.rename(path.with_name("ASD_9.csv"))


def _both_about_one(path: Path) -> None:
    shutil.copy(path, path.with_name("Participant-S3.csv"))


def _other_group(path: Path) -> None:
    write_hrm_csvs({path.with_name("S2.csv"): _labels(asd=1)})


@pytest.mark.parametrize("damage", [_broken, _group_in_name, _both_about_one, _other_group])
def test_one_bad_file_among_many_leaves_nothing_behind(
    project: Project, tmp_path: Path, damage: object
) -> None:
    """Also no participant, recording or rater, with --create."""
    folder = tmp_path / "in"
    for number in (3, 4, 5):
        _file(folder, f"S{number}.csv", _labels(seed=number))
    damage(folder / "S4.csv" if damage is not _both_about_one else folder / "S3.csv")
    before = _everything(project)
    with pytest.raises(UserError):
        import_hrm_csv(project, [folder], rater="Ada", create=True)
    assert _everything(project) == before
    assert project.store.verify().sound


def test_a_conflict_in_the_last_file_undoes_the_first(project: Project, tmp_path: Path) -> None:
    film = _film(project, "S2")
    ada = add_rater(project, "Ada")
    project.store.codings.save(FrameCoding(ada.id, film.id, 2).with_code("AU12", 3))
    before = _everything(project)
    paths = [_file(tmp_path, "S7.csv"), _file(tmp_path, "S2.csv", _labels(asd=0))]
    with pytest.raises(ConflictError, match=r"1 frames are coded differently .*--replace"):
        import_hrm_csv(project, paths, rater="Ada", create=True)
    assert _everything(project) == before
    report = import_hrm_csv(project, paths, rater="Ada", create=True, replace_codes=True)
    assert (report.added, report.replaced) == (9, 1)
    assert project.store.verify().sound


def test_a_dry_run_writes_nothing(project: Project, tmp_path: Path) -> None:
    before = _everything(project)
    report = import_hrm_csv(project, [_file(tmp_path, "S7.csv")], rater="Ada", create=True, dry_run=True)
    assert (report.dry_run, report.frames, report.created) == (True, 5, ("S7",))
    assert _everything(project) == before


def test_an_empty_folder_is_explained(project: Project, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFoundError, match="holds no CSV file"):
        import_hrm_csv(project, [tmp_path / "empty"], rater="Ada")


def test_what_a_person_should_look_at_is_noted(project: Project, tmp_path: Path) -> None:
    _film(project, "S1")
    path = _file(tmp_path, "S1.csv", _labels(3))
    lines = path.read_text(encoding="utf-8").splitlines()
    neutral = "0," * 35
    path.write_text(
        "\n".join([lines[0], f"9,{neutral}0,1", f"4,{neutral}1,1", f"5,{neutral.replace('0,', '2,')}0,1"]),
        encoding="utf-8",
    )
    notes = import_hrm_csv(project, [path], rater="Ada").notes
    assert len(notes) == 3
    assert "1 frames have neither an action nor AU0; taken as no action" in notes[0]
    assert "codes name a side their action cannot have" in notes[1]
    assert "out of order 1 times; sorted" in notes[2]


# ---- out and in again ---------------------------------------------------------------------------


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(grid=code_grids())
def test_what_is_exported_is_imported_the_same(project: Project, grid: tuple[list[int], np.ndarray]) -> None:
    frames, codes = grid
    ada = add_rater(project, "Ada")
    number = len(project.participants())
    from hrm_core.workflows.add_participant import add_participant

    add_participant(project, f"P{number}", group="TD")
    film = _film(project, f"P{number}")
    given_ = table(ada.id, film.id, frames, codes)
    project.store.codings.import_tables([given_], actor_id=ada.id, reason="typed")
    if not frames:
        with pytest.raises(NotFoundError, match="has not coded any frame"):
            export_hrm_csv(project, participant=f"P{number}", rater="Ada")
        return
    (path,) = export_hrm_csv(project, participant=f"P{number}", rater="Ada").files
    assert path == project.folder / "Label" / "TD" / f"Participant-P{number}.csv"
    assert import_hrm_csv(project, [path], rater="Ada").unchanged == len(frames)
    import_hrm_csv(project, [path], rater=f"Copy {number}")
    copy = project.store.people.rater(f"Copy {number}")
    assert np.array_equal(project.store.codings.table(copy.id, film.id).codes, codes)
    again = export_hrm_csv(project, project.folder / "again", rater=copy.name)
    assert again.files[0].read_bytes() == path.read_bytes()


def test_a_study_the_size_of_the_demo_goes_out_and_into_a_new_one(project: Project, tmp_path: Path) -> None:
    """Two coders, six children of which one has two videos."""
    people = ["S1", "S2", "S3", "S4", "S5", "S6"]
    for code in people[2:]:
        project.store.people.add_participant(replace(project.store.people.participant("S1"), id=0, code=code))
    raters = [add_rater(project, name) for name in ("Ada", "Bo")]
    films = [_film(project, code) for code in people] + [_film(project, "S6", "snack")]
    for seed, rater in enumerate(raters):
        tables = [random_table(rater.id, film.id, 300, 10 * seed + film.id) for film in films]
        project.store.codings.import_tables(tables, actor_id=rater.id, reason="demo")
    with create_project(tmp_path / "new") as new:
        for rater in raters:
            report = export_hrm_csv(project, tmp_path / rater.name, rater=rater.name)
            assert (len(report.files), report.frames, report.left_out) == (7, 2100, 0)
            done = import_hrm_csv(new, [tmp_path / rater.name], rater=rater.name, create=True)
            assert done.added == 2100
        assert [entry.code for entry in new.participants()] == people
        for rater in raters:
            old, copied = project.codes(rater.name), new.codes(rater.name)
            assert old.to_numpy().sum() > 0
            assert np.array_equal(old.to_numpy(), copied.to_numpy())
            assert old.index.droplevel("video").equals(copied.index.droplevel("video"))
        assert new.store.verify().sound


def test_frames_that_the_format_cannot_say_are_counted_not_written(project: Project) -> None:
    film, ada = _film(project, "S1"), add_rater(project, "Ada")
    for frame, state in enumerate(CodingState):
        project.store.codings.save(FrameCoding(ada.id, film.id, frame, state=state))
    report = export_hrm_csv(project)
    assert (report.frames, report.left_out, report.carried) == (2, 1, 1)
    assert read_hrm_csv(report.files[0]).frames.tolist() == [1, 2]
    # A checked frame is not contradicted by its own export.
    assert import_hrm_csv(project, [report.files[0]], rater="Ada").unchanged == 2
    again = export_hrm_csv(project, carried=True)
    assert read_hrm_csv(again.files[0]).frames.tolist() == [0, 1, 2]


def test_export_says_which_zeros_mean_nothing(project: Project) -> None:
    film = _film(project, "S1")
    for name, sees in (("Ada", True), ("Bo", False)):
        rater = change_rater(project, add_rater(project, name).name, sees_eyes=sees)
        project.store.codings.save(FrameCoding(rater.id, film.id, 0))
    assert export_hrm_csv(project, rater="Ada").unseen == ()
    assert export_hrm_csv(project, rater="Bo").unseen == ("AU1", "AU2", "AU4", "AU5", "AU6", "AU7", "AU43")


def test_export_names_what_is_missing(project: Project) -> None:
    with pytest.raises(NotFoundError, match="with --rater; frames were coded by: nobody yet"):
        export_hrm_csv(project)
    who = project.store.people.add_participant(
        replace(project.store.people.participant("S1"), id=0, code="S9", group=None)
    )
    film = project.store.recordings.add(Recording(0, who.id, "play"))
    for name in ("Ada", "Bo"):
        rater = add_rater(project, name)
        project.store.codings.save(FrameCoding(rater.id, film.id, 0))
    with pytest.raises(NotFoundError, match="frames were coded by: Ada, Bo"):
        export_hrm_csv(project)
    with pytest.raises(ProjectError, match=r"S9 has no group.* hrm set participant S9 --group"):
        export_hrm_csv(project, rater="Ada")
    with pytest.raises(NotFoundError, match="'S77'"):
        export_hrm_csv(project, rater="Ada", participant="S77")
    assert not list((project.folder / "Label").rglob("*.csv"))
