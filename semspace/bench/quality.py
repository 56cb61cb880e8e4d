"""Quality on SciFact: of the encoder, and of the static one that is distilled from it."""

from __future__ import annotations

from semspace.bench.figures import Figure, Result
from semspace.bench.judged import folder
from semspace.bench.setting import Setting
from semspace.encoders import DEFAULT
from semspace.evaluation import evaluate
from semspace.records import Evaluation

PUBLISHED = {DEFAULT: 0.6451}
"""nDCG@10 of sentence-transformers in float32 on SciFact, as the MTEB leaderboard has it."""

WITHIN = 0.003


def quality(setting: Setting) -> Result:
    """Judge the encoder on SciFact: by meaning, by words, by both."""
    done = scifact(setting, setting.model)
    by_mode = {result.mode: result for result in done.results}
    figures = [
        Figure(f"SciFact nDCG@10, {mode}", result.ndcg, note=f"95 % {low:.3f} to {high:.3f}")
        for mode, result in by_mode.items()
        for low, high in [result.ci95["ndcg@10"]]
    ]
    figures += [Figure(f"SciFact recall@100, {mode}", result.recall) for mode, result in by_mode.items()]
    if published := PUBLISHED.get(done.model):
        gap = abs(by_mode["semantic"].ndcg - published)
        figures.insert(0, Figure("SciFact nDCG@10 by meaning: gap to the published one", gap, "", "at most", WITHIN))
    return Result(figures, facts={"hybrid": by_mode["hybrid"].ndcg, "semantic": by_mode["semantic"].ndcg})


def scifact(setting: Setting, model: str | None) -> Evaluation:
    """Measure an encoder on SciFact. Raises Absent."""
    setting.say(f"indexing and asking SciFact with {model or DEFAULT}")
    return evaluate(folder(setting, "scifact"), model=model, models=setting.models)
