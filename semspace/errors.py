"""What can go wrong, as one tree.

SemspaceError
├── InvalidInput             what was typed or passed cannot be used
│   ├── EmptyQuery
│   ├── InvalidFilter        a --where that does not parse
│   ├── InvalidName
│   └── InvalidVectors       wrong shape, not finite, not of unit length
├── NotFound
│   ├── PathNotFound
│   ├── SpaceNotFound
│   ├── PassageNotFound
│   └── ModelNotFound
├── SpaceExists
├── SpaceLocked              another process is writing
├── SpaceDamaged             the truth itself (store.db, space.json) cannot be read
├── FormatTooNew             the space was written by a newer semspace
├── MostlyGone               most files have vanished: nothing is removed without a yes
├── EncoderMismatch          the encoder is not the one that filled the space
├── ConversionFailed         a model could not be converted, or its conversion is not faithful
├── MissingDependency        an optional package is not installed
├── EngineFailed             a distributed engine did not do what it must
│   ├── EngineUnreachable    nobody answers at its address, or not in time
│   ├── EngineRefused        the token, the address or the collection is not the right one
│   └── EngineDiffers        it does not hold what the space holds
├── UnreadableFile           a file could not be read: `reason` is one short line
└── SkippedFile              a file holds no text for us: `reason` is one short line
"""

from __future__ import annotations

from typing import ClassVar


class SemspaceError(Exception):
    """Base of every error raised on purpose; `str()` is a sentence for a person, `hint` says what to do next."""

    kind: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InvalidInput(SemspaceError):
    """What was typed or passed cannot be used."""

    kind = "invalid_input"


class EmptyQuery(InvalidInput):
    """A query without a single letter or digit."""

    kind = "empty_query"


class InvalidFilter(InvalidInput):
    """A filter expression that does not parse; the message points at the place."""

    kind = "invalid_filter"


class InvalidName(InvalidInput):
    """A space name that is not a plain name."""

    kind = "invalid_name"


class InvalidVectors(InvalidInput):
    """Vectors of the wrong shape, not finite, or not of unit length."""

    kind = "invalid_vectors"


class NotFound(SemspaceError):
    """Something that was named does not exist."""

    kind = "not_found"


class PathNotFound(NotFound):
    """No such file or folder."""

    kind = "path_not_found"


class SpaceNotFound(NotFound):
    """No such space, or none that the command could mean."""

    kind = "space_not_found"


class PassageNotFound(NotFound):
    """No passage with this id, or none at this place."""

    kind = "passage_not_found"


class ModelNotFound(NotFound):
    """No such encoder on this machine."""

    kind = "model_not_found"


class SpaceExists(SemspaceError):
    """A space of this name is there already."""

    kind = "space_exists"


class SpaceLocked(SemspaceError):
    """Another process is writing to the space."""

    kind = "space_locked"
    retryable = True


class SpaceDamaged(SemspaceError):
    """The truth itself cannot be read."""

    kind = "space_damaged"


class FormatTooNew(SemspaceError):
    """The space was written by a newer semspace."""

    kind = "format_too_new"


class MostlyGone(SemspaceError):
    """Most files of a space have vanished: a disk that is not mounted, perhaps; nothing is removed without a yes."""

    kind = "mostly_gone"


class EncoderMismatch(SemspaceError):
    """The encoder is not the one that filled the space."""

    kind = "encoder_mismatch"


class ConversionFailed(SemspaceError):
    """A model could not be converted, or its conversion is not faithful."""

    kind = "conversion_failed"


class MissingDependency(SemspaceError):
    """An optional package is not installed."""

    kind = "missing_dependency"


class EngineFailed(SemspaceError):
    """A distributed engine did not do what it must."""

    kind = "engine_failed"
    retryable = True


class EngineUnreachable(EngineFailed):
    """Nobody answers at the address of an engine, or not in time."""

    kind = "engine_unreachable"


class EngineRefused(EngineFailed):
    """The token, the address or the collection of an engine is not the right one."""

    kind = "engine_refused"
    retryable = False


class EngineDiffers(EngineFailed):
    """An engine does not hold what the space holds, or gives fewer answers than there are."""

    kind = "engine_differs"


class UnreadableFile(SemspaceError):
    """A file that should hold text could not be read: encrypted, corrupt, timed out; the message is the reason."""

    kind = "unreadable_file"


class SkippedFile(SemspaceError):
    """A file that holds no text for us: empty, binary, too large, no known format; the message is the reason."""

    kind = "skipped_file"
