"""How editors are told a file and a line of it."""

from __future__ import annotations

import shlex
from pathlib import Path

_COLON = frozenset({"hx", "helix", "subl", "zed", "micro-edit", "lapce"})
"""Editors that take FILE:LINE."""

_GOTO = frozenset({"code", "code-insiders", "codium", "cursor", "windsurf"})
"""Editors that take --goto FILE:LINE, and return at once unless they are told to wait."""


def command(editor: str, path: str, line: int | None) -> list[str]:
    """Return the command that opens a file at a line, 1 being the first. Raises ValueError where `editor` is no command.

    Most editors of terminals take +LINE, as vi does.
    """
    words = shlex.split(editor)
    if not words:
        raise ValueError("no editor is named")
    name = Path(words[0]).name
    if line is None:
        return [*words, path]
    if name in _COLON:
        return [*words, f"{path}:{line}"]
    if name in _GOTO:
        return [*words, "--goto", f"{path}:{line}"]
    return [*words, f"+{line}", path]
