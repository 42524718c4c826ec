"""What the core says in English reaches a Chinese coder in Chinese, whole, with its values unchanged."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hrm_annotator.language import catalogue
from hrm_core import errors
from hrm_core.errors import ScoreError
from hrm_core.faces.region import region_of
from hrm_core.facs import ALL_ACTIONS, parse_score
from hrm_core.records.recording import Clip, ClipState, ExclusionReason
from hrm_core.records.revision import step_words
from hrm_core.records.segments import frames_in_words
from tests.architecture.source_tree import ROOT

# What the window reads or writes with, besides the workflows that it calls by itself.
_ROOMS = ("config.py", "facs/notation.py", "store/*.py", "workflows/privacy.py", "workflows/note_frames.py")
_MEDIA = [
    "container",
    "decoder",
    "reader",
    "reading",
    "index_build",
    "file_check",
    "fingerprint",
    "image_folder",
    "stills",
]
_FACES = ["feature_file", "eye_mask", "hand_band", "align"]
_WORDS = re.compile(r"[A-Za-z]{3,}")
# Commands, formats and settings keep their names in every language.
_NAMES = re.compile(r"\bhrm( [a-z]+)+|--[a-z-]+|https?\S+|'[^']*'|“[^”]*”|\bplay-\d\b")


@pytest.fixture(scope="module")
def chinese() -> catalogue.Catalogue:
    """The Chinese catalogue as it is shipped."""
    return catalogue.load("zh_CN")


def modules() -> list[Path]:
    """Files of the core whose complaints can come up in the window."""
    found = set()
    for path in (ROOT / "hrm_annotator").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("hrm_core.workflows"):
                parts = (node.module or "").split(".")
                names = [parts[2]] if len(parts) > 2 else [entry.name for entry in node.names]
                found |= {ROOT / "hrm_core" / "workflows" / f"{name}.py" for name in names}
    for pattern in (*_ROOMS, *(f"media/{name}.py" for name in _MEDIA), *(f"faces/{n}.py" for n in _FACES)):
        found |= set((ROOT / "hrm_core").glob(pattern))
    return sorted(found)


def complaints(path: Path) -> Iterator[tuple[int, str]]:
    """Every sentence that a file hands to a UserError, a 7 for each value, with its line."""
    kinds = {name for name in errors.__all__ if issubclass(getattr(errors, name), errors.UserError)}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds:
            said = node.args[0] if node.args else None
            parts = said.values if isinstance(said, ast.JoinedStr) else [said]
            if all(isinstance(part, (ast.Constant, ast.FormattedValue)) for part in parts):
                yield node.lineno, "".join(_sample(part, constants) for part in parts)


def _sample(part: ast.expr | None, constants: dict[str, object]) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    value = part.value if isinstance(part, ast.FormattedValue) else None
    return str(constants.get(value.id, "7")) if isinstance(value, ast.Name) else "7"


def test_every_complaint_that_can_come_up_in_the_window_has_its_chinese(
    chinese: catalogue.Catalogue,
) -> None:
    found = [(path, *said) for path in modules() for said in complaints(path)]
    assert len(found) > 100, "the complaints of the core are not found any more"
    missing = [
        f"{path.relative_to(ROOT)}:{line}: {sentence}"
        for path, line, sentence in found
        # The frames that stand in front of it are not written as one value; it is tried as it is below.
        if chinese.find(sentence) == sentence and "changed by another window" not in sentence
    ]
    assert not missing, "\n".join(missing)


def _scores() -> Iterator[str]:
    for typed in ("", "1+", "0+1", "12ref", "1/2", "xyz", "99", "L25", "L18", "A18", "L12+R12", "1+1"):
        try:
            parse_score(typed)
        except ScoreError as error:
            yield str(error)


def _clips() -> Iterator[str]:
    for reason in ExclusionReason:
        for words in ("", "7"):
            why = Clip(1, 1, 1, 0, 9, ClipState.EXCLUDED, reason, words).why
            if why != words:
                yield why


COMPOSED = [
    *_scores(),
    *_clips(),
    *(frames_in_words(frames) for frames in ([7], [3, 4, 5, 8], range(0, 40, 2), range(0, 12, 2))),
    *(
        step_words(reason, first, last)
        for reason in ("AU12 left", "score of 9 actions", "")
        for first, last in [(3, 3), (3, 9)]
    ),
    *(f"change of {region_of(entry.key).name}" for entry in ALL_ACTIONS),
    *map(str, ALL_ACTIONS),
    "Frame 3 was changed by another window or program since shown here: choose which version to keep.",
    "Frames 3–5, 8 were changed by another window or program since shown here: choose which version to keep.",
    "The labels could not be written: the disk is full; free some space and try again. "
    "Nothing was changed on disk.",
    "Clip 2 was rated by 3 judges as frames 2–9, so its edges stay: exclude it if it is not to be coded.",
    "Frames 1–3 overlap clip 2 of video 'play-7' (frames 2–9, excluded (face occluded)): "
    "clips never overlap; change that clip or choose other frames.",
    "Landmarks of the mouth corners are compared with the neutral face; onset 10: the change falls under 30% "
    "of what it is at the apex; offset 30: the clip ends there, so that it may go on; the face is not known "
    "in 3 of the frames between; the head turns meanwhile, which shows in the curve too.",
]


def test_a_sentence_is_translated_whole(chinese: catalogue.Catalogue) -> None:
    for sentence in COMPOSED:
        translated = chinese.find(sentence)
        assert translated != sentence
        assert not _WORDS.search(_NAMES.sub("", translated)), translated
        assert sorted(re.findall(r"\d+", translated)) == sorted(re.findall(r"\d+", sentence))


def test_a_sentence_that_nobody_has_translated_stays_whole(chinese: catalogue.Catalogue) -> None:
    for sentence in ("Frame 7 of it is broken: nobody knows why.", "frame by frame", "Some 3 frames of it."):
        assert chinese.find(sentence) == sentence
