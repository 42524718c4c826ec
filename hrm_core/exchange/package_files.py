"""Files of a package: tables, checksums that coreutils read, and a ZIP file that is always the same."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CHECKSUMS", "package_files", "write_checksums", "write_rows", "zip_folder"]

CHECKSUMS = "checksums.sha256"
"""Name of the list of checksums: ``sha256sum -c checksums.sha256`` compares all files with it."""

_NO_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP file can say
_READABLE = 0o100644 << 16
_PIECE = 1 << 20


def write_rows(path: Path, parts: Sequence[pd.DataFrame], *, synthetic: bool) -> None:
    """Write the rows of all recordings as one Parquet file, whose texts are UTF-8.

    Parameters
    ----------
    path : pathlib.Path
        The new file.
    parts : sequence of pandas.DataFrame
        Of the same columns, one for each recording.
    synthetic : bool
        Noted in the file.
    """
    import fastparquet
    import pandas as pd

    table = pd.concat(parts, ignore_index=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = {name: "utf8" if table[name].dtype == object else "infer" for name in table.columns}
    fastparquet.write(
        str(path),
        table,
        compression="ZSTD",
        write_index=False,
        object_encoding=texts,
        custom_metadata={"hrm_release": json.dumps({"synthetic": synthetic})},
    )


def package_files(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a package but the list of checksums, by its POSIX path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: _sha256(path) for name, path in sorted(names.items()) if name != CHECKSUMS}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_checksums(folder: Path) -> None:
    """Write the list of checksums of all files in a folder, in the format of GNU ``sha256sum``."""
    lines = [f"{digest}  {name}\n" for name, digest in package_files(folder).items()]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def zip_folder(folder: Path, target: Path) -> None:
    """Put all files of a folder into a ZIP file without dates, owners or folders of this computer.

    Parameters
    ----------
    folder : pathlib.Path
        The package.
    target : pathlib.Path
        The new file.
    """
    files = sorted(
        (path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file()
    )
    with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as package:
        for name, path in files:
            entry = zipfile.ZipInfo(name, _NO_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, whichever system writes it
            entry.external_attr = _READABLE
            with path.open("rb") as source, package.open(entry, "w", force_zip64=True) as packed:
                while piece := source.read(_PIECE):
                    packed.write(piece)
