"""What leaves the study is what consent allows, and tells nobody who the children are."""

from __future__ import annotations

import csv
import errno
import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import mlcroissant
import numpy as np
import pyarrow.parquet as pq
import pytest

from hrm_core.config import Release, StudySettings
from hrm_core.errors import Cancelled, InvalidFileError, NotFoundError, ProjectError
from hrm_core.exchange.hrm_csv import read_hrm_csv
from hrm_core.facs import ALL_ACTIONS
from hrm_core.progress import CancelToken
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.recording import ExclusionReason
from hrm_core.workflows import release as releasing
from hrm_core.workflows.add_participant import add_participant, add_rater, change_participant
from hrm_core.workflows.add_video import add_clips, add_video
from hrm_core.workflows.choose_clips import exclude_clip
from hrm_core.workflows.import_features import import_features
from hrm_core.workflows.project import Project, create_project, open_project
from hrm_core.workflows.release import ReleaseChoice, build_release
from hrm_core.workflows.release_codes import RELEASE_CODES, read_codes
from hrm_core.workflows.release_plan import plan_release
from tests.support.builders import random_table
from tests.support.marked_faces import FRAMES, eye_pixels, found_faces, marked_film, write_found
from tests.support.secret_words import SecretWords
from tests.support.tool_files import openface_row, pyfeat_row, write_rows

CHILDREN = ("Zaunkoenig", "Pirol", "Wiedehopf", "Kleiber", "Stieglitz")
REFUSED = "Uhu-Eule"
RATER = "Wilhelmina Coderin"
LABELS, PICTURES = "labels, letter of May", "labels and pictures"
SECRET = (*CHILDREN, REFUSED, RATER, LABELS, PICTURES, "Sonnenschein", "letter of May", "geheimer Ordner")


