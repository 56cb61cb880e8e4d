"""The command line asks whoever has a space open, and answers byte for byte the same without."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from semspace import Space, settings
from semspace.bench.faults.served import TEXTS, space
from semspace.cli import main
from semspace.records import Root
from semspace.server import client, wire
from semspace.server.wire import SOCKET

IMPORTED = """
import json, sys
from semspace.cli import main
code = main(sys.argv[1:])
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
sys.exit(code)
"""
TOOK = re.compile(rb'"took_ms": [0-9.]+')

Say = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory, encoders_here: Path) -> tuple[Path, Path]:
    """Make a space of texts and of files, and give its folder and theirs."""
    base = tmp_path_factory.mktemp("warm")
    home, files = base / "home", base / "files"
    files.mkdir()
    (files / "bread.txt").write_text("The oven of the bank.\n\nBread and flour, no rain.\n")
    (files / "odd \udcff name.txt").write_text("A ship and a sail in the winter wind.\n")
    folder = space(home, encoders_here, "mine", TEXTS)
    with Space.open(folder, models=encoders_here) as own:
        own.index([files])
    return folder, files


@pytest.fixture
def files(original: tuple[Path, Path]) -> Path:
    return original[1]


@pytest.fixture
def mine(tmp_path: Path, original: tuple[Path, Path]) -> Path:
    """Give the folder of a space of its own, alone in its home."""
    folder = tmp_path / "home" / "mine"
    folder.parent.mkdir()
    shutil.copytree(original[0], folder)
    return folder


@pytest.fixture
def say(mine: Path, encoders_here: Path, files: Path) -> Say:
    """Run the program as a process of its own, in the folder of files."""
    environment = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "FORCE_COLOR", "SEMSPACE_TOKEN"}}
    environment |= {"SEMSPACE_HOME": str(mine.parent), "SEMSPACE_MODELS": str(encoders_here), "COLUMNS": "80"}

    def run(*words: str, code: str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        start = ["-c", code] if code else ["-m", "semspace"]
        command = [sys.executable, *start, *words]
        return subprocess.run(
            command, cwd=files, env=environment | more, capture_output=True, text=True, check=False, timeout=60,
            errors="surrogateescape",
        )  # fmt: skip

    return run


Tell = Callable[..., tuple[int, bytes, bytes]]


@pytest.fixture
def tell(
    mine: Path, encoders_here: Path, files: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Tell:
    """Run the program in this process, and return what it wrote; times are not compared."""
    for name, value in {"SEMSPACE_HOME": str(mine.parent), "SEMSPACE_MODELS": str(encoders_here), "COLUMNS": "80"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(files)

    def run(*words: str) -> tuple[int, bytes, bytes]:
        capsysbinary.readouterr()
        code = main(words)
        written = capsysbinary.readouterr()
        return code, TOOK.sub(b'"took_ms": 0', written.out), written.err

    return run


@contextmanager
def background(say: Say) -> Iterator[int]:
    told = say("serve", "mine", "--background")
    assert told.returncode == 0, told.stderr
    process = client.server_of(Path(json.loads(say("status", "--json", "--index", "mine").stdout)["folder"]))
    assert process
    try:
        yield process
    finally:
        say("serve", "mine", "--stop")


QUESTIONS = [
    ["search", "bread oven", "--json", "--index", "mine"],
    ["search", "bread oven", "--all", "--jsonl", "--explain"],
    ["search", "winter wind", "--all"],
    ["search", "winter wind", "--all", "--color", "always", "-C", "1", "-n"],
    ["search", "winter wind", "--all", "--format", "grep", "--relative"],
    ["search", "winter wind", ".", "--all", "-l"],
    ["search", "the bank", "--all", "--mode", "lexical", "--since", "1d", "--where", "language exists", "--json"],
    ["search", "river", "--plus", "sea", "--not", "bread", "--diverse", "--all", "--json", "--per-document", "1"],
    ["search", "nonsense xyzzy", "--json"],
    ["search", "bread", "--rerank=tokens", "--json"],
    ["search", "bread", "--where", "("],
    ["search", "bread", "--more-like", "#1", "--less-like", "#999", "--json"],
    ["search", "...", "--json"],
    ["search", "bread", "--view", "none", "--json"],
    ["search", "bread", "--by-topic", "--json"],
    ["similar", "1", "--json"],
    ["similar", "--text", "bread and a river", "--json"],
    ["similar", "bread.txt", "--json"],
    ["similar", "#999"],
    ["neighbors", "1"],
    ["neighbors", "#2", "-k", "2", "--depth", "3", "--json"],
    ["neighbors", "#999"],
]  # fmt: skip


def test_the_answers_are_the_same_byte_for_byte_with_a_server_and_without(
    say: Say, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = [tell(*words) for words in QUESTIONS]
    answered = []
    ask = client.ask
    monkeypatch.setattr(client, "ask", lambda *asked: answered.append(ask(*asked)) or answered[-1])
    with background(say):
        together = [tell(*words) for words in QUESTIONS]
    # All but what is near a file was asked, and all but what is wrong was answered.
    assert (len(answered), sum("declined" not in (one or {}) for one in answered)) == (len(QUESTIONS) - 1, 14)
    for words, one, other in zip(QUESTIONS, alone, together, strict=True):
        assert one == other, words
    assert {code for code, _, _ in alone} == {0, 1, 2}


def test_a_search_that_is_served_imports_nothing_heavy(say: Say) -> None:
    heavy = {"numpy", "faiss", "onnxruntime", "tantivy", "tokenizers", "scipy", "asyncio", "ssl", "sqlite_utils"}
    words = ["search", "bread oven", "--all", "--json"]
    assert "numpy" in json.loads(say(*words, code=IMPORTED).stderr)
    with background(say):
        served = say(*words, code=IMPORTED)
        assert served.returncode == 0
        assert heavy & set(json.loads(served.stderr)) == set()
        assert heavy & set(json.loads(say("search", "bread oven", "--all", code=IMPORTED).stderr)) == set()
        # An answer that nothing is found is an answer: nobody looks once more.
        for nothing in (["search", "xyzzy", "--mode", "lexical"], ["similar", "#1", "--include", "*.none"]):
            found = say(*nothing, "--json", code=IMPORTED)
            assert (found.returncode, heavy & set(json.loads(found.stderr))) == (1, set())


def test_what_is_indexed_meanwhile_is_found(say: Say, files: Path) -> None:
    with background(say):
        assert say("search", "copper planet", "--mode", "lexical", "--json").returncode == 0
        (files / "new.txt").write_text("A passage about a letter and the market of silver.\n")
        assert say("index").returncode == 0
        found = json.loads(say("search", "market of silver", "--all", "--mode", "lexical", "--json").stdout)
        assert found["hits"][0]["path"].endswith("new.txt")


def test_a_space_that_is_deleted_and_made_again_is_not_answered_for_by_the_old_one(say: Say, mine: Path) -> None:
    with background(say) as process:
        assert say("delete", "mine", "--yes").returncode == 0
        assert not mine.exists()
        until = time.monotonic() + 15
        while Path(f"/proc/{process}").exists() and time.monotonic() < until:
            time.sleep(0.1)
        assert not Path(f"/proc/{process}").exists()
    assert say("search", "bread", "--index", "mine").returncode == 2


def test_a_store_that_is_replaced_under_a_server_is_opened_anew(say: Say, mine: Path, encoders_here: Path) -> None:
    space(mine.parent / "elsewhere", encoders_here, "mine", {"new": "The doctor of the market."})
    with background(say):
        assert (
            json.loads(say("search", "doctor market", "--all", "--json", "--index", "mine").stdout)["hits"][0]["key"]
            == "school"
        )
        for name in ("store.db-wal", "store.db-shm", "vectors.faiss"):
            (mine / name).unlink(missing_ok=True)
        shutil.rmtree(mine / "lexical")
        (mine.parent / "elsewhere" / "mine" / "store.db").replace(mine / "store.db")
        assert (
            json.loads(say("search", "doctor market", "--all", "--json", "--index", "mine").stdout)["hits"][0]["key"] == "new"
        )


def test_a_second_server_says_who_was_first_and_stop_says_when_nobody_is(say: Say, mine: Path) -> None:
    with background(say) as process:
        again = say("serve", "mine", "--background")
        assert (again.returncode, str(process) in again.stderr) == (2, True)
    assert say("serve", "mine", "--stop").returncode == 1
    assert list(mine.glob("server.*")) == []


def test_a_server_that_was_killed_leaves_a_socket_that_nobody_minds(say: Say, mine: Path) -> None:
    right = say("search", "bread", "--all", "--format", "paths").stdout
    with background(say) as process:
        os.kill(process, signal.SIGKILL)
        until = time.monotonic() + 5
        while client.server_of(mine) and time.monotonic() < until:
            time.sleep(0.02)
        assert (mine / SOCKET).exists()
        assert say("search", "bread", "--all", "--format", "paths").stdout == right
        with background(say):
            assert say("search", "bread", "--all", "--format", "paths").stdout == right


def test_a_server_that_hangs_is_not_waited_for_and_can_be_stopped(say: Say, mine: Path) -> None:
    right = say("search", "bread", "--all", "--format", "paths").stdout
    with background(say) as process:
        os.kill(process, signal.SIGSTOP)
        started = time.monotonic()
        assert say("search", "bread", "--all", "--format", "paths").stdout == right
        assert client.ask(mine, {"verb": "hello"}) is None
        assert time.monotonic() - started < 20
        os.kill(process, signal.SIGCONT)


def test_a_server_of_another_version_or_with_other_models_is_not_asked(say: Say, mine: Path, tmp_path: Path) -> None:
    with background(say):
        terms = wire.Terms.of("auto", None).plain()
        call = {"query": "bread", "k": 1, "mode": "hybrid", "where": None}
        asked = {"verb": "search", "call": call, "named": True}
        assert client.ask(mine, {**asked, "terms": terms}) == {"declined": "other terms"}
        assert client.ask(mine, {**asked, "terms": [*terms[:3], "0.0.0", *terms[4:]]}) == {"declined": "other terms"}
        wrong = say("search", "bread", SEMSPACE_MODELS=str(tmp_path))
        assert wrong.returncode == 2


ANSWERS = {
    "nothing": b"",
    "no greeting": b"hello\n",
    "a greeting alone": wire.GREETING,
    "no JSON": wire.GREETING + b"{{{\n",
    "another JSON": wire.GREETING + b"[1, 2]\n",
    "half an answer": wire.GREETING + b'{"hits": [',
    "hits that are none": wire.GREETING + b'{"hits": [{"rank": 1}], "nearest": null}\n',
    "hits of other types": wire.GREETING + b'{"hits": 3, "nearest": null}\n',
    "depth": wire.GREETING + b"[" * 200_000 + b"\n",
    "no end": wire.GREETING + b"x" * 300_000,
}


@pytest.mark.parametrize("name", ANSWERS)
def test_whatever_answers_at_the_socket_a_search_is_answered(name: str, tell: Tell, mine: Path) -> None:
    right = tell("search", "bread", "--all", "--format", "paths")
    with socket.socket(socket.AF_UNIX) as link:
        os.fchmod(link.fileno(), 0o600)
        link.bind(str(mine / SOCKET))
        link.listen()
        link.settimeout(30)

        def serve() -> None:
            with link.accept()[0] as one:
                try:
                    one.sendall(ANSWERS[name])
                    one.recv(1 << 16)
                    time.sleep(0.5 if name == "a greeting alone" else 0)
                except OSError:
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        assert tell("search", "bread", "--all", "--format", "paths") == right
        thread.join()


@pytest.mark.parametrize("kind", ["link", "file", "pipe", "open to others", "another user's"])
def test_nobody_is_led_to_a_socket_of_somebody_else(kind: str, mine: Path, tmp_path: Path) -> None:
    asked = []
    with socket.socket(socket.AF_UNIX) as link:
        place = tmp_path / "s" if kind == "link" else mine / SOCKET
        os.fchmod(link.fileno(), 0o600)
        if kind in {"file", "pipe"}:
            place.touch() if kind == "file" else os.mkfifo(place)
        else:
            link.bind(str(place))
            link.listen()
            link.settimeout(1)
        if kind == "link":
            (mine / SOCKET).symlink_to(place)
        if kind == "open to others":
            place.chmod(0o666)
        if kind == "another user's":
            if os.geteuid() != 0:
                pytest.skip("only root can give a socket away")
            os.chown(place, 12345, 12345)
        assert client.ask(mine, {"verb": "hello"}, 1) is None
        if kind not in {"file", "pipe"}:
            with suppress(TimeoutError):
                asked.append(link.accept())
    assert asked == []


def test_a_process_of_another_user_is_not_believed_though_the_socket_is_ours(mine: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    code = (
        "import os, socket, sys; link = socket.socket(socket.AF_UNIX); os.fchmod(link.fileno(), 0o600);"
        "link.bind(sys.argv[1]); os.setuid(12345); link.listen(); print('ready', flush=True);"
        "one, _ = link.accept(); one.sendall(b'semspace 1\\n'); print(one.recv(999))"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(mine / SOCKET)], stdout=subprocess.PIPE) as stranger:
        assert stranger.stdout
        assert stranger.stdout.readline() == b"ready\n"
        assert client.ask(mine, {"verb": "hello", "secret": 1}, 1) is None
        assert b"secret" not in stranger.stdout.readline()
        stranger.kill()


def test_a_path_that_is_too_long_for_a_socket_serves_all_the_same(tmp_path: Path, encoders_here: Path) -> None:
    home = tmp_path / ("x" * 60) / ("y" * 60)
    folder = space(home, encoders_here, "deep")
    command = [sys.executable, "-m", "semspace", "serve", "deep", "--home", str(home), "--models", str(encoders_here)]
    assert subprocess.run([*command, "--background"], capture_output=True, timeout=60, check=False).returncode == 0
    assert client.server_of(folder)
    assert subprocess.run([*command, "--stop"], capture_output=True, timeout=60, check=False).returncode == 0
    assert client.server_of(folder) is None


def test_a_mirror_that_lies_about_which_space_is_meant_leads_to_no_other_answer(
    tell: Tell, say: Say, mine: Path, files: Path, encoders_here: Path
) -> None:
    space(mine.parent, encoders_here, "second", {"cat": "The cat sat with bread on the mat."})
    right = tell("search", "bread", "--all", "--json")
    assert json.loads(right[1])["index"] == "mine"
    # To its mirror the second space follows this very folder; to its store it follows nothing.
    chosen = settings.read(mine.parent / "second")
    settings.write(mine.parent / "second", replace(chosen, roots=(Root(str(files)),)))
    settings.write(mine, replace(settings.read(mine), roots=()))
    assert say("serve", "second", "--background").returncode == 0
    try:
        assert tell("search", "bread", "--all", "--json") == right
    finally:
        say("serve", "second", "--stop")
