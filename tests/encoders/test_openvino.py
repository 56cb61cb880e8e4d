"""The runtime for many texts gives the vectors of the others, keeps what it compiled safely, and tells nobody."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from semspace import encoders
from semspace.encoders import cards, openvino
from semspace.encoders.batching import ahead, padded
from semspace.encoders.onnx import OnnxEncoder
from semspace.encoders.openvino import CACHE, OpenvinoEncoder
from semspace.encoders.running import open_encoder
from semspace.encoders.transformer import TransformerEncoder
from semspace.errors import ConversionFailed, InvalidInput

TEXTS = ["the cat sat on the mat", "", "rain", "the mountain and the river and the sea " * 40, "the dog", "rain"]


@pytest.fixture
def own(tiny_models: Path, tmp_path: Path) -> Path:
    """Give a folder of encoders of this test's own, without anything compiled."""
    shutil.copytree(tiny_models, tmp_path / "models", ignore=shutil.ignore_patterns(CACHE))
    return tmp_path / "models"


def opened(models: Path) -> OpenvinoEncoder:
    encoder = encoders.load("tiny", models=models, runtime="openvino")
    assert isinstance(encoder, OpenvinoEncoder)
    return encoder


def alike(one: np.ndarray, other: np.ndarray) -> None:
    assert one.shape == other.shape
    assert (one * other).sum(axis=1).min() >= 0.9999


@pytest.mark.parametrize("role", ["query", "passage"])
def test_it_gives_the_vectors_of_the_other_runtime(own, tiny_encoder, role):
    alike(opened(own).encode(TEXTS, role), tiny_encoder.encode(TEXTS, role))


def test_it_puts_prompts_before_texts_as_the_other_does(make_model, tmp_path):
    encoders.add(make_model(prompts={"query": "query : ", "document": "passage : "}), models=tmp_path, name="prompts")
    fast, slow = (encoders.load("prompts", models=tmp_path, runtime=runtime) for runtime in ("openvino", "onnx"))
    for role in ("query", "passage"):
        alike(fast.encode(TEXTS, role), slow.encode(TEXTS, role))
        assert fast.capacity(role) == slow.capacity(role)


def test_a_batch_equals_one_by_one_in_order(own):
    encoder = opened(own)
    texts = [f"the cat {i} " + "and rain " * (i % 7) for i in range(1100)]
    vectors = encoder.encode(texts, "passage")
    places = [0, 1, 500, 1023, 1024, 1099]
    alike(vectors[places], np.concatenate([encoder.encode([texts[place]], "passage") for place in places]))


def test_its_vectors_are_the_callers_own(own):
    encoder = opened(own)
    first = encoder.encode(["rain"], "query")
    kept = first.copy()
    encoder.encode(["the mountain"], "query")
    assert (first == kept).all()


def test_the_default_encoder_in_half_precision_is_faithful(models):
    fast = encoders.load(models=models, runtime="openvino")
    exact = encoders.load(models=models, runtime="onnx")
    texts = ["A man is playing a guitar on the stage.", "Wie spät ist es?", "ok", "Mitochondria convert nutrients. " * 60]
    alike(fast.encode(texts, "passage"), exact.encode(texts, "passage"))


def test_a_model_that_half_precision_changes_runs_in_float32(own, monkeypatch):
    monkeypatch.setattr(openvino, "FAITHFUL", 1.1)
    made = opened(own)
    assert made.precision == "f32"
    monkeypatch.undo()
    again = opened(own)
    assert again.precision == "f32", "the choice is kept with what was compiled"
    exact = encoders.load("tiny", models=own, runtime="onnx")
    np.testing.assert_allclose(again.encode(TEXTS, "query"), exact.encode(TEXTS, "query"), atol=1e-5)


def test_what_was_compiled_is_kept_for_its_owner_alone(own):
    made = opened(own)
    blob = own / "tiny" / CACHE
    assert blob.stat().st_mode & 0o077 == 0
    written = blob.stat().st_mtime_ns
    again = opened(own)
    assert blob.stat().st_mtime_ns == written
    assert again.precision == made.precision
    assert (again.encode(TEXTS, "passage") == made.encode(TEXTS, "passage")).all()
    assert encoders.verify("tiny", models=own).name == "tiny"


@pytest.mark.parametrize("harm", ["empty", "cut", "flipped", "garbage", "another model's"])
def test_a_damaged_file_of_what_was_compiled_is_made_again(own, harm, make_model):
    wanted = opened(own).encode(TEXTS, "passage")
    blob = own / "tiny" / CACHE
    whole = blob.read_bytes()
    middle = len(whole) // 2
    if harm == "another model's":
        encoders.add(make_model(seed=8), models=own, name="other")
        encoders.load("other", models=own, runtime="openvino")
        shutil.copy(own / "other" / CACHE, blob)
    else:
        flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
        blob.write_bytes({"empty": b"", "cut": whole[:middle], "flipped": flipped, "garbage": b"x" * 9000}[harm])
    damaged = blob.read_bytes()
    alike(opened(own).encode(TEXTS, "passage"), wanted)
    assert blob.read_bytes() != damaged


