"""What an encoder's own words mean, kept beside it: a table of token vectors, so that a search can say why.

Encoding ten passages token by token takes 150 ms and more; looking their tokens up takes a few.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from semspace.encoders import Encoder, cache, cards, distillation
from semspace.encoders.cards import VECTORS, ModelCard
from semspace.encoders.sources import Progress
from semspace.errors import ConversionFailed


def write(teacher: Encoder, card: ModelCard, folder: Path, progress: Progress | None = None) -> ModelCard:
    """Add the table to a folder that nobody sees yet, and to its card. The fingerprint stays: vectors do not change."""
    distillation.add_words(teacher, folder, progress)
    made = cards.ModelFile((folder / VECTORS).stat().st_size, cards.sha256(folder / VECTORS))
    card = replace(card, files={**card.files, VECTORS: made}, bytes=card.bytes + made.bytes)
    cards.write(card, folder)
    return card


def complete(teacher: Encoder, card: ModelCard, models: Path, progress: Progress | None = None) -> ModelCard:
    """Add the table to an installed encoder; the caller holds its lock.

    Whoever reads the folder meanwhile sees it without the table or with it. Raises OSError where it cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix=f".{card.name}+words-", dir=models) as name:
        made = write(teacher, card, Path(name), progress)
        for file in (VECTORS, cards.CARD):  # the card last: it vouches for the table
            cache.sync(Path(name) / file)
            (Path(name) / file).replace(models / card.name / file)
    cache.sync(models / card.name)
    return made


def supplement(teacher: Encoder, card: ModelCard, models: Path, progress: Progress | None = None) -> None:
    """Give an encoder that an older semspace has added its table of words, where that can be written."""
    say = progress or (lambda _: None)
    wait = f"Waiting: another process prepares the encoder {card.name}"
    with suppress(ConversionFailed, OSError), cache.lock(models, card.name, lambda: say(wait)):
        there = cache.intact(models, card.name)
        if there and there.fingerprint == card.fingerprint and VECTORS not in there.files:
            say(f"Learning what the words of {card.name} mean (once, about 10 s)")
            complete(teacher, there, models, progress)
