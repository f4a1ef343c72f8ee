"""Runs ``flock-crashbox``: starts it, reads its milestones, kills it, and reads its board without it."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from accept.context import CommandFailed, Context

PROGRAM = Path(".build", "release", "flock-crashbox")
#: Numbers of outcomes and causes as they are stored, see `Outcome.Kind` and `Failure.Cause`.
SUCCESS, DEAD_LETTER = 1, 2
CRASHED_NODE, UNKNOWN_EFFECT, UNDECODABLE = 4, 6, 9


class Broken(CommandFailed):
    """A promise that did not hold; the line is missed."""


def require(holds: bool, promise: str) -> None:
    if not holds:
        raise Broken(promise)


class Box:
    """A running program. Its milestones are read by a thread, so that none waits for this process."""

    def __init__(self, context: Context, *words: object, stdin: bool = False) -> None:
        program = context.root / PROGRAM
        if not program.exists():
            raise CommandFailed(f"{PROGRAM} is not built; run swift build -c release --product flock-crashbox")
        self.command = [str(program), *map(str, words)]
        self._errors = tempfile.TemporaryFile()
        self._child = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
            # A trap shall end the process, not be pictured first.
            env={**os.environ, "SWIFT_BACKTRACE": "enable=no"},
        )
        self.pid = self._child.pid
        #: Everything that it has told so far.
        self.told: list[dict] = []
        self._lines: queue.SimpleQueue[dict | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._child.stdout:
            # A killed program may leave half a line, which nobody was told.
            if line.endswith(b"\n"):
                self._lines.put(json.loads(line))
        self._lines.put(None)

    def next(self, limit_s: float = 30.0) -> dict | None:
        """The next milestone, or nothing at the end."""
        try:
            milestone = self._lines.get(timeout=limit_s)
        except queue.Empty:
            self.kill()
            raise Broken(f"{' '.join(self.command[1:3])} told nothing for {limit_s:g} s{self.last_errors()}") from None
        if milestone is None:
            self._lines.put(None)
        else:
            self.told.append(milestone)
        return milestone

    def until(self, wanted: Callable[[dict], bool], limit_s: float = 30.0) -> dict:
        end = time.monotonic() + limit_s
        while (milestone := self.next(max(0.01, end - time.monotonic()))) is not None:
            if wanted(milestone):
                return milestone
        raise Broken(f"{' '.join(self.command[1:])} ended with {self.wait()} before its time{self.last_errors()}")

    def until_at(self, point: str, step: int | None = None, limit_s: float = 30.0) -> dict:
        return self.until(lambda told: told.get("at") == point and step in (None, told.get("step")), limit_s)

    def kill(self) -> None:
        """kill -9, then the rest of what it had told. Processes that it started are left to end by themselves."""
        self._child.send_signal(signal.SIGKILL)
        self.wait()

    def finish(self, limit_s: float = 60.0) -> int:
        """Reads to the end: the exit code, or minus the signal."""
        end = time.monotonic() + limit_s
        while self.next(max(0.01, end - time.monotonic())) is not None:
            pass
        return self.wait()

    def close_input(self) -> None:
        self._child.stdin.close()

    def wait(self) -> int:
        code = self._child.wait()
        self._reader.join(timeout=5)
        while not self._lines.empty() and (milestone := self._lines.get()) is not None:
            self.told.append(milestone)
        self._lines.put(None)
        return code

    def last_errors(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read()[-2000:].decode(errors="replace").strip().splitlines()
        return ": " + " / ".join(lines[-2:]) if lines else ""

    # What it was told, gathered.

    def told_lists(self, name: str) -> list:
        return [value for milestone in self.told for value in milestone.get(name, ())]

    def is_running(self) -> bool:
        return self._child.poll() is None


@contextmanager
def box(context: Context, *words: object, stdin: bool = False) -> Iterator[Box]:
    """A program that is ended in any case, also when the line's time is over."""
    running = Box(context, *words, stdin=stdin)
    try:
        yield running
    finally:
        if running.is_running():
            running.kill()


def run_to_end(context: Context, *words: object, limit_s: float = 60.0, codes: tuple[int, ...] = (0,)) -> Box:
    with box(context, *words) as running:
        code = running.finish(limit_s)
        require(code in codes, f"{' '.join(running.command[1:])} ended with {code}{running.last_errors()}")
        return running


class Reader:
    """Reads a board with Python's SQLite: what is stored, by no code of the program's.

    It reads a copy of the file and of its write-ahead log, made when nothing has the board open, so that recovering
    the board is left to the program.
    """

    def __init__(self, file: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="accept-reader-")
        self._copy = Path(self._folder.name, "board.db")
        for suffix in ("", "-wal"):
            if (source := Path(f"{file}{suffix}")).exists():
                shutil.copyfile(source, f"{self._copy}{suffix}")

    def rows(self, sql: str, *values: object) -> list[tuple]:
        try:
            with closing(sqlite3.connect(self._copy)) as connection:
                return connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as problem:
            raise Broken(f"the board cannot be read: {problem}") from problem

    def is_board(self) -> bool:
        """Whether there is a file with the program's tables; not yet after a kill in its first instants."""
        return bool(self.rows("SELECT 1 FROM sqlite_schema WHERE name = 'outcomes'"))

    def problems(self) -> list[str]:
        return [row[0] for row in self.rows("PRAGMA integrity_check") if row[0] != "ok"]

    def artifact_ids(self) -> set[bytes]:
        return {row[0] for row in self.rows("SELECT id FROM artifacts NOT INDEXED")}

    def payloads(self, kind: str) -> list[dict]:
        sql = (
            "SELECT a.payload FROM artifacts AS a JOIN streams AS s ON s.id = a.stream WHERE s.type = ?"
            " ORDER BY a.position"
        )
        return [json.loads(row[0]) for row in self.rows(sql, kind)]

    def outcomes(self) -> list[tuple[bytes, int, str, int, int | None]]:
        """(run, replay number, agent, kind, cause), one for each row of the table itself."""
        return self.rows("SELECT run, replay, agent, kind, cause FROM outcomes NOT INDEXED ORDER BY id")

    def state(self) -> tuple[int, int]:
        """Entries and bytes of the kernels' states."""
        return self.rows("SELECT count(*), coalesce(sum(length(key) + length(value)), 0) FROM state")[0]


def identifier(text: str) -> bytes:
    """The sixteen bytes of an id that was printed."""
    return bytes.fromhex(text.replace("-", ""))


def twice(values: list) -> list:
    """Those that are there more than once."""
    seen: set = set()
    return [value for value in values if value in seen or seen.add(value)]


@contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="accept-board-") as folder:
        yield Path(folder)
