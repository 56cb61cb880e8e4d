"""Real texts with their vectors, and as many more as are wanted."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

from semspace.arrays import Vectors, unit
from semspace.bench.setting import Setting
from semspace.bench.vectors import Cloud, Numbers, near_rows
from semspace.chunking import Chunker
from semspace.encoders import Encoder
from semspace.errors import SkippedFile, UnreadableFile
from semspace.readers import Reader, walk
from semspace.records import Document, Role
from semspace.store import TEXT_PREFIX

HELD_OUT = 1_000
"""Glosses that are queries and in no space: a query that is a passage itself is too easy to answer."""

PER_DOCUMENT = 10
ENCODED_AT_ONCE = 4_096


@dataclass(frozen=True, slots=True)
class Material:
    """Glosses with their vectors, float16 and mapped from disk, and glosses that are kept as queries."""

    texts: Sequence[str]
    vectors: npt.NDArray[np.float16]
    near: npt.NDArray[np.int32]
    queries: Sequence[str]

    def text(self, number: int) -> str:
        """Return a gloss, or beyond the last of them the first half of one with the second half of another."""
        if number < len(self.texts):
            return self.texts[number]
        first, second = _picks(number, len(self.texts))
        return f"{_half(self.texts[first], 0)} {_half(self.texts[second], 1)}"

    def paragraph(self, number: int, size: int = 640) -> str:
        """Return recombined glosses of at least `size` characters: two of them are too long for one passage."""
        parts: list[str] = []
        while sum(map(len, parts)) < size:
            parts.append(self.text(len(self.texts) + number * 64 + len(parts)))
        return ". ".join(parts)


class Documents(Sequence[Document]):
    """Documents of ten glosses, each on a page of its own and so a passage of its own; made when they are asked for."""

    def __init__(self, material: Material, passages: int) -> None:
        """Take so many passages."""
        self._material = material
        self._passages = passages

    def __len__(self) -> int:
        return (self._passages + PER_DOCUMENT - 1) // PER_DOCUMENT

    def __getitem__(self, number: int) -> Document:  # type: ignore[override]  # nobody slices it
        if not 0 <= number < len(self):
            raise IndexError(number)
        rows = range(number * PER_DOCUMENT, min((number + 1) * PER_DOCUMENT, self._passages))
        texts = [self._material.text(row) for row in rows]
        pages = np.cumsum([0, *(len(text) + 1 for text in texts[:-1])]).tolist()
        return Document(f"{TEXT_PREFIX}{number}", "\n".join(texts), pages=tuple(pages), lines=False)


class GivenEncoder:
    """An encoder that knows the glosses' vectors and draws a vector around them for any other text, in no time.

    What it draws for a text depends on the text alone. In all else it is the encoder that made the glosses' vectors, so that
    a space which it fills is one of that encoder's. `seconds` is what drawing took.
    """

    def __init__(self, real: Encoder, material: Material) -> None:
        """Take the encoder that it stands in for, and what that one encoded."""
        self._real = real
        self.name, self.dim, self.max_tokens = real.name, real.dim, real.max_tokens
        self.fingerprint, self.tokenizer_json = real.fingerprint, real.tokenizer_json
        self._vectors = material.vectors
        hashes = _hashes(material.texts)
        self._order = np.argsort(hashes)
        self._hashes = hashes[self._order]
        self._cloud = Cloud(material.vectors, material.near)
        self.seconds = 0.0

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """Return the vectors of passages; a query is really encoded."""
        if role == "query" or not len(texts):
            return self._real.encode(texts, role)
        started = time.perf_counter()
        vectors = self._drawn(texts)
        self.seconds += time.perf_counter() - started
        return vectors

    def _drawn(self, texts: Sequence[str]) -> Vectors:
        numbers = _hashes(texts)
        vectors = self._cloud.draw(numbers)
        places = np.minimum(np.searchsorted(self._hashes, numbers), len(self._hashes) - 1)
        known = self._hashes[places] == numbers
        if known.any():
            vectors[known] = unit(self._vectors[self._order[places[known]]])
        return vectors

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count as the encoder does."""
        return self._real.count_tokens(texts)

    def capacity(self, role: Role) -> int:
        """Return what the encoder takes."""
        return self._real.capacity(role)


