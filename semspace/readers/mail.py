"""Mail (.eml, .mhtml, .mbox) -> documents."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime
from typing import Any

from semspace.errors import SkippedFile
from semspace.readers.decoding import clean, decode
from semspace.readers.html import decode_html, parsed, text_of
from semspace.readers.outline import paths
from semspace.records import Document

_SEPARATOR = re.compile(rb"^From [^\n]*\d{2}:\d{2}[^\n]*\d{4}[^\n]*\r?\n", re.MULTILINE)
_SHOWN = ("Subject", "From", "To", "Cc", "Date")
_MAX_DEPTH = 20
_MAX_HEADER = 10_000
"""Characters of a header that are parsed: the time for that grows with the square of them."""


class _Policy(email.policy.EmailPolicy):
    """Parses headers as a mail program does, however long they are."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return super().header_fetch_parse(name, value[:_MAX_HEADER])


def read_mail(path: str, data: bytes) -> Document:
    """Read one message: its main headers, then its text, the HTML part where there is no plain one."""
    if path.lower().endswith(".emlx"):
        data = data.partition(b"\n")[2]
    message = _message(data)
    headers = headers_of(message)
    text = letter(headers, "\n\n".join(_bodies(message)))
    return Document(
        path,
        text,
        kind="mail",
        title=headers.get("Subject") or None,
        metadata=metadata_of(headers),
        lines=False,
        date=date_of(headers.get("Date")),
    )


def read_mbox(path: str, data: bytes) -> Document:
    """Read a mailbox: each message stands under its subject."""
    starts = [match.end() for match in _SEPARATOR.finditer(data)]
    ends = [*(match.start() for match in _SEPARATOR.finditer(data)), len(data)][1:]
    parts: list[str] = []
    found: list[tuple[int, int, str]] = []
    size = 0
    for start, end in zip(starts, ends, strict=True):
        message = _message(data[start:end].replace(b"\n>From ", b"\nFrom "))
        headers = headers_of(message)
        text = letter(headers, "\n\n".join(_bodies(message)))
        if not text:
            continue
        found.append((size, 1, headers.get("Subject") or "(no subject)"))
        parts.append(text)
        size += len(text) + 2
    if not starts:
        raise SkippedFile("a mailbox without messages")
    return Document(path, "\n\n".join(parts), kind="mail", headings=paths(found), lines=False)


def letter(headers: dict[str, str], body: str) -> str:
    """Put headers and body together; "" where there is neither."""
    lines = [f"{name}: {headers[name]}" for name in _SHOWN if headers.get(name)]
    return "\n\n".join(part for part in ("\n".join(lines), body.strip()) if part)


def metadata_of(headers: dict[str, str]) -> dict[str, Any]:
    """Return sender, recipients and subject under small names."""
    return {name.lower(): headers[name] for name in _SHOWN if headers.get(name) and name != "Date"}


def date_of(header: str | None) -> float | None:
    """Return a Date header as seconds since 1970."""
    try:
        return parsedate_to_datetime(header).timestamp() if header else None
    except (ValueError, TypeError, OverflowError):
        return None


def headers_of(message: Message) -> dict[str, str]:
    """Return the headers that are shown, decoded, each on one line."""
    headers = {}
    for name in _SHOWN:
        try:
            value = message[name]
            headers[name] = " ".join(clean(str(value)).split()) if value is not None else ""
        except (ValueError, TypeError, AttributeError, LookupError, OverflowError, RecursionError):
            headers[name] = ""
    return headers


def _message(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=_Policy())
    assert isinstance(message, EmailMessage)
    return message


def _bodies(message: Message, depth: int = 0) -> Iterator[str]:
    """Yield the texts of a message: of alternatives the plain one, attachments only where they are messages."""
    kind = message.get_content_type()
    if not message.is_multipart():
        attached = message.get_content_disposition() == "attachment"
        text = _text(message, kind).strip() if kind in ("text/plain", "text/html") and not attached else ""
        if text:
            yield text
        return
    parts = message.get_payload()
    if depth > _MAX_DEPTH or not isinstance(parts, list):
        return
    texts = ("\n\n".join(_bodies(part, depth + 1)) for part in parts if isinstance(part, Message))
    filled = (text for text in texts if text.strip())
    if kind == "multipart/alternative":
        yield next(filled, "")
    else:
        yield from filled


def _text(message: Message, kind: str) -> str:
    payload = message.get_payload(decode=True)
    if not isinstance(payload, bytes) or not payload:
        return ""
    declared = message.get_content_charset()
    try:
        if kind == "text/plain":
            return decode(payload, declared)
        html = decode(payload, declared) if declared and declared != "us-ascii" else decode_html(payload)
    except SkippedFile:
        return ""
    return text_of(parsed(html))[0]
