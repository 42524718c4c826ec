"""``hrm models describe``, typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from hrm_core.workflows.add_weights import add_weights
from hrm_core.workflows.look_at_models import model_card, model_cards
from tests.core.cli.conftest import Hrm
from tests.support.network_files import noted, onnx_file


def words(text: str) -> str:
    """Text as it was before the terminal folded it."""
    return " ".join(text.split())


@pytest.mark.parametrize("name", sorted(model_cards()))
def test_every_card_is_told_in_words(hrm: Hrm, name: str) -> None:
    said, card = hrm("models", "describe", name, "--no-speed"), model_card(name)
    assert said.code == 0
    told = words(said.out)
    wanted = [card.name, card.what, card.licence.name, *card.licence.summary]
    if card.network is not None:
        wanted += [card.network.population, *card.network.limits, f"{card.network.parameters:,} parameters"]
        if card.network.published is not None:
            wanted += card.network.published.caveats
    for each in wanted:
        assert words(each) in told
    if card.shipped:
        assert all(file.sha256 in told for file in card.shipped)
        return
    assert "Weights on this computer: none" in told
    assert f"{name}" in said.err


def test_a_network_is_told_with_its_order_and_its_operations(hrm: Hrm) -> None:
    said = hrm("models", "describe", "mae_face", "--no-speed").out
    places = [line.split() for line in said.splitlines() if line.strip()[:1].isdigit() and " A" in line]
    assert [(row[0], row[1]) for row in places][:2] == [("0", "AU1"), ("1", "AU2")]
    assert len(places) == 22
    assert "35.13 G FLOPs for one picture" in said
    assert "343.3 MB in float32, 171.6 MB in float16" in said
    assert "(0.4434122, 0.36354306, 0.35404983)" in words(said)


def test_a_registered_file_is_measured_and_told(hrm: Hrm, tmp_path: Path) -> None:
    path = onnx_file(tmp_path / "small.onnx", noted(model_card("gru"), "0" * 64), (15, 22), 1)
    add_weights("gru", path, lambda _: True)
    told = words(hrm("models", "describe", "gru", "--batch-size", "4").out)
    assert "ONNX: gru.onnx" in told
    assert "sequences a second" in told
    assert "by 1," in told
    assert "by 4;" in told
    found = hrm("models", "describe", "gru", "--json", "--no-speed").json
    assert found["card"]["network"]["population"] == model_card("gru").network.population
    assert [each["form"] for each in found["files"]] == ["ONNX"]
    assert found["cost"]["parameters"] == 157_569


def test_what_is_wrong_is_one_sentence(hrm: Hrm) -> None:
    said = hrm("models", "describe", "mae-face")
    assert said.code == 1
    assert said.err.startswith("hrm: There is no model 'mae-face'")
    assert len(said.err.splitlines()) == 1
