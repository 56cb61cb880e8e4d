"""What a server is sent: requests that strangers, foreign pages, broken programs and attackers make, and what may come back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from semspace.bench.faults.served import Server, request

Bytes = bytes | Sequence[bytes]

REFUSED = frozenset({0, 400, 401, 403, 404, 405, 413, 414, 415, 431, 501, 505})
"""Statuses that give nothing away; 0 is a connection that was cut."""


@dataclass(frozen=True, slots=True)
class Case:
    """Bytes to send, and the statuses that may come back."""

    name: str
    data: Bytes
    allowed: frozenset[int] = REFUSED


QUESTION = json.dumps({"query": "bread river", "k": 3, "everything": True}).encode()


def _post(server: Server, body: bytes = QUESTION, path: str = "/search", more: Mapping[str, str] | None = None) -> bytes:
    told = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    return request("POST", path, server.headers(**{**told, **(more or {})}), body)


def spellings(port: int) -> list[str]:
    """Return forty ways to name a server that are not its own, some of which a lenient reader takes for it."""
    return [
        "evil.example", f"evil.example:{port}", f"localhost.evil.example:{port}", f"127.0.0.1.nip.example:{port}",
        f"evil.example#127.0.0.1:{port}", f"user@127.0.0.1:{port}", f"127.0.0.1:{port}@evil.example", "127.0.0.1",
        f"127.0.0.1:{port}, evil.example", f"127.0.0.1.:{port}", f"localhost.:{port}", f"127.1:{port}", f"0x7f.0.0.1:{port}",
        f"2130706433:{port}", f"017700000001:{port}", f"0.0.0.0:{port}", f"[::1]:{port}", f"[::ffff:127.0.0.1]:{port}",
        f"[0:0:0:0:0:0:0:1]:{port}", f"::1:{port}", f"127.0.0.1:0{port}", f"127.0.0.1:+{port}", f"127.0.0.1%00:{port}",
        "localhost", f"LOCALHOST:{port}", f"loc\u0430lhost:{port}", f"http://127.0.0.1:{port}", f"127.0.0.1:{port}/",
        f"//127.0.0.1:{port}", f"127.0.0.1:{port}?x=1", f"127.0.0.1\\:{port}", f"localhost:{port}.evil.example", "*", "null",
        "", f"127.0.0.1:{port + 1}", f"127.0.0.2:{port}", f"[127.0.0.1]:{port}", f"127.0.0.1 :{port}", f"[::1%25lo]:{port}",
    ]  # fmt: skip


def hosts(server: Server) -> Iterator[Case]:
    """A name that was made to point here (DNS rebinding)."""
    for name in spellings(server.port):
        for path in ("/", "/search"):
            headers = server.headers(Host=name)
            yield Case(f"Host {name!r} {path}", request("GET", path, headers), frozenset({0, 400, 403}))
    pairs = [("Host", server.host), ("Host", "evil.example"), ("Authorization", f"Bearer {server.token}")]
    yield Case("two Hosts", request("GET", "/status", pairs))
    yield Case("no Host", request("GET", "/status", {"Authorization": f"Bearer {server.token}"}))


def origins(server: Server) -> Iterator[Case]:
    """A page of another site."""
    for name in spellings(server.port):
        origin = name if name in {"*", "null", ""} or "//" in name else f"http://{name}"
        if origin != server.url:
            yield Case(f"Origin {origin!r}", _post(server, more={"Origin": origin}), frozenset({0, 400, 403}))
    for origin in (f"https://{server.host}", f"ws://{server.host}", "file://", f"{server.url}/", f"{server.url} evil"):
        yield Case(f"Origin {origin!r}", _post(server, more={"Origin": origin}), frozenset({0, 400, 403}))
    for site in ("cross-site", "same-site", "", "none, cross-site"):
        yield Case(f"Sec-Fetch-Site {site!r}", _post(server, more={"Sec-Fetch-Site": site}), frozenset({403}))


def preflights(server: Server) -> Iterator[Case]:
    """A browser that asks whether a foreign page may ask."""
    for method in ("POST", "PUT", "DELETE"):
        for path in ("/search", "/", "/v1/embeddings", "*"):
            headers = {"Host": server.host, "Origin": "http://evil.example", "Access-Control-Request-Method": method}
            yield Case(f"preflight {method} {path}", request("OPTIONS", path, headers), frozenset({400, 403}))


def tokens(server: Server) -> Iterator[Case]:
    """No token, or one that is nearly right, or in another place."""
    token = server.token
    wrong = [
        "", "Bearer", "Bearer ", f"Bearer {token[:-1]}", f"Bearer {token}x", f"Bearer  {token}", f"Bearer {token.swapcase()}",
        f"Basic {token}", f"Token {token}", token, f"Bearer {token} {token}", f"Bearer {token},", f'Bearer "{token}"',
        "Bearer null", "Bearer undefined", f"Bearer {token[::-1]}", "Bearer " + "x" * 4000,
    ]  # fmt: skip
    for value in wrong:
        for path in ("/status", "/metrics"):
            headers = {"Host": server.host, "Authorization": value}
            yield Case(f"Authorization {value[:40]!r} {path}", request("GET", path, headers), frozenset({401}))
    plain = {"Host": server.host}
    yield Case("token in the address", request("GET", f"/status?token={token}", plain), frozenset({401}))
    yield Case("token in a cookie", request("GET", "/status", {**plain, "Cookie": f"token={token}"}), frozenset({401}))
    twice = [("Host", server.host), ("Authorization", "Bearer x"), ("Authorization", f"Bearer {token}")]
    yield Case("two tokens", request("GET", "/status", twice), frozenset({400}))


PATHS = (
    "/x/../search", "//search", "/search/", "/./search", "/%2e%2e/search", "/search%00", "/..;/search", "http://evil.example/",
    "/search#x", "/%73earch/..", "/SEARCH", "/search;x=1", "\\search", "/etc/passwd", "/../../etc/passwd", "/%2fetc%2fpasswd",
    "/static/..%2f..%2fserver.json", "/server.json", "/.git/config", "/docs", "/redoc", "/openapi.json/", "/metrics/..",
    "/texts", "/texts/remove", "/index", "/v1", "/v1/embeddings/..", "/" + "a" * 5000,
)  # fmt: skip


def paths(server: Server) -> Iterator[Case]:
    """Other spellings of a path: without the token they open nothing, with it they are no routes."""
    for path in PATHS:
        bare = request("POST", path, {"Host": server.host, "Content-Type": "application/json", "Content-Length": "2"}, b"{}")
        yield Case(f"{path[:40]} without a token", bare, frozenset({400, 401, 404}))
        yield Case(f"{path[:40]} with it", _post(server, path=path), frozenset({400, 404, 405}))
    for method in ("TRACE", "CONNECT", "PUT", "DELETE", "PATCH", "PROPFIND", "GET", "post", "M" * 300):
        yield Case(f"{method[:20]} /search", request(method, "/search", server.headers()), frozenset({400, 405}))
    for name in ("X-HTTP-Method-Override", "X-Original-URL", "X-Rewrite-URL"):
        yield Case(name, _post(server, more={name: "/status"}), frozenset({400}))


def frames(server: Server) -> Iterator[Case]:
    """Requests whose end two readers see in two places (smuggling), and what is no HTTP at all."""
    hidden = request("GET", "/status", {"Host": server.host})
    chunked = b"5\r\nhello\r\n0\r\n\r\n"
    base = [*server.headers().items(), ("Content-Type", "application/json")]
    framings: list[tuple[list[tuple[str, str]], bytes]] = [
        ([("Content-Length", "5"), ("Transfer-Encoding", "chunked")], chunked + hidden),
        ([("Transfer-Encoding", "chunked"), ("Content-Length", "0")], chunked + hidden),
        ([("Content-Length", "5"), ("Content-Length", "6")], b"hello" + hidden),
        ([("Content-Length", "5"), ("Content-Length", "5")], b"hello" + hidden),
        ([("Content-Length", "+5")], b"hello" + hidden), ([("Content-Length", "5, 6")], b"hello" + hidden),
        ([("Content-Length", "-1")], hidden), ([("Content-Length", "0x5")], b"hello"), ([("Content-Length", "5_0")], b"hello"),
        ([("Content-Length", "9" * 40)], b"hello"), ([("Transfer-Encoding", "xchunked")], chunked),
        ([("Transfer-Encoding", "chunked, identity")], chunked), ([("Transfer-Encoding", "gzip, chunked")], chunked),
        ([("Transfer-Encoding ", "chunked")], chunked),
        ([("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "x")], chunked),
        ([("Transfer-Encoding", "chunked")], b"-1\r\nx\r\n"), ([("Transfer-Encoding", "chunked")], b"ffffffffffffffffff\r\n"),
        ([("Transfer-Encoding", "chunked")], b"0x5\r\nhello\r\n0\r\n\r\n"), ([("Transfer-Encoding", "chunked")], b"5 \nhello"),
        ([("X", "a\r\n b")], b""), ([("X", "a\nb: c")], b""), ([("X", "a\x00b")], b""), ([("X: y\r\nZ", "1")], b"z"),
        ([("X y", "1")], b""), ([("", "1")], b""), ([("X", "a" * 100_000)], b""), ([(f"X{n}", "1") for n in range(5000)], b""),
    ]  # fmt: skip
    for number, (extra, body) in enumerate(framings):
        yield Case(f"frame {number} {extra[0][0][:20]!r}", request("POST", "/search", [*base, *extra], body))
    for raw in (
        b"GET /\r\n\r\n", b"GET / HTTP/0.9\r\n\r\n", b"GET / HTTP/3.0\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00" * 50,
        b"\r\n" * 1000, b"\x00" * 1000, b"GET / HTTP/1.1\nHost: x\n\n", b"GET  /  HTTP/1.1\r\n\r\n", b"A" * 50_000,
        b"GET / HTTP/1.1\r\nHost : " + server.host.encode() + b"\r\n\r\n",
    ):  # fmt: skip
        yield Case(f"raw {raw[:20]!r}", raw)


def bodies(server: Server) -> Iterator[Case]:
    """Bodies without end, without bottom, of other kinds."""
    many = [b"100000\r\n" + b" " * 0x100000 + b"\r\n"] * 100
    chunked = request("POST", "/search", server.headers(**{"Content-Type": "application/json", "Transfer-Encoding": "chunked"}))
    large = request("POST", "/search", server.headers(**{"Content-Type": "application/json", "Content-Length": "104857600"}))
    yield Case("100 MB, announced", [large, *[b" " * 0x100000] * 100], frozenset({0, 413}))
    yield Case(
        "100 MB, announced to a route that takes none", large.replace(b"POST /search", b"GET /status", 1), frozenset({413})
    )
    yield Case("100 MB in chunks", [chunked, *many], frozenset({0, 413}))
    deep = 100_000
    for body in (
        b"[" * deep, b"[" * deep + b"]" * deep, b'{"query":' * deep, b'{"query": ' + b"[" * deep + b"]" * deep + b"}",
        b'{"a":' * deep + b"1" + b"}" * deep, b"", b"null", b"1", b'"x"', b"[]", b"[{}]", b"{}", b'{"query": NaN}',
        b"[" + QUESTION + b"," + QUESTION + b"]", QUESTION + QUESTION, QUESTION + b"\x00", b"\xef\xbb\xbf" + QUESTION,
        QUESTION.decode().encode("utf-16"), b'{"query": "\\ud800"}', b'{"query": "a", "query": "b"}', b'{"query": Infinity}',
        b'{"query": "a", "k": 1e9}', b'{"query": "a", "k": ' + b"9" * 10_000 + b"}", b'{"query": "a", "k": -1}',
        b'{"query": "a", "k": null}', b'{"query": "a", "__proto__": {}}', b'{"query": {"$ne": 1}}', b'{"query": ["a"]}',
        b'{"query": "' + b"a" * 100_000 + b'"}', b'{"query": "a", "plus": [' + b'"a",' * 10_000 + b'"a"]}', b"a=b&c=d",
        b"\xff" * 100, b"x" * 1_048_576,
    ):  # fmt: skip
        yield Case(f"body {body[:24]!r}", _post(server, body), frozenset({400, 413}))
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/jsonp"):
        yield Case(f"Content-Type {kind!r}", _post(server, more={"Content-Type": kind}), frozenset({415}))
    yield Case("gzip", _post(server, b"\x1f\x8b\x08\x00", more={"Content-Encoding": "gzip"}), frozenset({400}))


def arguments(server: Server, canary: str) -> Iterator[Case]:
    """Paths, addresses and models where none is taken, and file names as words, which are never read."""
    values: Sequence[object] = (
        canary,
        f"file://{canary}",
        "http://127.0.0.1:1/",
        "../../../etc/passwd",
        [canary],
        {"path": canary},
    )
    for field in ("paths", "path", "target", "model", "models", "url", "home", "file", "runtime", "device", "refit"):
        for value in values[:3]:
            yield Case(
                f"{field} of a search", _post(server, json.dumps({"query": "bread", field: value}).encode()), frozenset({400})
            )
    for value in values:
        for name, route in (("index", "/search"), ("model", "/v1/embeddings"), ("color_by", "/map"), ("view", "/search")):
            body = {"query": "bread", name: value} if route != "/v1/embeddings" else {"input": "bread", name: value}
            yield Case(f"{name} {route}", _post(server, json.dumps(body).encode(), route), frozenset({400, 404}))
    words: Mapping[str, Mapping[str, object]] = {
        "/search": {"query": canary, "everything": True}, "/similar": {"text": canary}, "/encode": {"texts": [canary]},
        "/compare": {"first": canary, "second": f"{canary}:1"}, "/map": {"query": f"file://{canary}"},
    }  # fmt: skip
    for route, asked in words.items():
        yield Case(f"a file's name as words {route}", _post(server, json.dumps(asked).encode(), route), frozenset({200}))


def mutated(case: Case, random: Random) -> Case:
    """Return a case with some bytes changed: whatever it is now, it is no request that finds something."""
    data = bytearray(case.data if isinstance(case.data, bytes) else b"".join(case.data[:1]))
    for _ in range(random.randint(1, 6)):
        at = random.randrange(len(data))
        data[at : at + random.randint(0, 3)] = random.randbytes(random.randint(0, 4))
    return Case(f"{case.name}, mutated", bytes(data), REFUSED | {200})
