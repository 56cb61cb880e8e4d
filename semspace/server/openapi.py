"""The routes -> an OpenAPI 3.1 document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from semspace import __version__
from semspace.server import shapes
from semspace.server.fields import body_schema
from semspace.server.limits import BODY
from semspace.server.routes import Route

_REFUSALS = {
    400: "What was sent cannot be used; the error says why.",
    401: "No token, or a wrong one.",
    403: "Not meant for this server, or from another site.",
    404: "There is no such space, passage, taste or view.",
    405: "Ask by another method.",
    413: f"More than {BODY:,} bytes.",
    415: "The body is not application/json.",
    500: "The space cannot be read.",
    503: "Too many are being served, or somebody is writing: ask again.",
    504: "That takes too long.",
}


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """Return what can be asked of this server."""
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    paths["/metrics"] = {"get": _plain("metrics", "Give figures about the server, in the form of Prometheus.", "text/plain")}
    paths["/openapi.json"] = {"get": _plain("openapi", "Give this document.", "application/json")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "semspace",
            "version": __version__,
            "description": "Search the latent space of one's own texts. The shapes of answers are those of the command line.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Error": shapes.ERROR},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    refused = shapes.answered("", {"$ref": "#/components/schemas/Error"})
    answers = {str(status): {**refused, "description": about} for status, about in _REFUSALS.items()}
    found: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.about,
        "responses": {"200": shapes.answered("The answer.", route.answer), **answers},
    }
    if route.method == "POST":
        content = {"application/json": {"schema": body_schema(route.fields)}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _plain(name: str, about: str, kind: str) -> dict[str, Any]:
    refused = shapes.answered("", {"$ref": "#/components/schemas/Error"})
    answers = {str(status): {**refused, "description": _REFUSALS[status]} for status in (401, 403, 405)}
    kept: dict[str, Any] = {"type": "object"} if kind == "application/json" else {"type": "string"}
    return {
        "operationId": name,
        "summary": about,
        "responses": {"200": {"description": "The answer.", "content": {kind: {"schema": kept}}}, **answers},
    }
