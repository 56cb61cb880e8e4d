"""The document says what the server does: thousands of requests that it allows and forbids are made of it and sent."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from semspace.bench.faults.served import Server
from semspace.server.routes import ROUTES

FUZZ = """
import sys, schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks
from schemathesis.checks import not_a_server_error

url, token, cases = sys.argv[1], sys.argv[2], int(sys.argv[3])
known = {"Authorization": f"Bearer {token}"}
schema = schemathesis.openapi.from_url(f"{url}/openapi.json", headers=known)
schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
wanted = [
    not_a_server_error, checks.status_code_conformance, checks.content_type_conformance, checks.response_schema_conformance,
    checks.negative_data_rejection, checks.response_headers_conformance,
]
@schema.parametrize()
@settings(max_examples=cases, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
          suppress_health_check=list(HealthCheck))
def test(case):
    print("ASKED", case.operation.label)
    case.call_and_validate(headers=known, checks=wanted)
"""


def test_everything_that_the_document_allows_is_answered_as_it_says(served: Server, tmp_path: Path) -> None:
    pytest.importorskip("schemathesis", reason="fuzzing the document needs schemathesis")
    # A process of its own: what schemathesis and its parts warn about is theirs.
    (tmp_path / "test_fuzz.py").write_text(
        FUZZ.replace("sys.argv[1], sys.argv[2], int(sys.argv[3])", repr((served.url, served.token, 25)))
    )
    refused = "[checks.negative_data_rejection]\nexpected-statuses = [400, 401, 403, 404, 405, 413, 415]\n"
    (tmp_path / "schemathesis.toml").write_text(refused)
    flags = ["-q", "-s", "-x", "-p", "no:cacheprovider", "-p", "no:asyncio"]
    command = [sys.executable, "-m", "pytest", *flags, str(tmp_path / "test_fuzz.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=300)
    assert done.returncode == 0, done.stdout[-6000:]
    asked = {f"{route.method} {route.path}" for route in ROUTES if not route.writes} | {"GET /metrics"}
    assert set(re.findall(r"ASKED (\w+ \S+)", done.stdout)) == asked
    status, said = served.post("/search", {"query": "bread", "everything": True})
    assert (status, len(said["hits"])) == (200, 6)
