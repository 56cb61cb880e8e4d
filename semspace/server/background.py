"""A server that goes on when its terminal is closed, and how it is ended."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from semspace.errors import SemspaceError
from semspace.server import client

STARTED = 120.0
"""Seconds for a space to open: the first time its encoder is converted."""

ENDED = 5.0


class NotStarted(SemspaceError):
    """A server in the background ended before it served."""

    kind = "not_started"


def detached(run: Callable[[Callable[[dict[str, Any]], None]], None]) -> dict[str, Any]:
    """Run something in a process of its own that outlives this one, and return the first thing that it tells.

    `run` is given how it tells. Raises NotStarted.
    """
    hear, tell = os.pipe()
    child = os.fork()
    if not child:
        os.close(hear)
        _leave(run, tell)
    os.close(tell)
    os.waitpid(child, 0)
    with open(hear, encoding="utf-8") as file:  # noqa: PTH123  # a descriptor is no path
        told = file.read()
    found: dict[str, Any] = json.loads(told) if told else {"error": ["The server ended before it served.", None]}
    if "error" in found:
        message, hint = found["error"]
        raise NotStarted(message, hint)
    return found


def _leave(run: Callable[[Callable[[dict[str, Any]], None]], None], tell: int) -> None:
    """Part from the terminal and whoever waits for this process, run, and end."""
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)

    def told(message: dict[str, Any]) -> None:
        with suppress(OSError):
            os.write(tell, json.dumps(message).encode())
            os.close(tell)

    try:
        run(told)
    except SemspaceError as error:
        told({"error": [error.message, error.hint]})
    except BaseException as error:  # noqa: BLE001  # there is nobody above: a fork must not go on as its parent
        told({"error": [f"The server failed: {type(error).__name__}: {error}", None]})
    finally:
        os._exit(0)


def stop(folder: Path) -> int | None:
    """End the server that has a space open, and return its process; None where there is none.

    One that does not answer is sent SIGTERM, then SIGKILL, by the number that the kernel tells.
    """
    process = client.server_of(folder)
    if process is None:
        return None
    asked = client.ask(folder, {"verb": "stop"}) is not None
    for number in ((None,) if asked else ()) + (signal.SIGTERM, signal.SIGKILL):
        if number is not None and process > 0:
            with suppress(ProcessLookupError):
                os.kill(process, number)
        until = time.monotonic() + ENDED
        while time.monotonic() < until:
            if client.server_of(folder) != process:
                return process
            time.sleep(0.02)
    return process
