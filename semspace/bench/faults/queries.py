"""Queries, filters, globs, numbers and targets of any kind: a true answer or a clear error, in bounded time."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import numpy as np
import yaml  # type: ignore[import-untyped]

from semspace.bench.faults import Tally, Trial, tiny
from semspace.bench.faults.batches import Verdict, tallies
from semspace.bench.faults.injections import injection
from semspace.bench.faults.predicates import metadata, predicate
from semspace.errors import InvalidFilter, SemspaceError
from semspace.lexical import terms, understand
from semspace.lexical.unspaced import singles
from semspace.lexical.words import analyzer
from semspace.records import MODES, Hits
from semspace.space import Space

FILES, TEXTS = 24, 12
ALL = 10_000
SECONDS = 3.0
"""Seconds of the processor that a query may take."""

_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
SYNTAX = (
    "AND", "OR", "NOT", "(", ")", '"', "'", "*", "?", "+", "-", "~2", "^9", ":", "text:", "id:1", "[a TO z]", "{a TO z}",
    "/r.*/", "\\", "..", "TO", "IN", "&&", "||", "!", "NEAR(", "NEAR/2", "sea*", "*sea", "(((", ")))", '""', '"sea', "';",
    "--", "%", "_", "<script>", "${x}", "\t", "\n", "NaN", "boost^NaN", "->", "$.x",
)  # fmt: skip
SQL = (
    "' OR '1'='1", "'; DROP TABLE documents; --", "1) OR 1=1", "x' UNION SELECT path FROM documents --",
    "a = 1; DELETE FROM texts", "a = (SELECT 1)", "d.path = 'x'", "p.id > 0", "a = ?", "a = :1", "a LIKE '%'",
    "json_each(1) = 1", "a IS NULL", "a = 1 LIMIT 1", "rowid = 1", "a = 1 /* x", "\"a' = 1", "a=b=c",
)  # fmt: skip

TARGETS = ("", "\0", "~nobody/x", "\ud800", "/", "#", "#0", "#-1", "#999999999", "1:1", "x" * 5_000, ":1", "\udce9:3")


def queries(trial: Trial) -> list[Tally]:
    """Ask so many questions of a space that was made for it."""
    build(trial.work / "space", trial.models, Random(trial.seed))
    return tallies(Queries, trial)


def build(folder: Path, models: Path, random: Random) -> None:
    """Make a space of files and texts with metadata of all kinds."""
    documents = folder.parent / "documents"
    documents.mkdir()
    for number in range(FILES):
        head = yaml.safe_dump({**metadata(random), "title": random.choice(["red", "Sea", "5"])}, allow_unicode=False)
        body = f"---\n{head}---\n{' '.join(random.choices(tiny.WORDS, k=12))}\n"
        name = random.choice(["red", "a_b", "100%", "Ä", "caf\udce9", "it's"])
        (documents / f"{number}-{name}.{random.choice(['md', 'txt'])}").write_bytes(body.encode())
    with Space.create(folder, tiny.NAME, models=models) as space:
        space.index([documents])
        texts = [" ".join(random.choices(tiny.WORDS, k=8)) for _ in range(TEXTS)]
        space.add_texts(texts, [f"t{number}" for number in range(TEXTS)], [metadata(random) for _ in texts])


class Queries:
    """Questions of many kinds to one space."""

    name: ClassVar[str] = "queries, filters and targets of any kind"
    how: ClassVar[str] = "drawn from grammars and from nothing; compared with Python over the same rows"
    size: ClassVar[int] = 250

    def __init__(self, work: Path, models: Path, seed: int) -> None:
        self._work, self._models, self._seed = work, models, seed
        self.doing = ""

    def prepare(self, folder: Path) -> None:  # noqa: ARG002
        """Open the space, and read its truth from its file."""
        self._space = Space.open(self._work / "space", models=self._models)
        self._rows = facts(self._work / "space" / "store.db")
        self._words = {number: set(analyzer().analyze(row["words"])) for number, row in self._rows.items()}
        self._before = contents(self._work / "space" / "store.db")

    def run(self, folder: Path, number: int) -> Verdict:  # noqa: ARG002
        """Ask one question."""
        random = Random(f"{self._seed}/{number}")
        kinds: list[Callable[[Random], str | None]] = [
            self._words_of_any_kind, self._words_of_any_kind, self._expression, self._expression, self._garbage, self._glob,
            self._number, self._target,
        ]  # fmt: skip
        ask = random.choice(kinds)
        self.doing = ask.__name__
        started = time.process_time()
        problem = ask(random)
        took = time.process_time() - started
        if problem is None and took > SECONDS:
            problem = f"it took {took:.1f} s"
        if problem is None and number % 50 == 0 and contents(self._work / "space" / "store.db") != self._before:
            problem = "the store has changed"
        return Verdict(self.name, problem)

    def _ask(self, **asked: Any) -> Hits | SemspaceError:
        self.doing = f"search({', '.join(f'{key}={value!r:.300}' for key, value in asked.items())})"
        try:
            # Also what does not look like an answer: which of them do is no matter here.
            return self._space.search(asked.pop("query", "sea"), everything=True, **asked)
        except SemspaceError as error:
            str(error).encode("utf-8", "surrogatepass")
            return error

    def _words_of_any_kind(self, random: Random) -> str | None:
        query, mode = anything(random), random.choice(MODES)
        found = self._ask(query=query, k=ALL, mode=mode)
        if isinstance(found, SemspaceError):
            return None if found.kind in {"empty_query", "invalid_input"} else f"{found.kind}: {found}"
        wanted = set(terms(query.encode("utf-8", "replace").decode()))
        sharing = {number for number, held in self._words.items() if held & wanted}
        ids = {hit.id for hit in found}
        meant = understand(query)
        if meant.constrained or meant.beginnings or singles(query):
            # Phrases and signs say what must be there, or must not.
            return None if ids <= {*self._words} else "it finds what is not there"
        if ids != (sharing if mode == "lexical" else {*self._words}):
            return f"{mode} finds {sorted(ids)}, not {sorted(sharing)}"
        if [hit.score for hit in found] != sorted((hit.score for hit in found), reverse=True):
            return f"scores do not fall: {[hit.score for hit in found][:5]}"
        bare = self._ask(query=_PUNCTUATION.sub(" ", query), k=ALL, mode="lexical") if mode == "lexical" else found
        if isinstance(bare, SemspaceError) or [(hit.id, hit.score) for hit in bare] != [(hit.id, hit.score) for hit in found]:
            return "a mark in the query means something"
        return None

    def _expression(self, random: Random) -> str | None:
        drawn = predicate(random)
        found = self._ask(where=drawn.text, k=ALL, mode="semantic")
        if isinstance(found, InvalidFilter):
            return None if "too" in found.message else f"{drawn.text!r} is refused: {found}"
        if isinstance(found, SemspaceError):
            return f"{found.kind}: {found}"
        wanted = {number for number, row in self._rows.items() if drawn.holds(row)}
        ids = {hit.id for hit in found}
        return None if ids == wanted else f"lets {sorted(ids - wanted)} through, and not {sorted(wanted - ids)}"

    def _garbage(self, random: Random) -> str | None:
        found = self._ask(where=nonsense(random), k=ALL, mode="semantic")
        if isinstance(found, SemspaceError):
            long = len(found.message) > 1_000
            return None if isinstance(found, InvalidFilter) and not long else f"{found.kind}: {found!s:.500}"
        return None if {hit.id for hit in found} <= {*self._rows} else "it finds what is not there"

    def _glob(self, random: Random) -> str | None:
        parts = [
            "*",
            "**",
            "/",
            "a",
            "[",
            "]",
            "!",
            "?",
            "\\",
            "{",
            "}",
            "red",
            ".md",
            "[a-z]",
            "[z-a]",
            "#",
            " ",
            "**/",
            "*a",
            "\udce9",
            "\ud800",
        ]
        lines = ["".join(random.choices(parts, k=random.choice([1, 3, 9, 60, 400]))) for _ in range(random.randint(1, 3))]
        found = self._ask(**{random.choice(["include", "exclude"]): lines}, k=ALL, mode="semantic")
        if isinstance(found, SemspaceError):
            return None if found.kind == "invalid_input" else f"{found.kind}: {found}"
        return None if {hit.id for hit in found} <= {*self._rows} else "it finds what is not there"

    def _number(self, random: Random) -> str | None:
        values: list[Any] = [
            0,
            -1,
            1,
            3,
            10**9,
            10**30,
            -(10**30),
            float("nan"),
            float("inf"),
            2.0,
            "3",
            None,
            True,
            np.int64(4),
        ]
        name = random.choice(["k", "per_document", "lines", "since", "until"])
        value: Any = random.choice([*values, "9999-12-31", "0001", "99999y", "2024-13", "7d", "\x00", "x" * 10_000, b"x", []])
        found = self._ask(**{"mode": "semantic", name: value})
        if isinstance(found, SemspaceError):
            return None if found.kind == "invalid_input" else f"{found.kind}: {found}"
        most = int(value) if name == "k" else 10
        sound = len(found) <= most and (name != "k" or len(found) == min(most, len(self._rows)))
        return None if sound else f"{len(found)} hits"

    def _target(self, random: Random) -> str | None:
        word = random.choice([injection(random), *TARGETS])
        acts: list[Callable[[], Any]] = [
            lambda: self._space.similar(word), lambda: self._space.similar(text=word), lambda: self._space.show(word),
            lambda: self._space.neighbors(word, random.choice([0, 2, -1]), random.choice([-1, 2, 10**9])),
            lambda: self._space.compare(word, "sea"), lambda: self._space.search("sea", paths=[word]),
            lambda: self._space.search("sea", mode=word),  # type: ignore[arg-type]
        ]  # fmt: skip
        self.doing = f"a target {word!r:.200}"
        try:
            random.choice(acts)()
        except SemspaceError:
            return None
        return None


def anything(random: Random) -> str:
    """Draw a query: words, syntax of query languages, hostile text, at times very much of it."""
    kinds: list[Callable[[], str]] = [
        lambda: random.choice(tiny.WORDS), lambda: random.choice(SYNTAX), lambda: injection(random),
        lambda: random.choice(SQL),
        lambda: "".join(random.choices("\u6cb3\u5c71\u6d77\u3042\u0e01\u0e02", k=random.randint(1, 9))),
        lambda: chr(random.choice([0, 1, 0xD800, 0xDFFF, 0xDCE9, 0xFFFF, 0x130, 0x1F600, random.randrange(0x110000)])),
    ]  # fmt: skip
    query = random.choice([" ", "", " "]).join(random.choice(kinds)() for _ in range(random.randint(1, 8)))
    if random.random() < 0.01:
        size = random.choice([5_000, 30_000, 120_000, 1_000_000])
        query = (query or "sea ") * (size // max(1, len(query)))
    return query


def nonsense(random: Random) -> str:
    """Draw what may look like a filter: a broken one, SQL, nests, lists and lengths without end, anything."""
    whole = predicate(random).text
    deep, many = random.choice([5, 15, 17, 100, 3_000]), random.choice([10, 500, 50_000])
    kinds: list[Callable[[], str]] = [
        lambda: whole[: random.randint(0, len(whole))] + whole[random.randint(0, len(whole)) :],
        lambda: "".join(random.sample(whole, len(whole))), lambda: random.choice(SQL), lambda: anything(random)[:20_000],
        lambda: "(" * deep + whole + ")" * random.choice([deep, deep, deep - 1, deep + 1]), lambda: "not " * deep + whole,
        lambda: f"n in ({','.join(['5'] * many)})", lambda: " and ".join(["n = 5"] * many), lambda: "'" * many,
        lambda: "n ~ " + "%" * many, lambda: f"{'a.' * many}b = 1",
        lambda: f"{whole} {chr(random.choice([0, 0xD800, 0xDCE9, 0x2028, 0x1B]))} {whole}", lambda: " " * many,
    ]  # fmt: skip
    return random.choice(kinds)()


def facts(path: Path) -> dict[int, dict[str, Any]]:
    """Return what the store knows of each passage's document, by SQL of our own."""
    sql = """SELECT p.id, d.path, d.kind, d.title, d.language, d.size, p.page, d.date, d.mtime_ns / 1e9, d.metadata,
                    p.context || ' ' || substr(t.text, p.start + 1, p.stop - p.start)
             FROM passages p JOIN documents d ON d.id = p.document_id JOIN texts t ON t.document_id = d.id"""
    names = ("path", "kind", "title", "language", "size", "page", "date", "modified", "metadata", "words")
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        rows = {row[0]: dict(zip(names, row[1:], strict=True)) for row in connection.execute(sql)}
    return {number: {**row, "metadata": json.loads(row["metadata"])} for number, row in rows.items()}


def contents(path: Path) -> list[Any]:
    """Return what must not change while questions are asked."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        tables = ("documents", "texts", "passages", "vectors", "meta", "failures", "sqlite_master")
        counts = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]  # noqa: S608
        return [*counts, *connection.execute("SELECT sum(checksum) FROM texts").fetchone()]
