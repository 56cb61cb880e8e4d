"""How bash, zsh and fish are answered: as click does it, but for what goes wrong there in values and in descriptions."""

from __future__ import annotations

from click.shell_completion import BashComplete, CompletionItem, FishComplete, ShellComplete, ZshComplete, add_completion_class


class _Whole(ShellComplete):
    """A shell that replaces a word whole: the value of --option=VALUE comes with its option, which would be lost else."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Return what is offered, each with its option."""
        found = super().get_completions(args, incomplete)
        option, sign, _ = incomplete.partition("=")
        if not sign or not option.startswith("--"):
            return found
        return [CompletionItem(f"{option}={one.value}", one.type, one.help) for one in found]


class Bash(BashComplete):
    """Bash, to which `=` is a word of its own."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before, and the half typed one."""
        args, incomplete = super().get_completion_args()
        return [word for word in args if word != "="], incomplete


class Zsh(_Whole, ZshComplete):
    """Zsh."""


class Fish(_Whole, FishComplete):
    """Fish, which would end a description at its first comma."""

    source_template = FishComplete.source_template.replace('string split ","', 'string split --max 1 ","')


def register() -> None:
    """Have click answer shells so."""
    for shell in (Bash, Zsh, Fish):
        add_completion_class(shell)
