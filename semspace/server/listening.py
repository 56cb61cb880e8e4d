"""The server's end of the socket of a space: who is the same user may ask what the command line asks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from semspace import places
from semspace.errors import SemspaceError, SpaceLocked
from semspace.records import Hits
from semspace.server import client, wire
from semspace.server.desk import Desk
from semspace.server.warm import Served, Warm

PATIENCE = 5.0
"""Seconds for a caller to say what it wants."""

LONGEST = 8 << 20
"""Bytes of what it wants."""


class Listener:
    """Answers at the socket in the folder of one space. Only who can write to the folder could put another one there."""

    def __init__(self, served: Served, warm: Warm, desk: Desk, terms: wire.Terms, stop: Callable[[], None]) -> None:
        self._served = served
        self._warm = warm
        self._desk = desk
        self._terms = terms.plain()
        self._stop = stop
        self._server: asyncio.AbstractServer | None = None
        self._identity: tuple[int, int] | None = None

    @property
    def path(self) -> Path:
        """Return where the socket is."""
        return self._warm.folder / wire.SOCKET

    async def start(self) -> None:
        """Listen. Raises SpaceLocked where another server has the space open, OSError where the folder takes no socket."""
        if (other := client.server_of(self._warm.folder)) is not None:
            raise SpaceLocked(f"Process {other} serves {self._warm.name} already.", "semspace serve --stop ends it.")
        link = _bound(self._warm.folder)
        self._identity = self._seen()
        self._server = await asyncio.start_unix_server(self._greet, sock=link, limit=LONGEST)

    def _seen(self) -> tuple[int, int] | None:
        try:
            found = self.path.lstat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    @property
    def lost(self) -> bool:
        """Tell whether the socket is gone, or another server's: nobody can ask here any more."""
        return self._seen() != self._identity

    async def close(self) -> None:
        """Stop listening, and take the socket away if it is still this one."""
        if self._server is not None:
            self._server.close()
            if not self.lost:
                self.path.unlink(missing_ok=True)

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            _, user = client.credentials(writer.get_extra_info("socket"))
            if user == os.geteuid():
                writer.write(wire.GREETING)
                asked = wire.message(await asyncio.wait_for(reader.readline(), PATIENCE))
                writer.write(wire.line(await self._answer(asked)))
                await asyncio.wait_for(writer.drain(), PATIENCE)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            # Whoever asks nonsense, or goes away, opens the space for himself.
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        verb = asked["verb"]
        if verb == "stop":
            asyncio.get_running_loop().call_soon(self._stop)
            return {"process": os.getpid()}
        if verb == "hello":
            return {"process": os.getpid(), "terms": self._terms}
        if asked["terms"] != self._terms:
            return {"declined": "other terms"}
        try:
            return await self._desk.serve(lambda: self._found(verb, asked))
        except SemspaceError as error:
            # Who asks meets the same error himself, and draws it.
            return {"declined": str(error)}

    def _found(self, verb: str, asked: dict[str, Any]) -> dict[str, Any]:
        if not self._meant(asked):
            raise places.missing(self._warm.name, [])
        with self._warm.turn() as space:
            if verb == "neighbors":
                return wire.packed_tree(space.neighbors(**asked["call"]))
            call: Callable[..., Hits] = {"search": space.search, "similar": space.similar}[verb]  # type: ignore[assignment]
            return wire.packed(call(**asked["call"]))

    def _meant(self, asked: dict[str, Any]) -> bool:
        """Tell whether this is the space that is meant where none was named: who asks has looked at the mirrors only."""
        if asked["named"]:
            return True
        home = Path(asked["home"])
        covers = places.covering(asked["path"], home) if asked["path"] else None
        return (home / (covers or places.meant(home, asked["here"]))).resolve() == self._warm.folder.resolve()


def _bound(folder: Path) -> socket.socket:
    """Return a socket that listens in a folder, open to nobody else at any moment; one that is there is replaced."""
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    name = f"{wire.SOCKET}.{os.getpid()}"
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # Linux gives the name in the folder the rights of what is bound.
        os.fchmod(link.fileno(), 0o600)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=place)
        link.bind(client.within(place, folder, name))
        os.chmod(name, 0o600, dir_fd=place)
        link.listen(64)
        os.rename(name, wire.SOCKET, src_dir_fd=place, dst_dir_fd=place)
    except BaseException:
        link.close()
        raise
    finally:
        os.close(place)
    return link
