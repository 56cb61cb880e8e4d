"""Plain text and captions -> documents."""

from __future__ import annotations

import re

from semspace.readers.decoding import decode
from semspace.records import Document

_TIMING = re.compile(r"^\s*(?:\d+:)?\d+:\d{2}[.,]\d{1,3}\s*(?:-->|,)\s*(?:\d+:)?\d+:\d{2}[.,]\d{1,3}.*$")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<[\d:.]+>|\{\\[^}]*\}")
_HEADER_BLOCK = re.compile(r"WEBVTT|NOTE\b|STYLE\b|REGION\b")


_LONGEST = 2_000
"""Characters up to which a line is searched for tags: the time for that grows with the square of them."""


def read_text(path: str, data: bytes) -> Document:
    """Read plain text in any encoding."""
    return Document(path, decode(data))


def read_captions(path: str, data: bytes) -> Document:
    """Read WebVTT, SubRip and SBV captions: what is said stays on its line, timings and settings leave empty lines."""
    lines = decode(data).split("\n")
    kept = [""] * len(lines)
    in_cue = False
    for number, line in enumerate(lines):
        if _TIMING.match(line[:_LONGEST]):
            in_cue = True
        elif not line.strip():
            in_cue = False
        elif in_cue:
            spoken = _TAG.sub("", _VOICE.sub(r"\1: ", line)) if len(line) <= _LONGEST else line
            kept[number] = spoken.strip()
        elif _HEADER_BLOCK.match(line.lstrip("\ufeff")):
            continue
    return Document(path, "\n".join(kept), kind="captions")
