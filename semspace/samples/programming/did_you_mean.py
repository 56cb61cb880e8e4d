"""How many typing mistakes lie between two words?

Vladimir Levenshtein's measure counts the fewest single-letter changes that turn one word into the
other. A change is to insert a letter, to delete one, or to replace one by another. "kitten"
becomes "sitting" in three: replace k by s, replace e by i, insert g at the end.

It is what a spelling checker needs in order to say "did you mean ...?".
"""

from collections.abc import Iterable


def count_edits(a: str, b: str) -> int:
    """Return the fewest insertions, deletions and replacements that turn `a` into `b`.

    The trick is to answer a bigger question than was asked: the cost between *every* beginning of
    `a` and every beginning of `b`. Each of these follows from three smaller ones, so a table fills
    itself row by row. Only the row above is ever looked at, hence two rows are enough and the
    memory needed grows with the length of one word, not with the product of both.
    """
    # From nothing to the first j letters of b: insert all j of them.
    above = list(range(len(b) + 1))
    for i, letter_a in enumerate(a, start=1):
        # From the first i letters of a to nothing: delete all i of them.
        row = [i]
        for j, letter_b in enumerate(b, start=1):
            deletion = above[j] + 1
            insertion = row[j - 1] + 1
            # Equal letters cost nothing: on this diagonal step similar words save their points.
            replacement = above[j - 1] + (letter_a != letter_b)
            row.append(min(deletion, insertion, replacement))
        above = row
    return above[-1]


def suggest(word: str, known: Iterable[str], limit: int = 2) -> list[str]:
    """Return the known words within `limit` mistakes of `word`, the closest first.

    Words whose lengths differ by more than the limit cannot qualify, since every missing letter
    costs one; skipping them spares most of the work.
    """
    near = []
    for candidate in known:
        if abs(len(candidate) - len(word)) > limit:
            continue
        cost = count_edits(word.casefold(), candidate.casefold())
        if cost <= limit:
            near.append((cost, candidate))
    return [candidate for _, candidate in sorted(near)]
