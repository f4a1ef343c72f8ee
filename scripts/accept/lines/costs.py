"""Lines on what the blackboard costs by itself: memory, publishing beside others, SQLite, steps."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median

from accept.context import CommandFailed, Context
from accept.lines.crashbox import scratch
from accept.measure import CountingFailed, count_instructions
from accept.model import Line, Verdict, Word, worst
from accept.results import only_result
from accept.stats import FEWEST_PAIRS, at_most, bootstrap_median

BENCH = ".build/release/flock-bench"


def bench(context: Context, *words: object, fields: tuple[str, ...] = ()) -> dict:
    return only_result(context.run(BENCH, *map(str, words)).output, *fields)


# Memory


def memory(deadline_s: float) -> Line:
    return Line(
        name="memory",
        what="A board of 100 000 artifacts of 500 bytes needs little more than their payload.",
        bar="peak below 3 times the payload + 50 MB, in each of 3 runs",
        command=f"{BENCH} memory --n 100000 --bytes 500; beside it {BENCH} workload suspended --n 10000",
        check=check_memory,
        deadline_s=deadline_s,
    )


def check_memory(context: Context) -> Verdict:
    runs = [bench(context, "memory", "--n", 100_000, "--bytes", 500, fields=("payload_mb", "peak_rss_mb")) for _ in range(3)]
    suspended = bench(context, "workload", "suspended", "--n", 10_000, fields=("peak_rss_mb", "outputs"))
    peak, bar = max(run["peak_rss_mb"] for run in runs), 3 * runs[0]["payload_mb"] + 50 * 1e6 / 2**20
    figure = (
        f"peak {peak:.0f} MiB for {runs[0]['payload_mb']:.0f} MiB of payload, the bar is {bar:.0f} MiB;"
        f" 10 000 suspended runs: {suspended['peak_rss_mb']:.0f} MiB"
    )
    return Verdict(Word.MET if peak < bar else Word.MISSED, figure, {"runs": runs, "suspended": suspended})


# Publishing beside agents that do not match


def no_match(bar: float, deadline_s: float) -> Line:
    return Line(
        name="no-match",
        what="Publishing costs the same however many agents there are that consume other types.",
        bar=f"with 10 000 agents at most {bar:g} times the instructions of a publish with 10",
        command=f"{BENCH} no-match --agents 10|10000 --n 500|2500 under callgrind",
        check=lambda context: check_no_match(context, bar),
        deadline_s=deadline_s,
    )


def check_no_match(context: Context, bar: float) -> Verdict:
    sizes = (500, 2500)
    costs = {}
    try:
        for agents in (10, 10_000):
            # What is the same at both sizes is the start and the end with so many agents.
            command = [str(context.root / BENCH), "no-match", "--agents", str(agents), "--n"]
            counts = [count_instructions([*command, str(size)], context.root, "callgrind").count for size in sizes]
            costs[agents] = (counts[1] - counts[0]) / (sizes[1] - sizes[0])
    except CountingFailed as problem:
        if "not installed" in str(problem):
            return Verdict(Word.UNPROVEN, str(problem))
        raise CommandFailed(str(problem)) from problem
    ratio = costs[10_000] / costs[10]
    figure = f"{costs[10_000]:.0f} instructions a publish with 10 000 agents, {costs[10]:.0f} with 10, {ratio:.3f} times"
    return Verdict(Word.MET if ratio <= bar else Word.MISSED, figure)


# SQLite


def sqlite_map(cpu_bar_us: float, factor: float, deadline_s: float) -> Line:
    return Line(
        name="sqlite-map",
        what="A map on a synced SQLite file costs little, and a fraction of what it costs the peer that has such a store.",
        bar=f"at most {cpu_bar_us:g} microseconds of CPU a run at N = 10000, and at least {factor:g} times less than flock-core"
        f" lean at N = 1000 (90 % intervals, {FEWEST_PAIRS} pairs)",
        command=f"{BENCH} sqlite-map --n 10000 and Benchmarks/Peers/run --peer flock-core --workload map_sqlite --n 1000",
        check=lambda context: check_sqlite_map(context, cpu_bar_us, factor),
        deadline_s=deadline_s,
        long=True,
    )


def check_sqlite_map(context: Context, cpu_bar_us: float, factor: float) -> Verdict:
    folder = str(context.root / "Benchmarks" / "Peers")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    from peerbench.catalogue import peer_named
    from peerbench.comparison import peer_cost_us
    from peerbench.running import RunFailed, run_once

    def ours() -> dict:
        with scratch() as folder:
            file = Path(folder, "board.db")
            return bench(context, "sqlite-map", "--file", file, "--n", 10_000, fields=("cpu_us_per_run", "bare_cpu_us_per_run"))

    mine, theirs = [], []
    problem = None
    for number in range(FEWEST_PAIRS):
        if number % 2 == 0:
            mine.append(ours())
        if problem is None:
            try:
                theirs.append(peer_cost_us(run_once(peer_named("flock-core"), "map_sqlite", 1000)))
            except RunFailed as failed:
                problem = str(failed)
        if number % 2 == 1:
            mine.append(ours())
    try:
        langgraph = f"{peer_cost_us(run_once(peer_named('langgraph'), 'map_sqlite', 1000)):.0f} us"
    except RunFailed as failed:
        langgraph = f"not measured ({failed})"
    cost = bootstrap_median([run["cpu_us_per_run"] for run in mine])
    bare = median(run["bare_cpu_us_per_run"] for run in mine)
    words = [at_most(cost, cpu_bar_us)]
    figure = f"{cost} us of CPU a run, a bare grouped insert of the same bytes {bare:.3g} us ({cost.middle / bare:.3g} times)"
    if problem is None:
        ratio = bootstrap_median([run["cpu_us_per_run"] / other for run, other in zip(mine, theirs)])
        words.append(at_most(ratio, 1 / factor))
        figure += f"; {1 / ratio.middle:.3g} times less than flock-core lean ({median(theirs):.0f} us)"
    else:
        words.append(Word.UNDECIDED)
        figure += f"; undecided: flock-core ({problem})"
    figure += f"; langgraph with its SQLite checkpointer {langgraph}"
    return Verdict(worst(words), figure, {"ours": mine, "theirs": theirs})


# Steps


def step_latency(latency_bar: float, cpu_bar_us: float, deadline_s: float) -> Line:
    return Line(
        name="step-latency",
        what="A durable step takes a few commits' time, and many at once share their commits.",
        bar=f"one after another at most {latency_bar:g} times a bare SQLite commit; 50 runs of 10 steps at once at most"
        f" {cpu_bar_us:g} microseconds of CPU a step (90 % intervals, {FEWEST_PAIRS} pairs)",
        command=f"{BENCH} step-latency --steps 100 --rounds {FEWEST_PAIRS} and {BENCH} steps-at-once --runs 50 --steps 10",
        check=lambda context: check_steps(context, latency_bar, cpu_bar_us),
        deadline_s=deadline_s,
    )


def check_steps(context: Context, latency_bar: float, cpu_bar_us: float) -> Verdict:
    with scratch() as folder:
        words = ("step-latency", "--file", folder / "row.db", "--steps", 100, "--rounds", FEWEST_PAIRS)
        pairs = bench(context, *words, fields=("step_and_commit_us",))["step_and_commit_us"]
        crowd = [
            bench(context, "steps-at-once", "--file", folder / f"{number}.db", "--runs", 50, "--steps", 10, fields=("cpu_us_per_step",))
            for number in range(FEWEST_PAIRS)
        ]
    ratio = bootstrap_median([step / commit for step, commit in pairs])
    cpu = bootstrap_median([run["cpu_us_per_step"] for run in crowd])
    figure = (
        f"a step {median(step for step, _ in pairs):.0f} us, a bare commit {median(commit for _, commit in pairs):.0f} us,"
        f" {ratio} times; at once {cpu} us of CPU a step"
    )
    return Verdict(worst([at_most(ratio, latency_bar), at_most(cpu, cpu_bar_us)]), figure, {"pairs": pairs, "at_once": crowd})
