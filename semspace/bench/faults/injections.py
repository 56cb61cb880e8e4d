"""Hostile text: what moves a cursor, writes to a clipboard, hides, reverses, or means something to what draws or asks it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from semspace.bench.faults.tiny import WORDS

ESC, BEL, ST, CSI8, OSC8 = "\x1b", "\x07", "\x1b\\", "\x9b", "\x9d"

FIXED = (
    "\x1b[2J", "\x1b[H", "\x1b[5;8m", "\x1b[48;5;199m", "\x1b[?1049h", "\x1b[?25l", "\x1b[6n", "\x1b[c", "\x1b[21t",
    "\x1b[3A", "\x1b[2K", "\x1b]0;owned\x07", "\x1b]2;owned\x1b\\", "\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\",
    "\x1b]52;c;aGk=\x07", "\x1b]1337;File=name=eA==:aGk=\x07", "\x1b]4;1;rgb:ff/00/00\x07", "\x1b]9;hello\x07",
    "\x1b]777;notify;a;b\x07", "\x1bP1$r0m\x1b\\", "\x1bP+q544e\x1b\\", "\x1b_Gf=24;aGk=\x1b\\", "\x1b^private\x1b\\",
    "\x1bXsos\x1b\\", "\x1bc", "\x1b7", "\x1b8", "\x1b(0", "\x1b#8", "\x1bM", "\x1b=", "\x9b2J", "\x9b5m", "\x9d0;owned\x9c",
    "\x9d52;c;aGk=\x07", "\x90q\x9c", "\x9fG\x9c", "\x9e\x9c", "\x84", "\x85", "\x8d", "\x07", "\x08\x08\x08\x08", "a\rb",
    "\r\x1b[Ksafe", "\x0b", "\x0c", "\x0e\x0f", "\x7f\x7f", "\x00", "\x05", "\x11\x13", "\x1a", "\u202egnp.exe", "\u202d",
    "\u202a\u202b\u202c", "\u2066\u2067\u2068\u2069", "\u200e\u200f", "\u061c", "\u2028", "\u2029", "\u200b", "\u200c",
    "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u180e", "\u115f\u1160", "\u3164", "\uffa0", "\u2061\u2064",
    "\ufff9a\ufffab\ufffb", "\U000e0041\U000e0042\U000e007f", "\U000e0001", "\ufe0f\ufe0f", "\U000e0100", "\U0001d173",
    "\u206a", "\u17b4", "o" + "\u0335\u0489" * 12, "\u0301" * 40, "[/]", "[bold]", "[/bold]", "[red]x[/red]",
    "[link=http://evil.example]x[/link]", "[@click=app.quit]x[/]", "[[", "\\[bold]", "[blink]", "[conceal]", "[on red]",
    ":smile:", ":skull:", ":no_such_emoji:", "{x}", "{0}", "%s%n", "%(name)s", "${HOME}", "$(id)", "`id`",
    '{"a": "\\u001b[31m"}', '"\\u202e"', "\\x1b[31m", "\\033[31m", "&#27;[31m", "\u241b[31m", "\uff1b\uff3b", "\ud7ff\ue000",
    "\uffff\ufffe", "\U0010ffff",
)  # fmt: skip
"""One of each kind, at least; the colours among them are such as semspace never writes."""

_FINAL = "@ABCDEFGHJKLMPSTXZ`abcdfghilmnpqrstu"


def _csi(random: Random) -> str:
    start = random.choice([ESC + "[", CSI8])
    marks = random.choice(["", "?", ">", "=", "!"])
    numbers = ";".join(str(random.choice([5, 6, 7, 8, 48, 53, 107, 1049, 2004, 9999])) for _ in range(random.randint(1, 4)))
    return f"{start}{marks}{numbers}{random.choice(_FINAL)}"


def _osc(random: Random) -> str:
    command = random.choice(["0", "1", "2", "4;1", "7", "8;", "8;id=a", "9", "10", "50", "52;c", "104", "133;A", "777", "1337"])
    return f"{random.choice([ESC + ']', OSC8])}{command};{_words(random)}{random.choice([BEL, ST, chr(0x9C), ''])}"


def _string(random: Random) -> str:
    return (
        f"{ESC}{random.choice('PX^_')}{random.choice(['', 'q', 'G', '+q', '$q'])}{_words(random)}{random.choice([ST, BEL, ''])}"
    )


def _controls(random: Random) -> str:
    codes = [*range(9), *range(11, 32), *range(0x7F, 0xA0)]
    return "".join(chr(random.choice(codes)) for _ in range(random.randint(1, 6)))


def _unseen(random: Random) -> str:
    codes = [
        0xAD,
        0x61C,
        0x180E,
        *range(0x200B, 0x2010),
        *range(0x2028, 0x202F),
        *range(0x2060, 0x2070),
        0xFEFF,
        *range(0xFE00, 0xFE10),
    ]
    codes += [*range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080), *range(0xE0100, 0xE01F0), *range(0x1D173, 0x1D17B)]
    return "".join(chr(random.choice(codes)) for _ in range(random.randint(1, 6)))


def _markup(random: Random) -> str:
    tags = [
        "/",
        "bold",
        "/bold",
        "red",
        "blink",
        "link=file:///etc/passwd",
        "@click=quit()",
        "not bold",
        "dim]",
        "#ff0000",
        "on blue",
    ]
    return "".join(f"[{random.choice(tags)}]" for _ in range(random.randint(1, 4))) + random.choice(
        ["", ":smile:", ":boom:", "\\"]
    )


def _marks(random: Random) -> str:
    return "e" + "".join(chr(random.randint(0x300, 0x36F)) for _ in range(random.randint(1, 60)))


def _anything(random: Random) -> str:
    return "".join(chr(code) for code in (random.randrange(0x110000) for _ in range(8)) if not 0xD800 <= code < 0xE000)


def _known(random: Random) -> str:
    return random.choice(FIXED)


def _words(random: Random) -> str:
    return " ".join(random.choices(WORDS, k=random.randint(1, 3)))


KINDS: tuple[Callable[[Random], str], ...] = (
    _known, _known, _csi, _osc, _string, _controls, _unseen, _markup, _marks, _anything,
)  # fmt: skip


def injection(random: Random, number: int | None = None) -> str:
    """Return hostile text among words of the tiny encoder; one with a number begins with that of `FIXED`."""
    first = FIXED[number] if number is not None and number < len(FIXED) else random.choice(KINDS)(random)
    parts = [
        _words(random),
        first,
        *(random.choice([*KINDS, _words])(random) for _ in range(random.randint(0, 3))),
        _words(random),
    ]
    return random.choice(["", " "]).join(parts)


def one_line(random: Random, number: int | None = None) -> str:
    """Return hostile text for where a line ends the matter: a heading, a title, a value of front matter."""
    return "".join(char for char in injection(random, number) if char not in "\n\r\x00\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")


def file_name(random: Random, number: int | None = None) -> str:
    """Return hostile text that a file can be called; at times with bytes that are no UTF-8."""
    broken = random.choice(["", "", "", "\udcff", "\udc9b2J", "\n"])
    name = broken + injection(random, number).replace("/", "|").replace("\x00", "")
    while len(name.encode("utf-8", "surrogateescape")) > 200:
        name = name[: len(name) - 1]
    return name or "a"


def argument(random: Random, number: int | None = None) -> str:
    """Return hostile text as a shell hands it over; at times with bytes that are no UTF-8."""
    return random.choice(["", "", "\udc9b", "\udcff\udcfe"]) + injection(random, number).replace("\x00", "")
