"""A space's vectors -> a dictionary of directions, of which a few with weights above zero make up each vector.

The dimensions of an encoder mean nothing by themselves; directions of which any text needs only a few mostly do. Mairal, Bach,
Ponce, Sapiro: Online Dictionary Learning for Sparse Coding (2009), with weights that are not negative and so many of them.
Where it begins is what several drafts agree on, as Kotliar et al. do: Identifying gene expression programs of cell-type
identity and cellular activity with single-cell RNA-Seq (2019). Another seed then finds more of it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32, Ids, Vectors

ATOMS = 512
"""Directions: as many as tell some hundred subjects apart."""

ACTIVE = 8
"""Directions that make up one text at most."""

PER_ATOM = 12
"""Texts that there have to be for each direction: of fewer, each text would be a direction of its own."""

DRAFTS = 8
"""Drafts at most: of few texts each draft is another one, and the more of them the better they agree."""

DRAFTED_TEXTS = 72_000
"""Texts that all drafts together go through in a round: 8 drafts of 9,000 texts, 4 of 18,000."""

DRAFTED = 5
"""Rounds of a draft: more take longer and agree no better."""

AGREED = 0.5
"""Cosine from which on the direction of another draft counts: below it is another one, for want of a better."""

ROUNDS = 10
REFITS = 6
MATCHED = 0.7
"""Cosine from which on a direction found by another seed is the same."""

_BATCH = 4_096

Rows = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """What makes up each of n vectors: directions, (n, active) int32, with weights, (n, active), the greatest first.

    A weight of 0 is no part.
    """

    atoms: Rows
    weights: Floats32

    def __len__(self) -> int:
        return len(self.atoms)

    def matrix(self, atoms: int) -> Any:
        """Return the weights as a sparse matrix of scipy, shape (n, atoms)."""
        from scipy.sparse import csr_matrix

        starts = np.arange(len(self) + 1) * self.atoms.shape[1]
        # A copy: what is eliminated is moved in place.
        made = csr_matrix((self.weights.ravel(), self.atoms.ravel(), starts), shape=(len(self), atoms), copy=True)
        made.eliminate_zeros()
        return made


@dataclass(frozen=True, slots=True, eq=False)
class Dictionary:
    """Directions of unit length, (atoms, dim), around a mean, (dim,), and how many of them make up one vector."""

    atoms: Vectors
    mean: Floats32
    active: int

    def __len__(self) -> int:
        return len(self.atoms)

    def encode(self, vectors: Vectors) -> Codes:
        """Return what makes up vectors, shape (n, dim): greedily, the weights then fitted to each other."""
        centred = vectors - self.mean
        gram = self.atoms @ self.atoms.T
        parts = [_pursue(centred[at : at + _BATCH], self.atoms, gram, self.active) for at in range(0, len(centred), _BATCH)]
        if not parts:
            return Codes(np.empty((0, self.active), np.int32), np.empty((0, self.active), np.float32))
        atoms, weights = (np.concatenate(side) for side in zip(*parts, strict=True))
        order = np.argsort(-weights, axis=1, kind="stable")
        return Codes(np.take_along_axis(atoms, order, axis=1), np.take_along_axis(weights, order, axis=1))

    def decode(self, codes: Codes) -> Floats32:
        """Return the vectors that are made up so, shape (n, dim); not of unit length."""
        made: Floats32 = np.asarray(codes.matrix(len(self)) @ self.atoms, dtype=np.float32) + self.mean
        return made

    def unexplained(self, vectors: Vectors, codes: Codes | None = None) -> float:
        """Return the share of the variance of vectors that their few directions leave over (FVU)."""
        rest = vectors - self.decode(codes or self.encode(vectors))
        whole = float(((vectors - vectors.mean(axis=0)).astype(np.float64) ** 2).sum())
        return float((rest.astype(np.float64) ** 2).sum() / whole) if whole else 0.0


def atoms_for(count: int) -> int:
    """Return how many directions suit so many vectors."""
    return int(max(min(ATOMS, count // PER_ATOM), 1))


def learn(vectors: Vectors, atoms: int | None = None, active: int = ACTIVE, rounds: int = ROUNDS, seed: int = 0) -> Dictionary:
    """Learn a dictionary of some vectors, shape (n, dim): the same ones and the same seed give the same one."""
    atoms = min(atoms or atoms_for(len(vectors)), len(vectors))
    mean = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = vectors - mean
    # Seeds of drafts that no other seed of a dictionary shares: what two of them find would not be found twice.
    drafted = int(np.clip(DRAFTED_TEXTS // max(len(vectors), 1), 1, DRAFTS))
    marks = np.random.SeedSequence(seed).generate_state(drafted).astype(np.int64) % 2**31
    starts = [Dictionary(_first(centred, atoms, mark), mean, min(active, atoms)) for mark in marks.tolist()]
    drafts = [_taught(start, vectors, centred, min(DRAFTED, rounds)) for start in starts]
    return _taught(Dictionary(_agreed(drafts), mean, min(active, atoms)), vectors, centred, rounds)


def matched(one: Dictionary, other: Dictionary) -> Floats32:
    """Return the cosine of each direction to the one of another dictionary that it is paired with, shape (atoms,).

    Pairs are chosen so that their sum is greatest (Kuhn: The Hungarian Method, 1955). Paulo, Belrose: Sparse Autoencoders
    Trained on the Same Data Learn Different Features (2025): what another seed does not find again says little of the texts.
    """
    rows, _, cosines = _paired(one, other)
    found = np.zeros(len(one), dtype=np.float32)
    found[rows] = cosines
    return found


def _paired(one: Dictionary, other: Dictionary) -> tuple[Ids, Ids, Floats32]:
    """Return which directions of two dictionaries are each other's like, with their cosines."""
    from scipy.optimize import linear_sum_assignment

    cosines = one.atoms @ other.atoms.T
    rows, columns = linear_sum_assignment(-cosines)
    return rows, columns, cosines[rows, columns]


