"""``hung-run``: a run that hangs delays neither recovery nor lets the state grow with what passes it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from statistics import median

from accept.context import Context
from accept.lines.crashbox import Reader, box, require, scratch
from accept.model import Line, Verdict, Word, worst
from accept.stats import FEWEST_PAIRS, at_most, bootstrap_median, measure_pairs

TIME_BAR = 1.5
STATE_BAR = 1.1
#: Twice the length at which the write-ahead log is moved into the file: it is longer while a reader holds it.
LOG_BAR_MB = 2 * 4096 * 4120 / 2**20


def hung_run(few: int, many: int, deadline_s: float) -> Line:
    return Line(
        name="hung-run",
        what="With one hanging run, recovery time and state do not grow with the number of runs that have passed it.",
        bar=f"{many} passed against {few}: recovery at most {TIME_BAR:g} times (90 % interval, {FEWEST_PAIRS} pairs),"
        f" state at most {STATE_BAR:g} times, write-ahead log at most {LOG_BAR_MB:.0f} MiB",
        command=".build/release/flock-crashbox hang --passed N, kill -9, hang --recover",
        check=lambda context: check(context, few, many),
        deadline_s=deadline_s,
    )


def check(context: Context, few: int, many: int) -> Verdict:
    with scratch() as folder:
        logs = {}
        small, large = (passed(context, folder / f"{count}.db", count, logs) for count in (few, many))
        states = [Reader(file).state() for file in (small, large)]
        worked: dict[Path, list[float]] = {small: [], large: []}
        pairs = measure_pairs(lambda: recovery_s(context, large, worked), lambda: recovery_s(context, small, worked))
    ratio = bootstrap_median([pair.ratio for pair in pairs])
    later = bootstrap_median([first / second for first, second in zip(worked[large], worked[small])])
    growth = states[1][1] / states[0][1]
    words = [at_most(ratio, TIME_BAR), at_most(later, TIME_BAR), Word.MET if growth <= STATE_BAR else Word.MISSED]
    words.append(Word.MET if max(logs.values()) <= LOG_BAR_MB else Word.MISSED)
    figure = (
        f"the run is back after {median(pair.first for pair in pairs) * 1e3:.0f} ms against"
        f" {median(pair.second for pair in pairs) * 1e3:.0f} ms, {ratio} times; new work done after"
        f" {median(worked[large]) * 1e3:.0f} ms against {median(worked[small]) * 1e3:.0f} ms, {later} times;"
        f" state {states[1][1]} bytes in {states[1][0]} entries against {states[0][1]} in {states[0][0]};"
        f" write-ahead logs of {logs[large]:.1f} and {logs[small]:.1f} MiB"
    )
    return Verdict(worst(words), figure, {"pairs": [(pair.first, pair.second) for pair in pairs]})


def passed(context: Context, file: Path, count: int, logs: dict[Path, float]) -> Path:
    """A board whose owner was killed, its write-ahead log moved into the file.

    That log's length depends on the last commits alone and has a bound of its own; reading it is no part of the comparison.
    """
    with box(context, "hang", "--file", file, "--passed", count) as running:
        running.until_at("passed", limit_s=120)
        running.kill()
    logs[file] = Path(f"{file}-wal").stat().st_size / 2**20
    with closing(sqlite3.connect(file)) as connection:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        require(busy == 0, "the log of a board that nobody has open is in use")
    return file


def recovery_s(context: Context, file: Path, worked: dict[Path, list[float]]) -> float:
    """From before the board is opened until the hanging run is started again, on a copy: its crashes count."""
    copy = file.with_suffix(".copy")
    for suffix in ("", "-wal", "-shm"):
        Path(f"{copy}{suffix}").unlink(missing_ok=True)
    for suffix in ("", "-wal"):
        if (source := Path(f"{file}{suffix}")).exists():
            shutil.copyfile(source, f"{copy}{suffix}")
            # Otherwise the program's first sync would write the copy back.
            with open(f"{copy}{suffix}", "rb+") as written:
                os.fsync(written.fileno())
    with box(context, "hang", "--file", copy, "--recover") as running:
        told = running.until_at("recovered")
        require(running.is_running(), "it ended although one run hangs")
        worked[file].append(told["workedNanoseconds"] / 1e9)
        return told["recoveredNanoseconds"] / 1e9
