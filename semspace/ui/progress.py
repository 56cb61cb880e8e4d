"""A run of `index`, while it lasts."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich import progress as bars
from rich.console import Console
from rich.text import Text

from semspace.records import Progress
from semspace.ui.console import on_terminal


class ProgressBar:
    """A line about a run: files done, passages a second, time left. Cleared at the end, drawn on terminals only."""

    def __init__(self, console: Console) -> None:
        """Draw nothing yet."""
        columns = (bars.TextColumn("indexing", style="quiet"), bars.BarColumn(14), _Figures())
        self._bar = bars.Progress(*columns, console=console, transient=True, disable=not on_terminal(console))
        self._task = self._bar.add_task("index", total=None, line="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()

    def __call__(self, now: Progress) -> None:
        """Show how far the run is."""
        whole = expected(now)
        done, total = (now.encoded, whole) if whole else (now.files, now.total)
        self._bar.update(self._task, completed=done, total=total, line=figures(now))


class _Figures(bars.ProgressColumn):
    def render(self, task: bars.Task) -> Text:
        return Text(str(task.fields["line"]), "quiet")


def figures(now: Progress) -> str:
    """Return files read, passages a second, and the time left at this pace."""
    rate = now.encoded / now.seconds if now.seconds > 0 else 0.0
    left = (expected(now) - now.encoded) / rate if rate else None
    eta = "" if left is None else f" · {_clock(left)} left"
    return f"{now.files:,}/{now.total:,} files · {now.encoded:,} passages ({rate:,.0f}/s){eta}"


def expected(now: Progress) -> float:
    """Return the passages to encode in all, if the files not read yet hold as many as the others."""
    return (now.encoded + now.pending) * now.total / now.files if now.files else 0.0


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
