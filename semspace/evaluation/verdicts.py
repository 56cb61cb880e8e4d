"""Measured ways to search and their differences -> which one to use, in words."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from semspace.records import Difference

ALPHA = 0.05

MATERIAL = 0.05
"""A difference in nDCG that a person would notice. With 50 queries a smaller one often turns round with the next 50.
Voorhees, Buckley: The Effect of Topic Set Size on Retrieval Experiment Error (2002)."""

FEW = 25
"""Queries below which an interval by resampling is too narrow."""


def verdict(names: Sequence[str], differences: Sequence[Difference], queries: int, favoured: Collection[str] = ()) -> str:
    """Say which way to search to use. `names` are in the order of what they cost, the cheapest first.

    The best one by its mean is held against every other. One that cannot be told from it and costs less is good enough if
    what it may lose is less than MATERIAL. A draw does not speak for those that the queries favour, whatever they cost.
    """
    if len(names) < 2:
        return "There is nothing to compare: one way to search was measured."
    best = _best(names, differences)
    others = {one.second: one for one in differences if one.first == best}
    beaten = [one for one in others.values() if one.adjusted < ALPHA]
    near = [name for name in names if name in others and others[name].adjusted >= ALPHA]
    won = f"{best} beats {_listed([_by(one) for one in beaten])}" if beaten else ""
    if not near:
        return f"{won}: use {best}."
    return " ".join(
        part for part in (f"{won}." if won else "", _undecided(best, near, names, others, queries, favoured)) if part
    )


def _best(names: Sequence[str], differences: Sequence[Difference]) -> str:
    losers = {one.second for one in differences}
    return next(name for name in names if name not in losers)


def _undecided(
    best: str,
    near: Sequence[str],
    names: Sequence[str],
    others: dict[str, Difference],
    queries: int,
    favoured: Collection[str],
) -> str:
    """Say what to do where some cannot be told from the best."""
    level = [best, *near]
    cheapest = min([name for name in level if name not in favoured] or level, key=names.index)
    why = "is not favoured by these queries" if set(level) & set(favoured) - {cheapest} else "costs least"
    if cheapest == best:
        return f"{_unseen(best, near, others, queries)}; {best} {why}: use {best}."
    one = others[cheapest]
    if one.ci95[1] <= MATERIAL:
        return f"{_unseen(best, near, others, queries)}; {cheapest} {why} and will do."
    wanted = needed(one, queries)
    return (
        f"{_unseen(best, near, others, queries)}. Best was {best}, but {cheapest} {why}: "
        f"some {wanted:,} queries like these would tell whether they differ by {MATERIAL}."
    )


def needed(one: Difference, queries: int) -> int:
    """Return how many queries would make the interval of a difference no wider than MATERIAL to either side."""
    half = (one.ci95[1] - one.ci95[0]) / 2
    wanted = queries * (half / MATERIAL) ** 2
    size = int(10 ** max(0, math.floor(math.log10(max(wanted, 1))) - 1))
    return max(queries + 1, math.ceil(wanted / size) * size)


def _unseen(best: str, near: Sequence[str], others: dict[str, Difference], queries: int) -> str:
    parts = []
    for name in near:
        low, high = others[name].ci95
        either = max(abs(low), abs(high))
        chance = " (alone it would pass for one; among so many pairs it may be chance)" if others[name].p < ALPHA else ""
        parts.append(f"{name}: up to {either:.3f} either way{chance}")
    return f"No difference between {best} and {_listed(near)} that these {queries:,} queries could show ({'; '.join(parts)})"


def _by(one: Difference) -> str:
    low, high = one.ci95
    return f"{one.second} by {one.mean:.3f} (95 % {low:.3f} to {high:.3f})"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
