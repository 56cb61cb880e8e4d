"""Two revisions of a folder -> what changed from one to the other. Both pass through stores that are gone afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from semspace.arrays import Vectors
from semspace.encoders import Encoder
from semspace.ingest import Ingest, OnProgress
from semspace.records import Role, Root
from semspace.revisions import Revision
from semspace.store import STORE, Store, WritableStore, text_hash
from semspace.views.drift import Drift, drift
from semspace.views.material import Material
from semspace.views.mention import Mention


class Recalling:
    """An encoder that takes the vectors of texts that some stores know from there."""

    def __init__(self, encoder: Encoder, stores: Sequence[Store]) -> None:
        """Take an encoder and stores that it filled."""
        self.name, self.dim, self.max_tokens = encoder.name, encoder.dim, encoder.max_tokens
        self.fingerprint, self.tokenizer_json = encoder.fingerprint, encoder.tokenizer_json
        self.count_tokens, self.capacity = encoder.count_tokens, encoder.capacity
        self._encoder, self._stores = encoder, stores

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """Map texts to unit vectors, in their order. Shape (n, dim)."""
        hashes = [text_hash(text) for text in texts]
        known: dict[bytes, Vectors] = {}
        for store in self._stores if role == "passage" else ():
            known |= store.vectors_by_hash(one for one in hashes if one not in known)
        new = [place for place, one in enumerate(hashes) if one not in known]
        if new:
            made = self._encoder.encode([texts[place] for place in new], role)
            known |= {hashes[place]: vector for place, vector in zip(new, made, strict=True)}
        return np.stack([known[one] for one in hashes]).astype(np.float32)


def between(
    revisions: tuple[Revision, Revision], encoder: Encoder, known: Store, *, seed: int = 0, progress: OnProgress | None = None
) -> Drift:
    """Compare two revisions of a folder; passages that a store knows are not encoded again.

    The passages that the answer names are in no space: their id is 0. Raises InvalidInput, PathNotFound.
    """
    with TemporaryDirectory(prefix="semspace-") as temporary, ExitStack() as opened:
        stores: list[Store] = [known]
        sides = []
        for number, revision in enumerate(revisions):
            root = Path(temporary) / str(number)
            files = root / "files"
            files.mkdir(parents=True)
            revision.extract(files)
            store = opened.enter_context(_filled(root / STORE, files, Recalling(encoder, list(stores)), progress))
            stores.append(store)
            sides.append((Material(revision.name, None, store, lambda: encoder), str(files)))
        (old, before), (new, after) = sides
        names = revisions[0].name, revisions[1].name
        found = drift(old, new, names, (before, after), seed=seed)
    return _home(found, (before, after), revisions[0].folder)


@contextmanager
def _filled(path: Path, files: Path, encoder: Encoder, progress: OnProgress | None) -> Iterator[Store]:
    """Give a store of the files below a folder."""
    store = WritableStore.create(path, encoder.dim, "float32")
    try:
        ingest = Ingest(store, encoder, changed=lambda *_: None, read=lambda: None, progress=progress)
        ingest.files([Root(str(files))], lambda _: True)
        yield store
    finally:
        store.close()


def _home(found: Drift, roots: Sequence[str], folder: str) -> Drift:
    """Return what was found, its files named as they are in the repository."""

    def named(mention: Mention) -> Mention:
        path = mention.path or ""
        (root,) = (root for root in roots if path.startswith(root + os.sep))
        return replace(mention, id=0, path=os.path.join(folder, os.path.relpath(path, root)))  # noqa: PTH118

    return replace(
        found,
        rising=tuple(replace(one, example=named(one.example)) for one in found.rising),
        falling=tuple(replace(one, example=named(one.example)) for one in found.falling),
        novel=tuple(replace(one, passage=named(one.passage)) for one in found.novel),
    )
