"""Weights come only after a yes, are what the card says, and are found by whoever runs them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hrm_core import paths
from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.models.weights import RECORD_FILE, WeightsError
from hrm_core.workflows.manage_models import (
    LicenceOffer,
    add_model,
    add_own_model,
    fetch_model,
    list_models,
    remove_model,
    verify_models,
    weights_path,
)
from tests.support.small_models import LARGE, MEMBERS, PACK, SINGLE, write_cards, zipped
from tests.support.weight_server import Served, WeightServer, serving

SHARED = Path(__file__).parents[4] / "shared" / "models"


@pytest.fixture(autouse=True)
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Cards of two synthetic models in place of the packaged ones."""
    folder = write_cards(tmp_path / "cards")
    monkeypatch.setattr(paths, "_MODEL_ROOTS", (folder,))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return folder


@pytest.fixture
def server() -> Iterator[WeightServer]:
    """A mirror of both."""
    with serving() as running:
        running.files |= {"/single.onnx": Served(SINGLE), "/pack.zip": Served(PACK)}
        yield running


@pytest.fixture
def store(own_user_dirs: Path) -> Path:
    """Where weights are kept."""
    return own_user_dirs / "cache" / "hrm-annotator" / "weights"


def yes(offer: LicenceOffer) -> bool:
    return True


def no(offer: LicenceOffer) -> bool:
    return False


def states() -> dict[str, str]:
    return {view.name: view.state for view in list_models()}


# ---- the licence -------------------------------------------------------------------------


def test_without_a_yes_no_byte_is_asked_for(server: WeightServer, store: Path) -> None:
    with pytest.raises(WeightsError, match="licence of single was not accepted"):
        fetch_model("single", no, url=f"{server.url}/single.onnx")
    assert server.asked == []
    assert not store.exists()


def test_without_a_yes_no_file_is_kept(tmp_path: Path, store: Path) -> None:
    (tmp_path / "single.onnx").write_bytes(SINGLE)
    with pytest.raises(WeightsError, match="licence of single was not accepted"):
        add_model("single", tmp_path / "single.onnx", no)
    assert not store.exists()


def test_what_is_offered_is_what_the_card_says(server: WeightServer) -> None:
    offers: list[LicenceOffer] = []

    def look(offer: LicenceOffer) -> bool:
        assert server.asked == []
        offers.append(offer)
        return True

    fetch_model("pack", look, url=f"{server.url}/pack.zip")
    (offer,) = offers
    assert (offer.licence, offer.commercial_use, offer.download_bytes) == ("Test-1.0", False, len(PACK))
    assert offer.summary == ("You may test with it.",)


def test_the_yes_is_noted_with_its_time(server: WeightServer, store: Path) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    fetch_model("single", yes, url=f"{server.url}/single.onnx")
    note = json.loads((store / "single" / RECORD_FILE).read_text())
    assert (note["licence"], note["licence_url"]) == ("Test-1.0", "https://example.org/licence")
    assert before <= datetime.fromisoformat(note["accepted_at"]) <= datetime.now(UTC)
    assert note["source"] == "127.0.0.1"


# ---- fetching ----------------------------------------------------------------------------


def test_a_single_file_is_fetched_and_found(server: WeightServer, store: Path) -> None:
    report = fetch_model("single", yes, url=f"{server.url}/single.onnx")
    assert report.changed
    assert weights_path("single") == store / "single" / "single.onnx" == report.model.path
    assert weights_path("single").read_bytes() == SINGLE
    assert states() == {"pack": "missing", "single": "there"}


def test_a_pack_is_fetched_without_what_recognises(server: WeightServer, store: Path) -> None:
    fetch_model("pack", yes, url=f"{server.url}/pack.zip")
    folder = weights_path("pack")
    assert folder == store / "pack"
    assert {path.name: path.read_bytes() for path in folder.glob("*.onnx")} == MEMBERS
    # The archive itself, with all its models, is gone.
    assert list((store / ".downloads").iterdir()) == []
    assert not [path for path in store.rglob("*") if path.is_file() and LARGE[:64] in path.read_bytes()]


def test_what_is_there_is_not_fetched_again(server: WeightServer) -> None:
    fetch_model("single", yes, url=f"{server.url}/single.onnx")
    server.asked.clear()
    assert not fetch_model("single", no, url=f"{server.url}/single.onnx").changed
    assert server.asked == []


def test_what_is_damaged_is_fetched_again(server: WeightServer) -> None:
    fetch_model("single", yes, url=f"{server.url}/single.onnx")
    path = weights_path("single")
    path.write_bytes(bytes(len(SINGLE)))
    assert fetch_model("single", yes, url=f"{server.url}/single.onnx").changed
    assert path.read_bytes() == SINGLE


