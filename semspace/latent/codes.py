"""Vectors -> codes of few bytes, and what a search among codes still finds. All are measured by the same queries.

A query stays whole, only what is searched is a code. RaBitQ: Gao, Long (2024); product quantisation: Jegou and others (2011).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32, Vectors
from semspace.latent.bottleneck import EPOCHS, Autoencoder, best_decoder, distilled, principal, unexplained

K = 10
RERANKED = 100
"""Candidates that are scored again by the true vectors."""

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Measured:
    """A code: bytes a vector, recall@10 by itself and with the best hundred scored again, and the variance that is not rebuilt.

    None where FAISS rebuilds less than the code holds.
    """

    name: str
    bytes: int
    recall: float
    reranked: float
    unexplained: float | None


Made = tuple[str, int, Rows, Floats32 | None]
"""(name, bytes a vector, the best hundred of each query, the vectors as the code has them)."""


def measure(
    vectors: Vectors, queries: Vectors, to: int, epochs: int = EPOCHS, seed: int = 0, tell: Callable[[str], None] | None = None
) -> list[Measured]:
    """Measure the codes of vectors, (n, dim), with queries, (m, dim), that none was learnt from.

    A bottleneck has `to` numbers; `tell` hears the name of each code when it is made.
    """
    exact = queries @ vectors.T
    bound = -np.partition(-exact, min(K, len(vectors)) - 1, axis=1)[:, min(K, len(vectors)) - 1]
    found = []
    for name, size, best, rebuilt in _codes(vectors, queries, to, epochs, seed):
        if tell:
            tell(name)
        scores = np.take_along_axis(exact, best, axis=1)
        again = -np.sort(-scores, axis=1)[:, :K]
        # By similarity and not by row: of equal texts any will do.
        alone, reranked = (float((some[:, :K] >= bound[:, None] - 1e-6).mean()) for some in (scores, again))
        left = None if rebuilt is None else unexplained(vectors, rebuilt)
        found.append(Measured(name, size, alone, reranked, left))
    return found


def _codes(vectors: Vectors, queries: Vectors, to: int, epochs: int, seed: int) -> Iterator[Made]:
    """Make each code, those of most bytes first."""
    import faiss

    dim, inner = vectors.shape[1], faiss.METRIC_INNER_PRODUCT
    halves = vectors.astype(np.float16).astype(np.float32)
    yield "float16", 2 * dim, _best(queries, halves), halves
    yield _indexed("int8", faiss.IndexScalarQuantizer(dim, faiss.ScalarQuantizer.QT_8bit, inner), vectors, queries)
    for bits in (4, 2, 1):
        turn = faiss.RandomRotationMatrix(dim, dim)
        turn.init(seed)
        index = faiss.IndexPreTransform(turn, faiss.IndexRaBitQ(dim, inner, bits))
        made = _indexed(f"RaBitQ {bits} bit", index, vectors, queries)
        # Of more bits than one FAISS rebuilds the first alone.
        yield made if bits == 1 else (*made[:3], None)
    yield from _projected(vectors, queries, to, epochs, seed)
    # Of parts with one byte each: as many as the bottleneck has numbers, or the next fewer that divide the vector.
    parts = max(number for number in range(1, to + 1) if dim % number == 0)
    quantizer = faiss.IndexPQ(dim, parts, 8 if len(vectors) >= 256 else 4, inner)
    quantizer.pq.cp.seed = seed + 1
    quantizer.pq.cp.min_points_per_centroid = 1
    yield _indexed(f"PQ {parts}", quantizer, vectors, queries)


def _projected(vectors: Vectors, queries: Vectors, to: int, epochs: int, seed: int) -> Iterator[Made]:
    """Make the bottlenecks: `to` numbers each."""
    import faiss

    axes = principal(vectors, to)
    kept = vectors @ axes
    rebuilt = np.hstack([kept, np.ones((len(kept), 1), np.float32)]) @ best_decoder(kept, vectors)
    yield f"PCA {to}", 4 * to, _best(queries @ axes, kept), rebuilt
    index = faiss.IndexScalarQuantizer(to, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    name, size, best, coarse = _indexed(f"PCA {to}, int8", index, kept, queries @ axes)
    yield name, size, best, np.hstack([coarse, np.ones((len(kept), 1), np.float32)]) @ best_decoder(coarse, vectors)
    weights = distilled(vectors, to, epochs, seed)
    kept = vectors @ weights
    rebuilt = np.hstack([kept, np.ones((len(kept), 1), np.float32)]) @ best_decoder(kept, vectors)
    yield f"learnt {to}", 4 * to, _best(queries @ weights, kept), rebuilt
    network = Autoencoder.learn(vectors, to, epochs, seed)
    rebuilt = network.decode(network.encode(vectors))
    yield f"autoencoder {to}", 4 * to, _best(queries, rebuilt), rebuilt


def _best(queries: Floats32, vectors: Floats32) -> Rows:
    """Return the rows of the best hundred, best first; of equal ones the lower first."""
    rows: Rows = np.argsort(-(queries @ vectors.T), axis=1, kind="stable")[:, :RERANKED]
    return rows


def _indexed(name: str, index: Any, vectors: Floats32, queries: Floats32) -> tuple[str, int, Rows, Floats32]:
    vectors, queries = np.ascontiguousarray(vectors), np.ascontiguousarray(queries)
    index.train(vectors)
    index.add(vectors)
    _, rows = index.search(queries, min(RERANKED, len(vectors)))
    rebuilt = index.sa_decode(index.sa_encode(vectors))
    return name, int(index.sa_code_size()), rows, rebuilt
