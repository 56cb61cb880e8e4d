"""Saved views of the screen: what was asked, of which passages, and which part of the map was seen, kept under a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

from semspace.named import Kind
from semspace.records import Mode
from semspace.store import Store, WritableStore

SCENES = Kind("scene", "saved view", "Save one on the screen of semspace browse: w")


@dataclass(frozen=True, slots=True)
class Scene:
    """A query and how it was asked, the passages that could answer (None: all) with their name, the part of the map."""

    name: str
    query: str
    mode: Mode = "hybrid"
    everything: bool = False
    rerank: bool = False
    among: tuple[int, ...] | None = None
    called: str = ""
    window: tuple[float, float, float, float] | None = None


def save(store: WritableStore, scene: Scene) -> None:
    """Keep a view, in the place of one with the same name. Raises InvalidName."""
    fields = {
        "query": scene.query, "mode": scene.mode, "everything": scene.everything, "rerank": scene.rerank,
        "among": scene.among, "called": scene.called, "window": scene.window,
    }  # fmt: skip
    SCENES.save(store, scene.name, fields)


def load(store: Store, name: str) -> Scene:
    """Return a view. Raises NotFound where there is none, or it is not what was kept."""

    def read(fields: dict[str, Any]) -> Scene:
        if fields["mode"] not in get_args(Mode):
            raise ValueError("mode")
        left, bottom, right, top = map(float, fields["window"] or (0, 0, 0, 0))
        among = None if fields["among"] is None else tuple(map(int, fields["among"]))
        flags = bool(fields["everything"]), bool(fields["rerank"])
        window = (left, bottom, right, top) if fields["window"] else None
        return Scene(name, str(fields["query"]), fields["mode"], *flags, among, str(fields["called"]), window)

    return SCENES.load(store, name, read)


def names(store: Store) -> Sequence[str]:
    """Return the names of the saved views of a space, in order."""
    return SCENES.names(store)
