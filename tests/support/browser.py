"""A real Chromium without a window, driven through its own debugging pipe: no further library is needed."""

from __future__ import annotations

import base64
import json
import os
import selectors
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WHY_NOT = "no Chromium on this machine: the folder for browsers is tested in a real one"

_PATIENCE_S = 30.0
_KEYS = {
    "Enter": (13, "\r"),
    "Backspace": (8, ""),
    " ": (32, " "),
    "Tab": (9, ""),
    "Escape": (27, ""),
    "-": (189, "-"),
}


class Browser:
    """A running Chromium with one page."""

    def __init__(self, profile: Path, *options: str) -> None:
        assert CHROMIUM is not None, WHY_NOT
        to_read, self._to_write = os.pipe()
        self._from_read, from_write = os.pipe()
        # The browser expects its ends as files 3 and 4; a shell puts them there without a thread of ours.
        words = [
            CHROMIUM,
            "--headless=new",
            "--no-sandbox",
            "--no-first-run",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            f"--user-data-dir={profile}",
            "--remote-debugging-pipe",
            *options,
            "about:blank",
        ]
        shell = f'exec 3<&{to_read} 4>&{from_write}; exec "$@"'
        self._process = subprocess.Popen(
            ["bash", "-c", shell, "bash", *words],
            pass_fds=(to_read, from_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # A group of its own, so that nothing of it outlives the test.
            start_new_session=True,
        )
        os.close(to_read)
        os.close(from_write)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._from_read, selectors.EVENT_READ)
        self._rest = b""
        self._number = 0
        self._session = ""
        self.events: list[dict[str, Any]] = []
        self._attach()

    def _attach(self) -> None:
        targets = self("Target.getTargets")["targetInfos"]
        page = next(entry for entry in targets if entry["type"] == "page")
        self._session = self("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self(f"{domain}.enable")

    def new_page(self) -> str:
        """Open a further page and turn to it; returns what :meth:`turn_to` needs to come back."""
        before = self._session
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self._session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self(f"{domain}.enable")
        return before

    def turn_to(self, page: str) -> str:
        """Speak to another page from now on; returns the one before."""
        before, self._session = self._session, page
        self("Page.bringToFront")
        return before

    def __call__(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Do something of the DevTools protocol and wait for its answer."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session and not method.startswith(("Target.", "Browser.")):
            message["sessionId"] = self._session
        os.write(self._to_write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return dict(answer["result"])

    def _receive(self) -> dict[str, Any]:
        end = time.monotonic() + _PATIENCE_S
        while b"\0" not in self._rest:
            assert self._selector.select(max(0.0, end - time.monotonic())), "Chromium says nothing"
            data = os.read(self._from_read, 1 << 20)
            assert data, "Chromium has ended"
            self._rest += data
        line, self._rest = self._rest.split(b"\0", 1)
        message: dict[str, Any] = json.loads(line)
        if "method" in message:
            self.events.append(message)
        return message

    def js(self, expression: str) -> Any:
        """The value of an expression in the page, awaited if it is a promise."""
        answer = self(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, condition: str | Callable[[], Any]) -> Any:
        """Wait until an expression is true in the page, or a function here, and return whether it is."""
        end = time.monotonic() + _PATIENCE_S
        while True:
            value = condition() if callable(condition) else self.js(f"!!({condition})")
            if value:
                return value
            shown = self.js("document.body && document.body.innerText")
            assert time.monotonic() < end, f"waited in vain for {condition}; the page says: {shown}"
            time.sleep(0.01)

    def go(self, address: str) -> None:
        """Open an address and wait until it is loaded."""
        self("Page.navigate", url=address)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def press(self, key: str, *, control: bool = False) -> None:
        """Press and release a key as a keyboard does."""
        code, text = _KEYS[key] if key in _KEYS else (ord(key.upper()), key)
        common = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 2 if control else 0}
        down = {"type": "keyDown", "text": text} if text and not control else {"type": "rawKeyDown"}
        self("Input.dispatchKeyEvent", **down, **common)
        self("Input.dispatchKeyEvent", type="keyUp", **common)

    def size(self, width: int, height: int, *, scale: float = 1.0, dark: bool = False) -> None:
        """Set the size of the page in CSS pixels, and the person's choice of light or dark."""
        self(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, path: Path) -> Path:
        """Write what the page looks like as PNG."""
        path.write_bytes(base64.b64decode(self("Page.captureScreenshot", format="png")["data"]))
        return path

    def asked_for(self) -> list[str]:
        """Every address that was asked for, by any page."""
        self("Runtime.evaluate", expression="1")
        return [
            event["params"]["request"]["url"]
            for event in self.events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def complaints(self) -> list[str]:
        """Errors of scripts and of the page's own rules, as the console shows them."""
        self("Runtime.evaluate", expression="1")
        found = []
        for event in self.events:
            if event["method"] == "Runtime.exceptionThrown":
                found.append(json.dumps(event["params"]["exceptionDetails"]))
            if event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error":
                found.append(event["params"]["entry"]["text"])
        return found

    def end(self, *, kill: bool = False) -> None:
        """End the browser; killed, it has no time to write anything down."""
        if self._to_write < 0:
            return
        if not kill and self._process.poll() is None:
            self._session = ""
            os.write(self._to_write, json.dumps({"id": 0, "method": "Browser.close"}).encode() + b"\0")
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                kill = True
        if kill or self._process.poll() is None:
            os.killpg(self._process.pid, 9)
        self._process.wait(10)
        self._selector.close()
        os.close(self._to_write)
        os.close(self._from_read)
        self._to_write = -1


@contextmanager
def browser(profile: Path, *options: str) -> Iterator[Browser]:
    """A Chromium that is ended in any case."""
    running = Browser(profile, *options)
    try:
        yield running
    except BaseException:
        running.end(kill=True)
        raise
    running.end()
