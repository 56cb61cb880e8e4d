"""Texts that a conversion must get right: short and long, many scripts, odd and nearly empty."""

from __future__ import annotations

_SHORT = (
    "a",
    "",
    " ",
    ".",
    "How do cells divide?",
    "The cat sat on the mat.",
    "Interest rates rose again last quarter, and house prices fell for the third month in a row.",
    "Où est la bibliothèque ? Ça dépend de l'été, naïvement.",
    "Die Größe des Gebäudes überraschte die Gäste.",
    "東京は日本の首都です。",
    "Москва — столица России.",
    "مرحبا بالعالم",
    "Emoji \N{ROCKET}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} and e\N{COMBINING ACUTE ACCENT} combined",
    "def add(a: int, b: int) -> int:\n    return a + b  # 2 + 2 == 4\n",
    "MiXeD CaSe, tabs\tand\nnew lines, prices of $3.50 or 10 %, and e-mail@example.org.",
)
_LONG = "Rivers carry sediment from the mountains to the sea, where it settles in layers over thousands of years. "
_LONGEST = 1100
"""Words of the longest sample: beyond this, attention over a model's full length takes minutes and gigabytes."""


def texts(max_tokens: int) -> list[str]:
    """Return sample texts of very unequal lengths, the longest beyond `max_tokens` where that is affordable."""
    words = (_LONG * 64).split()
    lengths = {30, 120, min(max_tokens, _LONGEST) - 20, min(max_tokens, _LONGEST) + 60}
    return [*_SHORT, *(" ".join(words[:length]) for length in sorted(lengths) if length > 0)]
