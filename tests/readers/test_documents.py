"""Office files, PDF, books, pages and mail, as the child process reads them."""

# ruff: noqa: RUF001 - foreign letters are what this is about
from __future__ import annotations

import office_samples as sample
import pytest
from office_samples import Read

from semspace.errors import SkippedFile, UnreadableFile
from semspace.records import Document


def outline(document: Document) -> list[tuple[str, ...]]:
    return [heading.path for heading in document.headings]


def test_word_has_headings_and_footnotes(read: Read) -> None:
    paragraphs = [("Heading1", "Boats"), ("Normal", "They float."), ("Heading2", "Sails"), ("Normal", "They pull.")]
    document = read("a.docx", sample.docx(paragraphs, footnote="Mind the boom."))
    assert outline(document) == [("Boats",), ("Boats", "Sails")]
    assert document.text.startswith("Sails\n", document.headings[1].start)
    assert document.text.endswith("Mind the boom.")
    assert document.title == "Boats"
    assert not document.lines


def test_slides_are_pages(read: Read) -> None:
    document = read("a.pptx", sample.pptx([["Intro", "First point"], ["Second", "Other point"]]))
    assert [document.text[a:b].split() for a, b in zip(document.pages, [*document.pages[1:], None], strict=True)] == [
        ["Intro", "First", "point"],
        ["Second", "Other", "point"],
    ]
    assert outline(document) == [("Intro",), ("Second",)]


def test_rows_of_a_sheet_stand_beside_their_headers(read: Read) -> None:
    document = read("a.xlsx", sample.xlsx([["Name", "Price"], ["Rope", "3"], ["Anchor", "40"]]))
    assert document.text == "Prices\nName; Price\nName: Rope; Price: 3\nName: Anchor; Price: 40"
    assert outline(document) == [("Prices",)]


def test_opendocument_text_slides_and_sheets(read: Read) -> None:
    body = '<text:h text:outline-level="1">Boats</text:h><text:p>They <text:span>float</text:span><text:s/>well'
    body += "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>A note</text:p></text:note-body>"
    body += "</text:note>.</text:p><text:list><text:list-item><text:p>item</text:p></text:list-item></text:list>"
    meta = "<dc:title>Sea</dc:title><meta:creation-date>2020-01-02T03:04:05</meta:creation-date>"
    document = read("a.odt", sample.opendocument(body, meta=meta))
    assert document.text == "Boats\n\nThey float well (A note) .\n\nitem"
    assert (document.title, document.date, outline(document)) == ("Sea", 1577934245.0, [("Boats",)])
    slides = "<draw:page><text:p>One</text:p></draw:page><draw:page><text:p>Two</text:p></draw:page>"
    document = read("a.odp", sample.opendocument(slides, "presentation"))
    assert (document.text, document.pages) == ("One\n\nTwo", (0, 5))
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>".format
    rows = "".join(f"<table:table-row>{cell(a)}{cell(b)}</table:table-row>" for a, b in (("Name", "Price"), ("Rope", "3")))
    endless = '<table:table-row><table:table-cell table:number-columns-repeated="1000000000"/></table:table-row>'
    sheet = f'<table:table table:name="T">{rows}{endless}</table:table>'
    assert read("a.ods", sample.opendocument(sheet, "spreadsheet")).text == "Name; Price\nName: Rope; Price: 3"


def test_a_book_has_its_chapters_in_their_order(read: Read) -> None:
    document = read("a.epub", sample.epub(["<h1>One</h1><p>First</p>", "<h1>Two</h1><p>Second</p><script>x()</script>"]))
    assert document.text == "One\n\nFirst\n\nTwo\n\nSecond"
    assert (document.title, document.language, document.metadata) == ("The Sea", "en", {"authors": ["A. Sailor"]})
    assert document.text.startswith("Two", document.headings[1].start)


def test_pages_of_a_pdf_are_where_they_are_said_to_be(read: Read) -> None:
    document = read("a.pdf", sample.pdf(["Anchors hold", "Boats float", "Waves roll"], title="The Sea"))
    ends = [*document.pages[1:], len(document.text)]
    pages = [document.text[start:end].strip() for start, end in zip(document.pages, ends, strict=True)]
    assert pages == ["Anchors hold", "Boats float", "Waves roll"]
    assert (document.title, document.date) == ("The Sea", 1577934245.0)
    assert [document.text[heading.start :][: len(heading.path[-1])] for heading in document.headings] == pages


