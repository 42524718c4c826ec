"""Keep how the frames of a recording look, so that its labels can be moved to another file some day."""

from __future__ import annotations

from hrm_core import media
from hrm_core.errors import InvalidFileError, StoreError
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.frame_ledger import FRAME_HASH_METHOD, FrameLedger
from hrm_core.records.recording import Recording
from hrm_core.workflows.project import Project

__all__ = ["note_frames"]


def note_frames(
    project: Project,
    recording: Recording,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> FrameLedger:
    """Keep how every frame of a recording looks, so that its labels can be re-linked some day.

    Returns
    -------
    FrameLedger
        The one that is there already, if any.

    Raises
    ------
    NotFoundError, InvalidFileError
        If there is none and the file is gone, unreadable or another one, or the
        folder of images has more or fewer frames than it had.
    """
    try:
        kept = project.store.ledgers.get(recording.id)
    except StoreError:
        # Damaged: it is made anew from the file, which is known to be the one that was added.
        kept = None
    if kept is not None and kept.method == FRAME_HASH_METHOD and len(kept) == recording.frame_count:
        return kept
    path = project.original_path(recording)
    with media.open_video(path, progress=progress, cancel=cancel) as opened:
        if recording.frame_count not in (None, len(opened)):
            # One picture less, and every hash behind it would stand for its neighbour.
            raise InvalidFileError(
                f"{path} has {len(opened)} frames, but had {recording.frame_count} when video "
                f"{recording.name!r} was added, so frame numbers may mean other pictures: put the missing "
                "pictures back, or connect it with hrm add video --replace."
            )
        ledger = media.ledger_of(opened, progress=progress, cancel=cancel)
    project.store.ledgers.put(recording.id, ledger)
    return ledger
