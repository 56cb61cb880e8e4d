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
from semspace.bench.measuring import MB, python, timed
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


def _growth(setting: Setting) -> Iterator[Figure]:
    for size, seconds, memory in ((LARGE, 180.0, 1_000.0), (HUGE, 600.0, None)):
        count = setting.size(size, 1_200)
        setting.say(f"a map of {count:,} points")
        with TemporaryDirectory(dir=setting.work) as folder:
            # Drawn here: what that takes is not what a map takes.
            np.save(path := Path(folder) / "vectors.npy", _many(setting, count, setting.size(PLACED, 100)))
            ran = python("-m", "semspace.bench.maps", str(path), str(count))
        yield Figure(f"map of {size:,} points, neighbours included", ran.said["seconds"], "s", "under", seconds)
        what = f"memory of that process at its peak, {size:,}"
        yield Figure(what, ran.peak / MB, "MB", "under" if memory else None, memory)
        if size == LARGE:
            yield from _placing(ran.said, size)


def _placing(said: dict[str, float], size: int) -> Iterator[Figure]:
    """Yield what it took to place glosses left out of a large map, and what they keep beside what its members keep."""
    yield Figure(f"placing {PLACED:,} new points among {size:,}", said["placing"], "s", "under", 1.0)
    yield Figure("the same and measuring the whole map again", said["placing"] + said["measuring"], "s")
    yield Figure("placed points: neighbours kept, of what members keep", said["share"], "", "at least", 0.8)
    yield Figure("old points that moved", said["moved"], "", "at most", 0.0)


def large(vectors: Vectors, count: int) -> dict[str, float]:
    """Draw a map of so many vectors, then place the others on it; say what it took."""
    started = time.perf_counter()
    made: Layout = fit(Recipe(), vectors[:count], None, Moments.of(vectors[:count]))
    seconds = time.perf_counter() - started
    before = np.append(np.arange(count), np.full(len(vectors) - count, -1))
    started = time.perf_counter()
    found = follow(made, vectors, before, np.arange(len(vectors)))
    placing = time.perf_counter() - started
    return {
        "seconds": seconds,
        "kept": float(made.kept.mean()),
        "placing": placing,
        "measuring": timed(lambda: faithfulness(vectors, found.positions, seed=SEED)),
        "share": float(found.kept[count:].mean()) / made.fit,
        "moved": float((found.positions[:count] != made.positions).any()),
    }


def _many(setting: Setting, count: int, placed: int) -> Vectors:
    """Return vectors for a map, then as many of glosses drawn by chance as are to be placed on it."""
    material = glosses(setting)
    real = min(count + placed, len(material.vectors))
    last = np.sort(np.random.default_rng(SEED).choice(real, placed, replace=False))
    vectors = np.empty((count + placed, material.vectors.shape[1]), np.float32)
    vectors[: real - placed] = unit(material.vectors[np.setdiff1d(np.arange(real), last)])
    vectors[count:] = unit(material.vectors[last])
    cloud = Cloud(material.vectors, material.near)
    for start in range(real - placed, count, 100_000):
        numbers = np.arange(start, min(start + 100_000, count), dtype=np.uint64)
        vectors[start : start + len(numbers)] = cloud.draw(numbers)
    return vectors


def _cells(row: Row) -> list[str]:
    name, seconds, faith = row
    shares = (faith.kept_15, faith.kept_50, faith.trustworthiness, faith.continuity, faith.triplets, faith.misplaced)
    return [name, f"{seconds:.1f}", *(f"{share:.3f}" for share in shares)]


if __name__ == "__main__":
    import sys

    sys.stdout.write(json.dumps(large(np.load(sys.argv[1]), int(sys.argv[2]))) + "\n")
