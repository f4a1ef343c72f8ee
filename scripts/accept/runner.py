"""Runs the lines of a table, prints a line for each, and counts."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
from pathlib import Path

from accept.context import CommandFailed, Context, DeadlineExceeded, deadline
from accept.model import Line, Table, TableError, Verdict, Word
from accept.results import ResultError
from accept.store import Store, Stored, current_commit, stored_now

ROOT = Path(__file__).resolve().parent.parent.parent


def load_table(name: str) -> Table:
    """The table of ``tables/NAME.py``."""
    known = sorted(path.stem for path in Path(__file__).parent.glob("tables/*.py") if path.stem != "__init__")
    if name not in known:
        raise TableError(f"no table is called {name!r}; there are: {', '.join(known)}")
    return importlib.import_module(f"accept.tables.{name}").TABLE


def judge(line: Line, root: Path) -> Verdict:
    """Runs a line's check. Whatever happens there, the answer is a verdict, and never ``met`` by accident."""
    try:
        with deadline(line.deadline_s):
            return line.check(Context(root, line.deadline_s))
    except DeadlineExceeded:
        return Verdict(Word.UNDECIDED, f"not finished within {line.deadline_s:g} s")
    except (CommandFailed, ResultError) as problem:
        return Verdict(Word.MISSED, str(problem))
    except Exception as problem:  # a mistake in the check itself must neither pass nor stop the others
        return Verdict(Word.UNDECIDED, f"the check broke: {type(problem).__name__}: {problem}")


def report(stored: Stored, again: bool) -> str:
    """The line that is printed: the verdict first, then name, figure, bar and command."""
    figure = " ".join(stored.figure.split())
    text = f"{stored.word} {stored.line}: {figure}; bar: {stored.bar}; command: {stored.command}"
    if again:
        text += f" (stored: commit {stored.commit[:12]}, {stored.date}, load {stored.load:g})"
    return text


def run_table(table: Table, lines: tuple[Line, ...], root: Path, fresh: bool = False) -> int:
    """Runs the lines, prints them and the count; 0 when none is missed or undecided, 1 otherwise."""
    store, commit = Store(root, table.name), current_commit(root)
    counts = dict.fromkeys(Word, 0)
    for line in lines:
        earlier = None if fresh else store.reusable(line, commit)
        stored = earlier or run_line(line, store, commit, root)
        counts[stored.verdict.word] += 1
        print(report(stored, again=earlier is not None), flush=True)
    print(f"accept-{table.name}: " + ", ".join(f"{count} {word.value}" for word, count in counts.items()), flush=True)
    return 1 if counts[Word.MISSED] or counts[Word.UNDECIDED] else 0


def run_line(line: Line, store: Store, commit: str, root: Path) -> Stored:
    load, start = os.getloadavg()[0], time.monotonic()
    stored = stored_now(line, judge(line, root), commit, load, time.monotonic() - start)
    store.save(line, stored)
    return stored


def chosen_names(options: list[str], environment: str) -> list[str]:
    """Line names from ``--line`` and ``LINE``, each of which may hold several, with commas or spaces between."""
    return " ".join([*options, environment]).replace(",", " ").split()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/accept/run",
        description="Runs an acceptance table. Exit code 0: nothing missed or undecided; 1: something is; 2: misuse.",
    )
    parser.add_argument("table", help="the name of a module in scripts/accept/tables")
    parser.add_argument("--line", action="append", default=[], help="only this line; LINE in the environment does the same")
    parser.add_argument("--fresh", action="store_true", help="measure long lines anew, whatever is stored")
    parser.add_argument("--quick", action="store_true", help="only lines that have a quick form, in that form: seconds to a minute each")
    parser.add_argument("--list", action="store_true", help="show the lines and their bars, and run nothing")
    chosen = parser.parse_args(arguments)
    try:
        table = load_table(chosen.table)
        lines = table.choose(chosen_names(chosen.line, os.environ.get("LINE", "")))
        if chosen.quick:
            lines = tuple(line.quick for line in lines if line.quick is not None)
            if not lines:
                raise TableError("none of these lines has a quick form")
    except TableError as problem:
        print(f"accept: {problem}", file=sys.stderr)
        return 2
    if chosen.list:
        for line in lines:
            print(f"{line.name}: {line.what} Bar: {line.bar}. At most {line.deadline_s:g} s{', long' * line.long}.")
        return 0
    return run_table(table, lines, ROOT, fresh=chosen.fresh)
