"""Maps against those of other packages on the same vectors, and what they cost as spaces grow."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from semspace.arrays import Floats32, Vectors, unit
from semspace.bench import refereed
from semspace.bench.figures import Figure, Result, Table
from semspace.bench.material import glosses
from semspace.bench.measuring import MB, python
from semspace.bench.refereed import PACKAGES
from semspace.bench.setting import Setting
from semspace.bench.vectors import Cloud
from semspace.latent.faithfulness import Faithfulness, faithfulness
from semspace.latent.graph import nearest
from semspace.latent.layout import Layout, Recipe, fit, follow
from semspace.latent.moments import Moments

COMPARED, LARGE, HUGE = 20_000, 100_000, 1_000_000
PLACED = 1_000
SEED = 3

Row = tuple[str, float, Faithfulness]


def maps(setting: Setting) -> Result:
    """Draw 20,000 glosses by every method there is, then 100,000 and 1,000,000 in processes of their own."""
    vectors = _glosses(setting, setting.size(COMPARED, 400))
    ours, again = _ours(vectors), _ours(vectors)
    rows = [_measured(setting, f"semspace, spread {spread}", vectors, spread) for spread in (1, 2, 4)]
    rows += _refereed(setting, vectors)
    mine, others = rows[0], rows[3:]
    figures = [
        Figure("map of 20,000 glosses", mine[1], "s", "under", 30.0),
        *(Figure(what, value, "", "at least", least) for what, value, least in _quality(mine[2], [row[2] for row in others])),
        Figure("maps that differ in any bit, of two", float(ours.tobytes() != again.tobytes()), "", "at most", 0.0),
        *_placing(setting),
        *_growth(setting),
    ]
    columns = ("map of 20,000 glosses", "s", "kept, 15", "kept, 50", "trustworthiness", "continuity", "triplets", "misplaced")
    table = Table("Maps of the same vectors, neighbours found included", columns, [_cells(row) for row in rows])
    return Result(figures, [table])


def _quality(mine: Faithfulness, others: list[Faithfulness]) -> Iterator[tuple[str, float, float]]:
    """Yield what a map keeps, and the most that another package's map of the same vectors does."""
    for name, what in (("kept_15", "15 neighbours kept"), ("kept_50", "50 neighbours kept"), ("trustworthiness",) * 2):
        yield what, getattr(mine, name), max(getattr(other, name) for other in others)


def _glosses(setting: Setting, count: int) -> Vectors:
    held = glosses(setting).vectors
    return unit(held[np.linspace(0, len(held) - 1, min(count, len(held))).astype(int)])


def _ours(vectors: Vectors, spread: float = 1.0) -> Floats32:
    return fit(Recipe(spread=spread), vectors, nearest(vectors), Moments.of(vectors)).positions


def _measured(setting: Setting, name: str, vectors: Vectors, spread: float) -> Row:
    return _timed(setting, name, vectors, lambda given: _ours(given, spread))


def _timed(setting: Setting, name: str, vectors: Vectors, draw: Callable[[Vectors], Floats32]) -> Row:
    setting.say(f"a map by {name}")
    started = time.perf_counter()
    positions = draw(vectors)
    seconds = time.perf_counter() - started
    return name, seconds, faithfulness(vectors, np.asarray(positions, np.float32), seed=SEED)


def _refereed(setting: Setting, vectors: Vectors) -> Iterator[Row]:
    """Yield the maps of PCA, and of other packages where another Python has them: vectors go there and positions come back."""
    yield _timed(setting, "PCA", vectors, _pca)
    for name in PACKAGES if setting.referee else ():
        setting.say(f"a map by {name}")
        with TemporaryDirectory() as folder:
            given, wanted = (Path(folder) / f"{what}.npy" for what in ("vectors", "positions"))
            np.save(given, vectors)
            command = [str(setting.referee), "-I", refereed.__file__, name, str(given), str(wanted)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"{name} ended with {done.returncode}:\n{done.stderr[-2000:]}")
            said = json.loads(done.stdout.splitlines()[-1])
            if said is None:
                setting.say(f"{setting.referee} has no {name}")
                continue
            yield name, said["seconds"], faithfulness(vectors, np.load(wanted), seed=SEED)


def _pca(vectors: Vectors) -> Floats32:
    return fit(Recipe("pca"), vectors, nearest(vectors), Moments.of(vectors)).positions


def _placing(setting: Setting) -> list[Figure]:
    """Leave a tenth of the glosses out of a map, and place them: what they keep beside what the members keep."""
    vectors = _glosses(setting, setting.size(10 * PLACED, 400))
    left_out = np.sort(np.random.default_rng(SEED).choice(len(vectors), len(vectors) // 10, replace=False))
    members = np.setdiff1d(np.arange(len(vectors)), left_out)
    some = vectors[members]
    made = fit(Recipe(), some, nearest(some), Moments.of(some))
    both = np.concatenate([some, vectors[left_out]])
    before = np.concatenate([np.arange(len(some)), np.full(len(left_out), -1)])
    started = time.perf_counter()
    found = follow(made, both, before, np.arange(len(both)))
    seconds = time.perf_counter() - started
    moved = float((found.positions[: len(some)] != made.positions).any())
    share = float(found.kept[len(some) :].mean()) / made.fit
    return [
        Figure("placing 1,000 new points", seconds, "s", "under", 1.0),
        Figure("placed points: neighbours kept, of what members keep", share, "", "at least", 0.8),
        Figure("old points that moved", moved, "", "at most", 0.0),
    ]


def _growth(setting: Setting) -> list[Figure]:
    figures = []
    for size, seconds, memory in ((LARGE, 180.0, 1_000.0), (HUGE, 600.0, None)):
        count = setting.size(size, 1_200)
        setting.say(f"a map of {count:,} points")
        ran = python("-m", "semspace.bench.maps", setting.packed(), str(count))
        figures.append(Figure(f"map of {size:,} points, neighbours included", ran.said["seconds"], "s", "under", seconds))
        figures.append(
            Figure(f"memory of that process at its peak, {size:,}", ran.peak / MB, "MB", "under" if memory else None, memory)
        )
    return figures


def large(setting: Setting, count: int) -> dict[str, float]:
    """Draw a map of glosses, and beyond them of vectors drawn around them; say what it took."""
    material = glosses(setting)
    real = min(count, len(material.vectors))
    vectors = np.empty((count, material.vectors.shape[1]), np.float32)
    vectors[:real] = unit(material.vectors[:real])
    cloud = Cloud(material.vectors, material.near)
    for start in range(real, count, 100_000):
        numbers = np.arange(start, min(start + 100_000, count), dtype=np.uint64)
        vectors[start : start + len(numbers)] = cloud.draw(numbers)
    started = time.perf_counter()
    made: Layout = fit(Recipe(), vectors, None, Moments.of(vectors))
    return {"seconds": time.perf_counter() - started, "kept": float(made.kept.mean())}


def _cells(row: Row) -> list[str]:
    name, seconds, faith = row
    shares = (faith.kept_15, faith.kept_50, faith.trustworthiness, faith.continuity, faith.triplets, faith.misplaced)
    return [name, f"{seconds:.1f}", *(f"{share:.3f}" for share in shares)]


if __name__ == "__main__":
    import sys

    sys.stdout.write(json.dumps(large(Setting.unpacked(sys.argv[1]), int(sys.argv[2]))) + "\n")
