"""The promises of the blackboard: what it costs, and what holds when it is stopped at any point."""

from accept.lines.building import build_times, scenarios
from accept.lines.costs import memory, no_match, sqlite_map, step_latency
from accept.lines.hung_run import hung_run
from accept.lines.kill_random import kill_random
from accept.lines.kill_steps import kill_steps
from accept.lines.peers import patterns_vs_peers
from accept.lines.power_cut import power_cut
from accept.lines.second_process import second_process
from accept.lines.trap import trap
from accept.model import Table, with_quick

TABLE = Table(
    name="blackboard",
    lines=(
        *patterns_vs_peers(deadline_s=4 * 60, chain_deadline_s=7 * 60),
        sqlite_map(cpu_bar_us=40, factor=20, deadline_s=5 * 60),
        step_latency(latency_bar=3, cpu_bar_us=60, deadline_s=60),
        no_match(bar=1.2, deadline_s=90),
        memory(deadline_s=60),
        with_quick(kill_steps(rounds=12, deadline_s=4 * 60), kill_steps(rounds=2, deadline_s=60)),
        with_quick(kill_random(kills=200, deadline_s=5 * 60), kill_random(kills=12, deadline_s=60)),
        with_quick(power_cut(cuts=200, deadline_s=4 * 60), power_cut(cuts=20, deadline_s=60)),
        with_quick(trap(runs=1000, deadline_s=2 * 60), trap(runs=60, deadline_s=60)),
        with_quick(second_process(deadline_s=60), second_process(deadline_s=60)),
        with_quick(hung_run(few=1000, many=100_000, deadline_s=90), hung_run(few=200, many=5000, deadline_s=60)),
        scenarios(deadline_s=6 * 60),
        build_times(deadline_s=23 * 60),
    ),
)
