"""What every driver does around its peer: arguments, the clock, the result line.

A driver is a program that runs one workload once and ends. It is started inside the
peer's environment by ``peerbench.running``, in an empty folder that is its own.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import json
import os
import platform
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version

from peerbench.workloads import check_size, checksum, consumed

MARK = "@@result "

Outputs = Iterable[tuple[int, int]]


class Stopwatch:
    """Measures from just before the first publish to just after the last output."""

    def __enter__(self) -> Stopwatch:
        self._cpu = time.process_time()
        self._wall = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.makespan_s = time.perf_counter() - self._wall
        #: User and system time of all threads of this process.
        self.cpu_s = time.process_time() - self._cpu


@dataclass
class Run:
    """A measured run: its clock, stopped, and what came out of the peer."""

    watch: Stopwatch
    outputs: Outputs


Program = Callable[[int, str], "Run"]


def peak_rss_mb() -> float:
    """The most memory this program has had resident, in MiB.

    Read from the process's own address space: what ``getrusage`` tells also counts
    the program that was running in this process before it became this one.
    """
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    raise OSError("/proc/self/status has no line VmHWM")


def drive(package: str, programs: dict[str, Program], variants: tuple[str, ...] = ("default",)) -> None:
    """Runs the workload that the command line names and prints its result as the last line."""
    parser = argparse.ArgumentParser(description=f"runs one workload on {package}, once")
    parser.add_argument("workload", choices=programs)
    parser.add_argument("--n", type=int, required=True, help="how many seeds are published")
    parser.add_argument("--variant", choices=variants, default=variants[0])
    arguments = parser.parse_args()
    check_size(arguments.workload, arguments.n)

    run = programs[arguments.workload](arguments.n, arguments.variant)
    if inspect.isawaitable(run):
        run = asyncio.run(run)
    peak = peak_rss_mb()
    outputs = list(run.outputs)
    result = {
        "peer": package,
        "version": version(package),
        "python": platform.python_version(),
        "workload": arguments.workload,
        "variant": arguments.variant,
        "n": arguments.n,
        "work": consumed(arguments.workload, arguments.n),
        "done": len(outputs),
        "checksum": checksum(outputs),
        "cpu_s": round(run.watch.cpu_s, 6),
        "makespan_s": round(run.watch.makespan_s, 6),
        "peak_rss_mb": round(peak, 1),
    }
    os.write(1, f"\n{MARK}{json.dumps(result)}\n".encode())
