"""The tools of an agent, by the Model Context Protocol: over standard input and output, or over HTTP behind the same door."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from semspace.errors import MissingDependency
from semspace.server.desk import Desk
from semspace.server.gate import Application, Door, Gate
from semspace.server.limits import SECONDS, THREADS
from semspace.server.running import Told, Web
from semspace.server.warm import Served


def run(served: Served, web: Web | None, told: Told) -> None:
    """Serve the tools until standard input ends, or over HTTP until SIGINT. Raises MissingDependency, InvalidInput."""
    _check()
    if web is None:
        try:
            with protocol_alone() as stream:
                asyncio.run(_stdio(served, stream))
        finally:
            served.close()
        return
    from semspace.server.running import serve

    serve(served, None, web, told, make=application)


def _check() -> None:
    try:
        import mcp.server  # noqa: F401
    except ImportError as error:
        raise MissingDependency("The package mcp is not installed.", "pip install 'semspace[mcp]'") from error


@contextmanager
def protocol_alone() -> Iterator[TextIO]:
    """Give standard output to the protocol alone: what else is written there, by any library, goes to standard error."""
    sys.stdout.flush()
    own = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(own, "w", encoding="utf-8", newline="\n", closefd=False) as stream:
            yield stream
    finally:
        sys.stdout.flush()
        os.dup2(own, 1)
        os.close(own)


async def _stdio(served: Served, stream: TextIO) -> None:
    from anyio import wrap_file
    from mcp.server.stdio import stdio_server

    from semspace.server.agents import made

    # Ctrl-C: the thread that waits for a line cannot be woken, and nothing here is left half written.
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, os._exit, 130)
    desk = Desk(THREADS, SECONDS)
    server = made(served, desk)._lowlevel_server
    async with stdio_server(stdout=wrap_file(stream)) as (read, write):
        await server.run(read, write, server.create_initialization_options())
    desk.close()


def application(served: Served, door: Door, desks: Mapping[str, Desk]) -> Application:
    """Return what serves the tools at /mcp; the gate has looked at Host, Origin and token before."""
    from mcp.server.transport_security import TransportSecuritySettings

    from semspace.server.agents import made
    from semspace.server.http import refusal

    server = made(served, desks["quick"])
    looked = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    inner = server.streamable_http_app(json_response=True, stateless_http=True, transport_security=looked)
    return Gate(inner, door, refusal)
