"""The ways in which a model's folder can be hostile."""

from __future__ import annotations

import io
import json
import os
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from semspace.bench.faults.weights import Trick, change, code, packed, pickled, saved, write
from semspace.encoders import cards
from semspace.encoders.static import VECTORS


def _bins(folder: Path, canary: Path) -> None:
    for name in ("pytorch_model.bin", "training_args.bin", "model.pt", "adapter_model.bin", "rust_model.ot", "weights.pkl"):
        (folder / name).write_bytes(saved(canary))


def _only_bins(folder: Path, canary: Path) -> None:
    (folder / "model.safetensors").unlink()
    _bins(folder, canary)


def _renamed(folder: Path, canary: Path) -> None:
    (folder / "model.safetensors").write_bytes(saved(canary))


def _bare(folder: Path, canary: Path) -> None:
    (folder / "model.safetensors").write_bytes(pickled(canary))


def _sharded(folder: Path, canary: Path, **arguments: Any) -> None:
    (folder / "model.safetensors").rename(folder / "other.safetensors")
    (folder / "evil.bin").write_bytes(saved(canary))
    names = ("embeddings.word_embeddings.weight", "encoder.layer.0.output.dense.weight")
    write(folder / "model.safetensors.index.json", {"metadata": {}, "weight_map": dict.fromkeys(names, "evil.bin")})
    if arguments:
        change(folder / "sentence_bert_config.json", **arguments)


def _sharded_outside(folder: Path, canary: Path) -> None:
    (folder / "model.safetensors").rename(folder / "other.safetensors")
    names = {"embeddings.word_embeddings.weight": f"../../outside/{canary.parent.name}/secret.txt"}
    write(folder / "model.safetensors.index.json", {"metadata": {}, "weight_map": names})


def _asking(key: str) -> Trick:
    def trick(folder: Path, canary: Path) -> None:
        _sharded(folder, canary, **{key: {"weights_only": False, "use_safetensors": False, "trust_remote_code": True}})

    return trick


def _named_weights(folder: Path, canary: Path) -> None:
    (folder / "evil.bin").write_bytes(saved(canary))
    change(folder / "config.json", transformers_weights="evil.bin")
    change(folder / "sentence_bert_config.json", model_args={"weights_only": False})


def _typed(name: str) -> Trick:
    def trick(folder: Path, canary: Path) -> None:
        code(folder, canary)
        modules = json.loads((folder / "modules.json").read_text())
        modules[-1]["type"] = name
        write(folder / "modules.json", modules)

    return trick


def _mapped(trusting: bool, **changes: Any) -> Trick:
    def trick(folder: Path, canary: Path) -> None:
        code(folder, canary)
        names = {"AutoModel": "evil.Model", "AutoConfig": "evil.Config", "AutoTokenizer": ["evil.Tokenizer", "evil.Tokenizer"]}
        change(folder / "config.json", auto_map=names, **changes)
        change(folder / "tokenizer_config.json", auto_map=names, tokenizer_class="Tokenizer")
        if trusting:
            asked = {"trust_remote_code": True}
            change(folder / "sentence_bert_config.json", model_args=asked, tokenizer_args=asked, config_args=asked)
            change(folder / "config.json", trust_remote_code=True)

    return trick


def _kernel(folder: Path, _: Path) -> None:
    change(folder / "config.json", _attn_implementation="evil/kernel", attn_implementation="evil/kernel")


def _activation(folder: Path, canary: Path) -> None:
    code(folder, canary)
    modules = json.loads((folder / "modules.json").read_text())
    modules.append({"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"})
    write(folder / "modules.json", modules)
    write(folder / "2_Dense" / "config.json", {"in_features": 16, "out_features": 4, "activation_function": "evil.Model"})
    shutil.copy(folder / "model.safetensors", folder / "2_Dense" / "model.safetensors")


def _routed(types: dict[str, str], name: str = "router_config.json") -> Trick:
    def trick(folder: Path, canary: Path) -> None:
        code(folder, canary)
        modules = json.loads((folder / "modules.json").read_text())
        modules[-1] = {"idx": 1, "name": "1", "path": "1_Router", "type": "sentence_transformers.models.Router"}
        write(folder / "modules.json", modules)
        routes = {"types": types, "structure": {"query": list(types)}, "parameters": {}}
        write(folder / "1_Router" / name, routes)
        for inner in types:
            if ".." not in inner:
                write(folder / "1_Router" / inner / "config.json", {"in_features": 16, "out_features": 4})
                (folder / "1_Router" / inner / "pytorch_model.bin").write_bytes(saved(canary))

    return trick


def _adapter(folder: Path, canary: Path) -> None:
    write(folder / "adapter_config.json", {"peft_type": "LORA", "base_model_name_or_path": str(canary.parent)})
    (folder / "adapter_model.bin").write_bytes(saved(canary))


def _astray(path: str) -> Trick:
    def trick(folder: Path, canary: Path) -> None:
        modules = json.loads((folder / "modules.json").read_text())
        modules[-1]["path"] = path or str(canary.parent)
        write(folder / "modules.json", modules)

    return trick


