"""What leaves the study shows no eyes, whatever the format, and says what it leaves out."""

from __future__ import annotations

import csv
import errno
import json
import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.errors import Cancelled, NotFoundError, ProjectError, StoreWriteError
from hrm_core.faces.eye_mask import eye_band
from hrm_core.media import open_video
from hrm_core.media.clip_writer import ClipError
from hrm_core.media.stills import StillError
from hrm_core.progress import CancelToken, NoProgress
from hrm_core.records.people import Role
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.add_video import add_clips, add_video, recording_of
from hrm_core.workflows.export_pictures import (
    ExportReport,
    MaskStyle,
    PictureChoice,
    export_frames,
    export_videos,
)
from hrm_core.workflows.extract_faces import ALIGNED, CROPS
from hrm_core.workflows.predict_actions import PREDICTIONS
from hrm_core.workflows.project import FEATURES, Project
from hrm_core.workflows.review_eyes import mark_no_eyes, unmaskings
from hrm_core.workflows.tool_files import TOOLS
from tests.support.marked_faces import (
    FRAMES,
    SIZE,
    child_at,
    eye_pixels,
    found_faces,
    marked_film,
    write_found,
)

NO_FACE = (5, 6, 9)


def _uneven(number: int) -> int:
    # 33 to 45 ms apart, and a pause of a second.
    return 40 * number + (number * 7919 % 7) + (1000 if number > 10 else 0)


