"""Encoding against sentence-transformers, and indexing against encoding."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from semspace.arrays import Vectors, unit
from semspace.bench.figures import Figure, Result
from semspace.bench.material import passages
from semspace.bench.measuring import Run, python, semspace
from semspace.bench.setting import Setting
from semspace.encoders import cards

ROUNDS = 2


def encoding(setting: Setting) -> Result:
    """Encode 2,000 passages of hugo-docs here and with SentenceTransformer.encode as it comes, in turn."""
    texts = passages(setting, setting.size(2_000, 40))
    setting.say("opening the same weights with sentence-transformers")
    reference = _reference(setting)
    setting.encoder.encode(texts[:32], "passage")
    reference.encode(texts[:32], show_progress_bar=False)
    ours, theirs, cosines = 0.0, 0.0, []
    for part in range(ROUNDS):
        mine = texts[part::ROUNDS]
        setting.say(f"encoding {len(mine)} passages twice, round {part + 1} of {ROUNDS}")
        start = time.perf_counter()
        found = setting.encoder.encode(mine, "passage")
        middle = time.perf_counter()
        wanted = _encode(reference, mine)
        ours, theirs = ours + middle - start, theirs + time.perf_counter() - middle
        cosines.append((unit(found) * unit(wanted)).sum(axis=1))
    tokens = _tokens(setting, texts)
    every = np.concatenate(cosines)
    return Result(
        [
            Figure("tokens per second against SentenceTransformer.encode", theirs / ours, "x", "at least", 4.0),
            Figure("mean cosine to SentenceTransformer's vectors", float(every.mean()), "", "at least", 0.9998),
            Figure("worst cosine to them", float(every.min())),
            Figure("tokens per second", tokens / ours, note=f"{type(setting.encoder).__name__}"),
            Figure("tokens per second of SentenceTransformer", tokens / theirs),
            Figure("tokens in a passage, mean", tokens / len(texts)),
        ],
        facts={"tokens_per_second": tokens / ours, "tokens_per_passage": tokens / len(texts)},
    )


def _reference(setting: Setting) -> Any:
    from sentence_transformers import SentenceTransformer

    card = cards.read(setting.encoder.tokenizer_json.parent)
    return SentenceTransformer(card.source_folder, device="cpu", local_files_only=True)


def _encode(reference: Any, texts: Sequence[str]) -> Vectors:
    return np.asarray(reference.encode(texts, show_progress_bar=False), dtype=np.float32)


def _tokens(setting: Setting, texts: Sequence[str]) -> int:
    """Count what the encoder sees: cut, with its two special tokens."""
    room = setting.encoder.capacity("passage")
    return sum(min(count, room) + 2 for count in setting.encoder.count_tokens(texts))


def end_to_end(setting: Setting) -> Result:
    """Index hugo-docs in a new process, between two that only encode its passages."""
    folder = setting.few("hugo-docs", "*.md", 20)
    texts = passages(setting)
    with TemporaryDirectory(dir=setting.work) as work:
        file = Path(work) / "texts.json"
        file.write_text(json.dumps(texts), encoding="utf-8")
        setting.say(f"encoding {len(texts):,} passages alone, then indexing, then encoding again")
        alone = [_alone(setting, file)]
        indexed = semspace(
            "index", str(folder), "--index", "docs", "--home", str(Path(work) / "home"), "--json", *_model(setting), codes=(0,)
        )
        alone.append(_alone(setting, file))
    whole = sum(run.seconds for run in alone) / 2
    inside = sum(run.said["seconds"] for run in alone) / 2
    return Result(
        [
            Figure("indexing end to end against encoding alone, processes", indexed.seconds / whole, "x", "at most", 1.15),
            Figure("the same against the call of the encoder alone", indexed.seconds / inside, "x"),
            Figure("indexing end to end", indexed.seconds, "s", note=f"{len(texts):,} passages"),
            Figure("peak memory of indexing", indexed.peak / 1e6, "MB"),
        ]
    )


def _alone(setting: Setting, texts: Path) -> Run:
    return python("-m", "semspace.bench.child", "encode", setting.packed(), str(texts))


def _model(setting: Setting) -> list[str]:
    return [*setting.encoders(), *(["--model", setting.model] if setting.model else [])]
