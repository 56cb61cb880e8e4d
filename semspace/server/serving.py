"""An application -> HTTP at a socket, by uvicorn."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from semspace.server.connections import Connection
from semspace.server.gate import Application
from semspace.server.limits import HEADERS


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to who runs this."""
        yield


async def until(stop: asyncio.Event, application: Application, link: socket.socket) -> None:
    """Serve until an event; what is being answered has two seconds left then."""
    config = uvicorn.Config(
        application,
        http=Connection,
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=2,
        h11_max_incomplete_event_size=HEADERS,
    )
    server = _Server(config)
    ending = asyncio.create_task(_ended(stop, server))
    try:
        await server.serve(sockets=[link])
    finally:
        stop.set()
        await ending


async def _ended(stop: asyncio.Event, server: uvicorn.Server) -> None:
    await stop.wait()
    server.should_exit = True
