"""``hrm models``: typed, asked on a real terminal, stopped with Ctrl+C."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hrm_core import paths
from hrm_core.workflows.manage_models import weights_path
from tests.core.cli.conftest import Hrm
from tests.support.programs import ROOT
from tests.support.small_models import MEMBERS, PACK, SINGLE, write_cards
from tests.support.weight_server import Served, WeightServer, closed_port, serving

_PROGRAM = """
import sys
from pathlib import Path
from hrm_core import paths
paths._MODEL_ROOTS = (Path(sys.argv.pop(1)),)
from hrm_core.cli.main import run
run()
"""


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


@pytest.mark.parametrize("columns", [80, 120])
def test_the_packaged_models_are_listed_with_their_terms(
    hrm: Hrm, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setattr(paths, "_MODEL_ROOTS", (ROOT / "models",))
    monkeypatch.setenv("COLUMNS", str(columns))
    said = hrm("models", "list")
    assert said.code == 0
    lines = said.out.splitlines()
    heads = [line.partition(":")[0] for line in lines if line.endswith(("face", "are", "from"))]
    assert heads == ["Action detectors", "Regressors", "Backbones", "Face models"]
    # No name and no number is broken, however narrow the terminal is.
    rows = {row["name"]: row for row in hrm("models", "list", "--json").json}
    assert rows.keys() <= {line.split()[0] for line in lines if line}
    assert {"mae_face", "resnet50_17", "gru", "fan", "buffalo_l", "yunet"} <= rows.keys()
    assert "288.6 MB" in said.out
    assert max(map(len, lines[:-2])) <= columns
    assert "hrm models add NAME --weights FILE." in lines[-2]
    assert (rows["yunet"]["state"], rows["yunet"]["commercial_use"]) == ("missing", True)
    assert rows["buffalo_l"]["commercial_use"] is False
    assert (rows["mae_face"]["role"], rows["mae_face"]["licence"]) == ("detector", "CC BY-NC-SA 4.0")


def test_the_weights_of_a_network_are_added_either_way(
    hrm: Hrm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tests.support.network_files import checkpoint

    monkeypatch.setattr(paths, "_MODEL_ROOTS", (ROOT / "models",))
    file = tmp_path / "my gru.pth"
    checkpoint(file, "gru", wrap="state_dict")
    said = hrm("models", "add", "gru", "--weights", file)
    assert (said.code, said.out) == (1, "")
    assert "exclusively for non-commercial research" in said.err
    assert "--accept-licence" in said.err.splitlines()[-1]
    said = hrm("models", "add", "gru", "--weights", file, "--accept-licence")
    assert said.code == 0
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    for words in (
        sha256,
        "gru.pth, 0.6 MB",
        "Loaded 10 parameters",
        "98 children",
        "not East Asian",
        "Cite:",
    ):
        assert words in said.out
    told = hrm("models", "add", "gru", file, "--accept-licence", "--json").json
    assert (told["sha256"], told["model"]["state"]) == (sha256, "there")
    assert told["limits"]
    assert hrm("models", "verify").out == "demo_starter: sound.\ngru: sound.\n"
    (weights_path("gru").parent / "record.json").write_text("{")
    damaged = hrm("models", "list")
    assert damaged.code == 0
    assert damaged.err.count("Note: gru is damaged: ") == 1
    assert hrm("models", "remove", "gru").code == 0


def test_a_network_is_added_once_and_fetched_never(
    hrm: Hrm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(paths, "_MODEL_ROOTS", (ROOT / "models",))
    file = tmp_path / "x.pth"
    file.write_bytes(b"nothing of PyTorch")
    assert hrm("models", "add", "gru").code == 2
    assert hrm("models", "add", "gru", file, "--weights", file).code == 2
    assert hrm("models", "add", "yunet", file, "--with", file).code == 2
    for words in (["add", "gru", file], ["add", "gru", tmp_path], ["fetch", "gru"], ["verify", "gru"]):
        said = hrm("models", *words, *(["--accept-licence"] if words[0] in {"add", "fetch"} else []))
        assert (said.code, said.out) == (1, ""), words
        assert said.err.splitlines()[-1].startswith("hrm: ")
        assert said.err.count("hrm: ") == 1


def test_without_a_terminal_the_licence_needs_its_word(hrm: Hrm, server: WeightServer) -> None:
    said = hrm("models", "fetch", "single", "--url", f"{server.url}/single.onnx")
    assert (said.code, said.out) == (1, "")
    assert "Licence: Test-1.0. Commercial use is allowed." in said.err
    assert said.err.splitlines()[-1].startswith("hrm: The licence of single must be accepted first")
    assert "--accept-licence" in said.err
    assert server.asked == []


def test_fetch_verify_remove(hrm: Hrm, server: WeightServer) -> None:
    words = ("models", "fetch", "pack", "--accept-licence", "--url", f"{server.url}/pack.zip")
    said = hrm(*words)
    assert said.code == 0
    assert "You may test with it." in said.err
    assert "Commercial use is not allowed." in said.err
    assert f"pack is ready: 0.2 MB in {weights_path('pack')}." in said.out
    again = hrm(*words, "--json")
    assert (again.json["changed"], again.json["model"]["state"], again.err) == (False, "there", "")
    assert hrm("models", "verify").out == "pack: sound.\n"
    (weights_path("pack") / "det.onnx").write_bytes(bytes(len(MEMBERS["det.onnx"])))
    said = hrm("models", "verify")
    assert (said.code, said.out) == (1, "pack: damaged, the content of det.onnx has changed.\n")
    assert (
        hrm("models", "verify", "pack", "--json").json[0]["problem"] == "the content of det.onnx has changed"
    )
    assert hrm("models", "remove", "pack").out == "pack is deleted: 0.2 MB are free again.\n"
    assert hrm("models", "remove", "pack").out == "pack was not on this computer.\n"
    assert hrm("models", "verify").code == 0


def test_what_goes_wrong_is_one_sentence(hrm: Hrm, server: WeightServer, tmp_path: Path) -> None:
    server.files["/other.onnx"] = Served(SINGLE[::-1])
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(SINGLE[::-1])
    for words in (
        ["fetch", "nothing"],
        ["fetch", "single", "--url", f"http://127.0.0.1:{closed_port()}/single.onnx"],
        ["fetch", "single", "--url", f"{server.url}/nothing"],
        ["fetch", "single", "--url", f"{server.url}/other.onnx"],
        ["fetch", "single", "--proxy", "socks5://127.0.0.1:1"],
        ["add", "single", wrong],
        ["add", "single", tmp_path / "nothing"],
    ):
        said = hrm("models", *words, "--accept-licence")
        assert (said.code, said.out) == (1, ""), words
        assert said.err.count("hrm: ") == 1
        assert said.err.splitlines()[-1].startswith("hrm: ")
    assert "Traceback" not in said.err


def test_a_pack_of_ones_own(hrm: Hrm, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for name, content in {**MEMBERS, "genderage.onnx": SINGLE}.items():
        (folder / name).write_bytes(content)
    assert hrm("models", "add", "mine", folder, "--as-own").code == 1
    assert hrm("models", "add", "mine", folder, "--licence", "ours").code == 2
    said = hrm("models", "add", "mine", folder, "--as-own", "--licence", "ours")
    assert said.code == 0
    assert said.err == "Note: genderage.onnx is left out: it recognises people or guesses age and sex.\n"
    row = next(line for line in hrm("models", "list").out.splitlines() if line.startswith("mine"))
    assert "ours" in row
    assert "there" in row


def test_a_damaged_model_shows_in_the_list(hrm: Hrm, tmp_path: Path) -> None:
    (tmp_path / "s.onnx").write_bytes(SINGLE)
    assert hrm("models", "add", "single", tmp_path / "s.onnx", "--accept-licence").code == 0
    weights_path("single").unlink()
    said = hrm("models", "list")
    assert "damaged" in said.out
    assert said.err == "Note: single is damaged: single.onnx is missing.\n"


# ---- a real terminal ---------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
@pytest.mark.parametrize(("answer", "asked"), [("y", 1), ("", 0), ("\x04", 0)])
def test_a_person_is_asked_first(cards: Path, server: WeightServer, answer: str, asked: int) -> None:
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", _PROGRAM, str(cards), "models", "fetch", "single"]
    with subprocess.Popen(
        [*command, "--url", f"{server.url}/single.onnx"], cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs
    ) as program:
        os.close(theirs)
        said = _read_until(ours, b"[y/N]")
        assert b"Licence: Test-1.0" in said
        # Nothing was asked of the network while the question stands.
        assert server.asked == []
        os.write(ours, answer.encode() + (b"" if answer == "\x04" else b"\n"))
        said = _read_until(ours, None)
    os.close(ours)
    assert len(server.asked) == asked
    assert (program.returncode == 0) is bool(asked)
    assert (b"single is ready" if asked else b"not accepted" if answer != "\x04" else b"Abort") in said
    assert b"Traceback" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for others")
def test_ctrl_c_keeps_what_came(cards: Path, server: WeightServer, hrm: Hrm, own_user_dirs: Path) -> None:
    served = server.files["/single.onnx"] = Served(SINGLE, '"one"', cut_after=[120_000], stalls=True)
    words = ["models", "fetch", "single", "--accept-licence", "--url", f"{server.url}/single.onnx"]
    downloads = own_user_dirs / "cache" / "hrm-annotator" / "weights" / ".downloads"
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(cards), *words], cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as program:
        assert server.sent.wait(60)
        while program.poll() is None and not any(part.stat().st_size for part in downloads.glob("*.part")):
            server.closing.wait(0.01)
        program.send_signal(signal.SIGINT)
        _, err = program.communicate(timeout=60)
    assert program.returncode not in {0, None}
    assert "Traceback" not in err
    assert "goes on from there" in err
    (part,) = downloads.glob("*.part")
    held = part.read_bytes()
    assert 0 < len(held) <= 120_000
    assert held == SINGLE[: len(held)]
    served.cut_after.clear()
    assert hrm(*words).code == 0
    assert weights_path("single").read_bytes() == SINGLE
    assert server.ranges_asked() == ["", f"bytes={len(held)}-"]


def _read_until(terminal: int, end: bytes | None) -> bytes:
    """What is written on a terminal until these bytes, or until nobody writes any more."""
    said = b""
    while end is None or end not in said:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:
            # Linux says so when the last program has left the terminal.
            chunk = b""
        if not chunk:
            assert end is None, said
            return said
        said += chunk
    return said
