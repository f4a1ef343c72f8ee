"""``patterns-vs-peers``: what a consumed artifact costs here, against what it costs the peers."""

from __future__ import annotations

import sys

from accept.context import CommandFailed, Context
from accept.model import Line, Verdict, Word, worst
from accept.stats import FEWEST_PAIRS, at_most, bootstrap_median

WORKLOADS = ("map", "chain", "fanout", "join", "batch")


def patterns_vs_peers(bar: float, deadline_s: float) -> Line:
    """Each peer on each pattern: ours takes at most ``bar`` of its CPU per consumed artifact."""
    return Line(
        name="patterns-vs-peers",
        what="Map, chain, fan-out, join and batch cost a fraction of what they cost each peer in the same run.",
        bar=f"at most {bar:g} of each peer's CPU per consumed artifact, 90 % interval of {FEWEST_PAIRS} interleaved pairs",
        command=f".build/release/flock-bench workload {'|'.join(WORKLOADS)} --n 10000 --json"
        f" and Benchmarks/Peers/run --workload {' '.join(WORKLOADS)} --n N",
        check=lambda context: compare_with_peers(context, bar),
        deadline_s=deadline_s,
        long=True,
    )


def compare_with_peers(context: Context, bar: float) -> Verdict:
    folder = str(context.root / "Benchmarks" / "Peers")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    from peerbench.comparison import LIMIT_S, measure, prepare
    from peerbench.ours import run_ours
    from peerbench.running import RunFailed

    def log(text: str) -> None:
        print(f"patterns-vs-peers: {text}", file=sys.stderr, flush=True)

    try:
        for workload in WORKLOADS:
            run_ours(workload)  # before minutes are spent on the peers
        comparisons = prepare(WORKLOADS, LIMIT_S, log)
        measure(comparisons, FEWEST_PAIRS, log)
    except RunFailed as problem:
        raise CommandFailed(str(problem)) from problem
    return verdict_on(comparisons, bar)


def verdict_on(comparisons: list, bar: float) -> Verdict:
    """The worst of the verdicts on each peer and pattern. What could not be measured is undecided."""
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
            worst_ratio = (interval, f"{name} (N = {comparison.n})")
    decided = sum(word is not Word.UNDECIDED for word in words)
    figure = f"{decided} of {len(words)} ratios decided"
    if worst_ratio is not None:
        figure += f", the largest {worst_ratio[0]} for {worst_ratio[1]}, ours at N = 10000"
    if missing:
        figure += f"; undecided: {', '.join(missing)}"
    return Verdict(worst(words), figure, details)
