"""Make, open and find studies, and read their labels as tables."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hrm_core
from hrm_core.config import PROJECT_FILE
from hrm_core.errors import NotFoundError, ProjectError, StoreError
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.people import Participant
from hrm_core.records.rating import Rating
from hrm_core.records.recording import Recording
from hrm_core.workflows import back_up
from hrm_core.workflows.add_participant import add_participant, add_rater, change_participant
from hrm_core.workflows.project import (
    Project,
    create_project,
    find_project,
    is_store_lost,
    open_project,
    restore_lost_store,
)
from tests.support.builders import KEYS, random_table


def test_a_new_study_has_the_folders_of_the_release(project: Project) -> None:
    found = {path.name for path in project.folder.iterdir()}
    assert {"Origin Videos", "Convert Frames", "Aligned Face", "Neutral Frames", "Label"} <= found
    assert {PROJECT_FILE, "labels.sqlite"} <= found
    for kind in ("Origin Videos", "Label", "Neutral Frames"):
        assert {path.name for path in (project.folder / kind).iterdir()} == {"ASD", "TD"}


def test_a_study_is_opened_by_folder_file_or_url(project: Project) -> None:
    for path in (project.folder, project.folder / PROJECT_FILE, project.store.url):
        with hrm_core.open_project(str(path)) as opened:
            assert [who.code for who in opened.participants()] == ["S1", "S2"]


def test_a_moved_study_opens_where_it_is_now(project: Project, tmp_path: Path) -> None:
    project.close()
    shutil.move(project.folder, tmp_path / "moved")
    with open_project(tmp_path / "moved") as opened:
        assert len(opened.participants()) == 2


def test_a_study_is_found_from_below(project: Project) -> None:
    below = project.folder / "Label" / "ASD"
    assert find_project(below) == find_project(project.folder) == project.folder
    with pytest.raises(ProjectError, match=r"is not in a project: .*--project.*hrm init"):
        find_project(project.folder.parent)


def test_a_study_is_not_made_over_another(project: Project) -> None:
    with pytest.raises(ProjectError, match="is a project already"):
        create_project(project.folder)
    assert len(project.participants()) == 2


@pytest.mark.parametrize("group", ["", " ", "a/b", "a\\b", "A:B"])
def test_groups_must_be_names_of_folders(tmp_path: Path, group: str) -> None:
    with pytest.raises(ProjectError, match="cannot name a folder"):
        create_project(tmp_path / "x", groups=("TD", group))
    assert not (tmp_path / "x").exists()


def test_a_file_in_the_way_is_explained(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("", encoding="utf-8")
    with pytest.raises(ProjectError, match=r"cannot be made .*choose another folder"):
        create_project(tmp_path / "x")


def test_a_url_of_nothing_is_explained(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="name a file or a postgresql:// URL"):
        open_project("ftp://host/labels")


def test_two_studies_do_not_share_labels(project: Project, tmp_path: Path) -> None:
    with create_project(tmp_path / "other") as other:
        assert other.participants() == []


# ---- tables -----------------------------------------------------------------------------


def test_codes_are_a_table_by_participant_video_and_frame(project: Project) -> None:
    ada = add_rater(project, "Ada")
    films = [
        project.store.recordings.add(Recording(0, who.id, name))
        for who, name in zip(project.participants(), ("play", "snack"), strict=True)
    ]
    given = [random_table(ada.id, film.id, 4, film.id) for film in films]
    project.store.codings.import_tables(given, actor_id=ada.id, reason="f")
    hidden = FrameCoding(ada.id, films[0].id, 9, state=CodingState.NOT_CODABLE)
    project.store.codings.save(hidden)
    codes = project.codes()
    assert list(codes.columns) == list(KEYS)
    assert set(codes.dtypes) == {np.dtype("uint8")}
    assert codes.index.names == ["participant", "video", "frame"]
    assert codes.index.tolist() == [("S1", "play", n) for n in range(4)] + [
        ("S2", "snack", n) for n in range(4)
    ]
    assert np.array_equal(codes.to_numpy(), np.vstack([table.codes for table in given]))
    assert len(project.codes("Ada", participant="S2")) == len(project.codes(video="play")) == 4
    assert project.codes(participant="S1").loc[("S1", "play", 2), "AU1"] == given[0].codes[2, 0]
    for wrong in ({"rater": "Bo"}, {"participant": "S9"}, {"video": "gone"}):
        with pytest.raises(NotFoundError, match=next(iter(wrong.values()))):
            project.codes(**wrong)


def test_a_rater_without_codes_has_an_empty_table(project: Project) -> None:
    add_rater(project, "Ada")
    for film in (None, "play"):
        if film:
            project.store.recordings.add(Recording(0, project.participants()[0].id, film))
        codes = project.codes("Ada")
        assert codes.shape == (0, 35)
        assert codes.index.names == ["participant", "video", "frame"]
        assert set(codes.dtypes) == {np.dtype("uint8")}


def test_recordings_without_codes_do_not_disturb_the_table(project: Project) -> None:
    ada = add_rater(project, "Ada")
    for who in project.participants():
        film = project.store.recordings.add(Recording(0, who.id, "play"))
    project.store.codings.import_tables([random_table(ada.id, film.id, 3)], actor_id=ada.id, reason="f")
    codes = project.codes()
    assert len(codes) == 3
    assert set(codes.dtypes) == {np.dtype("uint8")}


def test_ratings_are_a_table(project: Project) -> None:
    judge = add_rater(project, "Cy")
    film = project.store.recordings.add(Recording(0, project.participants()[0].id, "play"))
    (clip,) = project.store.recordings.add_clips(film.id, [(0, 9)])
    session = project.store.ratings.add_session("first", "?")
    project.store.ratings.add(session, [Rating(judge.id, clip.id, 4, response_s=1.5)])
    table = project.ratings()
    assert isinstance(table, pd.DataFrame)
    assert table.to_dict("records") == [
        {
            "session": "first",
            "participant": "S1",
            "video": "play",
            "clip": 1,
            "judge": "Cy",
            "score": 4,
            "position": 0,
            "response_s": 1.5,
            "replays": 0,
            "repeat": False,
        }
    ]


# ---- people -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", ["", " ", "a/b", "..", "S1.2", "S:1", "S12TD", "asd 3", "S1__2", "S1\n", "S\x001", "a\tb"]
)
def test_codes_must_name_files_and_tell_nothing(project: Project, code: str) -> None:
    if code == "S1\n":
        code = "S\n1"
    with pytest.raises(ProjectError, match=r"cannot name a file|would tell blind coders"):
        add_participant(project, code)
    assert len(project.participants()) == 2


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"group": "ADHD"}, "no group 'ADHD'; its groups are: ASD, TD"),
        ({"sex": "x"}, "give F or M"),
        ({"age_years": -1}, "-1 years cannot be right"),
        ({"age_years": 999}, "999 years cannot be right"),
        ({"age_years": float("nan")}, "nan years cannot be right"),
    ],
)
def test_facts_of_a_child_are_checked(project: Project, facts: dict[str, object], message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        add_participant(project, "S3", **facts)
    with pytest.raises(ProjectError, match=message):
        change_participant(project, "S1", **facts)
    assert project.store.people.participant("S1") == Participant(1, "S1", "ASD")


def test_what_is_left_out_of_a_correction_stays(project: Project) -> None:
    add_participant(project, " 儿童 7 ", group="TD", sex="F", age_years=3.5)
    changed = change_participant(project, "儿童 7", age_years=4.0)
    assert changed == project.store.people.participant("儿童 7") == Participant(3, "儿童 7", "TD", "F", 4.0)


def test_a_rater_needs_a_name(project: Project) -> None:
    with pytest.raises(ProjectError, match="needs a name"):
        add_rater(project, "  ")


# ---- backups ----------------------------------------------------------------------------


def test_a_backup_is_due_once_an_hour(project: Project) -> None:
    first = back_up.back_up_if_due(project)
    assert first is not None
    assert first.parent == project.folder / "backups"
    assert back_up.back_up_if_due(project) is None
    # As if it had been made long ago.
    first.rename(first.with_name("labels-20200101T000000.000000Z.sqlite"))
    assert back_up.back_up_if_due(project) is not None
    assert len(back_up.backups(project)) == 2


def test_restore_takes_the_newest_backup(project: Project) -> None:
    with pytest.raises(StoreError, match="no backup yet"):
        back_up.restore(project)
    back_up.back_up(project)
    add_participant(project, "S3")
    newest = back_up.back_up(project)
    add_participant(project, "S4")
    restored, safety = back_up.restore(project)
    assert restored == newest
    assert [who.code for who in project.participants()] == ["S1", "S2", "S3"]
    back_up.restore(project, safety)
    assert [who.code for who in project.participants()] == ["S1", "S2", "S3", "S4"]
    assert back_up.verify(project).sound


def test_a_lost_store_comes_back_from_the_newest_backup(project: Project) -> None:
    assert restore_lost_store(project.folder) is None
    newest = back_up.back_up(project)
    project.close()
    (project.folder / "labels.sqlite").unlink()
    with pytest.raises(ProjectError, match=r"is missing: .*hrm store restore"):
        open_project(project.folder)
    assert is_store_lost(project.folder)
    restored = restore_lost_store(project.folder)
    assert restored is not None
    assert restored[0] == newest
    with open_project(project.folder) as opened:
        assert len(opened.participants()) == 2
