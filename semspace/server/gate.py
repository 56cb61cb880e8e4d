"""Who may ask: decided before a route is looked for, so that no spelling of a path goes around it.

A browser that a foreign page drives says so in Host (a name that was made to point here), Origin or Sec-Fetch-Site; only what
is spelled exactly as this server is reached passes. Everything but the page, which holds nothing, wants the token.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from semspace.errors import SemspaceError
from semspace.server.limits import BODY
from semspace.server.refusals import Forbidden, Misframed, Refused, TooLarge, Unauthorized

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

OPEN = frozenset({"/"})
"""Paths that need no token: the page, in which there is nothing until its reader gives it one."""

TAKES_A_BODY = frozenset({"POST"})

_LENGTH = re.compile(rb"[0-9]{1,18}")
_NAME = re.compile(r"[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")


@dataclass(frozen=True, slots=True)
class Door:
    """How the server is reached, and by whom: the exact values of Host, and the token."""

    hosts: frozenset[bytes]
    token: bytes = field(repr=False)

    @classmethod
    def of(cls, names: Iterable[str], port: int, token: str) -> Door:
        """Return the door of a server at a port, under some names; an address of IPv6 is written in brackets."""
        return cls(frozenset(f"{name.lower()}:{port}".encode() for name in names), token.encode())

    @property
    def origins(self) -> frozenset[bytes]:
        """Return the exact values of Origin."""
        return frozenset(b"http://" + host for host in self.hosts)


def is_host(name: str) -> bool:
    """Tell whether a name can stand in a Host header, without its port."""
    return bool(_NAME.fullmatch(name))


class Gate:
    """An ASGI application before another one."""

    def __init__(self, inner: Application, door: Door, refuse: Callable[[SemspaceError], Application]) -> None:
        self._inner = inner
        self._door = door
        self._origins = door.origins
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or say why not."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._inner(scope, receive, send)
            return
        try:
            self._check(scope)
        except Refused as refused:
            await self._refuse(refused)(scope, receive, send)
            return
        await self._inner(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        headers = scope["headers"]
        _check_frame(scope["method"], headers)
        if one(headers, b"host") not in self._door.hosts:
            raise Forbidden("This server is not called that.", "Ask it by the address that it told when it started.")
        origin, site = one(headers, b"origin"), one(headers, b"sec-fetch-site")
        if (origin is not None and origin not in self._origins) or site not in {None, b"same-origin", b"none"}:
            raise Forbidden("This request comes from another site.", "Ask from a program, or from this server's own page.")
        if scope["path"] not in OPEN and not self._known(one(headers, b"authorization")):
            raise Unauthorized("The token is missing or wrong.", "Send it: Authorization: Bearer TOKEN")

    def _known(self, given: bytes | None) -> bool:
        scheme, _, token = (given or b"").partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(token, self._door.token)


def _check_frame(method: str, headers: list[tuple[bytes, bytes]]) -> None:
    """Raise Misframed where two readers could see two requests, TooLarge where the body is announced as that."""
    length, encoding = one(headers, b"content-length"), one(headers, b"transfer-encoding")
    if length is not None and (encoding is not None or not _LENGTH.fullmatch(length)):
        raise Misframed("The length of the body is told in two ways, or is no number.", "Send Content-Length alone.")
    if length is not None and int(length) > BODY:
        raise TooLarge(f"The body is larger than {BODY:,} bytes.", "Ask for less at once.")
    if method not in TAKES_A_BODY and (encoding is not None or length not in {None, b"0"}):
        raise Misframed(f"{method} takes no body.")
    for name in (b"x-original-url", b"x-rewrite-url", b"x-http-method-override"):
        if one(headers, name) is not None:
            raise Misframed(f"{name.decode()} is not followed here.")


def one(headers: list[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """Return the one value of a header. Raises Misframed where it comes twice."""
    found = [value for key, value in headers if key.lower() == name]
    if len(found) > 1:
        raise Misframed(f"{name.decode()} comes twice.")
    return found[0] if found else None
