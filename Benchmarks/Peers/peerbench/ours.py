"""Runs this package's own benchmark program on the same workloads."""

from __future__ import annotations

import json

from peerbench.catalogue import ROOT
from peerbench.driving import MARK
from peerbench.running import RunFailed, spawn
from peerbench.workloads import check_size, consumed, expected_outputs

PROGRAM = ROOT / ".build" / "release" / "flock-bench"
#: How many seeds ours is given in comparisons.
N = 10_000
FIELDS = ("consumed", "outputs", "checksum", "cpu_s", "wall_s", "peak_rss_mb")


def command(workload: str, n: int) -> list[str]:
    return [str(PROGRAM), "workload", workload, "--n", str(n), "--json"]


def run_ours(workload: str, n: int = N, limit_s: float = 60.0) -> dict:
    """One repetition; raises ``RunFailed`` when the program is not built, fails, or did not do all of the work."""
    check_size(workload, n)
    if not PROGRAM.exists():
        raise RunFailed(f"{PROGRAM.relative_to(ROOT)} is not built")
    code, output, errors = spawn(command(workload, n), limit_s)
    lines = [line.removeprefix(MARK) for line in output.splitlines() if line.startswith(MARK)]
    if code != 0 or len(lines) != 1:
        last = " / ".join(errors.strip().splitlines()[-3:])
        raise RunFailed(f"flock-bench ended with {code} and {len(lines)} results: {last}")
    result = json.loads(lines[0])
    absent = [field for field in FIELDS if field not in result]
    if absent:
        raise RunFailed(f"flock-bench's result has no {', '.join(absent)}")
    outputs = sum(1 for _ in expected_outputs(workload, n))
    if (result["consumed"], result["outputs"]) != (consumed(workload, n), outputs):
        raise RunFailed(
            f"flock-bench {workload} of {n} consumed {result['consumed']} and made {result['outputs']},"
            f" it should be {consumed(workload, n)} and {outputs}"
        )
    return result


def cost_us(result: dict) -> float:
    """Microseconds of CPU per consumed artifact."""
    return result["cpu_s"] / result["consumed"] * 1e6
