"""The centre of a topic can be read, and two axes make a plane whose corners are what their poles say."""

from __future__ import annotations

import numpy as np
import pytest

from semspace import Space
from semspace.errors import InvalidInput


def about(space: Space, number: int) -> str:
    return str(space.show(f"#{number}").metadata["about"])


def test_the_centre_of_a_topic_is_read_as_what_the_topic_is_about(small: Space) -> None:
    topics = small.topics(2).topics
    for topic in topics[:2]:
        found = small.decode(f"topic:{topic.number}")
        assert found.nearest[0][1].id == topic.typical.id, "the nearest text is the most typical one"
        assert found.phrases
        assert small.decode(f"topic:{topic.words[0]}").nearest == found.nearest
        for inner in topic.inner:
            assert small.decode(f"topic:{inner.number}").nearest[0][1].id == inner.typical.id
    between = small.decode(f"topic:{topics[0].number}..topic:{topics[1].number}", texts=10)
    assert {about(small, one.id) for _, one in between.nearest} >= {about(small, topic.typical.id) for topic in topics[:2]}


@pytest.mark.parametrize("asked", ["99", "1.99", "0", "no such name", ""])
def test_a_topic_that_is_not_there_is_an_error(small: Space, asked: str) -> None:
    with pytest.raises(InvalidInput, match="no topic"):
        small.decode(f"topic:{asked}")


def test_the_corners_of_two_axes_hold_what_their_poles_say(small: Space) -> None:
    found = small.scatter(
        (["the kitchen", "cooking food"], ["the night sky", "stars and planets"]),
        (["a plant in the garden"], ["a sailing boat at sea"]),
    )
    assert found.positions.shape == (48, 2)
    assert sum(corner.count for corner in found.corners) <= 48
    kinds = [about(small, number) for number in found.ids.tolist()]
    mean = {kind: found.positions[[other == kind for other in kinds]].mean(axis=0) for kind in set(kinds)}
    assert mean["stars"][0] > max(mean[kind][0] for kind in ("kitchen", "garden", "sailing"))
    assert mean["kitchen"][0] < min(mean[kind][0] for kind in ("stars", "garden", "sailing"))
    assert mean["sailing"][1] > max(mean[kind][1] for kind in ("kitchen", "garden", "stars"))
    assert mean["garden"][1] < min(mean[kind][1] for kind in ("kitchen", "sailing", "stars"))
    axis = small.axis(["the kitchen", "cooking food"], ["the night sky", "stars and planets"])
    assert found.positions[:, 0] == pytest.approx(axis.taste.scores(_vectors(small)), abs=1e-4), "the first is that of `axis`"


def test_an_axis_across_itself_tells_nothing_new(small: Space) -> None:
    poles = ["the kitchen"], ["the night sky"]
    assert small.scatter(poles, poles).correlation == pytest.approx(1.0)
    assert small.scatter(poles, (poles[1], poles[0])).correlation == pytest.approx(-1.0)


def _vectors(space: Space) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    with space._material() as material:
        return material.vectors
