"""What a shell offers where a word is half typed. A person waits for it at every press of a key: it imports next to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem

_SPACES = ("space.json", "store.db")
_ENCODER = "encoder.json"


class Filed(click.ParamType[str]):
    """Text that may name a file."""

    name = "text"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """Leave it to the shell, which knows files."""
        return [CompletionItem(incomplete, type="file")]


def spaces(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the names of spaces that begin so."""
    from platformdirs import user_data_path

    home: Path | None = ctx.params.get("home")
    return _folders(home or user_data_path("semspace"), _SPACES, incomplete)


def models(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the names of installed encoders that begin so; an encoder may be a folder, too."""
    from platformdirs import user_cache_path

    home: Path | None = ctx.params.get("models")
    found = _folders(home or user_cache_path("semspace") / "models", (_ENCODER,), incomplete)
    return found or [CompletionItem(incomplete, type="dir")]


def _folders(home: Path, signs: tuple[str, ...], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in sorted(_named(home, signs)) if name.startswith(incomplete)]


def _named(home: Path, signs: tuple[str, ...]) -> Iterator[str]:
    try:
        found = list(home.iterdir())
    except OSError:
        return
    for folder in found:
        # A name that no shell could be told is not offered.
        if folder.name.isprintable() and any((folder / sign).is_file() for sign in signs):
            yield folder.name
