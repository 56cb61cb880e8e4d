"""A tiny encoder for faults: static, of random vectors, there in milliseconds and the same on every machine."""

from __future__ import annotations

import shutil
import string
import time
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from semspace.encoders import cards
from semspace.encoders.static import VECTORS

NAME = "tiny-static"
NAME_ONNX = "tiny-onnx"
DIM = 32
SEED = 11
VOCABULARY = """
the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you
were all her she there would their we him been has when who will no more if out so said what up its about cat dog sat mat
river mountain sea rain bread oven flour star planet orbit bank money price engine ship sail wind query passage document
garden winter summer stone glass letter music forest bridge copper silver tower market school doctor window table paper
"""
WORDS = VOCABULARY.split()


def install_onnx(folder: Path) -> str:
    """Put an encoder of the same words into a folder of encoders that holds the other; it gives the vectors of tokens too."""
    from onnx import TensorProto, helper, numpy_helper, save

    place = folder / NAME_ONNX
    place.mkdir(parents=True)
    shutil.copy(folder / NAME / cards.TOKENIZER, place)
    table = np.load(folder / NAME / VECTORS).astype(np.float32)
    shape = ["batch", "tokens"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in ("input_ids", "attention_mask")]
    outputs = [
        helper.make_tensor_value_info("token_embeddings", TensorProto.FLOAT, [*shape, DIM]),
        helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["batch", DIM]),
    ]
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["token_embeddings"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["weights"]),
        helper.make_node("Mul", ["token_embeddings", "weights"], ["own"]),
        helper.make_node("ReduceSum", ["own", "second"], ["sum"], keepdims=0),
        helper.make_node("LpNormalization", ["sum"], ["sentence_embedding"], axis=-1, p=2),
    ]
    numbers = {"table": table, "last": np.array([2]), "second": np.array([1])}
    graph = helper.make_graph(
        nodes, "words", inputs, outputs, [numpy_helper.from_array(n, name) for name, n in numbers.items()]
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), place / cards.ONNX)
    _describe(place, NAME_ONNX, "onnx", cards.ONNX)
    return NAME_ONNX


def install(folder: Path) -> str:
    """Put the encoder into a folder of encoders, and return its name."""
    place = folder / NAME
    place.mkdir(parents=True)
    pieces = sorted(
        {*WORDS, *string.ascii_lowercase, *string.digits, *(f"##{c}" for c in string.ascii_lowercase + string.digits)}
    )
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(["[UNK]", *pieces])}, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.save(str(place / cards.TOKENIZER))
    vectors = np.random.default_rng(SEED).standard_normal((len(pieces) + 2, DIM)).astype(np.float16)
    np.save(place / VECTORS, vectors, allow_pickle=False)
    _describe(place, NAME, "static", VECTORS)
    return NAME


def _describe(place: Path, name: str, kind: str, weights: str) -> None:
    files = cards.inventory(place)
    card = cards.ModelCard(
        name=name,
        dim=DIM,
        max_tokens=32_768,
        kind=kind,
        fingerprint=cards.sha256(place / weights)[:32],
        prompts={"query": "", "passage": ""},
        pooling="sum",
        normalised=True,
        source="random",
        source_folder="",
        created=time.time(),
        bytes=sum(file.bytes for file in files.values()),
        files=files,
    )
    cards.write(card, place)
