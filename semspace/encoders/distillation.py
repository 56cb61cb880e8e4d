"""An encoder -> a static model: the vector of each of its tokens, learnt from the encoder alone, without texts.

Tulkens, van Dongen: Model2Vec: Fast State-of-the-Art Static Embeddings (2024). What is added to it is the whitening.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
import unicodedata
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from semspace.encoders import Encoder, cards, tokens
from semspace.encoders.batching import distinct
from semspace.encoders.cards import TOKENIZER, VECTORS, ModelCard
from semspace.encoders.sources import Progress
from semspace.encoders.static import StaticEncoder
from semspace.errors import ConversionFailed, InvalidInput

DIM = 256
"""Dimensions unless said otherwise."""

MAX_TOKENS = 32_768
"""A sum has no limit; this one bounds the memory that one text takes."""

_SIF = 3e-4
"""Frequency of a token at which its weight is one half. Arora, Liang, Ma: A Simple but Tough-to-Beat Baseline (2017)."""

_TINY = 1e-6
"""Components with less than this share of the greatest variance are rounding errors: whitening would blow them up."""

_SAMPLE = 50_000
"""Tokens that the whitening is learnt from: more change nothing but the memory it takes."""

_AT_ONCE = 8_192
_MARKER = re.compile(r"[\[<].+[\]>]")

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]


def describe(teacher: Encoder) -> str:
    """Say in a card's note where a static model comes from, so that the same request can be known again."""
    return f"is distilled from {teacher.name} ({teacher.fingerprint})"


def distil(teacher: Encoder, folder: Path, name: str, *, dim: int = DIM, progress: Progress | None = None) -> ModelCard:
    """Fill an empty folder with the static model of an encoder and its encoder.json.

    Deterministic on one machine. Raises InvalidInput where the teacher has too few dimensions or tokens for `dim`, or
    is static itself.
    """
    if isinstance(teacher, StaticEncoder):
        raise InvalidInput(f"{teacher.name} is a static model itself.", hint="Distil the encoder that it was made from.")
    texts, special, ordinary = _words(teacher)
    if not 1 <= dim <= _most(teacher, ordinary):
        raise InvalidInput(
            f"{teacher.name} cannot give a static model of {dim} dimensions.",
            f"Ask for 1 to {max(1, _most(teacher, ordinary))} dimensions: --dim",
        )
    _learn(teacher, texts, special, ordinary, folder, dim, progress)
    shutil.copyfile(teacher.tokenizer_json, folder / TOKENIZER)
    files = cards.inventory(folder)
    content = "\n".join(f"{file}\0{made.sha256}" for file, made in files.items())
    card = ModelCard(
        name=name,
        dim=dim,
        max_tokens=MAX_TOKENS,
        kind="static",
        fingerprint=hashlib.sha256(content.encode()).hexdigest()[:32],
        prompts={"query": "", "passage": ""},
        pooling="sum",
        normalised=True,
        source=teacher.name,
        source_folder=str(teacher.tokenizer_json.parent),
        created=time.time(),
        bytes=sum(file.bytes for file in files.values()),
        note=describe(teacher),
        files=files,
    )
    cards.write(card, folder)
    return card


def add_words(teacher: Encoder, folder: Path, progress: Progress | None = None) -> None:
    """Put a table of what an encoder's own tokens mean into a folder; an empty file where nothing can be learnt."""
    try:
        texts, special, ordinary = _words(teacher)
        _learn(teacher, texts, special, ordinary, folder, min(DIM, _most(teacher, ordinary)), progress)
    except OSError:  # the disk's fault, not the encoder's
        raise
    except Exception:  # noqa: BLE001  an encoder need not bear single words, or none at all; it works all the same
        (folder / VECTORS).write_bytes(b"")


def _words(teacher: Encoder) -> tuple[list[str], Flags, Flags]:
    """Text of each token, which ones are no text, and which are pieces of words rather than letters and signs."""
    texts, special = _vocabulary(tokens.open_tokenizer(teacher.tokenizer_json.parent))
    return texts, special, np.array([len(text) > 1 and not mark for text, mark in zip(texts, special, strict=True)])


