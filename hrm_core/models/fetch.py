"""One file from the network: resumed when it was cut, and kept only if it is the right one."""

from __future__ import annotations

import http.client
import ipaddress
import re
import ssl
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from hrm_core import __version__
from hrm_core.errors import InvalidFileError
from hrm_core.models.card import Download
from hrm_core.models.weights import WeightsError, disk_errors, megabytes, require_room, sha256_of
from hrm_core.progress import CancelToken, NoProgress, Progress

__all__ = ["fetch_file", "host_of", "require_safe"]

_TIMEOUT_S = 30.0
_CHUNK_BYTES = 1 << 18
# Before each new try after a cut; a try that brought much begins the count anew.
_PAUSES_S = (0.0, 1.0, 2.0, 4.0)
_MUCH_BYTES = 1 << 20


class _Cut(Exception):
    """The connection ended before the file did: worth another try."""


def fetch_file(
    download: Download,
    folder: Path,
    *,
    by_hand: str,
    url: str | None = None,
    proxy: str | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Path:
    """Fetch a file; what came before a cut or a stop is kept and gone on from.

    Parameters
    ----------
    download : Download
        What is fetched.
    folder : pathlib.Path
        Where it is put; made if missing.
    by_hand : str
        What to do without a network, for messages: ``"hrm models add yunet FILE"``.
    url : str, optional
        A mirror; the file must be the same.
    proxy : str, optional
        Address of a proxy, in place of the system's.
    progress : Progress, optional
        Told of bytes.
    cancel : CancelToken, optional
        Asked between chunks.

    Returns
    -------
    pathlib.Path
        The file, found to be the right one.

    Raises
    ------
    WeightsError
        If it cannot be fetched or written.
    InvalidFileError
        If it is another file than the card describes; it is deleted.
    Cancelled
        If stopped.
    """
    work = _Fetching(download, folder, url or download.url, by_hand, progress, cancel)
    return work.run(proxy)


def host_of(url: str) -> str:
    """The host that an address names."""
    return urlsplit(url).hostname or ""


def require_safe(url: str) -> None:
    """Refuse an address over which anybody could change the file or see what is asked for.

    Parameters
    ----------
    url : str
        ``https``, or ``http`` on this very computer.

    Raises
    ------
    WeightsError
        If it is neither.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    plain = re.fullmatch(r"[!-?A-~]+", url) is not None
    if plain and host and (parts.scheme == "https" or (parts.scheme == "http" and _is_here(host))):
        return
    # What stands before an @ may be a password.
    shown = "" if "@" in url else f" from {url}"
    raise WeightsError(
        f"Nothing is fetched{shown}: give an address that begins with https:// and holds no name or password."
    )


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Fetching:
    """One file on its way."""

    def __init__(
        self,
        download: Download,
        folder: Path,
        url: str,
        by_hand: str,
        progress: Progress | None,
        cancel: CancelToken | None,
    ) -> None:
        require_safe(url)
        self._download = download
        self._url = url
        # An address may hold a password or a key; messages show neither.
        parts = urlsplit(url)
        self._where = f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"
        self._else = f"or fetch {download.url} on a computer with a network and use {by_hand}"
        self._progress = progress or NoProgress()
        self._cancel = cancel or CancelToken()
        self._folder = folder
        # Named by its content, so that another version of the program never goes on with another file.
        self._part = folder / f"{download.sha256[:16]}-{download.name}.part"
        self._tag = self._part.with_suffix(".etag")

    def run(self, proxy: str | None) -> Path:
        opener = _opener(proxy)
        require_room(self._folder, self._download.size_bytes - self._held())
        with disk_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._start_progress()
            try:
                self._fetch(opener)
            finally:
                self._progress.finish()
            found = sha256_of(self._part, progress=self._progress, cancel=self._cancel)
        if found != self._download.sha256:
            raise self._another(f"its SHA-256 begins with {found[:12]}, not {self._download.sha256[:12]}")
        self._tag.unlink(missing_ok=True)
        return self._part

    def _held(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _fetch(self, opener: urllib.request.OpenerDirector) -> None:
        tries = 0
        while (before := self._held()) < self._download.size_bytes:
            self._cancel.raise_if_cancelled()
            try:
                self._go_on(opener, before)
            except _Cut as cut:
                tries = 0 if self._held() - before >= _MUCH_BYTES else tries
                if tries == len(_PAUSES_S):
                    raise WeightsError(
                        f"The connection to {host_of(self._url)} was cut again and again ({cut}); "
                        f"{megabytes(self._held())} of {megabytes(self._download.size_bytes)} are kept: run "
                        f"it again to go on from there, {self._else}."
                    ) from cut
                self._pause(_PAUSES_S[tries])
                tries += 1
        if self._held() > self._download.size_bytes:
            raise self._another(f"it is larger than {megabytes(self._download.size_bytes)}")

    def _go_on(self, opener: urllib.request.OpenerDirector, held: int) -> None:
        """Ask for what is still missing and write it down as it comes."""
        with self._answer(opener, held) as answer:
            tag = answer.headers.get("ETag", "")
            if answer.status == 206:
                self._require_continuation(answer.headers.get("Content-Range", ""), tag, held)
            elif answer.status == 200:
                # The server does not resume, or its file is another one by now.
                self._begin_anew()
                self._require_size(answer.headers.get("Content-Length"), self._download.size_bytes)
                self._keep_tag(tag)
            else:
                raise self._refused(answer.status)
            with self._part.open("ab") as file:
                whole = self._receive(answer, file)
        if whole and self._held() < self._download.size_bytes:
            raise self._another(f"it is smaller than {megabytes(self._download.size_bytes)}")
        if self._held() < self._download.size_bytes:
            raise _Cut("it ended in the middle")

    def _answer(self, opener: urllib.request.OpenerDirector, held: int) -> http.client.HTTPResponse:
        # Compressed on the way, the bytes would not be those of the card.
        headers = {"User-Agent": f"hrm-annotator/{__version__}", "Accept-Encoding": "identity"}
        if held:
            headers["Range"] = f"bytes={held}-"
            if tag := self._kept_tag():
                headers["If-Range"] = tag
        request = urllib.request.Request(self._url, headers=headers)
        try:
            answer: http.client.HTTPResponse = opener.open(request, timeout=_TIMEOUT_S)
            return answer
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 416 and held:
                    self._begin_anew()
                    raise _Cut("the server has no more of it") from error
                raise self._refused(error.code) from error
        except urllib.error.URLError as error:
            raise self._unreachable(error.reason) from error
        except WeightsError:
            raise
        except ValueError as error:
            # A host that no name server could be asked for, or a proxy of the system that is none.
            raise self._unreachable(error) from error
        except (http.client.HTTPException, OSError) as error:
            raise _Cut(_words(error)) from error

    def _receive(self, answer: http.client.HTTPResponse, file: IO[bytes]) -> bool:
        """Write what comes; True if the server said that this was all."""
        size = file.tell()
        while size <= self._download.size_bytes:
            self._cancel.raise_if_cancelled()
            try:
                chunk = answer.read1(_CHUNK_BYTES)
            except (http.client.HTTPException, OSError) as error:
                raise _Cut(_words(error)) from error
            if not chunk:
                # An answer in chunks has an end of its own; any other just stops.
                return answer.headers.get("Transfer-Encoding", "").lower() == "chunked"
            file.write(chunk)
            size += len(chunk)
            self._progress.advance(len(chunk))
        return False

    def _require_continuation(self, content_range: str, tag: str, held: int) -> None:
        match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", content_range.strip())
        same = not (self._kept_tag() and _strong(tag)) or _strong(tag) == self._kept_tag()
        if match is None or int(match[1]) != held or not held or not same:
            self._begin_anew()
            raise _Cut("the server went on with another file or place")
        if match[2] != "*":
            self._require_size(match[2], self._download.size_bytes)

    def _require_size(self, said: str | None, size_bytes: int) -> None:
        # Known before the first byte is read: a login page of the network, or a new version.
        if said is not None and said.strip().isdecimal() and int(said) != size_bytes:
            raise self._another(f"it has {int(said)} instead of {size_bytes} bytes")

    def _begin_anew(self) -> None:
        if self._held():
            self._progress.finish()
            self._part.unlink()
            self._start_progress()
        self._tag.unlink(missing_ok=True)

    def _start_progress(self) -> None:
        self._progress.start(f"Fetching {self._download.name} (bytes)", self._download.size_bytes)
        self._progress.advance(min(self._held(), self._download.size_bytes))

    def _keep_tag(self, tag: str) -> None:
        if _strong(tag):
            self._tag.write_text(tag, encoding="ascii", errors="ignore")

    def _kept_tag(self) -> str:
        if not self._tag.is_file():
            return ""
        return _strong(self._tag.read_text(encoding="ascii", errors="ignore"))

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._cancel.raise_if_cancelled()
            time.sleep(min(left, 0.1))

    def _another(self, differs: str) -> InvalidFileError:
        """The file is not that of the card: delete it and say so."""
        self._part.unlink(missing_ok=True)
        self._tag.unlink(missing_ok=True)
        return InvalidFileError(
            f"What {self._where} gave is not the {self._download.name} of the model card ({differs}), so it "
            "was deleted: a proxy or login page may have answered in its place; try another network or a "
            f"mirror with --url, {self._else}."
        )

    def _refused(self, status: int) -> WeightsError:
        if status in {404, 410}:
            advice = "give a mirror that has the file with --url"
        elif status in {401, 403, 407, 451}:
            advice = "your network may ask for a proxy, which you give with --proxy"
        else:
            advice = "try again later"
        return WeightsError(f"{self._where} was refused (HTTP {status}): {advice}, {self._else}.")

    def _unreachable(self, reason: Any) -> WeightsError:
        host = host_of(self._url)
        if isinstance(reason, ssl.SSLError):
            return WeightsError(
                f"{host} cannot prove that it is itself ({_words(reason)}): if your institute checks "
                "connections with a certificate of its own, name its file in the variable SSL_CERT_FILE, "
                f"{self._else}."
            )
        return WeightsError(
            f"{host} cannot be reached ({_words(reason)}): check the network, or give its proxy with "
            f"--proxy, {self._else}."
        )


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a server only to safe addresses."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        try:
            require_safe(newurl)
            if req.type == "https" and urlsplit(newurl).scheme != "https":
                raise WeightsError(f"{req.host} leads to an address without https: give a mirror with --url.")
        except WeightsError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(proxy: str | None) -> urllib.request.OpenerDirector:
    """Opens addresses by the system's proxies, or by the one that is given."""
    if proxy is None:
        return urllib.request.build_opener(_SafeRedirects())
    address = proxy if "://" in proxy else f"http://{proxy}"
    try:
        parts = urlsplit(address)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        # Not repeated: it may hold a password.
        raise WeightsError("The address given with --proxy is not one: write it as http://host:port.")
    return urllib.request.build_opener(
        _SafeRedirects(), urllib.request.ProxyHandler({"http": address, "https": address})
    )


def _strong(tag: str) -> str:
    """A tag that stands for the very bytes; others do not allow to resume."""
    return tag.strip() if re.fullmatch(r'"[!-~]*"', tag.strip()) else ""


def _words(error: Any) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
