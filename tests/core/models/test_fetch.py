"""Files from a real server that cuts, changes, refuses and lies."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from hrm_core.errors import Cancelled, InvalidFileError, UserError
from hrm_core.models import fetch
from hrm_core.models.card import Download
from hrm_core.models.fetch import fetch_file
from hrm_core.models.weights import WeightsError
from hrm_core.progress import CancelToken
from tests.support.small_models import SINGLE, sha256
from tests.support.weight_server import Served, WeightServer, closed_port, serving

BY_HAND = "hrm models add single FILE"


class Bytes:
    """A Progress that counts, and may stop the work."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.done = 0
        self.totals: list[int | None] = []
        self.cancel = CancelToken()
        self._stop_at = stop_at

    def start(self, title: str, total: int | None) -> None:
        self.done = 0
        self.totals.append(total)

    def advance(self, units: int = 1) -> None:
        self.done += units
        if self._stop_at is not None and self.done >= self._stop_at:
            self.cancel.cancel()

    def finish(self) -> None:
        pass


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "_PAUSES_S", (0.0, 0.0))


def wanted(server: WeightServer, content: bytes = SINGLE) -> Download:
    return Download("single.onnx", f"{server.url}/single.onnx", len(content), sha256(content))


def left_behind(folder: Path) -> list[str]:
    return sorted(path.suffix for path in folder.iterdir())


# ---- whole, cut, resumed -----------------------------------------------------------------


def test_a_file_comes_whole(server: WeightServer, tmp_path: Path) -> None:
    server.files["/single.onnx"] = Served(SINGLE)
    progress = Bytes()
    path = fetch_file(wanted(server), tmp_path / "new", by_hand=BY_HAND, progress=progress)
    assert path.read_bytes() == SINGLE
    # Once for fetching, once for checking.
    assert progress.totals == [len(SINGLE)] * 2
    assert progress.done == len(SINGLE)
    assert len(server.asked) == 1


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("etag", ['"one"', 'W/"one"', ""])
def test_a_cut_is_gone_on_from(server: WeightServer, tmp_path: Path, etag: str, chunked: bool) -> None:
    server.files["/single.onnx"] = Served(SINGLE, etag, cut_after=[100_000, 50_000], chunked=chunked)
    path = fetch_file(wanted(server), tmp_path, by_hand=BY_HAND)
    assert path.read_bytes() == SINGLE
    assert server.ranges_asked() == ["", "bytes=100000-", "bytes=150000-"]
    conditions = [headers.get("If-Range") for _, headers in server.asked]
    # A weak tag does not promise the same bytes.
    assert conditions == [None, *(['"one"'] * 2 if etag == '"one"' else [None] * 2)]
    assert left_behind(tmp_path) == [".part"]


def test_a_server_that_ignores_ranges_begins_anew(server: WeightServer, tmp_path: Path) -> None:
    server.files["/single.onnx"] = Served(SINGLE, ranges=False, cut_after=[100_000])
    progress = Bytes()
    path = fetch_file(wanted(server), tmp_path, by_hand=BY_HAND, progress=progress)
    assert path.read_bytes() == SINGLE
    assert server.ranges_asked() == ["", "bytes=100000-"]
    assert progress.done == len(SINGLE)


def test_the_next_run_goes_on_where_this_one_ended(server: WeightServer, tmp_path: Path) -> None:
    served = server.files["/single.onnx"] = Served(SINGLE, '"one"', cut_after=[60_000, 0, 0])
    with pytest.raises(WeightsError, match=r"cut again and again .*0\.1 MB of 0\.3 MB are kept") as told:
        fetch_file(wanted(server), tmp_path, by_hand=BY_HAND)
    assert BY_HAND in str(told.value)
    assert left_behind(tmp_path) == [".etag", ".part"]
    served.cut_after.clear()
    server.asked.clear()
    assert fetch_file(wanted(server), tmp_path, by_hand=BY_HAND).read_bytes() == SINGLE
    assert server.ranges_asked() == ["bytes=60000-"]


