"""A space as a vector store of LlamaIndex, and its encoder as an embedding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

try:
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.schema import BaseNode, MetadataMode, TextNode
    from llama_index.core.vector_stores.types import (
        BasePydanticVectorStore,
        MetadataFilters,
        VectorStoreQuery,
        VectorStoreQueryMode,
        VectorStoreQueryResult,
    )
    from llama_index.core.vector_stores.utils import metadata_dict_to_node, node_to_metadata_dict
    from pydantic import PrivateAttr
except ImportError as missing:
    from semspace.errors import MissingDependency

    hint = "pip install 'semspace[llama-index]'"
    raise MissingDependency("The package llama-index-core is not installed.", hint) from missing

from semspace.adapters.filters import equal
from semspace.adapters.llama_filters import where_of
from semspace.adapters.passages import facts, identity
from semspace.encoders import Encoder
from semspace.errors import InvalidInput
from semspace.records import Hit, Mode
from semspace.space import Space

_MODES: dict[VectorStoreQueryMode, Mode] = {
    VectorStoreQueryMode.DEFAULT: "semantic",
    VectorStoreQueryMode.MMR: "semantic",
    VectorStoreQueryMode.HYBRID: "hybrid",
    VectorStoreQueryMode.SEMANTIC_HYBRID: "hybrid",
    VectorStoreQueryMode.SPARSE: "lexical",
    VectorStoreQueryMode.TEXT_SEARCH: "lexical",
}


class SemspaceEmbedding(BaseEmbedding):
    """The encoder of a space, for an index of LlamaIndex over it.

    `deferred` leaves nodes to the space, which encodes what it is given itself: they get vectors without a number, which any
    other store refuses. An index encodes a node with its metadata, the space its text alone: the one is not the other.
    """

    deferred: bool = False

    _encoder: Any = PrivateAttr()

    def __init__(self, encoder: Encoder, *, deferred: bool = False, **options: Any) -> None:
        """Take an encoder: `Space.encoder`."""
        super().__init__(model_name=encoder.name, **options)
        self.deferred = deferred
        self._encoder = encoder

    def _get_query_embedding(self, query: str) -> list[float]:
        found: list[float] = self._encoder.encode([query], "query")[0].tolist()
        return found

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        if self.deferred:
            return [[] for _ in texts]
        found: list[list[float]] = self._encoder.encode(texts, "passage").tolist()
        return found


class SemspaceVectorStore(BasePydanticVectorStore):
    """A space as a vector store: its files can be queried; nodes can be added, removed and read by their ids.

    The space encodes the text of a node with its own encoder, and queries as well: embeddings that a node brings along are
    not kept. A passage of a file has its number as its id, `#12`, and says in its metadata where it stands.
    """

    stores_text: bool = True
    is_embedding_query: bool = False

    _space: Any = PrivateAttr()

    def __init__(self, space: Space) -> None:
        """Take an open space, which has to stay open."""
        super().__init__(stores_text=True)
        self._space = space

    @classmethod
    def class_name(cls) -> str:
        """Return what the class is called in what LlamaIndex writes."""
        return "SemspaceVectorStore"

    @property
    def client(self) -> Any:
        """Return the space."""
        return self._space

    def add(self, nodes: Sequence[BaseNode], **_: Any) -> list[str]:
        """Put nodes into the space, each one passage, and return their ids; one takes the place of another with its id."""
        ids = [node.node_id for node in nodes]
        texts = [node.get_content(metadata_mode=MetadataMode.NONE) for node in nodes]
        if nodes:
            self._space.add_texts(texts, ids, [node_to_metadata_dict(node, remove_text=True) for node in nodes], whole=True)
        return ids

    def delete(self, ref_doc_id: str, **_: Any) -> None:
        """Remove the nodes of a document."""
        self._remove(self._space.texts(where=equal("doc_id", ref_doc_id)))

    def delete_nodes(self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None, **_: Any) -> None:
        """Remove nodes by ids, by what filters let through, or by both. Raises InvalidInput without any."""
        if node_ids is None and filters is None:
            raise InvalidInput("Which nodes are to go is needed.", "clear() removes all.")
        self._remove(self._space.texts(node_ids, where_of(filters)))

    def clear(self) -> None:
        """Remove all nodes that were added; passages of files stay."""
        self._remove(self._space.texts())

    def get_nodes(self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None) -> list[BaseNode]:
        """Return the nodes that were added, by ids, by what filters let through, or by both."""
        return [_node(hit) for hit in self._space.texts(node_ids, where_of(filters))]

    def query(self, query: VectorStoreQuery, **_: Any) -> VectorStoreQueryResult:
        """Return what is nearest to a query's words, else to its vector; similarities are cosines by meaning alone.

        With words asked for too they are scores, whose order is the answer. Raises InvalidInput for modes that learn.
        """
        hits = self._found(query) if len(self._space) else []
        scores = [float(hit.score if query.mode != VectorStoreQueryMode.DEFAULT else hit.similarity or 0) for hit in hits]
        nodes = [_node(hit) for hit in hits]
        return VectorStoreQueryResult(nodes=nodes, similarities=scores, ids=[node.node_id for node in nodes])

    def _found(self, query: VectorStoreQuery) -> list[Hit]:
        if query.mode not in _MODES:
            known = ", ".join(mode.value for mode in _MODES)
            raise InvalidInput(f"A space cannot be queried in the mode {query.mode.value}.", f"Modes: {known}.")
        where = where_of(query.filters, query.doc_ids or None)
        # An index that keeps no list of its nodes asks for none of them, and means all.
        ids = [hit.id for hit in self._space.texts(query.node_ids)] if query.node_ids else None
        hybrid = _MODES[query.mode] == "hybrid"
        k = (query.hybrid_top_k if hybrid else None) or query.similarity_top_k
        if query.query_str:
            diverse = query.mode == VectorStoreQueryMode.MMR
            found = self._space.search(query.query_str, k, _MODES[query.mode], where, everything=True, diverse=diverse, ids=ids)
            return list(found)
        if query.query_embedding is None or query.mode != VectorStoreQueryMode.DEFAULT:
            raise InvalidInput("The query has no words.", "Give query_str; a vector alone is asked in the mode default.")
        return list(self._space.near(query.query_embedding, k, where, ids=ids))

    def _remove(self, hits: Sequence[Hit]) -> None:
        if hits:
            self._space.remove([hit.key for hit in hits], files=False)


def _node(hit: Hit) -> BaseNode:
    """Return the node that was added, or one of a passage that came otherwise."""
    if hit.key is not None and "_node_content" in hit.metadata:
        return metadata_dict_to_node(dict(hit.metadata), text=hit.text)
    return TextNode(id_=identity(hit), text=hit.text, metadata=facts(hit))
