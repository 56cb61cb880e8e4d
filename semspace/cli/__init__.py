"""Words -> one call. Each command parses, makes one call, draws one value, and returns an exit code.

Commands are imported when they are named: `semspace --help` imports none of them. The environment is read here and nowhere
below. Exit codes: 0 found, 1 nothing found, 2 error, 130 interrupted.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from importlib import import_module

import click
from click.shell_completion import CompletionItem

from semspace import __version__
from semspace.cli.output import guarded

COMMANDS = {
    "index": ("semspace.cli.index:index", "Index files and folders, or bring a space up to date."),
    "search": ("semspace.cli.search:search", "Find the passages that answer a query best."),
    "browse": ("semspace.cli.browse:browse", "Search, see and walk a space on the whole screen."),
    "similar": ("semspace.cli.search:similar", "Find the passages nearest to a passage, a file, or some words."),
    "compare": ("semspace.cli.nearness:compare", "Say how similar two texts, files or passages are."),
    "neighbors": ("semspace.cli.nearness:neighbors", "Draw the neighbourhood of a passage as a tree."),
    "map": ("semspace.cli.map:map_", "See the whole space, and how far the picture can be believed."),
    "topics": ("semspace.cli.topics:topics", "Say what the texts are about: a tree of topics."),
    "like": ("semspace.cli.directions:like", "Find texts like some texts and unlike others."),
    "axis": ("semspace.cli.directions:axis", "Lay the texts along a line between two poles."),
    "path": ("semspace.cli.directions:path", "Find the way from one text to another through others."),
    "blend": ("semspace.cli.directions:blend", "Find the texts between two texts."),
    "duplicates": ("semspace.cli.structure:duplicates", "Find texts that say the same twice."),
    "odd": ("semspace.cli.structure:odd", "Find texts that are unlike all others."),
    "central": ("semspace.cli.structure:central", "Find the texts that most others are like."),
    "bridges": ("semspace.cli.structure:bridges", "Find the texts that join topics."),
    "hubs": ("semspace.cli.structure:hubs", "Find the texts that are near to far too many others."),
    "cover": ("semspace.cli.structure:cover", "Say which questions nothing answers."),
    "health": ("semspace.cli.structure:health", "Say whether the texts of a space can be found."),
    "pairs": ("semspace.cli.sentences:pairs", "Find the pairs of lines that say the same."),
    "uniq": ("semspace.cli.sentences:uniq", "Leave out lines that say what an earlier line says."),
    "sort": ("semspace.cli.sentences:sort", "Sort lines by how similar they are to a text."),
    "join": ("semspace.cli.sentences:join", "Find the best partner of each line in another file."),
    "comm": ("semspace.cli.sentences:comm", "Compare two files of lines: what only one of them says."),
    "head": ("semspace.cli.sentences:head", "Choose the lines that differ most from each other."),
    "features": ("semspace.cli.meaning:features", "Say what the dimensions of a space mean: its features."),
    "explain": ("semspace.cli.meaning:explain", "Part a passage, or the similarity of two, into features."),
    "why": ("semspace.cli.meaning:why", "Say which words of a passage carry its similarity to a query."),
    "factors": ("semspace.cli.meaning:factors", "Show the axes along which a space varies most."),
    "drift": ("semspace.cli.changes:drift", "Say what changed between two folders, spaces, git revisions or periods."),
    "decode": ("semspace.cli.bottleneck:decode", "Say in words what a point of the space means."),
    "erase": ("semspace.cli.changes:erase", "Measure what it does to take a field out of the vectors."),
    "squeeze": ("semspace.cli.bottleneck:squeeze", "Measure how few bytes a vector of a space can do with."),
    "serve": ("semspace.cli.serving:serve", "Keep spaces open for other programs, and for faster searches."),
    "mcp": ("semspace.cli.serving:mcp", "Let an agent search spaces, by the Model Context Protocol."),
    "export": ("semspace.cli.export:export", "Write a space into files that other programs open."),
    "status": ("semspace.cli.spaces:status", "Say what a space holds, and what failed."),
    "list": ("semspace.cli.spaces:list_", "List the spaces."),
    "show": ("semspace.cli.spaces:show", "Show one passage with all that is known about it."),
    "rm": ("semspace.cli.spaces:rm", "Take files and folders out of a space."),
    "delete": ("semspace.cli.spaces:delete", "Delete a space, after asking."),
    "tune": ("semspace.cli.tuning:tune", "Choose and build the vector index that suits a space."),
    "check": ("semspace.cli.upkeep:check", "Say whether a space is what it says it is."),
    "repair": ("semspace.cli.upkeep:repair", "Mend a damaged space."),
    "forget": ("semspace.cli.upkeep:forget", "Remove texts so that no byte of them is left."),
    "compact": ("semspace.cli.upkeep:compact", "Give back the disk that removed texts have left free."),
    "doctor": ("semspace.cli.doctor:doctor", "Say whether this machine and all spaces are well."),
    "completion": ("semspace.cli.shell:completion", "Print what has a shell complete commands, options and names."),
    "man": ("semspace.cli.shell:man", "Print the manual as a page for man."),
    "models": ("semspace.cli.models:models", "List, show, add and remove encoders and rerankers."),
    "eval": ("semspace.cli.evaluation:eval_", "Measure the quality of search, and compare ways to search."),
}
"""Name -> ("module:attribute", the first sentence of its help)."""


class Program(click.Group):
    """A group that knows its commands by name, and imports one when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click gives it
        """Return the names, in the order in which a person needs them."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; say which one is near where there is none."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            close = difflib.get_close_matches(name, COMMANDS, n=2)
            did = f" Did you mean {' or '.join(close)}?" if close else ""
            raise click.UsageError(f"There is no command {name!r}.{did}", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands that begin so, without importing them; then the options."""
        found = [CompletionItem(name, help=about) for name, (_, about) in COMMANDS.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="Every command has examples: semspace search --help",
)
@click.version_option(__version__, message="%(prog)s %(version)s", help="Show the version and exit.")
def program() -> None:
    """Search the latent space of your own texts, and see it.

    \b
      semspace index ~/notes              map the texts of a folder
      semspace search "pruning roses"     ask by meaning, words, or both
      semspace similar ~/notes/roses.md   what is near this?
    """


def main(args: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code; without arguments, with those of the process."""
    return guarded(program, args)
