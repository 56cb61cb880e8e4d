"""The whole space in two dimensions, with what of it can be believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32, Ids
from semspace.derived.maps import DerivedMap
from semspace.errors import InvalidInput
from semspace.latent.layout import METHODS, Layout, Method, Recipe
from semspace.records.lines import Step
from semspace.ui.canvas import View
from semspace.ui.captioned import Captioned
from semspace.ui.labelling import Label
from semspace.ui.mapping import MapPicture
from semspace.ui.palette import Ground
from semspace.ui.plotting import Detail
from semspace.views.coloring import Groups, colored
from semspace.views.labels import labels
from semspace.views.mapped import Spot, center, seen, spot, window
from semspace.views.material import Material
from semspace.views.value import Value

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDEST = 12.0
"""Spread beyond which t-SNE is started with it: no map differs any more."""

NEAREST = 1000.0
"""Zoom beyond which there is nothing to see."""

DETAILS: tuple[Detail, ...] = ("auto", "density", "dots", "pixels")

NEARER = 4.0
"""Zoom where a place is named and no zoom is."""

Told = Callable[[Step], None]

Reading = Callable[[Callable[[Material], str]], str]
"""Gives what something makes of the space's passages as they are now; the space has to be open."""


class Wishes(TypedDict):
    """What is shown on a map."""

    query: str | None
    color_by: str | None
    refit: bool
    zoom: float | None
    at: str | None
    detail: Detail


class Drawing(Wishes):
    """How a map is made, and what is shown on it."""

    spread: float
    method: Method
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Map(Value):
    """A map of passages: `ids` and `layout` row by row, their `groups`, and what was looked for.

    `shown` are the rows that were let through; how faithful the map is was measured of all. `labels` are of the regions that
    can be seen in the `view`, the window of the plane that is drawn, None for all.
    """

    space: str
    ids: Ids
    layout: Layout
    shown: Ids
    reading: Reading
    color_by: str | None = None
    groups: Groups | None = None
    spot: Spot | None = None
    labels: tuple[Label, ...] = ()
    view: View | None = None
    detail: Detail = "auto"

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
        parts.append(f"keeps {100 * faith.kept_15:.0f} % of neighbours")
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
            "query": self.spot.to_dict() if self.spot else None,
            "view": list(self.view) if self.view else None,
            "labels": [{"x": x, "y": y, "text": text, "count": int(count)} for x, y, text, count in self.labels],
            "points": self.rows(),
        }

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

    def picture(self, ground: Ground = "either") -> MapPicture:
        """Return what draws it: on a terminal, whose ground is not known, or on paper."""
        return MapPicture(
            self.positions,
            self.groups.numbers[self.shown] if self.groups else None,
            self.groups.names if self.groups else [],
            dim=self.doubtful,
            marks=self.marks,
            labels=self.labels,
            footer=self.footer,
            view=self.view,
            ordered=self.groups.ordered if self.groups else False,
            ground=ground,
            detail=self.detail,
        )

    def __rich__(self) -> RenderableType:
        from rich.text import Text

        if not len(self):
            return Text(self.footer, "quiet")
        return Captioned(self.picture(), self.spot.head, self.spot.lines) if self.spot else self.picture()

    def to_svg(self, width: int = 1200, height: int = 900, ground: Ground = "light") -> str:
        """Return it as a drawing with labels and legend, of about so many pixels, that refers to nothing."""
        from semspace.ui.vector import svg

        return svg(self.picture(ground), width, height)

    def to_png(self, width: int = 1600, height: int = 1200, ground: Ground = "light") -> bytes:
        """Return it as an image of so many pixels, without words: what it shows is described inside."""
        from semspace.ui.pixels import image, png

        return png(image(self.picture(ground), width, height), f"{self.space}: {self.footer}")

    def to_html(self) -> str:
        """Return one page to move about in, with all texts that are shown: it opens without a network, and asks nobody.

        Texts are read now, from the space, which has to be open.
        """
        from semspace.views.mapped import paged

        return self.reading(lambda material: paged(material, self))


def make_map(
    material: Material, recipe: Recipe, wishes: Wishes, reading: Reading, part: Ids | None, progress: Told | None
) -> Map:
    """Return the map of passages; with `part` only those of it are shown, where they are on it.

    A map of the whole space is kept with it, and followed. Raises InvalidInput, EmptyQuery, PassageNotFound, MissingDependency.
    """
    _checked(recipe, wishes)
    layout = _layout(material, recipe, wishes["refit"], progress)
    shown = np.arange(len(material)) if part is None else np.flatnonzero(np.isin(material.ids, part))
    if not len(material):
        return Map(material.name, material.ids, layout, shown, reading, wishes["color_by"])
    by, query, zoom, at = wishes["color_by"], wishes["query"], wishes["zoom"], wishes["at"]
    groups = colored(material, by, layout.kept) if by else None
    found = spot(material, layout.positions, query) if query is not None else None
    view, rows = None, shown
    if zoom is not None or at is not None:
        middle = (
            center(material, layout.positions, material.point(at)) if at is not None else (found.x, found.y) if found else None
        )
        view = window(layout.positions[shown], NEARER if zoom is None else zoom, middle)
        rows = shown[seen(layout.positions[shown], view)]
    signs = tuple(labels(material, rows, layout.positions[rows]))
    return Map(material.name, material.ids, layout, shown, reading, by, groups, found, signs, view, wishes["detail"])


def _checked(recipe: Recipe, wishes: Wishes) -> None:
    if recipe.method not in METHODS:
        raise InvalidInput(f"There is no method {recipe.method!r}.", f"There are {', '.join(METHODS)}.")
    if not 1 <= recipe.spread <= WIDEST or (recipe.spread != 1 and recipe.method != "tsne"):
        raise InvalidInput(f"Spread is a number from 1 to {WIDEST:g}, for t-SNE only.", "4 is much like UMAP.")
    if wishes["zoom"] is not None and not 1 <= wishes["zoom"] <= NEAREST:
        raise InvalidInput(f"Zoom is a number from 1 to {NEAREST:,.0f}.", "1 shows all, 4 a quarter of its width.")
    if wishes["detail"] not in DETAILS:
        raise InvalidInput(f"There is no detail {wishes['detail']!r}.", f"There are {', '.join(DETAILS)}.")


def _layout(material: Material, recipe: Recipe, refit: bool, progress: Told | None) -> Layout:
    def tell(done: int, total: int, divergence: float) -> None:  # noqa: ARG001  # a person sees how far it is
        if progress:
            progress(Step("drawing a map", done, total))

    recipe = replace(recipe, erased=material.erased)
    return DerivedMap(material.folder if material.every else None, material.store, recipe).get(
        material.ids,
        lambda: material.vectors,
        lambda: material.graph,
        lambda: material.moments,
        refit=refit,
        progress=tell,
    )
