"""What is asked, checked -> one call of a space -> the JSON of the command line."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, cast

from semspace.asking import Wishes
from semspace.encoders import Encoder
from semspace.errors import InvalidInput, NotFound, SemspaceError
from semspace.records import Role, Status
from semspace.server.limits import POINTS
from semspace.server.refusals import Malformed
from semspace.server.warm import Served
from semspace.space import Space
from semspace.ui import formats

Asked = Mapping[str, Any]
NARROWING = ("include", "exclude", "since", "until")
WISHES = ("plus", "without", "more_like", "less_like", "diverse", "everything", "explain", "rerank", "taste", "view")


def search(served: Served, asked: Asked) -> Any:
    """Return the passages that answer a query."""
    given = {key: asked[key] for key in (*NARROWING, *WISHES) if asked[key] is not None}
    wishes = cast("Wishes", {**given, "reasons": True})
    shape = {"per_document": asked["per_document"], "lines": asked["lines"]}
    with served.named(asked["index"]).turn() as space:
        return formats.hits(space.search(asked["query"], asked["k"], asked["mode"], asked["where"], **shape, **wishes))


def similar(served: Served, asked: Asked) -> Any:
    """Return the passages nearest to a passage or to some words."""
    number, text = asked["id"], asked["text"]
    if (number is None) == (text is None):
        raise Malformed("Give id or text, one of them.", "id is that of a hit.")
    given = {key: asked[key] for key in NARROWING if asked[key] is not None}
    shape = {"per_document": asked["per_document"], "lines": asked["lines"]}
    target = None if number is None else f"#{number}"
    with served.named(asked["index"]).turn() as space:
        return formats.hits(space.similar(target, asked["k"], asked["where"], text=text, **shape, **given))


def compare(served: Served, asked: Asked) -> Any:
    """Return how similar two passages or texts are; what looks like a file's name is words."""
    with served.named(asked["index"]).turn() as space:
        return formats.comparison(space.compare(asked["first"], asked["second"], files=False))


def show(served: Served, asked: Asked) -> Any:
    """Return one passage."""
    with served.named(asked["index"]).turn() as space:
        return formats.hit(space.show(f"#{asked['id']}", lines=asked["lines"]))


def map_(served: Served, asked: Asked) -> Any:
    """Return the map of a space, which is made once and kept."""
    given = {key: asked[key] for key in NARROWING if asked[key] is not None}
    with served.named(asked["index"], slow=True).turn() as space:
        found = space.map(asked["where"], query=asked["query"], color_by=asked["color_by"], **given)
        if len(found) > POINTS:
            told = f"The map has {len(found):,} points; {POINTS:,} are the most that are sent."
            raise InvalidInput(told, "Ask for a part of it: where, include, since.")
        return found.to_dict()


def status(served: Served, _: Asked) -> Any:
    """Return what each space holds, or why it cannot be opened."""
    found: dict[str, Status | SemspaceError] = {}
    for name, warm in served.quick.items():
        try:
            with warm.turn() as space:
                found[name] = space.status(look=False)
        except SemspaceError as error:
            found[name] = error
    return formats.spaces(found)


def encode(served: Served, asked: Asked) -> Any:
    """Return the vectors of some texts."""
    encoder = served.encoder(asked["index"])
    vectors = encoder.encode(asked["texts"], cast("Role", asked["role"]))
    return {"model": encoder.name, "dim": encoder.dim, "role": asked["role"], "vectors": vectors.astype(float).tolist()}


def embeddings(served: Served, asked: Asked) -> Any:
    """Return the vectors of some texts as OpenAI's API gives them; `model` is that of a served space, and nothing is loaded."""
    encoder = _modelled(served, asked["model"])
    texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
    if asked["dimensions"] not in {None, encoder.dim}:
        raise InvalidInput(f"This encoder has {encoder.dim} dimensions, and no others.", "Leave dimensions out.")
    vectors = encoder.encode(texts, "passage")
    tokens = sum(encoder.count_tokens(texts))
    whole = asked["encoding_format"] == "float"
    rows = [
        {
            "object": "embedding",
            "index": number,
            "embedding": vector.astype(float).tolist() if whole else base64.b64encode(vector.astype("<f4").tobytes()).decode(),
        }
        for number, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": rows, "model": encoder.name, "usage": usage}


def models(served: Served, _: Asked) -> Any:
    """Return the encoders of the served spaces, in the form of OpenAI's API."""
    rows = [{"id": name, "object": "model", "created": 0, "owned_by": "semspace"} for name in sorted(set(_models(served)))]
    return {"object": "list", "data": rows}


def _models(served: Served) -> list[str]:
    names = []
    for warm in served.quick.values():
        with warm.turn() as space:
            names.append(space.settings.encoder)
    return names


def _modelled(served: Served, model: str) -> Encoder:
    for name, known in zip(served.names, _models(served), strict=True):
        if known == model:
            return served.encoder(name)
    raise NotFound(f"No encoder {model!r} is served here.", f"Served: {', '.join(sorted(set(_models(served))))}.")


def add(served: Served, asked: Asked) -> Any:
    """Put texts into a space. Readers go on meanwhile: what writes is a space of its own."""
    metadata, ids = asked["metadata"], asked["ids"]
    for name, given in (("ids", ids), ("metadata", metadata)):
        if given is not None and len(given) != len(asked["texts"]):
            raise Malformed(f"There are {len(asked['texts'])} texts, and {len(given)} {name}.", "Give one for each text.")
    with writing(served, asked) as space:
        return {"index": space.name, "ids": space.add_texts(asked["texts"], ids, metadata)}


def remove(served: Served, asked: Asked) -> Any:
    """Remove texts by id. A file that is called so is another thing, and so is all below a folder of that name."""
    with writing(served, asked) as space:
        return {"index": space.name, "removed": space.remove(asked["ids"], files=False)}


def index(served: Served, asked: Asked) -> Any:
    """Bring a space up to date with the files that it follows."""
    with writing(served, asked) as space:
        return formats.report(space.index())


def writing(served: Served, asked: Asked) -> Space:
    """Open a space to write. Raises SpaceNotFound."""
    return Space.open(served.named(asked["index"]).folder, **served.running)
