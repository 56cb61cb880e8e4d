"""Two encoders on a sample of a space's passages: agreement, the passages in dispute, quality, and a linear map."""

from __future__ import annotations

from typing import Unpack

import numpy as np

from semspace.encoders.running import Running, open_encoder
from semspace.errors import InvalidInput
from semspace.evaluation.known_items import QUERIES
from semspace.evaluation.own_space import SEED, compare_known_items
from semspace.ingest import OnProgress
from semspace.records import Alternative
from semspace.space import Space
from semspace.views.encoders import ModelComparison, Quality, Sides, agreement

PASSAGES = 1_000
"""Passages that both encode: a share of neighbours is then known to 1 %."""

LEAST = 40
"""Passages that there have to be: half of them teach a map, half of them test it."""


def compare_encoders(
    space: Space,
    first: str,
    second: str,
    *,
    sample: int = PASSAGES,
    queries: int = QUERIES,
    k: int = 5,
    seed: int = SEED,
    progress: OnProgress | None = None,
    **running: Unpack[Running],
) -> ModelComparison:
    """Compare two encoders on a sample of a space's passages, before anything is moved from one to the other.

    Which neighbours they share, the `k` passages on which they differ most, how well each finds known items by meaning alone,
    and what a linear map from the first to the second loses. Raises InvalidInput, ModelNotFound.
    """
    if first == second:
        raise InvalidInput("These are the same encoder.", "Installed ones: semspace models list")
    with space.opened() as (_, store, _):
        ids = np.random.default_rng(seed).permutation(store.encoded_ids())[:sample].tolist()
        if len(ids) < LEAST:
            raise InvalidInput(f"{LEAST} passages at least are needed; here are {len(ids)}.", "Index more texts.")
        found = store.rows(ids)
    rows = [found[number] for number in ids]
    texts = [row.passage.encoded for row in rows]
    opened = [open_encoder(name, running, bulk=True) for name in (first, second)]
    one, other = (encoder.encode(texts, "passage") for encoder in opened)
    quality, asked, verdict = _quality(space, (first, second), queries, sample, seed, progress, running)
    return agreement(space.name, Sides(rows, (first, second), (one, other)), k, quality, asked, verdict, seed)


def _quality(
    space: Space, models: tuple[str, str], queries: int, sample: int, seed: int, progress: OnProgress | None, running: Running
) -> tuple[list[Quality], int, str]:
    """Measure by known items; of texts too short to be asked for nothing is known but why."""
    base = Alternative("semantic")
    try:
        contest = compare_known_items(
            space, {"model": models}, queries=queries, sample=sample, base=base, seed=seed, progress=progress, **running
        )
    except InvalidInput as error:
        return [], 0, error.message
    scored = {str(measured.alternative.model): measured.means for measured in contest.measured}
    return [Quality(name, *scored[name].values()) for name in models], contest.queries, contest.verdict
