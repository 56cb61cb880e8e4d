"""An address -> a connection to Milvus that retries, and says in a sentence what is wrong."""

from __future__ import annotations

import ipaddress
import logging
import re
import time
from contextlib import suppress
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from semspace.errors import EngineRefused, EngineUnreachable, InvalidInput, MissingDependency
from semspace.records import Engine

ATTEMPTS = 3
PAUSE = 0.5
"""Seconds before the second attempt, and twice as many before the next."""

QUIET = {"grpc.keepalive_time_ms": 60_000}
"""A server takes a client that asks every ten seconds whether it is there for a flood."""

SAFE = {(2, 6): (2, 6, 10)}
FLOOR = (2, 5, 27)
"""Below 2.5.27, and of 2.6 below 2.6.10, anybody is let in: CVE-2025-64513 and CVE-2026-26190."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
_VERSION = re.compile(r"^v?(\d+)\.(\d+)\.(\d+)")
_REFUSED = re.compile(r"auth|permission|denied|token|privilege|password", re.IGNORECASE)


def check_engine(engine: Engine, token: str | None) -> None:
    """Raise InvalidInput or EngineRefused where an engine cannot be asked, or must not be."""
    if not _NAME.fullmatch(engine.collection):
        raise InvalidInput(f"{engine.collection!r} cannot be the name of a collection.", "Letters, digits and _: my_notes")
    if min(engine.shards, engine.replicas) < 1 or engine.timeout <= 0:
        raise InvalidInput("Shards, replicas and the time-out of an engine are 1 at least.")
    if not is_remote(engine.uri):
        if "://" in engine.uri or not engine.uri.endswith(".db"):
            raise InvalidInput(
                f"{engine.uri} is no address of Milvus.", "A path that ends in .db, http://HOST:PORT, or https://HOST"
            )
        return
    parts = urlsplit(engine.uri)
    if parts.username or parts.password:
        raise InvalidInput("An address holds no password.", "Put the token into the environment and name it: --token-env NAME")
    if not parts.hostname:
        raise InvalidInput(f"{engine.uri} names no host.")
    if engine.token_env and not token:
        raise EngineRefused(f"The variable {engine.token_env} holds no token.", f"export {engine.token_env}=...")
    if token and parts.scheme == "http" and not is_loopback(parts.hostname):
        raise EngineRefused(
            f"The token would go to {parts.hostname} in the clear.", "Use https://, or a tunnel to this machine's own loopback."
        )


def is_remote(uri: str) -> bool:
    """Tell whether an address is that of a server, not a path of milvus-lite."""
    return uri.startswith(("http://", "https://"))


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, without asking anybody for its address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def warning(version: str) -> str | None:
    """Return what is to be said of a server's version, None where nothing is."""
    match = _VERSION.match(version)
    if match is None:
        return None
    major, minor, patch = map(int, match.groups())
    found = (major, minor, patch)
    if found >= SAFE.get((major, minor), FLOOR):
        return None
    return (
        f"Milvus {'.'.join(map(str, found))} lets in whoever can reach it (CVE-2025-64513, CVE-2026-26190): "
        "use 2.5.27, 2.6.10 or newer, and let nobody reach its port 9091."
    )


def check_installed() -> None:
    """Raise MissingDependency where the client of Milvus is not there."""
    if find_spec("pymilvus") is None:
        raise MissingDependency("Milvus needs the package pymilvus.", "pip install 'semspace[milvus]'")


class Connection:
    """One client of Milvus, made at the first call. Every call has a time-out and is tried again where that can help."""

    def __init__(self, engine: Engine, token: str | None = None) -> None:
        """Check the address, and connect later. Raises InvalidInput, EngineRefused, MissingDependency."""
        check_engine(engine, token)
        self.engine = engine
        self._token = token
        self._client: Any = None

    def close(self) -> None:
        """Close the client."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connected(self) -> Any:
        if self._client is None:
            check_installed()
            from pymilvus import MilvusClient

            _hush()
            uri = self.engine.uri
            # A client of its own: one that another thread closes is not ours.
            self._client = MilvusClient(
                uri, token=self._token or "", timeout=self.engine.timeout, dedicated=True, grpc_options=QUIET
            )
        return self._client

    def call(self, name: str, *args: Any, **options: Any) -> Any:
        """Call a method of the client. Raises EngineUnreachable, EngineRefused."""
        pause, failure = PAUSE, ""
        for left in reversed(range(ATTEMPTS)):
            try:
                return getattr(self._connected(), name)(*args, timeout=self.engine.timeout, **options)
            except _errors() as error:
                failure = _said(error)
                if "milvus_lite" in failure:
                    raise MissingDependency("A local file needs the package milvus-lite.", "pip install milvus-lite") from error
                self._refuse(failure)
                if not left:
                    break
                if "not loaded" in failure:
                    # A server that was killed comes back with its data, and may wait to be told what to serve.
                    self._load()
                else:
                    self.close()
                time.sleep(pause)
                pause *= 2
        raise EngineUnreachable(
            f"The engine at {self.engine.uri} did not answer as it must: {failure}.",
            "Is it running, and reachable from here? What was done so far is not lost: try again.",
        )

    def _load(self) -> None:
        engine = self.engine
        with suppress(*_errors()):
            self._connected().load_collection(engine.collection, replica_number=engine.replicas, timeout=engine.timeout)

    def _refuse(self, failure: str) -> None:
        if _REFUSED.search(failure):
            raise EngineRefused(
                f"The engine at {self.engine.uri} refuses: {failure}.",
                "Check the token, and the variable that holds it: --token-env",
            )

    def version(self) -> str:
        """Return the server's version, as it tells it."""
        return str(self.call("get_server_version"))

    def written(self) -> int:
        """Return the engine's own moment of this process's last write to the collection; 0 where it tells none."""
        from pymilvus.client.cache import GlobalCache

        return int(GlobalCache.collection_ts.get(self._connected()._config.address, "default", self.engine.collection) or 0)


def _hush() -> None:
    """Keep the client from printing every error that it raises."""
    for name in ["pymilvus", *(name for name in logging.root.manager.loggerDict if name.startswith("pymilvus."))]:
        logging.getLogger(name).disabled = True


def _errors() -> tuple[type[Exception], ...]:
    """Return what a client raises."""
    try:
        from grpc import RpcError
        from pymilvus.exceptions import MilvusException
    except ImportError:
        return (ConnectionError,)
    return (MilvusException, RpcError, ConnectionError, ValueError)


def _said(error: Exception) -> str:
    """Return what an error says, in one short line, with what lies behind it: the client hides why it was not let in."""
    said: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(said) < 3:
        details = getattr(cause, "details", None)
        told = details() if callable(details) else getattr(cause, "message", "") or cause
        said.append(" ".join(str(told).split())[:200].rstrip("."))
        cause = cause.__cause__ or cause.__context__
    return ": ".join(dict.fromkeys(one for one in said if one)) or type(error).__name__
