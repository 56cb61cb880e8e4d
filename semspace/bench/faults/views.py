"""Hostile texts in every field of every value that is drawn: no view lets one reach the terminal as it is."""

from __future__ import annotations

import dataclasses
import inspect
import io
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from random import Random
from typing import Any, ClassVar

import numpy as np
from rich.text import Text

from semspace import ui
from semspace.bench.faults import Tally, Trial
from semspace.bench.faults.batches import Verdict, tallies
from semspace.bench.faults.injections import FIXED, injection
from semspace.bench.faults.screen import fault_of
from semspace.encoders import ModelCard
from semspace.errors import SemspaceError
from semspace.records import (
    Alternative,
    Comparison,
    Contest,
    Difference,
    Hit,
    Hits,
    KindResult,
    Measured,
    ModeResult,
    Neighborhood,
    Progress,
)
from semspace.ui import progress, reports, safe, tables, tree
from semspace.ui.captioned import Captioned
from semspace.ui.console import open_console
from semspace.ui.mapping import MapPicture, Mark

Maker = Callable[[Random], Any]


def views(trial: Trial) -> list[Tally]:
    """Draw all views with a hostile text in each of their fields, once for each case."""
    return tallies(Views, trial)


class Views:
    """One hostile text in every field of every view, drawn with chance widths and colours."""

    name: ClassVar[str] = "hostile text in every view"
    how: ClassVar[str] = "the same in every field of every value that is drawn"
    size: ClassVar[int] = 100

    def __init__(self, work: Path, models: Path, seed: int) -> None:  # noqa: ARG002
        self._seed = seed
        self.doing = "nothing"

    def prepare(self, folder: Path) -> None:
        """Need nothing."""

    def run(self, folder: Path, number: int) -> Verdict:  # noqa: ARG002
        """Draw every view."""
        random = Random(f"{self._seed}/{number}")
        text = injection(random, number if number < len(FIXED) else None)
        for view in drawable():
            self.doing = view.__name__
            fill = Filling(random, text)
            seen, colours = drawn(fill(view), random)
            if wrong := fault_of(seen, colours=colours, real=False, picture=view in {MapPicture, Captioned}):
                return Verdict(self.name, wrong)
        self.doing = "lines"
        for line in lines(Filling(random, text)):
            if wrong := fault_of(line.encode("utf-8", "surrogatepass")):
                return Verdict(self.name, wrong)
        return Verdict(self.name)


def drawable() -> list[type]:
    """Return every class of the user interface that Rich can draw."""
    found = []
    for info in iter_modules(ui.__path__):
        module = import_module(f"{ui.__name__}.{info.name}")
        classes = [value for value in vars(module).values() if inspect.isclass(value) and value.__module__ == module.__name__]
        found += [value for value in classes if hasattr(value, "__rich_console__")]
    return found


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def drawn(view: Any, random: Random) -> tuple[bytes, bool]:
    """Draw a view on a terminal of some width; return what was sent, and whether colours are wanted."""
    stream, colours = _Terminal(newline=""), random.random() < 0.7
    environ = {"COLUMNS": str(random.choice([20, 40, 80, 160, 300])), "TERM": "xterm-256color"}
    console = open_console(stream, "always" if colours else "never", environ)
    console.print(view)
    return stream.getvalue().encode("utf-8", "surrogatepass"), colours


def lines(fill: Filling) -> Iterator[str]:
    """Yield what is written without Rich: safe text and JSON."""
    yield safe.safe_text(fill.text)
    yield safe.safe_text(fill.text, one_line=True)
    yield safe.escape_json(fill.text.replace("\0", ""))
    yield progress.figures(fill(Progress))
    yield reports.tuned_line(fill(import_module("semspace.records").Tuned)).replace(fill.text, "")