@pytest.fixture(scope="module")
def eyes_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic recording with magenta eyes, of an uneven rate."""
    return marked_film(tmp_path_factory.mktemp("eyes") / "play.mp4", ticks=_uneven)


@pytest.fixture
def study(project: Project, eyes_film: Path) -> Project:
    """A study in which all faces but those of three frames were found; Ada may see eyes, Jo may not."""
    add_video(project, "S1", eyes_film)
    add_rater(project, "Ada")
    add_rater(project, "Jo", Role.JUDGE)
    write_found(
        project,
        "S1",
        [
            replace(found_faces(n), faces=(), target=None) if n in NO_FACE else found_faces(n)
            for n in range(FRAMES)
        ],
    )
    return project


def _rows(folder: Path) -> list[list[str]]:
    with (folder / "withheld.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def _decoded(path: Path) -> tuple[list[NDArray[np.uint8]], list[Fraction]]:
    """Pictures and times of a video, by FFmpeg alone."""
    with av.open(str(path)) as container:
        frames: list[Any] = list(container.decode(video=0))
        return [f.to_ndarray(format="rgb24") for f in frames], [f.pts * f.time_base for f in frames]


def _read(path: Path) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(cv2.imdecode(np.fromfile(path, np.uint8), 1), cv2.COLOR_BGR2RGB), np.uint8)


@pytest.mark.parametrize("style", [MaskStyle.GREY_GREEN, MaskStyle.BLACK])
@pytest.mark.parametrize(("suffix", "quality"), [(".jpg", 95), (".jpg", 40), (".png", 95)])
def test_no_exported_picture_shows_an_eye(
    study: Project, tmp_path: Path, suffix: str, quality: int, style: MaskStyle
) -> None:
    choice = PictureChoice(style=style, into=tmp_path / "out")
    report = export_frames(study, choice, suffix=suffix, quality=quality)
    files = sorted((tmp_path / "out" / "Participant-S1" / "play").iterdir())
    assert [int(file.stem) for file in files] == [n for n in range(FRAMES) if n not in NO_FACE]
    assert report.written == len(files)
    for file in files:
        picture = _read(file)
        assert picture.shape == (SIZE[1], SIZE[0], 3)
        assert eye_pixels(picture) == 0
        # The mouth can be coded.
        five = child_at(int(file.stem)).five
        assert five is not None
        x, y = five[3:].mean(axis=0).round().astype(int)
        assert np.ptp(picture[y - 3 : y + 4, x].astype(int), axis=0).max() > 60


@pytest.mark.parametrize("style", [MaskStyle.GREY_GREEN, MaskStyle.BLACK])
def test_no_exported_video_shows_an_eye(study: Project, tmp_path: Path, style: MaskStyle) -> None:
    export_videos(study, PictureChoice(style=style, into=tmp_path / "out"))
    pictures, _ = _decoded(tmp_path / "out" / "Participant-S1" / "play.mp4")
    assert len(pictures) == FRAMES
    assert not any(eye_pixels(picture) for picture in pictures)


@pytest.mark.parametrize("style", [MaskStyle.BLUR, MaskStyle.PIXELS])
def test_blur_and_pixels_keep_a_handful_of_colours(study: Project, tmp_path: Path, style: MaskStyle) -> None:
    export_frames(study, PictureChoice(style=style, into=tmp_path / "out"), suffix=".png")
    export_frames(study, PictureChoice(masked=False, by="Ada", into=tmp_path / "raw"), suffix=".png")
    for number in (0, 12, 23):
        band = eye_band(child_at(number))
        left, top, right, bottom = (*np.ceil(band.min(axis=0)), *np.floor(band.max(axis=0)))
        inside = (slice(int(top) + 2, int(bottom) - 2), slice(int(left) + 2, int(right) - 2))
        name = f"Participant-S1/play/{number:06d}.png"
        eyes, raw = (_read(tmp_path / kind / name)[inside].astype(int) for kind in ("out", "raw"))
        steps, sharp = (np.abs(np.diff(picture, axis=1)).max() for picture in (eyes, raw))
        assert (eyes != raw).any(axis=2).mean() > 0.5
        # Made again at five rows of squares: no edge of an eye is left, or few colours are.
        if style is MaskStyle.BLUR:
            assert steps < 0.5 * sharp
        else:
            colours = len(np.unique(eyes.reshape(-1, 3), axis=0))
            assert colours <= 5 * round(5 * (right - left) / (bottom - top) + 1)


def test_the_eyes_are_seen_where_nothing_covers_them(study: Project, tmp_path: Path) -> None:
    """What the tests above look for is there in every frame, in every format, without a mask."""
    for kind, suffix in (("a", ".jpg"), ("b", ".png")):
        export_frames(
            study, PictureChoice(masked=False, by="Ada", into=tmp_path / kind), suffix=suffix, quality=40
        )
        for file in (tmp_path / kind / "Participant-S1" / "play").iterdir():
            assert eye_pixels(_read(file)) > 150
    export_videos(study, PictureChoice(masked=False, by="Ada", into=tmp_path / "c"))
    pictures, _ = _decoded(tmp_path / "c" / "Participant-S1" / "play.mp4")
    assert all(eye_pixels(picture) > 150 for picture in pictures)


def test_what_is_withheld_is_listed(study: Project, tmp_path: Path) -> None:
    report = export_frames(study, PictureChoice(into=tmp_path / "out"))
    header, *rows = _rows(tmp_path / "out")
    assert header == ["video", "frame", "time_s", "reason"]
    assert [(row[0], int(row[1]), row[3]) for row in rows] == [
        ("Participant-S1/play", n, "no face was found") for n in NO_FACE
    ]
    assert [float(row[2]) for row in rows] == [pytest.approx(_uneven(n) / 1000) for n in NO_FACE]
    assert [entry.frame for entry in report.videos[0].withheld] == list(NO_FACE)
    assert report.withheld == 3
    # Nobody learns a group from what lies there.
    for path in (tmp_path / "out").rglob("*"):
        assert "ASD" not in path.relative_to(tmp_path / "out").as_posix()
        if path.suffix in (".csv", ".json"):
            assert "ASD" not in path.read_text(encoding="utf-8")


def test_a_video_keeps_numbers_and_times_and_nothing_else(study: Project, tmp_path: Path) -> None:
    report = export_videos(study, PictureChoice(into=tmp_path / "out"))
    path = tmp_path / "out" / "Participant-S1" / "play.mp4"
    pictures, times = _decoded(path)
    assert times == [Fraction(_uneven(n), 1000) for n in range(FRAMES)]
    with open_video(path) as ours:
        assert len(ours) == FRAMES
        assert ours.size == (322, 242)
    assert report.videos[0].padded
    original, _ = _decoded(study.video_path(recording_of(study, "S1")))
    for number, (picture, before) in enumerate(zip(pictures, original, strict=True)):
        strip = picture[20:-20, 2:10].astype(int).mean(axis=(0, 1))
        if number in NO_FACE:
            # Plain grey with words: nothing of the room, and the number.
            assert np.abs(strip - 110).max() < 4
            assert picture.max() > 200
        else:
            assert np.abs(strip - before[20:-20, 2:10].mean(axis=(0, 1))).max() < 6
            assert np.abs(picture[:241, 320].astype(int) - picture[:241, 321]).max() < 12
    with av.open(str(path)) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        assert "Anna" not in str(container.metadata)
        assert {key for key in container.metadata if "brand" not in key} <= {"minor_version", "encoder"}


def test_pictures_carry_no_notes_of_a_camera(study: Project, tmp_path: Path) -> None:
    export_frames(study, PictureChoice(into=tmp_path / "out", spans=((0, 0),)))
    data = (tmp_path / "out" / "Participant-S1" / "play" / "000000.jpg").read_bytes()
    # Segments before the picture: APP1 to APP15 and comments are where notes are kept.
    at = 2
    kinds = []
    while data[at + 1] != 0xDA:
        kinds.append(data[at + 1])
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    assert not [kind for kind in kinds if 0xE1 <= kind <= 0xEF or kind == 0xFE]


def test_only_clips_or_runs(study: Project, tmp_path: Path) -> None:
    recording = recording_of(study, "S1")
    add_clips(study, recording, [(2, 7), (12, 15)])
    report = export_videos(study, PictureChoice(clips_only=True, into=tmp_path / "clips"))
    assert [file.name for file in report.videos[0].files] == [
        "play 000002-000007.mp4",
        "play 000012-000015.mp4",
    ]
    _, times = _decoded(report.videos[0].files[0])
    assert times == [Fraction(_uneven(n) - _uneven(2), 1000) for n in range(2, 8)]
    assert [entry.frame for entry in report.videos[0].withheld] == [5, 6]
    some = export_frames(study, PictureChoice(spans=((0, 1), (20, 20)), into=tmp_path / "some"))
    assert [file.name for file in sorted(some.videos[0].files[0].iterdir())] == [
        "000000.jpg",
        "000001.jpg",
        "000020.jpg",
    ]
    # Of a run that is withheld there is no video at all.
    none = export_videos(study, PictureChoice(spans=((5, 6), (8, 8)), into=tmp_path / "none"))
    assert [file.name for file in none.videos[0].files] == ["play 000008-000008.mp4"]
    beyond = export_frames(study, PictureChoice(spans=((0, FRAMES),), into=tmp_path / "beyond"))
    assert "frames 0 to 23, and no frame 24" in beyond.videos[0].problem


# ---- uncovered eyes ------------------------------------------------------------------------


def test_nobody_unnamed_and_nobody_without_the_right_gives_out_eyes(study: Project, tmp_path: Path) -> None:
    for by, words in ((None, "--by"), ("Jo", "Jo may not see")):
        with pytest.raises(ProjectError, match=words):
            export_frames(study, PictureChoice(masked=False, by=by, into=tmp_path / "out"))
    with pytest.raises(NotFoundError, match="No rater named 'Eve'"):
        export_videos(study, PictureChoice(masked=False, by="Eve", into=tmp_path / "out"))
    assert not (tmp_path / "out").exists()
    study.settings = replace(
        study.settings, privacy=replace(study.settings.privacy, mask_eyes_in_exports=False)
    )
    with pytest.raises(ProjectError, match="--by"):
        export_frames(study, PictureChoice(into=tmp_path / "out"))


def test_uncovered_eyes_are_logged_before_they_are_written(
    study: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = PictureChoice(masked=False, by="Ada", spans=((1, 2), (20, 20)), into=tmp_path / "out")

    def refuse(*args: object) -> None:
        raise StoreWriteError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(study.store.face_marks, "log_unmasking", refuse)
        with pytest.raises(StoreWriteError):
            export_frames(study, choice)
    assert not list(tmp_path.rglob("*.jpg"))
    export_frames(study, choice)
    export_videos(study, PictureChoice(masked=False, by="Ada", into=tmp_path / "video"))
    log = [entry for entry in unmaskings(study) if entry.video]
    assert [
        (e.what.rater, e.participant, e.video, e.what.first_frame, e.what.last_frame, e.what.act) for e in log
    ] == [
        ("Ada", "S1", "play", 1, 2, "exported as pictures"),
        ("Ada", "S1", "play", 20, 20, "exported as pictures"),
        ("Ada", "S1", "play", None, None, "exported as a video"),
    ]
    with pytest.raises(ProjectError, match="uncovered eyes, which must not be mixed"):
        export_frames(study, PictureChoice(into=tmp_path / "out", again=True))


# ---- what may not be exported --------------------------------------------------------------


@pytest.mark.parametrize("how", [export_frames, export_videos])
def test_without_known_faces_nothing_goes_out(
    project: Project, eyes_film: Path, tmp_path: Path, how: Any
) -> None:
    add_video(project, "S1", eyes_film)
    report: ExportReport = how(project, PictureChoice(into=tmp_path / "out"))
    assert (report.written, report.withheld) == (0, FRAMES)
    assert [path.name for path in sorted((tmp_path / "out").rglob("*"))] == ["export.json", "withheld.csv"]
    assert len(_rows(tmp_path / "out")) == FRAMES + 1
    # Once they are known, nothing is in the way.
    write_found(project, "S1", map(found_faces, range(FRAMES)))
    assert how(project, PictureChoice(into=tmp_path / "out")).written == FRAMES
    assert len(_rows(tmp_path / "out")) == 1


def test_faces_of_another_file_and_damaged_ones_are_no_use(
    study: Project, tmp_path: Path, eyes_film: Path
) -> None:
    (features,) = study.folder.rglob("*.parquet")
    whole = features.read_bytes()
    features.write_bytes(whole[:-40])
    report = export_frames(study, PictureChoice(into=tmp_path / "a"))
    assert report.written == 0
    reasons = {row[3] for row in _rows(tmp_path / "a")[1:]}
    # No path, in which the group stands, gets into what leaves the study.
    assert len(reasons) == 1
    assert not any("ASD" in reason or "/" in reason for reason in reasons)
    features.write_bytes(whole)
    other = marked_film(tmp_path / "other.mp4")
    add_video(study, "S1", other, name="play", replace_file=True)
    assert export_frames(study, PictureChoice(into=tmp_path / "b")).written == 0


def test_a_mark_by_hand_lets_a_frame_through(study: Project, tmp_path: Path) -> None:
    mark_no_eyes(study, study.store.people.rater("Ada"), recording_of(study, "S1"), 6)
    report = export_frames(study, PictureChoice(into=tmp_path / "out"))
    assert [entry.frame for entry in report.videos[0].withheld] == [5, 9]


def test_a_picture_of_another_size_is_withheld(study: Project, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, size in enumerate([(60, 80), (60, 80), (120, 160)]):
        cv2.imwrite(str(folder / f"{number}.png"), np.full((*size, 3), 200, np.uint8))
    add_video(study, "S2", folder, copy=False)
    write_found(study, "S2", [replace(found_faces(n), faces=(child_at(0),), target=0) for n in range(3)])
    report = export_frames(study, PictureChoice(participants=["S2"], into=tmp_path / "out"))
    assert (report.written, [entry.frame for entry in report.videos[0].withheld]) == (2, [2])
    assert "another size" in report.videos[0].withheld[0].reason


def test_a_video_that_is_gone_stops_no_other(study: Project, film: Path, tmp_path: Path) -> None:
    gone = add_video(study, "S2", film)
    (study.folder / str(gone.path)).unlink()
    report = export_videos(study, PictureChoice(into=tmp_path / "out"))
    assert report.videos[0].written == FRAMES - len(NO_FACE)
    assert "is not where it was" in report.videos[1].problem


# ---- the folder ----------------------------------------------------------------------------


def test_nothing_is_mixed_with_what_is_there(study: Project, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(ProjectError, match=r"files that no export has written.*--again"):
        export_frames(study, PictureChoice(into=out))
    assert export_frames(study, PictureChoice(into=out, again=True)).written == FRAMES - 3
    (again,) = export_frames(study, PictureChoice(into=out)).videos
    assert "holds Participant-S1/play already: use --again" in again.problem
    assert len(_rows(out)) == 4
    with pytest.raises(ProjectError, match="another folder"):
        export_videos(study, PictureChoice(into=out, again=True))
    assert (out / "thesis.txt").read_text() == "mine"


def test_replacing_takes_away_what_may_not_be_shown_any_more(study: Project, tmp_path: Path) -> None:
    folder = tmp_path / "out" / "Participant-S1" / "play"
    export_frames(study, PictureChoice(into=tmp_path / "out"))
    (folder / "notes.txt").write_text("mine")
    write_found(study, "S1", [found_faces(n) for n in range(4)])
    export_frames(study, PictureChoice(into=tmp_path / "out", again=True), suffix=".png")
    assert sorted(path.name for path in folder.iterdir()) == [
        *(f"{n:06d}.png" for n in range(4)),
        "notes.txt",
    ]
    write_found(study, "S1", [])
    export_frames(study, PictureChoice(into=tmp_path / "out", again=True))
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_the_study_itself_is_no_place_for_an_export(study: Project, tmp_path: Path) -> None:
    kinds = (FEATURES, ALIGNED, CROPS, *TOOLS.values(), PREDICTIONS)
    inside = [study.folder / kind / "TD" for kind in kinds]
    for place in (
        study.folder,
        study.folder / "Convert Frames" / "ASD",
        study.folder / "Origin Videos",
        *inside,
    ):
        with pytest.raises(ProjectError, match="belongs to the study itself"):
            export_frames(study, PictureChoice(into=place, again=True))
    with pytest.raises(ProjectError, match="the only copy"):
        export_videos(study, PictureChoice(into=study.folder.parent, again=True))
    report = export_frames(study, PictureChoice())
    assert report.folder == study.folder / "Export" / "Frames"


def test_a_damaged_note_is_not_trusted(study: Project, tmp_path: Path) -> None:
    export_videos(study, PictureChoice(into=tmp_path / "out"))
    note = tmp_path / "out" / "export.json"
    facts = json.loads(note.read_text())
    facts["recordings"]["Participant-S1/play"]["files"] = ["../precious.mp4"]
    (tmp_path / "precious.mp4").write_bytes(b"mine")
    note.write_text(json.dumps(facts))
    with pytest.raises(ValueError, match="damaged"):
        export_videos(study, PictureChoice(into=tmp_path / "out", again=True))
    assert (tmp_path / "precious.mp4").read_bytes() == b"mine"


# ---- cut off -------------------------------------------------------------------------------


class _StopAt(NoProgress):
    def __init__(self, token: CancelToken, frame: int) -> None:
        self.token, self.left = token, frame

    def advance(self, units: int = 1) -> None:
        self.left -= units
        if self.left == 0:
            self.token.cancel()


def test_a_video_is_there_whole_or_not_at_all(
    study: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = CancelToken()
    with pytest.raises(Cancelled):
        export_videos(study, PictureChoice(into=tmp_path / "out"), progress=_StopAt(token, 12), cancel=token)
    assert not list((tmp_path / "out").rglob("*.mp4"))
    assert not list((tmp_path / "out").rglob("*.part"))
    # What is missing so far is explained already.
    assert [int(row[1]) for row in _rows(tmp_path / "out")[1:]] == [n for n in NO_FACE if n < 12]

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("hrm_core.media.clip_writer.os", SimpleNamespace(fsync=full))
        with pytest.raises(ClipError, match=r"No space left .* has room"):
            export_videos(study, PictureChoice(into=tmp_path / "full"))
    assert not list((tmp_path / "full").rglob("*.mp4"))


def test_pictures_of_a_stopped_run_are_whole(
    study: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = CancelToken()
    choice = PictureChoice(into=tmp_path / "out")
    with pytest.raises(Cancelled):
        export_frames(study, choice, progress=_StopAt(token, 8), cancel=token)
    files = sorted((tmp_path / "out" / "Participant-S1" / "play").iterdir())
    assert [int(file.stem) for file in files] == [0, 1, 2, 3, 4, 7]
    assert all(_read(file).shape == (SIZE[1], SIZE[0], 3) for file in files)
    replaced, calls = Path.replace, []

    def full(self: Path, target: Path) -> Path:
        calls.append(target)
        if target.suffix == ".jpg" and len(calls) > 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replaced(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(StillError, match="No space left"):
            export_frames(study, PictureChoice(into=tmp_path / "out", again=True))
    assert not list((tmp_path / "out").rglob("*.part"))
    assert export_frames(study, replace(choice, again=True)).written == FRAMES - 3


def test_nonsense_is_refused(study: Project, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="suffix"):
        export_frames(study, PictureChoice(), suffix=".gif")
    with pytest.raises(NotFoundError, match="S9"):
        export_frames(study, PictureChoice(participants=["S9"], into=tmp_path / "out"))
    with pytest.raises(NotFoundError, match="No video named"):
        export_frames(study, PictureChoice(video="nap", into=tmp_path / "out"))
