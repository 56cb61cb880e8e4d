"""Text, markup, tables, mail and RTF that nest, repeat or grow without end."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable

from semspace.bench.faults.hostile import READ, Hostile, Outside, content, reaching

KIND = "hostile text (Markdown, JSON, CSV, HTML, mail, RTF)"
_DEEP = 100_000
_MILLION = 1_000_000


def _front(block: str, mark: str = "---") -> bytes:
    return f"{mark}\n{block}\n{mark}\nriver bread\n".encode()


def merges(levels: int = 14) -> bytes:
    """Return YAML whose mappings merge each other, nine times as much on each line."""
    lines = ["a0: &a0 {x: 1}"] + [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, levels)]
    return _front("\n".join(lines))


def laughs(levels: int = 30) -> bytes:
    """Return YAML whose lists hold each other, nine times as much on each line."""
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return _front("\n".join(lines))


def _running(outside: Outside) -> bytes:
    """Return YAML that wants a folder made when it is read."""
    return _front(f"a: !!python/object/apply:os.mkdir ['{outside.folder}/made']")


def _parts(count: int) -> bytes:
    """Return mail in mail in mail."""
    heads = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(count))
    return f"Subject: river\n{heads}Content-Type: text/plain\n\nbread".encode()


def _letters(count: int) -> bytes:
    head = "From ann@example.org Mon Jan  1 10:00:00 2024\nSubject: river {}\n\nbread\n\n"
    return "".join(head.format(number) for number in range(count)).encode()


def _addressed() -> bytes:
    return b"To: " + b"a@b.c, " * 100_000 + b"\nSubject: " + b"=?utf-8?q?x?= " * 50_000 + b"\n\nriver"


def _tar(outside: Outside) -> bytes:
    """Return an archive that wants to be unpacked over other files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name in ("../../../../../../evil", f"{outside.folder}/made", "link"):
            info = tarfile.TarInfo(name)
            info.type = tarfile.SYMTYPE if name == "link" else tarfile.REGTYPE
            info.linkname = f"{outside.folder}/secret.txt" if name == "link" else ""
            archive.addfile(info)
    return buffer.getvalue()


def _mailed(outside: Outside) -> bytes:
    body = f'<img src="{outside.url}"><p>river</p><iframe src="{outside.file}">'
    external = f'Content-Type: message/external-body; access-type=URL; URL="{outside.url}"\n\n\n'
    parts = f"--b\nContent-Type: text/html\n\n{body}\n--b\n{external}--b--\n"
    return f"Subject: river\nContent-Type: multipart/mixed; boundary=b\n\n{parts}".encode()


def _texts() -> list[tuple[str, Callable[[], bytes], str]]:
    return [
        ("headings.md", lambda: b"# river\n" * _MILLION, READ),
        ("levels.org", lambda: "".join("*" * n + " river\n" for n in range(1, 1_000)).encode(), READ),
        ("line.txt", lambda: b"river " * 2_000_000, READ),
        ("long.txt", lambda: b"river " * 17_000_000, "too large"),
        ("word.txt", lambda: b"r" * 1_000_000, READ),
        ("title.md", lambda: b"# " + b"river " * 2_000_000 + b"\n\nbread", READ),
        ("quotes.md", lambda: b">" * _DEEP + b" river", READ),
        ("lists.md", lambda: "".join("  " * n + "- river\n" for n in range(1_000)).encode(), READ),
        ("marks.md", lambda: b"- " * _DEEP + b"river", READ),
        ("emphasis.md", lambda: b"# " + b"*a_" * _DEEP, READ),
        ("brackets.md", lambda: b"# " + b"![" * _DEEP + b"\n" + b"[" * _DEEP, READ),
        ("ticks.md", lambda: b"# " + b"`" * _DEEP + b"a\n" + b"```" * _DEEP, READ),
        ("many-ticks.md", lambda: (b"# " + b"`" * 300 + b"a\n") * 3_000, READ),
        ("one-line-headings.md", lambda: b"# " * 40 + b"\nriver", READ),
        ("underlines.md", lambda: b"river\n" * _DEEP + b"=" * _DEEP, READ),
        ("deep-yaml.md", lambda: _front("a: " + "[" * 60_000), READ),
        ("dashes-yaml.md", lambda: _front("- " * 30_000), READ),
        ("merges-yaml.md", merges, READ),
        ("laughs-yaml.md", laughs, READ),
        ("itself-yaml.md", lambda: _front("a: &a [*a]\nb: &b {c: *b}"), READ),
        ("number-yaml.md", lambda: _front("a: 0x" + "F" * 60_000), READ),
        ("dots-toml.md", lambda: _front("a." * 30_000 + "b = 1", "+++"), READ),
        ("deep-toml.md", lambda: _front("a = " + "[" * 60_000, "+++"), READ),
        ("styles.rst", lambda: "".join(f"river\n{mark * 5}\n\n" for mark in "=-~^+*#" * 20_000).encode(), READ),
        ("stars.adoc", lambda: b"= river" + b" =" * _DEEP + b"x\n" + b"==== " * _DEEP, READ),
        ("title.tex", lambda: b"\\title[" * _DEEP + b"\\section{" * _DEEP, READ),
        ("voices.vtt", lambda: b"WEBVTT\n\n00:00.000 --> 00:01.000\n" + b"<v river " * _DEEP, READ),
        ("numbers.srt", lambda: b"1" * _MILLION + b"\n00:00:01,000 --> 00:00:02,000\nriver", READ),
        ("comments.unknown", lambda: b"<!-- -->" * _DEEP + b"river", READ),
    ]