class Filling:
    """Values of any type whose every text is a hostile one."""

    def __init__(self, random: Random, text: str) -> None:
        self.text = text
        self._random = random
        self._makers: dict[Any, Maker] = {
            str: lambda _: text,
            int: lambda r: r.randint(0, 400),
            float: lambda r: r.choice([0.0, r.random(), r.random() * 1e9]),
            bool: lambda r: r.random() < 0.5,
            type(None): lambda _: None,
            Any: lambda r: r.choice([text, [text, 1], {text: text}, 2.5, None]),
            Hits: self._hits,
            Hit: self._hit,
            Contest: self._contest,
            ModeResult: self._result,
            Neighborhood: self._neighborhood,
            MapPicture: self._picture,
            # What is a Text already has passed `safe_text`: a map of a space makes it so.
            Text: lambda _: Text(safe.safe_text(text)),
            SemspaceError: lambda _: SemspaceError(text, text),
            tables.ModelList: lambda _: tables.ModelList([self._card()]),
            tables.ModelView: lambda _: tables.ModelView(self._card()),
            tree.ComparisonView: lambda r: tree.ComparisonView(Comparison(text, text, r.random())),
        }

    def __call__(self, kind: Any) -> Any:
        """Return a value of a type."""
        if kind in self._makers:
            return self._makers[kind](self._random)
        if dataclasses.is_dataclass(kind):
            return typing.cast("type[Any]", kind)(**self._fields(kind))
        return self._generic(kind)

    def _fields(self, kind: Any) -> dict[str, Any]:
        hints = typing.get_type_hints(kind, include_extras=True)
        return {field.name: self(hints[field.name]) for field in dataclasses.fields(kind) if field.init}

    def _generic(self, kind: Any) -> Any:
        origin, inner = typing.get_origin(kind), typing.get_args(kind)
        if origin is typing.Literal:
            return self._random.choice(inner)
        if origin in {types.UnionType, typing.Union}:
            return self(self._random.choice(inner))
        if origin is not None and issubclass(origin, Mapping):
            return {self(inner[0]): self(inner[1])}
        if origin is tuple and inner[-1] is not Ellipsis:
            return tuple(self(one) for one in inner)
        found = [self(inner[0]) for _ in range(self._random.randint(0, 2))]
        return tuple(found) if origin is tuple else found

    def _hits(self, random: Random) -> Hits:
        found = [dataclasses.replace(self._hit(random), rank=rank) for rank in (1, 2)]
        return Hits(found, query=self.text, space=self.text, mode="hybrid", model=self.text, took_ms=random.random())

    def _hit(self, random: Random) -> Hit:
        text = "\n".join([self.text] * random.randint(1, 9))
        words = [match.span() for match in re.finditer(r"\w+", text)]
        matches = tuple(sorted(random.sample(words, min(4, len(words)))))
        path = random.choice([None, f"/{self.text}", f"/sea/{self.text}.md"])
        sound = {"text": text, "matches": matches, "answer": random.choice([None, *matches[:1]]), "path": path}
        return Hit(**{**self._fields(Hit), **sound, "key": self.text if path is None else None})

    def _picture(self, random: Random) -> MapPicture:
        rng = np.random.default_rng(random.randrange(1 << 30))
        points = rng.standard_normal((50, 2)).astype(np.float32)
        groups = rng.integers(-1, 2, 50).astype(np.int32)
        marks, labels = [Mark(0.0, 0.0, "cross")], [(0.0, 0.0, self.text, 1.0), (1.0, 1.0, self.text, 0.5)]
        return MapPicture(points, groups, [self.text, self.text], None, marks, labels, self.text)

    def _neighborhood(self, random: Random, levels: int = 2) -> Neighborhood:
        near = [self._neighborhood(random, levels - 1) for _ in range(random.randint(0, 2))] if levels else []
        return Neighborhood(self._hit(random), tuple(near))

    def _result(self, random: Random) -> ModeResult:
        return ModeResult(
            "hybrid", 10, 0.5, 0.5, 0.5, dict.fromkeys(("ndcg@10", "recall@100", "mrr@10"), (0.1, random.random()))
        )

    def _contest(self, random: Random) -> Contest:
        names = [f"{self.text}{place}" for place in range(2)]
        figures = dict.fromkeys(("ndcg@10", "recall@100", "mrr@10"), random.random())
        ways = [Measured(name, Alternative(), figures, dict.fromkeys(figures, (0.1, 0.9)), None, None, 3) for name in names]
        gap = Difference(names[0], names[1], 0.1, (0.0, 0.2), 0.04, random.random(), 1, 2, 3)
        kind = KindResult(self.text, self.text, 3, dict.fromkeys(names, 0.5))
        return Contest(self.text, 3, 6, 10, tuple(ways), (gap,), self.text, (kind,), (self.text,))

    def _card(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self(ModelCard)), "prompts": {"query": self.text}}
