"""The command in a real terminal: as a process, with an editor, and without what it needs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from semspace.bench.browsing import Driven


def test_enter_opens_the_editor_at_the_line_and_the_screen_comes_back(place: Path, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {tmp_path}/said\n', encoding="utf-8")
    editor.chmod(0o700)
    driven = Driven(
        ["ship", "--index", "themes", "--home", str(place / "home"), "--models", str(place / "models")],
        {"EDITOR": str(editor), "VISUAL": ""},
    )
    driven.until(re.compile(rb"sea-\d\d\.md|Nothing looks"))
    driven.press(b"\x01")
    driven.until(re.compile(rb"\.md"))
    driven.rest(0.5)
    driven.press(b"\r")
    driven.rest(0.3)
    driven.press(b"\r")
    driven.until(re.compile(rb"\x1b\[\?1049h"))
    driven.rest(0.5)
    assert re.fullmatch(r"\+1\|/.*/documents/\w+-\d\d\.md\|", (tmp_path / "said").read_text(encoding="utf-8"))
    assert driven.end() == 0
    # What the terminal was before: no other screen, no mouse.
    assert driven.written.rindex(b"\x1b[?1049l") > driven.written.rfind(b"\x1b[?1049h")


def test_without_colours_no_colour_is_sent(place: Path) -> None:
    arguments = ["ship", "--index", "themes", "--home", str(place / "home"), "--models", str(place / "models")]
    for environ, colored in (({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({}, True)):
        driven = Driven(arguments, environ)
        driven.until(re.compile(rb"\xb7 \d+ ms|nothing looks"))
        driven.rest(0.5)
        sent = driven.written
        assert driven.end() == 0
        assert bool(re.search(rb"\x1b\[(?:\d+;)*(?:3[1-7]|9[1-7]|38;[25])(?:;\d+)*m", sent)) == colored


def test_an_error_is_told_before_the_screen_is_taken(tmp_path: Path) -> None:
    driven = Driven(["--index", "none", "--home", str(tmp_path)])
    driven.until(re.compile(rb"none"))
    assert driven.wait(20.0) == 2
    assert b"\x1b[?1049h" not in driven.written


def test_a_pipe_is_told_to_search_instead(place: Path) -> None:
    command = [sys.executable, "-m", "semspace", "browse", "--index", "themes", "--home", str(place / "home")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert ran.returncode == 2
    assert "browse needs a terminal" in ran.stderr
    assert ran.stdout == ""
