"""What few numbers and few bytes keep of vectors: measured against least squares, finite differences and exact search."""

from __future__ import annotations

import numpy as np
import pytest

from semspace.arrays import Vectors, unit
from semspace.latent.bottleneck import Autoencoder, best_decoder, distilled, principal, unexplained
from semspace.latent.codes import measure


def clustered(count: int, dim: int = 48, seed: int = 0) -> Vectors:
    """Make vectors in clusters of clusters whose finer structure lies in directions of little variance."""
    rng = np.random.default_rng(seed)
    scales = np.linspace(1.5, 0.3, dim)
    coarse = rng.standard_normal((8, dim)) * scales
    fine = 0.5 * rng.standard_normal((80, dim))
    rows = rng.integers(0, 80, count)
    return unit(coarse[rows % 8] + fine[rows] + 0.25 * rng.standard_normal((count, dim)))


def test_principal_axes_leave_what_the_smaller_eigenvalues_are() -> None:
    vectors = clustered(800)
    axes = principal(vectors, 6)
    assert axes.T @ axes == pytest.approx(np.eye(6), abs=1e-5)
    values = np.sort(np.linalg.eigvalsh(vectors.T.astype(np.float64) @ vectors))[::-1]
    left = float(((vectors - vectors @ axes @ axes.T) ** 2).sum())
    assert left == pytest.approx(values[6:].sum(), rel=1e-3)


def test_the_gradients_are_those_of_finite_differences() -> None:
    vectors = clustered(40, dim=12).astype(np.float64)
    # Of twice as many digits: steps can be small.
    network = Autoencoder(tuple(one.astype(np.float64) for one in Autoencoder.learn(clustered(40, dim=12), 3).parameters))  # type: ignore[misc]
    found = network.gradients(vectors)
    rng = np.random.default_rng(1)
    for parameter, gradient in zip(network.parameters, found, strict=True):
        at = tuple(rng.integers(0, size) for size in parameter.shape)
        losses = []
        for step in (1e-5, -2e-5):
            parameter[at] += step
            losses.append(network.loss(vectors))
        parameter[at] += 1e-5
        assert gradient[at] == pytest.approx((losses[0] - losses[1]) / 2e-5, abs=1e-7, rel=1e-3)


def test_an_autoencoder_learns_and_rebuilds_what_it_has_not_seen() -> None:
    vectors = clustered(1_200)
    short, long = (Autoencoder.learn(vectors[:1_000], 8, epochs=epochs) for epochs in (1, 20))
    left = [unexplained(vectors[1_000:], network.decode(network.encode(vectors[1_000:]))) for network in (short, long)]
    assert left[1] < left[0] < 1.5
    assert left[1] < 0.6


def test_the_best_decoder_is_that_of_least_squares() -> None:
    vectors = clustered(300)
    kept = vectors[:, :5]
    rebuilt = np.hstack([kept, np.ones((300, 1), np.float32)]) @ best_decoder(kept, vectors)
    assert rebuilt[:, :5] == pytest.approx(vectors[:, :5], abs=1e-4)
    assert abs((vectors - rebuilt).mean()) < 1e-5


def test_what_was_learnt_to_keep_similarities_finds_more_than_principal_axes() -> None:
    vectors = clustered(1_700)
    queries, texts = vectors[:200], vectors[200:]
    exact = np.argsort(-(queries @ texts.T), axis=1)[:, :10]

    def recall(axes: np.ndarray) -> float:  # type: ignore[type-arg]
        found = np.argsort(-((queries @ axes) @ (texts @ axes).T), axis=1)[:, :10]
        return float(np.mean([len(set(one) & set(other)) / 10 for one, other in zip(exact, found, strict=True)]))

    learnt = distilled(texts, 8, epochs=15, seed=3)
    assert recall(learnt) > recall(principal(texts, 8))
    assert learnt.tobytes() == distilled(texts, 8, epochs=15, seed=3).tobytes()


def test_more_bits_find_more_and_scoring_again_finds_nearly_all() -> None:
    vectors = clustered(1_400)
    found = {code.name: code for code in measure(vectors[200:], vectors[:200], 16, epochs=3)}
    assert found["float16"].recall >= 0.99
    assert found["int8"].recall >= 0.95
    assert found["RaBitQ 1 bit"].recall < found["RaBitQ 2 bit"].recall < found["RaBitQ 4 bit"].recall
    assert found["RaBitQ 1 bit"].reranked >= 0.95
    assert all(code.reranked >= code.recall - 1e-9 for code in found.values())
    assert found["float16"].bytes == 96
    assert found["int8"].bytes == 48
    assert found["PCA 16"].bytes == 64
    assert found["PCA 16, int8"].bytes == 16
    assert found["PCA 16"].unexplained == pytest.approx(found["PCA 16, int8"].unexplained, abs=0.01)
    again = measure(vectors[200:], vectors[:200], 16, epochs=3)
    assert again == list(found.values()), "the same on every run"


def test_a_bottleneck_of_all_numbers_loses_nothing() -> None:
    vectors = clustered(400)
    found = {code.name: code for code in measure(vectors[100:], vectors[:100], 48, epochs=1)}
    assert found["PCA 48"].recall >= 0.99
    assert found["PCA 48"].unexplained == pytest.approx(0, abs=1e-6)
