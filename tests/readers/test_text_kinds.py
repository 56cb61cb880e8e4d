"""Markdown, markup, code, tables and notebooks: text read as text."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from office_samples import Read

from semspace.errors import SkippedFile, UnreadableFile
from semspace.readers.markdown import headings_of, read_markdown
from semspace.records import Document


def outline(document: Document) -> list[tuple[str, ...]]:
    return [heading.path for heading in document.headings]


MARKDOWN = """# Boats #

Text

Hulls
=====
Two lines
of setext
---------
```
# not a heading
```
~~~~ python
# nor this
~~~
# nor this
~~~~
### [Sails](x.md) and `ropes` {#sails}

    # indented code

- item
---
#hashtag
####### seven
####
## *Last* **one**
"""


def test_markdown_headings_stand_under_those_above_them(read: Read) -> None:
    document = read("a.md", MARKDOWN.encode())
    assert outline(document) == [
        ("Boats",),
        ("Hulls",),
        ("Hulls", "Two lines of setext"),
        ("Hulls", "Two lines of setext", "Sails and ropes"),
        ("Hulls", "Last one"),
    ]
    begins = ["# Boats", "Hulls\n=", "Two lines\n", "### [Sails]", "## *Last*"]
    assert all(document.text.startswith(b, h.start) for b, h in zip(begins, document.headings, strict=True))
    assert document.text == MARKDOWN
    assert document.title == "Boats"
    assert document.lines


@pytest.mark.parametrize(
    "front",
    [
        "---\ntitle: The Sea\ndate: 2020-02-03\ntags: [a, b]\ndraft: true\n---\n",
        "---\r\ntitle: The Sea\r\ndate: 2020-02-03\r\ntags: [a, b]\r\ndraft: true\r\n...\r\n",
        '+++\ntitle = "The Sea"\ndate = 2020-02-03\ntags = ["a", "b"]\ndraft = true\n+++\n',
        '{\n"title": "The Sea",\n"date": "2020-02-03",\n"tags": ["a", "b"], "draft": true}\n',
        "\ufeff---\ntitle: The Sea\ndate: 2020-02-03\ntags: [a, b]\ndraft: true\n---\n",
    ],
)
def test_front_matter_is_metadata_and_line_numbers_stay_true(read: Read, front: str) -> None:
    document = read("a.md", (front + "# Waves\n\nThey roll.\n").encode())
    lines = document.text.split("\n")
    assert lines[front.count("\n") :] == ["# Waves", "", "They roll.", ""]
    assert not any(lines[: front.count("\n")])
    assert document.title == "The Sea"
    assert document.date == 1580688000.0
    assert document.metadata == {"date": "2020-02-03", "tags": ["a", "b"], "draft": True}
    assert json.loads(json.dumps(document.metadata)) == document.metadata


@pytest.mark.parametrize(
    "text",
    [
        "---\nnot: [closed\n---\nwords\n",
        "---\njust words\n---\nmore\n",
        "+++\nno toml\n+++\nwords\n",
        "{ no json }\nwords\n",
        "---\nnever: closed\nwords\n",
    ],
)
def test_what_only_looks_like_front_matter_stays_text(read: Read, text: str) -> None:
    document = read("a.md", text.encode())
    assert document.text == text
    assert document.metadata == {}


def test_a_file_of_front_matter_only_is_a_document_without_text(read: Read) -> None:
    document = read("a.md", b"---\ntitle: x\ntags: [y]\n---\n\n")
    assert document.text.strip() == ""
    assert (document.title, document.metadata) == ("x", {"tags": ["y"]})


def test_front_matter_that_stands_for_billions_of_values_is_cut(read: Read) -> None:
    bomb = "---\na0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    document = read("a.md", f"{bomb}---\nwords\n".encode())
    assert len(json.dumps(document.metadata)) < 100_000
    deep = "---\na: " + "[" * 20000 + "\n---\nwords\n"
    assert "words" in read("b.md", deep.encode()).text
    assert "words" in read("c.md", ("---\na: " + "{a: " * 900 + "}" * 900 + "\n---\nwords\n").encode()).text


@given(st.text(st.sampled_from("#=-`~ \n\tab*[]()<>:+{}\"'"), max_size=80))
def test_any_markdown_keeps_its_lines_and_its_headings_begin_lines(text: str) -> None:
    try:
        document = read_markdown("a.md", text.encode())
    except SkippedFile:
        return
    assert document.text.count("\n") == text.count("\n")
    for heading in headings_of(document.text):
        assert heading.start == 0 or document.text[heading.start - 1] == "\n"
        assert all(heading.path)


def test_restructuredtext_headings(read: Read) -> None:
    text = "=====\nTitle\n=====\n\nPart\n====\n\nwords ====\n\nSection\n-------\n\nOther\n=====\n\n"
    text += "====  ====\na     b\n====  ====\n"
    document = read("a.rst", text.encode())
    assert outline(document) == [("Title",), ("Title", "Part"), ("Title", "Part", "Section"), ("Title", "Other")]
    assert document.text.startswith("=====\nTitle", document.headings[0].start)
    assert document.text.startswith("Part\n", document.headings[1].start)


def test_asciidoc_org_and_latex_headings(read: Read) -> None:
    document = read("a.adoc", b"= Title\n\n----\n== code\n----\n== Part ==\n\n=== Deep\n")
    assert outline(document) == [("Title",), ("Title", "Part"), ("Title", "Part", "Deep")]
    document = read("a.org", b"#+TITLE: Sea\n#+AUTHOR: Me\n* TODO Boats :tag:\nwords\n** Sails\n*bold* words\n")
    assert outline(document) == [("Boats",), ("Boats", "Sails")]
    assert (document.title, document.metadata) == ("Sea", {"author": "Me"})
    document = read("a.tex", b"\\title{On \\emph{Boats}}\n\\section{Hulls}\n% \\section{No}\n\\subsection*{Wood \\& tar}\n")
    assert document.title == "On Boats"
    assert outline(document) == [("Hulls",), ("Hulls", "Wood & tar")]


def test_code_knows_its_language_and_keeps_its_lines(read: Read) -> None:
    source = b"def f():\n    return 1\n"
    assert (read("a.py", source).kind, read("a.py", source).language) == ("code", "Python")
    assert read("a.py", source).text == source.decode()
    assert read("Makefile", b"all:\n\techo\n").language == "Makefile"
    assert read("script", b"#!/usr/bin/env python3\nprint()\n").language == "Python"
    assert read("NOTES", b"words\n").kind == "text"


def test_minified_code_is_skipped(read: Read) -> None:
    with pytest.raises(SkippedFile, match="machine-written"):
        read("a.js", b"function(){var a=1;}" * 1000)


def test_rows_of_a_table_stand_beside_their_headers_on_their_lines(read: Read) -> None:
    data = 'Name;Price;Note\nRope;3,50;"two\nlines"\n\nAnchor;40;\n'
    document = read("a.csv", data.encode("cp1252"))
    assert document.text.split("\n")[:5] == [
        "Name; Price; Note",
        "Name: Rope; Price: 3,50; Note: two lines",
        "",
        "",
        "Name: Anchor; Price: 40",
    ]
    assert document.lines
    assert read("a.tsv", b"A\tB\n1\t2\n").text == "A; B\nA: 1; B: 2"
    assert read("b.csv", b"1,2\n3,4\n").text == "1; 2\n3; 4"
    assert read("c.csv", b'a,b\n"never closed,1\n2,3\n').text.startswith("a; b")


def test_json_becomes_lines_and_jsonl_a_record_a_line(read: Read) -> None:
    document = read("a.json", b'{"title": "Sea", "boats": [{"name": "Argo"}, {"name": "Ark", "n": [1, 2]}], "x": null}')
    assert document.text == "title: Sea\nboats.name: Argo\n\nboats.name: Ark\nboats.n: 1, 2"
    assert document.title == "Sea"
    document = read("a.jsonl", b'{"id": 1, "text": "one\\ntwo"}\n\nno json\n{"id": 2}\n')
    assert document.text == "id: 1; text: one two\n\nno json\nid: 2\n"
    assert document.lines
    assert read("b.json", b'// comment\n{"a": 1}\n').text == '// comment\n{"a": 1}\n'
    assert len(read("c.json", b"[" * 100_000 + b'"x"').text) > 100_000
    assert read("d.json", b'{"a": "\\ud800 b\\u0000"}').text == "a: \ufffd b\ufffd"


def test_a_notebook_is_its_cells_not_its_outputs(read: Read) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Tides\n", "words"]},
        {"cell_type": "code", "source": "print(1)", "outputs": [{"data": {"image/png": "iVBORw0KGgo"}}]},
        {"cell_type": "markdown", "source": "## Moon"},
    ]
    notebook = {"cells": cells, "metadata": {"language_info": {"name": "python"}}}
    document = read("a.ipynb", json.dumps(notebook).encode())
    assert document.text == "# Tides\nwords\n\nprint(1)\n\n## Moon"
    assert outline(document) == [("Tides",), ("Tides", "Moon")]
    assert document.text.startswith("## Moon", document.headings[1].start)
    assert (document.title, document.language, document.lines) == ("Tides", "python", False)
    with pytest.raises(UnreadableFile, match="not a valid notebook"):
        read("b.ipynb", b'{"cells": 3}')


def test_captions_keep_what_is_said_on_its_line(read: Read) -> None:
    data = (
        "WEBVTT\n\nNOTE x\n\n1\n00:01.000 --> 00:02.000 align:left\n<v Ann>Hello <i>there</i>\n\n00:03.000 --> 00:04.000\nBye\n"
    )
    lines = read("a.vtt", data.encode()).text.split("\n")
    assert lines[6] == "Ann: Hello there"
    assert lines[9] == "Bye"
    assert [line for line in lines if line] == ["Ann: Hello there", "Bye"]
    data = "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}Hello\n2nd line\n"
    assert read("a.srt", data.encode()).text.split("\n") == ["", "", "Hello", "2nd line", ""]


def test_a_file_without_text_is_skipped(read: Read) -> None:
    for data in (b"", b" \n\t\n", b"\x00\x00"):
        with pytest.raises(SkippedFile, match="empty"):
            read("a.txt", data)


def test_the_first_bytes_decide_where_the_name_lies(read: Read) -> None:
    with pytest.raises(SkippedFile, match="image"):
        read("a.txt", b"\x89PNG\r\n\x1a\n" + bytes(50))
    with pytest.raises(SkippedFile, match="archive"):
        read("noname", b"\x1f\x8b\x08" + bytes(50))
    assert read("a.doc", b"{\\rtf1\\ansi Hello there}").text == "Hello there"
    assert read("a.xls", b"<html><body><table><tr><td>a<td>b</table>").text == "a | b"
    assert read("b.doc", b"just words").text == "just words"
    assert read(os.fsdecode(b"\xff.md"), b"# Words\n").title == "Words"
