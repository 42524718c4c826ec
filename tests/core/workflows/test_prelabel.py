"""Suggestions are the network's word on the child's face, once a frame, however a run came to its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from hrm_core import media
from hrm_core.errors import Cancelled, InvalidFileError, NotFoundError, ProjectError
from hrm_core.faces.align import Alignment
from hrm_core.faces.feature_file import read_features
from hrm_core.models.lock import alone
from hrm_core.models.open_runner import open_runner
from hrm_core.models.runners import RunnerError
from hrm_core.progress import CancelToken, NoProgress
from hrm_core.records.coding import FrameCoding
from hrm_core.records.columns import CODE_COLUMNS
from hrm_core.records.recording import ExclusionReason, Recording
from hrm_core.workflows import prelabel as work
from hrm_core.workflows.add_participant import add_participant, add_rater
from hrm_core.workflows.add_video import add_clips, add_video
from hrm_core.workflows.choose_clips import exclude_clip
from hrm_core.workflows.extract_faces import extract_faces
from hrm_core.workflows.face_pictures import PictureChoice
from hrm_core.workflows.pick_face import pick_face
from hrm_core.workflows.prelabel import PrelabelOptions, PrelabelReport, prelabel
from hrm_core.workflows.prelabel_pictures import predict_video
from hrm_core.workflows.project import FEATURES, Project, create_project
from tests.core.models.test_infer import Means
from tests.support.drawn_faces import DiscDetector, disc_film, disc_places
from tests.support.prelabel_process import registered_as
from tests.support.tiny_network import ACTIONS, INPUT, THRESHOLDS, TINY, tiny_facts, tiny_onnx, tiny_weights

FRAMES, GAP, BLOCK = 90, range(20, 40), 64
COLUMNS = [CODE_COLUMNS.index(key) for key in ACTIONS]
BARE = PictureChoice(aligned=False, crops=False)


@pytest.fixture(scope="module")
def discs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two discs, of which the middle one is the child's and is away for a while."""
    return disc_film(tmp_path_factory.mktemp("discs") / "film.mp4", disc_places(FRAMES, gap=GAP))


