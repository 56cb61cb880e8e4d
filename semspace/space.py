"""Space: a folder with the latent space of one's texts, and the walks through it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

from semspace import places, settings, watching
from semspace.derived import DerivedTokens, DerivedWords
from semspace.encoders import Encoder, rerankers, verify
from semspace.encoders.running import Running, open_encoder
from semspace.engaging import Engaging, vectors_of
from semspace.errors import SpaceExists
from semspace.judges import Judges
from semspace.paths import real
from semspace.records import IndexReport, VectorType
from semspace.reranking import token_encoder
from semspace.search import Searcher
from semspace.settings import Settings
from semspace.store import LOCK, STORE, TEXT_PREFIX, Store, WritableStore, WriterLock, make, modernise, sync

if TYPE_CHECKING:
    from semspace.ingest import Ingest, OnProgress


class Space(Engaging):
    """A folder with the latent space of one's texts. Close it, or use it as a context manager.

    >>> with Space.create("notes") as space:
    ...     space.index(["~/notes"])
    ...     for hit in space.search("how do I prune roses?"):
    ...         print(hit.score, hit.path, hit.start_line)
    """

    def __init__(self, folder: Path, chosen: Settings, running: Running) -> None:
        """Open the space in a folder; `Space.open` and `Space.create` are for callers."""
        self.folder = folder
        self.name = folder.name
        self.settings = chosen
        self._running = running
        self._models = running.get("models")
        self._encoders: dict[bool, Encoder] = {}
        self._reranker = rerankers.Opened(running.get("models"))
        self._reopen()

    def _attach(self, store: Store) -> None:
        vectors = vectors_of(self, store, self._running)
        words, tokens = DerivedWords(self.folder, store), DerivedTokens(self.folder, store, self.settings.fingerprint)
        judges = Judges(store, tokens, words, lambda: self.encoder, self._reranker)
        searcher = Searcher(self.name, self.settings.encoder, store, vectors, words, lambda: self.encoder, judges)
        # All at once: Ctrl-C may come at any moment, and what is left answers.
        self._store, self._vectors, self._words, self._tokens, self._searcher = store, vectors, words, tokens, searcher

    @classmethod
    def create(
        cls,
        where: str | os.PathLike[str],
        model: str | None = None,
        *,
        home: Path | None = None,
        vector_type: VectorType = "float16",
        **running: Unpack[Running],
    ) -> Self:
        """Make a new, empty space: a name in `home`, or a path. `model` is an encoder's name, folder or hub id.

        `runtime`, `device`, `models` and `say` are those of encoders.running.
        Raises SpaceExists, ModelNotFound, InvalidName.
        """
        folder = places.folder_of(where, home)
        if places.is_space(folder):
            raise SpaceExists(f"There is a space {folder.name!r} already.", "Open it, or take another name.")
        encoder = open_encoder(model, running, bulk=True)
        chosen = Settings(encoder.name, encoder.fingerprint, encoder.dim, vector_type, created=time.time())
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with WriterLock(folder / LOCK):
            if places.is_space(folder):
                raise SpaceExists(f"There is a space {folder.name!r} already.", "Open it, or take another name.")
            # A folder that is new is a name in another one.
            sync(folder.parent)
            make(folder / STORE, encoder.dim, vector_type, {settings.KEY: settings.encode(chosen)})
            settings.write(folder, chosen)
        space = cls(folder, chosen, running)
        space._encoders[True] = encoder
        return space

    @classmethod
    def open(cls, where: str | os.PathLike[str], *, home: Path | None = None, **running: Unpack[Running]) -> Self:
        """Open a space that is there, and bring one of an older format up to date.

        Raises SpaceNotFound, SpaceDamaged, FormatTooNew.
        """
        folder = places.existing(where, home)
        modernise(folder)
        return cls(folder, settings.read(folder), running)

    def close(self) -> None:
        """Close the store and what is made from it."""
        if self._process == os.getpid():
            with self._turn():
                for part in (self._vectors, self._words, self._tokens, self._store):
                    part.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Space({str(self.folder)!r})"

    def __len__(self) -> int:
        with self._turn():
            return self._store.counts()[1]

    @property
    def encoder(self) -> Encoder:
        """Return the encoder of queries. Raises EncoderMismatch where it is not the one that filled the space."""
        return self._opened(bulk=False)

    def _opened(self, *, bulk: bool) -> Encoder:
        """Open the encoder as many texts need it, or as a query does: always so, that a query's scores are the same."""
        if bulk not in self._encoders:
            encoder = open_encoder(self.settings.encoder, self._running, bulk=bulk)
            settings.check_encoder(self.settings, encoder.name, encoder.fingerprint)
            self._encoders[bulk] = encoder
        return self._encoders[bulk]

    @contextmanager
    def _writing(self, *, wait: bool = False) -> Iterator[WritableStore]:
        """Hold the lock; on leaving, bring the derived files and space.json up to date, also after Ctrl-C."""
        with self._turn(), WriterLock(self.folder / LOCK, self._waiting if wait else None):
            # Whoever held the lock before may have changed them.
            self.settings = settings.read(self.folder)
            for left in self.folder.glob(f"*{settings.UNFINISHED}"):
                left.unlink()
            store = WritableStore.open(self.folder / STORE, self.settings.dim, self.settings.vector_type)
            try:
                reader = self._store
                # In this order: wherever Ctrl-C comes, what is attached is open.
                self._attach(store)
                reader.close()
                yield store
            finally:
                self._settle(store)

    def _waiting(self, holder: str) -> None:
        if say := self._running.get("say"):
            say(f"waiting for process {holder}, which is writing to {self.name}")

    def _settle(self, store: WritableStore) -> None:
        try:
            self._words.save(store)
            (self._tokens.save if self.settings.token_vectors else self._tokens.drop)(store)
            self._configure(store, self.settings)
            # Last: an engine may be out of reach, and then all else is done.
            self._vectors.save(store)
        finally:
            try:
                store.close()
            finally:
                self._reopen()

    def _reopen(self) -> None:
        """Read the store anew, also where Ctrl-C comes meanwhile: what is open goes on answering."""
        place = (self.folder / STORE, self.settings.dim, self.settings.vector_type)
        try:
            self._attach(Store.open(*place))
        except KeyboardInterrupt:
            self._attach(Store.open(*place))
            raise

    def _ingest(self, store: WritableStore, progress: OnProgress | None, tokens: int | None = None) -> Ingest:
        # A search needs no reader and no chunker.
        from semspace.ingest import Ingest

        if True not in self._encoders:
            # What is written stays: the weights are read once more, byte for byte, before they fill anything.
            verify(self.settings.encoder, models=self._models)
        return Ingest(
            store,
            self._opened(bulk=True),
            changed=self._follow,
            read=lambda: self._words.save(store),
            progress=progress,
            keep=self.settings.keep_boilerplate,
            tokens=tokens,
            elsewhere=self._elsewhere(),
        )

    def index(
        self,
        paths: Iterable[str | os.PathLike[str]] | None = None,
        *,
        include: Sequence[str] | None = None,
        exclude: Sequence[str] | None = None,
        hidden: bool | None = None,
        ignore: bool | None = None,
        max_size: int | None = None,
        keep_boilerplate: bool | None = None,
        token_vectors: bool | None = None,
        purge: bool = False,
        wait: bool = False,
        progress: OnProgress | None = None,
    ) -> IndexReport:
        """Bring the space up to date with some files and folders, or with all that it follows.

        Options left out are those that the space remembers. `keep_boilerplate` has text that recurs over many files searched
        as any other, `token_vectors` keeps those of the passages for `rerank`. Ctrl-C keeps what is done: `interrupted`. Where
        more than half of the files have vanished they are only removed with `purge`. `wait` waits for another writer.
        Raises PathNotFound, MostlyGone, SpaceLocked, EncoderMismatch.
        """
        wanted = [real(path) for path in paths or ()]
        options = {"include": include, "exclude": exclude, "hidden": hidden, "ignore": ignore, "max_size": max_size}
        interrupted = False
        with self._writing(wait=wait) as store:
            chosen, roots = settings.follow(settings.keeping(self.settings, keep_boilerplate, token_vectors), wanted, options)
            if chosen.token_vectors:
                token_encoder(self._opened(bulk=True))
            # Before anything is read: after a kill the space still knows what it follows.
            self._configure(store, chosen)
            ingest = self._ingest(store, progress)
            try:
                ingest.files(roots, lambda path: any(settings.is_below(path, root.path) for root in roots), purge=purge)
                self._renew(store)
                self._learn(store, progress)
            except KeyboardInterrupt:
                interrupted = True
        return ingest.tally.report(self.name, interrupted=interrupted)

    def watch(self, *, progress: OnProgress | None = None, stop: Event | None = None) -> Iterator[IndexReport]:
        """Bring the space up to date now and after every burst of changes, until `stop` is set or Ctrl-C.

        Yields a report each time. A change that another process is just indexing is not lost: its files are looked at again.
        """
        roots = [root.path for root in self.settings.roots]
        return watching.follow(lambda: self.index(progress=progress), roots, str(self.folder), stop)

    def add_texts(
        self,
        texts: Sequence[str],
        ids: Sequence[str] | None = None,
        metadata: Sequence[Mapping[str, Any]] | None = None,
        *,
        whole: bool = False,
        tokens: int | None = None,
        progress: OnProgress | None = None,
    ) -> list[str]:
        """Put texts of a program into the space, and return their ids; a text takes the place of one with the same id.

        Without `ids` a text's id comes from its content. `whole` keeps each text in one passage, which the encoder cuts;
        else `tokens` are the most that a passage has. Raises InvalidInput.
        """
        from semspace.intake import text_documents

        documents = text_documents(texts, ids, metadata)
        with self._writing() as store:
            self._ingest(store, progress, tokens).texts(documents, whole=whole)
            self._renew(store)
            self._learn(store, progress)
        return [document.path.removeprefix(TEXT_PREFIX) for document in documents]

    def remove(self, which: Iterable[str | os.PathLike[str]], *, files: bool = True) -> int:
        """Remove files, all below folders, or texts by id; return how many documents went. A path stays out from now on.

        Without `files` only texts go: an id that is also the name of a file means the text. Raises PathNotFound.
        """
        with self._writing() as store:
            known = [*store.documents(), *store.tried()]
            chosen, gone = settings.leave_out(self.settings, map(str, which), known, files=files)
            # First: after a kill the next run removes what is left out, and never takes back in what was removed.
            self._configure(store, chosen)
            before, generation = store.counts()[0], store.generation
            self._follow(store.remove(gone), generation)
            self._renew(store)
            self._learn(store)
            return before - store.counts()[0]
