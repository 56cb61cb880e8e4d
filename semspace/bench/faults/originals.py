"""Small real files of every format that is read, made by hand."""

from __future__ import annotations

import io
import json
import zipfile

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OOXML = "application/vnd.openxmlformats-officedocument."
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def zipped(members: dict[str, str | bytes], *, stored: tuple[str, ...] = ()) -> bytes:
    """Return an archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name in stored else None)
    return buffer.getvalue()


def _package(parts: dict[str, str], main: str, extra: dict[str, str]) -> bytes:
    overrides = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in parts.items())
    defaults = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    relation = f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="{main}"/>'
    return zipped(
        {
            "[Content_Types].xml": f'{_XML}<Types xmlns="{_TYPES}">{defaults}{overrides}</Types>',
            "_rels/.rels": f'{_XML}<Relationships xmlns="{_RELATIONS}">{relation}</Relationships>',
            **extra,
        }
    )


def docx(paragraphs: list[tuple[str, str]], footnote: str = "") -> bytes:
    """Return paragraphs, given as (style, text); the styles are Normal, Heading1, Heading2."""
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>' for style, text in paragraphs
    )
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{level}"><w:name w:val="heading {level}"/>'
        f'<w:pPr><w:outlineLvl w:val="{level - 1}"/></w:pPr></w:style>'
        for level in (1, 2)
    )
    relations = "".join(
        f'<Relationship Id="r{number}" Type="{_OFFICE}/{name}" Target="{name}.xml"/>'
        for number, name in enumerate(("styles", "footnotes"), 1)
    )
    return _package(
        {
            "word/document.xml": _OOXML + "wordprocessingml.document.main+xml",
            "word/styles.xml": _OOXML + "wordprocessingml.styles+xml",
            "word/footnotes.xml": _OOXML + "wordprocessingml.footnotes+xml",
        },
        "word/document.xml",
        {
            "word/document.xml": f'{_XML}<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>',
            "word/styles.xml": f'{_XML}<w:styles xmlns:w="{W}">{styles}</w:styles>',
            "word/footnotes.xml": f'{_XML}<w:footnotes xmlns:w="{W}"><w:footnote w:id="1"><w:p><w:r><w:t>{footnote}</w:t>'
            "</w:r></w:p></w:footnote></w:footnotes>",
            "word/_rels/document.xml.rels": f'{_XML}<Relationships xmlns="{_RELATIONS}">{relations}</Relationships>',
        },
    )


def xlsx(rows: list[list[str]], sheet: str = "Prices") -> bytes:
    """Return a sheet of rows."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cells = "".join(
        f'<row r="{number}">'
        + "".join(
            f'<c r="{chr(65 + column)}{number}" t="inlineStr"><is><t>{value}</t></is></c>' for column, value in enumerate(row)
        )
        + "</row>"
        for number, row in enumerate(rows, 1)
    )
    book = f'<sheets><sheet name="{sheet}" sheetId="1" r:id="r1"/></sheets>'
    relation = f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    return _package(
        {
            "xl/workbook.xml": _OOXML + "spreadsheetml.sheet.main+xml",
            "xl/worksheets/sheet1.xml": _OOXML + "spreadsheetml.worksheet+xml",
        },
        "xl/workbook.xml",
        {
            "xl/workbook.xml": f'{_XML}<workbook xmlns="{space}" xmlns:r="{_OFFICE}">{book}</workbook>',
            "xl/worksheets/sheet1.xml": f'{_XML}<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>',
            "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_RELATIONS}">{relation}</Relationships>',
        },
    )


