"""Compares this package with the peers in one run: pairs of runs, made one right after the other."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from peerbench.catalogue import PEERS, Peer
from peerbench.ours import cost_us, run_ours
from peerbench.running import RunFailed, run_once

#: A peer is measured at the largest of these that it does within the limit.
LADDER = (100, 1_000, 10_000)
#: The most seconds that a peer's makespan may be expected to take.
LIMIT_S = 20.0

Log = Callable[[str], None]


@dataclass
class Comparison:
    """One peer on one workload, against ours."""

    peer: Peer
    workload: str
    #: The peer's runs on the way up the ladder, one at each size.
    climb: list[dict] = field(default_factory=list)
    #: Runs of ours and of the peer, paired by their index.
    ours: list[dict] = field(default_factory=list)
    theirs: list[dict] = field(default_factory=list)
    #: Why there is no comparison, or no complete one.
    problem: str | None = None

    @property
    def n(self) -> int | None:
        """How many seeds the peer is given."""
        return self.climb[-1]["n"] if self.climb else None

    @property
    def ratios(self) -> list[float]:
        """Ours over theirs, in CPU per consumed artifact, of each pair."""
        return [cost_us(mine) / peer_cost_us(other) for mine, other in zip(self.ours, self.theirs)]


def peer_cost_us(result: dict) -> float:
    """Microseconds of CPU per consumed artifact."""
    return result["cpu_s"] / result["work"] * 1e6


def climb(run: Callable[[int], dict], limit_s: float = LIMIT_S, ladder: tuple[int, ...] = LADDER) -> list[dict]:
    """Runs at growing sizes for as long as the next is expected to stay within the limit.

    The expectation is the last makespan, grown as it grew from the size before, and
    in proportion to the size at least. The first size is run in any case; a run that
    turns out too slow is left out, unless it is the only one.
    """
    done: list[dict] = []
    for n in ladder:
        if done and expected_makespan(done, n) > limit_s:
            break
        result = run(n)
        if done and result["makespan_s"] > limit_s:
            break
        done.append(result)
    return done


def expected_makespan(done: list[dict], n: int) -> float:
    last, exponent = done[-1], 1.0
    if len(done) > 1:
        before = done[-2]
        exponent = math.log(last["makespan_s"] / before["makespan_s"]) / math.log(last["n"] / before["n"])
    return last["makespan_s"] * (n / last["n"]) ** max(1.0, exponent)


def prepare(workloads: tuple[str, ...], limit_s: float, log: Log) -> list[Comparison]:
    """A comparison for every peer that offers a workload, with the size that the peer can do."""
    prepared = []
    for workload in workloads:
        for peer in PEERS:
            if workload not in peer.workloads:
                continue
            comparison = Comparison(peer, workload)
            prepared.append(comparison)
            try:
                comparison.climb = climb(lambda n: run_once(peer, workload, n), limit_s)
            except RunFailed as problem:
                comparison.problem = str(problem)
                log(f"{workload} on {peer.name}: {problem}")
            else:
                log(f"{workload} on {peer.name}: N = {comparison.n}")
    return prepared


def measure(comparisons: list[Comparison], rounds: int, log: Log) -> None:
    """Adds ``rounds`` pairs to every comparison that can be made, all of them in turn.

    Within a pair the order alternates from round to round. ``RunFailed`` from ours is
    passed on; a peer's ends its own comparison only.
    """
    for number in range(rounds):
        log(f"round {number + 1} of {rounds}")
        for comparison in comparisons:
            if comparison.problem is None:
                measure_pair(comparison, ours_first=number % 2 == 0)


def measure_pair(comparison: Comparison, ours_first: bool) -> None:
    peer, workload, n = comparison.peer, comparison.workload, comparison.n
    mine = run_ours(workload) if ours_first else None
    try:
        other = run_once(peer, workload, n)
    except RunFailed as problem:
        comparison.problem = str(problem)
        return
    mine = mine or run_ours(workload)
    if comparison.ours and comparison.ours[0]["checksum"] != mine["checksum"]:
        raise RunFailed(f"flock-bench {workload}: two runs of the same size have different checksums")
    comparison.ours.append(mine)
    comparison.theirs.append(other)
