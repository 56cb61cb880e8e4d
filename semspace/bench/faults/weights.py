"""Hostile encoders: folders of models that would run code, read files or ask servers when they are added or opened.

Each wants a folder made outside (the canary), or a secret read. It is refused, or what is hostile in it is ignored.
"""

from __future__ import annotations

import importlib.util
import io
import json
import os
import pickle
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from semspace import encoders
from semspace.bench.faults import Impossible, Tally, Trial, tiny
from semspace.bench.faults.batches import Verdict, tallies
from semspace.bench.faults.watching import Secrets
from semspace.errors import SemspaceError

MADE = "made"
"""The folder that hostile code makes."""

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "two", "texts", "river"]
_STEP = 7
"""Few cases are of many kinds."""

_TYPES = "sentence_transformers.models."


def weights(trial: Trial) -> list[Tally]:
    """Add and open hostile encoders. Raises Impossible where there is no sentence-transformers."""
    if importlib.util.find_spec("sentence_transformers") is None:
        raise Impossible("there is no sentence-transformers")
    os.environ["HF_HUB_OFFLINE"] = "1"
    return tallies(Weights, trial)


class Evil:
    """What makes a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        """Say what is to be called."""
        return os.mkdir, (str(self.path),)


def write(path: Path, value: Any) -> None:
    """Write JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def change(path: Path, **values: Any) -> None:
    """Change some values of a JSON file."""
    write(path, {**(json.loads(path.read_text()) if path.exists() else {}), **values})


def model(folder: Path) -> None:
    """Make a small model of BERT's form."""
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer, models

    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = {"architectures": ["BertModel"], "model_type": "bert", "vocab_size": len(WORDS), "max_position_embeddings": 64}
    modules = [("", "Transformer"), ("1_Pooling", "Pooling")]
    write(folder / "config.json", {**config, **size})
    write(
        folder / "modules.json", [{"idx": n, "name": str(n), "path": p, "type": _TYPES + t} for n, (p, t) in enumerate(modules)]
    )
    write(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": 16, "pooling_mode_mean_tokens": True})
    write(folder / "sentence_bert_config.json", {"max_seq_length": 64, "do_lower_case": False})
    special = {name: f"[{name[:-6].upper()}]" for name in ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")}
    write(folder / "tokenizer_config.json", {"tokenizer_class": "BertTokenizerFast", **special})
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]")).save(str(folder / "tokenizer.json"))  # noqa: S106
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    save_file(_tensors(), folder / "model.safetensors", {"format": "pt"})


def _tensors() -> dict[str, Any]:
    rng = np.random.default_rng(5)
    layer = "encoder.layer.0."
    square = ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"]
    square = [*(layer + name for name in (*square, "intermediate.dense", "output.dense")), "pooler.dense"]
    norms = ["embeddings.LayerNorm", f"{layer}attention.output.LayerNorm", f"{layer}output.LayerNorm"]
    shapes = {"word_embeddings": (len(WORDS), 16), "position_embeddings": (64, 16), "token_type_embeddings": (2, 16)}
    made = {f"embeddings.{name}.weight": rng.standard_normal(shape) for name, shape in shapes.items()}
    made |= {f"{name}.weight": rng.standard_normal((16, 16)) / 4 for name in square}
    made |= {f"{name}.weight": np.ones(16) for name in norms}
    made |= {f"{name}.bias": np.zeros(16) for name in (*square, *norms)}
    return {name: tensor.astype(np.float32) for name, tensor in made.items()}


def code(folder: Path, canary: Path) -> None:
    """Put a module there that makes the canary when it is imported."""
    text = f"import os\nos.mkdir({str(canary)!r})\nclass Model: pass\nclass Config: pass\nclass Tokenizer: pass\n"
    for name in ("evil.py", "modeling_evil.py", "__init__.py"):
        (folder / name).write_text(text)


class Weights:
    """A folder of a model, changed in one hostile way, added or opened."""

    name: ClassVar[str] = "hostile encoders"
    how: ClassVar[str] = "pickle, code, foreign weights, links and archives in a model's folder; a canary and secrets watched"
    size: ClassVar[int] = 4

    def __init__(self, work: Path, models: Path, seed: int) -> None:
        del work, seed  # a case is the same each time
        self.models, self.doing = models, ""
        self.secrets: Secrets | None = None

    def prepare(self, folder: Path) -> None:
        """Make what hostile models want to reach."""
        self.secrets = Secrets(folder / "outside")

    def run(self, folder: Path, number: int) -> Verdict:
        """Try one hostile model."""
        from semspace.bench.faults.tricks import TRICKS

        assert self.secrets is not None
        self.doing, trick, installed = TRICKS[_STEP * number % len(TRICKS)]
        canary, case = self.secrets.outside.folder / MADE, folder / str(number)
        cache, place = case / "models", case / "hostile"
        shutil.copytree(self.models, cache)
        if installed:
            shutil.copytree(cache / tiny.NAME, cache / "hostile")
        else:
            model(place)
        trick(cache / "hostile" if installed else place, canary)
        self.secrets.forget()
        with _standing_in(case):
            said = _opened(cache) if installed else _added(place, cache)
        shutil.rmtree(case)
        problem = "the canary was touched" if canary.exists() else self.secrets.problem()
        return Verdict(self.name, problem or said)


@contextmanager
def _standing_in(folder: Path) -> Iterator[None]:
    """Stand in a folder, as who has just unpacked something there."""
    here = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)


def _added(place: Path, cache: Path) -> str | None:
    """Add a model, use it if it is accepted, and return what is wrong with how that ended."""
    before = _listing(place)
    try:
        encoders.add(place, models=cache, name="added")
        encoders.load("added", models=cache).encode(["two texts"], "query")
    except SemspaceError as error:
        if not error.message:
            return "it is refused without a word"
    left = {path.name for path in cache.iterdir()} - {tiny.NAME, "added", ".added.lock"}
    if left:
        return f"left {sorted(left)} behind"
    return None if _listing(place) == before else "the model's folder was changed"


def _opened(cache: Path) -> str | None:
    """Open an installed encoder, and return what is wrong with how that ended."""
    try:
        encoders.load("hostile", models=cache).encode(["two texts"], "query")
    except SemspaceError as error:
        return None if error.message else "it is refused without a word"
    return None


def _listing(place: Path) -> list[str]:
    return sorted(str(path.relative_to(place)) for path in place.rglob("*")) if place.is_dir() else []


def pickled(canary: Path) -> bytes:
    """Return a pickle that makes the canary."""
    return pickle.dumps(Evil(canary))


def saved(canary: Path) -> bytes:
    """Return what torch.save would make of it: an archive around a pickle."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", pickled(canary))
        archive.writestr("archive/version", "3\n")
    return buffer.getvalue()


def packed(canary: Path) -> bytes:
    """Return an archive whose members lie outside of it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        info = tarfile.TarInfo(str(canary))
        info.type = tarfile.DIRTYPE
        archive.addfile(info)
    return buffer.getvalue()


Trick = Callable[[Path, Path], None]
"""Changes a model's folder so that it wants the canary made."""
