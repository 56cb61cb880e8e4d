"""PDF files whose objects lead in circles, or to more than there is."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from semspace.bench.faults.hostile import READ, Hostile, Outside, content, reaching
from semspace.bench.faults.originals import pdf

KIND = "hostile PDF (circles, streams, counts)"
_MUCH = 400 * 2**20
_FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
_PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 9 0 R >> %s >> /Contents 4 0 R >>"
_WORDS = b"BT /F1 24 Tf 72 700 Td (The silver river) Tj ET"

Objects = Mapping[int, bytes | str]


def stream(data: bytes, more: str = "", *, packed: int = 0) -> bytes:
    """Return a stream object, packed so many times."""
    for _ in range(packed):
        data = zlib.compress(data, 9)
    filters = f"/Filter [{' /FlateDecode' * packed}]" if packed else ""
    return f"<< /Length {len(data)} {filters} {more} >>\nstream\n".encode() + data + b"\nendstream"


def file(objects: Objects, trailer: str = "") -> bytes:
    """Return a PDF of some objects, with a table of where they are."""
    out = bytearray(b"%PDF-1.5\n")
    places = {}
    for number, given in objects.items():
        places[number] = len(out)
        body = given if isinstance(given, bytes) else given.encode("latin-1")
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        out += f"{number} 1\n{place:010d} 00000 n \n".encode()
    size = max(objects) + 1
    out += f"trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out).replace(b"@START@", f"{start:07d}".encode())


def page(**changes: bytes | str) -> Objects:
    """Return the objects of a PDF of one page; `o4="..."` changes the fourth."""
    whole: dict[int, bytes | str] = {
        1: "<< /Type /Catalog /Pages 2 0 R >>",
        2: "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: _PAGE % "",
        4: stream(_WORDS),
        9: _FONT,
    }
    return whole | {int(name[1:]): body for name, body in changes.items()}


def _doubling(levels: int = 40) -> bytes:
    """Return a page whose picture draws another one twice, and so on: 2 to the power of 40 words."""
    drawn = {
        f"o{20 + n}": stream(
            b"/X Do /X Do",
            f"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X {21 + n} 0 R >> >>",
        )
        for n in range(levels)
    }
    drawn[f"o{20 + levels}"] = stream(
        _WORDS, "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /Font << /F1 9 0 R >> >>"
    )
    return file(page(o3=_PAGE % "/XObject << /X 20 0 R >>", o4=stream(b"/X Do"), **drawn))


def _itself() -> bytes:
    """Return a page whose picture draws itself."""
    form = "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 20 0 R >> >>"
    return file(page(o3=_PAGE % "/XObject << /X 20 0 R >>", o4=stream(b"/X Do " + _WORDS), o20=stream(b"/X Do", form)))


def _marks(following: str) -> bytes:
    """Return a page with bookmarks that follow each other in a circle."""
    marks = {
        "o1": "<< /Type /Catalog /Pages 2 0 R /Outlines 20 0 R >>",
        "o20": "<< /Type /Outlines /First 21 0 R /Last 22 0 R /Count 2 >>",
        "o21": f"<< /Title (river) /Parent 20 0 R /Next 22 0 R /Dest [3 0 R /Fit] {following} >>",
        "o22": "<< /Title (bread) /Parent 20 0 R /Next 21 0 R /Dest [3 0 R /Fit] >>",
    }
    return file(page(**marks))


def _object_streams(extends: str) -> bytes:
    """Return a PDF whose object stream extends itself."""
    inner = b"30 0 << /Type /Catalog /Pages 2 0 R >>"
    return file(page(o20=stream(inner, f"/Type /ObjStm /N 1 /First 5 /Extends {extends}")), "/XRefStm 999999")


def _table_stream() -> bytes:
    """Return a PDF whose table of objects is a stream that claims two thousand million of them."""
    table = stream(b"\x01" * 64, "/Type /XRef /W [1 8 8] /Size 2147483647 /Index [0 2147483647] /Root 1 0 R /Prev 9")
    body = b"%PDF-1.5\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    return body + b"7 0 obj\n" + table + b"\nendobj\nstartxref\n" + str(len(body)).encode() + b"\n%%EOF"


def _acting(outside: Outside) -> bytes:
    """Return a page that wants to run, to fetch and to send something when it is opened."""
    actions = (
        f"<< /S /URI /URI ({outside.url}) /Next [<< /S /Launch /F ({outside.file}) >> << /S /SubmitForm /F ({outside.url}) >> "
        f"<< /S /JavaScript /JS (app.launchURL\\('{outside.url}'\\)) >> << /S /GoToR /F ({outside.file}) /D [0 /Fit] >>] >>"
    )
    external = f"<< /Length 0 /F ({outside.folder}/secret.txt) /FFilter [] >>\nstream\n\nendstream"
    pages = page(o1=f"<< /Type /Catalog /Pages 2 0 R /OpenAction {actions} /AA << /O {actions} >> >>", o20=external)
    return file({**pages, 3: (_PAGE % "").replace("4 0 R", "[4 0 R 20 0 R]")})


def _characters() -> bytes:
    """Return a page whose one letter stands for a megabyte of letters."""
    mapping = b"1 beginbfchar <41> <" + b"0042" * 250_000 + b"> endbfchar"
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 20 0 R >>"
    return file(page(o4=stream(b"BT /F1 9 Tf (" + b"A" * 10_000 + b") Tj ET"), o9=font, o20=stream(mapping, packed=1)))


_UNREAD = "damaged PDF|no text|without text"
_ANY = f"{READ}|{_UNREAD}"

PAPERS: list[Hostile] = [
    content(KIND, "previous.pdf", lambda: file(page(), "/Prev @START@"), _ANY),
    content(
        KIND, "tree.pdf", lambda: file(page(o2="<< /Type /Pages /Kids [2 0 R 3 0 R 2 0 R] /Count 1000000 >>")), "pages|damaged"
    ),
    content(
        KIND, "claimed.pdf", lambda: file(page(o2="<< /Type /Pages /Kids [3 0 R] /Count 1000000 >>")), "more than 20,000 pages"
    ),
    content(
        KIND,
        "pages.pdf",
        lambda: file(page(o2=f"<< /Type /Pages /Kids [{'3 0 R ' * 10**6}] /Count {10**6} >>")),
        "20,000 pages",
    ),
    content(KIND, "negative.pdf", lambda: file(page(o2="<< /Type /Pages /Kids [3 0 R] /Count -5 >>")), _ANY),
    content(KIND, "parents.pdf", lambda: file(page(o2="<< /Type /Pages /Kids [3 0 R] /Count 1 /Parent 2 0 R >>")), _ANY),
    content(KIND, "flate.pdf", lambda: file(page(o4=stream(bytes(_MUCH), packed=1))), f"{_ANY}|memory|longer than", slow=True),
    content(KIND, "flates.pdf", lambda: file(page(o4=stream(bytes(_MUCH), packed=3))), f"{_ANY}|memory|longer than", slow=True),
    content(KIND, "filters.pdf", lambda: file(page(o4=stream(_WORDS, packed=400))), _ANY),
    content(KIND, "words.pdf", lambda: file(page(o4=stream(_WORDS * 200_000, packed=1))), f"{_ANY}|longer than", slow=True),
    content(KIND, "length.pdf", lambda: file(page(o4=stream(_WORDS).replace(b"/Length ", b"/Length 99999999"))), _ANY),
    content(KIND, "indirect.pdf", lambda: file(page(o4="<< /Length 4 0 R >>\nstream\n(x) Tj\nendstream")), _ANY),
    content(KIND, "itself.pdf", _itself, _ANY),
    content(KIND, "doubling.pdf", _doubling, f"{_ANY}|longer than|memory|crashed", slow=True),
    content(KIND, "bookmarks.pdf", lambda: _marks(""), READ),
    content(KIND, "nested-bookmarks.pdf", lambda: _marks("/First 20 0 R /Last 20 0 R /Count 9"), READ),
    content(KIND, "object-streams.pdf", lambda: _object_streams("20 0 R"), _ANY),
    content(KIND, "table-stream.pdf", _table_stream, _UNREAD),
    content(KIND, "arrays.pdf", lambda: file(page(o20="[" * 200_000 + "]" * 200_000, o4="20 0 R")), f"{_ANY}|crashed"),
    content(KIND, "dictionaries.pdf", lambda: file(page(o9="<< /A " * 100_000 + ">>" * 100_000)), f"{_ANY}|crashed"),
    content(KIND, "pointer.pdf", lambda: file(page(o4="4 0 R")), _ANY),
    content(KIND, "font.pdf", _characters, f"{_ANY}|more text|memory|longer than"),
    content(KIND, "garbage.pdf", lambda: b"%PDF-1.4\n" + bytes(range(256)) * 20_000, _UNREAD),
    content(KIND, "header.pdf", lambda: b"%PDF-1.7\n%%EOF" * 200_000, _UNREAD),
    content(KIND, "many-objects.pdf", lambda: file({**page(), **dict.fromkeys(range(20, 200_000), "null")}), READ),
    content(
        KIND,
        "locked.pdf",
        lambda: file(page(), "/Encrypt << /Filter /Standard /V 5 /R 6 >> /ID [<00><00>]"),
        "password|damaged",
    ),
    content(KIND, "information.pdf", lambda: pdf(["river"], "x" * 5_000_000), READ),
    reaching(KIND, "actions.pdf", _acting, READ),
]
