"""A space as LangChain's vector store: its own standard suite, and what that does not ask."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

if importlib.util.find_spec("langchain_core") is None or importlib.util.find_spec("langchain_tests") is None:
    pytest.skip(
        "langchain-core and langchain-tests are not installed: pip install langchain-core langchain-tests",
        allow_module_level=True,
    )

from langchain_core.documents import Document
from langchain_tests.integration_tests.vectorstores import VectorStoreIntegrationTests

from semspace import Space
from semspace.adapters.langchain import SemspaceEmbeddings, SemspaceRetriever, SemspaceVectorStore
from semspace.encoders import Encoder
from semspace.errors import InvalidFilter, InvalidInput, InvalidVectors


@pytest.fixture
def space(tmp_path: Path, tiny_models: Path) -> Iterator[Space]:
    with Space.create("notes", "tiny", home=tmp_path / "home", models=tiny_models) as space:
        yield space


@pytest.fixture
def anyio_backend() -> str:
    """Run what is asynchronous by asyncio: the suite's tests need no plugin of their own."""
    return "asyncio"


@pytest.mark.anyio
class TestStandard(VectorStoreIntegrationTests):
    """LangChain's own tests of any vector store, with a space's encoder."""

    @pytest.fixture
    def vectorstore(self, space: Space) -> SemspaceVectorStore:  # type: ignore[override]
        return SemspaceVectorStore(space)


TEXTS = ["the ship has a sail", "the bread was in the oven", "a planet has an orbit", "the rain and the river"]


@pytest.fixture
def store(space: Space) -> SemspaceVectorStore:
    metadatas = [{"side": "a", "n": 1}, {"side": "b", "n": 2}, {"side": 'it\'s "b"', "n": 3}, {"side": "b", "n": 4.5}]
    return SemspaceVectorStore.from_texts(TEXTS, metadatas=metadatas, ids=["1", "2", "3", "4"], space=space)


def test_scores_are_the_cosines_of_the_encoder_nearest_first(store: SemspaceVectorStore, tiny_encoder: Encoder) -> None:
    query = "the bread in the oven"
    asked = tiny_encoder.encode([query], "query")[0]
    stored = store.space.vectors([hit.id for hit in store.space.texts(["1", "2", "3", "4"])])
    # Many texts are encoded by another runtime than a query is.
    assert stored @ asked == pytest.approx(tiny_encoder.encode(TEXTS, "passage") @ asked, abs=1e-2)
    wanted = dict(zip(TEXTS, stored @ asked, strict=True))
    found = store.similarity_search_with_score(query, k=4)
    assert [document.page_content for document, _ in found] == sorted(TEXTS, key=lambda text: -wanted[text])
    for document, score in found:
        assert score == pytest.approx(wanted[document.page_content], abs=1e-3)
    for document, relevance in store.similarity_search_with_relevance_scores(query, k=4):
        assert relevance == pytest.approx(min(max(wanted[document.page_content], 0), 1), abs=1e-3)
    by_vector = store.similarity_search_by_vector(store.embeddings.embed_query(query), k=4)
    assert by_vector == [document for document, _ in found]


def test_filters_let_through_what_they_say_whatever_is_in_them(store: SemspaceVectorStore) -> None:
    def ids(wanted: Any) -> set[str | None]:
        return {document.id for document in store.similarity_search("sea", k=9, filter=wanted)}

    assert ids({"side": "b"}) == {"2", "4"}
    assert ids({"side": ["a", 'it\'s "b"']}) == {"1", "3"}
    assert ids({"side": "b", "n": 4.5}) == {"4"}
    assert ids("metadata.n >= 3") == {"3", "4"}
    assert ids({"side": "b' or n > 0 or 'x' = 'x"}) == set()
    assert ids({}) == {"1", "2", "3", "4"}
    with pytest.raises(InvalidFilter):
        ids({"side": object()})


def test_diverse_hits_differ_and_are_as_many_as_wanted(store: SemspaceVectorStore) -> None:
    store.add_texts(["the bread was in the oven ."], ids=["twin"])
    plain = {document.id for document in store.similarity_search("the bread was in the oven", k=2)}
    diverse = [document.id for document in store.max_marginal_relevance_search("the bread was in the oven", k=2, lambda_mult=0)]
    assert plain == {"2", "twin"}
    assert (len(diverse), set(diverse) == plain) == (2, False)


def test_texts_without_ids_of_equal_words_and_other_metadata_are_two(space: Space) -> None:
    store = SemspaceVectorStore(space)
    ids = store.add_texts(["rain", "rain"], [{"source": "a"}, {"source": "b"}])
    assert len(set(ids)) == len(space) == 2
    assert store.add_texts(["rain"], [{"source": "a"}]) == ids[:1]
    assert len(space) == 2


def test_passages_of_files_are_found_with_their_place_and_never_deleted(store: SemspaceVectorStore, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "wind.md").write_text("---\ntags: [air]\n---\n# Wind\n\nThe wind is on the sea.\n")
    store.space.index([folder])
    found = next(
        document for document in store.similarity_search("the wind is on the sea", k=5) if "wind" in document.page_content
    )
    assert found.metadata["source"] == str(folder / "wind.md")
    assert (found.metadata["start_line"] >= 4, found.metadata["tags"]) == (True, ["air"])
    assert store.get_by_ids([str(found.id), "#99999", "no"]) == [found]
    with pytest.raises(InvalidInput, match="passage of a file"):
        store.delete([str(found.id)])
    with pytest.raises(InvalidInput, match="needed"):
        store.delete()


def test_an_id_that_is_the_name_of_a_file_deletes_the_text_alone(
    space: Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "wind.txt").write_text("The wind is on the sea.\n")
    space.index([folder])
    monkeypatch.chdir(folder)
    store = SemspaceVectorStore(space)
    store.add_texts(["the rain"], ids=["wind.txt"])
    store.delete(["wind.txt"])
    assert store.get_by_ids(["wind.txt"]) == []
    assert len(space) == 1
    assert space.index([folder]).unchanged == 1


def test_a_retriever_answers_as_a_search_does(store: SemspaceVectorStore) -> None:
    retriever = SemspaceRetriever(space=store.space, k=2, everything=True)
    asked = "bread in the oven"
    found = retriever.invoke(asked)
    assert [document.id for document in found] == [hit.key for hit in store.space.search(asked, 2, everything=True)]
    assert asyncio.run(retriever.ainvoke(asked)) == found
    narrowed = SemspaceRetriever(space=store.space, everything=True, where={"side": "a"}).invoke("the ship")
    assert [document.id for document in narrowed] == ["1"]
    documents = store.as_retriever(search_kwargs={"k": 1, "filter": {"side": "b"}}).invoke("the rain")
    assert [type(document) for document in documents] == [Document]


def test_foreign_vectors_are_refused(space: Space) -> None:
    with pytest.raises(InvalidInput, match="own encoder"):
        SemspaceVectorStore.from_texts(["rain"], VectorStoreIntegrationTests.get_embeddings(), space=space)
    with pytest.raises(InvalidInput, match="need a space"):
        SemspaceVectorStore.from_texts(["rain"])
    store = SemspaceVectorStore.from_texts(["rain"], SemspaceEmbeddings(space.encoder), space=space)
    with pytest.raises(InvalidVectors, match="32 numbers"):
        store.similarity_search_by_vector([1.0, 0.0])


def test_nothing_imports_a_framework_unless_it_is_asked_for() -> None:
    code = "import sys; import semspace.space, semspace.adapters, semspace.adapters.filters; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"langchain_core", "llama_index", "pydantic"} & set(loaded)
