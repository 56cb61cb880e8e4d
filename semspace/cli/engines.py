"""Options of a distributed engine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from semspace.cli.options import grouped
from semspace.errors import InvalidInput

if TYPE_CHECKING:
    from semspace.bulk import Bulk
    from semspace.cli.options import Narrow, Place
    from semspace.cli.search import Show, Wish
    from semspace.records import Consistency, Engine, Hits

LEVELS = ("strong", "bounded")


@dataclass(frozen=True, slots=True)
class Serving:
    """Where vectors are served from; None is what the space remembers."""

    engine: str | None = None
    uri: str | None = None
    collection: str | None = None
    token_env: str | None = None
    shards: int = 1
    replicas: int = 1
    consistency: str = "bounded"

    def wanted(self, name: str | None = None) -> Engine | None:
        """Return the engine that is meant, None where none is named. Raises InvalidInput."""
        from semspace.records import Engine

        if self.uri is None:
            if self.engine == "milvus" or self.collection or self.token_env:
                raise InvalidInput("An engine needs its address.", "--engine milvus --uri http://127.0.0.1:19530")
            return None
        if self.engine == "faiss":
            raise InvalidInput("FAISS has no address.", "Leave --uri out, or take --engine milvus.")
        collection = self.collection or (_collection(name) if name else None)
        if collection is None:
            raise InvalidInput("A search needs the name of the collection, too.", "--collection NAME")
        level = cast("Consistency", self.consistency.title())
        return Engine(
            self.uri,
            collection,
            token_env=self.token_env,
            shards=self.shards,
            replicas=self.replicas,
            consistency=level,
        )

    def ready(self) -> None:
        """Find out before there is a space what would leave it behind empty. Raises InvalidInput, MissingDependency."""
        if self.wanted("space") is not None:
            from semspace.vectors.connecting import check_installed

            check_installed()


def _collection(name: str) -> str:
    """Return the name of a space as one that a collection can have."""
    return re.sub(r"\W", "_", name if name[:1].isalpha() else f"s_{name}", flags=re.ASCII)


@dataclass(frozen=True, slots=True)
class Spreading:
    """Who reads and encodes."""

    scheduler: str | None = None
    workers: int | None = None
    tls: Path | None = None
    insecure_scheduler: bool = False

    @contextmanager
    def opened(self) -> Iterator[Bulk | None]:
        """Open the scheduler that is named, before there is a space that would be left behind without it."""
        if self.scheduler is None:
            yield None
            return
        from semspace.bulk import Bulk

        with Bulk.open(self.scheduler, workers=self.workers, tls=self.tls, insecure=self.insecure_scheduler) as bulk:
            yield bulk


spreading = grouped(
    "spreading",
    Spreading,
    click.option("--scheduler", metavar="ADDRESS", help="Have files read and encoded by Dask workers: local, tls://HOST:PORT."),
    click.option("--workers", type=click.IntRange(1), metavar="N", help="How many of them, where they are local."),
    click.option(
        "--tls",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        metavar="DIR",
        help="Where ca.pem, cert.pem and key.pem are.",
    ),
    click.option("--insecure-scheduler", is_flag=True, help="A scheduler elsewhere without TLS: anybody can run programs."),
)
"""Who reads and encodes what is indexed."""

_URI = click.option("--uri", metavar="URI", help="Where the engine is: FILE.db, http://127.0.0.1:19530, https://HOST.")
_COLLECTION = click.option("--collection", metavar="NAME", help="The engine's collection. [the name of the space]")
_TOKEN = click.option("--token-env", metavar="VARIABLE", help="The variable of the environment that holds the engine's token.")

serving = grouped(
    "serving",
    Serving,
    click.option("--engine", type=click.Choice(["faiss", "milvus"]), help="What serves the vectors. [faiss]"),
    _URI,
    _COLLECTION,
    _TOKEN,
    click.option("--shards", type=click.IntRange(1), default=1, metavar="N", help="Parts that a new collection is written in."),
    click.option("--replicas", type=click.IntRange(1), default=1, metavar="N", help="Copies of a collection that answer."),
    click.option(
        "--consistency",
        type=click.Choice(LEVELS),
        default="bounded",
        show_default=True,
        help="How fresh answers are: as of now, or of some seconds ago.",
    ),
)
"""What fills an engine."""

served = grouped(
    "serving",
    Serving,
    click.option("--engine", type=click.Choice(["milvus"]), help="Ask an engine, without a space on this machine."),
    _URI,
    _COLLECTION,
    _TOKEN,
)
"""What asks an engine."""


def elsewhere(
    engine: Engine,
    query: str,
    mode: str,
    by_topic: bool,
    wish: Wish,
    narrow: Narrow,
    show: Show,
    place: Place,
    paths: tuple[str, ...],
) -> Hits:
    """Ask an engine, by meaning; what needs the space itself is an error that says so. Raises InvalidInput."""
    from semspace.remote import HERE, Remote

    said = click.get_current_context().get_parameter_source("mode")
    needs = {"--by-topic": by_topic, "--context": show.context, f"--mode {mode}": mode == "lexical"}
    needs |= {f"--mode {mode}": mode != "semantic" and said is not None and said.name == "COMMANDLINE"}
    names = ("rerank", "diverse", "more_like", "less_like", "explain", "taste", "boost", "mute", "view")
    needs |= {f"--{name.replace('_', '-')}": bool(getattr(wish, name)) for name in names}
    for option in (option for option, given in needs.items() if given):
        raise InvalidInput(f"{option} needs the space itself; an engine is asked by meaning alone.", HERE)
    with Remote.open(engine, **place.running) as remote:
        return remote.search(
            query,
            show.top_k,
            narrow.where,
            per_document=show.limit,
            plus=wish.plus,
            without=wish.without,
            everything=wish.everything,
            reasons=show.texts,
            **narrow.among(paths),
        )
