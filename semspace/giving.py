"""What a space gives to other programs: files of theirs, and what their adapters ask for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import numpy as np
import numpy.typing as npt

from semspace.arrays import Ids, Vectors, unit
from semspace.asking import Narrowing, Options, filter_of
from semspace.errors import InvalidVectors
from semspace.paths import absolute
from semspace.seeing import Seeing
from semspace.store import TEXT_PREFIX

if TYPE_CHECKING:
    from semspace.arrays import Floats32
    from semspace.exports import Exported
    from semspace.records import Hit, Hits
    from semspace.records.lines import Step
    from semspace.views.material import Material


class Giving(Seeing):
    """Exports of an open space, and its texts and vectors as other programs hold theirs."""

    def export(
        self,
        parquet: str | os.PathLike[str] | None = None,
        tsv: str | os.PathLike[str] | None = None,
        where: str | None = None,
        *,
        positions: bool = True,
        force: bool = False,
        progress: Callable[[Step], None] | None = None,
        **narrow: Unpack[Narrowing],
    ) -> Exported:
        """Write passages with their texts, metadata, vectors and `positions` on the map, and return what was written.

        `parquet` is a file, `tsv` a folder for what TensorBoard's projector reads. The rows are in the order of the ids: the
        same space gives the same bytes. The map is the kept one of the whole space, or is made and kept; without `positions`
        memory does not grow with the space. A file is only replaced where it is an export, or with `force`.
        Raises InvalidInput, InvalidFilter, MissingDependency.
        """
        from semspace import exports
        from semspace.exports.source import Source

        file, folder = (None if name is None else Path(absolute(name)) for name in (parquet, tsv))
        wanted = exports.Wanted(file, folder, force)
        exports.check(wanted)
        with self._material(where, **narrow) as material:
            placed = self._placed(material, progress) if positions and len(material) else None
            waiting = len(material.store.ids(filter_of(where, narrow))) - len(material)
            source = Source(self.name, self.settings.encoder, material.store, material.ids, waiting, placed)
            return exports.write(source, wanted, progress)

    def _placed(self, material: Material, progress: Callable[[Step], None] | None) -> Floats32:
        """Return where passages are on the map of the whole space, (n, 2)."""
        found = self.map(progress=progress)
        return found.positions[np.searchsorted(found.ids, material.ids)]

    def near(self, vector: npt.ArrayLike, k: int = 10, where: str | None = None, **narrow: Unpack[Narrowing]) -> Hits:
        """Return the k passages nearest to a vector of this space, shape (dim,), by cosine similarity.

        Raises InvalidVectors, InvalidFilter, InvalidInput.
        """
        point = unit(vector)
        if point.shape != (1, self.settings.dim):
            raise InvalidVectors(
                f"A vector of this space has {self.settings.dim} numbers, not {point.shape[1]}.",
                "Encode with the space's own encoder: Space.encoder.",
            )
        with self._turn() as searcher:
            return searcher.similar(point, "a vector", np.empty(0, dtype=np.int64), Options(k, filter_of(where, narrow)))

    def vectors(self, ids: Iterable[int]) -> Vectors:
        """Return the vectors of passages (`Hit.id`), float32, shape (n, dim). Raises PassageNotFound."""
        wanted: Ids = np.fromiter(ids, dtype=np.int64)
        with self._turn() as searcher, searcher.steady():
            return self._store.vectors(wanted)

    def texts(self, ids: Sequence[str] | None = None, where: str | None = None) -> list[Hit]:
        """Return the texts that programs added (`add_texts`) by their ids, in that order, all without; each its first passage.

        An id that is not there is left out. `where` is an expression over metadata. Raises InvalidFilter.
        """
        with self._turn() as searcher, searcher.steady():
            store = self._store
            if ids is None:
                ids = [path.removeprefix(TEXT_PREFIX) for path in store.documents() if path.startswith(TEXT_PREFIX)]
            firsts = [found[0] for key in dict.fromkeys(ids) if (found := store.passages_of(TEXT_PREFIX + key))]
            if where is not None:
                chosen = set(store.ids(filter_of(where, {})).tolist())
                firsts = [number for number in firsts if number in chosen]
            return [searcher.passage(number) for number in firsts]
