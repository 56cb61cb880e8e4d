"""semspace search, semspace similar."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypedDict, cast

import click

from semspace.cli import output, warm
from semspace.cli.completing import Filed
from semspace.cli.engines import Serving, elsewhere, served
from semspace.cli.opening import open_at, opened
from semspace.cli.options import (
    Narrow,
    Place,
    Words,
    asking,
    colored,
    existing,
    grouped,
    here,
    narrowed,
    relative,
    stand,
    viewed,
)
from semspace.records import MODES, Mode

if TYPE_CHECKING:
    from semspace.asking import Wishes
    from semspace.records import Hits
    from semspace.ui.console import Color
    from semspace.views.grouped import Grouped

FORMATS = ("text", "paths", "grep", "json", "jsonl")


class Shaped(TypedDict):
    """How many hits of a document, and how many lines around each."""

    per_document: int | None
    lines: int


@dataclass(frozen=True, slots=True)
class Show:
    """How hits are shown."""

    top_k: int
    per_document: int | None
    files: bool
    context: int
    numbers: bool
    full: bool
    format_: str
    as_json: bool
    as_jsonl: bool
    relative: bool
    color: Color
    open_: bool = False

    @property
    def limit(self) -> int | None:
        """How many passages of a document may come: one where only its name is shown, and unless said otherwise to a person."""
        person = self.format_ == "text" and not (self.as_json or self.as_jsonl) and sys.stdout.isatty()
        usual = 1 if self.files or person else None
        return usual if self.per_document is None or self.files else self.per_document or None

    @property
    def shape(self) -> Shaped:
        """What a search is told of it."""
        return {"per_document": self.limit, "lines": self.context}

    @property
    def texts(self) -> bool:
        """Whether texts are shown, and not only where they are."""
        return not self.files and self.format_ not in {"paths", "grep"}

    def write(self, hits: Hits) -> int:
        """Write hits in the form that is wanted, and return the exit code."""
        from semspace.ui import formats

        if hits.coverage < 1:
            output.say(
                f"{int(hits.coverage * 100)} % of the passages are encoded so far; the others are found by their words only."
            )
        base = here() if self.relative else None
        form = "json" if self.as_json else "jsonl" if self.as_jsonl else self.format_
        if form == "json":
            output.json(formats.hits(hits, base))
        elif form == "jsonl":
            output.lines(formats.json_lines(hits, base))
        elif self.files:
            output.lines(formats.files(hits, base))
        elif form in {"paths", "grep"}:
            output.lines((formats.path_lines if form == "paths" else formats.grep_lines)(hits, base))
        else:
            self._draw(hits)
        if hits.verdict == "nothing":
            self._admit(hits)
        if hits.excluded and sys.stderr.isatty():
            output.say(f'hint: words cannot exclude; try --not "{hits.excluded}"')
        if self.open_ and hits:
            open_at(hits[0])
        return output.FOUND if hits else output.NOTHING

    def _admit(self, hits: Hits) -> None:
        """Say that nothing was found, and how near the nearest comes."""
        from semspace.ui.formats import nothing

        if sys.stderr.isatty() or sys.stdout.isatty():
            output.say(nothing(hits))

    def group(self, groups: Grouped) -> int:
        """Write hits by their topics."""
        return output.put(groups.to_dict(), groups, as_json=self.as_json or self.format_ == "json", color=self.color)

    def _draw(self, hits: Hits) -> None:
        from semspace.ui.hits import HitList, Shape

        if hits:
            output.draw(HitList(hits, Shape(self.full or self.context > 0, self.numbers, stand())), self.color)


shown = grouped(
    "show",
    Show,
    click.option(
        "-k", "--top-k", "--limit", type=click.IntRange(1), default=10, metavar="N", help="How many hits.", show_default=True
    ),
    click.option(
        "--per-document",
        type=click.IntRange(0),
        metavar="N",
        help="At most so many hits of one document; 0 is any. [1 on a terminal]",
    ),
    click.option("-l", "--files-with-matches", "files", is_flag=True, help="Only the names of files, each once."),
    click.option("-C", "--context", type=click.IntRange(0), default=0, metavar="N", help="So many lines around passages."),
    click.option("-n", "--line-number", "numbers", is_flag=True, help="Line numbers before the lines."),
    click.option("--full", is_flag=True, help="Whole passages, not their most telling lines."),
    click.option(
        "--format",
        "format_",
        type=click.Choice(FORMATS),
        default="text",
        help="paths is path:line, grep is path:line:text.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Write JSON; the same as --format json."),
    click.option("--jsonl", "as_jsonl", is_flag=True, help="Write JSON, one hit a line."),
    relative,
    opened("Open the file of the best hit in $VISUAL or $EDITOR at its line."),
    colored,
)


class Reranked(click.Command):
    """A command whose --rerank takes a name as --rerank=NAME only: the word after a bare one is the query."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give a bare --rerank an empty name."""
        end = args.index("--") if "--" in args else len(args)
        return super().parse_args(ctx, ["--rerank=" if arg == "--rerank" else arg for arg in args[:end]] + args[end:])


