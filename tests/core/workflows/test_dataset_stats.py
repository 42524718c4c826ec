"""A study in numbers, against counts made with pandas and pixels measured with numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hrm_core import media
from hrm_core.errors import Cancelled, NotFoundError
from hrm_core.media.frame_folder import FrameFolder, frame_name, write_manifest
from hrm_core.progress import CancelToken, NoProgress
from hrm_core.records.people import Rater, Role
from hrm_core.records.rating import Rating
from hrm_core.records.recording import Recording
from hrm_core.workflows.add_participant import add_participant, add_rater, change_participant
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.dataset_stats import dataset_stats
from hrm_core.workflows.project import Project
from tests.support.builders import random_table


def code(project: Project, name: str, frames: int, *recordings: Recording) -> Rater:
    rater = add_rater(project, name)
    tables = [random_table(rater.id, entry.id, frames, seed=entry.id) for entry in recordings]
    project.store.codings.import_tables(tables, actor_id=rater.id, reason="test")
    return rater


@pytest.fixture
def films(project: Project, film: Path) -> list[Recording]:
    """One recording of each child, with clips."""
    return [add_video(project, who, film, clips=[(0, 3), (6, 9)]) for who in ("S1", "S2")]


def numbered_pictures(folder: Path, numbers: range, seed: int = 0) -> list[np.ndarray]:
    """Noise, as PNG so that every pixel is kept."""
    rng = np.random.default_rng(seed)
    pictures = [rng.integers(0, 256, (6, 5 + number, 3), np.uint8) for number in numbers]
    for number, picture in zip(numbers, pictures, strict=True):
        media.write_still(picture, folder / f"{number}.png")
    return pictures


def assert_measured(
    project: Project, pictures: list[np.ndarray], source: str, every: int | None = None
) -> None:
    pixels = dataset_stats(project, every=every).pixels
    everything = np.concatenate([entry.reshape(-1, 3) for entry in pictures]) / 255
    assert pixels.source == source
    assert pixels.stats is not None
    assert (pixels.stats.pictures, pixels.stats.pixels) == (len(pictures), len(everything))
    assert pixels.stats.mean == pytest.approx(everything.mean(axis=0), abs=1e-12)
    assert pixels.stats.sd == pytest.approx(everything.std(axis=0), abs=1e-12)
    assert pixels.unreadable == ()


# ---- the line of the study ------------------------------------------------------------------


def test_the_line_of_the_study(project: Project, films: list[Recording]) -> None:
    change_participant(project, "S1", sex="F", age_years=4.0)
    change_participant(project, "S2", sex="M", age_years=7.0)
    add_participant(project, "S3", sex="M")
    code(project, "Ada", 5, *films)
    judge = project.store.people.ensure_rater("Jo", Role.JUDGE)
    session = project.store.ratings.add_session("one", "how natural?")
    clips = project.store.recordings.clips()
    project.store.ratings.add(session, [Rating(judge.id, clip.id, 3) for clip in clips])
    project.store.ratings.add(session, [Rating(judge.id, clips[0].id, 5, 9, repeat=True)])
    line = dataset_stats(project).dataset
    assert (line.participants, line.groups, line.sexes) == (
        3, {"ASD": 1, "TD": 1, "no group": 1}, {"F": 1, "M": 2},
    )  # fmt: skip
    ages = line.age_years
    assert (ages.n, ages.low, ages.high, ages.mean) == (2, 4.0, 7.0, 5.5)
    assert ages.sd == pytest.approx(np.std([4, 7], ddof=1))
    assert (line.videos, line.clips, line.coded_frames, line.segments) == (2, 4, 10, 2)
    assert (line.coders, line.judges, line.ratings) == (1, 1, 4)


def test_an_empty_study(project: Project) -> None:
    stats = dataset_stats(project)
    assert (stats.rater, stats.actions) == (None, ())
    assert (stats.dataset.participants, stats.dataset.coded_frames, stats.dataset.actions) == (2, 0, 0)
    assert stats.dataset.age_years.n == 0
    assert (stats.pixels.source, stats.pixels.stats, stats.pixels.unreadable) == ("videos", None, ())


# ---- occurrence -----------------------------------------------------------------------------


def test_occurrence_is_that_of_pandas(project: Project, films: list[Recording]) -> None:
    code(project, "Ada", 12, *films)
    stats = dataset_stats(project, "Ada")
    codes = project.codes("Ada")
    of = {"ASD": codes.loc[["S1"]], "TD": codes.loc[["S2"]]}
    assert [entry.action for entry in stats.actions] == [entry.key for entry in project.actions()]
    assert stats.dataset.actions == int((codes > 0).any().sum())
    for entry in stats.actions:
        column = codes[entry.action]
        assert (entry.everybody.frames, entry.everybody.coded_frames) == (int((column > 0).sum()), 24)
        assert entry.everybody.percent == pytest.approx((column > 0).mean() * 100)
        assert list(entry.groups) == ["ASD", "TD"]
        for group, rate in entry.groups.items():
            part = of[group][entry.action] > 0
            assert (rate.frames, rate.coded_frames) == (int(part.sum()), len(part))
        sides = {word: int((column == at).sum()) for at, word in enumerate(entry.sides, 1)}
        assert entry.sides == sides
        assert list(entry.sides) == ["both", "left", "right", "upper", "lower"]


def test_only_the_named_rater_is_counted(project: Project, films: list[Recording]) -> None:
    code(project, "Ada", 12, *films)
    code(project, "Bo", 3, films[0])
    with pytest.raises(NotFoundError, match="--rater"):
        dataset_stats(project)
    stats = dataset_stats(project, "Bo")
    assert (stats.rater, stats.dataset.coded_frames, stats.dataset.coders) == ("Bo", 3, 2)
    # Nothing can be said of a group in which nobody was coded.
    assert {entry.groups["TD"].percent for entry in stats.actions} == {None}
    with pytest.raises(NotFoundError, match="'Cy'"):
        dataset_stats(project, "Cy")


# ---- pixels ---------------------------------------------------------------------------------


def test_pixels_of_aligned_faces_come_first(project: Project, films: list[Recording]) -> None:
    place = Path("ASD") / "Participant-S1" / "play"
    frames = numbered_pictures(project.folder / "Convert Frames" / place, range(4))
    assert_measured(project, frames, "Convert Frames")
    faces = numbered_pictures(project.folder / "Aligned Face" / place, range(7), seed=1)
    assert_measured(project, faces, "Aligned Face")
    assert_measured(project, faces[::3], "Aligned Face", every=3)


def test_pixels_of_videos(project: Project, films: list[Recording], film: Path) -> None:
    with media.open_video(film) as video:
        assert_measured(project, [video[n] for n in (0, 10)] * 2, "videos")
        assert_measured(project, [video[n] for n in (0, 5, 10)] * 2, "videos", every=5)


def test_pixels_of_a_folder_with_gaps(project: Project, tmp_path: Path) -> None:
    pictures = numbered_pictures(tmp_path / "play", range(3))
    for number, new in ((0, 4), (1, 20), (2, 21)):
        (tmp_path / "play" / f"{number}.png").rename(tmp_path / "play" / f"{new:06d}.png")
    write_manifest(tmp_path / "play", FrameFolder(22, 25.0))
    project.store.recordings.add(
        Recording(0, project.participants()[0].id, "play", str(tmp_path / "play"), frame_count=22)
    )
    assert_measured(project, pictures[::2], "videos", every=2)


def test_what_cannot_be_read_is_named(project: Project, films: list[Recording]) -> None:
    folder = project.folder / "Aligned Face" / "ASD" / "Participant-S1" / "play"
    pictures = numbered_pictures(folder, range(3))
    (folder / "1.png").write_bytes(b"no picture")
    pixels = dataset_stats(project).pixels
    assert pixels.stats is not None
    assert pixels.stats.pictures == 2
    assert pixels.stats.pixels == sum(pictures[at][:, :, 0].size for at in (0, 2))
    (sentence,) = pixels.unreadable
    assert "1.png is not an image" in sentence


def test_a_missing_film_is_named(project: Project, films: list[Recording]) -> None:
    project.video_path(films[1]).unlink()
    pixels = dataset_stats(project).pixels
    assert pixels.stats is not None
    assert pixels.stats.pictures == 2
    (sentence,) = pixels.unreadable
    assert "is not where it was" in sentence


def test_a_picture_that_is_gone_from_a_folder_is_named(project: Project, tmp_path: Path) -> None:
    for number in range(3):
        media.write_still(np.zeros((4, 4, 3), np.uint8), tmp_path / "play" / frame_name(number))
    add_video(project, "S1", tmp_path / "play", copy=False)
    (tmp_path / "play" / frame_name(1)).write_bytes(b"")
    pixels = dataset_stats(project, every=1).pixels
    assert [frame_name(1) in sentence for sentence in pixels.unreadable] == [True]


class Counting(NoProgress):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.total, self.units = 0, 0

    def start(self, title: str, total: int | None) -> None:
        self.total += total or 0

    def advance(self, units: int = 1) -> None:
        self.units += units


def test_progress_and_stop(project: Project, films: list[Recording]) -> None:
    counting, token = Counting(), CancelToken()
    dataset_stats(project, every=1, progress=counting)
    assert (counting.total, counting.units) == (24, 24)
    token.cancel()
    with pytest.raises(Cancelled):
        dataset_stats(project, cancel=token)
