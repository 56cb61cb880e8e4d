"""What is asked, checked: how many hits, of which passages, how they are chosen and shown."""

from __future__ import annotations

import operator
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from semspace.errors import EmptyQuery, InvalidInput
from semspace.paths import real
from semspace.records import MODES, Filter
from semspace.store import period

NO_FILTER = Filter()

FOREVER = 1e15
"""Seconds; no moment is further from 1970."""

LONGEST = 100_000
"""Characters of a query; an encoder sees the first hundreds of words at most."""

DEEPEST = 100
"""Levels of a neighbourhood: each is a call within the one above."""

_WORD = re.compile(r"\w")

_WHAT = r"\s+(?:(?:about|with|from|in|on|by|using|for|any|the|a|an)\s+)*(?P<what>[^.,;:?!]{1,80})"
_EXCLUDING = re.compile(r"\b(?:(?:but|and)\s+not|without|except|excluding|other\s+than)" + _WHAT, re.IGNORECASE)
_NOT = re.compile(r"\w\s+not" + _WHAT, re.IGNORECASE)
_NEGATING = re.compile(
    r"\b(?:do|does|did|is|are|was|were|am|be|been|can|could|will|would|shall|should|has|have|had|must|may|might|need|or|why|if"
    r"|whether)\b",
    re.IGNORECASE,
)
"""In a query with one of these, a bare "not" says what is not so, rather than what is not wanted."""


@dataclass(frozen=True, slots=True)
class Options:
    """How many hits, of which passages, how they are chosen, and how they are dressed.

    `plus` and `without` are texts whose meaning is added to the query or taken from it; `likes` and `dislikes` are passages
    that were judged. `everything` gives hits also where none looks like an answer. `steered` is what is added to the query's
    vector, number by number, if anything is.
    """

    k: int = 10
    chosen: Filter = NO_FILTER
    per_document: int | None = None
    lines: int = 0
    rerank: bool | str = False
    diverse: bool = False
    plus: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    likes: tuple[int, ...] = ()
    dislikes: tuple[int, ...] = ()
    everything: bool = False
    explain: bool = False
    reasons: bool = False
    taste: str | None = None
    steered: tuple[float, ...] = ()


class Narrowing(TypedDict, total=False):
    """Which passages may answer: files and folders, globs, and dates (seconds since 1970, or 2024, 2024-05-31, 7d).

    `ids`: none but these passages, by number.
    """

    paths: Sequence[str | os.PathLike[str]]
    include: Sequence[str]
    exclude: Sequence[str]
    since: str | float | None
    until: str | float | None
    ids: Sequence[int] | None


class Wishes(Narrowing, total=False):
    """How hits are chosen; also which passages may answer.

    `rerank`: the best anew, by the installed reranker, else by late interaction of the encoder's own tokens; or by the one
    that is named ("tokens" is the encoder's own). `diverse`: hits unlike each other. `plus` and
    `without`: texts whose meaning is added to the query or taken from it. `more_like` and `less_like`: hits already judged,
    as `#ID` or the number. `everything`: hits also where none looks like an answer. `explain`: what speaks for each. `reasons`:
    the sentence of each that answers, and the words that carry it by their meaning.
    `taste`: the name of a taste (`Space.like`) or an axis; what answers is put in its order.
    `boost` and `mute`: features, as `f12` or a word of their names, of which hits have more or less.
    `view`: the name of what `Space.erase` kept: search without what tells the values of its field apart.
    """

    rerank: bool | str
    diverse: bool
    plus: Sequence[str]
    without: Sequence[str]
    more_like: Sequence[str | int]
    less_like: Sequence[str | int]
    everything: bool
    explain: bool
    reasons: bool
    taste: str | None
    boost: Sequence[str]
    mute: Sequence[str]
    view: str | None


def filter_of(where: str | None, narrow: Narrowing) -> Filter:
    """Return the filter that a caller means. Raises InvalidInput, PathNotFound."""
    return Filter(
        where=where,
        paths=tuple(real(path) for path in narrow.get("paths", ())),
        include=tuple(narrow.get("include", ())),
        exclude=tuple(narrow.get("exclude", ())),
        since=_moment(narrow.get("since"), end=False),
        until=_moment(narrow.get("until"), end=True),
        ids=_numbers(narrow.get("ids")),
    )


def _numbers(ids: Sequence[int] | None) -> tuple[int, ...] | None:
    try:
        return None if ids is None else tuple(map(operator.index, ids))
    except TypeError as error:
        raise InvalidInput("Ids of passages are whole numbers.", "Hit.id is one.") from error


def _moment(value: str | float | None, *, end: bool) -> float | None:
    if value is None:
        return None
    if isinstance(value, (int, float)) and abs(value) <= FOREVER:
        return float(value)
    span = period(value) if isinstance(value, str) else None
    if span is None:
        raise InvalidInput(f"{value!r} is no date.", "Write 2024, 2024-05, 2024-05-31, or 7d for seven days ago.")
    return span[1] if end else span[0]


def check_query(query: str) -> None:
    """Raise EmptyQuery or InvalidInput where a query cannot be asked."""
    if len(query) > LONGEST:
        raise InvalidInput(
            f"The query has {len(query):,} characters; {LONGEST:,} are the most.", "Ask for what is near a file: similar FILE"
        )
    if not _WORD.search(query):
        raise EmptyQuery("The query holds no letter and no digit.", "Ask with at least one word.")


def checked(query: str, mode: str, options: Options) -> Options:
    """Return options whose numbers are numbers of Python. Raises EmptyQuery, InvalidInput."""
    check_query(query)
    if mode not in MODES:
        raise InvalidInput(f"There is no mode {mode!r}.", f"Modes: {', '.join(MODES)}.")
    limit = options.per_document
    return replace(
        options,
        k=count("k", options.k, 1),
        per_document=None if limit is None else count("per_document", limit, 1),
        lines=count("lines", options.lines, 0),
    )


def count(name: str, value: int, least: int, most: int | None = None) -> int:
    """Return a value that is a whole number within bounds. Raises InvalidInput."""
    try:
        # A truth value is a number to Python; numbers of other packages are none to FAISS.
        number = int(operator.index(value))
    except TypeError:
        number = least - 1
    if number < least or (most is not None and number > most):
        bound = f"{least} at least" if most is None else f"from {least} to {most}"
        raise InvalidInput(f"{name} must be a whole number, {bound}, not {value!r}.")
    return number


def excluded(query: str) -> str | None:
    """Return the words that a query means to exclude, None where there are none: to an encoder "A but not B" is near to B.

    Weller, Lawrie, Van Durme: NevIR (2024): encoders rank texts with and without a negation alike.
    """
    match = _EXCLUDING.search(query) or (None if _NEGATING.search(query) else _NOT.search(query))
    return match["what"].strip() if match and _WORD.search(match["what"]) else None
