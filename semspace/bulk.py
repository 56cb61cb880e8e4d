"""Reading, cutting and encoding files on many processes or machines, by Dask's scheduler.

The store is the ledger: a batch that comes back is one transaction, so that whatever ends, ends between batches, and the next
run does the rest. What a batch holds does not depend on who makes it or how often: delivered twice, it is there once.
"""

from __future__ import annotations

import ipaddress
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from semspace.arrays import check
from semspace.chunking import Chunker
from semspace.encoders import Encoder, load
from semspace.errors import EncoderMismatch, EngineUnreachable, InvalidInput, MissingDependency, ModelNotFound, SemspaceError
from semspace.intake import Cut, Encoded, Intake, Missed, Outcome, Task
from semspace.readers import Reader
from semspace.records import Failure

FILES = 32
BYTES = 2_000_000
"""Of a batch, whichever comes first: a worker that is killed costs no more."""

AHEAD = 3
"""Batches for each worker that are under way or wait for the store."""

LOOK = 0.5
PATIENCE = 30.0
"""Seconds without a scheduler or a worker, after which the run ends."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker has to know: the encoder by name and fingerprint, what is boilerplate, and how documents are made."""

    model: str
    fingerprint: str
    models: str | None
    known: frozenset[int]
    recipe: str


@lru_cache(maxsize=1)
def _opened(model: str, fingerprint: str, models: str | None) -> tuple[Encoder, Chunker]:
    """Open the encoder of a job: once for each worker."""
    encoder = load(model, models=Path(models) if models else None, bulk=True)
    if encoder.fingerprint != fingerprint:
        raise EncoderMismatch(f"A worker has another encoder by the name of {model}.", "Install the same one on every machine.")
    return encoder, Chunker(encoder.tokenizer_json, encoder.capacity("passage"))


KILLED = "KilledWorker"
"""What Dask raises for a task at whose worker something ended it more often than is allowed."""


def work(job: Job, tasks: Sequence[Task]) -> list[Outcome]:
    """Read, cut and encode some files, on a worker."""
    encoder, chunker = _opened(job.model, job.fingerprint, job.models)
    intake = Intake(chunker, known=job.known)
    with Reader() as reader:
        outcomes = [intake.read(reader, task) for task in tasks]
    texts = {h: p.encoded for cut in outcomes if isinstance(cut, Cut) for h, p in zip(cut.hashes, cut.passages, strict=True)}
    vectors = dict(zip(texts, check(encoder.encode([*texts.values()], "passage"), encoder.dim), strict=True)) if texts else {}
    return [
        Encoded(one, {text_hash: vectors[text_hash] for text_hash in one.hashes}) if isinstance(one, Cut) else one
        for one in outcomes
    ]


def check_scheduler(address: str, *, insecure: bool = False) -> None:
    """Raise InvalidInput where anybody on the way could run code on the workers."""
    parts = urlsplit(address)
    if address == "local" or parts.scheme == "tls" or insecure:
        return
    try:
        near = ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        near = parts.hostname == "localhost"
    if parts.scheme != "tcp" or not near:
        raise InvalidInput(
            f"{address} is neither this machine nor TLS: whoever reaches it can run programs there.",
            "Use tls://HOST:PORT with --tls, or insist: --insecure-scheduler",
        )


@dataclass(slots=True)
class _Run:
    """Batches that wait, and those that are under way, by their futures.

    `suspects` are files on whose worker something ended it: it is held against all that waits there. They are `tried` last,
    one by one, with nothing beside them.
    """

    waiting: deque[tuple[Task, ...]]
    running: dict[Any, tuple[Task, ...]] = field(default_factory=dict)
    suspects: deque[tuple[Task, ...]] = field(default_factory=deque)
    tried: set[str] = field(default_factory=set)
    workers: int = 0
    idle: float = 0.0