def test_a_whole_part_asks_for_nothing(server: WeightServer, tmp_path: Path) -> None:
    server.files["/single.onnx"] = Served(SINGLE)
    fetch_file(wanted(server), tmp_path, by_hand=BY_HAND)
    server.asked.clear()
    assert fetch_file(wanted(server), tmp_path, by_hand=BY_HAND).read_bytes() == SINGLE
    assert server.asked == []


def test_a_file_that_changed_meanwhile_begins_anew(server: WeightServer, tmp_path: Path) -> None:
    other = bytes(len(SINGLE))
    server.files["/single.onnx"] = Served(other, '"old"', cut_after=[60_000, 0, 0])
    with pytest.raises(WeightsError):
        fetch_file(wanted(server), tmp_path, by_hand=BY_HAND)
    server.files["/single.onnx"] = Served(SINGLE, '"new"')
    server.asked.clear()
    assert fetch_file(wanted(server), tmp_path, by_hand=BY_HAND).read_bytes() == SINGLE
    assert [headers.get("If-Range") for _, headers in server.asked] == ['"old"']


def test_a_silent_server_is_given_up_and_the_part_kept(
    server: WeightServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_TIMEOUT_S", 0.1)
    monkeypatch.setattr(fetch, "_PAUSES_S", ())
    server.files["/single.onnx"] = Served(SINGLE, cut_after=[60_000], stalls=True)
    with pytest.raises(WeightsError, match="no answer in time"):
        fetch_file(wanted(server), tmp_path, by_hand=BY_HAND)
    (part,) = tmp_path.iterdir()
    assert part.read_bytes() == SINGLE[:60_000]


def test_a_stop_keeps_the_part(server: WeightServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "_CHUNK_BYTES", 10_000)
    served = server.files["/single.onnx"] = Served(SINGLE, cut_after=[100_000], stalls=True)
    progress = Bytes(stop_at=50_000)
    with pytest.raises(Cancelled):
        fetch_file(wanted(server), tmp_path, by_hand=BY_HAND, progress=progress, cancel=progress.cancel)
    (part,) = tmp_path.iterdir()
    held = part.read_bytes()
    assert 50_000 <= len(held) <= 100_000
    assert held == SINGLE[: len(held)]
    served.cut_after.clear()
    assert fetch_file(wanted(server), tmp_path, by_hand=BY_HAND).read_bytes() == SINGLE
    assert server.ranges_asked()[-1] == f"bytes={len(held)}-"


# ---- another file ------------------------------------------------------------------------


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (SINGLE[:-1] + b"\0", "its SHA-256 begins with"),
        (SINGLE + b"\0", "300001 instead of 300000 bytes|larger than 0.3 MB"),
        (SINGLE * 20, "6000000 instead of 300000 bytes|larger than 0.3 MB"),
        (b"<html>Please log in</html>", "26 instead of 300000 bytes|smaller than 0.3 MB"),
    ],
    ids=["other content", "a byte more", "much more", "login page"],
)
def test_another_file_is_refused_and_deleted(
    server: WeightServer, tmp_path: Path, content: bytes, complaint: str, chunked: bool
) -> None:
    server.files["/single.onnx"] = Served(content, '"one"', chunked=chunked)
    with pytest.raises(InvalidFileError, match=complaint) as told:
        fetch_file(wanted(server), tmp_path, by_hand=BY_HAND)
    assert "deleted" in str(told.value)
    assert list(tmp_path.iterdir()) == []
    assert len(server.asked) == 1


def test_no_more_is_taken_than_the_card_says(server: WeightServer, tmp_path: Path) -> None:
    server.files["/single.onnx"] = Served(SINGLE * 20, chunked=True)
    progress = Bytes()
    with pytest.raises(InvalidFileError, match="larger"):
        fetch_file(wanted(server), tmp_path, by_hand=BY_HAND, progress=progress)
    assert progress.done <= len(SINGLE) + fetch._CHUNK_BYTES