def test_a_pdf_without_text_is_skipped_and_a_damaged_one_unreadable(read: Read) -> None:
    with pytest.raises(SkippedFile, match="without text"):
        read("a.pdf", sample.pdf(["", ""]))
    with pytest.raises(UnreadableFile, match="damaged PDF"):
        read("b.pdf", b"%PDF-1.7\n" + bytes(200))


HTML = """<!doctype html><html lang="de"><head><title>The Sea &amp; us</title>
<meta name="author" content="A. Sailor"><meta property="article:published_time" content="2020-01-02T03:04:05Z">
<style>p {color: red}</style><script>var x = "<p>no</p>"</script></head><body>
<nav><a href="/">Home</a></nav><header>Top</header>
<main><h1>The  <em>Sea</em></h1><p>It is
 <b>wide</b>, and<br>deep.</p><ul><li>salt<li>fish<li></ul>
<pre>a
  b</pre><table><tr><th>Name<th>Price<tr><td>Rope</td> <td> 3 </td></table>
<h2>Waves</h2><p hidden>secret</p><p>roll</p><noscript>no</noscript><template>no</template></main>
<footer>Imprint</footer></body></html>"""


def test_a_page_is_what_a_reader_sees_of_its_main_part(read: Read) -> None:
    document = read("a.html", HTML.encode())
    assert document.text == (
        "The Sea\n\nIt is wide, and\ndeep.\n\n- salt\n- fish\n\na\n  b\n\nName | Price\nRope | 3\n\nWaves\n\nroll"
    )
    assert outline(document) == [("The Sea",), ("The Sea", "Waves")]
    assert document.text.startswith("Waves", document.headings[1].start)
    assert (document.title, document.language, document.date) == ("The Sea & us", "de", 1577934245.0)
    assert document.metadata == {"author": "A. Sailor"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "koi8-r", "windows-1251"])
def test_pages_are_read_in_the_encoding_that_they_declare(read: Read, encoding: str) -> None:
    page = f'<html><head><meta http-equiv="content-type" content="text/html; charset={encoding}"></head><body>Ещё!</body>'
    assert read("a.html", page.encode(encoding)).text == "Ещё!"


def test_a_page_may_nest_deeply_but_not_without_end(read: Read) -> None:
    assert read("a.html", b"<div>" * 5_000 + b"words").text == "words"
    assert read("b.html", b"<p>words<br>" * 50_000).text.startswith("words")
    with pytest.raises(UnreadableFile, match="nested too deeply"):
        read("c.html", b"<div>" * 100_000 + b"words")


def test_xml_gives_its_text_but_neither_entities_nor_files(read: Read) -> None:
    document = read("a.xml", b"<?xml version='1.0'?><a><title>Sea</title><p>It is <b>wide</b> and deep.</p><c>x</c></a>")
    assert document.text == "Sea\nIt is wide and deep.\nx"
    assert document.title == "Sea"
    laughs = '<!DOCTYPE a [<!ENTITY b "ha">' + "".join(f'<!ENTITY b{n} "{"&b;" * 10}">' for n in range(9)) + "]><a>&b8;</a>"
    outside = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>words &x;</a>'
    for bomb in (laughs, outside):
        with pytest.raises(UnreadableFile, match="entities"):
            read("b.xml", bomb.encode())
    assert read("c.xml", b"<a>not <b>closed").text == "<a>not <b>closed"
    assert read("d.xml", "<?xml version='1.0' encoding='koi8-r'?><a>Ещё</a>".encode("koi8-r")).text == "Ещё"


MAIL = """From: =?utf-8?q?J=C3=B6rg?= <j@example.org>
To: Ann <ann@example.org>
Subject: =?utf-8?b?R3LDvMOfZQ==?=
Date: Thu, 02 Jan 2020 03:04:05 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Sch=F6ne Gr=FC=DFe
--c
Content-Type: text/html

<p>HTML twin</p>
--c--
--b
Content-Type: application/octet-stream
Content-Disposition: attachment; filename=x.bin
Content-Transfer-Encoding: base64

AAAA
--b--
"""


