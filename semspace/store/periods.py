"""Dates as people type them -> spans of time."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta

_PARTIAL = re.compile(r"(\d{4})(?:-(\d{1,2}))?")
_AGO = re.compile(r"(\d{1,5})\s*([hdwmy])")
_HOURS = {"h": 1, "d": 24, "w": 168, "m": 730, "y": 8766}


def period(text: str) -> tuple[float, float] | None:
    """Return the (begin, end) in seconds since 1970 that a date means, local time where it names no zone; None if none.

    `2024`, `2024-05` and `2024-05-31` are the whole year, month and day; `7d` (h, d, w, m, y) is the moment so long ago.
    """
    text = text.strip()
    if ago := _AGO.fullmatch(text):
        moment = time.time() - int(ago[1]) * _HOURS[ago[2]] * 3600
        return moment, moment
    try:
        if partial := _PARTIAL.fullmatch(text):
            year, month = int(partial[1]), int(partial[2] or 0)
            begin = datetime(year, month or 1, 1).astimezone()
            after = (year, month + 1) if 0 < month < 12 else (year + 1, 1)
            return begin.timestamp(), datetime(*after, 1).astimezone().timestamp()
        begin = datetime.fromisoformat(text).astimezone()
        whole_day = len(text) <= 10
        end = (begin.replace(tzinfo=None) + timedelta(days=1)).astimezone() if whole_day else begin
        return begin.timestamp(), end.timestamp()
    except (ValueError, OverflowError, OSError):
        return None
