"""The workloads as arithmetic: what goes in, how much is consumed, and what must come out.

Seed ``k`` of ``n`` is the item ``(key: k, value: 3k + 1, text: 64 characters)``. What
an agent does is one addition, so that a run measures the system and not the agent:

==============  ==========================================================  ========  ==========
workload        agents and their output                                     consumed  outputs
==============  ==========================================================  ========  ==========
``map``         one: ``value + 1``                                          n         n
``chain``       ten in a row: ``value + 1`` each                            10n       n
``fanout``      ten side by side, reader ``r``: ``value + r + 1``           10n       10n
``join``        by key, the partner being ``5k + 2``: both values added     2n        n
``batch``       25 at a time: the first key, the sum of the values          n         n / 25
``map_sqlite``  as ``map``, kept in an SQLite file                          n         n
==============  ==========================================================  ========  ==========

The checksum is the sum, modulo 2^64, of ``mix(key * 2^32 + value)`` over all outputs,
``mix`` being the finalizer of splitmix64. It does not depend on the order of the outputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

STAGES = 10
FAN_OUT = 10
BATCH_SIZE = 25
TEXT = "0123456789abcdef" * 4
#: Above this, ``key * 2^32 + value`` would no longer be distinct for every output.
LARGEST_N = 10_000_000

WORD = 2**64 - 1


class WorkloadError(ValueError):
    """A workload that does not exist, or one that cannot be run with this many seeds."""


def seed_value(key: int) -> int:
    return 3 * key + 1


def partner_value(key: int) -> int:
    return 5 * key + 2


def check_size(workload: str, n: int) -> None:
    """Refuses a number of seeds that the workload has no exact answer for."""
    if not 1 <= n <= LARGEST_N:
        raise WorkloadError(f"n must be between 1 and {LARGEST_N}, not {n}")
    if workload == "batch" and n % BATCH_SIZE:
        raise WorkloadError(f"batch takes a multiple of {BATCH_SIZE}, since no peer runs an incomplete batch; got {n}")


def consumed(workload: str, n: int) -> int:
    """How many artifacts the agents consume, which is the work that costs are divided by."""
    factor = {"chain": STAGES, "fanout": FAN_OUT, "join": 2, "map": 1, "map_sqlite": 1, "batch": 1}
    if workload not in factor:
        raise WorkloadError(f"no workload is called {workload!r}")
    return factor[workload] * n


def expected_outputs(workload: str, n: int) -> Iterator[tuple[int, int]]:
    """The (key, value) pairs that a correct run ends with, by the definitions above and nothing else."""
    if workload in ("map", "map_sqlite"):
        return ((key, seed_value(key) + 1) for key in range(n))
    if workload == "chain":
        return ((key, seed_value(key) + STAGES) for key in range(n))
    if workload == "fanout":
        return ((key, seed_value(key) + reader + 1) for key in range(n) for reader in range(FAN_OUT))
    if workload == "join":
        return ((key, seed_value(key) + partner_value(key)) for key in range(n))
    if workload == "batch":
        return (
            (first, sum(seed_value(key) for key in range(first, first + BATCH_SIZE)))
            for first in range(0, n, BATCH_SIZE)
        )
    raise WorkloadError(f"no workload is called {workload!r}")


def mix(word: int) -> int:
    """The finalizer of splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014)."""
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & WORD
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB & WORD
    return word ^ (word >> 31)


def checksum(outputs: Iterable[tuple[int, int]]) -> str:
    """16 hexadecimal digits over the outputs, in whatever order they come."""
    return f"{sum(mix((key << 32) + value & WORD) for key, value in outputs) & WORD:016x}"
