"""Files that are added to a registered network are there whole, with their record, or not at all."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from hrm_core.errors import Cancelled, InvalidFileError, NotFoundError
from hrm_core.models.card import ModelCard
from hrm_core.models.card_file import read_cards
from hrm_core.models.registered import (
    CheckedFile,
    keep_also,
    keep_checked,
    load_registered,
    registered_weights,
)
from hrm_core.models.weights import WeightRecord, WeightStore
from hrm_core.paths import model_cards_dir
from hrm_core.progress import CancelToken
from tests.support.network_files import checkpoint


@pytest.fixture(scope="module")
def card() -> ModelCard:
    """The card of the small regressor."""
    return read_cards(model_cards_dir())["gru"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A checkpoint of it."""
    checkpoint(tmp_path / "mine.pth", "gru")
    return tmp_path / "mine.pth"


@pytest.fixture
def store(tmp_path: Path, card: ModelCard, file: Path) -> WeightStore:
    """A store in which that is registered."""
    store = WeightStore(tmp_path / "weights")
    record = WeightRecord(
        name=card.name,
        kind=card.kind,
        what=card.what,
        licence=card.licence.name,
        licence_url=card.licence.url,
        accepted_at="2026-01-02T03:04:05+00:00",
        source=file.name,
        own=False,
        pack=False,
        files=(),
    )
    keep_checked(store, record, [CheckedFile(file, "gru.pth", sha256(file))])
    return store


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def some(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "export.tmp"
    path.write_bytes(content)
    return path


def content_of(store: WeightStore) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in store.folder("gru").iterdir()}


def test_what_nobody_added_is_empty(card: ModelCard, tmp_path: Path) -> None:
    weights = registered_weights(WeightStore(tmp_path / "none"), card)
    assert (weights.checkpoint, weights.onnx, weights.onnx_fp16, weights.landmarks) == (None,) * 4
    assert weights.checkpoint_sha256 == weights.onnx_sha256 == ""
    with pytest.raises(NotFoundError, match="needs a checkpoint of gru and none is on this computer"):
        load_registered(weights)


def test_another_file_is_kept_with_its_sha256_and_replaced_by_name(
    store: WeightStore, card: ModelCard, file: Path, tmp_path: Path
) -> None:
    for content in (b"first", b"second, longer"):
        kept = keep_also(store, "gru", some(tmp_path, content), "gru.onnx")
        assert kept.sha256 == hashlib.sha256(content).hexdigest()
        weights = registered_weights(store, card)
        assert weights.onnx is not None
        assert weights.onnx.read_bytes() == content
        assert (weights.onnx_sha256, weights.checkpoint_sha256) == (kept.sha256, sha256(file))
    record = store.record("gru")
    assert record is not None
    assert store.flaw(record, hashes=True) == ""
    assert record.accepted_at == "2026-01-02T03:04:05+00:00"
    assert [each.name for each in record.files] == ["gru.pth", "gru.onnx"]


def test_what_fails_leaves_all_as_it_was(
    store: WeightStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content_of(store)
    stopped = CancelToken()
    stopped.cancel()
    with pytest.raises(Cancelled):
        keep_also(store, "gru", some(tmp_path, b"x"), "gru.onnx", cancel=stopped)
    with pytest.raises(NotFoundError, match="no file"):
        keep_also(store, "gru", tmp_path / "nothing", "gru.onnx")
    with pytest.raises(NotFoundError, match="bilstm is not on this computer"):
        keep_also(store, "bilstm", some(tmp_path, b"x"), "bilstm.onnx")
    monkeypatch.setattr("hrm_core.models.registered.write_record", _no_space)
    with pytest.raises(OSError, match="make room on that disk"):
        keep_also(store, "gru", some(tmp_path, b"x"), "gru.onnx")
    assert content_of(store) == before


def _no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_disks_without_links_get_copies(
    store: WeightStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content_of(store)["gru.pth"]
    copied: list[object] = []

    def no_links(self: Path, target: Path) -> None:
        raise OSError(1, "Operation not permitted")

    def copy(source: Path, target: Path) -> None:
        copied.append(target.name)
        original(source, target)

    original = shutil.copyfile
    monkeypatch.setattr(Path, "hardlink_to", no_links)
    monkeypatch.setattr(shutil, "copyfile", copy)
    keep_also(store, "gru", some(tmp_path, b"x"), "gru.onnx")
    assert copied == ["gru.pth"]
    assert content_of(store)["gru.pth"] == before


def test_a_damaged_model_gets_no_further_file(store: WeightStore, tmp_path: Path) -> None:
    (store.folder("gru") / "gru.pth").write_bytes(b"")
    with pytest.raises(InvalidFileError, match=r"gru is damaged \(gru\.pth has 0 bytes instead of"):
        keep_also(store, "gru", some(tmp_path, b"x"), "gru.onnx")


def test_a_changed_checkpoint_is_not_loaded(store: WeightStore, card: ModelCard) -> None:
    path = store.folder("gru") / "gru.pth"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(InvalidFileError, match=r"the content of gru\.pth has changed"):
        load_registered(registered_weights(store, card))


def test_a_checkpoint_that_cannot_be_read_is_one_sentence(
    store: WeightStore, card: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("hrm_core.models.registered.sha256_of", refuse)
    with pytest.raises(InvalidFileError, match=r"damaged \(gru\.pth cannot be read: Permission denied\)"):
        load_registered(registered_weights(store, card))


def test_a_card_of_faces_has_no_network(store: WeightStore, card: ModelCard) -> None:
    with pytest.raises(ValueError, match="gru has no network"):
        registered_weights(store, replace(card, network=None))