def pptx(slides: list[list[str]]) -> bytes:
    """Return slides of lines."""
    space = "http://schemas.openxmlformats.org/presentationml/2006/main"
    drawing = "http://schemas.openxmlformats.org/drawingml/2006/main"
    parts = {"ppt/presentation.xml": _OOXML + "presentationml.presentation.main+xml"}
    extra = {}
    relations = identifiers = ""
    for number, lines in enumerate(slides, 1):
        shapes = "".join(
            f'<p:sp><p:nvSpPr><p:cNvPr id="{index}" name="s"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/>'
            f"<p:txBody><a:bodyPr/><a:p><a:r><a:t>{line}</a:t></a:r></a:p></p:txBody></p:sp>"
            for index, line in enumerate(lines, 2)
        )
        parts[f"ppt/slides/slide{number}.xml"] = _OOXML + "presentationml.slide+xml"
        extra[f"ppt/slides/slide{number}.xml"] = (
            f'{_XML}<p:sld xmlns:p="{space}" xmlns:a="{drawing}"><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>'
        )
        relations += f'<Relationship Id="r{number}" Type="{_OFFICE}/slide" Target="slides/slide{number}.xml"/>'
        identifiers += f'<p:sldId id="{255 + number}" r:id="r{number}"/>'
    extra["ppt/presentation.xml"] = (
        f'{_XML}<p:presentation xmlns:p="{space}" xmlns:r="{_OFFICE}"><p:sldIdLst>{identifiers}</p:sldIdLst></p:presentation>'
    )
    extra["ppt/_rels/presentation.xml.rels"] = f'{_XML}<Relationships xmlns="{_RELATIONS}">{relations}</Relationships>'
    return _package(parts, "ppt/presentation.xml", extra)


