"""Words find the passages that hold them, whatever else the query holds."""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semspace.lexical import LexicalIndex, spans, terms

TEXTS = {
    1: "The miller bakes bread with rye flour and water.",
    2: "Bread dough rises slowly in a cold kitchen.",
    3: "Sailing ships carried flour across the sea.",
    4: "Café owners in Zürich bake too.",
    5: "x86_64 and e-mail: don't panic.",
}


def index_of(texts: dict[int, str], folder: Path | None = None) -> LexicalIndex:
    index = LexicalIndex(folder)
    index.update(np.empty(0, dtype=np.int64), [(number, "", text) for number, text in texts.items()])
    return index


def found(index: LexicalIndex, query: str, k: int = 10) -> list[int]:
    return [int(number) for number in index.search(query, k).ids]


def bm25(texts: dict[int, str], query: str, k1: float = 1.2, b: float = 0.75) -> dict[int, float]:
    """Score by the published formula, with the lengths rounded as Lucene rounds them (short ones are exact)."""
    words = {number: [stem for word in re.findall(r"\w+", text) for stem in terms_of(word)] for number, text in texts.items()}
    mean = sum(map(len, words.values())) / len(words)
    scores: dict[int, float] = {}
    for term in terms(query):
        holding = [number for number in words if term in words[number]]
        idf = math.log(1 + (len(words) - len(holding) + 0.5) / (len(holding) + 0.5))
        for number in holding:
            count = words[number].count(term)
            score = idf * count * (k1 + 1) / (count + k1 * (1 - b + b * len(words[number]) / mean))
            scores[number] = scores.get(number, 0.0) + score
    return scores


def terms_of(word: str) -> list[str]:
    from semspace.lexical.words import analyzer

    return list(analyzer().analyze(word))


@pytest.mark.parametrize("query", ["bread", "bread flour", "the sea", "rising kitchen bread", "bread bread water"])
def test_scores_are_those_of_the_published_formula(query: str) -> None:
    ranking = index_of(TEXTS).search(query, 10)
    expected = bm25(TEXTS, query)
    assert dict(zip(ranking.ids.tolist(), ranking.scores.tolist(), strict=True)) == pytest.approx(expected, rel=1e-4)


def test_a_word_of_the_title_weighs_more_than_one_of_many_in_the_text() -> None:
    index = LexicalIndex(None)
    passages = [(1, "wind", "rain and sea and river"), (2, "rain", "wind and sea and river"), (3, "sea", "nothing else")]
    index.update(np.empty(0, dtype=np.int64), passages)
    assert found(index, "wind") == [1, 2]
    assert set(found(index, "sea")) == {1, 2, 3}


def test_words_match_by_their_stem_without_accents_and_case() -> None:
    index = index_of(TEXTS)
    assert set(found(index, "BAKING")) == {1, 4}
    assert found(index, "cafe zurich") == [4]


def test_function_words_do_not_count_unless_there_is_nothing_else() -> None:
    assert terms("how do I bake the bread") == terms("bake bread")
    assert terms("to be or not to be") != []


def test_nothing_is_found_for_words_that_are_not_there_or_for_no_words() -> None:
    index = index_of(TEXTS)
    assert found(index, "zeppelin") == []
    assert found(index, "?! ...") == []
    assert found(LexicalIndex(None), "bread") == []


def test_what_is_removed_is_not_found_and_a_changed_passage_is_found_by_its_new_words(tmp_path: Path) -> None:
    index = index_of(TEXTS, tmp_path / "lexical")
    index.update(np.array([1, 2]), [(9, "", "a new loaf")])
    assert found(index, "bread") == []
    assert found(index, "loaf") == [9]
    assert index.ids().tolist() == [3, 4, 5, 9]
    assert LexicalIndex(tmp_path / "lexical").ids().tolist() == [3, 4, 5, 9]


def test_a_search_among_some_ids_keeps_the_scores() -> None:
    index = index_of(TEXTS)
    whole = dict(
        zip(*(a.tolist() for a in (index.search("bread flour", 9).ids, index.search("bread flour", 9).scores)), strict=True)
    )
    part = index.search("bread flour", 9, np.array([2, 3, 77]))
    assert dict(zip(part.ids.tolist(), part.scores.tolist(), strict=True)) == pytest.approx({i: whole[i] for i in (2, 3)})
    assert len(index.search("bread", 9, np.array([], dtype=np.int64))) == 0


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_no_text_of_a_query_is_an_error_or_syntax(query: str) -> None:
    index = index_of(TEXTS)
    ids = found(index, query)
    assert Counter(ids).most_common(1) in ([], [(ids[0] if ids else 0, 1)]) or len(set(ids)) == len(ids)


@pytest.mark.parametrize("query", ['bread"', "body:bread", "bread AND (", "-bread", "bread^1e9", "id:[1 TO 9]", "*", "brea*"])
def test_the_engines_own_syntax_is_only_words(query: str) -> None:
    assert found(index_of(TEXTS), query) == found(index_of(TEXTS), re.sub(r"\W+", " ", query))


def test_where_words_stand_and_how_much_they_tell() -> None:
    texts = {1: "Red roses and the moon", 2: "the moon", 3: "the sea"} | dict.fromkeys(range(4, 20), "the sun")
    text = "The Moon, of rosés; 東京 tower"
    found = {text[start:end]: weight for start, end, weight in index_of(texts).telling_parts(text)}
    assert list(found) == ["The", "Moon", "of", "rosés", "tower", "東京"]
    assert found["The"] == found["of"] == 0
    assert found["Moon"] == pytest.approx(math.log(1 + (19 - 2 + 0.5) / (2 + 0.5)))
    assert found["rosés"] == pytest.approx(math.log(1 + (19 - 1 + 0.5) / (1 + 0.5)))
    assert found["tower"] == found["東京"] > found["rosés"]


def test_spans_are_the_words_that_match() -> None:
    text = "Baked bread, BREADS and a breadth of cafés."
    assert [text[a:b] for a, b in spans("bread cafe baking", text)] == ["Baked", "bread", "BREADS", "cafés"]
    assert spans("...", text) == ()
