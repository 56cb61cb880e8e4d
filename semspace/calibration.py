"""Scores -> trust: how much words weigh against meaning in a space, and which best hit is no answer.

Both are learned from the passages themselves, without labels. Pure functions of arrays: `learning` asks the questions.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal
from zlib import crc32

import numpy as np
import numpy.typing as npt

from semspace.arrays import Vectors, unit
from semspace.errors import InvalidVectors
from semspace.records import MODES, Mode

Floats = npt.NDArray[np.float64]
Basis = Literal["passages", "background", "nothing"]

EVIDENCE = ("dense", "lexical", "neighborhood", "everyday")
"""Of the best hit its cosine and its share of the query's words; how near the space is around it; how near a query is to
subjects that everybody talks of. All but the last speak for an answer."""

_COLUMNS: Mapping[Mode, tuple[int, ...]] = {"hybrid": (0, 1, 2, 3), "semantic": (0, 2, 3), "lexical": (1,)}

KEY = "calibration"
"""The name under which a store keeps it."""

NEIGHBORS = (20, 100)
"""Ranks whose cosines say how near the space is around a best hit: a subject that it covers has more than one passage."""

ENOUGH = 30
"""Questions out of a space's own passages below which nothing is learned from them."""

SLOPE = 14.0
"""How fast odds of being the answer grow with the cosine. Over eight collections it was 9 to 22."""

UNSURE = (0.5, 0.7)
"""Deviations of the logarithms of the slope and of the weight that are expected of a space."""

LOST = (0.01, 0.03, 0.075)
"""Shares of its own questions that a space may lose: where everything is its subject, usually, at most."""

FOREIGN = 0.97
"""Share of everyday questions that are to find nothing, as far as few enough of its own are lost."""

GENERAL = 0.8
"""A space in which fewer everyday questions than that find nothing covers everyday subjects: a dictionary does."""

WEIGHT = 0.35
"""Weight of words in a space that has not been calibrated."""

K1, B = 1.2, 0.75
"""BM25's own: how soon a word that comes again counts no more, and how much a long text is held against it."""

BACKGROUND = 0.05
"""Relevance of what an ordinary foreign question finds; at the cut it is one half."""


@dataclass(frozen=True, slots=True)
class Judge:
    """A line between answers and what is no answer: `weights` of the evidence, the `cut`, and how steep relevance is."""

    weights: tuple[float, ...]
    cut: float
    steepness: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a space learned of itself.

    `weight` is that of the lexical side: score = cosine + weight * share of the query's words. `subjects` are the
    centroids of everyday subjects, shape (n, dim). `kept` and `rejected` are the shares of the space's own questions that
    are found and of foreign ones that are not, both by the cut for hybrid search. `basis` says what the cut was learned
    from: "background" where the space has too few passages to ask.
    """

    weight: float = WEIGHT
    judges: Mapping[Mode, Judge] = field(default_factory=dict)
    subjects: Vectors = field(default_factory=lambda: np.empty((0, 0), dtype=np.float32))
    passages: int = 0
    questions: int = 0
    kept: float = 0.0
    rejected: float = 0.0
    basis: Basis = "nothing"

    def to_json(self) -> str:
        """Write it as text that a store can keep."""
        packed = base64.b64encode(self.subjects.astype(np.float16).tobytes()).decode()
        rows = {name: getattr(self, name) for name in ("weight", "passages", "questions", "kept", "rejected", "basis")}
        judges = {mode: asdict(judge) for mode, judge in self.judges.items()}
        fields = {**rows, "judges": judges, "subjects": packed, "shape": self.subjects.shape}
        return json.dumps({**fields, "checksum": _checksum(fields)})

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """Read what `to_json` wrote. Raises ValueError where it is something else."""
        try:
            return cls._from(json.loads(text))
        except (InvalidVectors, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise ValueError(f"it cannot be read: {error}") from error

    @classmethod
    def _from(cls, row: dict[str, Any]) -> Calibration:
        if row.pop("checksum") != _checksum(row):
            raise ValueError("it does not have its checksum")
        packed = np.frombuffer(base64.b64decode(row.pop("subjects")), dtype=np.float16)
        vectors = packed.reshape(row.pop("shape")).astype(np.float32)
        judges = {
            mode: Judge(tuple(map(float, judge["weights"])), float(judge["cut"]), float(judge["steepness"]))
            for mode, judge in row.pop("judges").items()
        }
        return cls(judges=judges, subjects=unit(vectors) if len(vectors) else vectors, **row)

    def stale(self, passages: int) -> bool:
        """Tell whether a space of so many passages has changed enough to be calibrated again, or never was."""
        if self.basis == "nothing":
            return passages > 0
        return abs(passages - self.passages) > max(10, 0.2 * self.passages)

    def everyday(self, vector: Vectors) -> float:
        """Return how near a query, shape (1, dim), is to the nearest everyday subject."""
        return float((self.subjects @ vector[0]).max(initial=0.0)) if self.subjects.size else 0.0

    def relevance(self, mode: Mode, evidence: Floats, scores: Floats) -> Floats:
        """Return the relevance, in [0, 1], of hits with these scores, best first; `evidence` is that of the best.

        It falls with the score and is 0.5 at the cut. Without a calibration it is 1: nothing is known against a hit.
        """
        judge = self.judges.get(mode)
        if judge is None or not len(scores):
            return np.ones(len(scores))
        per_score = judge.weights[1 if mode == "lexical" else 0]
        values = float(evidence @ np.array(judge.weights)) - per_score * (scores.max() - scores)
        return _logistic(judge.steepness * (values - judge.cut))


@dataclass(frozen=True, slots=True)
class Trial:
    """A question, and its candidates' cosines and lexical shares; the first candidate is the answer."""

    dense: Floats
    lexical: Floats


