"""HTML -> text with headings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from semspace.errors import UnreadableFile
from semspace.readers.decoding import clean, decode
from semspace.readers.frontmatter import seconds
from semspace.readers.outline import paths
from semspace.records import Document, Heading

_CHARSET = re.compile(
    rb"<meta[^<>]*charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)|<\?xml[^<>]*encoding\s*=\s*[\"']([A-Za-z0-9_.-]+)",
    re.IGNORECASE,
)
_SILENT = (
    "script, style, noscript, template, svg, math annotation, iframe, object, canvas, nav, footer, dialog, "
    "select, button, textarea, input, a[hreflang], [hidden], [aria-hidden=true], "
    "[role=navigation], [role=banner], [role=contentinfo], [role=search]"
)
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure form "
        "h1 h2 h3 h4 h5 h6 header hgroup hr html li main menu ol optgroup option p pre section summary table tbody "
        "tfoot thead tr ul",
    )
)
_SPACED = frozenset(re.findall(r"\w+", "blockquote dl figure h1 h2 h3 h4 h5 h6 hr ol p pre table ul"))
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CELLS = frozenset({"td", "th"})
_SPACE = re.compile(r"[ \t\n\r\f\xa0]+")
_NESTING = re.compile(r"<(/?)(?!(?:p|li|d[dt]|t[dhr]|tbody|thead|option|br|hr|img|input|meta|link|col|wbr)[\s/>])[a-zA-Z]")
_MAX_DEPTH = 10_000
_MAIN = "main, [role=main], article"
_MAIN_SHARE = 0.4
"""A main part with less of the page's text than this is not what the page is about."""
_DATE = (
    'meta[property="article:published_time"]',
    'meta[name="date" i]',
    'meta[name="dcterms.created" i]',
    'meta[name="dc.date" i]',
    "time[datetime]",
)
_METADATA = ("author", "description", "keywords")


def read_html(path: str, data: bytes) -> Document:
    """Read a page: its text without scripts, styles and navigation."""
    return page(path, decode_html(data))


def decode_html(data: bytes) -> str:
    """Decode as the page declares where that is true."""
    match = _CHARSET.search(data[:65536])
    declared = (match[1] or match[2]).decode("ascii") if match else None
    return decode(data, declared)


def parsed(html: str) -> LexborHTMLParser:
    """Parse a page; raises UnreadableFile where it nests too deeply: the parser's time grows with the square of that."""
    depth = 0
    for match in _NESTING.finditer(html):
        depth = max(depth - 1, 0) if match[1] else depth + 1
        if depth > _MAX_DEPTH:
            raise UnreadableFile("nested too deeply")
    return LexborHTMLParser(html)


def page(path: str, html: str) -> Document:
    """Read the decoded text of a page."""
    tree = parsed(html)
    title = tree.css_first("head > title") or tree.css_first("title")
    text, headings = text_of(tree)
    root = tree.root
    language = root.attributes.get("lang") if root else None
    date = next((stamp for selector in _DATE if (stamp := seconds(_content(tree, selector))) is not None), None)
    metadata = {name: clean(value) for name in _METADATA if (value := _content(tree, f'meta[name="{name}" i]'))}
    name = " ".join(clean(title.text()).split()) if title else ""
    if not name and headings:
        name = headings[0].path[0]
    return Document(path, text, "html", name or None, language or None, metadata, headings, lines=False, date=date)


def _content(tree: LexborHTMLParser, selector: str) -> str | None:
    node = tree.css_first(selector)
    return (node.attributes.get("content") or node.attributes.get("datetime") or None) if node else None


def text_of(tree: LexborHTMLParser) -> tuple[str, tuple[Heading, ...]]:
    """Return the visible text of a page and its headings; the main part alone where there is one that holds most of it."""
    body = tree.body
    if body is None:
        return "", ()
    for node in tree.css(_SILENT):
        node.decompose()
    writer = _Writer()
    writer.walk(body)
    mains = tree.css(_MAIN)
    outer = [node for node in mains if not any(other.mem_id != node.mem_id and _within(node, other) for other in mains)]
    if outer:
        part = _Writer()
        for node in outer:
            part.walk(node)
            part.block(2)
        if part.size > _MAIN_SHARE * writer.size:
            writer = part
    return writer.result()


def _within(node: LexborNode, other: LexborNode) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.mem_id == other.mem_id:
            return True
        parent = parent.parent
    return False


@dataclass(slots=True)
class _Writer:
    """Writes text as a browser lays it out: white space collapsed, blocks on lines of their own."""

    parts: list[str] = field(default_factory=list)
    size: int = 0
    newlines: int = 2
    space: bool = False
    found: list[tuple[int, int, str]] = field(default_factory=list)
    pre: int = 0
    bullet: bool = False
    open_heading: tuple[int, int] | None = None

    def walk(self, root: LexborNode) -> None:
        """Walk without recursion: pages nest as deep as they like."""
        node: LexborNode | None = root
        while node is not None:
            self.enter(node)
            child = node.child
            if child is not None:
                node = child
                continue
            while node is not None:
                self.leave(node)
                if node.mem_id == root.mem_id:
                    return
                if node.next is not None:
                    node = node.next
                    break
                node = node.parent

    def enter(self, node: LexborNode) -> None:
        tag = node.tag
        if tag == "-text":
            # Here, not at the end: places are counted in it.
            self.text(clean(node.text_content or ""))
        elif tag == "br":
            self.newline()
        elif tag in _CELLS:
            if self.newlines == 0:
                self.space = False
                self.raw(" |")
                self.space = True
        elif tag in _BLOCKS:
            self.block(2 if tag in _SPACED else 1)
            self.pre += tag == "pre"
            if tag == "li":
                self.bullet = True
            elif tag in _HEADINGS:
                self.open_heading = (len(self.parts), int(tag[1]))

    def leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in _HEADINGS and self.open_heading:
            first, level = self.open_heading
            self.open_heading = None
            start = self.size - sum(map(len, self.parts[first:]))
            words = "".join(self.parts[first:])
            lead = len(words) - len(words.lstrip())
            if title := " ".join(words.split()):
                self.found.append((start + lead, level, title))
        if tag in _BLOCKS:
            self.pre -= tag == "pre"
            self.bullet = self.bullet and tag != "li"
            self.block(2 if tag in _SPACED else 1)

    def text(self, text: str) -> None:
        if self.pre:
            self.raw(text)
            return
        words = _SPACE.sub(" ", text)
        if words == " " or not words:
            self.space = self.space or (bool(words) and self.newlines == 0)
            return
        if words[0] == " ":
            self.space, words = self.newlines == 0, words[1:]
        if words[-1] == " ":
            self.raw(words[:-1])
            self.space = True
        else:
            self.raw(words)

    def raw(self, text: str) -> None:
        if not text:
            return
        if self.bullet:
            text = "- " + text
        elif self.space and not self.newlines:
            text = " " + text
        self.space = self.bullet = False
        self.parts.append(text)
        self.size += len(text)
        self.newlines = 0

    def newline(self) -> None:
        self.space = False
        if self.newlines < 2:
            self.parts.append("\n")
            self.size += 1
            self.newlines += 1

    def block(self, newlines: int) -> None:
        while self.newlines < newlines and self.size:
            self.newline()
        self.space = False

    def result(self) -> tuple[str, tuple[Heading, ...]]:
        text = "".join(self.parts).rstrip()
        return text, paths(self.found)
