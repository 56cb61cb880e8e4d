"""What the dimensions of a space mean, and how few of them do: each method makes one view."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from semspace import targets
from semspace.asking import Narrowing
from semspace.giving import Giving
from semspace.paths import real

if TYPE_CHECKING:
    from semspace.encoders import Encoder
    from semspace.ingest import OnProgress
    from semspace.latent.factors import Kind
    from semspace.records import Tuned
    from semspace.scenes import Scene
    from semspace.seeing import Seeing
    from semspace.views.decode import Decoded
    from semspace.views.drift import Drift
    from semspace.views.erase import Erased
    from semspace.views.explaining import Explained
    from semspace.views.factors import Factors
    from semspace.views.features import Features
    from semspace.views.squeeze import Squeezed
    from semspace.views.why import Why


class Meaning(Giving):
    """Features, factors, words, changes and compression of an open space; each gives a value, as those of `Seeing` do."""

    def _opened(self, *, bulk: bool) -> Encoder:
        raise NotImplementedError

    def features(
        self,
        top: int | None = None,
        where: str | None = None,
        *,
        everything: bool = False,
        seed: int = 0,
        fresh: bool = False,
        **narrow: Unpack[Narrowing],
    ) -> Features:
        """Return the features of the space: directions of which a few make up each text, named, with their stability.

        Those that not every seed finds are only counted, unless `everything`. Learned once and kept, until the space has grown
        or shrunk by a fifth, or `fresh` learns them anew: half a minute for 20,000 passages. What narrows has features of its
        own, which are not kept. Raises InvalidInput where there are fewer than 60 passages.
        """
        from semspace.views.features import features

        with self._material(where, **narrow) as material:
            return features(material, top, everything=everything, seed=seed, fresh=fresh)

    def explain(self, target: str, other: str | None = None, *, seed: int = 0) -> Explained:
        """Return a passage, or the similarity of two, as a sum of named features. Raises PassageNotFound, InvalidInput."""
        from semspace.views.explaining import explained

        with self._material() as material:
            ids = [targets.passage_at(one, self._store) for one in (target, other) if one is not None]
            return explained(material, ids, seed=seed)

    def why(self, query: str, target: str, *, seed: int = 0) -> Why:
        """Return the words of a passage that carry its similarity to a query, tested against random words.

        Raises EmptyQuery, PassageNotFound.
        """
        from semspace.views.why import why

        with self._material() as material:
            return why(material, query, targets.passage_at(target, self._store), seed=seed)

    def factors(
        self, top: int = 8, kind: Kind = "varimax", where: str | None = None, *, seed: int = 0, **narrow: Unpack[Narrowing]
    ) -> Factors:
        """Return the axes along which the space varies: `kind` is pca, varimax, fa or ica. Raises InvalidInput."""
        from semspace.views.factors import factors

        with self._material(where, **narrow) as material:
            return factors(material, top, kind, seed=seed)

    def drift(
        self,
        old: str | None = None,
        new: str | None = None,
        *,
        by: str | None = None,
        before: str | None = None,
        after: str | None = None,
        where: str | None = None,
        seed: int = 0,
    ) -> Drift:
        """Compare two files or folders of the space, or what has less in a field with what has more: features, novelty.

        `before` and `after` are values of the field `by`, one is enough; `where` narrows both sides. Raises InvalidInput,
        InvalidFilter, PathNotFound.
        """
        from semspace.views.comparing import periods
        from semspace.views.drift import drift

        if by is None and old is not None and new is not None:
            roots = real(old), real(new)
            with self._material(where, paths=[roots[0]]) as one, self._material(where, paths=[roots[1]]) as other:
                return drift(one, other, (old, new), roots, seed=seed)
        first, second = periods(by, before, after, (old, new))
        narrowed = [f"{side} and ({where})" if where else side for side in (first, second)]
        with self._material(narrowed[0]) as one, self._material(narrowed[1]) as other:
            return drift(one, other, (first, second), seed=seed)

    def drift_from(self, older: Seeing, *, seed: int = 0) -> Drift:
        """Compare an older space of the same encoder with this one. Raises InvalidInput, EncoderMismatch."""
        from semspace.settings import check_encoder
        from semspace.views.comparing import common
        from semspace.views.drift import drift

        check_encoder(self.settings, older.settings.encoder, older.settings.fingerprint)
        roots = common(older.settings), common(self.settings)
        with older._material() as one, self._material() as other:
            return drift(one, other, (older.name, self.name), roots, seed=seed)

    def drift_revisions(
        self,
        old: str,
        new: str,
        folder: str | os.PathLike[str],
        *,
        seed: int = 0,
        progress: OnProgress | None = None,
    ) -> Drift:
        """Compare two git revisions of a folder, by the encoder of this space, whose passages are not encoded again.

        Git gives what it has stored: nothing is checked out, run or fetched. Raises InvalidInput, PathNotFound.
        """
        from semspace.revisions import Revision
        from semspace.views.revisions import between

        below = real(folder)
        revisions = Revision.of(old, below), Revision.of(new, below)
        encoder = self._opened(bulk=True)
        with self._turn():
            return between(revisions, encoder, self._store, seed=seed, progress=progress)

    def keep_scene(self, scene: Scene) -> None:
        """Keep a view of the screen under its name. Raises InvalidName, SpaceLocked."""
        from semspace import scenes

        with self._writing() as store:
            scenes.save(store, scene)

    def scene(self, name: str) -> Scene:
        """Return a view of the screen that was kept. Raises NotFound."""
        from semspace import scenes

        with self._turn():
            return scenes.load(self._store, name)

    def scenes(self) -> Sequence[str]:
        """Return the names of the views of the screen that were kept."""
        from semspace import scenes

        with self._turn():
            return scenes.names(self._store)

    def decode(self, target: str, *, phrases: int = 5, texts: int = 3) -> Decoded:
        """Say what a point means in phrases and nearest texts.

        It is `#ID`, some words, `topic:3` or `topic:NAME`, the centre of a topic, or `A..B`, the middle of two of these.
        Raises InvalidInput, PassageNotFound.
        """
        from semspace.views.decode import decode

        with self._material() as material:
            return decode(material, target, lambda side: targets.meant(side, self._store, lambda: self.encoder), phrases, texts)

    def erase(
        self, by: str, where: str | None = None, *, name: str | None = None, seed: int = 0, **narrow: Unpack[Narrowing]
    ) -> Erased:
        """Measure what it does to take a field of the metadata out of the vectors: separability before and after, held out.

        With `name` what takes it out is kept, for the `view` of search, map and topics; no vector is changed.
        Raises InvalidName, and InvalidInput where the field has fewer than two values with 40 passages.
        """
        from semspace import erasures
        from semspace.views.erase import erase, erasure

        with self._material(where, **narrow) as material:
            made = erasure(material, by, name, seed=seed) if name is not None else None
            found = erase(material, by, seed=seed)
        if made is None:
            return found
        with self._writing() as store:
            erasures.save(store, made)
        return replace(found, view=name)

    def squeeze(self, to: int = 64, *, apply: str | None = None, seed: int = 0) -> Squeezed:
        """Measure how few bytes a vector can do with: recall@10 of codes, and of bottlenecks of `to` numbers.

        `apply` names the code that the space uses from now on; its index is then tuned to it. Raises InvalidInput.
        """
        from semspace.views.squeeze import engine_of, squeeze

        kind = None if apply is None else engine_of(apply)
        with self._material() as material:
            found = squeeze(material, to, seed=seed)
        if kind is not None:
            self.tune(kind=kind)
        return replace(found, applied=apply)

    def tune(self, recall: float = 0.99, kind: str = "auto") -> Tuned:
        """Build the vector index that reaches a recall@10 at the least cost."""
        raise NotImplementedError

    def _steered(self, boost: Sequence[str], mute: Sequence[str]) -> tuple[float, ...]:
        if not boost and not mute:
            return ()
        from semspace.views.explaining import direction

        with self._material() as material:
            return direction(material, boost, mute)
