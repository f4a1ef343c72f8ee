"""``trap``: a run that ends the process each time takes nobody with it."""

from __future__ import annotations

import signal

from accept.context import Context
from accept.lines.counting import CountingServer
from accept.lines.crashbox import CRASHED_NODE, DEAD_LETTER, SUCCESS, Reader, box, require, scratch
from accept.model import Line, Verdict, Word

RESTARTS = 14


def trap(runs: int, deadline_s: float) -> Line:
    return Line(
        name="trap",
        what="Of many open runs one traps each time: it becomes the dead letter crashedNode, and all others are done.",
        bar=f"{runs} open runs: 1 dead letter, {runs - 1} done, at most {RESTARTS} restarts, 0 durable effects repeated",
        command=f".build/release/flock-crashbox trap --runs {runs} --bad K, again until it ends well",
        check=lambda context: check(context, runs),
        deadline_s=deadline_s,
    )


def check(context: Context, runs: int) -> Verdict:
    bad = runs // 2 + runs // 4
    crashes, opened = 0, 0
    recorded: set[int] = set()
    with scratch() as folder, CountingServer() as server:
        file = folder / "board.db"
        words = ["trap", "--file", file, "--port", server.port, "--runs", runs, "--bad", bad]
        while True:
            with box(context, *words, *(["--publish"] if crashes == 0 else [])) as running:
                code = running.finish(60)
            before = {key: len(server.keys(key, 1)) for key in recorded}
            recorded |= {told["recorded"] for told in running.told if "recorded" in told}
            opened = max([opened, *(told.get("open", 0) for told in running.told)])
            repeated = [key for key, count in before.items() if count != 1]
            require(not repeated, f"{len(repeated)} effects whose results were durable were made again")
            if code == 0:
                break
            require(code in (-signal.SIGILL, -signal.SIGTRAP), f"it ended with {code} and not by a trap{running.last_errors()}")
            crashes += 1
            require(crashes <= RESTARTS, f"after {RESTARTS} restarts it still crashes")
        reader = Reader(file)
        outcomes = reader.outcomes()
        letters = [(agent, cause) for _, _, agent, kind, cause in outcomes if kind == DEAD_LETTER]
        require(letters == [("worker", CRASHED_NODE)], f"dead letters {letters} instead of one crashedNode")
        made = sorted(result["key"] for result in reader.payloads("mapped"))
        require(made == sorted(set(range(runs)) - {bad}), f"{len(made)} results instead of {runs - 1}")
        require(sum(kind == SUCCESS for *_, kind, _ in outcomes) == runs - 1, "the number of outcomes is not that of runs")
        counts = [len(server.keys(key, 1)) for key in range(1, runs, 2) if key != bad]
        require(min(counts) >= 1, f"{counts.count(0)} effects were never made")
    require(opened == runs, f"only {opened} of {runs} runs were open at once")
    figure = (
        f"{runs} open runs, {crashes} restarts, 1 dead letter crashedNode, {len(made)} done, 0 of {len(recorded)} durable"
        f" effects repeated ({sum(count > 1 for count in counts)} unknown idempotent ones were)"
    )
    return Verdict(Word.MET, figure)
