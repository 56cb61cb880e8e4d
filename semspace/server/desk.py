"""How many are served at once, and for how long: threads, a queue with an end, and a clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

from semspace.server.limits import WAITING
from semspace.server.refusals import Busy, TimedOut

Found = TypeVar("Found")


class Desk:
    """Some threads that serve, and as many as may wait for them.

    A call that takes too long cannot be stopped: who waits for it is told so, and its thread counts until it is done.
    """

    def __init__(self, threads: int, seconds: float, waiting: int = WAITING) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="semspace-desk")
        self._most = threads + waiting
        self._seconds = seconds
        self._lock = Lock()
        self.running = 0

    async def serve(self, call: Callable[[], Found]) -> Found:
        """Return what a call gives. Raises Busy, TimedOut."""
        with self._lock:
            if self.running >= self._most:
                raise Busy("Too many are being served.", "Ask again in a moment.")
            self.running += 1
        future = self._pool.submit(call)
        future.add_done_callback(self._done)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._seconds)
        except TimeoutError:
            raise TimedOut(
                f"That took longer than {self._seconds:.0f} seconds.",
                "Ask for less; what is made once may be there the next time.",
            ) from None

    def _done(self, _: Future[Found]) -> None:
        with self._lock:
            self.running -= 1

    def close(self) -> bool:
        """Take no more, and tell whether nothing is left that runs."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        return self.running == 0
