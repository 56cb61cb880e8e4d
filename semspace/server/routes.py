"""The routes: what each is asked and answers, written once; the application and its OpenAPI document are made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from semspace.records import MODES
from semspace.server import calls, limits, shapes
from semspace.server.calls import Asked
from semspace.server.fields import Field, Schema, choice, flag, number, several, text
from semspace.server.warm import Served

Pace = Literal["quick", "encoding", "slow"]


@dataclass(frozen=True, slots=True)
class Route:
    """A route: who asks POST sends a body with `fields`; `pace` says which threads serve it."""

    method: Literal["GET", "POST"]
    path: str
    about: str
    call: Callable[[Served, Asked], Any]
    answer: Schema
    fields: tuple[Field, ...] = ()
    pace: Pace = "quick"
    writes: bool = False

    @property
    def name(self) -> str:
        """Return what it is called in a document and in figures."""
        return self.path.strip("/").replace("/", "_")


_ID = number(1, 2**63 - 1)
INDEX = Field("index", "The name of a served space; without it, the first one.", text(64))
QUERY = Field("query", "What is asked: words, a question.", text(limits.QUERY), required=True)
TOP = Field("k", "How many hits.", number(1, limits.HITS, 10))
AROUND = Field("lines", "So many lines around each passage.", number(0, limits.LINES, 0))
PER_DOCUMENT = Field("per_document", "At most so many hits of one document.", number(1, limits.HITS))
NARROW = (
    Field("where", "Only where metadata say so: tags = 'x' and date > 2024.", text(limits.EXPRESSION)),
    Field("include", "Only files that match one of these globs.", several(text(400), limits.PATTERNS)),
    Field("exclude", "No files that match one of these globs.", several(text(400), limits.PATTERNS)),
    Field("since", "Only what is dated from then on: 2024, 2024-05-31, 7d.", text(40)),
    Field("until", "Only what is dated up to then.", text(40)),
)
_TEXTS = several(text(limits.TEXT), limits.PATTERNS)
_IDS = several(_ID, limits.PATTERNS)
WISHES = (
    Field("mode", "Ask by both meaning and words (hybrid), or by one.", choice("hybrid", *(m for m in MODES if m != "hybrid"))),
    Field("plus", "Texts whose meaning is added to the query.", _TEXTS),
    Field("without", "Texts whose meaning is taken from it.", _TEXTS),
    Field("more_like", "Ids of hits that are what is looked for.", _IDS),
    Field("less_like", "Ids of hits that are not.", _IDS),
    Field("diverse", "Hits that are unlike each other.", flag()),
    Field("everything", "Hits also where none looks like an answer.", flag()),
    Field("explain", "Say what speaks for each hit.", flag()),
    Field("rerank", "Read the best again and order them anew.", flag()),
    Field("taste", "Put answers in the order of a taste that the space keeps.", text(64)),
    Field("view", "Without what tells a field apart: a view that the space keeps.", text(64)),
)

ROUTES = (
    Route(
        "POST",
        "/search",
        "Find the passages that answer a query best.",
        calls.search,
        shapes.HITS,
        (QUERY, INDEX, TOP, PER_DOCUMENT, AROUND, *WISHES, *NARROW),
    ),
    Route(
        "POST",
        "/similar",
        "Find the passages nearest to a passage, or to some words.",
        calls.similar,
        shapes.HITS,
        (
            Field("id", "The passage, as a hit names it.", _ID),
            Field("text", "Words, in the place of a passage.", text(limits.TEXT)),
            INDEX,
            TOP,
            PER_DOCUMENT,
            AROUND,
            *NARROW,
        ),
    ),
    Route(
        "POST",
        "/compare",
        "Say how similar two texts are; #12 is a passage.",
        calls.compare,
        shapes.COMPARISON,
        (
            Field("first", "A text, or # and the id of a passage.", text(limits.TEXT), required=True),
            Field("second", "The other one.", text(limits.TEXT), required=True),
            INDEX,
        ),
    ),
    Route(
        "POST",
        "/passage",
        "Give one passage, with lines around it.",
        calls.show,
        shapes.HIT,
        (Field("id", "The passage, as a hit names it.", _ID, required=True), INDEX, AROUND),
    ),
    Route(
        "POST",
        "/map",
        "Give the map of a space, which is made once and kept.",
        calls.map_,
        shapes.MAP,
        (
            Field("query", "Also say where these words are, and what is near them.", text(limits.QUERY)),
            Field("color_by", "topic, folder, date, kept, or a field of the metadata.", text(64)),
            INDEX,
            *NARROW,
        ),
        "slow",
    ),
    Route(
        "POST",
        "/encode",
        "Map texts to unit vectors.",
        calls.encode,
        shapes.VECTORS,
        (
            Field("texts", "The texts.", several(text(limits.TEXT), limits.TEXTS, 1), required=True),
            Field("role", "As what they are encoded.", choice("passage", "query")),
            INDEX,
        ),
        "encoding",
    ),
    Route(
        "POST",
        "/v1/embeddings",
        "Map texts to unit vectors, in the form of OpenAI's API.",
        calls.embeddings,
        shapes.EMBEDDINGS,
        (
            Field(
                "input",
                "A text, or several.",
                {"anyOf": [text(limits.TEXT), several(text(limits.TEXT), limits.TEXTS, 1)]},
                required=True,
            ),
            Field("model", "The encoder of a served space; /v1/models lists them.", text(200), required=True),
            Field("encoding_format", "Numbers, or float32 in base64.", choice("float", "base64")),
            Field("dimensions", "How many numbers each has: as many as the encoder gives.", number(1, 100_000)),
            Field("user", "Whom the asking program serves; nothing is kept of it.", text(256)),
        ),
        "encoding",
    ),
    Route("GET", "/v1/models", "List the encoders of the served spaces.", calls.models, shapes.MODELS),
    Route("GET", "/status", "Say what each served space holds.", calls.status, shapes.STATUS),
    Route(
        "POST",
        "/texts",
        "Put texts into a space; a text takes the place of one with the same id. Served with --write only.",
        calls.add,
        shapes.ADDED,
        (
            Field("texts", "The texts.", several(text(limits.TEXT), limits.TEXTS, 1), required=True),
            Field("ids", "An id for each; without them they come from the content.", several(text(256), limits.TEXTS)),
            Field("metadata", "An object for each.", several({"type": "object"}, limits.TEXTS)),
            INDEX,
        ),
        "slow",
        writes=True,
    ),
    Route(
        "POST",
        "/texts/remove",
        "Remove texts by their ids, and no file, whatever its name. Served with --write only.",
        calls.remove,
        shapes.REMOVED,
        (Field("ids", "The ids of the texts.", several(text(256), limits.TEXTS, 1), required=True), INDEX),
        "slow",
        writes=True,
    ),
    Route(
        "POST",
        "/index",
        "Bring a space up to date with the files that it follows. Served with --write only.",
        calls.index,
        shapes.REPORT,
        (INDEX,),
        "slow",
        writes=True,
    ),
)
