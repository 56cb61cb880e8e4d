"""Quality on SciFact: of the encoder, and of the static one that is distilled from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from semspace.bench.figures import Figure, Result, Sense
from semspace.bench.judged import folder
from semspace.bench.setting import Setting
from semspace.encoders import DEFAULT
from semspace.evaluation import evaluate
from semspace.records import MODES, Evaluation, Mode

PUBLISHED = {DEFAULT: 0.6451}
"""nDCG@10 of sentence-transformers in float32 on SciFact, as the MTEB leaderboard has it."""

WITHIN = 0.003

NDCG = {"hybrid": 0.74, "hybrid, reranked by its tokens": 0.76}
RECALL = {"hybrid": 0.96}
"""What is asked of the default encoder."""


def quality(setting: Setting) -> Result:
    """Judge the encoder on SciFact: by meaning, by words, by both, and by both reranked."""
    done = scifact(setting, setting.model)
    again = scifact(setting, setting.model, modes=["hybrid"], rerank="tokens")
    by_mode = {result.mode: result for result in done.results}
    ways = by_mode | {"hybrid, reranked by its tokens": again.results[0]}
    usual = done.model == DEFAULT
    figures = [
        Figure(f"SciFact nDCG@10, {way}", result.ndcg, "", *_bar(NDCG, way, usual), note=f"95 % {low:.3f} to {high:.3f}")
        for way, result in ways.items()
        for low, high in [result.ci95["ndcg@10"]]
    ]
    figures += [
        Figure(f"SciFact recall@100, {way}", result.recall, "", *_bar(RECALL, way, usual)) for way, result in ways.items()
    ]
    if published := PUBLISHED.get(done.model):
        gap = abs(by_mode["semantic"].ndcg - published)
        figures.insert(0, Figure("SciFact nDCG@10 by meaning: gap to the published one", gap, "", "at most", WITHIN))
    return Result(figures, facts={"hybrid": by_mode["hybrid"].ndcg, "semantic": by_mode["semantic"].ndcg})


def _bar(bars: Mapping[str, float], way: str, usual: bool) -> tuple[Sense | None, float | None]:
    return ("at least", bars[way]) if usual and way in bars else (None, None)


def scifact(setting: Setting, model: str | None, modes: Sequence[Mode] = MODES, rerank: str = "none") -> Evaluation:
    """Measure an encoder on SciFact. Raises Absent."""
    setting.say(f"indexing and asking SciFact with {model or DEFAULT}")
    return evaluate(folder(setting, "scifact"), modes=modes, rerank=rerank, model=model, models=setting.models)
