"""Figures about a server, in the text form of Prometheus."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import accumulate

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds."""


class Figures:
    """What was asked so far, by route and status, and how long it took."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._asked: Counter[tuple[str, int]] = Counter()
        self._within: dict[str, list[int]] = {}
        self._seconds: Counter[str] = Counter()

    def count(self, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._asked[route, status] += 1
        self._within.setdefault(route, [0] * (len(BOUNDS) + 1))[bisect_left(BOUNDS, seconds)] += 1
        self._seconds[route] += seconds  # type: ignore[assignment]  # a Counter adds fractions too

    def text(self, **gauges: float) -> str:
        """Return all figures, with some that are read just now."""
        return "\n".join(self._lines({"uptime_seconds": time.monotonic() - self._since, **gauges})) + "\n"

    def _lines(self, gauges: Mapping[str, float]) -> Iterator[str]:
        yield "# TYPE semspace_requests_total counter"
        for (route, status), count in sorted(self._asked.items()):
            yield f'semspace_requests_total{{route="{route}",status="{status}"}} {count}'
        yield "# TYPE semspace_request_seconds histogram"
        for route, counts in sorted(self._within.items()):
            bounds = [*map(str, BOUNDS), "+Inf"]
            for bound, count in zip(bounds, accumulate(counts), strict=True):
                yield f'semspace_request_seconds_bucket{{route="{route}",le="{bound}"}} {count}'
            yield f'semspace_request_seconds_sum{{route="{route}"}} {self._seconds[route]:.6f}'
            yield f'semspace_request_seconds_count{{route="{route}"}} {sum(counts)}'
        for name, value in gauges.items():
            yield f"# TYPE semspace_{name} gauge"
            yield f"semspace_{name} {value:.6g}"
