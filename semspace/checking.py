"""Is a space what it says it is? Every part is compared with what it was made from; nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from semspace import settings
from semspace.arrays import Ids
from semspace.calibration import KEY, Calibration
from semspace.derived import DerivedTokens, DerivedVectors, DerivedWords
from semspace.derived.arrays import SUFFIX, DerivedArrays, kept_in
from semspace.encoders import Encoder
from semspace.errors import SemspaceError
from semspace.lexical import LexicalIndex, terms
from semspace.records import Finding
from semspace.settings import Settings
from semspace.store import STORE, Row, Store, audit

SAMPLE = 200
"""Passages whose answers, or whose vectors, are made anew and compared."""

NEAR = 0.999
"""The least cosine between a stored vector and the same text encoded again: half precision and bfloat16 stay above it."""

MISSING = "missing, damaged or of another time"
ASTRAY = "passages are missing or too many"

MISSED = 0.05
"""Share of a sample that an approximate index may miss."""

SEED = 7

BEGINNING = 200
"""Characters of a passage by whose words it is looked for."""

_WORD = re.compile(r"\w*")

UNASKED = "semspace repair puts it aside; it is made anew when it is asked for"
REBUILD = "the next `semspace index` makes it anew from the store"
REENCODE = "the next `semspace index` encodes the tokens of what is missing"
REPAIR = "semspace repair mends what can be had again, and says what cannot"
REFILL = "index the folders into a new space: the encoder is not what it was"


def check(folder: Path, chosen: Settings, store: Store, encoder: Callable[[], Encoder] | None = None) -> Iterator[Finding]:
    """Yield what is found about each part of a space; with an encoder, a sample of texts is encoded again."""
    yield from _looked(
        {
            "store": lambda: _store_file(store),
            "texts": lambda: _rows("texts", audit.damaged_texts(store), "texts of documents", "whole"),
            "documents": lambda: _rows("documents", audit.damaged_documents(store), "facts of documents", "what was stored"),
            "passages": lambda: _rows("passages", audit.damaged_passages(store), "passages", "slices of their documents"),
            "calibration": lambda: check_calibration(store),
            "vectors": lambda: _rows("vectors", audit.damaged_vectors(store), "vectors", "whole, finite and of unit length"),
        }
    )
    yield from check_derived(folder, chosen, store)
    if encoder is not None:
        yield from _looked({"encoding": lambda: _encoded_again(store, encoder)})


def check_derived(folder: Path, chosen: Settings, store: Store) -> Iterator[Finding]:
    """Yield what is found about each file that is made from the store."""
    parts = {
        "settings": lambda: _settings_file(folder, chosen, store),
        "vector index": lambda: _vector_index(DerivedVectors(folder, store, chosen.index_kind, chosen.effort), store),
        "lexical index": lambda: _lexical_index(DerivedWords(folder, store), store),
    }
    if chosen.engine is not None:
        parts.pop("vector index")
    yield from _looked(parts)
    if chosen.token_vectors:
        tokens = DerivedTokens(folder, store, chosen.fingerprint)
        yield from _looked({"token vectors": lambda: _token_vectors(tokens, store)})
    names = {f"{name}{SUFFIX}": DerivedArrays(folder, store, name) for name in kept_in(folder)}
    yield from _looked({name: partial(_kept, name, arrays, store) for name, arrays in names.items()})


def _looked(parts: Mapping[str, Callable[[], Finding]]) -> Iterator[Finding]:
    for part, look in parts.items():
        try:
            yield look()
        except SemspaceError as error:
            # A page that SQLite cannot read makes this part unknowable, not the others.
            yield Finding(part, 1, f"cannot be checked: {error}", REPAIR)


def _rows(part: str, wrong: Ids, things: str, sound: str) -> Finding:
    if len(wrong):
        return Finding(part, len(wrong), f"{len(wrong)} {things} are not {sound}", REPAIR)
    return Finding(part, 0, f"all {things} are {sound}")


def _store_file(store: Store) -> Finding:
    problems = audit.file_problems(store)
    if problems:
        return Finding("store", len(problems), f"SQLite: {'; '.join(problems[:3])}", REPAIR)
    return Finding("store", 0, "the file and its references are sound")


def _settings_file(folder: Path, chosen: Settings, store: Store) -> Finding:
    try:
        settings.decode(store.setting(settings.KEY) or "", STORE)
    except SemspaceError:
        return Finding("settings", 1, f"{STORE} does not say what the space is; {settings.FILE} does", REBUILD)
    try:
        mirrored = settings.mirrored(folder)
    except (OSError, ValueError, SemspaceError):
        return Finding("settings", 1, f"{settings.FILE} cannot be read", REBUILD)
    if mirrored != chosen:
        return Finding("settings", 1, f"{settings.FILE} does not say what the store says", REBUILD)
    return Finding("settings", 0, f"{settings.FILE} says what the store says")


def check_calibration(store: Store) -> Finding:
    """Say whether what a space learned of itself is what was stored."""
    text = store.setting(KEY)
    try:
        if text is not None:
            Calibration.from_json(text)
    except ValueError:
        return Finding("calibration", 1, "what the space learned of itself is not what was stored", REPAIR)
    return Finding("calibration", 0, "what the space learned of itself is what was stored" if text else "nothing learned yet")


def _sample(store: Store) -> Ids:
    ids = store.encoded_ids()
    return np.sort(np.random.default_rng(SEED).permutation(ids)[:SAMPLE])


def _nothing_yet(part: str, generation: int, remedy: str = REBUILD) -> Finding:
    """Return what is to be said of an index without a file: a space that was only just made needs none."""
    return Finding(part, 1, MISSING, remedy) if generation else Finding(part, 0, "there is nothing to hold yet")


def _vector_index(derived: DerivedVectors, store: Store) -> Finding:
    part, sample = "vector index", _sample(store)
    index = derived.intact()
    if index is None:
        return _nothing_yet(part, store.generation)
    if astray := len(np.setxor1d(index.ids(), store.encoded_ids())):
        return Finding(part, astray, f"{astray} {ASTRAY}", REBUILD)
    best = derived.search(store.vectors(sample), 1)
    wrong = sum(not len(ranking) or abs(float(ranking.scores[0]) - 1) > 1 - NEAR for ranking in best)
    if wrong > (0 if index.exact else MISSED * len(sample)):
        return Finding(part, wrong, f"{wrong} of {len(sample)} passages are not found by their own vectors", REBUILD)
    return Finding(part, 0, f"holds every passage; {len(sample)} are found by their own vectors")


def _lexical_index(derived: DerivedWords, store: Store) -> Finding:
    part, sample = "lexical index", _sample(store)
    index = derived.intact()
    if index is None:
        return _nothing_yet(part, store.generation)
    if astray := len(np.setxor1d(index.ids(), store.ids())):
        return Finding(part, astray, f"{astray} {ASTRAY}", REBUILD)
    rows = store.rows(sample.tolist()).values()
    wrong = sum(not _found_by_its_words(row, index) for row in rows)
    if wrong:
        return Finding(part, wrong, f"{wrong} of {len(sample)} passages are not found by their own words", REBUILD)
    return Finding(part, 0, f"holds every passage; {len(sample)} are found by their own words")


def _token_vectors(derived: DerivedTokens, store: Store) -> Finding:
    part = "token vectors"
    index = derived.intact()
    if index is None:
        return _nothing_yet(part, store.generation, REENCODE)
    if astray := len(np.setxor1d(index.ids(), store.encoded_ids())):
        return Finding(part, astray, f"{astray} {ASTRAY}", REENCODE)
    return Finding(part, 0, "holds every passage")


def _kept(part: str, arrays: DerivedArrays, store: Store) -> Finding:
    """Look at a file of a map or of neighbours; one that is not there is made when it is asked for."""
    # Only a check needs these.
    from semspace.derived import maps, names, neighborhoods

    held = arrays.examined()
    graph, layout = neighborhoods.understood(held), maps.understood(held)
    named = part.startswith(names.NAMES) and bool(names.understood(held))
    if held is None or (graph is None and layout is None and "mean" not in held and not named):
        return Finding(part, 1, "damaged, or of another time", UNASKED)
    if graph is None:
        return Finding(part, 0, "what was written")
    known = store.encoded_ids()
    rows = np.flatnonzero(np.isin(held["ids"], known))
    rows = rows[np.isin(held["ids"][graph.neighbors[rows, :1]], known).all(axis=1)]
    rows = np.sort(np.random.default_rng(SEED).permutation(rows)[:SAMPLE])
    if not graph.k or not len(rows):
        return Finding(part, 0, "what was written")
    # Several may have the same neighbour.
    others, inverse = np.unique(held["ids"][graph.neighbors[rows, 0]], return_inverse=True)
    cosines = (store.vectors(held["ids"][rows]) * store.vectors(others)[inverse]).sum(axis=1)
    wrong = int((np.abs(cosines - graph.similarities[rows, 0]) > 1 - NEAR).sum())
    if wrong:
        return Finding(part, wrong, f"{wrong} of {len(rows)} neighbours are not as near as it says", UNASKED)
    return Finding(part, 0, f"what was written; {len(rows)} neighbours are as near as it says")


def _found_by_its_words(row: Row, index: LexicalIndex) -> bool:
    text = row.passage.own
    # To the end of a word: a part of one is another.
    ended = _WORD.match(text, BEGINNING)
    words = text[: ended.end() if ended else None]
    return not terms(words) or len(index.search(words, 1, np.array([row.id]))) > 0


def _encoded_again(store: Store, encoder: Callable[[], Encoder]) -> Finding:
    sample = _sample(store)
    rows = store.rows(sample.tolist())
    again = encoder().encode([rows[number].passage.encoded for number in sample.tolist()], "passage")
    cosines = (again * store.vectors(sample)).sum(axis=1) if len(sample) else np.ones(1)
    wrong = int((cosines < NEAR).sum())
    if wrong:
        return Finding("encoding", wrong, f"{wrong} of {len(sample)} texts give other vectors than those stored", REFILL)
    return Finding("encoding", 0, f"{len(sample)} texts encoded again: cosine at least {cosines.min():.5f}")
