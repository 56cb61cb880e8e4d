"""What the texts of a space are about."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console
from view_samples import TEXTS

from semspace import Space
from semspace.store import SHAPES
from semspace.views.vocabulary import prose, vocabulary


def shown(value: object, width: int = 80) -> str:
    from io import StringIO

    from semspace.ui.console import THEME

    console = Console(file=StringIO(), width=width, theme=THEME)
    console.print(value)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_topics_are_those_that_the_texts_are_about(small: Space) -> None:
    found = small.topics(count=4)
    assert [topic.count for topic in found.topics] == [12] * 4
    for topic in found.topics:
        about = str(topic.typical.key).partition("-")[0]
        assert str(topic.farthest.key).startswith(about)
        texts = " ".join(text for key, text in TEXTS.items() if key.startswith(about)).lower()
        assert topic.words
        assert all(word in texts for word in topic.words)
    assert Counter(str(topic.typical.key).partition("-")[0] for topic in found.topics).most_common(1)[0][1] == 1
    assert found.purity > 2 * found.chance


def test_a_topic_falls_into_topics_that_make_it_up(small: Space) -> None:
    found = small.topics(2, 2)
    for topic in found.topics:
        assert len(topic.inner) > 1
        assert sum(inner.count for inner in topic.inner) == topic.count
        assert [inner.number for inner in topic.inner][:2] == [f"{topic.number}.1", f"{topic.number}.2"]


def test_topics_are_the_same_on_every_run(small: Space) -> None:
    assert small.topics(2, fresh=True).to_dict() == small.topics(2, fresh=True).to_dict() == small.topics(2).to_dict()


def test_a_few_new_texts_join_the_topics_that_are_there(models: Path, tmp_path: Path) -> None:
    with Space.create("grown", home=tmp_path, models=models) as space:
        space.add_texts(list(TEXTS.values()), list(TEXTS))
        before = space.topics(count=4)
        space.add_texts(["Deadhead the roses and they flower again.", "A nebula is a cloud of gas among the stars."])
        after = space.topics(count=4)
        assert sorted(topic.count for topic in after.topics) == [12, 12, 13, 13]
        assert {topic.farthest.id for topic in before.topics} >= {
            topic.farthest.id for topic in after.topics if topic.count == 12
        }
        assert (space.folder / SHAPES / "topics.npz").is_file()
        space.forget(["garden-0"])
        assert not (space.folder / SHAPES).exists(), "what was kept holds what was forgotten"


def test_a_damaged_file_beside_the_space_is_made_anew(models: Path, tmp_path: Path) -> None:
    with Space.create("odd", home=tmp_path, models=models) as space:
        space.add_texts(list(TEXTS.values())[:24], list(TEXTS)[:24])
        before = space.topics(count=2)
        file = space.folder / SHAPES / "topics.npz"
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 255
        file.write_bytes(data)
        assert space.topics(count=2).to_dict() == before.to_dict()
        file.write_bytes(b"")
        assert space.topics(count=2).to_dict() == before.to_dict()


def test_topics_of_nothing_and_of_one_text(models: Path, tmp_path: Path) -> None:
    with Space.create("tiny", home=tmp_path, models=models) as space:
        assert space.topics().to_dict()["topics"] == []
        space.add_texts(["Only one text is here."])
        (only,) = space.topics(depth=3).topics
        assert (only.count, only.share, only.inner) == (1, 1.0, ())


@pytest.mark.parametrize("width", [80, 160])
def test_a_drawing_of_topics_fits_its_width(small: Space, width: int) -> None:
    drawn = shown(small.topics(2, 4, exemplars=True), width)
    assert max(map(len, drawn.splitlines())) <= width
    assert "by chance" in drawn


def test_names_hold_no_code_no_markup_and_no_links() -> None:
    text = "See [the docs](https://a.example/x.html).\n\n```go\nfunc main() {}\n```\n\n<b>Bold</b> `code` {{< fig >}} words"
    assert " ".join(prose(text).replace(".", " ").split()) == "See [the docs] Bold words"


def test_a_word_and_its_forms_are_one_shown_as_it_is_written_most_often() -> None:
    known = vocabulary(["Roses bloom", "red roses", "a rose", "tulips bloom", "the tulip, red", "Else", "Other"])
    assert known.words == ["bloom", "red", "roses", "tulip"]
    assert known.counts([0, 1, 2]).tolist() == [1, 1, 3, 0]
    assert "red roses" in vocabulary(["red roses", "the red roses"] + ["else"] * 2).words
