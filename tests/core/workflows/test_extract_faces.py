"""Faces are found once, followed and cut out, however often the run is stopped; bad videos stop no other."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from hrm_core.errors import Cancelled, InvalidFileError, NotFoundError, ProjectError
from hrm_core.faces.crop import crop_picture
from hrm_core.faces.detector import Detector
from hrm_core.faces.feature_file import read_features
from hrm_core.faces.yunet import YuNet
from hrm_core.media import open_video, read_still, write_still
from hrm_core.media.stills import StillError
from hrm_core.progress import CancelToken, NoProgress
from hrm_core.records.face_mark import FaceMark, FaceMarkKind
from hrm_core.workflows import look_for_faces as looking
from hrm_core.workflows.add_participant import change_participant
from hrm_core.workflows.add_video import add_clips, add_video, recording_of, set_neutral
from hrm_core.workflows.extract_faces import ALIGNED, CROPS, extract_faces
from hrm_core.workflows.face_detector import open_detector
from hrm_core.workflows.face_pictures import PictureChoice
from hrm_core.workflows.neutral_face import neutral_face
from hrm_core.workflows.project import FEATURES, Project
from hrm_core.workflows.see_faces import see_faces
from tests.support.drawn_faces import DiscDetector, disc_film, disc_places
from tests.support.programs import ROOT

FRAMES = 60


@pytest.fixture(scope="module")
def discs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two discs, of which the middle one is the child's."""
    return disc_film(tmp_path_factory.mktemp("discs") / "film.mp4", disc_places(FRAMES))


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of eight frames, so that small films have some."""
    monkeypatch.setattr(looking, "PART_FRAMES", 8)


def _path(project: Project, kind: str, code: str = "S1") -> Path:
    return project.face_path(kind, project.store.people.participant(code), recording_of(project, code))


def _written(project: Project) -> dict[str, str]:
    """Everything that was written about faces, with its bytes."""
    files = [file for kind in (FEATURES, ALIGNED, CROPS) for file in (project.folder / kind).rglob("*")]
    return {
        file.relative_to(project.folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
        if file.is_file()
    }


def test_every_frame_has_its_faces_and_pictures(project: Project, discs: Path) -> None:
    recording = add_video(project, "S1", discs)
    detector = DiscDetector()
    report = extract_faces(project, detector)
    (video,) = report.videos
    assert detector.looked_at == list(range(FRAMES))
    assert (video.frames, video.looked, video.there, video.with_child) == (FRAMES, FRAMES, 0, FRAMES)
    assert (video.several_faces, video.without_face, video.switches) == (FRAMES, 0, ())
    assert (video.aligned, video.crops, video.damaged, video.problem) == (FRAMES, FRAMES, (), "")
    assert report.frames_per_s > 0
    note, frames = read_features(_path(project, FEATURES))
    assert (note.detector, note.fingerprint, note.frame_count) == ("discs", recording.fingerprint, FRAMES)
    with open_video(discs) as film:
        for n, entry in enumerate(frames):
            x, y, radius = disc_places(FRAMES)[n][0]
            assert entry.time_s == film.time(n)
            assert entry.child is not None
            assert np.abs(entry.child.box - [x - radius, y - radius, x + radius, y + radius]).max() <= 2
            assert entry.crop is not None
            crop = read_still(_path(project, CROPS) / f"{n:06d}.jpg")
            assert crop.shape == (512, 512, 3)
            assert np.abs(crop.astype(int) - crop_picture(film[n], entry.crop)).mean() < 3
            aligned = read_still(_path(project, ALIGNED) / f"{n:06d}.jpg")
            assert aligned.shape == (224, 224, 3)
            # The middle of the face is on the disc.
            assert aligned[90:150, 80:144].min() > 150
    assert not list(project.folder.rglob("*.parts"))
    sight = see_faces(project, project.store.people.participant("S1"), recording)
    assert sight.problem == ""
    assert all(sight.cover(n).located for n in range(FRAMES))


def test_what_is_there_is_not_done_again(project: Project, discs: Path) -> None:
    add_video(project, "S1", discs)
    extract_faces(project, DiscDetector(), every=10)
    before = _written(project)
    detector = DiscDetector()
    again = extract_faces(project, detector, every=10)
    assert (detector.looked_at, again.videos[0].there, again.videos[0].aligned) == ([], 6, 0)
    assert _written(project) == before
    # More frames: only those that are missing are looked at.
    more = extract_faces(project, detector, every=5)
    assert detector.looked_at == [5, 15, 25, 35, 45, 55]
    assert (more.videos[0].frames, more.videos[0].there, more.videos[0].aligned) == (12, 6, 6)
    (_path(project, ALIGNED) / "000010.jpg").write_bytes(b"")
    (_path(project, CROPS) / "000020.jpg").unlink()
    mended = extract_faces(project, detector, every=5).videos[0]
    assert (mended.looked, mended.aligned, mended.crops) == (0, 1, 1)
    assert read_still(_path(project, ALIGNED) / "000010.jpg").shape == (224, 224, 3)


def test_pictures_may_come_later_or_not_at_all(project: Project, discs: Path) -> None:
    add_video(project, "S1", discs)
    extract_faces(project, DiscDetector(), pictures=PictureChoice(aligned=False, crops=False))
    assert not _path(project, ALIGNED).exists()
    assert not _path(project, CROPS).exists()
    detector = DiscDetector()
    later = extract_faces(project, detector, pictures=PictureChoice(crops=False)).videos[0]
    assert (detector.looked_at, later.aligned, later.crops) == ([], FRAMES, 0)
    larger = extract_faces(project, detector, pictures=PictureChoice(crops=False, size=112)).videos[0]
    assert (detector.looked_at, larger.aligned) == ([], FRAMES)
    assert read_still(_path(project, ALIGNED) / "000000.jpg").shape == (112, 112, 3)
    # Pictures that do not fit the features any more are not left lying about.
    extract_faces(project, detector, pictures=PictureChoice(aligned=False, crops=False))
    assert not list(_path(project, ALIGNED).glob("*.jpg"))


def test_only_clips_of_some_children(project: Project, discs: Path, film: Path) -> None:
    recording = add_video(project, "S1", discs)
    add_video(project, "S2", film)
    add_clips(project, recording, [(3, 5), (40, 41)])
    detector = DiscDetector()
    dry = extract_faces(project, detector, participants=["S1"], clips_only=True, dry_run=True)
    assert (dry.frames, dry.dry_run, detector.looked_at) == (5, True, [])
    assert not (project.folder / FEATURES).exists()
    extract_faces(project, detector, participants=["S1"], clips_only=True)
    assert detector.looked_at == [3, 4, 5, 40, 41]
    assert not _path(project, FEATURES, "S2").exists()
    with pytest.raises(NotFoundError, match="S9"):
        extract_faces(project, detector, participants=["S9"])
    with pytest.raises(ValueError, match="at least 1"):
        extract_faces(project, detector, every=0)


@pytest.mark.slow
@pytest.mark.parametrize("stop_at", [1, 9, 30, FRAMES - 1])
def test_a_stopped_run_goes_on_and_ends_with_the_same_bytes(
    project: Project, discs: Path, stop_at: int
) -> None:
    add_video(project, "S1", discs)
    extract_faces(project, DiscDetector())
    undisturbed = _written(project)
    token = CancelToken()

    class Stop(NoProgress):
        done = 0

        def advance(self, units: int = 1) -> None:
            self.done += units
            if self.done == stop_at:
                token.cancel()

    for kind in (FEATURES, ALIGNED, CROPS):
        for file in sorted((project.folder / kind).rglob("*"), reverse=True):
            file.unlink() if file.is_file() else file.rmdir()
    with pytest.raises(Cancelled):
        extract_faces(project, DiscDetector(), progress=Stop(), cancel=token)
    assert not _path(project, FEATURES).exists()
    detector = DiscDetector()
    extract_faces(project, detector)
    assert detector.looked_at == list(range(stop_at // 8 * 8, FRAMES))
    assert _written(project) == undisturbed


def test_parts_of_another_setting_do_not_count(project: Project, discs: Path) -> None:
    add_video(project, "S1", discs)
    token = CancelToken()

    class Stop(NoProgress):
        done = 0

        def advance(self, units: int = 1) -> None:
            self.done += units
            if self.done == 30:
                token.cancel()

    with pytest.raises(Cancelled):
        extract_faces(project, DiscDetector(), progress=Stop(), cancel=token)
    detector = DiscDetector(least_score=0.8)
    extract_faces(project, detector)
    assert detector.looked_at == list(range(FRAMES))
    assert not list(project.folder.rglob("*.parts"))


def test_a_full_disk_is_explained_and_the_rest_goes_on_later(
    project: Project, discs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_video(project, "S1", discs)
    move, calls = Path.replace, []

    def full(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) > 60:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return move(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(StillError, match=r"No space left .* has room"):
            extract_faces(project, DiscDetector())
    assert not list(project.folder.rglob("*.part"))
    detector = DiscDetector()
    video = extract_faces(project, detector).videos[0]
    assert 0 < video.there < FRAMES
    assert len(list(_path(project, CROPS).glob("*.jpg"))) == FRAMES


def test_faces_of_another_detector_are_replaced_only_when_asked(project: Project, discs: Path) -> None:
    add_video(project, "S1", discs)
    extract_faces(project, DiscDetector())
    before = _written(project)
    other = DiscDetector(least_score=0.8)
    (refused,) = extract_faces(project, other).videos
    assert "'discs' with other settings or weights: use --again" in refused.problem
    assert _written(project) == before
    # All frames come back, also those that nobody asks for now.
    assert extract_faces(project, other, every=30, again=True).videos[0].frames == FRAMES
    assert read_features(_path(project, FEATURES))[0].settings["least score"] == "0.8"


def test_faces_of_another_file_are_replaced_only_when_asked(
    project: Project, discs: Path, tmp_path: Path
) -> None:
    add_video(project, "S1", discs, name="film")
    extract_faces(project, DiscDetector())
    shorter = disc_film(tmp_path / "shorter.mp4", disc_places(20, gap=range(5, 9)))
    add_video(project, "S1", shorter, name="film", replace_file=True)
    (refused,) = extract_faces(project, DiscDetector()).videos
    assert "another file: use --again" in refused.problem
    extract_faces(project, DiscDetector(), again=True)
    note, frames = read_features(_path(project, FEATURES))
    assert (note.frame_count, len(frames)) == (20, 20)
    assert len(list(_path(project, CROPS).glob("*.jpg"))) == 16


def test_a_damaged_feature_file_is_replaced_only_when_asked(project: Project, discs: Path) -> None:
    add_video(project, "S1", discs)
    extract_faces(project, DiscDetector())
    whole = _path(project, FEATURES).read_bytes()
    _path(project, FEATURES).write_bytes(whole[: len(whole) // 2])
    (refused,) = extract_faces(project, DiscDetector()).videos
    assert "add --again" in refused.problem
    assert extract_faces(project, DiscDetector(), again=True).videos[0].frames == FRAMES


def test_pictures_that_were_not_made_here_are_never_replaced(project: Project, discs: Path) -> None:
    add_video(project, "S1", discs)
    folder = _path(project, ALIGNED)
    write_still(np.zeros((8, 8, 3), np.uint8), folder / "000001.jpg")
    for again in (False, True):
        (refused,) = extract_faces(project, DiscDetector(), again=again).videos
        assert "may be the only copy: move the folder away" in refused.problem
    assert [file.name for file in folder.iterdir()] == ["000001.jpg"]


def test_frames_without_the_child_have_no_picture(project: Project, tmp_path: Path) -> None:
    gap = range(20, 50)
    places = [[(150, 120, 40)] if n not in gap else [] for n in range(70)]
    add_video(project, "S1", disc_film(tmp_path / "gap.mp4", places))
    (video,) = extract_faces(project, DiscDetector()).videos
    assert (video.frames, video.with_child, video.without_face) == (70, 40, 30)
    names = {int(file.stem) for file in _path(project, ALIGNED).glob("*.jpg")}
    assert names == set(range(70)) - set(gap)
    assert [(event.kind, event.frame) for event in video.events] == [("lost", 20), ("found again", 50)]


def test_a_switch_is_told(project: Project, tmp_path: Path) -> None:
    places = [[(60, 120, 25)] if n < 10 else [(280, 120, 28)] if n > 30 else [] for n in range(90)]
    add_video(project, "S1", disc_film(tmp_path / "switch.mp4", places))
    (video,) = extract_faces(project, DiscDetector()).videos
    assert video.switches == (61,)
    (switch,) = [event for event in video.events if event.kind == "switched"]
    assert switch.before is not None
    assert switch.after is not None
    assert switch.before[0] < 100 < 200 < switch.after[0]


def test_what_a_person_picked_is_followed_from_the_beginning(project: Project, discs: Path) -> None:
    recording = add_video(project, "S1", discs)
    ada = project.store.people.ensure_rater("Ada")
    box = ((230 / 320, 30 / 240), (290 / 320, 90 / 240))
    project.store.face_marks.add(FaceMark(recording.id, 30, FaceMarkKind.FACE, box, ada.id))
    extract_faces(project, DiscDetector())
    _, frames = read_features(_path(project, FEATURES))
    lefts = [entry.child.box[0] for entry in frames if entry.child is not None]
    assert len(lefts) == FRAMES
    assert max(lefts[:30]) < 200 < min(lefts[30:])
    # Taken back, what changes is followed and cut anew, without looking for faces again.
    project.store.face_marks.take_back(FaceMark(recording.id, 30, FaceMarkKind.FACE, box, ada.id))
    detector = DiscDetector()
    (video,) = extract_faces(project, detector).videos
    assert (detector.looked_at, video.crops) == ([], 30)
    assert (
        np.abs(read_still(_path(project, CROPS) / "000045.jpg").astype(int)[250:260, 250:260] - 250).max() < 9
    )


def test_damaged_frames_are_left_out_and_named(
    project: Project, discs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_core.media.reader import VideoFile

    add_video(project, "S1", discs)
    whole = VideoFile._picture

    def picture(self: VideoFile, number: int) -> NDArray[np.uint8]:
        if number in (7, 30):
            raise InvalidFileError("damaged")
        return whole(self, number)

    monkeypatch.setattr(VideoFile, "_picture", picture)
    report = extract_faces(project, DiscDetector())
    assert (report.frames, report.videos[0].damaged) == (FRAMES - 2, (7, 30))
    assert 7 not in {entry.frame for entry in read_features(_path(project, FEATURES))[1]}


def test_a_video_that_is_gone_does_not_stop_the_others(project: Project, discs: Path, film: Path) -> None:
    with pytest.raises(ProjectError, match="no video to look for faces"):
        extract_faces(project, DiscDetector())
    gone = add_video(project, "S1", film)
    add_video(project, "S2", discs)
    (project.folder / str(gone.path)).unlink()
    report = extract_faces(project, DiscDetector())
    assert "is not where it was" in report.videos[0].problem
    assert report.videos[1].frames == FRAMES


def test_a_corrected_group_keeps_the_place(project: Project, discs: Path) -> None:
    add_video(project, "S1", discs)
    extract_faces(project, DiscDetector())
    before = _written(project)
    change_participant(project, "S1", group="TD")
    detector = DiscDetector()
    extract_faces(project, detector)
    assert detector.looked_at == []
    assert _written(project) == before


def test_a_folder_of_pictures_is_a_video_too(project: Project, discs: Path, tmp_path: Path) -> None:
    with open_video(discs) as film:
        for n in range(12):
            write_still(film[n], tmp_path / "pictures" / f"{n}.png")
    add_video(project, "S1", tmp_path / "pictures", copy=False)
    (video,) = extract_faces(project, DiscDetector()).videos
    assert (video.frames, video.with_child, video.problem) == (12, 12, "")


def test_the_neutral_picture_is_looked_at(project: Project, discs: Path) -> None:
    add_video(project, "S1", discs)
    set_neutral(project, "S1", frame=4)
    report = extract_faces(project, DiscDetector())
    assert [(entry.participant, entry.faces, entry.problem) for entry in report.neutral] == [("S1", 2, "")]
    found = neutral_face(project, "S1")
    assert found is not None
    assert found.child is not None
    assert found.child.box[0] < 200
    assert extract_faces(project, DiscDetector()).neutral == ()
    assert len(extract_faces(project, DiscDetector(), again=True).neutral) == 1


def test_faces_that_are_given_come_from_their_workflow(
    project: Project, discs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_video(project, "S1", discs)
    asked = []

    class Given(DiscDetector):
        name = "given"

    def given_faces(*arguments: object, **_: object) -> Detector:
        asked.append(arguments[4])
        return Given()

    monkeypatch.setattr("hrm_core.workflows.extract_faces.given_faces", given_faces)
    report = extract_faces(project, None)
    assert (report.detector, asked) == ("given", [((0, FRAMES - 1),)])
    assert read_features(_path(project, FEATURES))[0].detector == "given"
    assert "found by 'given': use --again" in extract_faces(project, DiscDetector()).videos[0].problem


# ---- odd videos and pictures, with the true detector --------------------------------------

_SHARED = ROOT.parent / "shared"
_YUNET = _SHARED / "models" / "yunet_n_dynamic.onnx"
needs_yunet = pytest.mark.skipif(not _YUNET.is_file(), reason="shared/ with models is not beside the project")


def _odd(kind: str) -> list[NDArray[np.uint8]]:
    face = read_still(_SHARED / "data" / "single_face.jpg")
    grey = np.repeat(face.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    pictures = {
        "tiny": face[::20, ::20][:20, :20],
        "half a face": face[:, :280],
        "upside down": face[::-1],
        "grey and odd": grey[:331, :517],
        "forty faces": np.tile(face[100:460:4, 140:440:4], (5, 8, 1)),
        "no face": np.full((200, 300, 3), 77, np.uint8),
        "one row": face[200:201],
        "huge": np.pad(face, ((0, 0), (0, 8000 - face.shape[1]), (0, 0))),
    }
    return [np.ascontiguousarray(pictures[kind])] * 3


@needs_yunet
@pytest.mark.parametrize(
    "kind",
    ["tiny", "half a face", "upside down", "grey and odd", "forty faces", "no face", "one row", "huge"],
)
def test_odd_pictures_do_no_harm(project: Project, tmp_path: Path, kind: str) -> None:
    for n, rgb in enumerate(_odd(kind)):
        write_still(rgb, tmp_path / "odd" / f"{n}.png")
    add_video(project, "S1", tmp_path / "odd", copy=False)
    (video,) = extract_faces(project, open_detector(pack=_YUNET)).videos
    assert (video.problem, video.frames) == ("", 3)
    assert video.crops == video.with_child
    if kind == "forty faces":
        _, frames = read_features(_path(project, FEATURES))
        assert len(frames[0].faces) >= 35
    if kind in ("huge", "grey and odd"):
        assert video.with_child == 3
    if kind in ("no face", "one row", "tiny"):
        assert video.without_face == 3


@needs_yunet
def test_the_picture_that_was_measured(project: Project, tmp_path: Path) -> None:
    for name in ("single_face", "multi_face"):
        write_still(read_still(_SHARED / "data" / f"{name}.jpg"), tmp_path / name / "0.png")
        add_video(project, "S1", tmp_path / name, copy=False)
    single, multi = extract_faces(project, open_detector(pack=_YUNET)).videos
    assert (single.with_child, single.several_faces) == (1, 0)
    assert (multi.with_child, multi.several_faces) == (1, 1)
    assert single.features is not None
    assert multi.features is not None
    (row,) = pq.read_table(single.features).to_pylist()
    box = [row["left"], row["top"], row["right"] - row["left"], row["bottom"] - row["top"]]
    assert np.abs(np.array(box) - [193, 143, 179, 260]).max() < 4
    left, top, side = row["crop_left"], row["crop_top"], row["crop_side"]
    assert side == round(1.6 * box[3])
    assert left + side / 2 == pytest.approx(193 + 179 / 2, abs=4)
    assert top + side / 2 == pytest.approx(143 + 260 / 2, abs=4)
    assert pq.read_table(multi.features).num_rows == 5


def test_detectors_are_opened_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFoundError, match="no face detector 'haar': choose one of yunet"):
        open_detector("haar")
    with pytest.raises(NotFoundError, match="no model file"):
        open_detector(pack=tmp_path / "gone.onnx")
    asked = []

    def weights_path(name: str) -> Path:
        asked.append(name)
        raise NotFoundError("fetch it with hrm models fetch")

    module = ModuleType("hrm_core.workflows.manage_models")
    module.weights_path = weights_path  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for pack in (None, "mine"):
        with pytest.raises(NotFoundError, match="hrm models fetch"):
            open_detector(pack=pack)
    assert asked == ["yunet", "mine"]


@needs_yunet
def test_the_least_score_is_a_setting() -> None:
    detector = open_detector(pack=_YUNET, least_score=0.9)
    assert isinstance(detector, YuNet)
    assert detector.settings["least score"] == "0.9"
