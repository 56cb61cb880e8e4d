"""Files read and encoded by many workers make the space that one process makes, whatever happens to the workers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from semspace import Space
from semspace.bulk import Bulk, check_scheduler
from semspace.errors import EngineUnreachable, InvalidInput
from semspace.records import Engine, Progress

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore")

WORDS = """cat dog mat river mountain sea rain bread oven flour star planet orbit bank money price ship sail""".split()  # noqa: SIM905


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where, random = tmp_path_factory.mktemp("texts"), np.random.default_rng(4)
    for number in range(200):
        (where / f"{number:03}.md").write_text(
            f"# Text {number}\n\n{'. '.join(' '.join(random.choice(WORDS, 5)) for _ in range(8))}.\n"
        )
    (where / "broken.docx").write_text("no Word file")
    return where


@pytest.fixture(scope="module")
def bulk() -> Iterator[Bulk]:
    with Bulk.open("local", workers=2) as one:
        yield one


Contents = dict[str, list[tuple[str, int, bytes]]]


def contents(space: Space) -> Contents:
    """Return the passages of each document, with their vectors, whatever their numbers."""
    found: Contents = {}
    ids = space._store.ids()
    vectors = space._store.vectors(ids).round(2)
    for row, vector in zip((space._store.row(int(number)) for number in ids), vectors, strict=True):
        found.setdefault(row.path, []).append((row.passage.text, row.passage.start, vector.tobytes()))
    return {path: sorted(passages) for path, passages in found.items()}


@pytest.fixture(scope="module")
def expected(folder: Path, tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Contents:
    with Space.create("alone", "tiny", home=tmp_path_factory.mktemp("home"), models=tiny_models) as space:
        space.index([folder])
        return contents(space)


@pytest.fixture
def space(tiny_models: Path, tmp_path: Path) -> Iterator[Space]:
    with Space.create("many", "tiny", home=tmp_path, models=tiny_models) as one:
        yield one


def test_many_workers_make_what_one_process_makes(space: Space, bulk: Bulk, folder: Path, expected: object) -> None:
    space.spread(bulk)
    report = space.index([folder])
    assert contents(space) == expected
    assert report.read == 200
    assert report.encoded == report.passages == len(space)
    assert [Path(failure.path).name for failure in report.failed] == ["broken.docx"]
    again = space.index()
    assert (again.read, again.encoded, again.unchanged) == (0, 0, 200)


def test_a_worker_that_is_killed_costs_its_batch_and_nothing_else(space: Space, folder: Path, expected: object) -> None:
    killed: list[int] = []
    with Bulk.open("local", workers=2) as bulk:
        pids = [*bulk.client.run(os.getpid).values()]

        def kill(progress: Progress) -> None:
            if progress.encoded and not killed:
                killed.append(pids[0])
                os.kill(pids[0], signal.SIGKILL)

        space.spread(bulk)
        report = space.index([folder], progress=kill)
    assert killed
    assert contents(space) == expected
    assert len(report.failed) == 1


def test_a_run_that_was_interrupted_goes_on_where_it_was(space: Space, bulk: Bulk, folder: Path, expected: object) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.encoded:
            raise KeyboardInterrupt

    space.spread(bulk)
    first = space.index([folder], progress=interrupt)
    assert first.interrupted
    done = len(space)
    assert done > 0
    second = space.index()
    assert second.encoded == len(space) - done
    assert second.unchanged == first.read
    assert contents(space) == expected


class Poisoned(distributed.WorkerPlugin):  # type: ignore[misc, name-defined]
    """Has every worker, also one that is started later, end at a file of a certain name."""

    def setup(self, worker: object) -> None:
        from semspace.readers import Reader

        load = Reader.load

        def poisoned(self: Reader, path: str, **options: int) -> object:
            if path.endswith("poison.md"):
                os._exit(3)
            return load(self, path, **options)

        Reader.load = poisoned  # type: ignore[method-assign, assignment]


def test_a_file_that_ends_every_worker_is_set_aside_with_its_reason(
    space: Space, folder: Path, tmp_path: Path, expected: dict[str, object]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "poison.md").write_text("A cat on a mat.")
    with Bulk.open("local", workers=2) as bulk:
        bulk.client.register_plugin(Poisoned())
        space.spread(bulk)
        report = space.index([copy])
    assert len(contents(space)) == len(expected)
    reasons = {Path(failure.path).name: failure.reason for failure in report.failed}
    assert "ends the process" in reasons["poison.md"]
    assert set(reasons) == {"poison.md", "broken.docx"}
    space.spread(None)
    assert space.index().read == 0  # it is not tried again until it changes
    (copy / "poison.md").write_text("A dog on a mat.")
    assert space.index().read == 1


def test_a_scheduler_without_workers_is_an_error_in_time(space: Space, folder: Path) -> None:
    nobody = {"n_workers": 0, "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with distributed.LocalCluster(**nobody) as cluster, Bulk.open(cluster.scheduler_address) as bulk:
        bulk.patience = 1.0
        space.spread(bulk)
        with pytest.raises(EngineUnreachable, match="no workers"):
            space.index([folder])
    assert len(space) == 0


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        ("local", True),
        ("tls://search.example:8786", True),
        ("tcp://127.0.0.1:8786", True),
        ("tcp://[::1]:8786", True),
        ("tcp://localhost:8786", True),
        ("tcp://10.0.0.1:8786", False),
        ("tcp://localhost.evil.example:8786", False),
        ("127.0.0.1:8786", False),
        ("ws://search.example", False),
    ],
)
def test_nobody_else_may_run_programs_on_the_workers(address: str, fits: bool) -> None:
    if fits:
        check_scheduler(address)
    else:
        with pytest.raises(InvalidInput, match="TLS"):
            check_scheduler(address)
    check_scheduler(address, insecure=True)


def test_a_scheduler_is_reached_by_tls(space: Space, folder: Path, tmp_path: Path, expected: object) -> None:
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl to make a certificate with")
    keys = tmp_path / "keys"
    keys.mkdir()
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", keys / "key.pem", "-out", keys / "cert.pem"]
    subprocess.run([*make, "-days", "2", "-subj", "/CN=localhost"], check=True, capture_output=True)
    shutil.copy(keys / "cert.pem", keys / "ca.pem")
    names = {"ca_file": "ca.pem", "scheduler_cert": "cert.pem", "worker_cert": "cert.pem", "client_cert": "cert.pem"}
    names |= {f"{role}_key": "key.pem" for role in ("scheduler", "worker", "client")}
    security = distributed.Security(
        require_encryption=True, **{f"tls_{name}": str(keys / file) for name, file in names.items()}
    )
    options = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "threads_per_worker": 1, "n_workers": 1}
    with (
        distributed.LocalCluster(security=security, protocol="tls://", **options) as cluster,
        Bulk.open(cluster.scheduler_address, tls=keys) as bulk,
    ):
        assert cluster.scheduler_address.startswith("tls://")
        space.spread(bulk)
        space.index([folder])
    assert contents(space) == expected


def test_two_workers_fill_a_real_server_though_one_is_killed(
    space: Space, folder: Path, expected: Contents, milvus_server: str, tiny_models: Path, tmp_path: Path
) -> None:
    killed: list[int] = []
    with Bulk.open("local", workers=2) as bulk:
        pids = [*bulk.client.run(os.getpid).values()]

        def kill(progress: Progress) -> None:
            if progress.encoded and not killed:
                killed.append(pids[0])
                os.kill(pids[0], signal.SIGKILL)

        space.engage(Engine(milvus_server, "bulk"))
        space.spread(bulk)
        space.index([folder], progress=kill)
    assert killed
    assert contents(space) == expected
    status = space.engine_status()
    assert status is not None
    assert status.passages == len(space)
    with Space.create("exact", "tiny", home=tmp_path / "exact", models=tiny_models) as exact:
        exact.index([folder])
        same = 0
        for number in range(30):
            query = " ".join(np.random.default_rng(number).choice(WORDS, 4))
            one, other = (s.search(query, 10, "semantic", everything=True) for s in (exact, space))
            same += len({(hit.path, hit.start_line) for hit in one} & {(hit.path, hit.start_line) for hit in other})
    assert same >= 0.99 * 300
