"""LangGraph: a state graph of plain functions.

Map, join and batch are one run over all items, by ``Send``. Chain and fan-out are the
usual form of such a graph, one ``invoke`` a seed. A join by key and a batch are written
by hand, for it has neither; its batches are cut from the list before the run sees them.
"""

from __future__ import annotations

import operator
import sys
from pathlib import Path
from typing import Annotated, TypedDict

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from peerbench.driving import Run, Stopwatch, drive
from peerbench.workloads import BATCH_SIZE, FAN_OUT, STAGES, TEXT, partner_value, seed_value


class Item(TypedDict):
    key: int
    value: int
    text: str


class Board(TypedDict):
    """The state of a graph that works on all items at once."""

    items: list[Item]
    results: Annotated[list[Item], operator.add]


class Tables(TypedDict):
    """The state of a join: both inputs, and what was filed under its key."""

    left: list[Item]
    right: list[Item]
    waiting: Annotated[list[tuple[str, Item]], operator.add]
    results: Annotated[list[Item], operator.add]


class Single(TypedDict):
    """The state of a graph that works on one item."""

    item: Item


def item(key: int, value: int) -> Item:
    return {"key": key, "value": value, "text": TEXT}


def seeds(n: int) -> list[Item]:
    return [item(key, seed_value(key)) for key in range(n)]


def pairs(items: list[Item]) -> list[tuple[int, int]]:
    return [(entry["key"], entry["value"]) for entry in items]


def mapping_graph(checkpointer=None):
    def mapper(incoming: Item) -> dict:
        return {"results": [item(incoming["key"], incoming["value"] + 1)]}

    graph = StateGraph(Board)
    graph.add_node("mapper", mapper)
    graph.add_conditional_edges(START, lambda board: [Send("mapper", entry) for entry in board["items"]], ["mapper"])
    graph.add_edge("mapper", END)
    return graph.compile(checkpointer=checkpointer)


def run_map(n: int, variant: str) -> Run:
    graph = mapping_graph()
    with Stopwatch() as watch:
        final = graph.invoke({"items": seeds(n), "results": []})
    return Run(watch, pairs(final["results"]))


def run_map_sqlite(n: int, variant: str) -> Run:
    with SqliteSaver.from_conn_string("checkpoints.db") as saver:
        graph = mapping_graph(saver)
        with Stopwatch() as watch:
            final = graph.invoke({"items": seeds(n), "results": []}, {"configurable": {"thread_id": "0"}})
        return Run(watch, pairs(final["results"]))


def run_chain(n: int, variant: str) -> Run:
    def stage(state: Single) -> Single:
        return {"item": item(state["item"]["key"], state["item"]["value"] + 1)}

    names = [f"stage{index}" for index in range(STAGES)]
    graph = StateGraph(Single)
    for name in names:
        graph.add_node(name, stage)
    for source, target in zip([START, *names], [*names, END], strict=True):
        graph.add_edge(source, target)
    compiled = graph.compile()
    results = []
    with Stopwatch() as watch:
        for key in range(n):
            results.append(compiled.invoke({"item": item(key, seed_value(key))})["item"])
    return Run(watch, pairs(results))


def run_fanout(n: int, variant: str) -> Run:
    def reader(offset: int):
        def read(board: Board) -> dict:
            incoming = board["items"][0]
            return {"results": [item(incoming["key"], incoming["value"] + offset)]}

        return read

    graph = StateGraph(Board)
    for index in range(FAN_OUT):
        graph.add_node(f"reader{index}", reader(index + 1))
        graph.add_edge(START, f"reader{index}")
        graph.add_edge(f"reader{index}", END)
    compiled = graph.compile()
    results = []
    with Stopwatch() as watch:
        for key in range(n):
            results += compiled.invoke({"items": [item(key, seed_value(key))], "results": []})["results"]
    return Run(watch, pairs(results))


def run_join(n: int, variant: str) -> Run:
    """Each side of a pair is a task that files its item under the key; then one task a pair."""

    def arrive(state: Tables) -> list[Send]:
        sides = [("left", entry) for entry in state["left"]] + [("right", entry) for entry in state["right"]]
        return [Send("file", side) for side in sides]

    def matched(state: Tables) -> list[Send]:
        lefts = {entry["key"]: entry for side, entry in state["waiting"] if side == "left"}
        rights = [entry for side, entry in state["waiting"] if side == "right"]
        return [Send("joiner", (lefts[entry["key"]], entry)) for entry in rights if entry["key"] in lefts]

    def joiner(both: tuple[Item, Item]) -> dict:
        left, right = both
        return {"results": [item(left["key"], left["value"] + right["value"])]}

    graph = StateGraph(Tables)
    graph.add_node("file", lambda side: {"waiting": [side]})
    graph.add_node("match", lambda state: {})
    graph.add_node("joiner", joiner)
    graph.add_conditional_edges(START, arrive, ["file"])
    graph.add_edge("file", "match")
    graph.add_conditional_edges("match", matched, ["joiner"])
    graph.add_edge("joiner", END)
    compiled = graph.compile()
    with Stopwatch() as watch:
        rights = [item(key, partner_value(key)) for key in range(n)]
        final = compiled.invoke({"left": seeds(n), "right": rights, "waiting": [], "results": []})
    return Run(watch, pairs(final["results"]))


def run_batch(n: int, variant: str) -> Run:
    """The items are cut into lists of 25, and each list is one task."""

    def cut(board: Board) -> list[Send]:
        items = board["items"]
        return [Send("batcher", items[start : start + BATCH_SIZE]) for start in range(0, len(items), BATCH_SIZE)]

    def batcher(items: list[Item]) -> dict:
        return {"results": [item(items[0]["key"], sum(entry["value"] for entry in items))]}

    graph = StateGraph(Board)
    graph.add_node("batcher", batcher)
    graph.add_conditional_edges(START, cut, ["batcher"])
    graph.add_edge("batcher", END)
    compiled = graph.compile()
    with Stopwatch() as watch:
        final = compiled.invoke({"items": seeds(n), "results": []})
    return Run(watch, pairs(final["results"]))


if __name__ == "__main__":
    programs = {
        "map": run_map,
        "chain": run_chain,
        "fanout": run_fanout,
        "join": run_join,
        "batch": run_batch,
        "map_sqlite": run_map_sqlite,
    }
    drive("langgraph", programs)
