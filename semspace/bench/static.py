"""The static encoder against the one that it is distilled from."""

from __future__ import annotations

import time

from semspace import encoders
from semspace.bench.figures import Figure, Result
from semspace.bench.material import passages
from semspace.bench.measuring import ratio, timed
from semspace.bench.quality import scifact
from semspace.bench.setting import Setting

NAME = "bench-static"
ROUNDS = 3


def static(setting: Setting) -> Result:
    """Distil a static encoder, and compare speed and quality; the encoder is removed afterwards."""
    setting.say("distilling a static encoder")
    seconds = timed(lambda: encoders.distil(NAME, teacher=setting.model, models=setting.models))
    try:
        faster, speed = _speed(setting)
        theirs = scifact(setting, NAME)
    finally:
        encoders.remove(NAME, models=setting.models)
    mine = {result.mode: result.ndcg for result in theirs.results}
    known = setting.results["eval"].facts if "eval" in setting.results else _teacher(setting)
    return Result(
        [
            Figure("static encoder against its teacher, characters per second", faster, "x", "at least", 100.0),
            Figure("static encoder, passages per second", speed),
            Figure("distilling it", seconds, "s", "under", 120.0),
            Figure("SciFact nDCG@10, hybrid, static", mine["hybrid"], note=f"teacher {known['hybrid']:.4f}"),
            Figure("SciFact nDCG@10, semantic, static", mine["semantic"], note=f"teacher {known['semantic']:.4f}"),
        ]
    )


def _speed(setting: Setting) -> tuple[float, float]:
    """Return how many times as fast the static encoder is, in turn with its teacher, and its passages per second."""
    texts = passages(setting, setting.size(4_000, 40))
    some = texts[:: setting.size(20, 4)]
    opened = encoders.load(NAME, bulk=True, models=setting.models)
    setting.encoder.encode(some[:8], "passage")
    taught, made = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        setting.encoder.encode(some, "passage")
        middle = time.perf_counter()
        opened.encode(texts, "passage")
        taught.append((middle - start) / _characters(some))
        made.append((time.perf_counter() - middle) / _characters(texts))
    return ratio(taught, made), len(texts) / (made[-1] * _characters(texts))


def _characters(texts: list[str]) -> int:
    return sum(map(len, texts))


def _teacher(setting: Setting) -> dict[str, float]:
    return {result.mode: result.ndcg for result in scifact(setting, setting.model).results}
