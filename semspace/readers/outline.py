"""Markup with headings that stays plain text: reStructuredText, AsciiDoc, Org, LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from semspace.readers.decoding import decode
from semspace.records import Document, Heading

_RST_LINE = re.compile(r"^([!-/:-@\[-`{-~])\1{2,}[ \t]*$")
_ASCIIDOC = re.compile(r"^(={1,6})[ \t]+(\S.*?)(?:[ \t]+=+)?[ \t]*$")
_ORG = re.compile(r"^(\*+)[ \t]+(?:(?:TODO|DONE)[ \t]+)?(?:\[#.\][ \t]*)?(\S.*?)(?:[ \t]+:[\w@#%:]+:)?[ \t]*$")
_ORG_KEYWORD = re.compile(r"^#\+(title|date|author|language)[ \t]*:[ \t]*(.*\S)", re.IGNORECASE | re.MULTILINE)
_LATEX = re.compile(
    r"^[^%\n]{0,200}?\\(part|chapter|section|subsection|subsubsection|paragraph)\*?(?:\[[^\]\n]{0,300}\])?\{", re.MULTILINE
)
_LATEX_LEVELS = ("part", "chapter", "section", "subsection", "subsubsection", "paragraph")
_LATEX_TITLE = re.compile(r"^[^%\n]{0,200}?\\title(?:\[[^\]\n]{0,300}\])?\{", re.MULTILINE)
_LATEX_COMMAND = re.compile(r"\\(?:label|thanks|footnote|vspace|hspace)\*?\{[^{}]*\}|\\[a-zA-Z]+\*?|\\\\|(?<!\\)[{}~$]")
_LATEX_ESCAPE = re.compile(r"\\([&%$#_{}])")
MAX_TITLE = 300
"""Characters of a heading that are kept."""
_MAX_DEPTH = 12
_MAX_CHARACTERS = 4 * 10**6
"""Characters in the paths of all headings of a document: a text that is all headings has none that says anything."""
_COST = 16
LONGEST = 1_000
"""Characters of a line that are looked at: the time that patterns take may grow with the square of them."""


def paths(found: Iterable[tuple[int, int, str]]) -> tuple[Heading, ...]:
    """Turn (offset, level, title) in the order of the text into headings with their full paths; none where they are too many.

    Of a path the innermost 12 levels are kept, of a title 300 characters.
    """
    open_levels: list[tuple[int, str]] = []
    headings = []
    room = _MAX_CHARACTERS
    for start, level, title in found:
        while open_levels and open_levels[-1][0] >= level:
            open_levels.pop()
        open_levels.append((level, title[:MAX_TITLE]))
        path = tuple(name for _, name in open_levels[-_MAX_DEPTH:])
        room -= sum(map(len, path)) + _COST
        if room < 0:
            return ()
        headings.append(Heading(start, path))
    return tuple(headings)


def offsets(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield (character offset, line) of lines that "\\n" joins; of a line only its beginning."""
    start = 0
    for line in lines:
        yield start, line[:LONGEST]
        start += len(line) + 1


def read_rst(path: str, data: bytes) -> Document:
    """Read reStructuredText; the first kind of underline that occurs is the outermost level."""
    text = decode(data)
    headings = paths(_rst_headings(text.split("\n")))
    return Document(path, text, "rst", title=headings[0].path[0] if headings else None, headings=headings)


def _rst_headings(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    styles: list[tuple[str, bool]] = []
    placed = list(offsets(lines))
    lines = [line for _, line in placed]
    for number in range(1, len(lines)):
        match, title = _RST_LINE.match(lines[number]), lines[number - 1].rstrip()
        if not match or not title.strip() or _RST_LINE.match(title) or len(match[0].rstrip()) < len(title):
            continue
        overline = number > 1 and lines[number - 2].rstrip() == lines[number].rstrip()
        if title[0].isspace() and not overline:
            continue
        style = (match[1], overline)
        if style not in styles:
            styles.append(style)
        yield placed[number - 2 if overline else number - 1][0], styles.index(style), title.strip()


def read_asciidoc(path: str, data: bytes) -> Document:
    """Read AsciiDoc."""
    text = decode(data)
    headings = paths(_marked(text, _ASCIIDOC, ("----", "....", "====", "++++", "```")))
    return Document(path, text, "asciidoc", title=headings[0].path[0] if headings else None, headings=headings)


def read_org(path: str, data: bytes) -> Document:
    """Read Org; its title and author come from `#+TITLE:` and `#+AUTHOR:`."""
    text = decode(data)
    keywords = {match[1].lower(): match[2] for match in _ORG_KEYWORD.finditer(text[:4096])}
    headings = paths(_marked(text, _ORG, ()))
    return Document(path, text, "org", title=keywords.pop("title", None), metadata=keywords, headings=headings)


def _marked(text: str, pattern: re.Pattern[str], fences: tuple[str, ...]) -> Iterator[tuple[int, int, str]]:
    """Yield the headings whose level is the number of marks before them, outside fenced blocks."""
    fence = ""
    for start, line in offsets(text.split("\n")):
        bare = line.rstrip()
        if fence:
            fence = "" if bare == fence else fence
        elif bare and (bare in fences or bare.startswith("```")) and fences:
            fence = "```" if bare.startswith("```") else bare
        elif match := pattern.match(line):
            yield start, len(match[1]), match[2].rstrip()


def read_latex(path: str, data: bytes) -> Document:
    """Read LaTeX as it stands, commands included."""
    text = decode(data)
    headings = paths(
        (match.start(), _LATEX_LEVELS.index(match[1]), words)
        for match in _LATEX.finditer(text)
        if (words := _latex_words(_argument(text, match.end())))
    )
    title = _LATEX_TITLE.search(text)
    name = _latex_words(_argument(text, title.end())) if title else ""
    return Document(path, text, "latex", title=name or None, headings=headings)


def _argument(text: str, start: int) -> str:
    """Return what stands from `start` to the brace that closes the argument."""
    depth = 1
    for position in range(start, min(len(text), start + 500)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if not depth:
            return text[start:position]
    return ""


def _latex_words(text: str) -> str:
    return " ".join(_LATEX_ESCAPE.sub(r"\1", _LATEX_COMMAND.sub(" ", text)).split())
