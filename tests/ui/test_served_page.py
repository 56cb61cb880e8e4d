"""The page of a server, in a real browser: it searches and shows the map, and nothing in it comes from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import ui_browser

from semspace.bench.faults import tiny
from semspace.bench.faults.served import TEXTS, Server, server, space

if not ui_browser.PROGRAM:
    pytest.skip("there is no Chromium on this machine", allow_module_level=True)
pytest.importorskip("uvicorn", reason="serving needs the extra serve")
pytest.importorskip("starlette", reason="serving needs the extra serve")

EVIL = "<img src=x onerror=\"document.title='owned'\"> <script>document.title='owned'</script> engine 👩‍🚀 ship"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    base = tmp_path_factory.mktemp("page")
    tiny.install(base / "models")
    space(base / "home", base / "models", "served", {**TEXTS, "evil": EVIL})
    with server(base / "home", base / "models", "served") as one:
        yield one


@pytest.fixture
def browser() -> Iterator[ui_browser.Browser]:
    with ui_browser.Browser() as one:
        yield one


def enter(browser: ui_browser.Browser, url: str) -> None:
    browser.call("Page.navigate", url=url)
    browser.until("document.documentElement.dataset.ready === 'yes'")


def ask(browser: ui_browser.Browser, query: str) -> None:
    browser.run(f"document.getElementById('query').value = {query!r}; document.getElementById('all').checked = true")
    browser.run("document.getElementById('form').requestSubmit()")


def test_it_searches_and_shows_the_hits_on_the_map(running: Server, browser: ui_browser.Browser) -> None:
    enter(browser, f"{running.url}/#token={running.token}")
    assert browser.run("location.hash") == ""
    ask(browser, "bread oven")
    browser.until("document.querySelectorAll('#hits li').length === 7")
    assert "Bread is baked" in browser.run("document.querySelector('#hits li .text').textContent")
    assert browser.run("document.querySelectorAll('mark').length") > 0
    browser.run("document.getElementById('draw').click()")
    browser.until("document.getElementById('faith').textContent.startsWith('7 texts')")
    drawn = "new Set(document.getElementById('map').getContext('2d').getImageData(0, 0, 900, 300).data).size"
    browser.until(f"{drawn} > 10")
    x, y = browser.run(
        "(() => { const [x, y] = state.scale(state.map.points[0]), box = at('map').getBoundingClientRect();"
        " return [x + box.left, y + box.top]; })()"
    )
    browser.click(x, y)
    browser.until("document.querySelectorAll('#hits li').length === 1")
    assert browser.run("document.querySelector('#hits li').dataset.id") == browser.run("String(state.map.points[0].id)")


def test_where_nothing_is_found_what_is_nearest_can_be_read(running: Server, browser: ui_browser.Browser) -> None:
    enter(browser, f"{running.url}/#token={running.token}")
    browser.run("document.getElementById('query').value = 'xyzzy qwert'; document.getElementById('form').requestSubmit()")
    browser.until("document.getElementById('note').textContent.startsWith('Nothing looks like an answer')")
    assert browser.run("document.querySelectorAll('#hits li').length") == 0
    browser.run("document.querySelector('#note button').click()")
    read = browser.run("'#' + document.querySelector('#hits li').dataset.id")
    assert browser.run("document.querySelector('#note button').textContent").endswith(read)


def test_the_answer_to_the_last_question_stays(running: Server, browser: ui_browser.Browser) -> None:
    enter(browser, f"{running.url}/#token={running.token}")
    browser.run(
        "{ const really = fetch; let first = true; window.fetch = (...asked) => {"
        " const wait = first ? 600 : 0; first = false;"
        " return really(...asked).then(answer => new Promise(done => setTimeout(() => done(answer), wait))); }; }"
    )
    ask(browser, "engine ship")
    ask(browser, "bread oven")
    browser.until("document.querySelectorAll('#hits li').length === 7")
    late = "new Promise(done => setTimeout(() => done(document.querySelector('#hits .text').textContent), 1000))"
    assert "Bread is baked" in browser.run(late)


@pytest.mark.parametrize("width", [360, 1200])
def test_it_fits_narrow_and_wide_windows_and_no_label_lies_on_another(
    running: Server, browser: ui_browser.Browser, width: int
) -> None:
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
    enter(browser, f"{running.url}/#token={running.token}")
    ask(browser, "bread oven")
    browser.until("document.querySelectorAll('#hits li').length === 7")
    browser.run("document.getElementById('draw').click()")
    browser.until("state.map !== null")
    many = "Array.from({ length: 40 }, (_, i) => ({ x: i % 5, y: i % 8, text: `label ${i}`, count: i }))"
    browser.run(f"state.map.labels = {many}; state.map.points = state.map.labels; draw()")
    assert browser.run("document.documentElement.scrollWidth") <= width
    drawn = browser.run("state.labels.map(label => [label.middle, label.y, label.half])")
    assert 3 < len(drawn) < 40
    for number, (x, y, half) in enumerate(drawn):
        assert half <= x <= width
        assert not [1 for a, b, other in drawn[:number] if abs(b - y) < 12 and abs(a - x) < half + other]


def test_what_a_document_says_is_text_and_nothing_is_asked_of_anybody_else(
    running: Server, browser: ui_browser.Browser
) -> None:
    enter(browser, f"{running.url}/#token={running.token}")
    ask(browser, "engine ship")
    browser.until("document.querySelectorAll('#hits li').length === 7")
    texts = browser.run("[...document.querySelectorAll('#hits .text')].map(text => text.textContent)")
    assert EVIL in texts
    assert browser.run("document.title") == "semspace"
    assert browser.run("document.querySelectorAll('#hits img, #hits script').length") == 0
    urls = [one["params"]["request"]["url"] for one in browser.seen if one.get("method") == "Network.requestWillBeSent"]
    assert {re.sub(r"(https?://[^/]+).*", r"\1", url) for url in urls} == {running.url}
    refused = "fetch('http://127.0.0.1:9/').then(() => 'asked', () => 'refused')"
    assert browser.run(refused) == "refused"
    wrong = [one for one in browser.seen if one.get("method") == "Log.entryAdded" and "127.0.0.1:9/" not in str(one)]
    assert [one for one in wrong if "favicon" not in str(one)] == []


def test_without_the_token_it_asks_for_it_and_shows_nothing(
    running: Server, browser: ui_browser.Browser, tmp_path: Path
) -> None:
    enter(browser, running.url)
    browser.until("!document.getElementById('door').hidden")
    assert browser.run("document.querySelectorAll('#hits li').length") == 0
    browser.run(f"document.getElementById('token').value = '{running.token}'; document.getElementById('door').requestSubmit()")
    browser.until("document.getElementById('door').hidden")
    browser.until("document.getElementById('note').textContent.includes('7 passages')")


def test_another_page_cannot_read_it(running: Server, browser: ui_browser.Browser, tmp_path: Path) -> None:
    page = tmp_path / "evil.html"
    page.write_text("<!doctype html><title>evil</title>")
    browser.call("Page.navigate", url=page.as_uri())
    browser.until("document.title === 'evil'")
    headers = f"{{'Authorization': 'Bearer {running.token}', 'Content-Type': 'application/json'}}"
    for options in (f"{{headers: {headers}}}", "{mode: 'no-cors'}", f"{{method: 'POST', body: '{{}}', headers: {headers}}}"):
        got = browser.run(f"fetch('{running.url}/status', {options}).then(answer => answer.text(), () => 'refused')")
        assert got in {"refused", ""}
