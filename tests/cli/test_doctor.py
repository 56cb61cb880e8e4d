"""`semspace doctor` tells a machine that is well from one that is not, and what to do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli_samples import Run

from semspace import Space, diagnosis
from semspace.records import Sign

TERMINAL = {"kind": "xterm", "terminal": True, "width": 80, "encoding": "utf-8", "colours": "truecolor colours"}


def signs(
    home: Path, models: Path, environ: dict[str, str] | None = None, *, search: bool = False, **terminal: Any
) -> list[Sign]:
    shown = {**TERMINAL, **terminal}
    return list(diagnosis.diagnose(home=home, models=models, environ=environ or {}, terminal=shown, search=search))


def of(found: list[Sign], part: str) -> list[Sign]:
    return [sign for sign in found if sign.part == part]


@pytest.fixture
def own(tmp_path: Path, tiny_models: Path) -> Path:
    """Give a home with one space in it."""
    with Space.create(tmp_path / "home" / "notes", "tiny", models=tiny_models) as space:
        space.add_texts(["the cat sat on the mat"])
    return tmp_path / "home"


def test_a_machine_that_is_well_is_called_well(run: Run, own: Path) -> None:
    ran = run("doctor", "--home", str(own))
    assert ran.err == ""
    assert "fix" not in ran.out, ran.out
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "All is well.")
    told = json.loads(run("doctor", "--json", "--home", str(own)).out)
    assert told["well"]
    parts = {sign["part"] for sign in told["signs"]}
    assert parts >= {"semspace", "processor", "memory", "onnxruntime", "encoder", "network", "terminal", "spaces", "space"}
    search = next(sign for sign in told["signs"] if sign["part"] == "search")
    assert search["found"]
    assert {sign["name"] for sign in told["signs"] if sign["part"] == "space"} == {"notes"}


def test_a_search_is_run_where_there_is_no_network(own: Path, tiny_models: Path) -> None:
    (sign,) = of(signs(own, tiny_models, search=True), "search")
    assert sign.remedy is None
    assert sign.facts["isolated"] or subprocess.run(["unshare", "-Un", "true"], check=False).returncode


def test_a_socket_would_be_noticed() -> None:
    code = "import sys, socket; from semspace.rehearsal import _forbid; sys.addaudithook(_forbid); socket.getaddrinfo('a', 9)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "Reached: socket" in ran.stderr


def test_a_damaged_encoder_is_to_be_fixed(own: Path, tiny_models: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    for path in (tiny_models / "tiny").iterdir():
        (models / "tiny").mkdir(parents=True, exist_ok=True)
        (models / "tiny" / path.name).write_bytes(path.read_bytes())
    assert all(sign.remedy is None for sign in of(signs(own, models), "encoder") if sign.facts["name"] == "tiny")
    weights = models / "tiny" / "model.onnx"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    (sign,) = [sign for sign in of(signs(own, models), "encoder") if sign.facts["name"] == "tiny"]
    assert "damaged" in sign.told
    assert "Delete the folder" in str(sign.remedy)


def test_a_space_whose_encoder_is_gone_is_to_be_fixed(own: Path, tmp_path: Path) -> None:
    (sign,) = of(signs(own, tmp_path / "empty"), "space")
    assert "no encoder 'tiny'" in str(sign.remedy)
    assert of(signs(own, tmp_path / "empty", search=True), "search")[0].facts == {"tried": False}


def test_a_space_that_others_may_read_is_to_be_fixed(own: Path, tiny_models: Path) -> None:
    assert of(signs(own, tiny_models), "space")[0].remedy is None
    (own / "notes" / "store.db").chmod(0o640)
    (sign,) = of(signs(own, tiny_models), "space")
    assert sign.remedy == f"Others on this machine may read it: chmod -R go= {own / 'notes'}"
    subprocess.run(["chmod", "-R", "go=", own / "notes"], check=True)
    assert of(signs(own, tiny_models), "space")[0].remedy is None


def test_a_space_that_does_not_open_is_to_be_fixed(own: Path, tiny_models: Path) -> None:
    (own / "notes" / "store.db").write_bytes(b"garbage" * 1000)
    (own / "notes" / "space.json").write_text("garbage")
    (sign,) = of(signs(own, tiny_models), "space")
    assert sign.told.startswith("notes: ")
    assert sign.remedy
    assert not sign.facts["opens"]


def test_who_writes_to_a_space_and_what_lags_behind_is_told(own: Path, tiny_models: Path) -> None:
    (sign,) = of(signs(own, tiny_models), "space")
    assert (sign.facts["writer"], sign.facts["behind"]) == (None, [])
    code = "import fcntl, sys, time; f = open(sys.argv[1]); fcntl.flock(f, 2); print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code, own / "notes" / "lock"], stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        assert diagnosis.holder(own / "notes" / "lock") == holder.pid
        holder.kill()
    with Space.open("notes", home=own, models=tiny_models) as space, space._writing() as store:
        store.configure("any", "thing")
        store._connection.execute("UPDATE meta SET value = CAST(value + 1 AS TEXT) WHERE key = 'generation'")
        (sign,) = of(signs(own, tiny_models), "space")
    assert sign.facts["behind"] == ["vectors", "lexical"]


def test_a_terminal_without_utf_8_is_to_be_fixed(own: Path, tiny_models: Path) -> None:
    found = signs(own, tiny_models, {"HF_HUB_OFFLINE": "1"}, encoding="ANSI_X3.4-1968")
    assert "LANG" in str(of(found, "terminal")[0].remedy)
    assert of(found, "network")[0].told == "never used (HF_HUB_OFFLINE=1)"
    assert of(signs(own, tiny_models), "network")[0].facts == {"offline": False}


def test_what_is_to_be_fixed_is_exit_code_1(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "store.db").write_bytes(b"garbage")
    ran = run("doctor", "--home", str(tmp_path))
    assert ran.code == 1
    assert ran.out.splitlines()[-1] == "1 thing to fix"
    assert not json.loads(run("doctor", "--json", "--home", str(tmp_path)).out)["well"]
    assert sorted(tmp_path.iterdir()) == [tmp_path / "notes"]


def test_nothing_slow_is_imported(own: Path, tiny_models: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from semspace.diagnosis import diagnose;"
        f"list(diagnose(home=Path(sys.argv[1]), models=Path(sys.argv[2]), environ={{}}, terminal={TERMINAL!r}));"
        "print(*{'torch', 'transformers', 'sentence_transformers', 'openvino', 'onnxruntime'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code, own, tiny_models], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []
