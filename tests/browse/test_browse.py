"""The screen: what one sees after which keys."""

from __future__ import annotations

import pytest
from browse_samples import THEMES, answered, ask, drive, seen, shows, until
from textual.pilot import Pilot

from semspace import Space
from semspace.browse.app import Browser

Driven = Pilot[None]


def test_hits_change_at_every_key(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        asked = []
        for word in ("bread", " oven"):
            await ask(app, pilot, word)
            asked.append([hit.id for hit in app.results.hits])
            assert app.hits is not None
            assert app.hits.query == app.line.value
        assert asked[0] != asked[1]
        assert "kitchen" in seen(app, "#results")[0]

    drive(space, steps)


def test_the_screen_shows_what_search_finds(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await answered(app, pilot)
        found = space.search("bread in the oven", 30, everything=True)
        assert [hit.id for hit in app.results.hits] == [hit.id for hit in found]
        assert shows(app, "hybrid", "#status")
        for row, hit in enumerate(found[:3]):
            assert hit.path is not None
            assert hit.path.rpartition("/")[2] in seen(app, "#results")[2 * row]

    drive(space, steps, query="bread in the oven")


def test_a_query_without_an_answer_says_so_and_shows_the_nearest_on_demand(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "zzyzx qqq")
        assert shows(app, "nothing looks like an answer", "#status")
        assert shows(app, "Nothing looks like an answer", "#preview")
        assert not app.results.hits
        await pilot.press("ctrl+a")
        await until(pilot, lambda: app.results.hits)
        assert shows(app, "nearest shown", "#status")
        await pilot.press("ctrl+a")
        await until(pilot, lambda: not app.results.hits)

    drive(space, steps, everything=False)


def test_the_sentence_that_answers_is_lit_in_the_whole_passage(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await answered(app, pilot)
        await until(pilot, lambda: any(row.answers for row in _rows(app)))
        shown = " ".join(" ".join(seen(app, "#passage")).split())
        assert "They said that" in shown
        lit = " ".join(row.text.plain for row in _rows(app) if row.answers)
        assert "bread" in lit or "oven" in lit

    drive(space, steps, query="bread oven")


def _rows(app: Browser) -> list:  # type: ignore[type-arg]
    from semspace.ui.excerpt import rows

    shown = app.preview._shown
    return rows(shown, app.console, 60, reflow=True) if shown is not None and hasattr(shown, "answer") else []


def test_an_empty_line_asks_nothing(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "sea")
        await pilot.press("backspace", "backspace", "backspace")
        await until(pilot, lambda: app.hits is None)
        assert not app.results.hits
        assert shows(app, "60 passages", "#preview")

    drive(space, steps)


def test_a_mode_is_chosen_by_a_key(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "ship")
        for mode in ("semantic", "lexical", "hybrid"):
            await pilot.press("ctrl+t")
            await answered(app, pilot)
            assert app.request.mode == mode
            found = space.search("ship", 30, mode, everything=True)  # type: ignore[arg-type]  # a mode
            assert [hit.id for hit in app.results.hits] == [hit.id for hit in found]
            assert shows(app, mode, "#status")

    drive(space, steps)


def test_up_brings_back_what_was_asked_before(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "ship")
        await pilot.press("enter", "slash", "ctrl+u")
        await ask(app, pilot, "bread")
        await pilot.press("enter", "slash", "up", "up")
        await answered(app, pilot)
        assert app.line.value == "ship"
        await pilot.press("down")
        await answered(app, pilot)
        assert app.line.value == "bread"

    drive(space, steps)


def test_one_walks_from_text_to_text_and_back(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "ship sail")
        hits = [hit.id for hit in app.results.hits]
        await pilot.press("enter", "down", "n")
        await until(pilot, lambda: len(app.trail) == 1)
        assert app.trail[0].hit.id == hits[1]
        near = [one.hit.id for one in space.neighbors(f"#{hits[1]}", 15, 1).near]
        assert [hit.id for hit in app.results.hits] == near
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: len(app.trail) == 2)
        assert app.trail[1].hit.id == near[2]
        assert shows(app, " > ", "#trail")
        await pilot.press("backspace")
        await until(pilot, lambda: len(app.trail) == 1)
        assert app.results.chosen is not None
        assert app.results.chosen.id == near[2]
        await pilot.press("escape")
        await until(pilot, lambda: not app.trail)
        assert [hit.id for hit in app.results.hits] == hits
        assert app.results.chosen.id == hits[1]

    drive(space, steps)


def test_a_new_question_ends_a_walk(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "ship")
        await pilot.press("enter", "n")
        await until(pilot, lambda: app.trail)
        await pilot.press("slash")
        await ask(app, pilot, " sail")
        assert not app.trail
        assert [hit.id for hit in app.results.hits] == [hit.id for hit in space.search("ship sail", 30, everything=True)]

    drive(space, steps)


def test_judged_hits_put_the_others_in_another_order_and_are_saved_as_a_taste(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "the river of stone")
        ids = [hit.id for hit in app.results.hits]
        await pilot.press("enter", "plus", "down", "minus")
        await until(pilot, lambda: app.request.likes and app.request.dislikes)
        like, dislike = app.request.likes[0], app.request.dislikes[0]
        found = space.search("the river of stone", 30, everything=True, more_like=[like], less_like=[dislike])
        await until(pilot, lambda: [hit.id for hit in app.results.hits] == [hit.id for hit in found])
        assert [hit.id for hit in found] != ids
        assert shows(app, "+1 -1", "#status")
        await pilot.press("s", *"mine", "enter")
        await until(pilot, lambda: shows(app, "--taste mine"))

    drive(space, steps)
    assert len(space.search("river", taste="mine", everything=True))


def test_a_judgement_is_taken_back_by_the_same_key(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "river")
        ids = [hit.id for hit in app.results.hits]
        await pilot.press("enter", "plus")
        await until(pilot, lambda: app.request.likes)
        await pilot.press("plus")
        assert not app.request.likes
        await until(pilot, lambda: [hit.id for hit in app.results.hits] == ids)

    drive(space, steps)


def test_a_topic_narrows_the_search_until_it_is_dropped(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "the")
        await pilot.press("f3")
        await until(pilot, lambda: app.topics.filled)
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.request.among is not None)
        await answered(app, pilot)
        among = app.request.among
        assert among is not None
        await until(pilot, lambda: {hit.id for hit in app.results.hits} <= set(among.ids))
        assert shows(app, "in: ", "#status")
        await pilot.press("x")
        await until(pilot, lambda: app.request.among is None)
        assert not shows(app, "in: ", "#status")

    drive(space, steps)


def test_the_topics_hold_every_text_once(space: Space) -> None:
    found = space.topics(2)
    assert sorted(number for topic in found.topics for number in topic.ids) == list(range(1, 61))
    for topic in found.topics:
        assert len(topic.ids) == topic.count
        assert not topic.inner or sorted(n for inner in topic.inner for n in inner.ids) == list(topic.ids)


def test_a_search_within_some_passages_finds_no_other(space: Space) -> None:
    found = space.search("bread ship", 30, everything=True, ids=[3, 7, 50, 999])
    assert {hit.id for hit in found} == {3, 7, 50}
    assert not space.search("bread", ids=[], everything=True)


def test_what_a_part_is_about_is_named_by_its_own_words(space: Space) -> None:
    kitchen = [hit.id for hit in space.search("bread", 60, "lexical", everything=True)]
    found = space.part(kitchen)
    assert set(found.words) & set(THEMES["kitchen"].split())
    assert {one.id for one in found.exemplars} <= set(kitchen)


def test_help_names_every_key_that_is_bound(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await pilot.press("f1")
        await until(pilot, lambda: shows(app, "Anywhere"))
        text = "\n".join(str(line) for line in app.screen.query_one("#dialog Static").render().plain.splitlines())  # type: ignore[attr-defined]
        for _, bindings in app.bound():
            for _, about in bindings:
                assert about.split()[0] in text
        assert len(text.splitlines()) > 30
        await pilot.press("escape")
        await until(pilot, lambda: not shows(app, "Anywhere"))

    drive(space, steps)


def test_the_footer_offers_no_letter_that_would_be_typed(space: Space) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await ask(app, pilot, "ship")
        await pilot.pause(0.2)
        assert shows(app, "f2 Map", "Footer")
        assert not shows(app, "+ More", "Footer")
        await pilot.press("enter")
        await until(pilot, lambda: shows(app, "+ More", "Footer"))

    drive(space, steps)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 50)])
def test_what_is_there_fits_the_terminal(space: Space, size: tuple[int, int]) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await answered(app, pilot)
        for key in ("f2", "f3"):
            await pilot.press(key)
            await pilot.pause()
        shown = [one for one in ("#query", "#results", "#preview", "#map", "#topics") if app.screen.query_one(one).region.area]
        assert {"#query", "#results", "#topics"} <= {*shown}
        assert ("#map" in shown) == ("#preview" in shown) == (size[0] >= 100)
        for one in shown:
            region = app.screen.query_one(one).region
            assert app.screen.region.contains_region(region)
            assert region.width >= 20
        lines = seen(app)
        assert len(lines) == size[1]
        assert seen(app, "#results")[0].strip().startswith("1 ")

    drive(space, steps, query="ship", size=size)
