"""A space's passages -> its calibration: ask them questions, ask foreign ones, and see what is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from semspace.arrays import Vectors, unit
from semspace.calibration import ENOUGH, Calibration, Floats, Trial, combine, evidence, fit, fit_weight
from semspace.pseudoqueries import Question, everyday, nonsense, questions
from semspace.ranking import Candidates
from semspace.records import Role

QUESTIONS = 200
"""Questions that are asked of a space's own passages at most; the share of them that a cut loses is then known to 2 %."""

LEAST_WEIGHT = 0.05
"""A lexical side weighs at least so much before anything is known."""

NONSENSE = 10
"""Queries of words that no language has, among the foreign ones."""


Encode = Callable[[Sequence[str], Role], Vectors]
Find = Callable[[Sequence[str], Vectors], Sequence[Candidates]]
"""(queries, their vectors of shape (n, dim)) -> the candidates of both sides for each."""

Share = Callable[[str, str], float]
"""(query, text) -> the share of the query's words that a text of the space would have with these words."""


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """The cosines and shares that one query found; `trial` where its answer is known."""

    dense: Floats
    lexical: Floats
    everyday: float
    trial: Trial | None = None


def learn(
    passages: Sequence[tuple[int, str, str]],
    total: int,
    encode: Encode,
    find: Find,
    share: Share,
    *,
    limit: int = QUESTIONS,
    seed: int = 7,
) -> Calibration:
    """Calibrate a space of `total` passages by a random sample of them, (id, context, text) each.

    The same sample gives the same calibration. It costs `limit` encoded passages and some 400 searches.
    """
    subjects, foreign = _ask_foreign(encode, find, seed)
    if not total:
        return Calibration(subjects=subjects)
    contexts = {number: context for number, context, _ in passages}
    asked = questions([(number, text) for number, _, text in passages], limit, seed)
    own = _ask_own(asked, contexts, Calibration(subjects=subjects), encode, find, share) if len(asked) >= ENOUGH else []
    trials = [one.trial for one, question in zip(own, asked, strict=False) if one.trial and question.sentence]
    weight = fit_weight(trials, _usual_weight(own, foreign))
    ours, theirs = _evidence(own, weight), _evidence(foreign, weight)
    judges = fit(ours, theirs)
    line, cut = np.array(judges["hybrid"].weights), judges["hybrid"].cut
    return Calibration(
        weight=weight,
        judges=judges,
        subjects=subjects,
        passages=total,
        questions=len(own),
        kept=float((ours @ line >= cut).mean()) if len(own) else 0.0,
        rejected=float((theirs @ line < cut).mean()),
        basis="passages" if own else "background",
    )


def _ask_foreign(encode: Encode, find: Find, seed: int) -> tuple[Vectors, list[_Asked]]:
    """Ask everyday questions and nonsense; return the centroids of the subjects and what was found."""
    lines = [(place, line) for place, subject in enumerate(everyday().values()) for line in subject]
    texts = [line for _, line in lines] + nonsense(NONSENSE, seed)
    vectors = encode(texts, "query")
    places = np.array([place for place, _ in lines])
    centroids = [vectors[: len(lines)][places == place].mean(axis=0) for place in range(places.max() + 1)]
    # A query that is not the space's is measured here as it would be there: kept with as many digits.
    subjects = unit(np.array(centroids).astype(np.float16))
    near = vectors @ subjects.T
    # A question is no witness for its own subject.
    near[np.arange(len(lines)), places] = -1.0
    best = near.max(axis=1)
    found = zip(find(texts, vectors), best.tolist(), strict=True)
    return subjects, [_Asked(one.dense, one.lexical, near) for one, near in found]


def _ask_own(
    asked: Sequence[Question],
    contexts: dict[int, str],
    calibration: Calibration,
    encode: Encode,
    find: Find,
    share: Share,
) -> list[_Asked]:
    """Ask passages what was taken out of them."""
    texts = [question.text for question in asked]
    vectors = encode(texts, "query")
    rests = [f"{contexts[q.passage]}\n{q.rest}" if contexts[q.passage] else q.rest for q in asked]
    near = (vectors * encode(rests, "passage")).sum(axis=1)
    found = []
    for row, (question, candidates) in enumerate(zip(asked, find(texts, vectors), strict=True)):
        words = share(question.text, rests[row])
        familiar = calibration.everyday(vectors[row : row + 1])
        found.append(_answered(candidates, question, float(near[row]), words, familiar))
    return found


def _answered(found: Candidates, question: Question, near: float, words: float, everyday_: float) -> _Asked:
    """Put what is left of the passage in the place of the passage that holds the question word by word."""
    others = found.ids != question.passage
    whole = float(found.dense[~others].max(initial=near))
    # Of several sentences one weighs little in a vector; of a halved passage the question is half.
    cosine = whole if question.sentence else (whole + near) / 2
    trial = Trial(np.r_[near, found.dense[others]], np.r_[words, found.lexical[others]])
    return _Asked(np.r_[cosine, found.dense[others]], trial.lexical, everyday_, trial)


def _usual_weight(own: Sequence[_Asked], foreign: Sequence[_Asked]) -> float:
    """Return what a query's words weigh before trials tell: as much as the cosine that tells an answer from none."""
    if not own:
        return Calibration().weight
    ours, theirs = (np.median([one.dense.max(initial=0.0) for one in side]) for side in (own, foreign))
    return max(float(ours - theirs), LEAST_WEIGHT)


def _evidence(asked: Sequence[_Asked], weight: float) -> Floats:
    rows = [evidence(one.dense, one.lexical, combine(one.dense, one.lexical, weight), one.everyday) for one in asked]
    return np.array(rows).reshape(len(rows), 4)