def test_an_archive_with_another_member_is_refused(
    server: WeightServer, cards: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wrong = zipped({**MEMBERS, "det.onnx": bytes(70_000)})
    monkeypatch.setattr(paths, "_MODEL_ROOTS", (write_cards(tmp_path / "others", pack=wrong),))
    server.files["/pack.zip"] = Served(wrong)
    with pytest.raises(InvalidFileError, match=r"is not the det\.onnx"):
        fetch_model("pack", yes, url=f"{server.url}/pack.zip")
    assert states()["pack"] == "missing"


def test_an_unsafe_mirror_is_refused_before_the_question(server: WeightServer) -> None:
    def never(offer: LicenceOffer) -> bool:
        raise AssertionError("asked")

    with pytest.raises(WeightsError, match="https://"):
        fetch_model("single", never, url="http://example.org/single.onnx")


# ---- adding ------------------------------------------------------------------------------


def test_files_of_a_computer_with_network_are_added(tmp_path: Path) -> None:
    (tmp_path / "s.onnx").write_bytes(SINGLE)
    (tmp_path / "p.zip").write_bytes(PACK)
    add_model("single", tmp_path / "s.onnx", yes)
    add_model("pack", tmp_path / "p.zip", yes)
    assert states() == {"pack": "there", "single": "there"}
    assert {path.name for path in weights_path("pack").glob("*.onnx")} == set(MEMBERS)
    # What was given stays where it was.
    assert (tmp_path / "p.zip").read_bytes() == PACK


@pytest.mark.skipif(not SHARED.is_dir(), reason="shared/ with the real model file is not beside the project")
def test_the_real_yunet_is_added_and_finds_faces_with_its_path(
    cards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_core.faces.yunet import YuNet

    monkeypatch.setattr(paths, "_MODEL_ROOTS", (Path(paths.__file__).parents[1] / "models",))
    add_model("yunet", SHARED / "yunet_n_dynamic.onnx", yes)
    detector = YuNet(weights_path("yunet"))
    (digest,) = detector.weights.values()
    assert digest.startswith("104ee26c71d5")


def test_another_file_is_refused_and_nothing_kept(tmp_path: Path, store: Path) -> None:
    (tmp_path / "s.onnx").write_bytes(SINGLE[::-1])
    with pytest.raises(InvalidFileError, match="SHA-256 begins with"):
        add_model("single", tmp_path / "s.onnx", yes)
    assert states()["single"] == "missing"
    assert [path for path in store.rglob("*") if path.is_file()] == []


def test_a_refused_file_leaves_the_good_one(tmp_path: Path) -> None:
    (tmp_path / "s.onnx").write_bytes(SINGLE)
    add_model("single", tmp_path / "s.onnx", yes)
    (tmp_path / "s.onnx").write_bytes(SINGLE[::-1])
    with pytest.raises(InvalidFileError):
        add_model("single", tmp_path / "s.onnx", yes)
    assert weights_path("single").read_bytes() == SINGLE


def own_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "我的 pack"
    folder.mkdir()
    for name, content in {**MEMBERS, "w600k_r50.onnx": LARGE}.items():
        (folder / name).write_bytes(content)
    return folder


def test_a_pack_without_a_card_is_kept_under_a_name_of_ones_own(tmp_path: Path) -> None:
    report = add_own_model("my-pack", own_folder(tmp_path), "  asked the\nauthors ")
    assert report.left_out == ("w600k_r50.onnx",)
    assert report.model.licence == "asked the authors"
    assert {path.name for path in weights_path("my-pack").glob("*.onnx")} == set(MEMBERS)
    assert states() == {"pack": "missing", "single": "missing", "my-pack": "there"}
    assert [view.problem for view in verify_models("my-pack")] == [""]
    (weights_path("my-pack") / "det.onnx").write_bytes(bytes(70_000))
    assert [view.problem for view in verify_models()] == ["the content of det.onnx has changed"]


def test_a_single_file_of_ones_own_is_found_as_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.onnx").write_bytes(SINGLE)
    add_own_model("mine", tmp_path / "mine.onnx", "ours")
    assert weights_path("mine").name == "mine.onnx"


@pytest.mark.parametrize("name", ["", "My", "../x", "a/b", ".incoming", "ä", "a b", "x" * 65])
def test_a_name_that_is_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(ProjectError, match="cannot be called"):
        add_own_model(name, own_folder(tmp_path), "ours")
    with pytest.raises(NotFoundError):
        weights_path(name)
    with pytest.raises(NotFoundError):
        remove_model(name)


def test_a_name_that_is_taken_and_a_missing_licence(tmp_path: Path) -> None:
    folder = own_folder(tmp_path)
    with pytest.raises(ProjectError, match="--licence"):
        add_own_model("mine", folder, " ")
    add_own_model("mine", folder, "ours")
    for name in ("mine", "pack"):
        with pytest.raises(ProjectError, match="already"):
            add_own_model(name, folder, "ours")


# ---- whoever runs them -------------------------------------------------------------------


def test_a_missing_model_says_how_to_get_it() -> None:
    with pytest.raises(NotFoundError) as told:
        weights_path("single")
    assert str(told.value) == (
        "The synthetic detector single is not on this computer: fetch it with hrm models fetch single "
        "(0.3 MB, Test-1.0, from example.org/synthetic), or add a file you have with "
        "hrm models add single FILE."
    )


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.onnx").write_bytes(SINGLE)
    path = add_model("single", tmp_path / "s.onnx", yes).model.path
    assert path is not None
    path.write_bytes(SINGLE[:-1])
    with pytest.raises(InvalidFileError, match=r"damaged \(single\.onnx has 299999 bytes.*fetch it again"):
        weights_path("single")
    (path.parent / RECORD_FILE).write_text("{")
    with pytest.raises(InvalidFileError, match="damaged"):
        weights_path("single")
    assert states()["single"] == "damaged"


def test_files_that_nobody_accepted_a_licence_for_are_missing(store: Path) -> None:
    (store / "single").mkdir(parents=True)
    (store / "single" / "single.onnx").write_bytes(SINGLE)
    with pytest.raises(NotFoundError, match="not on this computer"):
        weights_path("single")


def test_weights_of_an_older_card_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cards: Path
) -> None:
    (tmp_path / "p.zip").write_bytes(PACK)
    add_model("pack", tmp_path / "p.zip", yes)
    newer = write_cards(tmp_path / "newer", members={"det.onnx": MEMBERS["det.onnx"]})
    monkeypatch.setattr(paths, "_MODEL_ROOTS", (newer,))
    with pytest.raises(InvalidFileError, match="another version of this program"):
        weights_path("pack")


@pytest.mark.parametrize("name", ["nothing", "Single", "../cards/single"])
def test_an_unknown_model_names_those_there_are(name: str) -> None:
    for verb in (weights_path, verify_models, remove_model, lambda name: fetch_model(name, yes)):
        with pytest.raises(NotFoundError, match="there are pack, single"):
            verb(name)


# ---- checking and removing ---------------------------------------------------------------


def test_a_changed_byte_never_reaches_the_net(tmp_path: Path) -> None:
    (tmp_path / "s.onnx").write_bytes(SINGLE)
    add_model("single", tmp_path / "s.onnx", yes)
    weights_path("single").write_bytes(SINGLE[:-1] + bytes([SINGLE[-1] ^ 1]))
    with pytest.raises(InvalidFileError, match=r"the content of single\.onnx has changed"):
        weights_path("single")


def test_verifying_reads_what_sizes_do_not_show(tmp_path: Path) -> None:
    assert verify_models() == []
    with pytest.raises(NotFoundError, match="not on this computer"):
        verify_models("single")
    (tmp_path / "s.onnx").write_bytes(SINGLE)
    add_model("single", tmp_path / "s.onnx", yes)
    assert [view.problem for view in verify_models("single")] == [""]
    weights_path("single").write_bytes(bytes(len(SINGLE)))
    (view,) = verify_models()
    assert (view.name, view.state, view.problem) == (
        "single", "damaged", "the content of single.onnx has changed",
    )  # fmt: skip


def test_removing_takes_unfinished_downloads_too(
    server: WeightServer, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hrm_core.models.fetch._PAUSES_S", ())
    server.files["/single.onnx"] = Served(SINGLE, cut_after=[100_000] + [0] * 10)
    with pytest.raises(WeightsError, match="cut again and again"):
        fetch_model("single", yes, url=f"{server.url}/single.onnx")
    assert remove_model("single") == 100_000
    assert remove_model("single") == 0
    assert [path for path in store.rglob("*") if path.is_file()] == []


def test_removing_a_damaged_pack_of_ones_own(tmp_path: Path, store: Path) -> None:
    add_own_model("mine", own_folder(tmp_path), "ours")
    (store / "mine" / RECORD_FILE).write_text("{")
    assert states()["mine"] == "damaged"
    assert remove_model("mine") > 160_000
    assert "mine" not in states()
