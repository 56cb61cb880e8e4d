"""Words of which each is one of a few."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["query", "passage"]
Mode = Literal["hybrid", "semantic", "lexical"]
VectorType = Literal["float16", "float32"]
MODES: tuple[Mode, ...] = get_args(Mode)
