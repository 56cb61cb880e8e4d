"""What is typed, and what is shown, under the fuzzer: filters run in SQLite, queries by the lexical engine, texts on a page."""

from __future__ import annotations

import base64
import gzip
import json
import unicodedata
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
from selectolax.lexbor import LexborHTMLParser

from semspace.bench.faults.fuzzing import Judge, Target
from semspace.bench.faults.predicates import predicate
from semspace.errors import InvalidFilter, InvalidInput
from semspace.lexical import LexicalIndex
from semspace.lexical.asked import understand
from semspace.records import Filter
from semspace.store import WritableStore
from semspace.ui.page import Grouping, page
from semspace.ui.safe import escape_json, safe_text, true_bytes

TEXTS = (
    "bread river mountain",
    "the doctor sent a letter",
    "Süße Äpfel 東京 it's state-of-the-art",
    "\U0001f469\u200d\U0001f4bb a\u0301",
)
HOSTILE = (
    "\x1b]52;c;aGk=\x07\x1b[2J",
    "\u202eabc\u2066",
    "[/] [red]",
    "</script><script>alert(1)</script>",
    "<!--{{words}}",
)
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
SOME = 10
ROWS = (
    """INSERT INTO documents
       (path, kind, metadata, lines, date, size, mtime_ns, content_hash, recipe, indexed, passages, checksum)
       VALUES ('/a/b.md', 'markdown', '{"tags": ["a", 1], "n": {"m": null}, "year": 2024}',
               1, 1e9, 5, 7, x'00', '', 0, 1, 0)""",
    """INSERT INTO passages (document_id, start, stop, heading, context, skips, text_hash, checksum)
       VALUES (1, 0, 1, '[]', '', '', x'00', 0)""",
)


def typed(data: bytes) -> str:
    """Return bytes as an argument of a command has them."""
    return data.decode("utf-8", "surrogateescape")


def _filters(_: Path) -> Judge:
    store = WritableStore.create(":memory:", 4)
    with store.transaction() as connection:
        for statement in ROWS:
            connection.execute(statement)
    return partial(_filter, store)


def _filter(store: WritableStore, data: bytes) -> None:
    text = typed(data)
    try:
        held = len(store.ids(Filter(where=text)))
        # Of one document that either matches or does not.
        assert held + len(store.ids(Filter(where=f"not ({text})"))) == 1, "a filter and its opposite both hold, or neither"
    except (InvalidFilter, InvalidInput) as error:
        if not error.hint:
            raise TypeError("an error without a hint") from error


def _queries(_: Path) -> Judge:
    index = LexicalIndex(None)
    index.update(np.empty(0, np.int64), [(number, "", text) for number, text in enumerate(TEXTS, 1)])
    return partial(_query, index)


def _query(index: LexicalIndex, data: bytes) -> None:
    # As a search takes it.
    text = typed(data).encode("utf-8", "replace").decode()
    asked = understand(text)
    assert asked.text.strip() or not any(map(str.isalnum, text)), "a query of words without a word"
    found = index.search(asked, SOME)
    assert np.isfinite(found.scores).all()
    assert (np.diff(found.scores) <= 0).all(), "worse before better"
    shares = index.shares(asked, index.ids())
    assert ((shares >= 0) & (shares <= 1 + 1e-9)).all(), "more words than a query has"
    for clauses in (asked.required, asked.excluded, asked.beginnings):
        index.holding(clauses, every=True)


def _shown(_: Path) -> Judge:
    scripts = page(np.zeros((2, 2), np.float32), ["", ""], [None, None]).count("<script")
    return partial(_text, scripts)


def _text(scripts: int, data: bytes) -> None:
    text = typed(data)
    for one_line in (False, True):
        shown = safe_text(text, one_line=one_line)
        wrong = [c for c in shown if (unicodedata.category(c) in {"Cc", "Cs"} and (one_line or c not in "\n\t")) or c in BIDI]
        assert not wrong, f"a terminal is shown {wrong!r}"
    said = escape_json(json.dumps(text, ensure_ascii=False))
    assert json.loads(said) == text, "JSON that means something else"
    said.encode()
    true_bytes(text)
    _page(text, scripts)


def _page(text: str, scripts: int) -> None:
    """Look whether a page holds a text as it is, and no element more than without it."""
    grouping = Grouping(text, np.array([0, -1]), [text])
    positions = np.array([[0, 0], [1, 1]], np.float32)
    html = page(positions, [text, ""], [text, None], [grouping], None, [(0.0, 0.0, text, 1.0)], text, text)
    assert html.count("<script") == scripts, "a text that is a script"
    tree = LexborHTMLParser(html)
    assert len(tree.css("script")) == scripts
    words = tree.css_first("script#words")
    assert words is not None
    held = json.loads(gzip.decompress(base64.b64decode(words.text())))
    assert held["texts"][0] == held["paths"][0] == text, "a page that holds another text"
    assert len(tree.css("head > title")) == 1


def _expressions() -> list[bytes]:
    random = Random(SOME)
    return [predicate(random).text.encode("utf-8", "surrogateescape") for _ in range(4 * SOME)]


def _lines(*texts: str) -> Callable[[], Sequence[bytes]]:
    return lambda: [text.encode() for text in texts]


_OPERATORS = rb"""and or not in exists ( ) , = != <= >= ~ ' " '' metadata. date page 2024-05 7d true 1e999 x.y""".split()
_SIGNS = rb"""+" -" " * + - "" ' AND OR NOT a* text:a ~2 ^3 [a ( \ """.split()
_ESCAPES = b"\x1b[ \x9b \xc2\x9b \xe2\x80\xae \xe2\x80\x8d \xef\xb8\x8f </title> <script {{title}}".split()
_NO_TEXT = (b"\x00", b"\xff", b"\xed\xa0\x80")
_ASKED = ('a "phrase of" +must -not begin*', "-a -b", '"', "+++", "c++ f# -1", "a'b c\u2019d", "*")

TARGETS = {
    "filters": Target(_filters, _expressions, [*_OPERATORS, *_NO_TEXT]),
    "queries": Target(_queries, _lines(*TEXTS, *_ASKED), [*_SIGNS, *_NO_TEXT]),
    "shown texts": Target(_shown, _lines(*TEXTS, *HOSTILE), [*_ESCAPES, *_NO_TEXT]),
}
