"""A real Milvus server that is killed, frozen, cut off or asked with a wrong token while a space is brought up to date.

After each: the space holds every text, and when the server is back the next run makes the engine equal to it, one by one.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np

from semspace.bench.engines import Standalone, standalone
from semspace.bench.faults import Tally, Trial, tiny
from semspace.bench.faults.sample import texts
from semspace.errors import EngineFailed, EngineRefused, SemspaceError
from semspace.records import Engine
from semspace.space import Space
from semspace.vectors.connecting import warning
from semspace.vectors.milvus import MilvusIndex

FILES = 24
TIMEOUT = 3.0
LONGEST = 40.0
"""Seconds that a call may take to say that nobody answers: three attempts, each with its time-out, and what lies between."""

QUERIES = ("bread river mountain", "the doctor and the bank", "copper bridge in winter rain")
PASSWORD = "root:Milvus"  # noqa: S105  # every Milvus starts with it


@dataclass(slots=True)
class Scene:
    """A server, a space that it serves, and the folder that the space follows."""

    server: Standalone
    space: Space
    folder: Path
    chance: Random


def engine(trial: Trial) -> list[Tally]:
    """Do each harm in turn, so many times, and judge what is left."""
    tally = Tally("a Milvus server fails while a space is indexed or searched", "SIGKILL, SIGSTOP, a cut or held link, a token")
    with standalone(trial.work / "server", password=True) as server:
        folder = trial.work / "texts"
        folder.mkdir()
        for number, text in enumerate(texts(Random(trial.seed), FILES)):
            (folder / f"{number}.md").write_text(text)
        secret = {"SEMSPACE_TOKEN": PASSWORD}.get
        chosen = Engine(server.uri, "faults", token_env="SEMSPACE_TOKEN", timeout=TIMEOUT)  # noqa: S106  # it is a name
        with Space.create("faults", tiny.NAME, home=trial.work / "home", models=trial.models, secret=secret) as space:
            space.engage(chosen)
            space.index([folder])
            for number in range(trial.cases):
                scene = Scene(server, space, folder, Random(f"{trial.seed} {number}"))
                name = [*HARMS][number % len(HARMS)]
                problem = HARMS[name](scene) or _judged(scene)
                tally.case(f"seed {trial.seed}, case {number}, {name}: {problem}" if problem else None)
    return [tally]


def _edit(scene: Scene) -> None:
    """Change, add and remove some files."""
    stamp = scene.chance.randrange(10**6)
    for number in scene.chance.sample(range(FILES), 8):
        path = scene.folder / f"{number}.md"
        path.unlink(missing_ok=True) if scene.chance.random() < 0.2 else path.write_text(
            texts(Random(f"{stamp}{number}"), 1)[0]
        )


def _while_indexing(scene: Scene, harm: Callable[[], None], within: float) -> str | None:
    """Do harm at some moment of a run; what the run raises has to be an error of ours, in time."""
    _edit(scene)
    timer = threading.Timer(scene.chance.uniform(0, within), harm)
    timer.start()
    started = time.monotonic()
    try:
        scene.space.index()
    except EngineFailed:
        pass
    except Exception as error:  # noqa: BLE001  # whatever else it is, is a finding
        return f"{type(error).__name__}: {error}"
    finally:
        timer.join()
    return f"it took {time.monotonic() - started:.0f} s" if time.monotonic() - started > LONGEST + 10 else None


def _killed(scene: Scene) -> str | None:
    problem = _while_indexing(scene, lambda: scene.server.send(signal.SIGKILL), 1.5)
    scene.server.start()
    return problem


def _frozen(scene: Scene) -> str | None:
    scene.server.send(signal.SIGSTOP)
    problem: str | None
    started = time.monotonic()
    try:
        scene.space.search(QUERIES[0], 5, "semantic", everything=True)
        problem = "a server that is frozen answered"
    except EngineFailed:
        late = time.monotonic() - started
        problem = f"it took {late:.0f} s to say so" if late > LONGEST else None
    finally:
        scene.server.send(signal.SIGCONT)
    return problem


def _cut(scene: Scene) -> str | None:
    relay = scene.server.relay
    assert relay is not None
    problem = _while_indexing(scene, lambda: relay.set("cut"), 1.0)
    relay.set("open")
    return problem


def _held(scene: Scene) -> str | None:
    """Hold what passes for less than a time-out: the run has to get through."""
    relay = scene.server.relay
    assert relay is not None
    _edit(scene)
    relay.set("held")
    timer = threading.Timer(TIMEOUT / 2, lambda: relay.set("open"))
    timer.start()
    try:
        scene.space.index()
    except SemspaceError as error:
        return f"a link that was slow for {TIMEOUT / 2} s ended the run: {error}"
    finally:
        timer.join()
    return None


def _wrong_token(scene: Scene) -> str | None:
    chosen = scene.space.settings.engine
    assert chosen is not None
    for token in ("root:wrong", "nobody:Milvus", scene.chance.randbytes(8).hex()):
        try:
            MilvusIndex.open(chosen, token)
        except EngineRefused as refused:
            if token in str(refused):
                return "an error shows a token"
        else:
            return f"the token {token} was let in"
    with suppress(EngineRefused):
        MilvusIndex.open(replace(chosen, uri="http://192.0.2.1:19530"), PASSWORD)
        return "a token went to another machine in the clear"
    return None


def _old_version(scene: Scene) -> str | None:
    status = scene.space.engine_status()
    if status is None or status.warning is None or "2.3.5" not in status.warning:
        return "an old version is not warned about"
    return None if warning("2.6.10") is None else "a sound version is warned about"


HARMS: dict[str, Callable[[Scene], str | None]] = {
    "killed": _killed,
    "wrong token": _wrong_token,
    "old version": _old_version,
    "held": _held,
    "cut": _cut,
    "frozen": _frozen,
}


def _judged(scene: Scene) -> str | None:
    """Bring the space up to date once more, and return what is wrong then."""
    space = scene.space
    try:
        # The first try may still meet a server that is coming back.
        for left in reversed(range(5)):
            try:
                space.index()
                break
            except EngineFailed:
                if not left:
                    raise
                time.sleep(2)
        wrong = [finding.message for finding in space.check() if finding.count]
        status = space.engine_status()
    except SemspaceError as error:
        return f"it does not go on: {error}"
    if wrong:
        return "; ".join(wrong)
    if status is None or status.passages != len(space):
        return "the counts differ"
    stored = {path.name for path in scene.folder.iterdir()}
    if {Path(path).name for path in space._store.documents()} != stored:
        return "documents are missing, or are there though their files are not"
    ids = space._store.encoded_ids()
    vectors = space._store.vectors(ids)
    for query in QUERIES:
        asked = space.encoder.encode([query], "query")
        found = space._vectors.search(asked, 10)[0].ids
        best = np.sort(-(vectors @ asked[0]))[9]
        if (-(vectors[np.searchsorted(ids, found)] @ asked[0]) > best + 1e-5).any() or len(found) != 10:
            return f"{query!r} is not answered as exact search does"
    return None
