"""Documents that speak to an agent, through the Model Context Protocol: marked, labelled, and with nothing that is not seen."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import unicodedata
from hashlib import blake2b
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semspace.bench.faults import Impossible, Tally, Trial, tiny
from semspace.bench.faults.lures import lures
from semspace.server.tools import LABEL
from semspace.space import Space

if TYPE_CHECKING:
    from mcp import Client

NAME = "lures"
TOOLS = {"search", "similar", "read_passage", "list_spaces", "status"}
_WRAPPED = re.compile(
    r"(?s)(?P<label>.*)\n<untrusted-content (?P<mark>[0-9a-f]{16})>\n(?P<body>.*)\n</untrusted-content (?P=mark)>"
)


def agents(trial: Trial) -> list[Tally]:
    """Put lures into texts, names and metadata, and have the official client find and read each; nothing else may change."""
    if find_spec("mcp") is None:
        raise Impossible("agents are served by the extra mcp")
    told = Tally(
        "documents that speak to agents",
        "instructions, forged marks and roles, in plain sight and in characters that are not seen; a case is one that is "
        "searched and read over MCP",
    )
    texts = list(islice(lures(), trial.cases))
    with Space.create(NAME, tiny.NAME, home=trial.work, models=trial.models) as space:
        ids = [f"{number:03d} {text[:60]}" for number, text in enumerate(texts)]
        bodies = [f"The lure of number{number} with bread. {text}" for number, text in enumerate(texts)]
        space.add_texts(bodies, ids, [{"note": text} for text in texts])
    before = _documents(trial)
    for problem in asyncio.run(_asked(trial, len(texts))):
        told.case(problem)
    if _documents(trial) != before:
        told.problems.append("the documents are not what they were")
    return [told]


def _documents(trial: Trial) -> str:
    """Return a digest of all that the space holds of documents."""
    with Space.open(NAME, home=trial.work, models=trial.models) as space, space.opened() as (_, store, _):
        rows = store.rows(store.ids().tolist())
        return blake2b(repr([(one.id, one.passage) for one in rows.values()]).encode("utf-8", "surrogatepass")).hexdigest()


async def _asked(trial: Trial, count: int) -> list[str | None]:
    from mcp import Client, StdioServerParameters, stdio_client

    words = ["-m", "semspace", "mcp", NAME, "--home", str(trial.work), "--models", str(trial.models)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SEMSPACE_")}
    parameters = StdioServerParameters(command=sys.executable, args=words, env=environment)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        async with Client(stdio_client(parameters, nowhere)) as client:
            offered = {tool.name for tool in (await client.list_tools()).tools}
            if offered != TOOLS:
                return [f"an agent is offered {sorted(offered)}"] * count
            return [await _problem(client, number) for number in range(count)]


async def _problem(client: Client, number: int) -> str | None:
    found = await client.call_tool("search", {"query": f"+number{number} lure", "k": 3, "everything": True})
    problem, said = _unwrapped(found)
    if problem or not said["hits"]:
        return f"lure {number}: {problem or 'it is not found'}"
    first = said["hits"][0]
    problem, read = _unwrapped(await client.call_tool("read_passage", {"id": first["id"], "lines": 3}))
    if problem or f"number{number} " not in read["text"]:
        return f"lure {number}, read: {problem or 'it is another one'}"
    return None


def _unwrapped(result: Any) -> tuple[str | None, Any]:
    """Return (what is wrong, what stands between the marks) of an answer."""
    [content] = result.content
    text = str(content.text)
    parts = _WRAPPED.fullmatch(text)
    if result.is_error or parts is None:
        return f"it is not between marks: {text[:200]}", None
    if parts["label"] != LABEL or (content.meta or {}).get("untrusted") is not True:
        return "it has no label", None
    if parts["body"].count(parts["mark"]):
        return "the mark stands within", None
    said = json.loads(parts["body"])
    hidden = sorted({f"U+{ord(char):04X}" for char in _texts(said) if _unseen(char)})
    return (f"it holds {', '.join(hidden[:5])}", None) if hidden else (None, said)


def _texts(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(_texts(one) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return "".join(map(_texts, value))
    return value if isinstance(value, str) else ""


def _unseen(char: str) -> bool:
    selector = 0xFE00 <= ord(char) <= 0xFE0F or 0xE0000 <= ord(char) <= 0xE0FFF
    return char not in "\n\t" and (selector or unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"})
