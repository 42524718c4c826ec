"""Resources, whole files, and which folders are network shares."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hrm_core import paths
from hrm_core.paths import is_network_path, resource, user_cache_dir, user_config_dir, write_whole

_MOUNTS = """\
rootfs / rootfs rw 0 0
/dev/sda1 / ext4 rw,relatime 0 0
/dev/sdb1 /data xfs rw 0 0
server:/export /mnt/lab nfs4 rw 0 0
//nas/share /mnt/lab\\040films cifs rw 0 0
ada@host: /home/ada/remote fuse.sshfs rw 0 0
/dev/sdc1 /mnt/lab/local ext4 rw 0 0
broken line
"""


def test_a_resource_is_a_file_that_exists() -> None:
    assert resource("facs/actions.toml").is_file()


@pytest.mark.parametrize("name", ["../pyproject.toml", "facs/../../pyproject.toml", "/etc/passwd"])
def test_resources_stay_below_their_folder(name: str) -> None:
    with pytest.raises(ValueError, match="below resources"):
        resource(name)


def test_a_missing_resource_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"facs/nothing.toml"):
        resource("facs/nothing.toml")


def test_a_wheels_resources_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "facs").mkdir()
    (tmp_path / "facs" / "actions.toml").write_text("", encoding="utf-8")
    monkeypatch.setattr(paths, "_RESOURCE_ROOTS", (tmp_path, *paths._RESOURCE_ROOTS))
    assert resource("facs/actions.toml") == tmp_path / "facs" / "actions.toml"


def test_own_files_follow_the_desktops_rules(own_user_dirs: Path) -> None:
    assert user_config_dir() == own_user_dirs / "config" / "hrm-annotator"
    assert user_cache_dir() == own_user_dirs / "cache" / "hrm-annotator"


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "儿童 1.toml"
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_long_name_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("长" * 70 + ".toml")
    write_whole(path, b"x")
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_outgrows_the_disk_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(b"old")
    script = f"""
import resource
from pathlib import Path
from hrm_core.paths import write_whole
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
try:
    write_whole(Path({str(path)!r}), b"x" * 20_000)
except OSError as error:
    print(error.errno)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "27"
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells of shares in another way")
@pytest.mark.parametrize(
    ("path", "shared"),
    [
        ("/home/ada/study", False),
        ("/home/ada/remote/study", True),
        ("/home/ada/remote", True),
        ("/home/ada/remote2/study", False),
        ("/data/study/labels.sqlite", False),
        ("/mnt/lab/study", True),
        ("/mnt/lab films/study", True),
        ("/mnt/lab/local/study", False),
        ("/", False),
    ],
)
def test_shares_are_told_by_the_mount_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, shared: bool
) -> None:
    table = tmp_path / "mounts"
    table.write_text(_MOUNTS, encoding="utf-8")
    monkeypatch.setattr(paths, "_MOUNT_TABLE", table)
    assert is_network_path(Path(path)) is shared


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells of shares in another way")
def test_a_link_to_a_share_is_a_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table, share = tmp_path / "mounts", tmp_path / "share"
    share.mkdir()
    (tmp_path / "link").symlink_to(share)
    table.write_text(f"/dev/sda1 / ext4 rw 0 0\nnas:/ {share} nfs rw 0 0\n", encoding="utf-8")
    monkeypatch.setattr(paths, "_MOUNT_TABLE", table)
    assert is_network_path(tmp_path / "link" / "labels.sqlite")
    assert not is_network_path(tmp_path / "labels.sqlite")


def test_without_a_mount_table_nothing_is_a_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "_MOUNT_TABLE", tmp_path / "none")
    assert not is_network_path(tmp_path)
