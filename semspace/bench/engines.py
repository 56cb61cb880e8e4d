"""A real Milvus server, in a network of its own.

The server of the package `milvus` listens on every address without a password: it is started where nobody else is.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from semspace.bench import networks
from semspace.bench.faults import Impossible

PORT = 19530
HEALTH = 9091
PATIENCE = 120.0


def lacking() -> str | None:
    """Return why no server can be started here, None where one can."""
    if importlib.util.find_spec("milvus") is None:
        return "the package milvus is not installed, or has no server for this platform: pip install milvus==2.3.5"
    return networks.lacking()


def install(folder: Path, settings: Mapping[str, str | int]) -> None:
    """Unpack the server's programs and its settings into a folder, with these in the place of what the package gives."""
    import milvus

    folder.mkdir(parents=True, exist_ok=True)
    configuration = milvus.MilvusServerConfig(data_dir=str(folder))
    configuration.resolve()
    configuration.cleanup_listen_ports()
    for name, value in {"proxy_port": PORT, "proxy_internal_port": PORT - 1, **settings}.items():
        configuration.set(name, value)
    configuration.write_config()
    milvus._initialize_data_files(str(folder))


def program(folder: Path, role: str, health: int) -> tuple[list[str], dict[str, str]]:
    """Return the command and the environment of one role of the server in a folder, which tells at a port how it is."""
    environment = {
        **os.environ,
        "METRICS_PORT": str(health),
        "MILVUS_RUN_DIR": str(folder / "run"),
        "LD_LIBRARY_PATH": str(folder / "bin"),
    }
    return [str(folder / "bin" / "milvus"), "run", role], environment


class Standalone:
    """One server of the package `milvus` with its data in a folder; it can be killed, frozen and started again."""

    def __init__(self, folder: Path, *, password: bool = False) -> None:
        self.folder = folder
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None
        self._network = networks.Network()

    @property
    def relay(self) -> networks.Relay | None:
        """Return what relays its port; None before it was started."""
        return self._network.relay

    @property
    def uri(self) -> str:
        """Return the address that a client asks."""
        return self._network.uri

    def start(self) -> None:
        """Start it, or start it again with the data that it has, and wait until it is well. Raises Impossible."""
        if why := lacking():
            raise Impossible(why)
        if self.relay is None:
            install(self.folder, {"common.security.authorizationEnabled": "true"} if self._password else {})
            # The network stays while the server is down.
            self._network.start(PORT)
        command, environment = program(self.folder, "standalone", HEALTH)
        environment["DEPLOY_MODE"] = "STANDALONE"
        self._process = self._network.run(command, self.folder, "server.log", environment)
        self._network.wait([HEALTH], {"the server": self._process}, PATIENCE)

    def send(self, number: signal.Signals) -> None:
        """Send the server a signal; SIGKILL waits until it is gone."""
        assert self._process is not None
        self._process.send_signal(number)
        if number == signal.SIGKILL:
            self._process.wait(30)

    def stop(self) -> None:
        """End the server, its network and the relay."""
        if self._process is not None:
            networks.stop(self._process)
        self._network.stop()


@contextmanager
def standalone(folder: Path, *, password: bool = False) -> Iterator[Standalone]:
    """Give a server that runs, and end it. Raises Impossible."""
    server = Standalone(folder, password=password)
    try:
        server.start()
        yield server
    finally:
        server.stop()
