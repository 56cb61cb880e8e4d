"""What a space gives to other programs, in files of theirs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import numpy as np

from semspace.asking import Narrowing, filter_of
from semspace.paths import absolute
from semspace.seeing import Seeing

if TYPE_CHECKING:
    from semspace.arrays import Floats32
    from semspace.exports import Exported
    from semspace.records.lines import Step
    from semspace.views.material import Material


class Giving(Seeing):
    """Exports of an open space."""

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