class Bulk:
    """A scheduler with its workers. Close it, or use it as a context manager."""

    def __init__(self, client: Any, cluster: Any, address: str, patience: float = PATIENCE) -> None:
        self.client = client
        self._cluster = cluster
        self._address = address
        self.patience = patience

    @classmethod
    def open(cls, address: str, *, workers: int | None = None, tls: Path | None = None, insecure: bool = False) -> Self:
        """Connect to a scheduler, or start workers on this machine ("local"). `tls` holds ca.pem, cert.pem and key.pem.

        Raises InvalidInput, MissingDependency, EngineUnreachable.
        """
        check_scheduler(address, insecure=insecure)
        try:
            import dask
            from distributed import Client, LocalCluster
            from distributed.security import Security
        except ImportError as error:
            raise MissingDependency("Many workers need the package distributed.", "pip install 'semspace[bulk]'") from error
        try:
            if address == "local":
                # A file that ends its worker is to end few of them.
                dask.config.set({"distributed.scheduler.allowed-failures": 1})
                options: dict[str, Any] = {"threads_per_worker": 1, "processes": True, "host": "127.0.0.1"}
                # No dashboard, for anybody on this machine could look; and no name of a port that others may have.
                options |= {"dashboard_address": "127.0.0.1:0", "scheduler_kwargs": {"dashboard": False}}
                cluster = LocalCluster(n_workers=workers, silence_logs=50, **options)
                return cls(Client(cluster), cluster, address)
            files = ("ca.pem", "cert.pem", "key.pem")
            names = dict(zip(("tls_ca_file", "tls_client_cert", "tls_client_key"), files, strict=True))
            keys = {name: str(tls / file) for name, file in names.items()} if tls else {}
            security = Security(require_encryption=True, **keys) if address.startswith("tls:") else None
            return cls(Client(address, security=security, timeout=PATIENCE), None, address)
        except (OSError, TimeoutError, ValueError) as error:
            raise EngineUnreachable(f"There is no scheduler at {address}: {error}.", "dask scheduler starts one.") from error

    def close(self) -> None:
        """Let go of the scheduler, and end the workers that were started here."""
        for part in (self.client, self._cluster):
            if part is not None:
                part.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def outcomes(self, job: Job, tasks: Sequence[Task]) -> Iterator[Outcome | None]:
        """Have files read, cut and encoded; what ends its worker, alone in a batch, is set aside with its reason."""
        run = _Run(deque(batches(tasks)))
        try:
            while run.waiting or run.running or run.suspects:
                self._fill(run, job)
                done = self._finished(run)
                if not done:
                    yield None
                for future in done:
                    yield from self._taken(run, future, job.recipe)
        finally:
            self.client.cancel(list(run.running))

    def _fill(self, run: _Run, job: Job) -> None:
        run.workers = len(self.client.scheduler_info(n_workers=-1)["workers"]) if self._alive() else 0
        room = AHEAD * run.workers
        while run.waiting and len(run.running) < room:
            batch = run.waiting.popleft()
            run.running[self.client.submit(work, job, batch, key=_key(job, batch), pure=False)] = batch
        if run.suspects and run.workers and not run.running:
            batch = run.suspects.popleft()
            run.tried.add(batch[0].file.path)
            run.running[self.client.submit(work, job, batch, key=f"{_key(job, batch)}-alone", pure=False)] = batch

    def _alive(self) -> bool:
        return str(self.client.status) == "running"

    def _finished(self, run: _Run) -> list[Any]:
        from distributed import wait
        from distributed.client import FuturesCancelledError

        try:
            found = list(wait(list(run.running), timeout=LOOK, return_when="FIRST_COMPLETED").done) if run.running else []
        except TimeoutError:
            found = []
        except FuturesCancelledError:
            # The scheduler went, and what it knew with it.
            found = [future for future in run.running if future.status == "cancelled"]
        if not found and not run.workers:
            time.sleep(LOOK)
        run.idle = 0.0 if run.workers else run.idle + LOOK
        if run.idle > self.patience or str(self.client.status) == "closed":
            said = "has no workers" if self._alive() else "is gone"
            raise EngineUnreachable(f"The scheduler at {self._address} {said}.", "What is done is kept: index again.")
        return found

    def _taken(self, run: _Run, future: Any, recipe: str) -> Iterator[Outcome]:
        batch = run.running.pop(future)
        if future.status == "cancelled":
            # Whoever comes next does the batch.
            run.waiting.append(batch)
            return
        error = future.exception()
        if error is None:
            yield from future.result()
        elif isinstance(error, (EncoderMismatch, ModelNotFound, MissingDependency)):
            raise error
        elif len(batch) > 1:
            run.waiting.extend((batch[: len(batch) // 2], batch[len(batch) // 2 :]))
        elif type(error).__name__ == KILLED and batch[0].file.path not in run.tried:
            run.suspects.append(batch)
        else:
            yield Missed(Failure(batch[0].file.path, "failed", _reason(error)), batch[0].file.stamp, recipe)
        future.release()


def batches(tasks: Sequence[Task]) -> Iterator[tuple[Task, ...]]:
    """Cut files into batches, the same for the same files."""
    part: list[Task] = []
    size = 0
    for task in tasks:
        part.append(task)
        size += task.file.stamp.size if task.file.stamp else 0
        if len(part) == FILES or size > BYTES:
            yield tuple(part)
            part, size = [], 0
    if part:
        yield tuple(part)


def _key(job: Job, batch: Sequence[Task]) -> str:
    """Return what names a batch whoever asks for it: its files as they are, and the encoder."""
    said = repr((job.fingerprint, job.recipe, [(task.file.path, task.file.stamp) for task in batch]))
    return f"semspace-{blake2b(said.encode('utf-8', 'surrogatepass'), digest_size=12).hexdigest()}"


def _reason(error: BaseException) -> str:
    if type(error).__name__ == KILLED:
        return "it ends the process that reads or encodes it"
    return str(error) if isinstance(error, SemspaceError) else f"{type(error).__name__}: {str(error)[:200]}"
