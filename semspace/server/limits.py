"""How much may be asked at once, and for how long."""

from __future__ import annotations

BODY = 1 << 20
"""Bytes of a request's body."""

HEADERS = 16 << 10
"""Bytes of a request's first line and headers."""

DEPTH = 32
"""Levels of JSON within JSON."""

HITS = 100
LINES = 20
TEXTS = 256
QUERY = 4_000
"""Characters of a query."""

TEXT = 32_000
"""Characters of a text that is encoded, compared, or added."""

EXPRESSION = 4_000
PATTERNS = 32
POINTS = 200_000
"""Of a map."""

SECONDS = 30.0
"""For an answer."""

SLOW_SECONDS = 120.0
"""For one that has to look at all passages, or writes."""

SILENCE = 10.0
"""Seconds for which a connection may say nothing, or not finish what it says."""

CONNECTIONS = 256
THREADS = 4
WAITING = 64
"""Requests that wait for a thread; the next one is told to come again."""
