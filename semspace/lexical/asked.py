"""Words as they were typed -> what is meant: words, phrases, words that must or must not be there, beginnings of words.

"a phrase" and +word have to be there, -word must not, begin* matches what begins so. Anything else is a word, whatever signs
it holds: nothing here can be a mistake, and nothing is ever parsed by the engine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PART = re.compile(
    r"""(?<!\S)(?P<sign>[+-]?)
        (?:"(?P<phrase>[^"\w]*+\w[^"]*+)"(?!\w)
          |(?P<word>[^\W\d_][\w'\u2019-]*)(?P<star>\*?)(?=$|\s|[.,;:?!)])
        )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A word, a phrase, or the beginning of a word."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, understood. `text` is what is meant: it is encoded, and its words are looked for."""

    text: str
    required: tuple[Clause, ...] = ()
    excluded: tuple[Clause, ...] = ()
    beginnings: tuple[Clause, ...] = ()

    @property
    def constrained(self) -> bool:
        """Tell whether some passages cannot answer, however near they are."""
        return bool(self.required or self.excluded)


def understand(query: str) -> Asked:
    """Part a query into what is looked for and what has to hold; a query of exclusions alone is taken as plain words."""
    required, excluded, beginnings = list[Clause](), list[Clause](), list[Clause]()
    kept: list[str] = []
    last = 0
    for part in _PART.finditer(query):
        sign, phrase, star = part["sign"], part["phrase"], part["star"]
        clause = Clause(part["word"] or phrase, prefix=bool(star))
        if not sign and phrase is None and not star:
            continue
        kept += [query[last : part.start()], "" if sign == "-" else clause.text]
        last = part.end()
        if sign == "-":
            excluded.append(clause)
        elif sign == "+" or phrase is not None:
            required.append(clause)
        else:
            beginnings.append(clause)
    text = "".join([*kept, query[last:]])
    if not any(map(str.isalnum, text)):
        return Asked(query)
    return Asked(text.strip(), tuple(required), tuple(excluded), tuple(beginnings))
