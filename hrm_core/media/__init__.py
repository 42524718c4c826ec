"""Video to exact frames: index, decoder, cache, image folders, stills.

Changes only when what we know about video files changes.  Importing this
package is cheap; FFmpeg and OpenCV are loaded when a function is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# These two functions are called like their files.  Imported here, before anybody
# else loads the files, the package's attribute is the function for good.
from hrm_core.media.fingerprint import fingerprint
from hrm_core.media.probe import VideoFacts, probe

if TYPE_CHECKING:
    from hrm_core.media.frame_hash import ledger_of
    from hrm_core.media.frame_match import FrameMatch, match_frames
    from hrm_core.media.image_folder import folder_fingerprint
    from hrm_core.media.proxy import make_proxy, proxy_flaw, remove_proxy
    from hrm_core.media.reader import open_video
    from hrm_core.media.stills import read_still, write_still
    from hrm_core.media.video import Video

__all__ = [
    "FrameMatch",
    "Video",
    "VideoFacts",
    "fingerprint",
    "folder_fingerprint",
    "ledger_of",
    "make_proxy",
    "match_frames",
    "open_video",
    "probe",
    "proxy_flaw",
    "read_still",
    "remove_proxy",
    "write_still",
]

_FILE_OF = {
    "FrameMatch": "frame_match",
    "Video": "video",
    "folder_fingerprint": "image_folder",
    "ledger_of": "frame_hash",
    "make_proxy": "proxy",
    "match_frames": "frame_match",
    "open_video": "reader",
    "proxy_flaw": "proxy",
    "read_still": "stills",
    "remove_proxy": "proxy",
    "write_still": "stills",
}


def __getattr__(name: str) -> Any:
    if name not in _FILE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FILE_OF[name]}"), name)