def glosses(setting: Setting) -> Material:
    """Return the glosses with their vectors, which are made once and kept. Raises Absent."""
    texts = _texts(setting.need("wordnet-glosses") / "corpus.jsonl")
    if setting.quick:
        texts = texts[:1_000]
    stride = max(2, len(texts) // HELD_OUT)
    kept = [text for row, text in enumerate(texts) if row % stride]
    vectors, near = encoded(setting, kept)
    return Material(kept, vectors, near, texts[::stride])


def _texts(path: Path) -> list[str]:
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    # No line ends: a gloss is one line of its document.
    return list(dict.fromkeys(" ".join(f"{row.get('title', '')}: {row['text']}".split()) for row in rows))


def encoded(setting: Setting, texts: Sequence[str]) -> tuple[npt.NDArray[np.float16], npt.NDArray[np.int32]]:
    """Return vectors and near neighbours from the work folder; what is not there yet is encoded and put there."""
    mark = blake2b("\n".join(texts).encode(), digest_size=4).hexdigest()
    folder = setting.work / f"vectors-{setting.encoder.fingerprint[:8]}-{mark}"
    folder.mkdir(parents=True, exist_ok=True)
    for begin in range(0, len(texts), ENCODED_AT_ONCE):
        part = folder / f"part-{begin}.npy"
        if not part.is_file() and not (folder / "vectors.npy").is_file():
            setting.say(f"encoding texts, once: {begin:,} of {len(texts):,}")
            found = setting.encoder.encode(texts[begin : begin + ENCODED_AT_ONCE], "passage")
            _save(part, found.astype(np.float16))
    if not (folder / "near.npy").is_file():
        parts = [folder / f"part-{begin}.npy" for begin in range(0, len(texts), ENCODED_AT_ONCE)]
        vectors = np.concatenate([np.load(part) for part in parts])
        _save(folder / "vectors.npy", vectors)
        _save(folder / "near.npy", near_rows(unit(vectors)))
        for part in parts:
            part.unlink()
    return np.load(folder / "vectors.npy", mmap_mode="r"), np.load(folder / "near.npy", mmap_mode="r")


def _save(path: Path, array: npt.NDArray[np.generic]) -> None:
    temporary = path.with_suffix(".new.npy")
    np.save(temporary, array)
    temporary.replace(path)


def passages(setting: Setting, count: int | None = None) -> list[str]:
    """Return what the encoder sees of the passages of hugo-docs, each text once: all, or evenly spread ones. Raises Absent."""
    folder = setting.few("hugo-docs", "*.md", 20)
    texts = list(dict.fromkeys(text for _, text in cut(setting, folder)))
    if count is None or count >= len(texts):
        return texts
    return [texts[row] for row in np.linspace(0, len(texts) - 1, count).astype(int)]


def cut(setting: Setting, folder: Path, most: int | None = None) -> Iterator[tuple[Path, str]]:
    """Yield what the encoder sees of each passage of a folder, with its file; of `most` evenly spread files, or of all."""
    chunker = Chunker(setting.encoder.tokenizer_json, setting.encoder.capacity("passage"))
    files = sorted(Path(file.path) for file in walk(Path(os.path.realpath(folder))))
    with Reader() as reader:
        for path in files[:: -(-len(files) // most) if most else 1]:
            try:
                document = reader.read(str(path)).document
            except (SkippedFile, UnreadableFile):
                continue
            yield from ((path, passage.encoded) for passage in chunker.chunk(document))


def _hashes(texts: Sequence[str]) -> Numbers:
    return np.frombuffer(b"".join(blake2b(text.encode(), digest_size=8).digest() for text in texts), dtype=np.uint64)


def _picks(number: int, count: int) -> tuple[int, int]:
    bits = int.from_bytes(blake2b(number.to_bytes(8, "little"), digest_size=16).digest(), "little")
    return bits % count, (bits >> 64) % count


def _half(text: str, which: int) -> str:
    words = text.split()
    middle = (len(words) + 1) // 2
    return " ".join(words[middle:] if which else words[:middle])
