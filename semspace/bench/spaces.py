"""Large spaces, each built once in a process of its own, with what that took."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from semspace import places
from semspace.bench.material import Material, glosses
from semspace.bench.measuring import python
from semspace.bench.setting import Setting

FILES = 1_000
PER_FILE = 100


@dataclass(frozen=True, slots=True)
class Built:
    """A space, and what making it took: seconds without those of drawing its vectors, bytes of memory at the peak."""

    name: str
    passages: int
    seconds: float
    peak: float


def drawn(setting: Setting, passages: int) -> Built:
    """Return a space of so many passages, built where there is none yet. Raises Absent."""
    return _built(setting, f"drawn-{passages}", "build", str(passages))


def followed(setting: Setting) -> tuple[Built, Path]:
    """Return a space of 1,000 files with 100 passages each (fewer in a quick run), and their folder. Raises Absent."""
    folder = setting.home / "files"
    if not folder.is_dir():
        setting.say("writing files of recombined glosses")
        material = glosses(setting)
        temporary = setting.home / "files.new"
        shutil.rmtree(temporary, ignore_errors=True)
        for number in range(setting.size(FILES, 10)):
            path = temporary / f"{number % 25:02}" / f"{number:04}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_page(material, number, setting.size(PER_FILE, 4)), encoding="utf-8")
        temporary.replace(folder)
    return _built(setting, "followed", "follow", str(folder)), folder


def _page(material: Material, number: int, paragraphs: int) -> str:
    return "\n\n".join(material.paragraph(number * paragraphs + row) for row in range(paragraphs)) + "\n"


def _built(setting: Setting, name: str, action: str, argument: str) -> Built:
    receipt = setting.home / f"{name}.json"
    if receipt.is_file():
        return Built(**json.loads(receipt.read_text(encoding="utf-8")))
    # The glosses' vectors are made here, so that what is measured in the child is the space alone.
    glosses(setting)
    setting.say(f"building the space {name}")
    if places.is_space(setting.home / name):
        places.erase(setting.home / name)
    run = python("-m", "semspace.bench.child", action, setting.packed(), name, argument)
    built = Built(name, run.said["passages"], run.said["seconds"], run.peak)
    receipt.write_text(json.dumps(asdict(built)), encoding="utf-8")
    return built


def size(folder: Path) -> int:
    """Return the bytes of a file, or of all files below a folder."""
    if folder.is_dir():
        return sum(size(path) for path in folder.iterdir())
    return folder.stat().st_size
