"""Features of other programs come into the study unchanged, or not at all, and come back as faces."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.faces.feature_file import read_features
from hrm_core.paths import whole_file
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.workflows import tool_files
from hrm_core.workflows.add_participant import change_participant
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.extract_faces import extract_faces
from hrm_core.workflows.import_features import import_features, tool_faces
from hrm_core.workflows.project import FEATURES, Project
from tests.core.cli.conftest import Hrm, hrm
from tests.support.builders import tiny_video
from tests.support.programs import ROOT
from tests.support.tool_files import (
    no_face,
    openface_row,
    points,
    pyfeat_row,
    real_file,
    write_rows,
)

__all__ = ["hrm"]


@pytest.fixture
def recording(project: Project, film: Path) -> Recording:
    """Twelve frames of 64×48 pixels, 25 a second."""
    return add_video(project, "S1", film, name="play")


@pytest.fixture
def child(project: Project, recording: Recording) -> Participant:
    return project.store.people.participant("S1")


def _openface(folder: Path, numbers: range = range(1, 13), **changes: object) -> Path:
    return write_rows(folder / "openface.csv", [openface_row(number, **changes) for number in numbers])


def _two_faces(folder: Path) -> Path:
    left, right = points(2, 8, 10), points(30, 8, 20)
    rows = [openface_row(n, face=face, **at) for n in (1, 2) for face, at in ((0, left), (1, right))]
    return write_rows(folder / "two.csv", [*rows, openface_row(3, face=0, **left)])


def _files(project: Project) -> dict[str, bytes]:
    kept = [
        path
        for kind in ("OpenFace Features", "Py-Feat Features")
        for path in (project.folder / kind).rglob("*")
    ]
    return {path.relative_to(project.folder).as_posix(): path.read_bytes() for path in kept if path.is_file()}


# ---- what is kept --------------------------------------------------------------------------


def test_the_file_is_kept_as_it_is_with_a_note_beside_it(
    project: Project, recording: Recording, tmp_path: Path
) -> None:
    file = _openface(tmp_path)
    project.store.people.ensure_rater("Ada")
    report = import_features(project, "openface", file, participant="S1", by="Ada")
    assert (report.rows, report.frames, report.frames_in_recording, report.without_face) == (12, 12, 12, 0)
    assert report.confidence == pytest.approx(0.98)
    assert {entry.column: entry.action for entry in report.actions} == {
        "AU01_r": "AU1",
        "AU26_r": None,
        "AU45_r": None,
        "AU01_c": "AU1",
        "AU28_c": "AU28",
    }
    files = _files(project)
    below = "OpenFace Features/ASD/Participant-S1/play"
    assert files.keys() == {f"{below}.csv", f"{below}.json"}
    assert files[f"{below}.csv"] == file.read_bytes()
    note = json.loads(files[f"{below}.json"])
    assert (note["tool"], note["face"], note["first_number"], note["rows"]) == ("openface", None, 1, 12)
    assert (note["fingerprint"], note["imported_by"]) == (recording.fingerprint, "Ada")


def test_a_dry_run_writes_nothing(project: Project, recording: Recording, tmp_path: Path) -> None:
    before = sorted(project.folder.rglob("*"))
    report = import_features(project, "openface", _openface(tmp_path), participant="S1", dry_run=True)
    assert (report.dry_run, report.rows) == (True, 12)
    assert sorted(project.folder.rglob("*")) == before


def test_what_is_there_is_replaced_only_on_request(
    project: Project, recording: Recording, tmp_path: Path
) -> None:
    import_features(project, "openface", _openface(tmp_path), participant="S1")
    files = _files(project)
    # The same again changes nothing but the note's date.
    import_features(project, "openface", _openface(tmp_path), participant="S1")
    other = _openface(tmp_path, range(1, 5))
    for dry_run in (True, False):
        with pytest.raises(ProjectError, match=r"video 'play' has OpenFace features already.*--again"):
            import_features(project, "openface", other, participant="S1", dry_run=dry_run)
    with pytest.raises(ProjectError, match="another face for the child's"):
        import_features(project, "openface", _openface(tmp_path), participant="S1", face="largest")
    assert [data for name, data in _files(project).items() if name.endswith(".csv")] == [
        data for name, data in files.items() if name.endswith(".csv")
    ]
    import_features(project, "openface", _openface(tmp_path, range(1, 5)), participant="S1", again=True)
    assert json.loads(_files(project)["OpenFace Features/ASD/Participant-S1/play.json"])["rows"] == 4


def test_a_full_disk_leaves_what_was_there(
    project: Project,
    child: Participant,
    recording: Recording,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import_features(project, "openface", _openface(tmp_path), participant="S1")
    before = _files(project)

    def refuse(path: Path):  # type: ignore[no-untyped-def]
        if path.suffix == ".json":
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole_file(path)

    monkeypatch.setattr(tool_files, "whole_file", refuse)
    with pytest.raises(InvalidFileError, match=r"cannot be written \(No space left on device\)"):
        import_features(project, "openface", _openface(tmp_path, range(1, 5)), participant="S1", again=True)
    assert _files(project) == before
    assert len(tool_faces(project, child, recording)) == 12


# ---- whether it belongs to the recording ---------------------------------------------------


def test_frames_behind_the_end_are_refused(project: Project, recording: Recording, tmp_path: Path) -> None:
    with pytest.raises(
        InvalidFileError, match=r"has frame 13, but the frames of video 'play' .* are 1 to 12"
    ):
        import_features(project, "openface", _openface(tmp_path, range(1, 14)), participant="S1")
    rows = [pyfeat_row(n) for n in (0, 12)]
    with pytest.raises(InvalidFileError, match=r"has frame 12, but the frames of .* are 0 to 11"):
        import_features(project, "pyfeat", write_rows(tmp_path / "p.csv", rows), participant="S1")
    assert _files(project) == {}


def test_times_must_be_those_of_the_frames(project: Project, recording: Recording, tmp_path: Path) -> None:
    file = _openface(tmp_path, fps=30.0)
    with pytest.raises(InvalidFileError, match=r"frame 12 is at 0\.367 s, but in the recording at 0\.440 s"):
        import_features(project, "openface", file, participant="S1")
    report = import_features(project, "openface", file, participant="S1", accept_times=True)
    assert any("were accepted" in note for note in report.notes)
    # A hundredth of a second is not half a frame.
    rows = [openface_row(n) | {"timestamp": (n - 1) / 25 + 0.01} for n in range(1, 13)]
    near = write_rows(tmp_path / "near.csv", rows)
    assert not any(
        "accepted" in note
        for note in import_features(project, "openface", near, participant="S1", again=True).notes
    )


def test_without_a_ledger_the_frame_rate_must_do(project: Project, film: Path, tmp_path: Path) -> None:
    add_video(project, "S1", film, name="play", note_frames=False)
    with pytest.raises(InvalidFileError, match="more than half a frame apart"):
        import_features(project, "openface", _openface(tmp_path, fps=30.0), participant="S1")
    import_features(project, "openface", _openface(tmp_path), participant="S1")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            [pyfeat_row(0, FrameWidth=640, FrameHeight=480)],
            "of 640×480 pixels, but those of video 'play' .* 64×48",
        ),
        ([pyfeat_row(n, left=200.0) for n in range(3)], "3 of 3 faces lie outside the pictures"),
    ],
)
def test_pictures_of_another_size_are_refused(
    project: Project, recording: Recording, tmp_path: Path, rows: list[dict[str, object]], words: str
) -> None:
    with pytest.raises(InvalidFileError, match=words):
        import_features(project, "pyfeat", write_rows(tmp_path / "a.csv", rows), participant="S1")


def test_a_picture_is_no_recording(project: Project, recording: Recording, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.csv", [{"face": 0, "confidence": 0.9, "AU01_r": 1}])
    with pytest.raises(InvalidFileError, match="is about one picture and names no frame"):
        import_features(project, "openface", file, participant="S1")


def test_a_recording_of_labels_alone(project: Project, tmp_path: Path) -> None:
    who = project.store.people.participant("S2")
    project.store.recordings.add(Recording(0, who.id, "old"))
    with pytest.raises(NotFoundError, match="Only labels are known of video 'old'"):
        import_features(project, "openface", _openface(tmp_path), participant="S2")


def test_rows_are_frames_only_if_every_frame_has_one(
    project: Project, recording: Recording, tmp_path: Path
) -> None:
    rows = [{name: value for name, value in pyfeat_row(0).items() if name != "frame"} for _ in range(12)]
    short, whole = write_rows(tmp_path / "short.csv", rows[:11]), write_rows(tmp_path / "whole.csv", rows)
    with pytest.raises(InvalidFileError, match=r"11 rows, but video 'play' .* has 12 frames"):
        import_features(project, "pyfeat", short, participant="S1", rows_are_frames=True)
    assert import_features(project, "pyfeat", whole, participant="S1", rows_are_frames=True).frames == 12


# ---- which face is the child's -------------------------------------------------------------


def test_several_faces_are_asked_about(
    project: Project, child: Participant, recording: Recording, tmp_path: Path
) -> None:
    file = _two_faces(tmp_path)
    with pytest.raises(ProjectError, match=r"--face .* there are face 0 \(3 frames\), face 1 \(2 frames\)"):
        import_features(project, "openface", file, participant="S1")
    with pytest.raises(NotFoundError, match="has no face 5"):
        import_features(project, "openface", file, participant="S1", face="5")
    with pytest.raises(NotFoundError, match="'mother' names no face"):
        import_features(project, "openface", file, participant="S1", face="mother")
    assert _files(project) == {}
    seen = []

    def answer(faces: tuple[object, ...]) -> str:
        seen.extend(faces)
        return "1"

    report = import_features(project, "openface", file, participant="S1", choose=answer)
    assert [(entry.number, entry.frames, round(entry.size)) for entry in seen] == [(0, 3, 10), (1, 2, 20)]  # type: ignore[attr-defined]
    assert (report.face, report.without_face) == (1, 1)
    faces = tool_faces(project, child, recording)
    assert {frame: [round(face.box[0]) for face in found] for frame, found in faces.items()} == {
        0: [30, 2],
        1: [30, 2],
        2: [],
    }
    import_features(project, "openface", file, participant="S1", face="largest", again=True)
    faces = tool_faces(project, child, recording)
    assert [round(faces[frame][0].box[0]) for frame in range(3)] == [30, 30, 2]


# ---- faces ---------------------------------------------------------------------------------


def test_nothing_imported_means_no_faces(project: Project, child: Participant, recording: Recording) -> None:
    assert tool_faces(project, child, recording) == {}
    by_hand = project.folder / "OpenFace Features" / "ASD" / "Participant-S1" / "play.csv"
    by_hand.parent.mkdir(parents=True)
    by_hand.write_text("frame\n1\n")
    assert tool_faces(project, child, recording) == {}


def test_imported_faces_come_back(
    project: Project, child: Participant, recording: Recording, tmp_path: Path
) -> None:
    rows = [pyfeat_row(0), no_face(1), pyfeat_row(2, left=30.0)]
    import_features(project, "pyfeat", write_rows(tmp_path / "a.csv", rows), participant="S1")
    faces = tool_faces(project, child, recording)
    assert {frame: [face.box.tolist() for face in found] for frame, found in faces.items()} == {
        0: [[10, 8, 30, 28]],
        1: [],
        2: [[30, 8, 50, 28]],
    }
    assert faces[0][0].pose is not None
    assert faces[0][0].pose.tolist() == [1, 3, 2]
    # A blind rater's child has no group, and the faces are found nevertheless.
    assert len(tool_faces(project, Participant(child.id, "S1"), recording)) == 3
    change_participant(project, "S1", group="TD")
    assert len(tool_faces(project, project.store.people.participant("S1"), recording)) == 3


def test_the_face_that_was_said_to_be_the_childs_is_followed(
    project: Project, recording: Recording, child: Participant, tmp_path: Path
) -> None:
    # The other one is larger and nearer to the middle.
    import_features(project, "openface", _two_faces(tmp_path), participant="S1", face="0")
    extract_faces(project, None)
    _, frames = read_features(project.face_path(FEATURES, child, recording))
    assert [entry.child and entry.child.box[0] < 20 for entry in frames[:3]] == [True, True, True]
    assert [len(entry.faces) for entry in frames[:3]] == [2, 2, 1]


def test_a_program_that_says_where_faces_are_comes_first(
    project: Project, child: Participant, recording: Recording, tmp_path: Path
) -> None:
    row = openface_row(1)
    actions = {name: row[name] for name in ("frame", "timestamp", "confidence", "success", "AU01_r")}
    report = import_features(project, "openface", write_rows(tmp_path / "a.csv", [actions]), participant="S1")
    assert not report.located
    with pytest.raises(InvalidFileError, match="say neither boxes nor landmarks: export them again"):
        tool_faces(project, child, recording)
    import_features(project, "pyfeat", write_rows(tmp_path / "b.csv", [pyfeat_row(3)]), participant="S1")
    assert list(tool_faces(project, child, recording)) == [3]


def test_an_import_of_another_file_is_refused(
    project: Project, child: Participant, recording: Recording, tmp_path: Path
) -> None:
    import_features(project, "openface", _openface(tmp_path), participant="S1")
    longer = tiny_video(tmp_path / "longer.mp4", 14)
    new = add_video(project, "S1", longer, name="play", replace_file=True)
    with pytest.raises(InvalidFileError, match="belong to another file of the recording") as raised:
        tool_faces(project, child, new)
    # Blind raters read such messages.
    assert "ASD" not in str(raised.value)


@pytest.mark.parametrize(
    ("kind", "damage", "words"),
    [
        ("csv", b"frame\n", "were changed after they were imported"),
        ("json", b"{", "damaged note"),
        ("json", b"[]", "damaged note"),
        ("json", b'{"format": "hrm-tool-features 1"}', "damaged note"),
        ("json", b'{"format": "hrm-tool-features 9"}', "which this version does not know"),
    ],
)
def test_damage_is_told(
    project: Project,
    child: Participant,
    recording: Recording,
    tmp_path: Path,
    kind: str,
    damage: bytes,
    words: str,
) -> None:
    report = import_features(project, "openface", _openface(tmp_path), participant="S1")
    report.file.with_suffix(f".{kind}").write_bytes(damage)
    with pytest.raises(InvalidFileError, match=words):
        tool_faces(project, child, recording)


# ---- the command ---------------------------------------------------------------------------


def test_the_command_with_what_openface_wrote(hrm: Hrm, project: Project, tmp_path: Path) -> None:
    file, film = real_file("OpenFace_Test.csv"), real_file("WolfgangLanger_Pexels.mp4")
    add_video(project, "S1", film, copy=False, note_frames=False)
    command = ("import", "openface", file, "--participant", "S1", "-p", project.folder)
    said = hrm(*command)
    # It is the output about another recording, with a thousand frames a second.
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "frame 100 is at 0.099 s, but in the recording at 4.129 s" in said.err
    said = hrm(*command, "--accept-times")
    assert said.code == 0
    assert "100 rows about 100 of 472 frames" in said.out
    assert "confidence 0.884" in said.out
    assert "AU26_r, intensity 0-5; AU26 (Jaw Drop) alone; this study codes AU2X" in said.out
    assert "OpenFace counts frames from 1" in said.err
    said = hrm("import", "pyfeat", file, "--participant", "S1", "-p", project.folder)
    assert (said.code, "use hrm import openface" in said.err) == (1, True)


def test_the_command_asks_nobody_where_nobody_sits(
    hrm: Hrm, project: Project, film: Path, tmp_path: Path
) -> None:
    add_video(project, "S1", film)
    command = ("import", "openface", _two_faces(tmp_path), "--participant", "S1", "-p", project.folder)
    said = hrm(*command)
    assert (said.code, "--face" in said.err) == (1, True)
    report = hrm(*command, "--face", "1", "--json").json
    assert (report["face"], report["without_face"], len(report["faces"])) == (1, 1, 2)


def test_the_command_asks_at_a_terminal(project: Project, recording: Recording, tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    file = _two_faces(tmp_path)
    command = [sys.executable, "-m", "hrm_core.cli.main", "import", "openface", str(file)]
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*command, "--participant", "S1", "-p", str(project.folder)],
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as program:
        os.close(theirs)
        said = b""
        # A pseudo-terminal whose program has ended gives an error in place of an end.
        with suppress(OSError):
            while piece := os.read(ours, 4096):
                said += piece
                if said.endswith(b"frame: "):
                    os.write(ours, b"1\n")
        os.close(ours)
    assert program.returncode == 0, said.decode()
    assert b"Some frames have several faces" in said
    note = json.loads(_files(project)["OpenFace Features/ASD/Participant-S1/play.json"])
    assert note["face"] == 1
