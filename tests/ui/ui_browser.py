"""A headless Chromium, where there is one, driven through a pipe."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--no-first-run"]

# The browser reads orders from 3 and answers on 4.
WITH_PIPES = (
    "import os, sys; orders, answers = (os.dup2(os.dup(int(fd)), high) for fd, high in zip(sys.argv[1:3], (63, 64)));"
    "os.dup2(orders, 3); os.dup2(answers, 4); os.execv(sys.argv[3], sys.argv[3:])"
)


class Browser:
    """One page. `seen` holds what it asked for over a network and what it complained about."""

    def __init__(self, width: int = 1000, height: int = 700, *, dark: bool = False) -> None:
        assert PROGRAM
        self._home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        hear, (give, self._out) = os.pipe(), os.pipe()
        self._in = hear[0]
        flags = [*FLAGS, f"--user-data-dir={self._home.name}"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", WITH_PIPES, str(give), str(hear[1]), PROGRAM, *flags],
            pass_fds=(give, hear[1]),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(give)
        os.close(hear[1])
        self._rest = b""
        self._number = 0
        self._session: str | None = None
        self.seen: list[dict[str, Any]] = []
        try:
            self._attach(width, height, dark)
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def _attach(self, width: int, height: int, dark: bool) -> None:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)
        self._home.cleanup()

    def call(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            heard = self._next()
            if heard.get("id") == self._number:
                assert "error" not in heard, heard
                return heard["result"]
            self.seen.append(heard)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._in, 1 << 16)
            assert part, "the browser is gone"
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        heard: dict[str, Any] = json.loads(message)
        return heard

    def open(self, path: Path) -> None:
        self.call("Page.navigate", url=path.as_uri())
        self.until("document.documentElement.dataset.ready === 'yes'")

    def run(self, script: str) -> Any:
        found = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, script: str, tries: int = 400) -> None:
        pause = "new Promise(done => setTimeout(done, 25))"
        for _ in range(tries):
            if self.run(f"{pause}.then(() => {script})"):
                return
        raise AssertionError(f"never so: {script}")

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, x: float, y: float) -> None:
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y, button="left", clickCount=1, buttons=1)
        self.mouse("mouseReleased", x, y, button="left", clickCount=1)

    def key(self, key: str) -> None:
        text = key if len(key) == 1 else ""
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def picture(self) -> bytes:
        return base64.b64decode(self.call("Page.captureScreenshot")["data"])
