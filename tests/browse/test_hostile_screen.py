"""What a document holds cannot pass for the screen's own; nor can anything else that is foreign."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browse_samples import answered, drive, seen, until
from textual.color import Color
from textual.pilot import Pilot
from textual.strip import Strip

from semspace import Space
from semspace.bench.faults import tiny
from semspace.bench.faults.injections import FIXED
from semspace.browse.app import Browser
from semspace.browse.session import HITS
from semspace.editors import command

Driven = Pilot[None]
MOVES = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.fixture
def hostile(tmp_path: Path, part: int) -> Space:
    """Give a space in which every text, name and field means something to a terminal or to what draws on it."""
    chosen = FIXED[part * HITS : (part + 1) * HITS]
    tiny.install(tmp_path / "models")
    space = Space.create("hostile", tiny.NAME, home=tmp_path, models=tmp_path / "models")
    texts = [f"river {text} bridge {text}" for text in chosen]
    space.add_texts(texts, [f"{number} {text}".replace("\0", "") for number, text in enumerate(chosen)])
    return space


@pytest.mark.parametrize(("part", "escapes"), [(0, 30), (1, 30), (2, 10), (3, 0)])
def test_nothing_of_a_document_moves_the_cursor_or_passes_for_markup(hostile: Space, escapes: int) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await answered(app, pilot)
        await pilot.press("f2", "f3")
        await until(pilot, lambda: app.topics.filled and app.map.picture is not None)
        app.results.focus()
        shown = ""
        for _ in range(len(app.results.hits)):
            await pilot.press("down")
            await pilot.pause()
            shown += "\n".join(seen(app)) + "\n"
        await pilot.press("n")
        await until(pilot, lambda: app.trail)
        shown += "\n".join(seen(app))
        assert not MOVES.search(shown.replace("\n", ""))
        assert len(re.findall(r"\\(?:x|u|U)[0-9a-f]{2}", shown)) >= escapes
        texts = " ".join(hit.text for hit in app.results.hits) + shown
        assert not any(style.link for strip in app.screen._compositor.render_strips() for _, style, _ in strip if style)
        assert "river" in texts

    with hostile:
        drive(hostile, steps, query="river", size=(160, 50))


def test_markup_in_a_document_is_text(tmp_path: Path) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await answered(app, pilot)
        await until(pilot, lambda: any("[@click=app.quit]x[/] [/] [bold]" in line for line in seen(app, "#passage")))

    tiny.install(tmp_path / "models")
    with Space.create("markup", tiny.NAME, home=tmp_path, models=tmp_path / "models") as space:
        space.add_texts(["river [@click=app.quit]x[/] [/] [bold]"], ["[red]key[/red]"])
        drive(space, steps, query="river")


@pytest.mark.parametrize("no_color", [True, False])
def test_without_colours_none_is_drawn(space: Space, monkeypatch: pytest.MonkeyPatch, no_color: bool) -> None:
    async def steps(app: Browser, pilot: Driven) -> None:
        await answered(app, pilot)
        await pilot.press("f2")
        await until(pilot, lambda: app.map.picture is not None)
        app.results.focus()
        await pilot.pause()
        # What a terminal is sent, after the filters of the application.
        styles = {style for strip in app.screen._compositor.render_strips() for _, style, _ in _filtered(app, strip) if style}
        named = {color.name for style in styles for color in (style.color, style.bgcolor) if color is not None}
        assert (named <= {"default"}) == no_color
        assert any(style.reverse for style in styles)

    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    else:
        monkeypatch.delenv("NO_COLOR", raising=False)
    drive(space, steps, query="ship")


def _filtered(app: Browser, strip: Strip) -> Strip:
    for one in app.get_line_filters():
        strip = strip.apply_filter(one, Color.parse("ansi_default"))
    return strip


@pytest.mark.parametrize(
    ("editor", "said"),
    [
        ("vim", ["vim", "+7", "/a b.md"]),
        ("emacsclient -nw", ["emacsclient", "-nw", "+7", "/a b.md"]),
        ("/usr/bin/code --wait", ["/usr/bin/code", "--wait", "--goto", "/a b.md:7"]),
        ("hx", ["hx", "/a b.md:7"]),
    ],
)
def test_editors_are_told_the_line_as_they_want_it(editor: str, said: list[str]) -> None:
    assert command(editor, "/a b.md", 7) == said


def test_a_file_without_lines_is_opened_at_its_beginning() -> None:
    assert command("vi", "/a.pdf", None) == ["vi", "/a.pdf"]
    with pytest.raises(ValueError, match="no editor"):
        command("  ", "/a.md", 1)
