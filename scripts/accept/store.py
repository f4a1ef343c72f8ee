"""Keeps results as JSON files, one a line, with what a later reader must know of their making."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from accept.model import Line, Verdict, Word

#: Ends the commit of a result that was made with uncommitted changes.
CHANGED = "+changes"


@dataclass(frozen=True)
class Stored:
    """A verdict and the circumstances in which it was reached."""

    line: str
    what: str
    word: str
    figure: str
    bar: str
    command: str
    commit: str
    #: When the line ended, ISO 8601 in UTC.
    date: str
    #: The load average of the last minute when the line began.
    load: float
    wall_s: float
    details: dict[str, Any]

    @property
    def verdict(self) -> Verdict:
        return Verdict(Word(self.word), self.figure, self.details)


def stored_now(line: Line, verdict: Verdict, commit: str, load: float, wall_s: float) -> Stored:
    date = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    shown = (line.name, line.what, verdict.word.value, verdict.figure, line.bar, line.command)
    return Stored(*shown, commit, date, round(load, 2), round(wall_s, 1), verdict.details)


class Store:
    """The results of one table: ``.accept/TABLE/LINE.json``."""

    def __init__(self, root: Path, table: str) -> None:
        self._folder = root / ".accept" / table

    def path(self, line: Line) -> Path:
        return self._folder / f"{line.name}.json"

    def save(self, line: Line, stored: Stored) -> None:
        """Writes the result whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.path(line).with_suffix(".unfinished")
        unfinished.write_text(json.dumps(asdict(stored), indent=2) + "\n", encoding="utf-8")
        os.replace(unfinished, self.path(line))

    def load(self, line: Line) -> Stored | None:
        """The line's last result, or nothing when there is none that can be read."""
        try:
            stored = Stored(**json.loads(self.path(line).read_text(encoding="utf-8")))
            stored.verdict
        except (OSError, ValueError, TypeError):
            return None
        return stored

    def reusable(self, line: Line, commit: str) -> Stored | None:
        """A long line's result that stands for this commit.

        It must have been made for the same bar, by the same command and without
        uncommitted changes. An undecided one is worth another try.
        """
        stored = self.load(line) if line.long else None
        if stored is None or stored.commit != commit or commit.endswith(CHANGED):
            return None
        if (stored.bar, stored.command) != (line.bar, line.command) or stored.verdict.word is Word.UNDECIDED:
            return None
        return stored


def current_commit(root: Path) -> str:
    """The commit that is checked out, marked when anything differs from it."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    commit = git("rev-parse", "HEAD") or "none"
    return commit + (CHANGED if git("status", "--porcelain") or commit == "none" else "")
