"""What a check is given to work with, and how it is ended when its time is over."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from accept.measure import Finished, run_command


class DeadlineExceeded(Exception):
    """The line's time is over. Only the runner catches it."""


class CommandFailed(Exception):
    """A command that had to succeed did not; the line is missed."""


class Context:
    """The repository, the time that is left, and a way to run commands."""

    def __init__(self, root: Path, deadline_s: float) -> None:
        self.root = root
        self._end = time.monotonic() + deadline_s

    @property
    def remaining_s(self) -> float:
        return max(0.0, self._end - time.monotonic())

    def run(self, *command: str | Path, environment: dict[str, str] | None = None, must_succeed: bool = True) -> Finished:
        """Runs a command in the repository's root and measures it.

        Raises ``CommandFailed`` when it cannot be started, and when it ends with a code
        other than 0 unless ``must_succeed`` is false.
        """
        words = [str(part) for part in command]
        try:
            finished = run_command(words, folder=self.root, environment=environment)
        except OSError as problem:
            raise CommandFailed(f"{words[0]} could not be started: {problem.strerror}") from problem
        if must_succeed and finished.code != 0:
            last = " / ".join(finished.errors.strip().splitlines()[-2:])
            raise CommandFailed(f"{' '.join(words)} ended with {finished.code}: {last}")
        return finished


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raises ``DeadlineExceeded`` in the body, wherever it is, after that many seconds.

    For the main thread only, since it stands on the process's real-time timer.
    """

    def end(signum: int, frame: object) -> None:
        raise DeadlineExceeded

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
