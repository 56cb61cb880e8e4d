"""No command says anything to anybody: every one works with sockets forbidden, in a process that has no network."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from semspace.cli import COMMANDS

CODE = """
import json, sys
from semspace.rehearsal import _isolate
isolated = _isolate()
heard = []

def forbid(event, arguments):
    # What the system's own libraries are asked is heard too: a name that is looked up is a word about the user.
    if event.startswith(("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "webbrowser.")) and event != "socket.__new__":
        heard.append(f"{event} {arguments}")
        raise PermissionError(f"reached for the network: {event} {arguments}")

sys.addaudithook(forbid)
from semspace.cli import main
codes = [main(words) for words in json.loads(sys.argv[1])]
print()
print(json.dumps({"isolated": isolated, "heard": heard, "codes": codes}))
"""

QUIET = {"CI", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "ORT_DISABLE_TELEMETRY", "DO_NOT_TRACK", "XDG_CACHE_HOME"}
"""What could keep a library quiet without our doing."""

COMMANDS_OVER = (
    "index documents --model tiny --index notes", "search sea", "search sea --mode lexical --json", "similar 1",
    "similar --text sea", "compare cat dog", "neighbors 1", "status", "status --json", "list", "show 1", "rm documents/c.txt",
    "tune", "check --deep", "repair", "forget documents/b.txt --verify", "compact", "models list", "models show tiny",
    "eval judged --model tiny", "pairs lines.txt --model tiny", "uniq lines.txt --model tiny",
    "sort lines.txt --like sea --model tiny", "join lines.txt lines.txt --model tiny",
    "comm lines.txt lines.txt --model tiny", "head lines.txt --model tiny", "doctor", "completion bash", "man",
    "index many --model tiny --index many",
    *(f"{view} --index many" for view in (
        "map", "map --query sea --color-by side", "topics --depth 2", "like 1 --unlike 2", "axis --from sea --to bread",
        "path 1 20", "blend cat dog", "duplicates", "odd", "central", "bridges", "hubs", "cover --questions lines.txt",
        "health", "features", "explain 1 2", "why sea 1", "factors -k 2", "squeeze --to 8", "drift many/old many/new",
        "decode 1", "erase --by side", "export --tsv exported", "eval --auto --items 20",
    )),
    "delete notes --yes",
)  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give a folder with documents, lines and judged queries."""
    (tmp_path / "documents").mkdir()
    for name, text in {
        "a.md": "# Sea\n\nThe ship has a sail.\n",
        "b.txt": "The bread is in the oven.\n",
        "c.txt": "rain\n",
    }.items():
        (tmp_path / "documents" / name).write_text(text)
    words = ["ship", "sail", "bread", "oven", "rain", "cat", "dog", "river", "sea", "tree", "star"]
    for side in ("old", "new"):
        (tmp_path / "many" / side).mkdir(parents=True)
        for number in range(120):
            text = " ".join(random.Random(f"{side}{number}").choices(words, k=12))
            (tmp_path / "many" / side / f"{number}.md").write_text(f"---\nside: {side}\n---\n{text}\n")
    (tmp_path / "lines.txt").write_text("the cat sat\nthe dog sat\nthe cat sat\n")
    (tmp_path / "judged" / "qrels").mkdir(parents=True)
    (tmp_path / "judged" / "corpus.jsonl").write_text('{"_id": "1", "title": "", "text": "the sea"}\n')
    (tmp_path / "judged" / "queries.jsonl").write_text('{"_id": "q", "text": "sea"}\n')
    (tmp_path / "judged" / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\t1\t1\n")
    return tmp_path


def run(place: Path, models: Path, commands: list[list[str]]) -> dict[str, object]:
    environ = {key: value for key, value in os.environ.items() if key not in QUIET}
    environ |= {"HOME": str(place), "SEMSPACE_HOME": str(place / "home"), "SEMSPACE_MODELS": str(models)}
    command = [sys.executable, "-c", CODE, json.dumps(commands)]
    ran = subprocess.run(command, cwd=place, env=environ, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr
    told: dict[str, object] = json.loads(ran.stdout.splitlines()[-1])
    return {**told, "stderr": ran.stderr}


def test_every_command_works_without_a_network_and_asks_nobody(place: Path, tiny_models: Path) -> None:
    commands = [line.split() for line in COMMANDS_OVER]
    # What takes the screen over is run without a network by tests/browse, what listens is by tests/server.
    assert {words[0] for words in commands} == {*COMMANDS} - {"browse", "serve", "mcp"}
    told = run(place, tiny_models, commands)
    assert told["heard"] == []
    codes = told["codes"]
    assert isinstance(codes, list)
    assert [line for line, code in zip(COMMANDS_OVER, codes, strict=True) if code not in {0, 1}] == [], told["stderr"]
    assert "reached for the network" not in str(told["stderr"])
    allowed = subprocess.run(["unshare", "-Un", "true"], capture_output=True, check=False).returncode == 0
    assert told["isolated"] or not allowed
    left = [path for path in place.rglob("*") if "intel" in path.parts or "Microsoft" in path.parts]
    assert left == []


def test_a_model_from_a_folder_is_converted_without_a_network(
    place: Path, make_model: Callable[..., Path], tmp_path: Path
) -> None:
    commands = [
        ["models", "add", str(make_model()), "--name", "own"],
        ["models", "distil", "quick", "--from", "own", "--dim", "8"],
    ]
    told = run(place, tmp_path / "models", [*commands, ["models", "remove", "quick"]])
    assert (told["heard"], told["codes"]) == ([], [0, 0, 0]), told["stderr"]


def test_the_hook_hears_what_it_should(place: Path, tiny_models: Path) -> None:
    code = CODE.replace(
        "codes = ", "import socket\ntry: socket.getaddrinfo('localhost', 80)\nexcept PermissionError: pass\ncodes = "
    )
    ran = subprocess.run([sys.executable, "-c", code, "[]"], capture_output=True, text=True, check=True)
    assert "socket.getaddrinfo" in json.loads(ran.stdout.splitlines()[-1])["heard"][0]
