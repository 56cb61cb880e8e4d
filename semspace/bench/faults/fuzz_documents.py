"""Readers under the fuzzer: whatever the bytes, there is a document that holds what documents hold, or a reason.

A reader is called as its process calls it, without what that catches: an exception of another kind costs a user a file.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from semspace.bench.faults.fuzzing import DEEP, Judge, Target
from semspace.bench.faults.originals import mail, originals
from semspace.errors import SkippedFile, UnreadableFile
from semspace.readers import ReaderFunction
from semspace.readers.html import read_html
from semspace.readers.limits import packed, unpacked
from semspace.readers.mail import read_mail, read_mbox
from semspace.readers.markdown import read_markdown
from semspace.readers.notebook import read_notebook
from semspace.readers.opendocument import read_opendocument
from semspace.readers.rtf import read_rtf
from semspace.readers.tables import read_json, read_jsonl, read_table
from semspace.readers.xml import read_xml

Readers = Sequence[tuple[str, ReaderFunction]]

FRONT = (
    b"---\ntitle: a\ndate: 2024-05-31\ntags: [a, b]\n---\n# A\n\ntext\n",
    b"---\na: &x [1, 2.5, null, true]\nb: *x\n? c\n: |\n  d\n---\nA\n=\n\n~~~\n# no\n~~~\n",
    b'+++\ntitle = "a"\ndate = 2024-05-31T10:00:00Z\n[more]\nn = [1, 2]\n+++\n## **A** [b](c)\n',
    b'{"title": "a", "n": {"m": [1]}}\n# A {#b}\n',
)
RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset204 Arial;}}{\info{\title Garten}}\f0\u1056?\'e4\par\uc2\u-10179 ??}",
    rb"{\rtf1\mac{\*\generator x}{\field{\fldinst HYPERLINK \"a\"}{\fldrslt b}}\tab\emdash\bin3 abc\cell\row}",
)
NOTEBOOKS = (
    b'{"worksheets": [{"cells": [{"cell_type": "code", "input": ["a"]}]}], "metadata": {"title": "t"}}',
    b'{"cells": [{"cell_type": "raw", "source": "a"}], "metadata": {"language_info": {"name": "python"}}}',
)
PAGES = (
    b"<main><h1>A<br>b</h1><ul><li>c<li>d</ul><table><tr><th>e<td>f</table><pre> g\n</pre></main><footer>h</footer>",
    b'<meta charset=latin1><meta name=author content=a><time datetime="2024-05-31">b</time><article>c<article>d</article>',
)
CSV = (b'a;b\n1;"c\n""d"""\n', b"a\tb\n1\t2\n", b"a|b\n|\n")
SHEET = b"""<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"><office:meta><dc:title>T</dc:title><dc:date>2024-05-31</dc:date>
</office:meta><office:body><office:spreadsheet><table:table table:name="S"><table:table-row>
<table:table-cell table:number-columns-repeated="2"><text:p>a<text:s text:c="3"/></text:p></table:table-cell></table:table-row>
</table:table></office:spreadsheet><draw:page><text:h text:outline-level="2">h<text:p>i</text:p></text:h></draw:page>
</office:body></office:document>"""


def judged(readers: Readers) -> Callable[[Path], Judge]:
    """Return what makes a judge: the first byte chooses among several readers."""
    return lambda _: partial(_judge, readers)


def _judge(readers: Readers, data: bytes) -> None:
    if len(readers) > 1:
        number, data = data[0] if data else 0, data[1:]
        path, read = readers[number % len(readers)]
    else:
        path, read = readers[0]
    if not data.strip(b"\x00 \t\r\n"):
        return
    try:
        document = read(path, data)
    except (SkippedFile, UnreadableFile):
        return
    head, body = packed(document)
    found = unpacked(path, json.loads(json.dumps(head)), body)
    assert found.text == document.text, "a text that UTF-8 cannot hold"
    assert "\x00" not in document.text, "a text that holds NUL"
    assert all(any(one.path) for one in document.headings), "a heading without words"


def _seeds(names: str, *more: bytes, chosen: bool = False) -> Callable[[], list[bytes]]:
    """Return originals by name and more; where several readers are chosen among, for each of them."""

    def made() -> list[bytes]:
        all_of_them = originals()
        found = [all_of_them[name] for name in names.split()] + [*more]
        return [bytes([number]) + one for number in range(3) for one in found] if chosen else found

    return made


def _unzipped() -> list[bytes]:
    """Return the parts of OpenDocument files, which a change in an archive would rarely reach, and one that is whole."""
    whole = [originals()[name] for name in ("a.odt", "a.odp")]
    parts = []
    for data in whole:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts += [b"\x00" + archive.read(name) for name in ("content.xml", "meta.xml")]
    return [*parts, b"\x00" + SHEET, b"\x01" + SHEET, b"\x01" + originals()[("a.xml")], b"\x00" + whole[0]]


_MAIL = (mail(), mail().replace(b"alternative", b"mixed").replace(b"text/html", b"message/rfc822"))

_MARKS = b"""--- +++ ``` ~~~ === - : !! <<: * &a # ]( ** \\ {# ?""".split()
_TAGS = b"<h1> </h1> <p> <br> <li> <td> <tr> <pre> <main> <article> <title> <script> <!-- --> &#0; &lt; <svg>".split()
_CELLS = rb"""cells worksheets source cell_type markdown metadata \ud800 null [] {} [[""".split()
_HEADERS = b"Subject: To: =?utf-8?q? =?utf-8?b? ?= charset= boundary= multipart/mixed quoted-printable --b <@>".split()
_VALUES = rb"""\ud800 \u0000 NaN 1e999 null [[ {} "" ; |""".split()
_CONTROLS = rb"\u-10179 \u0 \'e4 \par \uc \bin {\*\ {\title \ansicpg \fcharset \f0 \pict \upr".split()
_ELEMENTS = b"""<text:p> </text:p> <text:h> <table:table> <table:table-row> <table:table-cell> <draw:page/> text:outline-level=
<!DOCTYPE <![CDATA[ ]]> &amp; &#0; xmlns= <office:annotation> <text:note>""".split()
_TABLES: Readers = [("a.csv", read_table), ("a.json", read_json), ("a.jsonl", read_jsonl)]
_LETTERS: Readers = [("a.eml", read_mail), ("a.emlx", read_mail), ("a.mbox", read_mbox)]

TARGETS = {
    "markdown": Target(judged([("a.md", read_markdown)]), _seeds("a.md b.md", *FRONT), _MARKS),
    "html": Target(judged([("a.html", read_html)]), _seeds("a.html", *PAGES), _TAGS),
    "notebook": Target(judged([("a.ipynb", read_notebook)]), _seeds("a.ipynb", *NOTEBOOKS, DEEP), _CELLS),
    "mail": Target(judged(_LETTERS), _seeds("a.eml a.mbox", *_MAIL, chosen=True), _HEADERS),
    "tables": Target(judged(_TABLES), _seeds("a.csv a.json a.jsonl", *CSV, DEEP, chosen=True), _VALUES),
    "rtf": Target(judged([("a.rtf", read_rtf)]), _seeds("a.rtf", *RTF), _CONTROLS),
    "opendocument": Target(judged([("a.fodt", read_opendocument), ("a.xml", read_xml)]), _unzipped, _ELEMENTS),
}