def opendocument(body: str, kind: str = "text", meta: str = "", manifest: str = "<manifest/>") -> bytes:
    """Return an OpenDocument file; `body` stands inside office:text, office:presentation or office:spreadsheet."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{path}:1.0"'
        for name, path in (
            ("office", "office"),
            ("text", "text"),
            ("table", "table"),
            ("draw", "drawing"),
            ("meta", "meta"),
            ("presentation", "presentation"),
        )
    )
    spaces += ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"{_XML}<office:document-content {spaces}><office:body><office:{kind}>{body}"
            f"</office:{kind}></office:body></office:document-content>",
            "meta.xml": f"{_XML}<office:document-meta {spaces}><office:meta>{meta}</office:meta></office:document-meta>",
            "META-INF/manifest.xml": manifest,
        },
        stored=("mimetype",),
    )


def epub(chapters: list[str]) -> bytes:
    """Return a book of chapters in HTML."""
    items = "".join(
        f'<item id="c{number}" href="c{number}.xhtml" media-type="application/xhtml+xml"/>' for number in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    metadata = (
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The Sea</dc:title><dc:creator>A. Sailor'
        "</dc:creator><dc:language>en</dc:language><dc:date>2001-02-03</dc:date></metadata>"
    )
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OPS/book.opf"/></rootfiles></container>',
            "OPS/book.opf": f'<package xmlns="http://www.idpf.org/2007/opf">{metadata}<manifest>{items}</manifest>'
            f"<spine>{spine}</spine></package>",
            **{f"OPS/c{number}.xhtml": f"<html><body>{chapter}</body></html>" for number, chapter in enumerate(chapters)},
        },
        stored=("mimetype",),
    )


def pdf(pages: list[str], title: str = "") -> bytes:
    """Return a PDF with one line of text on each page and a bookmark for each."""
    count = len(pages)
    kids = " ".join(f"{10 + 2 * number} 0 R" for number in range(count))
    objects = {
        1: "<< /Type /Catalog /Pages 2 0 R /Outlines 4 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
        3: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        4: f"<< /Type /Outlines /First 100 0 R /Last {99 + count} 0 R /Count {count} >>",
        5: f"<< /Title ({title}) /CreationDate (D:20200102030405Z) >>",
    }
    for number, text in enumerate(pages):
        stream = f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET"
        objects[10 + 2 * number] = (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {11 + 2 * number} 0 R >>"
        )
        objects[11 + 2 * number] = f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream"
        sibling = f"/Next {101 + number} 0 R" if number < count - 1 else ""
        objects[100 + number] = f"<< /Title ({text}) /Parent 4 0 R /Dest [{10 + 2 * number} 0 R /Fit] {sibling} >>"
    out = bytearray(b"%PDF-1.4\n")
    places = {}
    for number, content in objects.items():
        places[number] = len(out)
        out += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        out += f"{number} 1\n{place:010d} 00000 n \n".encode()
    trailer = f"<< /Size {max(objects) + 1} /Root 1 0 R /Info 5 0 R >>"
    out += f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def ole(stream: str, words: str = "words of old") -> bytes:
    """Return what begins as an OLE container and names a stream: no program would open it."""
    return (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le") + bytes(64) + words.encode()).ljust(
        4096
    )


def mail(body: str = "The garden in winter is white.") -> bytes:
    """Return a message with two alternatives."""
    return (
        "From: Ann <ann@example.org>\nTo: Bob <bob@example.org>\nSubject: =?utf-8?q?Garden?=\n"
        "Date: Mon, 1 Jan 2024 10:00:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n"
        f"--b\nContent-Type: text/plain; charset=utf-8\n\n{body}\n--b\nContent-Type: text/html\n\n<p>{body}</p>\n--b--\n"
    ).encode()


def originals() -> dict[str, bytes]:
    """Return a file of every format by its name; its words are known to the tiny encoder."""
    words = "The river and the mountain. Bread from the oven, winter in the garden, a silver bridge."
    cells = [{"cell_type": "markdown", "source": [f"# Garden\n{words}"]}, {"cell_type": "code", "source": "river = 1"}]
    return {
        "a.txt": words.encode(),
        "a.md": f"---\ntitle: Garden\ntags: [a, b]\n---\n# River\n\n{words}\n\n## Bread\n\n{words}\n".encode(),
        "b.md": f'+++\ntitle = "Garden"\n+++\n{words}\n'.encode(),
        "a.rst": f"River\n=====\n\n{words}\n\nBread\n-----\n\n{words}\n".encode(),
        "a.adoc": f"= River\n\n== Bread\n{words}\n".encode(),
        "a.org": f"#+TITLE: Garden\n* River\n{words}\n".encode(),
        "a.tex": f"\\title{{Garden}}\n\\section{{River}}\n{words}\n".encode(),
        "a.vtt": f"WEBVTT\n\n00:00.000 --> 00:02.000\n<v Ann>{words}\n".encode(),
        "a.srt": f"1\n00:00:01,000 --> 00:00:02,000\n{words}\n".encode(),
        "a.py": f'"""{words}"""\nriver = 1\n'.encode(),
        "a.csv": b"name,price\nbread,3\nflour,4\n",
        "a.json": json.dumps({"title": "Garden", "parts": [words, {"a": 1}]}).encode(),
        "a.jsonl": b'{"a": "bread"}\n{"a": "river"}\n',
        "a.ipynb": json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}).encode(),
        "a.html": f"<html lang=en><head><title>Garden</title></head><body><h1>River</h1><p>{words}</body></html>".encode(),
        "a.xml": f"<?xml version='1.0'?><a><title>Garden</title><p>{words}</p></a>".encode(),
        "a.eml": mail(),
        "a.mbox": b"From ann@example.org Mon Jan  1 10:00:00 2024\n" + mail(),
        "a.pdf": pdf([words, words], "Garden"),
        "a.rtf": f"{{\\rtf1\\ansi {words}\\par {words}}}".encode(),
        "a.docx": docx([("Heading1", "River"), ("Normal", words)], footnote="bread"),
        "a.xlsx": xlsx([["name", "price"], ["bread", "3"]]),
        "a.pptx": pptx([["River", words], ["Bread", words]]),
        "a.odt": opendocument(f'<text:h text:outline-level="1">River</text:h><text:p>{words}</text:p>'),
        "a.odp": opendocument(f"<draw:page><text:p>{words}</text:p></draw:page>", "presentation"),
        "a.epub": epub([f"<h1>River</h1><p>{words}</p>"]),
        "a.doc": ole("WordDocument"),
        "a.ppt": ole("PowerPoint Document"),
        "a.xls": ole("Workbook"),
        "a.msg": ole("__substg1.0_"),
        "utf16.txt": words.encode("utf-16"),
        "latin.txt": "Süße Äpfel in kühlen Gärten, größer als früher.".encode("latin-1"),
    }
