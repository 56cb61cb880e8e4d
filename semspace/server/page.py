"""The page at /: it searches and shows the map, and has no part that comes from elsewhere."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from semspace.ui.page import hashed


@lru_cache(maxsize=1)
def page() -> tuple[str, str]:
    """Return the page, and the policy that lets a browser run its script, use its style and ask this server alone."""
    room = files("semspace.server")
    parts = {name: room.joinpath(f"page.{name}").read_text(encoding="utf-8") for name in ("html", "css", "js")}
    policy = (
        f"default-src 'none'; script-src {hashed(parts['js'])}; style-src {hashed(parts['css'])}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], parts["html"]), policy
