"""A table of token vectors: read by static encoders to make vectors, and beside any other to tell what words mean.

float16, shape (tokens + 1, dim): the weighted vector of each token; the last row is what a text without any becomes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding, Tokenizer

from semspace.arrays import TokenVectors
from semspace.encoders.batching import sound
from semspace.encoders.cards import TOKENIZER, VECTORS, damaged

Table = npt.NDArray[np.floating]


def open_table(folder: Path, tokens_known: int, dim: int | None = None) -> Table:
    """Map a table into memory: a query reads only the rows of its own tokens. Raises ConversionFailed."""
    try:
        table: Table = np.asarray(np.load(folder / VECTORS, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        raise damaged(folder, f"{VECTORS} cannot be read") from error
    if table.ndim != 2 or len(table) <= tokens_known or dim not in {None, table.shape[1]} or table.dtype != np.float16:
        raise damaged(folder, f"{VECTORS} does not fit {TOKENIZER}")
    return table


def look_up(table: Table, tokenizer: Tokenizer, texts: Sequence[str]) -> list[TokenVectors]:
    """Return the vector of each token of some texts, without context; its length is the token's weight, about 0 to 1.

    Texts are never cut, though the tokenizer may cut: it gives the rest apart.
    """
    found = [list(_parts(encoding)) for encoding in tokenizer.encode_batch(list(map(sound, texts)), add_special_tokens=False)]
    scale = np.float32(table.shape[1] ** -0.5)  # a whitened vector is as long as the root of its dimensions, on average
    result = []
    for parts in found:
        ids = np.concatenate([np.array(part.ids, dtype=np.int64) for part in parts])
        spans = np.concatenate([np.array(part.offsets, dtype=np.int64).reshape(-1, 2) for part in parts])
        result.append(TokenVectors(table[ids].astype(np.float32) * scale, spans))
    return result


def _parts(encoding: Encoding) -> Iterator[Encoding]:
    yield encoding
    yield from encoding.overflowing
