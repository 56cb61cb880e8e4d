"""Documents -> passages: exact slices of the text, sized by the encoder's own tokens."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from semantic_text_splitter import MarkdownSplitter, TextSplitter
from tokenizers import Tokenizer

from semspace.errors import InvalidInput
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


SMALL = 8
"""Tokens that are too few to say anything alone."""

FEWEST = 8
"""Tokens that a passage may have at least."""

_HEADINGS = re.compile(r"(?:#{1,6} [^\n]*+\s*+)++")


class _Tokens:
    """Where the tokens of a text begin, to count those of any part of it."""

    def __init__(self, tokenizer: Tokenizer, text: str) -> None:
        self._starts = [start for start, _ in tokenizer.encode(text, add_special_tokens=False).offsets]
        # In steps, so that an edit does not move every cut of its document: what stays is then not encoded again. Rounded
        # down, which leaves room where words are shorter than on average.
        self.width = max(1.0, 2 * len(text) // max(1, len(self._starts)) / 2)

    def between(self, start: int, end: int) -> int:
        """Return the number of tokens that begin in a part of the text."""
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)


class Chunker:
    """Cuts documents into passages that fit the encoder, context included."""

    def __init__(self, tokenizer: Path, capacity: int, tokens: int | None = None) -> None:
        """Take a tokenizer's file, how many tokens of a text the encoder sees, and the most that a passage is to have.

        Raises InvalidInput where the encoder does not see so many.
        """
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        room = max(FEWEST, capacity - CONTEXT_TOKENS)
        if tokens is not None and not FEWEST <= tokens <= room:
            raise InvalidInput(
                f"A passage cannot have {tokens} tokens: this encoder sees {room} beside title and headings.",
                f"Say a number from {FEWEST} to {room}.",
            )
        self.capacity = min(TOKENS, room) if tokens is None else tokens
        self._plain = TextSplitter.from_huggingface_tokenizer(self._tokenizer, self.capacity)
        self._markdown = MarkdownSplitter.from_huggingface_tokenizer(self._tokenizer, self.capacity)
        self._fit = lru_cache(maxsize=1024)(self._fit_uncached)
        self.recipe = f"{VERSION}/{self.capacity}"

    def chunk(self, document: Document) -> list[Passage]:
        """Cut a document; the passages hold every character of it that is not blank, in order, none of them twice."""
        text = document.text
        newlines = [match.start() for match in re.finditer("\n", text)] if document.lines else []
        starts = [heading.start for heading in document.headings]
        passages = []
        for start, end in self._slices(document):
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

    def _slices(self, document: Document) -> Iterator[tuple[int, int]]:
        markdown = document.kind == "markdown"
        for block_start, block_end in _blocks(document):
            text = document.text[block_start:block_end]
            tokens = _Tokens(self._tokenizer, text)
            for start, end in self._joined(text, tokens, self._cut(text, tokens, markdown=markdown)):
                # What is blank to Python (U+001F, say) is not always blank to the splitter.
                if text[start:end].strip():
                    yield block_start + start, block_start + end

    def _joined(self, text: str, tokens: _Tokens, slices: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Join a lone heading or a few words with what follows them, or else with what goes before, where both fit."""
        joined: list[tuple[int, int]] = []
        small = False
        for start, end in slices:
            first = joined.pop()[0] if small and self._fits(tokens, joined[-1][0], end) else start
            joined.append((first, end))
            small = tokens.between(first, end) <= SMALL or _HEADINGS.fullmatch(text, first, end) is not None
        if small and len(joined) > 1 and self._fits(tokens, joined[-2][0], joined[-1][1]):
            end = joined.pop()[1]
            joined[-1] = (joined[-1][0], end)
        return joined

    def _fits(self, tokens: _Tokens, start: int, end: int) -> bool:
        return end - start <= WIDEST and tokens.between(start, end) <= self.capacity

    def _cut(self, text: str, tokens: _Tokens, *, markdown: bool) -> Iterator[tuple[int, int]]:
        """Cut a text by a number of characters that should fit; where it does not, by tokens, which takes far longer."""
        room = max(1, min(WIDEST, int(self.capacity * tokens.width)))
        for start, piece in (MarkdownSplitter if markdown else TextSplitter)(room).chunk_indices(text):
            end = start + len(piece)
            if self._fits(tokens, start, end):
                yield start, end
            else:
                exact = self._markdown if markdown else self._plain
                yield from ((start + offset, start + offset + len(part)) for offset, part in exact.chunk_indices(piece))

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
