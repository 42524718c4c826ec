"""Each half of a face is looked at with its mirror image, and left is the child's left."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core import media
from hrm_core.demo import Expression, draw_face, draw_identities, landmarks
from hrm_core.faces.child import ChildFinder
from hrm_core.facs import Code
from hrm_core.models.infer import predict
from hrm_core.records.face import Face, FrameFaces
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.prelabel import PrelabelOptions, prelabel
from hrm_core.workflows.prelabel_pictures import child_places, predict_faces
from hrm_core.workflows.project import Project
from tests.core.models.test_infer import Means
from tests.support.drawn_faces import DiscDetector, disc_film, disc_places
from tests.support.prelabel_process import registered_as
from tests.support.tiny_network import TINY, tiny_facts, tiny_onnx

(CHILD,) = draw_identities(3, ("F",))
ACTION = "AU2"
"""It moves brows and none of the five points, so that the face is aligned as without it."""


def drawn(code: Code) -> tuple[NDArray[np.uint8], Face]:
    """A face that raises its outer brows as the code says, and where it is."""
    face = Expression.of({ACTION: code})
    return draw_face(CHILD, face), landmarks(CHILD, face)


def flipped(rgb: NDArray[np.uint8], face: Face) -> tuple[NDArray[np.uint8], Face]:
    """As a mirror shows it; what is on the left then comes first, as detectors say it."""
    assert face.five is not None
    width = rgb.shape[1]
    left, top, right, bottom = face.box
    five = (face.five * (-1, 1) + (width - 1, 0))[[1, 0, 2, 4, 3]]
    box = np.array([width - 1 - right, top, width - 1 - left, bottom])
    return np.ascontiguousarray(rgb[:, ::-1]), Face(box, face.score, five)


def views_of(rgb: NDArray[np.uint8], face: Face, *, mirrored: bool = False) -> list[NDArray[np.float64]]:
    size = (rgb.shape[1], rgb.shape[0])
    five_alone = Face(face.box, face.score, face.five)
    (place,) = child_places([FrameFaces(0, 0.0, (five_alone,))], size, sides=True).values()
    assert place is not None
    # Forehead and brows, where this action is.
    return [view[:110].astype(np.float64) for view in place.views(rgb, mirrored=mirrored)]


def apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.abs(one - other).mean())


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(("side", "seen"), [(Code.LEFT, 1), (Code.RIGHT, 2)])
def test_the_half_that_acts_is_a_whole_face_that_acts_and_the_other_is_still(
    side: Code, seen: int, mirrored: bool
) -> None:
    def turned(rgb: NDArray[np.uint8], face: Face) -> tuple[NDArray[np.uint8], Face]:
        return flipped(rgb, face) if mirrored else (rgb, face)

    one_sided = views_of(*turned(*drawn(side)), mirrored=mirrored)
    both = views_of(*turned(*drawn(Code.BOTH)), mirrored=mirrored)
    none = views_of(*turned(*drawn(Code.ABSENT)), mirrored=mirrored)
    still = 3 - seen
    assert apart(one_sided[seen], both[seen]) < apart(one_sided[seen], none[seen]) / 2
    assert apart(one_sided[still], none[still]) < apart(one_sided[still], both[still]) / 2
    for half in one_sided[1:]:
        assert np.array_equal(half, half[:, ::-1])


def test_without_sides_only_the_face_is_seen() -> None:
    rgb, face = drawn(Code.ABSENT)
    (place,) = child_places([FrameFaces(0, 0.0, (face,))], (640, 640)).values()
    assert place is not None
    (view,) = place.views(rgb, mirrored=False)
    entry = ChildFinder((640, 640)).step(0, 0.0, [face])
    assert entry.alignment is not None
    assert np.array_equal(place.whole.matrix, entry.alignment)
    assert view.shape == (224, 224, 3)


def test_sides_are_stored_as_the_childs(project: Project, tmp_path: Path) -> None:
    film = disc_film(tmp_path / "film.mp4", disc_places(6))
    recording = add_video(project, "S1", film)
    with registered_as(tiny_onnx(tmp_path / "tiny.onnx")):
        bare = prelabel(project, TINY)
        report = prelabel(project, TINY, options=PrelabelOptions(sides=True, batch_size=2))
        project.store.recordings.set_mirrored(recording.id, True)
        turned_unseen = prelabel(project, TINY)
        assert (turned_unseen.run, turned_unseen.frames) == (bare.run, 0)
        before = project.store.model_runs.probabilities(report.run or 0, recording.id)
        turned = prelabel(project, TINY, options=PrelabelOptions(sides=True))
    assert bare.run != report.run
    assert (turned.run, turned.frames) == (report.run, 6)
    after = project.store.model_runs.probabilities(turned.run or 0, recording.id)
    whole = project.store.model_runs.probabilities(bare.run or 0, recording.id)
    assert whole.left is None
    assert before.left is not None
    assert after.left is not None
    np.testing.assert_allclose(before.probabilities, whole.probabilities, atol=1e-5)
    np.testing.assert_allclose(before.left, after.right, atol=1e-5)
    np.testing.assert_allclose(before.right, after.left, atol=1e-5)
    assert project.store.model_runs.all()[-1].settings["sides"] is True


def test_left_and_right_are_what_the_network_says_of_those_views(tmp_path: Path) -> None:
    film = disc_film(tmp_path / "film.mp4", disc_places(3))
    with media.open_video(film) as video:
        face = DiscDetector().detect(video[0])[0]
        places = child_places([FrameFaces(n, n / 25, (face,)) for n in range(3)], video.size, sides=True)
        (block,) = predict_faces(video, places, [0, 2], tiny_facts(), Means(), sides=True)
        place = places[2]
        assert place is not None
        views = place.views(video[2], mirrored=False)
    wanted = predict(views, tiny_facts(), Means())
    assert block.frames.tolist() == [0, 2]
    assert np.abs(block.probabilities[:, 1] - wanted).max() <= 1e-5
