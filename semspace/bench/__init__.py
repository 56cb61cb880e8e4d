"""Figures -> scripts/figures.json -> README.md.

Each bench measures side by side, in one run, what is to be compared, and says the bar that a figure is held against. Ratios
count: a machine that is slow today is slow for both. What needs a clean slate runs in a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from semspace.bench.figures import Result
from semspace.bench.setting import Setting

BENCHES = {
    "encoding": ("semspace.bench.encoding:encoding", "Tokens per second against SentenceTransformer.encode."),
    "index-end-to-end": ("semspace.bench.encoding:end_to_end", "Indexing hugo-docs against encoding its passages."),
    "cold-search": ("semspace.bench.searching:cold", "A search in a new process against an import."),
    "warm-search": ("semspace.bench.searching:warm", "A search through an open space of 100,000 passages."),
    "highlights": ("semspace.bench.searching:highlights", "A search with the reasons of each hit against one without."),
    "browse": ("semspace.bench.browsing:browsing", "The full-screen application: first screen, a key answered."),
    "scale": ("semspace.bench.scale:scale", "1,000,000 passages: search, recall, bytes."),
    "update": ("semspace.bench.updating:updating", "Indexing 1,000 files again."),
    "eval": ("semspace.bench.quality:quality", "Quality on SciFact."),
    "trust": ("semspace.bench.trust:trust", "Hybrid beside its better side; what has no answer; words without spaces."),
    "feedback": ("semspace.bench.feedback:judged", "Hits already judged: whether what is left comes out better."),
    "static": ("semspace.bench.static:static", "A static encoder against the one that it is distilled from."),
    "sentences": ("semspace.bench.sentences:measure", "Planted near-duplicates and judged paraphrases among lines."),
    "latent": ("semspace.bench.latent:latent", "Maps and other views against referees: quality, time, memory."),
    "growth": ("semspace.bench.growth:growth", "Time and memory from 1,000 to 1,000,000 passages."),
    "serve": ("semspace.bench.serving:serving", "32 clients at once of a server, for minutes; a search that asks it."),
    "engines": ("semspace.bench.costs:engines", "What a passage costs in a Milvus cluster, and what millions would."),
    "faults": ("semspace.bench.faults.running:faults", "Faults really injected, and what became of them."),
    "walks": ("semspace.bench.faults.walks:walks", "Operations in any order against a dict, for an hour, from a new seed."),
    "plan": ("semspace.bench.growth:plan", "What 10 and 100 million passages would cost."),
}
"""Name -> ("module:function", what it measures), in the order in which they run."""


def bench(name: str) -> Callable[[Setting], Result]:
    """Import a bench."""
    module, _, attribute = BENCHES[name][0].partition(":")
    found: Callable[[Setting], Result] = getattr(import_module(module), attribute)
    return found
