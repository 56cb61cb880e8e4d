"""Where the vectors of a space are served from, if not from its own folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Consistency = Literal["Strong", "Bounded"]


@dataclass(frozen=True, slots=True)
class Engine:
    """A collection of a distributed engine. `uri` is a local path (milvus-lite), http:// (a server) or https:// (a cluster).

    `token_env` names the variable of the environment that holds the token, which is written down nowhere. `consistency` is
    that of searches; checks are always strong. `timeout` is in seconds: a lost node of a cluster stalls a query for 13 to 23.
    """

    uri: str
    collection: str
    kind: str = "milvus"
    token_env: str | None = None
    shards: int = 1
    replicas: int = 1
    consistency: Consistency = "Bounded"
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What an engine says of itself: `passages` it holds, counted strongly, and what is wrong with its version, if anything."""

    uri: str
    collection: str
    version: str
    passages: int
    published: int
    warning: str | None = None