def test_a_blob_that_is_whole_and_cannot_be_read_is_made_again(own):
    encoder = opened(own)
    blob = own / "tiny" / CACHE
    openvino._write(blob, openvino._key(encoder._core, encoder.card), "f32", b"no blob at all")
    alike(opened(own).encode(TEXTS, "passage"), encoder.encode(TEXTS, "passage"))


def test_it_works_where_nothing_can_be_written(own, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(openvino, "_write", full)
    assert opened(own).encode(["rain"], "query").shape == (1, 32)
    assert [path.name for path in (own / "tiny").iterdir() if "openvino" in path.name] == []


def test_two_processes_at_once_both_open(own):
    program = (
        "import sys; from pathlib import Path; from semspace import encoders;"
        "e = encoders.load('tiny', models=Path(sys.argv[1]), runtime='openvino');"
        "print(e.encode(['rain'], 'query')[0].tolist())"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, own], stdout=subprocess.PIPE) for _ in range(2)]
    first, second = (json.loads(process.communicate(timeout=60)[0]) for process in running)
    assert np.dot(first, second) >= 0.9999
    assert [path.name for path in (own / "tiny").iterdir() if path.name.startswith(".")] == []
    opened(own)


def test_a_damaged_model_is_an_error_that_says_what_to_do(own):
    path = own / "tiny" / cards.ONNX
    path.write_bytes(b"\0" * path.stat().st_size)
    with pytest.raises(ConversionFailed) as caught:
        opened(own)
    assert "Delete the folder" in caught.value.hint


SILENT = """
import sys
from pathlib import Path

def forbid(event, arguments):
    if event.startswith(("socket.", "urllib.", "http.")) and event != "socket.__new__":
        sys.stderr.write(f"{event} {arguments}\\n")
        raise SystemExit(f"reached for the network: {event}")

sys.addaudithook(forbid)
from semspace import encoders
for runtime in ("openvino", "onnx", "torch"):
    encoders.load("tiny", models=Path(sys.argv[1]), runtime=runtime).encode(["the cat", "rain"], "passage")
print(*sorted(name for name in sys.modules if "telemetry" in name and not name.startswith("torch")))
"""


QUIET = {"CI", "GITHUB_ACTIONS", "HF_HUB_OFFLINE", "ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME"}
"""What could keep a library quiet without our doing."""


def test_nothing_is_told_to_anybody(own, tmp_path):
    """A plain import of openvino or onnxruntime leaves an identity in the home folder, and sends an event."""
    home = tmp_path / "home"
    home.mkdir()
    environment = {key: value for key, value in os.environ.items() if key not in QUIET}
    environment |= {"HOME": str(home), "USERPROFILE": str(home)}
    ran = subprocess.run([sys.executable, "-c", SILENT, own], env=environment, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.split()) == (0, []), ran.stderr
    assert "reached" not in ran.stderr
    assert [path for path in home.rglob("*") if "intel" in path.parts or "Microsoft" in path.parts] == []


def test_an_import_of_openvino_later_finds_its_own_parts(own):
    program = (
        "import sys; from pathlib import Path; from semspace import encoders;"
        "encoders.load('tiny', models=Path(sys.argv[1]), runtime='openvino');"
        "assert not {'openvino.tools', 'openvino_telemetry'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, own], check=True)


def test_many_texts_go_to_the_fast_runtime_and_a_query_to_the_light_one(own):
    assert isinstance(encoders.load("tiny", models=own, bulk=True), OpenvinoEncoder)
    assert isinstance(encoders.load("tiny", models=own), OnnxEncoder)
    assert isinstance(encoders.load("tiny", models=own, runtime="onnx", bulk=True), OnnxEncoder)
    assert isinstance(encoders.load("tiny", models=own, runtime="torch", bulk=True), TransformerEncoder)


def test_without_openvino_the_portable_runtime_does_all(own, monkeypatch):
    monkeypatch.delitem(sys.modules, "semspace.encoders.openvino")
    monkeypatch.setitem(sys.modules, "openvino", None)
    assert isinstance(encoders.load("tiny", models=own, bulk=True), OnnxEncoder)
    with pytest.raises(Exception, match="needs the package openvino") as caught:
        encoders.load("tiny", models=own, runtime="openvino")
    assert caught.value.hint == "Type: pip install openvino"


def test_a_gpu_is_asked_for_many_texts_alone(own):
    assert isinstance(open_encoder("tiny", {"models": own, "device": "cuda"}, bulk=False), OnnxEncoder)
    with pytest.raises(InvalidInput, match="does not run on 'cuda'") as caught:
        open_encoder("tiny", {"models": own, "device": "cuda", "runtime": "openvino"}, bulk=True)
    assert "torch" in caught.value.hint


def test_parts_made_ahead_come_in_order_and_errors_come_through():
    assert list(ahead(range(5))) == [0, 1, 2, 3, 4]
    assert list(ahead([])) == []
    with pytest.raises(ZeroDivisionError):
        list(ahead(1 // n for n in (1, 0)))


def test_lengths_are_rounded_up():
    assert [padded(n, 8) for n in (0, 1, 8, 9)] == [0, 8, 8, 16]