def _structured() -> list[tuple[str, Callable[[], bytes], str]]:
    return [
        ("deep.json", lambda: b'{"a":' * _DEEP, READ),
        ("closed.json", lambda: b"[" * _DEEP + b"1" + b"]" * _DEEP, READ),
        ("names.json", lambda: json.dumps({"k" * 400_000: ["river"] * 30_000}).encode(), READ),
        ("lists.json", lambda: b"[" + b"[]," * 8_000_000 + b'"river"]', f"{READ}|memory"),
        ("numbers.json", lambda: b"[" + b"9" * 5_000 + b", 1e999999, -Infinity, NaN, 1" + b"0" * 9_000 + b"]", READ),
        ("deep.ipynb", lambda: b'{"cells":' * _DEEP, "not a valid notebook"),
        ("lines.jsonl", lambda: b'{"a":[[[[[1]]]]]}\n' * 200_000, READ),
        ("header.csv", lambda: b"r" * 79 + b"," + b"b" * 79 + b"\n" + b"1,2\n" * 500_000, f"{READ}|more text|memory"),
        ("quote.csv", lambda: b'a,"' + b"river\n" * 500_000, READ),
        ("columns.csv", lambda: (b"a," * 400_000 + b"\n") * 2, READ),
        ("endless.py", lambda: b"x=" + b"(" * _MILLION, "machine-written"),
    ]


def _others() -> list[tuple[str, Callable[[], bytes], str]]:
    return [
        ("deep.html", lambda: b"<div>" * _DEEP + b"river", "nested too deeply"),
        ("bold.html", lambda: b"<b>" * 200_000 + b"river", "nested too deeply"),
        ("paragraphs.html", lambda: b"<p>river <b>x</b>" * 100_000, READ),
        ("tables.html", lambda: b"<table><tr><td>" * 5_000 + b"river", READ),
        ("attributes.html", lambda: b"<a " + b"x=1 " * 500_000 + b">river", READ),
        ("script.html", lambda: b"<p>river<script>" + b"document.write(1);" * 200_000, READ),
        ("charset.html", lambda: b"<meta charset=idna><meta charset=zlib>" + b"<meta charset" * 4_000 + b"<p>river", READ),
        ("entities.html", lambda: b"<p>river " + b"&notanentity;&#x110000;&#0;" * 100_000, READ),
        ("ruby.html", lambda: b"<ruby><rt>" * 4_000 + b"river", READ),
        ("parts.eml", lambda: _parts(20_000), f"{READ}|nested too deeply"),
        ("addresses.eml", _addressed, READ),
        ("type.eml", lambda: b"Content-Type: text/plain; " + b"a*0*=''x; " * 50_000 + b"\n\nriver", READ),
        ("boundary.eml", lambda: b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\n" * 100_000 + b"river", READ),
        ("charset.eml", lambda: b"Content-Type: text/plain; charset=unicode_escape\n\nriver \\x41", READ),
        ("base64.eml", lambda: b"Content-Transfer-Encoding: base64\n\n" + b"QUFB\n" * 400_000, READ),
        ("many.mbox", lambda: _letters(20_000), READ),
        ("date.eml", lambda: b"Date: Mon, 1 Jan 99999999999999 10:00:00 +9999999\nSubject: river\n\nbread", READ),
        ("braces.rtf", lambda: b"{\\rtf1" + b"{" * 300_000 + b"river", f"{READ}|no text|damaged"),
        ("binary.rtf", lambda: b"{\\rtf1 river \\bin999999999 " + bytes(1_000) + b"bread}", f"{READ}|damaged|no text"),
        ("letters.rtf", lambda: b"{\\rtf1 " + b"\\u-10179?\\u-8704?\\u55357?" * 50_000 + b"}", f"{READ}|damaged"),
        ("bomb.txt", lambda: gzip.compress(bytes(10**8)), "archive"),
        ("bomb.md", lambda: gzip.compress(gzip.compress(bytes(10**8))), "archive"),
        ("fake.docx", lambda: b"MZ" + bytes(58) + b"PE\0\0" + b"river" * 1_000, "compiled code"),
        ("pickle.txt", lambda: b"\x80\x04cos\nmkdir\n(S'x'\ntR.", f"binary|{READ}"),
    ]


SLOW = frozenset({"line.txt", "long.txt", "lists.json", "header.csv", "headings.md"})
MARKUP: list[Hostile] = [
    content(KIND, name, make, said, slow=name in SLOW) for name, make, said in [*_texts(), *_structured(), *_others()]
]
MARKUP += [
    reaching(KIND, "running-yaml.md", _running, READ),
    reaching(KIND, "traversal.tar.gz", _tar, "archive"),
    reaching(KIND, "traversal.md", _tar, "archive"),
    reaching(KIND, "outside.eml", _mailed, READ),
]
