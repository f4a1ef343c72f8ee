"""``patterns-vs-peers``: what a consumed artifact costs here, against what it costs the peers; a line for each pattern."""

from __future__ import annotations

import sys
from statistics import median

from accept.context import CommandFailed, Context
from accept.model import Line, Verdict, Word, worst
from accept.results import only_result
from accept.stats import FEWEST_PAIRS, at_most, bootstrap_median, growth

#: Each pattern, and how many times less than the cheapest peer it must cost.
WORKLOADS = {"map": 50, "chain": 50, "fanout": 50, "join": 50, "batch": 30}
#: Microseconds of CPU per consumed artifact.
OWN_BAR_US = 2.0
SLOPE_BAR = 1.05
SIZES = (100, 1_000, 10_000, 100_000)
#: The most seconds that a peer's makespan may be expected to take.
PEER_LIMIT_S = 4.0
#: Peers that cost up to so many times the cheapest one in a first run are measured too: it may have been luck.
CONTENDERS = 1.25


def patterns_vs_peers(deadline_s: float, chain_deadline_s: float) -> tuple[Line, ...]:
    """A line for each pattern; the chain is ten times the work of the others."""
    return tuple(
        Line(
            name=f"patterns-vs-peers.{workload}",
            what=f"The pattern {workload} costs a fraction of what it costs the cheapest peer that has it, in the same run.",
            bar=f"at most {OWN_BAR_US:g} microseconds of CPU per consumed artifact, at least {factor} times less than the"
            f" cheapest peer (90 % intervals of {FEWEST_PAIRS} interleaved pairs), growth in N at most {SLOPE_BAR:g}",
            command=f".build/release/flock-bench workload {workload} --n 10000"
            f" and Benchmarks/Peers/run --workload {workload} --n N",
            check=lambda context, workload=workload, factor=factor: compare(context, workload, factor),
            deadline_s=chain_deadline_s if workload == "chain" else deadline_s,
            long=True,
        )
        for workload, factor in WORKLOADS.items()
    )


def compare(context: Context, workload: str, factor: float) -> Verdict:
    folder = str(context.root / "Benchmarks" / "Peers")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    from peerbench.comparison import measure, prepare
    from peerbench.ours import run_ours
    from peerbench.running import RunFailed

    def log(text: str) -> None:
        print(f"patterns-vs-peers.{workload}: {text}", file=sys.stderr, flush=True)

    try:
        run_ours(workload)  # before minutes are spent on the peers
        comparisons = prepare((workload,), PEER_LIMIT_S, log)
        chosen = cheapest(comparisons)
        measure(chosen, FEWEST_PAIRS, log)
        own = own_figures(context, workload, run_ours)
    except RunFailed as problem:
        raise CommandFailed(str(problem)) from problem
    absent = [comparison for comparison in comparisons if comparison.problem is not None and comparison not in chosen]
    answer = verdict_on([*chosen, *absent], 1 / factor)
    return with_own(answer, chosen, own)


def cheapest(comparisons: list) -> list:
    """Those whose first run was near the cheapest one's."""
    from peerbench.comparison import peer_cost_us

    costs = {id(each): peer_cost_us(each.climb[-1]) for each in comparisons if each.problem is None and each.climb}
    return [each for each in comparisons if costs.get(id(each), float("inf")) <= CONTENDERS * min(costs.values(), default=0)]


def own_figures(context: Context, workload: str, run_ours) -> dict:
    points = [(n, median(run_ours(workload, n)["cpu_s"] for _ in range(3))) for n in SIZES]
    command = (".build/release/flock-bench", "workload", workload, "--n", "10000", "--all-off")
    all_off = [only_result(context.run(*command).output, "cpu_us_per_consumed")["cpu_us_per_consumed"] for _ in range(5)]
    return {"slope": growth(points), "points": points, "all_off_us": all_off}


def with_own(answer: Verdict, chosen: list, own: dict) -> Verdict:
    """Adds our own cost and growth to the verdict on the ratios."""
    from peerbench.ours import cost_us

    costs = [cost_us(result) for comparison in chosen for result in comparison.ours]
    words, figure = [answer.word], answer.figure
    if costs:
        interval = bootstrap_median(costs)
        words.append(at_most(interval, OWN_BAR_US))
        figure += f"; {interval} us per consumed artifact, all off {median(own['all_off_us']):.3g} us"
    words.append(Word.MET if own["slope"] <= SLOPE_BAR else Word.MISSED)
    figure += f"; grows as N^{own['slope']:.3f} from {SIZES[0]} to {SIZES[-1]}"
    return Verdict(worst(words), figure, {**answer.details, "own": own})


def verdict_on(comparisons: list, bar: float) -> Verdict:
    """The worst of the verdicts on each peer. What could not be measured is undecided."""
    details, words, missing = {}, [], []
    worst_ratio = None
    for comparison in comparisons:
        name = f"{comparison.workload} on {comparison.peer.name}"
        if comparison.problem is not None:
            words.append(Word.UNDECIDED)
            missing.append(f"{name} ({comparison.problem})")
            details[name] = {"word": Word.UNDECIDED.value, "problem": comparison.problem}
            continue
        interval = bootstrap_median(comparison.ratios)
        words.append(at_most(interval, bar))
        details[name] = {
            "word": words[-1].value,
            "ratio": [interval.low, interval.middle, interval.high],
            "peer_n": comparison.n,
            "ours": comparison.ours,
            "theirs": comparison.theirs,
        }
        if worst_ratio is None or interval.middle > worst_ratio[0].middle:
            worst_ratio = (interval, f"{comparison.peer.name} (N = {comparison.n})")
    if worst_ratio is None:
        figure = "no peer was measured"
    else:
        interval, name = worst_ratio
        times = f"{1 / interval.middle:.3g} [{1 / interval.high:.3g}, {1 / interval.low:.3g}]"
        figure = f"{times} times less than {name}, {1 / interval.middle / 100:.2f} of the way to 100 times"
    if missing:
        figure += f"; undecided: {', '.join(missing)}"
    return Verdict(worst(words), figure, details)
