"""What a space holds, and what it takes on disk."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from semspace.records import Stamp, Status
from semspace.settings import PARTS, Settings
from semspace.store import TEXT_PREFIX, Store


def status(folder: Path, settings: Settings, store: Store, *, look: bool) -> Status:
    """Describe a space; with `look` the stamp of every file that it knows is compared."""
    documents, passages = store.counts()
    failures = store.failures()
    return Status(
        index=folder.name,
        folder=str(folder),
        documents=documents,
        passages=passages,
        model=settings.encoder,
        fingerprint=settings.fingerprint,
        dim=settings.dim,
        index_kind=settings.index_kind,
        vector_type=settings.vector_type,
        bytes={part: sum(size(path) for name in names for path in folder.glob(name)) for part, names in PARTS.items()},
        updated=store.updated(),
        roots=tuple(root.path for root in settings.roots),
        stale=tuple(stale(store)) if look else (),
        failed=tuple(failure for failure in failures if failure.outcome == "failed"),
        skipped=tuple(failure for failure in failures if failure.outcome == "skipped"),
        text_bytes=int(store.query("SELECT coalesce(sum(length(CAST(text AS BLOB))), 0) FROM texts")[0][0]) if look else 0,
        free_bytes=store.free_bytes(),
        tuned=settings.tuned,
    )


def stale(store: Store) -> list[str]:
    """Return the files that are gone or have another stamp than when they were indexed, in order."""
    changed = []
    for path, known in store.documents().items():
        if path.startswith(TEXT_PREFIX) or known.stamp is None:
            continue
        try:
            found = Path(path).stat()
        except OSError:
            changed.append(path)
            continue
        # Size and time can be set back; the time of the change cannot.
        if Stamp(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino) != known.stamp:
            changed.append(path)
    return sorted(changed)


def size(path: Path) -> int:
    """Return the bytes of a file, or of all below a folder; 0 for what is not there, or goes while another process writes."""
    with suppress(FileNotFoundError):
        if path.is_dir():
            return sum(size(inner) for inner in path.iterdir())
        return path.stat().st_size if path.is_file() else 0
    return 0
