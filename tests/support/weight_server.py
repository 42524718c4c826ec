"""A real HTTP server on this computer that gives files as servers do, well and badly."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Served", "WeightServer", "closed_port", "serving"]


@dataclass
class Served:
    """How one path is answered.

    Attributes
    ----------
    content : bytes
        The file.
    etag : str
        Its tag; none if empty.
    ranges : bool
        Whether parts can be asked for.
    cut_after : list of int
        After how many bytes each answer is cut, in order; later ones are whole.
    status : int
        The answer's status, if not 200 or 206.
    location : str
        Where the answer leads, for a status of 302.
    chunked : bool
        Whether the size is not told beforehand.
    stalls : bool
        Whether a cut answer leaves the connection open, in silence.
    """

    content: bytes
    etag: str = ""
    ranges: bool = True
    cut_after: list[int] = field(default_factory=list)
    status: int = 0
    location: str = ""
    chunked: bool = False
    stalls: bool = False


class WeightServer(ThreadingHTTPServer):
    """Counts what it is asked and answers by :attr:`files`."""

    daemon_threads = True
    block_on_close = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, Served] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.sent = threading.Event()
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        """Address of the server."""
        return f"http://127.0.0.1:{self.server_port}"

    def ranges_asked(self) -> list[str]:
        """The Range header of each request, in order; empty where there was none."""
        return [headers.get("Range", "") for _, headers in self.asked]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves early is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: WeightServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.close_connection = True
        self.server.asked.append((self.path, dict(self.headers)))
        # A proxy is asked for whole addresses.
        path = re.sub(r"^http://[^/]+", "", self.path)
        served = self.server.files.get(path, Served(b"", status=404))
        if served.status:
            self.send_response(served.status)
            if served.location:
                self.send_header("Location", served.location)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = self._start(served)
        if start >= len(served.content) > 0:
            self.send_response(416)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self._give(served, start)

    def _start(self, served: Served) -> int:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked is None or not served.ranges:
            return 0
        condition = self.headers.get("If-Range")
        return int(asked[1]) if condition in {None, served.etag} else 0

    def _give(self, served: Served, start: int) -> None:
        size = len(served.content)
        rest = served.content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        if served.etag:
            self.send_header("ETag", served.etag)
        if served.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        cut = served.cut_after.pop(0) if served.cut_after else None
        sent = rest if cut is None else rest[:cut]
        self.wfile.write(f"{len(sent):x}\r\n".encode() + sent + b"\r\n" if served.chunked else sent)
        if served.chunked and cut is None:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()
        self.server.sent.set()
        if cut is not None and served.stalls:
            self.server.closing.wait(60)

    def log_message(self, format: str, *args: object) -> None:
        """Tests read :attr:`WeightServer.asked`."""


@contextmanager
def serving() -> Iterator[WeightServer]:
    """A server that runs while the block does."""
    with WeightServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()


def closed_port() -> int:
    """A port on this computer at which nobody answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return server.server_port