def share(weights: Mapping[str, float], words: Sequence[str], average: float) -> float:
    """Return how much of a query a text would have that is in no index: BM25 and presence beside the most of both.

    `weights` are those of the query's stems, `words` the stems of the text, `average` is how many a passage has.
    Lv, Zhai: Lower-Bounding Term Frequency Normalization (2011).
    """
    counts = Counter(words)
    room = K1 * (1 - B + B * len(words) / max(average, 1.0))
    held = ((weight, counts[word]) for word, weight in weights.items() if word in counts)
    found = sum(weight * ((1 + K1) * count / (count + room) + 1) for weight, count in held)
    return found / max(sum(weights.values()) * (2 + K1), 1e-9)


def _checksum(fields: Mapping[str, object]) -> int:
    return crc32(json.dumps(fields, sort_keys=True).encode())


def combine(dense: Floats, lexical: Floats, weight: float) -> Floats:
    """Return the scores of candidates from their cosines and their shares of the query's words."""
    return np.asarray(dense + weight * lexical)


def evidence(dense: Floats, lexical: Floats, scores: Floats, everyday: float) -> Floats:
    """Return the evidence for the best candidate, shape (4,), in the order of EVIDENCE.

    `dense` and `lexical` hold a cosine and a share for every candidate; zeros where a mode has none.
    """
    if not len(scores):
        return np.array([0.0, 0.0, 0.0, everyday])
    best = int(np.argmax(scores))
    falling = np.sort(dense)[::-1]
    around = np.mean([falling[min(rank, len(falling)) - 1] for rank in NEIGHBORS])
    return np.array([dense[best], lexical[best], around, everyday], dtype=np.float64)


def fit_weight(trials: Sequence[Trial], usual: float = WEIGHT) -> float:
    """Return the weight of the lexical side that makes the answers of some questions most likely.

    The odds of a candidate are exp(slope * (cosine + weight * share)); slope and weight are fitted together, each with what
    is usual as its prior, so that few trials change little.
    McFadden: Conditional Logit Analysis of Qualitative Choice Behavior (1974).
    """
    slopes = SLOPE * np.exp(np.linspace(-1.25, 1.25, 11))
    weights = usual * np.exp(np.linspace(-2.5, 2.5, 41))
    surprise = sum((_surprise(trial, slopes, weights) for trial in trials), np.zeros((len(weights), len(slopes))))
    surprise += 0.5 * (np.log(slopes / SLOPE) / UNSURE[0]) ** 2
    surprise += 0.5 * (np.log(weights / usual)[:, None] / UNSURE[1]) ** 2
    return float(weights[np.unravel_index(np.argmin(surprise), surprise.shape)[0]])


def _surprise(trial: Trial, slopes: Floats, weights: Floats) -> Floats:
    """Return minus the logarithm of the answer's probability, shape (weights, slopes)."""
    scores = trial.dense + weights[:, None] * trial.lexical
    lead = scores - scores[:, :1]
    odds = np.exp(np.minimum(lead[:, :, None] * slopes, 500.0)).sum(axis=1)
    return np.asarray(np.log(odds))


def fit(own: Floats, foreign: Floats) -> dict[Mode, Judge]:
    """Draw the line for every mode between the evidence of own and of foreign questions, shape (n, 4) each.

    With fewer than ENOUGH own ones it is drawn above the foreign ones alone.
    """
    return {mode: _judge(own, foreign, _COLUMNS[mode]) for mode in MODES}


def _judge(own: Floats, foreign: Floats, columns: tuple[int, ...]) -> Judge:
    weights = np.zeros(len(EVIDENCE))
    if len(own) >= ENOUGH:
        chosen = list(columns)
        apart = own[:, chosen].mean(axis=0) - foreign[:, chosen].mean(axis=0)
        # Each kind of evidence counts by how well it tells the two apart; both cannot be told to correlate from so few.
        weights[chosen] = apart / np.maximum(np.concatenate([own, foreign])[:, chosen].var(axis=0), 1e-4)
        weights[:3] = np.maximum(weights[:3], 0.0)
        weights[3] = min(weights[3], 0.0)
        weights /= max(np.abs(weights).max(), 1e-9)
        cut = _cut(own @ weights, foreign @ weights)
    else:
        weights[[column for column in columns if column < 2]] = (1.0, 0.5)[: sum(column < 2 for column in columns)]
        cut = float(np.quantile(foreign @ weights, FOREIGN))
    usual = float(np.median(foreign @ weights))
    steepness = float(np.log((1 - BACKGROUND) / BACKGROUND)) / max(cut - usual, 0.02)
    return Judge(tuple(weights.tolist()), cut, steepness)


def _cut(own: Floats, foreign: Floats) -> float:
    """Return the value that rejects foreign questions, but not more of the space's own than it may lose."""
    general, usual, most = np.quantile(own, LOST)
    if (foreign < most).mean() < GENERAL:
        return float(general)
    return float(np.clip(np.quantile(foreign, FOREIGN), usual, most))


def _logistic(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -60, 60))))
