"""What one finds again the next time: what was asked, and what was on the screen."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from browse_samples import answered, ask, drive, shows, until
from textual.pilot import Pilot

from semspace import Space
from semspace.browse.app import Browser
from semspace.browse.history import LONGEST, MOST, NAME, History
from semspace.browse.session import Among
from semspace.errors import InvalidName, NotFound
from semspace.scenes import Scene
from semspace.store import SHAPES

Driven = Pilot[None]


async def leave(app: Browser, pilot: Driven) -> None:
    """Go into the list, and back to an empty line."""
    await pilot.press("enter")
    await until(pilot, lambda: app.results.has_focus)
    await pilot.press("slash", "ctrl+u")
    await until(pilot, lambda: app.line.has_focus and not app.line.value)


@pytest.fixture
def own(place: Path, tmp_path: Path) -> Space:
    """Open a copy of the space `themes`, whose shelf tests may fill."""
    from shutil import copytree

    copytree(place / "home" / "themes", tmp_path / "themes")
    (tmp_path / "themes" / SHAPES / NAME).unlink(missing_ok=True)
    return Space.open(tmp_path / "themes", models=place / "models")


def test_what_was_asked_is_there_the_next_time(own: Space) -> None:
    async def first(app: Browser, pilot: Driven) -> None:
        for words in ("ship sail", "bread oven"):
            await ask(app, pilot, words)
            await leave(app, pilot)

    async def second(app: Browser, pilot: Driven) -> None:
        await pilot.press("up")
        assert app.line.value == "bread oven"
        await pilot.press("up")
        assert app.line.value == "ship sail"
        await answered(app, pilot)

    with own:
        drive(own, first, remember=True)
        kept = own.folder / SHAPES / NAME
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        drive(own, second, remember=True)
        own.forget([own.search("ship", everything=True)[0].path or ""])
        assert not kept.exists(), "a query may repeat what was to be forgotten"


def test_nothing_of_it_is_kept_where_that_is_switched_off(own: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "ship sail")
        await leave(app, pilot)
        await pilot.press("up")
        assert app.line.value == "ship sail", "in this session it is there"

    with own:
        drive(own, steps)
        assert not (own.folder / SHAPES / NAME).exists()


def test_history_has_a_limit_and_what_two_screens_ask_and_no_damage_stops_it(tmp_path: Path) -> None:
    one, other = History(tmp_path), History(tmp_path)
    one.add("first")
    other.add("second")
    one.add("first")
    assert History(tmp_path).queries == ["second", "first"]
    for number in range(MOST + 5):
        one.add(f"query {number}")
    one.add("x" * (LONGEST + 1))
    one.add(" ")
    assert len(History(tmp_path).queries) == MOST
    assert History(tmp_path).queries[-1] == f"query {MOST + 4}"
    for damage in ("{", "[1, null]", "3", "[" * 100_000):
        (tmp_path / SHAPES / NAME).write_text(damage)
        assert History(tmp_path).queries == []
    one.add("again")
    assert json.loads((tmp_path / SHAPES / NAME).read_text())[-1] == "again"
    assert [path.name for path in (tmp_path / SHAPES).iterdir()] == [NAME]


def test_a_saved_view_opens_with_its_query_its_passages_and_its_part_of_the_map(own: Space) -> None:
    async def save(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "ship sail")
        await pilot.press("f2")
        await until(pilot, lambda: app.map.window is not None and app.map.picture is not None)
        app._narrow(Among("some", tuple(range(1, 21))))
        await answered(app, pilot)
        await pilot.press("plus", "plus", "right", "w", *"sea", "enter")
        await until(pilot, lambda: shows(app, "o opens it again"))
        assert app.map.window is not None
        views.append(app.map.window.view)

    async def reopen(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "bread")
        await pilot.press("enter", "o")
        await until(pilot, lambda: shows(app, "Open a view:"))
        await pilot.press("enter")
        await until(pilot, lambda: app.request.query == "ship sail")
        await answered(app, pilot)
        assert app.line.value == "ship sail"
        assert app.request.among == Among("some", tuple(range(1, 21)))
        assert {hit.id for hit in app.results.hits} <= set(range(1, 21))
        await until(pilot, lambda: app.map.window is not None and app._wanted is None)
        assert app.map.window is not None
        assert app.map.window.view == pytest.approx(views[0], rel=1e-3)

    views: list[tuple[float, float, float, float]] = []
    with own:
        drive(own, save)
        assert own.scenes() == ["sea"]
        drive(own, reopen)


def test_a_view_is_kept_as_it_was_and_a_damaged_one_is_named(own: Space) -> None:
    scene = Scene("a", 'x "y"\u2028', "lexical", True, True, (3, 1), "some", (0.5, -1.0, 2.0, 3.0))
    with own:
        own.keep_scene(scene)
        own.keep_scene(Scene("b", ""))
        assert own.scene("a") == scene
        assert own.scene("b") == Scene("b", "")
        with pytest.raises(NotFound, match="a, b"):
            own.scene("c")
        with pytest.raises(InvalidName):
            own.keep_scene(Scene("../x", ""))
        with own._writing() as store:
            store.configure("scene:a", (store.setting("scene:a") or "").replace("lexical", "telepathic"))
        with pytest.raises(NotFound, match="damaged"):
            own.scene("a")


def test_where_nobody_can_rerank_that_is_said_and_hits_come_all_the_same(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "ship sail")
        await pilot.press("ctrl+r")
        await until(pilot, lambda: app.hits is not None and (app.hits.reranker or not app.request.rerank))
        await answered(app, pilot)
        assert app.results.hits
        if app.request.rerank:
            assert shows(app, "reranked", "#status")
            await pilot.press("ctrl+r")
            await until(pilot, lambda: app.hits is not None and app.hits.reranker is None)

    drive(space, steps)


def test_of_few_points_the_map_says_how_their_texts_begin(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "ship sail")
        await pilot.press("f2")
        await until(pilot, lambda: app.map.picture is not None and app.map.window is not None)
        assert app.map.picture is not None
        assert app.map.window is not None
        assert not app.map.picture.near, "of all there is no room"
        x, y = app.map.picture.lit[0]
        across = app.map.window.view[2] - app.map.window.view[0]
        app.map.look_at((x - across / 40, y - across / 40, x + across / 40, y + across / 40))
        await until(pilot, lambda: app.map.picture is not None and app.map.picture.near)
        await until(pilot, lambda: shows(app, "The ", "#map") or shows(app, "Sea", "#map"))

    drive(space, steps)
