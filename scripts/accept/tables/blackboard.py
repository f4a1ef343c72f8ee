"""The promises of the blackboard: what it costs, and what holds when it is stopped at any point."""

from accept.lines.peers import patterns_vs_peers
from accept.model import Table

TABLE = Table(
    name="blackboard",
    lines=(patterns_vs_peers(bar=0.1, deadline_s=40 * 60),),
)
