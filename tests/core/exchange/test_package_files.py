"""Checksums are read by other programs; the same files make the same ZIP file."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from hrm_core.exchange.package_files import CHECKSUMS, write_checksums, zip_folder


def _package(folder: Path) -> Path:
    (folder / "deep er").mkdir(parents=True)
    (folder / "a.txt").write_text("one")
    (folder / "deep er" / "b.bin").write_bytes(bytes(range(256)) * 9000)
    return folder


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no GNU coreutils on this machine")
def test_sha256sum_finds_what_was_changed(tmp_path: Path) -> None:
    folder = _package(tmp_path / "p")
    write_checksums(folder)
    check = ["sha256sum", "--strict", "-c", CHECKSUMS]
    sound = subprocess.run(check, cwd=folder, capture_output=True, text=True, check=True)
    assert sound.stdout.splitlines() == ["a.txt: OK", "deep er/b.bin: OK"]
    (folder / "a.txt").write_text("two")
    assert subprocess.run(check, cwd=folder, capture_output=True, check=False).returncode == 1


def test_a_zip_file_tells_nothing_of_when_and_where_it_was_made(tmp_path: Path) -> None:
    one, two = _package(tmp_path / "one"), _package(tmp_path / "two")
    (two / "a.txt").chmod(0o600)
    os.utime(two / "a.txt", (1, 1))
    zip_folder(one, tmp_path / "one.zip")
    zip_folder(two, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as package:
        assert package.testzip() is None
        assert package.namelist() == ["a.txt", "deep er/b.bin"]
        assert package.read("deep er/b.bin") == (one / "deep er/b.bin").read_bytes()
