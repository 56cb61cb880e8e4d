"""A space as a vector store and as a retriever of LangChain."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Self

try:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.vectorstores import VectorStore
    from langchain_core.vectorstores.utils import maximal_marginal_relevance
except ImportError as missing:
    from semspace.errors import MissingDependency

    raise MissingDependency("The package langchain-core is not installed.", "pip install 'semspace[langchain]'") from missing

from semspace.adapters.filters import where_of
from semspace.adapters.passages import facts, identity
from semspace.encoders import Encoder
from semspace.errors import InvalidInput, PassageNotFound
from semspace.records import Hit, Mode
from semspace.space import Space

Wanted = str | Mapping[str, Any] | None
"""A filter: an expression of `--where`, or values of fields of the metadata."""


class SemspaceEmbeddings(Embeddings):
    """The encoder of a space, for what wants its vectors."""

    def __init__(self, encoder: Encoder) -> None:
        """Take an encoder: `Space.encoder`."""
        self.encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return the vectors of texts as passages, of unit length."""
        found: list[list[float]] = self.encoder.encode(texts, "passage").tolist()
        return found

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a query, of unit length."""
        found: list[float] = self.encoder.encode([text], "query")[0].tolist()
        return found


class SemspaceVectorStore(VectorStore):
    """A space as a vector store: its files can be searched, texts can be added, removed and read by their ids.

    A passage of a file has its number as its id, `#12`, and says in its metadata where it stands. Scores are cosine
    similarities, larger is nearer.
    """

    def __init__(self, space: Space) -> None:
        """Take an open space, which has to stay open."""
        self.space = space

    @property
    def embeddings(self) -> SemspaceEmbeddings:
        """Return the space's own encoder."""
        return SemspaceEmbeddings(self.space.encoder)

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings | None = None,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        space: Space | None = None,
        **_: Any,
    ) -> Self:
        """Put texts into an open space. Raises InvalidInput without one, or where `embedding` is not of a space."""
        if space is None:
            raise InvalidInput("The texts need a space.", "from_texts(texts, space=Space.create('name'))")
        if embedding is not None and not (
            isinstance(embedding, SemspaceEmbeddings) and embedding.encoder.fingerprint == space.settings.fingerprint
        ):
            raise InvalidInput("A space encodes with its own encoder.", "Leave `embedding` None; Space.create takes a model.")
        store = cls(space)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: Sequence[str | None] | None = None,
        **_: Any,
    ) -> list[str]:
        """Put texts into the space, each one passage, and return their ids; one takes the place of another with its id.

        Without an id a text gets one that comes from it and its metadata. Raises InvalidInput.
        """
        written = list(texts)
        said = list(metadatas) if metadatas else [{} for _ in written]
        keys = list(ids) if ids is not None else [None] * len(written)
        if not len(written) == len(said) == len(keys):
            raise InvalidInput(f"{len(written)} texts need as many ids and metadata, not {len(keys)} and {len(said)}.")
        named = [key or _key(text, fact) for key, text, fact in zip(keys, written, said, strict=True)]
        if written:
            self.space.add_texts(written, named, said, whole=True)
        return named

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return texts by their ids, and passages of files by `#NUMBER`; what is not there is left out."""
        return [_document(hit) for hit in self._held(ids)]

    def delete(self, ids: list[str] | None = None, **_: Any) -> bool:
        """Remove texts by their ids; those that are not there do not matter. Raises InvalidInput for passages of files."""
        if ids is None:
            raise InvalidInput("The ids of the texts to remove are needed.", "A whole space goes by: semspace delete NAME")
        held = {hit.key for hit in self.space.texts(ids)}
        if files := [hit for hit in self._held([key for key in ids if key not in held]) if hit.key is None]:
            raise InvalidInput(f"#{files[0].id} is a passage of a file.", "Take the file out: Space.remove, semspace rm")
        if gone := [key for key in dict.fromkeys(ids) if key in held]:
            self.space.remove(gone, files=False)
        return True

    def similarity_search(self, query: str, k: int = 4, *, filter: Wanted = None, **_: Any) -> list[Document]:  # noqa: A002
        """Return the k passages nearest to a query."""
        return [document for document, _ in self.similarity_search_with_score(query, k, filter=filter)]

    def similarity_search_with_score(
        self,
        query: str,
        k: int = 4,
        *,
        filter: Wanted = None,  # noqa: A002
        **_: Any,
    ) -> list[tuple[Document, float]]:
        """Return the k passages nearest to a query, each with its cosine similarity."""
        return [(_document(hit), float(hit.similarity or 0)) for hit in self._near(self._asked(query), k, filter)]

    def similarity_search_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        *,
        filter: Wanted = None,  # noqa: A002
        **_: Any,
    ) -> list[Document]:
        """Return the k passages nearest to a vector of this space's encoder."""
        return [_document(hit) for hit in self._near(embedding, k, filter)]

    def max_marginal_relevance_search(
        self,
        query: str,
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        **options: Any,
    ) -> list[Document]:
        """Return k of the `fetch_k` passages nearest to a query that are unlike each other.

        Carbonell, Goldstein: The Use of MMR, Diversity-Based Reranking (1998).
        """
        return self.max_marginal_relevance_search_by_vector(self._asked(query), k, fetch_k, lambda_mult, **options)

    def max_marginal_relevance_search_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        *,
        filter: Wanted = None,  # noqa: A002
        **_: Any,
    ) -> list[Document]:
        """Return k of the `fetch_k` passages nearest to a vector that are unlike each other."""
        import numpy as np

        hits = self._near(embedding, max(k, fetch_k), filter)
        vectors = list(self.space.vectors([hit.id for hit in hits])) if hits else []
        chosen = maximal_marginal_relevance(np.asarray(embedding, dtype=np.float32), vectors, lambda_mult, k)
        return [_document(hits[place]) for place in chosen]

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        """Return what makes a relevance in [0, 1] of a cosine: what points away from the query is not relevant at all."""
        return lambda similarity: min(max(similarity, 0.0), 1.0)

    def _asked(self, query: str) -> list[float]:
        return self.embeddings.embed_query(query)

    def _near(self, vector: Sequence[float], k: int, wanted: Wanted) -> list[Hit]:
        return self.space.near(vector, k, where_of(wanted)) if len(self.space) else []

    def _held(self, ids: Sequence[str]) -> list[Hit]:
        """Return texts by their ids, else passages by their numbers."""
        texts = {hit.key: hit for hit in self.space.texts(ids)}
        found = []
        for one in dict.fromkeys(ids):
            if one in texts:
                found.append(texts[one])
            elif one.startswith("#"):
                try:
                    found.append(self.space.show(one))
                except PassageNotFound:
                    continue
        return found


class SemspaceRetriever(BaseRetriever):
    """What answers a question, by meaning and words, as `semspace search` finds it: nothing where nothing is an answer."""

    space: Any
    """An open space (`Space`)."""
    k: int = 4
    mode: Mode = "hybrid"
    where: Any = None
    """A filter: an expression of `--where`, or values of fields of the metadata."""
    everything: bool = False
    """Also what does not look like an answer."""

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:  # noqa: ARG002
        hits = self.space.search(query, self.k, self.mode, where_of(self.where), everything=self.everything)
        return [_document(hit) for hit in hits]


def _document(hit: Hit) -> Document:
    return Document(id=identity(hit), page_content=hit.text, metadata=facts(hit))


def _key(text: str, metadata: Mapping[str, Any]) -> str:
    """Return an id that two texts share only where they say the same of themselves, too."""
    said = json.dumps([text, dict(metadata)], sort_keys=True, default=str)
    return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
