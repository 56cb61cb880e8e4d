"""A tiny encoder for faults: static, of random vectors, there in milliseconds and the same on every machine."""

from __future__ import annotations

import string
import time
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from semspace.encoders import cards
from semspace.encoders.static import VECTORS

NAME = "tiny-static"
DIM = 32
SEED = 11
VOCABULARY = """
the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you
were all her she there would their we him been has when who will no more if out so said what up its about cat dog sat mat
river mountain sea rain bread oven flour star planet orbit bank money price engine ship sail wind query passage document
garden winter summer stone glass letter music forest bridge copper silver tower market school doctor window table paper
"""
WORDS = VOCABULARY.split()


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
    files = cards.inventory(place)
    card = cards.ModelCard(
        name=NAME,
        dim=DIM,
        max_tokens=32_768,
        kind="static",
        fingerprint=cards.sha256(place / VECTORS)[:32],
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
    return NAME
