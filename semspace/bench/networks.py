"""A network of its own for servers that listen on every address, and one relay into it on loopback.

What is started in a private network namespace reaches nobody, and nobody reaches it, but for a thread of ours that relays a
port of 127.0.0.1 into it and can cut or hold the link.
"""

from __future__ import annotations

import asyncio
import ctypes
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from semspace.bench.faults import Impossible

CLONE_NEWNET = 0x40000000
BOUND = ("setpriv", "--pdeathsig", "KILL")
"""Has a process end with the one that started it, however that ends: nobody else would stop a server."""

TOOLS = ("unshare", "nsenter", "ip", "setpriv")
CHUNK = 1 << 16
HOLD = "ip link set lo up && echo up && exec sleep 100000"
WELL = """
import sys, time, urllib.request
for port in sys.argv[1:]:
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
                if b"OK" in answer.read():
                    break
        except OSError:
            pass
        time.sleep(0.2)
"""
"""Ends when every port that it was given says that its server is well."""

Link = Literal["open", "held", "cut"]


def lacking() -> str | None:
    """Return why there can be no network of its own here, None where there can."""
    if sys.platform != "linux":
        return "only Linux gives programs a network of their own"
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        return f"there is no {', no '.join(missing)}"
    tried = subprocess.run(["unshare", "-n", "ip", "link", "set", "lo", "up"], capture_output=True, check=False)
    return f"no network of its own can be made: {tried.stderr.decode().strip()}" if tried.returncode else None


class Network:
    """A network namespace with a loopback and nothing else. It stays while the servers in it come and go."""

    def __init__(self) -> None:
        self._holder: subprocess.Popen[bytes] | None = None
        self.relay: Relay | None = None

    def start(self, port: int) -> None:
        """Make it, and relay this port of it. Raises Impossible."""
        self._holder = subprocess.Popen([*BOUND, "unshare", "-n", "sh", "-c", HOLD], stdout=subprocess.PIPE)
        assert self._holder.stdout is not None
        self._holder.stdout.readline()
        self.relay = Relay(self._holder.pid, port)
        self.relay.start()
        self.relay.ready()

    @property
    def uri(self) -> str:
        """Return the address that a client asks."""
        assert self.relay is not None
        return f"http://127.0.0.1:{self.relay.port}"

    def inside(self, command: Sequence[str]) -> list[str]:
        """Return the command that runs another in it."""
        assert self._holder is not None
        return [*BOUND, "nsenter", f"--net=/proc/{self._holder.pid}/ns/net", *command]

    def run(
        self, command: Sequence[str], folder: Path, log: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a server in it, in a folder, with what it says in a file there."""
        with (folder / log).open("ab") as said:
            return subprocess.Popen(self.inside(command), cwd=folder, env=environment, stdout=said, stderr=said)

    def wait(self, ports: Iterable[int], servers: Mapping[str, subprocess.Popen[bytes]], patience: float) -> None:
        """Wait until all these ports tell that they are well. Raises Impossible where a server ends, or after `patience`."""
        ends = time.monotonic() + patience
        asking = subprocess.Popen(self.inside([sys.executable, "-S", "-c", WELL, *map(str, ports)]))
        try:
            while asking.poll() is None:
                for name, server in servers.items():
                    if server.poll() is not None:
                        raise Impossible(f"{name} ended with {server.returncode}: see its log")
                if time.monotonic() > ends:
                    raise Impossible(f"{', '.join(servers)}: not well after {patience:.0f} s")
                time.sleep(0.1)
        finally:
            stop(asking)
        if asking.returncode:
            raise Impossible("nobody can ask whether the servers are well")

    def stop(self) -> None:
        """End it, and the relay."""
        if self._holder is not None:
            stop(self._holder)
        if self.relay is not None:
            self.relay.stop()


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process, and wait until it is gone."""
    if process.poll() is None:
        process.kill()
        process.wait(30)
    if process.stdout is not None:
        process.stdout.close()


class Relay(threading.Thread):
    """Passes a port of 127.0.0.1 on into the network of another process; `link` holds or cuts what passes."""

    def __init__(self, pid: int, port: int) -> None:
        super().__init__(name="semspace-relay", daemon=True)
        self._pid = pid
        self._inner = port
        self._ready = threading.Event()
        self._ended: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.link: Link = "open"
        self.port = 0
        self.failure: str | None = None

    def run(self) -> None:
        """Relay until `stop`."""
        try:
            asyncio.run(self._serve())
        except OSError as error:
            self.failure = str(error)
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        # Whatever is made before this thread moves stays in the network that it was made in.
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        with open(f"/proc/{self._pid}/ns/net") as there:  # noqa: PTH123  # it is no file that can be read
            if ctypes.CDLL(None, use_errno=True).setns(there.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "no way into the network of the server")
        self._ready.set()
        await self._ended.wait()
        server.close()
        self._cut()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self.link == "cut":
                return
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._inner)
            self._writers.add(inner_writer)
            await asyncio.gather(self._pass(reader, inner_writer), self._pass(inner_reader, writer))
        except OSError:
            return
        finally:
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                while self.link == "held":
                    await asyncio.sleep(0.02)
                writer.write(data)
                await writer.drain()
        with suppress(OSError, RuntimeError):
            writer.close()
        self._writers.discard(writer)

    def _cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()
        self._writers.clear()

    def ready(self) -> int:
        """Wait until it relays, and return its port. Raises Impossible."""
        self._ready.wait(10)
        if self.failure or not self.port:
            raise Impossible(self.failure or "the relay does not start")
        return self.port

    def set(self, link: Link) -> None:
        """Open, hold or cut the link; one that is cut drops what is connected."""
        self.link = link
        if link == "cut" and self._loop:
            self._loop.call_soon_threadsafe(self._cut)

    def stop(self) -> None:
        """End."""
        if self._loop and self._ended:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._ended.set)
        self.join(5)