def test_a_file_that_shrank_meanwhile_is_another(server: WeightServer, tmp_path: Path) -> None:
    server.files["/single.onnx"] = Served(SINGLE, cut_after=[60_000, 0, 0])
    with pytest.raises(WeightsError, match="cut again"):
        fetch_file(wanted(server), tmp_path, by_hand=BY_HAND)
    # There is nothing behind the bytes that are here: HTTP 416.
    server.files["/single.onnx"] = Served(SINGLE[:50_000])
    server.asked.clear()
    with pytest.raises(InvalidFileError, match="50000 instead of 300000 bytes"):
        fetch_file(wanted(server), tmp_path, by_hand=BY_HAND)
    assert server.ranges_asked() == ["bytes=60000-", ""]
    assert list(tmp_path.iterdir()) == []


# ---- no way there ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "advice"), [(404, "--url"), (410, "--url"), (403, "--proxy"), (401, "--proxy"), (503, "later")]
)
def test_a_refusal_says_what_to_do(server: WeightServer, tmp_path: Path, status: int, advice: str) -> None:
    server.files["/single.onnx"] = Served(SINGLE, status=status)
    with pytest.raises(WeightsError, match=rf"HTTP {status}.*{advice}") as told:
        fetch_file(wanted(server), tmp_path, by_hand=BY_HAND)
    assert BY_HAND in str(told.value)
    assert list(tmp_path.iterdir()) == []


