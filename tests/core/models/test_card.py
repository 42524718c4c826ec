"""Cards say all that is needed before a byte is fetched, and nothing else."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from hrm_core.errors import InvalidFileError
from hrm_core.models.card_file import read_cards
from hrm_core.paths import model_cards_dir
from tests.support.small_models import MEMBERS, SINGLE, sha256, write_cards

SHARED = Path(__file__).parents[4] / "shared" / "models"


def test_the_packaged_cards_are_whole() -> None:
    cards = read_cards(model_cards_dir())
    assert {"yunet", "buffalo_l"} <= cards.keys()
    assert cards["yunet"].licence.commercial_use
    assert not cards["yunet"].pack
    assert not cards["buffalo_l"].licence.commercial_use
    assert "non-commercial research purposes only" in " ".join(cards["buffalo_l"].licence.summary)


def test_no_model_that_recognises_a_child_is_kept() -> None:
    kept = {file.name for file in read_cards(model_cards_dir())["buffalo_l"].files}
    assert kept == {"det_10g.onnx", "2d106det.onnx", "1k3d68.onnx"}


def test_the_card_of_yunet_describes_the_real_file() -> None:
    path = SHARED / "yunet_n_dynamic.onnx"
    if not path.is_file():
        pytest.skip("the real YuNet file is not here")
    (file,) = read_cards(model_cards_dir())["yunet"].files
    content = path.read_bytes()
    assert (file.size_bytes, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_a_card_is_read_as_written(tmp_path: Path) -> None:
    cards = read_cards(write_cards(tmp_path))
    assert [file.sha256 for file in cards["single"].files] == [sha256(SINGLE)]
    assert {file.name: file.size_bytes for file in cards["pack"].files} == {
        name: len(content) for name, content in MEMBERS.items()
    }


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('kind = "synthetic detector"', 'sort = "detector"', "no entry sort"),
        ('kind = "synthetic detector"', "", "lacks the entry kind"),
        ('kind = "synthetic detector"', 'kind = ""', "kind must be a text"),
        ('name = "pack"', 'name = "Pack"', "name must be 'pack'"),
        ("commercial_use = false", "commercial_use = 0", "commercial_use must be true or false"),
        ("commercial_use = false", "commercial = false", "no entry licence.commercial"),
        (
            'summary = ["You may test with it."]',
            "summary = [1]",
            "licence.summary (number 1) must be a text, not 1",
        ),
        ("https://example.org/pack.zip", "http://example.org/pack.zip", "begins with https://"),
        ("https://example.org/licence", "file:///licence", "begins with https://"),
        ('name = "det.onnx"', 'name = "../det.onnx"', "without a folder"),
        ('name = "det.onnx"', 'name = "det.exe"', ".onnx files"),
        ('name = "det.onnx"', 'name = "points.onnx"', "different names"),
        ("size_bytes = 70000", "size_bytes = 0", "greater than 0"),
        ("size_bytes = 70000", "size_bytes = true", "a whole number"),
        (sha256(MEMBERS["det.onnx"]), "5838F7", "64 hexadecimal digits"),
        ("[[file]]", "[file]", "file must be a list"),
        ("[[file]]", "[[files]]", "no entry files"),
        ("[licence]", "[licence", "cannot be read"),
    ],
)
def test_a_card_with_a_mistake_is_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    path = write_cards(tmp_path) / "pack" / "card.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InvalidFileError, match=re.escape(complaint)) as told:
        read_cards(tmp_path)
    assert str(path) in str(told.value)
