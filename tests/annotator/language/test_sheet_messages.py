"""What readers of other programs' files report reaches a Chinese coder in Chinese, values unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hrm_annotator.language import catalogue
from hrm_core.errors import UserError
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from tests.core.exchange.test_mutations import FRAMES, IMPORTERS, mutated
from tests.support.coding_sheets import FORMATS, a_sheet

_HAN = re.compile(r"[\u4e00-\u9fff]")
# Values of the file, its name, and words that stand in files of these programs.
_VALUES = re.compile(r"\bhrm( [a-z]+)+|'[^']*'|\"[^\"]*\"|/\S+|\bA[UD]\w+|\(.*?\)|（.*?）")
_NAMES = {
    "BORIS",
    "Datavyu",
    "START",
    "STOP",
    "POINT",
    "HRM",
    "frame",
    "Behavior",
    "type",
    "Time",
    "TSV",
    "CSV",
}
_NAMES |= {"UTF", "boris", "opf", "frames"}
_OWN = [form for form in FORMATS if form.name.startswith(("boris", "datavyu"))]


def _said(folder: Path) -> Iterator[str]:
    """Everything that some hundred damaged files made the readers say."""
    for form in _OWN:
        importer = IMPORTERS[form.name]
        path = folder / importer.file
        importer.make(path)
        good = path.read_bytes()
        for number in range(30):
            path.write_bytes(mutated(importer, good, number))
            try:
                read = form.read(path, np.arange(FRAMES) / 25 if number % 4 else None)
            except UserError as error:
                yield str(error)
                continue
            for note in read.notes:
                yield note.message
                yield note.where
        code = ActionCode("AU12", 1, model_run_id=4)
        coding = FrameCoding(0, 0, 1, (code,), CodingState.NOT_CODABLE, seconds_spent=2.0)
        yield from (loss.what for loss in form.losses(replace(a_sheet(), codings={1: coding, 2: coding})))
        for sheet in (replace(a_sheet(), times=None), replace(a_sheet(), times=a_sheet(20).times)):
            with pytest.raises(UserError) as caught:
                form.write(path, sheet)
            yield str(caught.value)


def test_every_sentence_has_its_chinese(tmp_path: Path) -> None:
    chinese = catalogue.load("zh_CN")
    said = set(_said(tmp_path))
    assert len({re.sub(r"\d+|'[^']*'", "7", sentence) for sentence in said}) > 30
    for sentence in said:
        translated = chinese.find(sentence)
        assert _HAN.search(translated), sentence
        words = re.findall(r"[A-Za-z]{3,}", _VALUES.sub("", translated))
        assert not set(words) - _NAMES, (sentence, translated)
        values = re.findall(r"(?<![\w.])\d+(?:\.\d+)?", sentence)
        assert all(value in translated for value in values), (sentence, translated)