@dataclass(frozen=True, slots=True)
class Wish:
    """How hits are chosen."""

    rerank: bool | str
    diverse: bool
    plus: tuple[str, ...]
    without: tuple[str, ...]
    more_like: tuple[str, ...]
    less_like: tuple[str, ...]
    everything: bool
    explain: bool
    taste: str | None
    boost: tuple[str, ...]
    mute: tuple[str, ...]
    view: str | None


wished = grouped(
    "wish",
    Wish,
    click.option("--all", "everything", is_flag=True, help="Show hits even where none looks like an answer."),
    click.option(
        "--rerank",
        type=Words(),
        metavar="[=NAME]",
        callback=lambda _ctx, _param, value: value is not None and (value or True),
        help="Read the best again and order them anew: by an installed reranker, or the encoder's own tokens (=tokens).",
    ),
    click.option("--diverse", is_flag=True, help="Hits that are unlike each other."),
    click.option("--plus", multiple=True, type=Words(), metavar="TEXT", help="Add what a text means to the query."),
    click.option("--not", "without", multiple=True, type=Words(), metavar="TEXT", help="Take what a text means from it."),
    click.option("--more-like", multiple=True, metavar="#ID", help="A hit that is what you look for; may be repeated."),
    click.option("--less-like", multiple=True, metavar="#ID", help="A hit that is not."),
    click.option("--taste", metavar="NAME", help="Put answers in the order of a taste: see like."),
    click.option("--explain", is_flag=True, help="Say what speaks for each hit: meaning, words, order."),
    click.option("--boost", multiple=True, metavar="FEATURE", help="More of a feature: f12, or a word of its name."),
    click.option("--mute", multiple=True, metavar="FEATURE", help="Less of a feature; `features` lists them."),
    viewed,
)


@click.command(cls=Reranked, short_help="Find the passages that answer a query best.")
@click.argument("query", type=Words())
@click.argument("paths", type=Filed(), nargs=-1, metavar="[PATH]...")
@click.option(
    "--mode",
    type=click.Choice(MODES),
    default="hybrid",
    help="Ask by both meaning and words (hybrid), or by one.",
    show_default=True,
)
@click.option("--by-topic", is_flag=True, help="Hits under the names of their topics.")
@wished
@narrowed
@shown
@served
@asking
def search(
    query: str,
    paths: tuple[str, ...],
    mode: str,
    by_topic: bool,
    wish: Wish,
    narrow: Narrow,
    show: Show,
    serving: Serving,
    place: Place,
) -> int:
    """Find the passages that answer a query best.

    "a phrase" and +word have to be there, -word must not, begin* matches what begins so. QUERY - reads the query from
    standard input; PATH limits the search to some files and folders. Exit code 1: nothing looks like an answer.

    \b
    Examples:
      semspace search "how do I prune roses?"
      semspace search "tax return" ~/letters --since 2024 --where "lang = 'de'"
      semspace search "error handling" --include "*.py" --format grep | fzf
    """
    asked = output.read() if query == "-" else query
    if engine := serving.wanted():
        return show.write(elsewhere(engine, asked, mode, by_topic, wish, narrow, show, place, paths))
    wishes: Wishes = {**narrow.among(existing(paths)), **asdict(wish), "reasons": show.texts}  # type: ignore[typeddict-item]
    with warm.asked(place, paths) as space:
        hits = space.search(asked, show.top_k, cast("Mode", mode), narrow.where, **show.shape, **wishes)
        groups = space.by_topic(hits) if by_topic and hits else None
    return show.write(hits) if groups is None else show.group(groups)


@click.command(short_help="Find the passages nearest to a passage, a file, or some words.")
@click.argument("target", type=Filed(), required=False)
@click.option("--text", type=Words(), metavar="WORDS", help="Look near these words instead of near a target.")
@narrowed
@shown
@asking
def similar(target: str | None, text: str | None, narrow: Narrow, show: Show, place: Place) -> int:
    """Find the passages nearest to a passage, a file, or some words.

    TARGET is a passage id as search prints it ('#12', in quotes, or 12), FILE, or FILE:LINE. The target itself is left out.

    \b
    Examples:
      semspace similar 12
      semspace similar notes/roses.md:40 -k 5
      semspace similar --text "a late frost in spring" --per-document 1
    """
    if (target is None) == (text is None):
        raise click.UsageError("Give either a TARGET or --text. (In a shell, #12 needs quotes: '#12'.)")
    with warm.asked(place) as space:
        hits = space.similar(
            target, show.top_k, narrow.where, text=text, per_document=show.limit, lines=show.context, **narrow.among()
        )
    return show.write(hits)
