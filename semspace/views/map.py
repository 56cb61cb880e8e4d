"""The whole space in two dimensions, with what of it can be believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32, Ids
from semspace.derived.maps import DerivedMap
from semspace.errors import InvalidInput
from semspace.latent.graph import among
from semspace.latent.layout import METHODS, Layout, Method, Recipe
from semspace.latent.placing import place
from semspace.records.lines import Step
from semspace.views.coloring import Groups, colored
from semspace.views.material import Material
from semspace.views.value import Value

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDEST = 12.0
"""Spread beyond which t-SNE is started with it: no map differs any more."""

LIT = 15
"""Neighbours of a query that are lit."""

Told = Callable[[Step], None]


class Drawing(TypedDict):
    """How a map is made, and what is shown on it."""

    spread: float
    method: Method
    seed: int
    query: str | None
    color_by: str | None
    refit: bool


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """Where a query is on a map: in the middle of most of its neighbours, which are the passages nearest to it in the space."""

    text: str
    x: float
    y: float
    neighbors: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Map(Value):
    """A map of passages: `ids` and `layout` row by row, their `groups`, and what was looked for.

    `shown` are the rows that were let through; how faithful the map is was measured of all.
    """

    space: str
    ids: Ids
    layout: Layout
    shown: Ids
    color_by: str | None = None
    groups: Groups | None = None
    spot: Spot | None = None

    def __len__(self) -> int:
        return len(self.shown)

    @property
    def positions(self) -> Floats32:
        """Return the positions of what is shown, (n, 2)."""
        return self.layout.positions[self.shown]

    @property
    def kept(self) -> Floats32:
        """Return what share of its neighbours each keeps, (n,)."""
        return self.layout.kept[self.shown]

    @property
    def doubtful(self) -> npt.NDArray[np.bool_]:
        """Return which of what is shown keeps none of its neighbours, (n,): what is around it says nothing about it."""
        found: npt.NDArray[np.bool_] = self.kept == 0
        return found

    @property
    def marks(self) -> list[tuple[float, float, Literal["cross", "lit"]]]:
        """Return what is pointed at: the query's neighbours that are shown, lit, and the query itself."""
        if self.spot is None:
            return []
        rows = np.flatnonzero(np.isin(self.ids[self.shown], [number for number, _ in self.spot.neighbors]))
        lit: list[tuple[float, float, Literal["cross", "lit"]]] = [(x, y, "lit") for x, y in self.positions[rows].tolist()]
        return [*lit, (self.spot.x, self.spot.y, "cross")]

    @property
    def footer(self) -> str:
        """Return one line that says how far the map can be believed."""
        faith, layout = self.layout.faith, self.layout
        parts = [f"{len(self):,} texts" if len(self) == len(self.ids) else f"{len(self):,} of {len(self.ids):,} texts"]
        parts.append(f"keeps {faith.kept_15:.0%} of true neighbours".replace("%", " %"))
        parts.append(f"trustworthiness {faith.trustworthiness:.2f}".replace("0.", "."))
        parts.append(f"{100 * faith.misplaced:.1f} % misplaced")
        if placed := int((~layout.fitted).sum()):
            parts.append(f"{placed:,} placed since the fit")
        return " · ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Return positions, groups, faithfulness, and all that made the map."""
        return {
            "index": self.space,
            "count": len(self),
            "of": len(self.ids),
            **asdict(self.layout.recipe),
            "fitted": int(self.layout.fitted.sum()),
            "faithfulness": asdict(self.layout.faith),
            "color_by": self.color_by,
            "groups": self.groups.names if self.groups else [],
            "query": self._query(),
            "points": self.rows(),
        }

    def _query(self) -> dict[str, Any] | None:
        if self.spot is None:
            return None
        near = [{"id": number, "similarity": round(similarity, 4)} for number, similarity in self.spot.neighbors]
        return {"text": self.spot.text, "x": self.spot.x, "y": self.spot.y, "neighbors": near}

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """Return one row for each passage."""
        names = self.groups.names if self.groups else []
        groups = [names[number] for number in self.groups.numbers[self.shown]] if self.groups else [None] * len(self)
        places = np.round(self.positions.astype(np.float64), 3).tolist()
        shares = np.round(self.kept.astype(np.float64), 3).tolist()
        return [
            {"id": number, "x": x, "y": y, "kept": share, "group": group}
            for number, (x, y), share, group in zip(self.ids[self.shown].tolist(), places, shares, groups, strict=True)
        ]

    def __rich__(self) -> RenderableType:
        from rich.text import Text

        return Text(self.footer, style="quiet")


def make_map(
    material: Material,
    recipe: Recipe,
    *,
    part: Ids | None = None,
    query: str | None = None,
    color_by: str | None = None,
    refit: bool = False,
    progress: Told | None = None,
) -> Map:
    """Return the map of passages; with `part` only those of it are shown, where they are on it.

    A map of the whole space is kept with it, and followed. Raises InvalidInput, EmptyQuery, MissingDependency.
    """
    if recipe.method not in METHODS:
        raise InvalidInput(f"There is no method {recipe.method!r}.", f"There are {', '.join(METHODS)}.")
    if not 1 <= recipe.spread <= WIDEST or (recipe.spread != 1 and recipe.method != "tsne"):
        raise InvalidInput(f"Spread is a number from 1 to {WIDEST:g}, for t-SNE only.", "4 is much like UMAP.")
    folder = material.folder if material.whole else None

    def tell(done: int, total: int, divergence: float) -> None:  # noqa: ARG001  # a person sees how far it is
        if progress:
            progress(Step("drawing a map", done, total))

    layout = DerivedMap(folder, material.store, recipe).get(
        material.ids,
        lambda: material.vectors,
        lambda: material.graph,
        lambda: material.moments,
        refit=refit,
        progress=tell,
    )
    shown = np.arange(len(material)) if part is None else np.flatnonzero(np.isin(material.ids, part))
    groups = colored(material, color_by, layout.kept) if color_by and len(material) else None
    spot = _spot(material, layout, query) if query is not None and len(material) else None
    return Map(material.name, material.ids, layout, shown, color_by, groups, spot)


def _spot(material: Material, layout: Layout, query: str) -> Spot:
    near = among(material.encode([query]), material.vectors, LIT)
    x, y = place(near, layout.positions, np.zeros(1, np.int64))[0].tolist()
    found = zip(material.ids[near.neighbors[0]].tolist(), near.similarities[0].tolist(), strict=True)
    return Spot(query, x, y, tuple(found))
