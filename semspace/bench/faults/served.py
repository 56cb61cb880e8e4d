"""A server in a process of its own, and requests that no library would send."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semspace.bench.faults import tiny
from semspace.server.running import FILE
from semspace.space import Space

STARTED = 60.0
TEXTS = {
    "bread": "Bread is baked in an oven of stone from flour and water.",
    "river": "The river runs from the mountain to the sea under a bridge.",
    "star": "A star and a planet in one orbit, seen from the window.",
    "bank": "The bank asks a price, and the market pays money.",
    "forest": "Music in the forest, a letter in the winter, silver on the table.",
    "school": "The doctor was at the school when the tower was copper.",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: where it is, and what opens it."""

    home: Path
    port: int
    token: str
    process: subprocess.Popen[bytes]

    @property
    def host(self) -> str:
        """Return its Host header."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://{self.host}"

    def headers(self, **more: str) -> dict[str, str]:
        """Return the headers of a request that is served."""
        return {"Host": self.host, "Authorization": f"Bearer {self.token}", **more}

    def post(self, path: str, body: Any, seconds: float = 10.0) -> tuple[int, Any]:
        """Return (status, answer) of a request that is served."""
        data = json.dumps(body).encode()
        headers = self.headers(**{"Content-Type": "application/json", "Content-Length": str(len(data))})
        return answered(self.sent(request("POST", path, headers, data), seconds))

    def sent(self, data: bytes | Sequence[bytes], seconds: float = 5.0) -> bytes:
        """Send bytes, all that the other end takes, and return what comes back until it ends or so many seconds are over."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as link:
            try:
                for part in [data] if isinstance(data, bytes) else data:
                    link.sendall(part)
            except (BrokenPipeError, ConnectionResetError, TimeoutError):
                pass  # who has said enough is not listened to
            return received(link, seconds)


def received(link: socket.socket, seconds: float) -> bytes:
    """Return what a connection gives, up to the end of one answer that tells its length."""
    found, until = b"", time.monotonic() + seconds
    try:
        while not _whole(found) and (left := until - time.monotonic()) > 0:
            link.settimeout(left)
            part = link.recv(1 << 16)
            if not part:
                break
            found += part
    except (TimeoutError, ConnectionResetError):
        pass
    return found


def _whole(data: bytes) -> bool:
    head, gap, body = data.partition(b"\r\n\r\n")
    lengths = _lengths(head)
    return bool(gap) and bool(lengths) and len(body) >= lengths[0]


def _lengths(head: bytes) -> list[int]:
    lines = head.lower().split(b"\r\n")
    return [int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")]


def request(method: str, target: str, headers: Mapping[str, str] | Sequence[tuple[str, str]], body: bytes = b"") -> bytes:
    """Return a request, to the letter."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in pairs)]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def answered(data: bytes) -> tuple[int, Any]:
    """Return (status, answer) of the first answer that came back; (0, None) where none did."""
    head, _, body = data.partition(b"\r\n\r\n")
    body = body[: next(iter(_lengths(head)), None)]
    if not head.startswith(b"HTTP/1.1 "):
        return 0, None
    try:
        return int(head[9:12]), json.loads(body)
    except ValueError:
        return int(head[9:12]), body.decode("utf-8", "replace")


def space(home: Path, models: Path, name: str = "served", texts: Mapping[str, str] = TEXTS) -> Path:
    """Make a space of some texts, and return its folder."""
    with Space.create(name, tiny.NAME, home=home, models=models) as made:
        made.add_texts(list(texts.values()), list(texts))
        return made.folder


@contextmanager
def server(home: Path, models: Path, *names: str, options: Sequence[str] = ()) -> Iterator[Server]:
    """Run `semspace serve` until the end, by Ctrl-C. Raises RuntimeError where it does not come up."""
    command = [sys.executable, "-m", "semspace", "serve", *names, "--port", "0", "--home", str(home), "--models", str(models)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SEMSPACE_")}
    with subprocess.Popen([*command, *options], stderr=subprocess.DEVNULL, env=environment) as process:
        try:
            told = _told(home / names[0] / FILE, process)
            yield Server(home, int(told["url"].rpartition(":")[2]), told["token"], process)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _told(path: Path, process: subprocess.Popen[bytes]) -> Mapping[str, Any]:
    until = time.monotonic() + STARTED
    while time.monotonic() < until and process.poll() is None:
        if path.is_file():
            found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return found
        time.sleep(0.05)
    raise RuntimeError(f"the server did not come up ({process.returncode})")
