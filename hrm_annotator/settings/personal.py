"""What the program remembers of this person: name, recent projects, theme, language, speed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from hrm_core.paths import user_config_dir, write_whole

__all__ = ["PersonalSettings", "load", "remember_project", "store"]

_FILE = "personal.json"
_MOST_RECENT = 8
_FASTEST = 100
_KEY_PROFILES = ("face_map", "facs_numbers")


@dataclass(frozen=True, slots=True)
class PersonalSettings:
    """Personal settings; study settings live in the project instead.

    Attributes
    ----------
    coder : str
        Name as asked at first start; empty until then.
    recent : tuple of str
        Project folders, the last opened first.
    theme : {"system", "light", "dark"}
        Colours of the window.
    speed : float
        Playback speed, 1 is real time.
    face_box, landmarks : bool
        What is drawn over pictures.
    cover_eyes : bool
        Whether eyes are covered though this person may see them.
    register : bool
        Whether faces are aligned by their five points.
    key_profile : {"", "face_map", "facs_numbers"}
        Which of the shipped sets of keys; empty until this person has chosen.
    own_keys : dict
        This person's own keys: by profile, then by the name of the command.
    language : str
        Code of the window's language; empty is that of the system.
    """

    coder: str = ""
    recent: tuple[str, ...] = ()
    theme: str = "system"
    speed: float = 1.0
    face_box: bool = False
    landmarks: bool = False
    cover_eyes: bool = False
    register: bool = False
    key_profile: str = ""
    own_keys: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    language: str = ""


def load() -> PersonalSettings:
    """Settings as stored; defaults where the file is missing or unreadable.

    Nothing a study depends on is in the file, so a damaged one is not worth
    stopping a coder for.
    """
    try:
        stored = json.loads((user_config_dir() / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return PersonalSettings()
    return _checked(stored if isinstance(stored, dict) else {})


def _checked(stored: dict[str, Any]) -> PersonalSettings:
    settings = PersonalSettings()
    if isinstance(stored.get("coder"), str):
        settings = replace(settings, coder=stored["coder"])
    if isinstance(stored.get("recent"), list):
        settings = replace(settings, recent=tuple(map(str, stored["recent"]))[:_MOST_RECENT])
    if stored.get("theme") in ("system", "light", "dark"):
        settings = replace(settings, theme=stored["theme"])
    if isinstance(stored.get("language"), str):
        settings = replace(settings, language=stored["language"])
    speed = stored.get("speed")
    # JSON knows numbers that no speed can be, such as NaN and Infinity.
    if isinstance(speed, int | float) and 0 < speed <= _FASTEST:
        settings = replace(settings, speed=float(speed))
    for name in ("face_box", "landmarks", "cover_eyes", "register"):
        if isinstance(stored.get(name), bool):
            settings = replace(settings, **{name: stored[name]})
    if stored.get("key_profile") in _KEY_PROFILES:
        settings = replace(settings, key_profile=stored["key_profile"])
    return replace(settings, own_keys=_own_keys(stored.get("own_keys")))


def _own_keys(stored: Any) -> dict[str, dict[str, tuple[str, ...]]]:
    """Own keys of the right shape; whether they can be used is judged where commands are known."""
    return {
        profile: {name: tuple(map(str, keys)) for name, keys in commands.items() if isinstance(keys, list)}
        for profile, commands in (stored.items() if isinstance(stored, dict) else ())
        if profile in _KEY_PROFILES and isinstance(commands, dict)
    }


def store(settings: PersonalSettings) -> None:
    """Write the settings; a machine that does not allow it forgets them, no more."""
    folder = user_config_dir()
    try:
        write_whole(folder / _FILE, json.dumps(asdict(settings), ensure_ascii=False, indent=2).encode())
    except OSError:
        return


def remember_project(settings: PersonalSettings, folder: Path) -> PersonalSettings:
    """The settings with `folder` as the last project opened."""
    others = [path for path in settings.recent if path != str(folder)]
    return replace(settings, recent=(str(folder), *others)[:_MOST_RECENT])
