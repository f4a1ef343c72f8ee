"""Runs drivers: a fresh process and an empty folder for every repetition, with a time limit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from peerbench.catalogue import HERE, Peer
from peerbench.driving import MARK
from peerbench.workloads import check_size, checksum, consumed, expected_outputs

#: How long a single run may take, start of the process included, unless a caller says otherwise.
DEFAULT_LIMIT_S = 120.0


class RunFailed(RuntimeError):
    """A run that ended without a result, was too slow, or gave a wrong one."""


def run_once(peer: Peer, workload: str, n: int, variant: str | None = None, limit_s: float = DEFAULT_LIMIT_S) -> dict:
    """One repetition: the driver's result line as a dictionary, its outputs checked.

    Raises ``RunFailed`` when the peer is not installed or does not offer the workload,
    when the run takes longer than ``limit_s`` seconds or ends without a result, and
    when its outputs are not those that the workload's definition asks for.
    """
    check_size(workload, n)
    if workload not in peer.workloads:
        raise RunFailed(f"{peer.name} does not offer {workload}")
    if not peer.is_installed:
        raise RunFailed(f"{peer.name} is not installed; run Benchmarks/Peers/install")
    command = [peer.python, "-W", "ignore", HERE / "drivers" / peer.driver, workload, "--n", str(n)]
    command += ["--variant", variant or peer.best]
    result = parse(spawn([str(part) for part in command], limit_s), peer)
    check_result(result, workload, n)
    return result


def spawn(command: list[str], limit_s: float) -> tuple[int, str, str]:
    """Runs a command in a process group and a folder of its own: exit code, output and errors."""
    with tempfile.TemporaryDirectory(prefix="peer-bench-") as scratch:
        with open(Path(scratch, "errors"), "w+b") as errors, open(Path(scratch, "output"), "w+b") as output:
            folder = Path(scratch, "work")
            folder.mkdir()
            child = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True
            )
            try:
                ended = wait_until_ended(child.pid, limit_s)
            finally:
                # Not reaped yet, so that the group's id cannot be another's by now.
                os.killpg(child.pid, signal.SIGKILL)
                code = child.wait()
            if not ended:
                raise RunFailed(f"took longer than {limit_s:g} s")
            return code, read_back(output), read_back(errors)


def wait_until_ended(process: int, limit_s: float) -> bool:
    """Whether a child ended in time; it stays to be reaped."""
    end = time.monotonic() + limit_s
    while os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def read_back(stream) -> str:
    """The last MiB of what a child wrote."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - 2**20))
    return stream.read().decode(errors="replace")


def parse(finished: tuple[int, str, str], peer: Peer) -> dict:
    code, output, errors = finished
    for line in reversed(output.splitlines()):
        if code == 0 and line.startswith(MARK):
            return json.loads(line.removeprefix(MARK))
    last = " / ".join(errors.strip().splitlines()[-3:])
    raise RunFailed(f"{peer.name} ended with {code} and no result: {last}")


def check_result(result: dict, workload: str, n: int) -> None:
    """Compares the outputs with those that follow from the definition of the workload."""
    wanted = list(expected_outputs(workload, n))
    for name, right in (
        ("work", consumed(workload, n)),
        ("done", len(wanted)),
        ("checksum", checksum(wanted)),
    ):
        if result[name] != right:
            raise RunFailed(f"{result['peer']} {workload} of {n}: {name} is {result[name]}, it should be {right}")
