"""The child process: what goes wrong in it costs one file."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import office_samples as sample
import pytest

from semspace.errors import UnreadableFile
from semspace.readers import CHILD_READERS, TEXT_READERS, Reader, kinds

HOSTILE = """
import os, signal, sys, time, resource
from semspace.readers import worker, limits
real = worker._read
def read(kind, path, data):
    if b"hang" in data: time.sleep(60)
    if b"spin" in data:
        while True: pass
    if b"die" in data: os.kill(os.getpid(), signal.SIGSEGV)
    if b"abort" in data: os.abort()
    if b"leave" in data: os._exit(0)
    if b"babble" in data: os.write(1, b"noise from a parser")
    if b"memory" in data: bytearray(3 * 2**30)
    if b"deep" in data: read(kind, path, data)
    if b"file" in data: os.write(os.open(data.split()[-1], os.O_CREAT | os.O_WRONLY), b"x")
    if b"network" in data:
        import socket
        socket.create_connection(("127.0.0.1", int(data.split()[-1])), timeout=1)
    if b"raise" in data: raise KeyError("x")
    return real(kind, path, data)
worker._read = read
worker.main()
"""


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[Reader]:
    with Reader(worker=(sys.executable, "-P", "-c", HOSTILE)) as opened:
        yield opened


def parse(reader: Reader, folder: Path, words: str, timeout: float = 20) -> str:
    path = folder / "page.html"
    path.write_text(words)
    return reader.read(str(path), timeout=timeout).document.text


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("die", "the parser crashed (SIGSEGV)"),
        ("abort", "the parser ran out of memory or gave up"),
        ("leave", "the parser did not answer"),
        ("memory", "needs too much memory"),
        ("deep", "nested too deeply"),
        ("raise", "the parser failed (KeyError)"),
    ],
)
def test_a_file_that_breaks_its_parser_costs_only_itself(hostile: Reader, tmp_path: Path, words: str, reason: str) -> None:
    assert parse(hostile, tmp_path, "before") == "before"
    with pytest.raises(UnreadableFile) as error:
        parse(hostile, tmp_path, words)
    assert error.value.message == reason
    assert parse(hostile, tmp_path, "after") == "after"


def test_a_parser_cannot_write_files(hostile: Reader, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"the parser failed \((OSError|PermissionError)\)"):
        parse(hostile, tmp_path, f"file {tmp_path}/new")
    assert not (tmp_path / "new").exists() or (tmp_path / "new").stat().st_size == 0


@pytest.mark.parametrize("words", ["hang", "spin"])
def test_a_file_that_takes_too_long_costs_only_its_time(hostile: Reader, tmp_path: Path, words: str) -> None:
    start = time.monotonic()
    with pytest.raises(UnreadableFile) as error:
        parse(hostile, tmp_path, words, timeout=1)
    assert error.value.message == "took longer than 1 s"
    assert time.monotonic() - start < 5
    assert parse(hostile, tmp_path, "after") == "after"


def test_a_child_that_does_not_even_read_its_file_is_given_up(tmp_path: Path) -> None:
    sleeper = (sys.executable, "-c", "import time; time.sleep(60)")
    with Reader(worker=sleeper) as reader, pytest.raises(UnreadableFile, match="took longer than 1 s"):
        parse(reader, tmp_path, "words " * 200_000, timeout=1)


def test_a_worker_that_is_not_there_is_an_unreadable_file(tmp_path: Path) -> None:
    missing = ("/nonexistent/worker",)
    with Reader(worker=missing) as reader, pytest.raises(UnreadableFile, match="the parser could not be started"):
        parse(reader, tmp_path, "words")


def test_what_a_parser_prints_is_no_part_of_its_answer(
    hostile: Reader, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert parse(hostile, tmp_path, "babble") == "babble"
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can take the network away")
def test_the_child_reaches_no_network_where_the_kernel_can_see_to_that(hostile: Reader, tmp_path: Path) -> None:
    import socket

    allowed = subprocess.run(["unshare", "-Un", "true"], capture_output=True, check=False)
    if allowed.returncode:
        pytest.skip("this kernel grants no network namespaces")
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(UnreadableFile, match="the parser failed"):
        parse(hostile, tmp_path, f"network {server.getsockname()[1]}")


def test_one_child_serves_many_files_and_ends_with_its_reader(tmp_path: Path) -> None:
    with Reader() as reader:
        parse(reader, tmp_path, "one")
        first = reader._extraction._process
        assert first is not None
        parse(reader, tmp_path, "two")
        assert reader._extraction._process is first
        assert os.getpgid(first.pid) != os.getpgid(0), "Ctrl-C must not reach the child"
    assert first.poll() is not None


def test_text_needs_no_child(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Words\n")
    with Reader() as reader:
        reader.read(str(tmp_path / "a.md"))
        assert reader._extraction._process is None


def test_the_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("words")
    script = (
        "import os, sys; from semspace.readers import Reader; reader = Reader(); reader.read(sys.argv[1]); "
        "print(reader._extraction._process.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "page.html")], capture_output=True, text=True, check=False
    )
    child = int(done.stdout)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and Path(f"/proc/{child}").exists():
        state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        if state == "Z":
            break
        time.sleep(0.02)
    else:
        assert not Path(f"/proc/{child}").exists()


def test_threads_may_share_a_reader(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(sample.pdf(["Anchors hold"]))
    (tmp_path / "b.html").write_text("Boats float")
    texts: list[str] = []
    with Reader() as reader:

        def read(name: str) -> None:
            texts.extend(reader.read(str(tmp_path / name)).document.text for _ in range(10))

        threads = [threading.Thread(target=read, args=(name,)) for name in ("a.pdf", "b.html") * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(texts) == ["Anchors hold"] * 20 + ["Boats float"] * 20


def test_reading_leaves_nothing_on_the_disk(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    files = {"a.pdf": sample.pdf(["x"]), "a.docx": sample.docx([("Normal", "x")]), "a.pptx": sample.pptx([["x"]])}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    script = "import sys\nfrom semspace.readers import Reader\nwith Reader() as r:\n    [r.read(p) for p in sys.argv[1:]]"
    environment = {"HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.defpath}
    subprocess.run([sys.executable, "-B", "-c", script, *(str(tmp_path / name) for name in files)], check=True, env=environment)
    assert list(home.rglob("*")) == []


def test_every_kind_has_a_reader_that_is_there() -> None:
    from importlib import import_module

    assert set(kinds()) >= {"markdown", "pdf", "docx"}
    for place in (*TEXT_READERS.values(), *CHILD_READERS.values()):
        module, _, function = place.partition(":")
        assert callable(getattr(import_module(module), function))


def test_importing_the_room_and_walking_load_no_parser() -> None:
    script = "import sys\nfrom semspace.readers import walk, Reader\nReader()\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"kreuzberg", "pypdfium2", "selectolax", "chardet", "yaml", "email", "striprtf", "numpy", "torch"}
    assert not heavy & set(loaded)
