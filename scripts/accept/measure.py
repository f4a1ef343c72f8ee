"""Runs a command and tells what it used: time, CPU and memory; and counts its instructions."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

#: Of what a command writes, this many bytes are kept, the last ones.
KEPT_BYTES = 4 * 2**20


@dataclass(frozen=True)
class Finished:
    """A command that has ended, and what it took."""

    command: tuple[str, ...]
    #: The exit code, or minus the signal that ended it.
    code: int
    output: str
    errors: str
    wall_s: float
    #: User and system time of the command and of the children that it waited for.
    cpu_s: float
    #: The most memory that any one of them had resident, in MiB. The kernel counts from the
    #: fork on, so that it is never less than what the measuring program had itself.
    peak_rss_mb: float


def run_command(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> Finished:
    """Runs a command to its end, in a process group of its own and without standard input.

    The entries of ``environment`` are added to this process's own. Whatever exception
    interrupts the waiting, the whole group is killed before it goes on.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        child = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        try:
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            wall = time.perf_counter() - start
        finally:
            kill_group(child.pid)  # its leader is not reaped yet, so that the id cannot be another's
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        return Finished(
            command=tuple(command),
            code=child.returncode,
            output=kept(output),
            errors=kept(errors),
            wall_s=wall,
            cpu_s=usage.ru_utime + usage.ru_stime,
            peak_rss_mb=usage.ru_maxrss / 1024,
        )


def kill_group(leader: int) -> None:
    """Ends what is left of a process group that this program started."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass


def kept(stream) -> str:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - KEPT_BYTES))
    return stream.read().decode(errors="replace")


class CountingFailed(RuntimeError):
    """No instruction count could be had."""


@dataclass(frozen=True)
class Instructions:
    count: int
    #: ``perf`` counts user-mode instructions in hardware; ``callgrind`` counts those that it simulates.
    tool: str


@cache
def perf_counts() -> bool:
    """Whether this machine lets ``perf`` count instructions; virtual machines often do not."""
    if shutil.which("perf") is None:
        return False
    command = ["perf", "stat", "-x", ",", "-e", "instructions:u", "true"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0 and parse_perf(done.stderr) is not None


def parse_perf(report: str) -> int | None:
    """The count in the comma-separated report of ``perf stat``, or nothing when it has none."""
    for line in report.splitlines():
        fields = line.split(",")
        if len(fields) > 2 and fields[2].startswith("instructions") and fields[0].isdigit():
            return int(fields[0])
    return None


def parse_callgrind(profile: str) -> int | None:
    """The total number of instructions in a callgrind output file, or nothing when it has none."""
    found = re.search(r"^(?:totals|summary): (\d+)", profile, flags=re.MULTILINE)
    return int(found.group(1)) if found else None


def count_instructions(command: list[str], folder: Path, tool: str | None = None) -> Instructions:
    """How many instructions a command executes, start and end of the process included.

    Without ``tool`` it is ``perf`` where it counts and ``callgrind`` elsewhere; figures of
    the two are not to be compared. Children of the command are not counted by callgrind.
    """
    tool = tool or ("perf" if perf_counts() else "callgrind")
    needed = {"perf": "perf", "callgrind": "valgrind"}[tool]
    if shutil.which(needed) is None:
        raise CountingFailed(f"{needed} is not installed")
    with tempfile.TemporaryDirectory(prefix="accept-count-") as scratch:
        report = Path(scratch, "report")
        if tool == "perf":
            prefix, parse = ["perf", "stat", "-x", ",", "-o", str(report), "-e", "instructions:u", "--"], parse_perf
        else:
            prefix, parse = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={report}"], parse_callgrind
        finished = run_command([*prefix, *command], folder)
        count = parse(report.read_text(encoding="utf-8", errors="replace")) if report.is_file() else None
    if finished.code != 0 or count is None:
        last = " / ".join(finished.errors.strip().splitlines()[-2:])
        raise CountingFailed(f"{tool} could not count {' '.join(command)} (exit code {finished.code}): {last}")
    return Instructions(count, tool)
