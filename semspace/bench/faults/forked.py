"""What a fork of a process has to do first."""

from __future__ import annotations

import sys


def one_thread() -> None:
    """Let FAISS use the one thread that a fork has: it would wait for ever for those that did not come along."""
    if faiss := sys.modules.get("faiss"):
        faiss.omp_set_num_threads(1)
