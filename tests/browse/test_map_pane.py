"""The map on the screen: moved, zoomed, and parts of it chosen."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from browse_samples import answered, ask, drive, seen, shows, until
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from semspace import Space
from semspace.browse.app import Browser
from semspace.browse.lasso import in_box, inside, line
from semspace.browse.map_pane import MapPane
from semspace.browse.session import rows_of
from semspace.browse.window import Window

Driven = Pilot[None]
whole_numbers = st.integers(-50, 50)


async def mapped(app: Browser, pilot: Driven) -> MapPane:
    """Open the map, and wait until it is drawn with its names."""
    await pilot.press("f2")
    await until(pilot, lambda: app.map.picture is not None and app.map.window is not None)
    return app.map


def test_the_map_says_how_far_it_can_be_believed_and_where_the_hits_are(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "ship sail")
        pane = await mapped(app, pilot)
        assert pane.picture is not None
        assert shows(app, "60 texts · keeps", "#map")
        positions = pane.picture.seen.layout.positions
        where = {tuple(positions[row]) for row in rows_of(pane.picture.seen, [hit.id for hit in app.results.hits])}
        assert {tuple(np.float32(point)) for point in pane.picture.lit} == where
        assert any("●" in row for row in seen(app, "#map"))
        assert any("┼" in row for row in seen(app, "#map"))

    drive(space, steps)


def test_a_box_that_holds_all_finds_what_a_search_finds_and_one_that_holds_nothing_is_refused(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "ship sail")
        pane = await mapped(app, pilot)
        await pilot.press("v", *["left"] * 60, *["up"] * 30, *["shift+right"] * 120, *["shift+down"] * 60, "enter")
        await until(pilot, lambda: app.request.among is not None)
        assert app.request.among is not None
        assert app.request.among.ids == tuple(range(1, 61))
        await pilot.press("x")
        await until(pilot, lambda: app.request.among is None)
        pane.focus()
        await pilot.press("v", *["left"] * 90, "enter")
        await until(pilot, lambda: shows(app, "There is no text in that part"))
        assert app.request.among is None

    drive(space, steps)


def test_a_part_of_the_map_narrows_the_search_and_says_what_it_is_about(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "ship sail")
        pane = await mapped(app, pilot)
        assert pane.picture is not None
        # The upper left quarter and more of what is drawn: never all, and never nothing.
        await pilot.press("v", *["left"] * 60, *["up"] * 30, *["shift+right"] * 60, *["shift+down"] * 60)
        box, picture = pane.picture.box, pane.picture
        assert box is not None
        ids = set(picture.seen.ids[in_box(picture.seen.positions, box)].tolist())
        assert 0 < len(ids) < 60
        await pilot.press("enter")
        await until(pilot, lambda: app.request.among is not None and "texts of the map" not in app.request.among.name)
        assert app.request.among is not None
        assert set(app.request.among.ids) == ids
        await until(pilot, lambda: {hit.id for hit in app.results.hits} <= ids)
        assert app.request.among.name == space.part(sorted(ids)).name
        assert shows(app, "in: ", "#status")

    drive(space, steps)


def test_keys_zoom_and_move_the_map(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        pane = await mapped(app, pilot)
        assert pane.window is not None
        whole = pane.window.view
        await pilot.press("plus", "plus")
        close = pane.window.view
        assert (whole[2] - whole[0]) / (close[2] - close[0]) == pytest.approx(1.5**2)
        await pilot.press("right")
        assert pane.window.view[0] > close[0]
        await pilot.press("0")
        assert pane.window.view == whole

    drive(space, steps, query="ship")


def test_the_mouse_drags_zooms_and_draws_around_a_part(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await answered(app, pilot)
        pane = await mapped(app, pilot)
        assert pane.window is not None
        before = pane.window.view
        await pilot.mouse_down("#map", offset=(30, 8))
        await pilot.hover("#map", offset=(24, 8))
        await pilot.mouse_up("#map", offset=(24, 8))
        assert pane.window.view[0] > before[0]
        pane.action_whole()
        corners = [(1, 0), (60, 0), (60, 16), (1, 16)]
        await pilot.mouse_down("#map", offset=corners[0], control=True)
        for corner in corners[1:]:
            await pilot.hover("#map", offset=corner)
        await pilot.mouse_up("#map", offset=corners[-1])
        await until(pilot, lambda: app.request.among is not None)

    drive(space, steps, query="ship")


def test_a_walk_draws_lines_to_the_true_neighbours(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "ship")
        pane = await mapped(app, pilot)
        app.results.focus()
        await pilot.press("n")
        await until(pilot, lambda: app.trail)
        assert pane.picture is not None
        assert len(pane.picture.linked) == 15
        assert pane.picture.center is not None

    drive(space, steps)


@given(
    st.lists(st.tuples(whole_numbers, whole_numbers), min_size=1, max_size=20),
    st.tuples(whole_numbers, whole_numbers, st.integers(1, 40), st.integers(1, 40)),
)
def test_a_line_around_a_box_holds_what_the_box_holds(points: list[tuple[int, int]], box: tuple[int, int, int, int]) -> None:
    # Off the edges, which belong to no side.
    positions = np.array(points, dtype=np.float32) + np.float32(0.5)
    left, bottom, wide, high = box
    corners = [(left, bottom), (left + wide, bottom), (left + wide, bottom + high), (left, bottom + high)]
    expected = in_box(positions, (left, bottom, left + wide, bottom + high))
    assert np.array_equal(inside(positions, [(float(x), float(y)) for x, y in corners]), expected)


def test_a_hole_in_a_line_drawn_twice_around_is_outside() -> None:
    around = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)]
    within = [(1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0), (1.0, 1.0)]
    points = np.array([[0.5, 2.0], [2.0, 2.0], [5.0, 2.0]], dtype=np.float32)
    assert inside(points, [*around, *within]).tolist() == [True, False, False]


@given(st.tuples(whole_numbers, whole_numbers), st.tuples(whole_numbers, whole_numbers))
def test_a_straight_line_goes_from_end_to_end_without_a_gap(start: tuple[int, int], end: tuple[int, int]) -> None:
    cells = line(start, end)
    assert (cells[0], cells[-1]) == (start, end)
    steps = [max(abs(a[0] - b[0]), abs(a[1] - b[1])) for a, b in pairwise(cells)]
    assert all(step == 1 for step in steps)


@given(st.integers(0, 79), st.integers(0, 23), st.floats(0.2, 5))
def test_what_is_under_the_mouse_stays_there_while_one_zooms(column: int, row: int, factor: float) -> None:
    positions = np.random.default_rng(0).standard_normal((100, 2)).astype(np.float32)
    window = Window.of(positions, 80, 24)
    closer = window.zoomed(factor, row, column)
    assert closer.at(row, column) == pytest.approx(window.at(row, column))
    assert closer.row_column(*window.at(row, column)) == (row, column)
