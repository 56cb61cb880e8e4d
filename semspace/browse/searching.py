"""Typing: hits by their words at once, by meaning as soon as one pauses, and what became of a question said in one line."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widgets import Input, OptionList
from textual.worker import get_current_worker

from semspace.browse.panes import Panes
from semspace.browse.query_line import QueryLine
from semspace.browse.session import Request
from semspace.errors import SemspaceError
from semspace.records import MODES, Hit, Hits, Mode
from semspace.ui.labelling import cut
from semspace.ui.safe import safe_text

PAUSE = 0.06
"""Seconds without a key after which a query is encoded."""

READ = 0.03
"""Seconds that the cursor stays on a hit before what answers in it is looked for."""

NAME = 40


class Searching(Panes):
    """A query and its hits."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+a", "everything", "All", priority=True),
        Binding("ctrl+t", "mode", "Mode"),
        Binding("ctrl+r", "rerank", "Rerank", show=False, priority=True),
        Binding("x", "widen", "Drop filter", show=False),
    ]

    request = Request()
    hits: Hits | None = None
    _pause: Timer | None = None
    _rest: Timer | None = None

    def on_mount(self) -> None:
        """Begin with the query that was given, or open what a first one needs."""
        self.line.focus()
        self.preview.show(self._welcome())
        # Screen first: what a question needs is opened while one looks at it.
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        self.request = replace(self.request, query=self.line.value)
        if self.request.asks:
            self.ask()
        else:
            self.behind(lambda: self.session.answer(Request("a"), "hybrid", lambda: False), lambda _: None, "open")

    def _welcome(self) -> Text:
        name = safe_text(self.session.space.name, one_line=True)
        text = _titled(name).append(f"  {len(self.session.space):,} passages\n\n", "quiet")
        return text.append("Type to search by meaning and by words. Down or Enter goes into the list, ? shows all keys.")

    @on(Input.Changed, "#query")
    def _typed(self, event: Input.Changed) -> None:
        if event.value != self.request.query:
            # What was said of hits was said of those of another question.
            self.request = replace(self.request, query=event.value, likes=(), dislikes=())
            self.ask()

    @on(Input.Submitted, "#query")
    @on(QueryLine.Left)
    def _leave_line(self) -> None:
        if self.results.hits:
            self.main.query_one("#query", QueryLine).remember()
            self.results.focus()

    def ask(self, *, stay: bool = False) -> None:
        """Ask for the hits of the request: those by words now, those by meaning when no key came for a moment."""
        if self._pause is not None:
            self._pause.stop()
        if not self.request.asks:
            self.workers.cancel_group(self, "ask")
            self.answered(None, stay=False)
            return
        judged = self.request.likes or self.request.dislikes
        if self.request.mode != "semantic" and not judged:
            self._answer("lexical", stay)
        if self.request.mode != "lexical":
            self._pause = self.set_timer(PAUSE, partial(self._answer, self.request.mode, stay))

    def _answer(self, mode: Mode, stay: bool) -> None:
        request = self.request

        def make() -> Hits | None:
            worker = get_current_worker()
            return self.session.answer(request, mode, lambda: worker.is_cancelled)

        def then(hits: Hits | None) -> None:
            last = mode == request.mode
            # Words alone are a first guess: where they find nothing, meaning may.
            if hits is not None and request == self.request and (last or hits):
                self.answered(hits, stay=stay)

        self.behind(make, then, "ask")

    def answered(self, hits: Hits | None, *, stay: bool) -> None:
        """Show hits."""
        self.hits = hits
        self.results.show(hits or (), self.request, stay=stay)
        self.map.light(hits or ())
        self.tell(self.told())
        if not hits:
            self.preview.show(self._nothing() if hits is not None else self._welcome())

    def _nothing(self) -> Text:
        found = self.hits
        if found is None or found.nearest is None:
            return Text("Nothing found.")
        near = found.nearest
        text = _titled("Nothing looks like an answer.").append(" Ctrl+A shows the nearest all the same.\n\n")
        of = f", relevance {near.relevance:.2f} of 0.50" if near.relevance is not None else ""
        text.append(f"Nearest: #{near.id}{of}\n", "quiet").append(cut(near.text, 400), "quiet")
        few = "\n\nThere are too few texts to judge well." if found.judged == "background" else ""
        return text.append(few, "quiet")

    def told(self) -> Text:
        """Return what is asked and what came of it, in one line."""
        hits, request = self.hits, self.request
        text = Text(no_wrap=True, overflow="ellipsis")
        if hits is None:
            text.append(request.mode, "quiet")
        elif hits.verdict == "nothing":
            text.append("nothing looks like an answer", "bad")
            text.append(f" · nearest shown · {hits.mode}" if hits else f" · {hits.mode}", "quiet")
        else:
            text.append(f"{len(hits)} hit{'' if len(hits) == 1 else 's'} · {hits.mode} · {hits.took_ms:.0f} ms", "quiet")
        if hits is not None and hits.coverage < 1:
            text.append(f" · {100 * hits.coverage:.0f} % have vectors", "quiet")
        if request.everything:
            text.append(" · all", "hint")
        if request.rerank:
            by = f" by {hits.reranker}" if hits is not None and hits.reranker else ""
            text.append(safe_text(f" · reranked{by}", one_line=True), "hint")
        if request.likes or request.dislikes:
            text.append(f" · +{len(request.likes)} -{len(request.dislikes)}", "hint")
        if request.among is not None:
            name = cut(request.among.name, NAME)
            text.append(f" · in: {name} ({len(request.among.ids):,})", "hint")
        return text

    @on(OptionList.OptionHighlighted, "#results")
    def _looked(self) -> None:
        if self._rest is not None:
            self._rest.stop()
        hit = self.results.chosen
        if hit is not None:
            self.preview.show(hit, self.note())
            self._rest = self.set_timer(READ, partial(self._read, hit))

    def _read(self, hit: Hit) -> None:
        def then(lit: Hit) -> None:
            if (chosen := self.results.chosen) is not None and chosen.id == lit.id:
                self.preview.show(lit, self.note())

        request = self.about(hit)
        self.behind(lambda: self.session.lit(request, hit), then, "lit")

    def about(self, hit: Hit) -> Request:  # noqa: ARG002  # a walk has another answer
        """Return what a passage is shown for."""
        return self.request

    def note(self) -> str:
        """Return what is said beside the passage that is looked at."""
        return ""

    def action_everything(self) -> None:
        """Show hits also where none looks like an answer, or only answers."""
        self.request = replace(self.request, everything=not self.request.everything)
        self.ask(stay=True)
        self.tell(self.told())

    def action_mode(self) -> None:
        """Ask by meaning and words, by meaning, or by words."""
        mode = MODES[(MODES.index(self.request.mode) + 1) % len(MODES)]
        self.request = replace(self.request, mode=mode)
        self.ask()
        self.tell(self.told())

    def action_rerank(self) -> None:
        """Have the first hits read again by a reranker, or by the encoder's own tokens; once more takes it back."""
        self.request = replace(self.request, rerank=not self.request.rerank)
        self.ask()
        self.tell(self.told())

    def failed(self, error: SemspaceError | OSError) -> None:
        """Say what went wrong; where nobody can rerank, hits come without it again."""
        super().failed(error)
        if self.request.rerank and (self.hits is None or self.hits.reranker is None):
            self.request = replace(self.request, rerank=False)
            self.ask()

    def action_widen(self) -> None:
        """Search all texts again, not only those of a topic or of a part of the map."""
        self.request = replace(self.request, among=None)
        self.map.keep_to(None)
        self.ask()
        self.tell(self.told())


def _titled(text: str) -> Text:
    """Return words in the style of a title: as a part, since Textual looks for a colour of that name if it is the whole's."""
    return Text().append(text, "title")
