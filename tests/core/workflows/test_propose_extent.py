"""Onset and offset are proposed from drawn faces whose dynamics are known, and said why."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hrm_core.demo import DemoParticipant
from hrm_core.errors import Cancelled, NotFoundError, ProjectError, UserError
from hrm_core.progress import CancelToken, NoProgress
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.extent import ExtentEnd, ExtentProposal
from hrm_core.records.face import Face
from hrm_core.workflows.add_participant import add_participant
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.extract_faces import extract_faces
from hrm_core.workflows.face_detector import open_detector
from hrm_core.workflows.project import Project, create_project, open_project
from hrm_core.workflows.propose_extent import propose_extent
from hrm_core.workflows.timeline_curves import timeline_curves
from tests.support.drawn_smile import (
    BLINK,
    BROWS,
    CLIP,
    FRAMES,
    SMILE,
    keep_faces,
    smiling_child,
    smiling_study,
)
from tests.support.programs import ROOT

FELL = ExtentEnd.FELL
NEAR = 2


@pytest.fixture(scope="module")
def child() -> DemoParticipant:
    return smiling_child()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, child: DemoParticipant) -> Path:
    return smiling_study(tmp_path_factory.mktemp("drawn") / "study", child)


@pytest.fixture
def project(tmp_path: Path, template: Path) -> Iterator[Project]:
    """The study with the drawn smile; nobody has looked for faces yet."""
    with open_project(Path(shutil.copytree(template, tmp_path / "study"))) as opened:
        yield opened


def ask(project: Project, action: str, apex: int, **more: object) -> ExtentProposal:
    _, recording = next(project.recordings("1"))
    return propose_extent(project, project.store.people.rater("AB"), recording, action, apex, **more)  # type: ignore[arg-type]


def is_near(proposal: ExtentProposal, truth: tuple[int, int, int]) -> bool:
    return abs(proposal.onset - truth[0]) <= NEAR and abs(proposal.offset - truth[2]) <= NEAR


def five_only(_: int, face: Face) -> Face:
    return replace(face, points_3d=None, pose=None)


def test_by_landmarks_against_the_neutral_face(project: Project, child: DemoParticipant) -> None:
    keep_faces(project, child)
    for action, truth in (("AU12", SMILE), ("AU1", BROWS), ("AU43", BLINK)):
        proposal = ask(project, action, truth[1])
        assert is_near(proposal, truth), action
        assert (proposal.method, proposal.is_clear) == ("landmarks", True)
        assert proposal.compared_with == "the neutral face"
        assert (
            f"onset {proposal.onset}: the change falls under 40% of what it is at the apex" in proposal.reason
        )
        at = proposal.values[proposal.onset - proposal.first_frame]
        assert at >= proposal.threshold > proposal.values[proposal.onset - 1 - proposal.first_frame]
    # A proposal is no code.
    assert project.codes("AB").empty


def test_by_picture_where_only_five_points_are_known(project: Project, child: DemoParticipant) -> None:
    keep_faces(project, child, five_only)
    told: list[int] = []

    class Told(NoProgress):
        def advance(self, units: int = 1) -> None:
            told.append(units)

    proposal = ask(project, "AU12", SMILE[1], progress=Told())
    assert is_near(proposal, SMILE)
    assert (proposal.method, proposal.region, proposal.is_clear) == ("picture", "mouth corners", True)
    # No more than the clip was decoded.
    assert sum(told) == CLIP[1] - CLIP[0] + 1
    assert proposal.first_frame == CLIP[0]
    assert is_near(ask(project, "AU1", BROWS[1]), BROWS)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        ask(project, "AU12", SMILE[1], cancel=token)


def test_a_head_that_turns_is_told_where_the_curve_shows_it_too(
    project: Project, child: DemoParticipant
) -> None:
    def aside(frame: int, face: Face) -> Face:
        assert face.five is not None
        five = face.five.copy()
        five[2, 0] += max(0, frame - 28) * 0.04 * np.linalg.norm(five[1] - five[0])
        return replace(face, five=five, points_3d=None, pose=None)

    keep_faces(project, child, aside)
    proposal = ask(project, "AU12", SMILE[1])
    assert (proposal.head_turns, proposal.is_clear) == (True, False)
    assert "the head turns meanwhile" in proposal.reason
    keep_faces(project, child, five_only)
    assert not ask(project, "AU12", SMILE[1]).head_turns


@pytest.mark.parametrize("method", ["landmarks", "picture"])
def test_without_a_neutral_face_a_quiet_frame_stands_in_and_is_named(
    project: Project, child: DemoParticipant, method: str
) -> None:
    keep_faces(project, child, five_only if method == "picture" else lambda _, face: face, neutral=False)
    proposal = ask(project, "AU12", SMILE[1])
    assert proposal.method == method
    assert is_near(proposal, SMILE)
    frame = int(proposal.compared_with.split(",")[0].removeprefix("frame "))
    assert not SMILE[0] - 2 <= frame <= SMILE[2] + 2
    assert "because the face of no neutral picture is known" in proposal.reason


def test_the_106_landmarks_do_where_the_68_are_missing(project: Project, child: DemoParticipant) -> None:
    def as_106(_: int, face: Face) -> Face:
        assert face.points_3d is not None
        # Any points of the face will do: the 68 once, and the first 38 of them again.
        flat = face.points_3d[:, :2]
        return replace(face, points_2d=np.concatenate([flat, flat[-38:]]), points_3d=None)

    keep_faces(project, child, as_106)
    proposal = ask(project, "AU12", SMILE[1])
    assert proposal.method == "landmarks"
    assert is_near(proposal, SMILE)


def test_short_gaps_are_bridged_and_told_and_long_ones_end_it(
    project: Project, child: DemoParticipant
) -> None:
    keep_faces(project, child, lambda n, face: None if n in (33, 34) else face)
    proposal = ask(project, "AU12", SMILE[1])
    assert is_near(proposal, SMILE)
    assert (proposal.unknown, proposal.is_clear) == ((33, 34), False)
    assert "not known in 2 of the frames between" in proposal.reason
    with pytest.raises(NotFoundError, match="face is not known in frame 33 of video 'play'"):
        ask(project, "AU12", 33)
    keep_faces(project, child, lambda n, face: None if 33 <= n < 43 else face)
    stopped = ask(project, "AU12", SMILE[1])
    assert (stopped.offset, stopped.offset_end) == (32, ExtentEnd.UNKNOWN)
    assert "the face is not known beyond" in stopped.reason


def test_codings_say_what_is_not_codable_and_where_another_run_is(
    project: Project, child: DemoParticipant
) -> None:
    keep_faces(project, child)
    blank = {n: FrameCoding(1, 1, n, state=CodingState.NOT_CODABLE) for n in range(34, 44)}
    assert ask(project, "AU12", SMILE[1], codings=blank).offset_end is ExtentEnd.UNKNOWN
    # Frames that are coded as the same run do not count against it, nor those without the action.
    own = {n: FrameCoding(1, 1, n).with_code("AU12", 1) for n in (29, 30, 31)}
    other = {n: FrameCoding(1, 1, n).with_code("AU12", 1) for n in (35, 36)}
    empty = {n: FrameCoding(1, 1, n) for n in range(24, 28)}
    assert is_near(ask(project, "AU12", SMILE[1], codings={**own, **empty}), SMILE)
    proposal = ask(project, "AU12", SMILE[1], codings={**own, **other})
    assert (proposal.offset, proposal.offset_end) == (33, ExtentEnd.CODED_RUN)
    earlier = {n: FrameCoding(1, 1, n).with_code("AU12", 1) for n in (22, 23, 24)}
    proposal = ask(project, "AU12", SMILE[1], codings={**own, **earlier})
    assert (proposal.onset, proposal.onset_end, proposal.offset_end) == (26, ExtentEnd.CODED_RUN, FELL)
    assert "another coded run" in proposal.reason


def test_it_stays_in_the_clip(project: Project, child: DemoParticipant) -> None:
    keep_faces(project, child)
    _, recording = next(project.recordings("1"))
    project.store.recordings.add_clips(recording.id, [(27, 60)])
    proposal = ask(project, "AU12", SMILE[1])
    assert (proposal.onset, proposal.onset_end) == (27, ExtentEnd.CLIP)
    assert not proposal.is_clear


def test_what_cannot_be_proposed_is_said_in_a_sentence(project: Project, child: DemoParticipant) -> None:
    with pytest.raises(NotFoundError, match=r"not been looked for yet; look for them with hrm extract faces"):
        ask(project, "AU12", SMILE[1])
    keep_faces(project, child)
    with pytest.raises(UserError, match=r"AU2X.* at frame 6: the jaw differ"):
        ask(project, "AU2X", 6)
    with pytest.raises(NotFoundError, match="no action 'AU99'"):
        ask(project, "AU99", 6)
    with pytest.raises(NotFoundError, match="not known in frame 400"):
        ask(project, "AU12", 400)


def test_who_may_not_see_eyes_gets_nothing_of_brows_and_lids(
    project: Project, child: DemoParticipant
) -> None:
    keep_faces(project, child)
    _, recording = next(project.recordings("1"))
    rater = project.store.people.rater("AB")
    # Also where the right was taken away after the window was opened.
    project.store.people.update_rater(replace(rater, sees_eyes=False))
    for action in ("AU1", "AU2", "AU4", "AU5", "AU6", "AU7", "AU43"):
        with pytest.raises(ProjectError, match=r"AB may not see the children's eyes"):
            propose_extent(project, rater, recording, action, BROWS[1])
    assert is_near(propose_extent(project, rater, recording, "AU12", SMILE[1]), SMILE)
    energy = timeline_curves(project, rater, recording)[-1]
    assert energy.name == "motion energy (without brows and lids)"
    # The blink does not show, the smile does.
    assert energy.values[BLINK[0] - 2 : BLINK[2] + 3].max() < 1e-3
    assert energy.values[SMILE[0] : SMILE[1]].max() > 3e-3


def test_curves_by_landmarks_and_pose(project: Project, child: DemoParticipant) -> None:
    rater, (_, recording) = project.store.people.rater("AB"), next(project.recordings("1"))
    assert timeline_curves(project, rater, recording) == []
    keep_faces(project, child, lambda n, face: None if n in (60, 61) else face)
    curves = timeline_curves(project, rater, recording)
    assert [(curve.name, curve.unit) for curve in curves] == [
        ("pitch", "degrees"),
        ("yaw", "degrees"),
        ("roll", "degrees"),
        ("motion energy", "eye distances per frame"),
    ]
    assert {curve.values.shape for curve in curves} == {(FRAMES,)}
    roll, energy = curves[2].values, curves[3].values
    assert np.flatnonzero(np.isnan(roll)).tolist() == [60, 61]
    assert np.flatnonzero(np.isnan(energy)).tolist() == [0, 60, 61]
    # The head sways all the time; the face moves only where the dynamics say so.
    resting = energy[[*range(4, 9), *range(64, 70)]]
    assert resting.max() < 1e-4 < energy[SMILE[0]]
    assert energy[BLINK[0] - 1 : BLINK[2] + 2].max() > 50 * resting.max()
    keep_faces(project, child, five_only)
    named = {curve.name: curve.values for curve in timeline_curves(project, rater, recording)}
    assert list(named) == [
        "roll (line through the eyes)",
        "turned away (by five points)",
        "motion energy (nose and mouth corners of five points only)",
    ]
    known = np.isfinite(roll)
    assert named["roll (line through the eyes)"][known] == pytest.approx(roll[known], abs=1.0)


def test_long_recordings_are_measured_in_parts_that_fit_together(
    project: Project, child: DemoParticipant, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_core.workflows import timeline_curves as file

    rater, (_, recording) = project.store.people.rater("AB"), next(project.recordings("1"))
    keep_faces(project, child)
    whole = timeline_curves(project, rater, recording)[-1].values
    monkeypatch.setattr(file, "_AT_ONCE", 7)
    parts = timeline_curves(project, rater, recording)[-1].values
    assert parts == pytest.approx(whole, nan_ok=True)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        timeline_curves(project, rater, recording, cancel=token)


# ---- a real face ---------------------------------------------------------------------------

_SHARED = ROOT.parent / "shared"
_FILES = (_SHARED / "models" / "yunet_n_dynamic.onnx", _SHARED / "data" / "single_face.mp4")


@pytest.mark.skipif(not all(map(Path.is_file, _FILES)), reason="shared/ is not beside the project")
def test_the_smile_of_a_real_face_is_found(tmp_path: Path) -> None:
    with create_project(tmp_path / "real") as project:
        add_participant(project, "1", group="TD")
        add_video(project, "1", _FILES[1], copy=False, note_frames=False)
        project.store.people.ensure_rater("AB")
        extract_faces(project, open_detector(pack=_FILES[0]))
        # Looked at: at rest until frame 16, a broad smile from 22 to 68, at rest again in 71.
        proposal = ask(project, "AU12", 36)
        assert (proposal.method, proposal.is_clear) == ("picture", True)
        assert 16 <= proposal.onset <= 21
        assert 68 <= proposal.offset <= 70
        assert "the quietest nearby" in proposal.reason
        _, recording = next(project.recordings("1"))
        curves = timeline_curves(project, project.store.people.rater("AB"), recording)
        assert all(np.isfinite(curve.values).mean() > 0.9 for curve in curves)
        assert len(curves) == 3
