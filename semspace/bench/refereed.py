"""What another Python runs: a map of given vectors by umap-learn or openTSNE, each with its own settings.

python refereed.py PACKAGE VECTORS.npy POSITIONS.npy; it imports nothing of semspace, and says what it took as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

SEED = 3
WARM = 300


def umap_learn(vectors: Any) -> Any:
    """Draw with umap-learn, whose compilation is not counted."""
    import umap

    return umap.UMAP(metric="cosine", random_state=SEED, n_jobs=1).fit_transform(vectors)


def open_tsne(vectors: Any) -> Any:
    """Draw with openTSNE."""
    from openTSNE import TSNE

    return np.asarray(TSNE(metric="cosine", n_jobs=-1, random_state=SEED).fit(vectors))


PACKAGES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "umap-learn": ("umap", umap_learn),
    "openTSNE": ("openTSNE", open_tsne),
}
"""Name -> (module, how it draws)."""


def main(name: str, given: str, wanted: str) -> None:
    """Draw once; say null where the package is not here."""
    module, draw = PACKAGES[name]
    if find_spec(module) is None:
        sys.stdout.write("null\n")
        return
    vectors = np.load(given)
    # Compilation and imports: once in a life, and no part of a map.
    draw(vectors[:WARM])
    started = time.perf_counter()
    positions = draw(vectors)
    seconds = time.perf_counter() - started
    np.save(wanted, np.asarray(positions, dtype=np.float32))
    sys.stdout.write(json.dumps({"seconds": seconds}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
