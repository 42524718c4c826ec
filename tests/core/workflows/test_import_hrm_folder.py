"""A folder of the release becomes a project: the same numbers, codes and ratings, or nothing at all."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hrm_core import config, media
from hrm_core.errors import Cancelled, InvalidFileError, ProjectError, UserError
from hrm_core.media.frame_folder import FrameFolder, write_manifest
from hrm_core.progress import CancelToken
from hrm_core.records.columns import CODE_COLUMNS
from hrm_core.records.people import Role
from hrm_core.workflows import import_hrm_folder as workflow
from hrm_core.workflows.exchange_hrm_csv import import_hrm_csv
from hrm_core.workflows.export_hrm_csv import export_hrm_csv
from hrm_core.workflows.folder_import_report import FolderImportReport
from hrm_core.workflows.import_hrm_folder import import_hrm_folder
from hrm_core.workflows.project import Project, open_project
from tests.support.hrm_folders import (
    JUDGES,
    Release,
    fingerprints,
    make_release,
    shade,
    write_frames,
    write_labels,
)

_CODES = {"S3": "S3", "S7": "7", "S12": "S12"}


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return make_release(tmp_path / "儿童 release #1")


def _import(release: Release, target: Path, **options: object) -> FolderImportReport:
    return import_hrm_folder(release.folder, target, rater="Ada", **options)


def _tables(release: Release) -> dict[str, pd.DataFrame]:
    """Label files as pandas reads them, by participant code, with the number of the segment."""
    tables = {}
    for name, path in release.labels.items():
        table = pd.read_csv(path).sort_values("frame").reset_index(drop=True)
        table["segment"] = (table["frame"].diff() != 1).cumsum()
        tables[_CODES[name]] = table
    return tables


def _left(target: Path) -> list[Path]:
    """What an import that failed left beside its target."""
    return [path for path in target.parent.iterdir() if path.name.startswith(f".{target.name}")]


# ---- what becomes of it -----------------------------------------------------------------------


def test_participants_groups_and_neutral_faces(release: Release, tmp_path: Path) -> None:
    before = fingerprints(release.folder)
    report = _import(release, tmp_path / "new")
    assert fingerprints(release.folder) == before
    assert (report.frames, report.segments, report.pictures, report.ratings) == (30, 6, 30, 30)
    assert report.judges == JUDGES
    with open_project(tmp_path / "new") as project:
        assert project.settings.name == "new"
        groups = {who.code: who.group for who in project.participants()}
        assert groups == {"S3": "ASD", "7": "ASD", "S12": "TD"}
        assert {entry.name for _, entry in project.recordings()} == {"recording", "play time"}
        for code, name in (("S3", "S3"), ("7", "S7"), ("S12", "S12TD")):
            neutral = project.neutral_path(code)
            assert neutral is not None
            assert neutral.read_bytes() == (release.folder / f"natural/{name}.jpg").read_bytes()
        assert project.store.verify().sound
    assert not _left(tmp_path / "new")


def test_a_published_number_means_the_same_picture(release: Release, tmp_path: Path) -> None:
    _import(release, tmp_path / "new", fps=25.0)
    with open_project(tmp_path / "new") as project:
        for code, count, numbers in (("S3", 23, range(20, 23)), ("7", 413, range(400, 413)), ("S12", 4, [2])):
            ((_, recording),) = project.recordings(code)
            assert (recording.frame_count, recording.fps) == (count, 25.0)
            assert (recording.width, recording.height) == (16, 12)
            path = project.video_path(recording)
            assert path.is_relative_to(project.folder / "Convert Frames")
            with media.open_video(path) as video:
                assert len(video) == count
                assert video.fps == 25.0
                for number in numbers:
                    assert abs(int(video[number].mean()) - shade(number)) <= 1
        gap = path.parents[2] / "ASD/Participant-7/play time"
        with media.open_video(gap) as video, pytest.raises(UserError, match="Frame 99 is not among"):
            video[99]


def test_codes_are_those_that_pandas_reads(release: Release, tmp_path: Path) -> None:
    _import(release, tmp_path / "new")
    with open_project(tmp_path / "new") as project:
        codes = project.codes("Ada")
        for code, table in _tables(release).items():
            mine = codes.xs(code, level="participant").droplevel("video")
            assert mine.index.tolist() == table["frame"].tolist()
            assert np.array_equal(mine.to_numpy(), table[list(CODE_COLUMNS)].to_numpy())


def test_clips_are_the_segments_and_ratings_their_means(release: Release, tmp_path: Path) -> None:
    _import(release, tmp_path / "new")
    with open_project(tmp_path / "new") as project:
        ratings = project.ratings()
        for code, table in _tables(release).items():
            ((_, recording),) = project.recordings(code)
            spans = table.groupby("segment")["frame"].agg(["min", "max"])
            clips = project.store.recordings.clips(recording.id)
            assert [(clip.first_frame, clip.last_frame) for clip in clips] == list(
                spans.itertuples(index=False, name=None)
            )
            mine = ratings[ratings["participant"] == code].pivot(
                index="clip", columns="judge", values="score"
            )
            means = table.groupby("segment")[[f"Abnormal-{judge}" for judge in JUDGES]].mean()
            assert list(mine.columns) == list(JUDGES)
            assert np.array_equal(mine.to_numpy(), means.to_numpy() + 1)
            average = table.groupby("segment")["Abnormal-avg"].mean() + 1
            assert np.allclose(mine.mean(axis=1).to_numpy(), average.to_numpy(), atol=0.01)
        raters = {rater.name: (rater.role, rater.blind) for rater in project.raters()}
        assert raters == {"Ada": (Role.CODER, True), **dict.fromkeys(JUDGES, (Role.JUDGE, True))}
        assert ratings.groupby("judge")["position"].apply(list).map(sorted).tolist() == [list(range(6))] * 5


def test_the_export_writes_the_same_rows(release: Release, tmp_path: Path) -> None:
    _import(release, tmp_path / "new")
    with open_project(tmp_path / "new") as project:
        files = {path.stem: pd.read_csv(path) for path in export_hrm_csv(project).files}
        for code, table in _tables(release).items():
            mine = files[f"Participant-{code}"]
            pd.testing.assert_frame_equal(mine, table[list(mine.columns)])
        # And the files themselves say what is there already.
        report = import_hrm_csv(project, [release.folder / "Label"], rater="Ada")
        assert (report.added, report.unchanged) == (0, 30)
        assert sum("rating columns (Abnormal-J1, " in note for note in report.notes) == 3


def test_what_a_project_exported_is_imported_again(release: Release, tmp_path: Path) -> None:
    """Frames with their notes, labels and neutral faces of a project are a folder as well."""
    _import(release, tmp_path / "first", fps=12.5)
    with open_project(tmp_path / "first") as project:
        export_hrm_csv(project)
        codes = project.codes()
    report = import_hrm_folder(tmp_path / "first", tmp_path / "second", rater="Ada")
    with open_project(tmp_path / "second") as project:
        assert project.codes().equals(codes)
        assert {recording.fps for _, recording in project.recordings()} == {12.5}
    assert all("name a side their action cannot have" in note for note in report.notes)


# ---- what is tolerated, and said ----------------------------------------------------------------


def test_labels_without_pictures_and_pictures_without_labels(release: Release, tmp_path: Path) -> None:
    (release.folder / "frames/S3/22_0.jpg").unlink()
    (release.folder / "frames/S3/21_0.jpg").unlink()
    write_frames(release.folder / "frames/S3", [15])
    shutil.rmtree(release.folder / "frames/S12TD")
    write_frames(release.folder / "frames/S20", [1, 2])
    write_frames(release.folder / "natural", [1], "S21.jpg")
    report = _import(release, tmp_path / "new")
    said = "\n".join(report.notes)
    assert "Without a picture, but taken: 6 labelled frames (S3: 2, S12: 4)." in said
    assert "Without a label, but taken: 1 picture (S3: 1)." in said
    assert "S20: recording has 2 pictures but no labels; taken too." in said
    assert "S21: there is a neutral face but no video; taken too." in said
    assert "S20: no name and no label file says the group" in said
    with open_project(tmp_path / "new") as project:
        counts = {who.code: (film.frame_count, film.path) for who, film in project.recordings()}
        # The labels go on behind the last picture: their frames are frames all the same.
        assert counts["S3"] == (23, "Convert Frames/ASD/Participant-S3/recording")
        assert counts["S12"] == (None, None)
        assert counts["S20"] == (3, "Convert Frames/Ungrouped/Participant-S20/recording")
        assert len(project.codes()) == 30
        assert project.neutral_path("S21") is not None
        assert project.store.verify().sound


def test_notes_on_ratings(release: Release, tmp_path: Path) -> None:
    parts = [(5, 7, (0, None, 2)), (9, 9, (1, None, 3))]
    path = write_labels(release.labels["S3"], parts, asd=1, judges=("J1", "J2", "Ada"))
    path.write_text(path.read_text(encoding="utf-8").replace(",2.00\n", ",3.50\n"), encoding="utf-8")
    report = _import(release, tmp_path / "new")
    said = "\n".join(report.notes)
    assert "S3.csv: 2 ratings are empty for a whole segment" in said
    assert "S3.csv: the average is not the judges' mean in 1 rows" in said
    assert "says 3.5 instead of 2" in said
    assert "Ada is coder and judge: one rater, listed as a coder." in said
    assert report.judges == ("J1", "J2", "Ada", "J3", "J4", "J5")
    with open_project(tmp_path / "new") as project:
        ratings = project.ratings()
        mine = ratings[ratings["participant"] == "S3"]
        assert sorted(zip(mine["clip"], mine["judge"], mine["score"], strict=True)) == [
            (1, "Ada", 3), (1, "J1", 1), (2, "Ada", 4), (2, "J1", 2),
        ]  # fmt: skip


def test_a_name_that_tells_the_group_is_replaced(release: Release, tmp_path: Path) -> None:
    frames = release.folder / "Convert Frames/ASD/Participant-7"
    (frames / "play time").rename(frames / "ASD_07 visit")
    write_frames(frames / "video-1", [3])
    release.labels["S7"].rename(release.labels["S7"].with_name("Participant-7__ASD_07 visit.csv"))
    report = _import(release, tmp_path / "new")
    with open_project(tmp_path / "new") as project:
        films = {film.name: film.frame_count for _, film in project.recordings("7")}
        assert films == {"video-2": 413, "video-1": 4}
        assert set(project.codes(participant="7").index.get_level_values("video")) == {"video-2"}
    assert "7: a video's own name tells the group: it is called video-2." in report.notes


def test_a_folder_of_csv_files_alone_is_enough(release: Release, tmp_path: Path) -> None:
    report = import_hrm_folder(release.folder / "Label", tmp_path / "new", rater="Ada")
    assert (report.frames, report.pictures, report.ratings) == (30, 0, 30)


def test_the_note_beside_frames_counts(release: Release, tmp_path: Path) -> None:
    write_manifest(release.folder / "frames/S3", FrameFolder(900, 50.0))
    _import(release, tmp_path / "new")
    with open_project(tmp_path / "new") as project:
        ((_, film),) = project.recordings("S3")
        assert (film.frame_count, film.fps) == (900, 50.0)


def test_a_dry_run_reads_everything_and_writes_nothing(release: Release, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    planned = _import(release, tmp_path / "new", dry_run=True)
    assert sorted(tmp_path.rglob("*")) == before
    done = _import(release, tmp_path / "new")
    assert planned.dry_run
    assert planned.participants == done.participants
    assert planned.notes == done.notes
    (video,) = planned.participants[0].videos
    assert (planned.participants[0].code, video.labels) == ("S3", Path("Label/ASD/S3.csv"))
    assert (video.folders, video.segments) == ((Path("frames/S3"),), 2)


def test_files_are_shared_with_the_folder_where_that_can_be(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _import(release, tmp_path / "shared")
    place = "Convert Frames/ASD/Participant-S3/recording/5_0.jpg"
    assert (tmp_path / "shared" / place).samefile(release.folder / "frames/S3/5_0.jpg")

    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(workflow.os, "link", refuse)
    _import(release, tmp_path / "copied")
    copy = tmp_path / "copied" / place
    assert not copy.samefile(release.folder / "frames/S3/5_0.jpg")
    assert copy.read_bytes() == (release.folder / "frames/S3/5_0.jpg").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_links_become_files(release: Release, tmp_path: Path) -> None:
    picture = release.folder / "frames/S3/5_0.jpg"
    picture.rename(tmp_path / "elsewhere.jpg")
    picture.symlink_to("../../../elsewhere.jpg")
    _import(release, tmp_path / "new")
    placed = tmp_path / "new/Convert Frames/ASD/Participant-S3/recording/5_0.jpg"
    assert not placed.is_symlink()
    assert placed.read_bytes() == (tmp_path / "elsewhere.jpg").read_bytes()


# ---- what is refused leaves nothing behind ---------------------------------------------------------


def _wrong_column(release: Release) -> None:
    write_labels(release.labels["S12"], [(0, 3, (0,) * 5)], asd=1)


def _wrong_suffix(release: Release) -> None:
    path = release.labels["S3"]
    shutil.move(path, release.folder / "S3TD.csv")


def _two_files(release: Release) -> None:
    shutil.copy(release.labels["S3"], release.folder / "Participant-3.csv")


def _varying(release: Release) -> None:
    path = release.labels["S3"]
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[-1] = ",".join([*lines[-1].split(",")[:-2], "4", lines[-1].split(",")[-1]])
    lines[1] = ",".join([*lines[1].split(",")[:-2], "0", lines[1].split(",")[-1]])
    lines[2] = ",".join([*lines[2].split(",")[:-2], "1", lines[2].split(",")[-1]])
    path.write_text("\n".join(lines), encoding="utf-8")


def _group_in_code(release: Release) -> None:
    release.labels["S3"].rename(release.labels["S3"].with_name("Participant-TD-3.csv"))


def _torn_picture(release: Release) -> None:
    (release.folder / "frames/S3/5_0.jpg").write_bytes(b"\xff\xd8torn")


def _torn_neutral(release: Release) -> None:
    (release.folder / "natural/S12TD.jpg").write_bytes(b"")


def _endless_note(release: Release) -> None:
    write_manifest(release.folder / "frames/S3", FrameFolder(frame_count=10**12, fps=30.0))


def _torn_note(release: Release) -> None:
    (release.folder / "frames/S3/frames.json").write_text("{", encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_wrong_column, r"S12TD\.csv: its column ASD says group ASD, but .*TD says TD: correct one of them"),
        (_wrong_suffix, r"S3TD\.csv: its column ASD says group ASD, but .*S3TD\.csv says TD"),
        (_two_files, r"Participant-3\.csv and .*S3\.csv are both|S3\.csv and .*Participant-3\.csv are both"),
        (_varying, r"S3\.csv, row \d+, column Abnormal-J5: "),
        (_group_in_code, "Participant code 'TD-3' would tell blind coders the group"),
        (_torn_picture, r"5_0\.jpg is not an image that can be read"),
        (_torn_neutral, r"S12TD\.jpg is not an image that can be read"),
        (_torn_note, r"frames\.json is damaged"),
        (_endless_note, r"frames\.json: no recording has 1000000000000 frames: correct the number"),
    ],
)
@pytest.mark.parametrize("dry_run", [True, False])
def test_one_bad_file_among_many_leaves_nothing_behind(
    release: Release, tmp_path: Path, damage: Callable[[Release], None], message: str, dry_run: bool
) -> None:
    damage(release)
    before = fingerprints(release.folder)
    with pytest.raises(UserError, match=message) as caught:
        _import(release, tmp_path / "new", dry_run=dry_run)
    assert len(str(caught.value).splitlines()) == 1
    assert ".part" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == [release.folder.name]
    assert fingerprints(release.folder) == before


def test_two_label_files_of_a_child_that_disagree_on_the_group(tmp_path: Path) -> None:
    for name, asd in (("S7__play.csv", 1), ("S7__snack.csv", 0)):
        write_labels(tmp_path / "in" / name, [(0, 1, (0,) * 5)], asd=asd)
    with pytest.raises(InvalidFileError, match=r"S7__snack\.csv: its column ASD says group TD, but .*play"):
        import_hrm_folder(tmp_path / "in", tmp_path / "new", rater="Ada")


def test_the_target_must_be_new(release: Release, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ProjectError, match="full is not empty: name a new folder"):
        _import(release, tmp_path / "full", dry_run=True)
    with pytest.raises(ProjectError, match="which is not changed: name a folder elsewhere"):
        _import(release, release.folder / "project")
    with pytest.raises(ProjectError, match="name the coder with --rater"):
        import_hrm_folder(release.folder, tmp_path / "new", rater=" ", dry_run=True)
    (tmp_path / "empty").mkdir()
    _import(release, tmp_path / "empty")
    open_project(tmp_path / "empty").close()


def test_a_disk_that_fills_up_leaves_nothing_behind(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, link, placed = fingerprints(release.folder), os.link, []

    def fill(source: object, target: object) -> None:
        if len(placed) == 12:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(source), None, str(target))
        placed.append(target)
        link(source, target)

    monkeypatch.setattr(workflow.os, "link", fill)
    with pytest.raises(
        ProjectError, match=r"written to .*new \(No space left on device\): free some space or name another"
    ) as caught:
        _import(release, tmp_path / "new")
    assert ".part" not in str(caught.value)
    assert len(placed) == 12
    assert sorted(path.name for path in tmp_path.iterdir()) == [release.folder.name]
    assert fingerprints(release.folder) == before


def test_a_note_that_cannot_be_written_leaves_nothing_behind(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_core.media import frame_folder

    def refuse(*_: object) -> None:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr(frame_folder, "write_whole", refuse)
    with pytest.raises(ProjectError, match=r"new \(Disk quota exceeded\)") as caught:
        _import(release, tmp_path / "new")
    assert ".part" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == [release.folder.name]


@pytest.mark.parametrize("refuses", ["folders", "settings"])
def test_a_project_that_cannot_be_made_is_named_as_it_was_asked_for(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refuses: str
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    if refuses == "folders":
        monkeypatch.setattr(Path, "mkdir", refuse)
    else:
        monkeypatch.setattr(config, "write_whole", refuse)
    with pytest.raises(ProjectError, match="Read-only file system") as caught:
        _import(release, tmp_path / "new")
    assert str(tmp_path / "new") in str(caught.value)
    assert ".part" not in str(caught.value)
    monkeypatch.undo()
    assert sorted(path.name for path in tmp_path.iterdir()) == [release.folder.name]


class _StopsAt:
    """Progress that cancels in the middle of a step."""

    def __init__(self, title: str, cancel: CancelToken) -> None:
        self._title, self._cancel = title, cancel
        self._now = ""
        self.steps: dict[str, list[int]] = {}

    def start(self, title: str, total: int | None) -> None:
        self._now = title
        self.steps[title] = [total or 0, 0]

    def advance(self, units: int = 1) -> None:
        self.steps[self._now][1] += units
        if self._now == self._title:
            self._cancel.cancel()

    def finish(self) -> None:
        pass


@pytest.mark.parametrize("title", ["Reading label files", "Placing frames", "Writing labels", "never"])
def test_progress_is_told_and_a_stop_leaves_nothing_behind(
    release: Release, tmp_path: Path, title: str
) -> None:
    cancel = CancelToken()
    progress = _StopsAt(title, cancel)
    if title == "never":
        _import(release, tmp_path / "new", progress=progress, cancel=cancel)
        assert progress.steps == {
            "Reading label files": [3, 3],
            "Placing frames": [30, 30],
            "Writing labels": [3, 3],
        }
        return
    with pytest.raises(Cancelled):
        _import(release, tmp_path / "new", progress=progress, cancel=cancel)
    assert sorted(path.name for path in tmp_path.iterdir()) == [release.folder.name]


def test_a_project_that_is_there_is_not_touched(project: Project, release: Release) -> None:
    with pytest.raises(ProjectError, match="is not empty"):
        _import(release, project.folder)
    assert [who.code for who in project.participants()] == ["S1", "S2"]
