"""The page that a map becomes: what it carries, what it may do, and what a hostile text can do in it (nothing)."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import ui_browser
from hypothesis import given, settings
from hypothesis import strategies as st

from semspace.errors import InvalidInput
from semspace.ui.page import Grouping, page

EVIL = [
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "line\u2028separator\u2029 \u202e reversed",
    "{{script}} {{title}} $& \\1",
    "<!-- <script> -->",
    "\x00\x1b[2J ]]> &amp; \ud800",
]


class Elements(HTMLParser):
    """What a parser of HTML finds: start tags with their attributes, and the text of each script and style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, str] = {}
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        self._open = found.get("id") or tag

    def handle_data(self, data: str) -> None:
        self.inside[self._open] = self.inside.get(self._open, "") + data

    def handle_endtag(self, tag: str) -> None:
        self._open = ""


def unpacked(text: str) -> tuple[dict[str, Any], bytes]:
    found = Elements(text).inside
    words, numbers = (gzip.decompress(base64.b64decode(found[name], validate=True)) for name in ("words", "numbers"))
    return json.loads(words), numbers


def made(count: int = 200, **changes: Any) -> str:
    random = np.random.default_rng(0)
    positions = random.normal(size=(count, 2)).astype(np.float32)
    groups = (positions[:, 0] > 0).astype(np.int32)
    given_: dict[str, Any] = {
        "positions": positions,
        "texts": [f"text number {at}" for at in range(count)],
        "paths": [f"/notes/{at % 3}.md" if at % 5 else None for at in range(count)],
        "groupings": [Grouping("side", groups, ["left", "right"])],
        "kept": np.linspace(0, 1, count).astype(np.float32),
        "labels": [(0.0, 0.0, "middle", 2.0), (0.01, 0.0, "hidden at first", 1.0)],
        "footer": "keeps 33 % of true neighbours",
        "title": "My notes",
    }
    return page(**{**given_, **changes})


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(EVIL), st.text(st.characters(codec=None, categories=None))), min_size=1, max_size=6),
    st.integers(0, 2**20),
)
def test_what_goes_in_is_what_the_page_carries(texts: list[str], seed: int) -> None:
    count = len(texts)
    random = np.random.default_rng(seed)
    positions = (random.normal(size=(count, 2)) * random.choice([1e-3, 1.0, 1e6])).astype(np.float32)
    groups = random.integers(-1, 3, count).astype(np.int32)
    kept = random.random(count).astype(np.float32)
    written = page(positions, texts, [*texts[:-1], None], [Grouping("g", groups, texts[:1] * 3)], kept, [], texts[0], texts[0])
    words, numbers = unpacked(written)
    assert words["texts"] == texts
    assert words["footer"] == texts[0]
    path, group, rest = np.split(np.frombuffer(numbers[: 8 * count], "<i4"), [count, 2 * count])
    assert not len(rest)
    assert [words["paths"][at] if at >= 0 else None for at in path] == [*texts[:-1], None]
    assert group.tolist() == groups.tolist()
    grid = np.frombuffer(numbers[8 * count : 12 * count], "<i2").reshape(-1, 2).astype(float)
    half = max(np.ptp(positions.astype(float), axis=0).max() / 2, 1e-30)
    middle = (positions.min(axis=0) + positions.max(axis=0)) / 2
    if count > 1:
        assert np.abs(grid * half / 32767 + middle - positions).max() <= half * 1e-4
    assert np.abs(np.frombuffer(numbers[12 * count :], np.uint8) / 255 - kept).max() <= 0.5 / 255 + 1e-6
    written.encode("utf-8")


