"""The routes -> a Starlette application."""

from __future__ import annotations

import asyncio
import resource
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route as Path

from semspace.errors import SemspaceError
from semspace.server.desk import Desk
from semspace.server.fields import checked, parsed
from semspace.server.figures import Figures
from semspace.server.gate import Application, Door, Gate, one
from semspace.server.limits import BODY, SILENCE
from semspace.server.openapi import document
from semspace.server.page import page
from semspace.server.refusals import Malformed, Refused, TimedOut, TooLarge, UnknownRoute, WrongMethod, WrongType, status_of
from semspace.server.routes import ROUTES, Route
from semspace.server.warm import Served
from semspace.ui import formats

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}

Desks = Mapping[str, Desk]


class Internal(Refused):
    """A fault of the program itself: what it was is for the log, not for who asks."""

    kind = "internal"
    status = 500


def answer(value: Any, status: int = 200, **headers: str) -> Response:
    """Return a value as JSON, with what keeps a browser from doing anything with it."""
    return Response(formats.to_json(value), status, {**HEADERS, **headers}, "application/json")


def refusal(error: SemspaceError) -> Response:
    """Return an error; where the rest of a body is not worth reading, the connection ends with it."""
    status = status_of(error)
    extra = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}.get(status, {})
    end = {"Connection": "close"} if isinstance(error, Refused) and error.closes else {}
    return answer(formats.error(error), status, **extra, **end)


def application(served: Served, door: Door, who: Desks) -> Application:
    """Return what serves some spaces over HTTP, behind a door."""
    figures = Figures()
    routes = [route for route in ROUTES if served.write or not route.writes]
    paths = [Path(route.path, _endpoint(route, served, who), methods=[route.method]) for route in routes]
    paths += [Path("/openapi.json", _fixed(document(routes))), Path("/metrics", _measured(figures, who)), Path("/", _page)]
    handlers = {HTTPException: _unserved, SemspaceError: _failed, Exception: _broken(served.running.get("say"))}
    inner = Starlette(routes=paths, exception_handlers=handlers)
    inner.router.redirect_slashes = False
    return _counted(Gate(inner, door, refusal), figures, [route.path for route in paths])


def _endpoint(route: Route, served: Served, who: Desks) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        asked = checked(await _body(request), route.fields) if route.method == "POST" else {}
        return await who[route.pace].serve(lambda: answer(route.call(served, asked)))

    return endpoint


async def _body(request: Request) -> Any:
    """Return what a body says. Raises WrongType, TooLarge, TimedOut, Malformed."""
    kind = one(request.scope["headers"], b"content-type") or b""
    if kind.partition(b";")[0].strip().lower() != b"application/json":
        raise WrongType("The body is not application/json.", "Send Content-Type: application/json")
    data = bytearray()
    try:
        async with asyncio.timeout(SILENCE):
            async for part in request.stream():
                data += part
                if len(data) > BODY:
                    raise TooLarge(f"The body is larger than {BODY:,} bytes.", "Ask for less at once.")
    except TimeoutError:
        raise TimedOut("The body did not come in time.") from None
    except ClientDisconnect:
        raise Malformed("The body was cut off.") from None
    return parsed(bytes(data))


def _fixed(value: Any) -> Callable[[Request], Any]:
    async def endpoint(_: Request) -> Response:
        return answer(value)

    return endpoint


def _measured(figures: Figures, who: Desks) -> Callable[[Request], Any]:
    async def endpoint(_: Request) -> Response:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        running = {f"{name}_in_progress": float(desk.running) for name, desk in who.items()}
        return Response(figures.text(**running, memory_peak_bytes=peak), 200, HEADERS, "text/plain")

    return endpoint


async def _page(_: Request) -> Response:
    text, policy = page()
    return Response(text, 200, {**HEADERS, "Content-Security-Policy": policy}, "text/html")


async def _unserved(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == 405:
        response = refusal(WrongMethod(f"{request.method} is not how this route is asked.", "See /openapi.json"))
        response.headers["Allow"] = (error.headers or {}).get("Allow", "GET, POST")
        return response
    return refusal(UnknownRoute("There is no such route.", "See /openapi.json"))


async def _failed(_: Request, error: Exception) -> Response:
    return refusal(error) if isinstance(error, SemspaceError) else refusal(Internal("A fault of semspace itself."))


def _broken(say: Callable[[str], None] | None) -> Callable[[Request, Exception], Any]:
    """Return what answers for a fault of ours: who asks learns its kind, whoever started the server all of it."""

    async def told(_: Request, error: Exception) -> Response:
        if say:
            say("".join(traceback.format_exception(error)))
        return refusal(Internal(f"A fault of semspace itself: {type(error).__name__}.", "Please report it."))

    return told


def _counted(inner: Application, figures: Figures, known: Iterable[str]) -> Application:
    """Count what an application answers; a path that nobody serves is not worth a name of its own."""
    paths = frozenset(known)

    async def run(scope: Any, receive: Any, send: Any) -> None:
        started, told = time.perf_counter(), dict[str, int]()
        try:
            await inner(scope, receive, partial(_told, send, told))
        finally:
            if scope["type"] == "http":
                name = scope["path"] if scope["path"] in paths else "other"
                figures.count(name, told.get("status", 0), time.perf_counter() - started)

    return run


async def _told(send: Any, told: dict[str, int], message: Any) -> None:
    if message["type"] == "http.response.start":
        told["status"] = message["status"]
    await send(message)
