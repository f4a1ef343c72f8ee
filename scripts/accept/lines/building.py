"""Lines on building and testing: the scenarios' counts, and how long a clean build and a small rebuild take."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

from accept.context import CommandFailed, Context
from accept.lines.crashbox import scratch
from accept.model import Line, Verdict, Word

CLEAN_BAR_S = 20 * 60
REBUILD_BAR_S = 60
#: A file that no other file of its module depends on the inside of.
LEAF = Path("Sources", "FlockTestKit", "Checks", "Race.swift")


def scenarios(deadline_s: float) -> Line:
    return Line(
        name="scenarios",
        what="Every scenario holds on every store.",
        bar="0 failures, at least 1 test",
        command="swift test --filter FlockScenarioTests",
        check=check_scenarios,
        deadline_s=deadline_s,
    )


def check_scenarios(context: Context) -> Verdict:
    finished = context.run("swift", "test", "--filter", "FlockScenarioTests", must_succeed=False)
    output = finished.output + finished.errors
    summary = re.findall(r"Test run with (\d+) tests? in (\d+) suites? (passed|failed)([^\n]*)", output)
    if not summary:
        last = " / ".join(finished.errors.strip().splitlines()[-2:])
        raise CommandFailed(f"no tests were run (exit code {finished.code}): {last}")
    tests, suites, word, rest = summary[-1]
    cases = sum(int(count) for count in re.findall(r"with (\d+) test cases? passed", output))
    figure = f"{tests} tests in {suites} suites {word}{rest.rstrip('.')}" + (f", {cases} cases of tables" if cases else "")
    holds = finished.code == 0 and word == "passed" and int(tests) > 0
    return Verdict(Word.MET if holds else Word.MISSED, figure)


def build_times(deadline_s: float) -> Line:
    return Line(
        name="build-times",
        what="A clean build with all tests, and a rebuild after a change of one leaf file, take a bearable time.",
        bar=f"clean make test under {CLEAN_BAR_S // 60} minutes, rebuild under {REBUILD_BAR_S} s",
        command="make test in a fresh copy, then touch one leaf file and swift build --build-tests",
        check=check_build_times,
        deadline_s=deadline_s,
        long=True,
    )


def check_build_times(context: Context) -> Verdict:
    with scratch() as folder:
        copy = folder / "flock"
        copy_committed(context, copy)
        start = time.monotonic()
        context.run("make", "-C", copy, "test")
        clean_s = time.monotonic() - start
        leaf = copy / LEAF
        if not leaf.is_file():
            raise CommandFailed(f"{LEAF} is not there to be changed")
        # The build system looks at contents.
        leaf.write_text(leaf.read_text(encoding="utf-8") + "\n// changed\n", encoding="utf-8")
        start = time.monotonic()
        context.run("swift", "build", "--build-tests", "--package-path", copy)
        rebuild_s = time.monotonic() - start
        shutil.rmtree(copy)
    holds = clean_s < CLEAN_BAR_S and rebuild_s < REBUILD_BAR_S
    figure = f"clean make test {clean_s:.0f} s, rebuild after a change of {LEAF.name} {rebuild_s:.0f} s"
    return Verdict(Word.MET if holds else Word.MISSED, figure)


def copy_committed(context: Context, copy: Path) -> None:
    """The committed files alone: nothing that was built, nothing that is not committed."""
    context.run("git", "clone", "--quiet", "--local", "--no-hardlinks", context.root, copy)