@pytest.fixture
def recording(project: Project, discs: Path) -> Recording:
    return add_video(project, "S1", discs)


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The synthetic network, registered; its blocks are smaller."""
    monkeypatch.setattr(work, "BLOCK_FRAMES", BLOCK)
    file = tiny_onnx(tmp_path / "weights" / "tiny.onnx")
    with registered_as(file):
        yield file


class StopsAfter(NoProgress):
    """Asks for a stop once so many frames are done."""

    def __init__(self, frames: int) -> None:
        self.cancel, self._left, self._counts = CancelToken(), frames, False

    def start(self, title: str, total: int | None) -> None:
        self._counts = title.startswith("Suggesting")

    def advance(self, units: int = 1) -> None:
        self._left -= units * self._counts
        if self._left <= 0:
            self.cancel.cancel()


def said(project: Project, report: PrelabelReport, recording: Recording) -> NDArray[np.float64]:
    """What the run says: frame first, then a column for each action."""
    assert report.run is not None
    found = project.store.model_runs.probabilities(report.run, recording.id)
    assert np.isnan(np.delete(found.probabilities, COLUMNS, axis=1)).all()
    return np.column_stack([found.frames, found.probabilities[:, COLUMNS]])


def wanted(project: Project, recording: Recording) -> NDArray[np.float64]:
    """The same, worked out picture by picture from the feature file."""
    from PIL import Image

    who = project.store.people.participant("S1")
    _, frames = read_features(project.face_path(FEATURES, who, recording))
    rows, runner = [], Means()
    with media.open_video(project.video_path(recording)) as video:
        for entry in frames:
            if entry.alignment is None:
                continue
            picture = Alignment(entry.alignment, 224).picture(video[entry.frame])
            small = np.asarray(
                Image.fromarray(picture).resize((INPUT.size, INPUT.size), Image.Resampling.BILINEAR)
            )
            levels = (small / 255 - np.array(INPUT.mean)) / np.array(INPUT.std)
            logits = runner.run(levels.transpose(2, 0, 1)[np.newaxis].astype(np.float32))[0]
            rows.append([entry.frame, *(1 / (1 + np.exp(-logits.astype(np.float64))))])
    return np.array(rows)


def blocks(project: Project, report: PrelabelReport, recording: Recording) -> list[tuple[int, int]]:
    assert report.run is not None
    there = project.store.suggestions.blocks(report.run, recording.id)
    return [(first, last) for first, last, _ in there]


@pytest.mark.usefixtures("network")
def test_a_recording_gets_the_networks_word_once(project: Project, recording: Recording) -> None:
    report = prelabel(project, TINY, options=PrelabelOptions(batch_size=7))
    (video,) = report.videos
    assert (video.frames, video.faceless, video.there, video.unseen, video.problem) == (
        FRAMES,
        len(GAP),
        0,
        0,
        "",
    )
    found = said(project, report, recording)
    assert found[:, 0].tolist() == [frame for frame in range(FRAMES) if frame not in GAP]
    assert np.abs(found - wanted(project, recording)).max() <= 1e-5
    assert blocks(project, report, recording) == [(0, BLOCK - 1), (BLOCK, FRAMES - 1)]
    assert project.store.suggestions.faceless(report.run or 0, recording.id) == len(GAP)
    assert project.store.suggestions.looked_at(report.run or 0, recording.id).tolist() == list(range(FRAMES))
    (run,) = project.store.model_runs.all()
    assert (run.id, run.model) == (report.run, TINY)
    assert run.settings["thresholds"] == dict(zip(ACTIONS, THRESHOLDS, strict=True))
    assert run.settings["weights_sha256"] == report.weights_sha256
    assert run.settings["ran_on"].endswith("CPUExecutionProvider")
    assert (run.settings["population"], run.settings["synthetic"]) == ("nobody at all", False)
    # Again: nothing is done, nothing is doubled.
    more = prelabel(project, TINY, options=PrelabelOptions(batch_size=64))
    assert (more.run, more.frames, more.videos[0].there) == (report.run, 0, FRAMES)
    assert np.array_equal(said(project, more, recording), found)
    # And on request: the same to a rounding, by batches of another size.
    anew = prelabel(project, TINY, options=PrelabelOptions(batch_size=64, again=True))
    assert (anew.run, anew.frames) == (report.run, FRAMES)
    assert np.abs(said(project, anew, recording) - found).max() <= 1e-5


@pytest.mark.usefixtures("network")
def test_a_run_that_was_stopped_goes_on(project: Project, recording: Recording) -> None:
    stops = StopsAfter(FRAMES - 6)
    options = PrelabelOptions(batch_size=2)
    with pytest.raises(Cancelled):
        prelabel(project, TINY, options=options, progress=stops, cancel=stops.cancel)
    (run,) = project.store.model_runs.all()
    assert project.store.suggestions.blocks(run.id, recording.id)[-1][1] == BLOCK - 1
    report = prelabel(project, TINY, options=options)
    assert (report.run, report.frames, report.videos[0].there) == (run.id, FRAMES - BLOCK, BLOCK)
    assert np.abs(said(project, report, recording) - wanted(project, recording)).max() <= 1e-5
    assert blocks(project, report, recording) == [(0, BLOCK - 1), (BLOCK, FRAMES - 1)]


@pytest.mark.usefixtures("network")
def test_what_is_done_again_is_there_until_it_is_done(project: Project, recording: Recording) -> None:
    add_clips(project, recording, [(50, 69)])
    before = said(project, prelabel(project, TINY), recording)
    stops = StopsAfter(FRAMES - 6)
    with pytest.raises(Cancelled):
        prelabel(
            project,
            TINY,
            options=PrelabelOptions(batch_size=2, again=True),
            progress=stops,
            cancel=stops.cancel,
        )
    run = prelabel(project, TINY, options=PrelabelOptions(dry_run=True))
    assert (run.frames, np.abs(said(project, run, recording) - before).max() <= 1e-5) == (0, True)
    # Of clips alone: other frames keep what is said of them.
    clips = prelabel(project, TINY, options=PrelabelOptions(again=True, clips_only=True))
    assert clips.frames == 20
    assert np.abs(said(project, clips, recording) - before).max() <= 1e-5
    assert blocks(project, clips, recording) == [(50, 69)]
    whole = prelabel(project, TINY)
    assert (whole.frames, whole.videos[0].there) == (FRAMES - 20, 20)
    assert np.abs(said(project, whole, recording) - before).max() <= 1e-5


@pytest.mark.usefixtures("network")
def test_where_nothing_is_asked_for_nothing_begins(
    project: Project, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "open_detector", lambda: 1 / 0)
    (video,) = prelabel(project, TINY, options=PrelabelOptions(clips_only=True)).videos
    assert (video.frames, video.there, video.unseen, video.problem) == (0, 0, 0, "")
    assert nothing_is_stored(project, recording)
    assert project.store.suggestions.blocks(1, recording.id) == []
    assert project.store.model_runs.names() == {}


@pytest.mark.usefixtures("network")
def test_where_another_face_is_picked_the_suggestions_are_made_anew(
    project: Project, recording: Recording
) -> None:
    report = prelabel(project, TINY)
    before = said(project, report, recording)
    add_rater(project, "Ada")
    pick_face(project, "S1", 80, by="Ada", at=(260, 62))
    again = prelabel(project, TINY)
    # The block with these frames alone.
    assert (again.run, again.frames, again.videos[0].there) == (report.run, FRAMES - BLOCK, BLOCK)
    after = said(project, again, recording)
    assert np.abs(after - wanted(project, recording)).max() <= 1e-5
    moved = after[:, 0] >= 80
    assert np.array_equal(after[~moved], before[~moved])
    assert not np.isclose(after[moved], before[moved]).all(axis=1).any()


def test_two_models_stand_side_by_side(project: Project, recording: Recording, tmp_path: Path) -> None:
    told = []
    for name, scale in (("tiny", 1.0), ("other", 2.0), ("tiny", 1.0)):
        with registered_as(tiny_onnx(tmp_path / f"{name}.onnx", scale), name):
            told.append(prelabel(project, name))
    one, other, once_more = told
    assert (one.run == once_more.run) is True
    assert (one.run != other.run, once_more.frames) == (True, 0)
    logits = [np.log(p / (1 - p)) for p in (said(project, each, recording)[:, 1:] for each in (one, other))]
    assert np.abs(2 * logits[0] - logits[1]).max() < 1e-3
    assert [run.model for run in project.store.model_runs.all()] == ["tiny", "other"]


@pytest.mark.usefixtures("network")
def test_excluded_clips_are_left_out_and_clips_can_be_all(project: Project, recording: Recording) -> None:
    first, second, _ = add_clips(project, recording, [(0, 9), (45, 59), (70, 84)])
    ada = add_rater(project, "Ada")
    exclude_clip(project, ada, second, ExclusionReason.OCCLUDED)
    extract_faces(project, DiscDetector(), pictures=BARE)
    project.store.codings.save(FrameCoding(ada.id, recording.id, first.first_frame))
    uncoded = prelabel(project, TINY, options=PrelabelOptions(uncoded_by="Ada"))
    assert said(project, uncoded, recording)[:, 0].tolist() == list(range(70, 85))
    clips = prelabel(project, TINY, options=PrelabelOptions(clips_only=True))
    assert said(project, clips, recording)[:, 0].tolist() == [*range(10), *range(70, 85)]
    assert (clips.frames, clips.videos[0].there) == (10, 15)
    planned = prelabel(project, TINY, options=PrelabelOptions(dry_run=True))
    assert (planned.frames, planned.videos[0].there) == (FRAMES - 15 - 25, 25)
    everything = prelabel(project, TINY)
    assert (everything.frames, everything.videos[0].faceless) == (FRAMES - 15 - 25, len(GAP))
    found = said(project, everything, recording)
    assert not set(found[:, 0]).intersection(range(45, 60))
    reference = wanted(project, recording)
    kept = np.isin(reference[:, 0], found[:, 0])
    assert np.abs(found - reference[kept]).max() <= 1e-5
    with pytest.raises(NotFoundError):
        prelabel(project, TINY, options=PrelabelOptions(uncoded_by="Nobody"))


@pytest.mark.usefixtures("network")
def test_frames_without_features_are_counted_and_not_made_up(project: Project, recording: Recording) -> None:
    extract_faces(project, DiscDetector(), every=3, pictures=BARE)
    report = prelabel(project, TINY)
    assert (report.frames, report.videos[0].unseen) == (30, 60)
    assert {int(frame) % 3 for frame in said(project, report, recording)[:, 0]} == {0}


class OurDiscs(DiscDetector):
    """Finds discs under the name of the detector that this looks for faces with."""

    name = "yunet"


@pytest.mark.usefixtures("network")
def test_more_frames_get_faces_and_those_that_have_them_stay(
    project: Project, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "open_detector", OurDiscs)
    add_clips(project, recording, [(5, 14)])
    first = prelabel(project, TINY, options=PrelabelOptions(clips_only=True))
    before = said(project, first, recording)
    assert before[:, 0].tolist() == list(range(5, 15))
    whole = prelabel(project, TINY)
    assert (whole.frames, whole.videos[0].there, whole.videos[0].unseen) == (FRAMES - 10, 10, 0)
    after = said(project, whole, recording)
    assert np.array_equal(after[5:15], before)
    assert np.abs(after - wanted(project, recording)).max() <= 1e-5
    # Without the detector what is known is looked at all the same.
    monkeypatch.setattr(work, "open_detector", lambda: 1 / 0)
    assert prelabel(project, TINY).videos[0].there == FRAMES


@pytest.mark.usefixtures("network")
def test_a_video_without_faces_gets_none(project: Project, tmp_path: Path) -> None:
    film = disc_film(tmp_path / "empty.mp4", [[]] * 12)
    recording = add_video(project, "S2", film)
    report = prelabel(project, TINY)
    (video,) = report.videos
    assert (video.frames, video.faceless, video.problem) == (12, 12, "")
    assert len(said(project, report, recording)) == 0
    assert prelabel(project, TINY).videos[0].there == 12


# ---- what the world does wrong ---------------------------------------------------------


def nothing_is_stored(project: Project, recording: Recording) -> bool:
    store = project.store
    return not store.model_runs.all() and not any(store.suggestions.blocks(n, recording.id) for n in range(9))


def test_without_weights_nothing_begins(project: Project, recording: Recording) -> None:
    with pytest.raises(
        NotFoundError, match="are not on this computer: add them with hrm models add resnet50"
    ):
        prelabel(project, "resnet50")
    with pytest.raises(NotFoundError, match="There is no model 'nothing'"):
        prelabel(project, "nothing")
    assert nothing_is_stored(project, recording)


def test_a_network_of_other_actions_is_refused(
    project: Project, recording: Recording, network: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tiny_weights(network)
    turned = replace(tiny_facts(), actions=ACTIONS[::-1])
    other = replace(weights, card=replace(weights.card, network=turned))
    monkeypatch.setattr(work, "model_card", lambda name: other.card)
    monkeypatch.setattr(work, "registered_weights", lambda store, card: other)
    with pytest.raises(InvalidFileError, match="is not a network of the card tiny"):
        prelabel(project, TINY)
    assert nothing_is_stored(project, recording)


@pytest.mark.usefixtures("network")
def test_without_a_detector_what_is_missing_is_said(
    project: Project, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> DiscDetector:
        raise NotFoundError("The weights of yunet are not on this computer.")

    monkeypatch.setattr(work, "open_detector", missing)
    assert "yunet" in prelabel(project, TINY).videos[0].problem
    assert nothing_is_stored(project, recording)


@pytest.mark.usefixtures("network")
def test_a_video_that_is_gone_stops_no_other(project: Project, recording: Recording, discs: Path) -> None:
    gone = add_video(project, "S2", discs)
    project.video_path(gone).rename(project.folder / "elsewhere.mp4")
    report = prelabel(project, TINY)
    assert [bool(video.problem) for video in report.videos] == [False, True]
    assert "is not where it was" in report.videos[1].problem
    assert len(said(project, report, recording)) == FRAMES - len(GAP)


@pytest.mark.usefixtures("network")
def test_a_folder_that_takes_no_lock_is_one_sentence(project: Project, recording: Recording) -> None:
    (project.folder / f".prelabel-1-{recording.id}.lock").mkdir()
    (video,) = prelabel(project, TINY).videos
    assert "cannot be written to" in video.problem
    assert nothing_is_stored(project, recording)


class Failing:
    """A graphics card that is taken away after some batches."""

    def __init__(self, runner: object, batches: int) -> None:
        self._runner, self.left, self.on_cpu, self.passed_over = runner, batches, False, ()
        self.facts, self.ran_on = runner.facts, "a graphics card"  # type: ignore[attr-defined]

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        if not self.left:
            raise RunnerError("The card is gone.")
        self.left -= 1
        return self._runner.run(batch)  # type: ignore[attr-defined, no-any-return]

    def close(self) -> None:
        pass


def taken_away(monkeypatch: pytest.MonkeyPatch, batches: int) -> list[str]:
    asked: list[str] = []

    def opened(weights: object, prefer: object, device: str, **more: object) -> object:
        asked.append(device)
        runner = open_runner(weights, prefer, "cpu")  # type: ignore[arg-type]
        return runner if device == "cpu" else Failing(runner, batches)

    monkeypatch.setattr(work, "open_runner", opened)
    return asked


@pytest.mark.usefixtures("network")
def test_where_the_card_is_taken_away_the_processor_goes_on(
    project: Project, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = taken_away(monkeypatch, 2)
    report = prelabel(project, TINY)
    assert asked == ["auto", "cpu"]
    assert report.ran_on.endswith("CPUExecutionProvider")
    (sentence,) = report.passed_over
    assert sentence.startswith("a graphics card failed in the middle, and the processor went on")
    assert np.abs(said(project, report, recording) - wanted(project, recording)).max() <= 1e-5


@pytest.mark.usefixtures("network")
def test_whoever_asked_for_the_card_hears_that_it_failed(
    project: Project, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_away(monkeypatch, 4)
    with pytest.raises(RunnerError, match="The card is gone"):
        prelabel(project, TINY, options=PrelabelOptions(device="cuda"))
    # Whole blocks stay, and the next run goes on from there.
    monkeypatch.setattr(work, "open_runner", open_runner)
    report = prelabel(project, TINY)
    assert report.videos[0].there == BLOCK
    assert np.abs(said(project, report, recording) - wanted(project, recording)).max() <= 1e-5


@pytest.mark.skipif(
    "CUDAExecutionProvider" in onnxruntime.get_available_providers(), reason="there is a card"
)
@pytest.mark.usefixtures("network")
def test_a_card_that_is_not_there_is_said(project: Project, recording: Recording) -> None:
    with pytest.raises(RunnerError, match="CUDAExecutionProvider is not part of the installed ONNX Runtime"):
        prelabel(project, TINY, options=PrelabelOptions(device="cuda"))
    assert nothing_is_stored(project, recording)


@pytest.mark.usefixtures("network")
def test_a_second_program_on_the_same_recording_says_so(project: Project, recording: Recording) -> None:
    first = prelabel(project, TINY)
    with alone(project.folder / f".prelabel-{first.run}-{recording.id}.lock"):
        second = prelabel(project, TINY)
    assert second.videos[0].problem.startswith("Another program is making these suggestions now")
    assert second.frames == 0
    assert not list(project.folder.glob(".*.lock"))


@pytest.mark.usefixtures("network")
def test_drawn_faces_teach_nothing_of_people(
    project: Project, recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, discs: Path
) -> None:
    facts_of = work.detector_facts
    monkeypatch.setattr(work, "detector_facts", lambda card: replace(facts_of(card), synthetic=True))
    with pytest.raises(ProjectError, match="learned from drawn faces and says nothing of people"):
        prelabel(project, TINY)
    assert nothing_is_stored(project, recording)
    assert prelabel(project, TINY, options=PrelabelOptions(anyway=True)).frames == FRAMES
    assert project.store.model_runs.all()[0].settings["synthetic"] is True
    # A study that is drawn itself may take it.
    with create_project(tmp_path / "drawn", synthetic=True) as drawn:
        add_participant(drawn, "S1", group="ASD")
        add_video(drawn, "S1", discs)
        assert prelabel(drawn, TINY).frames == FRAMES


# ---- one pass over a video outside a study ---------------------------------------------


def test_one_pass_over_a_video_says_what_a_study_gets(
    project: Project, recording: Recording, network: Path, discs: Path
) -> None:
    report = prelabel(project, TINY)
    with media.open_video(discs, cache_bytes=0) as video:
        told = list(predict_video(video, DiscDetector(), tiny_facts(), Means(), block_frames=30))
    assert [len(block.looked_at) for block in told] == [30, 30, 30]
    frames = np.concatenate([block.frames for block in told])
    values = np.concatenate([block.probabilities[0] for block in told])
    found = said(project, report, recording)
    assert np.array_equal(frames, found[:, 0])
    assert np.abs(values - found[:, 1:]).max() <= 1e-5
