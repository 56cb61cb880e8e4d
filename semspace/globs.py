"""Patterns as gitignore files have them -> regular expressions whose time grows with the length of a path, not its power.

Patterns come from files in the folders that are read, and from whoever asks: `*a*a*a*b` must not take for ever.
"""

from __future__ import annotations

import re
import warnings

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

LONGEST = 1_000
"""Characters of a pattern that means anything."""

_MANY_STARS = re.compile(r"\*{3,}")
_STAR = re.escape("[^/]*")
_STARS = re.compile(rf"(?:{_STAR}){{2,}}")
_EXCEPT = re.compile(r"(?<!\\)\[\^(?!/\])")
"""The beginning of a class such as [!a], which in git never means a slash."""
_BETWEEN_STARS = re.compile(rf"{_STAR}((?:\\[^/]|\(\?!/\)|\[\^?\]?[^\]]*\](?!\*)|[^\\\[\]()/*+?|])+)(?={_STAR})")
"""In the regular expression of a pattern: a star and what has to follow it before the next star."""
_ANYWHERE = "^(?:.+/)?"
_DEEPER = "(?:/.+)?/"
"""How pathspec writes `**` at the beginning of a pattern, and between others."""


def glob(line: str) -> GitIgnoreSpecPattern:
    """Compile one line; its `include` is None for a comment or a blank line. Raises ValueError where it is no pattern."""
    if len(line) > LONGEST:
        raise ValueError(f"A pattern of {len(line):,} characters is none")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # a class such as [[:alpha:]]
            pattern = GitIgnoreSpecPattern(_MANY_STARS.sub("**", line))
            if pattern.include is not None and pattern.regex is not None:
                return GitIgnoreSpecPattern(re.compile(_straight(pattern.regex.pattern)), pattern.include)
    except re.error as error:
        raise ValueError(str(error)) from error
    return pattern


def _straight(regex: str) -> str:
    """Return an expression that matches the same without trying every way to share a path among its stars.

    Before another star the first place at which the words between them stand is as good as any, and so it is for the
    folders between one `**` and the next: neither need be left again.
    """
    single = _STARS.sub("[^/]*", _EXCEPT.sub("(?!/)[^", regex))
    head, *middle = _BETWEEN_STARS.sub(r"(?>[^/]*?\1)", single).split(_DEEPER)
    if not middle:
        return head
    if head.startswith(_ANYWHERE):
        head = f"^(?>(?:[^/]+/)*?{head.removeprefix(_ANYWHERE)}(?=/))"
    *inner, tail = middle
    return head + "".join(f"(?>(?:/[^/]+)*?/{part}(?=/))" for part in inner) + _DEEPER + tail
