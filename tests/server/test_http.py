"""What other programs may ask over HTTP, and what nobody may."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import stat
import struct
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from semspace import Space
from semspace.bench.faults.served import Server, answered, request, server, space
from semspace.ui import formats

httpx = pytest.importorskip("httpx", reason="these tests ask by httpx")


@pytest.fixture
def ask(served: Server) -> Any:
    with httpx.Client(base_url=served.url, headers={"Authorization": f"Bearer {served.token}"}, timeout=20) as client:
        yield client


def plain(value: Any) -> Any:
    found = json.loads(formats.to_json(value))
    found.pop("took_ms")
    return found


def test_a_search_answers_what_the_command_line_answers(ask: Any, house: Path, encoders_here: Path) -> None:
    said = ask.post("/search", json={"query": "bread river", "k": 3, "everything": True, "explain": True}).json()
    with Space.open("served", home=house, models=encoders_here) as own:
        hits = own.search("bread river", 3, everything=True, explain=True, reasons=True)
    assert {key: value for key, value in said.items() if key != "took_ms"} == plain(formats.hits(hits))
    assert [hit["key"] for hit in said["hits"]][:2] in (["bread", "river"], ["river", "bread"])


def test_the_space_is_the_first_one_or_the_one_that_is_named(ask: Any) -> None:
    assert ask.post("/search", json={"query": "cat", "everything": True}).json()["index"] == "served"
    assert ask.post("/search", json={"query": "cat", "index": "other"}).json()["hits"][0]["key"] == "cat"
    assert ask.post("/search", json={"query": "cat", "index": "third"}).json()["error"]["kind"] == "space_not_found"


def test_what_is_near_a_passage_leaves_it_out(ask: Any) -> None:
    said = ask.post("/similar", json={"id": 1, "k": 3}).json()
    assert len(said["hits"]) == 3
    assert 1 not in [hit["id"] for hit in said["hits"]]
    assert ask.post("/similar", json={"text": "bread", "k": 1}).json()["hits"][0]["key"] == "bread"
    assert ask.post("/similar", json={}).status_code == 400
    assert ask.post("/passage", json={"id": 1}).json()["text"].startswith("Bread")
    assert ask.post("/passage", json={"id": 999}).json()["error"]["kind"] == "passage_not_found"


def test_the_name_of_a_file_is_words_to_a_server(ask: Any, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("bread")
    said = ask.post("/compare", json={"first": str(secret), "second": "bread"}).json()
    assert said["first"] == str(secret)
    assert said["similarity"] < 0.99
    assert ask.post("/compare", json={"first": "bread", "second": "#1"}).json()["second"] == "#1"
    for field in ("paths", "path", "model", "target", "url"):
        assert ask.post("/search", json={"query": "bread", field: str(secret)}).status_code == 400


def test_vectors_are_those_of_the_encoder(ask: Any, house: Path, encoders_here: Path) -> None:
    with Space.open("served", home=house, models=encoders_here) as own:
        right = own.encoder.encode(["bread and stone"], "passage")[0]
    said = ask.post("/encode", json={"texts": ["bread and stone"]}).json()
    assert said["vectors"][0] == pytest.approx(right.tolist(), abs=1e-6)
    model = ask.get("/v1/models").json()["data"][0]["id"]
    wish = {"input": "bread and stone", "model": model}
    assert ask.post("/v1/embeddings", json=wish).json()["data"][0]["embedding"] == pytest.approx(right.tolist(), abs=1e-6)
    coded = ask.post("/v1/embeddings", json={**wish, "encoding_format": "base64"}).json()
    assert struct.unpack(f"<{said['dim']}f", base64.b64decode(coded["data"][0]["embedding"])) == tuple(right.tolist())
    assert coded["usage"]["prompt_tokens"] > 0
    assert ask.post("/v1/embeddings", json={**wish, "model": "another"}).status_code == 404
    assert ask.post("/v1/embeddings", json={**wish, "dimensions": 3}).status_code == 400


def test_the_map_and_the_status_come_too(ask: Any) -> None:
    assert [one["index"] for one in ask.get("/status").json()["spaces"]] == ["served", "other"]
    said = ask.post("/map", json={"query": "bread"}).json()
    assert (said["count"], len(said["points"]), said["query"]["text"]) == (6, 6, "bread")
    text = ask.get("/metrics").text
    assert 'semspace_requests_total{route="/map",status="200"}' in text


def test_nothing_is_served_without_the_token(served: Server) -> None:
    document = httpx.get(f"{served.url}/openapi.json", headers=served.headers()).json()
    for path, methods in document["paths"].items():
        for method in methods:
            for token in (None, "x", served.token[:-1], served.token + "x"):
                headers = {} if token is None else {"Authorization": f"Bearer {token}"}
                said = httpx.request(method, served.url + path, headers=headers)
                assert (said.status_code, said.json()["error"]["kind"]) == (401, "unauthorized"), (path, token)


def test_a_page_of_another_site_is_refused_on_every_route_even_with_the_token(served: Server) -> None:
    for path in ("/", "/search", "/openapi.json", "/nothing", "//", "/x/../search"):
        for lie in (
            {"Host": "evil.example"},
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
        ):
            status, said = answered(served.sent(request("GET", path, {**served.headers(), **lie})))
            assert (status, said["error"]["kind"]) == (403, "forbidden"), (path, lie)


def test_a_preflight_gets_no_leave(served: Server) -> None:
    headers = {"Host": served.host, "Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    data = served.sent(request("OPTIONS", "/search", headers))
    assert answered(data)[0] == 403
    assert b"access-control" not in data.lower()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "malformed"),
        (b"{", "malformed"),
        (b"[1]", "malformed"),
        (b'{"query": NaN}', "malformed"),
        (b'{"query": "a", "query": "b"}', "malformed"),
        (b'{"query": "\\ud800"}', "malformed"),
        (b'{"query": "a", "k": 0}', "malformed"),
        (b'{"query": "a", "k": 101}', "malformed"),
        (b'{"query": "a", "k": true}', "malformed"),
        (b'{"query": "a", "k": ' + b"9" * 5000 + b"}", "malformed"),
        (b'{"query": ""}', "malformed"),
        (b'{"query": "..."}', "empty_query"),
        (b'{"query": "a", "where": "("}', "invalid_filter"),
        (b"[" * 100_000, "malformed"),
        (b'{"query": ' + b"[" * 40 + b"]" * 40 + b"}", "malformed"),
        (b'{"query": "' + b"a" * 5000 + b'"}', "malformed"),
        (b"\xff\xfe{}", "malformed"),
    ],
)
def test_a_body_that_cannot_be_used_is_refused_with_a_reason(ask: Any, body: bytes, kind: str) -> None:
    said = ask.post("/search", content=body, headers={"Content-Type": "application/json"})
    assert (said.status_code, said.json()["error"]["kind"]) == (400, kind)
    assert said.json()["error"]["message"].endswith((".", "^"))


def test_a_form_of_another_page_and_a_body_without_end_are_refused(ask: Any) -> None:
    assert ask.post("/search", content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    assert ask.post("/search", content=b"x" * (2 << 20), headers={"Content-Type": "application/json"}).status_code == 413
    parts = (b" " * 65536 for _ in range(20))
    assert ask.post("/search", content=parts, headers={"Content-Type": "application/json"}).status_code == 413


def test_routes_that_write_are_not_there_unless_they_are_wanted(ask: Any, tmp_path: Path, encoders_here: Path) -> None:
    assert ask.post("/texts", json={"texts": ["a cat"]}).status_code == 404
    assert not {"/texts", "/texts/remove", "/index"} & set(ask.get("/openapi.json").json()["paths"])
    space(tmp_path, encoders_here, "mine")
    with server(tmp_path, encoders_here, "mine", options=["--write"]) as writing:
        wish = {"texts": ["The engine of the ship."], "ids": ["ship"], "metadata": [{"kind": "new"}]}
        assert writing.post("/texts", wish) == (200, {"index": "mine", "ids": ["ship"]})
        said = writing.post("/search", {"query": "engine ship"})[1]
        assert (said["hits"][0]["key"], said["hits"][0]["metadata"]) == ("ship", {"kind": "new"})
        assert writing.post("/texts", {"texts": ["a"], "ids": []})[0] == 400


def test_a_text_is_removed_by_its_id_and_what_lies_below_a_folder_of_that_name_stays(
    tmp_path: Path, encoders_here: Path
) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "ship.md").write_text("The engine of the ship.")
    with Space.open(space(tmp_path, encoders_here, "mine"), models=encoders_here) as own:
        own.index([notes])
        held = len(own)
    with server(tmp_path, encoders_here, "mine", options=["--write"]) as writing:
        named = {"ids": [str(notes)]}
        assert writing.post("/texts/remove", named)[1]["error"]["kind"] == "path_not_found"
        assert writing.post("/texts", {"texts": ["The wind and the sail."], **named})[0] == 200
        assert writing.post("/texts/remove", named) == (200, {"index": "mine", "removed": 1})
        assert writing.post("/texts/remove", {"ids": []})[0] == 400
    with Space.open(tmp_path / "mine", models=encoders_here) as own:
        assert len(own) == held
        assert str(notes / "ship.md") in own._store.documents()
        assert own.index().removed == 0


def test_an_open_server_sees_what_another_process_writes(tmp_path: Path, encoders_here: Path) -> None:
    folder = space(tmp_path, encoders_here, "mine")
    with server(tmp_path, encoders_here, "mine") as running:
        assert running.post("/search", {"query": "sail wind", "mode": "lexical"})[1]["hits"] == []
        with Space.open(folder, models=encoders_here) as own:
            own.add_texts(["We sail with the wind."], ["sail"])
        assert running.post("/search", {"query": "sail wind", "mode": "lexical"})[1]["hits"][0]["key"] == "sail"


def test_thirty_two_clients_at_once_get_right_answers(served: Server) -> None:
    queries = ["bread", "river", "star", "bank"]
    right = {query: served.post("/search", {"query": query, "everything": True})[1]["hits"] for query in queries}

    def once(number: int) -> bool:
        query = queries[number % 4]
        status, said = served.post("/search", {"query": query, "everything": True})
        return status == 200 and said["hits"] == right[query]

    with ThreadPoolExecutor(32) as pool:
        assert all(pool.map(once, range(128)))


def test_the_token_is_in_a_file_that_only_its_owner_reads_and_ctrl_c_ends_it_cleanly(
    tmp_path: Path, encoders_here: Path
) -> None:
    folder = space(tmp_path, encoders_here, "mine")
    with server(tmp_path, encoders_here, "mine") as running:
        left = {path.name: stat.S_IMODE(path.lstat().st_mode) for path in folder.glob("server.*")}
        assert left == {"server.json": 0o600, "server.socket": 0o600}
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(10) == 0
    assert list(folder.glob("server.*")) == []


def test_another_address_wants_a_token_of_ones_own(house: Path, encoders_here: Path) -> None:
    command = [sys.executable, "-m", "semspace", "serve", "served", "--host", "0.0.0.0", "--home", str(house)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "SEMSPACE_TOKEN" in done.stderr
    short = subprocess.run(
        [*command, "--token", "short", "--port", "0"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (short.returncode, "token" in short.stderr) == (2, True)


LISTENS = """
import socket, sys
heard = []