def test_mail_has_its_headers_decoded_and_its_text_once(read: Read) -> None:
    document = read("a.eml", MAIL.encode())
    assert document.text.endswith("\n\nSchöne Grüße")
    assert document.text.startswith("Subject: Grüße\nFrom: Jörg <j@example.org>\nTo: Ann")
    assert (document.title, document.date) == ("Grüße", 1577934245.0)
    assert document.metadata["from"] == "Jörg <j@example.org>"
    html = read("b.eml", b"Subject: x\nContent-Type: text/html; charset=koi8-r\n\n<p>" + "Ещё".encode("koi8-r"))
    assert html.text == "Subject: x\n\nЕщё"


def test_each_message_of_a_mailbox_stands_under_its_subject(read: Read) -> None:
    one = "From a@b Thu Jan  2 03:04:05 2020\nSubject: {}\n\n{}\n\n"
    document = read("a.mbox", (one.format("Boats", "float\n>From here") + one.format("Sails", "pull")).encode())
    assert outline(document) == [("Boats",), ("Sails",)]
    assert document.text.startswith("Subject: Sails", document.headings[1].start)
    assert "\nFrom here" in document.text
    assert read("inbox", one.format("Boats", "float").encode()).kind == "mail"


def test_rtf_in_a_japanese_code_page_is_japanese(read: Read) -> None:
    words = "".join(f"\\'{byte:02x}" for byte in "こんにちは".encode("cp932"))
    data = "{\\rtf1\\ansi\\ansicpg932{\\fonttbl{\\f0\\fcharset128 Mincho;}}\\f0 Hello " + words + "\\par\\u-10187?\\u-8905?}"
    assert read("a.rtf", data.encode()).text == "Hello こんにちは\n𝔷"


@pytest.mark.parametrize("suffix", ["docx", "pptx", "xlsx", "odt", "epub"])
def test_documents_cut_off_or_encrypted_say_so(read: Read, suffix: str) -> None:
    whole = sample.docx([("Normal", "words")]) if suffix == "docx" else sample.epub(["<p>words</p>"])
    with pytest.raises(UnreadableFile, match=r"not a valid .* damaged or cut off"):
        read("a." + suffix, whole[: len(whole) // 2])
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    if suffix in ("docx", "pptx", "xlsx"):
        with pytest.raises(UnreadableFile, match="encrypted: needs a password"):
            read("b." + suffix, ole)


def test_an_encrypted_opendocument_says_so(read: Read) -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    with pytest.raises(UnreadableFile, match="encrypted: needs a password"):
        read("a.odt", sample.opendocument("x", manifest=manifest))


@pytest.mark.parametrize("suffix", ["docx", "pptx", "xlsx", "odt", "epub"])
def test_a_bomb_in_a_zip_is_refused(read: Read, suffix: str) -> None:
    name = {"docx": "word/document.xml", "odt": "content.xml", "epub": "META-INF/container.xml"}.get(suffix, "xl/x.xml")
    with pytest.raises(UnreadableFile, match="unpacks to more than a document would"):
        read("a." + suffix, sample.zipped({name: bytes(210 * 2**20)}))


def test_plain_archives_are_not_opened(read: Read) -> None:
    with pytest.raises(SkippedFile, match="archive"):
        read("noname", sample.zipped({"a.txt": "words"}))


def test_a_last_slide_or_sheet_may_be_empty(read: Read) -> None:
    slides = "<draw:page><text:p>One</text:p></draw:page><draw:page></draw:page>"
    assert read("a.odp", sample.opendocument(slides, "presentation")).pages == (0, 3)
    row = "<table:table-row><table:table-cell><text:p>Rope</text:p></table:table-cell></table:table-row>"
    sheets = f'<table:table table:name="T">{row}</table:table><table:table table:name="U"/>'
    document = read("a.ods", sample.opendocument(sheets, "spreadsheet"))
    assert (document.text, outline(document)) == ("Rope", [("T",), ("U",)])
    document = read("a.pptx", sample.pptx([["Intro", "First point"], []]))
    assert (document.text, document.pages) == ("Intro\n\nFirst point", (0, 18))


def test_headings_stay_in_their_places_behind_returns_of_a_typewriter(read: Read) -> None:
    returns = "&#13;&#10;" * 8
    body = f"<text:p>a{returns}b</text:p><text:h text:outline-level='1'>Boats</text:h>"
    for name, data in (
        ("a.odt", sample.opendocument(body)),
        ("a.html", f"<pre>a{returns}b</pre><h1>Boats</h1>".encode()),
    ):
        document = read(name, data)
        assert "\r" not in document.text
        assert document.text[document.headings[0].start :] == "Boats"
