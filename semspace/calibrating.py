"""A space as it is -> what it can learn of itself: its passages are asked, and so are questions of other subjects."""

from __future__ import annotations

import numpy as np

from semspace.calibration import KEY, Calibration
from semspace.encoders import Encoder
from semspace.learning import learn
from semspace.lexical import LexicalIndex
from semspace.search import Searcher
from semspace.store import Store, WritableStore

SAMPLE = 2_000
"""Passages out of which questions are taken."""

SEED = 7


def due(searcher: Searcher, store: Store) -> bool:
    """Tell whether a space has changed enough to be asked again; one whose passages wait for vectors is not asked."""
    return searcher.calibration().stale(len(store.encoded_ids())) and not store.pending_count()


def calibrate(searcher: Searcher, words: LexicalIndex, store: WritableStore, encoder: Encoder) -> Calibration:
    """Learn what an answer looks like in a space, and keep it in its store."""
    ids = store.encoded_ids()
    chosen = np.random.default_rng(SEED).permutation(ids)[:SAMPLE]
    rows = store.rows(chosen.tolist())
    sample = [(number, rows[number].passage.context, rows[number].passage.own) for number in chosen.tolist()]
    average = float(np.mean([words.length(context, text) for _, context, text in sample])) if sample else 1.0
    learned = learn(
        sample,
        len(ids),
        encoder.encode,
        searcher.find_each,
        lambda query, text: words.share_of(query, text, average),
    )
    store.configure(KEY, learned.to_json())
    return learned
