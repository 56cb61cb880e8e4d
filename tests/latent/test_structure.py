"""Hubs, lonely texts, islands, bridges, dimension: what was planted is found, and where nothing was, nothing is."""

from __future__ import annotations

import numpy as np
import pytest

from semspace.arrays import Vectors, unit
from semspace.latent.dimension import chords, likelihood, two_nn
from semspace.latent.graph import nearest
from semspace.latent.islands import islands
from semspace.latent.path import linked
from semspace.latent.structure import ODD, bridging, brokerage, central, hubness, lonely


def blob(count: int, dim: int, seed: int, spread: float = 0.25, inside: int = 384) -> Vectors:
    """Make texts around one point of the sphere that vary in `dim` directions."""
    rng = np.random.default_rng(seed)
    frame = np.linalg.qr(rng.standard_normal((inside, dim + 1)))[0].T
    return unit(frame[0] + spread * rng.standard_normal((count, dim)) @ frame[1:])


@pytest.mark.parametrize("dim", [5, 10])
def test_the_dimension_of_gaussians_is_theirs(dim: int) -> None:
    vectors = blob(3_000, dim, 3, 0.1)
    radii = chords(vectors, nearest(vectors, 15))
    assert two_nn(radii) == pytest.approx(dim, rel=0.15)
    assert likelihood(radii) == pytest.approx(dim, rel=0.15)


def test_copies_do_not_change_the_dimension() -> None:
    vectors = blob(1_500, 5, 4, 0.1)
    both = np.concatenate([vectors, vectors[:100]])
    assert two_nn(chords(both, nearest(both, 15))) == pytest.approx(5, rel=0.2)


def test_chords_are_those_of_the_vectors() -> None:
    vectors = blob(50, 4, 5)
    graph = nearest(vectors, 3)
    assert chords(vectors, graph, 7)[:, 0] == pytest.approx(np.sqrt(2 - 2 * graph.similarities[:, 0]), abs=1e-3)


def test_a_planted_hub_is_found_and_texts_that_vary_in_few_directions_have_none() -> None:
    rng = np.random.default_rng(6)
    ring = rng.standard_normal((600, 128))
    plain = unit(np.concatenate([np.full((600, 1), 9.0), ring], axis=1))
    hub = unit(np.concatenate([plain, plain.mean(axis=0, keepdims=True)]))
    counts, skewed = hubness(nearest(hub))
    assert counts.argmax() == 600
    assert counts[600] > 300
    even = blob(600, 3, 7)
    counts, skew = hubness(nearest(even))
    assert skew < 1.5 < skewed
    assert counts.max() < 60
    assert counts.sum() == 6_000


def test_planted_lonely_texts_are_found_and_none_where_there_are_none() -> None:
    crowd = blob(1_000, 12, 8)
    far = unit(np.random.default_rng(9).standard_normal((5, 384)))
    found = lonely(nearest(np.concatenate([crowd, far])))
    assert set(np.argsort(-found)[:5].tolist()) == set(range(1_000, 1_005))
    assert (found[1_000:] > ODD).all()
    assert (lonely(nearest(crowd)) > 2 * ODD).sum() == 0


def test_a_planted_island_is_found_though_its_texts_are_not_lonely_and_none_in_a_crowd() -> None:
    crowd = blob(1_000, 12, 10)
    away = blob(25, 12, 99, 0.15)
    both = np.concatenate([crowd, away])
    graph = nearest(both)
    (found,) = islands(linked(both, graph), graph)
    assert found.rows.tolist() == list(range(1_000, 1_025))
    assert found.outward < found.inward
    assert (lonely(graph)[1_000:] > ODD).mean() < 0.5, "counts of neighbours miss groups larger than they"
    alone = nearest(crowd)
    assert islands(linked(crowd, alone), alone) == []


def test_ways_between_topics_are_counted_as_networkx_counts_them() -> None:
    networkx = pytest.importorskip("networkx", reason="networkx is not installed")
    vectors = blob(60, 5, 11)
    links = linked(vectors, nearest(vectors, 4))
    graph = networkx.Graph()
    for (one, other), cosine in zip(links.edges.tolist(), links.similarities.tolist(), strict=True):
        graph.add_edge(one, other, weight=np.arccos(cosine) ** 4)
    every = networkx.betweenness_centrality(graph, normalized=False, weight="weight")
    ours = brokerage(links, np.arange(60), 60, 0)
    # They count each way once, we from both of its ends.
    assert ours * 60 * 59 / 2 == pytest.approx([every[row] for row in range(60)])
    sides = range(30), range(30, 60)
    crossing = networkx.betweenness_centrality_subset(graph, *sides, weight="weight")
    ours = brokerage(links, np.repeat([0, 1], 30), 60, 0)
    assert ours * 60 * 59 / 4 == pytest.approx([crossing[row] for row in range(60)])


def test_a_planted_bridge_is_found_and_inside_of_a_topic_there_is_none() -> None:
    one, other = blob(150, 6, 12), blob(150, 6, 13)
    between = unit(one[:1] + other[:1])
    vectors = np.concatenate([one, other, between])
    graph = nearest(vectors)
    labels = np.repeat([0, 1], [150, 151])
    found = bridging(graph, linked(vectors, graph), labels)
    assert found.argmax() == 300
    alone = bridging(nearest(one), linked(one, nearest(one)), np.zeros(150, dtype=np.int64))
    assert alone.max() == 0


def test_the_central_text_is_in_the_middle() -> None:
    vectors = blob(500, 4, 14)
    ranks = central(nearest(vectors))
    assert ranks.sum() == pytest.approx(1)
    middle = unit(vectors.mean(axis=0))[0]
    assert np.median(vectors[np.argsort(-ranks)[:50]] @ middle) > np.median(vectors @ middle)


def test_a_group_of_which_one_text_has_a_link_outward_is_an_island_and_scattered_lonely_texts_are_none() -> None:
    """The one best link of a group may be chance: what counts is how far all of its texts are from the others."""
    crowd, away = blob(1_000, 12, 15), blob(8, 12, 98, 0.15)
    away[0] = unit((0.8 * away[0] + 0.6 * crowd[0])[None])[0]
    both = np.concatenate([crowd, away])
    graph = nearest(both)
    (found,) = islands(linked(both, graph), graph)
    assert set(range(1_001, 1_008)) <= set(found.rows.tolist())
    scattered = np.concatenate([crowd, unit(np.random.default_rng(16).standard_normal((8, 384)))])
    graph = nearest(scattered)
    assert islands(linked(scattered, graph), graph) == []
