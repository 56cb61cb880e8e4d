"""How an encoder is run: what a caller may say about it, and encoders opened so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from semspace.encoders import Encoder, Progress, load


class Running(TypedDict, total=False):
    """Where encoders live, by which runtime and on which device they run, and who is told what takes long.

    `runtime`: auto, openvino, onnx, torch. `device`: where many texts are encoded; cpu, cuda. `secret` gives the token that
    goes by a name: os.environ.get, say. Only a space that is served from an engine asks for one.
    """

    models: Path | None
    runtime: str
    device: str
    say: Progress | None
    secret: Callable[[str], str | None] | None


def open_encoder(name: str | None, running: Running, *, bulk: bool) -> Encoder:
    """Open an encoder for many texts (`bulk`) or for a query; a query of its own is not worth waking a GPU for."""
    runtime = running.get("runtime", "auto")
    device = running.get("device", "cpu") if bulk or runtime != "auto" else "cpu"
    models, say = running.get("models"), running.get("say")
    return load(name, models=models, runtime=runtime, device=device, bulk=bulk, progress=say)
