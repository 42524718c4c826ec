"""Where packaged resources and the user's own files are: one function each."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

__all__ = [
    "is_network_path",
    "may_write",
    "model_cards_dir",
    "resource",
    "user_cache_dir",
    "user_config_dir",
    "whole_file",
    "write_whole",
]

_PACKAGE = Path(__file__).resolve().parent
# In a wheel the folder is inside the package; in a checkout it lies beside it.
_RESOURCE_ROOTS = (_PACKAGE / "_resources", _PACKAGE.parent / "resources")
_MODEL_ROOTS = (_PACKAGE / "_models", _PACKAGE.parent / "models")

_NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afpfs", "webdav", "davfs", "9p"}
    | {"fuse.sshfs", "fuse.davfs", "fuse.davfs2", "fuse.rclone", "fuse.smbnetfs", "afs", "glusterfs"}
)
_MOUNT_TABLE = Path("/proc/mounts")


def resource(name: str) -> Path:
    """Path of a packaged resource.

    Parameters
    ----------
    name : str
        Relative POSIX path below ``resources/``, for example ``facs/actions.toml``.

    Returns
    -------
    pathlib.Path
        An existing file or folder.

    Raises
    ------
    ValueError
        If `name` is absolute or climbs out of the resources with ``..``.
    FileNotFoundError
        If the resource does not exist.
    """
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts:
        raise ValueError(f"resource names stay below resources/: {name!r}")
    for root in _RESOURCE_ROOTS:
        candidate = root / relative
        if candidate.exists():
            return candidate
    raise FileNotFoundError(f"no packaged resource named {name!r}")


def model_cards_dir() -> Path:
    """Folder of the packaged model cards, ``<name>/card.toml`` each.

    Raises
    ------
    FileNotFoundError
        If the program was installed without it.
    """
    for root in _MODEL_ROOTS:
        if root.is_dir():
            return root
    raise FileNotFoundError("no packaged model cards")


def user_config_dir() -> Path:
    """Folder of personal settings (recent projects, coder name, window state)."""
    import platformdirs

    return Path(platformdirs.user_config_dir("hrm-annotator", appauthor=False))


def user_cache_dir() -> Path:
    """Folder of things that can be made again (frame indexes, weights)."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("hrm-annotator", appauthor=False))


def write_whole(path: Path, data: bytes, *, at_once: bool = True) -> None:
    """Write a file so that it is there whole or as it was before, never in part.

    Parameters
    ----------
    path : pathlib.Path
        Its folder is made if missing.
    data : bytes
        The new contents.
    at_once : bool
        Wait until the disk has it.  Without, thousands of files are written much
        faster, and a power cut (not a killed program) may leave them empty.

    Raises
    ------
    OSError
        If it could not be written; nothing is left behind.
    """
    with whole_file(path) as scratch, scratch.open("xb") as file:
        file.write(data)
        if at_once:
            file.flush()
            os.fsync(file.fileno())


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """The name of a file to be written, which takes the place of `path` once it is whole.

    Parameters
    ----------
    path : pathlib.Path
        Its folder is made if missing.

    Raises
    ------
    OSError
        If it could not be written; nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder, because a file moves in one step only within a disk.
    scratch = path.with_name(f".{path.stem[:32]}-{uuid.uuid4().hex}.part")
    try:
        yield scratch
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise


def may_write(path: Path) -> bool:
    """Whether a file could be made or replaced, as far as can be told without trying.

    To be asked before long work; the disk may still refuse behind it.

    Parameters
    ----------
    path : pathlib.Path
        Neither the file nor its folder need exist.
    """
    if path.is_dir():
        return False
    there = next((each for each in path.absolute().parents if each.exists()), None)
    return there is not None and there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def is_network_path(path: Path) -> bool:
    """Whether `path` lies on a network share, where SQLite's locks cannot be trusted.

    Parameters
    ----------
    path : pathlib.Path
        A file or folder; it need not exist yet.

    Returns
    -------
    bool
        True for UNC paths and mapped drives on Windows and for NFS, SMB, WebDAV
        and SSH mounts on Linux; False where the system does not tell.
    """
    if sys.platform == "win32":
        return _is_windows_share(path)
    if not _MOUNT_TABLE.exists():
        return False
    mounts = _MOUNT_TABLE.read_text(encoding="utf-8", errors="replace")
    return _file_system_of(path.resolve(), mounts) in _NETWORK_FILE_SYSTEMS


def _file_system_of(path: Path, mount_table: str) -> str:
    """Type of the file system that holds `path`, from the text of /proc/mounts."""
    best, kind = Path("/"), ""
    for line in mount_table.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        # The kernel writes blanks in mount points as octal escapes.
        point = Path(fields[1].replace("\\040", " ").replace("\\011", "\t"))
        if path.is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, kind = point, fields[2]
    return kind


def _is_windows_share(path: Path) -> bool:
    text = str(path)
    if text.startswith(("\\\\", "//")):
        return True
    import ctypes

    drive_remote = 4
    root = path.resolve().anchor
    windll = getattr(ctypes, "windll", None)
    return windll is not None and windll.kernel32.GetDriveTypeW(root) == drive_remote
