"""A text -> where its sentences stand: by full stops in prose, by lines in lists, tables and code."""

from __future__ import annotations

import re
from itertools import pairwise

FULL = 60
"""From so many characters on, a line may have been broken because it was full."""

_PROSE = re.compile(r"[^\W\d_]+[ ,.;'\u2019-]|[(\"*_`\u201c\u2018]\w")
_CLOSING = "\"'\u201d\u2019\u00bb)\\]*_"
_OPENING = "\"'\u201c\u2018\u00ab(\\[*_"
_STOP = re.compile(
    f"(?<=[.!?\u2026])[{_CLOSING}]*[ \\t]+(?=[{_OPENING}]*[^\\W_])"
    f"|(?<=[\u061f\u06d4\u0964\u0965])[{_CLOSING}]*\\s*"  # Arabic, Urdu, Hindi
    "|(?<=[\u3002\uff01\uff1f\uff61])[\"'\u201d\u2019\u300d\u300f\uff09]*(?![\u3002\uff01\uff1f\uff61])\\s*"
)
_WORD_BEFORE = re.compile(r"[\w.]{0,24}\w(?=\.$)")
_SHORTENED = """
al approx ca cf co dept dr ed eds eq est etc fig figs gen inc jr ltd mr mrs ms no nos pp prof sen sr st vol vs
bzw dh geb nr sog str usw vgl zb
"""
_ABBREVIATIONS = frozenset(_SHORTENED.split())
_MONTH = re.compile("(?:Jan|Feb|M\u00e4r|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)")
_BARE = re.compile(r"\s*(#{1,6}\s|```|~~~|(?:[-=*_+|:]\s*){3,}$)")


def runs_on(line: str, after: str) -> bool:
    """Tell whether a line of prose was broken because it was full, and the next one goes on with it."""
    return len(line) >= FULL and line.count(" ") >= FULL // 10 and _PROSE.match(after) is not None and not line.endswith("  ")


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) of each sentence, without the blanks around it; a line that is no prose is one by itself."""
    found: list[tuple[int, int]] = []
    for start, end in _paragraphs(text):
        last = start
        for stop in _STOP.finditer(text, start, end):
            if stop.end() > last and not _goes_on(text, last, stop):
                found.append((last, stop.end()))
                last = stop.end()
        found.append((last, end))
    trimmed = [(end - len(text[start:end].lstrip()), start + len(text[start:end].rstrip())) for start, end in found]
    return [(start, end) for start, end in trimmed if start < end]


def bare(text: str) -> bool:
    """Tell whether a line says nothing by itself: a heading, a fence, a rule."""
    return _BARE.match(text) is not None


def _paragraphs(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) of lines, those joined that were broken because they were full."""
    lines = text.split("\n")
    found: list[tuple[int, int]] = []
    start = end = 0
    for line, after in pairwise([*lines, ""]):
        end += len(line)
        if not runs_on(line, after):
            found.append((start, end))
            start = end + 1
        end += 1
    return found


def _goes_on(text: str, start: int, stop: re.Match[str]) -> bool:
    """Tell whether a full stop ends no sentence: a small letter follows, or it is that of an abbreviation."""
    after = text[stop.end() : stop.end() + 4].lstrip(_OPENING.replace("\\", ""))
    if after[:1].islower():
        return True
    word = _WORD_BEFORE.search(text, max(start, stop.start() - 24), stop.start())
    if word is None or text[stop.start() - 1] != ".":
        return False
    name = word.group()
    # An item of a list, or a date in German.
    ordinal = name.isdigit() and len(name) <= 2 and (not text[start : word.start()].strip() or _MONTH.match(text, stop.end()))
    return bool(ordinal) or (len(name) == 1 and name.isalpha()) or "." in name or name.casefold() in _ABBREVIATIONS
