"""What a request may hold: described once, as JSON Schema, checked and published by the same words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from semspace.server.limits import DEPTH
from semspace.server.refusals import Malformed

Schema = Mapping[str, Any]

_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a body: its name, what it says, its schema."""

    name: str
    about: str
    schema: Schema
    required: bool = False

    def described(self) -> dict[str, Any]:
        """Return its schema, with what it says."""
        return {**self.schema, "description": self.about}


def text(most: int, **more: Any) -> Schema:
    """Return the schema of a text of up to so many characters."""
    return {"type": "string", "minLength": 1, "maxLength": most, **more}


def number(least: int, most: int, default: int | None = None) -> Schema:
    """Return the schema of a whole number."""
    return {"type": "integer", "minimum": least, "maximum": most, **({} if default is None else {"default": default})}


def flag(*, default: bool = False) -> Schema:
    """Return the schema of a yes or no."""
    return {"type": "boolean", "default": default}


def choice(*values: str) -> Schema:
    """Return the schema of one of some words, of which the first is meant without one."""
    return {"type": "string", "enum": list(values), "default": values[0]}


def several(item: Schema, most: int, least: int = 0) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": item, "minItems": least, "maxItems": most}


def body_schema(fields: Sequence[Field]) -> dict[str, Any]:
    """Return the schema of a body with some fields and no others."""
    return {
        "type": "object",
        "properties": {field.name: field.described() for field in fields},
        "required": [field.name for field in fields if field.required],
        "additionalProperties": False,
    }


def checked(body: Any, fields: Sequence[Field]) -> dict[str, Any]:
    """Return the values of a body, those that it leaves out by their defaults. Raises Malformed."""
    if not isinstance(body, dict):
        raise Malformed("The body is no JSON object.", "Send one object of fields; several requests are sent one by one.")
    known = {field.name: field for field in fields}
    for name in body:
        if name not in known:
            raise Malformed(f"There is no field {_short(name)}.", f"Fields: {', '.join(known)}.")
    for name, field in known.items():
        if name in body:
            _check(body[name], field.schema, name)
        elif field.required:
            raise Malformed(f"The field {name} is missing.", field.about)
    return {name: body.get(name, field.schema.get("default")) for name, field in known.items()}


def _check(value: Any, schema: Schema, place: str) -> None:
    if "anyOf" in schema:
        _any(value, schema["anyOf"], place)
        return
    wanted: str = schema["type"]
    if not _TYPES[wanted](value):
        raise Malformed(f"{place} must be of type {wanted}.")
    if "enum" in schema and value not in schema["enum"]:
        raise Malformed(f"{place} must be one of {', '.join(map(str, schema['enum']))}.")
    if wanted == "integer":
        _bounds(value, schema.get("minimum"), schema.get("maximum"), place)
    if wanted == "string":
        _bounds(len(value), schema.get("minLength"), schema.get("maxLength"), f"the length of {place}")
    if wanted == "array":
        _bounds(len(value), schema.get("minItems"), schema.get("maxItems"), f"the number of {place}")
        for number, item in enumerate(value):
            _check(item, schema["items"], f"{place}[{number}]")


def _any(value: Any, schemas: Sequence[Schema], place: str) -> None:
    fitting = [schema for schema in schemas if _TYPES[schema["type"]](value)]
    if not fitting:
        raise Malformed(f"{place} must be of type {' or '.join(schema['type'] for schema in schemas)}.")
    _check(value, fitting[0], place)


def _bounds(value: int, least: int | None, most: int | None, place: str) -> None:
    if (least is not None and value < least) or (most is not None and value > most):
        raise Malformed(f"{place} must be from {least} to {most}.")


def parsed(data: bytes) -> Any:
    """Return what JSON says. Raises Malformed for what is none, nests too deep, or may be read in two ways."""
    try:
        found = json.loads(data.decode("utf-8"), parse_constant=_no_number, object_pairs_hook=_once)
    except RecursionError:
        raise Malformed(f"The JSON is nested deeper than {DEPTH} levels.") from None
    except ValueError as error:
        raise Malformed(f"The body is no JSON: {_short(str(error))}.", "Send an object of fields, in UTF-8.") from None
    _plain(found, 0)
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field comes twice")
    return found


def _plain(value: Any, depth: int) -> None:
    if depth > DEPTH:
        raise Malformed(f"The JSON is nested deeper than {DEPTH} levels.")
    if isinstance(value, str) and _SURROGATE.search(value):
        raise Malformed("A text holds half a character.", "Send whole characters, in UTF-8.")
    if isinstance(value, dict):
        for name, inner in value.items():
            _plain(name, depth + 1)
            _plain(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _plain(inner, depth + 1)


def _short(text: str) -> str:
    return repr(text[:60])
