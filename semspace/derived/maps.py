"""Maps of a space, each in a file: kept, followed without moving what is on them, fitted again when they went stale."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from semspace.arrays import Ids, Vectors
from semspace.derived.arrays import Arrays, DerivedArrays, kept_in
from semspace.derived.neighborhoods import GRAPH, MOMENTS, made_of, numbered, places
from semspace.latent.faithfulness import Faithfulness, faithfulness
from semspace.latent.graph import Graph
from semspace.latent.layout import Layout, Recipe, fit, follow
from semspace.latent.moments import Moments
from semspace.latent.placing import LANDMARKS
from semspace.latent.tsne import Progress
from semspace.store import Store, WritableStore

FORMAT = 1


class DerivedMap:
    """The map of all passages by one recipe, in `map.METHOD-SPREAD.npz`; with @NAME before its end that of a view."""

    def __init__(self, folder: Path | None, store: Store, recipe: Recipe) -> None:
        view = recipe.erased.partition(":")[0]
        name = f"map.{recipe.method}-{recipe.spread:g}" + (f"@{view}" if view else "")
        self._kept = DerivedArrays(folder, store, name)
        self._recipe = recipe

    def get(
        self,
        ids: Ids,
        vectors: Callable[[], Vectors],
        graph: Callable[[], Graph],
        moments: Callable[[], Moments],
        *,
        refit: bool = False,
        progress: Progress | None = None,
    ) -> Layout:
        """Return the map of some passages, and keep it if it is new.

        New passages are placed; the map is fitted again, and laid over the old one, where `refit` says so, where another seed
        is wanted, and where what was placed keeps less than 80 % of what the fitted points did. Its faithfulness is measured.
        """
        held = self._kept.get()
        old = understood(held)
        before = places(held["ids"], ids) if held is not None and old is not None else np.full(len(ids), -1)
        shared = np.flatnonzero(before >= 0)
        goes_on = old is not None and old.recipe == self._recipe and not refit
        if held is not None and old is not None and goes_on and np.array_equal(held["ids"], ids):
            return old
        links = graph() if len(ids) <= LANDMARKS else None
        layout = follow(old, vectors(), before, ids, links) if old is not None and goes_on and len(shared) else None
        if layout is None or layout.stale():
            layout = fit(self._recipe, vectors(), links, moments(), progress)
            if old is not None:
                layout = layout.over(old.positions, shared, before[shared])
        layout = replace(layout, faith=faithfulness(vectors(), layout.positions, seed=self._recipe.seed))
        self._kept.keep({"ids": ids, **packed(layout)})
        return layout


def renew(folder: Path, store: WritableStore) -> None:
    """Leave nothing of passages that are gone in the kept files: rows of maps, and what was made of their vectors."""
    ids = store.encoded_ids()
    for name in kept_in(folder):
        arrays = DerivedArrays(folder, store, name)
        held = arrays.get()
        layout = understood(held)
        if held is None or layout is None:
            if name not in {GRAPH, MOMENTS} or held is None or not made_of(held, ids):
                arrays.drop()
            continue
        here = np.isin(held["ids"], ids)
        if not here.all():
            arrays.keep({name: rows if name == "recipe" else rows[here] for name, rows in held.items()})


def packed(layout: Layout) -> Arrays:
    """Return a map as arrays."""
    facts = json.dumps({"format": FORMAT, "fit": layout.fit, "faith": asdict(layout.faith), "recipe": asdict(layout.recipe)})
    # Bytes: numpy reads neither text of any length nor objects without running what is in them.
    recipe = np.frombuffer(facts.encode(), np.uint8)
    return {"positions": layout.positions, "kept": layout.kept, "fitted": layout.fitted, "recipe": recipe}


def understood(held: Arrays | None) -> Layout | None:
    """Return the map that arrays hold; None where they hold none, or one that another semspace made."""
    if held is None or held.keys() != {"ids", "positions", "kept", "fitted", "recipe"}:
        return None
    try:
        facts = json.loads(held["recipe"].tobytes())
        if facts["format"] != FORMAT:
            return None
        share, recipe, faith = float(facts["fit"]), Recipe(**facts["recipe"]), Faithfulness(**facts["faith"])
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError):
        return None
    positions, shares, fitted = held["positions"], held["kept"], held["fitted"]
    n = held["ids"].size
    if not numbered(held["ids"]) or [rows.dtype.kind for rows in (positions, shares, fitted)] != ["f", "f", "b"]:
        return None
    if positions.shape != (n, 2) or shares.shape != (n,) or fitted.shape != (n,) or not np.isfinite(positions).all():
        return None
    return Layout(recipe, positions, shares, fitted, share, faith)
