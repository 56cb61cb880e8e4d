"""The parent's side of the child process that parses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from threading import Lock, Timer
from typing import Any, BinaryIO

from semspace.errors import SkippedFile, UnreadableFile
from semspace.readers.limits import MAX_BODY, receive, send, unpacked
from semspace.records import Document

_COMMAND = (sys.executable, "-B", "-P", "-m", "semspace.readers.worker")
_RECYCLE = 500
"""Files after which a child is replaced: parsers in C leak."""
_MAX_REASON = 300


class Extraction:
    """One child process, started at first need, replaced when it hangs or dies. Threads take turns."""

    def __init__(self, command: Sequence[str] = _COMMAND) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._served = 0
        self._lock = Lock()

    def parse(self, kind: str, path: str, data: bytes, timeout: float) -> Document:
        """Have the child parse; raises UnreadableFile or SkippedFile with its reason."""
        with self._lock:
            fresh = self._process is None or self._served >= _RECYCLE
            try:
                return self._parse(kind, path, data, timeout)
            except _Died as death:
                # A child that has read much may have died of that: a fresh one decides.
                if fresh or death.final:
                    raise UnreadableFile(death.reason) from None
            try:
                return self._parse(kind, path, data, timeout)
            except _Died as death:
                raise UnreadableFile(death.reason) from None

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    def _parse(self, kind: str, path: str, data: bytes, timeout: float) -> Document:
        if self._served >= _RECYCLE:
            self._end()
        process = self._process or self._start()
        self._served += 1
        # The child gets a name that JSON can hold, for the suffix in it; the document gets the true one.
        name = os.fsencode(path).decode("utf-8", "replace")
        head, body = self._exchange(process, {"kind": kind, "path": name, "timeout": timeout}, data, timeout)
        if reason := head.get("reason"):
            raise (SkippedFile if head.get("error") == SkippedFile.kind else UnreadableFile)(str(reason)[:_MAX_REASON])
        try:
            return unpacked(path, head, body)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            self._end()
            raise _Died("the parser gave a wrong answer", final=True) from None

    def _exchange(
        self, process: subprocess.Popen[bytes], request: dict[str, Any], data: bytes, timeout: float
    ) -> tuple[dict[str, Any], bytes]:
        """Send the file and await the answer; the timer's kill ends whatever blocks."""
        late = [False]

        def kill() -> None:
            late[0] = True
            process.kill()

        timer = Timer(timeout, kill)
        timer.daemon = True
        timer.start()
        try:
            send(_pipe(process.stdin), request, data)
            return receive(_pipe(process.stdout), MAX_BODY)
        except (EOFError, OSError, ValueError, RecursionError):
            code = self._end()
            raise _Died(_reason(code, timeout if late[0] else None), final=late[0]) from None
        except BaseException:
            self._end()
            raise
        finally:
            timer.cancel()

    def _start(self) -> subprocess.Popen[bytes]:
        """Start a child in a session of its own, away from Ctrl-C, with no more of an environment than it needs."""
        environment = {
            "PYTHONPATH": os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry),  # noqa: PTH100
            "PYTHONUTF8": "1",
            "LC_ALL": "C.UTF-8",
            "HOME": os.devnull,
            "XDG_CACHE_HOME": os.devnull,
            "KREUZBERG_CACHE_DIR": os.devnull,
            "MALLOC_ARENA_MAX": "2",
            "RAYON_NUM_THREADS": "1",
            "TOKIO_WORKER_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }
        self._served = 0
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd="/",
                start_new_session=True,
            )
        except OSError:
            raise UnreadableFile("the parser could not be started") from None
        return self._process

    def _end(self) -> int:
        """Kill the child and return its exit status."""
        process, self._process, self._served = self._process, None, 0
        if process is None:
            return 0
        for stream in (process.stdin, process.stdout):
            try:
                _pipe(stream).close()
            except OSError:
                continue
        try:
            return process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


class _Died(Exception):
    """The child ended without an answer; `final` where trying again would not help."""

    def __init__(self, reason: str, *, final: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


def _reason(code: int, timeout: float | None) -> str:
    if timeout is not None or -code == signal.SIGXCPU:
        return f"took longer than {timeout or 0:g} s" if timeout else "took too long"
    if -code in (signal.SIGABRT, signal.SIGKILL):
        return "the parser ran out of memory or gave up"
    if code < 0:
        return f"the parser crashed ({signal.Signals(-code).name})"
    return "the parser did not answer"


def _pipe(stream: Any) -> BinaryIO:
    pipe: BinaryIO = stream
    return pipe
