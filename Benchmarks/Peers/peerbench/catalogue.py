"""The peers: what is installed for each, which workloads it runs, and in which variants."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
ENVIRONMENTS = ROOT / ".venvs"

#: Every workload, in the order in which reports list them.
WORKLOADS = ("map", "chain", "fanout", "join", "batch", "map_sqlite")


@dataclass(frozen=True)
class Peer:
    """One system that the same workloads are run on."""

    name: str
    #: What is asked for; everything that follows from it is pinned in the requirements file.
    packages: tuple[str, ...]
    #: The Python minor versions that the requirements file covers, the preferred one first.
    pythons: tuple[str, ...]
    driver: str
    #: Workload -> what its program is made of on this peer. A workload that is absent is not offered.
    workloads: dict[str, str]
    variants: tuple[str, ...] = ("default",)
    #: The variant that comparisons quote: the peer at its best.
    best: str = "default"

    @property
    def environment(self) -> Path:
        return ENVIRONMENTS / f"peer-{self.name}"

    @property
    def python(self) -> Path:
        """The interpreter inside the environment."""
        return self.environment / "bin" / "python"

    @property
    def requirements(self) -> Path:
        return HERE / "requirements" / f"requirements-{self.name}.txt"

    @property
    def stamp(self) -> Path:
        """Written when an installation is complete, and what makes the next one quick."""
        return self.environment / "installed.json"

    @property
    def is_installed(self) -> bool:
        return self.stamp.is_file() and self.python.exists()


PEERS = (
    Peer(
        name="flock-core",
        packages=("flock-core==0.5.700",),
        pythons=("3.12", "3.13"),
        driver="drive_flock_core.py",
        workloads={
            "map": "one agent that consumes each item",
            "chain": "ten agents, each consuming its predecessor's type",
            "fanout": "ten agents that consume the same type",
            "join": "JoinSpec by key within an hour",
            "batch": "BatchSpec of 25",
            "map_sqlite": "SQLiteBlackboardStore",
        },
        variants=("lean", "default"),
        best="lean",
    ),
    Peer(
        name="langgraph",
        packages=("langgraph==1.2.22", "langgraph-checkpoint-sqlite==3.1.2"),
        pythons=("3.12", "3.13", "3.11"),
        driver="drive_langgraph.py",
        workloads={
            "map": "one superstep of Send",
            "chain": "ten nodes, one invoke a seed",
            "fanout": "ten nodes after START, one invoke a seed",
            "join": "by hand: a reducer holds both sides, one Send a pair",
            "batch": "by hand: one Send for every 25 items",
            "map_sqlite": "one superstep of Send with SqliteSaver",
        },
    ),
    Peer(
        name="autogen-core",
        packages=("autogen-core==0.7.5",),
        pythons=("3.12", "3.13", "3.11"),
        driver="drive_autogen_core.py",
        workloads={
            "map": "one routed agent on a topic",
            "chain": "ten routed agents, a topic between each two",
            "fanout": "ten routed agents on one topic",
            "join": "by hand: an agent with a dictionary of waiting items",
            "batch": "by hand: an agent with a list of waiting items",
        },
    ),
    Peer(
        name="agent-framework-core",
        packages=("agent-framework-core==1.23.0",),
        pythons=("3.12", "3.13", "3.11"),
        driver="drive_agent_framework_core.py",
        workloads={
            "map": "one executor after the one that sends the items",
            "chain": "ten executors in a row, all items in one run",
            "fanout": "ten executors after the one that sends the items",
            "join": "by hand: an executor with a dictionary of waiting items",
            "batch": "by hand: an executor with a list of waiting items",
        },
    ),
)


class UnknownPeer(ValueError):
    """A name that is in no catalogue entry."""


def peer_named(name: str) -> Peer:
    for peer in PEERS:
        if peer.name == name:
            return peer
    known = ", ".join(peer.name for peer in PEERS)
    raise UnknownPeer(f"no peer is called {name!r}; there are {known}")