def _linked(name: str) -> Trick:
    def trick(folder: Path, canary: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to(canary.parent / "secret.txt")

    return trick


def _fifo(name: str) -> Trick:
    def trick(folder: Path, _: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    return trick


def _text(name: str, text: str) -> Trick:
    def trick(folder: Path, _: Path) -> None:
        (folder / name).write_text(text)

    return trick


def _archive(folder: Path, canary: Path) -> None:
    shutil.rmtree(folder)
    folder.write_bytes(packed(canary))


def _objects(folder: Path, canary: Path) -> None:
    """Put an array of Python objects in the place of an installed encoder's vectors."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "|O", "fortran_order": False, "shape": (1,)})
    (folder / VECTORS).write_bytes(buffer.getvalue() + pickled(canary))
    _signed(folder)


def _zipped(folder: Path, canary: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.npy", pickled(canary))
    (folder / VECTORS).write_bytes(buffer.getvalue())
    _signed(folder)


def _bare_vectors(folder: Path, canary: Path) -> None:
    (folder / VECTORS).write_bytes(pickled(canary))
    _signed(folder)


def _signed(folder: Path, **changes: Any) -> None:
    """Let the card of an installed encoder tell the truth about its files."""
    cards.write(replace(cards.read(folder), **{"name": "hostile", "files": cards.inventory(folder), **changes}), folder)


def _graph(folder: Path, canary: Path) -> None:
    """Put a graph there whose weights lie in a file outside."""
    from onnx import TensorProto, helper

    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", os.path.relpath(canary.parent / "secret.txt", folder)), ("offset", "0"), ("length", "16")):
        tensor.external_data.add(key=key, value=value)
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["b", "t"])]
    outputs = [helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, [4])]
    node = helper.make_node("Identity", ["w"], ["sentence_embedding"])
    graph = helper.make_graph([node], "g", inputs, outputs, [tensor])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    (folder / cards.ONNX).write_bytes(made.SerializeToString())
    _signed(folder, kind="onnx", dim=4)


def _original(folder: Path, canary: Path) -> None:
    """Let an installed encoder run through sentence-transformers, from a folder with code."""
    from semspace.bench.faults.weights import model

    place = folder.parent.parent / "original"
    model(place)
    _typed("evil.Model")(place, canary)
    from semspace.encoders.sources import fingerprint

    _signed(folder, kind="transformer", source_folder=str(place), fingerprint=fingerprint(place))


def _elsewhere(folder: Path, canary: Path) -> None:
    """Let an encoder say that it is another folder's."""
    _signed(folder, name=f"../../../outside/{canary.parent.name}")


TRICKS: list[tuple[str, Trick, bool]] = [
    ("pickles beside the weights", _bins, False),
    ("pickles only", _only_bins, False),
    ("a pickle called safetensors", _renamed, False),
    ("a bare pickle called safetensors", _bare, False),
    ("weights in parts that are pickles", _sharded, False),
    ("weights in parts that lie outside", _sharded_outside, False),
    *((f"pickles, and {key} that asks for them", _asking(key), False) for key in ("model_args", "model_kwargs", "config_args")),
    ("a configuration that names pickled weights", _named_weights, False),
    *((f"a module of the class {name}", _typed(name), False) for name in ("evil.Model", "hostile.evil.Model", "os.system", "")),
    ("code in auto_map", _mapped(False), False),
    ("code in auto_map, of an unknown kind", _mapped(False, model_type="evil", architectures=["Model"]), False),
    ("code in auto_map, trusted by itself", _mapped(True, model_type="evil"), False),
    ("attention from the hub", _kernel, False),
    ("an activation that is code", _activation, False),
    ("a router to code", _routed({"a": "evil.Model"}), False),
    ("a router to pickles", _routed({"a": "sentence_transformers.models.Dense"}), False),
    ("an old router to code", _routed({"a": "evil.Model"}, "config.json"), False),
    ("a router that leads out", _routed({"../../../outside": "sentence_transformers.models.Dense"}), False),
    ("an adapter", _adapter, False),
    *(
        (f"a module in {path or 'another folder'}", _astray(path), False)
        for path in ("", "../../outside", "/etc", "a\0b", "1_P/../..")
    ),
    *((f"{name} that is a link", _linked(name), False) for name in ("config.json", "tokenizer.json", "model.safetensors")),
    *(
        (f"{name} that is a FIFO", _fifo(name), False)
        for name in ("config.json", "modules.json", "tokenizer.json", "model.safetensors")
    ),
    ("modules nested without end", _text("modules.json", "[" * 100_000), False),
    ("modules that are no list", _text("modules.json", '{"path": 1}'), False),
    ("a configuration nested without end", _text("config.json", "[" * 100_000), False),
    ("a tokenizer nested without end", _text("tokenizer.json", '{"a":' * 100_000), False),
    ("an archive in the place of a folder", _archive, False),
    ("vectors that are objects", _objects, True),
    ("vectors that are an archive of pickles", _zipped, True),
    ("vectors that are a pickle", _bare_vectors, True),
    ("a graph with weights outside", _graph, True),
    ("an original with code", _original, True),
    ("a card of another folder", _elsewhere, True),
]
"""What is done, how, and whether to an installed encoder."""
