"""Similarities -> bars, and words for them."""

from __future__ import annotations

_EIGHTHS = " ▏▎▍▌▋▊▉█"

_WORDS = ((0.9, "nearly the same"), (0.7, "very near"), (0.5, "near"), (0.3, "somewhat near"), (0.15, "far"))


def bar(fraction: float, width: int) -> str:
    """Return a bar that fills a fraction of some cells, to an eighth of a cell."""
    eighths = round(min(max(fraction, 0.0), 1.0) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)


def word(similarity: float) -> str:
    """Return how near a cosine similarity is, in words that hold for most sentence encoders."""
    return next((name for least, name in _WORDS if similarity >= least), "unrelated")