def forbid(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg"}:
        heard.append(event)
        raise PermissionError(f"reached for somebody: {event} {arguments}")

sys.addaudithook(forbid)
from semspace.cli import main
code = main(sys.argv[1:])
print("HEARD", heard, code)
"""


def test_a_server_listens_and_asks_nobody(tmp_path: Path, encoders_here: Path) -> None:
    folder = space(tmp_path, encoders_here, "mine")
    words = ["serve", "mine", "--port", "0", "--home", str(tmp_path), "--models", str(encoders_here)]
    command = [sys.executable, "-c", LISTENS, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        process.stderr.readline()
        told = json.loads((folder / "server.json").read_text())
        running = Server(tmp_path, int(told["url"].rpartition(":")[2]), told["token"], process)  # type: ignore[arg-type]
        for path, body in (("/search", {"query": "bread"}), ("/encode", {"texts": ["bread"]}), ("/map", {})):
            assert running.post(path, body)[0] == 200
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert out == "HEARD [] 0\n"


@pytest.mark.parametrize(("words", "extra"), [(["serve", "mine"], "serve"), (["mcp", "mine"], "mcp")])
def test_a_missing_extra_says_what_to_install(words: list[str], extra: str, tmp_path: Path, encoders_here: Path) -> None:
    space(tmp_path, encoders_here, "mine")
    code = (
        "import sys\n"
        "for name in ('starlette', 'uvicorn', 'mcp'): sys.modules[name] = None\n"
        "from semspace.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    place = ["--home", str(tmp_path), "--models", str(encoders_here)]
    done = subprocess.run([sys.executable, "-c", code, *words, *place], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, f"pip install 'semspace[{extra}]'" in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr
    # The command line's own server needs neither.
    for option in ("--background", "--stop"):
        alone = [sys.executable, "-c", code, "serve", "mine", option, *place]
        assert subprocess.run(alone, capture_output=True, timeout=60, check=False).returncode == 0


def test_a_fault_of_ours_is_told_to_whoever_started_the_server_and_to_nobody_else(
    house: Path, encoders_here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from semspace.server.desk import Desk
    from semspace.server.gate import Door
    from semspace.server.http import application
    from semspace.server.warm import Served

    said: list[str] = []
    served = Served(["served"], house, {"models": encoders_here, "say": said.append})
    monkeypatch.setattr(Space, "search", lambda *_, **__: 1 / 0)
    inner = application(served, Door.of(["localhost"], 80, "token"), {"quick": Desk(1, 5)})
    transport = httpx.ASGITransport(inner, raise_app_exceptions=False)

    async def ask() -> Any:
        headers = {"Authorization": "Bearer token", "Host": "localhost:80"}
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
            return await client.post("/search", json={"query": "bread"})

    answer = asyncio.run(ask())
    served.close()
    assert (answer.status_code, answer.json()["error"]["kind"]) == (500, "internal")
    assert "1 / 0" not in answer.text
    assert "ZeroDivisionError: division by zero" in said[0]


def test_a_server_that_is_asked_by_too_many_says_so_and_one_that_takes_too_long_too(house: Path, encoders_here: Path) -> None:
    from semspace.server.desk import Desk
    from semspace.server.refusals import Busy, TimedOut

    async def ask() -> list[Any]:
        desk, wait = Desk(1, 0.2, waiting=1), threading.Event()
        first, second = (asyncio.ensure_future(desk.serve(wait.wait)) for _ in range(2))
        await asyncio.sleep(0.05)
        with pytest.raises(Busy):
            await desk.serve(lambda: None)
        found = await asyncio.gather(first, second, return_exceptions=True)
        # The thread still works for the one who has gone: its place is not given away.
        assert (desk.running, desk.close()) == (1, False)
        wait.set()
        return found

    assert [type(one) for one in asyncio.run(ask())] == [TimedOut, TimedOut]
