"""Agent Framework: a workflow of executors, run superstep by superstep.

All items of a run enter by one executor that sends them. A workflow has neither a join
by key nor a batch: an executor that keeps what waits is what a user of it writes. It
keeps no messages in SQLite, so ``map_sqlite`` is not offered.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from agent_framework import Executor, WorkflowBuilder, WorkflowContext, handler

from peerbench.driving import Run, Stopwatch, drive
from peerbench.workloads import BATCH_SIZE, FAN_OUT, STAGES, TEXT, partner_value, seed_value


@dataclass
class Item:
    key: int
    value: int
    text: str = TEXT


@dataclass
class Partner:
    key: int
    value: int
    text: str = TEXT


class Source(Executor):
    """Turns the number of seeds into the seeds, and into their partners where there is a join."""

    def __init__(self, partners: bool = False) -> None:
        super().__init__(id="source")
        self._partners = partners

    @handler
    async def start(self, n: int, ctx: WorkflowContext[Item | Partner]) -> None:
        for key in range(n):
            await ctx.send_message(Item(key, seed_value(key)))
        if self._partners:
            for key in range(n):
                await ctx.send_message(Partner(key, partner_value(key)))


class Passing(Executor):
    """Adds one and sends the item on."""

    def __init__(self, name: str) -> None:
        super().__init__(id=name)

    @handler
    async def on_item(self, message: Item, ctx: WorkflowContext[Item]) -> None:
        await ctx.send_message(Item(message.key, message.value + 1))


class Adder(Executor):
    """Adds its offset and yields the item as an output of the workflow."""

    def __init__(self, name: str, offset: int = 1) -> None:
        super().__init__(id=name)
        self._offset = offset

    @handler
    async def on_item(self, message: Item, ctx: WorkflowContext[None, Item]) -> None:
        await ctx.yield_output(Item(message.key, message.value + self._offset))


class Joiner(Executor):
    def __init__(self) -> None:
        super().__init__(id="joiner")
        self._lefts: dict[int, Item] = {}
        self._rights: dict[int, Partner] = {}

    @handler
    async def on_item(self, message: Item, ctx: WorkflowContext[None, Item]) -> None:
        right = self._rights.pop(message.key, None)
        if right is None:
            self._lefts[message.key] = message
        else:
            await ctx.yield_output(Item(message.key, message.value + right.value))

    @handler
    async def on_partner(self, message: Partner, ctx: WorkflowContext[None, Item]) -> None:
        left = self._lefts.pop(message.key, None)
        if left is None:
            self._rights[message.key] = message
        else:
            await ctx.yield_output(Item(message.key, left.value + message.value))


class Batcher(Executor):
    def __init__(self) -> None:
        super().__init__(id="batcher")
        self._waiting: list[Item] = []

    @handler
    async def on_item(self, message: Item, ctx: WorkflowContext[None, Item]) -> None:
        self._waiting.append(message)
        if len(self._waiting) == BATCH_SIZE:
            full, self._waiting = self._waiting, []
            await ctx.yield_output(Item(full[0].key, sum(entry.value for entry in full)))


async def run_in_row(n: int, executors: list[Executor]) -> Run:
    """One run of a workflow in which each executor follows the one before it."""
    return await run_workflow(n, executors[0], executors[-1:], lambda builder: builder.add_chain(executors))


async def run_workflow(n: int, source: Executor, ends: list[Executor], connect: Callable) -> Run:
    builder = WorkflowBuilder(start_executor=source, output_from=ends)
    workflow = connect(builder).build()
    with Stopwatch() as watch:
        outputs = (await workflow.run(n)).get_outputs()
    return Run(watch, ((entry.key, entry.value) for entry in outputs))


async def run_map(n: int, variant: str) -> Run:
    return await run_in_row(n, [Source(), Adder("mapper")])


async def run_chain(n: int, variant: str) -> Run:
    stages = [Passing(f"stage{index}") for index in range(STAGES - 1)]
    return await run_in_row(n, [Source(), *stages, Adder(f"stage{STAGES - 1}")])


async def run_fanout(n: int, variant: str) -> Run:
    source, readers = Source(), [Adder(f"reader{index}", index + 1) for index in range(FAN_OUT)]
    return await run_workflow(n, source, readers, lambda builder: builder.add_fan_out_edges(source, readers))


async def run_join(n: int, variant: str) -> Run:
    return await run_in_row(n, [Source(partners=True), Joiner()])


async def run_batch(n: int, variant: str) -> Run:
    return await run_in_row(n, [Source(), Batcher()])


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    programs = {"map": run_map, "chain": run_chain, "fanout": run_fanout, "join": run_join, "batch": run_batch}
    drive("agent-framework-core", programs)
