"""Quality on SciFact: of the encoder, and of the static one that is distilled from it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from semspace.bench.figures import Figure, Result
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
    folder = setting.need("scifact")
    setting.say(f"indexing and asking SciFact with {model or DEFAULT}")
    with TemporaryDirectory(dir=setting.work) as some:
        return evaluate(_some(folder, Path(some)) if setting.quick else folder, model=model, models=setting.models)


def _some(folder: Path, some: Path, judged: int = 10, documents: int = 50) -> Path:
    """Write a small part of a collection: judgements, their queries and documents, and some other documents."""
    (some / "qrels").mkdir()
    header, *rows = (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()
    (some / "qrels" / "test.tsv").write_text("\n".join([header, *rows[:judged]]) + "\n", encoding="utf-8")
    wanted = {row.split("\t")[1] for row in rows[:judged]}
    lines = (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for row, line in enumerate(lines) if row < documents or json.loads(line)["_id"] in wanted]
    (some / "corpus.jsonl").write_text("".join(kept), encoding="utf-8")
    shutil.copyfile(folder / "queries.jsonl", some / "queries.jsonl")
    return some
