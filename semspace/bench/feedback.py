"""Whether judged hits help: the same queries before and after, without the hits that were judged.

The judged hits leave both rankings and the judgements, so that nothing is counted which a person has seen already: the
residual collection method. Chang, Cirillo, Razon: Evaluation of Feedback Retrieval Using Modified Freezing, Residual
Collection & Test and Control Groups (1971).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from semspace import feedback
from semspace.arrays import Vectors, unit
from semspace.bench.figures import Figure, Result, Table
from semspace.bench.judged import opened
from semspace.bench.setting import Setting
from semspace.candidates import echoed
from semspace.evaluation import Collection, ndcg, paired_interval
from semspace.search import Searcher, scored
from semspace.space import Space
from semspace.store import Store

JUDGED = 3
"""Hits that a person looks at: the best ones. What no judgement says is relevant is not."""

DEPTH = 10

DEFAULT = "Rocchio"
METHODS = (DEFAULT, "Rocchio by the whitened difference")

RIDGE = 0.05
"""Share of the mean variance that is added to each direction, so that those without variance do not count most."""

Move = Callable[[Vectors, Vectors, Vectors], Vectors]
"""(query, liked, disliked), shape (n, dim) each -> the query, moved"""


@dataclass(frozen=True, slots=True, eq=False)
class Looker:
    """A person who asks a space, judges the best hits, and asks again."""

    searcher: Searcher
    store: Store
    keys: Mapping[int, str]
    moves: Mapping[str, Move]

    def look(self, text: str, vector: Vectors, relevance: Mapping[str, int]) -> dict[str, float] | None:
        """Return nDCG of what is left, before and after; None where nothing is left to be found."""
        before = self._ranked(text, vector)
        seen = before[:JUDGED]
        left = {key: grade for key, grade in relevance.items() if key not in {self.keys[one] for one in seen}}
        if not any(left.values()):
            return None
        good = np.array([relevance.get(self.keys[one], 0) > 0 for one in seen], dtype=bool)
        ids = np.array(seen, dtype=np.int64)
        likes, dislikes = self.store.vectors(ids[good]), self.store.vectors(ids[~good])
        after = {name: self._ranked(text, move(vector, likes, dislikes)) for name, move in self.moves.items()}
        judged = set(seen)
        return {
            name: ndcg([self.keys[one] for one in ranking if one not in judged], left, DEPTH)
            for name, ranking in {"before": before, **after}.items()
        } | {"liked": float(good.any())}

    def _ranked(self, text: str, vector: Vectors) -> list[int]:
        """Return the passages of a hybrid search, best first."""
        (found,) = self.searcher.find_each([text], vector)
        weight = self.searcher.calibration().weight
        ids: list[int] = found.ranked(scored(echoed(found, self.store, weight), "hybrid", weight)).ids.tolist()
        return ids


def judged(setting: Setting) -> Result:
    """Judge the three best hits of every query, and look whether what is left comes out better."""
    figures, rows = list[Figure](), list[tuple[str, ...]]()
    for name, told in (("scifact", "SciFact"), ("xquad/en", "xquad en, articles")):
        with opened(setting, name) as (space, collection):
            setting.say(f"judging the best hits of {name}")
            seen = looked(space, _by_article(collection) if name == "xquad/en" else collection)
        liked = [one for one in seen if one["liked"]]
        for kind, chosen in ((told, seen), (f"{told}, a good one among the three", liked)):
            for method in METHODS if chosen else ():
                figure, row = _gain(kind, method, chosen, judged=kind != told)
                figures.append(figure)
                rows.append(row)
    columns = ("collection", "queries", "judged hits by", "before", "after", "gained", "95 %")
    return Result(figures, [Table("nDCG@10 of what three judged hits leave to be found, hybrid", columns, rows)])


def _by_article(collection: Collection) -> Collection:
    """Want all paragraphs of the article that a question is about: more like what was found."""
    articles = {
        key: [other for other in collection.documents if _article(other) == _article(key)] for key in collection.documents
    }
    judgements = {
        query: {other: 1 for key in relevance for other in articles[key]} for query, relevance in collection.judgements.items()
    }
    return Collection(collection.name, collection.documents, collection.queries, judgements)


def _article(key: str) -> str:
    return key.partition("-")[0]


def looked(space: Space, collection: Collection) -> list[dict[str, float]]:
    """Return, of every query that three judged hits leave something of, nDCG before and after by each method."""
    with space.opened() as (searcher, store, _):
        ids = store.ids()
        keys = {number: str(row.key) for number, row in store.rows(ids.tolist()).items()}
        looker = Looker(searcher, store, keys, _moves(store.vectors(ids)))
        vectors = space.encoder.encode(list(collection.queries.values()), "query")
        found = [
            looker.look(text, vectors[row : row + 1], collection.judgements[query])
            for row, (query, text) in enumerate(collection.queries.items())
        ]
    return [one for one in found if one]


def _gain(kind: str, method: str, chosen: Sequence[Mapping[str, float]], *, judged: bool) -> tuple[Figure, tuple[str, ...]]:
    """Return what a method gains; a bar holds where something was liked: what to leave alone says little of what is wanted."""
    gaps = np.array([one[method] - one["before"] for one in chosen])
    before, after = (float(np.mean([one[name] for one in chosen])) for name in ("before", method))
    low, high = paired_interval(gaps)
    interval = f"{low:+.3f} to {high:+.3f}"
    barred = {"sense": "at least", "limit": 0.0} if judged and method == DEFAULT else {}
    note = f"{len(chosen)} queries, 95 % {interval}"
    figure = Figure(f"{kind}: nDCG@10 gained by {method}", float(gaps.mean()), note=note, **barred)  # type: ignore[arg-type]
    return figure, (kind, str(len(chosen)), method, f"{before:.3f}", f"{after:.3f}", f"{gaps.mean():+.3f}", interval)


def _moves(vectors: Vectors) -> dict[str, Move]:
    """Return the ways to move a query in a space with these vectors."""
    mean, covariance = vectors.mean(axis=0), np.cov(vectors, rowvar=False).astype(np.float64)

    def beside(query: Vectors, likes: Vectors, dislikes: Vectors) -> Vectors:
        wanted = whitened_difference(likes, mean, covariance) if len(likes) else likes
        return feedback.rocchio(query, wanted, dislikes)

    return dict(zip(METHODS, (feedback.rocchio, beside), strict=True))


def whitened_difference(likes: Vectors, mean: Vectors, covariance: npt.NDArray[np.float64]) -> Vectors:
    """Return the direction that best parts what was liked from the space, shape (1, dim).

    `mean`, shape (dim,), and `covariance`, shape (dim, dim), are those of the space.
    Fisher: The Use of Multiple Measurements in Taxonomic Problems (1936).
    """
    ridge = RIDGE * float(np.trace(covariance)) / len(covariance)
    wanted = likes.mean(axis=0).astype(np.float64) - mean
    return unit(np.linalg.solve(covariance + ridge * np.eye(len(covariance)), wanted)[None, :].astype(np.float32))
