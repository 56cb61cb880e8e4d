"""How long a connection may be silent, and how many there may be: what uvicorn leaves to whoever stands before it."""

from __future__ import annotations

import asyncio
import socket

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from semspace.server.limits import CONNECTIONS, SILENCE, SLOW_SECONDS

LOOK = 1.0
"""Seconds between looks at a connection."""

PATIENCE = SLOW_SECONDS + 3 * SILENCE
"""Seconds for a request with its answer: who does not read it holds no memory for longer."""

_BROKEN = b'{"error": {"kind": "malformed", "message": "That is no request of HTTP.", "hint": null, "retryable": false}}'


class Connection(H11Protocol):
    """A connection that ends when its request does not come, or its answer is not taken; and when there are too many."""

    _since = 0.0
    _look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to count."""
        super().connection_made(transport)
        if link := transport.get_extra_info("socket"):
            # Head and body are two writes: else the second waits 40 ms for a word about the first.
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._since = self.loop.time()
        if len(self.connections) > CONNECTIONS:
            transport.abort()
        else:
            self._look = self.loop.call_later(LOOK, self._looked)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting."""
        if self._look:
            self._look.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Begin to count anew."""
        self._since = self.loop.time()
        super().on_response_complete()

    def _looked(self) -> None:
        answering = self.cycle is not None and not self.cycle.response_complete
        if self.loop.time() - self._since > (PATIENCE if answering else SILENCE):
            self.transport.abort()
        else:
            self._look = self.loop.call_later(LOOK, self._looked)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's words are not for who asks
        """Say in JSON that what came is no request."""
        headers = [(b"content-type", b"application/json"), (b"connection", b"close"), (b"content-length", b"%d" % len(_BROKEN))]
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            for event in (
                h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
                h11.Data(data=_BROKEN),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
