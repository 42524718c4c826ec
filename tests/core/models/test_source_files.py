"""Weights out of files, archives and folders: the listed ones, whole, and nothing else."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.errors import Cancelled, InvalidFileError, NotFoundError
from hrm_core.models.card import WeightFile
from hrm_core.models.source_files import take_all, take_listed
from hrm_core.progress import CancelToken
from tests.support.small_models import LARGE, MEMBERS, PACK, SINGLE, sha256, zipped

LISTED = tuple(WeightFile(name, len(content), sha256(content)) for name, content in MEMBERS.items())
ONE = (WeightFile("single.onnx", len(SINGLE), sha256(SINGLE)),)


@pytest.fixture
def into(tmp_path: Path) -> Path:
    """An empty folder in one of its own."""
    folder = tmp_path / "deep" / "into"
    folder.mkdir(parents=True)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def archive(path: Path, files: dict[str, bytes]) -> Path:
    path.write_bytes(zipped(files))
    return path


@pytest.mark.parametrize("kind", ["archive", "archive with a folder", "folder"])
def test_a_pack_gives_its_listed_files_alone(tmp_path: Path, into: Path, kind: str) -> None:
    files = {**MEMBERS, "w600k_r50.onnx": LARGE, "readme.txt": b"x"}
    if kind == "folder":
        source = tmp_path / "folder"
        source.mkdir()
        for name, content in files.items():
            (source / name).write_bytes(content)
    else:
        prefix = "buffalo/" if kind != "archive" else ""
        source = archive(tmp_path / "p.zip", {prefix + name: content for name, content in files.items()})
    take_listed(source, LISTED, into)
    assert contents(into) == MEMBERS


def test_a_single_file_may_have_any_name(tmp_path: Path, into: Path) -> None:
    (tmp_path / "download (1)").write_bytes(SINGLE)
    take_listed(tmp_path / "download (1)", ONE, into)
    assert contents(into) == {"single.onnx": SINGLE}


def test_an_archive_never_says_where_to_write(tmp_path: Path, into: Path) -> None:
    first, second = MEMBERS
    source = archive(
        tmp_path / "evil.zip",
        {
            f"../../{first}": MEMBERS[first],
            f"/{second}": MEMBERS[second],
            "../../evil.onnx": LARGE,
            "../evil.sh": b"rm",
        },
    )
    before = set(tmp_path.rglob("*"))
    take_listed(source, LISTED, into)
    assert contents(into) == MEMBERS
    assert set(tmp_path.rglob("*")) - before == {into / first, into / second}


def test_a_link_in_an_archive_is_no_file(tmp_path: Path, into: Path) -> None:
    entry = zipfile.ZipInfo("det.onnx")
    entry.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr(entry, "/etc/hostname")
        made.writestr("points.onnx", MEMBERS["points.onnx"])
    (tmp_path / "p.zip").write_bytes(buffer.getvalue())
    with pytest.raises(InvalidFileError, match=r"is not the det\.onnx"):
        take_listed(tmp_path / "p.zip", LISTED, into)
    assert not any(path.is_symlink() for path in into.iterdir())


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"det.onnx": bytes(len(MEMBERS["det.onnx"]))}, r"SHA-256 begins with"),
        ({"det.onnx": MEMBERS["det.onnx"][:-1]}, r"69999 instead of 70000 bytes"),
        ({"det.onnx": bytes(50_000_000)}, r"larger than 0\.1 MB"),
    ],
    ids=["other content", "short", "bomb"],
)
def test_another_file_under_the_name_is_refused(
    tmp_path: Path, into: Path, changed: dict[str, bytes], complaint: str
) -> None:
    source = archive(tmp_path / "p.zip", {**MEMBERS, **changed})
    with pytest.raises(InvalidFileError, match=complaint) as told:
        take_listed(source, LISTED, into)
    assert "--as-own" in str(told.value)
    # No more of a bomb is unpacked than the card lists, and one byte.
    assert all(path.stat().st_size <= 70_001 for path in into.iterdir())


def test_a_missing_or_doubled_member_is_named(tmp_path: Path, into: Path) -> None:
    with pytest.raises(InvalidFileError, match=r"does not hold points\.onnx"):
        take_listed(archive(tmp_path / "a.zip", {"det.onnx": MEMBERS["det.onnx"]}), LISTED, into)
    doubled = {**MEMBERS, "copy/det.onnx": LARGE}
    with pytest.raises(InvalidFileError, match=r"holds 2 files named det\.onnx"):
        take_listed(archive(tmp_path / "b.zip", doubled), LISTED, into)
    assert contents(into) == {}


@given(st.data())
def test_a_damaged_archive_gives_the_right_files_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    broken = bytearray(PACK)
    for _ in range(data.draw(st.integers(1, 4))):
        # Mostly the directory at the end, which says where and how large everything is.
        place = data.draw(st.integers(0, 400) | st.integers(0, len(PACK) - 1))
        broken[-1 - place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(PACK)) | st.just(0))
    (folder / "p.zip").write_bytes(bytes(broken[: len(PACK) - cut]))
    (folder / "into").mkdir()
    said = ""
    try:
        take_listed(folder / "p.zip", LISTED, folder / "into")
    except InvalidFileError as error:
        said = str(error)
    assert str(folder / "p.zip") in said or (not said and contents(folder / "into") == MEMBERS)


def test_an_archive_with_a_password_is_refused(tmp_path: Path, into: Path) -> None:
    raw = bytearray(zipped(MEMBERS))
    for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = raw.find(mark)
        while at >= 0:
            raw[at + flag] |= 1
            at = raw.find(mark, at + 1)
    (tmp_path / "p.zip").write_bytes(raw)
    with pytest.raises(InvalidFileError, match=r"p\.zip cannot be read"):
        take_listed(tmp_path / "p.zip", LISTED, into)


def test_a_pack_is_no_single_file(tmp_path: Path, into: Path) -> None:
    (tmp_path / "det.onnx").write_bytes(MEMBERS["det.onnx"])
    with pytest.raises(InvalidFileError, match="neither a zip archive nor a folder"):
        take_listed(tmp_path / "det.onnx", LISTED, into)
    with pytest.raises(NotFoundError, match="check its path"):
        take_listed(tmp_path / "nothing", LISTED, into)


def test_a_stop_is_obeyed(tmp_path: Path, into: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        take_listed(archive(tmp_path / "p.zip", MEMBERS), LISTED, into, cancel=cancel)


# ---- packs of one's own ------------------------------------------------------------------


def test_a_folder_of_ones_own_is_described_by_what_is_in_it(tmp_path: Path, into: Path) -> None:
    source = tmp_path / "mine"
    source.mkdir()
    for name, content in {
        **MEMBERS,
        "notes.txt": b"x",
        "w600k_r50.onnx": LARGE,
        "GenderAge.ONNX": LARGE,
    }.items():
        (source / name).write_bytes(content)
    files, left_out = take_all(source, into)
    assert {file.name: (file.size_bytes, file.sha256) for file in files} == {
        name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in MEMBERS.items()
    }
    assert contents(into) == MEMBERS
    assert sorted(left_out) == ["GenderAge.ONNX", "w600k_r50.onnx"]


@pytest.mark.parametrize("name", ["notes.txt", "w600k_r50.onnx"])
def test_a_folder_without_models_is_refused(tmp_path: Path, into: Path, name: str) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).write_bytes(LARGE)
    with pytest.raises(InvalidFileError, match=r"holds no \.onnx file"):
        take_all(tmp_path / "mine", into)


def test_an_empty_file_is_refused(tmp_path: Path, into: Path) -> None:
    (tmp_path / "mine.onnx").touch()
    with pytest.raises(InvalidFileError, match="empty"):
        take_all(tmp_path / "mine.onnx", into)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path, into: Path) -> None:
    (tmp_path / "mine.onnx").write_bytes(SINGLE)
    (tmp_path / "mine.onnx").chmod(0)
    with pytest.raises(InvalidFileError, match=r"cannot be read \(Permission denied\)"):
        take_listed(tmp_path / "mine.onnx", ONE, into)