def _set(project: Project, settings: StudySettings | None = None, **changes: object) -> None:
    base = settings or project.settings
    project.settings = replace(base, release=replace(base.release, **changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic recording with magenta eyes."""
    return marked_film(tmp_path_factory.mktemp("eyes") / "film.mp4")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, film: Path) -> Path:
    """Six children with distinctive names, of whom five may be shared and one with pictures."""
    folder = tmp_path_factory.mktemp("made") / "geheimer Ordner"
    with create_project(folder, name="Birds", groups=("Feathered", "Furry")) as project:
        rater = add_rater(project, RATER)
        for place, code in enumerate((*CHILDREN, REFUSED)):
            add_participant(
                project, code, group="Feathered", sex="FM"[place % 2], age_years=6.95, consent=LABELS
            )
            recording = add_video(project, code, film, name=f"Sonnenschein-{place}")
            table = random_table(rater.id, recording.id, FRAMES - 1, place)
            project.store.codings.import_tables([table], actor_id=rater.id, reason="synthetic")
            lost = FrameCoding(
                rater.id, recording.id, FRAMES - 1, state=CodingState.NOT_CODABLE, comment="Pirol was tired"
            )
            project.store.codings.save(lost)
        change_participant(project, CHILDREN[1], consent=f" {PICTURES} ")
        change_participant(project, REFUSED, consent="nothing at all")
        write_found(project, CHILDREN[1], [found_faces(number) for number in range(FRAMES)])
    return folder


@pytest.fixture
def study(made: Path, tmp_path: Path) -> Iterator[Project]:
    """A copy of it, with settings under which a release is allowed."""
    shutil.copytree(made, tmp_path / "geheimer Ordner")
    with open_project(tmp_path / "geheimer Ordner") as project:
        allowed = Release("CC-BY-4.0", ("A. Uthor",), (LABELS, PICTURES), (PICTURES,), smallest_cell=5)
        project.settings = replace(project.settings, release=allowed)
        yield project


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _everything(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _labels(study: Project, out: Path, **changes: object) -> releasing.ReleaseReport:
    return build_release(study, replace(ReleaseChoice(out), **changes))  # type: ignore[arg-type]


def _whole(study: Project, out: Path) -> releasing.ReleaseReport:
    return _labels(study, out, features=True, pictures=True)


# ---- nothing private ------------------------------------------------------------------------


def test_nothing_in_the_package_tells_names(study: Project, tmp_path: Path) -> None:
    tables = {"openface": openface_row(1), "pyfeat": pyfeat_row(0, input="/data/Sonnenschein/Pirol.mp4")}
    for source, row in tables.items():
        file = write_rows(tmp_path / f"{source}.csv", [row | {"identity_1": 0.5, "age": 6.9, "Pirol": 1}])
        import_features(study, source, file, participant=CHILDREN[2])
    secret = SecretWords([*SECRET, str(tmp_path)])
    _whole(study, tmp_path / "out")
    _whole(study, tmp_path / "out.zip")
    assert secret.in_folder(tmp_path / "out") == []
    assert secret.in_bytes((tmp_path / "out.zip").read_bytes()) == []
    parquets = sorted((tmp_path / "out").rglob("*.parquet"))
    assert len(parquets) == 2 + 1 + 2  # labels, our own features, those of two programs
    for path in parquets:
        table = pq.read_table(path)
        assert secret.in_text(f"{table.to_pydict()} {table.schema.metadata}") == []
        assert {"identity_1", "age", "input", "x_0"}.isdisjoint(table.column_names)
    # The search itself would find them.
    assert secret.in_text(f"of {CHILDREN[0]}") == [CHILDREN[0]]


def test_who_did_not_consent_is_not_in_it_and_is_counted(study: Project, tmp_path: Path) -> None:
    report = _labels(study, tmp_path / "out")
    assert report.plan.refused == (("nothing at all", 1),)
    codes = read_codes(study)
    assert {code for (_, video), code in codes.items() if not video} == {
        row["participant"] for row in _rows(tmp_path / "out/participants.csv")
    }
    assert (REFUSED, "") not in codes
    # One child left out is itself a small number.
    assert "left out for want of it: fewer than 5" in (tmp_path / "out/README.md").read_text()


def test_a_consent_must_be_exactly_one_that_allows_it(study: Project) -> None:
    change_participant(study, CHILDREN[0], consent=f"not {LABELS}")
    _set(study, smallest_cell=1)
    plan = plan_release(study)
    assert [child.who.code for child in plan.children] == sorted(set(CHILDREN[1:]), key=str.casefold)
    change_participant(study, CHILDREN[0], consent="")
    _set(study, consent_labels=(LABELS, PICTURES, ""))
    assert CHILDREN[0] not in {child.who.code for child in plan_release(study).children}


def test_pictures_are_of_those_alone_who_allow_them_and_show_no_eye(study: Project, tmp_path: Path) -> None:
    import cv2

    _whole(study, tmp_path / "out")
    codes = read_codes(study)
    pictures = sorted((tmp_path / "out/pictures").rglob("*.*"))
    home = f"{codes[CHILDREN[1], '']}/{codes[CHILDREN[1], 'Sonnenschein-1']}"
    assert [path.relative_to(tmp_path / "out/pictures").as_posix() for path in pictures] == [
        f"{home}/{number:06d}.jpg" for number in range(FRAMES - 1)
    ]
    for path in pictures:
        assert eye_pixels(np.asarray(cv2.imread(str(path)), np.uint8)[..., ::-1]) == 0
    _labels(study, tmp_path / "without")
    assert not (tmp_path / "without/pictures").exists()
    assert not (tmp_path / "without/features").exists()


def test_pictures_whose_eyes_are_not_known_are_withheld(study: Project, tmp_path: Path) -> None:
    found = [found_faces(n) if n else replace(found_faces(n), faces=(), target=None) for n in range(FRAMES)]
    write_found(study, CHILDREN[1], found)
    facts = _whole(study, tmp_path / "out").facts
    assert (facts.pictures, sum(entry.withheld for entry in facts.recordings)) == (FRAMES - 2, 1)


def test_a_rare_group_is_told_nowhere(study: Project, tmp_path: Path) -> None:
    change_participant(study, CHILDREN[0], group="Furry")
    _labels(study, tmp_path / "out")
    assert SecretWords(["Furry", "Feathered"]).in_folder(tmp_path / "out") == []
    # The label format must say the group, so there can be no such file.
    assert not (tmp_path / "out/labels/hrm-csv").exists()


# ---- what it holds --------------------------------------------------------------------------


def test_codes_arrive_as_they_are(study: Project, tmp_path: Path) -> None:
    _labels(study, tmp_path / "out")
    codes = read_codes(study)
    rows = pq.read_table(tmp_path / "out/labels/codes.parquet").to_pandas()
    frames = pq.read_table(tmp_path / "out/labels/frames.parquet").to_pandas()
    for place, child in enumerate(CHILDREN):
        names = codes[child, ""], codes[child, f"Sonnenschein-{place}"]
        labels = read_hrm_csv(tmp_path / "out/labels/hrm-csv" / f"Participant-{names[0]}__{names[1]}.csv")
        wanted = random_table(1, 1, FRAMES - 1, place)
        np.testing.assert_array_equal(labels.codes, wanted.codes)
        assert labels.asd == 1
        mine = rows[(rows.participant == names[0]) & (rows.recording == names[1])]
        tidy = np.zeros_like(wanted.codes)
        column = {action.key: place for place, action in enumerate(ALL_ACTIONS)}
        tidy[mine.frame, [column[key] for key in mine.action]] = mine.code
        np.testing.assert_array_equal(tidy, wanted.codes)
        looked_at = frames[frames.participant == names[0]]
        assert looked_at.frame.tolist() == list(range(FRAMES))
        assert looked_at.codable.tolist() == [True] * (FRAMES - 1) + [False]
        assert looked_at.n_actions.tolist() == [*(wanted.codes > 0).sum(axis=1), 0]
        np.testing.assert_allclose(looked_at.time_s, np.arange(FRAMES) * 0.04)


def test_frames_of_excluded_clips_stay_in_the_study(study: Project, tmp_path: Path) -> None:
    ((_, recording),) = study.recordings(CHILDREN[1])
    (clip,) = add_clips(study, recording, [(3, 8)])
    exclude_clip(study, study.store.people.rater(RATER), clip, ExclusionReason.OTHER_FACE)
    _whole(study, tmp_path / "out")
    code = read_codes(study)[CHILDREN[1], ""]
    kept = [number for number in range(FRAMES) if not 3 <= number <= 8]
    frames = pq.read_table(tmp_path / "out/labels/frames.parquet").to_pandas()
    assert frames[frames.participant == code].frame.tolist() == kept
    pictures = (tmp_path / "out/pictures").rglob("*.jpg")
    assert sorted(int(path.stem) for path in pictures) == kept[:-1]
    (features,) = (tmp_path / "out/features/faces").iterdir()
    assert pq.read_table(features)["frame"].to_pylist() == kept[:-1]


@pytest.mark.filterwarnings("ignore")  # what other programs use of yet others
def test_croissant_readers_read_it(study: Project, tmp_path: Path) -> None:
    _labels(study, tmp_path / "out")
    dataset = mlcroissant.Dataset(tmp_path / "out/croissant.json")
    assert not dataset.metadata.issues.errors
    assert dataset.metadata.license == ["https://spdx.org/licenses/CC-BY-4.0.html"]
    children = list(dataset.records("participants"))
    assert {(row["participants/age_from"], row["participants/group"]) for row in children} == {
        (6, b"Feathered")
    }
    assert len(list(dataset.records("recordings"))) == len(CHILDREN)
    assert sum(1 for _ in dataset.records("frames")) == len(CHILDREN) * FRAMES
    assert next(iter(dataset.records("codes")))["codes/action"].startswith(b"A")


def test_what_is_synthetic_says_so_everywhere(study: Project, tmp_path: Path) -> None:
    _set(study, replace(study.settings, synthetic=True))
    _labels(study, tmp_path / "out")
    for name in ("README.md", "LICENSE.txt", "croissant.json", "release.json"):
        assert "synthetic" in (tmp_path / "out" / name).read_text().lower()
    note = pq.read_table(tmp_path / "out/labels/codes.parquet").schema.metadata[b"hrm_release"]
    assert json.loads(note) == {"synthetic": True}


# ---- names that stay the same -----------------------------------------------------------------


def test_codes_stay_from_release_to_release_and_are_the_owners_alone(study: Project, tmp_path: Path) -> None:
    _labels(study, tmp_path / "one")
    before = read_codes(study)
    assert (study.folder / RELEASE_CODES).stat().st_mode & 0o777 == 0o600
    change_participant(study, CHILDREN[0], consent="nothing at all")
    change_participant(study, REFUSED, consent=LABELS)
    _labels(study, tmp_path / "two")
    after = read_codes(study)
    assert {key: after[key] for key in before} == before
    assert len(set(after.values())) == len(after)
    told = {row["participant"] for row in _rows(tmp_path / "two/participants.csv")}
    assert after[CHILDREN[0], ""] not in told
    assert after[REFUSED, ""] in told


def test_the_same_study_makes_the_same_bytes(study: Project, tmp_path: Path) -> None:
    _whole(study, tmp_path / "one.zip")
    _whole(study, tmp_path / "other name.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other name.zip").read_bytes()


@pytest.mark.parametrize("text", ["", "who,what\n", "participant,video,code\na,,C1\nb,,C1\n", "\x00\xff"])
def test_damaged_codes_are_not_drawn_anew(study: Project, tmp_path: Path, text: str) -> None:
    (study.folder / RELEASE_CODES).write_text(text, encoding="latin-1")
    with pytest.raises(InvalidFileError, match=RELEASE_CODES):
        _labels(study, tmp_path / "out")
    assert not (tmp_path / "out").exists()


# ---- refusals ---------------------------------------------------------------------------------


def test_what_is_missing_is_said_with_the_lines_to_write(study: Project, tmp_path: Path) -> None:
    whole = study.settings
    _set(study, licence=" ")
    with pytest.raises(ProjectError, match=r'licence = "CC-BY-NC-4\.0"'):
        _labels(study, tmp_path / "out")
    _set(study, whole, licence="ask us")
    with pytest.raises(ProjectError, match="neither an SPDX name nor a web address"):
        _labels(study, tmp_path / "out")
    _set(study, whole, consent_labels=("something else",), consent_pictures=())
    with pytest.raises(ProjectError, match=r'"labels and pictures" \(1\), "labels, letter of May" \(4\)'):
        _labels(study, tmp_path / "out")
    _set(study, whole, consent_labels=(LABELS,))
    with pytest.raises(ProjectError, match="allows pictures and is not said to allow labels"):
        _labels(study, tmp_path / "out")
    _set(study, whole, smallest_cell=6)
    with pytest.raises(ProjectError, match=r"Fewer than 6 children could be shared \(5\)"):
        _labels(study, tmp_path / "out")
    _set(study, replace(whole, name="The birds of pirol & co"))
    with pytest.raises(ProjectError, match="would tell others 'Pirol'"):
        _labels(study, tmp_path / "out")
    study.settings = whole
    with pytest.raises(NotFoundError):
        _labels(study, tmp_path / "out", rater="Nobody")
    assert [path.name for path in tmp_path.iterdir()] == ["geheimer Ordner"]
    assert not (study.folder / RELEASE_CODES).exists()


def test_only_an_earlier_package_is_ever_replaced(study: Project, tmp_path: Path) -> None:
    out = tmp_path / "out"
    _labels(study, out)
    with pytest.raises(ProjectError, match="--replace"):
        _labels(study, out)
    _labels(study, out, replace=True, version="2.0.0")
    assert json.loads((out / "release.json").read_text())["version"] == "2.0.0"
    (out / "my thesis.txt").write_text("years of work")
    with pytest.raises(ProjectError, match="no package of hrm release"):
        _labels(study, out, replace=True)
    assert (out / "my thesis.txt").exists()
    (tmp_path / "other.zip").write_bytes(b"not a package")
    with pytest.raises(ProjectError, match="no package of hrm release"):
        _labels(study, tmp_path / "other.zip", replace=True)
    with pytest.raises(ProjectError, match="belongs to the study"):
        _labels(study, study.folder / "Label" / "out")


@pytest.mark.parametrize("name", [RELEASE_CODES, "labels.sqlite", "Expressions/out", "hrm-project.toml"])
def test_a_package_never_takes_the_place_of_the_studys_own_files(study: Project, name: str) -> None:
    with pytest.raises(ProjectError, match="belongs to the study"):
        _labels(study, study.folder / name)
    assert not (study.folder / RELEASE_CODES).exists()


def test_a_place_that_is_taken_in_the_meantime_is_left_alone(
    study: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zipped = releasing.zip_folder

    def slowly(folder: Path, target: Path) -> None:
        zipped(folder, target)
        (tmp_path / "out.zip").write_text("somebody else's")

    monkeypatch.setattr(releasing, "zip_folder", slowly)
    with pytest.raises(ProjectError, match="no package of hrm release"):
        _labels(study, tmp_path / "out.zip")
    assert (tmp_path / "out.zip").read_text() == "somebody else's"


def test_places_that_cannot_be_written_are_told_in_a_sentence(study: Project, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be written"):
        _labels(study, tmp_path / ("long" * 100))
    _labels(study, tmp_path / "OUT.ZIP")
    data = bytearray((tmp_path / "OUT.ZIP").read_bytes())
    with zipfile.ZipFile(tmp_path / "OUT.ZIP") as package:
        entry = package.getinfo("release.json")
    begin = entry.header_offset + 30 + len("release.json") + 20  # its ZIP64 field
    data[begin : begin + entry.compress_size] = b"\xff" * entry.compress_size
    (tmp_path / "OUT.ZIP").write_bytes(data)
    with pytest.raises(ProjectError, match="no package of hrm release"):
        _labels(study, tmp_path / "OUT.ZIP", replace=True)


def test_names_of_the_study_are_not_even_for_a_moment_beside_the_package(
    study: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is copied elsewhere at once, or a killed process, would let them out."""
    into = []
    written = releasing.write_pictures

    def look(project: Project, scratch: Path, *rest: object) -> tuple[int, int]:
        into.append(scratch)
        return written(project, scratch, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(releasing, "write_pictures", look)
    _whole(study, tmp_path / "elsewhere/out")
    assert [path.parent for path in into] == [study.folder]
    assert list(study.folder.glob(".*.part")) == []


def test_children_of_earlier_releases_who_are_gone_are_told(study: Project, tmp_path: Path) -> None:
    _set(study, smallest_cell=4)
    assert _labels(study, tmp_path / "one").gone == 0
    change_participant(study, CHILDREN[0], consent="")
    assert _labels(study, tmp_path / "two").gone == 1


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_a_full_disk_leaves_the_earlier_package(
    study: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    _labels(study, tmp_path / name)
    before = _everything(tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(releasing, "write_checksums", full)
    with pytest.raises(ProjectError, match="No space left on device"):
        _labels(study, tmp_path / name, replace=True, version="2.0.0")
    assert _everything(tmp_path) == before


def test_who_stops_it_finds_nothing_half_done(study: Project, tmp_path: Path) -> None:
    cancel = CancelToken()

    class Stops:
        def start(self, *_: object) -> None: ...
        def finish(self) -> None: ...
        def advance(self, *_: object) -> None:
            cancel.cancel()

    with pytest.raises(Cancelled):
        build_release(study, ReleaseChoice(tmp_path / "out", pictures=True), progress=Stops(), cancel=cancel)
    assert [path.name for path in tmp_path.iterdir()] == ["geheimer Ordner"]
