"""A space as LlamaIndex's vector store: what is added is found, as it was, by every kind of query and filter."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

if importlib.util.find_spec("llama_index") is None:
    pytest.skip("llama-index-core is not installed: pip install 'semspace[llama-index]'", allow_module_level=True)

from llama_index.core import VectorStoreIndex
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
)

from semspace import Space
from semspace.adapters.llama_index import SemspaceEmbedding, SemspaceVectorStore
from semspace.arrays import Vectors
from semspace.encoders import Encoder
from semspace.errors import InvalidInput
from semspace.records import Role

TEXTS = {
    "a": ("the ship has a sail", {"side": "left", "n": 1, "tags": ["sea", "air"]}, "one"),
    "b": ("the bread was in the oven", {"side": "right", "n": 2, "tags": []}, "one"),
    "c": ("a planet has an orbit", {"side": "it's 'right'", "n": 3.5}, "two"),
    "d": ("the rain and the river", {"n": 4, "tags": ["sea"]}, "two"),
}


@pytest.fixture
def store(tmp_path: Path, tiny_models: Path) -> Iterator[SemspaceVectorStore]:
    with Space.create("notes", "tiny", home=tmp_path / "home", models=tiny_models) as space:
        store = SemspaceVectorStore(space)
        assert store.add(nodes()) == [*TEXTS]
        yield store


def nodes() -> list[TextNode]:
    return [
        TextNode(
            id_=name, text=text, metadata=dict(said), relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=document)}
        )
        for name, (text, said, document) in TEXTS.items()
    ]


def ids(store: SemspaceVectorStore, **asked: Any) -> list[str]:
    found = store.query(VectorStoreQuery(query_str="the river", similarity_top_k=9, **asked)).ids
    assert found is not None
    return found


def one(key: str, operator: FilterOperator, value: Any = None) -> MetadataFilters:
    return MetadataFilters(filters=[MetadataFilter(key=key, operator=operator, value=value)])


def test_nodes_come_back_as_they_were(store: SemspaceVectorStore) -> None:
    assert store.get_nodes(["c", "no", "a"]) == [nodes()[2], nodes()[0]]
    found = store.query(VectorStoreQuery(query_str="the rain and the river", similarity_top_k=1))
    assert found.nodes == [nodes()[3]]
    assert found.similarities is not None
    hit = store.client.search("the rain and the river", 1, "semantic", everything=True)[0]
    assert found.similarities == [pytest.approx(hit.similarity)]
    by_vector = VectorStoreQuery(query_embedding=SemspaceEmbedding(store.client.encoder).get_query_embedding("the river"))
    assert store.query(by_vector).ids == ids(store)[:1]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (one("side", FilterOperator.EQ, "left"), "a"),
        (one("side", FilterOperator.NE, "left"), "bcd"),
        (one("n", FilterOperator.GT, 2), "cd"),
        (one("n", FilterOperator.LTE, 2), "ab"),
        (one("n", FilterOperator.EQ, 3.5), "c"),
        (one("side", FilterOperator.IN, ["left", "it's 'right'"]), "ac"),
        (one("side", FilterOperator.NIN, ["left", "right"]), "cd"),
        (one("tags", FilterOperator.CONTAINS, "sea"), "ad"),
        (one("tags", FilterOperator.ANY, ["air", "fire"]), "a"),
        (one("tags", FilterOperator.ALL, ["air", "sea"]), "a"),
        (one("side", FilterOperator.TEXT_MATCH, "RIGHT"), "bc"),
        (one("tags", FilterOperator.IS_EMPTY), "bc"),
        (one("side", FilterOperator.IS_EMPTY), "d"),
        (one("side", FilterOperator.EQ, "x' or 'n' > 0 or 'x' = 'x"), ""),
    ],
)
def test_every_filter_lets_through_what_it_says(store: SemspaceVectorStore, wanted: MetadataFilters, found: str) -> None:
    assert "".join(sorted(ids(store, filters=wanted))) == found
    assert "".join(sorted(node.node_id for node in store.get_nodes(filters=wanted))) == found


def test_filters_are_joined(store: SemspaceVectorStore) -> None:
    left, large = one("side", FilterOperator.EQ, "left").filters[0], one("n", FilterOperator.GTE, 3).filters[0]
    joined = {
        condition: "".join(sorted(ids(store, filters=MetadataFilters(filters=[left, large], condition=condition))))
        for condition in FilterCondition
    }
    assert joined == {FilterCondition.AND: "", FilterCondition.OR: "acd", FilterCondition.NOT: "b"}
    within = MetadataFilters(filters=[large, MetadataFilters(filters=[left], condition=FilterCondition.NOT)])
    assert sorted(ids(store, filters=within)) == ["c", "d"]
    assert sorted(ids(store, doc_ids=["one"])) == ["a", "b"]
    assert sorted(ids(store, node_ids=["b", "d"], doc_ids=["one"])) == ["b"]


def test_every_mode_answers_or_says_which_do(store: SemspaceVectorStore) -> None:
    assert ids(store, mode=VectorStoreQueryMode.TEXT_SEARCH) == ["d"]
    assert ids(store, mode=VectorStoreQueryMode.HYBRID)[0] == "d"
    assert sorted(ids(store, mode=VectorStoreQueryMode.MMR)) == [*TEXTS]
    with pytest.raises(InvalidInput, match="mode svm"):
        ids(store, mode=VectorStoreQueryMode.SVM)
    with pytest.raises(InvalidInput, match="no words"):
        store.query(VectorStoreQuery(query_embedding=[1.0], mode=VectorStoreQueryMode.HYBRID))


def test_nodes_go_by_document_by_id_by_filter_and_all(store: SemspaceVectorStore, tmp_path: Path) -> None:
    (tmp_path / "wind.txt").write_text("The wind is on the sea.\n")
    store.client.index([tmp_path / "wind.txt"])
    store.delete("one")
    assert [node.node_id for node in store.get_nodes()] == ["c", "d"]
    store.delete_nodes(["c", "no"])
    assert [node.node_id for node in store.get_nodes()] == ["d"]
    with pytest.raises(InvalidInput, match="needed"):
        store.delete_nodes()
    store.delete_nodes(filters=one("n", FilterOperator.EQ, 5))
    assert [node.node_id for node in store.get_nodes()] == ["d"]
    store.clear()
    found = store.query(VectorStoreQuery(query_str="wind", similarity_top_k=5)).nodes
    assert found is not None
    assert [node.metadata["source"] for node in found] == [str(tmp_path / "wind.txt")]


def test_an_index_of_llama_index_retrieves_over_a_space(store: SemspaceVectorStore) -> None:
    index = VectorStoreIndex.from_vector_store(store, embed_model=SemspaceEmbedding(store.client.encoder))
    index.insert_nodes([TextNode(id_="e", text="the star and the money")])
    retrieved = index.as_retriever(similarity_top_k=1).retrieve("the star and the money")
    assert [found.node.node_id for found in retrieved] == ["e"]
    assert retrieved[0].score is not None


class Counting:
    """An encoder that counts the passages that it is given."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder, self.name, self.passages = encoder, encoder.name, 0

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        self.passages += len(texts) if role == "passage" else 0
        return self.encoder.encode(texts, role)


@pytest.mark.parametrize(("deferred", "encoded"), [(True, 0), (False, 3)])
def test_a_node_is_encoded_by_the_space_alone_if_it_is_left_to_it(
    store: SemspaceVectorStore, deferred: bool, encoded: int
) -> None:
    encoder = Counting(store.client.encoder)
    embedding = SemspaceEmbedding(cast("Encoder", encoder), deferred=deferred)
    index = VectorStoreIndex.from_vector_store(store, embed_model=embedding)
    index.insert_nodes([TextNode(id_=name, text=f"the star and the {name}") for name in ("money", "bridge", "bank")])
    assert encoder.passages == encoded
    retrieved = index.as_retriever(similarity_top_k=1).retrieve("the star and the bank")
    assert [found.node.node_id for found in retrieved] == ["bank"]
    assert retrieved[0].score == pytest.approx(1, abs=1e-3)
