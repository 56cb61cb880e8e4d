"""The shapes of answers, as JSON Schema: those of the command line, whose keys are never renamed."""

from __future__ import annotations

from typing import Any

from semspace.server.fields import Schema

_TEXT: Schema = {"type": "string"}
_WORDS: Schema = {"type": ["string", "null"]}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_LINE: Schema = {"type": ["integer", "null"]}
_NUMBER: Schema = {"type": "number"}
_SHARE: Schema = {"type": ["number", "null"]}
_SPAN: Schema = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
_VECTOR: Schema = {"type": "array", "items": _NUMBER}


def _object(more: bool = False, **properties: Schema) -> Schema:
    """Return the schema of an object that has all of some keys; with `more`, others as well."""
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": more}


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


HIT = _object(
    more=True,
    rank=_COUNT,
    id={"type": "integer", "minimum": 1},
    score=_NUMBER,
    similarity=_SHARE,
    relevance=_SHARE,
    path=_WORDS,
    start_line=_LINE,
    end_line=_LINE,
    page=_LINE,
    heading={"type": ["array", "null"], "items": _TEXT},
    text=_TEXT,
    metadata={"type": "object"},
    key=_WORDS,
    title=_WORDS,
    matches=_list(_SPAN),
    before=_WORDS,
    after=_WORDS,
    answer={"type": ["object", "null"]},
    marks=_list({"type": "array", "items": _NUMBER, "minItems": 3, "maxItems": 3}),
)
HITS = _object(
    more=True,
    query=_TEXT,
    index=_TEXT,
    mode=_TEXT,
    model=_TEXT,
    took_ms=_NUMBER,
    coverage=_NUMBER,
    verdict={"type": "string", "enum": ["found", "nothing"]},
    judged=_TEXT,
    reranker=_WORDS,
    hits=_list(HIT),
)
COMPARISON = _object(first=_TEXT, second=_TEXT, similarity=_NUMBER)
MAP = _object(
    more=True,
    index=_TEXT,
    count=_COUNT,
    of=_COUNT,
    faithfulness={"type": "object"},
    groups=_list(_TEXT),
    labels=_list(_object(x=_NUMBER, y=_NUMBER, text=_TEXT, count=_COUNT)),
    points=_list(_object(id=_COUNT, x=_NUMBER, y=_NUMBER, kept=_NUMBER, group=_WORDS)),
)
VECTORS = _object(model=_TEXT, dim=_COUNT, role=_TEXT, vectors=_list(_VECTOR))
EMBEDDINGS = _object(
    object=_TEXT,
    data=_list(_object(object=_TEXT, index=_COUNT, embedding={"anyOf": [_VECTOR, _TEXT]})),
    model=_TEXT,
    usage=_object(prompt_tokens=_COUNT, total_tokens=_COUNT),
)
MODELS = _object(object=_TEXT, data=_list(_object(id=_TEXT, object=_TEXT, created=_COUNT, owned_by=_TEXT)))
STATUS = _object(spaces=_list(_object(more=True, index=_TEXT)))
ADDED = _object(index=_TEXT, ids=_list(_TEXT))
REMOVED = _object(index=_TEXT, removed=_COUNT)
REPORT = _object(
    more=True, index=_TEXT, read=_COUNT, unchanged=_COUNT, removed=_COUNT, failed=_list({"type": "object"}), passages=_COUNT
)
ERROR = _object(error=_object(kind=_TEXT, message=_TEXT, hint=_WORDS, retryable={"type": "boolean"}))


def answered(about: str, schema: Schema) -> dict[str, Any]:
    """Return what OpenAPI says of an answer in JSON."""
    return {"description": about, "content": {"application/json": {"schema": schema}}}
