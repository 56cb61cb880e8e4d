"""The full-screen application: type, see, walk, choose. Textual is imported by its modules, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semspace.space import Space
    from semspace.ui.paths import Stand


def browse(
    space: Space,
    another: Callable[[], Space],
    query: str = "",
    *,
    stand: Stand,
    editor: str = "vi",
    remember: bool = True,
) -> None:
    """Show a space until its owner leaves. `another` opens the same space once more, for what takes long.

    `remember` keeps what is asked with the space, for the next time.
    """
    from semspace.browse.app import Browser
    from semspace.browse.session import Session

    session = Session(space, another, remember=remember)
    try:
        Browser(session, query, stand, editor).run()
    finally:
        session.close()
