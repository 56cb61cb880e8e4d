"""Texts and their lengths -> what is run together."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")
H = TypeVar("H", bound=Hashable)


def distinct(texts: Sequence[H]) -> tuple[list[H], npt.NDArray[np.int64]]:
    """Return each different text (or pair of texts) once, and for every text its place among them."""
    places: dict[H, int] = {}
    rows = np.fromiter((places.setdefault(text, len(places)) for text in texts), np.int64, len(texts))
    return list(places), rows


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Group rows of like length so that a batch, padded, takes at most `budget` tokens; one row always may.

    The longest come first, so that a machine without the memory for them says so at once.
    """
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > budget:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def padded(length: int, step: int) -> int:
    """Round a length up to a multiple of `step`."""
    return -(-length // step) * step


def ahead(parts: Iterable[T]) -> Iterator[T]:
    """Give what an iterable gives, and make the next part in a thread while the caller works on this one."""
    source = iter(parts)
    end = object()
    with ThreadPoolExecutor(1, thread_name_prefix="semspace-tokens") as pool:
        coming = pool.submit(next, source, end)
        while (part := coming.result()) is not end:
            coming = pool.submit(next, source, end)
            yield part  # type: ignore[misc]  # what is not the end is a part


def sound(text: str) -> str:
    """Replace lone surrogates (a terminal makes them out of broken bytes), which no tokenizer takes, by U+FFFD."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def cores() -> int:
    """Number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
