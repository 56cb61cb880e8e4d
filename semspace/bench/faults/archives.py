"""Documents that are archives and unpack to more, or to other, than they say."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Callable

from semspace.bench.faults.hostile import READ, Hostile, Outside, content, reaching
from semspace.bench.faults.originals import W, docx, epub, opendocument, pptx, xlsx, zipped

KIND = "hostile archives (DOCX, PPTX, XLSX, ODF, EPUB)"
_MUCH = 1_200
"""Times a block of 100,000 bytes: 120 MB."""
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WORD, _EXCEL, _ODF = "word/document.xml", "xl/worksheets/sheet1.xml", "content.xml"
_LOCAL, _CENTRAL = b"PK\x03\x04", b"PK\x01\x02"


def replaced(archive: bytes, name: str, new: str | bytes, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive with another member in the place of one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for info in old.infolist():
            if info.filename != name:
                made.writestr(info, old.read(info))
        made.writestr(name, new, method)
    return buffer.getvalue()


def patched(archive: bytes, local: int, central: int, value: bytes) -> bytes:
    """Return an archive with a field of all its headers overwritten."""
    data = bytearray(archive)
    for mark, offset in ((_LOCAL, local), (_CENTRAL, central)):
        place = data.find(mark)
        while place >= 0:
            data[place + offset : place + offset + len(value)] = value
            place = data.find(mark, place + 4)
    return bytes(data)


def _word(body: str) -> bytes:
    document = f'<?xml version="1.0"?><w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return replaced(docx([("Normal", "x")]), _WORD, document)


def _sheet(data: str) -> bytes:
    return replaced(xlsx([["a", "b"]]), _EXCEL, f'<?xml version="1.0"?><worksheet xmlns="{_SHEET}">{data}</worksheet>')


def _paragraphs() -> str:
    return ("<w:p><w:r><w:t>" + "river bread " * 8_300 + "</w:t></w:r></w:p>") * _MUCH


def _lying() -> bytes:
    return patched(_word(_paragraphs()), 22, 24, struct.pack("<I", 1_000))


def _overlapping() -> bytes:
    """Return an archive of many entries that are all one and the same."""
    data = docx([("Normal", "bread " * 20_000)])
    start = data.index(_CENTRAL)
    entries, end = data[start : data.rindex(b"PK\x05\x06")], bytearray(data[-22:])
    many = entries * 2_000
    struct.pack_into("<HHII", end, 8, 65_535, 65_535, len(many), start)
    return data[:start] + many + bytes(end)


def _holding_itself() -> bytes:
    """Return an archive whose only part is stored, and is the archive: from behind its own header to the end."""
    data = bytearray(zipped({_WORD: "x" * 500}, stored=(_WORD,)))
    central, rest = data.index(_CENTRAL), len(data) - (30 + len(_WORD))
    for place in (18, 22, central + 20, central + 24):
        struct.pack_into("<I", data, place, rest)
    return bytes(data)


def _nested(times: int = 12) -> bytes:
    data = docx([("Normal", "words")])
    for _ in range(times):
        data = replaced(docx([("Normal", "words")]), _WORD, data)
    return data


def _twice() -> bytes:
    buffer = io.BytesIO(docx([("Normal", "river")]))
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr(_WORD, f'<w:document xmlns:w="{W}"><w:body/></w:document>')
    return buffer.getvalue()


def _added(archive: bytes, members: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO(archive)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as opened:
        for name, data in members.items():
            opened.writestr(name, data)
    return buffer.getvalue()


def _linked() -> bytes:
    """Return a document whose text is a symbolic link to a file of the machine."""
    link = zipfile.ZipInfo(_WORD)
    link.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("[Content_Types].xml", "<Types/>")
    return buffer.getvalue()


def _related(outside: Outside) -> bytes:
    """Return a document that wants its parts, its template and its pictures from outside."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    wanted = [(kind, url) for kind in ("attachedTemplate", "image", "aFChunk") for url in (outside.file, outside.url)]
    relations = "".join(
        f'<Relationship Id="r{number}" Type="{office}/{kind}" Target="{url}" TargetMode="External"/>'
        for number, (kind, url) in enumerate(wanted, 10)
    )
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    wanted_too = f'<Relationships xmlns="{space}">{relations}</Relationships>'
    return replaced(docx([("Normal", "river")]), "word/_rels/document.xml.rels", wanted_too)


