"""What the tests of the screen share: pressing keys, waiting for what comes of it, and reading what is seen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot

from semspace import Space
from semspace.browse.app import Browser
from semspace.browse.session import Request, Session

Steps = Callable[[Browser, Pilot[None]], Awaitable[None]]

THEMES = {
    "sea": "ship sail wind sea river rain water",
    "kitchen": "bread oven flour bank bridge stone",
    "sky": "star planet orbit engine glass silver",
    "town": "market school doctor window table paper",
}


def text_of(theme: str, number: int) -> str:
    """Return a document about one theme: each has another order of its words."""
    words = THEMES[theme].split()
    turned = words[number % len(words) :] + words[: number % len(words)]
    first = f"The {turned[0]} was with the {turned[1]} and one {turned[2]}."
    return f"# {theme.capitalize()} {number}\n\n{first} They said that {turned[3]} is in the {turned[4]} of it.\n"


def drive(
    space: Space,
    steps: Steps,
    *,
    query: str = "",
    size: tuple[int, int] = (120, 40),
    everything: bool = True,
    remember: bool = False,
) -> Browser:
    """Run the application over a space, do some steps on it, and return it."""
    again = Space.open(space.folder, **space._running)
    session = Session(space, lambda: again, remember=remember)
    app = Browser(session, query)
    # Texts so much alike answer hardly any question for sure.
    app.request = Request(everything=everything)

    async def run() -> None:
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            await steps(app, pilot)

    try:
        asyncio.run(run())
    finally:
        session.close()
        again.close()
    return app


async def until(pilot: Pilot[None], holds: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait for what threads bring. Fails where it does not come."""
    for _ in range(int(seconds / 0.02)):
        await pilot.pause()
        if holds():
            await pilot.pause()
            return
        await asyncio.sleep(0.02)
    raise AssertionError("\n".join(["It did not come. The screen:", *seen(pilot.app)]))


async def ask(app: Browser, pilot: Pilot[None], words: str) -> None:
    """Type a query and wait for its last answer."""
    await pilot.press(*("space" if char == " " else char for char in words))
    await answered(app, pilot)


async def answered(app: Browser, pilot: Pilot[None]) -> None:
    """Wait until the hits are those of the request."""
    await until(
        pilot, lambda: app.hits is not None and (app.hits.query, app.hits.mode) == (app.request.query, app.request.mode)
    )


def seen(app: Any, selector: str | None = None) -> list[str]:
    """Return the lines of the screen, or of one part of it, as they are seen."""
    lines = [strip.text for strip in app.screen._compositor.render_strips()]
    if selector is None:
        return lines
    region = app.screen.query_one(selector).region
    return [line[region.x : region.right] for line in lines[region.y : region.bottom]]


def shows(app: Any, words: str, selector: str | None = None) -> bool:
    """Tell whether words stand on the screen."""
    return any(words in line for line in seen(app, selector))