def _agreed(drafts: Sequence[Dictionary]) -> Vectors:
    """Return the middle of the directions of several drafts that are alike, by the draft that is most like the others."""
    pairs = {(a, b): _paired(drafts[a], drafts[b]) for a, b in combinations(range(len(drafts)), 2)}
    likes = [sum(float(found[2].sum()) for pair, found in pairs.items() if draft in pair) for draft in range(len(drafts))]
    chosen = int(np.argmax(likes))
    middle = drafts[chosen].atoms.copy()
    for (first, second), (rows, columns, cosines) in pairs.items():
        if chosen in {first, second}:
            mine, theirs, other = (rows, columns, second) if chosen == first else (columns, rows, first)
            weights = np.where(cosines >= AGREED, cosines, 0)
            middle[mine] += weights[:, None] * drafts[other].atoms[theirs]
    return _scaled(middle, drafts[chosen].atoms)


def _taught(found: Dictionary, vectors: Vectors, centred: Floats32, rounds: int) -> Dictionary:
    for _ in range(rounds):
        found = Dictionary(_improved(found, vectors, centred), found.mean, found.active)
    return found


def _first(centred: Floats32, atoms: int, seed: int) -> Vectors:
    """Return where to begin: centres of k-means on the sphere."""
    import faiss

    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    points = np.ascontiguousarray(centred / np.maximum(lengths, 1e-9), dtype=np.float32)
    clustering = faiss.Clustering(points.shape[1], atoms)
    clustering.seed, clustering.niter, clustering.spherical = seed, 10, True
    clustering.min_points_per_centroid, clustering.max_points_per_centroid = 1, 1_000_000
    clustering.train(points, faiss.IndexFlatIP(points.shape[1]))
    found = faiss.vector_to_array(clustering.centroids).reshape(atoms, -1)
    return _scaled(found, points)


def _scaled(atoms: Floats32, spare: Floats32) -> Vectors:
    """Scale directions to unit length; what has none is a vector of those to spare."""
    lengths = np.linalg.norm(atoms, axis=1)
    empty = np.flatnonzero(lengths < 1e-6)
    atoms[empty] = spare[np.arange(len(empty)) % len(spare)]
    lengths = np.linalg.norm(atoms, axis=1)
    scaled: Vectors = (atoms / np.maximum(lengths, 1e-9)[:, None]).astype(np.float32)
    return scaled


def _improved(found: Dictionary, vectors: Vectors, centred: Floats32) -> Vectors:
    """Return directions that fit the weights better, one after the other; one that nobody needs starts where most is left."""
    codes = found.encode(vectors)
    weights = codes.matrix(len(found))
    gram = np.asarray((weights.T @ weights).todense(), dtype=np.float32)
    moved = np.asarray(weights.T @ centred, dtype=np.float32)
    atoms = found.atoms.copy()
    idle = []
    for row in range(len(atoms)):
        if gram[row, row] < 1e-9:
            idle.append(row)
            continue
        new = atoms[row] + (moved[row] - gram[row] @ atoms) / gram[row, row]
        atoms[row] = new / max(float(np.linalg.norm(new)), 1e-9)
    if idle:
        rest = centred - np.asarray(weights @ found.atoms, dtype=np.float32)
        worst = np.argsort(-np.einsum("nd,nd->n", rest, rest), kind="stable")[: len(idle)]
        atoms[idle[: len(worst)]] = _scaled(rest[worst], centred)
    return atoms


def _pursue(centred: Floats32, atoms: Vectors, gram: Floats32, active: int) -> tuple[Rows, Floats32]:
    """Choose the direction that what is left has most of, as often as there are parts; fit the weights to each other."""
    left = centred @ atoms.T
    own = left.copy()
    rows = np.arange(len(left))
    chosen, weights = np.zeros((len(left), active), np.int32), np.zeros((len(left), active), np.float32)
    for part in range(active):
        best = left.argmax(axis=1)
        weights[:, part] = np.maximum(left[rows, best], 0)
        chosen[:, part] = best
        left -= weights[:, part, None] * gram[best]
        # Chosen once: its weight is fitted below.
        left[rows[:, None], chosen[:, : part + 1]] = -np.inf
    products = gram[chosen[:, :, None], chosen[:, None, :]]
    wanted = np.take_along_axis(own, chosen, axis=1)
    for _ in range(REFITS):
        for part in range(active):
            others = np.einsum("np,np->n", products[:, part], weights) - weights[:, part]
            weights[:, part] = np.maximum(wanted[:, part] - others, 0)
    return chosen, weights