def test_the_policy_allows_this_script_and_this_style_and_nothing_else() -> None:
    found = Elements(made())
    policy = next(attrs["content"] for tag, attrs in found.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    for name, kind in (("script", "script-src"), ("style", "style-src")):
        digest = base64.b64encode(hashlib.sha256(found.inside[name].encode()).digest()).decode()
        assert rules.pop(kind) == f"'sha256-{digest}'"
    assert rules == {"default-src": "'none'", "connect-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}


def test_the_page_refers_to_nothing_outside_and_sets_no_html() -> None:
    for _, attrs in Elements(made()).tags:
        assert not {"src", "href", "style", "srcset"} & set(attrs)
        assert not [name for name in attrs if name.startswith("on")]
    script = files("semspace.ui").joinpath("page.js").read_text()
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function|https?:|fetch\(|localStorage", script
    )


@pytest.mark.parametrize("text", EVIL)
def test_a_hostile_title_is_text(text: str) -> None:
    tags = [tag for tag, _ in Elements(made(title=text, footer=text, texts=[text] * 200)).tags]
    assert tags == [tag for tag, _ in Elements(made()).tags]


def test_the_same_map_is_the_same_page() -> None:
    assert made() == made()


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(InvalidInput):
        made(texts=["one"])


def test_a_hundred_thousand_points_are_less_than_twenty_megabytes() -> None:
    random = np.random.default_rng(0)
    words = np.array(
        [f"{a}{b}{c}" for a in "bdfgklmnprstvz" for b in "aeiou" for c in ["n", "r", "sta", "l", "mer", "tik", "ch"]]
    )
    texts = [" ".join(row) for row in words[random.integers(0, len(words), (100_000, 16))]]
    written = page(random.normal(size=(100_000, 2)).astype(np.float32), texts, [f"/n/{at % 5000}.md" for at in range(100_000)])
    assert len(written) < 20e6


def test_a_point_without_a_place_and_a_map_without_points_are_pages() -> None:
    positions = np.array([[0, 0], [np.nan, 1], [2, 2]], dtype=np.float32)
    _, numbers = unpacked(page(positions, ["a", "b", "c"], [None] * 3))
    assert np.frombuffer(numbers[12:24], "<i2").tolist() == [-32767, -32767, -32768, -32768, 32767, 32767]
    assert unpacked(page(np.empty((0, 2), dtype=np.float32), [], []))[0]["texts"] == []


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_script_is_a_script() -> None:
    source = str(files("semspace.ui").joinpath("page.js"))
    done = subprocess.run(["node", "--check", source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


needs_browser = pytest.mark.skipif(ui_browser.PROGRAM is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ui_browser.Browser]:
    texts = [*EVIL, *(f"text number {at}" for at in range(194))]
    where = tmp_path_factory.mktemp("page") / "map.html"
    # As it would be written: a lone surrogate never leaves the packed words.
    where.write_text(
        made(texts=texts, paths=[f"/n/{text[:9]}" for text in texts], title=EVIL[0], footer=EVIL[1]), encoding="utf-8"
    )
    with ui_browser.Browser() as one:
        one.open(where)
        yield one


@needs_browser
def test_it_opens_without_a_network_and_without_a_complaint(opened: ui_browser.Browser) -> None:
    asked = [event["params"]["request"]["url"] for event in opened.seen if event.get("method") == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith("file:")] == []
    complaints = [event for event in opened.seen if event.get("method") in {"Runtime.exceptionThrown", "Log.entryAdded"}]
    assert complaints == []
    assert opened.run("document.title") == EVIL[0]
    assert opened.run("document.getElementById('title').textContent") == EVIL[0]
    assert opened.run("document.querySelectorAll('img, script:not([type])').length") == 1


@needs_browser
def test_the_policy_holds_in_a_browser(opened: ui_browser.Browser) -> None:
    opened.run("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.owned = 1'}))")
    assert opened.run("window.owned === undefined")
    assert opened.run("fetch('data:text/plain,x').then(() => 'reached', () => 'refused')") == "refused"


@needs_browser
def test_typing_finds_texts_and_shows_them_as_text(opened: ui_browser.Browser) -> None:
    opened.run("document.getElementById('search').focus()")
    opened.call("Input.insertText", text="onerror OWNED")
    opened.until("document.getElementById('count').textContent === '1 text found'")
    opened.key("Enter")
    assert opened.run("document.querySelector('#list span').textContent") == EVIL[1]
    assert opened.run("document.querySelector('#card p').textContent") == EVIL[1]
    assert opened.run("document.querySelectorAll('img').length") == 0
    opened.key("Escape")
    assert opened.run("document.getElementById('panel').hidden && document.getElementById('card').hidden")


@needs_browser
def test_a_lasso_around_all_chooses_all_and_one_group_alone_its_own(opened: ui_browser.Browser) -> None:
    box = opened.run(
        "(({x, y, width, height}) => [x, y, width, height])(document.getElementById('map').getBoundingClientRect())"
    )
    left, top, width, height = box
    opened.run("document.getElementById('all').click()")

    def around() -> int:
        opened.run("document.getElementById('lasso').click()")
        corners = [
            (left + 2, top + 2),
            (left + width - 2, top + 2),
            (left + width - 2, top + height - 2),
            (left + 2, top + height - 2),
        ]
        opened.mouse("mousePressed", *corners[0], button="left", buttons=1, clickCount=1)
        for x, y in corners[1:]:
            opened.mouse("mouseMoved", x, y, button="left", buttons=1)
        opened.mouse("mouseReleased", *corners[-1], button="left")
        return int(opened.run("document.getElementById('count').textContent.split(' ')[0]"))

    assert around() == 200
    assert opened.run("document.querySelectorAll('#list button').length") == 200
    opened.key("Escape")
    sizes = []
    for at in (0, 1):
        opened.run(f"document.querySelectorAll('#legend button')[{at}].click()")
        sizes.append(around())
        opened.key("Escape")
    groups = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)[:, 0] > 0
    assert sorted(sizes) == sorted([int(groups.sum()), int((~groups).sum())])


@needs_browser
def test_keys_move_and_zoom_and_come_home(opened: ui_browser.Browser) -> None:
    painted = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    opened.run("document.getElementById('all').click(), document.getElementById('map').focus()")
    opened.run(painted)
    before = opened.picture()
    for key in ("+", "ArrowLeft", "+"):
        opened.key(key)
    opened.run(painted)
    assert opened.picture() != before
    opened.key("0")
    opened.run(painted)
    assert opened.picture() == before


def test_the_page_is_part_of_the_package() -> None:
    assert {"page.html", "page.css", "page.js"} <= {path.name for path in Path(str(files("semspace.ui"))).iterdir()}
