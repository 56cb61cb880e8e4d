"""A real Milvus server in a network of its own, reached through one relay on loopback.

The server of the package `milvus` listens on every address without a password: it is started in a private network namespace,
where nobody else is. A thread of ours relays a port of 127.0.0.1 into that namespace, and can cut or hold the link.
"""

from __future__ import annotations

import asyncio
import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from semspace.bench.faults import Impossible

PORT = 19530
HEALTH = 9091
CLONE_NEWNET = 0x40000000
BOUND = ("setpriv", "--pdeathsig", "KILL")
"""Has a process end with the one that started it, however that ends: nobody else would stop a server."""

TOOLS = ("unshare", "nsenter", "ip", "setpriv")
PATIENCE = 120.0
CHUNK = 1 << 16

Link = Literal["open", "held", "cut"]


def lacking() -> str | None:
    """Return why no server can be started here, None where one can."""
    if sys.platform != "linux":
        return "the package milvus has no server for this platform"
    if importlib.util.find_spec("milvus") is None:
        return "the package milvus is not installed: pip install milvus==2.3.5"
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        return f"there is no {', no '.join(missing)}"
    tried = subprocess.run(["unshare", "-n", "ip", "link", "set", "lo", "up"], capture_output=True, check=False)
    return f"no network of its own can be made: {tried.stderr.decode().strip()}" if tried.returncode else None


class Relay(threading.Thread):
    """Passes a port of 127.0.0.1 on into the network of another process; `link` holds or cuts what passes."""

    def __init__(self, pid: int, port: int = PORT) -> None:
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


class Standalone:
    """One server of the package `milvus` with its data in a folder; it can be killed, frozen and started again."""

    def __init__(self, folder: Path, *, password: bool = False) -> None:
        self.folder = folder
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None
        self._holder: subprocess.Popen[bytes] | None = None
        self.relay: Relay | None = None

    @property
    def uri(self) -> str:
        """Return the address that a client asks."""
        assert self.relay is not None
        return f"http://127.0.0.1:{self.relay.port}"

    def start(self) -> None:
        """Start it, or start it again with the data that it has, and wait until it is well. Raises Impossible."""
        if why := lacking():
            raise Impossible(why)
        if self._holder is None:
            self._install()
            # Whoever holds the network keeps it while the server is down.
            hold = "ip link set lo up && echo up && exec sleep 100000"
            self._holder = subprocess.Popen([*BOUND, "unshare", "-n", "sh", "-c", hold], stdout=subprocess.PIPE)
            assert self._holder.stdout is not None
            self._holder.stdout.readline()
            self.relay = Relay(self._holder.pid)
            self.relay.start()
            self.relay.ready()
        environment = {
            **os.environ,
            "DEPLOY_MODE": "STANDALONE",
            "METRICS_PORT": str(HEALTH),
            "MILVUS_RUN_DIR": str(self.folder / "run"),
            "LD_LIBRARY_PATH": str(self.folder / "bin"),
        }
        command = [
            *BOUND,
            "nsenter",
            f"--net=/proc/{self._holder.pid}/ns/net",
            str(self.folder / "bin" / "milvus"),
            "run",
            "standalone",
        ]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)
        self._wait()

    def _install(self) -> None:
        import milvus

        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = milvus.MilvusServerConfig(data_dir=str(self.folder))
        configuration.resolve()
        configuration.cleanup_listen_ports()
        for name, port in {"proxy_port": PORT, "proxy_internal_port": PORT - 1}.items():
            configuration.set(name, port)
        if self._password:
            configuration.set("common.security.authorizationEnabled", "true")
        configuration.write_config()
        milvus._initialize_data_files(str(self.folder))

    def _wait(self) -> None:
        assert self._holder is not None
        ends = time.monotonic() + PATIENCE
        code = f"import urllib.request as u; print(u.urlopen('http://127.0.0.1:{HEALTH}/healthz', timeout=2).read().decode())"
        ask = ["nsenter", f"--net=/proc/{self._holder.pid}/ns/net", sys.executable, "-S", "-c", code]
        while time.monotonic() < ends:
            if self._process is None or self._process.poll() is not None:
                raise Impossible(f"the server ended with {self._process and self._process.returncode}: see server.log")
            if b"OK" in subprocess.run(ask, capture_output=True, check=False).stdout:
                return
            time.sleep(0.2)
        raise Impossible("the server does not start")

    def send(self, number: signal.Signals) -> None:
        """Send the server a signal; SIGKILL waits until it is gone."""
        assert self._process is not None
        self._process.send_signal(number)
        if number == signal.SIGKILL:
            self._process.wait(30)

    def stop(self) -> None:
        """End the server, its network and the relay."""
        for process in (self._process, self._holder):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait(30)
            if process is not None and process.stdout is not None:
                process.stdout.close()
        if self.relay is not None:
            self.relay.stop()


@contextmanager
def standalone(folder: Path, *, password: bool = False) -> Iterator[Standalone]:
    """Give a server that runs, and end it. Raises Impossible."""
    server = Standalone(folder, password=password)
    try:
        server.start()
        yield server
    finally:
        server.stop()
