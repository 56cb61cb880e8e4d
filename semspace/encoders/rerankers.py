"""The rerankers on this machine: cross-encoders, kept beside the encoders, and never one of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from semspace.encoders import cache, cards, sources
from semspace.encoders.cards import CROSS_ENCODER, ModelCard
from semspace.encoders.sources import Progress, Source
from semspace.errors import InvalidInput, InvalidName, ModelNotFound

if TYPE_CHECKING:
    from semspace.encoders.cross_encoder import CrossEncoder


def installed(models: Path | None = None) -> list[ModelCard]:
    """Cards of the rerankers on this machine, the newest first; one whose card cannot be read is left out."""
    models = models or cache.default_folder()
    found = [card for name in cache.names(models) if (card := cache.intact(models, name)) and card.kind == CROSS_ENCODER]
    return sorted(found, key=lambda card: (-card.created, card.name))


def load(name: str, *, models: Path | None = None) -> CrossEncoder:
    """Open an installed reranker by its name. Raises ModelNotFound, ConversionFailed, InvalidInput for an encoder."""
    models = models or cache.default_folder()
    name = name if cache.has(models, name) else cache.folder_name(name)
    if not cache.has(models, name):
        there = ", ".join(card.name for card in installed(models)) or "none yet"
        raise ModelNotFound(
            f"There is no reranker {name!r} on this machine.",
            hint=f"Installed: {there}. Add a cross-encoder: semspace models add FOLDER (or OWNER/MODEL)",
        )
    card = cards.read(models / name)
    if card.kind != CROSS_ENCODER:
        raise InvalidInput(
            f"{name} is an encoder, no reranker.", hint="Its own tokens can rerank: --rerank=tokens in a space that it fills."
        )
    cards.check_trusted(card, models / name)
    # Its runtime takes a tenth of a second to import.
    from semspace.encoders.cross_encoder import CrossEncoder

    return CrossEncoder(card, models / name)


class Opened:
    """Rerankers, each opened when it is first asked for."""

    def __init__(self, models: Path | None) -> None:
        """Take the folder in which they live."""
        self._models = models
        self._opened: dict[str, CrossEncoder] = {}

    def __call__(self, name: str | None) -> CrossEncoder | None:
        """Return the reranker of a name; without one the newest that is installed, or None. Raises ModelNotFound."""
        if name is None:
            found = installed(self._models)
            if not found:
                return None
            name = found[0].name
        if name not in self._opened:
            self._opened[name] = load(name, models=self._models)
        return self._opened[name]


def add(source: Source, name: str, models: Path, progress: Progress | None = None) -> ModelCard:
    """Convert a cross-encoder and keep it; return what is there if it is the same. Raises ConversionFailed, InvalidName."""
    say = progress or (lambda _: None)
    if name == "tokens":
        raise InvalidName("A reranker cannot be called tokens: that means the encoder's own.", hint="Name it: --name NAME")
    if name == sources.DEFAULT:
        raise InvalidName(f"{name} is the default encoder.", hint="Give this one another name: --name")
    with cache.lock(models, name, lambda: say(f"Waiting: another process prepares {name}")):
        there = cache.intact(models, name)
        if there and there.kind == CROSS_ENCODER and there.fingerprint == sources.fingerprint(source.folder):
            return there
        if there and (there.kind != CROSS_ENCODER or there.source != source.label):
            raise InvalidName(f"There is another model called {name}.", hint="Give this one another name: --name")
        say(f"Preparing the reranker {name} (once, about 20 s)")
        from semspace.encoders.cross_conversion import convert

        with cache.workshop(models, name) as folder:
            return convert(source, folder, name)


def refuse(name: str | Path) -> InvalidInput:
    """Make the error for a reranker that was taken for an encoder."""
    return InvalidInput(
        f"{name} is a reranker, no encoder.", hint=f"Add it (semspace models add), then: search --rerank={name}"
    )
