"""What a bench does in a process of its own: `python -m semspace.bench.child ACTION SETTING ARGUMENTS...`; JSON out."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from semspace.bench.material import Documents, GivenEncoder, Material, glosses
from semspace.bench.setting import Setting
from semspace.space import Space


def build(setting: Setting, name: str, passages: str) -> dict[str, Any]:
    """Make a space of so many passages, of glosses and beyond them of recombined ones, by the walk that all texts take."""
    with Space.create(name, setting.model, home=setting.home, models=setting.models) as space:
        material, given = _give(space, setting)
        started = time.perf_counter()
        with space._writing() as store:
            space._ingest(store, None).texts(Documents(material, int(passages)))
        return {"seconds": time.perf_counter() - started - given.seconds, "passages": len(space)}


def follow(setting: Setting, name: str, folder: str) -> dict[str, Any]:
    """Make a space of a folder, with vectors that are drawn."""
    with Space.create(name, setting.model, home=setting.home, models=setting.models) as space:
        _, given = _give(space, setting)
        started = time.perf_counter()
        space.index([folder])
        return {"seconds": time.perf_counter() - started - given.seconds, "passages": len(space)}


def replace(setting: Setting, name: str, key: str, text: str) -> dict[str, Any]:
    """Put a text in the place of another one."""
    with Space.open(name, home=setting.home, models=setting.models) as space:
        space.add_texts([text], [key])
        return {"passages": len(space)}


def encode(setting: Setting, path: str) -> dict[str, Any]:
    """Encode the texts in a file of JSON, and nothing else."""
    texts = json.loads(Path(path).read_text(encoding="utf-8"))
    encoder = setting.encoder
    started = time.perf_counter()
    encoder.encode(texts, "passage")
    return {"seconds": time.perf_counter() - started}


ACTIONS: dict[str, Callable[..., dict[str, Any]]] = {
    "build": build,
    "follow": follow,
    "replace": replace,
    "encode": encode,
}


def _give(space: Space, setting: Setting) -> tuple[Material, GivenEncoder]:
    """Let a space be filled with vectors that are there already; no caller of a Space needs to."""
    setting.adopt(space._opened(bulk=True))
    material = glosses(setting)
    space._encoders[True] = space._encoders[False] = given = GivenEncoder(setting.encoder, material)
    return material, given


if __name__ == "__main__":
    action, packed, *arguments = sys.argv[1:]
    sys.stdout.write(json.dumps(ACTIONS[action](Setting.unpacked(packed), *arguments)) + "\n")
