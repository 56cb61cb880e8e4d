"""A computation over sentences, while it lasts."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich import progress as bars
from rich.console import Console

from semspace.records.lines import Step
from semspace.ui.console import on_terminal


class StepBar:
    """A line about what is being done and how far it is. Cleared at the end, drawn on terminals only."""

    def __init__(self, console: Console) -> None:
        """Draw nothing yet."""
        columns = (
            bars.TextColumn("{task.description}", style="quiet"),
            bars.BarColumn(14),
            bars.TaskProgressColumn(style="quiet"),
            bars.TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        )
        self._bar = bars.Progress(*columns, console=console, transient=True, disable=not on_terminal(console))
        self._task: bars.TaskID | None = None
        self._what = ""

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()

    def __call__(self, now: Step) -> None:
        """Show how far it is; what is new gets a line of its own in the place of the last."""
        if self._task is None or self._what != now.what or now.done == 0:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task, self._what = self._bar.add_task(now.what, total=now.total), now.what
        self._bar.update(self._task, completed=now.done, total=now.total)
