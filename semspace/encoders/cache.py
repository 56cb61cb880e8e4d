"""Where converted encoders live: one folder each, made in the dark and shown whole."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs

from semspace.encoders import cards
from semspace.encoders.cards import ModelCard
from semspace.errors import ConversionFailed, InvalidName, SemspaceError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def default_folder() -> Path:
    """Where encoders are kept unless the caller says otherwise."""
    return platformdirs.user_cache_path("semspace") / "models"


def folder_name(label: str) -> str:
    """Turn a hub id or the name of a folder into a plain name: `org/model` becomes `org--model`."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", label.strip("/").replace("/", "--"))
    return plain.strip(".-_")[:128] or "encoder"


def check_name(name: str) -> str:
    """Return a name that may become a folder, or raise InvalidName."""
    if not _NAME.fullmatch(name):
        raise InvalidName(
            f"{name!r} cannot be the name of an encoder.",
            hint="Use letters, digits, dots, dashes and underscores; begin with a letter or a digit.",
        )
    return name


def has(models: Path, name: str) -> bool:
    """Whether an encoder of this name was installed, whole or damaged."""
    return _NAME.fullmatch(name) is not None and (models / name / cards.CARD).is_file()


def names(models: Path) -> list[str]:
    """Names of the installed encoders, sorted."""
    if not models.is_dir():
        return []
    return sorted(path.name for path in models.iterdir() if has(models, path.name))


def intact(models: Path, name: str) -> ModelCard | None:
    """Card of an installed encoder whose files have their sizes, else None."""
    if not has(models, name):
        return None
    try:
        card = cards.read(models / name)
        cards.check_sizes(card, models / name)
    except SemspaceError:
        return None
    return card


def remove(models: Path, name: str) -> None:
    """Delete an installed encoder, whole or damaged."""
    with lock(models, name):
        _clear(models, name)
        _discard(models / name)


@contextmanager
def lock(models: Path, name: str, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the right to change one encoder; `waiting` is called once where another process has it.

    The kernel drops the lock when its holder dies, so it is never stale. Its file stays: deleting it would let two in.
    """
    import fcntl

    try:
        models.mkdir(parents=True, exist_ok=True)
        file = (models / f".{name}.lock").open("w")
    except OSError as error:
        raise _unwritable(models, name, error) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting:
                waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def workshop(models: Path, name: str) -> Iterator[Path]:
    """Give an empty folder that becomes the encoder `name` if the block ends well, and vanishes if it does not.

    The caller holds the lock.
    """
    _clear(models, name)
    folder = Path(tempfile.mkdtemp(prefix=f".{name}+new-", dir=models))
    try:
        yield folder
        _publish(folder, models / name)
    except OSError as error:
        raise _unwritable(models, name, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unwritable(models: Path, name: str, error: OSError) -> ConversionFailed:
    return ConversionFailed(
        f"The encoder {name} could not be written to {models}: {error.strerror or error}.",
        hint="Make room there, or keep the encoders elsewhere.",
    )


def _publish(folder: Path, target: Path) -> None:
    for path in folder.iterdir():
        sync(path)
    folder.chmod(0o755)
    sync(folder)
    _discard(target)
    folder.rename(target)
    sync(target.parent)


def _discard(target: Path) -> None:
    """Delete a folder so that no half of it is ever seen under its name."""
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}+old-", dir=target.parent))
        target.rename(old / target.name)
        shutil.rmtree(old, ignore_errors=True)


def _clear(models: Path, name: str) -> None:
    """Delete what a process that died left behind."""
    for path in models.glob(f".{name}+*"):  # no name holds a plus sign
        shutil.rmtree(path, ignore_errors=True)


def sync(path: Path) -> None:
    """Have the disk keep what was written to a file or a folder."""
    number = os.open(path, os.O_RDONLY)
    with suppress(OSError):  # some file systems cannot sync a folder
        os.fsync(number)
    os.close(number)
