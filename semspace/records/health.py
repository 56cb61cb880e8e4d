"""What a machine and its spaces are like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Sign:
    """What was looked at, what it is like in words and (`facts`) for programs; `remedy` says what to do if it is not well."""

    part: str
    told: str
    remedy: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