def _astray(outside: Outside) -> bytes:
    """Return a book whose chapters lie outside of it."""
    book = epub(["bread"])
    places = ("../../../../../../etc/passwd", outside.file, outside.url, f"../../..{outside.folder}/secret.txt", "/etc/passwd")
    items = "".join(f'<item id="c{number}" href="{place}"/>' for number, place in enumerate(places))
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(len(places)))
    return replaced(book, "OPS/book.opf", _package(items, spine))


def _package(items: str, spine: str) -> str:
    return f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}</manifest><spine>{spine}</spine></package>'


def _one_chapter_for_ever() -> bytes:
    book = epub(["<p>" + "river bread " * 50_000])
    spine = '<itemref idref="c0"/>' * 100_000
    return replaced(book, "OPS/book.opf", _package('<item id="c0" href="c0.xhtml"/>', spine))


def _shared_string() -> bytes:
    """Return a sheet with one string of a megabyte that each of many cells means."""
    cells = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, 50_001))
    book = _sheet(f"<sheetData>{cells}</sheetData>")
    relation = '<Relationship Id="r9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" '
    rels = zipfile.ZipFile(io.BytesIO(book)).read("xl/_rels/workbook.xml.rels").decode()
    book = replaced(book, "xl/_rels/workbook.xml.rels", rels.replace("</Rel", relation + 'Target="sharedStrings.xml"/></Rel'))
    string = "bread " * 170_000
    return _added(book, {"xl/sharedStrings.xml": f'<sst xmlns="{_SHEET}"><si><t>{string}</t></si></sst>'})


def _wide() -> bytes:
    inline = '<row r="{0}"><c r="{1}" t="inlineStr"><is><t>bread</t></is></c></row>'
    cells = inline.format(1, "A1") + inline.format(1_048_576, "XFD1048576")
    return _sheet(f'<dimension ref="A1:XFD1048576"/><sheetData>{cells}</sheetData>')


def _cells(times: str) -> bytes:
    """Return a sheet of one cell that claims to be there so many times."""
    row = f'<table:table-row table:number-rows-repeated="{times}"><table:table-cell table:number-columns-repeated="{times}">'
    row += "<text:p>bread</text:p></table:table-cell></table:table-row>"
    return opendocument(f"<table:table>{row}</table:table>", "spreadsheet")


def _styles() -> bytes:
    """Return a document whose styles are each based on the next, in a circle."""
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="s{n}"><w:basedOn w:val="s{(n + 1) % 500}"/></w:style>' for n in range(500)
    )
    return replaced(docx([("s0", "river")]), "word/styles.xml", f'<w:styles xmlns:w="{W}">{styles}</w:styles>')


def _deep(opening: str, closing: str, count: int = 100_000) -> str:
    return opening * count + "<w:t>x</w:t>" + closing * count


