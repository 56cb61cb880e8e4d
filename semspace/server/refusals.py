"""What is refused, as errors with a status of HTTP.

SemspaceError
└── Refused
    ├── Unauthorized     no token, or a wrong one
    ├── Forbidden        the request is not meant for this server, or comes from another site
    ├── Malformed        what was sent is no request
    │   └── Misframed    nobody can be sure where it ends
    ├── UnknownRoute
    ├── WrongMethod
    ├── TooLarge
    ├── WrongType        the body is not JSON
    ├── Busy             too many are being served
    └── TimedOut
"""

from __future__ import annotations

from typing import ClassVar

from semspace.errors import InvalidInput, MostlyGone, NotFound, SemspaceError, SpaceExists, SpaceLocked


class Refused(SemspaceError):
    """A request that is not served."""

    kind = "refused"
    status: ClassVar[int] = 400
    closes: ClassVar[bool] = False
    """Whether the connection ends, since what else comes over it is not worth reading."""


class Unauthorized(Refused):
    """No token, or a wrong one."""

    kind = "unauthorized"
    status = 401


class Forbidden(Refused):
    """The request is not meant for this server, or comes from another site."""

    kind = "forbidden"
    status = 403


class Malformed(Refused):
    """What was sent is no request of this server's."""

    kind = "malformed"


class Misframed(Malformed):
    """Nobody can be sure where the request ends."""

    kind = "misframed"
    closes = True


class UnknownRoute(Refused):
    """No such route."""

    kind = "unknown_route"
    status = 404


class WrongMethod(Refused):
    """A route that is asked by another method."""

    kind = "wrong_method"
    status = 405


class TooLarge(Refused):
    """A body beyond the limit."""

    kind = "too_large"
    status = 413
    closes = True


class WrongType(Refused):
    """A body that is not JSON."""

    kind = "wrong_type"
    status = 415


class Busy(Refused):
    """Too many are being served already."""

    kind = "busy"
    status = 503
    retryable = True


class TimedOut(Refused):
    """What was asked takes longer than anybody may ask for."""

    kind = "timed_out"
    status = 504
    retryable = True
    closes = True


_STATUSES: tuple[tuple[type[SemspaceError], int], ...] = (
    (InvalidInput, 400),
    (NotFound, 404),
    (SpaceExists, 409),
    (MostlyGone, 409),
    (SpaceLocked, 503),
)


def status_of(error: SemspaceError) -> int:
    """Return the status of HTTP that tells of an error: a space that cannot be read is no fault of who asks."""
    if isinstance(error, Refused):
        return error.status
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
