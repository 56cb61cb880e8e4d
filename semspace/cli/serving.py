"""semspace serve, semspace mcp."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from semspace.cli import output
from semspace.cli.completing import spaces
from semspace.cli.options import Place, grouped, serving
from semspace.errors import InvalidInput

if TYPE_CHECKING:
    from semspace.server.running import Told, Web
    from semspace.server.warm import Served

PORT = 8765


@dataclass(frozen=True, slots=True)
class Reach:
    """Where HTTP is served, and to whom."""

    host: str
    port: int | None
    token: str | None
    allow: tuple[str, ...]

    def web(self, *, wanted: bool) -> Web | None:
        """Return where HTTP is served, None where it is not. Raises InvalidInput."""
        from semspace.server.running import Web, is_loopback

        if not wanted and self.port is None:
            return None
        if not is_loopback(self.host) and not self.token:
            told = f"{self.host} can be reached from other machines."
            raise InvalidInput(told, "Choose its token yourself: SEMSPACE_TOKEN or --token.")
        port = PORT if self.port is None else self.port
        return Web(self.host, port, self.token or secrets.token_urlsafe(24), self.allow)


reached = grouped(
    "reach",
    Reach,
    click.option("--port", type=click.IntRange(0, 65535), metavar="N", help=f"The port, 0 for any that is free. [{PORT}]"),
    click.option(
        "--host", default="127.0.0.1", metavar="ADDRESS", show_default=True, help="Another address of this machine to serve at."
    ),
    click.option(
        "--token", envvar="SEMSPACE_TOKEN", metavar="T", help="What opens it; a random one, unless SEMSPACE_TOKEN or this says."
    ),
    click.option("--allow", multiple=True, metavar="HOST", help="A further name under which it is reached; may be repeated."),
)


@click.command(short_help="Keep spaces open for other programs, and for faster searches.")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=spaces)
@reached
@click.option("--write", is_flag=True, help="Also let who has the token add texts, and have files indexed.")
@click.option("--background", is_flag=True, help="Go on without this terminal; over HTTP only with --port.")
@click.option("--stop", is_flag=True, help="End the servers of these spaces.")
@serving
def serve(names: tuple[str, ...], reach: Reach, write: bool, background: bool, stop: bool, place: Place) -> int:
    """Keep spaces open for other programs, and for faster searches.

    Over HTTP: /search /similar /passage /compare /map /encode /status /metrics /openapi.json, OpenAI's /v1/embeddings, and a
    page at /. Only this machine reaches it, and only who has the token. It writes nothing but what a search would. While it
    runs, search, similar and neighbors ask it, through a socket in the space's folder: same user, same answers.

    \b
    Examples:
      semspace serve notes letters
      semspace serve --background
      semspace serve --stop
    """
    wanted = list(names) or [place.name()]
    if stop:
        return _stop(wanted, place)
    web = reach.web(wanted=not background)
    run = _starter(wanted, web, place, write=write)
    return _detach(run, wanted, web) if background else _stay(run, wanted, web)


Run = Callable[["Told"], None]


def _starter(names: list[str], web: Web | None, place: Place, *, write: bool) -> Run:
    def run(told: Told) -> None:
        from semspace.server.running import serve as keep
        from semspace.server.wire import Terms

        keep(_served(names, place, write=write), Terms.of(place.runtime, place.models), web, told)

    return run


def _served(names: list[str], place: Place, *, write: bool = False) -> Served:
    from semspace.server.warm import Served

    return Served(names, place.home, place.running, write=write)


def _stay(run: Run, names: list[str], web: Web | None) -> int:
    def told(address: str | None, without: list[str]) -> None:
        _tell(names, address, web, without)
        output.say("Ctrl-C ends it.")

    run(told)
    return output.FOUND


def _detach(run: Run, names: list[str], web: Web | None) -> int:
    from semspace.server.background import detached

    def start(tell: Callable[[dict[str, Any]], None]) -> None:
        run(lambda address, without: tell({"address": address, "without": without}))

    found = detached(start)
    _tell(names, found["address"], web, found["without"])
    return output.FOUND


def _tell(names: list[str], address: str | None, web: Web | None, without: list[str]) -> None:
    output.say(f"serving {', '.join(names)}{f' at {address}' if address else ''}")
    if address and web:
        output.say(f"token: {web.token}")
        output.say(f"page:  {address}/#token={web.token}")
    for line in without:
        output.say(f"no socket for the command line: {line}")


def _stop(names: list[str], place: Place) -> int:
    from semspace import places
    from semspace.server.background import stop

    ended = {name: stop(places.existing(name, place.home)) for name in names}
    for name, process in ended.items():
        output.say(f"{name}: nobody serves it" if process is None else f"{name}: process {process} has ended")
    return output.FOUND if any(process is not None for process in ended.values()) else output.NOTHING


@click.command(short_help="Let an agent search spaces, by the Model Context Protocol.")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=spaces)
@click.option("--http", is_flag=True, help="Over HTTP, at /mcp, and not over standard input and output.")
@reached
@serving
def mcp(names: tuple[str, ...], http: bool, reach: Reach, place: Place) -> int:
    """Let an agent search spaces, by the Model Context Protocol.

    It can search, find what is similar, read a passage, list spaces and see what they hold; nothing that it can do changes
    anything. What comes out of documents is marked as untrusted, without invisible characters, and cut where it is long.

    \b
    Examples:
      semspace mcp notes
      semspace mcp notes letters --http --port 8770
    """
    from semspace.server.mcp import run

    served = _served(list(names) or [place.name()], place)
    web = reach.web(wanted=True) if http else None
    run(served, web, lambda address, _: _tell(served.names, address, web, []))
    return output.FOUND
