"""The whole passage with what stands around it, and in it the sentence that answers."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.widgets import Static

from semspace.records import Hit
from semspace.ui.excerpt import rows
from semspace.ui.labelling import cut
from semspace.ui.paths import ANYWHERE, Stand, place
from semspace.views.parts import Part

BAR = 2
"""Columns of the scroll bar."""

SEEN = 2
"""Lines before the answer that are seen above it."""


class Preview(Container):
    """One passage, or what a part of the map is about."""

    def __init__(self, stand: Stand = ANYWHERE, *, id: str) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._stand = stand
        self._head, self._text = Static(id="where", markup=False), Static(markup=False)
        self._scroll = VerticalScroll(self._text, id="passage")
        self._shown: Hit | Part | Text | None = None
        self._note = ""

    def compose(self) -> ComposeResult:
        """Hold where a passage is from, and below that, moving, its text."""
        yield self._head
        yield self._scroll

    def show(self, shown: Hit | Part | Text | None, note: str = "") -> None:
        """Show a passage, a part of the map, or some words; `note` is a quiet line beside."""
        self._shown, self._note = shown, note
        self._draw()

    def on_resize(self) -> None:
        """Break the lines anew."""
        self._draw()

    def _draw(self) -> None:
        shown, top = self._shown, 0
        self._head.display = isinstance(shown, (Hit, Part))
        if isinstance(shown, Hit):
            self._head.update(self._where(shown))
            text, top = self._passage(shown)
            self._text.update(text)
        elif isinstance(shown, Part):
            self._head.update(Text(self._note, "quiet"))
            self._text.update(shown.__rich__())
        else:
            self._text.update(shown or "")
        self.call_after_refresh(self._scroll.scroll_to, y=top, animate=False)

    def _where(self, hit: Hit) -> Text:
        width = max(self.content_region.width, 10)
        head = place(hit, self.app.console, self._stand, width)
        if heading := cut(" > ".join(hit.heading) or hit.title or "", width):
            head.append("\n").append(heading, "heading")
        return head.append("\n").append(cut(" · ".join(_facts(hit, self._note)), width), "quiet")

    def _passage(self, hit: Hit) -> tuple[Text, int]:
        """Return the passage with what is around it, and the line from which on it is seen."""
        found = rows(hit, self.app.console, max(self.content_region.width - BAR, 10), reflow=True)
        first = next((number for number, row in enumerate(found) if row.answers), None)
        if first is None:
            # Without an answer the passage itself is what to look at.
            first = next((number for number, row in enumerate(found) if not _quiet(row.text)), 0)
        return Text("\n").join([row.text for row in found]), max(first - SEEN, 0)


def _quiet(row: Text) -> bool:
    return bool(row.plain.strip()) and all(span.style == "quiet" for span in row.spans) and bool(row.spans)


def _facts(hit: Hit, note: str) -> list[str]:
    facts = [f"#{hit.id}"]
    if hit.relevance is not None:
        facts.append(f"relevance {hit.relevance:.2f}")
    if hit.similarity is not None:
        facts.append(f"similarity {hit.similarity:.3f}")
    return [*facts, *([note] if note else [])]
