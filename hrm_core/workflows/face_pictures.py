"""Pictures of the child's face beside the features: which are there, written and taken away."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_core.faces.align import ALIGNED_SIZE
from hrm_core.faces.child import aligned_picture, same_cuts
from hrm_core.faces.crop import crop_picture
from hrm_core.media.frame_files import is_whole
from hrm_core.media.frame_folder import (
    MANIFEST,
    FrameFolder,
    frame_name,
    is_frame_name,
    read_manifest,
    write_manifest,
)
from hrm_core.media.image_folder import IMAGE_SUFFIXES
from hrm_core.media.stills import StillError, encode_still, put_still
from hrm_core.records.face import FrameFaces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["QUALITY", "FacePictures", "PictureChoice", "PictureFolder"]

QUALITY = 95
"""JPEG quality."""

# What a killed run leaves of the files it writes here.
_HALF_WRITTEN = re.compile(rf"\.(?:[0-9]{{6,12}}|{Path(MANIFEST).stem})-[0-9a-f]{{32}}\.part")


@dataclass(frozen=True, slots=True)
class PictureChoice:
    """Which pictures are written.

    Attributes
    ----------
    aligned, crops : bool
        Aligned pictures; crops as the face is in the frame.
    size : int
        Width and height of aligned pictures in pixels.
    """

    aligned: bool = True
    crops: bool = True
    size: int = ALIGNED_SIZE


class PictureFolder:
    """Pictures of one kind of one recording, named by frame.

    Parameters
    ----------
    folder : pathlib.Path
        Where they go; it may not exist yet.
    note : FrameFolder
        What is noted beside them.
    wanted : bool
        Whether pictures are written; if not, those that became wrong are taken away all the same.
    again : bool
        Replace pictures that were taken from another file.

    Raises
    ------
    StillError
        If pictures lie there that were not made here, or from another file and `again` is False.
    InvalidFileError
        If the note beside them cannot be read.
    """

    def __init__(self, folder: Path, note: FrameFolder, *, wanted: bool, again: bool = False) -> None:
        self.folder, self.wanted, self._note = folder, wanted, note
        self.written = 0
        names = _names(folder)
        self._there = {name for name in names if is_frame_name(name)}
        self._half = [name for name in names if _HALF_WRITTEN.fullmatch(name)]
        self._clear = False
        if any(Path(name).suffix.lower() in IMAGE_SUFFIXES and not name.startswith(".") for name in names):
            kept = read_manifest(folder)
            if kept is None or kept.quality is None:
                raise StillError(
                    f"{folder} holds pictures that were not made here, and they may be the only copy: move "
                    "the folder away, then extract faces again."
                )
            self._clear = kept.source != note.source or kept.quality != note.quality
            if self._clear and not again:
                raise StillError(
                    f"The pictures in {folder} were taken from another file: use --again to replace them."
                )

    def prepare(self) -> None:
        """Take away what is half written or from another file, and note what will lie here."""
        for name in [*self._half, *(self._there if self._clear else ())]:
            self._remove(name)
        self._half = []
        if self._clear:
            self._there = set()
        if self.wanted:
            write_manifest(self.folder, self._note)

    def has(self, frame: int) -> bool:
        """Whether the picture of a frame is there and whole."""
        name = frame_name(frame)
        return name in self._there and not self._clear and is_whole(self.folder / name)

    def put(self, frame: int, rgb: NDArray[np.uint8]) -> None:
        """Write the picture of a frame."""
        path = self.folder / frame_name(frame)
        put_still(encode_still(rgb, path, QUALITY), path, at_once=False)

    def drop(self, frame: int) -> None:
        """Take the picture of a frame away, if there is one."""
        name = frame_name(frame)
        if name in self._there:
            self._remove(name)
            self._there.discard(name)

    def _remove(self, name: str) -> None:
        try:
            (self.folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise StillError(
                f"The old picture {self.folder / name} cannot be taken away ({error.strerror}): allow it, or "
                "delete it yourself."
            ) from error


def _names(folder: Path) -> list[str]:
    if folder.is_symlink():
        raise StillError(
            f"{folder} is a link, and what lies behind it may be the only copy: take the link away, then "
            "extract faces again."
        )
    try:
        return [file.name for file in folder.iterdir()] if folder.is_dir() else []
    except OSError as error:
        raise StillError(
            f"The folder {folder} cannot be listed ({error.strerror}): check its permissions."
        ) from error


class FacePictures:
    """Aligned pictures and crops of one recording.

    Parameters
    ----------
    aligned, crops : PictureFolder
        Where they go.
    size : int
        Width and height of aligned pictures in pixels.
    """

    def __init__(self, aligned: PictureFolder, crops: PictureFolder, size: int) -> None:
        self.aligned, self.crops, self.size = aligned, crops, size

    @classmethod
    def at(
        cls,
        aligned: Path,
        crops: Path,
        note: FrameFolder,
        choice: PictureChoice,
        *,
        again: bool = False,
    ) -> FacePictures:
        """Look at both folders; nothing is written.  Parameters and errors as :class:`PictureFolder`."""
        note = replace(note, quality=QUALITY)
        return cls(
            PictureFolder(aligned, note, wanted=choice.aligned, again=again),
            PictureFolder(crops, note, wanted=choice.crops, again=again),
            choice.size,
        )

    def prepare(self) -> None:
        """See :meth:`PictureFolder.prepare`."""
        self.aligned.prepare()
        self.crops.prepare()

    def missing(self, entry: FrameFaces, old: FrameFaces | None) -> tuple[bool, bool]:
        """Whether the aligned picture and the crop of a frame are to be written.

        Parameters
        ----------
        entry : FrameFaces
            Where they are to be cut.
        old : FrameFaces or None
            Where those that are there were cut; None if that is not known.
        """
        aligned_same, crop_same = (False, False) if old is None else same_cuts(entry, old)
        aligned, crops = self.aligned, self.crops
        return (
            aligned.wanted
            and entry.alignment is not None
            and not (aligned_same and aligned.has(entry.frame)),
            crops.wanted and entry.crop is not None and not (crop_same and crops.has(entry.frame)),
        )

    def drop_wrong(self, entry: FrameFaces, old: FrameFaces | None) -> None:
        """Take away pictures of a frame that do not show what the features will say."""
        aligned_same, crop_same = (False, False) if old is None else same_cuts(entry, old)
        if entry.alignment is None or not aligned_same:
            self.aligned.drop(entry.frame)
        if entry.crop is None or not crop_same:
            self.crops.drop(entry.frame)

    def write(self, entry: FrameFaces, rgb: NDArray[np.uint8], which: tuple[bool, bool]) -> None:
        """Cut and write the pictures of a frame that are missing; several threads may do so."""
        aligned, crop = which
        if aligned:
            picture = aligned_picture(rgb, entry, self.size)
            assert picture is not None
            self.aligned.put(entry.frame, picture)
        if crop:
            assert entry.crop is not None
            self.crops.put(entry.frame, crop_picture(rgb, entry.crop))
