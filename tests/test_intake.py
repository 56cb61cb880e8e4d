"""What is read ahead of the encoder."""

from __future__ import annotations

from queue import Full
from typing import Any

import pytest

from semspace.intake import OVERHEAD, Cut, _Waiting
from semspace.records import Document


def cut(size: int) -> Cut:
    return Cut(Document("/a.txt", "x" * size), (), (), b"", "", None, replaces=False)


@pytest.mark.parametrize(("sizes", "fit"), [([0] * 9, 4), ([OVERHEAD] * 9, 2), ([9 * OVERHEAD] * 3, 1)])
def test_what_waits_is_bounded_by_its_characters_but_for_the_last(sizes: list[int], fit: int) -> None:
    queue: Any = _Waiting(maxsize=4 * OVERHEAD)
    for size in sizes[:fit]:
        queue.put_nowait(cut(size))
    with pytest.raises(Full):
        queue.put_nowait(cut(0))
    for size in sizes[:fit]:
        assert len(queue.get_nowait().document.text) == size
    assert queue.empty()
