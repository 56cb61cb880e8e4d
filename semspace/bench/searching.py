"""Searching: in a new process, and through an open space."""

from __future__ import annotations

import numpy as np

from semspace.bench import judged, spaces
from semspace.bench.figures import Figure, Result
from semspace.bench.material import glosses
from semspace.bench.measuring import Run, in_turn, python, ratio, semspace, timed
from semspace.bench.setting import Setting
from semspace.space import Space

COLD = 10_000
WARM = 100_000


def cold(setting: Setting) -> Result:
    """Search in a new process, and in turn import sentence_transformers in another; files are in the page cache for both."""
    built = spaces.drawn(setting, setting.size(COLD, 100))
    query = glosses(setting).queries[0]
    setting.say("searching in new processes")
    times = setting.size(5, 1)
    found, imported = in_turn(
        lambda: search(setting, built.name, query), lambda: python("-c", "import sentence_transformers"), times
    )
    faster = ratio([run.seconds for run in imported], [run.seconds for run in found])
    return Result(
        [
            Figure("cold search against `import sentence_transformers`: times faster", faster, "x", "at least", 10.0),
            Figure("peak memory of a cold search", max(run.peak for run in found) / 1e6, "MB", "under", 300.0),
            Figure("peak memory of the import", max(run.peak for run in imported) / 1e6, "MB"),
            Figure("cold search", min(run.seconds for run in found), "s", note=f"{built.passages:,} passages"),
            Figure("import sentence_transformers", min(run.seconds for run in imported), "s"),
        ]
    )


def search(setting: Setting, name: str, query: str) -> Run:
    """Search a space in a new process."""
    return semspace("search", query, "--index", name, "--json", *setting.place(), codes=(0,))


def warm(setting: Setting) -> Result:
    """Ask an open space one query after the other, each encoded."""
    built = spaces.drawn(setting, setting.size(WARM, 200))
    queries = glosses(setting).queries[: setting.size(300, 20)]
    setting.say(f"asking {len(queries)} queries of an open space")
    with Space.open(built.name, home=setting.home, models=setting.models) as space:
        for query in queries[:10]:
            space.search(query)
        hybrid = [timed(lambda query=query: space.search(query)) for query in queries]  # type: ignore[misc]
        lexical = [timed(lambda query=query: space.search(query, mode="lexical")) for query in queries]  # type: ignore[misc]
        encoded = [timed(lambda query=query: space.encoder.encode([query], "query")) for query in queries]  # type: ignore[misc]
    middle, late = (1000 * np.quantile(hybrid, [0.5, 0.95])).tolist()
    return Result(
        [
            Figure("warm hybrid search, median, query's encoding included", middle, "ms", "under", 15.0),
            Figure("the same, 95 % are faster than", late, "ms"),
            Figure("warm lexical search, median", 1000 * float(np.median(lexical)), "ms"),
            Figure("of these, encoding the query, median", 1000 * float(np.median(encoded)), "ms"),
            Figure("passages", built.passages),
        ]
    )


def highlights(setting: Setting) -> Result:
    """Ask an open space each query twice: with the reasons of each hit, and without."""
    with judged.opened(setting, "xquad/en") as (space, collection):
        queries = list(collection.queries.values())[: setting.size(300, 10)]
        setting.say(f"asking {len(queries)} queries with highlights and without")
        for query in queries[:10]:
            space.search(query, reasons=True)
        plain, lit = [], []
        for query in queries:
            plain.append(timed(lambda query=query: space.search(query)))  # type: ignore[misc]
            lit.append(timed(lambda query=query: space.search(query, reasons=True)))  # type: ignore[misc]
        marked = float(np.mean([any(hit.answer for hit in space.search(query, reasons=True)) for query in queries[:50]]))
    more = 1000 * (np.array(lit) - np.array(plain))
    return Result(
        [
            Figure("a search with highlights: more than one without, median", float(np.median(more)), "ms", "under", 30.0),
            Figure("the same, 95 % are less", float(np.quantile(more, 0.95)), "ms"),
            Figure("the search without, median", 1000 * float(np.median(plain)), "ms"),
            Figure("answers of which a sentence is lit", marked, "", "at least", 0.95, note=f"{len(queries[:50])} queries"),
        ]
    )
