"""Documents -> passages: exact slices of the text, sized by the encoder's own tokens."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from semantic_text_splitter import MarkdownSplitter, TextSplitter
from tokenizers import Tokenizer

from semspace.records import Document, Passage

VERSION = 1
"""Part of what a stored document remembers of its making: raise it when the same document would be cut otherwise."""

TOKENS = 222
"""Tokens in a passage at most, for encoders that could take more: longer passages blur what they say."""

CONTEXT_TOKENS = 32
"""Tokens of title and headings put before a passage at most."""

BLOCK = 20_000
"""Characters given to the splitter at a time: its cost grows with the square of a text without any break."""

WIDEST = 2_000
"""Characters in a passage at most: a tokenizer may call a word of any length one token."""


class Chunker:
    """Cuts documents into passages that fit the encoder, context included."""

    def __init__(self, tokenizer: Path, capacity: int) -> None:
        """Take a tokenizer's file, and how many tokens of a text the encoder sees."""
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.capacity = max(8, min(TOKENS, capacity - CONTEXT_TOKENS))
        self._plain = TextSplitter.from_huggingface_tokenizer(self._tokenizer, self.capacity)
        self._markdown = MarkdownSplitter.from_huggingface_tokenizer(self._tokenizer, self.capacity)
        self._wide = TextSplitter(WIDEST)
        self._fit = lru_cache(maxsize=1024)(self._fit_uncached)
        self.recipe = f"{VERSION}/{self.capacity}"

    def chunk(self, document: Document) -> list[Passage]:
        """Cut a document; the passages hold every character of it that is not blank, in order, none of them twice."""
        text = document.text
        splitter = self._markdown if document.kind == "markdown" else self._plain
        newlines = [match.start() for match in re.finditer("\n", text)] if document.lines else []
        starts = [heading.start for heading in document.headings]
        passages = []
        for start, end in self._slices(document, splitter):
            heading = self._heading(document, starts, start)
            passages.append(
                Passage(
                    start=start,
                    end=end,
                    text=text[start:end],
                    start_line=bisect_right(newlines, start - 1) + 1 if document.lines else None,
                    end_line=bisect_right(newlines, end - 1) + 1 if document.lines else None,
                    page=bisect_right(document.pages, start) or None if document.pages else None,
                    heading=heading,
                    context=self._context(document, heading, text[start : start + 200]),
                )
            )
        return passages

    def whole(self, document: Document) -> list[Passage]:
        """Return a document as one passage, however long; the encoder truncates it."""
        text = document.text.strip()
        start = document.text.find(text)
        last = document.text.count("\n", 0, start + len(text)) + 1
        return [Passage(start, start + len(text), text, 1, last)] if text else []

    def _slices(self, document: Document, splitter: TextSplitter | MarkdownSplitter) -> Iterator[tuple[int, int]]:
        for block_start, block_end in _blocks(document):
            for offset, piece in splitter.chunk_indices(document.text[block_start:block_end]):
                begin = block_start + offset
                if len(piece) <= WIDEST:
                    yield begin, begin + len(piece)
                else:
                    for inner, part in self._wide.chunk_indices(piece):
                        yield begin + inner, begin + inner + len(part)

    def _heading(self, document: Document, starts: list[int], start: int) -> tuple[str, ...]:
        index = bisect_right(starts, start) - 1
        return document.headings[index].path if index >= 0 else ()

    def _context(self, document: Document, heading: tuple[str, ...], beginning: str) -> str:
        parts = [document.title] if document.title else []
        parts += [part for part in heading if part not in parts]
        # A passage that begins with its own heading need not be told it twice.
        if parts and parts[-1] in beginning.split("\n", 1)[0]:
            parts.pop()
        return self._fit(" > ".join(parts)) if parts else ""

    def _fit_uncached(self, context: str) -> str:
        # The innermost headings say most of a passage: drop from the left.
        offsets = self._tokenizer.encode(context, add_special_tokens=False).offsets
        return context if len(offsets) <= CONTEXT_TOKENS else context[offsets[-CONTEXT_TOKENS][0] :]


def _blocks(document: Document) -> Iterator[tuple[int, int]]:
    """Cut at page ends, and at the last line or word end before BLOCK characters."""
    edges = sorted({0, *document.pages, len(document.text)})
    for start, stop in pairwise(edges):
        begin = start
        while stop - begin > BLOCK:
            cut = _break(document.text, begin, begin + BLOCK)
            yield begin, cut
            begin = cut
        yield begin, stop


def _break(text: str, start: int, limit: int) -> int:
    half = start + (limit - start) // 2
    for separator in ("\n#", "\n\n", "\n", " "):
        found = text.rfind(separator, half, limit)
        if found > half:
            return found
    return limit


def encoded_text(context: str, text: str) -> str:
    """Return what the encoder and the lexical index see of a passage: its context, then its text."""
    return f"{context}\n{text}" if context else text
