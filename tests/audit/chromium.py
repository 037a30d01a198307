"""A real browser for tests: Chromium without a window, spoken to through a pair of pipes."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COMMAND = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
_SECONDS = 60.0


@dataclass
class Page:
    """A tab, through Chromium's DevTools protocol. `complaints` are what the console said of errors
    and warnings, exceptions, and what could not be loaded; `requests` every address asked for."""

    into: int
    out: int
    session: str = ""
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    _number: int = 0
    _rest: bytes = b""

    def open(self, page: Path, width: int, height: int, *, dark: bool = False) -> None:
        """Show a file at that size and wait until it is loaded."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.events.clear()
        self.call("Page.navigate", url=page.as_uri())
        while "Page.loadEventFired" not in self.events:
            self._read()
        # Pictures are decoded after the page is loaded.
        self.evaluate("Promise.all([...document.images].map(i => i.decode().catch(() => 0)))")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, a promise's awaited."""
        found = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until an expression is true; keys and clicks take their time to arrive."""
        deadline = time.monotonic() + _SECONDS
        while not self.evaluate(expression):
            assert time.monotonic() < deadline, f"never true: {expression}"
            time.sleep(0.02)

    def press(self, key: str) -> None:
        """A key of the keyboard."""
        for kind in ("keyDown", "keyUp"):
            text = {"text": key} if len(key) == 1 and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, **text)

    def click(self, selector: str) -> None:
        """The middle of the first element that is found."""
        place = "{behavior: 'instant', block: 'center'}"  # a smooth scroll would move it away
        self.evaluate(f"document.querySelector({json.dumps(selector)}).scrollIntoView({place})")
        box = self.evaluate(
            f"(r => [r.x + r.width / 2, r.y + r.height / 2])"
            f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=box[0],
                y=box[1],
                button="left",
                clickCount=1,
            )

    def screenshot(self, to: Path, *, whole: bool = True) -> None:
        """The whole page as PNG, or what is seen of it."""
        found = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        to.write_bytes(base64.b64decode(found["data"]))

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """A command of the DevTools protocol and its answer."""
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.into, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer["error"])
                found: dict[str, Any] = answer["result"]
                return found

    def _read(self) -> dict[str, Any]:
        deadline = time.monotonic() + _SECONDS
        while b"\0" not in self._rest:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self.out], [], [], max(left, 0))
            assert ready, "the browser does not answer"
            data = os.read(self.out, 1 << 20)
            assert data, "the browser has ended"
            self._rest += data
        line, self._rest = self._rest.split(b"\0", 1)
        message: dict[str, Any] = json.loads(line)
        self._note(message.get("method", ""), message.get("params", {}))
        return message

    def _note(self, method: str, params: dict[str, Any]) -> None:
        self.events.append(method)
        if method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
            self.complaints.append(json.dumps(params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.complaints.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Network.loadingFailed":
            self.complaints.append(f"not loaded: {params['errorText']}")


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """A tab of a fresh browser, whose profile and downloads lie in `folder`."""
    assert COMMAND is not None
    to_browser, into = os.pipe()
    out, from_browser = os.pipe()
    fixed = {3: to_browser, 4: from_browser}
    options = ["--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu"]
    options += ["--no-first-run", "--disable-background-networking", "--disable-component-update"]
    options += ["--disable-dev-shm-usage", "--hide-scrollbars", f"--user-data-dir={folder}/profile"]
    process = _start([COMMAND, *options, "about:blank"], fixed)
    os.close(to_browser)
    os.close(from_browser)
    try:
        page = Page(into, out)
        targets = page.call("Target.getTargets")["targetInfos"]
        target = next(found["targetId"] for found in targets if found["type"] == "page")
        page.session = page.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        yield page
    finally:
        process.kill()
        process.wait()
        os.close(into)
        os.close(out)


def _start(command: list[str], fixed: dict[int, int]) -> subprocess.Popen[bytes]:
    """Start a process with these descriptors under fixed numbers, through the shell's redirections:
    Python itself offers no way that is safe in a process with threads."""
    sources = {
        number: fcntl.fcntl(descriptor, fcntl.F_DUPFD, 10) for number, descriptor in fixed.items()
    }
    redirections = " ".join(
        f"{number}{'<' if number == 3 else '>'}&{source}" for number, source in sources.items()
    )
    try:
        return subprocess.Popen(
            ["bash", "-c", f'exec "$@" {redirections}', "bash", *command],
            pass_fds=tuple(sources.values()),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    finally:
        for source in sources.values():
            os.close(source)
