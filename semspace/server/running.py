"""Spaces served by one process, over HTTP, over their sockets, or both, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from semspace.errors import InvalidInput, MissingDependency
from semspace.server.desk import Desk
from semspace.server.limits import SECONDS, SLOW_SECONDS, THREADS
from semspace.server.listening import Listener
from semspace.server.warm import Served
from semspace.server.wire import Terms

if TYPE_CHECKING:
    from semspace.server.gate import Application, Door

FILE = "server.json"
"""In the folder of a space: the address and the token of the HTTP server that has it open, for the same user's programs."""

LOOK = 2.0
"""Seconds between looks whether anybody can still ask."""

SHORTEST = 16
"""Characters of a token."""


@dataclass(frozen=True, slots=True)
class Web:
    """Where HTTP is served, under which names, and the token that opens it."""

    host: str
    port: int
    token: str = field(repr=False)
    names: tuple[str, ...] = ()

    def check(self) -> None:
        """Raise InvalidInput for a token or a name that cannot be sent, MissingDependency without the packages."""
        if len(self.token) < SHORTEST or not self.token.isascii() or not self.token.isprintable() or " " in self.token:
            raise InvalidInput(f"A token has {SHORTEST} letters, digits and signs at least.", "Leave it out: one is made.")
        try:
            import_module("starlette")
            import_module("uvicorn")
        except ImportError as error:
            raise MissingDependency(
                "HTTP is served by packages that are not there.", "pip install 'semspace[serve]'"
            ) from error
        from semspace.server.gate import is_host

        for name in self.names:
            if not is_host(name):
                raise InvalidInput(f"{name!r} is no name of a host.", "Write it without a port; IPv6 in brackets.")


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listening(web: Web) -> socket.socket:
    """Return a socket that listens at an address. Raises InvalidInput where it cannot."""
    family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
    try:
        return socket.create_server((web.host, web.port), family=family, backlog=128)
    except (OSError, OverflowError) as error:
        told = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(f"{web.host}, port {web.port}: {told}.", "--port 0 takes one that is free.") from error


def names_of(host: str) -> tuple[str, ...]:
    """Return how a server at an address is called in a Host header."""
    written = f"[{host}]" if ":" in host else host
    return (written, "localhost") if is_loopback(host) and host != "localhost" else (written,)


Make = Callable[["Served", "Door", Mapping[str, Desk]], "Application"]

Told = Callable[[str | None, list[str]], None]
"""Is told the address of HTTP, if any, and the spaces that could not have a socket."""


def serve(served: Served, terms: Terms | None, web: Web | None, told: Told, make: Make | None = None) -> None:
    """Serve until SIGINT, SIGTERM or `stop` over a socket; spaces are open by the time that `told` is called.

    Without `terms` there are no sockets. `make` gives what is served over HTTP, instead of the routes.
    Raises SpaceLocked, InvalidInput, MissingDependency.
    """
    if web is not None:
        web.check()
    link = listening(web) if web is not None else None
    try:
        served.warm_up()
        idle = asyncio.run(_Running(served, terms, make).run(web, link, told))
    finally:
        if link is not None:
            link.close()
        served.close()
    if not idle:
        # A map that nobody waits for may take minutes; what it would keep is written in one step or not at all.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


class _Running:
    def __init__(self, served: Served, terms: Terms | None, make: Make | None) -> None:
        self._served = served
        self._terms = terms
        self._make = make
        self._desks = {"quick": Desk(THREADS, SECONDS), "encoding": Desk(1, SECONDS), "slow": Desk(1, SLOW_SECONDS, 8)}

    async def run(self, web: Web | None, link: socket.socket | None, told: Told) -> bool:
        """Serve, and tell at the end whether nothing is left that runs."""
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        spaces = self._served.quick.values()
        who, terms = self._desks["quick"], self._terms
        listeners = [Listener(self._served, warm, who, terms, stop.set) for warm in spaces] if terms else []
        try:
            without = await self._listen(listeners, needed=web is None)
            with contextlib.ExitStack() as written:
                address = None
                async with asyncio.TaskGroup() as group:
                    if web is not None and link is not None:
                        address = f"http://{names_of(web.host)[0]}:{link.getsockname()[1]}"
                        written.enter_context(_told_in_files([warm.folder for warm in spaces], address, web.token))
                        group.create_task(self._http(web, link, stop))
                    told(address, without)
                    group.create_task(_watched(stop, [] if web else listeners))
        finally:
            for listener in listeners:
                await listener.close()
        idle = [desk.close() for desk in self._desks.values()]
        return all(idle)

    async def _listen(self, listeners: Sequence[Listener], *, needed: bool) -> list[str]:
        """Listen at the sockets, and return those that could not be had: HTTP does without."""
        without = []
        for listener in listeners:
            try:
                await listener.start()
            except OSError as error:
                if needed:
                    raise
                without.append(f"{listener.path}: {error.strerror or error}")
        return without

    async def _http(self, web: Web, link: socket.socket, stop: asyncio.Event) -> None:
        from semspace.server.gate import Door
        from semspace.server.http import application
        from semspace.server.serving import until

        door = Door.of((*names_of(web.host), *web.names), link.getsockname()[1], web.token)
        await until(stop, (self._make or application)(self._served, door, self._desks), link)


async def _watched(stop: asyncio.Event, listeners: Sequence[Listener]) -> None:
    """Wait for the end; it also comes when no socket is left at which anybody could ask."""
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK)
        if listeners and all(listener.lost for listener in listeners):
            stop.set()


@contextlib.contextmanager
def _told_in_files(folders: Sequence[Path], address: str, token: str) -> Iterator[None]:
    """Write address and token where the same user's programs find them, and take them away in the end."""
    fields = json.dumps({"url": address, "token": token, "pid": os.getpid()})
    written: list[Path] = []
    try:
        for folder in folders:
            with contextlib.suppress(OSError):
                _write(folder / FILE, fields)
                written.append(folder / FILE)
        yield
    finally:
        for path in written:
            with contextlib.suppress(OSError):
                if path.read_text(encoding="utf-8") == fields:
                    path.unlink()


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)