def test_nobody_answers(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{closed_port()}/single.onnx"
    with pytest.raises(WeightsError, match=r"127\.0\.0\.1 cannot be reached .*--proxy"):
        fetch_file(Download("single.onnx", url, 10, sha256(b"x")), tmp_path, by_hand=BY_HAND)


def test_a_name_that_nobody_knows(tmp_path: Path) -> None:
    download = Download("single.onnx", "https://weights.invalid/single.onnx", 10, sha256(b"x"))
    with pytest.raises(WeightsError, match=r"weights\.invalid cannot be reached"):
        fetch_file(download, tmp_path, by_hand=BY_HAND)


def test_a_server_that_cannot_prove_itself(server: WeightServer, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    import ssl

    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        + ["-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = f"https://localhost:{server.server_port}/single.onnx"
    with pytest.raises(WeightsError, match=r"localhost cannot prove that it is itself .*SSL_CERT_FILE"):
        fetch_file(Download("single.onnx", url, 10, sha256(b"x")), tmp_path / "weights", by_hand=BY_HAND)
    assert server.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/single.onnx",
        "file:///etc/hostname",
        "ftp://127.0.0.1/single.onnx",
        "https://",
        "https://[::1",
        "https://example.org:port/x",
        "https://example.org/a b",
        "single.onnx",
    ],
)
def test_only_safe_addresses_are_asked(tmp_path: Path, url: str) -> None:
    with pytest.raises(WeightsError, match="https://"):
        fetch_file(Download("single.onnx", url, 10, sha256(b"x")), tmp_path, by_hand=BY_HAND)


def test_a_password_in_an_address_is_not_repeated(tmp_path: Path) -> None:
    download = Download("single.onnx", "https://ada:secret@example.org/x", 10, sha256(b"x"))
    with pytest.raises(WeightsError) as told:
        fetch_file(download, tmp_path, by_hand=BY_HAND)
    assert "secret" not in str(told.value)


def test_a_mirror_leads_on_only_to_safe_addresses(server: WeightServer, tmp_path: Path) -> None:
    server.files["/single.onnx"] = Served(b"", status=302, location="/real.onnx")
    server.files["/real.onnx"] = Served(SINGLE)
    assert fetch_file(wanted(server), tmp_path, by_hand=BY_HAND).read_bytes() == SINGLE
    server.files["/single.onnx"] = Served(b"", status=302, location="http://example.org/single.onnx")
    with pytest.raises(WeightsError, match=r"Nothing is fetched from http://example\.org"):
        fetch_file(wanted(server), tmp_path / "other", by_hand=BY_HAND)


# ---- proxies -----------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["option", "option without http", "environment"])
def test_a_proxy_is_asked_instead(
    server: WeightServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    with serving() as proxy:
        proxy.files["/single.onnx"] = Served(SINGLE)
        given = None
        if by == "environment":
            monkeypatch.setenv("http_proxy", proxy.url)
        else:
            given = proxy.url if by == "option" else proxy.url.removeprefix("http://")
        path = fetch_file(wanted(server), tmp_path, by_hand=BY_HAND, proxy=given)
        assert path.read_bytes() == SINGLE
        assert [path for path, _ in proxy.asked] == [f"{server.url}/single.onnx"]
    assert server.asked == []


def test_hosts_without_proxy_are_asked_themselves(
    server: WeightServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server.files["/single.onnx"] = Served(SINGLE)
    assert fetch_file(wanted(server), tmp_path, by_hand=BY_HAND).read_bytes() == SINGLE


def test_https_goes_through_the_proxy_too(server: WeightServer, tmp_path: Path) -> None:
    download = Download("single.onnx", "https://example.org/single.onnx", 10, sha256(b"x"))
    # This one lets nobody through: it does not know CONNECT.
    with pytest.raises(WeightsError, match=r"example\.org cannot be reached \(Tunnel connection failed: 501"):
        fetch_file(download, tmp_path, by_hand=BY_HAND, proxy=server.url)


@pytest.mark.parametrize(
    "proxy", ["socks5://ada:secret@127.0.0.1:1", "http://", "http://[::1", "http://a:b:c"]
)
def test_a_proxy_that_is_none(server: WeightServer, tmp_path: Path, proxy: str) -> None:
    with pytest.raises(WeightsError, match="http://host:port") as told:
        fetch_file(wanted(server), tmp_path, by_hand=BY_HAND, proxy=proxy)
    assert "secret" not in str(told.value)
    assert server.asked == []


# ---- the disk ----------------------------------------------------------------------------


def test_a_place_that_cannot_be_written(server: WeightServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WeightsError, match=r"cannot be written \(Not a directory\)"):
        fetch_file(wanted(server), tmp_path / "file" / "weights", by_hand=BY_HAND)
    assert server.asked == []


def test_a_disk_without_room_is_told_before_anything_is_asked(server: WeightServer, tmp_path: Path) -> None:
    download = Download("single.onnx", f"{server.url}/single.onnx", 1 << 60, sha256(b"x"))
    with pytest.raises(WeightsError, match="make room"):
        fetch_file(download, tmp_path, by_hand=BY_HAND)
    assert server.asked == []


def test_a_disk_that_fills_up_keeps_the_part(tmp_path: Path, server: WeightServer) -> None:
    from tests.support.programs import python

    server.files["/single.onnx"] = Served(SINGLE)
    script = """
import resource, signal, sys
from pathlib import Path
from hrm_core.models.card import Download
from hrm_core.models.fetch import fetch_file
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
url, digest, folder = sys.argv[1:]
try:
    fetch_file(Download("single.onnx", url, 300_000, digest), Path(folder), by_hand="x")
except Exception as error:
    print(type(error).__name__, error)
"""
    done = python(script, f"{server.url}/single.onnx", sha256(SINGLE), tmp_path)
    assert done.stdout.startswith("WeightsError")
    assert "make room on that disk" in done.stdout
    (part,) = tmp_path.iterdir()
    assert part.read_bytes() == SINGLE[:100_000]


def test_every_sentence_is_one_for_people(server: WeightServer, tmp_path: Path) -> None:
    server.files["/single.onnx"] = Served(SINGLE, status=404)
    with pytest.raises(UserError) as told:
        fetch_file(wanted(server), tmp_path, by_hand=BY_HAND)
    assert str(told.value) == (
        f"{server.url}/single.onnx was refused (HTTP 404): give a mirror that has the file with --url, or "
        f"fetch {server.url}/single.onnx on a computer with a network and use hrm models add single FILE."
    )
