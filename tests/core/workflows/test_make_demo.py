"""The demo study knows where its faces are, and says that they were drawn."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from hrm_core import demo, media
from hrm_core.demo.expression import ACTION_PLACE
from hrm_core.demo.study import plan_study
from hrm_core.faces.align import Alignment, align_by_five_points, five_point_template
from hrm_core.faces.eye_mask import MaskStyle
from hrm_core.media import open_video
from hrm_core.workflows.extract_faces import ALIGNED, extract_faces
from hrm_core.workflows.make_demo import make_demo
from hrm_core.workflows.neutral_face import neutral_face
from hrm_core.workflows.project import FEATURES, Project
from hrm_core.workflows.see_faces import see_faces
from hrm_core.workflows.study_expressions import kept_models
from hrm_core.workflows.tool_files import imported_features

_N_FRAMES = 15


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The demo study with films of fifteen frames."""
    whole = demo.plan_study
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "plan_study", lambda *how: tuple(map(_beginning, whole(*how))))
        with make_demo(tmp_path_factory.mktemp("demo") / "study") as project:
            yield project


def _beginning(child: demo.DemoParticipant) -> demo.DemoParticipant:
    recording = replace(
        child.recording,
        intensities=child.recording.intensities[:_N_FRAMES],
        codes=child.recording.codes[:_N_FRAMES],
        clips=((1, 4), (6, 10)),
        neutral_frame=2,
    )
    return replace(child, recording=recording)


def test_every_frame_of_every_child_has_its_true_face(study: Project) -> None:
    children = demo.plan_study(0)
    for child, (who, recording) in zip(children, study.recordings(), strict=True):
        sight = see_faces(study, who, recording)
        assert (child.code, sight.problem, sorted(sight.frames)) == (who.code, "", list(range(_N_FRAMES)))
        assert sight.note is not None
        assert sight.note.synthetic
        assert (sight.note.detector, sight.note.fingerprint) == ("drawn (synthetic)", recording.fingerprint)
        assert (sight.note.frame_count, sight.note.width, sight.note.height) == (_N_FRAMES, 640, 640)
        with open_video(study.video_path(recording)) as video:
            for number, seen in sight.frames.items():
                assert seen.time_s == pytest.approx(video.time(number))
                true = demo.true_face(child, number)
                assert seen.child is not None
                assert np.abs(np.asarray(seen.child.points_3d) - np.asarray(true.points_3d)).max() < 0.01
                assert seen.alignment is not None
                aligned = Alignment(seen.alignment, 224).to_aligned(np.asarray(true.five))
                assert np.abs(aligned.mean(axis=0) - five_point_template().mean(axis=0)).max() < 0.01


def test_its_eyes_are_covered_in_every_frame(study: Project) -> None:
    child, (who, recording) = demo.plan_study(0)[3], list(study.recordings())[3]
    sight = see_faces(study, who, recording)
    with open_video(study.video_path(recording)) as video:
        for number in range(_N_FRAMES):
            covered = sight.covered(number, video[number], MaskStyle.BLACK)
            assert covered is not None
            face = demo.Expression(child.intensities[number])
            for outline in demo.eye_openings(child.identity, face, number / demo.FPS):
                columns, rows = np.floor(outline).astype(int).T
                assert (covered[rows, columns] == 0).all()


def test_the_neutral_pictures_have_their_faces_too(study: Project) -> None:
    for child in demo.plan_study(0):
        found = neutral_face(study, child.code)
        assert found is not None
        assert found.child is not None
        true = demo.landmarks(child.identity, demo.Expression(child.intensities[2]), 2 / demo.FPS)
        assert np.abs(np.asarray(found.child.five) - np.asarray(true.five)).max() < 0.01


def test_other_programs_read_that_the_faces_were_drawn(study: Project) -> None:
    who, recording = next(iter(study.recordings()))
    path = study.face_path(FEATURES, who, recording)
    table = parquet.read_table(path)
    assert table.num_rows == _N_FRAMES
    assert b'"synthetic": true' in table.schema.metadata[b"hrm_faces"]
    assert Path(path).parent.name == f"Participant-{who.code}"


def test_a_face_program_was_imported_for_every_child(study: Project) -> None:
    for child, (who, recording) in zip(demo.plan_study(0), study.recordings(), strict=True):
        found = imported_features(study, "openface", who, recording)
        assert found is not None
        note, features = found
        assert (note.rows, note.frames, features.tool) == (_N_FRAMES, _N_FRAMES, "OpenFace")
        (seen,) = np.flatnonzero(features.success)[:1]
        true = np.asarray(demo.true_face(child, int(seen)).points_3d)
        assert features.table["x_30"][seen] == pytest.approx(true[30, 0], abs=0.06)


def test_the_face_program_errs_as_such_programs_do() -> None:
    child = plan_study(0)[0]
    face = demo.true_face(child, 0)
    text = demo.simulate_openface(child.truth, [face] * child.n_frames, seed=1)
    assert text == demo.simulate_openface(child.truth, [face] * child.n_frames, seed=1)
    rows = [
        {name.strip(): float(cell) for name, cell in row.items()} for row in csv.DictReader(text.splitlines())
    ]
    found = np.array([row["success"] for row in rows]) == 1
    assert 0.8 < found.mean() < 1
    said = np.array([row["AU25_c"] for row in rows])[found] > 0
    true = child.truth[found, ACTION_PLACE["AU25"]] > 0
    assert 0.6 < (said == true).mean() < 0.98
    assert (said & ~true).any()
    assert (~said & true).any()


def test_its_faces_are_cut_out_without_a_detector(study: Project) -> None:
    who, recording = next(study.recordings())
    report = extract_faces(study, None, participants=[who.code])
    (done,) = report.videos
    assert (done.problem, done.looked, done.aligned) == ("", 0, _N_FRAMES)
    aligned = media.read_still(study.face_path(ALIGNED, who, recording) / "000003.jpg")
    true = demo.true_face(demo.plan_study(0)[0], 3)
    with open_video(study.video_path(recording)) as video:
        wanted = align_by_five_points(np.asarray(true.five)).picture(video[3])
    assert np.abs(aligned.astype(int) - wanted).mean() < 4
    # They stay what they were: the true ones of a drawn child.
    sight = see_faces(study, who, recording)
    assert sight.note is not None
    assert (sight.note.detector, sight.note.synthetic) == ("drawn (synthetic)", True)
    assert [seen.child for seen in sight.frames.values()].count(None) == 0
    assert extract_faces(study, None, participants=[who.code]).videos[0].aligned == 0


def test_three_synthetic_models_say_what_they_see(study: Project) -> None:
    models = kept_models(study)
    assert [kept.model for kept in models] == [*demo.DEMO_MODELS]
    for kept in models:
        assert [source.participant for source, _ in kept.recordings] == [
            who.code for who in study.participants()
        ]
        assert all(source.synthetic for source, _ in kept.recordings)
    (raf, _), *_ = models[1].recordings
    assert (raf.classes[0], raf.softmaxed) == ("surprise", False)
    assert models[2].recordings[0][0].softmaxed
