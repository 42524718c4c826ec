"""Strengths of coded frames: the coder's, else OpenFace's, never a mixture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hrm_core.errors import Cancelled, InvalidFileError
from hrm_core.progress import CancelToken
from hrm_core.records.coded_frames import NOT_CODABLE, CodedFrames
from hrm_core.records.coding import ActionCode, FrameCoding
from hrm_core.records.recording import Recording
from hrm_core.workflows.action_strengths import with_strengths
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.coded_frames import coded_frames
from hrm_core.workflows.import_features import import_features
from hrm_core.workflows.project import Project
from tests.support.tool_files import openface_row, write_rows

SMILE = ActionCode("AU12", 1)


@pytest.fixture
def films(project: Project, film: Path) -> tuple[Recording, Recording]:
    """A recording of twelve frames of either child, of which Ada coded frames 2, 3 and 5 by hand."""
    both = add_video(project, "S1", film, name="play"), add_video(project, "S2", film, name="play")
    for recording in both:
        _code(project, recording, {2: (), 3: (ActionCode("AU1", 1), SMILE), 5: (SMILE,)})
    return both


def _code(project: Project, recording: Recording, said: dict[int, tuple[ActionCode, ...]]) -> None:
    ada = add_rater(project, "Ada")
    for frame, codes in said.items():
        project.store.codings.save(FrameCoding(ada.id, recording.id, frame, codes))


def _import(project: Project, folder: Path, participant: str, **changes: object) -> None:
    rows = [openface_row(n, AU12_r=n / 2, **changes) for n in range(1, 13)]
    rows[5] |= {"success": 0}
    rows[2] |= {"AU12_r": 7.5}
    path = write_rows(folder / f"{participant}.csv", rows)
    import_features(project, "openface", path, participant=participant)


def _of(frames: CodedFrames, action: str) -> np.ndarray:
    return frames.strength[:, frames.actions.index(action)]


def test_nobody_says_how_strong_anything_is(project: Project, films: tuple[Recording, Recording]) -> None:
    frames = coded_frames(project)
    assert with_strengths(project, frames) is frames


def test_intensities_of_the_coder(
    project: Project, films: tuple[Recording, Recording], tmp_path: Path
) -> None:
    _code(
        project, films[1], {7: (ActionCode("AU12", 1, "C"), ActionCode("AU6", 2, "E"), ActionCode("AU1", 1))}
    )
    _import(project, tmp_path, "S1")
    frames = with_strengths(project, coded_frames(project))
    assert frames.strength_source == "intensities A-E that Ada coded"
    assert frames.frame.tolist() == [2, 3, 5, 2, 3, 5, 7]
    # Absent is 0; present without a letter is not known, and OpenFace is not asked.
    nan = np.nan
    assert _of(frames, "AU12") == pytest.approx([0, nan, nan, 0, nan, nan, 0.6], nan_ok=True)
    assert _of(frames, "AU6") == pytest.approx([0] * 6 + [1])
    assert _of(frames, "AU1") == pytest.approx([0, nan, 0, 0, nan, 0, nan], nan_ok=True)
    assert frames.strength.dtype == np.float32


def test_intensities_of_openface(
    project: Project, films: tuple[Recording, Recording], tmp_path: Path
) -> None:
    _import(project, tmp_path, "S2")
    frames = with_strengths(project, coded_frames(project))
    assert frames.strength_source == "intensities of OpenFace, in 1 of 2 recordings"
    # Frame 2 is above its scale, the face was lost in frame 5, and S1 has no features.
    nan = np.nan
    assert _of(frames, "AU12") == pytest.approx([nan, nan, nan, 1.0, 2.0 / 5, nan], nan_ok=True)
    assert _of(frames, "AU1") == pytest.approx([nan, nan, nan, 0.3 / 5, 0.4 / 5, nan], nan_ok=True)
    # It measures 26, where the study codes 26 or 27; and nothing of 18.
    assert np.isnan(_of(frames, "AU2X")).all()
    assert np.isnan(_of(frames, "AU18")).all()


def test_what_a_coder_may_not_see_has_no_strength(
    project: Project, films: tuple[Recording, Recording], tmp_path: Path
) -> None:
    masked = add_rater(project, "Bo", sees_eyes=False)
    project.store.codings.save(FrameCoding(masked.id, films[0].id, 3, (ActionCode("AU12", 1, "B"),)))
    frames = with_strengths(project, coded_frames(project, "Bo"))
    assert _of(frames, "AU12") == pytest.approx([0.4])
    assert frames.codes[0, frames.actions.index("AU1")] == NOT_CODABLE
    assert np.isnan(_of(frames, "AU1")).all()


def test_features_of_another_file_are_refused(
    project: Project, films: tuple[Recording, Recording], tmp_path: Path
) -> None:
    _import(project, tmp_path, "S1")
    (path,) = (project.folder / "OpenFace Features").rglob("play.csv")
    path.write_text(path.read_text().replace("0.98", "0.97"))
    with pytest.raises(InvalidFileError, match="S1 were changed after they were imported"):
        with_strengths(project, coded_frames(project))


def test_it_stops_on_request(project: Project, films: tuple[Recording, Recording]) -> None:
    cancel = CancelToken()
    frames = coded_frames(project)
    cancel.cancel()
    with pytest.raises(Cancelled):
        with_strengths(project, frames, cancel=cancel)
