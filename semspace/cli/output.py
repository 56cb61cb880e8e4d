"""Values -> the two streams, and errors -> messages and exit codes. The one place where anything is written."""

from __future__ import annotations

import io
import os
import re
import select
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from semspace.errors import SemspaceError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from semspace.ui.console import Color

FOUND, NOTHING, ERROR, INTERRUPTED = 0, 1, 2, 130

_MACHINE = frozenset({"--json", "--jsonl", "--format=json", "--format=jsonl"})
_TRAILING = re.compile(r"(?<![ \t])[ \t]+(?=\n)")


class UsageFault(SemspaceError):
    """What was typed is not a command."""

    kind = "usage"


class InternalFault(SemspaceError):
    """A fault of the program itself."""

    kind = "internal"


class SystemFault(SemspaceError):
    """The operating system refused: no space left, no permission."""

    kind = "system"


def console(stream: TextIO | None = None, color: Color = "auto") -> Console:
    """Return a console on a stream, stdout by default."""
    from semspace.ui.console import open_console

    return open_console(stream or sys.stdout, color, os.environ)


def draw(value: RenderableType, color: Color = "auto") -> None:
    """Write something for a person to stdout."""
    from rich.text import Text

    from semspace.ui.safe import safe_text

    board = console(color=color)
    with board.capture() as drawn:
        board.print(Text(safe_text(value)) if isinstance(value, str) else value)
    _write(_TRAILING.sub("", drawn.get()))


def put(data: Any, view: RenderableType, *, as_json: bool, color: Color = "auto") -> int:
    """Write one value in the form that is wanted, and return the exit code of success."""
    if as_json:
        json(data)
    else:
        draw(view, color)
    return FOUND


def say(message: str) -> None:
    """Write a line about the course of things to stderr."""
    from semspace.ui.safe import safe_text

    _write(safe_text(message) + "\n", sys.stderr)


def json(value: Any) -> None:
    """Write JSON to stdout: indented for a person, in one line for a program."""
    from semspace.ui.formats import to_json

    _lines([to_json(value, indent=2 if sys.stdout.isatty() else None)])


def lines(values: Iterable[str]) -> None:
    """Write lines for a program to stdout: true bytes in a pipe, nothing that a terminal must not see on a terminal.

    There, what is one value is one line: a name with a line end in it could pass for two.
    """
    _lines(value.replace("\n", "\\n") for value in values) if sys.stdout.isatty() else _lines(values)


def _lines(values: Iterable[str]) -> None:
    from semspace.ui.safe import safe_text, true_bytes

    _encode(sys.stdout, "utf-8", "surrogateescape")
    shown = (
        safe_text(value) if sys.stdout.isatty() else true_bytes(value).decode("utf-8", "surrogateescape") for value in values
    )
    _write("".join(f"{value}\n" for value in shown))


def read() -> str:
    """Return what comes from standard input, without the line end; bytes that are no text do not matter."""
    _encode(sys.stdin, None, "replace")
    return sys.stdin.read().strip()


def guarded(command: click.Command, args: Sequence[str] | None) -> int:
    """Run a command, return its exit code; an error is a message, a broken pipe is quiet."""
    typed = list(sys.argv[1:] if args is None else args)
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        _encode(stream, None, "backslashreplace")
    try:
        return _run(command, typed)
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as bare:
        about = f"{bare.format_message()}\n"
        _quietly(lambda: _write(about, sys.stderr))
        return ERROR
    except Exception as error:
        if isinstance(error, BrokenPipeError) and _abandon(sys.stdout):
            return FOUND
        ours = _ours(error)
        if os.environ.get("SEMSPACE_DEBUG") and isinstance(ours, InternalFault):
            raise
        code = _fail(ours, typed)
        _drop(sys.stdout)
        return code


def _run(command: click.Command, typed: list[str]) -> int:
    """Do what click's own main does, but for its handling of errors, which takes every broken pipe for stdout's."""
    if "_SEMSPACE_COMPLETE" in os.environ:
        from semspace.cli import shells

        shells.register()
        command.main(typed, prog_name="semspace")
    try:
        with command.make_context("semspace", typed) as context:
            code = command.invoke(context)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    sys.stdout.flush()
    return code if isinstance(code, int) else FOUND


def _abandon(stream: TextIO) -> bool:
    """Tell whether nobody reads a stream any more; what is still in its buffer must then not raise again at exit."""
    poll = select.poll()
    poll.register(stream.fileno(), 0)
    gone = bool(poll.poll(0))
    if gone:
        _discard(stream)
    return gone


def _drop(stream: TextIO) -> None:
    """Give up what a full disk did not take; Python would try again at exit, and fail once more."""
    try:
        stream.flush()
    except OSError:
        _discard(stream)


def _discard(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _fail(error: SemspaceError, typed: Sequence[str]) -> int:
    if _wants_json(typed):
        from semspace.ui import formats

        _quietly(lambda: json(formats.error(error)))
        return ERROR
    from semspace.ui.reports import ErrorView

    board = console(sys.stderr)
    _quietly(lambda: board.print(ErrorView(error), soft_wrap=True))
    return ERROR


def _wants_json(typed: Sequence[str]) -> bool:
    options = typed[: typed.index("--")] if "--" in typed else typed
    pairs = {f"{one}={other}" for one, other in pairwise(options)}
    return bool(_MACHINE & {*options, *pairs})


def _ours(error: Exception) -> SemspaceError:
    """Return any error as one of ours."""
    match error:
        case SemspaceError():
            return error
        case click.ClickException():
            context = getattr(error, "ctx", None)
            message = error.format_message()
            hint = f"{context.command_path} --help shows what can be typed." if context else None
            return UsageFault(message if message.endswith((".", "?", ")")) else f"{message}.", hint)
        case OSError():
            return SystemFault(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.")
    what = f"A fault of semspace itself: {type(error).__name__}: {error}"
    return InternalFault(what, "SEMSPACE_DEBUG=1 shows where; please report it.")


def _quietly(write: Callable[[], None]) -> None:
    """Report to whoever is still there."""
    try:
        write()
    except BrokenPipeError:
        _abandon(sys.stdout)
        _abandon(sys.stderr)
    except OSError:
        # The disk that standard error goes to is full, too: there is nobody left to tell.
        _drop(sys.stderr)


def _write(text: str, stream: TextIO | None = None) -> None:
    stream = stream or sys.stdout
    stream.write(text)
    stream.flush()


def _open_closed_streams() -> None:
    """Let what goes to a stream that the caller has closed go nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  # it lives as long as we do


def _encode(stream: TextIO, encoding: str | None, errors: str) -> None:
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding=encoding, errors=errors)
