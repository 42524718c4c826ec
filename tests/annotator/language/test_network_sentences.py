"""What the core says of networks is put together from parts, and is Chinese to the last one."""

from __future__ import annotations

from pathlib import Path

import pytest

from hrm_annotator.language import catalogue
from hrm_core.errors import InvalidFileError
from hrm_core.models.card_file import read_cards
from hrm_core.paths import model_cards_dir
from tools.collect_core_texts import fault


@pytest.fixture(scope="module")
def chinese() -> catalogue.Catalogue:
    """The Chinese catalogue as it is shipped."""
    return catalogue.load("zh_CN")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('role = "detector"', 'role = "finder"'),
        ('role = "detector"', 'role = "regressor"'),
        ('role = "detector"', 'role = "backbone"'),
        ('architecture = "resnet50"', 'architecture = "vgg"'),
        ('activation = "sigmoid"', 'activation = "none"'),
        ("threshold = ", "thresholds = 1\nthreshold = "),
        ("threshold = ", "thresholds = {AU1 = 0.5}\nthreshold = "),
        ("threshold = ", "#"),
        ("threshold = ", "threshold = -1#"),
        ("threshold = ", "threshold = nan#"),
        ("threshold = ", "threshold = []#"),
        ("parameters = ", "parameters = 0#"),
        ("parameters = ", "parameters = 1.5#"),
        ("population = ", "people = "),
        ("limits = [", "limits = []\nother = ["),
        ("[licence]", "[[file]]\nname = 'a/b'\nurl = 'https://a'\nsize_bytes = 1\nsha256 = '0'\n[licence]"),
        ("[licence]", "[[file]]\nname = 'b'\nurl = 'https://a'\nsize_bytes = 1\nsha256 = '0'\n[licence]"),
        ("commercial_use = false", 'commercial_use = "no"'),
        ("https://", "http://"),
        ("mean = [", "mean = [0.5]#["),
        ("[network]", "[[network]]"),
    ],
)
def test_a_mistake_in_a_card_is_told_in_chinese(
    tmp_path: Path, chinese: catalogue.Catalogue, old: str, new: str
) -> None:
    text = (model_cards_dir() / "resnet50" / "card.toml").read_text(encoding="utf-8")
    assert old in text
    card = tmp_path / "resnet50" / "card.toml"
    card.parent.mkdir()
    card.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InvalidFileError) as told:
        read_cards(tmp_path)
    assert fault(str(told.value), chinese.find(str(told.value))) == ""


@pytest.mark.parametrize(
    "sentence",
    [
        "7.parquet is damaged or was changed by another program (a probability is missing): "
        "make it again with hrm predict. Add --force to have it replaced.",
        "gru cannot be run. CUDAExecutionProvider is not part of the installed ONNX Runtime. "
        "Run it on the processor.",
        "gru cannot be run. CUDAExecutionProvider could not be started: its libraries or its device are "
        "missing. Run it on the processor.",
        "The ONNX file gives other numbers than PyTorch: by smooth pictures, 8 at once, outputs are up to 2 "
        "apart and probabilities up to 0.5, where 1e-04 is allowed.",
    ],
)
def test_parts_of_a_sentence_are_chinese_too(chinese: catalogue.Catalogue, sentence: str) -> None:
    assert fault(sentence, chinese.find(sentence)) == ""