def _learn(
    teacher: Encoder, texts: list[str], special: Flags, ordinary: Flags, folder: Path, dim: int, progress: Progress | None
) -> None:
    """Write the table of a teacher's tokens: vectors whitened and weighed."""
    vectors = whiten(_teach(teacher, [*texts, ""], progress), ordinary, dim)
    vectors[:-1] *= weights(texts, ordinary)[:, None]
    vectors[:-1][special] = 0
    np.save(folder / VECTORS, vectors.astype(np.float16), allow_pickle=False)


def whiten(vectors: Floats, ordinary: Flags, dim: int) -> Floats:
    """Project onto the first principal components of the ordinary tokens and give these equal variances.

    Without it a few directions that every token shares drown what sets tokens apart.
    Su, Cao, Liu, Ou: Whitening Sentence Representations for Better Semantics and Faster Retrieval (2021).
    """
    sample = vectors[np.flatnonzero(ordinary)[:: 1 + int(ordinary.sum()) // _SAMPLE]].astype(np.float64)
    mean = sample.mean(axis=0)
    values, directions = np.linalg.eigh(np.cov(sample - mean, rowvar=False).reshape(len(mean), -1))
    values, directions = values[::-1][:dim], directions[:, ::-1][:, :dim]
    if not np.isfinite(values).all() or values[0] <= 0:
        raise ConversionFailed("The encoder gives every token the same vector.", hint="Choose another encoder.")
    directions = directions * np.sign(directions[np.abs(directions).argmax(axis=0), np.arange(dim)])
    scales = np.where(values > values[0] * _TINY, 1 / np.sqrt(np.maximum(values, values[0] * _TINY)), 0.0)
    projection = directions * scales
    found: Floats = ((vectors - mean.astype(np.float32)) @ projection.astype(np.float32)).astype(np.float32)
    return found


def weights(texts: list[str], ordinary: Flags) -> Floats:
    """Weigh each token by how rare it is, supposing that ids follow frequency and frequency follows Zipf's law.

    Marks, digits and single letters count as the most frequent; ideographs, which are words, as middling.
    """
    last = int(ordinary.sum())
    ranks = np.maximum(np.cumsum(ordinary) - 1, 0)
    for token in np.flatnonzero(~ordinary):
        text = texts[token]
        ranks[token] = last // 2 if len(text) == 1 and unicodedata.category(text) == "Lo" else 0
    frequencies = 1 / (ranks + 2) / np.sum(1 / np.arange(2, last + 2))
    found: Floats = (_SIF / (_SIF + frequencies)).astype(np.float32)
    return found


def _vocabulary(tokenizer: Tokenizer) -> tuple[list[str], Flags]:
    """Text of each token, by id, and which ones are no text: markers of the tokenizer, and ids that are not used."""
    model = json.loads(tokenizer.to_str())["model"]
    prefix = model.get("continuing_subword_prefix") or ""
    marked = {number for number, token in tokenizer.get_added_tokens_decoder().items() if token.special}
    texts, special = [], []
    for number in range(max(tokenizer.get_vocab().values()) + 1):  # ids may have gaps
        token = tokenizer.id_to_token(number)
        text = tokenizer.decode([number], skip_special_tokens=False).removeprefix(prefix).strip() if token else ""
        texts.append(text)
        special.append(not text or number in marked or _MARKER.fullmatch(text) is not None)
    return texts, np.array(special)


def _teach(teacher: Encoder, texts: list[str], progress: Progress | None) -> Floats:
    """Vectors that the teacher gives to texts. Shape (n, teacher.dim)."""
    once, rows = distinct(texts)  # a piece of words is often a word, too
    found = np.empty((len(once), teacher.dim), dtype=np.float32)
    for start in range(0, len(once), _AT_ONCE):
        if progress and start:
            progress(f"{start:,} of {len(once):,} tokens encoded")
        found[start : start + _AT_ONCE] = teacher.encode(once[start : start + _AT_ONCE], "passage")
    return found[rows]


def _most(teacher: Encoder, ordinary: Flags) -> int:
    """Return how many dimensions can be told apart."""
    return min(teacher.dim, int(ordinary.sum()) - 1)