def _slide(shapes: str) -> bytes:
    spaces = (
        'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    )
    slide = f"<p:sld {spaces}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"
    return replaced(pptx([["river"]]), "ppt/slides/slide1.xml", slide)


def _crowd() -> dict[str, str | bytes]:
    return {f"word/{number}.xml": "" for number in range(30_000)}


def _bombs() -> list[tuple[str, Callable[[], bytes], str]]:
    much, overlap = "unpacks to more than a document would", "its parts overlap"
    flat = "river bread " * 8_300
    row = f"<row><c><v>{flat}</v></c></row>"
    shape = f"<p:sp><p:txBody><a:p><a:r><a:t>{flat}</a:t></a:r></a:p></p:txBody></p:sp>"
    plain, paragraph = docx([("Normal", "x")]), opendocument("<text:p>x</text:p>")
    return [
        ("ratio.docx", lambda: _word(_paragraphs()), much),
        ("ratio.xlsx", lambda: _sheet(f"<sheetData>{row * _MUCH}</sheetData>"), much),
        ("ratio.pptx", lambda: _slide(shape * _MUCH), much),
        ("ratio.odt", lambda: opendocument(f"<text:p>{flat}</text:p>" * _MUCH), much),
        ("ratio.epub", lambda: epub([f"<p>{flat}</p>" * _MUCH]), much),
        ("bz2.odt", lambda: replaced(opendocument("x"), _ODF, "<a>" + flat * 200, method=zipfile.ZIP_BZIP2), much),
        ("lzma.epub", lambda: replaced(epub(["x"]), "OPS/c0.xhtml", flat * _MUCH, method=zipfile.ZIP_LZMA), much),
        ("lying.docx", _lying, "unpacks to more than it says"),
        ("boasting.docx", lambda: patched(plain, 22, 24, b"\xfe\xff\xff\xff"), much),
        ("zip64.docx", lambda: patched(plain, 22, 24, b"\xff\xff\xff\xff"), f"damaged|{much}"),
        ("nested.docx", _nested, "not a valid Word file"),
        ("itself.docx", _holding_itself, f"not a valid Word file|{overlap}|unpacks to more"),
        ("overlap.docx", _overlapping, f"{overlap}|unpacks to more"),
        ("members.docx", lambda: _added(docx([("Normal", "river")]), _crowd()), much),
        ("traversal.docx", lambda: _added(docx([("Normal", "river")]), {"../../../../tmp/evil": "x", "/etc/evil": "x"}), READ),
        ("linked.docx", _linked, "not a valid Word file|no text in it"),
        ("twice.docx", _twice, f"{READ}|no text|not a valid"),
        ("encrypted.docx", lambda: patched(plain, 6, 8, b"\x01\x00"), "needs a password"),
        ("method.docx", lambda: patched(plain, 8, 10, b"\x62\x00"), "not a valid Word file"),
        ("checksum.odt", lambda: patched(paragraph, 14, 16, b"\x01\x02\x03\x04"), "cannot be unpacked"),
        ("cut.docx", lambda: docx([("Normal", "x")])[:-40], "damaged or cut off"),
    ]


def _nestings() -> list[tuple[str, Callable[[], bytes], str]]:
    much = "unpacks to more than a document would"
    table = ("<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>", 30_000)
    return [
        ("picture.docx", lambda: _added(docx([("Normal", "river")]), {"word/media/a.png": bytes(3 * 10**8)}), much),
        ("styles.docx", _styles, READ),
        ("shared.xlsx", _shared_string, "too much memory|ran out of memory|more text|longer than"),
        ("wide.xlsx", _wide, "not a valid Excel|too much memory|ran out|read"),
        ("repeated.ods", lambda: _cells("1000000000"), READ),
        ("spaces.odt", lambda: opendocument('<text:p>river<text:s text:c="1000000000"/>bread</text:p>'), READ),
        ("chapters.epub", _one_chapter_for_ever, READ),
        ("deep.docx", lambda: _word(_deep("<w:p><w:r>", "</w:r></w:p>")), f"{READ}|crashed|nested too deeply|not a valid"),
        ("tables.docx", lambda: _word(_deep(*table)), "crashed|nested|not a valid|no text"),
        ("deep.xlsx", lambda: _sheet(_deep("<sheetData>", "</sheetData>")), "nested|not a valid|no text|read"),
        ("deep.pptx", lambda: _slide(_deep("<p:grpSp>", "</p:grpSp>")), "crashed|nested|not a valid|no text"),
        ("deep.odt", lambda: opendocument(_deep("<text:p>", "</text:p>").replace("w:t", "text:span")), "nested too deeply"),
        ("deep.epub", lambda: epub(["<div>" * 100_000 + "x"]), "nested too deeply"),
    ]


SLOW = frozenset({"ratio.xlsx", "ratio.pptx", "bz2.odt", "lzma.epub", "picture.docx", "shared.xlsx"})
ARCHIVES: list[Hostile] = [content(KIND, name, make, said, slow=name in SLOW) for name, make, said in [*_bombs(), *_nestings()]]
ARCHIVES += [reaching(KIND, "outside.docx", _related, READ), reaching(KIND, "outside.epub", _astray, "no text in it")]
