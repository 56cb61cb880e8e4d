"""Two runtimes report to their makers by default: here they are imported so that they tell nobody."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

_SWITCH = "ORT_DISABLE_TELEMETRY"


def import_onnxruntime() -> Any:
    """Import ONNX Runtime without its uploader, which its builds since 2026 start while they are imported.

    Its own function to switch it off comes too late: by then there is a device id and a first event. The switch is put
    back afterwards, for it concerns the import alone. Raises ImportError.
    """
    before = os.environ.get(_SWITCH)
    os.environ[_SWITCH] = "1"
    try:
        onnxruntime = import_module("onnxruntime")
    finally:
        if before is None:
            del os.environ[_SWITCH]
        else:
            os.environ[_SWITCH] = before
    onnxruntime.disable_telemetry_events()  # where someone else imported it first
    return onnxruntime


def import_openvino() -> Any:
    """Import OpenVINO without its model converter, which sends an event when it is imported, and takes 0.1 s.

    Raises ImportError.
    """
    with _without("openvino.tools", "openvino_telemetry"):
        return import_module("openvino")


@contextmanager
def _without(*names: str) -> Iterator[None]:
    """Let some modules be as if they were not installed, unless they are loaded already."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None means: there is none
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)
