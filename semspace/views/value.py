"""What every view gives: a value that programs, pandas, terminals and notebooks can read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

COLUMNS = 100
"""Width of what a notebook draws."""


class Value(ABC):
    """The result of a view. `seed` and all parameters that made it are among what `to_dict` gives."""

    __slots__ = ()

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return what `--json` prints: true texts, numbers, lists. Keys are never renamed."""

    @abstractmethod
    def rows(self) -> Sequence[Mapping[str, Any]]:
        """Return one row for each thing that it speaks of."""

    @abstractmethod
    def __rich__(self) -> RenderableType:
        """Return what a terminal draws; foreign texts have passed `safe_text`."""

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows as a table of pandas, which has to be installed."""
        import pandas as pd

        return pd.DataFrame(list(self.rows()))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Return what a notebook shows."""
        from io import StringIO

        from semspace.ui.console import notebook

        console = notebook(StringIO(), COLUMNS)
        console.print(self.__rich__())
        return {"text/plain": console.export_text(clear=False), "text/html": console.export_html(inline_styles=True)}
